"""Goals, measured: values in, a ``Reading`` with its interval out, held against the line to the target. Pure.

``measures`` names what can be measured, ``intervals`` says how sure it is, ``readings`` whether the goal is on its way,
``effects`` what changed around an activity. What is counted comes from the read model; ``pipeline.goals`` brings it.
"""

from __future__ import annotations

from monitor.goals.effects import LEAST_STORIES, WINDOW, Effect, effect, windows
from monitor.goals.intervals import Day, Interval, design_effect, median_wait, newcombe, share, wilson
from monitor.goals.measures import MEASURES, Kind, definition, narrowed_to
from monitor.goals.periods import between, midnight
from monitor.goals.readings import Found, of_count, of_days, of_waits, reading

__all__ = [
    "LEAST_STORIES",
    "MEASURES",
    "WINDOW",
    "Day",
    "Effect",
    "Found",
    "Interval",
    "Kind",
    "between",
    "definition",
    "design_effect",
    "effect",
    "median_wait",
    "midnight",
    "narrowed_to",
    "newcombe",
    "of_count",
    "of_days",
    "of_waits",
    "reading",
    "share",
    "wilson",
    "windows",
]
