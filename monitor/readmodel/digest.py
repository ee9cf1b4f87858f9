"""What a digest needs beyond the pages' figures: where it was said, what people decided, when anything came in.

Part of the readmodel room. The period before is the one of equal length just before ``since``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor import db
from monitor.db import aware, naive, utc
from monitor.types import CaseAction, IncidentSeverity


@dataclass(frozen=True, slots=True)
class Headline:
    """Raw: whoever shows it makes it safe."""

    title: str
    text: str
    url: str
    source: str
    at: datetime  # UTC


@dataclass(frozen=True, slots=True)
class NetworkCount:
    """Mentions about us of one source type. ``before`` None = nothing was collected at all then."""

    source_type: str
    mentions: int
    before: int | None


def headlines(path: Path, ids: Sequence[str]) -> dict[str, Headline]:
    """Of the mentions with these ids, by id."""
    if not ids:
        return {}
    with db.reading(path) as con:
        found = con.execute(
            "SELECT id, title, text[:2000], url, source, said_at FROM mentions "
            "WHERE id IN (SELECT unnest(?::VARCHAR[]))",
            [sorted(set(ids))],
        ).fetchall()
    return {row[0]: Headline(row[1], row[2], row[3], row[4], aware(row[5])) for row in found}


def network_counts(path: Path, since: datetime, until: datetime) -> list[NetworkCount]:
    """Where it was said, most first; a network that brought something only in the period before has 0."""
    before = since - (until - since)
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT source_type, count(DISTINCT mention_id) FILTER (said_at >= $since),
                count(DISTINCT mention_id) FILTER (said_at < $since)
            FROM v_standing WHERE said_at >= $before AND said_at < $until
            GROUP BY source_type ORDER BY 2 DESC, 3 DESC, 1""",
            {"since": naive(since), "before": naive(before), "until": naive(until)},
        ).fetchall()
        row = con.execute(
            "SELECT count(*) FROM mentions WHERE said_at >= ? AND said_at < ?", [naive(before), naive(since)]
        ).fetchone()
    collected = bool(row and row[0])
    return [NetworkCount(name, now, earlier if collected else None) for name, now, earlier in found]


def decisions(path: Path, since: datetime, until: datetime) -> dict[CaseAction, int]:
    """How many flags people did each of these things with in the period, by when they did it."""
    with db.reading(path) as con:
        found = con.execute(
            "SELECT action, count(DISTINCT mention_id) FROM v_case_log WHERE acted_at >= ? AND acted_at < ? "
            "GROUP BY action",
            [naive(since), naive(until)],
        ).fetchall()
    return dict(found)


def answers(path: Path, ids: Sequence[str]) -> dict[str, tuple[IncidentSeverity, datetime | None]]:
    """(severity, when somebody first acknowledged it) of the incidents with these ids, by id."""
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT i.id, i.severity, a.at FROM v_incidents AS i LEFT JOIN (
                SELECT incident, min(acted_at) AS at FROM incident_actions WHERE action = 'acknowledged'
                GROUP BY incident) AS a ON a.incident = i.id
            WHERE i.id IN (SELECT unnest(?::VARCHAR[]))""",
            [sorted(set(ids))],
        ).fetchall()
    return {row[0]: (row[1], utc(row[2])) for row in found}


def known_messages(path: Path, ids: Sequence[str]) -> set[str]:
    """Those of these ids that were ever queued, whatever became of them."""
    with db.reading(path) as con:
        found = con.execute(
            "SELECT id FROM messages WHERE id IN (SELECT unnest(?::VARCHAR[]))", [list(ids)]
        ).fetchall()
    return {row[0] for row in found}


def collected_hours(path: Path, since: datetime, until: datetime) -> set[datetime]:
    """The hours (UTC) of the period in which anything at all was said that we collected, about us or not."""
    with db.reading(path) as con:
        found = con.execute(
            "SELECT DISTINCT date_trunc('hour', said_at) FROM mentions WHERE said_at >= ? AND said_at < ?",
            [naive(since), naive(until)],
        ).fetchall()
    return {aware(row[0]) for row in found}
