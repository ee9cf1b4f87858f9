"""How an incident grew, hour by hour: one read, from which every moment of it can be told. Part of the readmodel room.

Of the same mentions as the summary (see ``monitor.readmodel.gist``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor import db
from monitor.db import Con, aware
from monitor.readmodel.gist import HOUR, gathered
from monitor.types import KnownIncident

BIGGEST = 5  # stories told at any moment
_TITLE = 300


@dataclass(frozen=True, slots=True)
class ReplayStory:
    """The first copy of a story, raw."""

    mention_id: str
    title: str
    url: str
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReplayStep:
    """What had been said by ``at``, the end of an hour: stories, their mentions, and the stories with the most copies
    so far, each with how many."""

    at: datetime
    stories: int
    mentions: int
    biggest: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Replay:
    """``steps``: one for every hour from the one it began in. ``told``: the stories that steps name, and the first, by
    id. ``statements``: for each statement, when the stories that are in conflict with it first were, in order."""

    steps: tuple[ReplayStep, ...]
    told: Mapping[str, ReplayStory]
    first: str | None
    statements: tuple[tuple[str, tuple[datetime, ...]], ...]


def incident_replay(path: Path, known: KnownIncident, now: datetime) -> Replay:
    with db.reading(path) as con:
        values = gathered(con, known, now)
        hours = con.execute("""
            SELECT date_trunc('hour', said_at) AS hour, story, count(*) FROM incident_mentions
            GROUP BY ALL ORDER BY hour, story""").fetchall()
        first = con.execute(
            "SELECT story FROM incident_mentions ORDER BY said_at, mention_id LIMIT 1"
        ).fetchone()
        steps = _steps(hours, aware(values["start"]), min(aware(values["until"]), now))
        wanted = {story for step in steps for story, _ in step.biggest} | set(first or ())
        return Replay(
            steps, _told(con, sorted(wanted), values), first[0] if first else None, _statements(con, values)
        )


def _steps(
    hours: Sequence[tuple[datetime, str, int]], start: datetime, until: datetime
) -> tuple[ReplayStep, ...]:
    """A story can only come among the biggest in an hour in which it is told again, so those and the biggest of the
    hour before are all that is compared."""
    at = start.replace(minute=0, second=0, microsecond=0)
    copies: Counter[str] = Counter()
    mentions, biggest, given, steps = 0, list[str](), 0, list[ReplayStep]()
    while at < until or not steps:
        at += HOUR
        changed = set(biggest)
        while given < len(hours) and aware(hours[given][0]) < at:
            _, story, n = hours[given]
            copies[story] += n
            mentions += n
            changed.add(story)
            given += 1
        biggest = sorted(changed, key=lambda story: (-copies[story], story))[:BIGGEST]
        steps.append(
            ReplayStep(at, len(copies), mentions, tuple((story, copies[story]) for story in biggest))
        )
    return tuple(steps)


def _told(con: Con, stories: list[str], values: dict[str, Any]) -> dict[str, ReplayStory]:
    found = con.execute(
        f"""
        WITH s AS (
            SELECT story, min(said_at) AS said_at, arg_min(mention_id, (said_at, mention_id)) AS mention_id
            FROM incident_mentions WHERE story IN (SELECT unnest($stories::VARCHAR[])) GROUP BY story)
        SELECT s.story, m.id, left(coalesce(nullif(m.title, ''), m.text), {_TITLE}), m.url, m.source, m.said_at
        FROM s JOIN mentions AS m ON m.said_at = s.said_at AND m.id = s.mention_id
        WHERE m.said_at >= $start AND m.said_at < $until""",
        {"stories": stories, "start": values["start"], "until": values["until"]},
    ).fetchall()
    return {r[0]: ReplayStory(*[*r[1:5], aware(r[5])]) for r in found}


def _statements(con: Con, values: dict[str, Any]) -> tuple[tuple[str, tuple[datetime, ...]], ...]:
    found = con.execute(
        """
        WITH s AS (
            SELECT c.statement, of.story, min(c.said_at) AS begun FROM v_conflicts AS c
            JOIN incident_mentions AS of
              ON of.said_at = c.said_at AND of.mention_id = c.mention_id AND of.level <> 'none'
            WHERE c.said_at >= $start AND c.said_at < $until GROUP BY ALL)
        SELECT statement, list(begun ORDER BY begun) FROM s GROUP BY statement ORDER BY count(*) DESC, statement""",
        {"start": values["start"], "until": values["until"]},
    ).fetchall()
    return tuple((statement, tuple(aware(at) for at in times)) for statement, times in found)
