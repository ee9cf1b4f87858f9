"""Flags with their statements, candidates and relations. Part of the store room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.db import Con, naive
from monitor.store import derived, rows
from monitor.types import Flag, Mention


def add(con: Con, identity: str, given: Sequence[tuple[Mention, Flag]], at: datetime) -> None:
    """See ``Store.add_flags``; inside the caller's transaction."""
    unique = {(m.id, m.content_hash, f.model): (m, f) for m, f in given}
    flags, conflicts, candidates, relations = [], [], [], []
    for m, f in unique.values():
        flags.append((*rows.placed(m), f.model, f.level, f.score, f.role_mixing))
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
        f"""
        CREATE OR REPLACE TEMP TABLE todo AS SELECT * FROM (SELECT *, ? AS identity FROM placed) AS p
        WHERE NOT EXISTS (FROM flags AS f WHERE {same} AND f.model = p.model)""",
        [identity],
    )
    con.execute(f"UPDATE flags AS f SET newest = false FROM todo AS p WHERE {same} AND f.newest")
    con.execute(
        "INSERT INTO flags BY NAME SELECT *, ?::TIMESTAMP AS flagged_at, true AS newest FROM todo",
        [naive(at)],
    )
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
    for model in {f.model for _, f in unique.values()}:
        derived.advance(con, "flag", "placed", identity, model)
