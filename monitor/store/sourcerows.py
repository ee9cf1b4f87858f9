"""What is kept of each source after one more poll: where it stands, its rhythm, and what its answers usually hold.

Part of the store room. What follows from it (silent, failing, changed) is told by the read model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor import text
from monitor.db import Con, naive
from monitor.store import rows
from monitor.types import FetchState, Mention

HOURS_KEPT = 400  # in which it brought something: some weeks of a newspaper, years of a newsletter
MOST_WARNINGS = 10
WARNING_LENGTH = 200

ENTRIES_NEEDED = 20  # before anything can be missed
USUAL = 0.9  # share of entries that have what is then missed
MISSED = 10  # entries in a row without
FEWEST_NEEDED = 5  # a list that was ever shorter cannot collapse
LISTED_FOR = timedelta(days=8)  # the list has been seen on every day of the week
COLLAPSED = 5  # times shorter than the shortest list seen
ACCEPTED_AFTER = timedelta(days=14)  # then what is changed is what is usual
_LEARNS = 0.01  # how much one entry moves the shares ...
_LEARNS_MOST = 0.2  # ... and one poll
_EMPTY_SHAPE = {
    "began": None,
    "entries": 0,
    "fewest": 0,
    "dated": 0.0,
    "texted": 0.0,
    "undated": 0,
    "untexted": 0,
}
_UNASKED = {
    "retired": False,
    "polls": 0,
    "dropped": 0,
    "new_hours": [],
    "warnings": [],
    "failures": 0,
    "finite": False,
}
_ROUTINE = set(rows.ROUTINE) - {"source"}  # what a poll that brought nothing at all changes


@dataclass(frozen=True, slots=True)
class Poll:
    """The outcome of asking one source once: either ``state`` (success) or ``error``.

    ``mentions`` carry pseudonymised authors (unless ours), a decided ``voice`` and ``seen_at``. ``finite`` and
    ``relists`` are what the source says of itself (see ``types.Source``). ``backfill`` = asked by hand how it was
    earlier: nothing in it is news.
    """

    source: str
    at: datetime
    state: FetchState | None = None
    mentions: tuple[Mention, ...] = ()
    unchanged: bool = False
    dropped: int = 0
    warnings: tuple[str, ...] = ()
    error: str | None = None
    error_kind: str | None = None
    not_before: datetime | None = None
    finite: bool = False
    relists: bool = False
    backfill: bool = False


def read(con: Con, sources: set[str]) -> dict[str, dict[str, Any]]:
    columns = list(rows.SOURCE)
    found = con.execute(
        f"SELECT {', '.join(columns)} FROM sources WHERE source IN (SELECT unnest(?))", [sorted(sources)]
    ).fetchall()
    return {row[0]: dict(zip(columns, row, strict=True)) for row in found}


def after(before: dict[str, Any] | None, poll: Poll, brought: bool) -> dict[str, Any]:
    """The row of a source after one more poll; ``brought`` = something in it was new."""
    row: dict[str, Any] = before or {**dict.fromkeys(rows.SOURCE), "source": poll.source, **_UNASKED}
    at = naive(poll.at)
    row = {**row, "last_attempt_at": at, "dropped": row["dropped"] + poll.dropped}
    if poll.error is not None:
        row.update(
            last_error=poll.error,
            error_kind=poll.error_kind,
            failing_since=row["failing_since"] or at,
            failures=row["failures"] + 1,
            not_before=naive(poll.not_before),
        )
        return row
    if poll.state is not None:
        state = poll.state
        row.update(etag=state.etag, last_modified=state.last_modified, url=state.url, cursor=state.cursor)
        row.update(retired=state.retired, not_before=naive(state.not_before))
    row.update(polls=row["polls"] + 1, last_success_at=at, finite=poll.finite)
    row.update(last_error=None, error_kind=None, failing_since=None, failures=0)
    if not poll.unchanged:
        kept = poll.warnings[:MOST_WARNINGS]
        row["warnings"] = [" ".join(text.clean(w, WARNING_LENGTH).split()) for w in kept]
        row.update(_shaped(row, poll, at))
    if brought:
        hour = int(poll.at.astimezone(UTC).timestamp() // 3600)
        if not row["new_hours"] or hour > row["new_hours"][-1]:
            row["new_hours"] = [*row["new_hours"], hour][-HOURS_KEPT:]
        row["last_new_at"] = at
    return row


def _shaped(row: Mapping[str, Any], poll: Poll, at: datetime | None) -> dict[str, Any]:
    """What this answer held, against what they usually hold. Nothing is learnt from an answer that lacks something."""
    mentions = poll.mentions
    if not mentions and not (poll.relists and row["shape"]):
        return {}
    shape = row["shape"] or {**_EMPTY_SHAPE, "began": at, "fewest": len(mentions)}
    dated = sum(m.published_at is not None for m in mentions)
    texted = sum(bool(m.text) for m in mentions)
    shape = {
        **shape,
        "undated": 0 if dated else shape["undated"] + len(mentions),
        "untexted": 0 if texted else shape["untexted"] + len(mentions),
    }
    changed = _changed(shape, len(mentions), poll, at)
    if changed is None:
        share = min(_LEARNS * len(mentions), _LEARNS_MOST) if shape["entries"] else 1.0
        if mentions:
            shape["dated"] += share * (dated / len(mentions) - shape["dated"])
            shape["texted"] += share * (texted / len(mentions) - shape["texted"])
        shape["entries"] += len(mentions)
        shape["fewest"] = min(shape["fewest"], len(mentions))
        return {"shape": shape, "changed": None, "changed_since": None}
    since = row["changed_since"] if row["changed"] else at
    if at is not None and since is not None and at - since >= ACCEPTED_AFTER:
        return {"shape": None, "changed": None, "changed_since": None}
    return {"shape": shape, "changed": changed, "changed_since": since}


def _changed(shape: Mapping[str, Any], listed: int, poll: Poll, at: datetime | None) -> str | None:
    if shape["entries"] < ENTRIES_NEEDED:
        return None
    known_for = at - shape["began"] if at is not None else timedelta(0)
    if (
        poll.relists
        and known_for >= LISTED_FOR
        and shape["fewest"] >= FEWEST_NEEDED
        and listed * COLLAPSED <= shape["fewest"]
    ):
        return "entries"
    if shape["texted"] >= USUAL and shape["untexted"] >= MISSED:
        return "texts"
    if shape["dated"] >= USUAL and shape["undated"] >= MISSED:
        return "dates"
    return None


def write(con: Con, before: Mapping[str, dict[str, Any]], after: Mapping[str, dict[str, Any]]) -> None:
    """A source that was only asked, and had nothing to tell, costs three numbers in place; the others a new row."""
    routine, anew = [], []
    for source, row in after.items():
        old = before.get(source)
        if old is not None and all(row[c] == old[c] for c in rows.SOURCE if c not in _ROUTINE):
            routine.append(tuple(row[c] for c in rows.ROUTINE))
        else:
            anew.append(tuple(row[c] for c in rows.SOURCE))
    if routine:
        rows.stage(con, "stage_routine", rows.ROUTINE, routine)
        con.execute("""
            UPDATE sources SET polls = s.polls, last_attempt_at = s.last_attempt_at, last_success_at = s.last_success_at
            FROM stage_routine AS s WHERE sources.source = s.source""")
    if anew:
        rows.stage(con, "stage_sources", rows.SOURCE, anew)
        con.execute("DELETE FROM sources WHERE source IN (SELECT source FROM stage_sources)")
        con.execute("INSERT INTO sources BY NAME SELECT * FROM stage_sources")
