"""What a person sees: the dashboard served by Streamlit, looked at with a real Chromium."""

from __future__ import annotations

import io
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

from monitor.config import load
from monitor.guidelines import Lang
from monitor.guidelines.fitting import fit
from monitor.guidelines.page import html
from monitor.pipeline import guiding
from tests.dashboard_data import LINK, PRODUCT, QUOTE, TITLES, brand_file, seed

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parent.parent
OURS = re.compile(r"(?:mentions|leaders|statements|draft)\?[\w.%+&=-]+")  # relative, encoded
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
WAIT = 30_000  # ms; a first run imports for seconds


@dataclass
class Heard:
    """What a page did that it should not do."""

    dialogs: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    brand = brand_file(tmp_path_factory.mktemp("browser"))
    seed(brand)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(ROOT / "dashboard" / "app.py"),
        "--server.port",
        str(port),
    ]
    command += ["--server.address", "127.0.0.1", "--", "--brand", str(brand)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OMDOMME_")}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            _answers(f"http://127.0.0.1:{port}/_stcore/health", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _answers(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "streamlit ended"
        try:
            with urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("streamlit did not answer within a minute")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium on this machine; install the package chromium")
        pytest.skip("no Chromium on this machine; install the package chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield found
        found.close()


def look(browser: Browser, url: str, width: int = 1280) -> tuple[Page, Heard]:
    """The page once it is drawn, and what it does from the first byte on."""
    page, heard = browser.new_page(viewport={"width": width, "height": 900}), Heard()
    page.set_default_timeout(WAIT)
    page.on("dialog", lambda d: (heard.dialogs.append(d.message), d.dismiss()))
    page.on("pageerror", lambda e: heard.errors.append(str(e)))
    page.on("request", lambda r: heard.elsewhere.append(r.url) if _foreign(r.url) else None)
    page.goto(url)
    page.wait_for_selector(".om h1")
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
    return page, heard


def _foreign(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))


def harmless(page: Page, heard: Heard) -> None:
    assert heard == Heard()
    assert page.evaluate("window.hacked === undefined")
    assert page.locator(".om script, .om img, .om [onerror], .om a[href^='javascript' i]").count() == 0
    # All at once: a page that is being drawn anew replaces its links one by one.
    links = page.locator(".om a").evaluate_all("all => all.map(a => [a.getAttribute('href'), a.rel])")
    for href, rel in links:
        ours = OURS.fullmatch(href or "")
        assert ours or href == LINK, href
        assert ours or "noopener" in rel


def test_overview_shows_the_headline_the_chart_and_no_script(browser: Browser, address: str) -> None:
    page, heard = look(browser, address)
    assert "Fjordbank: 41 saker, 35\u00a0% negative" in page.locator("h1").inner_text()
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
    assert option.inner_text().strip() == PRODUCT  # no colour, no formula, no emphasis
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
    page.get_by_role("button", name="Save").click()
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
    page.get_by_text("6 mentions conflict with the identity").wait_for()
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
