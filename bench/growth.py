"""What collecting one mention costs while the store grows: 10 thousand, 1 million and 5 million mentions in it.

    python -m bench.growth [--sizes 10000,1000000,5000000] [--folder DIR] [--rounds 5]

Each store is filled in SQL (three keys a mention, said over a year); then ``collect`` of ``pipeline.Monitor`` reads
made-up feeds from files, whole: parsing, identity of entries, deciding who speaks, masking, DuckDB.

- many: 100 feeds of 20 entries, all new, in one pass;
- known: the same 100 feeds again, each changed by one byte, no entry new;
- few: one feed of 20 entries, all new: what a pass of every ten minutes usually brings.

Milliseconds a mention, by the clock and by the processor; the median of the rounds, sizes taking turns. ``store`` is
the part of it within ``Store.add_polls``. The last line is the largest store against the smallest. 5 million mentions
take 1.3 GB in DIR, which is kept when given.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.feedserver import ENTRIES, document
from monitor import db
from monitor.config import load
from monitor.pipeline import Monitor
from monitor.store import CollectCounts, Poll, Store

CHUNK = 250_000
MANY = 100
_ROWS = """
    CREATE OR REPLACE TEMP TABLE b AS SELECT substr(md5(i::VARCHAR), 1, 16) AS id,
        TIMESTAMP '2025-11-01' + to_seconds((i * 31536000 // $total)::BIGINT) AS said_at, i
    FROM range($first, $last) AS r(i)"""
_FILL = (
    """INSERT INTO mentions BY NAME SELECT id, said_at, md5('c' || id)[:16] AS content_hash, said_at AS published_at,
        said_at + INTERVAL 9 MINUTE AS seen_at, true AS fresh, 'source ' || (i % 60) AS source, 'news' AS source_type,
        'nb' AS lang, 'third_party' AS voice, md5('a' || (i % 5000)) AS author, 'https://news.example/' || id AS url,
        md5(id || 't') AS title, repeat(md5(id || 'u'), 4) AS text FROM b""",
    """INSERT INTO mention_keys SELECT md5(id || k)::UUID, id, said_at, ('0x' || left(md5(id || k), 8))::UINTEGER
        FROM b, (VALUES ('link'), ('guid'), ('id')) AS v(k)""",
)


class Grown:
    """One store of a given size, and the feeds that go into it."""

    def __init__(self, folder: Path, size: int) -> None:
        self.path = folder / f"{size}.duckdb"
        if not self.path.exists():
            fill(self.path, size)
        self.feeds = folder / f"feeds-{size}"
        self.feeds.mkdir(exist_ok=True)
        self.serial = time.time_ns() % 1_000_000_000  # a store that is used again gets other entries
        brand = folder / f"brand-{size}.yaml"
        brand.write_text(
            "name: Fjordbank\nsources:\n"
            + "".join(
                f"  - {{id: f{n}, kind: feed, url: '{self.feeds / f'{n}.xml'}'}}\n" for n in range(MANY + 1)
            ),
            encoding="utf-8",
        )
        self.monitor = Monitor(load(brand, {"OMDOMME_DATABASE": str(self.path)}))
        self.stored = 0.0
        self.monitor.collector.store.add_polls = self._timed  # type: ignore[method-assign]

    def _timed(self, polls: Sequence[Poll]) -> CollectCounts:
        began = time.perf_counter()
        try:
            return Store.add_polls(self.monitor.store, polls)
        finally:
            self.stored += time.perf_counter() - began

    def collect(self, names: Sequence[int], new: int) -> tuple[float, float, float]:
        """Milliseconds a mention: clock, processor, and the clock within the store."""
        self.stored = 0.0
        clock, processor = time.perf_counter(), time.process_time()
        report = self.monitor.collect([f"f{n}" for n in names])
        taken = time.perf_counter() - clock, time.process_time() - processor, self.stored
        counts = report.counts
        assert (counts.new, counts.new + counts.known) == (new, len(names) * ENTRIES), report
        each = 1000 / (len(names) * ENTRIES)
        return taken[0] * each, taken[1] * each, taken[2] * each

    def round(self) -> dict[str, tuple[float, float, float]]:
        many = range(MANY)
        written = {n: document(self.serial + n) for n in range(MANY + 1)}
        self.serial += MANY + 1
        for n, body in written.items():
            (self.feeds / f"{n}.xml").write_bytes(body)
        found = {"many": self.collect(many, MANY * ENTRIES)}
        for n in many:
            (self.feeds / f"{n}.xml").write_bytes(written[n] + b"\n")
        found["known"] = self.collect(many, 0)
        found["few"] = self.collect([MANY], ENTRIES)
        return found


def fill(path: Path, size: int) -> None:
    began = time.perf_counter()
    store = Store(path)
    store.migrate()
    for first in range(0, size, CHUNK):
        with db.writing(path) as con:
            con.execute(_ROWS, {"total": size, "first": first, "last": min(first + CHUNK, size)})
            for statement in _FILL:
                con.execute(statement)
    print(
        f"filled {size:,} mentions in {time.perf_counter() - began:.0f} s, {path.stat().st_size / 1e6:.0f} MB",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="10000,1000000,5000000")
    parser.add_argument("--folder", type=Path, help="keep the stores here and use them again")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    sizes = [int(size) for size in args.sizes.split(",")]
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        grown = {size: Grown(folder, size) for size in sizes}
        found: dict[int, list[dict[str, tuple[float, float, float]]]] = {size: [] for size in sizes}
        for number in range(args.rounds + 1):
            for size, store in grown.items():
                taken = store.round()
                if number:  # the first fills caches
                    found[size].append(taken)
    print(
        f"{'ms a mention':>20}"
        + "".join(
            f"{kind + ' ' + part:>14}"
            for kind in ("many", "known", "few")
            for part in ("clock", "cpu", "store")
        )
    )
    rows = {
        size: [
            statistics.median(taken[kind][part] for taken in found[size])
            for kind in ("many", "known", "few")
            for part in range(3)
        ]
        for size in sizes
    }
    for size, cells in rows.items():
        print(f"{size:>20,}" + "".join(f"{cell:>14.3f}" for cell in cells))
    ratios = (a / b for a, b in zip(rows[sizes[-1]], rows[sizes[0]], strict=True))
    print(f"{'largest / smallest':>20}" + "".join(f"{ratio:>14.2f}" for ratio in ratios))


if __name__ == "__main__":
    main()
