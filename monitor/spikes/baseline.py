"""What is ordinary: the expected count of a bin, learned from the past of the same series. Pure arithmetic.

The expectation of a bin is ``overall rate x hour-of-day factor x weekday factor``, by the clock on the wall; a public
holiday is a Sunday (``calendar``). All three are running means that forget with the age of ``history``; the factors
are pulled towards 1 until their own hours or days have been seen often enough. Counts scatter more than a Poisson
variable, so a tail is read from a negative binomial with

    variance = mean x (dispersion + mean x (1 / mentions known + 0.04 + 0.5 / days known))

where ``dispersion`` is measured on the series itself for every window length, and the bracket says how little a
short history, or one day, tells about the next.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from datetime import timedelta

DAY = timedelta(days=1)

PRIOR_MENTIONS = 0.25  # an unknown series is thought to bring so many ..
PRIOR_SPAN = timedelta(hours=12)  # .. in so long: one every other day
PRIOR_DISPERSION = 1.5
DISPERSION_WEIGHT = 5.0  # in mentions
FACTOR_WEIGHT = 8.0  # mentions of pull towards 1, besides one hour's or one day's worth
DAY_VARIANCE = 0.04  # days differ by a fifth for no reason
# What lies above is not learned as ordinary: one crisis must not hide the next. Where a bin rarely holds anything a
# handful of mentions is the crisis; a dense series is allowed to show how heavy its own tail is.
CLIP_DEVIATIONS = 4.0
CLIP_TIMES = 100.0
DENSE = 0.5  # mentions a bin


def upper_tail(count: float, mean: float, dispersion: float) -> float:
    """P(X >= count) of a negative binomial with this mean and variance = mean x dispersion (1 = Poisson).

    Sums the tail upwards from ``count``; what is left after 64 terms is bounded by a geometric series, which is
    tight in the tail and generous near the mean. 1.0 for counts up to the mean.
    """
    if count <= mean or count <= 0:
        return 1.0
    if dispersion <= 1.001:
        log_p = count * math.log(mean) - mean - math.lgamma(count + 1)
        size, q = math.inf, 0.0
    else:
        size = mean / (dispersion - 1)
        q = 1 - 1 / dispersion
        log_p = (
            math.lgamma(count + size)
            - math.lgamma(size)
            - math.lgamma(count + 1)
            - size * math.log(dispersion)
            + count * math.log(q)
        )
    term = total = 1.0
    ratio = 0.0
    for i in range(64):
        ratio = mean / (count + i + 1) if size == math.inf else (count + i + size) / (count + i + 1) * q
        term *= ratio
        total += term
        if term < 1e-9 * total:
            break
    else:
        total += term * ratio / (1 - ratio) if ratio < 1 else math.inf
    if log_p < -700:
        return max(math.exp(max(log_p + math.log(total), -740.0)), 5e-324)
    return min(1.0, math.exp(log_p) * total)


class Baseline:
    """Running expectation of one series. ``windows`` are lengths in bins; feed ``learn`` in time order."""

    __slots__ = (
        *("_day_e", "_day_n", "_e", "_growth", "_hour_e", "_hour_n", "_hourly", "_mean", "_n", "_per_day"),
        *("_prior_bins", "_squares", "_weight", "_windows", "bins", "days"),
    )

    def __init__(self, width: timedelta, windows: Sequence[int], history: timedelta) -> None:
        self._windows = tuple(windows)
        self._hourly = width < DAY
        self._per_day = DAY / width
        self._prior_bins = PRIOR_SPAN / width
        # Weights that grow instead of sums that shrink: one multiplication a bin. The mean age of what is known
        # is that of a flat window as long as ``history``.
        self._growth = math.exp(min(1.0, 2 * width / history))
        self._weight = 1.0
        self._n = self._e = 0.0
        self._hour_n, self._hour_e = [0.0] * 24, [0.0] * 24
        self._day_n, self._day_e = [0.0] * 7, [0.0] * 7
        self._squares, self._mean = [0.0] * len(self._windows), [0.0] * len(self._windows)
        self.bins = 0
        self.days = 0.0  # of history, without the time a source was down

    def copy(self) -> Baseline:
        other = copy(self)
        for name in ("_hour_n", "_hour_e", "_day_n", "_day_e", "_squares", "_mean"):
            setattr(other, name, list(getattr(self, name)))
        return other

    @property
    def rate(self) -> float:
        """The mean count of a bin of no hour or day in particular."""
        weight = self._weight
        return (self._n / weight + PRIOR_MENTIONS) / (self._e / weight + self._prior_bins)

    @property
    def longest(self) -> int:
        """Which of the windows is the longest, as ``dispersion`` counts them."""
        return len(self._windows) - 1

    def expect(self, hour: int, day: int) -> float:
        """The mean count of a bin at this hour (0..23) of this day (0 = Monday .. 6 = Sunday or holiday)."""
        weight = self._weight
        rate = mean = self.rate
        if self._hourly:
            usual = rate * self._hour_e[hour] / weight
            pull = FACTOR_WEIGHT + rate * self._per_day / 24
            mean *= (self._hour_n[hour] / weight + pull) / (usual + pull)
        usual = rate * self._day_e[day] / weight
        pull = FACTOR_WEIGHT + rate * self._per_day
        return mean * (self._day_n[day] / weight + pull) / (usual + pull)

    def dispersion(self, window: int, mean: float) -> float:
        """Variance over mean of the sum of the ``window``-th length when its expectation is ``mean``."""
        unsure = 1 / (self._n / self._weight + 1) + DAY_VARIANCE + 0.5 / max(self.days, 0.5)
        return self.scatter(window) + mean * unsure

    def scatter(self, window: int) -> float:
        """Variance over mean of that sum as measured, if the expectation were known."""
        length, weight = self._windows[window], self._weight
        squares = self._squares[window] / weight / length + DISPERSION_WEIGHT * PRIOR_DISPERSION
        return max(1.0, squares / (self._mean[window] / weight / length + DISPERSION_WEIGHT))

    def unsure(self, bins: int) -> float:
        """Relative variance of the expectation of so many bins, days by days: their differences even out."""
        return 1 / (self._n / self._weight + 1) + DAY_VARIANCE * min(1.0, self._per_day / bins)

    def clip(self, count: float, mean: float) -> float:
        """``count``, or the most that an ordinary bin would bring."""
        if mean >= DENSE:
            return min(count, CLIP_TIMES * mean)
        return min(count, mean + CLIP_DEVIATIONS * math.sqrt(mean * self.dispersion(0, mean)) + 1.0)

    def learn(self, hour: int, day: int, count: float, sums: Sequence[tuple[float, float]]) -> None:
        """One bin of history: its count and, for every window that ended with it, (observed, expected)."""
        self._weight *= self._growth
        weight = self._weight
        self.bins += 1
        self.days = self.bins / self._per_day
        self._n += weight * count
        self._e += weight
        self._hour_n[hour] += weight * count
        self._hour_e[hour] += weight
        self._day_n[day] += weight * count
        self._day_e[day] += weight
        squares, mean = self._squares, self._mean
        for i, (observed, expected) in enumerate(sums):
            squares[i] += weight * (observed - expected) * (observed - expected)
            # By what came and what was expected alike: while an expectation lags behind a rise or a fall, either
            # alone would make the lag pass for unevenness.
            mean[i] += weight * (observed + expected) / 2
        if weight > 1e100:
            self._rescale()

    def _rescale(self) -> None:
        factor = 1 / self._weight
        self._weight = 1.0
        self._n *= factor
        self._e *= factor
        for sums in (self._hour_n, self._hour_e, self._day_n, self._day_e, self._squares, self._mean):
            sums[:] = [value * factor for value in sums]
