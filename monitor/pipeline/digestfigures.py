"""What a digest is made of: the period, and its figures from the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from monitor import readmodel
from monitor.config import Config
from monitor.digest import (
    Curve,
    Figures,
    GoalState,
    Happened,
    Mover,
    Only,
    Period,
    SourceMove,
    Unseen,
    VoiceShare,
    Waiting,
)
from monitor.digest.effects import labels_by_source, source_effects, story_effects
from monitor.pipeline.voices import share_of_voice
from monitor.readmodel import (
    Behind,
    ListedCase,
    MentionFilter,
    Narrowed,
    NetworkCount,
    Standing,
    StoryWeight,
    VolumePoint,
)
from monitor.types import BrandIdentity, CaseAction, SourceEpisode
from monitor.views import Narrowing, View, narrowing

LENGTH: dict[Period, int] = {"day": 1, "week": 7}  # days
CURVE: dict[Period, int] = {"day": 14, "week": 28}
LONGEST_GOAL = timedelta(days=200)  # two quarters: the last whole one and the one that goes on
MOST_STORIES, MOST_SOURCES, MOST_WAITING = 4, 3, 3
FEWEST = 3  # judged stories about a target, below which what one of them did says nothing


@dataclass(frozen=True, slots=True)
class Span:
    """A period of whole local days; [since, until) in UTC, ``end`` the local day it ended with, midnight included."""

    kind: Period
    since: datetime
    until: datetime
    end: date


def span(kind: Period, end: date, timezone: str) -> Span:
    """The period whose last local day is ``end``."""
    zone = ZoneInfo(timezone)
    until = datetime.combine(end + timedelta(days=1), time(), zone).astimezone(UTC)
    since = datetime.combine(end - timedelta(days=LENGTH[kind] - 1), time(), zone).astimezone(UTC)
    return Span(kind, since, until, end)


def last_span(kind: Period, now: datetime, timezone: str) -> Span:
    """The last whole day or seven days before today."""
    return span(kind, now.astimezone(ZoneInfo(timezone)).date() - timedelta(days=1), timezone)


class Reads(Protocol):
    """What a digest asks the read model, of all mentions or of those of a view."""

    def standings(self, since: datetime, until: datetime) -> list[Standing]: ...

    def volume(self, since: datetime, until: datetime, targets: Sequence[str]) -> list[VolumePoint]: ...

    def story_weights(
        self, since: datetime, until: datetime, targets: Sequence[str]
    ) -> list[StoryWeight]: ...

    def network_counts(self, since: datetime, until: datetime) -> list[NetworkCount]: ...

    def decisions(self, since: datetime, until: datetime) -> dict[CaseAction, int]: ...

    def waiting(self, until: datetime, limit: int) -> tuple[int, list[ListedCase]]: ...


@dataclass(frozen=True, slots=True)
class Whole:
    """Of all mentions."""

    path: Path

    def standings(self, since: datetime, until: datetime) -> list[Standing]:
        return readmodel.standings(self.path, since, until)

    def volume(self, since: datetime, until: datetime, targets: Sequence[str]) -> list[VolumePoint]:
        return readmodel.volume(self.path, since, until, bin="hour", targets=targets)

    def story_weights(self, since: datetime, until: datetime, targets: Sequence[str]) -> list[StoryWeight]:
        return readmodel.story_weights(self.path, since, until, targets)

    def network_counts(self, since: datetime, until: datetime) -> list[NetworkCount]:
        return readmodel.network_counts(self.path, since, until)

    def decisions(self, since: datetime, until: datetime) -> dict[CaseAction, int]:
        return readmodel.decisions(self.path, since, until)

    def waiting(self, until: datetime, limit: int) -> tuple[int, list[ListedCase]]:
        cases = readmodel.case_counts(self.path, datetime.min.replace(tzinfo=UTC), until)
        found = readmodel.cases(self.path, states=("open", "to_confirm"), until=until, limit=limit)
        return cases.get("open", 0) + cases.get("to_confirm", 0), found


def reads(config: Config, by: Narrowing | None) -> Reads:
    path = config.settings.database
    if by is None:
        return Whole(path)
    wanted = MentionFilter(
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        targets=by.targets,
        voices=by.voices,
        source_types=by.source_types,
        search=by.search,
        places=by.places,
    )
    behind = Behind(statement=by.statement, stance=by.stance)
    return Narrowed(path, wanted, behind, by.languages, by.sources, by.touches)


def figures(config: Config, of: Span, view: View | None = None, *, missing: str = "") -> Figures:
    """Everything the digest of this period is made of; a handful of reads, whatever the size of the store.

    A ``view`` narrows it; what is about everything, goals and share of voice, is left out then. ``missing`` is the name
    of one that should have.
    """
    path, identity = config.settings.database, config.identity
    since, until = of.since, of.until
    by = narrowing(view, identity) if view else None
    read = reads(config, by)
    statements = (*((by.statement,) if by.statement else ()), *by.touches) if by else ()
    leaders = tuple(leader.name for leader in identity.leaders)
    ours = (by.targets if by else ()) or (identity.name, *leaders)
    standings = tuple(s for s in read.standings(since, until) if s.target in ours)
    hours = readmodel.collected_hours(path, _first_day(of, config.settings.timezone), until)
    sources = {
        spec.id
        for spec in config.sources
        if by is None
        or (
            (not by.source_types or spec.source_type in by.source_types)
            and (not by.sources or spec.id in by.sources)
        )
    }
    episodes = [e for e in readmodel.source_episodes(path, since, until) if e.source in sources]
    movers, moves = _moved(config, of, ours, read)
    open_flags, waiting = read.waiting(until, MOST_WAITING)
    return Figures(
        brand=identity.name,
        kind=of.kind,
        since=since,
        until=until,
        collected=any(since <= hour < until for hour in hours),
        standings=standings,
        leaders=leaders,
        curve=_curve(config, of, hours, ours[0], read),
        movers=movers,
        source_moves=moves,
        decided=read.decisions(since, until),
        open_flags=open_flags,
        waiting=_waiting(config, waiting),
        incidents=_incidents(config, of, by.targets if by else ()),
        goals=() if by else _goals(config, until),
        voices=() if by else _voices(config, of),
        networks=tuple(read.network_counts(since, until)),
        unseen=tuple(_unseen(episode, of) for episode in episodes),
        sources=len(sources),
        fictional=identity.fictional,
        only=Only(view.name, by, tuple(_statement(identity, s) for s in statements)) if view and by else None,
        missing=missing,
    )


def _first_day(of: Span, timezone: str) -> datetime:
    first = of.end - timedelta(days=CURVE[of.kind] - 1)
    return datetime.combine(first, time(), ZoneInfo(timezone)).astimezone(UTC)


def _curve(config: Config, of: Span, hours: set[datetime], target: str, read: Reads) -> Curve:
    """Of the period and the days before it, by the local day."""
    zone, count = ZoneInfo(config.settings.timezone), CURVE[of.kind]
    days = [of.end - timedelta(days=n) for n in range(count - 1, -1, -1)]
    collected = {hour.astimezone(zone).date() for hour in hours}
    negative, positive = dict.fromkeys(days, 0.0), dict.fromkeys(days, 0.0)
    points = read.volume(_first_day(of, config.settings.timezone), of.until, [target])
    for point in points:
        day = point.at.astimezone(zone).date()
        if day in negative:
            negative[day] += point.negative
            positive[day] += point.positive
    return Curve(
        tuple(days),
        tuple(round(negative[day]) if day in collected else None for day in days),
        tuple(round(positive[day]) if day in collected else None for day in days),
        count - LENGTH[of.kind],
    )


def _moved(
    config: Config, of: Span, targets: Sequence[str], read: Reads
) -> tuple[tuple[Mover, ...], tuple[SourceMove, ...]]:
    """The stories that moved the first (the brand) most and the one that moved each other most; the sources for the
    first."""
    path, brand = config.settings.database, targets[0]
    now = read.story_weights(of.since, of.until, targets)
    counts = Counter(story.target for story in now)
    chosen: list[tuple[StoryWeight, float]] = []
    for target in targets:
        if counts[target] >= FEWEST:
            effects = story_effects([story for story in now if story.target == target])
            chosen += effects[: MOST_STORIES if target == brand else 1]
    shown = readmodel.headlines(path, [story.mention_id for story, _ in chosen])
    movers = [
        Mover(
            story.target,
            story.label,
            effect,
            counts[story.target],
            story.copies,
            told.title,
            told.text,
            told.url,
            told.source,
            told.at,
        )
        for story, effect in chosen
        if (told := shown.get(story.mention_id))
    ]
    about_brand = [story for story in now if story.target == brand]
    before = of.since - (of.until - of.since)
    earlier = labels_by_source(read.story_weights(before, of.since, [brand]))
    collected = bool(readmodel.collected_hours(path, before, of.since))
    counted = labels_by_source(about_brand)
    moves = [
        SourceMove(
            source,
            effect,
            counts[brand],
            *counted[source],
            *(earlier.get(source, (0, 0)) if collected else (None, None)),
        )
        for source, effect in source_effects(about_brand)[:MOST_SOURCES]
    ]
    # With one source, what it did is what happened.
    return tuple(movers), tuple(moves) if len(counted) > 1 else ()


def _waiting(config: Config, found: Sequence[ListedCase]) -> tuple[Waiting, ...]:
    shown = readmodel.headlines(config.settings.database, [listed.case.mention_id for listed in found])
    return tuple(
        Waiting(
            listed.case.model_level,
            _statement(config.identity, listed.case.statement),
            listed.title,
            listed.text,
            listed.url,
            shown[listed.case.mention_id].source if listed.case.mention_id in shown else "",
            listed.published_at,
        )
        for listed in found
    )


def _statement(identity: BrandIdentity, id_: str) -> str:
    found = identity.statement(id_)
    return found.text if found else id_


def _incidents(config: Config, of: Span, about: Sequence[str]) -> tuple[Happened, ...]:
    """``about``: those about one of these; () = all. An incident is of all networks: no other filter hides one."""
    path = config.settings.database
    found = [
        row
        for row in readmodel.incidents(path, of.since, of.until)
        if row.detected_at < of.until and (not about or {row.target, *row.also} & set(about))
    ]
    known = readmodel.answers(path, [row.id for row in found])
    happened = []
    for row in found:
        severity, answered = known.get(row.id, (None, None))
        after = (
            (answered - row.detected_at) / timedelta(minutes=1) if answered and answered < of.until else None
        )
        happened.append(
            Happened(
                row.target,
                row.also,
                row.start,
                row.end if row.end and row.end < of.until else None,
                row.observed,
                row.expected,
                severity,
                opened=of.since <= row.detected_at,
                closed=row.end is not None and row.end < of.until,
                answered_after=max(after, 0.0) if after is not None else None,
            )
        )
    return tuple(happened)


def _goals(config: Config, until: datetime) -> tuple[GoalState, ...]:
    """Each goal of the brand file, with the last of its readings that began before ``until``."""
    newest = {
        reading.goal: reading
        for reading in readmodel.goal_readings(config.settings.database, until - LONGEST_GOAL, until)
    }
    return tuple(GoalState(goal.text, newest.get(goal.id)) for goal in config.identity.goals)


def _voices(config: Config, of: Span) -> tuple[VoiceShare, ...]:
    now = share_of_voice(config, of.since, of.until)
    if not now.voices:
        return ()
    before = share_of_voice(config, of.since - (of.until - of.since), of.since)
    earlier = {voice.name: voice.share for voice in before.voices}
    return tuple(
        VoiceShare(v.name, v.texts, now.texts, v.share, v.low, v.high, earlier.get(v.name))
        for v in now.voices
    )


def _unseen(episode: SourceEpisode, of: Span) -> Unseen:
    ended = episode.ended_at if episode.ended_at and episode.ended_at < of.until else None
    hours = ((ended or of.until) - max(episode.began_at, of.since)) / timedelta(hours=1)
    return Unseen(episode.source, episode.kind, hours, ended)
