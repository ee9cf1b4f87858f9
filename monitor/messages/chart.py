"""The curve of an incident as the values of a bar chart, and the words that stand for it. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from monitor.messages.lines import hours_of, ordinary_range, time_of
from monitor.messages.texts import Texts
from monitor.types import Bin, Incident, IncidentSummary

MOST_BARS = 72
HOUR = timedelta(hours=1)


class Draw(Protocol):
    """Values in, PNG bytes out: ``monitor.pictures.bars``."""

    def __call__(
        self,
        values: Sequence[int | None],
        ordinary: tuple[float, float] | None = None,
        *,
        marked: int | None = None,
        ticks: Sequence[tuple[int, str]] = (),
        title: str = "",
        band: str = "",
        missing: str = "",
    ) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Chart:
    data: bytes
    alt: str


def chart(summary: IncidentSummary, draw: Draw, texts: Texts, zone: tzinfo) -> Chart | None:
    """None without a curve, or without one count in it."""
    incident = summary.incident
    bars, wide = grouped(summary.curve)
    if not any(each.count for each in bars):
        return None
    low, high = ordinary_range(incident.expected / hours_of(summary) * wide)
    band = texts.band.format(low=low, high=high)
    marked = next((at for at, each in enumerate(bars) if each.at + wide * HOUR > incident.start), None)
    data = draw(
        [each.count for each in bars],
        (low, high),
        marked=marked,
        ticks=_ticks(bars, incident, marked, zone, texts),
        title=texts.chart[wide != 1].format(n=wide),
        band=band,
        missing=texts.missing,
    )
    peak = max(bars, key=lambda each: each.count or 0)
    alt = texts.alt.format(
        start=time_of(bars[0].at, zone, texts),
        count=incident.observed,
        since=time_of(incident.start, zone, texts),
        peak=peak.count,
        peak_at=time_of(peak.at, zone, texts),
        band=band[:1].upper() + band[1:],
    )
    return Chart(data, alt)


def grouped(curve: Sequence[Bin]) -> tuple[list[Bin], int]:
    """At most MOST_BARS bars and how many hours each is; None stays None only where no hour of it has data."""
    wide = max(1, math.ceil(len(curve) / MOST_BARS))
    bars = []
    for at in range(0, len(curve), wide):
        part = curve[at : at + wide]
        counts = [each.count for each in part if each.count is not None]
        totals = [each.total for each in part if each.total is not None]
        bars.append(Bin(part[0].at, sum(counts) if counts else None, sum(totals) if totals else None))
    return bars, wide


def _ticks(
    bars: Sequence[Bin], incident: Incident, marked: int | None, zone: tzinfo, texts: Texts
) -> list[tuple[int, str]]:
    """Where it begins, where the incident begins, and local midnights between where they fit."""
    wanted = {0: _moment(bars[0].at, zone, texts)}
    if marked is not None:
        wanted[marked] = _moment(incident.start, zone, texts)
    for at, each in enumerate(bars):
        if at and each.at.astimezone(zone).date() != bars[at - 1].at.astimezone(zone).date():
            wanted.setdefault(at, _day(each.at, zone, texts))
    first = {at: label for at, label in wanted.items() if marked is None or at >= marked or at == 0}
    return sorted(first.items())


def _day(at: datetime, zone: tzinfo, texts: Texts) -> str:
    local = at.astimezone(zone)
    month = texts.months[local.month - 1][:3]
    return f"{local.day} {month}" if texts.decimal == "." else f"{local.day}. {month}"


def _moment(at: datetime, zone: tzinfo, texts: Texts) -> str:
    local = at.astimezone(zone)
    return (
        f"{_day(at, zone, texts)} {local:%H:%M}"
        if texts.decimal == "."
        else f"{_day(at, zone, texts)} {local:%H.%M}"
    )
