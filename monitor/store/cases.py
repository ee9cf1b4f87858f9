"""What people did with flags, and what their decisions taught: two logs that only grow. Part of the store room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.db import Con, naive
from monitor.errors import ContentChanged
from monitor.store import aggregates, rows
from monitor.types import CaseEntry

_DECISIONS = "('confirmed', 'dismissed', 'reopened')"  # of these the last one counts
_FIGURES = "log_loss, log_loss_model, log_loss_majority, gain_low, gain_high, f1, f1_model, f1_majority"


@dataclass(frozen=True, slots=True)
class Fitted:
    """An adjustment of the flag scores of one (identity, model), as it is stored. ``figures`` are cross-validated and
    None when there were too few cases: log loss adjusted, of the model, of the majority; the ends of the interval of
    the gain; F1 adjusted, of the model, of the majority.
    """

    revision: str
    identity: str
    model: str
    at: datetime  # UTC
    used: bool
    why: str
    cases: int
    confirmed: int
    stories: int
    figures: tuple[float | None, ...]
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Decided:
    """``numbers`` of the entries that were written, by which they can be undone; ``changed``: the mentions whose text,
    identity or flag is another by now, about which nothing was written."""

    numbers: tuple[int, ...]
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Undone:
    """How many entries were undone; ``overtaken``: the mentions about which somebody said something newer, where
    nothing was."""

    entries: int
    overtaken: tuple[str, ...] = ()


def add(con: Con, entries: Sequence[CaseEntry]) -> int:
    """See ``Store.add_case_entries``; inside the caller's transaction."""
    if changed := _stage(con, entries):
        raise ContentChanged(
            f"{', '.join(changed[:5])}: the text, the identity or the flag has changed since it was looked at. "
            "Remedy: look at it again"
        )
    return len(_write(con))


def decide(con: Con, entries: Sequence[CaseEntry]) -> Decided:
    """See ``Store.decide``; inside the caller's transaction."""
    changed = _stage(con, entries)
    return Decided(_write(con), changed)


def _stage(con: Con, entries: Sequence[CaseEntry]) -> tuple[str, ...]:
    """Makes the temporary table ``todo`` of the entries about flags that stand; the mentions of the others."""
    staged = [
        (e.mention_id, None, e.content_hash, e.identity, e.action, e.words, e.assignee, e.who, naive(e.at), n)
        for n, e in enumerate(entries, 1)
    ]
    rows.stage(con, "stage_cases", rows.CASE, staged)
    # By id: a person's word comes one at a time, not from a stage that knows the mention's time.
    con.execute("""
        CREATE OR REPLACE TEMP TABLE todo AS
        SELECT s.* REPLACE (f.said_at AS said_at), f.statement, f.model, f.model_level AS level, f.model_score AS score
        FROM stage_cases AS s JOIN v_cases AS f
        ON f.mention_id = s.mention_id AND f.content_hash = s.content_hash AND f.identity = s.identity""")
    gone = con.execute("""
        SELECT DISTINCT mention_id FROM stage_cases WHERE position NOT IN (SELECT position FROM todo)
        ORDER BY mention_id""").fetchall()
    return tuple(row[0] for row in gone)


def _write(con: Con) -> tuple[int, ...]:
    """Writes what is new of ``todo``; returns the numbers it was given."""
    con.execute(f"""
        DELETE FROM todo AS t WHERE EXISTS (
            FROM (FROM v_case_log AS c WHERE c.mention_id = t.mention_id AND c.content_hash = t.content_hash
                  AND c.identity = t.identity) AS c
            WHERE c.action = t.action AND c.who = t.who AND c.words = t.words
            AND c.assignee IS NOT DISTINCT FROM t.assignee
            AND NOT EXISTS (
                FROM v_case_log AS l WHERE l.mention_id = t.mention_id AND l.number > c.number
                AND (l.action = c.action OR c.action IN {_DECISIONS} AND l.action IN {_DECISIONS})))""")
    con.execute("""
        DELETE FROM todo AS t WHERE t.action = 'reopened' AND NOT EXISTS (
            FROM v_cases AS c WHERE c.mention_id = t.mention_id
            AND (c.decision IS NOT NULL OR c.state = 'set_aside'))""")
    con.execute("""
        CREATE OR REPLACE TEMP TABLE new AS
        SELECT * EXCLUDE (position), (SELECT coalesce(max(number), 0) FROM case_log)
            + row_number() OVER (ORDER BY position) AS number FROM todo""")
    return _log(con)


def undo(con: Con, numbers: Sequence[int], who: str, at: datetime) -> Undone:
    """See ``Store.undo``; inside the caller's transaction."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE asked AS FROM v_case_log WHERE number IN (SELECT unnest(?::BIGINT[]))",
        [list(numbers)],
    )
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE newer AS SELECT DISTINCT a.number, a.mention_id
        FROM asked AS a JOIN v_case_log AS l ON l.mention_id = a.mention_id AND l.number > a.number
        WHERE l.number NOT IN (SELECT number FROM asked)
        AND (l.action = a.action OR a.action IN {_DECISIONS} AND l.action IN {_DECISIONS})""")
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE new AS SELECT a.* EXCLUDE (number, undoes)
            REPLACE ('undone' AS action, '' AS words, NULL AS assignee, ? AS who, ?::TIMESTAMP AS acted_at),
            a.number AS undoes,
            (SELECT coalesce(max(number), 0) FROM case_log) + row_number() OVER (ORDER BY a.number) AS number
        FROM asked AS a WHERE a.number NOT IN (SELECT number FROM newer)""",
        [who, naive(at)],
    )
    newer = con.execute("SELECT DISTINCT mention_id FROM newer ORDER BY mention_id").fetchall()
    return Undone(len(_log(con)), tuple(row[0] for row in newer))


def _log(con: Con) -> tuple[int, ...]:
    con.execute("INSERT INTO case_log BY NAME FROM new")
    aggregates.refresh_listed(con, "new")  # what was confirmed stays raised
    return tuple(row[0] for row in con.execute("SELECT number FROM new ORDER BY number").fetchall())


def add_adjustment(con: Con, fitted: Fitted) -> bool:
    """See ``Store.add_adjustment``; inside the caller's transaction."""
    last = con.execute(
        "SELECT number, revision, identity, model, used, why, cases FROM adjustments ORDER BY number DESC LIMIT 1"
    ).fetchone()
    said = (fitted.revision, fitted.identity, fitted.model, fitted.used, fitted.why, fitted.cases)
    if last and tuple(last[1:]) == said:
        return False
    number = (last[0] if last else 0) + 1
    con.execute(
        f"""INSERT INTO adjustments (number, revision, identity, model, fitted_at, used, why, cases, confirmed, stories,
        {_FIGURES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            number, fitted.revision, fitted.identity, fitted.model, naive(fitted.at), fitted.used, fitted.why,
            fitted.cases, fitted.confirmed, fitted.stories, *fitted.figures,
        ],
    )  # fmt: skip
    rows.stage(con, "stage_weights", rows.WEIGHT, list(fitted.weights.items()))
    con.execute("INSERT INTO adjustment_weights BY NAME SELECT *, ? AS number FROM stage_weights", [number])
    return True
