"""From counts to a phase and to news, with hysteresis: an incident neither flickers nor tells the same thing twice.
Pure.

The last three hours are held against the busiest three since it began. It calms when they hold less than CALM of
those, and only REVIVED brings it back; it grows while they hold more than the three before. It is closed when the
detector says so (a quiet stretch), or a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.types import Bin, Incident, IncidentNews, IncidentPhase, IncidentSeverity, KnownIncident

SPAN = 3  # hours
CALM, REVIVED = 0.4, 0.75
LEAST = 3  # stories in a span, below which nothing is growing
RANK: dict[IncidentSeverity | None, int] = {None: 0, "minor": 1, "major": 2, "critical": 3}


def phase(before: IncidentPhase | None, incident: Incident, bins: Sequence[Bin]) -> IncidentPhase:
    """``bins`` are the hours since the start, the one going on last; ``before`` None = nothing is known yet."""
    if incident.end is not None:
        return "closed"
    was: IncidentPhase = "open" if before in (None, "closed") else before or "open"
    counts = [bin.count for bin in bins]
    # The hour that goes on is not over: it may add to a span, and never makes one look quiet.
    last = counts[-SPAN - 1 :]
    if all(count is None for count in last):
        return was  # blind: nothing is known of how it goes
    now = sum(count or 0 for count in last)
    earlier = sum(count or 0 for count in counts[-2 * SPAN - 1 : -SPAN - 1])
    known = [count or 0 for count in counts]
    peak = max(sum(known[i : i + SPAN + 1]) for i in range(max(1, len(known) - SPAN)))
    if was == "calming" and now < REVIVED * peak:
        return "calming"
    if len(known) > SPAN and now < CALM * peak:
        return "calming"
    if before is not None and now >= LEAST and now > earlier:
        return "growing"
    return "growing" if was == "growing" and now == earlier else "open"


def reopened(stored: KnownIncident, incident: Incident) -> bool:
    return stored.incident.end is not None and incident.end is None


def news(stored: KnownIncident | None, known: KnownIncident, now: datetime) -> IncidentNews | None:
    """What people are to be told of ``known``, given what they were told (in ``stored``): that it has begun, that it is
    graver than they were told, or going on after they were told that it was over, and that it is over. A muted
    incident is no news; what is still so when the mute ends is told then, but not its end."""
    if stored is None or stored.told is None:
        return "opened" if known.incident.end is None or stored is None else None
    if known.muted_until is not None and known.muted_until > now:
        return None
    if known.incident.end is not None:
        return None if stored.told_closed else "closed"
    if RANK[known.severity] > RANK[stored.told]:
        return "escalated"
    # A straggler after the end opens it again and is no news by itself.
    return "escalated" if stored.told_closed and known.phase != "calming" else None


def told(known: KnownIncident, news: IncidentNews | None, now: datetime) -> KnownIncident:
    """The incident as it is kept once its news is queued. The end of a muted one counts as told."""
    if news is not None:
        gravest = max(known.told, known.severity, key=RANK.__getitem__)
        return replace(known, told=gravest, told_closed=news == "closed")
    if known.incident.end is not None and known.muted_until is not None and known.muted_until > now:
        return replace(known, told_closed=True)
    return known


def without(bins: Sequence[Bin], since: datetime, until: datetime) -> list[Bin]:
    """No data for what was known when a person closed the incident: only what came later can alarm."""
    since = since.replace(minute=0, second=0, microsecond=0)
    return [Bin(bin.at, None, bin.total) if since <= bin.at <= until else bin for bin in bins]


def joined(stored: Incident, anew: Incident) -> Incident:
    """An incident that goes on after it was over: it began when it began, and counts both."""
    busier = anew.peak_count > stored.peak_count
    return replace(
        anew,
        start=stored.start,
        detected_at=stored.detected_at,
        peak=anew.peak if busier else stored.peak,
        peak_count=max(anew.peak_count, stored.peak_count),
        observed=stored.observed + anew.observed,
        expected=round(stored.expected + anew.expected, 4),
        score=max(stored.score, anew.score),
    )


def since_start(bins: Sequence[Bin], start: datetime, now: datetime) -> list[Bin]:
    first = start - timedelta(hours=1)
    return [bin for bin in bins if first < bin.at <= now]
