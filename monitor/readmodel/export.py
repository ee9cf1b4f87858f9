"""Mentions as a table for other programs: CSV, JSON lines or Parquet. Part of the readmodel room."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from monitor import db
from monitor.db import Con, naive
from monitor.errors import StoreError
from monitor.readmodel.behind import Behind, narrowed
from monitor.readmodel.filtering import condition
from monitor.readmodel.folded import fold
from monitor.readmodel.rows import MentionFilter

BATCH = 10_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_SELECT = """
    SELECT m.id, m.published_at, m.seen_at, m.source, m.source_type, m.lang, m.voice, m.author, m.url, m.title, m.text,
        m.story, t.target, t.kind, t.label, t.status, t.negative, t.neutral, t.positive, t.model,
        coalesce(k.level, f.level) AS conflict, coalesce(k.score, f.score) AS conflict_score,
        v.label AS model_label, c.who AS corrected_by, c.corrected_at, c.why AS corrected_why,
        f.level AS model_conflict, f.score AS model_conflict_score, k.state AS conflict_state, d.who AS decided_by,
        d.acted_at AS decided_at, d.words AS decided_why, a.answer AS conflict_answer
    FROM v_mentions AS m
    LEFT JOIN v_standing AS t ON t.said_at = m.said_at AND t.mention_id = m.id
    LEFT JOIN v_flags AS f ON f.said_at = m.said_at AND f.mention_id = m.id
    LEFT JOIN v_cases AS k ON k.said_at = m.said_at AND k.mention_id = m.id
    LEFT JOIN case_log AS d ON d.number = k.decision
    LEFT JOIN (
        SELECT mention_id, string_agg(who || ': ' || words, chr(10) ORDER BY number) AS answer FROM v_case_log
        WHERE action = 'answered' GROUP BY mention_id) AS a ON a.mention_id = m.id
    LEFT JOIN v_corrections AS c
        ON c.said_at = t.said_at AND c.mention_id = t.mention_id AND c.target = t.target AND c.holds
    LEFT JOIN v_verdicts AS v ON v.said_at = t.said_at AND v.mention_id = t.mention_id AND v.target = t.target
    WHERE m.relevant"""

_CUT = "left(title, 1000) AS title, left(text, CASE WHEN list_contains(?::VARCHAR[], source) THEN ? ELSE ? END) AS text"
# In the order of the page; what is told of all copies stands last.
_BY_STORY = f"""
    SELECT * EXCLUDE (turn) REPLACE ({_CUT}) FROM (
        SELECT w.*, o.copies AS story_copies, o.first_at AS story_first_at, o.last_at AS story_last_at,
            c.networks AS story_source_types, c.sources AS story_sources, o.turn
        FROM ({_SELECT} AND m.said_at >= ? AND m.said_at < ?
            AND (m.said_at, m.id) IN (SELECT (o.first_at, o.mention_id) FROM folded AS o)) AS w
        JOIN folded AS o ON o.mention_id = w.id
        JOIN (SELECT story, string_agg(DISTINCT source_type, ', ' ORDER BY source_type) AS networks,
                string_agg(DISTINCT source, ', ' ORDER BY source) AS sources
            FROM folded_copies GROUP BY story) AS c ON c.story = o.story)
    ORDER BY turn, target"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of the store is exported: at most ``most`` mentions that pass both, the first by the filter's order, with
    at most ``characters`` of a text, and at most ``quote`` of one from the sources ``quoted``."""

    filter: MentionFilter
    behind: Behind | None = None
    most: int = 5_000
    characters: int = 6_000
    quoted: tuple[str, ...] = ()
    quote: int = 420
    by_story: bool = False  # of each story the first mention that passes, with what is told of all that do


def export_mentions(
    path: Path,
    destination: Path,
    format: Literal["csv", "jsonl", "parquet"],
    chosen: Chosen | None = None,
) -> int:
    """Writes every relevant mention, or the chosen ones, with verdicts and flag, one row per (mention, target);
    returns rows.

    Streams; the destination appears whole or not at all. Times are UTC, ISO 8601. CSV cells a spreadsheet would
    read as a formula get a leading apostrophe. Writers wait while it runs.
    """
    write = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}.get(format)
    if write is None:
        raise StoreError(f"export format {format!r} is not known. Remedy: use csv, jsonl or parquet.")
    part = destination.with_name(destination.name + ".part")
    try:
        with db.reading(path) as con:
            query, values = _of(con, chosen) if chosen else (_SELECT, [])
            rows = write(con.execute(query, values).to_arrow_reader(BATCH), part)
        part.replace(destination)
    except OSError as error:
        raise StoreError(f"{destination}: cannot be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return rows


def _of(con: Con, chosen: Chosen) -> tuple[str, Sequence[Any]]:
    """The query of the chosen ones with its bound values; which they are is found here, into a temporary table."""
    wanted = chosen.filter
    bounds = [naive(wanted.since), naive(wanted.until)]
    cut = [list(chosen.quoted), chosen.quote, chosen.characters]
    if chosen.by_story:
        fold(con, wanted, chosen.behind, chosen.most, 0)
        return _BY_STORY, [*cut, *bounds]
    where, values = narrowed(con, wanted, chosen.behind) if chosen.behind else condition(con, wanted)
    order = "DESC" if wanted.newest_first else "ASC"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE chosen AS SELECT m.said_at, m.mention_id FROM listed AS m "
        f"WHERE {where} ORDER BY m.said_at {order}, m.mention_id LIMIT ?",
        [*values, chosen.most],
    )
    query = f"""
        SELECT * REPLACE ({_CUT})
        FROM ({_SELECT} AND m.said_at >= ? AND m.said_at < ?
            AND (m.said_at, m.id) IN (SELECT (c.said_at, c.mention_id) FROM chosen AS c)
            ORDER BY m.said_at {order}, m.id, t.target)"""
    return query, [*cut, *bounds]


def _csv(reader: pa.RecordBatchReader, part: Path) -> int:
    count = 0
    with part.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(reader.schema.names)
        for row in _rows(reader):
            out.writerow([_cell(value) for value in row])
            count += 1
    return count


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        # A NUL ends the cell in many readers; a formula character at its start is run by spreadsheets.
        value = value.replace("\0", "")
        return "'" + value if value.startswith(_FORMULA) else value
    return value.isoformat() + "Z" if isinstance(value, datetime) else value


def _jsonl(reader: pa.RecordBatchReader, part: Path) -> int:
    count = 0
    with part.open("w", encoding="utf-8", newline="\n") as file:
        for row in _rows(reader):
            values = [v.isoformat() + "Z" if isinstance(v, datetime) else v for v in row]
            record = dict(zip(reader.schema.names, values, strict=True))
            file.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")
            count += 1
    return count


def _parquet(reader: pa.RecordBatchReader, part: Path) -> int:
    count = 0
    with pq.ParquetWriter(part, reader.schema, compression="zstd") as out:
        for batch in reader:
            out.write_batch(batch)
            count += batch.num_rows
    return count


def _rows(reader: pa.RecordBatchReader) -> Iterator[tuple[Any, ...]]:
    for batch in reader:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
