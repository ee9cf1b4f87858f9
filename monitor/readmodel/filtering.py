"""From a filter to SQL over the table ``listed``; no word of the filter becomes SQL. Part of the readmodel room."""

from __future__ import annotations

from typing import Any, NamedTuple

from monitor import searching
from monitor.db import Con, naive
from monitor.readmodel import fulltext
from monitor.readmodel.audience import talk
from monitor.readmodel.rows import MentionFilter

_SHOWN = """(
    SELECT l.said_at, l.mention_id, coalesce(k.level, l.level) AS level
    FROM (FROM listed WHERE said_at >= ? AND said_at < ? AND level IS NOT NULL) AS l
    LEFT JOIN (FROM v_cases WHERE said_at >= ? AND said_at < ?) AS k
      ON k.said_at = l.said_at AND k.mention_id = l.mention_id) AS f"""


class Part(NamedTuple):
    """One thing a mention must fulfil. ``facet``: by what a person chose it; "" = by none that is counted.

    Target and sentiment are one, since it is the sentiment toward that target which is asked for.
    """

    facet: str
    sql: str
    values: list[Any]


def condition(con: Con, filter: MentionFilter) -> tuple[str, list[Any]]:
    """SQL over ``listed AS m`` with its bound values; a search is made here, into a temporary table it names."""
    found = parts(con, filter)
    return " AND ".join(part.sql for part in found), [value for part in found for value in part.values]


def parts(con: Con, filter: MentionFilter) -> list[Part]:
    """What ``condition`` is made of, one by one; the first is the period."""
    since, until = naive(filter.since), naive(filter.until)
    period: list[Any] = [since, until]
    found = [Part("", "m.said_at >= ? AND m.said_at < ?", [*period])]
    if filter.relevant_only:
        found.append(Part("", "m.relevant", []))
    for column, wanted in (
        ("voice", filter.voices),
        ("source_type", filter.source_types),
        ("source", filter.sources),
    ):
        if wanted:
            found.append(Part(column, f"list_contains(?::VARCHAR[], m.{column})", [list(wanted)]))
    if filter.targets:
        found.append(Part("about", "list_has_any(m.targets, ?::VARCHAR[])", [list(filter.targets)]))
    if filter.labels:
        inner, values = "t.said_at >= ? AND t.said_at < ?", [*period]
        for column, chosen in (("target", filter.targets), ("standing", filter.labels)):
            if chosen:
                inner += f" AND list_contains(?::VARCHAR[], t.{column})"
                values.append(list(chosen))
        # The times first, which are numbers.
        times = f"m.said_at IN (SELECT t.said_at FROM v_standing AS t WHERE {inner})"
        query = _among(f"SELECT t.said_at, t.mention_id FROM v_standing AS t WHERE {inner}")
        found.append(Part("about", f"{times} AND {query}", values * 2))
    if filter.langs:
        query = _among(
            "SELECT x.said_at, x.id FROM mentions AS x WHERE x.said_at >= ? AND x.said_at < ? "
            "AND list_contains(?::VARCHAR[], coalesce(x.lang, ''))"
        )
        found.append(Part("lang", query, [*period, list(filter.langs)]))
    if filter.touches:
        query = _among(
            "SELECT x.said_at, x.mention_id FROM stances AS x WHERE x.said_at >= ? AND x.said_at < ? "
            "AND x.touches AND list_contains(?::VARCHAR[], x.statement)"
        )
        found.append(Part("touches", query, [*period, list(filter.touches)]))
    if filter.kinds:
        gather_kinds(con, filter)
        query = _among(
            "SELECT x.said_at, x.mention_id FROM kinds AS x WHERE list_contains(?::VARCHAR[], x.kind)"
        )
        found.append(Part("kind", query, [list(filter.kinds)]))
    if filter.conflict:
        # What people say of a flag is only asked for the few that there is a conflict in.
        few = "none" not in filter.conflict
        inner = f"SELECT f.said_at, f.mention_id FROM {'v_cases AS f' if few else _SHOWN}"
        query = _among(
            f"{inner} WHERE f.said_at >= ? AND f.said_at < ? AND list_contains(?::VARCHAR[], f.level)"
        )
        found.append(Part("conflict", query, period * (1 if few else 3) + [list(filter.conflict)]))
    if filter.corrections:
        query = _among(
            "SELECT c.said_at, c.mention_id FROM v_corrections AS c WHERE list_contains(?::BOOLEAN[], c.holds)"
        )
        found.append(Part("", query, [[state == "holds" for state in filter.corrections]]))
    if filter.places != "all":
        verb = "IN" if filter.places == "own" else "NOT IN"
        found.append(Part("", f"m.source {verb} (SELECT source FROM source_weights WHERE own_place)", []))
    if filter.story is not None:
        found.append(Part("", "m.story = ?", [filter.story]))
    if search := searching.parse(filter.search):
        fulltext.find(con, search, since, until)
        # The times first, which are numbers.
        query = _among("SELECT h.said_at, h.mention_id FROM hits AS h")
        found.append(Part("", f"m.said_at IN (SELECT h.said_at FROM hits AS h) AND {query}", []))
    return found


def gather_kinds(con: Con, filter: MentionFilter) -> None:
    """Makes the temporary table ``kinds`` (said_at, mention_id, kind) of what others said in the period."""
    talk(con, filter.since, filter.until, None, filter.authorities)
    con.execute("CREATE OR REPLACE TEMP TABLE kinds AS SELECT said_at, mention_id, kind FROM talk")


def _among(query: str) -> str:
    return f"EXISTS (FROM ({query}) AS q(said_at, id) WHERE q.said_at = m.said_at AND q.id = m.mention_id)"
