"""Typed, bounded SELECTs over the views: everything the dashboard, the status command and alerts read.

Every function opens the database only for the moment of reading (see ``db``). ``since`` is inclusive and
``until`` exclusive, both UTC. Shares carry a 95 % Wilson interval; no data is None, never zero. A missing or
empty database gives empty lists, zeros and None.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from monitor import db
from monitor.db import aware, naive, utc
from monitor.readmodel.cases import case, case_counts, case_log, cases, counts_of, renewable
from monitor.readmodel.corrections import PREFIX, correction_history, corrections, find_mentions
from monitor.readmodel.counting import Places
from monitor.readmodel.export import export_mentions
from monitor.readmodel.figures import ORDER, standings, statement_counts, volume
from monitor.readmodel.forgetting import ForgetLogRow, clear_authors, forget_log, urls_with
from monitor.readmodel.health import source_attempts, source_episodes, source_health
from monitor.readmodel.learning import adjustment, decided_cases, undecided_cases
from monitor.readmodel.mentionrows import conflicts, count_mentions, count_stories, mention, mentions
from monitor.readmodel.persons import Row as PersonRow
from monitor.readmodel.persons import about_person, acts_of_person, by_person
from monitor.readmodel.rows import (
    AdjustmentRow,
    Case,
    CaseLogRow,
    ConflictRow,
    CorrectionRow,
    Decision,
    Found,
    HeldCorrection,
    HourCount,
    IncidentRow,
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
    StatementConflicts,
    StoreStatus,
    StoryCopy,
    StoryRow,
    TargetVerdict,
    VolumePoint,
)
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
from monitor.types import CASE_STATES, STANDING_CASES

__all__ = [
    "MOST_UTTERANCES",
    "PREFIX",
    "AdjustmentRow",
    "Case",
    "CaseLogRow",
    "ConflictRow",
    "CorrectionRow",
    "Decision",
    "ForgetLogRow",
    "Found",
    "HeldCorrection",
    "HourCount",
    "IncidentRow",
    "LearningCase",
    "ListedCase",
    "MentionFilter",
    "MentionRow",
    "ModelVerdict",
    "PersonRow",
    "Places",
    "Renewable",
    "Said",
    "SayDo",
    "Share",
    "SourceHealth",
    "Standing",
    "StatementConflicts",
    "StoreStatus",
    "StoryCopy",
    "StoryRow",
    "TargetVerdict",
    "VolumePoint",
    "about_person",
    "acts_of_person",
    "adjustment",
    "by_person",
    "case",
    "case_counts",
    "case_log",
    "cases",
    "clear_authors",
    "conflicts",
    "correction_history",
    "corrections",
    "count_mentions",
    "count_stories",
    "decided_cases",
    "export_mentions",
    "find_mentions",
    "flagged_count",
    "forget_log",
    "hour_counts",
    "incidents",
    "mention",
    "mentions",
    "own_channels",
    "renewable",
    "say_do",
    "source_attempts",
    "source_episodes",
    "source_health",
    "standings",
    "statement_conflicts",
    "statement_counts",
    "status",
    "stories",
    "uncovered",
    "undecided_cases",
    "urls_with",
    "utterances",
    "volume",
]


def incidents(path: Path, since: datetime, until: datetime, *, limit: int = 50) -> list[IncidentRow]:
    """Incidents that were open at some time of the period, newest first."""
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT id, target, also, started_at, detected_at, ended_at, peak_at, peak_count, observed, expected, score,
                (SELECT count(*) FROM messages AS m WHERE m.incident = i.id AND m.state = 'sent') AS mails
            FROM incidents AS i
            WHERE started_at < ? AND (ended_at IS NULL OR ended_at >= ?)
            ORDER BY started_at DESC, id LIMIT ?""",
            [naive(until), naive(since), limit],
        ).fetchall()
    return [
        IncidentRow(
            r[0],
            r[1],
            tuple(r[2]),
            aware(r[3]),
            aware(r[4]),
            utc(r[5]),
            aware(r[6]),
            r[7],
            r[8],
            r[9],
            r[10],
            r[11],
        )
        for r in found
    ]


def status(path: Path) -> StoreStatus:
    """The whole store in numbers. What is due counts the newest content and the identity in force."""
    with db.reading(path) as con:
        row = con.execute("SELECT * FROM v_status").fetchone()
        assert row is not None
        per_target = con.execute(
            "SELECT target, arg_max(kind, said_at) AS kind, count(*) FROM v_standing GROUP BY target"
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
