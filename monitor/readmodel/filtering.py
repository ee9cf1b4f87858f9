"""From a filter to SQL over the table ``listed``; no word of the filter becomes SQL. Part of the readmodel room."""

from __future__ import annotations

import hashlib
from typing import Any

import duckdb

from monitor import searching
from monitor.db import Con, naive
from monitor.readmodel.rows import MentionFilter
from monitor.searching import Search

_SHOWN = """(
    SELECT l.said_at, l.mention_id, coalesce(k.level, l.level) AS level
    FROM (FROM listed WHERE said_at >= ? AND said_at < ? AND level IS NOT NULL) AS l
    LEFT JOIN (FROM v_cases WHERE said_at >= ? AND said_at < ?) AS k
      ON k.said_at = l.said_at AND k.mention_id = l.mention_id) AS f"""


def condition(con: Con, filter: MentionFilter) -> tuple[str, list[Any]]:
    """SQL over ``listed AS m`` with its bound values; a search is made here, into a temporary table it names."""
    since, until = naive(filter.since), naive(filter.until)
    where = ["m.said_at >= ? AND m.said_at < ?"]
    values: list[Any] = [since, until]
    if filter.relevant_only:
        where.append("m.relevant")
    for column, wanted in (("voice", filter.voices), ("source_type", filter.source_types)):
        if wanted:
            where.append(f"list_contains(?::VARCHAR[], m.{column})")
            values.append(list(wanted))
    if filter.targets:
        where.append("list_has_any(m.targets, ?::VARCHAR[])")
        values.append(list(filter.targets))
    if filter.labels:
        inner = "t.said_at >= ? AND t.said_at < ?"
        of: list[Any] = [since, until]
        for column, chosen in (("target", filter.targets), ("standing", filter.labels)):
            if chosen:
                inner += f" AND list_contains(?::VARCHAR[], t.{column})"
                of.append(list(chosen))
        # The times first, which are numbers.
        where.append(f"m.said_at IN (SELECT t.said_at FROM v_standing AS t WHERE {inner})")
        where.append(_among(f"SELECT t.said_at, t.mention_id FROM v_standing AS t WHERE {inner}"))
        values += of * 2
    if filter.conflict:
        # What people say of a flag is only asked for the few that there is a conflict in.
        few = "none" not in filter.conflict
        inner = f"SELECT f.said_at, f.mention_id FROM {'v_cases AS f' if few else _SHOWN}"
        where.append(
            _among(f"{inner} WHERE f.said_at >= ? AND f.said_at < ? AND list_contains(?::VARCHAR[], f.level)")
        )
        values += [since, until] * (1 if few else 3) + [list(filter.conflict)]
    if filter.corrections:
        where.append(
            _among(
                "SELECT c.said_at, c.mention_id FROM v_corrections AS c WHERE list_contains(?::BOOLEAN[], c.holds)"
            )
        )
        values.append([state == "holds" for state in filter.corrections])
    if filter.places != "all":
        verb = "IN" if filter.places == "own" else "NOT IN"
        where.append(f"m.source {verb} (SELECT source FROM source_weights WHERE own_place)")
    if filter.story is not None:
        where.append("m.story = ?")
        values.append(filter.story)
    if search := searching.parse(filter.search):
        _find(con, search, since, until)
        # The times first, which are numbers.
        where.append("m.said_at IN (SELECT h.said_at FROM hits AS h)")
        where.append(_among("SELECT h.said_at, h.mention_id FROM hits AS h"))
    return " AND ".join(where), values


def _among(query: str) -> str:
    return f"EXISTS (FROM ({query}) AS q(said_at, id) WHERE q.said_at = m.said_at AND q.id = m.mention_id)"


_KEPT = 8  # searches


def _find(con: Con, search: Search, since: object, until: object) -> None:
    """Makes the temporary table ``hits`` (said_at, mention_id) of the mentions of the period that are found.

    A page asks for their number, their stories and the first of them: what was found is kept in the memory of this
    process, beside the store, until something is written.
    """
    row = con.execute("SELECT n FROM write_guard").fetchone()
    asked = hashlib.blake2b(repr((search, since, until)).encode(), digest_size=12).hexdigest()
    version = f"hits_{row[0] if row else 0}_"
    kept = f'memory.main."{version}{asked}"'
    try:
        con.execute(f"CREATE OR REPLACE TEMP TABLE hits AS FROM {kept}")
        return
    except duckdb.CatalogException:
        _search(con, search, since, until)
    tables = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'memory' AND starts_with(table_name, 'hits_') "
        "ORDER BY table_oid"
    ).fetchall()
    now = [name for (name,) in tables if name.startswith(version)]
    try:
        for (name,) in tables:
            if name not in now or name in now[: -_KEPT + 1]:
                con.execute(f'DROP TABLE IF EXISTS memory.main."{name}"')
        con.execute(f"CREATE TABLE IF NOT EXISTS {kept} AS FROM hits")
    except (duckdb.TransactionException, duckdb.CatalogException):
        pass  # another thread keeps or drops the same one


def _search(con: Con, search: Search, since: object, until: object) -> None:
    found = ["w.said_at >= ? AND w.said_at < ?"]
    values: list[Any] = [since, until]
    for numbers in search.stems:
        found.append("(" + " OR ".join(["list_contains(w.stems, ?::UINTEGER)"] * len(numbers)) + ")")
        values += numbers
    con.execute(
        "CREATE OR REPLACE TEMP TABLE hits AS SELECT w.said_at, w.mention_id FROM search_words AS w WHERE "
        + " AND ".join(found),
        values,
    )
    if search.literally:
        _keep_literal(con, search.literally)
    # What was not read for searching yet: nothing said before the floor is.
    row = con.execute(
        "SELECT greatest(?::TIMESTAMP, coalesce(max(before), TIMESTAMP '0001-01-01')) FROM done WHERE step = 'search'",
        [since],
    ).fetchone()
    floor = row[0] if row else since
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE unread AS SELECT m.said_at, m.mention_id FROM listed AS m
        WHERE m.said_at >= ? AND m.said_at < ? AND NOT EXISTS (
            FROM search_words AS w WHERE w.said_at >= ? AND w.said_at = m.said_at AND w.mention_id = m.mention_id)""",
        [floor, until, floor],
    )
    texts = " AND ".join(["contains(lower(t.title || ' ' || t.text), ?)"] * len(search.plain))
    first, last = _span(con, "unread")
    if first is not None:
        con.execute(
            f"""
            INSERT INTO hits SELECT t.said_at, t.id FROM mentions AS t
            JOIN unread AS u ON u.said_at = t.said_at AND u.mention_id = t.id
            WHERE t.said_at BETWEEN ? AND ? AND {texts}""",
            [first, last, *search.plain],
        )


def _keep_literal(con: Con, literally: tuple[str, ...]) -> None:
    """Of the hits, those in which this stands as it is."""
    first, last = _span(con, "hits")
    if first is None:
        return
    texts = " AND ".join(["contains(lower(t.title || ' ' || t.text), ?)"] * len(literally))
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE hits AS SELECT h.said_at, h.mention_id FROM hits AS h
        JOIN mentions AS t ON t.said_at = h.said_at AND t.id = h.mention_id
        WHERE t.said_at BETWEEN ? AND ? AND {texts}""",
        [first, last, *literally],
    )


def _span(con: Con, table: str) -> tuple[Any, Any]:
    row = con.execute(f"SELECT min(said_at), max(said_at) FROM {table}").fetchone()
    return (row[0], row[1]) if row else (None, None)
