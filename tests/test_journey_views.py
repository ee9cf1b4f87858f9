"""A view is saved by one, chosen by another, opens a page, and goes again: in a real Chromium, over a real store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from streamlit.testing.v1 import AppTest

from monitor import readmodel
from monitor.config import load
from tests import chromium
from tests.chromium import Heard, dashboard, harmless, look, settled
from tests.journey_data import LEADER, LINK, journey_store
from tests.test_accessible import breaches

WHO, NAME = "Ane Vakt", "<b>Kø</b> *i* forumet"
VIEWS = f"""
views:
  - {{name: Om rederen, page: mentions, filters: {{target: {LEADER}}}, roles: [board]}}
  - {{name: Rederen selv, page: leaders, filters: {{leader: leader.2, period: 90}}, roles: [communications], opens: true}}
  - {{name: Skrevet i avisa, page: audience, filters: {{target: Lomvi}}, roles: [communications]}}
"""


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = journey_store(tmp_path_factory.mktemp("views"))
    with made.open("a", encoding="utf-8") as file:
        file.write(VIEWS)
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(brand: Path) -> Iterator[str]:
    with dashboard(brand) as served:
        yield served


def opened(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=False).first.click()
    page.get_by_test_id("stPopoverBody").wait_for()


@pytest.mark.browser
def test_saved_by_one_and_chosen_by_another(browser: Browser, address: str, brand: Path) -> None:
    page, heard = look(browser, f"{address}/mentions?lang=en&source_type=forum&label=negative")
    shown = page.locator(".om h1").inner_text()
    opened(page, "Save this view")
    page.get_by_label("Name of the view").fill(NAME)
    page.get_by_text("Open the page with this view for them").click()
    page.get_by_label("Your name").fill(WHO)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The view is saved.").wait_for()
    settled(page)
    assert page.get_by_test_id("stPopoverBody").count() == 0, (
        "the form is closed, and empty when it is opened again"
    )
    opened(page, "Save this view")
    assert page.get_by_label("Name of the view").input_value() == ""
    (kept,) = readmodel.saved_views(load(brand, {}).settings.database)
    assert (kept.name, kept.who, kept.page) == (NAME, WHO, "mentions") and "period" not in dict(kept.filters)
    page.close()

    other, heard = look(
        browser, f"{address}/mentions?lang=en"
    )  # another session, and an address that wants all
    assert other.locator(".om h1").inner_text() != shown
    opened(other, "Views")
    assert other.get_by_test_id("stPopoverBody").get_by_text(f"saved by {WHO}").count() == 1
    assert breaches(other) == []
    other.get_by_role("link", name=NAME).click()
    other.get_by_text(NAME).first.wait_for()
    settled(other)
    assert other.locator(".om h1").inner_text() == shown
    assert "source_type=forum" in other.url and "label=negative" in other.url
    assert "opens with the view" in other.locator("body").inner_text()
    harmless(other, heard, LINK)

    other.get_by_label("Search title and text").fill("ferga")
    other.keyboard.press("Enter")
    other.wait_for_url("**search=ferga**")
    settled(other)
    assert "opens with the view" not in other.locator("body").inner_text(), (
        "another filter: it is the view no more"
    )

    other.get_by_role("link", name="Overview").first.click()
    settled(other)
    other.get_by_role("link", name="Mentions").first.click()
    other.get_by_text(NAME).first.wait_for()
    settled(other)
    assert other.locator(".om h1").inner_text() == shown, "the menu opens the page with the view"
    other.get_by_role("link", name="Show without a view").click()
    other.get_by_text("opens with the view").wait_for(state="detached")
    settled(other)
    assert other.locator(".om h1").inner_text() != shown

    opened(other, "Change views")
    other.get_by_label("Your name").fill(WHO)
    other.get_by_role("button", name="Remove", exact=True).click()
    other.get_by_text("what it held is deleted").wait_for()
    settled(other)
    assert other.get_by_role("button", name="Change views").count() == 0
    assert readmodel.saved_views(load(brand, {}).settings.database) == []
    other.close()


@pytest.mark.browser
def test_a_page_opens_with_the_view_of_the_brand_file(browser: Browser, address: str) -> None:
    page, _ = look(browser, f"{address}/leaders", width=400)
    page.get_by_text("Rederen selv").first.wait_for()
    settled(page)
    assert "leader=leader.2" in page.url and "period=90" in page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


@pytest.mark.browser
def test_the_page_of_the_digest_shows_it_as_a_view_narrows_it(browser: Browser, address: str) -> None:
    page, heard = look(browser, f"{address}/digest?lang=en&view=OM+rederen", width=400, scheme="dark")
    assert f"Only mentions about {LEADER}. " in page.locator(".om .lead b").inner_text()
    assert breaches(page) == []
    assert heard == Heard()
    page.goto(f"{address}/digest?lang=en")
    settled(page)
    assert "Only mentions about" not in page.locator(".om .lead b").inner_text()
    page.close()


def _control(brand: str, role: str, name: str) -> None:
    from datetime import UTC, datetime
    from pathlib import Path

    from dashboard import context, data, saved
    from dashboard.language import Texts
    from dashboard.viewer import Viewer
    from monitor import config

    loaded = config.load(Path(brand), {})
    t, status = Texts("en", "Europe/Oslo"), data.status(loaded.settings.database)
    period = context.period("30", datetime.now(UTC), t, None)
    context.put(context.Context(loaded, t, period, status, Viewer(role, name)))  # type: ignore[arg-type]
    saved.control(context.current(), "mentions")


def seen_by(brand: Path, role: str, *, form: bool = False) -> AppTest:
    app = AppTest.from_function(_control, kwargs={"brand": str(brand), "role": role, "name": "Kari"})
    app.default_timeout = 60
    app.query_params["lang"], app.query_params["voice"] = "en", "leader"
    if form:
        app.session_state["saved_save_0"] = True  # as if its button had been pressed
    app.run()
    assert not app.exception
    return app


def html(app: AppTest) -> str:
    return " ".join(str(part.proto.body) for part in app.get("html"))


def test_who_does_not_decide_chooses_and_saves_nothing(brand: Path) -> None:
    app = seen_by(brand, "viewer", form=True)
    assert not app.text_input and not app.button and not app.checkbox
    assert "Om rederen" in html(app) and "For others" not in html(app), (
        "the board's view is for who only reads"
    )


def test_a_leader_is_not_told_what_is_watched(brand: Path) -> None:
    app = seen_by(brand, "leader")
    assert not app.button and "Om rederen" not in html(app)


def test_the_desk_signs_what_it_saves_with_its_own_name(brand: Path) -> None:
    app = seen_by(brand, "desk", form=True)
    signed = app.text_input(key="saved_who_0")
    assert signed.value == "Kari" and signed.disabled
    app.text_input(key="saved_name_0").input("Lederne selv")
    app.button[0].click().run()
    assert not app.exception and "The view is saved." in html(app)
    kept = readmodel.saved_views(load(brand, {}).settings.database)[-1]
    assert (kept.who, kept.filters) == ("Kari", (("voice", ("leader",)),))
    assert "Lederne selv" in html(seen_by(brand, "viewer"))
    app = seen_by(brand, "desk", form=True)
    app.text_input(key="saved_name_0").input("lederne SELV")
    app.button[0].click().run()
    assert "is the name of a view already" in html(app)
