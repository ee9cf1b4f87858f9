"""The queue of flags that people work through: one row a story, filters with their counts. Part of the readmodel room.

Everything is asked of one temporary table of the flags of the period, a few in a hundred mentions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from monitor import db
from monitor.db import Con, aware, naive
from monitor.readmodel.mentionrows import rows_of
from monitor.readmodel.rows import ConflictRow
from monitor.types import CaseState, Severity, Voice

QueueState = Literal["open", "confirmed", "dismissed", "set_aside", "all"]
QUEUE_STATES: tuple[QueueState, ...] = ("open", "confirmed", "dismissed", "set_aside", "all")
MOST_COPIES = 500  # of one story that one decision holds for
_TEXT = 300  # characters of a text in the list

# What a story must pass, one condition a filter; with "" everything does. To be confirmed is open: it waits as well.
_PASSES = {
    "state": "($state = 'all' OR waits = $state)",
    "statement": "($statement = '' OR list_contains(statements, $statement))",
    "severity": "($severity = '' OR severity = $severity)",
    "voice": "($voice = '' OR voice = $voice)",
    "target": "($target = '' OR list_contains(targets, $target))",
    "source_type": "($source_type = '' OR source_type = $source_type)",
    "story": "($story = '' OR story = $story)",
}
_MANY = {"statement": "statements", "target": "targets"}
_FACETS = ("state", "statement", "severity", "voice", "target", "source_type")


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Flags said in [since, until). "" = any. ``open`` are also those that are to be confirmed."""

    since: datetime
    until: datetime
    state: QueueState = "open"
    statement: str = ""  # one that it touches, main or not
    severity: str = ""
    voice: str = ""
    target: str = ""
    source_type: str = ""
    story: str = ""


@dataclass(frozen=True, slots=True)
class QueuedCopy:
    """A flag as it is when it is read: what a decision about it names."""

    mention_id: str
    content_hash: str
    identity: str


@dataclass(frozen=True, slots=True)
class QueuedStory:
    """A story in the queue, by the gravest and surest of its flags that pass the filter.

    ``flags`` of its copies pass. ``alike`` holds that one first, then the others with the same main statement, at most
    MOST_COPIES: those one decision can hold for.
    """

    story: str
    mention_id: str
    said_at: datetime
    title: str
    text: str  # its beginning
    source: str
    statement: str  # the main one
    severity: Severity
    score: float
    voice: Voice
    state: CaseState
    assignee: str | None
    flags: int
    alike: tuple[QueuedCopy, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of the queue. ``total`` stories and ``flags`` of their copies pass the filter.

    ``facets``: for each filter its values with how many stories there are when the other filters stay as they are,
    most first; state also has "all". Of the whole period, whatever the filter: ``standing`` stories and
    ``standing_flags`` count as conflicts, ``to_confirm`` decisions wait to be confirmed, of ``known`` flags.
    """

    stories: tuple[QueuedStory, ...]
    total: int
    flags: int
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    standing: int
    standing_flags: int
    to_confirm: int
    known: int


@dataclass(frozen=True, slots=True)
class StoryCase:
    """One copy of a story. ``state`` None = it is not flagged."""

    mention_id: str
    title: str
    url: str
    source: str
    said_at: datetime
    state: CaseState | None
    statement: str | None


def queue(path: Path, wanted: QueueFilter, *, limit: int = 15, offset: int = 0) -> Queue:
    """One page, the gravest and surest stories first; ``limit`` and ``offset`` count stories."""
    with db.reading(path) as con:
        _gather(con, wanted)
        known, standing_flags, standing, to_confirm = _row(con, """
            SELECT count(*), count_if(level <> 'none'), count(DISTINCT story) FILTER (level <> 'none'),
                count_if(state = 'to_confirm') FROM q""")  # fmt: skip
        total, flags = _row(con, "SELECT count(DISTINCT story), count(*) FROM q WHERE passes")
        stories = _page(con, limit, offset)
        facets = _facets(con, wanted) if known else {}
    return Queue(stories, total, flags, facets, standing, standing_flags, to_confirm, known)


def _row(con: Con, query: str) -> tuple[int, ...]:
    row = con.execute(query).fetchone()
    assert row is not None
    return tuple(row)


def _values(wanted: QueueFilter, query: str) -> dict[str, str]:
    return {name: getattr(wanted, name) for name in _PASSES if f"${name}" in query}


def _gather(con: Con, wanted: QueueFilter) -> None:
    """The flags of the period with what they are filtered by, as the temporary table ``q``."""
    within = "{0}.said_at >= $since AND {0}.said_at < $until"
    query = f"""
        CREATE OR REPLACE TEMP TABLE q AS
        WITH k AS MATERIALIZED (SELECT * FROM v_cases AS k WHERE {within.format("k")}),
        s AS (
            SELECT c.said_at, c.mention_id, list(DISTINCT c.statement) AS statements FROM v_conflicts AS c
            WHERE {within.format("c")} GROUP BY ALL
        ), t AS (
            SELECT t.said_at, t.mention_id, list(DISTINCT t.target) AS targets FROM v_standing AS t
            JOIN k ON k.said_at = t.said_at AND k.mention_id = t.mention_id
            WHERE {within.format("t")} GROUP BY ALL
        )
        SELECT k.*, k.model_level AS severity, coalesce(s.statements, [k.statement]) AS statements,
            coalesce(t.targets, []) AS targets, CASE k.state WHEN 'to_confirm' THEN 'open' ELSE k.state END AS waits,
            {" AND ".join(_PASSES.values())} AS passes
        FROM k LEFT JOIN s ON s.said_at = k.said_at AND s.mention_id = k.mention_id
        LEFT JOIN t ON t.said_at = k.said_at AND t.mention_id = k.mention_id"""
    values: dict[str, Any] = {"since": naive(wanted.since), "until": naive(wanted.until)}
    con.execute(query, values | _values(wanted, query))


def _page(con: Con, limit: int, offset: int) -> tuple[QueuedStory, ...]:
    found = con.execute(
        f"""
        WITH s AS (
            SELECT story, bool_or(severity = 'major') AS serious, max(score) AS sure, max(said_at) AS latest,
                arg_max(mention_id, (severity = 'major', score, said_at, mention_id)) AS head, count(*) AS flags
            FROM q WHERE passes GROUP BY story
            ORDER BY serious DESC, sure DESC, latest DESC, story LIMIT ? OFFSET ?
        ), h AS (
            SELECT s.*, q.said_at, q.statement, q.severity, q.score, q.voice, q.state
            FROM s JOIN q ON q.story = s.story AND q.mention_id = s.head
        ), a AS (
            SELECT h.story, list(struct_pack(id := q.mention_id, hash := q.content_hash, identity := q.identity)
                ORDER BY q.mention_id <> h.head, q.said_at, q.mention_id)[:{MOST_COPIES}] AS alike
            FROM h JOIN q ON q.story = h.story AND q.statement = h.statement WHERE q.passes GROUP BY h.story
        ), g AS (
            SELECT mention_id, arg_max(assignee, number) AS assignee FROM v_case_log WHERE action = 'assigned'
            GROUP BY mention_id
        )
        SELECT h.story, h.head, h.said_at, h.statement, h.severity, h.score, h.voice, h.state, g.assignee, h.flags,
            a.alike
        FROM h JOIN a ON a.story = h.story LEFT JOIN g ON g.mention_id = h.head
        ORDER BY h.serious DESC, h.sure DESC, h.latest DESC, h.story""",
        [limit, offset],
    ).fetchall()
    if not found:
        return ()
    # The few rows first, then their texts: a join would read those of the whole period.
    times = [row[2] for row in found]
    texts = {
        row[0]: row[1:]
        for row in con.execute(
            f"""
            SELECT id, title, left(text, {_TEXT}), source FROM mentions WHERE rowid IN (
                SELECT rowid FROM mentions
                WHERE said_at BETWEEN ? AND ? AND id IN (SELECT unnest(?::VARCHAR[])))""",
            [min(times), max(times), [row[1] for row in found]],
        ).fetchall()
    }
    out = []
    for row in found:
        alike = tuple(QueuedCopy(c["id"], c["hash"], c["identity"]) for c in row[10])
        out.append(QueuedStory(*[row[0], row[1], aware(row[2]), *texts[row[1]], *row[3:10], alike]))
    return tuple(out)


def _facets(con: Con, wanted: QueueFilter) -> dict[str, tuple[tuple[str, int], ...]]:
    parts = []
    for facet in _FACETS:
        others = " AND ".join(condition for name, condition in _PASSES.items() if name != facet)
        value = f"unnest({_MANY[facet]})" if facet in _MANY else "waits" if facet == "state" else facet
        parts.append(
            f"SELECT '{facet}' AS facet, value, count(DISTINCT story) AS n FROM "
            f"(SELECT story, {value} AS value FROM q WHERE {others}) GROUP BY value"
        )
    others = " AND ".join(condition for name, condition in _PASSES.items() if name != "state")
    parts.append(f"SELECT 'state', 'all', count(DISTINCT story) FROM q WHERE {others}")
    query = " UNION ALL ".join(parts) + " ORDER BY facet, n DESC, value"
    found: dict[str, list[tuple[str, int]]] = {facet: [] for facet in _FACETS}
    for facet, value, n in con.execute(query, _values(wanted, query)).fetchall():
        found[facet].append((value, n))
    return {facet: tuple(values) for facet, values in found.items()}


def story_flag(path: Path, mention_id: str, said_at: datetime) -> list[ConflictRow]:
    """The statements that this mention conflicts with, by rank, each with the mention and its case; [] = none now."""
    at = naive(said_at)
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT mention_id, said_at, rank, statement, score, severity, field, quote, reason, role_mixing, model
            FROM v_conflicts WHERE said_at = ? AND mention_id = ? ORDER BY rank""",
            [at, mention_id],
        ).fetchall()
        rows = rows_of(con, found[:1])
    return [ConflictRow(rows[r[0]], *r[2:]) for r in found]


def story_cases(path: Path, story: str, *, limit: int = 50) -> list[StoryCase]:
    """The copies of a story, flagged or not, oldest first; one that was never grouped is its own."""
    with db.reading(path) as con:
        found = con.execute(
            """
            WITH s AS (
                SELECT mention_id, said_at FROM stories WHERE story = $story
                UNION SELECT id, said_at FROM mentions
                WHERE id = $story AND NOT EXISTS (FROM stories AS x WHERE x.story = $story)
                ORDER BY said_at, mention_id LIMIT $limit
            ), k AS (
                SELECT mention_id, said_at, state, statement FROM v_cases AS k
                WHERE k.said_at BETWEEN (SELECT min(said_at) FROM s) AND (SELECT max(said_at) FROM s)
                AND k.story = $story
            )
            SELECT m.id, m.title, m.url, m.source, m.said_at, k.state, k.statement
            FROM s JOIN mentions AS m ON m.said_at = s.said_at AND m.id = s.mention_id
            LEFT JOIN k ON k.said_at = s.said_at AND k.mention_id = s.mention_id
            WHERE m.said_at BETWEEN (SELECT min(said_at) FROM s) AND (SELECT max(said_at) FROM s)
            ORDER BY m.said_at, m.id""",
            {"story": story, "limit": limit},
        ).fetchall()
    return [StoryCase(*[*r[:4], aware(r[4]), *r[5:]]) for r in found]
