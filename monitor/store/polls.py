"""Writing what the sources brought: which mentions are new, edited or known.

The hot path of the store: thousands of mentions of many sources in one transaction, resolved in three joins. Part
of the store room; ``Store.add_polls`` is the door. What is kept of each source itself is in ``sourcerows``.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from monitor.db import Con, naive
from monitor.store import aggregates, derived, rows, searchwords, sourcerows
from monitor.store.sourcerows import Poll
from monitor.types import Mention

BELIEVED = timedelta(minutes=15)  # how far in the future a date may lie
FRESH = timedelta(hours=48)
RECENT = timedelta(days=30)  # what feeds list goes back further only now and then
# DuckDB looks up as many rows by their numbers; given more, it reads all between the first and the last.
LOOKED_UP = 50
MOST_LOOKED_UP = 10 * LOOKED_UP  # then reading all of the table is no slower
_OWNER = "SELECT replace(k.key::VARCHAR, '-', ''), k.mention_id, k.said_at FROM mention_keys AS k"


@dataclass(frozen=True, slots=True)
class CollectCounts:
    new: int = 0
    edited: int = 0
    known: int = 0


@dataclass(slots=True)
class _Entry:
    """One mention of one poll, and the mention it turns out to be."""

    poll: Poll
    mention: Mention
    keys: tuple[str, ...]  # hashed, strongest first; the last is the id, so that no id is ever given twice
    id: str = ""
    said_at: datetime | None = None  # None = new


def add_polls(con: Con, polls: Sequence[Poll]) -> CollectCounts:
    """See ``Store.add_polls``; inside the caller's transaction."""
    before = sourcerows.read(con, {poll.source for poll in polls})
    answered = {source for source, row in before.items() if row["polls"]}
    counts, brought = add_mentions(con, polls, answered)
    after = dict(before)
    for poll in polls:
        after[poll.source] = sourcerows.after(after.get(poll.source), poll, id(poll) in brought)
    sourcerows.write(con, before, after)
    return counts


def add_mentions(
    con: Con, polls: Sequence[Poll], answered: AbstractSet[str] = frozenset()
) -> tuple[CollectCounts, set[int]]:
    """(counts, the ``id()`` of the polls with something new); ``answered``: sources that had answered before."""
    entries = [
        _Entry(
            poll,
            mention,
            tuple(dict.fromkeys(rows.key_hash(k) for k in (*mention.keys, f"id\0{mention.id}"))),
        )
        for poll in polls
        for mention in map(rows.storable, poll.mentions)
    ]
    seen = set(answered)
    new: dict[str, tuple[Any, ...]] = {}
    edits: list[_Entry] = []
    last: dict[str, _Entry] = {}
    brought: set[int] = set()
    if entries:
        stored_keys = _resolve(con, entries)
        stored = _stored(con, [e for e in entries if e.said_at is not None])
        for _, group in groupby(entries, key=lambda e: id(e.poll)):
            given: set[str] = set()
            for entry in group:
                source = entry.poll.source
                if entry.said_at is None and entry.id not in new:
                    new[entry.id] = _mention_row(entry, answered=source in seen)
                    brought.add(id(entry.poll))
                elif entry.id not in given and stored.get(entry.id, ("", ""))[1] == source:
                    last[entry.id] = entry
                given.add(entry.id)
            seen.add(source)
        edits = [e for e in last.values() if e.mention.content_hash != stored[e.id][0]]
        _insert(con, list(new.values()), edits)
        _insert_keys(con, entries, stored_keys, new)
    return CollectCounts(len(new), len(edits), len(entries) - len(new) - len(edits)), brought


def _resolve(con: Con, entries: list[_Entry]) -> AbstractSet[str]:
    """Gives every entry its id (and said_at when stored); returns the keys that are stored already."""
    stored = _owners(con, entries)
    for entry in entries:
        entry.id, entry.said_at = next((stored[k] for k in entry.keys if k in stored), ("", None))
    owner: dict[str, tuple[str, datetime | None]] = {}
    # Known entries first: a new entry that shares a key with one is that mention, in whatever order they came.
    for entry in sorted(entries, key=lambda e: not e.id):
        if not entry.id:
            shared = next((owner[k] for k in entry.keys if k in owner), None)
            entry.id, entry.said_at = shared or (entry.mention.id, None)
        for key in entry.keys:
            if key not in stored:
                owner.setdefault(key, (entry.id, entry.said_at))
    return stored.keys()


def _owners(con: Con, entries: Sequence[_Entry]) -> dict[str, tuple[str, datetime]]:
    """Mention and its time, of the keys that are stored.

    What a feed lists again was mostly said lately: only the blocks of that time are read for it. For the others all
    prints are, and the few rows that have one of them are looked at one by one.
    """
    keys = {key for entry in entries for key in entry.keys}
    _stage_keys(con, keys)
    found = con.execute(
        f"{_OWNER} WHERE k.said_at >= ? AND k.key IN (SELECT key::UUID FROM stage_keys)", [_recent(entries)]
    ).fetchall()
    left = keys - {row[0] for row in found}
    if left:
        _stage_keys(con, left)
        same_print = "SELECT p.rowid FROM mention_keys AS p WHERE p.print IN (SELECT print FROM stage_keys)"
        numbers = [row[0] for row in con.execute(same_print).fetchall()]
        if len(numbers) > MOST_LOOKED_UP:
            found += con.execute(f"{_OWNER} WHERE k.key IN (SELECT key::UUID FROM stage_keys)").fetchall()
        else:
            for first in range(0, len(numbers), LOOKED_UP):
                some = numbers[first : first + LOOKED_UP]
                rows_ = con.execute(
                    f"{_OWNER} WHERE k.rowid IN (SELECT unnest(?::BIGINT[]))", [some]
                ).fetchall()
                found += [row for row in rows_ if row[0] in left]
    return {key: (mention_id, said_at) for key, mention_id, said_at in found}


def _recent(entries: Sequence[_Entry]) -> datetime | None:
    """From when on keys are looked for first; a guess that decides the time it takes, never what is found."""
    at = max(entry.poll.at for entry in entries)
    dated = [entry.mention.published_at for entry in entries if entry.mention.published_at is not None]
    return naive(max(min(dated, default=at), at - RECENT) - timedelta(days=1))


def _stage_keys(con: Con, keys: AbstractSet[str]) -> None:
    rows.stage(con, "stage_keys", rows.KEY, [(key, int(key[:8], 16)) for key in keys])


def _stored(con: Con, entries: list[_Entry]) -> dict[str, tuple[str, str]]:
    """(content hash, source) of the stored mentions among the entries, by id."""
    unique = {e.id: (e.id, e.said_at, "") for e in entries}
    rows.stage(con, "stage_known", rows.PLACED, list(unique.values()))
    found = con.execute("""
        SELECT m.id, m.content_hash, m.source
        FROM stage_known AS s JOIN mentions AS m ON m.said_at = s.said_at AND m.id = s.mention_id""").fetchall()
    return {row[0]: (row[1], row[2]) for row in found}


def _mention_row(entry: _Entry, *, answered: bool) -> tuple[Any, ...]:
    mention = entry.mention
    seen = mention.seen_at or entry.poll.at
    published = mention.published_at
    if published is not None and published > seen + BELIEVED:
        published = None
    fresh = answered if published is None else seen - published < FRESH
    fresh = fresh and not entry.poll.backfill  # history is no news, however young
    return (
        entry.id,
        naive(published or seen),
        mention.content_hash,
        naive(published),
        naive(seen),
        None,
        fresh,
        mention.source or entry.poll.source,
        mention.source_type,
        mention.lang,
        mention.voice,
        mention.author,
        mention.url,
        mention.title,
        mention.text,
        None if mention.reach is None else max(0, min(mention.reach, 2**62)),
    )


def _insert(con: Con, new: list[tuple[Any, ...]], edits: list[_Entry]) -> None:
    if new:
        rows.stage(con, "stage_mentions", rows.MENTION, new)
        con.execute("INSERT INTO mentions BY NAME SELECT * FROM stage_mentions ORDER BY said_at")
        aggregates.list_new(con, "stage_mentions")
        derived.lower(con, ["match", "search"], "stage_mentions")
    if edits:
        staged = [
            (e.id, e.said_at, m.content_hash, m.title, m.text, naive(m.seen_at or e.poll.at))
            for e in edits
            for m in [e.mention]
        ]
        rows.stage(con, "stage_edits", rows.EDIT, staged)
        con.execute("""
            UPDATE mentions SET content_hash = s.content_hash, title = s.title, text = s.text, updated_at = s.updated_at
            FROM stage_edits AS s WHERE mentions.said_at = s.said_at AND mentions.id = s.mention_id""")
        derived.refresh(con, "stage_edits")
        searchwords.forget(con, "stage_edits")
        derived.lower(con, ["match", "search"], "stage_edits")


def _insert_keys(
    con: Con, entries: list[_Entry], stored: AbstractSet[str], new: dict[str, tuple[Any, ...]]
) -> None:
    fresh: dict[str, tuple[Any, ...]] = {}
    for entry in sorted(entries, key=lambda e: e.said_at is None):
        said_at = entry.said_at or new[entry.id][1]
        for key in entry.keys:
            if key not in stored:
                fresh.setdefault(key, (key, entry.id, said_at, int(key[:8], 16)))
    if fresh:
        rows.stage(con, "stage_new_keys", rows.NEW_KEY, list(fresh.values()))
        con.execute(
            "INSERT INTO mention_keys BY NAME SELECT * REPLACE (key::UUID AS key) FROM stage_new_keys"
        )
