"""Readings of goals, which only grow, and which competitors texts name. Part of the store room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.db import Con, naive
from monitor.store import rows
from monitor.types import Mention, Reading

_COLUMNS = (
    "goal, definition, measure, unit, since_at, until_at, read_at, value, low, high, n, track, why, baseline, target, "
    "deadline, needed"
)
# What makes a reading new: when it was made does not, nor does the line that moves on from day to day.
_SAYS = "value, low, high, n, track, why, baseline, target, deadline, until_at, unit"


def add_readings(con: Con, readings: Sequence[Reading], identity: str) -> int:
    """See ``Store.add_readings``; inside the caller's transaction."""
    rows.stage(
        con,
        "stage_readings",
        rows.READING,
        [
            (
                r.goal, r.definition, r.measure, r.unit, naive(r.since), naive(r.until), naive(r.at), r.value, r.low,
                r.high, r.n, r.track, r.why, r.baseline, r.target, r.deadline, r.needed,
            )
            for r in readings
        ],
    )  # fmt: skip
    con.execute("""
        DELETE FROM goal_readings AS g USING stage_readings AS s WHERE g.goal = s.goal AND g.definition = s.definition
        AND g.since_at = s.since_at AND g.read_at = s.read_at""")
    same = " AND ".join(f"l.{c} IS NOT DISTINCT FROM s.{c}" for c in _SAYS.split(", "))
    row = con.execute(
        f"""
        INSERT INTO goal_readings ({_COLUMNS}, identity)
        SELECT {_COLUMNS}, ? FROM stage_readings AS s WHERE NOT EXISTS (
            FROM (FROM goal_readings QUALIFY
                  row_number() OVER (PARTITION BY goal, definition, since_at ORDER BY read_at DESC) = 1) AS l
            WHERE l.goal = s.goal AND l.definition = s.definition AND l.since_at = s.since_at AND {same})""",
        [identity],
    ).fetchone()
    return int(row[0]) if row else 0


def due_voices(con: Con, rivals: str, sources: Sequence[str], since: datetime, limit: int) -> list[Mention]:
    """See ``Store.due_voices``."""
    found = con.execute(
        f"""
        SELECT {rows.MENTION_COLUMNS} FROM mentions AS m
        WHERE m.said_at >= $since AND list_contains($sources::VARCHAR[], m.source) AND NOT EXISTS (
            FROM voices AS v WHERE v.said_at >= $since AND v.said_at = m.said_at AND v.mention_id = m.id
            AND v.content_hash = m.content_hash AND v.rivals = $rivals)
        ORDER BY m.said_at LIMIT $limit""",
        {"rivals": rivals, "sources": list(sources), "since": naive(since), "limit": limit},
    ).fetchall()
    return [rows.mention_from(row) for row in found]


def add_voices(con: Con, rivals: str, found: Sequence[tuple[Mention, Sequence[str]]]) -> None:
    """See ``Store.add_voices``; inside the caller's transaction."""
    unique = {(m.id, m.content_hash): (m, names) for m, names in found}
    rows.stage(
        con, "stage_voices", rows.VOICE, [(*rows.placed(m), sorted(names)) for m, names in unique.values()]
    )
    rows.place(con, "stage_voices")
    con.execute("DELETE FROM voices WHERE rivals <> ?", [rivals])
    con.execute(
        "DELETE FROM voices USING placed AS p WHERE voices.said_at = p.said_at AND voices.mention_id = p.mention_id"
    )
    con.execute("INSERT INTO voices BY NAME SELECT p.*, ? AS rivals FROM placed AS p", [rivals])
