"""Whether a target that is usually talked about has fallen silent. Pure. A question to the operator, never an alert."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.spikes.detector import Detector, SpikeSettings
from monitor.spikes.grid import HOUR
from monitor.types import Bin

CHANCE = 1e-4  # of as long a silence, below which it is none of the ordinary ones
LEAST = timedelta(days=1)
KNOWN = timedelta(days=14)  # from the first to the last story, or nothing is usual yet


def silent_since(bins: Sequence[Bin], settings: SpikeSettings | None = None) -> datetime | None:
    """The end of the last hour in which a story began, when no chance explains that none came since; else None.

    ``bins`` are whole hours of all stories of a target, on a grid without gaps, up to the last one that was looked
    at. Hours without data (None) neither count as silent nor make a silence longer. What is usual is learned from
    before the silence only.
    """
    told = [i for i, bin in enumerate(bins) if bin.count]
    if not told or bins[told[-1]].at - bins[told[0]].at < KNOWN:
        return None
    silence = [bin.at for bin in bins[told[-1] + 1 :] if bin.count is not None]
    if len(silence) * HOUR < LEAST:
        return None
    detector = Detector(settings, scored=False)
    for bin in bins[told[0] : told[-1] + 1]:
        detector.push(bin)
    return bins[told[-1]].at + HOUR if detector.chance_of_none(silence) < CHANCE else None
