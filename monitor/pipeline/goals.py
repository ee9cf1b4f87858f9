"""Reads the goals of the brand file: asks the read model, hands the counts to ``goals``, keeps what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor import goals, readmodel
from monitor.config import Config
from monitor.goals import Day, Effect, Found
from monitor.pipeline import voices
from monitor.readmodel import HourPart, Waited
from monitor.store import Store
from monitor.types import Activity, Goal, Measure, Reading

MOST_PERIODS = 24  # read back when a goal is new
READ_AGAIN = 3  # the newest periods: corrections, decisions and late texts still change them
_HOUR = timedelta(hours=1)
_PARTS = {"positive_share": "positive", "nonnegative_share": "nonnegative", "negative_share": "negative"}


@dataclass(frozen=True, slots=True)
class GoalsReport:
    """``readings`` made in this pass, by goal and time; ``new`` of them said something new. ``searched`` = texts that
    were searched for competitors."""

    readings: tuple[Reading, ...] = ()
    new: int = 0
    searched: int = 0


def evaluate(config: Config, store: Store, now: datetime) -> GoalsReport:
    """Measures every goal that names a measure, over the periods that are not settled yet. Run again, it keeps only
    what has changed."""
    path, zone = config.settings.database, ZoneInfo(config.settings.timezone)
    first = readmodel.first_said(path)
    rivals = voices.Rivals(config.identity)
    longest = goals.midnight(_first_day(first, now, zone, "quarter"), zone)
    searched = voices.search(config, store, rivals, longest)
    found: list[Reading] = []
    for goal in config.identity.goals:
        if goal.measure is not None:
            found += _readings(goal, goal.measure, config, first, now)
    return GoalsReport(tuple(found), store.add_readings(found, config.identity.hash), searched)


def effects(config: Config, now: datetime) -> list[Effect]:
    """Each activity against each goal it is meant for, where the goal is a share; in the order of the brand file."""
    zone = ZoneInfo(config.settings.timezone)
    today = now.astimezone(zone).date()
    marked = activities(config)
    found = []
    for activity in marked:
        for goal in config.identity.goals:
            kind = goals.MEASURES.get(goal.measure.of) if goal.measure else None
            if (
                goal.measure is None
                or kind is None
                or kind.unit != "share"
                or activity.goal not in ("", goal.id)
            ):
                continue
            if goal.measure.of == "reply_share_60min":
                continue
            start, after, length = goals.windows(activity, today)
            days, _ = _days(
                goal.measure, config, goals.midnight(start, zone), goals.midnight(after + length, zone), zone
            )
            found.append(goals.effect(goal.id, activity, days, today, marked))
    return found


def activities(config: Config) -> list[Activity]:
    """Those of the brand file, by their first day; beside a replayed archive moved as far as the archive was."""
    shift = readmodel.replay_shift(config.settings.database)
    moved = [replace(a, begins=a.begins + shift, ends=a.ends + shift) for a in config.identity.activities]
    return sorted(moved, key=lambda a: (a.begins, a.id))


def _first_day(first: datetime | None, now: datetime, zone: ZoneInfo, period: str) -> date:
    """The first day of the oldest period that is looked at."""
    today = now.astimezone(zone).date()
    begun = min(first or now, now).astimezone(zone).date()
    return goals.between(begun, today, period, MOST_PERIODS)[0][0]  # type: ignore[arg-type]


def _readings(
    goal: Goal, measure: Measure, config: Config, first: datetime | None, now: datetime
) -> list[Reading]:
    zone = ZoneInfo(config.settings.timezone)
    today = now.astimezone(zone).date()
    begun = min(first or now, now).astimezone(zone).date()
    periods = goals.between(begun, today, measure.period, MOST_PERIODS)
    definition = goals.definition(measure, config.identity)
    known = {
        r.since: r
        for r in readmodel.goal_readings(config.settings.database, goals=[goal.id])
        if r.definition == definition
    }
    due = [p for p in periods if goals.midnight(p[0], zone) not in known]
    due = sorted({*due, *periods[-READ_AGAIN:]})
    told = _counted(measure, config, due, now, zone)
    have = [p[0] for p, f in zip(due, told, strict=True) if f.found]
    have += [since.astimezone(zone).date() for since, r in known.items() if r.value is not None]
    origin = min(have, default=today)
    readings = []
    for (start, end), found in zip(due, told, strict=True):
        if found.found is None and start < origin and (start, end) != periods[-1]:
            continue  # before anything was collected
        since, until = goals.midnight(start, zone), goals.midnight(end, zone)
        readings.append(goals.reading(goal, definition, since, until, now, (start, end), origin, found))
    return readings


def _counted(
    measure: Measure, config: Config, periods: Sequence[tuple[date, date]], now: datetime, zone: ZoneInfo
) -> list[Found]:
    """What each of these periods came to."""
    kind = goals.MEASURES.get(measure.of)
    if kind is None:
        return [Found(None, 0, "unknown_measure")] * len(periods)
    if measure.of in ("response_time", "reply_share_60min"):
        # No source here says which text answers which (docs/goals.md): a guess would be a figure about nothing.
        return [Found(None, 0, "not_measurable")] * len(periods)
    path = config.settings.database
    since, until = goals.midnight(periods[0][0], zone), goals.midnight(periods[-1][1], zone)
    if kind.unit == "share":
        days, why = _days(measure, config, since, until, zone)
        cut = [[d for d in days if start <= d.day < end] for start, end in periods]
        spread = goals.design_effect(cut)
        found = [goals.of_days(part, spread) for part in cut]
        return [replace(f, why=why) if why and not f.found else f for f in found]
    if measure.of == "open_conflicts":
        flags = readmodel.flags_waiting(path, datetime.min.replace(tzinfo=now.tzinfo), until, measure)
        if readmodel.status(path).relevant == 0:
            return [Found(None, 0, "no_data")] * len(periods)
        ends = [min(goals.midnight(end, zone), now) for _, end in periods]
        return [goals.of_count(sum(_open_at(flag, end, now) for flag in flags)) for end in ends]
    if measure.of == "decision_time":
        waits = readmodel.flags_waiting(path, since, until, measure)
    else:
        waits = readmodel.incidents_waiting(path, since, until, measure.target)
    return [
        goals.of_waits([_wait(w, now) for w in waits if start <= w.begun.astimezone(zone).date() < end])
        for start, end in periods
    ]


def _days(
    measure: Measure, config: Config, since: datetime, until: datetime, zone: ZoneInfo
) -> tuple[list[Day], str]:
    """(what was counted each day, why nothing could be)."""
    path, identity = config.settings.database, config.identity
    target = measure.target or identity.name
    if measure.of == "share_of_voice":
        sources, _ = voices.countable(config)
        if not identity.competitors:
            return [], "no_competitors"
        if not sources:
            return [], "no_sources"
        key = voices.Rivals(identity).key
        return voices.days(readmodel.voice_counts(path, since, until, sources, key, measure), zone), ""
    if measure.of == "wanted_image_share":
        wanted = [s.id for s in identity.statements if s.kind == "wanted_image"]
        statements = [measure.statement] if measure.statement else wanted
        if not statements:
            return [], "no_statements"
        hours = readmodel.in_line_shares(path, since, until, measure, target, statements)
        return ([], "not_compared") if hours is None else (_local(hours, zone), "")
    part = _PARTS[measure.of]
    return _local(readmodel.story_shares(path, since, until, measure, target, part), zone), ""  # type: ignore[arg-type]


def _local(hours: Sequence[HourPart], zone: ZoneInfo) -> list[Day]:
    """By days of the brand's own time zone."""
    sums: dict[date, Day] = {}
    for hour in hours:
        day = hour.at.astimezone(zone).date()
        before = sums.get(day, Day(day, 0, 0.0))
        sums[day] = Day(day, before.n + hour.n, before.part + hour.part)
    return [sums[day] for day in sorted(sums)]


def _open_at(flag: Waited, end: datetime, now: datetime) -> bool:
    if flag.begun >= end:
        return False
    return flag.waiting if end >= now else flag.ended is None or flag.ended >= end


def _wait(waited: Waited, now: datetime) -> tuple[float, bool]:
    """(hours so far, whether somebody acted); what was decided before it was raised took no time."""
    until = waited.ended or now
    return max(0.0, (until - waited.begun) / _HOUR), waited.ended is not None
