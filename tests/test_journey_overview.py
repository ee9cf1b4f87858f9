"""Monday's overview in a real Chromium: look, things happen, look again, and follow what is new to its mention."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from monitor import db, readmodel, searching
from monitor.config import load
from monitor.pipeline import triage
from monitor.readmodel import Look
from monitor.store import Poll, Store
from monitor.types import CaseEntry, FetchState, Match, Mention, Target, Verdict
from tests import chromium
from tests.chromium import dashboard, harmless, look, settled
from tests.journey_data import BRAND, CONFLICTS, LINK, journey_store

TITLE = "Kaia raste sammen <b>i natt</b>"


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return journey_store(tmp_path_factory.mktemp("brand"))


@pytest.fixture(scope="module")
def address(brand: Path) -> Iterator[str]:
    with dashboard(brand) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as found:
        yield found


def _visit(database: Path) -> Look:
    for _ in range(100):
        if found := readmodel.last_look(database, ""):
            return found
        time.sleep(0.1)
    raise AssertionError("the visit was not kept")


def _happens(brand: Path) -> None:
    """A mention comes in and is judged; Per dismisses a conflict."""
    config, now = load(brand), datetime.now(UTC).replace(microsecond=0)
    store, identity = Store(config.settings.database), config.identity.hash
    mention = Mention(
        "kai", TITLE, "Lomvi sier ingenting.", LINK, "x", "avisa", "news", "nb", "third_party", now, now
    )
    store.add_polls([Poll("avisa", now, FetchState(polls=3), (mention,))])
    store.add_matches(identity, [(mention, Match(True, (Target(BRAND, "brand"),), "third_party"))], now)
    store.add_stories([("kai", "kai")], now)
    store.add_verdicts([(mention, Verdict(BRAND, 0.8, 0.1, 0.1, "judged", "test@1"))], now)
    store.add_search(searching.REVISION, [(mention, searching.stems(TITLE, mention.text, "nb"))])
    case = readmodel.case(config.settings.database, CONFLICTS[1][0])
    assert case is not None
    entry = CaseEntry(
        case.mention_id, case.content_hash, case.identity, "dismissed", "Per", now, "feil", None
    )
    triage.act(config.settings.database, entry, wait_s=20)


def _sentence(page: Page) -> str:
    return page.locator("h1").inner_text()


def test_look_things_happen_look_again(browser: Browser, brand: Path, address: str) -> None:
    database = load(brand).settings.database
    open_page, heard = look(browser, f"{address}/?lang=en")
    told = _sentence(open_page)
    assert told.startswith("One incident is going on.") and "Three conflicts wait for you." in told
    assert "The last 24 hours, as you have not been here before" in open_page.locator("body").inner_text()
    assert open_page.locator(".st-key-live button").count() == 0
    _visit(database)
    with db.writing(database) as con:  # that was this morning
        con.execute("UPDATE looks SET began_at = began_at - INTERVAL 2 HOUR")
    _happens(brand)

    page, heard_again = look(browser, f"{address}/?lang=en")
    new = page.locator("ul.news")
    new.wait_for()
    text = new.inner_text()
    assert "Since you last looked" in page.locator("body").inner_text()
    assert TITLE in text and f"{CONFLICTS[1][1]} (dismissed by Per)" in text
    kept = readmodel.last_look(database, "")
    new.get_by_role("link", name=TITLE).click()
    page.locator("article h3").first.wait_for()
    settled(page)
    assert page.locator("article h3").all_inner_texts() == [TITLE]
    harmless(page, heard_again, LINK)
    page.close()
    assert kept is not None and kept.since is not None and datetime.now(UTC) - kept.since > timedelta(hours=1)

    # The page that was open all the time says so by itself, and shows it when it is asked to.
    button = open_page.locator(".st-key-live button")
    button.wait_for(timeout=30_000)
    assert "1 new mention – show" in button.inner_text()
    assert _sentence(open_page) == told, "nothing has moved under the reader"
    button.click()
    open_page.get_by_text("Two conflicts wait for you.").wait_for()
    settled(open_page)
    assert button.count() == 0
    harmless(open_page, heard, LINK)
    open_page.close()


def test_a_phone_shows_the_sentence_first_and_every_figure_is_reached_by_the_keyboard(
    browser: Browser, address: str
) -> None:
    page, heard = look(browser, f"{address}/?lang=nb&period=30", width=400)
    box = page.get_by_text("venter på deg").first.bounding_box()
    assert box is not None and box["y"] + box["height"] < 900
    assert page.evaluate("document.documentElement.scrollWidth <= 400")
    page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg").first.wait_for()
    page.get_by_text("Tallene bak").click()
    row = page.locator("table tbody tr").first
    link = row.get_by_role("link").first
    stories = link.inner_text().split()[0]
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/mentions?**")
    settled(page)
    assert f"{stories} omtaler" in page.locator("h1").inner_text() and "from=" in page.url
    harmless(page, heard, LINK)
    page.close()
