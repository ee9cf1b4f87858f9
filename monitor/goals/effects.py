"""Before and after an activity: what a share was, what it became, and how little that proves. Pure.

Nobody drew lots for when a campaign ran. Whatever else happened at the same time is in the difference too, and an
activity that answers a bad time is followed by a better one by itself. The figures say what changed, never why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from monitor.goals import intervals
from monitor.goals.intervals import Day, Interval
from monitor.types import Activity

WINDOW = timedelta(days=28)
SHORTEST = timedelta(days=7)
LEAST_STORIES = 10  # in each window
LEAST_DAYS = 3  # with a story, in each window

Outcome = Literal["higher", "lower", "unclear", "too_few", "too_soon"]


@dataclass(frozen=True, slots=True)
class Effect:
    """``after - before`` in two windows of the same length; None of it where ``outcome`` is too_few or too_soon.

    ``overlapping`` are ids of other activities that fall in the windows: the difference is theirs as well.
    """

    goal: str
    activity: str
    outcome: Outcome
    days: int  # of each window
    n_before: int = 0
    n_after: int = 0
    before: float | None = None
    after: float | None = None
    difference: Interval | None = None
    overlapping: tuple[str, ...] = ()


def windows(activity: Activity, today: date) -> tuple[date, date, timedelta]:
    """(first day before, first day after, length): the days just before the first day and just after the last one, the
    same number of each, of which none is still to come; ``today`` itself is not over. A length under ``SHORTEST`` is
    too short to tell anything."""
    first_after = activity.ends + timedelta(days=1)
    length = max(timedelta(0), min(WINDOW, today - first_after))
    return activity.begins - length, first_after, length


def effect(
    goal: str, activity: Activity, days: Sequence[Day], today: date, others: Sequence[Activity] = ()
) -> Effect:
    """The change of a share around the activity. ``days`` are those of a window on either side at least."""
    start, after, length = windows(activity, today)
    overlapping = tuple(
        a.id
        for a in others
        if a.id != activity.id and a.begins < after + length and a.ends >= start and length
    )
    if length < SHORTEST:
        return Effect(goal, activity.id, "too_soon", length.days, overlapping=overlapping)
    sides = (
        [d for d in days if start <= d.day < activity.begins and d.n],
        [d for d in days if after <= d.day < after + length and d.n],
    )
    n1, n2 = (sum(d.n for d in side) for side in sides)
    if min(n1, n2) < LEAST_STORIES or min(map(len, sides)) < LEAST_DAYS:
        return Effect(goal, activity.id, "too_few", length.days, n1, n2, overlapping=overlapping)
    spread = intervals.design_effect(sides)
    p1, p2 = (sum(d.part for d in side) / n for side, n in zip(sides, (n1, n2), strict=True))
    low, high = intervals.newcombe(p1, n1 / spread, p2, n2 / spread)
    outcome: Outcome = "higher" if low > 0 else "lower" if high < 0 else "unclear"
    return Effect(
        goal, activity.id, outcome, length.days, n1, n2, p1, p2, Interval(p2 - p1, low, high), overlapping
    )
