"""The log of what was forgotten, what is left of it, and how to find what is to be. Part of the readmodel room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor import db
from monitor.db import Con, aware
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
    values: Mapping[str, Any],
    *,
    about: str,
    weighted: bool,
) -> list[VolumePoint]:
    """``points`` and the stories retention left counts of, on the days of the period that lie whole in it; none of
    hours. What is left counts a story once a day and source.

    ``values``: since, until and bin, and what the condition ``about`` names.
    """
    if values["bin"] == "hour":
        return list(points)
    weight = "coalesce(w.weight, d.weight, 1)" if weighted else "1"
    sums = ", ".join(
        f"coalesce(sum(k.stories * {weight}) FILTER (k.standing {test}), 0){'' if weighted else '::BIGINT'}"
        for test in ("= 'negative'", "= 'neutral'", "= 'positive'", "IN ('unsure', 'unjudged')")
    )
    kept = con.execute(
        f"""
        SELECT date_trunc($bin, day::TIMESTAMP) AS bin, target, {sums}
        FROM kept_counts AS k
        LEFT JOIN source_weights AS w USING (source) LEFT JOIN type_weights AS d USING (source_type)
        WHERE day::TIMESTAMP >= $since AND day::TIMESTAMP + INTERVAL 1 DAY <= $until AND {about}
        GROUP BY ALL""",
        dict(values),
    ).fetchall()
    if not kept:
        return list(points)
    found = {(point.at, point.target): point for point in points}
    for at, target, *counts in kept:
        old = found.get((aware(at), target), VolumePoint(aware(at), target, 0, 0, 0, 0))
        added = (old.negative + counts[0], old.neutral + counts[1], old.positive + counts[2])
        found[old.at, target] = VolumePoint(old.at, target, *added, old.unsure + counts[3])
    return [found[key] for key in sorted(found)]
