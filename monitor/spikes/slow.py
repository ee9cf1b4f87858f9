"""Slow burns: what no hour shows and days do. Pure, one bin at a time.

The sums of the last 3 and 7 days are compared with the level that stood before them. Every hour is clipped to what is
ordinary and an incident counts as expected, so that a burst is not its own echo a week later: only a lasting rise
adds up. The threshold is three times as strict as that of a burst, since a level wanders.
"""

from __future__ import annotations

import math
from collections import deque
from copy import copy
from datetime import timedelta

from monitor.spikes.baseline import DAY, Baseline, upper_tail

LENGTHS = (3 * DAY, 7 * DAY)
HISTORY = 14.0  # days known before the window begins
TIMES = 2.0  # times the least count of an alarm, and times what was expected
STRICTER = 0.3  # of the tail
LEVEL_VARIANCE = 0.02  # a week's level differs by a seventh from the month before for no reason


class SlowBurn:
    """Running totals of one series. ``lengths`` in bins."""

    __slots__ = ("_totals", "lengths")

    def __init__(self, width: timedelta) -> None:
        self.lengths = [round(length / width) for length in LENGTHS]
        # Ordinary counts, shares of hours and days, and the level and the days of history there were then.
        self._totals: deque[tuple[float, float, float, float]] = deque(maxlen=self.lengths[-1] + 1)

    def copy(self) -> SlowBurn:
        other = copy(self)
        other._totals = self._totals.copy()
        return other

    def push(self, count: float | None, mean: float, baseline: Baseline) -> None:
        """A bin that brought ``count``, clipped, where ``mean`` was expected; None = no data."""
        counted, shares, *_ = self._totals[-1] if self._totals else (0.0, 0.0)
        rate = baseline.rate
        if count is not None:
            counted += count
            shares += mean / rate
        self._totals.append((counted, shares, rate, baseline.days))

    def burning(self, baseline: Baseline, least: int) -> tuple[int, float]:
        """(bins, rarity as -log10 of its chance) of the window that the level before it explains least; (0, 0) = none.

        ``least`` is the smallest count a burst may have.
        """
        totals, best = self._totals, (0, 0.0)
        for length in self.lengths:
            if len(totals) <= length:
                continue
            before = totals[len(totals) - 1 - length]
            observed = totals[-1][0] - before[0]
            mean = (totals[-1][1] - before[1]) * before[2]
            if before[3] < HISTORY or observed < TIMES * max(mean, least):
                continue
            spread = baseline.scatter(baseline.longest) + mean * (baseline.unsure(length) + LEVEL_VARIANCE)
            rarity = -math.log10(upper_tail(observed, mean, spread)) + math.log10(STRICTER)
            if rarity > best[1]:
                best = length, rarity
        return best
