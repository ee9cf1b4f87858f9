"""Every judged mention with when it was said and when it was first seen, to look back from any hour.

Part of the readmodel room.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor import db
from monitor.db import aware, naive


@dataclass(frozen=True, slots=True)
class SaidOf:
    """A mention as what it is of one target: the brand (products count for it) or a leader.

    ``statements`` = ids of those it conflicts with and nobody dismissed. ``fresh`` False = it was old when it was
    first seen, and never alerts.
    """

    mention_id: str
    said_at: datetime
    seen_at: datetime
    story: str
    target: str
    negative: bool
    weight: float
    fresh: bool
    statements: tuple[str, ...] = ()


def said_of(path: Path, since: datetime, until: datetime) -> list[SaidOf]:
    """All that was said in [since, until), in the order it was first seen; judged as it stands now."""
    with db.reading(path) as con:
        found = con.execute(
            """
            WITH brand AS (
                SELECT coalesce((SELECT value FROM settings WHERE name = 'brand'),
                    (SELECT arg_max(target, said_at) FROM mention_targets WHERE kind = 'brand')) AS name
            ), rolled AS (
                SELECT s.mention_id, s.said_at, any_value(s.story) AS story,
                    CASE s.kind WHEN 'product' THEN coalesce(brand.name, s.target) ELSE s.target END AS of,
                    bool_or(s.standing = 'negative') AS negative, max(s.weight) AS weight, bool_or(s.fresh) AS fresh
                FROM v_weighted AS s, brand WHERE s.said_at >= $since AND s.said_at < $until
                GROUP BY s.mention_id, s.said_at, of
            ), hit AS (
                SELECT c.mention_id, c.said_at, list(DISTINCT c.statement ORDER BY c.statement) AS statements
                FROM v_conflicts AS c
                JOIN v_cases AS k ON k.said_at = c.said_at AND k.mention_id = c.mention_id
                WHERE k.level <> 'none' AND c.said_at >= $since AND c.said_at < $until
                  AND k.said_at >= $since AND k.said_at < $until
                GROUP BY c.mention_id, c.said_at
            )
            SELECT r.mention_id, r.said_at, m.seen_at, r.story, r.of, r.negative, r.weight, r.fresh,
                coalesce(h.statements, []::VARCHAR[])
            FROM rolled AS r
            JOIN mentions AS m ON m.said_at = r.said_at AND m.id = r.mention_id
            LEFT JOIN hit AS h ON h.said_at = r.said_at AND h.mention_id = r.mention_id
            ORDER BY m.seen_at, r.said_at, r.mention_id, r.of""",
            {"since": naive(since), "until": naive(until)},
        ).fetchall()
    return [
        SaidOf(row[0], aware(row[1]), aware(row[2]), row[3], row[4], row[5], row[6], row[7], tuple(row[8]))
        for row in found
    ]
