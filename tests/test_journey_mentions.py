"""The page Mentions as the communications desk uses it, in a real Chromium: narrow, fold, open, go back, correct, take along."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from monitor import readmodel
from monitor.config import load
from tests import chromium
from tests.chromium import WAIT, dashboard, harmless, look, settled
from tests.dashboard_data import LINK, QUOTE, brand_file, seed
from tests.test_accessible import breaches

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = brand_file(tmp_path_factory.mktemp("mentions"))
    seed(made)
    return made


@pytest.fixture(scope="module")
def address(brand: Path) -> Iterator[str]:
    with dashboard(brand) as served:
        yield served


def headed(page: Page, words: str) -> None:
    expect(page.locator(".om h1").first).to_have_text(re.compile(rf"^{re.escape(words)}"), timeout=WAIT)
    settled(page)


def drawer(page: Page) -> None:
    page.locator("[class*=st-key-mentions_facets] summary").click()
    page.get_by_text("Type of source", exact=True).wait_for()
    settled(page)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_test_id("stMultiSelect").filter(has_text=label).locator("input").click()
    page.get_by_role("option", name=option, exact=True).click()
    settled(page)


def test_narrow_open_and_come_back(browser: Browser, address: str) -> None:
    page, heard = look(browser, f"{address}/mentions?lang=en&period=all")
    headed(page, "46 mentions")
    page.get_by_role("button", name="− Negative (16)").click()
    headed(page, "16 mentions")
    assert "label=negative" in page.url
    drawer(page)
    choose(page, "Type of source", "Forum (6)")
    headed(page, "6 mentions")
    page.get_by_role(
        "button", name="○ Neutral (6)"
    ).wait_for()  # toward the product, and without its own choice
    assert breaches(page) == []
    page.go_back()
    headed(page, "16 mentions")
    assert "label=negative" in page.url and "source_type" not in page.url
    page.go_back()
    headed(page, "46 mentions")
    page.go_forward()
    headed(page, "16 mentions")
    page.go_forward()
    headed(page, "6 mentions")
    assert "source_type=forum" in page.url
    page.get_by_test_id("stButtonGroup").get_by_text("Stories", exact=True).click()
    page.get_by_text("6 copies", exact=True).wait_for()
    settled(page)
    assert "view=stories" in page.url and page.locator("article").count() == 1
    page.get_by_role("button", name="See all 6 copies").click()
    page.get_by_role("heading", name="The copies").wait_for()
    settled(page)
    assert "story=bad-0" in page.url and page.locator("article").count() == 6
    text = page.locator("body").inner_text()
    assert "all copies are judged alike (negative: 6)" in text and QUOTE in text
    harmless(page, heard, LINK)
    assert breaches(page) == []
    page.go_back()
    headed(page, "6 mentions")
    assert page.locator("article").count() == 1 and "view=stories" in page.url
    page.get_by_role("button", name="All about this mention").click()
    page.get_by_role("heading", name="Against the identity").wait_for()
    settled(page)
    assert "id=bad-" in page.url and "test@1" in page.locator("body").inner_text()
    harmless(page, heard, LINK)
    assert breaches(page) == []
    page.get_by_role("button", name="← Back to the list").click()
    headed(page, "6 mentions")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the hits (CSV)").click()
    rows = list(csv.DictReader(io.StringIO(waiting.value.path().read_text(encoding="utf-8-sig"))))
    assert {(row["id"], row["story_copies"]) for row in rows} == {("bad-5", "6")} and len(rows) == 2
    page.get_by_role("button", name="Clear all filters").click()
    headed(page, "46 mentions")
    harmless(page, heard, LINK)
    page.close()


def test_what_is_found_is_marked_and_nothing_found_says_what_to_let_go(
    browser: Browser, address: str
) -> None:
    page, heard = look(browser, f"{address}/mentions?lang=en&period=all&search=nummer%2017&voice=leader")
    headed(page, "0 mentions")
    assert page.locator(".om mark").count() == 0
    page.get_by_role("button", name="Whoever is speaking: 1 mention").click()
    headed(page, "1 mention")
    assert page.locator("article h3 mark").all_inner_texts() == ["nummer", "17"]
    harmless(page, heard, LINK)
    page.close()


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_every_word_is_read_out_in_its_own_language(language: str, browser: Browser, address: str) -> None:
    page, _ = look(browser, f"{address}/mentions?lang={language}&period=all")
    assert set(page.locator(".om").evaluate_all("all => all.map(e => e.lang)")) == {language}
    theirs = page.locator("article h3, article .text").evaluate_all("all => all.map(e => [e.lang, e.dir])")
    assert theirs and all(found == ["nb", "auto"] for found in theirs)
    ours = page.locator("article .meta").first.evaluate("e => e.closest('[lang]').lang")
    assert ours == language
    assert breaches(page) == []
    page.close()


def test_a_correction_stays_in_place_and_is_undone_with_one_key(
    browser: Browser, brand: Path, address: str
) -> None:
    page, heard = look(browser, f"{address}/mentions?lang=en&period=all&label=positive")
    before = page.locator(".om h1").first.inner_text()
    number = int(re.match(r"\d+", before)[0])  # type: ignore[index]
    first = page.locator("article h3").first.inner_text()
    page.get_by_role("button", name="Correct this").first.focus()
    page.keyboard.press("Enter")
    form = page.get_by_test_id("stForm")
    form.get_by_text("Negative", exact=True).click()
    form.get_by_label("Why", exact=True).fill("ironi")
    form.get_by_label("Your name").fill("Per")
    form.get_by_role("button", name="Save the correction").click()
    headed(page, f"{number - 1} mentions")
    assert f"“{first}” no longer fits what is shown." in page.locator("body").inner_text()
    undo = page.get_by_role("button", name="Undo the correction")
    undo.focus()
    page.keyboard.press("Enter")
    headed(page, f"{number} mentions")
    page.get_by_text("The correction is undone.", exact=True).wait_for()
    assert page.locator("article h3").first.inner_text() == first and "label=positive" in page.url
    states = [row.state for row in readmodel.correction_history(load(brand).settings.database)]
    assert states == ["withdrawn", "replaced"]
    harmless(page, heard, LINK)
    page.close()
