"""How sure a figure is: intervals for shares, differences of shares and waiting times, all at 95 %. Pure.

Stories of one day are seldom told independently of each other: one event makes many of them. ``design_effect`` says by
how much that widens an interval; a share of ``n`` stories is then worth as much as one of ``n / effect``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

Z95 = 1.959963984540054  # the two-sided 95 % quantile of the normal distribution
LEAST_DAYS = 10  # days beyond one for each period, below which the spread between days says too little


@dataclass(frozen=True, slots=True)
class Day:
    """Of ``n`` stories of one day, ``part`` are what is counted; ``part`` may be a sum of probabilities or parts."""

    day: date
    n: int
    part: float


@dataclass(frozen=True, slots=True)
class Interval:
    """``low`` and ``high`` None = the data do not say how far it reaches on that side."""

    value: float
    low: float | None
    high: float | None


def wilson(part: float, n: float) -> tuple[float, float]:
    """The Wilson score interval of the share ``part / n``; ``n`` may be an effective number, above 0.

    Each story may count with any value between 0 and 1: no spread of such values is larger than that of yes and no,
    so the interval is at least as wide as it should be.
    """
    p = min(1.0, max(0.0, part / n))
    z2 = Z95 * Z95
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half))


def newcombe(p1: float, n1: float, p2: float, n2: float) -> tuple[float, float]:
    """The interval of ``p2 - p1`` for two independent shares (Newcombe 1998, method 10: from two Wilson intervals)."""
    low1, high1 = wilson(p1 * n1, n1)
    low2, high2 = wilson(p2 * n2, n2)
    difference = p2 - p1
    low = difference - math.sqrt((p2 - low2) ** 2 + (high1 - p1) ** 2)
    high = difference + math.sqrt((high2 - p2) ** 2 + (p1 - low1) ** 2)
    return max(-1.0, low), min(1.0, high)


def design_effect(periods: Sequence[Sequence[Day]]) -> float:
    """How many times wider the variance of a share is than if every story were told on its own; at least 1.

    From the spread between the days of each period around the share of that period. 1 where there are too few days to
    tell.
    """
    squares = expected = 0.0
    free = used = 0
    for days in periods:
        told = [d for d in days if d.n]
        n = sum(d.n for d in told)
        if len(told) < 2:
            continue
        p = sum(d.part for d in told) / n
        squares += sum((d.part - p * d.n) ** 2 for d in told) * len(told) / (len(told) - 1)
        expected += p * (1 - p) * n
        free += len(told) - 1
        used += 1
    if free < LEAST_DAYS or expected <= 0:
        return 1.0
    return max(1.0, squares / expected)


def share(days: Sequence[Day], effect: float = 1.0) -> tuple[Interval | None, int]:
    """The share over these days with its interval, and the number of stories; None = no stories."""
    n = sum(d.n for d in days)
    if not n:
        return None, 0
    part = sum(d.part for d in days)
    low, high = wilson(part / effect, n / effect)
    return Interval(part / n, low, high), n


def median_wait(waits: Sequence[tuple[float, bool]]) -> Interval | None:
    """The median of waiting times of which some have not ended: (time so far, whether it ended). None = more than half
    of them, as far as can be told, have not ended within the time seen.

    The Kaplan-Meier median, with the interval of Brookmeyer and Crowley (1982) on the log-minus-log scale. What still
    waits counts as waiting: leaving it out would make a slow answer look quick.
    """
    survival, spread, left = 1.0, 0.0, len(waits)
    median = low = high = None
    for time, group in itertools.groupby(sorted(waits), key=lambda w: w[0]):
        over = [ended for _, ended in group]
        ended, risk = sum(over), left
        left -= len(over)
        if not ended:
            continue
        survival *= 1 - ended / risk
        if ended < risk:
            spread += ended / (risk * (risk - ended))
        top, bottom = _band(survival, spread)
        if median is None and survival <= 0.5:
            median = time
        if low is None and bottom <= 0.5:
            low = time
        if high is None and top <= 0.5:
            high = time
    return None if median is None else Interval(median, low, high)


def _band(survival: float, spread: float) -> tuple[float, float]:
    """(upper, lower) end of the interval of a survival probability; at 0 the data give none."""
    if survival <= 0:
        return 1.0, 1.0
    width = Z95 * math.sqrt(spread) / math.log(survival)
    return survival ** math.exp(width), survival ** math.exp(-width)
