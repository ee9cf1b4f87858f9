"""Single mentions and their conflicts, a page at a time. Part of the readmodel room.

A page is found first (ids only), then its texts, verdicts and flags are read for those ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor import db
from monitor.db import Con, aware, naive, utc
from monitor.readmodel.byid import among, bound, in_parts
from monitor.readmodel.cases import cases_of
from monitor.readmodel.corrections import held
from monitor.readmodel.filtering import condition
from monitor.readmodel.rows import ConflictRow, MentionFilter, MentionRow, TargetVerdict
from monitor.types import STANDING_CASES, CaseState, Severity, Voice


def mentions(path: Path, filter: MentionFilter, *, limit: int = 50, offset: int = 0) -> list[MentionRow]:
    """One page of the mentions that pass the filter, by time."""
    order = "DESC" if filter.newest_first else "ASC"
    with db.reading(path) as con:
        where, values = condition(con, filter)
        found = con.execute(
            f"SELECT m.mention_id, m.said_at FROM listed AS m WHERE {where} "
            f"ORDER BY m.said_at {order}, m.mention_id LIMIT ? OFFSET ?",
            [*values, limit, offset],
        ).fetchall()
        rows = rows_of(con, found)
    return [rows[id_] for id_, _ in found]


def count_mentions(path: Path, filter: MentionFilter) -> int:
    with db.reading(path) as con:
        where, values = condition(con, filter)
        row = con.execute(f"SELECT count(*) FROM listed AS m WHERE {where}", values).fetchone()
    return int(row[0]) if row else 0


def count_stories(path: Path, filter: MentionFilter) -> int:
    """Like ``count_mentions``, copies of one story counted once."""
    only = MentionFilter(
        filter.since, filter.until, conflict=filter.conflict, newest_first=filter.newest_first
    )
    with db.reading(path) as con:
        if filter == only and filter.conflict and "none" not in filter.conflict:
            # Nothing but flags is asked for, and only what is about us is ever flagged: they need not be looked up.
            return _flagged_stories(con, filter)
        where, values = condition(con, filter)
        row = con.execute(f"SELECT count(DISTINCT m.story) FROM listed AS m WHERE {where}", values).fetchone()
    return int(row[0]) if row else 0


def _flagged_stories(con: Con, filter: MentionFilter) -> int:
    row = con.execute(
        """
        SELECT count(DISTINCT story) FROM v_cases
        WHERE said_at >= ? AND said_at < ? AND list_contains(?::VARCHAR[], level)""",
        [naive(filter.since), naive(filter.until), list(filter.conflict)],
    ).fetchone()
    return int(row[0]) if row else 0


def mention(path: Path, mention_id: str) -> MentionRow | None:
    """The mention with this id, relevant or not."""
    with db.reading(path) as con:
        found = con.execute("SELECT id, said_at FROM mentions WHERE id = ?", [mention_id]).fetchall()
        return rows_of(con, found).get(mention_id)


def conflicts(
    path: Path,
    since: datetime,
    until: datetime,
    *,
    severities: Sequence[Severity] = (),
    statements: Sequence[str] = (),
    voices: Sequence[Voice] = (),
    states: Sequence[CaseState] = STANDING_CASES,
    limit: int = 50,
    offset: int = 0,
) -> list[ConflictRow]:
    """Flagged statements, most serious and most certain mention first, its statements together by rank.

    ``limit`` and ``offset`` count mentions, not statements. Only statements that pass the filters are given; without
    ``states`` those that people dismissed, or that were put aside, are left out.
    """
    where = ["k.said_at >= ? AND k.said_at < ? AND list_contains(?::VARCHAR[], k.state)"]
    values: list[Any] = [naive(since), naive(until), list(states)]
    if voices:
        where.append("list_contains(?::VARCHAR[], k.voice)")
        values.append(list(voices))
    of_statement, chosen = "true", list[Any]()
    for column, wanted in (("severity", severities), ("statement", statements)):
        if wanted:
            of_statement += f" AND list_contains(?::VARCHAR[], c.{column})"
            chosen.append(list(wanted))
    if chosen:
        where.append(
            "EXISTS (FROM v_conflicts AS c WHERE c.said_at = k.said_at AND c.mention_id = k.mention_id "
            f"AND {of_statement})"
        )
        values += chosen
    with db.reading(path) as con:
        con.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE page AS
            SELECT k.mention_id, k.said_at, k.model_level = 'major' AS serious, k.score AS sure FROM v_cases AS k
            WHERE {" AND ".join(where)}
            ORDER BY serious DESC, sure DESC, k.said_at DESC, k.mention_id LIMIT ? OFFSET ?""",
            [*values, limit, offset],
        )
        found = con.execute(
            f"""
            SELECT c.mention_id, c.said_at, rank, statement, c.score, severity, field, quote, reason, role_mixing, model
            FROM v_conflicts AS c JOIN page ON page.said_at = c.said_at AND page.mention_id = c.mention_id
            WHERE {of_statement}
            ORDER BY page.serious DESC, page.sure DESC, c.said_at DESC, c.mention_id, rank""",
            chosen,
        ).fetchall()
        rows = rows_of(con, [(row[0], row[1]) for row in found])
    return [ConflictRow(rows[row[0]], *row[2:]) for row in found]


def rows_of(con: Con, found: Sequence[tuple[Any, ...]]) -> dict[str, MentionRow]:
    """The rows of these (id, said_at), by id."""
    return {id_: row for part in in_parts(found) for id_, row in _rows_of(con, part).items()}


def _rows_of(con: Con, found: Sequence[tuple[Any, ...]]) -> dict[str, MentionRow]:
    ids = sorted({row[0] for row in found})
    within = [min(row[1] for row in found), max(row[1] for row in found), ids]
    these = bound(found)
    corrected = held(con, within)
    verdicts: dict[str, list[TargetVerdict]] = {}
    for row in con.execute(
        f"""
        SELECT mention_id, target, kind, coalesce(label, 'neutral'), status, coalesce(negative, 1/3),
            coalesce(neutral, 1/3), coalesce(positive, 1/3)
        FROM {among("standing")} ORDER BY mention_id, position""",
        these,
    ).fetchall():
        by_people = corrected.get((row[0], row[1]), (None, None))
        verdicts.setdefault(row[0], []).append(TargetVerdict(*row[1:], *by_people))
    flags = {
        row[0]: row[1:]
        for row in con.execute(
            f"""
            SELECT f.mention_id, f.level, f.score
            FROM {among("flags")} AS f
            JOIN (SELECT id, content_hash FROM {among("mentions", "id")}) AS m
              ON m.id = f.mention_id AND m.content_hash = f.content_hash
            WHERE f.newest AND f.identity = (SELECT value FROM settings WHERE name = 'identity')""",
            [*these, *these],
        ).fetchall()
    }
    # Of all that are flagged: what the newest model calls no conflict can be one that a person confirmed.
    cases = cases_of(con, [(row[0], row[1]) for row in found if row[0] in flags])
    flags |= {id_: (case.level, case.score) for id_, case in cases.items()}
    # v_mentions and v_flags restricted table by table: a list of ids does not reach through their joins by itself.
    base = con.execute(
        f"""
        SELECT m.id, m.title, m.text, m.url, m.author, coalesce(x.voice, m.voice, 'third_party'), m.source,
            m.source_type, m.lang, m.said_at, m.published_at IS NOT NULL, m.seen_at, coalesce(s.story, m.id),
            m.content_hash, m.source IN (SELECT source FROM source_weights WHERE own_place), m.updated_at, m.reach
        FROM {among("mentions", "id")} AS m
        LEFT JOIN {among("matches")} AS x
          ON x.mention_id = m.id AND x.content_hash = m.content_hash
         AND x.identity = (SELECT value FROM settings WHERE name = 'identity')
        LEFT JOIN {among("stories")} AS s ON s.mention_id = m.id""",
        [*these, *these, *these],
    ).fetchall()
    copies = dict(
        con.execute(
            "SELECT w.story, count(*) FROM (SELECT unnest(?::VARCHAR[]) AS story) AS w "
            "JOIN listed AS l ON l.story_no = number_of(w.story) GROUP BY w.story",
            [sorted({row[12] for row in base})],
        ).fetchall()
    )
    rows = {}
    for r in base:
        (
            id_,
            title,
            text,
            url,
            author,
            voice,
            source,
            source_type,
            lang,
            said_at,
            dated,
            seen_at,
            story,
            content,
            own_place,
            updated_at,
            reach,
        ) = r
        level, score = flags.get(id_, (None, None))
        rows[id_] = MentionRow(
            id_, title, text, url, author, voice, source, source_type, lang, aware(said_at), dated, aware(seen_at),
            story, max(1, copies.get(story, 1)), tuple(verdicts.get(id_, ())), level, score,
            content, cases.get(id_), own_place, utc(updated_at), reach,
        )  # fmt: skip
    return rows
