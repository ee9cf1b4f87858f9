"""How the sources fare: which fail, which answer otherwise than they used to, and which have gone quiet against their
own rhythm; and when they did. Part of the readmodel room."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor import db
from monitor.db import Con, aware, naive, utc
from monitor.readmodel.rhythm import is_silent
from monitor.readmodel.rows import SourceHealth, SourceState
from monitor.types import SourceEpisode

EXCUSED = timedelta(days=1)  # how long a failing source may be shown as merely waiting
LASTING = timedelta(hours=1)  # failed polls further apart than this are no passing weather ...
FAILURES = 3  # ... when there are so many in a row,
LASTING_SELDOM = timedelta(days=1)  # or two, of a source that is seldom asked
CHANGED_KINDS = ("html", "parse", "empty")  # what came is not what came before
ORDER: tuple[SourceState, ...] = ("failing", "changed", "silent", "never", "waiting", "ok", "retired")
_COLUMNS = (
    "source, last_attempt_at, last_success_at, last_new_at, last_error, error_kind, failing_since, polls, retired, "
    "not_before, new_hours, failures, finite, changed, changed_since, dropped, warnings"
)


def source_health(path: Path, now: datetime) -> list[SourceHealth]:
    """Every source that was ever asked, those in trouble first.

    retired: gone for good. waiting: it or we asked for a pause (at most a day of failing is excused so).
    failing: the last poll failed. changed: it answers, but with a page instead of a feed, or without the dates, the
    texts or the entries it used to have. never: asked, without an answer yet. silent: it answers, and has brought
    nothing for longer than its rhythm explains, up to its last answer; see ``rhythm``.
    """
    with db.reading(path) as con:
        counted = dict(con.execute("SELECT source, count(*) FROM mentions GROUP BY source").fetchall())
        found = _read(con)
    moment = naive(now)
    assert moment is not None
    healths = [_health(row, moment, counted.get(row["source"], 0)) for row in found]
    return sorted(healths, key=lambda h: (ORDER.index(h.state), h.source))


def source_attempts(path: Path) -> dict[str, tuple[datetime | None, bool]]:
    """(when last asked, whether that failed) of every source that was ever asked."""
    with db.reading(path) as con:
        found = con.execute("SELECT source, last_attempt_at, failing_since FROM sources").fetchall()
    return {row[0]: (utc(row[1]), row[2] is not None) for row in found}


def source_episodes(path: Path, since: datetime, until: datetime) -> list[SourceEpisode]:
    """The episodes that lie in the period or reach into it, by source and time."""
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT id, source, kind, began_at, found_at, ended_at, reason, error_kind, told_at FROM source_episodes
            WHERE began_at < ? AND coalesce(ended_at > ?, true) ORDER BY source, began_at, id""",
            [naive(until), naive(since)],
        ).fetchall()
    return [
        SourceEpisode(r[0], r[1], r[2], aware(r[3]), aware(r[4]), utc(r[5]), r[6], r[7], utc(r[8]))
        for r in found
    ]


def _read(con: Con) -> list[dict[str, Any]]:
    names = _COLUMNS.split(", ")
    return [
        dict(zip(names, row, strict=True))
        for row in con.execute(f"SELECT {_COLUMNS} FROM sources").fetchall()
    ]


def _health(row: Mapping[str, Any], now: datetime, mentions: int) -> SourceHealth:
    state, since, down = _state(row, now)
    return SourceHealth(
        row["source"],
        state,
        utc(row["last_attempt_at"]),
        utc(row["last_success_at"]),
        utc(row["last_new_at"]),
        row["last_error"],
        row["error_kind"],
        utc(row["failing_since"]),
        row["polls"],
        mentions,
        utc(since),
        down,
        row["changed"] if state == "changed" else None,
        row["failures"],
        row["dropped"],
        tuple(row["warnings"]),
        row["finite"],
    )


def _state(row: Mapping[str, Any], now: datetime) -> tuple[SourceState, datetime | None, bool]:
    """(state, since when, whether it is down). What was not asked proves nothing: time counts up to the last poll."""
    failing_since, asked = row["failing_since"], row["last_attempt_at"]
    if row["retired"]:
        return "retired", failing_since or row["last_success_at"], True
    if failing_since is not None:
        waiting = row["not_before"] is not None and row["not_before"] > now
        if waiting and now - failing_since < EXCUSED:
            return "waiting", None, False
        span, failures = asked - failing_since, row["failures"]
        lasting = (failures >= FAILURES and span >= LASTING) or (failures >= 2 and span >= LASTING_SELDOM)
        changed = row["polls"] > 0 and row["error_kind"] in CHANGED_KINDS and row["changed"] is None
        return ("changed" if changed else "failing"), failing_since, lasting
    if row["not_before"] is not None and row["not_before"] > now:
        return "waiting", None, False
    answered, last_new = row["last_success_at"], row["last_new_at"]
    if not row["polls"] or answered is None:
        return "never", None, False
    if row["changed"] is not None:
        return "changed", row["changed_since"], answered - row["changed_since"] >= LASTING
    if last_new is not None and not row["finite"] and is_silent(row["new_hours"], _hour(answered)):
        return "silent", last_new, True
    return "ok", None, False


def _hour(at: datetime) -> int:
    return int(at.replace(tzinfo=UTC).timestamp() // 3600)
