"""Messages on their way out: what is due, who sends it, what became of it. Part of the store room; ``Store`` has these
methods.

A message is waiting; sending, which begins with a claim and goes on when its text begins to leave; then sent, failed,
or waiting again. One that is held waits to be told with others: it is merged into a digest, never sent itself. A claim
that was never followed by anything is void after a while: nothing had left. One whose text had begun to leave is given
up: it may have arrived. A person can release or drop what is waiting, held or given up.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from monitor import db
from monitor.db import Con, aware, naive
from monitor.errors import StoreError
from monitor.store import rows
from monitor.types import Message

UNSENT_AFTER = timedelta(minutes=10)  # claimed so long ago and nothing left: whoever claimed it is gone
INTERRUPTED_AFTER = timedelta(hours=1)  # so long on its way: the process that sent it is gone
Held = Literal["quiet", "cap"]


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """A message that waits until ``until`` to be told with others, since ``created_at``."""

    message: Message
    incident: str | None
    why: Held
    created_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be queued. ``incident`` is the one it is about; ``held`` and ``until`` where it has to wait."""

    message: Message
    incident: str | None = None
    held: Held | None = None
    until: datetime | None = None


class Sending:
    """What ``Store`` is besides: see there."""

    def __init__(self, path: Path, *, wait_s: float = db.WAIT_S) -> None:
        self.path = path
        self.wait_s = wait_s

    @contextmanager
    def _writing(self) -> Iterator[Con]:
        with db.writing(self.path, wait_s=self.wait_s) as con:
            con.execute("UPDATE write_guard SET n = n + 1 WHERE k = 'store'")
            yield con

    @db.retried
    def queue_messages(self, messages: Sequence[Outgoing], at: datetime) -> None:
        """By id, each once."""
        if not messages:
            return
        with self._writing() as con:
            for message in messages:
                queue(con, message, at)

    # --- sending --------------------------------------------------------------------------------------------

    def due_messages(self, at: datetime) -> list[Message]:
        """Waiting messages whose time has come; first those that other processes left behind are put right."""
        found, stuck = self._due(at)
        if stuck:
            self._put_right(at)
            found, _ = self._due(at)
        return found

    def _due(self, at: datetime) -> tuple[list[Message], int]:
        """(what can be sent, how many another process left behind)."""
        with db.reading(self.path) as con:
            stuck = con.execute(
                f"SELECT count(*) FROM messages WHERE {_VOID} OR {_INTERRUPTED}", _stuck(at)
            ).fetchone()
            found = con.execute(
                f"""
                SELECT {rows.MESSAGE_COLUMNS} FROM messages
                WHERE state = 'waiting' AND held IS NULL AND next_at <= ? ORDER BY next_at, id""",
                [naive(at)],
            ).fetchall()
        return [rows.message_from(row) for row in found], stuck[0] if stuck else 0

    def any_waiting(self) -> bool:
        """Whether a message is still to be sent, now or later."""
        with db.reading(self.path) as con:
            row = con.execute(
                "SELECT count(*) FROM messages WHERE state IN ('waiting', 'sending')"
            ).fetchone()
        return bool(row and row[0])

    @db.retried
    def _put_right(self, at: datetime) -> None:
        void, interrupted = _stuck(at)
        with self._writing() as con:
            con.execute(
                f"UPDATE messages SET state = 'waiting', claim = NULL, attempts = attempts - 1 WHERE {_VOID}",
                [void],
            )
            con.execute(
                f"""
                UPDATE messages SET state = 'failed', finished_at = ?::TIMESTAMP,
                    last_error = 'interrupted while being sent; not repeated because it may have arrived'
                WHERE {_INTERRUPTED}""",
                [naive(at), interrupted],
            )

    @db.retried
    def claim_message(self, message_id: str, at: datetime) -> str:
        """Marks it as being sent, before it is; the claim to go on with, "" when somebody else has it."""
        with self._writing() as con:
            row = con.execute(
                "SELECT count(*) FROM messages WHERE id = ? AND state = 'waiting' AND held IS NULL AND next_at <= ?",
                [message_id, naive(at)],
            ).fetchone()
            if not row or row[0] != 1:
                return ""
            claim = secrets.token_hex(8)
            con.execute(
                "UPDATE messages SET state = 'sending', attempts = attempts + 1, claimed_at = ?::TIMESTAMP, "
                "claim = ?, handed_at = NULL WHERE id = ?",
                [naive(at), claim, message_id],
            )
            return claim

    @db.retried
    def begin_message(self, message_id: str, claim: str, at: datetime) -> bool:
        """Its text begins to leave now. False, and it must not, when the claim is void."""
        with self._writing() as con:
            row = con.execute(
                "SELECT count(*) FROM messages WHERE id = ? AND state = 'sending' AND claim = ?",
                [message_id, claim],
            ).fetchone()
            if not row or row[0] != 1:
                return False
            con.execute("UPDATE messages SET handed_at = ?::TIMESTAMP WHERE id = ?", [naive(at), message_id])
            return True

    def attempts(self, message_id: str) -> int:
        """How often it was claimed."""
        with db.reading(self.path) as con:
            row = con.execute("SELECT attempts FROM messages WHERE id = ?", [message_id]).fetchone()
        return int(row[0]) if row else 0

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

    # --- held back ------------------------------------------------------------------------------------------

    def held_messages(self, at: datetime) -> list[HeldMessage]:
        """Held messages whose time has come, by recipient and in the order they were queued."""
        with db.reading(self.path) as con:
            found = con.execute(
                f"""
                SELECT {rows.MESSAGE_COLUMNS}, incident, held, created_at, next_at FROM messages
                WHERE state = 'waiting' AND held IS NOT NULL AND next_at <= ?
                ORDER BY recipient, created_at, id""",
                [naive(at)],
            ).fetchall()
        return [
            HeldMessage(rows.message_from(row), row[11], row[12], aware(row[13]), aware(row[14]))
            for row in found
        ]

    @db.retried
    def merge_messages(self, ids: Sequence[str], into: Outgoing | None, at: datetime) -> bool:
        """Queues ``into`` in place of the held ones, in one transaction (None: they are dropped, told no more).

        False, and nothing done, when another process has merged one of them meanwhile.
        """
        state = "dropped" if into is None else "merged"
        with self._writing() as con:
            row = con.execute(
                "SELECT count(*) FROM messages WHERE id = ANY(?) AND state = 'waiting' AND held IS NOT NULL",
                [list(ids)],
            ).fetchone()
            if not row or row[0] != len(set(ids)):
                return False
            con.execute(
                "UPDATE messages SET state = ?, finished_at = ?::TIMESTAMP WHERE id = ANY(?)",
                [state, naive(at), list(ids)],
            )
            if into is not None:
                queue(con, into, at)
            return True

    # --- by hand --------------------------------------------------------------------------------------------

    @db.retried
    def release_message(self, message_id: str, at: datetime) -> None:
        """Lets it leave with the next pass, at once and as it is. Raises StoreError for one that cannot."""
        self._by_hand(message_id, at, "waiting")

    @db.retried
    def drop_message(self, message_id: str, at: datetime) -> None:
        """Never sends it. Raises StoreError for one that has left or is leaving."""
        self._by_hand(message_id, at, "dropped")

    def _by_hand(self, message_id: str, at: datetime, state: str) -> None:
        with self._writing() as con:
            row = con.execute("SELECT state FROM messages WHERE id = ?", [message_id]).fetchone()
            if row is None:
                raise StoreError(f"there is no message {message_id!r}. Remedy: see omdomme messages list")
            if row[0] not in ("waiting", "failed", *(("dropped",) if state == "waiting" else ())):
                raise StoreError(f"the message {message_id} is {row[0]}: that cannot be changed any more")
            con.execute(
                """
                UPDATE messages SET state = ?, held = NULL, claim = NULL, attempts = 0, next_at = ?::TIMESTAMP,
                    finished_at = ?::TIMESTAMP WHERE id = ?""",
                [state, naive(at), None if state == "waiting" else naive(at), message_id],
            )


_VOID = "(state = 'sending' AND claim IS NOT NULL AND handed_at IS NULL AND claimed_at <= ?::TIMESTAMP)"
_INTERRUPTED = (
    "(state = 'sending' AND (claim IS NULL OR handed_at IS NOT NULL) AND claimed_at < ?::TIMESTAMP)"
)


def _stuck(at: datetime) -> list[datetime | None]:
    return [naive(at - UNSENT_AFTER), naive(at - INTERRUPTED_AFTER)]


def queue(con: Con, out: Outgoing, at: datetime) -> None:
    """Adds a message once, by its id."""
    m = out.message
    con.execute(
        """
        INSERT INTO messages BY NAME
        SELECT * FROM (SELECT ? AS id, ? AS incident, ? AS recipient, ? AS subject, ? AS text, ? AS html,
            ? AS sender, 'waiting' AS state, 0 AS attempts, ?::TIMESTAMP AS created_at, ?::TIMESTAMP AS next_at,
            ? AS channel, ? AS news, ? AS thread, ? AS facts, ?::STRUCT(name VARCHAR, data BLOB)[] AS pictures,
            ? AS held) AS s
        WHERE NOT EXISTS (FROM messages AS m WHERE m.id = s.id)""",
        [
            *(m.id, out.incident, m.recipient, m.subject, m.text, m.html, m.sender, naive(at)),
            *(naive(out.until or at), m.channel, m.news, m.thread, m.facts),
            *([{"name": p.name, "data": p.data} for p in m.pictures], out.held),
        ],
    )
