"""Single mentions and their conflicts, a page at a time. Part of the readmodel room.

A page is found first (ids only), then its texts, verdicts and flags are read for those ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor import db
from monitor.db import Con, aware, naive
from monitor.readmodel.cases import cases_of
from monitor.readmodel.corrections import held
from monitor.readmodel.rows import ConflictRow, MentionFilter, MentionRow, TargetVerdict
from monitor.types import STANDING_CASES, CaseState, Severity, Voice


def mentions(path: Path, filter: MentionFilter, *, limit: int = 50, offset: int = 0) -> list[MentionRow]:
    """One page of the mentions that pass the filter, by time."""
    where, values = _where(filter)
    order = "DESC" if filter.newest_first else "ASC"
    with db.reading(path) as con:
        found = con.execute(
            f"SELECT m.id, m.said_at FROM v_mentions AS m WHERE {where} "
            f"ORDER BY m.said_at {order}, m.id LIMIT ? OFFSET ?",
            [*values, limit, offset],
        ).fetchall()
        rows = _rows(con, found)
    return [rows[id_] for id_, _ in found]


def count_mentions(path: Path, filter: MentionFilter) -> int:
    where, values = _where(filter)
    with db.reading(path) as con:
        row = con.execute(f"SELECT count(*) FROM v_mentions AS m WHERE {where}", values).fetchone()
    return int(row[0]) if row else 0


def count_stories(path: Path, filter: MentionFilter) -> int:
    """Like ``count_mentions``, copies of one story counted once."""
    where, values = _where(filter)
    with db.reading(path) as con:
        row = con.execute(
            f"SELECT count(DISTINCT m.story) FROM v_mentions AS m WHERE {where}", values
        ).fetchone()
    return int(row[0]) if row else 0


def mention(path: Path, mention_id: str) -> MentionRow | None:
    """The mention with this id, relevant or not."""
    with db.reading(path) as con:
        found = con.execute("SELECT id, said_at FROM mentions WHERE id = ?", [mention_id]).fetchall()
        return _rows(con, found).get(mention_id)


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
    where = ["c.said_at >= ? AND c.said_at < ?", "list_contains(?::VARCHAR[], k.state)"]
    values: list[Any] = [naive(since), naive(until), list(states)]
    for column, wanted in (("severity", severities), ("statement", statements)):
        if wanted:
            where.append(f"list_contains(?::VARCHAR[], c.{column})")
            values.append(list(wanted))
    if voices:
        where.append(
            "EXISTS (FROM v_mentions AS m WHERE m.said_at = c.said_at AND m.id = c.mention_id "
            "AND m.said_at >= ? AND m.said_at < ? AND list_contains(?::VARCHAR[], m.voice))"
        )
        values += [naive(since), naive(until), list(voices)]
    with db.reading(path) as con:
        found = con.execute(
            f"""
            WITH hit AS (
                SELECT c.* EXCLUDE (level, flag_score), c.level = 'major' AS serious, k.score AS sure
                FROM v_conflicts AS c JOIN v_cases AS k ON k.said_at = c.said_at AND k.mention_id = c.mention_id
                WHERE {" AND ".join(where)}),
            page AS (
                SELECT DISTINCT mention_id, said_at, serious, sure FROM hit
                ORDER BY serious DESC, sure DESC, said_at DESC, mention_id LIMIT ? OFFSET ?)
            SELECT hit.mention_id, hit.said_at, rank, statement, score, severity, field, quote, reason,
                role_mixing, model
            FROM hit JOIN page ON page.said_at = hit.said_at AND page.mention_id = hit.mention_id
            ORDER BY page.serious DESC, page.sure DESC, hit.said_at DESC, hit.mention_id, rank""",
            [*values, limit, offset],
        ).fetchall()
        rows = _rows(con, [(row[0], row[1]) for row in found])
    return [ConflictRow(rows[row[0]], *row[2:]) for row in found]


_SHOWN = """(
    SELECT f.said_at, f.mention_id, coalesce(k.level, f.level) AS level FROM v_flags AS f
    LEFT JOIN v_cases AS k ON k.said_at = f.said_at AND k.mention_id = f.mention_id) AS f"""


def _where(filter: MentionFilter) -> tuple[str, list[Any]]:
    """SQL over v_mentions AS m with its bound values; no word of the filter becomes SQL."""
    since, until = naive(filter.since), naive(filter.until)
    where = ["m.said_at >= ? AND m.said_at < ?"]
    values: list[Any] = [since, until]
    if filter.relevant_only:
        where.append("m.relevant")
    for column, wanted in (("voice", filter.voices), ("source_type", filter.source_types)):
        if wanted:
            where.append(f"list_contains(?::VARCHAR[], m.{column})")
            values.append(list(wanted))
    if filter.targets or filter.labels:
        inner = "t.said_at >= ? AND t.said_at < ?"
        values += [since, until]
        for column, chosen in (("target", filter.targets), ("standing", filter.labels)):
            if chosen:
                inner += f" AND list_contains(?::VARCHAR[], t.{column})"
                values.append(list(chosen))
        where.append(
            f"(m.said_at, m.id) IN (SELECT (t.said_at, t.mention_id) FROM v_standing AS t WHERE {inner})"
        )
    if filter.conflict:
        # What people say of a flag is only asked for the few that there is a conflict in.
        table = "v_cases AS f" if "none" not in filter.conflict else _SHOWN
        where.append(
            f"(m.said_at, m.id) IN (SELECT (f.said_at, f.mention_id) FROM {table} "
            "WHERE f.said_at >= ? AND f.said_at < ? AND list_contains(?::VARCHAR[], f.level))"
        )
        values += [since, until, list(filter.conflict)]
    if filter.corrections:
        where.append(
            "(m.said_at, m.id) IN (SELECT (c.said_at, c.mention_id) FROM v_corrections AS c "
            "WHERE list_contains(?::BOOLEAN[], c.holds))"
        )
        values.append([state == "holds" for state in filter.corrections])
    if filter.places != "all":
        verb = "IN" if filter.places == "own" else "NOT IN"
        where.append(f"m.source {verb} (SELECT source FROM source_weights WHERE own_place)")
    if filter.story is not None:
        where.append("m.story = ?")
        values.append(filter.story)
    for word in filter.search.split()[:20]:
        where.append("contains(lower(m.title || ' ' || m.text), lower(?))")
        values.append(word)
    return " AND ".join(where), values


def _rows(con: Con, found: Sequence[tuple[Any, ...]]) -> dict[str, MentionRow]:
    """The rows of these (id, said_at), by id."""
    if not found:
        return {}
    ids = sorted({row[0] for row in found})
    within = [min(row[1] for row in found), max(row[1] for row in found), ids]
    mine = "said_at BETWEEN ? AND ? AND {} IN (SELECT unnest(?::VARCHAR[]))"
    corrected = held(con, within)
    verdicts: dict[str, list[TargetVerdict]] = {}
    for row in con.execute(
        f"""
        SELECT mention_id, target, kind, coalesce(label, 'neutral'), status, coalesce(negative, 1/3),
            coalesce(neutral, 1/3), coalesce(positive, 1/3)
        FROM v_standing WHERE {mine.format("mention_id")} ORDER BY mention_id, position""",
        within,
    ).fetchall():
        by_people = corrected.get((row[0], row[1]), (None, None))
        verdicts.setdefault(row[0], []).append(TargetVerdict(*row[1:], *by_people))
    flags = {
        row[0]: row[1:]
        for row in con.execute(
            f"""
            SELECT f.mention_id, f.level, f.score
            FROM (FROM flags WHERE {mine.format("mention_id")}) AS f
            JOIN (SELECT id, content_hash FROM mentions WHERE {mine.format("id")}) AS m
              ON m.id = f.mention_id AND m.content_hash = f.content_hash
            WHERE f.newest AND f.identity = (SELECT value FROM settings WHERE name = 'identity')""",
            [*within, *within],
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
            m.content_hash, m.source IN (SELECT source FROM source_weights WHERE own_place)
        FROM (FROM mentions WHERE rowid IN (SELECT rowid FROM mentions WHERE {mine.format("id")})) AS m
        LEFT JOIN (FROM matches WHERE {mine.format("mention_id")}) AS x
          ON x.mention_id = m.id AND x.content_hash = m.content_hash
         AND x.identity = (SELECT value FROM settings WHERE name = 'identity')
        LEFT JOIN (FROM stories WHERE {mine.format("mention_id")}) AS s ON s.mention_id = m.id""",
        [*within, *within, *within],
    ).fetchall()
    copies = dict(
        con.execute(
            "SELECT story, count(*) FROM stories WHERE story IN (SELECT unnest(?::VARCHAR[])) GROUP BY story",
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
        ) = r
        level, score = flags.get(id_, (None, None))
        rows[id_] = MentionRow(
            id_, title, text, url, author, voice, source, source_type, lang, aware(said_at), dated, aware(seen_at),
            story, max(1, copies.get(story, 1)), tuple(verdicts.get(id_, ())), level, score,
            content, cases.get(id_), own_place,
        )  # fmt: skip
    return rows
