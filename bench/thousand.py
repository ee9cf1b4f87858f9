"""A thousand feeds of mixed manners: our collecting against `reader` (PyPI) with its workers, in the same run.

    python -m bench.thousand [--feeds 1000] [--workers 10,32,100] [--timeout 5]      # needs the extra `bench` (reader)

The server (bench/feedserver.py) runs in a process of its own, and so does each side, one after the other: ``collect``
of ``pipeline.Monitor`` with its DuckDB file, and ``update_feeds(workers=N)`` with its SQLite file. Both get the same
``--timeout`` for a server that says nothing. Each asks everything twice; the second time nothing is new. A second poll
that has nothing to do still waits for the slowest server, so ours is timed twice more on a server that does not wait:
that is what the work itself costs. Seconds of the clock and of the processor; MB = the most memory the process held
through the first poll. "parsed" counts calls of the parser, "written" rows that differ in the database before and after
(but for the note in ``sources`` that each was asked).
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.feedserver import ENTRIES, address, manners

WORKERS = "10,32,100"


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def told(port: int, path: str) -> dict[str, int]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}") as answer:
        found: dict[str, int] = json.load(answer)
    return found


def ours(port: int, feeds: int, timeout: float, home: Path) -> dict[str, Any]:
    from monitor import http
    from monitor.config import load
    from monitor.pipeline import Monitor
    from monitor.sources import feed as feedsource

    parsed: list[int] = []
    parse = feedsource.parse

    def counting(*given: Any) -> Any:
        parsed.append(1)
        return parse(*given)

    feedsource.parse = counting  # type: ignore[assignment]

    def monitor(name: str) -> Monitor:
        environ = {"OMDOMME_DATABASE": str(home / name), "OMDOMME_ALLOW_PRIVATE": "127.0.0.0/8"}
        made = Monitor(load(brand, environ))
        made.collector.client = http.Client(
            allow_private=("127.0.0.0/8",), timeout=http.Timeout(timeout, timeout, 3 * timeout)
        )
        return made

    brand = home / "brand.yaml"
    sources = "".join(f"  - {{id: f{n}, kind: feed, url: '{address(n, port)}'}}\n" for n in range(feeds))
    brand.write_text(f"name: Fjordbank\nsources:\n{sources}", encoding="utf-8")
    found: dict[str, Any] = {}
    first = monitor("ours.duckdb")
    report: list[Any] = []
    found["first"] = timed(lambda: report.append(first.collect()))
    found["entries"] = report[0].counts.new
    found["failed"] = len(report[0].failed)
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    before = rows(home / "ours.duckdb")
    parsed.clear()
    told(port, "counted")
    clock = first.now
    first.now = first.collector.now = lambda: clock() + timedelta(minutes=10)
    found["again"] = timed(lambda: report.append(first.collect()))
    found["again_parsed"], found["again_304"] = len(parsed), told(port, "counted")["unchanged"]
    found["again_written"] = len(before.symmetric_difference(rows(home / "ours.duckdb")))
    found["again_failed"] = len(report[1].failed)
    told(port, "waits/off")
    answering = [f"f{n}" for n in range(feeds) if manners(n) != "silent"]
    second = monitor("still.duckdb")
    found["first_still"] = timed(lambda: second.collect(answering))
    parsed.clear()
    found["again_still"] = timed(lambda: second.collect(answering))
    assert not parsed, "the same bytes were parsed again"
    told(port, "waits/on")
    return found


def rows(path: Path) -> set[tuple[Any, ...]]:
    """All rows but of the sources' own table, where it is noted that they were asked."""
    from monitor import db

    found: set[tuple[Any, ...]] = set()
    with db.reading(path) as con:
        tables = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
        ).fetchall()
        for (table,) in tables:
            if table not in ("sources", "write_guard"):
                found |= {(table, str(row)) for row in con.execute(f"SELECT * FROM {table}").fetchall()}
    return found


def theirs(port: int, feeds: int, timeout: float, home: Path, workers: int) -> dict[str, Any]:
    from reader import make_reader

    logging.getLogger("reader").setLevel(logging.CRITICAL)
    reader = make_reader(str(home / "reader.sqlite"), session_timeout=(timeout, timeout))
    for n in range(feeds):
        reader.add_feed(address(n, port))
    found: dict[str, Any] = {
        "first": timed(lambda: reader.update_feeds(scheduled=False, workers=workers)),
        "entries": reader.get_entry_counts().total,
        "failed": reader.get_feed_counts(broken=True).total,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    found["again"] = timed(lambda: reader.update_feeds(scheduled=False, workers=workers))
    return found


def side(name: str, port: int, feeds: int, timeout: float) -> dict[str, Any]:
    """Runs one side in a process of its own, so that each has its memory and its processor time to itself."""
    with tempfile.TemporaryDirectory() as home:
        given = [name, str(port), str(feeds), str(timeout), home]
        done = subprocess.run(
            [sys.executable, "-m", "bench.thousand", "--side", *given], capture_output=True, text=True
        )
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def line(name: str, found: dict[str, Any]) -> str:
    cells = [f"{found[k][0]:7.1f} {found[k][1]:7.1f}" for k in ("first", "again")]
    return f"{name:22}{found['entries']:8,}{found['failed']:7}  {'  '.join(cells)}{found['memory']:8.0f}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--workers", default=WORKERS, help="of reader, one run each; its best counts")
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds, for both")
    parser.add_argument("--side", nargs=5, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.side:
        name, port, feeds, timeout, home = args.side
        common = (int(port), int(feeds), float(timeout), Path(home))
        print(json.dumps(ours(*common) if name == "omdomme" else theirs(*common, int(name.split()[1]))))
        return 0
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.feedserver", "0", str(args.feeds)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        kinds = [manners(n) for n in range(args.feeds)]
        print(
            f"{args.feeds} feeds of {ENTRIES} entries: "
            + ", ".join(f"{kinds.count(kind)} {kind}" for kind in ("quick", "slow", "broken", "silent"))
            + f"; timeout {args.timeout:g} s\n{'':22} entries failed  first: s, cpu s  again: s, cpu s      MB"
        )
        us = side("omdomme", port, args.feeds, args.timeout)
        print(line("omdomme", us), flush=True)
        walls = []
        for workers in filter(None, args.workers.split(",")):
            them = side(f"reader {workers}", port, args.feeds, args.timeout)
            walls.append(them["first"][0])
            print(line(f"reader {workers} workers", them), flush=True)
    finally:
        server.terminate()
        server.wait()
    if walls:
        print(
            f"our clock / reader's, first poll: {us['first'][0] / min(walls):.2f} of its best, "
            + "".join(f"{us['first'][0] / walls[0]:.2f} of its first")
        )
    still, again = us["first_still"], us["again_still"]
    print(
        f"second poll, nothing new: {us['again_parsed']} parsed, {us['again_written']} rows written, "
        f"{us['again_304']} answers of 304; {us['again'][0] / us['first'][0]:.2f} of the first by the clock, "
        f"{us['again'][1] / us['first'][1]:.2f} by the processor\n"
        f"servers that do not wait: first {still[0]:.1f} s ({still[1]:.1f} cpu), again {again[0]:.2f} s "
        f"({again[1]:.2f} cpu): {again[0] / still[0]:.2f} by the clock, {again[1] / still[1]:.2f} by the processor"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
