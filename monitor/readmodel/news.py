"""What is new since somebody last looked, what waits, and how much there is now. Part of the readmodel room.

New is what was first seen since and said no longer than two days before: history that is read back is no news.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from monitor import db
from monitor.db import Con, aware, naive, utc
from monitor.readmodel.figures import ORDER
from monitor.types import VISIT, CaseAction, Severity, Track

LATE = timedelta(hours=48)  # as ``fresh``
HEAVIEST = 3
MOST = 5  # flags, decisions, incidents and goals named; further ones are counted
_TITLE = 200  # characters


@dataclass(frozen=True, slots=True)
class Look:
    """A visit to the overview, and when the one before it began; None = it was the first."""

    began: datetime
    since: datetime | None

    def compared_with(self, now: datetime) -> datetime | None:
        """What a page drawn now is compared with: a page opened anew within half an hour belongs to the same visit."""
        return self.since if now < self.began + VISIT else self.began


@dataclass(frozen=True, slots=True)
class TargetNews:
    """New stories about one target by what they say; ``unsure`` holds those that are not judged yet too."""

    target: str
    kind: str
    stories: int
    negative: int
    neutral: int
    positive: int
    unsure: int


@dataclass(frozen=True, slots=True)
class NewStory:
    """A new story toward the target it moves most; ``title`` is of its first copy, or how its text begins."""

    story: str
    target: str
    standing: str  # a label, unsure or unjudged
    copies: int
    weight: float
    title: str
    source: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class NewFlag:
    """The main flag of a story."""

    mention_id: str
    story: str
    level: Severity
    score: float
    statement: str
    title: str
    said_at: datetime
    quote: str = ""  # the words it rests on; of what waits


@dataclass(frozen=True, slots=True)
class Waiting:
    """``stories`` wait for a person; ``gravest``: the most serious and certain flag of each of the first three."""

    stories: int
    gravest: tuple[NewFlag, ...]


@dataclass(frozen=True, slots=True)
class NewDecision:
    """The last thing people did with one flag."""

    mention_id: str
    action: CaseAction
    who: str
    at: datetime
    title: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class NewIncident:
    """``closed`` False: it was found since; True: it is over since."""

    id: str
    target: str
    title: str  # of the mention that says best what it is about; "" = it is not kept any more
    closed: bool


@dataclass(frozen=True, slots=True)
class GoalMove:
    goal: str
    before: Track
    now: Track


@dataclass(frozen=True, slots=True)
class News:
    targets: tuple[TargetNews, ...]
    heaviest: tuple[NewStory, ...]
    flags: int  # stories
    flagged: tuple[NewFlag, ...]
    decided: int  # flags
    decisions: tuple[NewDecision, ...]
    incidents: tuple[NewIncident, ...]
    goals: tuple[GoalMove, ...]

    def __bool__(self) -> bool:
        return bool(self.targets or self.flags or self.decided or self.incidents or self.goals)


def last_look(path: Path, who: str) -> Look | None:
    """The latest visit of this person to the overview; None = they never looked."""
    with db.reading(path) as con:
        row = con.execute(
            "SELECT began_at, since_at FROM looks WHERE who = ? ORDER BY began_at DESC LIMIT 1", [who]
        ).fetchone()
    return None if row is None else Look(aware(row[0]), utc(row[1]))


def count_relevant(path: Path) -> int:
    """How many mentions are about us: cheap enough to be asked often."""
    with db.reading(path) as con:
        row = con.execute("SELECT count_if(position = 0) FROM standing").fetchone()
    return int(row[0]) if row else 0


def waiting(path: Path) -> Waiting:
    """The stories with a flag that waits for a person, whenever they were told, and the gravest of them."""
    with db.reading(path) as con:
        con.execute("""
            CREATE OR REPLACE TEMP TABLE waits AS
            SELECT mention_id, story, model_level, score, statement, said_at FROM v_cases
            WHERE state IN ('open', 'to_confirm')
            QUALIFY row_number() OVER (PARTITION BY story ORDER BY model_level, score DESC, mention_id) = 1""")
        row = con.execute("SELECT count(*) FROM waits").fetchone()
        gravest = con.execute(
            f"FROM waits ORDER BY model_level, score DESC, mention_id LIMIT {HEAVIEST}"
        ).fetchall()
        # By their times, named one by one: they may lie years apart, and what is between them is not read.
        ids, times = [flag[0] for flag in gravest], [flag[5] for flag in gravest]
        at = f"said_at IN ({', '.join('?' * len(times))})"
        titles: dict[str, str] = {}
        quotes: dict[tuple[str, str], str] = {}
        if gravest:
            titles = dict(
                con.execute(
                    f"SELECT id, {_named('m')} FROM mentions AS m WHERE {at} AND list_contains(?::VARCHAR[], id)",
                    [*times, ids],
                ).fetchall()
            )
            found = con.execute(
                f"SELECT mention_id, statement, quote FROM stances WHERE {at} "
                "AND list_contains(?::VARCHAR[], mention_id)",
                [*times, ids],
            ).fetchall()
            quotes = {(id_, statement): quote or "" for id_, statement, quote in found}
    flags = [NewFlag(f[0], f[1], f[2], f[3], f[4], titles.get(f[0], ""), aware(f[5]), quotes.get((f[0], f[4]), ""))
             for f in gravest]  # fmt: skip
    return Waiting(int(row[0]) if row else 0, tuple(flags))


def news(path: Path, since: datetime, *, but: str = "") -> News:
    """What is new since then, in one opening; ``but`` = without what this person decided."""
    start = naive(since)
    assert start is not None
    with db.reading(path) as con:
        floor = start - LATE
        con.execute(
            """
            CREATE OR REPLACE TEMP TABLE arrived AS
            SELECT m.id AS mention_id, m.said_at FROM mentions AS m
            WHERE m.said_at >= ? AND m.seen_at >= ?""",
            [floor, start],
        )
        con.execute(
            """
            CREATE OR REPLACE TEMP TABLE told AS
            SELECT s.* FROM story_standing AS s
            WHERE s.first_at >= $floor AND s.place IN ('others', 'others_part') AND s.story IN (
                SELECT t.story FROM standing AS t SEMI JOIN arrived AS a
                ON a.said_at = t.said_at AND a.mention_id = t.mention_id WHERE t.said_at >= $floor)
            AND s.began_at >= $floor AND NOT EXISTS (
                FROM standing AS t ANTI JOIN arrived AS a ON a.said_at = t.said_at AND a.mention_id = t.mention_id
                WHERE t.said_at >= $floor AND t.story = s.story)""",
            {"floor": floor},
        )
        flags, flagged = _flags(con, start, floor)
        decided, decisions = _decisions(con, start, but)
        return News(_targets(con), _heaviest(con), flags, flagged, decided, decisions, _incidents(con, start),
                    _goals(con, start))  # fmt: skip


def _targets(con: Con) -> tuple[TargetNews, ...]:
    found = con.execute("""
        SELECT target, any_value(kind), count(*), count_if(standing = 'negative'), count_if(standing = 'neutral'),
            count_if(standing = 'positive'), count_if(standing IN ('unsure', 'unjudged'))
        FROM told WHERE kind <> 'product' GROUP BY target""").fetchall()
    rows = [TargetNews(*row) for row in found]
    return tuple(sorted(rows, key=lambda r: (ORDER.get(r.kind, 9), -r.stories, r.target)))


def _heaviest(con: Con) -> tuple[NewStory, ...]:
    """What says something for or against moves a share; the rest counts a quarter. Of equals the negative first."""
    found = con.execute(f"""
        WITH moved AS (
            SELECT *, weight * CASE WHEN standing IN ('negative', 'positive') THEN 1 ELSE 0.25 END AS moves
            FROM told WHERE kind <> 'product'
            QUALIFY row_number() OVER (PARTITION BY story ORDER BY moves DESC, standing = 'negative' DESC, target) = 1
            ORDER BY moves DESC, standing = 'negative' DESC, first_at DESC, story LIMIT {HEAVIEST}
        ), first AS (
            SELECT t.story, arg_min(t.mention_id, (t.said_at, t.mention_id)) AS mention_id, min(t.said_at) AS said_at
            FROM standing AS t JOIN moved AS m ON t.story = m.story
            WHERE t.said_at >= (SELECT min(began_at) FROM moved) GROUP BY t.story
        )
        SELECT m.story, m.target, m.standing, m.copies, m.weight, {_named("n")}, n.source, n.said_at
        FROM moved AS m JOIN first AS f ON f.story = m.story
        JOIN mentions AS n ON n.said_at = f.said_at AND n.id = f.mention_id
        ORDER BY m.moves DESC, m.standing = 'negative' DESC, m.first_at DESC, m.story""").fetchall()
    return tuple(NewStory(*[*row[:7], aware(row[7])]) for row in found)


def _flags(con: Con, start: datetime, floor: datetime) -> tuple[int, tuple[NewFlag, ...]]:
    """One for each story that no copy of was flagged before, and that people have not decided about."""
    found = con.execute(
        f"""
        WITH recent AS (
            SELECT * FROM v_cases WHERE said_at >= $floor AND state IN ('open', 'to_confirm')
        ), new AS (
            SELECT story FROM recent AS r JOIN (
                SELECT said_at, mention_id, min(flagged_at) AS at FROM flags
                WHERE said_at >= $floor AND level <> 'none' GROUP BY said_at, mention_id) AS f
            ON f.said_at = r.said_at AND f.mention_id = r.mention_id
            GROUP BY story HAVING min(f.at) >= $start
        ), main AS (
            SELECT r.* FROM recent AS r SEMI JOIN new AS n ON n.story = r.story
            QUALIFY row_number() OVER (PARTITION BY r.story ORDER BY r.model_level, r.score DESC, r.mention_id) = 1
        )
        SELECT k.mention_id, k.story, k.model_level, k.score, k.statement, {_named("n")}, k.said_at,
            (SELECT count(*) FROM main)
        FROM (FROM main ORDER BY model_level, score DESC, mention_id LIMIT {MOST}) AS k
        JOIN mentions AS n ON n.said_at = k.said_at AND n.id = k.mention_id
        ORDER BY k.model_level, k.score DESC, k.mention_id""",
        {"start": start, "floor": floor},
    ).fetchall()
    return (found[0][7] if found else 0), tuple(NewFlag(*[*row[:6], aware(row[6])]) for row in found)


def _decisions(con: Con, start: datetime, but: str) -> tuple[int, tuple[NewDecision, ...]]:
    found = con.execute(
        f"""
        WITH acted AS (
            FROM v_case_log WHERE acted_at >= $start AND ($who = '' OR who <> $who)
            QUALIFY row_number() OVER (PARTITION BY mention_id ORDER BY number DESC) = 1
        )
        SELECT l.mention_id, l.action, l.who, l.acted_at, {_named("n")}, l.said_at, (SELECT count(*) FROM acted)
        FROM (FROM acted ORDER BY number DESC LIMIT {MOST}) AS l
        JOIN mentions AS n ON n.said_at = l.said_at AND n.id = l.mention_id ORDER BY l.number DESC""",
        {"start": start, "who": but},
    ).fetchall()
    rows = tuple(NewDecision(row[0], row[1], row[2], aware(row[3]), row[4], aware(row[5])) for row in found)
    return (found[0][6] if found else 0), rows


def _incidents(con: Con, start: datetime) -> tuple[NewIncident, ...]:
    """What was found and is over since then is told as over."""
    found = con.execute(
        f"""
        SELECT i.id, i.target, coalesce({_named("m")}, ''), coalesce(i.closed_at, i.ended_at) IS NOT NULL
            AND greatest(coalesce(i.closed_at, i.ended_at), coalesce(i.ended_at, i.closed_at)) >= $start AS closed
        FROM v_incidents AS i LEFT JOIN incident_headlines AS h ON h.incident = i.id
        LEFT JOIN mentions AS m ON m.said_at = h.said_at AND m.id = h.mention_id
        WHERE i.detected_at >= $start OR closed ORDER BY closed, i.detected_at DESC, i.id LIMIT {MOST}""",
        {"start": start},
    ).fetchall()
    return tuple(NewIncident(*row) for row in found)


def _goals(con: Con, start: datetime) -> tuple[GoalMove, ...]:
    """Goals whose newest measured period says another thing than what was known then."""
    rows: list[tuple[Any, ...]] = con.execute(
        f"""
        WITH mine AS (
            FROM goal_readings WHERE value IS NOT NULL
            AND (goal, definition) IN (SELECT (goal, arg_max(definition, read_at)) FROM goal_readings GROUP BY goal)
        ), moved AS (
            SELECT goal, arg_max(track, (until_at, read_at)) AS now,
                arg_max(track, (until_at, read_at)) FILTER (read_at < $start) AS before
            FROM mine GROUP BY goal
        )
        SELECT goal, before, now FROM moved WHERE before IS NOT NULL AND before <> now ORDER BY goal LIMIT {MOST}""",
        {"start": start},
    ).fetchall()
    return tuple(GoalMove(*row) for row in rows)


def _named(mention: str) -> str:
    """SQL for what a mention is called in a list."""
    return f"left(coalesce(nullif({mention}.title, ''), {mention}.text), {_TITLE})"
