"""Looks back: what would have alerted, hour by hour, with what was known in each. Reads, and writes nothing.

The live look counts with SQL; here the same counts are kept up as mentions come in, so that a year is one pass.
What a mention says of a target is taken as it stands now, judged and corrected.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import log10

from monitor import readmodel, spikes
from monitor.config import Config
from monitor.pipeline.incidents import spike_settings
from monitor.pipeline.reports import Progress, silent
from monitor.pipeline.watching import blind_hours
from monitor.readmodel.history import SaidOf, said_of
from monitor.spikes import Planned, SeriesKey, SpikeSettings
from monitor.store import Store
from monitor.types import Bin, KnownIncident

HOUR = timedelta(hours=1)
LEVELS = ("minor", "major", "critical")


@dataclass(slots=True)
class Alerted:
    """An incident as it would have gone: ``first`` is what the alert told, ``last`` how it stood at the end.

    ``at`` = the end of the hour in which the counts showed it. ``rose`` = when it became more severe, and how severe.
    """

    at: datetime
    first: Planned
    last: Planned
    rose: list[tuple[datetime, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class History:
    """``hours`` were looked at, ``mentions`` counted; ``old`` were old when first seen and left out."""

    since: datetime
    until: datetime
    settings: SpikeSettings
    incidents: tuple[Alerted, ...]
    hours: int
    mentions: int
    old: int


def look_back(
    config: Config,
    since: datetime,
    until: datetime,
    settings: SpikeSettings | None = None,
    *,
    as_published: bool = False,
    progress: Progress = silent,
) -> History:
    """Every hour in [since, until), each with what had been seen by its end.

    ``as_published``: as if every mention had been seen when it was published. For a past that was read back or
    imported, of which nothing was known while it happened.
    """
    path, settings = config.settings.database, settings or spike_settings(config)
    start, end = _hour(since), _hour(until - timedelta(microseconds=1)) + HOUR
    rows = said_of(path, start - settings.history, end)
    if as_published:
        rows = sorted(
            (replace(row, seen_at=row.said_at, fresh=True) for row in rows), key=lambda r: r.seen_at
        )
    known = [row for row in rows if row.fresh]
    began = Store(path).setting("started_at") if not as_published else None
    first = datetime.fromisoformat(began) if began else min((row.said_at for row in known), default=start)
    first = max(_hour(first), start - settings.history)
    blind = blind_hours(
        readmodel.source_episodes(path, first, end), [spec.id for spec in config.sources], first, end
    )
    incidents = hour_by_hour(
        known,
        start,
        end,
        config.identity.name,
        [leader.name for leader in config.identity.leaders],
        settings,
        first=first,
        blind=frozenset() if as_published else frozenset(blind),
        progress=progress,
    )
    ids = {row.mention_id for row in rows}
    kept = {row.mention_id for row in known}
    return History(since, until, settings, incidents, (end - start) // HOUR, len(kept), len(ids - kept))


def hour_by_hour(
    rows: Sequence[SaidOf],
    start: datetime,
    end: datetime,
    lead: str,
    leaders: Collection[str],
    settings: SpikeSettings,
    *,
    first: datetime | None = None,
    blind: Collection[datetime] = frozenset(),
    progress: Progress = silent,
) -> tuple[Alerted, ...]:
    """The incidents of whole hours from ``start`` to ``end``; ``rows`` in the order they were seen.

    Nothing before ``first`` is counted (None = ``start``); in a ``blind`` hour no source could be read.
    """
    first = start if first is None else first
    counts, detectors = Counts(lead), spikes.Progress(settings)
    out: dict[str, Alerted] = {}
    stored: dict[str, KnownIncident] = {}
    at, taken, total = start, 0, (end - start) // HOUR
    while at < end:
        while taken < len(rows) and rows[taken].seen_at < at + HOUR:
            counts.add(rows[taken])
            taken += 1
        since = max(first, at - settings.history)
        remembered = [known for known in stored.values() if _matters(known, since)]
        now = at + HOUR - timedelta(microseconds=1)
        for plan in spikes.plan(
            counts.bins(since, at, blind), remembered, now, settings, lead, leaders, detectors
        ):
            stored[plan.id] = KnownIncident(plan.id, plan.target, plan.also, plan.incident)
            if plan.id not in out:
                out[plan.id] = Alerted(at + HOUR, plan, plan)
                continue
            seen = out[plan.id]
            if LEVELS.index(plan.severity) > LEVELS.index(_worst(seen)):
                seen.rose.append((at + HOUR, plan.severity))
            seen.last = plan if plan.series else replace(seen.last, incident=plan.incident)
        at += HOUR
        progress((at - start) // HOUR, total, "hours looked at")
    return tuple(out.values())


def _worst(seen: Alerted) -> str:
    return seen.rose[-1][1] if seen.rose else seen.first.severity


def _matters(known: KnownIncident, since: datetime) -> bool:
    return known.incident.end is None or known.incident.end >= since


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


@dataclass(slots=True)
class _Cell:
    """One hour of one series."""

    count: int = 0
    weight: float = 0.0


class Counts:
    """Stories per hour of every series, kept up as mentions come in: a story counts in the hour of its first copy."""

    def __init__(self, lead: str) -> None:
        self.lead = lead
        self._copies: dict[str, dict[tuple[SeriesKey, str], tuple[datetime, float]]] = defaultdict(dict)
        self._given: dict[str, dict[SeriesKey, tuple[datetime, float]]] = {}
        self._cells: dict[SeriesKey, dict[datetime, _Cell]] = defaultdict(dict)
        self._bins: dict[SeriesKey, list[Bin]] = {}
        self._changed: set[tuple[SeriesKey, datetime]] = set()

    def add(self, row: SaidOf) -> None:
        """A mention that was just seen; what its story gave to the counts before is taken back."""
        keys = [SeriesKey(row.target, "total")]
        if row.negative:
            keys.append(SeriesKey(row.target))
        if row.statements:
            keys.append(SeriesKey(row.target, "conflicting"))
            keys += [SeriesKey(self.lead, "conflicting", statement) for statement in row.statements]
        copies = self._copies[row.story]
        for key in keys:
            copies[key, row.mention_id] = (_hour(row.said_at), row.weight)
        for key, (hour, weight) in self._given.get(row.story, {}).items():
            cell = self._cells[key][hour]
            cell.count, cell.weight = cell.count - 1, cell.weight - weight
            self._changed.add((key, hour))
        self._given[row.story] = given = _given(copies)
        for key, (hour, weight) in given.items():
            cell = self._cells[key].setdefault(hour, _Cell())
            cell.count, cell.weight = cell.count + 1, cell.weight + weight
            self._changed.add((key, hour))

    def bins(
        self, since: datetime, until: datetime, blind: Collection[datetime] = frozenset()
    ) -> dict[SeriesKey, list[Bin]]:
        """The hours from ``since`` to ``until``, both included, of every series, plain and weighted.

        Neither may go back from one call to the next: only hours that are new or have changed are counted.
        """
        for key in self._cells:
            for made in (key, replace(key, weighted=True)):
                bins = self._bins.setdefault(made, [])
                while bins and bins[-1].at < until:
                    bins.append(self._bin(made, bins[-1].at + HOUR, blind))
                if not bins:
                    hours = (until - since) // HOUR + 1
                    bins.extend(self._bin(made, since + i * HOUR, blind) for i in range(hours))
                del bins[: max(0, (since - bins[0].at) // HOUR)]
        for key, hour in self._changed:
            for made in (key, replace(key, weighted=True)):
                bins = self._bins[made]
                if bins[0].at <= hour <= bins[-1].at:
                    bins[(hour - bins[0].at) // HOUR] = self._bin(made, hour, blind)
        self._changed.clear()
        return self._bins

    def _bin(self, key: SeriesKey, at: datetime, blind: Collection[datetime]) -> Bin:
        said = self._cells[SeriesKey(key.target, "total")].get(at)
        total = said.count if said else 0
        if at in blind and not total:
            return Bin(at, None)
        cell = self._cells[replace(key, weighted=False)].get(at)
        if cell is None:
            return Bin(at, 0, total)
        return Bin(at, round(cell.weight) if key.weighted else cell.count, total)


def _given(
    copies: dict[tuple[SeriesKey, str], tuple[datetime, float]],
) -> dict[SeriesKey, tuple[datetime, float]]:
    """Per series the first copy's hour, and the heaviest copy's weight with a little for the others."""
    first: dict[SeriesKey, datetime] = {}
    heaviest: dict[SeriesKey, float] = {}
    number = Counter(key for key, _ in copies)
    for (key, _), (hour, weight) in copies.items():
        first[key] = min(hour, first.get(key, hour))
        heaviest[key] = max(weight, heaviest.get(key, 0.0))
    return {key: (hour, heaviest[key] * (1 + 0.25 * log10(number[key]))) for key, hour in first.items()}
