"""How the sources fare: which fail, and which have gone quiet against their own rhythm. Part of the readmodel room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from monitor import db
from monitor.db import naive, utc
from monitor.readmodel.rows import SourceHealth

SILENT_AT_LEAST = timedelta(days=1)
SILENT_TIMES = 4  # times the gap that 9 of 10 of its gaps do not exceed
GAPS_NEEDED = 5
EXCUSED = timedelta(days=1)  # how long a failing source may be shown as merely waiting

State = Literal["ok", "failing", "silent", "retired", "never", "waiting"]


def source_health(path: Path, now: datetime) -> list[SourceHealth]:
    """Every source that was ever asked, those in trouble first.

    retired: gone for good. waiting: it or we asked for a pause (at most a day of failing is excused so).
    failing: the last poll failed. never: asked, without an answer yet. silent: it answers, but brought nothing for
    a day and four times the gap that nine of ten of its past gaps stayed within.
    """
    with db.reading(path) as con:
        found = con.execute("""
            SELECT source, last_attempt_at, last_success_at, last_new_at, last_error, error_kind, failing_since, polls,
                coalesce(n, 0) AS mentions, retired, not_before, recent_gaps
            FROM sources LEFT JOIN (SELECT source, count(*) AS n FROM mentions GROUP BY source) USING (source)
            """).fetchall()
    at = naive(now)
    assert at is not None
    rows = [
        SourceHealth(
            r[0], _state(r, at), utc(r[1]), utc(r[2]), utc(r[3]), r[4], r[5], utc(r[6]), r[7], r[8],
        )
        for r in found
    ]  # fmt: skip
    order = ["failing", "silent", "never", "waiting", "ok", "retired"]
    return sorted(rows, key=lambda s: (order.index(s.state), s.source))


def _state(row: Sequence[Any], now: datetime) -> State:
    last_new, failing_since, polls, retired, not_before, gaps = (
        row[3],
        row[6],
        row[7],
        row[9],
        row[10],
        row[11],
    )
    if retired:
        return "retired"
    if (
        not_before is not None
        and not_before > now
        and (failing_since is None or now - failing_since < EXCUSED)
    ):
        return "waiting"
    if failing_since is not None:
        return "failing"
    if polls == 0:
        return "never"
    if last_new is not None and len(gaps) >= GAPS_NEEDED:
        usual = timedelta(seconds=sorted(gaps)[int(0.9 * (len(gaps) - 1) + 0.5)])
        if now - last_new > max(SILENT_AT_LEAST, SILENT_TIMES * usual):
            return "silent"
    return "ok"
