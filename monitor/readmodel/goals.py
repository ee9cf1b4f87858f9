"""What goals are measured from, and what they came to. Part of the readmodel room.

Everything counts what others said: our own texts measure what we say, not how it is taken. Shares come as sums an hour,
so that whoever reads them can cut days in the brand's own time zone; they are bounded by the hours of the period.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from monitor import db
from monitor.db import aware, naive
from monitor.types import Measure, Reading

MOST_READINGS = 5_000
MOST_WAITS = 50_000


@dataclass(frozen=True, slots=True)
class HourPart:
    """Of ``n`` stories first told in the hour that begins ``at``, ``part`` are what is counted (a fraction where
    probabilities are summed)."""

    at: datetime
    n: int
    part: float


@dataclass(frozen=True, slots=True)
class Waited:
    """Something that waits for a person since ``begun``; ``ended`` None = nobody has acted. ``waiting`` = it waits now,
    also where somebody acted and it was opened again."""

    begun: datetime
    ended: datetime | None
    waiting: bool


@dataclass(frozen=True, slots=True)
class VoiceCount:
    """``texts`` different texts, first seen in the hour ``at``, that name us (``ours``) and exactly these competitors."""

    at: datetime
    ours: bool
    names: tuple[str, ...]
    texts: int


def goal_readings(
    path: Path, since: datetime | None = None, until: datetime | None = None, *, goals: Sequence[str] = ()
) -> list[Reading]:
    """The newest reading of each goal and period that overlaps [since, until), by goal and time.

    Of each goal only the line it was last read by: another measure, or another narrowing, begins a new one.
    """
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT goal, definition, measure, unit, since_at, until_at, read_at, value, low, high, n, track, why,
                baseline, target, deadline, needed
            FROM v_goal_readings
            WHERE until_at > coalesce(?, TIMESTAMP '0001-01-01') AND since_at < coalesce(?, TIMESTAMP '9999-01-01')
            AND (len(?::VARCHAR[]) = 0 OR list_contains(?::VARCHAR[], goal))
            ORDER BY goal, since_at LIMIT ?""",
            [naive(since), naive(until), list(goals), list(goals), MOST_READINGS],
        ).fetchall()
    return [Reading(*r[:4], *(aware(at) for at in r[4:7]), *r[7:]) for r in found]
