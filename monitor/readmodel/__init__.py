"""Typed, bounded SELECTs over the views: everything the dashboard, the status command and alerts read.

Every function opens the database only for the moment of reading (see ``db``). ``since`` is inclusive and
``until`` exclusive, both UTC. Shares carry a 95 % Wilson interval; no data is None, never zero. A missing or
empty database gives empty lists, zeros and None.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from monitor import db
from monitor.db import aware, naive, stay_open, utc
from monitor.readmodel.audience import (
    FEWEST,
    FOLLOWERS,
    VOICE_KINDS,
    Audience,
    Group,
    Overlap,
    Replies,
    audience,
)
from monitor.readmodel.behind import LIKELY, STANCES, Behind, conflicts_of, count_behind, mentions_behind
from monitor.readmodel.behind import Stance as StanceKind
from monitor.readmodel.cases import case, case_counts, case_log, cases, counts_of, renewable
from monitor.readmodel.changes import count_change, share_change, share_difference
from monitor.readmodel.corrections import PREFIX, correction_history, corrections, find_mentions
from monitor.readmodel.counting import Places
from monitor.readmodel.coverage import NetworkCoverage, coverage, source_days
from monitor.readmodel.details import (
    Flagged,
    GivenVerdict,
    InIncident,
    MentionDetails,
    Named,
    details,
)
from monitor.readmodel.digest import (
    Headline,
    NetworkCount,
    answers,
    collected_hours,
    decisions,
    headlines,
    known_messages,
    network_counts,
)
from monitor.readmodel.export import Chosen, export_mentions
from monitor.readmodel.facets import FACETS, LONGEST_KINDS, Facet, FacetCounts, facets
from monitor.readmodel.figures import (
    ORDER,
    StoryWeight,
    standings,
    statement_counts,
    story_weights,
    volume,
)
from monitor.readmodel.folded import FoldedStory, folded_stories, story_span
from monitor.readmodel.forgetting import ForgetLogRow, clear_authors, forget_log, urls_with
from monitor.readmodel.gist import incident_size, incident_summary, summarise
from monitor.readmodel.goals import (
    HourPart,
    VoiceCount,
    Waited,
    first_said,
    flags_waiting,
    goal_readings,
    in_line_shares,
    incidents_waiting,
    replay_shift,
    story_shares,
    voice_counts,
)
from monitor.readmodel.health import source_attempts, source_episodes, source_health
from monitor.readmodel.incidents import find_incidents, incident_actions, incident_mails, incidents
from monitor.readmodel.leaders import LeaderView, Network, OwnPosts, Week, leader
from monitor.readmodel.learning import adjustment, decided_cases, undecided_cases
from monitor.readmodel.mentionrows import conflicts, count_mentions, count_stories, mention, mentions
from monitor.readmodel.messages import MessageRow, alerts_since, messages
from monitor.readmodel.narrowed import Narrowed
from monitor.readmodel.news import (
    GoalMove,
    Look,
    NewDecision,
    NewFlag,
    NewIncident,
    News,
    NewStory,
    TargetNews,
    Waiting,
    count_relevant,
    last_look,
    news,
    waiting,
)
from monitor.readmodel.persons import Row as PersonRow
from monitor.readmodel.persons import about_person, acts_of_person, by_person
from monitor.readmodel.queue import (
    QUEUE_STATES,
    Queue,
    QueuedCopy,
    QueuedStory,
    QueueFilter,
    QueueState,
    StoryCase,
    queue,
    story_cases,
    story_flag,
)
from monitor.readmodel.replay import Replay, ReplayStep, ReplayStory, incident_replay
from monitor.readmodel.rows import (
    STANDING_LABELS,
    AdjustmentRow,
    Case,
    CaseLogRow,
    ConflictRow,
    CorrectionRow,
    Decision,
    Found,
    HeldCorrection,
    HourCount,
    IncidentActionRow,
    IncidentMail,
    IncidentRow,
    IncidentSize,
    LearningCase,
    ListedCase,
    MentionFilter,
    MentionRow,
    ModelVerdict,
    Renewable,
    Said,
    SayDo,
    Share,
    SourceHealth,
    Standing,
    StandingLabel,
    StatementConflicts,
    StoreStatus,
    StoryCopy,
    StoryRow,
    TargetVerdict,
    VoiceKind,
    VolumePoint,
)
from monitor.readmodel.series import SeriesCount, series_counts
from monitor.readmodel.stances import Evidence, Expected, Stance, stances
from monitor.readmodel.statements import MOST as MOST_UTTERANCES
from monitor.readmodel.statements import (
    flagged_count,
    own_channels,
    say_do,
    statement_conflicts,
    uncovered,
    utterances,
)
from monitor.readmodel.stories import stories
from monitor.readmodel.views import ViewChange, saved_views, view_changes
from monitor.types import CASE_STATES, STANDING_CASES

__all__ = [
    "FACETS",
    "FEWEST",
    "FOLLOWERS",
    "LIKELY",
    "LONGEST_KINDS",
    "MOST_UTTERANCES",
    "PREFIX",
    "QUEUE_STATES",
    "STANCES",
    "STANDING_LABELS",
    "VOICE_KINDS",
    "AdjustmentRow",
    "Audience",
    "Behind",
    "Case",
    "CaseLogRow",
    "Chosen",
    "ConflictRow",
    "CorrectionRow",
    "Decision",
    "Evidence",
    "Expected",
    "Facet",
    "FacetCounts",
    "Flagged",
    "FoldedStory",
    "ForgetLogRow",
    "Found",
    "GivenVerdict",
    "GoalMove",
    "Group",
    "Headline",
    "HeldCorrection",
    "HourCount",
    "HourPart",
    "InIncident",
    "IncidentActionRow",
    "IncidentMail",
    "IncidentRow",
    "IncidentSize",
    "LeaderView",
    "LearningCase",
    "ListedCase",
    "Look",
    "MentionDetails",
    "MentionFilter",
    "MentionRow",
    "MessageRow",
    "ModelVerdict",
    "Named",
    "Narrowed",
    "Network",
    "NetworkCount",
    "NetworkCoverage",
    "NewDecision",
    "NewFlag",
    "NewIncident",
    "NewStory",
    "News",
    "Overlap",
    "OwnPosts",
    "PersonRow",
    "Places",
    "Queue",
    "QueueFilter",
    "QueueState",
    "QueuedCopy",
    "QueuedStory",
    "Renewable",
    "Replay",
    "ReplayStep",
    "ReplayStory",
    "Replies",
    "Said",
    "SayDo",
    "SeriesCount",
    "Share",
    "SourceHealth",
    "Stance",
    "StanceKind",
    "Standing",
    "StandingLabel",
    "StatementConflicts",
    "StoreStatus",
    "StoryCase",
    "StoryCopy",
    "StoryRow",
    "StoryWeight",
    "TargetNews",
    "TargetVerdict",
    "ViewChange",
    "VoiceCount",
    "VoiceKind",
    "VolumePoint",
    "Waited",
    "Waiting",
    "Week",
    "about_person",
    "acts_of_person",
    "adjustment",
    "alerts_since",
    "answers",
    "audience",
    "by_person",
    "case",
    "case_counts",
    "case_log",
    "cases",
    "clear_authors",
    "collected_hours",
    "conflicts",
    "conflicts_of",
    "correction_history",
    "corrections",
    "count_behind",
    "count_change",
    "count_mentions",
    "count_relevant",
    "count_stories",
    "coverage",
    "decided_cases",
    "decisions",
    "details",
    "export_mentions",
    "facets",
    "find_incidents",
    "find_mentions",
    "first_said",
    "flagged_count",
    "flags_waiting",
    "folded_stories",
    "forget_log",
    "goal_readings",
    "headlines",
    "hour_counts",
    "in_line_shares",
    "incident_actions",
    "incident_mails",
    "incident_replay",
    "incident_size",
    "incident_summary",
    "incidents",
    "incidents_waiting",
    "known_messages",
    "last_look",
    "leader",
    "mention",
    "mentions",
    "mentions_behind",
    "messages",
    "network_counts",
    "news",
    "own_channels",
    "queue",
    "renewable",
    "replay_shift",
    "saved_views",
    "say_do",
    "series_counts",
    "share_change",
    "share_difference",
    "source_attempts",
    "source_days",
    "source_episodes",
    "source_health",
    "stances",
    "standings",
    "statement_conflicts",
    "statement_counts",
    "status",
    "stay_open",
    "stories",
    "story_cases",
    "story_flag",
    "story_shares",
    "story_span",
    "story_weights",
    "summarise",
    "uncovered",
    "undecided_cases",
    "urls_with",
    "utterances",
    "view_changes",
    "voice_counts",
    "volume",
    "waiting",
]


def status(path: Path) -> StoreStatus:
    """The whole store in numbers. What is due counts the newest content and the identity in force."""
    with db.reading(path) as con:
        row = con.execute("SELECT * FROM v_status").fetchone()
        assert row is not None
        per_target = con.execute(
            "SELECT target, arg_max(kind, hour) AS kind, sum(mentions)::BIGINT FROM story_counts "
            "WHERE NOT ends_with(place, '_part') GROUP BY target"
        ).fetchall()
        by_state = counts_of(con)
    ordered = sorted(per_target, key=lambda t: (ORDER.get(t[1], 9), -t[2], t[0]))
    first, last, collected = (utc(time) for time in row[13:16])
    n = [int(number or 0) for number in row[:13]]
    n[4] = sum(by_state.get(state, 0) for state in STANDING_CASES)
    return StoreStatus(
        n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10], n[11], n[12], first, last, collected,
        tuple((target, kind, count) for target, kind, count in ordered), int(row[16] or 0), int(row[17] or 0),
        tuple((state, by_state.get(state, 0)) for state in CASE_STATES),
    )  # fmt: skip


def hour_counts(path: Path, since: datetime, until: datetime) -> list[HourCount]:
    """Stories per (hour, target), leaders and brand; products are rolled up to the brand.

    A story counts once, in the hour of its first copy (negative: of its first negative copy), however often it is
    copied afterwards: a wire story in forty papers is one thing that happened.

    The brand's name is the setting ``brand``, else the last brand target seen; without either a product stands
    for itself.
    """
    with db.reading(path) as con:
        found = con.execute(
            """
            WITH brand AS (
                SELECT coalesce((SELECT value FROM settings WHERE name = 'brand'),
                    (SELECT arg_max(target, said_at) FROM mention_targets WHERE kind = 'brand')) AS name
            ), rolled AS (
                SELECT date_trunc('hour', said_at) AS hour, story,
                    CASE kind WHEN 'product' THEN coalesce(brand.name, target) ELSE target END AS of,
                    standing = 'negative' AS negative
                FROM v_standing, brand WHERE said_at >= ? AND said_at < ? AND fresh
            ), first AS (
                SELECT story, of, min(hour) AS hour, min(hour) FILTER (negative) AS negative_hour
                FROM rolled GROUP BY story, of
            )
            SELECT hour, of, sum(negative)::INTEGER, sum(total)::INTEGER FROM (
                SELECT hour, of, 0 AS negative, 1 AS total FROM first
                UNION ALL SELECT negative_hour, of, 1, 0 FROM first WHERE negative_hour IS NOT NULL
            ) GROUP BY hour, of ORDER BY hour, of""",
            [naive(since), naive(until)],
        ).fetchall()
    return [HourCount(aware(row[0]), row[1], row[2], row[3]) for row in found]
