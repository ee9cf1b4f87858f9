"""The mentions that pass a filter, folded by story, and the span of one story. Part of the readmodel room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor import db
from monitor.db import Con, aware
from monitor.readmodel.behind import Behind, narrowed
from monitor.readmodel.filtering import condition
from monitor.readmodel.mentionrows import rows_of
from monitor.readmodel.rows import MentionFilter, MentionRow

BINS = 24  # of the line that shows how a story spread
_MOST_NAMES = 12  # networks, and sources, of one story


@dataclass(frozen=True, slots=True)
class FoldedStory:
    """The copies of one story that pass a filter. ``row`` is the first of them; ``networks`` (source types) and
    ``sources`` come with their copies, the most first; ``spread`` counts the copies in equal parts from the first to
    the last, () where all came at once."""

    story: str
    copies: int
    first_at: datetime
    last_at: datetime
    row: MentionRow
    networks: tuple[tuple[str, int], ...]
    sources: tuple[tuple[str, int], ...]
    spread: tuple[int, ...]


def fold(con: Con, filter: MentionFilter, behind: Behind | None, limit: int, offset: int) -> list[Any]:
    """Makes the temporary tables ``folded``, one row per story of this page (story, copies, first_at, last_at,
    mention_id and turn), newest first, and ``folded_copies``, their mentions that pass."""
    where, values = narrowed(con, filter, behind) if behind else condition(con, filter)
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE folded AS
        SELECT *, row_number() OVER (ORDER BY last_at DESC, story) AS turn FROM (
            SELECT m.story, count(*) AS copies, min(m.said_at) AS first_at, max(m.said_at) AS last_at,
                arg_min(m.mention_id, (m.said_at, m.mention_id)) AS mention_id
            FROM listed AS m WHERE {where} GROUP BY m.story ORDER BY last_at DESC, m.story LIMIT ? OFFSET ?)""",
        [*values, limit, offset],
    )
    found = con.execute("FROM folded ORDER BY turn").fetchall()
    if found:
        con.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE folded_copies AS
            SELECT m.story, m.source, m.source_type, m.said_at FROM listed AS m
            WHERE m.said_at BETWEEN ? AND ? AND m.story IN (SELECT o.story FROM folded AS o) AND {where}""",
            [min(row[2] for row in found), max(row[3] for row in found), *values],
        )
    return found


def folded_stories(
    path: Path, filter: MentionFilter, behind: Behind | None = None, *, limit: int = 25, offset: int = 0
) -> list[FoldedStory]:
    """One page of the stories with a mention that passes, by their newest one."""
    with db.reading(path) as con:
        found = fold(con, filter, behind, limit, offset)
        if not found:
            return []
        rows = rows_of(con, [(row[4], row[2]) for row in found])
        names: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for story, network, source, count in con.execute(
            """
            SELECT story, source_type, source, count(*) FROM folded_copies
            GROUP BY GROUPING SETS ((story, source_type), (story, source)) ORDER BY 4 DESC, 2, 3"""
        ).fetchall():
            kind, name = ("network", network) if source is None else ("source", source)
            names.setdefault((story, kind), []).append((name, count))
        spread: dict[str, list[int]] = {}
        for story, place, count in con.execute(
            f"""
            SELECT c.story, least({BINS - 1}, floor({BINS} * (epoch(c.said_at) - epoch(o.first_at))
                / (epoch(o.last_at) - epoch(o.first_at))))::INTEGER, count(*)
            FROM folded_copies AS c JOIN folded AS o ON o.story = c.story WHERE o.last_at > o.first_at GROUP BY ALL"""
        ).fetchall():
            spread.setdefault(story, [0] * BINS)[place] = count
    return [
        FoldedStory(
            story, copies, aware(first), aware(last), rows[mention_id],
            tuple(names[story, "network"][:_MOST_NAMES]), tuple(names[story, "source"][:_MOST_NAMES]),
            tuple(spread.get(story, ())),
        )
        for story, copies, first, last, mention_id, _ in found
    ]  # fmt: skip


def story_span(path: Path, story: str) -> tuple[datetime, datetime] | None:
    """When its first and its last copy were said; None when there is no such story."""
    with db.reading(path) as con:
        row = con.execute(
            "SELECT min(said_at), max(said_at) FROM stories WHERE story = ?", [story]
        ).fetchone()
        if row is None or row[0] is None:  # what was not grouped yet is a story of its own
            row = con.execute(
                "SELECT min(said_at), max(said_at) FROM mentions WHERE id = ?", [story]
            ).fetchone()
    return (aware(row[0]), aware(row[1])) if row and row[0] is not None else None
