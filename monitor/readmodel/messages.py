"""Messages to people: what was queued and what became of it. Part of the readmodel room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor import db
from monitor.db import aware, naive, utc


@dataclass(frozen=True, slots=True)
class MessageRow:
    """``state`` is waiting, sending, sent, failed, merged or dropped; ``held`` quiet or cap where it waits for them.

    ``news`` is opened, escalated, closed, digest or "". ``next_at`` = not before.
    """

    id: str
    incident: str | None
    recipient: str
    channel: str
    news: str
    subject: str
    thread: str
    state: str
    held: str
    attempts: int
    created_at: datetime
    next_at: datetime
    finished_at: datetime | None
    last_error: str


def messages(
    path: Path,
    *,
    states: Sequence[str] = (),
    incidents: Sequence[str] | None = None,
    limit: int = 200,
) -> list[MessageRow]:
    """Of these states and incidents (() and None: all), oldest first; the newest ``limit`` of them."""
    with db.reading(path) as con:
        found = con.execute(
            """
            FROM (
                SELECT id, incident, recipient, coalesce(channel, 'email'), coalesce(news, ''), subject,
                    coalesce(thread, ''), state, coalesce(held, ''), attempts, created_at, next_at, finished_at,
                    coalesce(last_error, '')
                FROM messages
                WHERE (len($states::VARCHAR[]) = 0 OR list_contains($states::VARCHAR[], state))
                    AND ($incidents::VARCHAR[] IS NULL OR list_contains($incidents::VARCHAR[], incident))
                ORDER BY created_at DESC, id DESC LIMIT $limit
            ) ORDER BY created_at, id""",
            {
                "states": list(states),
                "incidents": None if incidents is None else list(incidents),
                "limit": limit,
            },
        ).fetchall()
    return [
        MessageRow(
            *(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9]),
            *(aware(r[10]), aware(r[11]), utc(r[12]), r[13]),
        )
        for r in found
    ]


def alerts_since(path: Path, recipient: str, since: datetime) -> int:
    """How many alerts were queued for the recipient since then to leave at once; what is or was held does not count."""
    with db.reading(path) as con:
        row = con.execute(
            """
            SELECT count(*) FROM messages WHERE recipient = ? AND created_at >= ? AND held IS NULL
                AND news IN ('opened', 'escalated', 'closed') AND state NOT IN ('merged', 'dropped')""",
            [recipient, naive(since)],
        ).fetchone()
    return int(row[0]) if row else 0
