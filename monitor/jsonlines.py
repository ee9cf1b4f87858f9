"""JSON Lines from strangers: numbered lines, bounded in size, and fields of the type they must have.

A broken line becomes an InputError with its number, is handed to ``complain``, and stops nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, BinaryIO, TypeVar, get_args

from monitor.errors import InputError
from monitor.types import Voice

Row = dict[str, Any]
Complain = Callable[[InputError], None]
T = TypeVar("T")

BATCH = 256
MAX_LINE = 16 * 1024 * 1024  # bytes; longer is broken, and is skipped without being held in memory
MAX_TEXT = 1_000_000  # characters


def parsed(stream: BinaryIO, read: Callable[[Row], T], complain: Complain) -> Iterator[tuple[Row, T]]:
    for number, line in _numbered(stream):
        try:
            if line is None:
                raise ValueError(f"longer than {MAX_LINE} bytes")
            row = json.loads(
                line.decode("utf-8-sig" if number == 1 else "utf-8"), parse_constant=_no_constant
            )
            if not isinstance(row, dict):
                raise ValueError("not a JSON object")
            value = read(row)
        except (ValueError, RecursionError) as error:
            complain(InputError(number, _reason(error)))
            continue
        yield row, value


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} at column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8: byte {error.start}"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error)


def _numbered(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """(line number from 1, line); None for a line that is too long; blank lines are counted and skipped."""
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE and not line.endswith(b"\n"):
            while (rest := stream.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        elif line.strip():
            yield number, line


def batches(rows: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def text_of(row: Row, field: str, *, required: bool = False) -> str:
    value = row.get(field)
    if value is None:
        if required:
            raise ValueError(f"{field} is missing")
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{field} must be a string")
    if len(value) > MAX_TEXT:
        raise ValueError(f"{field} is longer than {MAX_TEXT} characters")
    return value


def voice_of(row: Row) -> Voice | None:
    value = row.get("voice")
    if value is None or value == "":
        return None
    for voice in get_args(Voice):
        if value == voice:
            return voice  # type: ignore[no-any-return]
    raise ValueError(f"voice must be one of {', '.join(get_args(Voice))}")


def is_count(value: object) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    )


def time_of(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("a time must be an ISO 8601 string")
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is not an ISO 8601 time") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
