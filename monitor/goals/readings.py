"""From what was counted to a reading: the value with its interval, held against the line to the target. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from monitor.goals import intervals
from monitor.goals.intervals import Day, Interval
from monitor.goals.measures import MEASURES, Better
from monitor.types import Goal, Reading, Track


@dataclass(frozen=True, slots=True)
class Found:
    """What a period came to; ``found`` None for the reason ``why``."""

    found: Interval | None
    n: int
    why: str = ""


def of_days(days: Sequence[Day], effect: float) -> Found:
    found, n = intervals.share(days, effect)
    return Found(found, n, "" if found else "no_data")


def of_waits(waits: Sequence[tuple[float, bool]]) -> Found:
    """``waits`` in hours; see ``intervals.median_wait``."""
    found = intervals.median_wait(waits)
    return Found(found, len(waits), "" if found else "undecided" if waits else "no_data")


def of_count(count: int) -> Found:
    """A count of what there is: known, not estimated."""
    return Found(Interval(float(count), float(count), float(count)), count)


def reading(
    goal: Goal,
    definition: str,
    since: datetime,
    until: datetime,
    at: datetime,
    days: tuple[date, date],
    origin: date,
    found: Found,
) -> Reading:
    """``days`` are the first day of the period and the one after its last, ``origin`` the first day of the first period
    that was measured: the line to the target begins there, at the baseline.

    A goal whose measure is not known gives a reading without a value.
    """
    measure = goal.measure.of if goal.measure else ""
    kind = MEASURES.get(measure)
    last = min(days[1], max(days[0], at.date()))
    line = needed(goal, origin, last)
    value = found.found
    track: Track = "cannot_tell"
    if value is not None and kind is not None and goal.target is not None:
        over = goal.deadline is not None and last > goal.deadline
        track = held_against(value, goal.target, line, kind.better, over)
    return Reading(
        goal.id,
        definition,
        measure,
        kind.unit if kind else "count",
        since,
        until,
        at,
        value.value if value else None,
        value.low if value else None,
        value.high if value else None,
        found.n,
        track,
        found.why,
        goal.baseline,
        goal.target,
        goal.deadline,
        line,
    )


def needed(goal: Goal, origin: date, day: date) -> float | None:
    """Where the goal should stand on ``day``: on the straight line from the baseline at ``origin`` to the target at the
    deadline. Without a deadline, and from then on, at the target. None = there is no baseline to draw the line from.
    """
    if goal.target is None:
        return None
    if goal.deadline is None or day >= goal.deadline:
        return goal.target
    if goal.baseline is None:
        return None
    if day <= origin:
        return goal.baseline
    gone = (day - origin).days / (goal.deadline - origin).days
    return goal.baseline + gone * (goal.target - goal.baseline)


def held_against(found: Interval, target: float, line: float | None, better: Better, over: bool) -> Track:
    """What can be said with the whole interval, and nothing more. ``over`` = the deadline has passed."""
    low, high = found.low, found.high
    if better == "less":
        low, high = (None if high is None else -high), (None if low is None else -low)
        target, line = -target, None if line is None else -line
    if low is not None and low >= target:
        return "reached"
    if over:
        return "missed" if high is not None and high < target else "cannot_tell"
    if line is None:
        return "cannot_tell"
    if low is not None and low >= line:
        return "on_track"
    return "behind" if high is not None and high < line else "cannot_tell"
