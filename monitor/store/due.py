"""What is still to be done: the anti-joins behind ``Store.due_*``. Part of the store room.

Each finds the ids first and reads titles and texts only of those it returns.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitor.db import Con, naive
from monitor.store import derived, rows
from monitor.types import FlagRequest, Mention, Target, Verdict

TARGET = "t.target, t.kind, t.via, t.field, t.span_start, t.span_end, t.surface"


def matches(con: Con, identity: str, limit: int) -> list[Mention]:
    found = con.execute(
        f"""
        WITH due AS (
            SELECT m.id, m.said_at FROM mentions AS m
            WHERE m.said_at >= $floor AND NOT EXISTS (
                FROM matches AS x WHERE x.said_at >= $floor AND x.said_at = m.said_at AND x.mention_id = m.id
                AND x.content_hash = m.content_hash AND x.identity = $identity)
            ORDER BY m.said_at, m.id LIMIT $limit)
        SELECT {rows.MENTION_COLUMNS} FROM due JOIN mentions AS m ON m.said_at = due.said_at AND m.id = due.id
        ORDER BY m.said_at, m.id""",
        {
            "floor": derived.floor(con, "match", derived.key(identity)),
            "identity": identity,
            "limit": limit,
        },
    ).fetchall()
    return [rows.mention_from(row) for row in found]


def stories(con: Con, limit: int) -> list[Mention]:
    found = con.execute(
        f"""
        WITH due AS (
            SELECT DISTINCT t.mention_id AS id, t.said_at FROM standing AS t
            WHERE t.said_at >= $floor AND NOT EXISTS (
                FROM stories AS s WHERE s.said_at >= $floor AND s.said_at = t.said_at AND s.mention_id = t.mention_id)
            ORDER BY t.said_at, t.mention_id LIMIT $limit)
        SELECT {rows.MENTION_COLUMNS} FROM due JOIN mentions AS m ON m.said_at = due.said_at AND m.id = due.id
        ORDER BY m.said_at, m.id""",
        {"floor": derived.floor(con, "story", derived.key("")), "limit": limit},
    ).fetchall()
    return [rows.mention_from(row) for row in found]


def story_window(con: Con, since: datetime, until: datetime, limit: int) -> list[tuple[str, Mention]]:
    found = con.execute(
        f"""
        WITH hit AS (
            SELECT m.id, m.said_at, s.story FROM stories AS s
            JOIN mentions AS m ON m.said_at = s.said_at AND m.id = s.mention_id
            JOIN matches AS x ON x.said_at = m.said_at AND x.mention_id = m.id AND x.content_hash = m.content_hash
            WHERE m.said_at BETWEEN ?1 AND ?2 AND s.said_at BETWEEN ?1 AND ?2 AND x.said_at BETWEEN ?1 AND ?2
            AND x.relevant
            AND x.identity = (SELECT value FROM settings WHERE name = 'identity')
            ORDER BY m.said_at DESC, m.id LIMIT ?3)
        SELECT hit.story, {rows.MENTION_COLUMNS}
        FROM hit JOIN mentions AS m ON m.said_at = hit.said_at AND m.id = hit.id
        ORDER BY m.said_at DESC, m.id""",
        [naive(since), naive(until), limit],
    ).fetchall()
    return [(row[0], rows.mention_from(row[1:])) for row in found]


def verdicts(con: Con, identity: str, model: str | None, limit: int) -> list[tuple[Mention, Target]]:
    found = con.execute(
        f"""
        WITH due AS (
            SELECT t.* FROM mention_targets AS t
            JOIN mentions AS m ON m.said_at = t.said_at AND m.id = t.mention_id AND m.content_hash = t.content_hash
            WHERE t.said_at >= $floor AND t.identity = $identity AND NOT EXISTS (
                FROM verdicts AS v WHERE v.said_at >= $floor AND v.said_at = t.said_at AND v.mention_id = t.mention_id
                AND v.content_hash = t.content_hash AND v.target = t.target AND ($model = '' OR v.model = $model))
            ORDER BY t.said_at, t.mention_id, t.position LIMIT $limit)
        SELECT {rows.MENTION_COLUMNS.replace("m.voice", "x.voice")}, {TARGET}
        FROM due AS t
        JOIN mentions AS m ON m.said_at = t.said_at AND m.id = t.mention_id
        JOIN matches AS x ON x.said_at = t.said_at AND x.mention_id = t.mention_id AND x.content_hash = t.content_hash
            AND x.identity = t.identity
        ORDER BY t.said_at, t.mention_id, t.position""",
        {
            "floor": derived.floor(con, "verdict", derived.key(identity, model or "")),
            "identity": identity,
            "model": model or "",
            "limit": limit,
        },
    ).fetchall()
    return [(rows.mention_from(row[:11]), rows.target_from(row[11:])) for row in found]


def flags(con: Con, identity: str, model: str, sentiment_model: str | None, limit: int) -> list[FlagRequest]:
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE due AS
        SELECT x.mention_id, x.said_at, x.content_hash, x.identity, x.voice, x.speaker, x.rejected FROM matches AS x
        JOIN mentions AS m ON m.said_at = x.said_at AND m.id = x.mention_id AND m.content_hash = x.content_hash
        WHERE x.said_at >= $floor AND x.relevant AND x.identity = $identity
        AND NOT EXISTS (
            FROM flags AS f WHERE f.said_at >= $floor AND f.said_at = x.said_at AND f.mention_id = x.mention_id
            AND f.content_hash = x.content_hash AND f.identity = $identity AND f.model = $model)
        AND NOT EXISTS (
            FROM mention_targets AS t WHERE t.said_at >= $floor AND t.said_at = x.said_at
            AND t.mention_id = x.mention_id AND t.content_hash = x.content_hash AND t.identity = $identity
            AND NOT EXISTS (
                FROM verdicts AS v WHERE v.said_at >= $floor AND v.said_at = t.said_at AND v.mention_id = t.mention_id
                AND v.content_hash = t.content_hash AND v.target = t.target
                AND ($sentiment = '' OR v.model = $sentiment)))
        ORDER BY x.said_at, x.mention_id LIMIT $limit""",
        {
            "floor": derived.floor(con, "flag", derived.key(identity, model)),
            "identity": identity,
            "model": model,
            "sentiment": sentiment_model or "",
            "limit": limit,
        },
    )
    targets: dict[str, list[Target]] = {}
    for row in con.execute(f"""
        SELECT t.mention_id, {TARGET} FROM due AS d JOIN mention_targets AS t ON t.said_at = d.said_at
        AND t.mention_id = d.mention_id AND t.content_hash = d.content_hash AND t.identity = d.identity
        ORDER BY t.mention_id, t.position""").fetchall():
        targets.setdefault(row[0], []).append(rows.target_from(row[1:]))
    judged: dict[str, list[Verdict]] = {}
    for row in con.execute(
        """
        SELECT v.mention_id, v.target, v.negative, v.neutral, v.positive, v.status, v.model FROM due AS d
        JOIN verdicts AS v ON v.said_at = d.said_at AND v.mention_id = d.mention_id
        AND v.content_hash = d.content_hash AND CASE WHEN ?1 IS NULL THEN v.newest ELSE v.model = ?1 END""",
        [sentiment_model],
    ).fetchall():
        judged.setdefault(row[0], []).append(Verdict(*row[1:]))
    found = con.execute(f"""
        SELECT {rows.MENTION_COLUMNS.replace("m.voice", "d.voice")}, d.voice, d.speaker, d.rejected
        FROM due AS d JOIN mentions AS m ON m.said_at = d.said_at AND m.id = d.mention_id
        ORDER BY m.said_at, m.id""").fetchall()
    return [
        FlagRequest(
            rows.mention_from(row),
            rows.match_from(row[11], row[12], row[13], targets.get(row[0], [])),
            _in_order(judged.get(row[0], []), targets.get(row[0], [])),
        )
        for row in found
    ]


def _in_order(verdicts: list[Verdict], targets: Iterable[Target]) -> tuple[Verdict, ...]:
    """Verdicts of the targets matched now, in their order."""
    by_name = {v.target: v for v in verdicts}
    return tuple(by_name[t.name] for t in targets if t.name in by_name)
