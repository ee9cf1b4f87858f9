"""Incidents, sources that are down, and the mails they cause: the outbox. Part of the store room; ``Store`` has
these methods.

A message is waiting, then sending (claimed before it is handed to a channel), then sent, failed or waiting again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from monitor import db
from monitor.db import Con, naive
from monitor.store import episodes, rows
from monitor.store import incidents as storeincidents
from monitor.types import IncidentEntry, KnownIncident, Message, SourceEpisode

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
        """Open ones and those that ended since, with what people decided about them."""
        with db.reading(self.path) as con:
            return storeincidents.read(con, since)

    @db.retried
    def save_incidents(
        self,
        incidents: Sequence[KnownIncident],
        messages: Sequence[Message],
        at: datetime,
        headlines: Mapping[str, str] | None = None,
    ) -> None:
        """Incidents (by id, replaced) and the messages they cause (by id, added once), in one transaction.

        A message counts as a mail of the incident whose id its own id contains, else of the only one given.
        ``headlines``: incident -> the mention that says best what it is about. What people decided is not touched.
        """
        unique = {stored.id: stored for stored in incidents}
        with self._writing() as con:
            storeincidents.save(con, list(unique.values()), at, headlines or {})
            for message in {m.id: m for m in messages}.values():
                cause = next((k for k in unique if k in message.id), None)
                if cause is None and len(unique) == 1:
                    cause = next(iter(unique))
                _queue(con, message, cause, at)

    @db.retried
    def add_incident_entry(self, entry: IncidentEntry) -> bool:
        """What a person did with an incident. False when it changes nothing: said already by the same person.

        Closing ends the incident, reopening lets it go on. StoreError when there is no such incident.
        """
        with self._writing() as con:
            return storeincidents.act(con, entry)

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
