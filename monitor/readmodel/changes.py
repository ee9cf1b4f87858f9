"""What a change between two periods amounts to, said only as far as the numbers carry. Pure; a part of readmodel."""

from __future__ import annotations

import math
from typing import Literal

from monitor.readmodel.rows import Share

Direction = Literal["up", "down", "unclear", "unknown"]


def share_change(now: Share, before: Share | None) -> Direction:
    """Direction of a share when the 95 % interval of the difference excludes zero (Newcombe 1998, method 10)."""
    difference = share_difference(now, before)
    if difference is None:
        return "unknown"
    low, high = difference
    return "up" if low > 0 else "down" if high < 0 else "unclear"


def share_difference(now: Share, before: Share | None) -> tuple[float, float] | None:
    """The 95 % interval of now - before, from the two Wilson intervals; None when either has no data."""
    if before is None:
        return None
    values = (now.value, now.low, now.high, before.value, before.low, before.high)
    if any(v is None for v in values):
        return None
    p, l, u, q, m, v = (float(x) for x in values if x is not None)  # noqa: E741 - the letters of the formula
    return p - q - math.hypot(p - l, v - q), p - q + math.hypot(u - p, q - m)


def count_change(now: int, before: int | None) -> Direction:
    """Direction of a count when the difference is beyond 1.96 standard errors of two Poisson counts."""
    if before is None:
        return "unknown"
    if abs(now - before) <= 1.96 * math.sqrt(now + before):
        return "unclear"
    return "up" if now > before else "down"
