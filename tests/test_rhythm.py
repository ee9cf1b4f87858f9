"""Silence against a source's own rhythm: by the hour of the day, the day of the week, and public holidays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.readmodel.rhythm import _holidays, is_silent

MONDAY = datetime(2026, 9, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hour(at: datetime) -> int:
    return int(at.timestamp() // 3600)


def hours(weeks: int, publishes: Callable[[datetime], bool], start: datetime = MONDAY) -> list[int]:
    return [hour(at) for n in range(weeks * 168) if publishes(at := start + n * HOUR)]


def by_day(at: datetime) -> bool:
    return 6 <= at.hour < 22


def office(at: datetime) -> bool:
    return at.weekday() < 5 and 8 <= at.hour < 16


def tuesdays(at: datetime) -> bool:
    return at.weekday() == 1 and at.hour == 9


@pytest.mark.parametrize(
    ("publishes", "weeks", "until", "silent"),
    [
        (by_day, 4, timedelta(hours=6), False),  # six in the morning: it never publishes at night
        (by_day, 4, timedelta(hours=12), False),
        (by_day, 4, timedelta(hours=20), True),  # a whole day
        (office, 4, timedelta(days=0, hours=7), False),  # Monday morning, after the weekend
        (office, 4, timedelta(days=2, hours=17), True),  # two working days and a half
        (tuesdays, 20, timedelta(days=6), False),
        (tuesdays, 20, timedelta(days=9), False),  # one letter late
        (tuesdays, 20, timedelta(days=60), True),
        (by_day, 1, timedelta(days=30), False),  # known for less than a week and a day
    ],
)
def test_silence_is_measured_in_hours_that_usually_bring_something(
    publishes: Callable[[datetime], bool], weeks: int, until: timedelta, silent: bool
) -> None:
    end = MONDAY + timedelta(weeks=weeks)
    assert is_silent(hours(weeks, publishes), hour(end + until)) is silent


def test_a_holiday_is_a_sunday() -> None:
    easter = [date(1970, 1, 1) + timedelta(days=d) for d in _holidays(2027)][:4]
    assert easter == [date(2027, 3, 25), date(2027, 3, 26), date(2027, 3, 28), date(2027, 3, 29)]
    start = datetime(2027, 2, 22, tzinfo=UTC)
    before = [h for h in hours(5, office, start) if h < hour(datetime(2027, 3, 25, tzinfo=UTC))]
    assert not is_silent(
        before, hour(datetime(2027, 3, 30, 7, tzinfo=UTC))
    )  # Wednesday to Tuesday over Easter
    plain = [h - 4 * 168 for h in before]  # the same weeks, without Easter at their end
    assert is_silent(plain, hour(datetime(2027, 3, 2, 7, tzinfo=UTC)))


def test_bursts_are_a_rhythm_too() -> None:
    """A blog that writes five posts in a day, then nothing for weeks, is used to weeks of nothing."""
    bursts = [hour(MONDAY + timedelta(days=21 * n, hours=8 + k)) for n in range(12) for k in range(5)]
    assert not is_silent(bursts, bursts[-1] + 30 * 24)
    assert is_silent(bursts, bursts[-1] + 120 * 24)


@pytest.mark.parametrize("given", [[], [500_000], list(range(500_000, 500_005))])
def test_too_little_is_no_rhythm(given: list[int]) -> None:
    assert not is_silent(given, 600_000)
