"""Feed entries a second from a local web server into the database, against `reader` (PyPI) in the same run.

    python bench/feeds.py CORPUS [--runs 3]      # CORPUS: a folder of feeds; needs the extra `bench` (reader)

Each run starts with an empty database, asks every feed once (both sides with 32 threads), stores what came, and
then asks every feed again (the server offers no ETag, so all is sent whole again, and nothing is new). Our side is
`pipeline.Monitor.collect`, whole: HTTP, parsing, identity of entries, deciding who speaks, DuckDB. reader's is
`update_feeds(workers=32)` with SQLite. The sides take turns; the median of the runs counts. Every feed has a
loopback address of its own (127.0.0.x), as feeds have hosts of their own.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from monitor.config import load
from monitor.pipeline import Monitor

WORKERS = 32  # as many as ours
SUFFIXES = (".xml", ".json", ".rss", ".atom")


class Round(NamedTuple):
    """Entries stored, and the seconds it took to ask every feed the first and the second time."""

    entries: int
    feeds_failed: int
    first: float
    second: float


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def send_header(self, keyword: str, value: str) -> None:
        if keyword != "Last-Modified":
            super().send_header(keyword, value)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def verify_request(self, request: object, client_address: tuple[str, int]) -> bool:
        """Only this machine: it listens on every address because each feed has one of 127.0.0.x."""
        return client_address[0].startswith("127.")


@contextlib.contextmanager
def serving(corpus: Path) -> Iterator[list[str]]:
    """The URLs of all feeds of the folder and of its no/ subfolder."""
    files = sorted(f for f in (*corpus.glob("*"), *corpus.glob("no/*")) if f.suffix in SUFFIXES)
    server = Server(("0.0.0.0", 0), partial(Quiet, directory=str(corpus)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield [
            f"http://127.0.0.{1 + n % 250}:{server.server_port}/{f.relative_to(corpus).as_posix()}"
            for n, f in enumerate(files)
        ]
    finally:
        server.shutdown()
        server.server_close()


def ours(urls: Sequence[str], home: Path) -> Round:
    brand = home / "brand.yaml"
    sources = "".join(f"  - {{id: f{n}, kind: feed, url: '{url}'}}\n" for n, url in enumerate(urls))
    brand.write_text(f"name: Fjordbank\nsources:\n{sources}", encoding="utf-8")
    environ = {"OMDOMME_DATABASE": str(home / "ours.duckdb"), "OMDOMME_ALLOW_PRIVATE": "127.0.0.0/8"}
    monitor = Monitor(load(brand, environ))
    began = time.perf_counter()
    report = monitor.collect()
    first = time.perf_counter() - began
    # A poll within the same instant would be the same poll.
    clock = monitor.now
    monitor.now = lambda: clock() + timedelta(minutes=10)
    began = time.perf_counter()
    again = monitor.collect()
    assert again.counts.new == 0, f"{again.counts.new} entries were taken for new the second time"
    return Round(
        report.counts.new + report.counts.known, len(report.failed), first, time.perf_counter() - began
    )


def readers(urls: Sequence[str], home: Path) -> Round:
    from reader import make_reader

    with contextlib.closing(make_reader(str(home / "reader.sqlite"))) as reader:
        for url in urls:
            reader.add_feed(url)
        began = time.perf_counter()
        reader.update_feeds(scheduled=False, workers=WORKERS)
        first = time.perf_counter() - began
        began = time.perf_counter()
        reader.update_feeds(scheduled=False, workers=WORKERS)
        second = time.perf_counter() - began
        failed = reader.get_feed_counts(broken=True).total
        return Round(reader.get_entry_counts().total, failed, first, second)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    sides: dict[str, Callable[[Sequence[str], Path], Round]] = {"omdomme": ours, "reader": readers}
    try:
        import reader
    except ImportError:
        print(
            "reader is not installed (pip install 'omdomme[bench]'): our side only, no ratio", file=sys.stderr
        )
        del sides["reader"]
    else:
        print(f"reader {reader.__version__}")
        logging.getLogger("reader").setLevel(logging.CRITICAL)
    rates: dict[str, tuple[float, float]] = {}
    with serving(args.corpus) as urls:
        rounds: dict[str, list[Round]] = {name: [] for name in sides}
        for _ in range(args.runs):
            for name, side in sides.items():
                with tempfile.TemporaryDirectory() as home:
                    rounds[name].append(side(urls, Path(home)))
    for name, found in rounds.items():
        first = statistics.median(r.entries / r.first for r in found)
        second = statistics.median(r.entries / r.second for r in found)
        rates[name] = (first, second)
        print(
            f"{name:8} {len(urls)} feeds ({found[0].feeds_failed} failed), {found[0].entries} entries: "
            f"{first:7.0f} entries/s at first, {second:7.0f} entries/s again (median of {len(found)})"
        )
    if "reader" in rates:
        print(
            "ratio    {:.1f}x at first, {:.1f}x again".format(
                *(a / b for a, b in zip(*rates.values(), strict=True))
            )
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
