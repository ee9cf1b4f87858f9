"""Tells people about incidents: queues one message per news and recipient, sends what is waiting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property

from monitor import channels, messages
from monitor.config import Config
from monitor.errors import ChannelError
from monitor.pipeline.incidents import IncidentWatch
from monitor.pipeline.reports import AlertReport
from monitor.store import Store
from monitor.types import Channel, Message, Noticed

RETRY_MAILS_AFTER = timedelta(minutes=15)


class Alerter:
    """``alert`` for one brand."""

    def __init__(self, config: Config, store: Store, now: Callable[[], datetime]) -> None:
        self.config = config
        self.store = store
        self.now = now
        self.watch = IncidentWatch(config, store, now)

    def alert(self, started_at: datetime) -> AlertReport:
        """Looks for incidents in what is known now, queues one message per new incident and recipient, sends.

        A message is claimed before it is sent and never claimed twice: a crash in between loses at most that
        mail (it stays visible as "sending") rather than repeating it.
        """
        noticed = self.watch.look(started_at)
        self.watch.save(noticed, [message for one in noticed for message in self._messages(one)])
        sent, failed = self._deliver()
        return AlertReport(
            opened=sum(one.news == "opened" for one in noticed),
            open=sum(one.known.incident.end is None for one in noticed),
            sent=sent,
            failed=tuple(failed),
        )

    def _messages(self, noticed: Noticed) -> list[Message]:
        """One message per recipient about a new incident, each in the recipient's language."""
        if noticed.news != "opened":
            return []
        settings, identity = self.config.settings, self.config.identity
        summary = self.watch.summary(noticed)
        quotes = [
            messages.Quote(
                title=excerpt.title,
                text=excerpt.text,
                url=excerpt.url,
                source=excerpt.source,
                published_at=excerpt.published_at,
                label=excerpt.label,
                conflict=excerpt.conflict,
            )
            for excerpt in summary.quotes
        ]
        return [
            messages.incident_message(
                identity.name,
                noticed.known,
                quotes,
                recipient=recipient.address,
                lang=recipient.lang,
                timezone=settings.timezone,
                dashboard_url=settings.dashboard_url,
                sender=settings.smtp.sender if settings.smtp else "",
            )
            for recipient in self.config.recipients
        ]

    @cached_property
    def channel(self) -> Channel:
        """E-mail when a server is configured, else files in the outbox folder."""
        settings = self.config.settings
        if settings.smtp:
            return channels.load("email", settings.smtp)
        return channels.load("outbox", settings.outbox)

    def _deliver(self) -> tuple[int, list[str]]:
        sent, failed = 0, []
        for message in self.store.due_messages(self.now()):
            if not self.store.claim_message(message.id, self.now()):
                continue
            try:
                self.channel.send(message)
            except ChannelError as error:
                retry = self.now() + RETRY_MAILS_AFTER if error.transient else None
                self.store.finish_message(message.id, self.now(), error=str(error), retry_at=retry)
                failed.append(str(error))
            else:
                self.store.finish_message(message.id, self.now())
                sent += 1
        return sent, failed
