"""How long a person waits for each page: real loads through Chromium of a dashboard served over a synthetic store.

Part of ``python -m bench.pages --browser``. A load is timed from the navigation until the page is drawn and the server
is not at work on it any more. ``first``: of a dashboard that was just started, whose cache of a minute is empty;
``again``: of the same page by another visitor within that minute. Each load is a visitor of its own, with nothing kept.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

from bench.pages import Times, times_of

ROOT = Path(__file__).parent.parent
PAGES = ("", "conflicts", "mentions", "mentions?search=ord5%20ord40", "leaders", "statements", "audience", "incidents",
         "sources")  # fmt: skip
PERIODS = ("30", "all")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
WAIT = 120_000  # ms
# The identity is as small as it can be: what is counted lies in the store.
_BRAND = """\
name: Brand
languages: [nb]
leaders:
  - {id: leader.1, name: Leader One, role: chief}
values:
  - {id: value.1, text: "We say so when something went wrong, first and in full."}
guidelines:
"""


def loads(path: Path, rounds: int) -> dict[str, Times]:
    """Milliseconds of each page over the store, ``rounds`` times each; a dashboard is started for every round."""
    brand = path.with_name(f"{path.stem}-brand.yaml")
    rules = "".join(
        f'  - {{id: guideline.{n}, text: "Rule number {n} of those we keep."}}\n' for n in range(30)
    )
    brand.write_text(f"{_BRAND}{rules}sources: []\n", encoding="utf-8")
    addresses = {
        f"{page or 'overview'}, {'the year' if period == 'all' else f'{period} days'}": page
        + ("&" if "?" in page else "?")
        + f"period={period}"
        for period in PERIODS
        for page in PAGES
    }
    first: dict[str, list[float]] = {name: [] for name in addresses}
    again: dict[str, list[float]] = {name: [] for name in addresses}
    with _chromium() as browser:
        for _ in range(rounds):
            with _dashboard(brand, path) as url:
                _load(browser, f"{url}/draft")  # the server imports what it needs once, when it is started
                for name, address in addresses.items():
                    first[name].append(_load(browser, f"{url}/{address}"))
                    again[name].append(_load(browser, f"{url}/{address}"))
    found = {}
    for name in addresses:
        found[f"in the browser: {name}, first"] = times_of(first[name])
        found[f"in the browser: {name}, again"] = times_of(again[name])
    return found


def _load(browser: Browser, url: str) -> float:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(WAIT)
    try:
        start = time.perf_counter()
        page.goto(url)
        page.wait_for_selector(".om h1")
        page.wait_for_function("""document.querySelector('[data-test-script-state=notRunning]')
            && !document.querySelector('[data-testid=stSkeleton], [data-stale=true]')""")
        taken = (time.perf_counter() - start) * 1000
        if page.locator(".om ol.steps").count():
            raise SystemExit(f"{url}: the store was not found, so this would time an empty page")
        return taken
    finally:
        page.close()


@contextmanager
def _chromium() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise SystemExit("no Chromium on this machine; install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def _dashboard(brand: Path, store: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(ROOT / "dashboard" / "app.py"),
        "--server.port",
        str(port),
    ]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true", "--", "--brand", str(brand)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OMDOMME_")}
    environment["OMDOMME_DATABASE"] = str(store)
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            url = f"http://127.0.0.1:{port}"
            for _ in range(600):
                if server.poll() is not None:
                    raise SystemExit("streamlit ended")
                try:
                    with urlopen(f"{url}/_stcore/health", timeout=1) as answer:
                        if answer.status == 200:
                            break
                except OSError:
                    time.sleep(0.2)
            yield url
        finally:
            server.terminate()
