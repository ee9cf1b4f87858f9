"""The mentions behind a figure: what ``MentionFilter`` cannot say, put beside it. Part of the readmodel room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from monitor import db
from monitor.db import Con, naive
from monitor.readmodel.audience import talk
from monitor.readmodel.filtering import condition
from monitor.readmodel.mentionrows import rows_of
from monitor.readmodel.rows import ConflictRow, MentionFilter, MentionRow, VoiceKind
from monitor.types import CASE_STATES, CaseState

Stance = Literal["against", "in_line", "touches", "silent"]
STANCES: tuple[Stance, ...] = ("against", "in_line", "touches", "silent")
LIKELY = 0.2  # P from which a mention is among those behind an expected number; few reach a half


@dataclass(frozen=True, slots=True)
class Behind:
    """``speaker``: which of ours wrote it. ``networks``: the story is told in all of these source types.
    ``authorities`` belong to ``kind`` and ``place`` (see ``audience``).

    ``stance`` toward ``statement``: in conflict with it or P(against) >= LIKELY; P(in line) >= LIKELY; touching it; or
    compared with the identity and neither of the first two (silent).
    """

    speaker: str = ""
    statement: str = ""
    stance: Stance = "touches"
    kind: VoiceKind | None = None
    place: str = ""
    networks: tuple[str, ...] = ()
    mixing: bool = False  # the author mixes a private topic with the office
    authorities: tuple[str, ...] = ()


def mentions_behind(
    path: Path, filter: MentionFilter, behind: Behind, *, limit: int = 50, offset: int = 0
) -> list[MentionRow]:
    """One page of the mentions that pass both, by time."""
    order = "DESC" if filter.newest_first else "ASC"
    with db.reading(path) as con:
        where, values = narrowed(con, filter, behind)
        found = con.execute(
            f"SELECT m.mention_id, m.said_at FROM listed AS m WHERE {where} "
            f"ORDER BY m.said_at {order}, m.mention_id LIMIT ? OFFSET ?",
            [*values, limit, offset],
        ).fetchall()
        rows = rows_of(con, found)
    return [rows[id_] for id_, _ in found]


def count_behind(path: Path, filter: MentionFilter, behind: Behind) -> tuple[int, int]:
    """(mentions, stories) that pass both."""
    with db.reading(path) as con:
        where, values = narrowed(con, filter, behind)
        row = con.execute(
            f"SELECT count(*), count(DISTINCT m.story) FROM listed AS m WHERE {where}", values
        ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def conflicts_of(
    path: Path,
    since: datetime,
    until: datetime,
    speaker: str,
    *,
    states: Sequence[CaseState] = CASE_STATES,
    limit: int = 10,
) -> list[ConflictRow]:
    """Flagged statements in what one of ours wrote, in the order of ``states``, newest mention first, by rank."""
    with db.reading(path) as con:
        found = con.execute(
            """
            WITH page AS (
                SELECT k.said_at, k.mention_id, list_position($states::VARCHAR[], k.state) AS turn
                FROM v_cases AS k JOIN listed AS m ON m.said_at = k.said_at AND m.mention_id = k.mention_id
                WHERE k.said_at >= $since AND k.said_at < $until AND m.said_at >= $since AND m.said_at < $until
                AND m.speaker = $speaker AND list_contains($states::VARCHAR[], k.state)
                ORDER BY turn, k.said_at DESC, k.mention_id LIMIT $limit)
            SELECT c.mention_id, c.said_at, c.rank, c.statement, c.score, c.severity, c.field, c.quote, c.reason,
                c.role_mixing, c.model
            FROM v_conflicts AS c JOIN page ON page.said_at = c.said_at AND page.mention_id = c.mention_id
            WHERE c.said_at >= $since AND c.said_at < $until
            ORDER BY page.turn, c.said_at DESC, c.mention_id, c.rank""",
            {
                "since": naive(since), "until": naive(until), "speaker": speaker, "states": list(states),
                "limit": limit,
            },
        ).fetchall()  # fmt: skip
        rows = rows_of(con, [(row[0], row[1]) for row in found])
    return [ConflictRow(rows[row[0]], *row[2:]) for row in found]


_STANCES: dict[Stance, str] = {
    "against": "(x.severity IS NOT NULL OR coalesce(x.contradicts, 0) >= {likely})",
    "in_line": "(x.severity IS NULL AND coalesce(x.in_line, 0) >= {likely})",
}


def narrowed(con: Con, filter: MentionFilter, behind: Behind) -> tuple[str, list[Any]]:
    """SQL over ``listed AS m`` with its bound values, for both."""
    base, values = condition(con, filter)
    only, more = beside(con, filter, behind)
    return f"{base} AND {only}", values + more


def beside(con: Con, filter: MentionFilter, behind: Behind) -> tuple[str, list[Any]]:
    """As ``narrowed``, without what the filter itself says."""
    where = ["true"]
    values: list[Any] = []
    since, until = naive(filter.since), naive(filter.until)
    period = [since, until]
    flagged = (
        "(m.said_at, m.mention_id) {verb} (SELECT (x.said_at, x.mention_id) FROM {table} AS x WHERE {inner})"
    )
    within = "x.said_at >= ? AND x.said_at < ?"
    if behind.speaker:
        where.append("m.speaker = ?")
        values.append(behind.speaker)
    if behind.mixing:
        where.append(flagged.format(verb="IN", table="v_flags", inner=f"{within} AND x.role_mixing"))
        values += period
    if behind.statement and behind.stance == "touches":
        where.append(
            flagged.format(verb="IN", table="v_touches", inner=f"{within} AND x.touches AND x.statement = ?")
        )
        values += [*period, behind.statement]
    elif behind.statement:
        held = [
            _STANCES[s] for s in (("against", "in_line") if behind.stance == "silent" else (behind.stance,))
        ]
        inner = f"{within} AND x.statement = ? AND ({' OR '.join(held)})".format(likely=LIKELY)
        verb = "NOT IN" if behind.stance == "silent" else "IN"
        where.append(flagged.format(verb=verb, table="v_stances", inner=inner))
        values += [*period, behind.statement]
        where.append("m.level IS NOT NULL")
    if behind.kind or behind.place or behind.networks:
        target = filter.targets[0] if len(filter.targets) == 1 else None
        talk(con, filter.since, filter.until, target, behind.authorities)
    if behind.kind or behind.place:
        where.append(
            "(m.said_at, m.mention_id) IN (SELECT (said_at, mention_id) FROM talk "
            "WHERE (?::VARCHAR IS NULL OR kind = ?) AND (? = '' OR place = ?))"
        )
        values += [behind.kind, behind.kind, behind.place, behind.place]
    if behind.networks:
        where.append(
            "(m.said_at, m.mention_id) IN (SELECT (said_at, mention_id) FROM talk "
            "WHERE list_contains(?::VARCHAR[], network) AND story IN ("
            "SELECT story FROM talk WHERE list_contains(?::VARCHAR[], network) "
            "GROUP BY story HAVING count(DISTINCT network) = ?))"
        )
        wanted = sorted(set(behind.networks))
        values += [wanted, wanted, len(wanted)]
    return " AND ".join(where), values
