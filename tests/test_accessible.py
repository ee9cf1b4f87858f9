"""Every page, in light and dark, wide and on a phone: no serious breach that axe-core finds, and keys reach all of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests import chromium
from tests.chromium import look, settled
from tests.journey_data import INCIDENT, journey_store

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parent / "data" / "axe" / "axe.min.js").read_text(encoding="utf-8")
PAGES = (
    "overview",
    "leaders",
    "incidents",
    f"incidents?id={INCIDENT}",
    "goals",
    "digest",
    "conflicts",
    "mentions",
    "draft",
    "identity",
    "statements",
    "audience",
    "sources",
)
GRAVE = ("serious", "critical")
# What Streamlit itself draws and no setting changes: rule -> within which element, and why.
THEIRS = {
    # The menu in groups is <ul><div><li>: a screen reader reads the links, but not how many they are.
    "list": "[data-testid=stSidebarNavItems]",
    "listitem": "[data-testid=stSidebarNavItems]",
}
COLOURS = ("color-contrast", "link-in-text-block")
_RUN = """async ([grave, theirs, rules]) => {
    const found = await axe.run({resultTypes: ['violations'], ...(rules.length ? {runOnly: rules} : {})});
    return found.violations.filter(v => grave.includes(v.impact)).flatMap(v => v.nodes.filter(
        n => !(theirs[v.id] && document.querySelector(n.target[0])?.closest(theirs[v.id]))
    ).map(n => `${v.id}: ${n.target} ${n.html.slice(0, 160)} ${n.failureSummary.slice(0, 240)}`));
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chromium.dashboard(journey_store(tmp_path_factory.mktemp("accessible"))) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as found:
        yield found


def breaches(page: Page, rules: tuple[str, ...] = ()) -> list[str]:
    """What axe finds that is grave, of all its rules or of these."""
    page.evaluate(f"{AXE};0")
    found: list[str] = page.evaluate(_RUN, [list(GRAVE), THEIRS, list(rules)])
    return found


@pytest.mark.parametrize("name", PAGES)
def test_no_serious_breach(name: str, browser: Browser, address: str) -> None:
    page, _ = look(browser, f"{address}/{'' if name == 'overview' else name}")
    found = {"light": breaches(page)}
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("getComputedStyle(document.querySelector('.stApp')).colorScheme === 'dark'")
    found["dark"] = breaches(page, COLOURS)  # the page is the same, its colours are not
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page)
    found["dark, on a phone"] = breaches(page)
    page.emulate_media(color_scheme="light")
    page.wait_for_function("getComputedStyle(document.querySelector('.stApp')).colorScheme === 'light'")
    found["light, on a phone"] = breaches(page, COLOURS)
    page.close()
    assert not any(found.values()), found


def test_a_breach_is_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<p style='color: #bbb; background: #fff'>pale</p><img src='data:,'><li>alone</li>")
    assert {found.split(":")[0] for found in breaches(page)} >= {"color-contrast", "image-alt", "listitem"}
    page.close()


def reached(page: Page, most: int) -> Iterator[Any]:
    """What has the focus after each press of the tab key."""
    for _ in range(most):
        page.keyboard.press("Tab")
        yield page.evaluate(
            "(e => [e.innerText || e.getAttribute('aria-label') || '', e.tagName, "
            "!!e.closest('[data-testid=stSidebarNav]'), e.matches(':focus-visible')])(document.activeElement)"
        )


def test_the_tab_key_reaches_the_menu_the_filters_and_the_first_action(
    browser: Browser, address: str
) -> None:
    page, _ = look(browser, f"{address}/conflicts?lang=en")
    seen = []
    for text, tag, menu, visible in reached(page, 80):
        seen.append((text, tag, menu, visible))
        if text.startswith("Confirm"):  # with the key that it has
            break
    assert (seen[-1][0].split(), seen[-1][1]) == (["Confirm", "Y"], "BUTTON"), seen
    assert sum(menu and tag == "A" for _, tag, menu, _ in seen) == 12, "every page of the menu"
    assert sum(tag == "INPUT" for _, tag, _, _ in seen) >= 3, "language and two filters"
    assert sum(tag == "SUMMARY" for _, tag, _, _ in seen) >= 2, "more filters, and the whole text"
    assert all(visible for _, _, _, visible in seen), "where the focus is can be seen"
    page.keyboard.press("Enter")
    page.get_by_test_id("stForm").get_by_label("Your name").wait_for()
    page.close()
