"""Incidents, sources that are down, and the messages they cause, queued in the same transaction. Part of the store
room; ``Store`` has these methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from monitor import db
from monitor.store import episodes
from monitor.store import incidents as storeincidents
from monitor.store.sending import Outgoing, Sending, queue
from monitor.types import IncidentEntry, KnownIncident, Message, SourceEpisode


class Outbox(Sending):
    """What ``Store`` is besides: see there."""

    def incidents(self, since: datetime) -> list[KnownIncident]:
        """Open ones and those that ended since, with what people decided about them."""
        with db.reading(self.path) as con:
            return storeincidents.read(con, since)

    @db.retried
    def save_incidents(
        self,
        incidents: Sequence[KnownIncident],
        messages: Sequence[Message | Outgoing],
        at: datetime,
        headlines: Mapping[str, str] | None = None,
    ) -> None:
        """Incidents (by id, replaced) and the messages they cause (by id, added once), in one transaction.

        A bare message counts as a mail of the incident whose id its own id contains, else of the only one given.
        ``headlines``: incident -> the mention that says best what it is about. What people decided is not touched.
        """
        unique = {stored.id: stored for stored in incidents}
        with self._writing() as con:
            storeincidents.save(con, list(unique.values()), at, headlines or {})
            for message in messages:
                if isinstance(message, Message):
                    cause = next((k for k in unique if k in message.id), None)
                    if cause is None and len(unique) == 1:
                        cause = next(iter(unique))
                    message = Outgoing(message, cause)
                queue(con, message, at)

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
                queue(con, Outgoing(message), at)
        return told
