"""People sign in with a real OpenID provider, in a real Chromium: each sees and does what their role may."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests import chromium
from tests.chromium import WAIT, choose, free_port, settled
from tests.journey_data import CONFLICTS, LEADER, LINK, journey_store
from tests.oidc import AUTH, SECRET, provider, served, sign_in
from tests.test_accessible import breaches

pytestmark = pytest.mark.browser
NAME = "Ane <b>Vakt</b>\u202e (sjefen@lomvi.example)"
PEOPLE: dict[str, dict[str, object]] = {
    "reader": {"name": "Lise Leser", "email": "lise@lomvi.example", "groups": ["om-read"]},
    "desk": {"name": NAME, "email": "ane@lomvi.example", "groups": ["om-read", "om-desk"]},
    "leader": {"name": LEADER, "email": "Marit@lomvi.example", "groups": []},
    "stranger": {"name": "Per Fremmed", "email": "per@andre.example"},
}
SIGNED = "Ane b Vakt /b sjefen@lomvi.example (ane@lomvi.example)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    brand, port = journey_store(tmp_path_factory.mktemp("login")), free_port()
    with provider(PEOPLE) as issuer:
        auth = AUTH.format(issuer=issuer, address=f"http://127.0.0.1:{port}")
        brand.write_text(brand.read_text(encoding="utf-8") + auth, encoding="utf-8")
        with served(brand, port) as found:
            yield found


@contextmanager
def visitor(browser: Browser, address: str) -> Iterator[Page]:
    """Somebody with a browser of their own, whose requests stay on this machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en")
    heard: list[str] = []
    # The provider's own page asks for a stylesheet elsewhere; ours must not ask for anything.
    context.route(lambda url: not _near(url), lambda route: route.abort())
    context.on(
        "request", lambda r: None if _near(r.url) or "/oauth2/" in r.frame.url else heard.append(r.url)
    )
    page = context.new_page()
    page.set_default_timeout(WAIT)
    yield page
    assert heard == []
    context.close()


def _near(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "http://localhost:", "data:", "blob:"))


def arrive(page: Page, sub: str, url: str) -> None:
    page.goto(url)
    settled(page)
    sign_in(page, sub)
    page.get_by_role("button", name="Sign out").first.wait_for()
    settled(page)


def said(page: Page) -> str:
    return page.locator("body").inner_text()


def test_without_signing_in_there_is_a_button_and_no_data(browser: Browser, address: str) -> None:
    words = [CONFLICTS[0][1], LEADER, "avisa", LINK, "Conflicts"]
    with visitor(browser, address) as page:
        frames: list[str] = []
        page.on("websocket", lambda s: s.on("framereceived", lambda f: frames.append(_text(f))))
        for path in (
            "",
            "conflicts",
            "mentions?search=ferga",
            "sources",
            "incidents?id=hendelse-1",
            "overview",
        ):
            page.goto(f"{address}/{path}{'&' if '?' in path else '?'}lang=en")
            settled(page)
            assert page.get_by_role("heading", level=1).inner_text() == "Sign in to see the reputation"
            assert page.get_by_role("button", name="Sign in", exact=True).is_visible()
            told = said(page)
            assert "Lomvi" in told and not any(word in told for word in words)
        assert breaches(page) == []
        page.get_by_label("Language").click()
        page.get_by_role("option", name="Nynorsk").click()
        page.get_by_role("heading", name="Logg inn for å sjå omdømet").wait_for()
        assert frames, "what the server sent was heard"
        for word in words[:4]:
            assert not any(word in frame for frame in frames), word


def _text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else frame.decode("utf-8", "ignore")


def test_a_viewer_reads_and_comes_to_where_they_meant_to_go(browser: Browser, address: str) -> None:
    with visitor(browser, address) as page:
        arrive(
            page,
            "reader",
            f"{address}/mentions?lang=en&search=forsinkelse&label=negative&label=neutral&period=30",
        )
        page.get_by_role("heading", name="mentions").first.wait_for()
        for part in ("/mentions?", "search=forsinkelse", "label=negative", "label=neutral", "period=30"):
            assert part in page.url, page.url
        told = said(page)
        assert page.get_by_role("button", name="Correct").count() == 0
        assert "Lise Leser" in told and "Viewer" in told and "Forsinkelsen med Lomvi" in told
        for path in ("conflicts", "incidents?id=hendelse-1"):
            page.goto(f"{address}/{path}{'&' if '?' in path else '?'}lang=en")
            settled(page)
            for name in (
                "Correct",
                "Confirm",
                "Dismiss",
                "Answer",
                "I have it",
                "Mute",
                "Close",
                "Download the hits",
            ):
                assert page.get_by_role("button", name=name).count() == 0, (path, name)
        page.goto(f"{address}/draft?lang=en")
        settled(page)
        assert "This page is not for you" in said(page) and page.locator("textarea").count() == 0
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="End session").click()
        page.get_by_role("button", name="Sign in", exact=True).or_(
            page.get_by_role("button", name="Logg inn")
        ).wait_for()
        assert "Lise" not in said(page)


def test_the_desk_decides_and_the_history_has_their_name(browser: Browser, address: str) -> None:
    with visitor(browser, address) as page:
        arrive(page, "desk", f"{address}/conflicts?lang=en")
        assert "/conflicts" in page.url
        within = page.locator("[class*=st-key-conflict_]").filter(has_text=CONFLICTS[0][1]).first
        page.get_by_role("button", name="Dismiss").click()
        form = page.get_by_test_id("stForm")
        who = form.get_by_label("Your name")
        assert who.is_disabled() and who.input_value() == SIGNED
        form.get_by_role("button", name="Cancel").click()
        form.wait_for(state="detached")
        within.get_by_role("button", name="Confirm").click()  # who is signed in has said who they are
        page.get_by_text("The conflict is confirmed.", exact=True).wait_for()
        settled(page)
        choose(page, "Status", "Confirmed (1)")
        page.locator("details.history summary").first.click()
        assert SIGNED in page.locator("details.history").first.inner_text()
        assert page.locator(".om b b").count() == 0


def test_a_leader_sees_their_own_and_nobody_elses(browser: Browser, address: str) -> None:
    with visitor(browser, address) as page:
        arrive(page, "leader", f"{address}/?lang=en")
        assert page.get_by_role("heading", level=1).inner_text() == LEADER
        links = page.get_by_test_id("stSidebarNavLink").all_inner_texts()
        assert [name.split("\n")[-1] for name in links] == ["Leaders", "About and by me", "Check a draft"]
        page.goto(f"{address}/leaders?lang=en&leader=leader.2")
        settled(page)
        assert page.get_by_role("heading", level=1).inner_text() == LEADER and "Nesvåg" not in said(page)
        for path in (
            "mentions",
            "mentions?statement=value.1&stance=against",
            "mentions?speaker=Tor-Egil+Nesv%C3%A5g",
        ):
            page.goto(f"{address}/{path}{'&' if '?' in path else '?'}lang=en&period=all")
            settled(page)
            cards = page.locator("[class*=st-key-mention_]").all_inner_texts()
            assert all(LEADER in card for card in cards), path
            assert "/mine" in page.url and (path != "mentions" or cards)
        for path in ("conflicts", "incidents?id=hendelse-1"):
            page.goto(f"{address}/{path}{'&' if '?' in path else '?'}lang=en")
            settled(page)
            told = said(page)
            assert "This page is not for you" in told and CONFLICTS[0][1] not in told, path


def test_a_stranger_is_refused_with_what_to_ask_for(browser: Browser, address: str) -> None:
    with visitor(browser, address) as page:
        page.goto(f"{address}/conflicts?lang=en")
        settled(page)
        sign_in(page, "stranger")
        page.get_by_role("heading", name="har ikke tilgang").or_(
            page.get_by_role("heading", name="have no access")
        ).wait_for()
        told = said(page)
        assert "per@andre.example" in told and CONFLICTS[0][1] not in told
        assert page.get_by_test_id("stSidebarNavLink").count() == 0


def test_a_cookie_that_was_changed_signs_out(browser: Browser, address: str) -> None:
    with visitor(browser, address) as page:
        arrive(page, "desk", f"{address}/?lang=en")
        context: BrowserContext = page.context
        cookie = next(c for c in context.cookies() if c["name"] == "_streamlit_user")
        assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
        value = cookie["value"]
        middle = len(value) // 3
        cookie["value"] = value[:middle] + ("A" if value[middle] != "A" else "B") + value[middle + 1 :]
        context.add_cookies([cookie])  # type: ignore[list-item]
        page.goto(f"{address}/conflicts?lang=en")
        settled(page)
        assert page.get_by_role("heading", level=1).inner_text() == "Sign in to see the reputation"
        assert CONFLICTS[0][1] not in said(page)


def test_no_secret_stands_on_a_command_line_and_its_file_is_private(address: str) -> None:
    commands = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    line = next(each for each in commands.splitlines() if f"--server.port {address.rsplit(':')[-1]}" in each)
    assert SECRET not in commands
    file = Path(line.split("--secrets.files ")[1].split()[0])
    assert SECRET in file.read_text(encoding="utf-8")
    if os.name == "posix":
        assert (
            stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        )
    with urlopen(f"{address}/_stcore/health", timeout=5) as answer:
        assert SECRET not in str(answer.headers)
