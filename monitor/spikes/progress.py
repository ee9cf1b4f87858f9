"""Many series, one look an hour, without beginning anew: detectors that stand where nothing changes any more. Pure.

Items come late, so the last ``horizon`` of a series is read again at every look; what is older is settled, and its
detector is kept. A look thus costs what the horizon holds and not what the store does. A series whose settled part
did change (judged anew, forgotten, corrected) is noticed and begun anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.spikes.detector import Detector, SpikeSettings
from monitor.spikes.series import SeriesKey
from monitor.types import Bin, Incident


@dataclass(slots=True)
class _Settled:
    detector: Detector
    upto: datetime  # the first bin it has not seen
    runs: list[Incident] = field(default_factory=list)  # closed ones that may still matter
    seen: deque[tuple[datetime, int]] = field(
        default_factory=deque
    )  # bins that held something, to notice changes


class Progress:
    """``runs`` of many series of one brand. ``horizon`` = how late an item may come."""

    def __init__(
        self, settings: SpikeSettings | None = None, horizon: timedelta = timedelta(hours=48)
    ) -> None:
        self.settings = settings or SpikeSettings()
        self.horizon = horizon
        self._settled: dict[SeriesKey, _Settled] = {}

    def runs(self, key: SeriesKey, bins: Sequence[Bin]) -> list[Incident]:
        """The runs in ``bins``, oldest first, as ``detect`` finds them; ``bins`` are hours on a grid without gaps."""
        if not bins:
            return []
        settled = self._settled.get(key)
        if settled is None or not self._stands(settled, bins):
            settled = self._settled[key] = _Settled(Detector(self.settings, scored=False), bins[0].at)
        width = settled.detector.width
        until = bins[-1].at - self.horizon
        at = max(0, round((settled.upto - bins[0].at) / width))
        while at < len(bins) and bins[at].at <= until:
            bin = bins[at]
            closed = settled.detector.push(bin)
            if closed:
                settled.runs.append(closed)
            if bin.count:
                settled.seen.append((bin.at, bin.count))
            at += 1
            settled.upto = bin.at + width
        settled.runs = [run for run in settled.runs if run.end is None or run.end >= bins[0].at]
        detector, found = settled.detector.copy(), list(settled.runs)
        for bin in bins[at:]:
            closed = detector.push(bin)
            if closed:
                found.append(closed)
        last = detector.finish()
        return [*found, last] if last else found

    def keep(self, keys: Sequence[SeriesKey]) -> None:
        """Lets go of every series but these."""
        self._settled = {key: self._settled[key] for key in keys if key in self._settled}

    def _stands(self, settled: _Settled, bins: Sequence[Bin]) -> bool:
        """Whether the settled bins are still what the detector saw, as far as ``bins`` tell."""
        width, first = settled.detector.width, bins[0].at
        if settled.upto < first or settled.upto > bins[-1].at + width:
            return False
        while settled.seen and settled.seen[0][0] < first:
            settled.seen.popleft()
        count = round((settled.upto - first) / width)
        return [(bin.at, bin.count) for bin in bins[:count] if bin.count] == list(settled.seen)
