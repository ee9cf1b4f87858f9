"""Where what we read comes from: networks and how much of the story each of them alone tells, sources day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor import db
from monitor.db import aware, naive


@dataclass(frozen=True, slots=True)
class NetworkCoverage:
    """``sources`` are those that brought something; ``alone`` counts the stories about us told in no other network."""

    source_type: str
    sources: int
    mentions: int
    relevant: int
    stories: int
    alone: int
    last_at: datetime


def coverage(path: Path, since: datetime, until: datetime) -> list[NetworkCoverage]:
    """One row per network with a mention in [since, until), those with most about us first."""
    with db.reading(path) as con:
        found = con.execute(
            """
            WITH said AS (FROM listed WHERE said_at >= $since AND said_at < $until),
            told AS (
                SELECT story, source_type, count(*) OVER (PARTITION BY story) AS networks
                FROM (SELECT DISTINCT story, source_type FROM said WHERE relevant)
            ),
            stories AS (
                SELECT source_type, count(*) AS stories, count_if(networks = 1) AS alone FROM told GROUP BY ALL
            )
            SELECT source_type, count(DISTINCT source), count(*), count_if(relevant),
                coalesce(any_value(s.stories), 0), coalesce(any_value(s.alone), 0), max(said_at)
            FROM said LEFT JOIN stories AS s USING (source_type) GROUP BY source_type ORDER BY 4 DESC, 3 DESC, 1""",
            {"since": naive(since), "until": naive(until)},
        ).fetchall()
    return [NetworkCoverage(r[0], r[1], r[2], r[3], r[4], r[5], aware(r[6])) for r in found]


def source_days(path: Path, until: datetime, days: int) -> dict[str, list[int]]:
    """How many mentions of each source were said on each of the ``days`` spans of 24 hours up to ``until``, oldest
    first. Sources without any are left out."""
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT source, (date_diff('second', said_at, $until) // 86400)::INTEGER AS ago, count(*) FROM listed
            WHERE said_at > $until - to_days($days) AND said_at <= $until GROUP BY ALL""",
            {"until": naive(until), "days": days},
        ).fetchall()
    counted: dict[str, list[int]] = {}
    for source, ago, count in found:
        if ago < days:
            counted.setdefault(source, [0] * days)[days - 1 - ago] = count
    return counted
