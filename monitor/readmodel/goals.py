"""What goals are measured from, and what they came to. Part of the readmodel room.

Shares count what others said: our own texts, and those in meeting places of ours, measure what we say, not how it is
taken. They come as sums an hour, so that whoever reads them can cut days in the brand's own time zone, and are bounded
by the hours of the period.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    """``texts`` texts, first said in the hour ``at``, that name us (``ours``) and exactly these competitors."""

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


_PARTS = {
    "positive": "standing = 'positive'",
    "nonnegative": "standing <> 'negative'",
    "negative": "standing = 'negative'",
}


def story_shares(
    path: Path,
    since: datetime,
    until: datetime,
    measure: Measure,
    target: str,
    part: Literal["positive", "nonnegative", "negative"],
) -> list[HourPart]:
    """Stories by others about ``target`` that were judged, and how many of them are ``part``, by the hour of their
    first copy in the period.

    What a story says is what most of its judged copies do; in a tie the less favourable, and what a person corrected
    stands before what models say.
    """
    return _hours(
        path,
        f"""
        WITH {{texts}}, copies AS (
            SELECT t.story, min(t.said_at) AS first_at, count_if(s.standing = 'negative') AS negative,
                count_if(s.standing = 'neutral') AS neutral, count_if(s.standing = 'positive') AS positive,
                arg_max(s.standing, s.said_at) FILTER (s.status = 'corrected') AS person
            FROM v_standing AS s JOIN texts AS t ON t.said_at = s.said_at AND t.mention_id = s.mention_id
            WHERE s.said_at >= $since AND s.said_at < $until AND s.target = $target
                AND s.standing IN ('negative', 'neutral', 'positive')
            GROUP BY t.story
        ), told AS (
            SELECT first_at, coalesce(person, CASE WHEN negative >= neutral AND negative >= positive THEN 'negative'
                WHEN neutral >= positive THEN 'neutral' ELSE 'positive' END) AS standing FROM copies)
        SELECT date_trunc('hour', first_at) AS hour, count(*), count_if({_PARTS[part]})::DOUBLE
        FROM told GROUP BY hour ORDER BY hour""",
        since,
        until,
        measure,
        {"target": target},
    )


def in_line_shares(
    path: Path, since: datetime, until: datetime, measure: Measure, target: str, statements: Sequence[str]
) -> list[HourPart] | None:
    """Stories by others that were compared with the identity, and how many of them can be expected to be in line with
    one of ``statements``: the probabilities, summed. None = no model has compared any of them statement by statement.

    Of a story counts its likeliest statement and copy, so the sum is rather too small than too large; a text in
    conflict with the statement counts nothing.
    """
    narrowed = Measure(measure.of, words=measure.words, source_type=measure.source_type)
    values = {"statements": list(statements), "target": target}
    query = """
        WITH {texts}, about AS (
            FROM texts AS t SEMI JOIN v_standing AS s
            ON s.said_at = t.said_at AND s.mention_id = t.mention_id AND s.target = $target
        ), compared AS (
            SELECT t.story, min(t.said_at) AS first_at
            FROM about AS t JOIN v_flags AS f ON f.said_at = t.said_at AND f.mention_id = t.mention_id
            WHERE f.said_at >= $since AND f.said_at < $until GROUP BY t.story
        ), likely AS (
            SELECT t.story, max(CASE WHEN r.severity IS NULL THEN r.in_line ELSE 0 END) AS p
            FROM v_touches AS r JOIN about AS t ON t.said_at = r.said_at AND t.mention_id = r.mention_id
            WHERE r.said_at >= $since AND r.said_at < $until AND r.in_line IS NOT NULL
                AND list_contains($statements::VARCHAR[], r.statement)
            GROUP BY t.story)
        SELECT date_trunc('hour', first_at) AS hour, count(*), sum(coalesce(p, 0))::DOUBLE
        FROM compared LEFT JOIN likely USING (story) GROUP BY hour ORDER BY hour"""
    with db.reading(path) as con:
        by_any = con.execute(
            "SELECT count(*) > 0 FROM flag_relations WHERE said_at >= ? AND said_at < ?",
            [naive(since), naive(until)],
        ).fetchone()
    if by_any != (True,):
        return None
    return _hours(path, query, since, until, narrowed, values)


def flags_waiting(path: Path, since: datetime, until: datetime, measure: Measure) -> list[Waited]:
    """The stories that were flagged in the period, each with when it was first raised and first decided about, oldest
    first. What was put aside by what is learnt waits for nobody. ``measure.statement``: the main one of the flag."""
    with db.reading(path) as con:
        values = _values(since, until, measure, {"target": measure.target})
        query = f"""
            WITH {_texts(measure, statement=False, own=True)}, raised AS (
                SELECT mention_id, min(flagged_at) AS at FROM flags WHERE level <> 'none' GROUP BY mention_id
            ), decided AS (
                SELECT mention_id, min(acted_at) AS at FROM v_case_log WHERE action IN ('confirmed', 'dismissed')
                GROUP BY mention_id
            ), waits AS (
                SELECT k.story, min(r.at) AS begun, min(coalesce(d.at, l.acted_at)) AS ended,
                    bool_or(k.state IN ('open', 'to_confirm')) AS waiting
                FROM v_cases AS k JOIN texts AS t ON t.said_at = k.said_at AND t.mention_id = k.mention_id
                JOIN raised AS r ON r.mention_id = k.mention_id
                LEFT JOIN decided AS d ON d.mention_id = k.mention_id
                LEFT JOIN case_log AS l ON l.number = k.decision
                WHERE k.state <> 'set_aside' {"AND k.statement = $statement" if measure.statement else ""}
                {_TOWARD if measure.target else ""}
                GROUP BY k.story)
            FROM waits WHERE begun >= $since AND begun < $until ORDER BY begun LIMIT {MOST_WAITS}"""
        found = con.execute(query, _used(values, query)).fetchall()
    return [Waited(aware(r[1]), None if r[2] is None else aware(r[2]), r[3]) for r in found]


_OTHERS = """AND m.voice = 'third_party'
            AND m.source NOT IN (SELECT source FROM source_weights WHERE own_place)"""
_TOWARD = """AND EXISTS (FROM v_standing AS s WHERE s.said_at = k.said_at AND s.mention_id = k.mention_id
                    AND s.target = $target)"""


def incidents_waiting(path: Path, since: datetime, until: datetime, target: str = "") -> list[Waited]:
    """The incidents that were found in the period, with when the first person acknowledged each, oldest first."""
    with db.reading(path) as con:
        found = con.execute(
            f"""
            SELECT i.detected_at, min(a.acted_at), i.ended_at IS NULL
            FROM incidents AS i
            LEFT JOIN incident_actions AS a ON a.incident = i.id AND a.action = 'acknowledged'
            WHERE i.detected_at >= ?1 AND i.detected_at < ?2
                AND (?3 = '' OR i.target = ?3 OR list_contains(i.also, ?3))
            GROUP BY i.id, i.detected_at, i.ended_at ORDER BY i.detected_at LIMIT {MOST_WAITS}""",
            [naive(since), naive(until), target],
        ).fetchall()
    return [Waited(aware(r[0]), None if r[1] is None else aware(r[1]), r[2]) for r in found]


def voice_counts(
    path: Path, since: datetime, until: datetime, sources: Sequence[str], rivals: str, measure: Measure
) -> list[VoiceCount]:
    """Different texts by others, of these sources, that name us or a competitor, by the hour they were first said.

    Texts and not stories: only what is about us is grouped into stories, and a copy would count once for us and each
    time for them. We are named where a name of the brand or of a product stands in the text.
    """
    with db.reading(path) as con:
        values = _values(since, until, measure, {"sources": list(sources), "rivals": rivals})
        query = f"""
            WITH ours AS (
                SELECT DISTINCT said_at, mention_id, content_hash FROM mention_targets
                WHERE said_at >= $since AND said_at < $until AND via = 'text' AND kind IN ('brand', 'product')
                    AND identity = (SELECT value FROM settings WHERE name = 'identity')
            ), named AS (
                SELECT m.content_hash, min(m.said_at) AS first_at, any_value(v.names) AS names,
                    bool_or(o.mention_id IS NOT NULL) AS ours
                FROM v_mentions AS m
                JOIN voices AS v ON v.said_at = m.said_at AND v.mention_id = m.id AND v.content_hash = m.content_hash
                LEFT JOIN ours AS o
                    ON o.said_at = m.said_at AND o.mention_id = m.id AND o.content_hash = m.content_hash
                WHERE m.said_at >= $since AND m.said_at < $until AND v.rivals = $rivals
                    AND list_contains($sources::VARCHAR[], m.source) {_OTHERS} {_narrow(measure, "m")}
                GROUP BY m.content_hash)
            SELECT date_trunc('hour', first_at) AS hour, ours, names, count(*)
            FROM named WHERE ours OR len(names) > 0 GROUP BY ALL ORDER BY hour, ours, names"""
        found = con.execute(query, _used(values, query)).fetchall()
    return [VoiceCount(aware(r[0]), r[1], tuple(r[2]), r[3]) for r in found]


def first_said(path: Path) -> datetime | None:
    """When the first of all that is stored was said; a date that no period would begin with is not believed."""
    with db.reading(path) as con:
        row = con.execute(
            "SELECT min(said_at) FROM mentions WHERE said_at > TIMESTAMP '1990-01-01'"
        ).fetchone()
    return aware(row[0]) if row and row[0] is not None else None


def replay_shift(path: Path) -> timedelta:
    """By how much the days of a replayed archive were moved; activities of its brand file move with them."""
    with db.reading(path) as con:
        row = con.execute(
            "SELECT max(try_cast(value AS INTEGER)) FROM settings WHERE name LIKE 'replay.%.shift_days'"
        ).fetchone()
    return timedelta(days=row[0]) if row and row[0] else timedelta(0)


def _hours(
    path: Path, query: str, since: datetime, until: datetime, measure: Measure, more: dict[str, Any]
) -> list[HourPart]:
    whole = query.format(texts=_texts(measure)) if "{texts}" in query else query
    with db.reading(path) as con:
        found = con.execute(whole, _used(_values(since, until, measure, more), whole)).fetchall()
    return [HourPart(aware(r[0]), r[1], r[2]) for r in found]


def _texts(measure: Measure, *, statement: bool = True, own: bool = False) -> str:
    """The common table ``texts``: the relevant mentions of the period, narrowed; those of others unless ``own``."""
    touching = ""
    if statement and measure.statement:
        touching = """SEMI JOIN (
            SELECT said_at, mention_id FROM v_touches
            WHERE said_at >= $since AND said_at < $until AND statement = $statement AND touches
        ) AS x ON x.said_at = m.said_at AND x.mention_id = m.id"""
    return f"""texts AS (
            SELECT m.said_at, m.id AS mention_id, m.story FROM v_mentions AS m {touching}
            WHERE {"true" if own else "m.said_at >= $since"} AND m.said_at < $until AND m.relevant
            {"" if own else _OTHERS} {_narrow(measure, "m")})"""


def _narrow(measure: Measure, m: str) -> str:
    source = f"AND {m}.source_type = $source_type" if measure.source_type else ""
    words = f"AND regexp_matches(lower({m}.title || ' ' || {m}.text), $words)" if measure.words else ""
    return f"{source} {words}"


def _values(since: datetime, until: datetime, measure: Measure, more: dict[str, Any]) -> dict[str, Any]:
    """``words`` as one expression, linear in the text (RE2): a word that begins with one of them."""
    either = "|".join(r"\s+".join(map(re.escape, word.lower().split())) for word in measure.words)
    return {
        "since": naive(since),
        "until": naive(until),
        "statement": measure.statement,
        "source_type": measure.source_type,
        "words": rf"(^|[^\p{{L}}\p{{N}}])({either})",
        **more,
    }


def _used(values: dict[str, Any], query: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if re.search(rf"\${key}\b", query)}
