"""From runs of high counts to incidents people hear about once: matching with what is stored, merging series.

Pure. Intervals are compared with ``cooldown`` between them: what lies nearer is the same story.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from monitor.spikes.detector import SpikeSettings
from monitor.spikes.grid import HOUR
from monitor.spikes.progress import Progress
from monitor.spikes.series import SeriesKey
from monitor.spikes.severity import Evidence, Reason, severity
from monitor.spikes.slow import LENGTHS as SLOW
from monitor.spikes.slow import TIMES
from monitor.types import Bin, Incident, IncidentSeverity, KnownIncident

BURST = timedelta(days=1)  # the longest window that a burst is looked for in
UNWEIGHED = Evidence(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Planned:
    """An incident as it is now. ``is_new`` = nobody has been told about it.

    ``series`` are those that alarmed, the one ``incident`` counts first. ``evidence`` is what the counts alone tell
    of how bad it is, and ``severity`` and ``reasons`` what follows; who has read the mentions knows more, and asks
    ``severity`` with better evidence.
    """

    id: str
    target: str
    also: tuple[str, ...]
    incident: Incident
    is_new: bool
    series: tuple[SeriesKey, ...] = ()
    evidence: Evidence = UNWEIGHED

    @property
    def severity(self) -> IncidentSeverity:
        return severity(self.evidence)[0]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return severity(self.evidence)[1]


Found = tuple[SeriesKey, Incident]


def plan(
    counts: Mapping[SeriesKey, Sequence[Bin]] | Mapping[str, Sequence[Bin]],
    stored: Sequence[KnownIncident],
    now: datetime,
    settings: SpikeSettings,
    lead: str,
    leaders: Collection[str] = (),
    progress: Progress | None = None,
) -> list[Planned]:
    """The incidents that are new, have changed or are open, by start.

    ``counts`` are hourly bins on one grid without gaps; a plain name is that target's negative stories. ``lead`` is
    the brand's name, ``leaders`` the names that count as one. A run that is near a stored incident is that incident,
    also when it is of another series or target: it joins, and nobody is told twice. A run nobody knows of is new only
    when it was first detectable within ``fresh_hours`` and began after ``start_date``; otherwise it is old news and
    left alone. A stored open incident that is no longer found (late corrections, or the window has moved on) is
    closed. ``progress`` is what an earlier look with the same settings left; with it a look costs the fresh hours only.
    """
    progress = progress or Progress(settings)
    series = {key if isinstance(key, SeriesKey) else SeriesKey(key): bins for key, bins in counts.items()}
    fresh_after = now - timedelta(hours=settings.fresh_hours)
    open_names = {name for known in stored if not known.incident.end for name in (known.target, *known.also)}
    of: dict[str, list[Found]] = {known.id: [] for known in stored}
    fresh: list[Found] = []
    ids = [(known.id, known.incident) for known in stored]
    for key in sorted(key for key in series if key.opens):
        if key.target not in open_names and not _could_alarm(series[key], fresh_after, settings.min_count):
            continue  # what comes later catches up
        own = [(known.id, known.incident) for known in stored if key.target in (known.target, *known.also)]
        for run in progress.runs(key, series[key]):
            ((id, matched),) = reconcile(own, [run], settings.cooldown)
            if id is None:
                ((id, matched),) = reconcile(ids, [run], settings.cooldown)
            if id is not None:
                of[id].append((key, matched))
            elif run.detected_at >= fresh_after and (
                settings.start_date is None or run.start >= settings.start_date
            ):
                fresh.append((key, run))
    out = [
        planned
        for known in stored
        if (planned := _updated(known, of[known.id], now, settings.cooldown, lead))
    ]
    for group in merge_targets(fresh, settings.cooldown, lead):
        target, incident = _story(group)
        also = tuple(sorted({key.target for key, _ in group} - {target}))
        out.append(
            Planned(incident_id(target, incident.start), target, also, incident, True, _alarmed(group))
        )
    weighed = _Weighing(series, stored, progress, frozenset(leaders))
    return sorted((weighed(planned) for planned in out), key=lambda p: (p.incident.start, p.id))


def incident_id(target: str, start: datetime) -> str:
    """Stable: 16 hex digits of the target and the start at first detection."""
    key = f"{target}\x00{start.astimezone(UTC).isoformat()}"
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def near(a: Incident, b: Incident, cooldown: timedelta) -> bool:
    """Whether two incidents overlap or lie within ``cooldown`` of each other."""
    return a.start <= _last(b) + cooldown and b.start <= _last(a) + cooldown


def reconcile(
    stored: Sequence[tuple[str, Incident]], detected: Sequence[Incident], cooldown: timedelta
) -> list[tuple[str | None, Incident]]:
    """Each detected run of one target with the id of the stored incident it is, or None when it is new.

    Late data shifts a start or splits a run; both stay the incident that was reported. ``detected_at`` of a
    matched run is the stored one: that is when people were told.
    """
    out: list[tuple[str | None, Incident]] = []
    for run in detected:
        same = [(id, known) for id, known in stored if near(known, run, cooldown)]
        if not same:
            out.append((None, run))
            continue
        id, known = min(same, key=lambda pair: (abs(pair[1].start - run.start), pair[0]))
        out.append((id, replace(run, detected_at=min(known.detected_at, run.detected_at))))
    return out


def merge_targets(runs: Sequence[Found], cooldown: timedelta, lead: str) -> list[list[Found]]:
    """Groups of (series, run) that are one story in time; the brand ``lead`` first, then by mentions."""
    groups: list[list[Found]] = []
    for key, run in sorted(runs, key=lambda pair: (pair[1].start, pair[0])):
        for group in groups:
            if any(near(run, other, cooldown) for _, other in group):
                group.append((key, run))
                break
        else:
            groups.append([(key, run)])
    for group in groups:
        most = _most(group)
        group.sort(
            key=lambda pair: (
                pair[0].target != lead, -most[pair[0].target], pair[0].target, pair[0].rank, -pair[1].observed,
                pair[1].start,
            )
        )  # fmt: skip
    return groups


def _most(group: Sequence[Found]) -> dict[str, int]:
    out: dict[str, int] = {}
    for key, run in group:
        out[key.target] = max(out.get(key.target, 0), run.observed)
    return out


def _updated(
    known: KnownIncident, runs: Sequence[Found], now: datetime, cooldown: timedelta, lead: str
) -> Planned | None:
    if not runs:
        if known.incident.end is not None:
            return None
        end = min(now, _last(known.incident) + cooldown)
        return Planned(known.id, known.target, known.also, replace(known.incident, end=end), False)
    names = {known.target, *known.also, *(key.target for key, _ in runs)}
    first = lead if lead in names else known.target
    most = _most(runs)
    ordered = sorted(
        runs,
        key=lambda pair: (
            pair[0].target != first, pair[0].target != known.target, -most[pair[0].target], pair[0].rank,
            -pair[1].observed,
        ),
    )  # fmt: skip
    _, incident = _story(ordered)
    # The lead's own run may not be found any more; the name people were told stays.
    also = tuple(sorted(names - {first}))
    if incident.end is not None and (first, also, incident) == (known.target, known.also, known.incident):
        return None
    return Planned(known.id, first, also, incident, False, _alarmed(ordered))


def _story(runs: Sequence[Found]) -> tuple[str, Incident]:
    """The first series' incident, as long as the whole story: open when any is, from the earliest to the latest."""
    series, main = runs[0]
    own = [run for key, run in runs if key == series]
    ends = [run.end for _, run in runs]
    end = None if None in ends else max(end for end in ends if end is not None)
    peak = max(own, key=lambda run: run.peak_count)
    return series.target, replace(
        main,
        start=min(run.start for _, run in runs),
        detected_at=min(run.detected_at for _, run in runs),
        end=end,
        peak=peak.peak,
        peak_count=peak.peak_count,
        observed=sum(run.observed for run in own),
        expected=round(sum(run.expected for run in own), 4),
        score=max(run.score for _, run in runs),
    )


def _alarmed(runs: Sequence[Found]) -> tuple[SeriesKey, ...]:
    return tuple(dict.fromkeys(key for key, _ in runs))


@dataclass(slots=True)
class _Weighing:
    """Gives a planned incident its evidence, from the counts of its targets while it lasts."""

    series: Mapping[SeriesKey, Sequence[Bin]]
    stored: Sequence[KnownIncident]
    progress: Progress
    leaders: frozenset[str]

    def __call__(self, planned: Planned) -> Planned:
        names, incident = {planned.target, *planned.also}, planned.incident
        surging = tuple(
            key
            for key in sorted(self.series)
            if key.target in names
            and not key.opens
            and any(near(run, incident, timedelta(0)) for run in self.progress.runs(key, self.series[key]))
        )
        plain = self._sum(SeriesKey(planned.target), incident)
        weighted = self._sum(SeriesKey(planned.target, weighted=True), incident)
        evidence = Evidence(
            observed=incident.observed,
            expected=incident.expected,
            stories=incident.observed,
            surge=any(not key.weighted and key.measure == "total" for key in surging),
            novel=not any(
                known.id != planned.id and names & {known.target, *known.also} for known in self.stored
            ),
            weight=weighted / plain if plain and weighted else 1.0,
            # Counts tell that conflicts rose, not which; whether a main one is among them the mentions tell.
            conflict="minor" if any(key.measure == "conflicting" for key in planned.series) else "none",
            leader=bool(names & self.leaders),
        )
        return replace(planned, series=planned.series + surging, evidence=evidence)

    def _sum(self, key: SeriesKey, incident: Incident) -> int:
        end = incident.end or datetime.max.replace(tzinfo=UTC)
        return sum(bin.count or 0 for bin in self.series.get(key, ()) if incident.start <= bin.at < end)


def _could_alarm(bins: Sequence[Bin], since: datetime, least: int) -> bool:
    """Whether any fresh bin ends a window that holds enough to alarm; spares most series the work."""
    reach = (
        bins[-round((bins[-1].at - since + SLOW[-1]) / HOUR) - 1 :] if bins and bins[-1].at >= since else ()
    )
    if sum(bin.count or 0 for bin in reach) < least:
        return False
    for length, needed in ((BURST, least), (SLOW[-1], TIMES * least)):
        held = deque[Bin]()
        for bin in reversed(bins):
            if bin.at <= since - length:
                break
            if bin.count:
                held.appendleft(bin)
        window, total = deque[Bin](), 0
        for bin in held:
            window.append(bin)
            total += bin.count or 0
            while bin.at - window[0].at >= length:
                total -= window.popleft().count or 0
            if total >= needed and bin.at >= since:
                return True
    return False


def _last(incident: Incident) -> datetime:
    """The last moment it is known to have been going on."""
    return incident.end or max(incident.peak, incident.detected_at)
