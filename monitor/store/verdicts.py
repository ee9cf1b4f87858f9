"""Verdicts: which is shown, and which another model than today's gave. Part of the store room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.db import Con, naive
from monitor.store import derived, rows
from monitor.types import Mention, Target, Verdict

REJUDGED_AT = "rejudged_at"  # the setting: when verdicts on what was stored already last changed
_TARGET = "t.target, t.kind, t.via, t.field, t.span_start, t.span_end, t.surface"


@dataclass(frozen=True, slots=True)
class Outdated:
    """A (mention, target) whose newest verdict ``before`` is of none of the models asked for.

    ``known`` is what the first of those that ever judged it said then, None when none did. ``corrected`` = a
    person's word stands before both.
    """

    mention: Mention
    target: Target
    before: Verdict
    known: Verdict | None
    corrected: bool


def add(con: Con, given: Sequence[tuple[Mention, Verdict]], at: datetime, identity: str) -> None:
    """See ``Store.add_verdicts``; inside the caller's transaction."""
    unique = {(m.id, m.content_hash, v.target, v.model): (m, v) for m, v in given}
    staged = [
        (*rows.placed(m), v.target, v.model, v.negative, v.neutral, v.positive, v.label, v.status)
        for m, v in unique.values()
    ]
    rows.stage(con, "stage_verdicts", rows.VERDICT, staged)
    rows.place(con, "stage_verdicts")
    same = (
        "v.said_at = p.said_at AND v.mention_id = p.mention_id "
        "AND v.content_hash = p.content_hash AND v.target = p.target"
    )
    # Not there yet, or there and behind another model's: the latter comes to the front again as it was.
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE todo AS
        SELECT p.*, EXISTS (FROM verdicts AS v WHERE {same} AND v.model = p.model) AS known FROM placed AS p
        WHERE NOT EXISTS (FROM verdicts AS v WHERE {same} AND v.model = p.model AND v.newest)""")
    con.execute(f"UPDATE verdicts AS v SET newest = false FROM todo AS p WHERE {same} AND v.newest")
    con.execute(
        f"UPDATE verdicts AS v SET newest = true FROM todo AS p WHERE p.known AND {same} AND v.model = p.model"
    )
    con.execute(
        """
        INSERT INTO verdicts BY NAME
        SELECT * EXCLUDE (known), ?::TIMESTAMP AS judged_at, true AS newest FROM todo WHERE NOT known""",
        [naive(at)],
    )
    derived.refresh_standing(con, "todo")
    for model in ("", *{v.model for _, v in unique.values()}):
        derived.advance(con, "verdict", "placed", identity, model)


_OF_ANOTHER = """model IS NOT NULL AND NOT list_contains($models::VARCHAR[], model)
    AND ($since::TIMESTAMP IS NULL OR said_at >= $since)"""


def count_outdated(con: Con, models: Sequence[str], since: datetime | None) -> int:
    row = con.execute(
        f"SELECT count(*) FROM standing WHERE {_OF_ANOTHER}", {"models": list(models), "since": naive(since)}
    ).fetchone()
    return int(row[0]) if row else 0


def outdated(con: Con, models: Sequence[str], since: datetime | None, limit: int) -> list[Outdated]:
    """See ``Store.outdated_verdicts``."""
    same = (
        "{0}.said_at = d.said_at AND {0}.mention_id = d.mention_id AND {0}.content_hash = m.content_hash "
        "AND {0}.target = d.target"
    )
    found = con.execute(
        f"""
        WITH due AS (
            SELECT mention_id, said_at, target, position, status = 'corrected' AS corrected FROM standing
            WHERE {_OF_ANOTHER} ORDER BY said_at DESC, mention_id, position LIMIT $limit)
        SELECT {rows.MENTION_COLUMNS.replace("m.voice", "x.voice")}, {_TARGET},
            b.target, b.negative, b.neutral, b.positive, b.status, b.model,
            k.target, k.negative, k.neutral, k.positive, k.status, k.model, d.corrected
        FROM due AS d
        JOIN mentions AS m ON m.said_at = d.said_at AND m.id = d.mention_id
        JOIN mention_targets AS t ON {same.format("t")}
        JOIN matches AS x ON x.said_at = d.said_at AND x.mention_id = d.mention_id
            AND x.content_hash = m.content_hash AND x.identity = t.identity
        JOIN verdicts AS b ON {same.format("b")} AND b.newest
        LEFT JOIN verdicts AS k ON {same.format("k")} AND list_contains($models::VARCHAR[], k.model)
        WHERE t.identity = (SELECT value FROM settings WHERE name = 'identity')
        QUALIFY row_number() OVER (
            PARTITION BY d.mention_id, d.target ORDER BY list_position($models::VARCHAR[], k.model)) = 1
        ORDER BY d.said_at DESC, d.mention_id, d.position""",
        {"models": list(models), "since": naive(since), "limit": limit},
    ).fetchall()
    return [
        Outdated(
            rows.mention_from(row),
            rows.target_from(row[11:18]),
            Verdict(*row[18:24]),
            Verdict(*row[24:30]) if row[24] is not None else None,
            row[30],
        )
        for row in found
    ]
