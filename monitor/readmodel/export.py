"""The whole store as a table for other programs: CSV, JSON lines or Parquet. Part of the readmodel room."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from monitor import db
from monitor.errors import StoreError

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
        SELECT mention_id, string_agg(who || ': ' || words, chr(10) ORDER BY number) AS answer FROM case_log
        WHERE action = 'answered' GROUP BY mention_id) AS a ON a.mention_id = m.id
    LEFT JOIN v_corrections AS c
        ON c.said_at = t.said_at AND c.mention_id = t.mention_id AND c.target = t.target AND c.holds
    LEFT JOIN v_verdicts AS v ON v.said_at = t.said_at AND v.mention_id = t.mention_id AND v.target = t.target
    WHERE m.relevant"""


def export_mentions(path: Path, destination: Path, format: Literal["csv", "jsonl", "parquet"]) -> int:
    """Writes every relevant mention with its verdicts and flag, one row per (mention, target); returns rows.

    Streams; the destination appears whole or not at all. Times are UTC, ISO 8601. CSV cells a spreadsheet would
    read as a formula get a leading apostrophe. Writers wait while it runs.
    """
    write = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}.get(format)
    if write is None:
        raise StoreError(f"export format {format!r} is not known. Remedy: use csv, jsonl or parquet.")
    part = destination.with_name(destination.name + ".part")
    try:
        with db.reading(path) as con:
            rows = write(con.execute(_SELECT).to_arrow_reader(BATCH), part)
        part.replace(destination)
    except OSError as error:
        raise StoreError(f"{destination}: cannot be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return rows


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
