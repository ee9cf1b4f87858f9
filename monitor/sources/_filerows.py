"""Files of rows -> rows of named texts: CSV, JSON Lines and Parquet, a row at a time.

CSV: the encoding is that of a byte order mark, else UTF-8 when the whole file is, else windows-1252. The delimiter
(comma, semicolon, tab or bar) and the line of the headings are those with which all mapped columns are found within
the first 20 lines: exports often begin with notes.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from monitor import jsonlines
from monitor.errors import InputError, SourceError

FIELDS = ("text", "title", "url", "author", "published_at", "id", "lang")
Columns = Mapping[str, tuple[str, ...]]  # field -> the columns it is made of

HEADING_WITHIN = 20  # lines
MAX_LINE = 1_000_000  # characters of one physical line of CSV
MAX_ROW_GROUP = 500_000_000  # bytes, unpacked
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """``line`` counts from 1: the line in which a CSV row ends, the row of a Parquet file."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Broken:
    line: int
    reason: str


Reader = Callable[[Path, Columns], Iterator[Row | Broken]]


def _csv(file: Path, columns: Columns) -> Iterator[Row | Broken]:
    with _opened(file):
        encoding = _encoding(file)
        delimiter, skipped, places = _layout(file, encoding, columns)
        with file.open(encoding=encoding, errors="replace", newline="") as stream:
            reader = csv.reader(_lines(stream), delimiter=delimiter)
            for _ in islice(reader, skipped):
                pass
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield Broken(reader.line_num, f"not CSV: {error}")
                    continue
                if not any(cells):
                    continue
                if len(cells) <= max(max(at) for at in places.values()):
                    yield Broken(reader.line_num, f"only {len(cells)} cells")
                    continue
                yield Row(reader.line_num, {f: _joined([cells[n] for n in at]) for f, at in places.items()})


def _layout(file: Path, encoding: str, columns: Columns) -> tuple[str, int, dict[str, list[int]]]:
    """(delimiter, lines up to and with the headings, the places of each field)."""
    with file.open(encoding=encoding, errors="replace", newline="") as stream:
        head = list(islice(_lines(stream), HEADING_WITHIN))
    widest: list[str] = []
    for delimiter in (",", ";", "\t", "|"):
        reader = csv.reader(head, delimiter=delimiter)
        try:
            for number, cells in enumerate(reader, start=1):
                names = [cell.strip().casefold() for cell in cells]
                widest = cells if len(cells) > len(widest) else widest
                if all(name.casefold() in names for name in _needed(columns, names)):
                    return delimiter, number, _places(columns, names)
        except csv.Error:
            continue
    raise _no_columns(file, columns, widest)


def _needed(columns: Columns, there: Sequence[str]) -> list[str]:
    """Every mapped column; where nobody mapped any (each field bears its own name), a text or a title will do."""
    if all(names == (field,) for field, names in columns.items()) and len(columns) == len(FIELDS):
        return ["title"] if "title" in there and "text" not in there else ["text"]
    return [name for names in columns.values() for name in names]


def _places(columns: Columns, names: Sequence[str]) -> dict[str, list[int]]:
    found = {
        f: [names.index(c.casefold()) for c in wanted if c.casefold() in names]
        for f, wanted in columns.items()
    }
    return {field: places for field, places in found.items() if places}


def _lines(stream: Any) -> Iterator[str]:
    """Lines of bounded length: one without an end would be read into memory whole."""
    while line := stream.readline(MAX_LINE):
        yield line


def _encoding(file: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with file.open("rb") as stream:
        start = stream.read(4)
        if start.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        stream.seek(0)
        try:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "windows-1252"
    return "utf-8"


def _jsonl(file: Path, columns: Columns) -> Iterator[Row | Broken]:
    with _opened(file), file.open("rb") as stream:
        broken: list[InputError] = []
        numbered = _Counting(stream)
        for _, values in jsonlines.parsed(
            cast(BinaryIO, numbered), lambda row: _json_values(row, columns), broken.append
        ):
            yield from (_as_broken(error) for error in broken)
            broken.clear()
            yield Row(numbered.line, values)
        yield from (_as_broken(error) for error in broken)


def _as_broken(error: InputError) -> Broken:
    return Broken(error.line, str(error).partition(": ")[2])


class _Counting:
    """The stream, and how many lines were read of it: jsonlines hands on rows without their numbers."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.line = 0

    def readline(self, size: int = -1) -> bytes:
        line: bytes = self._stream.readline(size)
        self.line += line.endswith(b"\n") or (bool(line) and len(line) < size)
        return line


def _json_values(row: Mapping[str, Any], columns: Columns) -> dict[str, str]:
    return {f: _joined([_text(_inside(row, name)) for name in names]) for f, names in columns.items()}


def _inside(row: Mapping[str, Any], name: str) -> object:
    if name in row:
        return row[name]
    value: object = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _parquet(file: Path, columns: Columns) -> Iterator[Row | Broken]:
    import pyarrow  # a second to import; who reads no Parquet does not wait for it
    from pyarrow import parquet

    with _opened(file):
        try:
            document = parquet.ParquetFile(file)
            groups = (document.metadata.row_group(n) for n in range(document.num_row_groups))
            if any(group.total_byte_size > MAX_ROW_GROUP for group in groups):
                raise SourceError(
                    f"{file.name}: holds more than {MAX_ROW_GROUP:,} bytes at once", kind="too_large"
                )
            names = document.schema_arrow.names
            folded = {name.strip().casefold(): name for name in names}
            if not all(name.casefold() in folded for name in _needed(columns, list(folded))):
                raise _no_columns(file, columns, names)
            there = {
                f: [folded[c.casefold()] for c in cs if c.casefold() in folded] for f, cs in columns.items()
            }
            wanted = sorted({name for listed in there.values() for name in listed})
            number = 0
            for batch in document.iter_batches(batch_size=256, columns=wanted):
                for record in batch.to_pylist():
                    number += 1
                    yield Row(
                        number, {f: _joined([_text(record[c]) for c in cs]) for f, cs in there.items() if cs}
                    )
        except (pyarrow.ArrowException, OSError) as error:
            raise SourceError(f"{file.name}: not Parquet: {error}"[:300], kind="parse") from error


def _no_columns(file: Path, columns: Columns, there: Sequence[str]) -> SourceError:
    missing = [n for n in _needed(columns, []) if n.casefold() not in {t.strip().casefold() for t in there}]
    listed = ", ".join(f"'{name[:40]}'" for name in there[:30])
    return SourceError(
        f"{file.name}: no column {', '.join(map(repr, missing or ['text']))}. It has {listed or 'none'}. "
        "Remedy: name its columns under `columns`",
        kind="columns",
    )


def _joined(values: Sequence[str]) -> str:
    return "\n".join(value for value in values if value.strip())


def _text(value: object) -> str:
    """Dates as ISO 8601, numbers as they are written; lists, maps and what is not there as nothing."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


@contextmanager
def _opened(file: Path) -> Iterator[None]:
    """What the system says of a file becomes a SourceError."""
    try:
        yield
    except OSError as error:
        raise SourceError(f"{file.name}: {error.strerror or error}", kind="file") from error


READERS: Mapping[str, Reader] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".txt": _csv,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".parquet": _parquet,
}
