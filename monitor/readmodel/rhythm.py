"""When a source usually brings something new, and how surprising it is that it has not. Pure.

A source's week is learnt from the hours in which it brought something: for every hour of the day, on weekdays, on
Saturdays and on Sundays, the chance that it does. Little data leans on what is more general: a day of the weekend on
the weekend, that on the hour of any day. A public holiday (Norway's) is a Sunday. Time is then measured in surprise:
an hour in which it nearly always brings something counts much, a night in which it never does counts nothing. By that
clock a silence is compared with the silences the source has had before. `bench/silence.py` measures what this is worth.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

HOURS_NEEDED = 6  # in which it brought something
SPAN_NEEDED = 8 * 24  # hours it has been known: each day of the week once
AT_LEAST = 6  # hours without anything, whatever the rhythm
FALSE = 0.2  # wrong alarms a year, were its hours independent
TIMES = 2.5  # times the silence that all but one in fifty of its silences stay within
_QUANTILE = 0.98
_MOST = 0.6  # no hour is surer than this: even the surest source has a day without
_LEAN = 0.5  # how many observed days the more general rate is worth
_LOOKED_BACK = 104 * 7 * 24
_YEAR = 8766
_THURSDAY = 3  # the weekday, Monday = 0, on which 1970 began


def is_silent(new_hours: Sequence[int], asked_until: int) -> bool:
    """``new_hours`` are hours since 1970 (UTC) in which it brought something, ascending; ``asked_until`` is the hour in
    which it last answered. Time after that in which it was not asked, or did not answer, is nobody's silence."""
    if len(new_hours) < HOURS_NEEDED or asked_until - new_hours[-1] <= AT_LEAST:
        return False
    hours = np.asarray(new_hours, dtype=np.int64)
    hours = hours[hours >= hours[-1] - _LOOKED_BACK]
    known = int(hours[-1] - hours[0])
    if len(hours) < HOURS_NEEDED or known < SPAN_NEEDED:
        return False
    end = min(asked_until, int(hours[-1]) + _LOOKED_BACK)
    week_hours = _week_hours(int(hours[0]), end)
    came = np.bincount(week_hours[hours - hours[0]], minlength=168)
    seen = np.bincount(week_hours[: known + 1], minlength=168)
    clock = np.concatenate(([0.0], np.cumsum(_surprise(came, seen)[week_hours])))
    at = hours - hours[0]
    usual = clock[at[1:]] - clock[at[:-1] + 1]
    now = clock[end - hours[0]] - clock[known + 1]
    often = math.log(len(hours) * _YEAR / known / FALSE)
    return bool(now > max(often, TIMES * float(np.quantile(usual, _QUANTILE))))


def _week_hours(first: int, end: int) -> NDArray[np.int64]:
    """Which of the 168 hours of a week each hour from ``first`` to ``end`` is, Monday's midnight being 0."""
    hours = np.arange(first, end + 1)
    days, of_day = np.divmod(hours, 24)
    weekdays = (days + _THURSDAY) % 7
    years = range(1970 + first // _YEAR - 1, 1970 + end // _YEAR + 2)
    weekdays[np.isin(days, [day for year in years for day in _holidays(year)])] = 6
    return weekdays * 24 + of_day


@functools.cache
def _holidays(year: int) -> tuple[int, ...]:
    """Days since 1970."""
    # https://en.wikipedia.org/wiki/Date_of_Easter#Anonymous_Gregorian_algorithm
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    month, day = divmod(h + k - 7 * ((a + 11 * h + 22 * k) // 451) + 114, 31)
    easter = date(year, month, day + 1)
    moving = [easter + timedelta(days) for days in (-3, -2, 0, 1, 39, 49, 50)]
    fixed = [(1, 1), (5, 1), (5, 17), (12, 24), (12, 25), (12, 26), (12, 31)]
    return tuple(
        (day_ - date(1970, 1, 1)).days for day_ in (*moving, *(date(year, *month_day) for month_day in fixed))
    )


def _surprise(came: NDArray[np.int64], seen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of nothing new in each of the 168 hours, given in how many of those seen something came."""
    came_, seen_ = came.reshape(7, 24).astype(float), seen.reshape(7, 24).astype(float)
    any_day = _leaning(came_.sum(0), seen_.sum(0), np.full(24, came_.sum() / seen_.sum()))
    weekday = _leaning(came_[:5].sum(0), seen_[:5].sum(0), any_day)
    weekend = _leaning(came_[5:].sum(0), seen_[5:].sum(0), any_day)
    days = [weekday] * 5 + [_leaning(came_[day], seen_[day], weekend) for day in (5, 6)]
    return -np.log1p(-np.minimum(np.concatenate(days), _MOST))


def _leaning(
    came: NDArray[np.float64], seen: NDArray[np.float64], general: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Rates by the hour of the day, each shared with the hours beside it, leaning on ``general``."""
    return (_blurred(came) + _LEAN * general) / (_blurred(seen) + _LEAN)


def _blurred(day: NDArray[np.float64]) -> NDArray[np.float64]:
    return (np.roll(day, 1) + 2 * day + np.roll(day, -1)) / 4
