"""Flags with what people did with them. Part of the readmodel room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor import db
from monitor.db import Con, aware, naive
from monitor.readmodel.rows import (
    Case,
    CaseLogRow,
    Decision,
    ListedCase,
    Renewable,
    Said,
)
from monitor.types import CaseState

_LONG_AGO, _LATE = datetime(1, 1, 1), datetime(9999, 1, 1)  # noqa: DTZ001  as stored: UTC without an offset


def cases_of(con: Con, pairs: Sequence[tuple[str, Any]]) -> dict[str, Case]:
    """The cases of these (mention id, said_at), by id; a mention that is not flagged has none."""
    if not pairs:
        return {}
    times = [said_at for _, said_at in pairs]
    within = [min(times), max(times), sorted({id_ for id_, _ in pairs})]
    found = con.execute(
        """
        SELECT k.mention_id, k.content_hash, k.identity, k.story, k.statement, k.state, k.level, k.score, k.model_level,
            k.model_score, k.adjusted, k.model, d.action, d.who, d.acted_at, d.words, d.mention_id,
            k.state <> 'to_confirm'
        FROM v_cases AS k LEFT JOIN case_log AS d ON d.number = k.decision
        WHERE k.said_at BETWEEN ? AND ? AND k.mention_id IN (SELECT unnest(?::VARCHAR[]))""",
        within,
    ).fetchall()
    entries: dict[str, list[Said]] = {}
    for row in con.execute(
        """
        SELECT l.mention_id, l.action, l.who, l.acted_at, l.words, l.assignee, l.content_hash = m.content_hash,
            l.number IN (SELECT undoes FROM case_log WHERE undoes IS NOT NULL), u.action
        FROM case_log AS l JOIN mentions AS m ON m.said_at = l.said_at AND m.id = l.mention_id
        LEFT JOIN case_log AS u ON u.number = l.undoes
        WHERE l.said_at BETWEEN ? AND ? AND l.mention_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY l.number""",
        within,
    ).fetchall():
        entries.setdefault(row[0], []).append(Said(row[1], row[2], aware(row[3]), *row[4:]))
    return {row[0]: Case(*[*row[:12], _decision(row[12:]), tuple(entries.get(row[0], ()))]) for row in found}


def _decision(row: Sequence[Any]) -> Decision | None:
    return Decision(*[*row[:2], aware(row[2]), *row[3:]]) if row[0] is not None else None


def cases(
    path: Path,
    *,
    states: Sequence[CaseState],
    assignee: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> list[ListedCase]:
    """Flags in these states, most serious and most certain first; ``assignee``: those given to that person last."""
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT k.mention_id, k.said_at FROM v_cases AS k
            LEFT JOIN (
                SELECT mention_id, arg_max(assignee, number) AS assignee FROM v_case_log WHERE action = 'assigned'
                GROUP BY mention_id) AS g ON g.mention_id = k.mention_id
            WHERE k.said_at >= $since AND k.said_at < $until AND list_contains($states::VARCHAR[], k.state)
            AND ($assignee::VARCHAR IS NULL OR lower(g.assignee) = lower($assignee))
            ORDER BY k.model_level, k.score DESC, k.said_at DESC, k.mention_id LIMIT $limit""",
            {
                "since": naive(since) or _LONG_AGO,
                "until": naive(until) or _LATE,
                "states": list(states),
                "assignee": assignee,
                "limit": limit,
            },
        ).fetchall()
        known = cases_of(con, found)
        texts = con.execute(
            """
            SELECT m.id, m.title, m.text, m.url, m.said_at, c.quote, c.reason FROM v_conflicts AS c
            JOIN mentions AS m ON m.said_at = c.said_at AND m.id = c.mention_id
            WHERE c.rank = 1 AND m.id IN (SELECT unnest(?::VARCHAR[]))""",
            [[row[0] for row in found]],
        ).fetchall()
    by_id = {row[0]: row for row in texts}
    return [
        ListedCase(known[id_], row[1], row[2], row[3], aware(row[4]), row[5], row[6])
        for id_, _ in found
        for row in [by_id[id_]]
    ]


def case(path: Path, mention_id: str) -> Case | None:
    """The case of this mention; None when it is not flagged."""
    with db.reading(path) as con:
        found = con.execute("SELECT id, said_at FROM mentions WHERE id = ?", [mention_id]).fetchall()
        return cases_of(con, found).get(mention_id)


def renewable(path: Path) -> list[Renewable]:
    """Decisions to be confirmed only because the identity changed: the text and the main statement are as they were."""
    with db.reading(path) as con:
        found = con.execute("""
            SELECT k.mention_id, k.content_hash, k.identity, d.action FROM v_cases AS k
            JOIN case_log AS d ON d.number = k.decision AND d.mention_id = k.mention_id
            WHERE k.state = 'to_confirm' AND d.content_hash = k.content_hash AND d.statement = k.statement
            ORDER BY d.number""").fetchall()
    return [Renewable(*row) for row in found]


def case_counts(path: Path, since: datetime, until: datetime) -> dict[CaseState, int]:
    """Flagged mentions of the period by what stands for them; a state nobody is in is left out."""
    with db.reading(path) as con:
        return counts_of(con, since, until)


def counts_of(con: Con, since: datetime | None = None, until: datetime | None = None) -> dict[CaseState, int]:
    found = con.execute(
        "SELECT state, count(*) FROM v_cases WHERE said_at >= ? AND said_at < ? GROUP BY state",
        [naive(since) or _LONG_AGO, naive(until) or _LATE],
    ).fetchall()
    return dict(found)


def case_log(path: Path, mention_id: str | None = None, *, limit: int = 1000) -> list[CaseLogRow]:
    """What people did with flags, newest first: of all mentions that are kept, or of one."""
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT l.mention_id, m.title, m.text, m.url, l.action, l.words, l.assignee, l.who, l.acted_at, l.statement,
                l.model, l.level, l.score, coalesce(k.state, 'gone'),
                l.number IN (SELECT undoes FROM case_log WHERE undoes IS NOT NULL)
            FROM case_log AS l
            JOIN mentions AS m ON m.said_at = l.said_at AND m.id = l.mention_id
            LEFT JOIN v_cases AS k ON k.said_at = l.said_at AND k.mention_id = l.mention_id
            WHERE $id::VARCHAR IS NULL OR l.mention_id = $id ORDER BY l.number DESC LIMIT $limit""",
            {"id": mention_id, "limit": limit},
        ).fetchall()
    return [CaseLogRow(*[*row[:8], aware(row[8]), *row[9:]]) for row in found]
