"""Incidents, sources that are down, and the mails they cause: the outbox. Part of the store room; ``Store`` has
these methods.

A message is waiting, then sending (claimed before it is handed to a channel), then sent, failed or waiting again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from monitor import db
from monitor.db import Con, aware, naive, utc
from monitor.store import episodes, rows
from monitor.types import Incident, KnownIncident, Message, SourceEpisode

_STORED = (
    "id, target, also, started_at, detected_at, ended_at, peak_at, peak_count, observed, expected, score, "
    "phase, severity, reasons, told, told_closed, reopened_at"
)
_INCIDENT = f"{_STORED}, acknowledged_by, acknowledged_at, muted_until, closed_at"
INTERRUPTED_AFTER = timedelta(hours=1)  # a message claimed so long ago: the process that sent it is gone


class Outbox:
    """What ``Store`` is besides: see there."""

    def __init__(self, path: Path, *, wait_s: float = db.WAIT_S) -> None:
        self.path = path
        self.wait_s = wait_s

    @contextmanager
    def _writing(self) -> Iterator[Con]:
        with db.writing(self.path, wait_s=self.wait_s) as con:
            con.execute("UPDATE write_guard SET n = n + 1 WHERE k = 'store'")
            yield con

    def incidents(self, since: datetime) -> list[KnownIncident]:
        """Open ones and those that ended since."""
        with db.reading(self.path) as con:
            found = con.execute(
                f"SELECT {_INCIDENT} FROM v_incidents WHERE ended_at IS NULL OR ended_at >= ? ORDER BY started_at, id",
                [naive(since)],
            ).fetchall()
        return [_known(row) for row in found]

    @db.retried
    def save_incidents(
        self, incidents: Sequence[KnownIncident], messages: Sequence[Message], at: datetime
    ) -> None:
        """Incidents (by id, replaced) and the messages they cause (by id, added once), in one transaction.

        A message counts as a mail of the incident whose id its own id contains, else of the only one given.
        """
        unique = {stored.id: stored for stored in incidents}
        with self._writing() as con:
            for stored in unique.values():
                i = stored.incident
                con.execute("DELETE FROM incidents WHERE id = ?", [stored.id])
                con.execute(
                    f"INSERT INTO incidents ({_STORED}, saved_at) VALUES ({'?, ' * 17}?)",
                    [
                        *(stored.id, stored.target, list(stored.also)),
                        *(naive(i.start), naive(i.detected_at), naive(i.end), naive(i.peak)),
                        *(i.peak_count, i.observed, i.expected, i.score),
                        *(
                            stored.phase,
                            stored.severity,
                            list(stored.reasons),
                            stored.told,
                            stored.told_closed,
                        ),
                        *(naive(stored.reopened_at), naive(at)),
                    ],
                )
            for message in {m.id: m for m in messages}.values():
                cause = next((k for k in unique if k in message.id), None)
                if cause is None and len(unique) == 1:
                    cause = next(iter(unique))
                _queue(con, message, cause, at)

    # --- sources that are down ------------------------------------------------------------------------------

    @db.retried
    def save_episodes(self, begun: Sequence[SourceEpisode], ended: Sequence[tuple[str, datetime]]) -> None:
        """(id, when) of those that are over, and those that go on from now; one that is known goes on again."""
        if not begun and not ended:
            return
        with self._writing() as con:
            episodes.save(con, begun, ended)

    @db.retried
    def tell_episodes(self, ids: Sequence[str], messages: Sequence[Message], at: datetime) -> bool:
        """Marks the episodes as told and queues the messages that tell of them, in one transaction.

        False, and nothing done, when another process has told of one of them meanwhile.
        """
        with self._writing() as con:
            told = episodes.tell(con, ids, at)
            for message in messages if told else ():
                _queue(con, message, None, at)
        return told

    # --- sending --------------------------------------------------------------------------------------------

    def due_messages(self, at: datetime) -> list[Message]:
        """Waiting messages whose time has come. One that was claimed and never finished is given up, not repeated:
        it may have arrived."""
        with db.reading(self.path) as con:
            stuck = con.execute(
                "SELECT count(*) FROM messages WHERE state = 'sending' AND claimed_at < ?",
                [naive(at - INTERRUPTED_AFTER)],
            ).fetchone()
            found = con.execute(
                """
                SELECT id, recipient, subject, text, html, sender FROM messages
                WHERE state = 'waiting' AND next_at <= ? ORDER BY next_at, id""",
                [naive(at)],
            ).fetchall()
        if stuck and stuck[0]:
            self._give_up_interrupted(at)
        return [Message(*row) for row in found]

    @db.retried
    def _give_up_interrupted(self, at: datetime) -> None:
        with self._writing() as con:
            con.execute(
                """
                UPDATE messages SET state = 'failed', finished_at = ?::TIMESTAMP,
                    last_error = 'interrupted while being sent; not repeated because it may have arrived'
                WHERE state = 'sending' AND claimed_at < ?""",
                [naive(at), naive(at - INTERRUPTED_AFTER)],
            )

    @db.retried
    def claim_message(self, message_id: str, at: datetime) -> bool:
        """Marks it as being sent, before it is; False when somebody else has."""
        with self._writing() as con:
            row = con.execute(
                "SELECT count(*) FROM messages WHERE id = ? AND state = 'waiting' AND next_at <= ?",
                [message_id, naive(at)],
            ).fetchone()
            if not row or row[0] != 1:
                return False
            con.execute(
                "UPDATE messages SET state = 'sending', attempts = attempts + 1, claimed_at = ?::TIMESTAMP "
                "WHERE id = ?",
                [naive(at), message_id],
            )
            return True

    @db.retried
    def finish_message(
        self, message_id: str, at: datetime, *, error: str | None = None, retry_at: datetime | None = None
    ) -> None:
        """Sent (no error), to be tried again (retry_at) or given up (error, no retry_at)."""
        state = "sent" if error is None else "failed" if retry_at is None else "waiting"
        with self._writing() as con:
            con.execute(
                """
                UPDATE messages SET state = ?, last_error = ?, next_at = coalesce(?::TIMESTAMP, next_at),
                    finished_at = ?::TIMESTAMP
                WHERE id = ? AND state = 'sending'""",
                [state, error, naive(retry_at), None if state == "waiting" else naive(at), message_id],
            )


def _queue(con: Con, message: Message, cause: str | None, at: datetime) -> None:
    """Adds a message once, by its id; ``cause`` is the incident it is about."""
    con.execute(
        """
        INSERT INTO messages BY NAME
        SELECT * FROM (SELECT ? AS id, ? AS incident, ? AS recipient, ? AS subject, ? AS text, ? AS html,
            ? AS sender, 'waiting' AS state, 0 AS attempts, ?::TIMESTAMP AS created_at, created_at AS next_at) AS s
        WHERE NOT EXISTS (FROM messages AS m WHERE m.id = s.id)""",
        list(rows.message_row(message, cause, at)),
    )


def _known(r: tuple[Any, ...]) -> KnownIncident:
    """A row of the columns in _INCIDENT."""
    incident = Incident(aware(r[3]), aware(r[4]), utc(r[5]), aware(r[6]), *r[7:11])
    return KnownIncident(
        r[0], r[1], tuple(r[2]), incident, r[11], r[12], tuple(r[13]), r[14], r[15], utc(r[16]), r[17] or "",
        utc(r[18]), utc(r[19]), utc(r[20]),
    )  # fmt: skip
