"""What happened in an incident, in the words of its own sources. Part of the readmodel room.

Of an incident are the mentions, since it began, that stand as negative for one of its targets or are in conflict with
a statement; what is said of a product counts for the brand. One copy of each story is read, of at most FIRST + NEWEST
stories (the first, since they show how it began, and the newest), and at most ORDINARY stories about the targets from
the weeks before show what is ordinary. However large the store, it takes the same few queries.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from monitor import db, gist
from monitor.db import Con, aware, naive
from monitor.db.incidents import COLUMNS
from monitor.db.incidents import known as known_from
from monitor.readmodel.rows import IncidentSize
from monitor.types import Bin, ConflictLevel, Excerpt, IncidentSummary, KnownIncident

QUOTES, OURS, SOURCES, PHRASES, STATEMENTS = 5, 5, 8, 8, 6
FIRST, NEWEST, ORDINARY = 100, 400, 600
READ = 2_000  # characters of each text
BEFORE = timedelta(weeks=4)
HOUR = timedelta(hours=1)
LONGEST = timedelta(days=21)  # of a curve
SHARE = 0.2  # of the stories, from which a conflict marks the whole
LEAST_HOURS = 14  # of the same time of day, for a usual range
TITLED = 0.6  # a title this central, against the best text without one, is taken as the headline

_ABOUT = """(s.target IN (SELECT unnest($targets::VARCHAR[])) OR (s.kind = 'product'
    AND (SELECT value FROM settings WHERE name = 'brand') IN (SELECT unnest($targets::VARCHAR[]))))"""
# One row per mention of the incident, gathered once in the connection's own memory.
_GATHER = f"""
    CREATE OR REPLACE TEMP TABLE incident_mentions AS WITH raised AS (
        SELECT said_at, mention_id, level FROM v_cases
        WHERE level <> 'none' AND said_at >= $start AND said_at < $until
    )
        SELECT s.said_at, s.mention_id, any_value(s.story) AS story, any_value(s.source) AS source,
            max(s.weight) AS weight, max(s.reach) AS reach, bool_or(s.standing = 'negative') AS negative,
            coalesce(any_value(c.level), 'none') AS level
        FROM v_weighted AS s LEFT JOIN raised AS c ON c.said_at = s.said_at AND c.mention_id = s.mention_id
        WHERE s.said_at >= $start AND s.said_at < $until AND {_ABOUT}
        GROUP BY s.said_at, s.mention_id HAVING bool_or(s.standing = 'negative') OR any_value(c.level) IS NOT NULL"""


def incident_summary(path: Path, incident: str, now: datetime) -> IncidentSummary | None:
    """What happened in the incident with this id; None when there is none."""
    with db.reading(path) as con:
        row = con.execute(f"SELECT {COLUMNS} FROM v_incidents WHERE id = ?", [incident]).fetchone()
        if row is None:
            return None
        stored = known_from(row)
        found = _found(con, stored, now)
    return _summary(stored, found)


def summarise(path: Path, known: KnownIncident, now: datetime) -> IncidentSummary:
    """``incident_summary`` of one that need not be stored."""
    with db.reading(path) as con:
        found = _found(con, known, now)
    return _summary(known, found)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is read of an incident; ``read`` holds the copy of each story that came first, with how many there are."""

    size: IncidentSize
    read: list[tuple[Excerpt, int]]
    ordinary: list[str]
    names: list[str]
    curve: tuple[Bin, ...]
    usual: tuple[tuple[int, int], ...]
    ours: tuple[Excerpt, ...]
    sources: tuple[tuple[str, int], ...]
    statements: tuple[str, ...]
    leaders: tuple[str, ...]


def incident_size(path: Path, known: KnownIncident, now: datetime) -> IncidentSize:
    """How much is said, how widely it may be read, how heavy its sources are and whether it is about a conflict: the
    gravest that at least a fifth of its stories are in."""
    with db.reading(path) as con:
        gathered(con, known, now)
        return _size(con)


def gathered(con: Con, known: KnownIncident, now: datetime) -> dict[str, Any]:
    """Gathers the mentions; returns what further queries take."""
    until = min((known.incident.end or now) + HOUR, known.incident.start + LONGEST)
    values = {
        "targets": sorted({known.target, *known.also}),
        "start": naive(known.incident.start),
        "until": naive(max(until, known.incident.start + HOUR)),
    }
    con.execute(_GATHER, values)
    return values


def _window(values: dict[str, Any]) -> dict[str, Any]:
    return {"start": values["start"], "until": values["until"]}


def _size(con: Con) -> IncidentSize:
    row = con.execute(
        """
        WITH story AS (
            SELECT story, count(*) AS copies, sum(reach) AS readers, max(weight) AS weight,
                bool_or(level = 'major') AS major, bool_or(level <> 'none') AS raised
            FROM incident_mentions GROUP BY story)
        SELECT count(*), coalesce(sum(copies), 0)::BIGINT, sum(readers)::BIGINT, coalesce(avg(weight), 1),
            coalesce(count_if(major), 0), coalesce(count_if(raised), 0) FROM story"""
    ).fetchone()
    assert row is not None
    stories, mentions, readers, weight, major, conflicts = row
    least = max(1, SHARE * stories)
    level: ConflictLevel = "major" if major >= least else "minor" if conflicts >= least else "none"
    return IncidentSize(stories, mentions, readers, weight, level)


def _found(con: Con, known: KnownIncident, now: datetime) -> _Found:
    values = gathered(con, known, now)
    size = _size(con)
    return _Found(
        size, _read(con, values), _ordinary(con, values), _names(con, values), *_curve(con, values),
        _ours(con, values), _sources(con), _statements(con, values), _leaders(con, values, size.stories),
    )  # fmt: skip


def _summary(known: KnownIncident, found: _Found) -> IncidentSummary:
    excerpts = [excerpt for excerpt, _ in found.read]
    docs = [f"{excerpt.title}. {excerpt.text}" for excerpt in excerpts]
    scores = gist.central(docs, [float(copies) for _, copies in found.read], found.ordinary)
    head = _headline(excerpts, scores)
    quotes = [i for i in gist.varied(docs, scores, QUOTES) if i != head]
    if head is not None:
        quotes = [head, *quotes][:QUOTES]
    return IncidentSummary(
        id=known.id, target=known.target, also=known.also, incident=known.incident, phase=known.phase,
        severity=known.severity, reasons=known.reasons, stories=found.size.stories, mentions=found.size.mentions,
        headline=excerpts[head] if head is not None else None, first=excerpts[0] if excerpts else None,
        quotes=tuple(excerpts[i] for i in quotes), ours=found.ours,
        phrases=tuple(gist.key_phrases(docs, found.ordinary, but=found.names, most=PHRASES)),
        sources=found.sources, curve=found.curve, statements=found.statements, leaders=found.leaders,
        acknowledged_by=known.acknowledged_by, acknowledged_at=known.acknowledged_at,
        muted_until=known.muted_until, usual=found.usual, of=len(excerpts),
    )  # fmt: skip


def _headline(found: Sequence[Excerpt], scores: Sequence[float]) -> int | None:
    """The most central; a title is preferred to a post without one that is little more central."""
    if not found:
        return None
    best = max(range(len(found)), key=lambda i: (scores[i], -i))
    titled = [i for i in range(len(found)) if found[i].title.strip()]
    if not titled:
        return best
    title = max(titled, key=lambda i: (scores[i], -i))
    return title if scores[title] >= TITLED * scores[best] else best


def _read(con: Con, values: dict[str, Any]) -> list[tuple[Excerpt, int]]:
    """The first copy of each story with how many there are, oldest first; bounded as the module says."""
    found = con.execute(
        f"""
        WITH story AS (
            SELECT story, min(said_at) AS said_at, arg_min(mention_id, (said_at, mention_id)) AS mention_id,
                count(*) AS copies, bool_or(negative) AS negative, min(level) AS level
            FROM incident_mentions GROUP BY story
        ), picked AS (
            FROM story QUALIFY row_number() OVER (ORDER BY said_at, mention_id) <= {FIRST}
                OR row_number() OVER (ORDER BY said_at DESC, mention_id DESC) <= {NEWEST})
        SELECT m.id, m.title, left(m.text, {READ}), m.url, m.source, m.said_at, p.negative, p.level, p.copies
        FROM picked AS p JOIN mentions AS m ON m.said_at = p.said_at AND m.id = p.mention_id
        WHERE m.said_at >= $start AND m.said_at < $until ORDER BY p.said_at, p.mention_id""",
        _window(values),
    ).fetchall()
    return [
        (
            Excerpt(r[0], r[1], r[2], r[3], r[4], aware(r[5]), "negative" if r[6] else "neutral", r[7]),
            int(r[8]),
        )
        for r in found
    ]


def _ordinary(con: Con, values: dict[str, Any]) -> list[str]:
    """One copy of each of the newest stories about the targets in the weeks before."""
    found = con.execute(
        f"""
        WITH story AS (
            SELECT s.story, min(s.said_at) AS said_at, arg_min(s.mention_id, (s.said_at, s.mention_id)) AS mention_id
            FROM v_standing AS s WHERE s.said_at >= $before AND s.said_at < $start AND {_ABOUT}
            GROUP BY s.story ORDER BY said_at DESC, mention_id LIMIT {ORDINARY})
        SELECT m.title || '. ' || left(m.text, {gist.MOST_CHARS}) FROM story AS p
        JOIN mentions AS m ON m.said_at = p.said_at AND m.id = p.mention_id
        WHERE m.said_at >= $before AND m.said_at < $start ORDER BY m.said_at, m.id""",
        {"targets": values["targets"], "start": values["start"], "before": values["start"] - BEFORE},
    ).fetchall()
    return [row[0] for row in found]


def _names(con: Con, values: dict[str, Any]) -> list[str]:
    """How the targets are named in the mentions: their names and the words that were recognised as them."""
    found = con.execute(
        """
        SELECT DISTINCT surface FROM mention_targets AS s
        WHERE said_at >= $start AND said_at < $until AND surface IS NOT NULL
          AND target IN (SELECT unnest($targets::VARCHAR[])) LIMIT 200""",
        values,
    ).fetchall()
    return [*values["targets"], *(row[0] for row in found)]


def _curve(con: Con, values: dict[str, Any]) -> tuple[tuple[Bin, ...], tuple[tuple[int, int], ...]]:
    """Stories that were told per hour, from a day before the start; and in what range the negative ones lay in 95 % of
    the hours of that time of day (one to either side) in the weeks before. () where too few such hours are known."""
    floor = values["start"].replace(minute=0, second=0, microsecond=0)
    before = floor - timedelta(days=1) - BEFORE
    found = con.execute(
        f"""
        SELECT date_trunc('hour', s.said_at) AS hour,
            count(DISTINCT s.story) FILTER (s.standing = 'negative'), count(DISTINCT s.story)
        FROM v_standing AS s WHERE s.said_at >= $before AND s.said_at < $until AND {_ABOUT} GROUP BY hour""",
        {"targets": values["targets"], "before": before, "until": values["until"]},
    ).fetchall()
    counts = {row[0]: (row[1], row[2]) for row in found}
    collected = con.execute(
        "SELECT min(said_at) FROM mentions WHERE said_at >= ? AND said_at < ?", [before, values["until"]]
    ).fetchone()
    first = max(before, collected[0]) if collected and collected[0] else floor
    at, curve = floor - timedelta(days=1), []
    while at < values["until"]:
        negative, total = counts.get(at, (0, 0))
        # Before anything was collected there is no data, which is not zero.
        curve.append(
            Bin(aware(at), None if at + HOUR <= first else negative, None if at + HOUR <= first else total)
        )
        at += HOUR
    ranges = _ranges(counts, first, floor - timedelta(days=1))
    usual = tuple(ranges[bin.at.hour] for bin in curve) if ranges else ()
    return tuple(curve), usual


def _ranges(
    counts: dict[datetime, tuple[int, int]], first: datetime, until: datetime
) -> list[tuple[int, int]] | None:
    """For each hour of the day the 2.5th and 97.5th percentile of the hours before; None when there are too few."""
    by_hour: list[list[int]] = [[] for _ in range(24)]
    at = first.replace(minute=0, second=0, microsecond=0) + HOUR
    while at < until:
        for hour in (at.hour - 1, at.hour, at.hour + 1):
            by_hour[hour % 24].append(counts.get(at, (0, 0))[0])
        at += HOUR
    if min(map(len, by_hour)) < LEAST_HOURS:
        return None
    out = []
    for found in by_hour:
        found.sort()
        last = len(found) - 1
        out.append((found[math.floor(0.025 * last)], found[math.ceil(0.975 * last)]))
    return out


def _sources(con: Con) -> tuple[tuple[str, int], ...]:
    found = con.execute(
        f"""
        SELECT source, count(DISTINCT story) AS stories FROM incident_mentions GROUP BY source
        ORDER BY stories DESC, source LIMIT {SOURCES}"""
    ).fetchall()
    return tuple((row[0], row[1]) for row in found)


def _statements(con: Con, values: dict[str, Any]) -> tuple[str, ...]:
    found = con.execute(
        f"""
        SELECT c.statement FROM v_conflicts AS c
        JOIN incident_mentions AS of ON of.said_at = c.said_at AND of.mention_id = c.mention_id AND of.level <> 'none'
        WHERE c.said_at >= $start AND c.said_at < $until
        GROUP BY c.statement ORDER BY count(DISTINCT of.story) DESC, max(c.score) DESC, c.statement
        LIMIT {STATEMENTS}""",
        _window(values),
    ).fetchall()
    return tuple(row[0] for row in found)


def _leaders(con: Con, values: dict[str, Any], stories: int) -> tuple[str, ...]:
    """Leaders whom a tenth of its stories are about, or whose own counts it rests on."""
    found = con.execute(
        """
        SELECT s.target, count(DISTINCT of.story) AS n FROM v_standing AS s
        JOIN incident_mentions AS of ON of.said_at = s.said_at AND of.mention_id = s.mention_id
        WHERE s.kind = 'leader' AND s.said_at >= $start AND s.said_at < $until
        GROUP BY s.target ORDER BY n DESC, s.target""",
        _window(values),
    ).fetchall()
    return tuple(name for name, n in found if name in values["targets"] or n * 10 >= stories)


def _ours(con: Con, values: dict[str, Any]) -> tuple[Excerpt, ...]:
    """What the brand, its leaders and employees said meanwhile, newest first; a story once."""
    found = con.execute(
        f"""
        SELECT id, title, left(text, {READ}), url, source, said_at FROM v_mentions
        WHERE said_at >= $start AND said_at < $until AND relevant AND voice <> 'third_party'
        QUALIFY row_number() OVER (PARTITION BY story ORDER BY said_at, id) = 1
        ORDER BY said_at DESC, id LIMIT {OURS}""",
        _window(values),
    ).fetchall()
    return tuple(Excerpt(row[0], row[1], row[2], row[3], row[4], aware(row[5]), "") for row in found)
