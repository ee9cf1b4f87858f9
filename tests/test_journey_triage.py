"""The desk works through the queue of conflicts without a mouse, in a real Chromium over a real store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from monitor import readmodel
from monitor.config import load
from monitor.store import Poll, Store
from monitor.types import Conflict, FetchState, Flag, Match, Mention, Target, Verdict
from tests import chromium
from tests.chromium import dashboard, harmless, look, settled
from tests.journey_data import BRAND, CONFLICTS, LINK, journey_store

pytestmark = pytest.mark.browser
WHO = "Ada Dyskow"  # of letters that are keys of the page
COPY = "Lomvi lot redningsflåten ligge"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of the journeys with a story of three copies besides, the surest of all."""
    made = journey_store(tmp_path_factory.mktemp("triage"))
    config, now = load(made), datetime.now(UTC).replace(microsecond=0)
    store, text = Store(config.settings.database), f"{COPY} på kaia i fem uker."
    copies = []
    for n in range(3):
        at = now - timedelta(hours=2, minutes=n)
        copies.append(
            Mention(f"kopi-{n}", COPY, text, LINK, "leser", f"avis-{n}", "news", "nb", None, at, at)
        )
    hit = Conflict("value.1", 0.95, "major", "text", 0, len(COPY), COPY, "Motsier utsagnet")
    flag = Flag("major", 0.95, (hit,), (("value.1", 0.95),), False, "test@1")
    store.add_polls([Poll(m.source, now, FetchState(polls=2), (m,)) for m in copies])
    store.add_matches(
        config.identity.hash, [(m, Match(True, (Target(BRAND, "brand"),))) for m in copies], now
    )
    store.add_stories([(m.id, "kopi-0") for m in copies], now)
    store.add_verdicts([(m, Verdict(BRAND, 0.8, 0.1, 0.1, "judged", "test@1")) for m in copies], now)
    store.add_flags(config.identity.hash, [(m, flag) for m in copies], now)
    return made


def press(page: Page, key: str) -> None:
    """What comes of it is to be waited for: the page may look settled before it has heard of the key."""
    page.keyboard.press(key)
    settled(page)


def shown(page: Page, words: str) -> None:
    page.locator(".st-key-conflict_now").get_by_text(words).first.wait_for()
    settled(page)


def said(page: Page, words: str) -> None:
    page.get_by_text(words, exact=True).wait_for()
    settled(page)


def test_the_queue_is_worked_through_by_keys_undone_and_known_after_a_restart(
    browser: Browser, brand: Path
) -> None:
    database = load(brand).settings.database
    with dashboard(brand) as address:
        page, heard = look(browser, f"{address}/conflicts?lang=en")
        said(page, "4 stories conflict with the identity")
        shown(page, "3 copies in 3 places")
        press(page, "y")  # nobody has said who they are yet: asked once, with the cursor in the field
        page.wait_for_function("document.activeElement?.closest('.st-key-case_who')")
        page.keyboard.type(WHO)
        assert readmodel.case_log(database) == [], "letters in a field decide nothing"
        press(page, "Control+Enter")
        said(page, "3 flags are confirmed.")
        shown(page, CONFLICTS[0][1])
        press(page, "j")
        shown(page, CONFLICTS[1][1])
        press(page, "k")
        shown(page, CONFLICTS[0][1])
        press(page, "j")
        shown(page, CONFLICTS[1][1])
        press(page, "d")
        page.locator(".st-key-case_reasons").wait_for()
        press(page, "2")
        said(page, "The conflict is dismissed and no longer counts.")
        said(page, "3 stories conflict with the identity")
        page.get_by_role("link", name="Sources and status").click()  # the way back outlives a change of page
        page.locator("h1", has_text="source").wait_for()
        page.get_by_role("link", name="Conflicts").click()
        said(page, "The conflict is dismissed and no longer counts.")
        press(page, "u")
        said(page, "Undone. The flag is as it was.")
        said(page, "4 stories conflict with the identity")
        press(page, "x")
        page.get_by_text("1 story chosen (1 mention)").wait_for()
        press(page, "j")
        shown(page, CONFLICTS[2][1])
        press(page, "x")
        page.get_by_text("2 stories chosen (2 mentions)").wait_for()
        press(page, "k")
        shown(page, CONFLICTS[1][1])
        press(page, "y")  # one key, one decision; what is chosen has buttons of its own
        said(page, "The conflict is confirmed.")
        harmless(page, heard, LINK)
        page.close()
    log = readmodel.case_log(database)
    assert [(row.action, row.mention_id, row.undone) for row in log] == [
        ("confirmed", "taushet", False), ("undone", "taushet", False), ("dismissed", "taushet", True),
        *(("confirmed", f"kopi-{n}", False) for n in (1, 2, 0)),
    ]  # fmt: skip
    assert {row.who for row in log} == {WHO}
    with dashboard(brand) as address:
        page, heard = look(browser, f"{address}/conflicts?lang=en&state=confirmed&statement=value.3")
        shown(page, CONFLICTS[1][1])
        steps = page.locator(".st-key-conflict_now details.history li").all_text_contents()
        assert len(steps) == 3
        assert "dismissed it. «Irony or a joke.» (undone)" in steps[0] and "undid the dismissal." in steps[1]
        harmless(page, heard, LINK)
        page.close()
