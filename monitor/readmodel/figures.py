"""How each target stands, over time and against each statement: a story counts once. Part of the readmodel room.

What a story says toward a target is what most of its copies in the period do; in a tie the less favourable, and what a
person corrected stands before what models say. Copies that are unsure or not judged decide only where all are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from monitor import db
from monitor.db import aware, naive
from monitor.readmodel.forgetting import with_kept_counts
from monitor.readmodel.rows import Share, Standing, VolumePoint, share, weighted_share

Places = Literal["others", "own", "all"]
ORDER = {"brand": 0, "leader": 1, "product": 2}
_OWN_SOURCES = "(SELECT source FROM source_weights WHERE own_place)"
_OF = {"others": f"AND source NOT IN {_OWN_SOURCES}", "own": f"AND source IN {_OWN_SOURCES}", "all": ""}


def _stories(places: Places, weighted: bool, *, apart: str = "true", where: str = "true") -> str:
    """One row per (story, target) with a copy in [$since, $until), by what ``apart`` tells apart."""
    source, weight = (
        ("v_weighted", "max(weight) * copies_factor(count(*))") if weighted else ("v_standing", "0.0")
    )
    return f"""
        copies AS (
            SELECT {apart} AS apart, story, target, any_value(kind) AS kind, count(*) AS copies,
                min(said_at) AS first_at,
                count_if(standing = 'negative') AS negative, count_if(standing = 'neutral') AS neutral,
                count_if(standing = 'positive') AS positive, count_if(standing = 'unsure') AS unsure,
                arg_max(standing, said_at) FILTER (status = 'corrected') AS person,
                {weight} AS weight
            FROM {source} WHERE said_at >= $since AND said_at < $until AND {where} {_OF[places]}
            GROUP BY apart, story, target
        ), story AS (
            SELECT apart, story, target, kind, copies, first_at, weight,
                CASE WHEN person IS NOT NULL THEN person
                     WHEN negative + neutral + positive = 0 THEN CASE WHEN unsure > 0 THEN 'unsure' ELSE 'unjudged' END
                     WHEN negative >= neutral AND negative >= positive THEN 'negative'
                     WHEN neutral >= positive THEN 'neutral' ELSE 'positive' END AS standing,
                standing IN ('negative', 'neutral', 'positive') AS judged
            FROM copies
        )"""


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
    before = start - (end - start)
    with db.reading(path) as con:
        found = con.execute(
            f"""
            WITH {_stories(places, weighted, apart="said_at >= $start")}
            SELECT apart, target, any_value(kind), sum(copies)::BIGINT, count(*), count_if(standing = 'negative'),
                count_if(standing = 'neutral'), count_if(standing = 'positive'), count_if(standing = 'unsure'),
                count_if(standing = 'unjudged'), sum(weight), coalesce(sum(weight) FILTER (standing = 'negative'), 0),
                coalesce(sum(weight) FILTER (standing = 'positive'), 0), coalesce(sum(weight) FILTER (judged), 0),
                coalesce(sum(weight * weight) FILTER (judged), 0)
            FROM story GROUP BY apart, target""",
            {"start": start, "since": before if with_previous else start, "until": end},
        ).fetchall()
        collected = with_previous and con.execute(
            "SELECT count(*) > 0 FROM mentions WHERE said_at >= ? AND said_at < ?", [before, start]
        ).fetchone() == (True,)
    earlier = {row[1]: _standing(row[1:], weighted) for row in found if not row[0]}
    rows = []
    for row in found:
        if row[0]:
            nothing = _standing((row[1], row[2], *[0] * 12), weighted)
            previous = earlier.get(row[1], nothing) if collected else None
            rows.append(_standing(row[1:], weighted, previous))
    return sorted(rows, key=lambda s: (ORDER.get(s.kind, 9), -s.mentions, s.target))


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
    count = "sum(CASE WHEN {} THEN weight ELSE 0 END)" if weighted else "count_if({})"
    columns = ", ".join(
        count.format(f"standing {test}")
        for test in ("= 'negative'", "= 'neutral'", "= 'positive'", "IN ('unsure', 'unjudged')")
    )
    values: dict[str, Any] = {"since": naive(since), "until": naive(until), "bin": bin}
    about = "true"
    if targets:
        about, values["targets"] = "list_contains($targets::VARCHAR[], target)", list(targets)
    with db.reading(path) as con:
        found = con.execute(
            f"""
            WITH {_stories(places, weighted, where=about)}
            SELECT date_trunc($bin, first_at) AS bin, target, {columns} FROM story
            GROUP BY ALL ORDER BY bin, target""",
            values,
        ).fetchall()
        points = [VolumePoint(aware(row[0]), *row[1:]) for row in found]
        return with_kept_counts(points, con, values, about=f"{about} {_OF[places]}", weighted=weighted)


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
