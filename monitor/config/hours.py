"""Quiet hours: "22:00-07:00", "fri-sun 18:00-08:00", "sat,sun 00:00-24:00". Local wall-clock time, days by their
English or Norwegian first letters; without days every day. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DAYS = {
    **{name: at for at, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))},
    **{name: at for at, name in enumerate(("man", "tir", "ons", "tor", "fre", "lør", "søn"))},
    **{name: at for at, name in enumerate(("mån", "tys", "ons", "tor", "fre", "lau", "sun"))},
}
_FORM = re.compile(r"(?:(?P<days>[a-zåøæ, –-]+?)\s+)?(?P<start>[\d:.]{1,5})\s*[-–]\s*(?P<end>[\d:.]{1,5})")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?")
DAY = timedelta(days=1)
ONE_WEEK = 7


@dataclass(frozen=True, slots=True)
class Quiet:
    """From ``start`` on each of ``days`` (0 = Monday) until ``end`` minutes after midnight, of the next day where that
    is not later than ``start``. Minutes of the wall clock; 1440 = midnight at the end of the day."""

    days: frozenset[int]
    start: int
    end: int

    def interval(self, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
        """[start, end) in UTC of the one that begins on ``day``. On the two days a year when the clock is moved it is
        an hour longer or shorter than the wall clock makes one think."""
        ends = day if self.end > self.start else day + DAY
        return _instant(day, self.start, zone), _instant(ends, self.end, zone)


def parse(text: str) -> Quiet:
    """Raises ValueError saying what is wrong."""
    found = _FORM.fullmatch(text.strip().lower())
    if not found:
        raise ValueError('is not a span of hours; write "22:00-07:00" or "sat,sun 00:00-24:00"')
    start, end = clock_minutes(found["start"]), clock_minutes(found["end"])
    if start == end or start == 1440:
        raise ValueError('is no time at all; write the whole day as "00:00-24:00"')
    return Quiet(_days(found["days"] or ""), start, end)


def quiet_until(quiet: Sequence[Quiet], zone: tzinfo, at: datetime) -> datetime | None:
    """When the quiet that reigns at ``at`` (UTC) ends, spans that adjoin taken together; None = it is not quiet.

    At most a week later: quiet that never ends would be a recipient who is told nothing.
    """
    until, last = at, at + ONE_WEEK * DAY
    while until < last:
        today = until.astimezone(zone).date()
        spans = [
            each.interval(today + shift * DAY, zone)
            for each in quiet
            for shift in (-1, 0)
            if (today + shift * DAY).weekday() in each.days
        ]
        longest = max((end for start, end in spans if start <= until < end), default=None)
        if longest is None:
            break
        until = longest
    return min(until, last) if until > at else None


def always(quiet: Sequence[Quiet], zone: tzinfo) -> bool:
    """Whether they leave no hour of an ordinary week."""
    monday = datetime(2026, 2, 2, tzinfo=UTC)
    until = quiet_until(quiet, zone, monday)
    return until is not None and until >= monday + ONE_WEEK * DAY


def morning(at: datetime, clock: int, zone: tzinfo) -> datetime:
    """The next day's ``clock`` (minutes after midnight), in UTC."""
    return _instant(at.astimezone(zone).date() + DAY, clock, zone)


def midnight(at: datetime, zone: tzinfo) -> datetime:
    """When the local day of ``at`` began, in UTC."""
    return _instant(at.astimezone(zone).date(), 0, zone)


def _instant(day: date, minutes: int, zone: tzinfo) -> datetime:
    whole, rest = divmod(minutes, 1440)
    wall = datetime.combine(day + whole * DAY, time(rest // 60, rest % 60), zone)
    return wall.astimezone(UTC)


def clock_minutes(text: str) -> int:
    """07:30 as minutes after midnight; ValueError for what is no time of day."""
    found = _CLOCK.fullmatch(text)
    hours, minutes = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    if hours * 60 + minutes > 1440 or minutes > 59:
        raise ValueError(f"{text!r} is not a time of day; write 07:00")
    return hours * 60 + minutes


def _days(text: str) -> frozenset[int]:
    if not text:
        return frozenset(range(ONE_WEEK))
    found: set[int] = set()
    for part in re.split(r"[,\s]+", text.strip()):
        ends = [_day(word) for word in re.split(r"[-–]", part)]
        if len(ends) > 2:
            raise ValueError(f"{part!r} is not a day or a span of days; write mon-fri")
        found |= {(ends[0] + step) % ONE_WEEK for step in range((ends[-1] - ends[0]) % ONE_WEEK + 1)}
    return frozenset(found)


def _day(word: str) -> int:
    if word[:3] not in _DAYS or len(word) < 3:
        raise ValueError(f"{word!r} is not a day of the week; write mon, tue, wed, thu, fri, sat or sun")
    return _DAYS[word[:3]]
