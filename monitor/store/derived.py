"""What the store derives for speed, kept in the transaction that changes what it derives from. Part of the store room.

``standing`` holds the rows of the view v_standing_source. ``done`` holds, for every step and key, a time before
which nothing is due, so that asking what is due reads recent blocks only, however large the store.
"""

from __future__ import annotations

from datetime import datetime

from monitor.db import Con
from monitor.store import aggregates

BEGINNING = datetime(1, 1, 1)  # noqa: DTZ001  as stored: UTC without an offset


def key(identity: str, model: str = "") -> str:
    return f"{identity}\n{model}"


def rebuild(con: Con) -> None:
    """From nothing: when another identity comes into force."""
    con.execute("DELETE FROM standing")
    con.execute("INSERT INTO standing BY NAME FROM v_standing_source ORDER BY said_at")
    aggregates.rebuild(con)


def refresh(con: Con, touched: str) -> None:
    """Everything derived about the mentions in the table (mention_id, said_at)."""
    refresh_standing(con, touched)
    aggregates.refresh_listed(con, touched)


def refresh_standing(con: Con, touched: str) -> None:
    """The rows of the mentions in the table ``touched`` (mention_id, said_at): the view, restricted to them; then the
    stories they were and are in."""
    same = "{0}.said_at = d.said_at AND {0}.mention_id = d.mention_id"
    con.execute(f"CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT mention_id, said_at FROM {touched}")
    aggregates.remember_stories(con, "touched")
    con.execute(f"DELETE FROM standing USING touched AS d WHERE {same.format('standing')}")
    con.execute(f"""
        INSERT INTO standing BY NAME
        WITH t AS (SELECT t.* FROM mention_targets AS t JOIN touched AS d ON {same.format("t")}),
        m AS (SELECT m.id, m.said_at, m.content_hash, m.fresh, m.source, m.source_type, m.reach
              FROM mentions AS m JOIN touched AS d ON m.said_at = d.said_at AND m.id = d.mention_id),
        v AS (SELECT v.* FROM verdicts AS v JOIN touched AS d ON {same.format("v")} WHERE v.newest),
        c AS (SELECT c.* FROM corrections AS c JOIN touched AS d ON {same.format("c")}
              WHERE c.newest AND c.label <> 'none'),
        s AS (SELECT s.* FROM stories AS s JOIN touched AS d ON {same.format("s")})
        SELECT t.mention_id, t.said_at, t.target, t.kind, t.position, m.fresh, m.source, m.source_type,
            coalesce(s.story, m.id) AS story, coalesce(c.label, v.label) AS label,
            CASE WHEN c.label IS NOT NULL THEN 'corrected' ELSE coalesce(v.status, 'unjudged') END AS status,
            CASE WHEN c.label IS NOT NULL THEN c.label WHEN v.status = 'judged' THEN v.label
                ELSE coalesce(v.status, 'unjudged') END AS standing,
            CASE WHEN c.label IS NULL THEN v.negative ELSE (c.label = 'negative')::DOUBLE END AS negative,
            CASE WHEN c.label IS NULL THEN v.neutral ELSE (c.label = 'neutral')::DOUBLE END AS neutral,
            CASE WHEN c.label IS NULL THEN v.positive ELSE (c.label = 'positive')::DOUBLE END AS positive,
            v.model, m.reach
        FROM t JOIN m ON m.id = t.mention_id AND m.content_hash = t.content_hash
        LEFT JOIN v ON v.mention_id = t.mention_id AND v.content_hash = t.content_hash AND v.target = t.target
        LEFT JOIN c ON c.mention_id = t.mention_id AND c.content_hash = t.content_hash AND c.target = t.target
        LEFT JOIN s ON s.mention_id = t.mention_id
        WHERE t.identity = (SELECT value FROM settings WHERE name = 'identity')
        ORDER BY t.said_at""")
    aggregates.refresh_stories(con, "touched")


ABOUT_MENTIONS = (
    "matches",
    "mention_targets",
    "verdicts",
    "flags",
    "flag_conflicts",
    "flag_candidates",
    "stories",
    "story_links",
    "corrections",
    "case_log",
    "flag_relations",
    "incident_headlines",
    "standing",
    "voices",
    "listed",
    "raised",
    "stances",
    "search_words",
)


def delete_mentions(con: Con, table: str) -> int:
    """The mentions in the table (id, said_at) and every row about them; their keys stay. What their stories
    were counted as is what is left of them."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE touched AS SELECT id AS mention_id, said_at FROM {table}")
    aggregates.remember_stories(con, "touched")
    for about in ABOUT_MENTIONS:
        con.execute(f"""
            DELETE FROM {about} USING {table} AS g WHERE {about}.said_at = g.said_at AND {about}.mention_id = g.id""")
    con.execute(
        f"DELETE FROM mentions USING {table} AS g WHERE mentions.said_at = g.said_at AND mentions.id = g.id"
    )
    aggregates.refresh_stories(con, "touched")
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def floor(con: Con, step: str, key: str) -> datetime:
    """Nothing said before this is due."""
    row = con.execute("SELECT before FROM done WHERE step = ? AND key = ?", [step, key]).fetchone()
    return row[0] if row else BEGINNING


def lower(con: Con, steps: list[str], table: str) -> None:
    """Mentions in the table (said_at) became due for these steps, or may have."""
    con.execute(
        f"""
        UPDATE done SET before = d.first FROM (SELECT min(said_at) AS first FROM {table}) AS d
        WHERE list_contains(?::VARCHAR[], step) AND d.first < before""",
        [steps],
    )


# What is still due of each step between $floor and $last; $identity and $model where the step has them. Verdicts have
# two floors: one of the model, one ($model = '') of any model, which is what the ordinary work asks for.
_STILL_DUE = {
    "match": """
        SELECT min(m.said_at) FROM mentions AS m WHERE m.said_at BETWEEN $floor AND $last AND NOT EXISTS (
            FROM matches AS x WHERE x.said_at BETWEEN $floor AND $last AND x.said_at = m.said_at
            AND x.mention_id = m.id AND x.content_hash = m.content_hash AND x.identity = $identity)""",
    "story": """
        SELECT min(t.said_at) FROM standing AS t WHERE t.said_at BETWEEN $floor AND $last AND NOT EXISTS (
            FROM stories AS s WHERE s.said_at BETWEEN $floor AND $last AND s.said_at = t.said_at
            AND s.mention_id = t.mention_id)""",
    "verdict": """
        SELECT min(t.said_at) FROM mention_targets AS t
        JOIN mentions AS m ON m.said_at = t.said_at AND m.id = t.mention_id AND m.content_hash = t.content_hash
        WHERE t.said_at BETWEEN $floor AND $last AND t.identity = $identity AND NOT EXISTS (
            FROM verdicts AS v WHERE v.said_at BETWEEN $floor AND $last AND v.said_at = t.said_at
            AND v.mention_id = t.mention_id AND v.content_hash = t.content_hash AND v.target = t.target
            AND ($model = '' OR v.model = $model))""",
    "flag": """
        SELECT min(x.said_at) FROM matches AS x
        JOIN mentions AS m ON m.said_at = x.said_at AND m.id = x.mention_id AND m.content_hash = x.content_hash
        WHERE x.said_at BETWEEN $floor AND $last AND x.relevant AND x.identity = $identity AND NOT EXISTS (
            FROM flags AS f WHERE f.said_at BETWEEN $floor AND $last AND f.said_at = x.said_at
            AND f.mention_id = x.mention_id AND f.content_hash = x.content_hash AND f.identity = $identity
            AND f.model = $model)""",
    "search": """
        SELECT min(m.said_at) FROM mentions AS m WHERE m.said_at BETWEEN $floor AND $last AND NOT EXISTS (
            FROM search_words AS w WHERE w.said_at BETWEEN $floor AND $last AND w.said_at = m.said_at
            AND w.mention_id = m.id)""",
}


def advance(con: Con, step: str, table: str, identity: str, model: str = "") -> None:
    """The mentions in the table (said_at) were done: everything up to the first that is still due is."""
    row = con.execute(f"SELECT max(said_at) FROM {table}").fetchone()
    if not row or row[0] is None:
        return
    last, of = row[0], key(identity, model)
    before = floor(con, step, of)
    if last < before:
        return
    values = {"floor": before, "last": last, "identity": identity, "model": model}
    query = _STILL_DUE[step]
    still = con.execute(query, {k: v for k, v in values.items() if f"${k}" in query}).fetchone()
    con.execute("DELETE FROM done WHERE step = ? AND key = ?", [step, of])
    con.execute(
        "INSERT INTO done SELECT ?, ?, coalesce(?::TIMESTAMP, ?::TIMESTAMP + INTERVAL 1 MICROSECOND)",
        [step, of, still[0] if still else None, last],
    )
