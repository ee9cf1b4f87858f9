"""Flags with their statements, candidates and relations. Part of the store room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.db import Con, naive
from monitor.store import aggregates, derived, rows
from monitor.types import Flag, Mention


def add(
    con: Con, identity: str, given: Sequence[tuple[Mention, Flag]], at: datetime, second: str
) -> frozenset[str]:
    """See ``Store.add_flags``; inside the caller's transaction."""
    unique = {(m.id, m.content_hash, f.model): (m, f) for m, f in given}
    flags, conflicts, candidates, relations = [], [], [], []
    for m, f in unique.values():
        first = f.first.model if f.first else None
        flags.append((*rows.placed(m), f.model, f.level, f.score, f.role_mixing, first))
        for n, c in enumerate(f.conflicts, 1):
            span = (c.field, c.start, c.end, c.quote, c.reason)
            conflicts.append((m.id, f.model, n, c.statement, c.score, c.severity, *span))
        for n, (statement, score) in enumerate(f.candidates, 1):
            candidates.append((m.id, f.model, n, statement, score))
        for r in f.relations:
            relations.append((m.id, f.model, r.statement, r.contradicts, r.in_line))
    rows.stage(con, "stage_flags", rows.FLAG, flags)
    rows.place(con, "stage_flags")
    same = (
        "f.said_at = p.said_at AND f.mention_id = p.mention_id "
        "AND f.content_hash = p.content_hash AND f.identity = p.identity"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE given AS SELECT *, ?::VARCHAR AS identity FROM placed", [identity]
    )
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE todo AS FROM given AS p
        WHERE NOT EXISTS (FROM flags AS f WHERE {same} AND f.model = p.model)""")
    con.execute(f"UPDATE flags AS f SET newest = false FROM todo AS p WHERE {same} AND f.newest")
    con.execute(
        "INSERT INTO flags BY NAME SELECT *, ?::TIMESTAMP AS flagged_at, true AS newest FROM todo",
        [naive(at)],
    )
    known = _to_the_front(con, same, second) if second else frozenset()
    for table, schema, staged in (
        ("flag_conflicts", rows.CONFLICT, conflicts),
        ("flag_candidates", rows.CANDIDATE, candidates),
        ("flag_relations", rows.RELATION, relations),
    ):
        if staged:
            rows.stage(con, "stage_parts", schema, staged)
            con.execute(f"""
                INSERT INTO {table} BY NAME SELECT c.*, d.said_at, d.content_hash, d.identity
                FROM stage_parts AS c JOIN todo AS d ON d.mention_id = c.mention_id AND d.model = c.model""")
    aggregates.refresh_listed(con, "given")
    # What is due is told by the first judge alone.
    for model in {f.model for _, f in unique.values() if f.first is None}:
        derived.advance(con, "flag", "placed", identity, model)
    return known


def _to_the_front(con: Con, same: str, second: str) -> frozenset[str]:
    """Shows the earlier opinions of ``second`` on mentions that another judge has just flagged again."""
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE known AS FROM given AS p
        WHERE p.model <> $second AND EXISTS (FROM flags AS f WHERE {same} AND f.model = $second)""",
        {"second": second},
    )
    con.execute(
        f"""
        UPDATE flags AS f SET newest = (f.model = $second) FROM known AS p
        WHERE {same} AND (f.newest OR f.model = $second)""",
        {"second": second},
    )
    return frozenset(row[0] for row in con.execute("SELECT mention_id FROM known").fetchall())
