"""How many mentions each choice of a filter would leave, its own choice left out. Part of the readmodel room.

One pass over the mentions of the period says of each whether it passes, or which one facet alone keeps it out; what
two facets keep out counts nowhere. Every facet is then counted from the mentions that pass or that only it keeps out.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from monitor import db
from monitor.db import Con, naive
from monitor.readmodel.behind import Behind, beside
from monitor.readmodel.filtering import gather_kinds, parts
from monitor.readmodel.rows import MentionFilter

Facet = Literal["target", "label", "source_type", "source", "lang", "voice", "kind", "conflict", "touches"]
FACETS: tuple[Facet, ...] = (
    "target", "label", "source_type", "source", "lang", "voice", "kind", "conflict", "touches"
)  # fmt: skip
MOST = 300  # choices of one facet, the most frequent first
LONGEST_KINDS = timedelta(days=35)  # of a period; kinds of voice take as long to tell as all else together
_KEPT_OUT = ("about", "source_type", "source", "lang", "voice", "kind", "conflict", "touches")


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """``mentions`` and ``stories`` pass the whole filter. ``of``: by facet and choice, how many mentions there would
    be with that choice alone in the facet, the others as they are; the most frequent first. A mention can count in
    several choices of target, label and statement; a facet that was not asked for is not in it."""

    mentions: int
    stories: int
    of: dict[str, dict[str, int]] = field(default_factory=dict)


def facets(
    path: Path, filter: MentionFilter, behind: Behind | None = None, which: Collection[Facet] = FACETS
) -> FacetCounts:
    with db.reading(path) as con:
        whole = _gather(con, filter, behind, which)
        source = _Source(filter, whole)
        row = con.execute(
            f"SELECT count(*), count(DISTINCT f.story) FROM {source.rows} WHERE f.missed = 0", source.values
        ).fetchone()
        found: dict[str, dict[str, int]] = {facet: {} for facet in FACETS if facet in which}
        for facet in found:
            query, values = _counting(facet, filter, source)  # type: ignore[arg-type]
            counted = con.execute(f"{query} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST}", values).fetchall()
            found[facet] = dict(counted)
    return FacetCounts(row[0] if row else 0, row[1] if row else 0, found)


@dataclass(frozen=True, slots=True)
class _Source:
    """What is counted: the table ``faceted``, or where nothing is narrowed the kept rows themselves, which needs no
    joins and takes a tenth of the time."""

    filter: MentionFilter
    whole: bool

    @property
    def period(self) -> list[Any]:
        return [naive(self.filter.since), naive(self.filter.until)]

    @property
    def rows(self) -> str:
        if not self.whole:
            return "faceted AS f"
        return "(SELECT *, 0 AS missed FROM listed WHERE said_at >= ? AND said_at < ? AND relevant) AS f"

    @property
    def values(self) -> list[Any]:
        return self.period if self.whole else []


def _gather(con: Con, filter: MentionFilter, behind: Behind | None, which: Collection[Facet]) -> bool:
    """Whether all of the period passes. If not, makes the temporary table ``faceted``, one row per mention that no two
    facets keep out; ``missed`` is the place from 1 of the facet that does in _KEPT_OUT, or 0."""
    wanted = parts(con, filter)
    if "kind" in which and not filter.kinds:
        gather_kinds(con, filter)
    if "conflict" in which:
        con.execute(
            "CREATE OR REPLACE TEMP TABLE decided AS SELECT said_at, mention_id, level FROM v_cases "
            "WHERE said_at >= ? AND said_at < ?",
            [naive(filter.since), naive(filter.until)],
        )
    if behind is None and filter.relevant_only and len(wanted) == 2:  # the period, and that it is about us
        return True
    where = [part.sql for part in wanted if not part.facet]
    values = [value for part in wanted if not part.facet for value in part.values]
    by_facet = [part for part in wanted if part.facet]
    if behind:
        only, more = beside(con, filter, behind)
        where.append(only)
        values += more
    names = [f"x.f{n}" for n in range(len(by_facet))]
    failed = "".join(
        f", CASE WHEN {part.sql} THEN 0 ELSE {_KEPT_OUT.index(part.facet) + 1} END AS f{n}"
        for n, part in enumerate(by_facet)
    )
    missed = f"greatest({', '.join(names)})" if names else "0"
    fewer_than_two = f"({' + '.join(f'({name} > 0)::INT' for name in names)}) < 2" if names else "true"
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE faceted AS
        SELECT x.said_at, x.mention_id, x.story, x.source_type, x.source, x.voice, x.level, {missed}::UTINYINT AS missed
        FROM (SELECT m.*{failed} FROM listed AS m WHERE {" AND ".join(where)}) AS x WHERE {fewer_than_two}""",
        [value for part in by_facet for value in part.values] + values,
    )
    return False


def _counting(facet: Facet, filter: MentionFilter, source: _Source) -> tuple[str, list[Any]]:
    """The query of (choice, mentions) without its end, and its bound values."""
    place = _KEPT_OUT.index("about" if facet in ("target", "label") else facet) + 1
    passing = f"f.missed IN (0, {place})"
    within = "x.said_at >= ? AND x.said_at < ?"

    def each(
        value: str, table: str, key: str, only: str, *bound: object, n: str = "count(*)"
    ) -> tuple[str, list[Any]]:
        joined = f"{source.rows} JOIN {table} AS x ON x.said_at = f.said_at AND x.{key} = f.mention_id"
        query = f"SELECT {value}, {n} FROM {joined} WHERE {passing} AND {only}"
        return query, [*source.values, *bound]

    def alone(
        value: str, table: str, only: str, *bound: object, n: str = "count(*)"
    ) -> tuple[str, list[Any]]:
        return f"SELECT {value}, {n} FROM {table} AS x WHERE {only}", list(bound)

    if facet in ("target", "label"):
        value, other = ("x.target", "x.standing") if facet == "target" else ("x.standing", "x.target")
        chosen = filter.labels if facet == "target" else filter.targets
        if source.whole:
            n = "count(*)" if facet == "target" else "count(DISTINCT hash(x.said_at, x.mention_id))"
            return alone(value, "v_standing", within, *source.period, n=n)
        # A mention has one row for a target, but may stand the same way to several.
        n = "count(*)" if facet == "target" or len(chosen) == 1 else "count(DISTINCT f.rowid)"
        if not chosen:
            return each(value, "v_standing", "mention_id", within, *source.period, n=n)
        only = f"{within} AND list_contains(?::VARCHAR[], {other})"
        return each(value, "v_standing", "mention_id", only, *source.period, list(chosen), n=n)
    if facet == "lang":
        return each("coalesce(x.lang, '')", "mentions", "id", within, *source.period)
    if facet == "kind":
        if source.whole:
            return alone("x.kind", "kinds", "true")
        return each("x.kind", "kinds", "mention_id", "true")
    if facet == "touches":
        if source.whole:
            return alone("x.statement", "stances", f"{within} AND x.touches AND x.relevant", *source.period)
        return each("x.statement", "stances", "mention_id", f"{within} AND x.touches", *source.period)
    if facet == "conflict":
        level = "coalesce(x.level, f.level)"
        table = (
            f"{source.rows} LEFT JOIN decided AS x ON x.said_at = f.said_at AND x.mention_id = f.mention_id"
        )
        return f"SELECT {level}, count(*) FROM {table} WHERE {passing} AND {level} IS NOT NULL", source.values
    return f"SELECT f.{facet}, count(*) FROM {source.rows} WHERE {passing}", source.values
