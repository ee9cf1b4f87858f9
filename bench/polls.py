"""Consecutive polls of real outlets, in order, through a real web server: are entries lost or doubled?

    python -m bench.polls FOLDER [--etags]

FOLDER holds documents called OUTLET_YYYYMMDDTHHMMSSZ_*.xml, as they were served then. Each outlet has one address,
which gives its documents one after the other; after each, ``collect`` asks (and asks again, unchanged). ``--etags``:
the server has validators, so that the second asking is a 304.

What should be there comes from feedparser: entries with the same link or the same guid are one article, over all
documents, unless one document gives that link or guid to entries with different titles (then it names none of them and
the title decides). An article is lost when no mention has one of its links (or its title), doubled when several have.
Exits 1 when any is.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import re
import sys
import tempfile
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import feedparser

from monitor import readmodel
from monitor.config import load
from monitor.pipeline import Monitor

NAME = re.compile(r"(?P<outlet>[\w-]+?)_(?P<at>\d{8}T\d{6}Z)_\w+\.xml")
EVER = readmodel.MentionFilter(
    datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC), relevant_only=False
)
Entry = tuple[str, str, str]  # link, guid, title


class Shown(ThreadingHTTPServer):
    """Gives the present document of each outlet, by path."""

    daemon_threads = True
    documents: dict[str, bytes]
    etags = False


class Answer(BaseHTTPRequestHandler):
    server: Shown

    def do_GET(self) -> None:
        body = self.server.documents[self.path.strip("/")]
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        known = self.server.etags and self.headers.get("If-None-Match") == etag
        self.send_response(304 if known else 200)
        if self.server.etags:
            self.send_header("ETag", etag)
        self.send_header("Content-Length", str(0 if known else len(body)))
        self.end_headers()
        if not known:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def entries_of(body: bytes) -> list[Entry]:
    parsed = feedparser.parse(io.BytesIO(body))
    return [
        (e.get("link", "").strip(), e.get("id", "").strip(), plain(e.get("title", "")))
        for e in parsed.entries
        if e.get("title") or e.get("summary")
    ]


def articles(documents: Iterable[Sequence[Entry]]) -> dict[str, str]:
    """What names an article (link, guid or title) -> the article."""
    listed = [list(entries) for entries in documents]
    empty = {""}
    for entries in listed:
        titles: dict[str, set[str]] = defaultdict(set)
        for link, guid, title in entries:
            titles[link].add(title)
            titles[guid].add(title)
        empty |= {name for name, found in titles.items() if len(found) > 1}
    leads: dict[str, str] = {}

    def first(name: str) -> str:
        while leads.setdefault(name, name) != name:
            name = leads[name]
        return name

    for entries in listed:
        for link, guid, title in entries:
            names = [n for n in (link, guid) if n not in empty] or [f"title {title}"]
            for name in names[1:]:
                leads[first(name)] = first(names[0])
            first(names[0])
    return {name: first(name) for name in list(leads)}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--etags", action="store_true")
    args = parser.parse_args()
    outlets: dict[str, list[Path]] = defaultdict(list)
    for file in sorted(args.folder.iterdir(), key=lambda f: f.name):
        if found := NAME.fullmatch(file.name):
            outlets[found["outlet"]].append(file)
    if not outlets:
        print(f"{args.folder}: no file called OUTLET_YYYYMMDDTHHMMSSZ_*.xml there", file=sys.stderr)
        return 1
    server = Shown(("127.0.0.1", 0), Answer)
    server.documents, server.etags = {}, args.etags
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as home:
        failed = [replay(server, outlet, files, Path(home)) for outlet, files in outlets.items()]
    server.shutdown()
    return 1 if any(failed) else 0


def replay(server: Shown, outlet: str, files: Sequence[Path], home: Path) -> bool:
    """Whether anything was lost or doubled."""
    brand = home / f"{outlet}.yaml"
    url = f"http://127.0.0.1:{server.server_port}/{outlet}"
    brand.write_text(
        f"name: Fjordbank\nsources:\n  - {{id: {outlet}, kind: feed, url: '{url}'}}\n", encoding="utf-8"
    )
    environ = {
        "OMDOMME_DATABASE": str(home / f"{outlet}.duckdb"),
        "OMDOMME_ALLOW_PRIVATE": "127.0.0.1",
    }
    now = [datetime.now(UTC)]
    monitor = Monitor(load(brand, environ), now=lambda: now[0])
    listed, again = [], 0
    for file in files:
        server.documents[outlet] = file.read_bytes()
        listed.append(entries_of(server.documents[outlet]))
        for turn in (0, 1):
            now[0] += timedelta(minutes=10)
            report = monitor.collect()
            assert not report.failed, report.failed
            again += turn * (report.counts.new + report.counts.edited)
    named = articles(listed)
    found: Counter[str] = Counter()
    strange = 0
    for row in readmodel.mentions(monitor.config.settings.database, EVER, limit=100_000):
        article = named.get(row.url) or named.get(f"title {plain(row.title)}")
        strange += article is None
        if article is not None:
            found[article] += 1
    wanted = set(named.values())
    lost, doubled = wanted - found.keys(), sum(found.values()) - len(found)
    print(
        f"{outlet}: {len(files)} polls, {sum(map(len, listed))} entries listed, {len(wanted)} articles: "
        f"{len(lost)} lost, {doubled} doubled, {strange} that nobody listed, {again} changes when asked again"
    )
    for article in sorted(lost)[:5]:
        print(f"  LOST {article[:120]}")
    return bool(lost or doubled or strange or again)


if __name__ == "__main__":
    sys.exit(main())
