"""What people said against a verdict: a history that only grows. Part of the store room."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.db import Con, naive
from monitor.errors import ContentChanged
from monitor.store import derived, rows
from monitor.types import Correction

NONE = "none"  # as stored: the correction before is taken back


def add(con: Con, corrections: Sequence[Correction]) -> int:
    """See ``Store.add_corrections``; inside the caller's transaction."""
    last = {(c.mention_id, c.target): c for c in corrections}
    staged = [
        (c.mention_id, None, c.content_hash, c.target, c.label or NONE, c.who, naive(c.at), c.why)
        for c in last.values()
    ]
    rows.stage(con, "stage_corrections", rows.CORRECTION, staged)
    gone = con.execute("""
        SELECT mention_id FROM stage_corrections AS s WHERE NOT EXISTS (
            FROM mentions AS m WHERE m.id = s.mention_id AND m.content_hash = s.content_hash)""").fetchall()
    if gone:
        ids = ", ".join(sorted(row[0] for row in gone)[:5])
        raise ContentChanged(f"{ids}: edited or deleted since it was looked at. Remedy: look at it again")
    # By id: corrections come one at a time or from a file, not from a stage that knows the mention's time.
    con.execute("""
        CREATE OR REPLACE TEMP TABLE todo AS
        SELECT s.* REPLACE (m.said_at AS said_at), v.label AS model_label, v.model
        FROM stage_corrections AS s
        JOIN mentions AS m ON m.id = s.mention_id
        LEFT JOIN verdicts AS v ON v.said_at = m.said_at AND v.mention_id = m.id AND v.content_hash = s.content_hash
            AND v.target = s.target AND v.newest AND v.status <> 'unjudged'
        WHERE NOT EXISTS (
            FROM corrections AS c WHERE c.mention_id = s.mention_id AND c.target = s.target AND c.newest
            AND c.content_hash = s.content_hash AND c.label = s.label AND c.who = s.who AND c.why = s.why)
        AND (s.label <> 'none' OR EXISTS (
            FROM corrections AS c WHERE c.mention_id = s.mention_id AND c.target = s.target AND c.newest
            AND c.label <> 'none'))""")
    con.execute("""
        UPDATE corrections AS c SET newest = false FROM todo AS t
        WHERE c.said_at = t.said_at AND c.mention_id = t.mention_id AND c.target = t.target AND c.newest""")
    con.execute("INSERT INTO corrections BY NAME SELECT *, true AS newest FROM todo")
    derived.refresh_standing(con, "todo")
    row = con.execute("SELECT count(*) FROM todo").fetchone()
    return int(row[0]) if row else 0
