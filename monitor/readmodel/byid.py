"""A few mentions out of a large store. Part of the readmodel room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def among(table: str, key: str = "mention_id") -> str:
    """SQL: the rows of the table about a few mentions, with the values of ``bound`` to be bound.

    A condition on times and ids alone would read every column of a year for twenty rows. The times are compared first,
    which are numbers; only of the rows found so is anything else read.
    """
    return (
        f"(FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE said_at BETWEEN ? AND ? "
        f"AND said_at IN (SELECT unnest(?::TIMESTAMP[]))) AND {key} IN (SELECT unnest(?::VARCHAR[])))"
    )


# DuckDB looks rows up one by one where there are at most fifty, and several are said at the same time.
FEW = 20
_MANY = 400  # from here on one reading of everything costs less


def in_parts(found: Sequence[tuple[Any, ...]]) -> list[Sequence[tuple[Any, ...]]]:
    """What to ask for at a time: neighbours in time, for which few blocks are read."""
    if len(found) > _MANY:
        return [found]
    by_time = sorted(found, key=lambda row: row[1])
    return [by_time[at : at + FEW] for at in range(0, len(by_time), FEW)]


def bound(found: Sequence[tuple[Any, ...]]) -> list[Any]:
    """The values of ``among`` for these (id, said_at)."""
    times = sorted({row[1] for row in found})
    return [times[0], times[-1], times, sorted({row[0] for row in found})]
