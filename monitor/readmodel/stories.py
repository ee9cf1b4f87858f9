"""Stories: how many copies, which came first, which is the most trusted, and the same wire in other languages."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from monitor import db
from monitor.db import Con, aware
from monitor.readmodel.rows import StoryCopy, StoryRow

_MOST_TRANSLATIONS = 10


def stories(path: Path, ids: Collection[str]) -> dict[str, StoryRow]:
    """The stories with these ids, by id. The most trusted copy is the heaviest, of several the first."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    with db.reading(path) as con:
        links: dict[str, list[str]] = {}
        for story, other in con.execute(
            "SELECT story, other FROM v_translations WHERE story IN (SELECT unnest(?::VARCHAR[])) "
            "ORDER BY score DESC, other",
            [wanted],
        ).fetchall():
            links.setdefault(story, []).append(other)
        known = _known(con, sorted({*wanted, *(other for others in links.values() for other in others)}))
    found = {}
    for story in wanted:
        if story in known:
            copies, first, trusted, weight = known[story]
            others = [known[other][1] for other in links.get(story, ()) if other in known]
            found[story] = StoryRow(story, copies, first, trusted, weight, tuple(others[:_MOST_TRANSLATIONS]))
    return found


def _known(con: Con, ids: list[str]) -> dict[str, tuple[int, StoryCopy, StoryCopy, float]]:
    rows = con.execute(
        """
        WITH s AS (FROM stories WHERE story IN (SELECT unnest(?::VARCHAR[]))), c AS (
            SELECT s.story, m.id, m.title, m.url, m.source, m.source_type, m.lang, m.said_at,
                coalesce(w.weight, d.weight, 1.0) * reach_factor(m.reach) AS weight
            FROM s JOIN mentions AS m ON m.said_at = s.said_at AND m.id = s.mention_id
            LEFT JOIN source_weights AS w ON w.source = m.source
            LEFT JOIN type_weights AS d ON d.source_type = m.source_type
            WHERE m.said_at >= (SELECT min(said_at) FROM s) AND m.said_at <= (SELECT max(said_at) FROM s)
        ), n AS (SELECT *, struct_pack(id, title, url, source, source_type, lang, said_at, weight) AS copy FROM c)
        SELECT story, count(*), arg_min(copy, (said_at, id)), arg_min(copy, (-weight, said_at, id)),
            max(weight) * copies_factor(count(*))
        FROM n GROUP BY story""",
        [ids],
    ).fetchall()
    return {row[0]: (row[1], _copy(row[2]), _copy(row[3]), row[4]) for row in rows}


def _copy(row: dict[str, Any]) -> StoryCopy:
    said_at = aware(row.pop("said_at"))
    return StoryCopy(mention_id=row.pop("id"), at=said_at, **row)
