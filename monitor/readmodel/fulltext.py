"""Which mentions a search finds, into a temporary table. Part of the readmodel room.

First by the numbers of stems, which are kept; what must stand as it was written is then looked for in the texts of
those, and all of it in the texts of the few that were not read for searching yet.
"""

from __future__ import annotations

import hashlib
from typing import Any

import duckdb

from monitor.db import Con
from monitor.searching import Search

Sql = tuple[str, list[Any]]
_KEPT = 8  # searches
_TEXT = "lower(t.title || ' ' || t.text)"


def find(con: Con, search: Search, since: object, until: object) -> None:
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
    stems, values = _by_stems(search)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE hits AS SELECT w.said_at, w.mention_id FROM search_words AS w "
        f"WHERE w.said_at >= ? AND w.said_at < ? AND {stems}",
        [since, until, *values],
    )
    if search.reads_texts:
        _keep_literal(con, search)
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
    first, last = _span(con, "unread")
    if first is not None:
        plain, values = _as_written(search)
        con.execute(
            f"""
            INSERT INTO hits SELECT t.said_at, t.id FROM mentions AS t
            JOIN unread AS u ON u.said_at = t.said_at AND u.mention_id = t.id
            WHERE t.said_at BETWEEN ? AND ? AND {plain}""",
            [first, last, *values],
        )


def _keep_literal(con: Con, search: Search) -> None:
    """Of the hits, those in which what must stand as it is does."""
    first, last = _span(con, "hits")
    if first is None:
        return
    stems, bounds = "", [first, last]
    if search.either or search.without:
        words, values = _whole(search)
        stems = """JOIN (FROM search_words WHERE said_at BETWEEN ? AND ?) AS w
            ON w.said_at = h.said_at AND w.mention_id = h.mention_id"""
        bounds *= 2
    else:  # the stems were looked at already
        words, values = _all([_contains(piece) for piece in search.literally])
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE hits AS SELECT h.said_at, h.mention_id FROM hits AS h {stems}
        JOIN mentions AS t ON t.said_at = h.said_at AND t.id = h.mention_id
        WHERE t.said_at BETWEEN ? AND ? AND {words}""",
        [*bounds, *values],
    )


def _by_stems(search: Search) -> Sql:
    """Over ``search_words AS w``: what can be said of a text by its stems alone; true where nothing can."""
    found: list[Sql] = [_stems(numbers) for numbers in search.stems]
    found += [_any([_by_stems(one) for one in group]) for group in search.either]
    found += [_not(_by_stems(one)) for one in search.without if not one.reads_texts]
    return _all(found)


def _whole(search: Search) -> Sql:
    """Over ``search_words AS w`` and ``mentions AS t``."""
    found = [_stems(numbers) for numbers in search.stems] + [_contains(piece) for piece in search.literally]
    found += [_any([_whole(one) for one in group]) for group in search.either]
    found += [_not(_whole(one)) for one in search.without]
    return _all(found)


def _as_written(search: Search) -> Sql:
    """Over ``mentions AS t``: all of it literally."""
    found = [_contains(piece) for piece in search.plain]
    found += [_any([_as_written(one) for one in group]) for group in search.either]
    found += [_not(_as_written(one)) for one in search.without]
    return _all(found)


def _stems(numbers: tuple[int, ...]) -> Sql:
    return "(" + " OR ".join(["list_contains(w.stems, ?::UINTEGER)"] * len(numbers)) + ")", list(numbers)


def _contains(piece: str) -> Sql:
    return f"contains({_TEXT}, ?)", [piece]


def _all(found: list[Sql]) -> Sql:
    return " AND ".join(sql for sql, _ in found) or "true", [value for _, values in found for value in values]


def _any(found: list[Sql]) -> Sql:
    return "(" + " OR ".join(f"({sql})" for sql, _ in found) + ")", [v for _, values in found for v in values]


def _not(found: Sql) -> Sql:
    return f"NOT ({found[0]})", found[1]


def _span(con: Con, table: str) -> tuple[Any, Any]:
    row = con.execute(f"SELECT min(said_at), max(said_at) FROM {table}").fetchone()
    return (row[0], row[1]) if row else (None, None)
