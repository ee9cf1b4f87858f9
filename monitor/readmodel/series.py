"""What incidents are looked for in: stories per hour, target and measure. Part of the readmodel room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from monitor import db
from monitor.db import aware, naive


@dataclass(frozen=True, slots=True)
class SeriesCount:
    """``count`` stories that began in the hour from ``at``, weighing ``weight`` together; ``statement`` "" = all."""

    at: datetime
    target: str
    measure: Literal["negative", "conflicting", "total"]
    statement: str
    count: int
    weight: float


_ROLLED = """
    brand AS (
        SELECT coalesce((SELECT value FROM settings WHERE name = 'brand'),
            (SELECT arg_max(target, said_at) FROM mention_targets WHERE kind = 'brand')) AS name
    ), rolled AS (
        SELECT s.said_at, s.mention_id, date_trunc('hour', s.said_at) AS hour, s.story, s.weight,
            CASE s.kind WHEN 'product' THEN coalesce(brand.name, s.target) ELSE s.target END AS of,
            s.standing = 'negative' AS negative
        FROM v_weighted AS s, brand WHERE s.said_at >= $since AND s.said_at < $until AND s.fresh
    )"""


def series_counts(path: Path, since: datetime, until: datetime) -> list[SeriesCount]:
    """All series at once; an hour in which no story of it began has no row. Products are rolled up to the brand.

    negative, total: per target, as ``hour_counts``. conflicting: per target the stories in conflict with any
    statement, and under the brand's name those in conflict with each statement, whoever of ours they are about;
    without flags that people dismissed or that were put aside. A story counts once in a series, in the hour of its
    first copy there (negative: first negative copy), with its heaviest copy's weight and a little for the others.
    """
    values = {"since": naive(since), "until": naive(until)}
    with db.reading(path) as con:
        found = con.execute(
            f"""
            WITH {_ROLLED}, first AS (
                SELECT story, of, min(hour) AS hour, min(hour) FILTER (negative) AS negative_hour,
                    max(weight) * copies_factor(count(*)) AS weight
                FROM rolled GROUP BY story, of
            )
            SELECT hour, of, 'total' AS measure, '' AS statement, count(*), sum(weight) FROM first GROUP BY hour, of
            UNION ALL
            SELECT negative_hour, of, 'negative', '', count(*), sum(weight) FROM first
            WHERE negative_hour IS NOT NULL GROUP BY negative_hour, of
            ORDER BY 1, 2, 3""",
            values,
        ).fetchall()
        found += con.execute(
            f"""
            WITH {_ROLLED}, hit AS (
                SELECT r.*, c.statement FROM rolled AS r
                JOIN v_conflicts AS c ON c.said_at = r.said_at AND c.mention_id = r.mention_id
                JOIN v_cases AS k ON k.said_at = r.said_at AND k.mention_id = r.mention_id
                WHERE k.level <> 'none' AND c.said_at >= $since AND c.said_at < $until
                  AND k.said_at >= $since AND k.said_at < $until
            ), series AS (
                SELECT DISTINCT said_at, mention_id, hour, story, weight, of, '' AS statement FROM hit
                UNION ALL
                SELECT DISTINCT said_at, mention_id, hour, story, weight, brand.name, statement FROM hit, brand
                WHERE brand.name IS NOT NULL
            ), first AS (
                SELECT story, of, statement, min(hour) AS hour, max(weight) * copies_factor(count(*)) AS weight
                FROM series GROUP BY story, of, statement
            )
            SELECT hour, of, 'conflicting', statement, count(*), sum(weight) FROM first
            GROUP BY hour, of, statement ORDER BY hour, of, statement""",
            values,
        ).fetchall()
    return [SeriesCount(aware(row[0]), *row[1:]) for row in found]
