"""How far a bin jumps from the half hour before it, for series worth bins of minutes. Pure, one bin at a time.

A tail probability takes the height of a dense series for news as long as it stays high. A jump is news once: the
deviation from the last half hour's level, in units of what such deviations came to over the last fortnight.
"""

from __future__ import annotations

import math
from datetime import timedelta

RECENT = timedelta(minutes=30)
ORDINARY = timedelta(days=14)


class Jump:
    """Two exponentially weighted means: of the level, and of the squared deviations from it."""

    __slots__ = ("_level", "_levels", "_n", "_square", "_squares")

    def __init__(self, width: timedelta) -> None:
        self._levels = max(1.0, (RECENT / width + 1) / 2)  # mean age in bins, as of a flat window that long
        self._squares = (ORDINARY / width + 1) / 2
        self._level = self._square = 0.0
        self._n = 0

    def push(self, count: int) -> float:
        """Takes the next bin; returns its jump upwards in standard deviations, 0.0 where it did not rise."""
        deviation = count - self._level if self._n else 0.0
        square = deviation * deviation
        out = deviation / math.sqrt(self._square) if deviation > 0 and self._square > 0 else 0.0
        self._n += 1
        self._square += (square - self._square) / min(self._n, self._squares)
        self._level += (count - self._level) / min(self._n, self._levels)
        return out
