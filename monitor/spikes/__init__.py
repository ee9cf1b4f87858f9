"""Counts over time -> incidents: what is ordinary, what is not, how bad it is, and what was known already. Pure.

``baseline`` and ``calendar`` say what a series lets one expect; ``detector`` finds the runs in it that are far above,
with ``slow`` over days and ``jump`` within minutes; ``progress`` does so for many series without beginning anew every
hour; ``incidents`` makes of the runs of several series what people hear about once; ``severity`` says how bad that is.
``silence`` says who is not talked about any more, though usually they are.
"""

from __future__ import annotations

from monitor.spikes.detector import Detection, Detector, SpikeSettings, detect
from monitor.spikes.grid import fill, infer_width
from monitor.spikes.incidents import Planned, merge_targets, plan, reconcile
from monitor.spikes.progress import Progress
from monitor.spikes.series import Measure, SeriesKey
from monitor.spikes.severity import Evidence, Reason, severity
from monitor.spikes.silence import silent_since

__all__ = [
    "Detection",
    "Detector",
    "Evidence",
    "Measure",
    "Planned",
    "Progress",
    "Reason",
    "SeriesKey",
    "SpikeSettings",
    "detect",
    "fill",
    "infer_width",
    "merge_targets",
    "plan",
    "reconcile",
    "severity",
    "silent_since",
]
