"""Looks at the counts and says what the incidents are now, and what of that is news. Telling people is ``alerting``.

``look`` only reads. What it found is kept with ``save``, together with the messages that tell of it: one transaction,
so that a crash in between neither loses the news (the next look finds them again) nor tells them twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor import readmodel, spikes
from monitor.config import Config
from monitor.pipeline import lifecycle
from monitor.pipeline.watching import blind_hours
from monitor.spikes import SeriesKey
from monitor.spikes.severity import severity
from monitor.store import REJUDGED_AT, Outgoing, Store
from monitor.types import Bin, IncidentSummary, KnownIncident, Message, Noticed

Series = Mapping[SeriesKey, Sequence[Bin]]


class IncidentWatch:
    """The incidents of one brand."""

    def __init__(self, config: Config, store: Store, now: Callable[[], datetime]) -> None:
        self.config = config
        self.store = store
        self.now = now
        self._progress = spikes.Progress(spike_settings(config))  # what the look before left, in this process

    def look(self, started_at: datetime) -> list[Noticed]:
        """The incidents that are new, have changed or are open, by start. Nothing before ``started_at`` is counted."""
        now, path, settings = self.now(), self.config.settings.database, self.config.settings
        since = max(_hour(now - timedelta(days=settings.alerts.baseline_days)), _hour(started_at))
        stored = {known.id: known for known in self.store.incidents(since)}
        down = readmodel.source_episodes(path, since, now)
        blind = blind_hours(down, [spec.id for spec in self.config.sources], since, now)
        series = bins_of(readmodel.series_counts(path, since, now + timedelta(hours=1)), since, now, blind)
        wanted = self._spike_settings(now)
        if wanted != self._progress.settings:
            self._progress = spikes.Progress(wanted)
        self._progress.keep(list(series))
        planned = spikes.plan(
            _closed_by_hand(series, stored.values()),
            list(stored.values()),
            now,
            wanted,
            lead=self.config.identity.name,
            leaders=[leader.name for leader in self.config.identity.leaders],
            progress=self._progress,
        )
        return [self._noticed(plan, stored.get(plan.id), series, now) for plan in planned]

    def summary(self, noticed: Noticed) -> IncidentSummary:
        """What happened, in the sources' own words. The incident need not be stored yet."""
        return noticed.summary or readmodel.summarise(
            self.config.settings.database, noticed.known, self.now()
        )

    def save(self, noticed: Sequence[Noticed], queued: Sequence[Message | Outgoing]) -> None:
        """Keeps the incidents with their news as told, and queues the messages, in one transaction."""
        if not noticed:
            return
        now = self.now()
        headlines = {
            one.known.id: one.summary.headline.key
            for one in noticed
            if one.summary is not None and one.summary.headline is not None
        }
        known = [lifecycle.told(one.known, one.news, now) for one in noticed]
        self.store.save_incidents(known, queued, now, headlines)

    def _noticed(
        self, plan: spikes.Planned, stored: KnownIncident | None, series: Series, now: datetime
    ) -> Noticed:
        base, incident = (
            stored or KnownIncident(plan.id, plan.target, plan.also, plan.incident),
            plan.incident,
        )
        if stored and stored.closed_at is not None and incident.end is None:
            incident = lifecycle.joined(stored.incident, incident)
        if stored and lifecycle.reopened(stored, incident):
            base = replace(base, reopened_at=now, closed_at=None)
        known = replace(base, target=plan.target, also=plan.also, incident=incident)
        known = self._weighed(known, plan, stored, now)
        counts = lifecycle.since_start(series.get(SeriesKey(known.target), ()), incident.start, now)
        known = replace(known, phase=lifecycle.phase(stored.phase if stored else None, incident, counts))
        summary = readmodel.summarise(self.config.settings.database, known, now)
        return Noticed(known, lifecycle.news(stored, known, now), summary)

    def _weighed(
        self, known: KnownIncident, plan: spikes.Planned, stored: KnownIncident | None, now: datetime
    ) -> KnownIncident:
        """How grave it is, with what the mentions themselves tell. It never becomes less grave while it lasts: people
        were told, and an hour without news takes nothing back."""
        size = readmodel.incident_size(self.config.settings.database, known, now)
        level, reasons = severity(
            replace(
                plan.evidence,
                observed=known.incident.observed,
                expected=known.incident.expected,
                stories=size.stories,
                readers=size.readers,
                weight=size.weight,
                conflict=size.conflict,
            )
        )
        if stored and lifecycle.RANK[stored.severity] > lifecycle.RANK[level]:
            return replace(known, severity=stored.severity, reasons=stored.reasons)
        return replace(known, severity=level, reasons=reasons)

    def _spike_settings(self, now: datetime) -> spikes.SpikeSettings:
        """As configured. What shows only since mentions were judged again began to show in hours before that, and is
        no news: a run must have become detectable in the hour of it or later."""
        found = spike_settings(self.config)
        rejudged = self.store.setting(REJUDGED_AT)
        if rejudged is None:
            return found
        age = (now - _hour(datetime.fromisoformat(rejudged))) / timedelta(hours=1)
        return replace(found, fresh_hours=min(found.fresh_hours, max(age, 0.0)))


def spike_settings(config: Config) -> spikes.SpikeSettings:
    """As the brand file sets them."""
    alerts = config.settings.alerts
    return spikes.SpikeSettings(
        min_count=alerts.min_count,
        tail=alerts.tail,
        history=timedelta(days=alerts.baseline_days),
        cooldown=timedelta(hours=alerts.cooldown_hours),
        start_date=config.settings.start_date,
        timezone=config.settings.timezone,
    )


def bins_of(
    counts: Sequence[readmodel.SeriesCount],
    since: datetime,
    now: datetime,
    blind: Set[datetime] = frozenset(),
) -> dict[SeriesKey, list[Bin]]:
    """Hourly bins of every series from ``since`` to now, plain and weighted; an hour without a row is a zero, and no
    data in a ``blind`` hour (unless what was said in it came later)."""
    grid = [since + timedelta(hours=i) for i in range(int((_hour(now) - since) / timedelta(hours=1)) + 1)]
    place = {at: i for i, at in enumerate(grid)}
    # Copied, not made anew: nearly all hours of a thousand series are the same empty ones.
    empty = [Bin(at, None) if at in blind else Bin(at, 0, 0) for at in grid]
    heard: dict[str, list[Bin]] = {}
    for row in counts:
        if row.measure == "total" and row.at in place:
            heard.setdefault(row.target, empty.copy())[place[row.at]] = Bin(row.at, 0, row.count)
    out: dict[SeriesKey, list[Bin]] = {}
    for row in counts:
        if row.at not in place:
            continue
        base, i = heard.get(row.target, empty), place[row.at]
        for weighted, count in ((False, row.count), (True, round(row.weight))):
            key = SeriesKey(row.target, row.measure, row.statement, weighted)
            if key not in out:
                out[key] = base.copy()
            out[key][i] = Bin(row.at, count, base[i].total or 0)
    return out


def _closed_by_hand(series: Series, stored: Iterable[KnownIncident]) -> Series:
    """The series, in which what people closed does not alarm again by what was known then."""
    out = dict(series)
    for known in stored:
        if known.closed_at is None:
            continue
        names = {known.target, *known.also}
        for key in out:
            if key.target in names:
                out[key] = lifecycle.without(out[key], known.incident.start, known.closed_at)
    return out


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
