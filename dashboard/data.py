"""Cached reads of the read model: for a minute, a bounded number, never a connection.

Texts are cut to what a page can show before they are kept, so that one enormous article does not fill the memory.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard import safe
from monitor import readmodel
from monitor.config import Config
from monitor.readmodel import (
    AdjustmentRow,
    ConflictRow,
    IncidentActionRow,
    IncidentMail,
    IncidentRow,
    MentionFilter,
    MentionRow,
    MessageRow,
    NetworkCoverage,
    Places,
    Queue,
    QueueFilter,
    Replay,
    SayDo,
    SourceHealth,
    Standing,
    StatementConflicts,
    StoreStatus,
    StoryCase,
    StoryRow,
    VolumePoint,
)
from monitor.types import (
    Activity,
    BrandIdentity,
    IncidentSummary,
    KnownIncident,
    Reading,
    SourceEpisode,
)
from monitor.views import View, together

if TYPE_CHECKING:
    from monitor.digest import Digest
    from monitor.goals import Effect
    from monitor.pipeline.statements import Contradictions, Gaps, Quotes
    from monitor.pipeline.voices import ShareOfVoice

TTL = 60  # seconds
OPEN_S = 0.1  # seconds a store stays open after a read: longer than a page takes between two of them
AROUND = 160  # characters of context on each side of quoted words
_LONGEST_BY_DAY = timedelta(days=100)
_STORY_SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Quoted:
    """One flagged statement with its words in their context; ``before`` and ``after`` are cut at AROUND."""

    row: ConflictRow
    before: str
    quote: str
    after: str


@dataclass(frozen=True, slots=True)
class Bar:
    """Stories of one local day (or week), or their weight, by label; ``start`` and ``end`` are naive local times."""

    start: datetime
    end: datetime
    negative: float
    neutral: float
    positive: float
    unsure: float


@st.cache_data(ttl=TTL, max_entries=8, show_spinner=False)
def status(path: Path) -> StoreStatus:
    return readmodel.status(path)


@st.cache_data(ttl=TTL, max_entries=16, show_spinner=False)
def standings(
    path: Path,
    since: datetime,
    until: datetime,
    with_previous: bool,
    weighted: bool = False,
    places: Places = "others",
) -> list[Standing]:
    return readmodel.standings(
        path, since, until, with_previous=with_previous, weighted=weighted, places=places
    )


@st.cache_data(ttl=TTL, max_entries=32, show_spinner=False)
def bars(
    path: Path, since: datetime, until: datetime, target: str, timezone: str, weighted: bool = False
) -> list[Bar]:
    """Days of the brand's own time zone; beyond a hundred days weeks, in UTC. Empty ones are left out."""
    by_day = until - since <= _LONGEST_BY_DAY
    points = readmodel.volume(
        path, since, until, bin="hour" if by_day else "week", targets=[target], weighted=weighted
    )
    zone = ZoneInfo(timezone)
    groups: dict[datetime, list[VolumePoint]] = defaultdict(list)
    for point in points:
        local = point.at.astimezone(zone) if by_day else point.at
        groups[local.replace(hour=0, minute=0, tzinfo=None)].append(point)
    width = timedelta(days=1 if by_day else 7)
    return [
        Bar(
            start,
            start + width,
            sum(p.negative for p in group),
            sum(p.neutral for p in group),
            sum(p.positive for p in group),
            sum(p.unsure for p in group),
        )
        for start, group in sorted(groups.items())
    ]


@st.cache_data(ttl=TTL, max_entries=32, show_spinner=False)
def mentions(path: Path, wanted: MentionFilter, limit: int, offset: int) -> list[MentionRow]:
    return [_cut(row) for row in readmodel.mentions(path, wanted, limit=limit, offset=offset)]


@st.cache_data(ttl=TTL, max_entries=64, show_spinner=False)
def count_mentions(path: Path, wanted: MentionFilter) -> int:
    return readmodel.count_mentions(path, wanted)


@st.cache_data(ttl=TTL, max_entries=64, show_spinner=False)
def count_stories(path: Path, wanted: MentionFilter) -> int:
    return readmodel.count_stories(path, wanted)


@st.cache_data(ttl=TTL, max_entries=64, show_spinner=False)
def stories(path: Path, ids: tuple[str, ...]) -> dict[str, StoryRow]:
    return readmodel.stories(path, ids)


@st.cache_data(ttl=TTL, max_entries=32, show_spinner=False)
def top_stories(path: Path, since: datetime, until: datetime, targets: tuple[str, ...]) -> list[MentionRow]:
    """One mention of each of the two most copied stories about the targets, of the first 200 mentions."""
    wanted = MentionFilter(since, until, targets=targets, newest_first=False)
    first: dict[str, MentionRow] = {}
    for row in readmodel.mentions(path, wanted, limit=_STORY_SAMPLE):
        first.setdefault(row.story, row)
    return [_cut(row) for row in sorted(first.values(), key=lambda row: -row.copies)[:2]]


@st.cache_data(ttl=TTL, max_entries=32, show_spinner=False)
def queue(path: Path, wanted: QueueFilter, limit: int, offset: int) -> Queue:
    return readmodel.queue(path, wanted, limit=limit, offset=offset)


@st.cache_data(ttl=TTL, max_entries=32, show_spinner=False)
def story_flag(path: Path, mention_id: str, said_at: datetime) -> list[Quoted]:
    return [_quoted(row) for row in readmodel.story_flag(path, mention_id, said_at)]


@st.cache_data(ttl=TTL, max_entries=32, show_spinner=False)
def story_cases(path: Path, story: str) -> list[StoryCase]:
    return readmodel.story_cases(path, story)


@st.cache_data(ttl=TTL, max_entries=16, show_spinner=False)
def statement_counts(path: Path, since: datetime, until: datetime) -> list[tuple[str, int, int]]:
    return readmodel.statement_counts(path, since, until)


@st.cache_data(ttl=TTL, max_entries=8, show_spinner=False)
def adjustment(path: Path) -> AdjustmentRow | None:
    return readmodel.adjustment(path)


@st.cache_data(ttl=TTL, max_entries=16, show_spinner=False)
def say_do(path: Path, since: datetime, until: datetime, bin: Literal["week", "month"]) -> list[SayDo]:
    return readmodel.say_do(path, since, until, bin=bin)


@st.cache_data(ttl=TTL, max_entries=16, show_spinner=False)
def statement_conflicts(path: Path, since: datetime, until: datetime) -> list[StatementConflicts]:
    return readmodel.statement_conflicts(path, since, until)


@st.cache_data(
    ttl=TTL,
    max_entries=8,
    show_spinner=False,
    hash_funcs={Config: lambda c: (c.identity.hash, c.settings.database, c.sources)},
)
def silent_targets(config: Config, now: datetime) -> list[tuple[str, datetime]]:
    from monitor.pipeline.quiet import silent_targets

    return silent_targets(config, now)


# The rules over many mentions are wired by the pipeline, which loads more than the other pages need: imported when
# first asked. What they return is bounded by it, so only the first of each are kept.


@st.cache_data(ttl=TTL, max_entries=8, show_spinner=False, hash_funcs={BrandIdentity: lambda i: i.hash})
def contradictions(path: Path, identity: BrandIdentity, since: datetime, until: datetime) -> Contradictions:
    from monitor.pipeline import statements

    return statements.contradictions(path, identity, since, until)


@st.cache_data(ttl=TTL, max_entries=8, show_spinner=False, hash_funcs={BrandIdentity: lambda i: i.hash})
def quotes(path: Path, identity: BrandIdentity, since: datetime, until: datetime) -> Quotes:
    from monitor.pipeline import statements

    return statements.quotes(path, identity, since, until)


@st.cache_data(ttl=TTL, max_entries=8, show_spinner=False, hash_funcs={BrandIdentity: lambda i: i.hash})
def gaps(path: Path, identity: BrandIdentity, since: datetime, until: datetime) -> Gaps:
    from monitor.pipeline import statements

    return statements.gaps(path, identity, since, until)


@st.cache_data(
    ttl=TTL,
    max_entries=8,
    show_spinner=False,
    hash_funcs={Config: lambda c: (c.identity.hash, c.settings.database, c.views)},
)
def views(config: Config) -> list[View]:
    """Of the brand file and saved, those that count."""
    return together(config.views, readmodel.saved_views(config.settings.database), config.identity)


@st.cache_data(
    ttl=TTL,
    max_entries=8,
    show_spinner=False,
    hash_funcs={Config: lambda c: (c.identity.hash, c.settings.database, c.views)},
)
def digest(config: Config, kind: Literal["day", "week"], end: date, lang: str, view: str = "") -> Digest:
    """The one whose last local day is ``end``; ``view`` is the name of one that narrows it."""
    from monitor.pipeline import digesting

    of = digesting.span(kind, end, config.settings.timezone)
    return digesting.digest(config, of, "nn" if lang == "nn" else "en" if lang == "en" else "nb", view)


def digest_pdf(made: Digest) -> bytes:
    from monitor.digest.printed import pdf

    return pdf(made)


def digest_html(made: Digest) -> bytes:
    from monitor.digest.page import html

    return html(made).encode()


@st.cache_data(ttl=TTL, max_entries=8, show_spinner=False)
def goal_readings(path: Path) -> list[Reading]:
    return readmodel.goal_readings(path)


# The brand file is no part of the key (goals change without its hash): a change of it shows within a minute.


@st.cache_data(ttl=TTL, max_entries=8, show_spinner=False)
def activities(_config: Config, path: Path) -> list[Activity]:
    from monitor.pipeline import goals

    return goals.activities(_config)


@st.cache_data(ttl=TTL, max_entries=8, show_spinner=False)
def goal_effects(_config: Config, path: Path, today: date) -> list[Effect]:
    from monitor.pipeline import goals

    return goals.effects(_config, datetime.now(UTC))


@st.cache_data(ttl=TTL, max_entries=16, show_spinner=False)
def share_of_voice(_config: Config, path: Path, since: datetime, until: datetime) -> ShareOfVoice:
    from monitor.pipeline import voices

    return voices.share_of_voice(_config, since, until)


@st.cache_data(ttl=TTL, max_entries=16, show_spinner=False)
def incidents(path: Path, since: datetime, until: datetime, limit: int) -> list[IncidentRow]:
    return readmodel.incidents(path, since, until, limit=limit)


@st.cache_data(ttl=TTL, max_entries=16, show_spinner=False)
def incident(path: Path, incident_id: str) -> KnownIncident | None:
    found = readmodel.find_incidents(path, incident_id[:64])
    return found[0] if len(found) == 1 else None


@st.cache_data(ttl=TTL, max_entries=8, show_spinner=False)
def incident_summary(path: Path, known: KnownIncident, now: datetime) -> IncidentSummary:
    return readmodel.summarise(path, known, now)  # its texts are cut where they are read


@st.cache_data(ttl=TTL, max_entries=8, show_spinner=False)
def incident_replay(path: Path, known: KnownIncident, now: datetime) -> Replay:
    return readmodel.incident_replay(path, known, now)


@st.cache_data(ttl=TTL, max_entries=16, show_spinner=False)
def incident_log(path: Path, incident_id: str) -> tuple[list[IncidentActionRow], list[IncidentMail]]:
    return readmodel.incident_actions(path, incident_id), readmodel.incident_mails(path, incident_id)


@st.cache_data(ttl=TTL, max_entries=8, show_spinner=False)
def source_health(path: Path, now: datetime) -> list[SourceHealth]:
    return readmodel.source_health(path, now)


@st.cache_data(ttl=TTL, max_entries=8, show_spinner=False)
def coverage(path: Path, since: datetime, until: datetime) -> list[NetworkCoverage]:
    return readmodel.coverage(path, since, until)


@st.cache_data(ttl=TTL, max_entries=8, show_spinner=False)
def source_days(path: Path, until: datetime, days: int) -> dict[str, list[int]]:
    return readmodel.source_days(path, until, days)


@st.cache_data(ttl=TTL, max_entries=4, show_spinner=False)
def unsent(path: Path, most: int) -> list[MessageRow]:
    """Messages that wait, are given up, or are on their way; oldest first, the newest ``most``."""
    return readmodel.messages(path, states=("waiting", "sending", "failed"), limit=most)


@st.cache_data(ttl=TTL, max_entries=16, show_spinner=False)
def source_episodes(path: Path, since: datetime, until: datetime) -> list[SourceEpisode]:
    return readmodel.source_episodes(path, since, until)


def _quoted(row: ConflictRow) -> Quoted:
    field: Literal["title", "text"] = row.field
    whole: str = getattr(row.mention, field)
    start = whole.find(row.quote) if row.quote else -1
    before = after = ""
    if start >= 0:
        end = start + len(row.quote)
        before = ("…" if start > AROUND else "") + whole[max(0, start - AROUND) : start]
        after = whole[end : end + AROUND] + ("…" if end + AROUND < len(whole) else "")
    quote = safe.plain(row.quote, safe.EXCERPT_LIMIT)
    return Quoted(replace(row, mention=_cut(row.mention), quote=quote), before, quote, after)


def _cut(row: MentionRow) -> MentionRow:
    return replace(
        row, title=safe.line(row.title), text=safe.plain(row.text), author=safe.line(row.author, 120)
    )
