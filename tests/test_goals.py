"""Goals are measured as statistics books say, held against their line, and never invented."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor import goals
from monitor.goals import Day, Found, Interval, effects, intervals, periods, readings
from monitor.types import Activity, BrandIdentity, Goal, Measure, Statement

DAY = timedelta(days=1)
FIRST = date(2026, 3, 2)  # a Monday
GOAL = Goal("g", "text", measure=Measure("positive_share"), target=0.6)


def run_of(days: int, n: int, part: float, first: date = FIRST) -> list[Day]:
    return [Day(first + i * DAY, n, part) for i in range(days)]


# --- intervals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "n", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(part: int, n: int, low: float, high: float) -> None:
    assert intervals.wilson(part, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10; here other - one
    [
        ((48, 80), (56, 70), 0.0524, 0.3339),
        ((3, 10), (9, 10), 0.1705, 0.8090),
        ((2, 7), (6, 7), 0.0582, 0.8062),
        ((0, 29), (5, 56), -0.0381, 0.1926),
        ((0, 20), (0, 10), -0.1611, 0.2775),
        ((0, 10), (10, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_gives_the_published_intervals(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    found = intervals.newcombe(one[0] / one[1], one[1], other[0] / other[1], other[1])
    assert found == pytest.approx((low, high), abs=5e-5)


def test_stories_told_on_their_own_have_no_design_effect_and_a_day_of_one_mind_has_its_size() -> None:
    rng = random.Random(7)
    alone = [Day(FIRST + i * DAY, 5, sum(rng.random() < 0.4 for _ in range(5))) for i in range(400)]
    assert goals.design_effect([alone]) < 1.2
    together = [Day(FIRST + i * DAY, 5, 5 * (rng.random() < 0.4)) for i in range(400)]
    assert goals.design_effect([together]) == pytest.approx(5, rel=0.1)
    narrow, wide = goals.share(together)[0], goals.share(together, 5.0)[0]
    assert narrow and wide and narrow.value == wide.value
    assert wide.low < narrow.low < narrow.high < wide.high  # type: ignore[operator]


def test_a_change_between_periods_is_no_spread_between_days() -> None:
    before, after = run_of(20, 10, 2), run_of(20, 10, 8, FIRST + 20 * DAY)
    assert goals.design_effect([before, after]) == 1.0
    assert goals.design_effect([before + after]) > 2


@pytest.mark.parametrize(
    "days", [[], [Day(FIRST, 0, 0.0)], [Day(FIRST, 3, 1.0)], run_of(5, 2, 0), run_of(60, 1, 1)]
)
def test_too_few_days_and_shares_without_spread_have_no_design_effect(days: list[Day]) -> None:
    assert goals.design_effect([days]) == 1.0


def test_no_stories_is_no_share_and_one_story_says_little() -> None:
    assert goals.share([]) == (None, 0) == goals.share([Day(FIRST, 0, 0.0)])
    found, n = goals.share([Day(FIRST, 1, 1.0)])
    assert n == 1 and found == Interval(1.0, pytest.approx(0.2065, abs=1e-4), 1.0)


def test_the_median_counts_what_still_waits() -> None:
    # Survival of 6-MP in leukaemia (Freireich 1963; Cox 1984): median 23 weeks, 95 % from 13; log-minus-log in R's survival
    over = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    waiting = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    found = goals.median_wait([(float(t), True) for t in over] + [(float(t), False) for t in waiting])
    assert found == Interval(23.0, 13.0, None)
    # The placebo group: median 8 weeks, 4 to 11
    placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    assert goals.median_wait([(float(t), True) for t in placebo]) == Interval(8.0, 4.0, 11.0)


def test_when_most_still_wait_there_is_no_median() -> None:
    assert goals.median_wait([]) is None
    assert goals.median_wait([(1.0, True), (50.0, False), (50.0, False)]) is None
    assert readings.of_waits([(1.0, True), (50.0, False), (50.0, False)]) == Found(None, 3, "undecided")
    assert goals.median_wait([(2.0, True)]) == Interval(2.0, None, None)


# --- periods ----------------------------------------------------------------------------------------------------


def test_periods_are_of_the_calendar_and_the_newest_are_kept() -> None:
    assert periods.start_of(date(2026, 11, 22), "week") == date(2026, 11, 16)
    assert periods.between(date(2025, 12, 31), date(2026, 1, 1), "month", 9) == [
        (date(2025, 12, 1), date(2026, 1, 1)),
        (date(2026, 1, 1), date(2026, 2, 1)),
    ]
    assert periods.between(date(2026, 2, 1), date(2026, 8, 1), "quarter", 2) == [
        (date(2026, 4, 1), date(2026, 7, 1)),
        (date(2026, 7, 1), date(2026, 10, 1)),
    ]
    for period in ("week", "month", "quarter"):
        cut = periods.between(date(2023, 1, 15), date(2026, 12, 31), period, 10_000)
        assert all(a[1] == b[0] for a, b in itertools.pairwise(cut)), "no day is left out or counted twice"


def test_midnight_is_that_of_the_place_also_when_the_clock_changes() -> None:
    oslo = ZoneInfo("Europe/Oslo")
    assert periods.midnight(date(2026, 3, 29), oslo) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert periods.midnight(date(2026, 3, 30), oslo) == datetime(2026, 3, 29, 22, tzinfo=UTC)


# --- on the way or not ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "line", "over", "track"),
    [
        (0.60, 0.80, 0.5, False, "reached"),
        (0.50, 0.80, 0.5, False, "on_track"),
        (0.20, 0.49, 0.5, False, "behind"),
        (0.40, 0.70, 0.5, False, "cannot_tell"),
        (0.50, 0.59, 0.6, True, "missed"),
        (0.50, 0.61, 0.6, True, "cannot_tell"),
        (0.10, 0.20, None, False, "cannot_tell"),
        (0.65, 0.90, None, False, "reached"),
        (None, 0.30, 0.5, False, "behind"),
        (0.55, None, 0.5, False, "on_track"),
        (None, None, 0.5, False, "cannot_tell"),
    ],
)
def test_a_goal_is_held_against_its_line_with_the_whole_interval(
    low: float | None, high: float | None, line: float | None, over: bool, track: str
) -> None:
    assert readings.held_against(Interval(0.5, low, high), 0.6, line, "more", over) == track
    turned = Interval(-0.5, None if high is None else -high, None if low is None else -low)
    mirrored = readings.held_against(turned, -0.6, None if line is None else -line, "less", over)
    assert mirrored == track, "less is better, the other way round"


def test_the_line_goes_from_the_baseline_to_the_target() -> None:
    goal = Goal("g", "t", measure=GOAL.measure, baseline=0.2, target=0.6, deadline=date(2026, 5, 1))
    origin = date(2026, 3, 2)
    assert readings.needed(goal, origin, origin) == 0.2
    assert readings.needed(goal, origin, origin + 30 * DAY) == pytest.approx(0.4)
    assert (
        readings.needed(goal, origin, date(2026, 5, 1))
        == 0.6
        == readings.needed(goal, origin, date(2030, 1, 1))
    )
    late = date(2027, 1, 1)
    assert readings.needed(goal, late, late) == 0.6, "measured only after the deadline"
    assert readings.needed(GOAL, origin, origin) == 0.6, "without a deadline the target is the line"
    assert readings.needed(Goal("g", "t", target=0.6, deadline=late), origin, origin) is None
    assert readings.needed(Goal("g", "t"), origin, origin) is None


def test_a_reading_without_a_value_says_why_and_is_never_zero() -> None:
    at = datetime(2026, 3, 20, tzinfo=UTC)
    days = (date(2026, 3, 1), date(2026, 4, 1))
    made = goals.reading(GOAL, "d", at, at + DAY, at, days, days[0], Found(None, 0, "no_data"))
    assert (made.value, made.low, made.high, made.track, made.why) == (
        None,
        None,
        None,
        "cannot_tell",
        "no_data",
    )
    unknown = Goal("g", "t", measure=Measure("apprentices_hired"), target=40)
    made = goals.reading(unknown, "d", at, at + DAY, at, days, days[0], Found(None, 0, "unknown_measure"))
    assert (made.measure, made.track) == ("apprentices_hired", "cannot_tell")


def test_what_is_measured_makes_the_definition_and_nothing_else_does() -> None:
    image = Statement("wanted.1", "wanted_image", "The calm neighbour")
    rule = Statement("guideline.1", "guideline", "Never gloat")
    one = BrandIdentity("B", statements=(image, rule), competitors=("X",))
    reworded = BrandIdentity(
        "B", statements=(Statement("wanted.1", "wanted_image", "Other"), rule), competitors=("X",)
    )
    positive, wanted, voice = (
        Measure(of) for of in ("positive_share", "wanted_image_share", "share_of_voice")
    )
    assert goals.definition(positive, one) == goals.definition(positive, reworded)
    assert goals.definition(wanted, one) != goals.definition(wanted, reworded)
    assert goals.definition(voice, one) != goals.definition(voice, BrandIdentity("B", competitors=("X", "Y")))
    assert goals.definition(positive, one) != goals.definition(Measure("positive_share", period="week"), one)


# --- before and after -------------------------------------------------------------------------------------------

ACTIVITY = Activity("a", "Open day", "event", date(2026, 3, 30), date(2026, 3, 31))
LATE = date(2026, 7, 1)


def test_the_windows_are_as_long_on_both_sides_and_wholly_in_the_past() -> None:
    assert effects.windows(ACTIVITY, LATE) == (date(2026, 3, 2), date(2026, 4, 1), 28 * DAY)
    assert effects.windows(ACTIVITY, date(2026, 4, 11)) == (date(2026, 3, 20), date(2026, 4, 1), 10 * DAY)
    assert effects.windows(ACTIVITY, date(2026, 3, 30))[2] == 0 * DAY


def test_a_large_change_is_seen_and_its_size_is_newcombes() -> None:
    days = run_of(28, 2, 0.5) + run_of(28, 2, 1.5, date(2026, 4, 1)) + run_of(2, 50, 50, date(2026, 3, 30))
    found = goals.effect("g", ACTIVITY, days, LATE)
    assert (found.outcome, found.n_before, found.n_after) == ("higher", 56, 56), (
        "the days between are in neither"
    )
    assert found.difference is not None
    expected = intervals.newcombe(0.25, 56, 0.75, 56)
    assert (found.difference.low, found.difference.high) == pytest.approx(expected)
    fell = goals.effect("g", ACTIVITY, run_of(28, 2, 1.5) + run_of(28, 2, 0.5, date(2026, 4, 1)), LATE)
    assert fell.outcome == "lower"


def test_one_loud_day_is_no_clear_change() -> None:
    quiet = run_of(28, 1, 0.5)
    loud = [*run_of(27, 1, 0.5, date(2026, 4, 1)), Day(date(2026, 4, 28), 40, 40.0)]
    found = goals.effect("g", ACTIVITY, quiet + loud, LATE)
    assert found.outcome == "unclear" and found.difference and found.difference.value > 0.2
    alone = intervals.newcombe(0.5, 28, found.after or 0.0, 67)
    assert alone[0] > 0, "forty stories on forty days would have been a change"


@pytest.mark.parametrize(
    ("days", "today", "outcome"),
    [
        ([], LATE, "too_few"),
        (run_of(28, 1, 1) + run_of(9, 1, 1, date(2026, 4, 1)), LATE, "too_few"),
        ([*run_of(28, 1, 1), Day(date(2026, 4, 1), 400, 1.0)], LATE, "too_few"),
        (run_of(28, 9, 1) + run_of(28, 9, 9, date(2026, 4, 1)), date(2026, 4, 7), "too_soon"),
        (run_of(28, 9, 1), date(2026, 1, 1), "too_soon"),
    ],
)
def test_too_few_and_too_soon_are_said(days: list[Day], today: date, outcome: str) -> None:
    found = goals.effect("g", ACTIVITY, days, today)
    assert (found.outcome, found.difference) == (outcome, None)


def test_other_activities_in_the_windows_are_named() -> None:
    crisis = Activity("c", "Grounding", "crisis", date(2026, 4, 20), date(2026, 4, 25))
    far = Activity("f", "Far", "event", date(2026, 6, 1), date(2026, 6, 2))
    found = goals.effect(
        "g", ACTIVITY, run_of(28, 2, 1) + run_of(28, 2, 1, date(2026, 4, 1)), LATE, [ACTIVITY, crisis, far]
    )
    assert found.overlapping == ("c",)


def test_intervals_hold_what_they_promise() -> None:
    """Of a thousand periods with stories in clumps, the interval covers the true share in about 95 of 100."""
    rng = random.Random(11)
    covered = 0
    rounds = 400
    for _ in range(rounds):
        days = []
        for i in range(60):
            mood = rng.betavariate(2, 3)  # what one day is like; on average 0.4
            days.append(Day(FIRST + i * DAY, 6, float(sum(rng.random() < mood for _ in range(6)))))
        found, _ = goals.share(days, goals.design_effect([days]))
        assert found and found.low is not None and found.high is not None
        covered += found.low <= 0.4 <= found.high
    assert 0.92 <= covered / rounds <= 0.98
