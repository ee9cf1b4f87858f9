"""Looks for incidents, queues one message per new incident and recipient, sends what is waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from monitor import channels, messages, readmodel, spikes
from monitor.config import Config
from monitor.errors import ChannelError
from monitor.pipeline.reports import AlertReport
from monitor.pipeline.watching import blind_hours
from monitor.store import REJUDGED_AT, Store
from monitor.types import Bin, Channel, KnownIncident, Message

RETRY_MAILS_AFTER = timedelta(minutes=15)
QUOTES = 5


class Alerter:
    """``alert`` for one brand."""

    def __init__(self, config: Config, store: Store, now: Callable[[], datetime]) -> None:
        self.config = config
        self.store = store
        self.now = now

    def alert(self, started_at: datetime) -> AlertReport:
        """Looks for incidents in what is known now, queues one message per new incident and recipient, sends.

        A message is claimed before it is sent and never claimed twice: a crash in between loses at most that
        mail (it stays visible as "sending") rather than repeating it.
        """
        now, path, settings = self.now(), self.config.settings.database, self.config.settings
        since = max(_hour(now - timedelta(days=settings.alerts.baseline_days)), _hour(started_at))
        known = self.store.incidents(since)
        down = readmodel.source_episodes(path, since, now)
        blind = blind_hours(down, [spec.id for spec in self.config.sources], since, now)
        bins = _bins(readmodel.hour_counts(path, since, now + timedelta(hours=1)), since, now, blind)
        planned = spikes.plan(bins, known, now, self._spike_settings(now), lead=self.config.identity.name)
        queued = [message for plan in planned if plan.is_new for message in self._messages(plan)]
        if planned:
            self.store.save_incidents(
                [KnownIncident(p.id, p.target, p.also, p.incident) for p in planned], queued, now
            )
        sent, failed = self._deliver()
        return AlertReport(
            opened=sum(p.is_new for p in planned),
            open=sum(p.incident.end is None for p in planned),
            sent=sent,
            failed=tuple(failed),
        )

    def _messages(self, plan: spikes.Planned) -> list[Message]:
        """One message per recipient about a new incident, each in the recipient's language."""
        settings, identity = self.config.settings, self.config.identity
        concerned = {plan.target, *plan.also}
        if identity.name in concerned:  # what is said of a product counts for the brand, so it is quoted too
            concerned |= {product.name for product in identity.products}
        rows = readmodel.mentions(
            settings.database,
            readmodel.MentionFilter(
                since=plan.incident.start,
                until=self.now() + timedelta(hours=1),
                targets=tuple(sorted(concerned)),
                labels=("negative",),
            ),
            limit=QUOTES,
        )
        quotes = [
            messages.Quote(
                title=row.title,
                text=row.text,
                url=row.url,
                source=row.source,
                published_at=row.published_at,
                label="negative",
                conflict=row.conflict,
            )
            for row in rows
        ]
        return [
            messages.incident_message(
                identity.name,
                plan,
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

    def _spike_settings(self, now: datetime) -> spikes.SpikeSettings:
        """As configured. What shows only since mentions were judged again began to show in hours before that, and is
        no news: a run must have become detectable in the hour of it or later."""
        settings = self.config.settings
        found = spikes.SpikeSettings(
            min_count=settings.alerts.min_count,
            tail=settings.alerts.tail,
            history=timedelta(days=settings.alerts.baseline_days),
            cooldown=timedelta(hours=settings.alerts.cooldown_hours),
            start_date=settings.start_date,
        )
        rejudged = self.store.setting(REJUDGED_AT)
        if rejudged is None:
            return found
        age = (now - _hour(datetime.fromisoformat(rejudged))) / timedelta(hours=1)
        return replace(found, fresh_hours=min(found.fresh_hours, max(age, 0.0)))


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _bins(
    counts: Sequence[readmodel.HourCount], since: datetime, now: datetime, blind: Set[datetime] = frozenset()
) -> dict[str, list[Bin]]:
    """Hourly bins of negative mentions per target from ``since`` to now; an hour without a row is a zero, and no data
    in a ``blind`` hour (unless what was said in it came later)."""
    rows: dict[str, dict[datetime, readmodel.HourCount]] = {}
    for count in counts:
        rows.setdefault(count.target, {})[count.at] = count
    hours = int((_hour(now) - since) / timedelta(hours=1)) + 1
    grid = [since + timedelta(hours=i) for i in range(hours)]
    empty = readmodel.HourCount(since, "", 0, 0)
    return {
        target: [
            Bin(at, None)
            if at in blind and at not in found
            else Bin(at, found.get(at, empty).negative, found.get(at, empty).total)
            for at in grid
        ]
        for target, found in rows.items()
    }
