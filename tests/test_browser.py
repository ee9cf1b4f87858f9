"""What a person sees: the dashboard served by Streamlit, looked at with a real Chromium."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from monitor.config import load
from monitor.guidelines import Lang
from monitor.guidelines.fitting import fit
from monitor.guidelines.page import html
from monitor.pipeline import guiding
from tests import chromium
from tests.chromium import ROOT, Heard, look
from tests.dashboard_data import LINK, PRODUCT, QUOTE, TITLES, brand_file, seed

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    brand = brand_file(tmp_path_factory.mktemp("browser"))
    seed(brand)
    with chromium.dashboard(brand) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as found:
        yield found


def harmless(page: Page, heard: Heard) -> None:
    chromium.harmless(page, heard, LINK)


def test_overview_shows_the_headline_the_chart_and_no_script(browser: Browser, address: str) -> None:
    page, heard = look(browser, address)
    # period "all": there is no period before, so no word of a change
    assert page.locator("h1").inner_text().startswith("Én hendelse pågår. ")
    assert "Fjordbank: 41 saker, 35\u00a0% negative" in page.locator(".lead").first.inner_text()
    page.wait_for_selector("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")
    assert "fiktiv" in page.locator(".notice.warn").first.inner_text()
    page.get_by_text("Produkter", exact=True).click()
    page.get_by_text(PRODUCT, exact=True).first.wait_for()
    harmless(page, heard)
    page.close()


def test_hostile_mentions_are_read_as_they_were_written(browser: Browser, address: str) -> None:
    page, heard = look(browser, f"{address}/mentions")
    page.locator("article").nth(24).wait_for()  # cards come one by one; all of the first page must be there
    text = page.locator("body").inner_text()
    for title in TITLES[:4]:
        assert title in text
    assert QUOTE in text and "\u202e" not in text
    page.locator("[data-testid=stMain] [data-testid=stSelectbox] input").first.click()
    option = page.get_by_role("option").filter(has_text="Sparekonto")
    option.wait_for()
    assert option.inner_text().strip() == f"{PRODUCT} (6)"  # no colour, no formula, no emphasis
    option.click()
    page.wait_for_function("document.querySelectorAll('article').length === 6")
    harmless(page, heard)
    page.close()


def test_conflicts_mark_the_words_literally(browser: Browser, address: str) -> None:
    page, heard = look(browser, f"{address}/conflicts")
    page.locator("mark").first.wait_for()
    assert page.locator("mark").first.inner_text() == QUOTE
    harmless(page, heard)
    page.close()


def test_a_flag_is_answered_under_its_card(browser: Browser, address: str) -> None:
    page, heard = look(browser, f"{address}/conflicts?lang=en")
    page.get_by_role("button", name="Answer").first.click()
    page.get_by_label("The answer").fill("<img src=x onerror=alert(1)> I spoke as *myself*")
    page.get_by_label("Your name").fill("Kari Nordvik")
    page.get_by_test_id("stForm").get_by_role("button", name="Save").click()
    page.get_by_text("The answer is saved").wait_for()
    assert "<img src=x onerror=alert(1)> I spoke as *myself*" in page.locator(".answer").first.inner_text()
    harmless(page, heard)
    page.close()


@pytest.mark.parametrize(
    "name",
    [
        "overview",
        "leaders",
        "mentions",
        "conflicts",
        "draft",
        "statements",
        "identity",
        "audience",
        "sources",
    ],
)
def test_nothing_is_cut_off_on_a_phone(name: str, browser: Browser, address: str) -> None:
    page, heard = look(browser, f"{address}/{'' if name == 'overview' else name}?lang=en", width=375)
    wide = """[...document.querySelectorAll('[data-testid=stMain] .om *')].filter(e => {
        const r = e.getBoundingClientRect(); return r.width && r.right > innerWidth + 1}).length"""
    assert page.evaluate(wide) == 0
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth")
    harmless(page, heard)
    page.close()


def test_a_figure_leads_to_its_mentions_and_back(browser: Browser, address: str) -> None:
    page, heard = look(browser, f"{address}/audience?lang=en&period=all")
    page.locator("a.behind").first.click()
    page.locator("article").first.wait_for()
    assert "/mentions?lang=en&period=all&voice=third_party" in page.url
    assert "Only the mentions behind a figure" in page.locator("body").inner_text()
    page.get_by_role("button", name="Show all mentions of the period").click()
    page.wait_for_function("!location.search.includes('kind=')")
    page.go_back()
    page.wait_for_selector(".om h1")
    harmless(page, heard)
    page.close()


def test_the_language_is_chosen_in_the_sidebar(browser: Browser, address: str) -> None:
    page, heard = look(browser, address)
    page.locator("[data-testid=stSidebar] [data-testid=stSelectbox] input").click()
    page.get_by_role("option", name="English").click()
    page.get_by_role("heading", name="How we stand").wait_for()
    page.get_by_text("Conflicts", exact=True).first.click()
    page.get_by_text("1 story conflicts with the identity").wait_for()
    harmless(page, heard)
    page.close()


@pytest.mark.parametrize("lang", ["nb", "nn", "en"])
def test_the_guidelines_sheet_prints_on_one_page(lang: Lang, browser: Browser) -> None:
    sheet = guiding.sheet(load(ROOT / "examples" / "lomvi" / "brand.yaml", {}), lang, date(2026, 11, 23))
    page = browser.new_page()
    page.set_content(html(fit(sheet)))
    (printed,) = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert (round(float(printed.mediabox.width)), round(float(printed.mediabox.height))) == (595, 842)
    assert sheet.title in printed.extract_text()
    page.close()


def test_a_draft_is_checked_and_stays_out_of_the_address(browser: Browser, address: str) -> None:
    page, heard = look(browser, f"{address}/draft")
    page.set_default_timeout(180_000)  # the models are loaded with the first draft
    page.locator("textarea").fill("Aksjekursen til Fjordbank stiger <b>nå</b>, og utbyttet vårt blir stort!")
    page.locator("[data-testid=stFormSubmitButton] button").click()
    page.get_by_text("Utkastet er lest på denne maskinen.").wait_for()
    assert page.url == f"{address}/draft"
    harmless(page, heard)
    page.close()
