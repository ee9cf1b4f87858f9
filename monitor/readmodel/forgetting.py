"""The log of what was forgotten, what is left of it, and how to find what is to be. Part of the readmodel room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from monitor import db
from monitor.db import Con, aware, naive
from monitor.readmodel.rows import VolumePoint


@dataclass(frozen=True, slots=True)
class ForgetLogRow:
    """``removed`` = rows by table; see the table forget_log."""

    number: int
    at: datetime  # UTC
    rule: str
    digest: str
    removed: Mapping[str, int]
    seal: str


def forget_log(path: Path) -> list[ForgetLogRow]:
    """All of it, oldest first."""
    with db.reading(path) as con:
        found = con.execute(
            "SELECT number, forgotten_at, rule, digest, removed, seal FROM forget_log ORDER BY number"
        ).fetchall()
    return [ForgetLogRow(row[0], aware(row[1]), row[2], row[3], dict(row[4]), row[5]) for row in found]


def clear_authors(path: Path, prefix: str) -> list[str]:
    """The authors that are stored in clear: those that do not begin with ``prefix``."""
    with db.reading(path) as con:
        found = con.execute(
            "SELECT DISTINCT author FROM mentions WHERE author <> '' AND NOT starts_with(author, ?)", [prefix]
        ).fetchall()
    return [row[0] for row in found]


def urls_with(path: Path, part: str) -> list[tuple[str, str]]:
    """(mention id, URL) of the mentions whose URL has this part, in whichever case."""
    with db.reading(path) as con:
        found = con.execute(
            "SELECT id, url FROM mentions WHERE contains(lower(url), lower(?)) ORDER BY id", [part]
        ).fetchall()
    return [(row[0], row[1]) for row in found]


def with_kept_counts(
    points: Sequence[VolumePoint],
    con: Con,
    since: datetime,
    until: datetime,
    bin: Literal["hour", "day", "week"],
    targets: Sequence[str],
) -> list[VolumePoint]:
    """``points`` and the counts retention left of the days of the period that lie whole in it; none of hours."""
    if bin == "hour":
        return list(points)
    kept = con.execute(
        """
        SELECT date_trunc($bin, day::TIMESTAMP) AS bin, target,
            coalesce(sum(mentions) FILTER (standing = 'negative'), 0)::BIGINT,
            coalesce(sum(mentions) FILTER (standing = 'neutral'), 0)::BIGINT,
            coalesce(sum(mentions) FILTER (standing = 'positive'), 0)::BIGINT,
            coalesce(sum(mentions) FILTER (standing IN ('unsure', 'unjudged')), 0)::BIGINT
        FROM kept_counts
        WHERE day::TIMESTAMP >= $since AND day::TIMESTAMP + INTERVAL 1 DAY <= $until
        AND (len($targets::VARCHAR[]) = 0 OR list_contains($targets::VARCHAR[], target))
        GROUP BY ALL""",
        {"bin": bin, "since": naive(since), "until": naive(until), "targets": list(targets)},
    ).fetchall()
    if not kept:
        return list(points)
    sums = {(point.at, point.target): point for point in points}
    for at, target, *counts in kept:
        old = sums.get((aware(at), target), VolumePoint(aware(at), target, 0, 0, 0, 0))
        added = (old.negative + counts[0], old.neutral + counts[1], old.positive + counts[2])
        sums[old.at, target] = VolumePoint(old.at, target, *added, old.unsure + counts[3])
    return [sums[key] for key in sorted(sums)]
