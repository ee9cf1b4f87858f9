"""Which kind of day and which hour of it a bin falls on, as people live it. Pure.

A public holiday is a Sunday: offices, newspapers and complaints rest alike. Norway's are computed, Easter included.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

SUNDAY = 6
COUNTRIES = ("", "no")
FIXED = ((1, 1), (5, 1), (5, 17), (12, 25), (12, 26))
AROUND_EASTER = (
    -3,
    -2,
    0,
    1,
    39,
    49,
    50,
)  # Thursday, Friday, Sunday, Monday, Ascension, Whit Sunday and Monday


class Calendar:
    """``country`` "" knows no holidays; ``timezone`` is an IANA name."""

    __slots__ = ("country", "zone")

    def __init__(self, timezone: str = "UTC", country: str = "") -> None:
        if country not in COUNTRIES:
            raise ValueError(f"no holidays are known for {country!r}; there are: {', '.join(COUNTRIES[1:])}")
        self.country = country
        self.zone: tzinfo = UTC if timezone == "UTC" else ZoneInfo(timezone)

    def place(self, at: datetime) -> tuple[int, int]:
        """(hour 0..23, day 0 = Monday .. 6 = Sunday or holiday), by the clock on the wall."""
        return _place(at, self.zone, self.country)


@lru_cache(maxsize=20_000)  # many series share the hours of the same two years
def _place(at: datetime, zone: tzinfo, country: str) -> tuple[int, int]:
    local = at.astimezone(zone)
    if country and (local.month, local.day) in _holidays(local.year):
        return local.hour, SUNDAY
    return local.hour, local.weekday()


@cache
def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Gauss, in the form of Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * i - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return date(year, month, (h - m + r + month + 19) % 32)


@cache
def norwegian_holidays(year: int) -> frozenset[date]:
    """The public holidays of Norway, those on a Sunday included."""
    sunday = easter(year)
    moving = {sunday + timedelta(days=days) for days in AROUND_EASTER}
    return frozenset(moving | {date(year, month, day) for month, day in FIXED})


@cache
def _holidays(year: int) -> frozenset[tuple[int, int]]:
    return frozenset((day.month, day.day) for day in norwegian_holidays(year))
