"""How each target stands, over time and against each statement: a story counts once. Part of the readmodel room.

What a story says toward a target is what most of its copies in the period do; in a tie the less favourable, and what a
person corrected stands before what models say. Copies that are unsure or not judged decide only where all are. How a
period is counted without reading its mentions is told in ``counting``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from monitor import db
from monitor.db import Con, aware, naive
from monitor.readmodel.counting import OF_PLACES, Places, count_stories_between
from monitor.readmodel.forgetting import with_kept_counts
from monitor.readmodel.rows import Share, Standing, VolumePoint, share, weighted_share
from monitor.types import Label

ORDER = {"brand": 0, "leader": 1, "product": 2}


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


def standings(
    path: Path,
    since: datetime,
    until: datetime,
    *,
    with_previous: bool = True,
    weighted: bool = False,
    places: Places = "others",
) -> list[Standing]:
    """One row per target with a mention in the period; the brand first, then leaders, then products, by volume.

    ``weighted`` concerns the shares: counts are of stories either way. ``places``: without what was said in meeting
    places of ours (others), only that (own), or both.
    """
    start, end = naive(since), naive(until)
    assert start is not None and end is not None
    before = start - (end - start) if with_previous else start
    with db.reading(path) as con:
        earlier = {}
        if with_previous:
            earlier = {row[0]: _standing(row, weighted) for row in _counted(con, before, start, places)}
        found = _counted(con, start, end, places)
        collected = with_previous and con.execute(
            "SELECT EXISTS (FROM mentions WHERE said_at >= ? AND said_at < ?)", [before, start]
        ).fetchone() == (True,)
    rows = []
    for row in found:
        nothing = _standing((row[0], row[1], *[0] * 12), weighted)
        previous = earlier.get(row[0], nothing) if collected else None
        rows.append(_standing(row, weighted, previous))
    return sorted(rows, key=lambda s: (ORDER.get(s.kind, 9), -s.mentions, s.target))


def _counted(con: Con, start: datetime, end: datetime, places: Places) -> list[tuple[Any, ...]]:
    """One row per target with a mention in [start, end), as ``_standing`` reads it."""
    count_stories_between(con, start, end, places)
    of = {label: f"FILTER (standing = '{label}')" for label in ("negative", "neutral", "positive", "unsure")}
    return con.execute(f"""
        SELECT target, any_value(kind), sum(mentions)::BIGINT, sum(stories)::BIGINT,
            coalesce(sum(stories) {of["negative"]}, 0)::BIGINT, coalesce(sum(stories) {of["neutral"]}, 0)::BIGINT,
            coalesce(sum(stories) {of["positive"]}, 0)::BIGINT, coalesce(sum(stories) {of["unsure"]}, 0)::BIGINT,
            coalesce(sum(stories) FILTER (standing = 'unjudged'), 0)::BIGINT, sum(weight),
            coalesce(sum(weight) {of["negative"]}, 0), coalesce(sum(weight) {of["positive"]}, 0),
            coalesce(sum(weight) FILTER (standing NOT IN ('unsure', 'unjudged')), 0),
            coalesce(sum(squares) FILTER (standing NOT IN ('unsure', 'unjudged')), 0)
        FROM counted GROUP BY target""").fetchall()


def _standing(row: Sequence[Any], weighted: bool, previous: Standing | None = None) -> Standing:
    target, kind, mentions, stories, negative, neutral, positive, unsure, unjudged, weight, *sums = row
    of_negative, of_positive, of_judged, squares = sums
    judged = negative + neutral + positive

    def part(count: int, sum_: float) -> Share:
        return weighted_share(count, judged, sum_, of_judged, squares) if weighted else share(count, judged)

    return Standing(
        target, kind, mentions, stories, negative, neutral, positive, unsure, unjudged,
        part(negative, of_negative), part(positive, of_positive), previous, weight if weighted else None,
    )  # fmt: skip


def volume(
    path: Path,
    since: datetime,
    until: datetime,
    *,
    bin: Literal["hour", "day", "week"] = "day",
    targets: Sequence[str] = (),
    weighted: bool = False,
    places: Places = "others",
) -> list[VolumePoint]:
    """Stories per bin (UTC; weeks begin on Monday) and target, by time; bins without a story are left out.

    A story counts in the bin of its first copy in the period; ``weighted``: with its weight. What retention removed is
    counted in days and weeks, where the whole day lies in the period; not in hours.
    """
    number = "weight" if weighted else "stories"
    columns = ", ".join(
        f"coalesce(sum({number}) FILTER (standing {test}), 0){'' if weighted else '::BIGINT'}"
        for test in ("= 'negative'", "= 'neutral'", "= 'positive'", "IN ('unsure', 'unjudged')")
    )
    start, end = naive(since), naive(until)
    assert start is not None and end is not None
    values: dict[str, Any] = {"since": start, "until": end, "bin": bin}
    about = "true"
    if targets:
        about, values["targets"] = "list_contains($targets::VARCHAR[], target)", list(targets)
    with db.reading(path) as con:
        count_stories_between(con, start, end, places, targets)
        found = con.execute(
            f"SELECT date_trunc(?, hour) AS bin, target, {columns} FROM counted GROUP BY ALL ORDER BY bin, target",
            [bin],
        ).fetchall()
        points = [VolumePoint(aware(row[0]), *row[1:]) for row in found]
        return with_kept_counts(points, con, values, about=f"{about} {OF_PLACES[places]}", weighted=weighted)


def story_weights(
    path: Path,
    since: datetime,
    until: datetime,
    targets: Sequence[str],
    *,
    places: Places = "others",
    limit: int = 20_000,
) -> list[StoryWeight]:
    """The judged stories of the period toward ``targets``, the heaviest first."""
    with db.reading(path) as con:
        found = con.execute(
            f"""
            WITH copies AS (
                SELECT target, story, arg_min(mention_id, (said_at, mention_id)) AS mention_id,
                    arg_min(source, (said_at, mention_id)) AS source, count(*) AS copies,
                    count_if(standing = 'negative') AS negative, count_if(standing = 'neutral') AS neutral,
                    count_if(standing = 'positive') AS positive,
                    arg_max(standing, (said_at, mention_id)) FILTER (status = 'corrected') AS person,
                    max(weight) * copies_factor(count(*)) AS weight
                FROM v_weighted WHERE said_at >= $since AND said_at < $until
                    AND list_contains($targets::VARCHAR[], target) {OF_PLACES[places]}
                GROUP BY story, target)
            SELECT target, story, mention_id, source, CASE WHEN person IS NOT NULL THEN person
                    WHEN negative >= neutral AND negative >= positive THEN 'negative'
                    WHEN neutral >= positive THEN 'neutral' ELSE 'positive' END, copies, weight
            FROM copies WHERE person IS NOT NULL OR negative + neutral + positive > 0
            ORDER BY weight DESC, target, story LIMIT $limit""",
            {"since": naive(since), "until": naive(until), "targets": list(targets), "limit": limit},
        ).fetchall()
    return [StoryWeight(*row) for row in found]


def statement_counts(path: Path, since: datetime, until: datetime) -> list[tuple[str, int, int]]:
    """(statement id, stories flagged minor on it, stories flagged major on it), most first; without those that
    people dismissed or that were put aside. A story of which one copy is major on it is major."""
    with db.reading(path) as con:
        found = con.execute(
            """
            WITH story AS (
                SELECT c.statement, k.story, bool_or(c.severity = 'major') AS major
                FROM v_conflicts AS c JOIN v_cases AS k ON k.said_at = c.said_at AND k.mention_id = c.mention_id
                WHERE k.level <> 'none' AND c.said_at >= ? AND c.said_at < ?
                GROUP BY c.statement, k.story)
            SELECT statement, count_if(NOT major) AS minors, count_if(major) AS majors FROM story
            GROUP BY statement ORDER BY minors + majors DESC, majors DESC, statement""",
            [naive(since), naive(until)],
        ).fetchall()
    return [(row[0], row[1], row[2]) for row in found]
