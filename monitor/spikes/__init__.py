"""Counts over time -> incidents: what is ordinary, what is not, how bad it is, and what was known already. Pure.

``baseline`` says what a series lets one expect, ``detector`` finds the runs in it that are far above, ``incidents``
makes of the runs of several series what people hear about once, ``severity`` says how bad that is.
"""

from __future__ import annotations

from monitor.spikes.detector import Detection, Detector, SpikeSettings, detect, fill, infer_width
from monitor.spikes.incidents import Planned, merge_targets, plan, reconcile
from monitor.spikes.series import Measure, SeriesKey
from monitor.spikes.severity import Evidence, Reason, severity

__all__ = [
    "Detection",
    "Detector",
    "Evidence",
    "Measure",
    "Planned",
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
]
