"""One picture of a running dashboard: python bench/screenshot.py URL OUT.png [--width 1400] [--dark] [--full]

Uses the machine's Chromium through Playwright's Python package (`apt-get install chromium`).
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


def settle(page: Page) -> None:
    """Waits until the first page is drawn and Streamlit has stopped running and the chart has been painted."""
    page.wait_for_selector(".om h1", timeout=60_000)
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')", timeout=60_000)
    page.wait_for_timeout(1_500)  # Vega draws after Streamlit is done and says so to nobody


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("out", type=Path)
    parser.add_argument("--width", type=int, default=1400)
    parser.add_argument("--height", type=int, default=1150)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--full", action="store_true", help="the whole page, however long")
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("chromium-browser"))
    wanted = parser.parse_args()
    if not wanted.chromium:
        print("no Chromium found; install the package chromium or name one with --chromium", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=wanted.chromium, args=FLAGS)
        page = browser.new_page(
            viewport={"width": wanted.width, "height": wanted.height},
            color_scheme="dark" if wanted.dark else "light",
        )
        page.goto(wanted.url)
        settle(page)
        if wanted.full:  # Streamlit scrolls inside the page, so the window is made as tall as its content
            tall = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight")
            page.set_viewport_size({"width": wanted.width, "height": min(int(tall) + 40, 12_000)})
            settle(page)
        wanted.out.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=wanted.out)
        browser.close()
    print(f"{wanted.out}: {wanted.out.stat().st_size // 1024} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
