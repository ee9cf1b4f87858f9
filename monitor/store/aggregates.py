"""What pages count, kept in the transaction that changes what it is counted from. Part of the store room.

``story_standing`` and ``story_counts`` derive from ``standing`` and the weights, ``listed``, ``raised`` and ``stances``
from the tables about mentions; 0015_aggregates.sql and 0018_kept_stances.sql say in views what each means. Only what
was touched is written anew, and only the blocks of its time are read.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.db import Con

# A mention is grouped with one said at most seven days before or after it. Twice that finds its story without looking
# at all of them; one that is not found so is looked for everywhere.
_NEAR = timedelta(days=15)

_MEASURES = """any_value(kind) AS kind, count(*) AS copies, min(said_at) AS first_at, max(said_at) AS last_at,
    count_if(standing = 'negative') AS negative, count_if(standing = 'neutral') AS neutral,
    count_if(standing = 'positive') AS positive, count_if(standing = 'unsure') AS unsure,
    arg_max(standing, (said_at, mention_id)) FILTER (status = 'corrected') AS person, max(weight) AS heaviest"""

# What is told from the mention itself, of ``mentions`` or a table with its columns.
_TOLD = """author, place_of(url) AS place, title <> '' AS titled, answers_another(title, text) AS answers, reach,
    number_of(voice_of(author, place_of(url))) AS voice_no"""

_FLAG = [
    "mention_id",
    "said_at",
    "content_hash",
    "identity",
    "model",
    "level",
    "score",
    "role_mixing",
    "flagged_at",
]

# The tables that say how a flag stands to statements, with what they say.
_PARTS = {
    "flag_candidates": ("statement", "score"),
    "flag_conflicts": ("statement", "score", "rank", "severity", "field", "quote"),
    "flag_relations": ("statement", "contradicts", "in_line"),
}

# v_story_standing_source over the table ``copy``, which holds all copies of the stories in it.
_STORY_ROWS = f"""
    WITH whole AS (
        SELECT story, target, {_MEASURES},
            CASE WHEN bool_and(own_place) THEN 'own' WHEN NOT bool_or(own_place) THEN 'others' ELSE 'whole' END AS place
        FROM copy GROUP BY story, target
    ), part AS (
        SELECT story, target, {_MEASURES}, CASE WHEN own_place THEN 'own_part' ELSE 'others_part' END AS place
        FROM copy WHERE (story, target) IN (SELECT (w.story, w.target) FROM whole AS w WHERE w.place = 'whole')
        GROUP BY story, target, own_place
    ), span AS (
        SELECT story, min(first_at) AS began_at, max(last_at) AS ended_at, min(target) AS main FROM whole GROUP BY story
    )
    SELECT r.story, r.target, r.kind, r.place, r.first_at, r.last_at, r.copies,
        story_label(r.person, r.negative, r.neutral, r.positive, r.unsure) AS standing,
        r.heaviest * copies_factor(r.copies) AS weight, r.target = s.main AND NOT ends_with(r.place, '_part') AS main,
        s.began_at, s.ended_at
    FROM (FROM whole UNION ALL BY NAME FROM part) AS r JOIN span AS s ON s.story = r.story
    ORDER BY s.began_at, r.story, r.target"""


def rebuild(con: Con) -> None:
    """From nothing: when another identity comes into force. ``standing`` is right already."""
    for table, source in (
        ("story_standing", "v_story_standing_source ORDER BY began_at, story, target"),
        ("story_counts", "v_story_counts_source ORDER BY hour"),
        ("raised", "v_raised_row_source ORDER BY said_at"),
        ("stances", "v_stances_source ORDER BY said_at, mention_id, statement"),
        ("listed", "v_listed_source ORDER BY said_at"),
    ):
        con.execute(f"DELETE FROM {table}")
        con.execute(f"INSERT INTO {table} BY NAME FROM {source}")


def remember_stories(con: Con, touched: str) -> None:
    """Makes the temporary table ``was``: the stories the mentions in the table (mention_id, said_at) are in now."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE was AS SELECT DISTINCT s.story, s.mention_id, s.said_at
        FROM standing AS s JOIN {touched} AS d ON s.said_at = d.said_at AND s.mention_id = d.mention_id""")


def refresh_stories(con: Con, touched: str) -> None:
    """The stories the mentions in the table were in (``was``) and those they are in now."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE touched_stories AS
        SELECT story, min(said_at) AS first, max(said_at) AS last, bool_or(joined) AS joined FROM (
            SELECT story, said_at, false AS joined FROM was
            UNION ALL
            SELECT s.story, s.said_at, s.story <> s.mention_id
            FROM standing AS s JOIN {touched} AS d ON s.said_at = d.said_at AND s.mention_id = d.mention_id)
        GROUP BY story""")
    _refresh_touched(con)


def reweigh(con: Con, sources: set[str], types: set[str]) -> None:
    """The stories with a copy of one of these sources or types, which now weigh or count otherwise."""
    if not sources and not types:
        return
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE touched_stories AS
        SELECT story, min(said_at) AS first, max(said_at) AS last, false AS joined FROM standing
        WHERE list_contains(?::VARCHAR[], source) OR list_contains(?::VARCHAR[], source_type) GROUP BY story""",
        [sorted(sources), sorted(types)],
    )
    _refresh_touched(con)


def _refresh_touched(con: Con) -> None:
    """Everything about the stories in ``touched_stories`` (story, first, last, joined) anew.

    ``joined`` = one of its copies came to it only now, so its others need not be near in time.
    """
    first, last = _span(con, "min(first), max(last) FROM touched_stories")
    if first is None or last is None:
        return
    mine = "story IN (SELECT story FROM touched_stories)"
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE old AS SELECT story, first_at, began_at, ended_at FROM story_standing
        WHERE ended_at >= ? AND began_at <= ? AND {mine}""",
        [_shifted(first, -_NEAR), _shifted(last, _NEAR)],
    )
    con.execute("""
        CREATE OR REPLACE TEMP TABLE far AS SELECT story FROM touched_stories
        WHERE joined AND story NOT IN (SELECT story FROM old)""")
    if _any(con, "far"):
        con.execute("""
            INSERT INTO old SELECT story, first_at, began_at, ended_at FROM story_standing
            WHERE story IN (SELECT story FROM far)""")
    began, ended = _span(con, "min(began_at), max(ended_at) FROM old")
    if began is not None and ended is not None:
        con.execute(f"DELETE FROM story_standing WHERE began_at BETWEEN ? AND ? AND {mine}", [began, ended])
        first, last = min(first, began), max(last, ended)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE copy AS FROM v_weighted WHERE said_at BETWEEN ? AND ? AND {mine}",
        [first, last],
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS {_STORY_ROWS}")
    con.execute("INSERT INTO story_standing BY NAME FROM fresh")
    con.execute("""
        CREATE OR REPLACE TEMP TABLE hours AS
        SELECT date_trunc('hour', first_at) AS hour FROM old UNION SELECT date_trunc('hour', first_at) FROM fresh""")
    first, last = _span(con, "min(hour), max(hour) FROM hours")
    if first is None or last is None:
        return
    of_hours = "BETWEEN $first AND $last AND {} IN (SELECT h.hour FROM hours AS h)"
    con.execute(
        f"DELETE FROM story_counts WHERE hour {of_hours.format('hour')}", {"first": first, "last": last}
    )
    con.execute(
        f"""
        INSERT INTO story_counts BY NAME
        SELECT date_trunc('hour', first_at) AS hour, target, kind, place, standing, count(*) AS stories,
            sum(copies)::BIGINT AS mentions, sum(weight) AS weight, sum(weight * weight) AS squares,
            count_if(main) AS mains
        FROM story_standing WHERE first_at {of_hours.format("date_trunc('hour', first_at)")}
        GROUP BY ALL ORDER BY hour""",
        {"first": first, "last": _shifted(last, timedelta(hours=1))},
    )


def list_new(con: Con, table: str) -> None:
    """The rows of ``listed`` of new mentions, which nothing is known about yet."""
    con.execute(f"""
        INSERT INTO listed BY NAME
        SELECT id AS mention_id, said_at, source, source_type, coalesce(voice, 'third_party') AS voice, id AS story,
            number_of(id) AS story_no, false AS relevant, []::VARCHAR[] AS targets, []::VARCHAR[] AS themes, {_TOLD}
        FROM {table} ORDER BY said_at""")


def refresh_listed(con: Con, touched: str) -> None:
    """The rows of ``listed``, ``raised`` and ``stances`` of the mentions in the table (mention_id, said_at): their
    views, restricted to them."""
    same = "{0}.said_at = d.said_at AND {0}.mention_id = d.mention_id"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE touched_rows AS SELECT DISTINCT mention_id, said_at FROM {touched}"
    )
    for table in ("listed", "raised", "stances"):
        con.execute(f"DELETE FROM {table} USING touched_rows AS d WHERE {same.format(table)}")
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE m AS
        SELECT m.id, m.said_at, m.content_hash, m.source, m.source_type, m.updated_at, m.voice, {_TOLD},
            coalesce(s.story, m.id) AS story
        FROM mentions AS m JOIN touched_rows AS d ON m.said_at = d.said_at AND m.id = d.mention_id
        LEFT JOIN (SELECT s.* FROM stories AS s JOIN touched_rows AS d ON {same.format("s")}) AS s
          ON s.mention_id = m.id""")
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE x AS SELECT x.* FROM matches AS x JOIN touched_rows AS d ON {same.format("x")}
        JOIN m ON m.id = x.mention_id AND m.content_hash = x.content_hash
        WHERE x.identity = (SELECT value FROM settings WHERE name = 'identity')""")
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE f AS SELECT f.* FROM flags AS f JOIN touched_rows AS d ON {same.format("f")}
        JOIN m ON m.id = f.mention_id AND m.content_hash = f.content_hash
        WHERE f.identity = (SELECT value FROM settings WHERE name = 'identity')""")
    columns = ", ".join(f"f.{name}" for name in _FLAG)
    con.execute(f"""
        INSERT INTO raised BY NAME
        WITH r AS (
            SELECT {columns} FROM f WHERE newest AND level <> 'none'
            UNION ALL
            SELECT {columns} FROM f AS n
            JOIN v_decisions AS d ON d.mention_id = n.mention_id AND d.content_hash = n.content_hash
                AND d.identity = n.identity AND d.action = 'confirmed'
            JOIN f ON f.mention_id = d.mention_id AND f.model = d.model
            WHERE n.newest AND n.level = 'none' AND f.level <> 'none'
        ), c AS (SELECT c.* FROM flag_conflicts AS c JOIN r AS d ON {same.format("c")} WHERE c.rank = 1)
        SELECT r.*, c.statement, m.story, x.voice, m.source_type, m.updated_at
        FROM r JOIN m ON m.id = r.mention_id LEFT JOIN x ON x.mention_id = r.mention_id
        LEFT JOIN c ON c.mention_id = r.mention_id AND c.content_hash = r.content_hash AND c.identity = r.identity
            AND c.model = r.model
        ORDER BY r.said_at""")
    # The parts of three tables are put together only where there is a flag that shows them.
    parts = "\n            UNION ALL BY NAME\n            ".join(
        f"SELECT {', '.join(f'p.{name}' for name in ('mention_id', *names))} FROM {table} AS p "
        f"JOIN n ON {same.format('p').replace('d.', 'n.')} "
        "AND p.content_hash = n.content_hash AND p.identity = n.identity AND p.model = n.model"
        for table, names in _PARTS.items()
    )
    con.execute(f"""
        INSERT INTO stances BY NAME
        WITH n AS (FROM f WHERE newest), part AS (
            {parts}
        ), one AS (
            SELECT mention_id, statement, max(contradicts) AS contradicts, max(in_line) AS in_line, max(score) AS score,
                min(rank) AS conflict_rank, max(severity) AS severity, max(field) AS field, max(quote) AS quote
            FROM part GROUP BY mention_id, statement
        )
        SELECT o.*, n.said_at, m.story, coalesce(x.voice, m.voice, 'third_party') AS voice, x.speaker,
            coalesce(x.relevant, false) AS relevant, n.model, n.level, n.score AS flag_score,
            touches_statement(n.level, n.score, o.score, o.severity, o.in_line) AS touches
        FROM one AS o JOIN n ON n.mention_id = o.mention_id JOIN m ON m.id = o.mention_id
        LEFT JOIN x ON x.mention_id = o.mention_id
        ORDER BY n.said_at, o.mention_id, o.statement""")

    con.execute(f"""
        INSERT INTO listed BY NAME
        WITH t AS (
            SELECT t.mention_id, list(t.target ORDER BY t.position) AS targets FROM mention_targets AS t
            JOIN m ON t.said_at = m.said_at AND t.mention_id = m.id AND t.content_hash = m.content_hash
            WHERE t.identity = (SELECT value FROM settings WHERE name = 'identity') GROUP BY t.mention_id
        ), s AS (
            SELECT s.mention_id, list(s.statement ORDER BY s.statement) AS themes FROM stances AS s
            JOIN touched_rows AS d ON {same.format("s")} WHERE s.touches GROUP BY s.mention_id
        )
        SELECT m.id AS mention_id, m.said_at, m.source, m.source_type,
            coalesce(x.voice, m.voice, 'third_party') AS voice, x.speaker, m.story, number_of(m.story) AS story_no,
            coalesce(x.relevant, false) AS relevant, f.level, m.author, m.place, m.titled, m.answers, m.reach,
            m.voice_no, coalesce(t.targets, []) AS targets, coalesce(s.themes, []) AS themes
        FROM m LEFT JOIN x ON x.mention_id = m.id LEFT JOIN (FROM f WHERE newest) AS f ON f.mention_id = m.id
        LEFT JOIN t ON t.mention_id = m.id LEFT JOIN s ON s.mention_id = m.id
        ORDER BY m.said_at""")


def _span(con: Con, what: str) -> tuple[datetime | None, datetime | None]:
    row = con.execute(f"SELECT {what}").fetchone()
    return (row[0], row[1]) if row else (None, None)


def _any(con: Con, table: str) -> bool:
    return con.execute(f"SELECT EXISTS (FROM {table})").fetchone() == (True,)


def _shifted(at: datetime, by: timedelta) -> datetime:
    try:
        return at + by
    except OverflowError:
        return datetime.min if by < timedelta(0) else datetime.max  # noqa: DTZ901  as stored: UTC without an offset
