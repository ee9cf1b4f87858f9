"""Pictures of every page of the dashboard, kept small, with the page of the docs that shows them.

    python -m bench.pictures [--out docs/pictures/pages] [--brand PATH] [--only overview,goals]

Without ``--brand`` the bundled example is replayed first, in a folder of its own (about a minute). Each page is in
Norwegian and in English, light and dark, on a desktop and on a phone, two pictures a language: light on the one and
dark on the other, the other way round in the other language. Uses the machine's Chromium (`apt-get install chromium`).
"""

from __future__ import annotations

import argparse
import io
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from bench.screenshot import FLAGS, settle
from monitor import readmodel
from monitor.config import load
from monitor.pipeline import goals
from monitor.simulation import advance

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "lomvi"
# As the menu has them: what stands in the address, and the words of the docs.
PAGES = {
    "": "Overview",
    "leaders": "Leaders",
    "incidents": "Incidents",
    "incidents?id={incident}": "One incident",
    "goals": "Goals and share of voice",
    "digest": "Digest",
    "conflicts": "Conflicts",
    "mentions": "Mentions",
    "draft": "Check a draft",
    "identity": "Identity",
    "statements": "Statements",
    "audience": "Audience",
    "sources": "Sources",
}


class Kind(NamedTuple):
    lang: str
    scheme: Literal["light", "dark"]
    place: Literal["desktop", "phone"]


KINDS = (
    Kind("nb", "light", "desktop"),
    Kind("nb", "dark", "phone"),
    Kind("en", "dark", "desktop"),
    Kind("en", "light", "phone"),
)
SIZES = {"desktop": (1280, 1120), "phone": (390, 1000)}
KEPT = {"desktop": 900, "phone": 390}  # pixels wide in the docs
QUALITY = 55  # of WebP; letters of 14 px stay sharp


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures" / "pages")
    parser.add_argument("--brand", type=Path, help="a brand file with a store beside it")
    parser.add_argument("--only", default="", help="pages, as in their address, with commas")
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("chromium-browser"))
    wanted = parser.parse_args()
    if not wanted.chromium:
        print("no Chromium found; install the package chromium or name one with --chromium", file=sys.stderr)
        return 1
    only = [name for name in wanted.only.split(",") if name]
    pages = {path: title for path, title in PAGES.items() if not only or file_of(path) in only}
    wanted.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        brand = (wanted.brand or _example(Path(folder))).resolve()
        with _served(brand) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=wanted.chromium, args=FLAGS)
            for path, title in pages.items():
                found = path.format(incident=_incident(brand))
                sizes = [take(browser, f"{address}/{found}", kind, wanted.out, path) for kind in KINDS]
                print(f"{title}: {' + '.join(map(str, sizes))} KB", flush=True)
            browser.close()
    if not only:
        print(_page(wanted.out))
    return 0


def file_of(path: str) -> str:
    return {"": "overview", "incidents?id={incident}": "incident"}.get(path, path)


def take(browser: Browser, url: str, kind: Kind, out: Path, path: str) -> int:
    """Saves one picture; returns its size in KB."""
    width, height = SIZES[kind.place]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=kind.scheme)
    page.goto(f"{url}{'&' if '?' in url else '?'}lang={kind.lang}")
    settle(page)
    image = Image.open(io.BytesIO(page.screenshot()))
    page.close()
    kept = KEPT[kind.place]
    image = image.resize((kept, round(image.height * kept / image.width)), Image.Resampling.LANCZOS)
    file = out / f"{file_of(path)}-{kind.lang}-{kind.place}.webp"
    image.save(file, quality=QUALITY, method=6)
    return file.stat().st_size // 1024


def _example(folder: Path) -> Path:
    for name in ("brand.yaml", "archive.jsonl"):
        shutil.copy(EXAMPLE / name, folder / name)
    config = load(folder / "brand.yaml", {})
    monitor, _ = advance(config, lambda done, total, what: None)
    goals.evaluate(config, monitor.store, monitor.now())
    return folder / "brand.yaml"


def _incident(brand: Path) -> str:
    ever = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    found = readmodel.incidents(load(brand, {}).settings.database, *ever)
    return found[0].id if found else ""


@contextmanager
def _served(brand: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command: Sequence[str] = [
        *(sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboard" / "app.py")),
        *("--server.port", str(port), "--server.headless", "true", "--server.address", "127.0.0.1"),
        *("--", "--brand", str(brand)),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as server:
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            with urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the dashboard did not answer within a minute")


def _page(out: Path) -> Path:
    """docs/pages.md, of the pictures in ``out``."""
    where = out.relative_to(ROOT / "docs") if out.is_relative_to(ROOT / "docs") else out
    lines = [
        "# The pages, as pictures",
        "",
        "The bundled example, as `python -m bench.pictures` takes it: in Norwegian and in English, light and dark,",
        "on a desktop and on a phone. What each page is for stands in the [guide](guide.md).",
    ]
    for path, title in PAGES.items():
        names = {kind: f"{where}/{file_of(path)}-{kind.lang}-{kind.place}.webp" for kind in KINDS}
        shown = [
            f"![{title}, {kind.lang}, {kind.scheme}, {kind.place}]({name})" for kind, name in names.items()
        ]
        head = " | ".join(f"{kind.lang}, {kind.scheme}, {kind.place}" for kind in KINDS)
        lines += [
            "",
            f"## {title}",
            "",
            f"| {head} |",
            f"| {' | '.join(['---'] * 4)} |",
            f"| {' | '.join(shown)} |",
        ]
    page = ROOT / "docs" / "pages.md"
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return page


if __name__ == "__main__":
    sys.exit(main())
