"""`kill -9` at any point of a run loses nothing acknowledged and leaves nothing half-written.

A real `omdomme run` over a real feed is killed many times at random moments, then let through once. What is
stored must be what a single undisturbed run stores, and each recipient must have at most one mail.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import readmodel
from monitor.config import load
from monitor.pipeline import Monitor
from tests.conftest import FeedServer

KILLS = 5
RUN = [sys.executable, "-m", "monitor.cli", "run"]
ALL = readmodel.MentionFilter(
    since=datetime(2000, 1, 1, tzinfo=UTC), until=datetime(2100, 1, 1, tzinfo=UTC), relevant_only=False
)


def stored(brand: Path) -> dict[str, object]:
    """Everything that must be the same however often the run was interrupted."""
    database = load(brand).settings.database
    rows = readmodel.mentions(database, ALL, limit=1000)
    return {
        row.url: (
            row.title,
            row.text,
            row.conflict,
            tuple(sorted((v.target, v.label, v.status) for v in row.verdicts)),
        )
        for row in rows
    } | {"doubles": [url for url, n in Counter(row.url for row in rows).items() if n > 1]}


def test_a_run_killed_many_times_ends_like_one_that_was_not(
    brand_file: Path, feed: FeedServer, now: datetime, tmp_path: Path
) -> None:
    rng = random.Random(7)
    for number in range(120):
        feed.add(
            f"/sak/{number}",
            f"Fjordbank sak {number}",
            f"Kunde {number} sier at Fjordbank svarte {'aldri' if number % 3 else 'raskt'} på spørsmål nummer {number}.",
            now - timedelta(minutes=number),
        )
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    (undisturbed / "brand.yaml").write_text(brand_file.read_text(encoding="utf-8"), encoding="utf-8")
    began = time.monotonic()
    subprocess.run([*RUN, "--brand", str(undisturbed / "brand.yaml")], check=True, capture_output=True)
    longest = time.monotonic() - began
    # A run that ends before its kill says how long one takes from there: what is left to do shrinks on the way.
    killed = 0
    for _ in range(4 * KILLS):
        wait = rng.uniform(0.35, 1.0) * longest
        began = time.monotonic()
        process = subprocess.Popen(
            [*RUN, "--brand", str(brand_file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=wait)
            longest = min(longest, time.monotonic() - began)
        except subprocess.TimeoutExpired:
            process.kill()
            killed += process.wait() == -signal.SIGKILL
        if killed == KILLS:
            break
    assert killed == KILLS, "too few runs were killed in the middle: the test shows nothing"
    Monitor.open(brand_file).run()
    assert stored(brand_file) == stored(undisturbed / "brand.yaml")
    status = readmodel.status(load(brand_file).settings.database)
    assert (status.mentions, status.due_match, status.due_judge, status.due_flag) == (120, 0, 0, 0)
    outbox = list(load(brand_file).settings.outbox.glob("*.eml"))
    assert len(outbox) <= 2 * max(1, status.incidents)
