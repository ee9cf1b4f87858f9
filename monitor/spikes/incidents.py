"""From runs of high counts to incidents people hear about once: matching with what is stored, merging targets.

Pure. Intervals are compared with ``cooldown`` between them: what lies nearer is the same story.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from monitor.types import Bin, Incident, KnownIncident


@dataclass(frozen=True, slots=True)
class Planned:
    """An incident as it is now. ``is_new`` = nobody has been told about it."""

    id: str
    target: str
    also: tuple[str, ...]
    incident: Incident
    is_new: bool


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


def merge_targets(
    runs: Sequence[tuple[str, Incident]], cooldown: timedelta, lead: str
) -> list[list[tuple[str, Incident]]]:
    """Groups of (target, run) that are one story in time; the brand ``lead`` first, then by mentions."""
    groups: list[list[tuple[str, Incident]]] = []
    for target, run in sorted(runs, key=lambda pair: (pair[1].start, pair[0])):
        for group in groups:
            if any(near(run, other, cooldown) for _, other in group):
                group.append((target, run))
                break
        else:
            groups.append([(target, run)])
    for group in groups:
        group.sort(key=lambda pair: (pair[0] != lead, -pair[1].observed, pair[0], pair[1].start))
    return groups


def plan_with(
    find: Callable[[Sequence[Bin]], Sequence[Incident]],
    counts: Mapping[str, Sequence[Bin]],
    stored: Sequence[KnownIncident],
    *,
    now: datetime,
    cooldown: timedelta,
    lead: str,
    fresh_after: datetime,
    start_date: datetime | None,
) -> list[Planned]:
    """The incidents that are new or have changed, by start.

    A run that is near a stored incident is that incident, also when it is of another target: it joins ``also``
    and nobody is mailed twice. A run nobody knows of is new only when it was first detectable after
    ``fresh_after`` and began after ``start_date``; otherwise it is old news and left alone. A stored open
    incident that is no longer found (late corrections, or the window has moved on) is closed.
    """
    of: dict[str, list[tuple[str, Incident]]] = {known.id: [] for known in stored}
    fresh: list[tuple[str, Incident]] = []
    ids = [(known.id, known.incident) for known in stored]
    for target in sorted(counts):
        own = [(known.id, known.incident) for known in stored if target in (known.target, *known.also)]
        for run in find(counts[target]):
            ((id, matched),) = reconcile(own, [run], cooldown)
            if id is None:
                ((id, matched),) = reconcile(ids, [run], cooldown)
            if id is not None:
                of[id].append((target, matched))
            elif run.detected_at >= fresh_after and (start_date is None or run.start >= start_date):
                fresh.append((target, run))
    out = [planned for known in stored if (planned := _updated(known, of[known.id], now, cooldown, lead))]
    for group in merge_targets(fresh, cooldown, lead):
        target, incident = _story(group)
        also = tuple(sorted({name for name, _ in group} - {target}))
        out.append(Planned(incident_id(target, incident.start), target, also, incident, True))
    return sorted(out, key=lambda planned: (planned.incident.start, planned.id))


def _updated(
    known: KnownIncident, runs: Sequence[tuple[str, Incident]], now: datetime, cooldown: timedelta, lead: str
) -> Planned | None:
    if not runs:
        if known.incident.end is not None:
            return None
        end = min(now, _last(known.incident) + cooldown)
        return Planned(known.id, known.target, known.also, replace(known.incident, end=end), False)
    names = {known.target, *known.also, *(name for name, _ in runs)}
    first = lead if lead in names else known.target
    ordered = sorted(runs, key=lambda pair: (pair[0] != first, pair[0] != known.target, -pair[1].observed))
    target, incident = _story(ordered)
    # The lead's own run may not be found any more; the name people were told stays.
    planned = Planned(known.id, first if first in names else target, (), incident, False)
    planned = replace(planned, also=tuple(sorted(names - {planned.target})))
    if (planned.target, planned.also, incident) == (known.target, known.also, known.incident):
        return None
    return planned


def _story(runs: Sequence[tuple[str, Incident]]) -> tuple[str, Incident]:
    """The lead's incident, as long as the whole story: open when any is, from the earliest to the latest."""
    target, main = runs[0]
    own = [run for name, run in runs if name == target]
    ends = [run.end for _, run in runs]
    end = None if None in ends else max(end for end in ends if end is not None)
    peak = max(own, key=lambda run: run.peak_count)
    return target, replace(
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


def _last(incident: Incident) -> datetime:
    """The last moment it is known to have been going on."""
    return incident.end or max(incident.peak, incident.detected_at)
