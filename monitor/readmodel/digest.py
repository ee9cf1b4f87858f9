"""What a digest needs beyond the pages' figures: what moved a target, where it was said, what people decided.

Part of the readmodel room. The period before is the one of equal length just before ``since``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor import db
from monitor.db import aware, naive
from monitor.types import CaseAction, Label

MOST_STORIES = 20_000  # of one target in one period; the heaviest are read


@dataclass(frozen=True, slots=True)
class StoryWeight:
    """A judged story toward one target. ``mention_id`` is its first copy in the period, ``source`` that copy's."""

    target: str
    story: str
    mention_id: str
    source: str
    label: Label
    copies: int
    weight: float


@dataclass(frozen=True, slots=True)
class Headline:
    """Raw: whoever shows it makes it safe."""

    title: str
    text: str
    url: str
    source: str
    at: datetime  # UTC


@dataclass(frozen=True, slots=True)
class NetworkCount:
    """Mentions about us of one source type. ``before`` None = nothing was collected at all then."""

    source_type: str
    mentions: int
    before: int | None


def story_weights(
    path: Path, since: datetime, until: datetime, targets: Sequence[str], *, limit: int = MOST_STORIES
) -> list[StoryWeight]:
    """The judged stories of the period toward ``targets``, the heaviest first. A story is what most of its copies are;
    in a tie the less favourable."""
    with db.reading(path) as con:
        found = con.execute(
            """
            WITH s AS (
                SELECT target, story, arg_min(mention_id, (said_at, mention_id)) AS first,
                    arg_min(source, (said_at, mention_id)) AS source, count(*) AS copies,
                    count_if(standing = 'negative') AS negative, count_if(standing = 'neutral') AS neutral,
                    count_if(standing = 'positive') AS positive, 1 + 0.25 * log10(count(*)) AS weight
                FROM v_standing
                WHERE said_at >= ? AND said_at < ? AND list_contains(?::VARCHAR[], target)
                GROUP BY target, story)
            SELECT target, story, first, source,
                CASE WHEN negative >= neutral AND negative >= positive THEN 'negative'
                     WHEN neutral >= positive THEN 'neutral' ELSE 'positive' END, copies, weight
            FROM s WHERE negative + neutral + positive > 0 ORDER BY weight DESC, target, story LIMIT ?""",
            [naive(since), naive(until), list(targets), limit],
        ).fetchall()
    return [StoryWeight(*row) for row in found]


def headlines(path: Path, ids: Sequence[str]) -> dict[str, Headline]:
    """Of the mentions with these ids, by id."""
    if not ids:
        return {}
    with db.reading(path) as con:
        found = con.execute(
            "SELECT id, title, text[:2000], url, source, said_at FROM mentions "
            "WHERE id IN (SELECT unnest(?::VARCHAR[]))",
            [sorted(set(ids))],
        ).fetchall()
    return {row[0]: Headline(row[1], row[2], row[3], row[4], aware(row[5])) for row in found}


def network_counts(path: Path, since: datetime, until: datetime) -> list[NetworkCount]:
    """Where it was said, most first; a network that brought something only in the period before has 0."""
    before = since - (until - since)
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT source_type, count(DISTINCT mention_id) FILTER (said_at >= $since),
                count(DISTINCT mention_id) FILTER (said_at < $since)
            FROM v_standing WHERE said_at >= $before AND said_at < $until
            GROUP BY source_type ORDER BY 2 DESC, 3 DESC, 1""",
            {"since": naive(since), "before": naive(before), "until": naive(until)},
        ).fetchall()
        row = con.execute(
            "SELECT count(*) FROM mentions WHERE said_at >= ? AND said_at < ?", [naive(before), naive(since)]
        ).fetchone()
    collected = bool(row and row[0])
    return [NetworkCount(name, now, earlier if collected else None) for name, now, earlier in found]


def decisions(path: Path, since: datetime, until: datetime) -> dict[CaseAction, int]:
    """How many flags people did each of these things with in the period, by when they did it."""
    with db.reading(path) as con:
        found = con.execute(
            "SELECT action, count(DISTINCT mention_id) FROM case_log WHERE acted_at >= ? AND acted_at < ? "
            "GROUP BY action",
            [naive(since), naive(until)],
        ).fetchall()
    return dict(found)


def collected_hours(path: Path, since: datetime, until: datetime) -> set[datetime]:
    """The hours (UTC) of the period in which anything at all was said that we collected, about us or not."""
    with db.reading(path) as con:
        found = con.execute(
            "SELECT DISTINCT date_trunc('hour', said_at) FROM mentions WHERE said_at >= ? AND said_at < ?",
            [naive(since), naive(until)],
        ).fetchall()
    return {aware(row[0]) for row in found}
