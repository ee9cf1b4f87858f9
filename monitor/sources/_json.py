"""Answers of an API -> values of the type that was meant, or an error that says what came instead. Pure.

An item with a field of another type than the network documents is Broken: it is dropped and counted, and stops no
other. What is missing or null is simply not there.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from monitor import text
from monitor.errors import SourceError
from monitor.sources._feeddates import AHEAD

MAX_ITEMS = 5_000  # of one answer
_HTML = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body|\?xml)", re.IGNORECASE)
# A backslash that begins no escape of JSON, or one that does (kept as it is).
_ESCAPE = re.compile(r'\\(?:(["\\/bfnrt]|u[0-9A-Fa-f]{4})|)')
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
T = TypeVar("T")
Item = Mapping[str, Any]


class Broken(ValueError):
    """This item cannot be used."""


def parse(body: bytes, *, lenient: bool = False) -> Item:
    """The object an API answered with. ``lenient`` = backslashes and control characters that JSON forbids are text.

    Raises SourceError: kind empty, html (a page, with whatever status), answer (some other text, quoted in the
    error), parse (broken JSON, or not an object).
    """
    document = _document(body, lenient)
    if not isinstance(document, dict):
        raise SourceError("this JSON is a list where an object was expected", kind="parse")
    return document


def parse_list(body: bytes) -> list[object]:
    """The list an API answered with. Raises SourceError as ``parse`` does; an object instead is kind answer."""
    document = _document(body, False)
    if isinstance(document, dict):
        words = document.get("error")
        told = said(words) if isinstance(words, str) else "an object"
        raise SourceError(f"the answer is no list but {told}", kind="answer")
    if not isinstance(document, list):
        raise SourceError("this JSON is no list", kind="parse")
    return document[:MAX_ITEMS]


def _document(body: bytes, lenient: bool) -> object:
    if not body.strip():
        raise SourceError("the answer is empty", kind="empty")
    if _HTML.match(body[:200]):
        raise SourceError(
            "this is a web page, not the answer of an API (a consent or error page?)", kind="html"
        )
    content = body.decode("utf-8-sig", "replace")
    if content.lstrip()[:1] not in ("{", "["):
        raise SourceError(f"the answer is no JSON but says: {said(content)}", kind="answer")
    if lenient:
        content = _ESCAPE.sub(lambda m: m.group() if m.group(1) else "\\\\", content)
    try:
        return json.loads(content, strict=not lenient, parse_constant=lambda name: None)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"broken JSON ({type(error).__name__}: {error})"[:200], kind="parse") from error


def said(words: str) -> str:
    """What a server said, for an error message: one bounded line."""
    return repr(text.clean(" ".join(words[:1_000].split()), 160))


def items(answer: Item, name: str) -> list[object]:
    """The list ``name`` of an answer, [] when it is not there; SourceError(kind="answer") when it is no list."""
    found = answer.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise SourceError(f"'{name}' of the answer is no list", kind="answer")
    return found[:MAX_ITEMS]


def usable(found: Iterable[object], make: Callable[[Item], T]) -> tuple[list[T], int]:
    """What ``make`` makes of each item, and how many were Broken."""
    made: list[T] = []
    dropped = 0
    for item in found:
        try:
            if not isinstance(item, Mapping):
                raise Broken("no object")
            made.append(make(item))
        except Broken:
            dropped += 1
    return made, dropped


def string(item: Item, name: str) -> str:
    found = item.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise Broken(f"'{name}' is no text")
    return found


def number(item: Item, name: str) -> int | None:
    """A whole number; None when it is not there. 1.7e9 is one too."""
    found = item.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        raise Broken(f"'{name}' is no number")
    if abs(found) > 1 << 62:
        raise Broken(f"'{name}' is no number that makes sense")
    return int(found)


def child(item: Item, name: str) -> Item:
    found = item.get(name)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise Broken(f"'{name}' is no object")
    return found


def moment(seconds: int | None, now: datetime) -> datetime | None:
    """UTC of seconds since 1970, never after ``now``; None when it lies so far ahead that it must be wrong."""
    if seconds is None:
        return None
    try:
        at = datetime.fromtimestamp(max(seconds, 0), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None if at > now + AHEAD else max(min(at, now), _EPOCH)
