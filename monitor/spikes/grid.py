"""Series of bins without gaps. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.errors import OmdommeError
from monitor.types import Bin

HOUR = timedelta(hours=1)
MOST_BINS = 2_000_000  # nineteen years of five minutes: more is a broken date


def infer_width(times: Sequence[datetime]) -> timedelta:
    """The smallest gap between neighbours; an hour where there are fewer than two."""
    gaps = [b - a for a, b in itertools.pairwise(times) if b > a]
    return min(gaps, default=HOUR)


def fill(bins: Sequence[Bin], width: timedelta) -> list[Bin]:
    """``bins`` with a zero for every missing one between the first and the last; given times are kept.

    Raises OmdommeError when that would be more bins than any real series has.
    """
    if bins and (bins[-1].at - bins[0].at) / width > MOST_BINS:
        raise OmdommeError(
            f"from {bins[0].at.isoformat()} to {bins[-1].at.isoformat()} there are more than {MOST_BINS:,} bins of "
            f"{width}. Remedy: correct the dates, or choose longer bins with --bin."
        )
    out: list[Bin] = []
    for bin in bins:
        if out:
            first = out[-1].at
            out += [Bin(first + i * width, 0) for i in range(1, round((bin.at - first) / width))]
        out.append(bin)
    return out
