"""What texts are found by. Part of the store room; ``Store`` has these methods."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from monitor.db import Con
from monitor.store import derived, rows
from monitor.types import Mention

STEP = "search"
_ROW = {**rows.PLACED, "stems": pa.list_(pa.uint32())}


def due(con: Con, revision: str, limit: int) -> list[Mention]:
    """See ``Store.due_search``."""
    found = con.execute(
        f"""
        WITH due AS (
            SELECT m.id, m.said_at FROM mentions AS m WHERE m.said_at >= $floor AND ($anew OR NOT EXISTS (
                FROM search_words AS w WHERE w.said_at >= $floor AND w.said_at = m.said_at AND w.mention_id = m.id))
            ORDER BY m.said_at, m.id LIMIT $limit)
        SELECT {rows.MENTION_COLUMNS} FROM due JOIN mentions AS m ON m.said_at = due.said_at AND m.id = due.id
        ORDER BY m.said_at, m.id""",
        {
            "floor": derived.floor(con, STEP, derived.key("", revision)),
            "anew": _of_another(con, revision),
            "limit": limit,
        },
    ).fetchall()
    return [rows.mention_from(row) for row in found]


def add(con: Con, revision: str, given: Sequence[tuple[Mention, Sequence[int]]]) -> None:
    """See ``Store.add_search``; inside the caller's transaction."""
    if _of_another(con, revision):
        con.execute("DELETE FROM done WHERE step = ?", [STEP])  # what another revision read is of no use
        con.execute("DELETE FROM search_words")
    rows.stage(con, "stage_search", _ROW, [(*rows.placed(m), list(stems)) for m, stems in given])
    con.execute("""
        CREATE OR REPLACE TEMP TABLE placed AS SELECT s.mention_id, s.said_at, s.stems
        FROM stage_search AS s
        JOIN mentions AS m ON m.said_at = s.said_at AND m.id = s.mention_id AND m.content_hash = s.content_hash""")
    con.execute("""
        INSERT INTO search_words BY NAME FROM placed AS p WHERE NOT EXISTS (
            FROM search_words AS w WHERE w.said_at = p.said_at AND w.mention_id = p.mention_id) ORDER BY said_at""")
    derived.advance(con, STEP, "placed", "", revision)


def _of_another(con: Con, revision: str) -> bool:
    query = "SELECT count(*) > 0 FROM done WHERE step = ? AND key <> ?"
    return con.execute(query, [STEP, derived.key("", revision)]).fetchone() == (True,)


def forget(con: Con, table: str) -> None:
    """The mentions in the table (mention_id, said_at) were edited: they are to be read again."""
    con.execute(f"""
        DELETE FROM search_words USING {table} AS d
        WHERE search_words.said_at = d.said_at AND search_words.mention_id = d.mention_id""")
