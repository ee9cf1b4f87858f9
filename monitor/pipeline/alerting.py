"""Looks for incidents, queues the messages that tell of them, sends what is waiting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from monitor.config import Config
from monitor.pipeline.delivering import Courier
from monitor.pipeline.incidents import IncidentWatch
from monitor.pipeline.reports import AlertReport
from monitor.pipeline.telling import Teller
from monitor.store import Store


class Alerter:
    """``alert`` for one brand."""

    def __init__(self, config: Config, store: Store, now: Callable[[], datetime]) -> None:
        self.watch = IncidentWatch(config, store, now)
        self.teller = Teller(config, store, now)
        self.courier = Courier(config, store, now)

    def alert(self, started_at: datetime) -> AlertReport:
        """Looks for incidents in what is known now, queues a message per news and recipient, sends what is due.

        It can be stopped between any two steps and run again: news is kept together with its messages, and a message
        leaves at most once (see ``delivering``).
        """
        noticed = self.watch.look(started_at)
        self.watch.save(noticed, self.teller.queued(noticed))
        self.teller.release_held()
        sent, failed = self.courier.deliver()
        return AlertReport(
            opened=sum(one.news == "opened" for one in noticed),
            open=sum(one.known.incident.end is None for one in noticed),
            sent=sent,
            failed=tuple(failed),
        )
