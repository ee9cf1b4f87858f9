"""Looks at the counts and says what the incidents are now, and what of that is news. Telling people is ``alerting``.

``look`` only reads. What it found is kept with ``save``, together with the messages that tell of it: one transaction,
so that a crash in between neither loses the news (the next look finds them again) nor tells them twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor import readmodel, spikes
from monitor.config import Config
from monitor.pipeline.watching import blind_hours
from monitor.store import REJUDGED_AT, Outgoing, Store
from monitor.types import Bin, IncidentNews, IncidentSummary, KnownIncident, Message, Noticed


class IncidentWatch:
    """The incidents of one brand."""

    def __init__(self, config: Config, store: Store, now: Callable[[], datetime]) -> None:
        self.config = config
        self.store = store
        self.now = now

    def look(self, started_at: datetime) -> list[Noticed]:
        """The incidents that are new or have changed, by start. Nothing before ``started_at`` is counted."""
        now, path, settings = self.now(), self.config.settings.database, self.config.settings
        since = max(_hour(now - timedelta(days=settings.alerts.baseline_days)), _hour(started_at))
        stored = {known.id: known for known in self.store.incidents(since)}
        down = readmodel.source_episodes(path, since, now)
        blind = blind_hours(down, [spec.id for spec in self.config.sources], since, now)
        bins = _bins(readmodel.hour_counts(path, since, now + timedelta(hours=1)), since, now, blind)
        planned = spikes.plan(
            bins, list(stored.values()), now, self._spike_settings(now), lead=self.config.identity.name
        )
        return [_noticed(plan, stored.get(plan.id)) for plan in planned]

    def summary(self, noticed: Noticed) -> IncidentSummary:
        """What happened, in the sources' own words. The incident need not be stored yet."""
        return readmodel.summarise(self.config.settings.database, noticed.known, self.now())

    def save(self, noticed: Sequence[Noticed], queued: Sequence[Message | Outgoing]) -> None:
        """Keeps the incidents with their news as told, and queues the messages, in one transaction."""
        if noticed:
            self.store.save_incidents([told(one) for one in noticed], queued, self.now())

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


def told(noticed: Noticed) -> KnownIncident:
    """The incident as it is once its news is queued."""
    known = noticed.known
    if noticed.news is None:
        return known
    return replace(known, told=known.severity, told_closed=noticed.news == "closed")


def _noticed(plan: spikes.Planned, stored: KnownIncident | None) -> Noticed:
    base = stored or KnownIncident(plan.id, plan.target, plan.also, plan.incident)
    is_over = plan.incident.end is not None
    known = replace(
        base,
        target=plan.target,
        also=plan.also,
        incident=plan.incident,
        phase="closed" if is_over else "open",
    )
    news: IncidentNews | None = None
    if stored is None:
        news = "opened"
    elif is_over and stored.told is not None and not stored.told_closed:
        news = "closed"
    return Noticed(known, news)


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
