"""What people come to the dashboard for, from one page to the next, in a real Chromium over a real store."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from monitor import readmodel
from monitor.config import load
from tests import chromium
from tests.chromium import choose, dashboard, free_port, harmless, look, settled
from tests.journey_data import CONFLICTS, FORMULA, INCIDENT, LINK, SAID, journey_store

pytestmark = pytest.mark.browser
WHO = "Ane Vakt"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return journey_store(tmp_path_factory.mktemp("journeys"))


@pytest.fixture(scope="module")
def address(brand: Path) -> Iterator[str]:
    with dashboard(brand) as served:
        yield served


def card(page: Page, words: str) -> str:
    """The key of the container whose card holds these words."""
    found = page.locator("[class*=st-key-conflict_]").filter(has_text=words).first
    found.wait_for()
    match = re.search(r"st-key-(conflict_\w+)", found.get_attribute("class") or "")
    assert match
    return f".st-key-{match[1]}"


def act(page: Page, within: str, button: str, words: tuple[str, str] | None, said: str) -> None:
    """Opens the form of an action, signs it, and waits until the page says that it is done."""
    # A button that has a key of its own is named with it.
    page.locator(within).get_by_role("button", name=re.compile(rf"^{button}\b")).click()
    form = page.get_by_test_id("stForm")
    if words:
        form.get_by_label(words[0]).fill(words[1])
    form.get_by_label("Your name").fill(WHO)
    form.get_by_role("button", name="Save").click()
    page.get_by_text(said, exact=True).wait_for()
    settled(page)


def test_from_the_overview_to_the_incident_its_mentions_and_what_is_done_with_it(
    browser: Browser, address: str
) -> None:
    page, heard = look(browser, f"{address}/?lang=en")
    page.locator("article h3 a", has_text="1. Lomvi").click()
    page.get_by_text("How it spread", exact=True).wait_for()
    settled(page)
    assert f"id={INCIDENT}" in page.url and "/incidents?" in page.url
    said = page.locator("article").all_inner_texts()
    assert sum("Lomvi svarer ikke" in text for text in said) >= 3, "its mentions are read on its page"
    act(page, ".st-key-handle", "I have it", None, "The incident is yours.")
    act(page, ".st-key-handle", "Mute", None, "The incident is muted.")
    act(
        page, ".st-key-handle", "Write a note", ("Note", "Ringer *kapteinen* <b>nå</b>"), "The note is saved."
    )
    act(page, ".st-key-handle", "Close", None, "The incident is closed.")
    text = page.locator("body").inner_text()
    assert f"{WHO} noted: «Ringer *kapteinen* <b>nå</b>»" in text and f"{WHO} muted it until" in text
    assert f"{WHO} has it, since" in text and f"{WHO} closed it." in text
    page.get_by_role("button", name="← All incidents").click()
    page.get_by_text("No incident is going on").wait_for()
    harmless(page, heard, LINK)
    page.close()


def test_flags_are_decided_taken_back_and_still_known_after_a_restart(browser: Browser, brand: Path) -> None:
    port = free_port()
    confirmed, dismissed = CONFLICTS[0][1], CONFLICTS[1][1]
    with dashboard(brand, port) as address:
        page, heard = look(browser, f"{address}/conflicts?lang=en")
        page.get_by_text("3 stories conflict with the identity").wait_for()
        act(page, card(page, confirmed), "Confirm", None, "The conflict is confirmed.")
        reason = "de sa fra *samme* dag"
        done = "The conflict is dismissed and no longer counts."
        act(page, card(page, dismissed), "Dismiss", ("Reason", reason), done)
        page.get_by_text("2 stories conflict with the identity").wait_for()
        choose(page, "Status", "Dismissed (1)")
        page.get_by_text("dismissed the conflict on").wait_for()
        act(page, card(page, dismissed), "Reopen", ("Reason", "feil sak"), "The flag is open again.")
        page.get_by_text("3 stories conflict with the identity").wait_for()
        harmless(page, heard, LINK)
        page.close()
    with dashboard(brand, port) as address:
        page, heard = look(browser, f"{address}/conflicts?lang=en")
        assert confirmed not in page.locator("[class*=st-key-conflict_]").all_inner_texts()
        opened = page.locator(card(page, dismissed))
        opened.get_by_text("The case history (2 steps)").click()
        steps = opened.locator("details.history li").all_inner_texts()
        assert len(steps) == 2 and all(WHO in step for step in steps)
        assert f"dismissed it. «{reason}»" in steps[0] and "reopened it. «feil sak»" in steps[1]
        choose(page, "Status", "Confirmed (1)")
        found = page.locator(card(page, confirmed))
        found.get_by_text("The case history (1 step)").click()
        assert f"{WHO} confirmed it." in found.locator("details.history").inner_text()
        harmless(page, heard, LINK)
        page.close()


def test_a_corrected_verdict_moves_the_figures_and_words_are_found_in_all_their_forms(
    browser: Browser, address: str
) -> None:
    page, heard = look(browser, f"{address}/?lang=en")
    before = _negative(page)
    page.get_by_role("link", name="Mentions").click()
    page.get_by_label("Search title and text").fill("forsinkelser")
    page.get_by_label("Search title and text").press("Enter")
    page.locator("h1", has_text="2 mentions").wait_for()
    settled(page)
    assert {*page.locator("article h3").all_inner_texts()} == {*SAID[:2]}
    page.get_by_role("button", name="Correct this").first.click()
    page.get_by_test_id("stForm").get_by_text("Positive", exact=True).click()
    page.get_by_test_id("stForm").get_by_label("Why", exact=True).fill("ironi")
    page.get_by_test_id("stForm").get_by_label("Your name").fill(WHO)
    page.get_by_test_id("stForm").get_by_role("button", name="Save the correction").click()
    page.get_by_text("corrected this to positive").wait_for()
    page.get_by_role("link", name="Overview").click()
    page.locator(".tiles").wait_for()
    settled(page)
    assert _negative(page) < before
    harmless(page, heard, LINK)
    page.close()


def _negative(page: Page) -> int:
    told = page.locator(".lead").first.inner_text()
    found = re.search(r"(\d+)\s*% negative", told)
    assert found, told
    return int(found[1])


def test_what_is_shown_is_taken_along_and_opens_as_text(browser: Browser, brand: Path, address: str) -> None:
    page, heard = look(browser, f"{address}/mentions?lang=en&period=all&source_type=forum&label=negative")
    shown = re.match(r"(\d+) mentions", page.locator("h1").inner_text())
    assert shown and int(shown[1]) > 3
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download the hits (CSV)").click()
    raw = Path(coming.value.path()).read_bytes()
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert len({row["id"] for row in rows}) == int(shown[1])
    assert {(row["source_type"], row["label"]) for row in rows} == {("forum", "negative")}
    assert "'" + FORMULA in {row["title"] for row in rows}, "a formula is text for a spreadsheet"
    assert all(readmodel.mention(load(brand).settings.database, row["id"]) for row in rows)
    harmless(page, heard, LINK)
    page.close()


def test_the_overview_has_a_name_in_the_address_too(browser: Browser, address: str) -> None:
    page, heard = look(browser, f"{address}/overview?lang=en&period=7")
    page.get_by_text("How we stand", exact=True).last.wait_for()
    page.wait_for_url(re.compile(r"/\?lang=en&period=7$"))
    assert page.get_by_text("Page not found").count() == 0
    assert heard == chromium.Heard()
    page.close()


def test_the_digest_is_taken_along_as_pdf_in_the_language_chosen(browser: Browser, address: str) -> None:
    page, heard = look(browser, f"{address}/digest")
    page.get_by_test_id("stSidebar").get_by_role("combobox").click()
    page.get_by_role("option", name="English").click()
    page.get_by_role("button", name="Download as PDF").wait_for()  # not the button of the page before
    settled(page)
    title = page.locator("h1").inner_text()
    with page.expect_download() as coming:
        page.get_by_role("button", name="PDF").click()
    read = PdfReader(coming.value.path())
    assert title.split()[-1] in read.pages[0].extract_text() and "Lomvi" in read.pages[0].extract_text()
    assert heard == chromium.Heard()
    page.close()
