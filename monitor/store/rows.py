"""Rows on their way in and out of the store: staging tables, and the dataclasses rows become.

Batches enter DuckDB as Arrow tables (a prepared INSERT per row is some fifty times slower); values are never
put into SQL text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from monitor.db import Con, naive, utc
from monitor.types import FetchState, Match, Mention, Message, Picture, Target

# Arrow's own allocator keeps what a batch took; the system's gives it back to a process that lives for days.
pa.set_memory_pool(pa.system_memory_pool())

TEXT, TIME = pa.string(), pa.timestamp("us")
BOOL, FLOAT, INT = pa.bool_(), pa.float64(), pa.int32()

PLACED = {"mention_id": TEXT, "said_at": TIME, "content_hash": TEXT}
MATCH = {**PLACED, "relevant": BOOL, "voice": TEXT, "speaker": TEXT, "rejected": pa.list_(TEXT)}
TARGET = {
    "mention_id": TEXT,
    "position": INT,
    "target": TEXT,
    "kind": TEXT,
    "via": TEXT,
    "field": TEXT,
    "span_start": INT,
    "span_end": INT,
    "surface": TEXT,
}
VERDICT = {
    **PLACED,
    "target": TEXT,
    "model": TEXT,
    "negative": FLOAT,
    "neutral": FLOAT,
    "positive": FLOAT,
    "label": TEXT,
    "status": TEXT,
}
CORRECTION = {
    **PLACED,
    "target": TEXT,
    "label": TEXT,
    "who": TEXT,
    "corrected_at": TIME,
    "why": TEXT,
}
CASE = {
    **PLACED,
    "identity": TEXT,
    "action": TEXT,
    "words": TEXT,
    "assignee": TEXT,
    "who": TEXT,
    "acted_at": TIME,
    "position": INT,
}
WEIGHT = {"feature": TEXT, "weight": FLOAT}
FLAG = {**PLACED, "model": TEXT, "level": TEXT, "score": FLOAT, "role_mixing": BOOL, "first_model": TEXT}
CONFLICT = {
    "mention_id": TEXT,
    "model": TEXT,
    "rank": INT,
    "statement": TEXT,
    "score": FLOAT,
    "severity": TEXT,
    "field": TEXT,
    "span_start": INT,
    "span_end": INT,
    "quote": TEXT,
    "reason": TEXT,
}
CANDIDATE = {"mention_id": TEXT, "model": TEXT, "rank": INT, "statement": TEXT, "score": FLOAT}
RELATION = {"mention_id": TEXT, "model": TEXT, "statement": TEXT, "contradicts": FLOAT, "in_line": FLOAT}
READING = {
    "goal": TEXT,
    "definition": TEXT,
    "measure": TEXT,
    "unit": TEXT,
    "since_at": TIME,
    "until_at": TIME,
    "read_at": TIME,
    "value": FLOAT,
    "low": FLOAT,
    "high": FLOAT,
    "n": pa.int64(),
    "track": TEXT,
    "why": TEXT,
    "baseline": FLOAT,
    "target": FLOAT,
    "deadline": pa.date32(),
    "needed": FLOAT,
}
VOICE = {**PLACED, "names": pa.list_(TEXT)}
STORY = {"mention_id": TEXT, "story": TEXT}
STORY_LINK = {
    "mention_id": TEXT,
    "story": TEXT,
    "other": TEXT,
    "score": FLOAT,
    "shared": pa.list_(TEXT),
}
SOURCE_WEIGHT = {"source": TEXT, "weight": FLOAT, "own_place": BOOL}
TYPE_WEIGHT = {"source_type": TEXT, "weight": FLOAT}
KEY = {"key": TEXT, "print": pa.uint32()}
NEW_KEY = {"key": TEXT, "mention_id": TEXT, "said_at": TIME, "print": pa.uint32()}
EDIT = {**PLACED, "title": TEXT, "text": TEXT, "updated_at": TIME}
MENTION = {
    "id": TEXT,
    "said_at": TIME,
    "content_hash": TEXT,
    "published_at": TIME,
    "seen_at": TIME,
    "updated_at": TIME,
    "fresh": BOOL,
    "source": TEXT,
    "source_type": TEXT,
    "lang": TEXT,
    "voice": TEXT,
    "author": TEXT,
    "url": TEXT,
    "title": TEXT,
    "text": TEXT,
    "reach": pa.int64(),
}
SOURCE = {
    "source": TEXT,
    "etag": TEXT,
    "last_modified": TEXT,
    "url": TEXT,
    "cursor": TEXT,
    "not_before": TIME,
    "retired": BOOL,
    "polls": pa.int64(),
    "last_attempt_at": TIME,
    "last_success_at": TIME,
    "last_new_at": TIME,
    "new_hours": pa.list_(INT),
    "dropped": pa.int64(),
    "warnings": pa.list_(TEXT),
    "last_error": TEXT,
    "error_kind": TEXT,
    "failing_since": TIME,
    "failures": INT,
    "finite": BOOL,
    "shape": pa.struct(
        {
            "began": TIME,
            "entries": pa.int64(),
            "fewest": pa.int64(),
            "dated": FLOAT,
            "texted": FLOAT,
            "undated": pa.int64(),
            "untexted": pa.int64(),
        }.items()
    ),
    "changed": TEXT,
    "changed_since": TIME,
}
ROUTINE = {"source": TEXT, "polls": pa.int64(), "last_attempt_at": TIME, "last_success_at": TIME}

MENTION_COLUMNS = (
    "m.id, m.title, m.text, m.url, m.author, m.source, m.source_type, m.lang, m.voice, "
    "m.published_at, m.seen_at"
)


def stage(con: Con, name: str, schema: dict[str, Any], rows: Sequence[tuple[Any, ...]]) -> None:
    """Makes the rows readable as the view ``name`` until it is replaced or the connection ends."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(column, type=kind) for column, kind in zip(columns, schema.values(), strict=True)]
    con.register(name, pa.table(arrays, names=list(schema)))


def place(con: Con, name: str) -> None:
    """Makes the temporary table ``placed``: the staged rows whose mention is stored, with its stored ``said_at``.

    The staged time is right whenever the mention came out of the store, and then only the blocks of that time
    are read; the others are looked up by id alone.
    """
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE placed AS
        SELECT s.* FROM {name} AS s JOIN mentions AS m ON m.said_at = s.said_at AND m.id = s.mention_id""")
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE misplaced AS
        SELECT s.* FROM {name} AS s WHERE NOT EXISTS (FROM placed AS p WHERE p.mention_id = s.mention_id)""")
    left = con.execute("SELECT count(*) FROM misplaced").fetchone()
    if left and left[0]:
        con.execute("""
            INSERT INTO placed
            SELECT s.* REPLACE (m.said_at AS said_at) FROM misplaced AS s JOIN mentions AS m ON m.id = s.mention_id""")


def placed(mention: Mention) -> tuple[Any, ...]:
    """The first three columns of every row about a mention."""
    return (mention.id, naive(mention.published_at or mention.seen_at), mention.content_hash)


def key_hash(key: str) -> str:
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=16).hexdigest()


def storable(mention: Mention) -> Mention:
    """The mention itself, or without the half characters (lone surrogates) that no file can hold."""
    try:
        f"{mention.id}{mention.title}{mention.text}{mention.url}{mention.author}".encode()
    except UnicodeEncodeError:
        return replace(
            mention,
            id=_whole(mention.id),
            title=_whole(mention.title),
            text=_whole(mention.text),
            url=_whole(mention.url),
            author=_whole(mention.author),
        )
    return mention


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def mention_from(row: Sequence[Any]) -> Mention:
    """From MENTION_COLUMNS; ``published_at`` is None when undated."""
    id_, title, text, url, author, source, source_type, lang, voice, published, seen = row[:11]
    return Mention(id_, title, text, url, author, source, source_type, lang, voice, utc(published), utc(seen))


def target_from(row: Sequence[Any]) -> Target:
    """From target, kind, via, field, span_start, span_end, surface."""
    return Target(*row)


def match_from(voice: Any, speaker: str | None, rejected: Iterable[str], targets: Sequence[Target]) -> Match:
    return Match(True, tuple(targets), voice, speaker, tuple(rejected))


def fetch_state_from(row: Sequence[Any]) -> FetchState:
    """From etag, last_modified, url, cursor, not_before, retired, polls."""
    return FetchState(row[0], row[1], row[2], row[3], utc(row[4]), row[5], row[6])


MESSAGE_COLUMNS = (
    "id, recipient, subject, text, html, sender, pictures, coalesce(thread, ''), coalesce(channel, 'email'), "
    "coalesce(news, ''), coalesce(facts, '')"
)


def message_from(row: Sequence[Any]) -> Message:
    """From MESSAGE_COLUMNS."""
    pictures = tuple(Picture(each["name"], each["data"]) for each in row[6] or ())
    identifier, recipient, subject, text, html, sender = row[:6]
    return Message(identifier, recipient, subject, text, html, sender, pictures, *row[7:11])
