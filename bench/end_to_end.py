"""Mentions a second through the whole job (match, group, judge, flag, store), in batches and one at a time.

    python bench/end_to_end.py [ARCHIVE] [--copies N]

The archive's mentions are multiplied (each copy with a number in its text, so that nothing is taken for known).
The alternative in the same run is the same pipeline with batches of one mention: one query, one model call each.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from monitor.config import load
from monitor.pipeline import Monitor, analysing, collecting
from monitor.simulation import anchor

ROOT = Path(__file__).parent.parent


def measure(
    archive: Path, brand: Path, copies: int, batch: int, limit: int | None
) -> tuple[int, float, float]:
    rows = [json.loads(line) for line in archive.read_text(encoding="utf-8").splitlines()]
    many = [
        {**row, "id": f"{row['id']}-{n}", "url": f"{row['url']}/{n}", "text": f"{row['text']} ({n})"}
        for n in range(copies)
        for row in rows
    ][:limit]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "archive.jsonl").write_text("\n".join(json.dumps(r) for r in many), encoding="utf-8")
        (home / "brand.yaml").write_text(brand.read_text(encoding="utf-8"), encoding="utf-8")
        config = load(home / "brand.yaml", {})
        analysing.MATCH_BATCH = analysing.JUDGE_BATCH = batch
        collecting.WRITE_BATCH = batch
        monitor = Monitor(config, now=lambda: datetime.now(UTC))
        anchor(monitor, datetime.now(UTC))
        began = time.perf_counter()
        monitor.collect()
        collected = time.perf_counter()
        report = monitor.analyse()
        done = time.perf_counter()
        assert report.matched == len(many), report
        return len(many), len(many) / (collected - began), len(many) / (done - began)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("archive", nargs="?", type=Path, default=ROOT / "examples/lomvi/archive.jsonl")
    parser.add_argument("--brand", type=Path, default=ROOT / "examples/lomvi/brand.yaml")
    parser.add_argument("--copies", type=int, default=6)
    args = parser.parse_args()
    n, collect, total = measure(args.archive, args.brand, args.copies, 512, None)
    print(f"in batches      {n:6} mentions  collect {collect:8.0f}/s  whole job {total:7.1f}/s")
    m, collect_one, one = measure(args.archive, args.brand, args.copies, 1, 150)
    print(f"one at a time   {m:6} mentions  collect {collect_one:8.0f}/s  whole job {one:7.1f}/s")
    print(f"ratio           {total / one:.1f}x")


if __name__ == "__main__":
    main()
