"""The dashboard served by Streamlit, and a real headless Chromium to look at it with."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
# Pages of ours: relative, with encoded values.
OURS = re.compile(r"(?:mentions|leaders|statements|draft|incidents|conflicts|goals|sources)\?[\w.%+&=-]+")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
WAIT = 30_000  # ms; a first run imports for seconds


@dataclass
class Heard:
    """What a page did that it should not do."""

    dialogs: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def dashboard(brand: Path, port: int | None = None) -> Iterator[str]:
    """The address of a dashboard of this brand file, from when it answers until it has ended."""
    port = port or free_port()
    app = str(ROOT / "dashboard" / "app.py")
    command = [sys.executable, "-m", "streamlit", "run", app, "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--", "--brand", str(brand)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OMDOMME_")}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            answers(f"http://127.0.0.1:{port}/_stcore/health", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def answers(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "streamlit ended"
        try:
            with urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("streamlit did not answer within a minute")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Skips the test where there is none, but never where everything must run."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium on this machine; install the package chromium")
        pytest.skip("no Chromium on this machine; install the package chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield launched
        launched.close()


def look(
    browser: Browser, url: str, width: int = 1280, scheme: Literal["light", "dark"] = "light"
) -> tuple[Page, Heard]:
    """The page once it is drawn, and what it does from the first byte on."""
    page, heard = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme), Heard()
    page.set_default_timeout(WAIT)
    page.on("dialog", lambda d: (heard.dialogs.append(d.message), d.dismiss()))
    page.on("pageerror", lambda e: heard.errors.append(str(e)))
    page.on("request", lambda r: heard.elsewhere.append(r.url) if _foreign(r.url) else None)
    page.goto(url)
    settled(page)
    return page, heard


def settled(page: Page) -> None:
    """Waits until the page is drawn and the server is not at work on it any more."""
    page.wait_for_selector(".om h1")
    page.wait_for_function("""document.querySelector('[data-test-script-state=notRunning]')
        && !document.querySelector('[data-testid=stSkeleton], [data-stale=true]')""")


def choose(page: Page, label: str, option: str) -> None:
    """An option of the select box with this label."""
    settled(page)
    box = page.get_by_test_id("stSelectbox").filter(has_text=label).get_by_role("combobox")
    box.click()
    page.wait_for_timeout(300)
    if box.get_attribute("aria-expanded") != "true":
        box.click()  # a click that takes the focus from a form may only do that
    page.get_by_role("option", name=option, exact=True).click()
    settled(page)


def _foreign(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))


def harmless(page: Page, heard: Heard, link: str = "") -> None:
    """Nothing strangers wrote ran, was loaded, or leads anywhere but to ``link``."""
    assert heard == Heard()
    assert page.evaluate("window.hacked === undefined")
    assert page.locator(".om script, .om img, .om [onerror], .om a[href^='javascript' i]").count() == 0
    # All at once: a page that is being drawn anew replaces its links one by one.
    links = page.locator(".om a").evaluate_all("all => all.map(a => [a.getAttribute('href'), a.rel])")
    for href, rel in links:
        ours = OURS.fullmatch(href or "")
        assert ours or href == link, href
        assert ours or "noopener" in rel
