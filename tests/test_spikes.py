"""Spikes: early on few mentions, quiet on noise, online, and one incident for one story."""

from __future__ import annotations

import math
import random
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.errors import OmdommeError
from monitor.spikes import (
    Detector,
    Evidence,
    Planned,
    Progress,
    SeriesKey,
    SpikeSettings,
    detect,
    fill,
    infer_width,
    merge_targets,
    plan,
    reconcile,
    severity,
)
from monitor.spikes.baseline import upper_tail
from monitor.spikes.calendar import Calendar, easter, norwegian_holidays
from monitor.types import Bin, Incident, KnownIncident

START = datetime(2026, 9, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SETTINGS = SpikeSettings()


def poisson(rng: random.Random, mean: float) -> int:
    limit, k, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        k += 1
        product *= rng.random()
    return k


def noise(seed: int, days: int, per_day: float, width: timedelta = HOUR) -> list[Bin]:
    """A brand's ordinary negatives: a daily rhythm, nothing else."""
    rng = random.Random(seed)
    steps = int(days * timedelta(days=1) / width)
    out = []
    for i in range(steps):
        at = START + i * width
        rhythm = 1 + 0.9 * math.sin((at.hour - 8) / 24 * 2 * math.pi) if width < timedelta(days=1) else 1.0
        out.append(Bin(at, poisson(rng, per_day * rhythm * (width / timedelta(days=1)))))
    return out


def with_burst(bins: list[Bin], at: int, counts: list[int]) -> list[Bin]:
    out = list(bins)
    for i, count in enumerate(counts):
        out[at + i] = replace(out[at + i], count=(out[at + i].count or 0) + count)
    return out


# --- the tail -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "mean"), [(1, 0.3), (6, 0.4), (12, 5.0), (60, 30.0), (150, 100.0)])
def test_the_poisson_tail_is_the_poisson_tail(count: int, mean: float) -> None:
    exact = 1 - math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count))
    assert upper_tail(count, mean, 1.0) == pytest.approx(exact, rel=1e-3, abs=1e-13)


@pytest.mark.parametrize(("count", "mean", "dispersion"), [(3, 0.5, 1.5), (8, 0.28, 1.7), (40, 20.0, 3.0)])
def test_the_negative_binomial_tail_against_simulation(count: int, mean: float, dispersion: float) -> None:
    size, p = mean / (dispersion - 1), 1 / dispersion

    def pmf(k: int) -> float:
        return math.exp(
            math.lgamma(k + size)
            - math.lgamma(size)
            - math.lgamma(k + 1)
            + size * math.log(p)
            + k * math.log(1 - p)
        )

    assert upper_tail(count, mean, dispersion) == pytest.approx(
        1 - math.fsum(map(pmf, range(count))), rel=1e-3
    )


def test_the_tail_survives_any_numbers() -> None:
    for count, mean, dispersion in [
        (10**7, 1e-6, 1.0),
        (10**9, 5.0, 400.0),
        (0, 0.0, 1.0),
        (5, 1e-9, 1.0001),
    ]:
        assert 0 < upper_tail(count, mean, dispersion) <= 1


# --- what alarms --------------------------------------------------------------------------------------------


def test_early_on_small_counts() -> None:
    """One a day for three weeks, then six in four hours: nearly always open with the hourly step of the fifth."""
    burst, late = 21 * 24 + 9, 0
    for seed in range(20):
        bins = with_burst(noise(seed, 30, 1.0), burst, [1, 2, 2, 1])
        found = [i for i in detect(bins, SETTINGS).incidents if i.detected_at >= bins[burst].at]
        if not found or found[0].detected_at > bins[burst + 2].at:
            late += 1
        else:
            assert found[0].observed >= 6 and found[0].observed > 4 * found[0].expected
            assert found[0].end is not None
    assert late <= 4


def test_quiet_on_ordinary_noise() -> None:
    """At most one false incident in sixty days of a brand, for brands of every size."""
    found = {
        (seed, per_day): len(detect(noise(seed, 60, per_day), SETTINGS).incidents)
        for seed in range(4)
        for per_day in (0.5, 2.0, 8.0, 60.0)
    }
    assert max(found.values()) <= 1, found
    assert sum(found.values()) <= 3, found


def test_the_beginning_of_a_collection_is_not_a_spike() -> None:
    """The first day of a series that starts in the middle brings two hundred times what comes later."""
    rng = random.Random(1)
    bins = [Bin(START + i * HOUR, poisson(rng, 200.0 if i < 24 else 1.0)) for i in range(20 * 24)]
    assert detect(bins, SETTINGS).incidents == []
    steady = [Bin(START + i * HOUR, poisson(rng, 200.0)) for i in range(20 * 24)]
    assert detect(steady, SETTINGS).incidents == []
    assert detect([Bin(START, 500)], SETTINGS).incidents == []
    assert detect([], SETTINGS).incidents == []


def test_a_source_that_was_down_neither_calms_nor_alarms() -> None:
    bins = noise(3, 30, 48.0)
    outage = [replace(b, count=None) if 15 * 24 <= i < 17 * 24 else b for i, b in enumerate(bins)]
    detection = detect(outage, SETTINGS)
    assert detection.incidents == []
    assert all(score == 0 for at, score in detection.scores if bins[15 * 24].at <= at < bins[17 * 24].at)
    # Had the gap been read as zeros, the ordinary level after it would look like a rise.
    zeros = [replace(b, count=0) if 5 * 24 <= i < 25 * 24 else b for i, b in enumerate(bins)]
    gap = [replace(b, count=None) if 5 * 24 <= i < 25 * 24 else b for i, b in enumerate(bins)]
    assert detect(zeros, SETTINGS).incidents and not detect(gap, SETTINGS).incidents


def test_one_incident_while_it_lasts() -> None:
    burst = 20 * 24 + 8
    story = [3, 4, 5, 2, 1, 2, 0, 3, 1, 0, 0, 2, 3, 4]
    bins = with_burst(noise(5, 30, 1.0), burst, story)
    (incident,) = detect(bins, SETTINGS).incidents
    assert incident.start <= bins[burst].at <= incident.detected_at <= bins[burst + 1].at
    assert incident.peak == bins[burst + 2].at and incident.peak_count >= 5
    assert incident.observed >= 25
    assert incident.end is not None and bins[burst + 12].at <= incident.end <= bins[burst + 24].at


def test_what_reopens_within_the_cooldown_is_the_same_incident_and_later_another() -> None:
    first = 20 * 24 + 8
    quiet = noise(6, 40, 1.0)
    again = with_burst(with_burst(quiet, first, [3, 4, 3]), first + 18, [3, 4, 3])
    assert len(detect(again, SETTINGS).incidents) == 1
    apart = with_burst(with_burst(quiet, first, [3, 4, 3]), first + 24 * 5, [3, 4, 3])
    assert len(detect(apart, SETTINGS).incidents) == 2


def test_an_open_incident_has_no_end() -> None:
    bins = with_burst(noise(7, 20, 1.0), 20 * 24 - 3, [3, 4, 5])
    (incident,) = detect(bins, SETTINGS).incidents
    assert incident.end is None


# --- online, any width, fast --------------------------------------------------------------------------------


def test_what_is_said_of_a_bin_uses_no_later_bin() -> None:
    bins = with_burst(noise(8, 12, 4.0), 8 * 24, [4, 6, 5, 1, 0, 2])
    bins[100] = replace(bins[100], count=None)
    whole = detect(bins, SETTINGS, HOUR)
    assert whole.incidents
    for t in range(1, len(bins) + 1):
        part = detect(bins[:t], SETTINGS, HOUR)
        assert part.scores == whole.scores[:t]
        known = [(i.start, i.detected_at) for i in whole.incidents if i.detected_at <= bins[t - 1].at]
        assert [(i.start, i.detected_at) for i in part.incidents] == known


@pytest.mark.parametrize(
    ("width", "per_day", "burst"),
    [(timedelta(minutes=5), 600.0, [40] * 6), (HOUR, 24.0, [20, 30]), (timedelta(days=1), 3.0, [25])],
)
def test_bins_of_five_minutes_an_hour_and_a_day(width: timedelta, per_day: float, burst: list[int]) -> None:
    days = 60 if width == timedelta(days=1) else 14
    quiet = noise(9, days, per_day, width)
    at = int(len(quiet) * 0.8)
    assert detect(quiet, SETTINGS, width).incidents == []
    (incident,) = detect(with_burst(quiet, at, burst), SETTINGS, width).incidents
    assert quiet[at].at - HOUR <= incident.detected_at <= quiet[at + len(burst)].at


def test_sixteen_thousand_bins_take_linear_time() -> None:
    width = timedelta(minutes=5)
    bins = noise(10, 56, 2000.0, width)
    began = time.process_time()
    detect(bins[:4000], SETTINGS, width)
    quarter = time.process_time() - began
    began = time.process_time()
    detect(bins[:16000], SETTINGS, width)
    whole = time.process_time() - began
    assert whole < max(2.0, 8 * quarter)


def test_scores_are_bounded_and_highest_at_the_news() -> None:
    burst = 20 * 24
    bins = with_burst(noise(11, 25, 2.0), burst, [10, 10])
    scores = dict(detect(bins, SETTINGS).scores)
    assert len(scores) == len(bins) and all(0 <= s < 1 and math.isfinite(s) for s in scores.values())
    assert max(scores, key=scores.__getitem__) in (bins[burst].at, bins[burst + 1].at)


def test_the_detector_hands_out_each_incident_once() -> None:
    bins = with_burst(noise(12, 30, 1.0), 15 * 24, [4, 5, 6])
    detector = Detector(SETTINGS, HOUR)
    closed = [incident for b in bins if (incident := detector.push(b))]
    assert len(closed) == 1 and detector.open is None and detector.finish() is None


def test_width_and_gaps() -> None:
    times = [START, START + HOUR, START + 4 * HOUR]
    assert infer_width(times) == HOUR
    filled = fill([Bin(times[0], 2), Bin(times[1], None), Bin(times[2], 3)], HOUR)
    assert [(b.at - START) // HOUR for b in filled] == [0, 1, 2, 3, 4]
    assert [b.count for b in filled] == [2, None, 0, 0, 3]
    with pytest.raises(OmdommeError, match="correct the dates"):
        fill([Bin(datetime(1, 1, 1, tzinfo=UTC), 1), Bin(START, 1)], timedelta(minutes=5))


# --- plan ---------------------------------------------------------------------------------------------------

NOW = START + timedelta(days=20)


def history(seed: int, burst: list[int] | None = None, ago: int = 3) -> list[Bin]:
    bins = [*noise(seed, 20, 1.0), Bin(NOW, 0)]
    return with_burst(bins, len(bins) - 1 - ago, burst) if burst else bins


def known(planned: Planned) -> KnownIncident:
    return KnownIncident(planned.id, planned.target, planned.also, planned.incident)


def test_a_new_incident_is_new_once() -> None:
    counts = {"Lomvi": history(1, [3, 4, 2])}
    (first,) = plan(counts, [], NOW, SETTINGS, "Lomvi")
    assert first.is_new and first.target == "Lomvi" and first.incident.end is None
    again = plan(counts, [known(first)], NOW, SETTINGS, "Lomvi")
    assert not any(p.is_new for p in again)


def test_late_data_keeps_the_id() -> None:
    counts = {"Lomvi": history(1, [3, 4, 2])}
    (first,) = plan(counts, [], NOW, SETTINGS, "Lomvi")
    late = {"Lomvi": with_burst(counts["Lomvi"], len(counts["Lomvi"]) - 10, [5, 2])}
    (second,) = plan(late, [known(first)], NOW, SETTINGS, "Lomvi")
    assert second.id == first.id and not second.is_new
    assert second.incident.start < first.incident.start
    assert second.incident.observed > first.incident.observed


def test_hour_by_hour_a_story_is_new_exactly_once() -> None:
    bins = with_burst(noise(2, 30, 1.0), 20 * 24, [2, 3, 4, 2, 0, 1, 3, 2])
    stored: dict[str, KnownIncident] = {}
    new = 0
    for t in range(20 * 24 - 2, 24 * 24):
        for p in plan(
            {"Lomvi": bins[max(0, t - 28 * 24) : t + 1]}, [*stored.values()], bins[t].at, SETTINGS, "Lomvi"
        ):
            new += p.is_new
            assert p.is_new or p.id in stored
            stored[p.id] = known(p)
    assert new == 1 and len(stored) == 1
    (last,) = stored.values()
    assert last.incident.end is not None


def test_brand_and_leader_hit_by_one_story_are_one_incident() -> None:
    counts = {"Kari Nordvik": history(1, [4, 5, 4]), "Lomvi": history(3, [3, 4, 2])}
    (one,) = plan(counts, [], NOW, SETTINGS, "Lomvi")
    assert (one.target, one.also, one.is_new) == ("Lomvi", ("Kari Nordvik",), True)
    # A leader drawn into what is already known joins it, and nobody is mailed again.
    (alone,) = plan({"Lomvi": counts["Lomvi"]}, [], NOW, SETTINGS, "Lomvi")
    (joined,) = plan(counts, [known(alone)], NOW, SETTINGS, "Lomvi")
    assert (joined.id, joined.also, joined.is_new) == (alone.id, ("Kari Nordvik",), False)


def test_an_archive_of_old_items_never_alerts() -> None:
    """500 items, a fortnight old: there is a run, and nobody is told."""
    bins = with_burst(history(4), 6 * 24, [100] * 5)
    assert detect(bins, SETTINGS).incidents
    assert plan({"Lomvi": bins}, [], NOW, SETTINGS, "Lomvi") == []


def test_nothing_from_before_the_start_date_alerts() -> None:
    counts = {"Lomvi": history(1, [3, 4, 2])}
    assert plan(counts, [], NOW, replace(SETTINGS, start_date=NOW), "Lomvi") == []
    assert plan(counts, [], NOW, replace(SETTINGS, start_date=NOW - timedelta(days=1)), "Lomvi")


def test_an_open_incident_that_is_found_no_more_is_closed() -> None:
    at = NOW - timedelta(days=3)
    stored = KnownIncident("x", "Lomvi", (), Incident(at, at, None, at, 6, 9, 0.3, 0.8))
    (closed,) = plan({"Lomvi": history(1)}, [stored], NOW, SETTINGS, "Lomvi")
    assert closed.id == "x" and closed.incident.end is not None and not closed.is_new
    assert plan({}, [known(closed)], NOW, SETTINGS, "Lomvi") == []


def test_reconcile_and_merge_are_plain_functions() -> None:
    def run(hour: int, hours: int, observed: int = 6) -> Incident:
        at = START + hour * HOUR
        return Incident(at, at + HOUR, at + hours * HOUR, at, 3, observed, 0.2, 0.7)

    day = timedelta(days=1)
    assert [i for i, _ in reconcile([("a", run(0, 5))], [run(3, 4), run(20, 2), run(90, 3)], day)] == [
        "a",
        "a",
        None,
    ]
    groups = merge_targets(
        [
            (SeriesKey("Kari"), run(2, 3, 20)),
            (SeriesKey("Lomvi"), run(3, 3)),
            (SeriesKey("Lomvi"), run(200, 3)),
        ],
        day,
        "Lomvi",
    )
    assert [[key.target for key, _ in group] for group in groups] == [["Lomvi", "Kari"], ["Lomvi"]]


# --- the calendar, slow burns, settled parts -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2000, 4, 23), (2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2038, 4, 25)]
)
def test_easter(year: int, month: int, day: int) -> None:
    assert easter(year) == date(year, month, day)


def test_a_holiday_is_a_sunday_and_an_hour_is_on_the_wall() -> None:
    assert len(norwegian_holidays(2026)) == 12
    norway = Calendar("Europe/Oslo", "no")
    assert norway.place(datetime(2026, 5, 14, 22, tzinfo=UTC)) == (0, 4)  # Friday in Oslo, by summer time
    assert norway.place(datetime(2026, 5, 14, 10, tzinfo=UTC)) == (12, 6)  # Ascension
    assert norway.place(datetime(2026, 12, 25, 10, tzinfo=UTC)) == (11, 6)
    assert Calendar().place(datetime(2026, 12, 25, 10, tzinfo=UTC)) == (10, 4)
    with pytest.raises(ValueError, match="no holidays are known"):
        Calendar("UTC", "xx")


def test_a_slow_burn_no_hour_shows() -> None:
    """Four a day for six weeks, then twelve, spread out: found within ten days, more often with the slow windows."""
    slow = fast = 0
    for seed in range(8):
        bins = noise(seed, 60, 4.0)
        extra = noise(seed + 100, 60, 8.0)
        burn = [
            replace(b, count=(b.count or 0) + (e.count or 0)) if i >= 42 * 24 else b
            for i, (b, e) in enumerate(zip(bins, extra, strict=True))
        ]
        until = bins[52 * 24].at
        begun = bins[42 * 24].at
        slow += any(begun <= i.detected_at <= until for i in detect(burn, SETTINGS).incidents)
        fast += any(
            begun <= i.detected_at <= until for i in detect(burn, replace(SETTINGS, slow=False)).incidents
        )
    assert slow == 8 and fast <= 6, (slow, fast)


def test_a_burst_is_not_its_own_echo_a_week_later() -> None:
    for seed in range(6):
        bins = with_burst(noise(seed, 60, 2.0), 40 * 24, [10, 20, 15, 5])
        assert len([i for i in detect(bins, SETTINGS).incidents if i.detected_at >= bins[40 * 24].at]) == 1


def test_going_on_finds_what_beginning_anew_finds() -> None:
    bins = with_burst(noise(2, 40, 1.0), 25 * 24, [2, 3, 4, 2, 0, 1, 3, 2])
    key, progress = SeriesKey("Lomvi"), Progress(SETTINGS)
    for t in range(24 * 24, len(bins), 5):
        assert progress.runs(key, bins[: t + 1]) == detect(bins[: t + 1], SETTINGS).incidents
    late = with_burst(bins, len(bins) - 30, [6, 6])
    assert progress.runs(key, late) == detect(late, SETTINGS).incidents
    past = with_burst(bins, 26 * 24 + 100, [9, 9])  # judged anew: what was settled has changed
    assert progress.runs(key, past) == detect(past, SETTINGS).incidents


# --- several series of one target ---------------------------------------------------------------------------


def test_a_burst_of_praise_opens_nothing_and_a_wide_one_makes_a_bad_one_worse() -> None:
    praise = {SeriesKey("Lomvi", "total"): history(1, [30, 40, 20]), SeriesKey("Lomvi"): history(3)}
    assert plan(praise, [], NOW, SETTINGS, "Lomvi") == []
    bad = {SeriesKey("Lomvi"): history(3, [6, 8, 5])}
    (alone,) = plan(bad, [], NOW, SETTINGS, "Lomvi")
    (wide,) = plan({**praise, **bad}, [], NOW, SETTINGS, "Lomvi")
    assert (alone.series, wide.series) == (
        (SeriesKey("Lomvi"),),
        (SeriesKey("Lomvi"), SeriesKey("Lomvi", "total")),
    )
    assert alone.incident == wide.incident and "reach" in wide.reasons


def test_the_series_of_one_story_are_one_incident_counted_once() -> None:
    negative = history(3, [5, 6, 4])
    conflicting = history(4, [4, 4, 2])
    counts = {
        SeriesKey("Lomvi"): negative,
        SeriesKey("Lomvi", weighted=True): [replace(b, count=2 * (b.count or 0)) for b in negative],
        SeriesKey("Lomvi", "conflicting"): conflicting,
        SeriesKey("Lomvi", "conflicting", "guideline.2"): conflicting,
        SeriesKey("Kari Nordvik"): history(1, [3, 3, 4]),
    }
    (one,) = plan(counts, [], NOW, SETTINGS, "Lomvi", leaders=["Kari Nordvik"])
    (plain,) = plan({"Lomvi": negative}, [], NOW, SETTINGS, "Lomvi")
    assert (one.target, one.also) == ("Lomvi", ("Kari Nordvik",)) and set(one.series) == set(counts)
    assert one.series[0] == SeriesKey("Lomvi") and one.incident.observed == plain.incident.observed
    assert {"conflict", "leader", "weight", "novelty"} <= set(one.reasons)
    (again,) = plan(counts, [known(one)], NOW, SETTINGS, "Lomvi", leaders=["Kari Nordvik"])
    assert (again.id, again.is_new, again.severity) == (one.id, False, one.severity)


def test_one_heavy_story_is_one_story() -> None:
    quiet = history(3)
    heavy = with_burst(quiet, len(quiet) - 3, [20])
    counts = {
        SeriesKey("Lomvi"): with_burst(quiet, len(quiet) - 3, [1]),
        SeriesKey("Lomvi", weighted=True): heavy,
    }
    assert plan(counts, [], NOW, SETTINGS, "Lomvi") == []
    counts[SeriesKey("Lomvi")] = with_burst(quiet, len(quiet) - 3, [6])
    (found,) = plan(counts, [], NOW, SETTINGS, "Lomvi")
    assert set(found.series) == set(counts) and found.incident.observed == 6 and "weight" in found.reasons


def test_conflicts_alone_open_an_incident() -> None:
    counts = {SeriesKey("Lomvi"): history(3), SeriesKey("Lomvi", "conflicting"): history(3, [3, 4, 2])}
    (found,) = plan(counts, [], NOW, SETTINGS, "Lomvi")
    assert (
        found.is_new and found.series == (SeriesKey("Lomvi", "conflicting"),) and "conflict" in found.reasons
    )


def test_severity_grows_with_every_ground_and_names_them() -> None:
    few = Evidence(observed=6, expected=0.3, stories=6)
    assert severity(few) == ("minor", ())
    assert severity(replace(few, conflict="major", leader=True, novel=True))[1] == (
        "conflict",
        "leader",
        "novelty",
    )
    twenty = replace(few, observed=20, stories=20)
    assert severity(twenty)[0] == "major"
    assert severity(replace(twenty, conflict="major", novel=True))[0] == "critical"
    assert (
        severity(replace(few, observed=100, stories=100, expected=90))[0] == "major"
    )  # many, and not unusual
    assert severity(replace(few, readers=900_000, conflict="minor"))[0] == "major"
    order = ("minor", "major", "critical")
    for worse in (
        replace(twenty, observed=60, stories=60), replace(twenty, readers=10**6), replace(twenty, surge=True),
        replace(twenty, novel=True), replace(twenty, weight=1.9), replace(twenty, conflict="minor"),
        replace(twenty, leader=True),
    ):  # fmt: skip
        assert order.index(severity(worse)[0]) >= order.index(severity(twenty)[0])
        assert set(severity(worse)[1]) >= set(severity(twenty)[1])


def test_a_thousand_quiet_targets_cost_little() -> None:
    quiet = noise(1, 28, 0.5)
    began = time.process_time()
    plan({f"target {i}": quiet for i in range(1000)}, [], quiet[-1].at, SETTINGS, "Lomvi")
    assert time.process_time() - began < 5


@pytest.mark.parametrize("silence", [0, 6, 12, 24, 36, 47])
def test_a_flood_that_is_the_beginning_of_a_collection_is_no_spike(silence: int) -> None:
    """Nothing was collected for a day or two, then a source brings two hundred in an hour."""
    counts = [0] * silence + [200] + [40] * 23 + [2] * 400
    assert detect([Bin(START + i * HOUR, n) for i, n in enumerate(counts)], SETTINGS).incidents == []


def test_a_target_nobody_spoke_of_can_be_hit() -> None:
    counts = [0] * 24 * 14 + [2, 3, 3, 1]
    found = detect([Bin(START + i * HOUR, n) for i, n in enumerate(counts)], SETTINGS).incidents
    assert [i.detected_at for i in found] == [START + (24 * 14 + 1) * HOUR]
