"""Incidents, sources that are down, and the messages they cause, queued in the same transaction. Part of the store
room; ``Store`` has these methods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from monitor import db
from monitor.db import aware, naive, utc
from monitor.store import episodes
from monitor.store.sending import Outgoing, Sending, queue
from monitor.types import Incident, KnownIncident, Message, SourceEpisode

_STORED = (
    "id, target, also, started_at, detected_at, ended_at, peak_at, peak_count, observed, expected, score, "
    "phase, severity, reasons, told, told_closed, reopened_at"
)
_INCIDENT = f"{_STORED}, acknowledged_by, acknowledged_at, muted_until, closed_at"


class Outbox(Sending):
    """What ``Store`` is besides: see there."""

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
        self, incidents: Sequence[KnownIncident], messages: Sequence[Message | Outgoing], at: datetime
    ) -> None:
        """Incidents (by id, replaced) and the messages they cause (by id, added once), in one transaction.

        A bare message counts as one of the incident whose id its own id contains, else of the only one given.
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
            for message in messages:
                if isinstance(message, Message):
                    cause = next((k for k in unique if k in message.id), None)
                    if cause is None and len(unique) == 1:
                        cause = next(iter(unique))
                    message = Outgoing(message, cause)
                queue(con, message, at)

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
                queue(con, Outgoing(message), at)
        return told


def _known(r: tuple[Any, ...]) -> KnownIncident:
    """A row of the columns in _INCIDENT."""
    incident = Incident(aware(r[3]), aware(r[4]), utc(r[5]), aware(r[6]), *r[7:11])
    return KnownIncident(
        r[0], r[1], tuple(r[2]), incident, r[11], r[12], tuple(r[13]), r[14], r[15], utc(r[16]), r[17] or "",
        utc(r[18]), utc(r[19]), utc(r[20]),
    )  # fmt: skip
