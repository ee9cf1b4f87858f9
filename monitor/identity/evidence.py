"""The parts of a mention that evidence can rest on: its sentences, with their places in the raw fields. Pure.

Bounded: at most MAX_SENTENCES spans of at most MAX_SPAN characters, taken from the title and the first MAX_FIELD
characters of the text. A long article is read from its beginning and, so that a last sentence that turns
everything is seen, its end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor import text as txt
from monitor.types import Field, Mention

MAX_SENTENCES = 12
MAX_SPAN = 240
MAX_FIELD = 6_000
WHOLE = 1_500  # characters of title and text that are encoded as one

_CLAUSE = re.compile(r"[,;:–—]\s")


@dataclass(frozen=True, slots=True)
class Span:
    """``field[start:end]`` of the mention, in raw code points; ``text`` is the slice, cleaned for reading."""

    field: Field
    start: int
    end: int
    text: str


def spans(mention: Mention) -> tuple[Span, ...]:
    """Sentences in order, the title first; a sentence longer than MAX_SPAN is cut at clauses."""
    title = _of_field("title", mention.title)[:2]
    body = _of_field("text", mention.text)
    room = MAX_SENTENCES - len(title)
    if len(body) > room:
        body = body[: room - 2] + body[-2:]
    return (*title, *body)


def whole(mention: Mention) -> str:
    """Title and text as one, cleaned and cut."""
    title, body = txt.clean(mention.title, 300), txt.clean(mention.text, WHOLE)
    return f"{title}\n{body}" if title and body else title or body


def _of_field(field: Field, raw: str) -> list[Span]:
    out = []
    for start, end in txt.sentences(raw[:MAX_FIELD]):
        for a, b in _pieces(raw, start, end):
            text = txt.clean(raw[a:b], MAX_SPAN)
            if any(c.isalnum() for c in text):
                out.append(Span(field, a, b, text))
    return out


def _pieces(raw: str, start: int, end: int) -> list[tuple[int, int]]:
    """The sentence, or parts of at most MAX_SPAN characters cut after a clause, else a word, without blanks."""
    out = []
    while end - start > MAX_SPAN:
        window = raw[start : start + MAX_SPAN]
        cuts = [m.start() + 1 for m in _CLAUSE.finditer(window) if m.start() >= MAX_SPAN // 3]
        cut = cuts[-1] if cuts else window.rfind(" ", MAX_SPAN // 3)
        cut = cut if cut > 0 else MAX_SPAN
        out.append(_trimmed(raw, start, start + cut))
        start += cut
    out.append(_trimmed(raw, start, end))
    return [(a, b) for a, b in out if b > a]


def _trimmed(raw: str, start: int, end: int) -> tuple[int, int]:
    piece = raw[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
