"""What of a mention is compared: its word triples, its facts (numbers and names), its agency, address and language.

Pure and bounded: the first paragraphs carry the wire text.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor import language, links
from monitor.stories.credits import credited
from monitor.text import fold, words
from monitor.types import Mention

N = 3  # words in a triple
MAX_WORDS = 400
MAX_CHARS = 6_000
MAX_FACTS = 80
_KEY_WORDS = 12  # word-for-word copies are told from that many words on; shorter texts are alike by chance

# What somebody said is quoted by people who have nothing else in common.
_QUOTE = re.compile(r"«[^»]{1,400}»|“[^”]{1,400}”|„[^“]{1,400}“|\"[^\"]{1,400}\"")
_NUMBER = re.compile(r"\d{1,3}(?:[ \u00a0\u202f.,]\d{3})+(?!\d)|\d{1,12}(?:[.,:]\d{1,6})?")
_NAME = re.compile(r"(?<=[\w,;] )[A-ZÆØÅÄÖ][^\W\d_]+(?:[-'’][^\W\d_]+)*")
_ARTICLES = (
    "news",
    "press",
    "blog",
)  # kinds whose address names one article, and no thread or page of reviews


@dataclass(frozen=True, slots=True)
class Marks:
    """``facts``: numbers as "#" and their digits ("2,9" and "2.9" are one), names folded. ``at``: seconds, None = no
    date. ``keys``: two mentions with one in common are one story. ``lang`` "" = unknown."""

    lang: str
    at: float | None
    kind: str
    keys: tuple[str, ...]
    triples: NDArray[np.int64]  # hashes, distinct
    facts: frozenset[str]
    wires: frozenset[str]


def marks(mention: Mention) -> Marks:
    text, wires = credited(mention.text[:MAX_CHARS])
    lang = language.identify(text, title=mention.title, declared=mention.lang).lang or ""
    when = mention.published_at or mention.seen_at
    found = set()
    address = links.article(mention.url) if mention.source_type in _ARTICLES and mention.url else ""
    if address:
        found.add(f"url {address}")
    if text.count(" ") >= _KEY_WORDS:
        found.add(f"text {hash(' '.join(text.split()))}")
    return Marks(
        "nb" if lang == "no" else lang,
        when.timestamp() if when else None,
        mention.source_type,
        tuple(sorted(found)),
        _triples(mention.title, text),
        _facts(mention.title, text),
        wires,
    )


def _triples(title: str, text: str) -> NDArray[np.int64]:
    """Of the title and of each piece of text between quotes; none reaches over an end."""
    left = MAX_WORDS
    found: list[NDArray[np.int64]] = []
    for piece in (title, *_QUOTE.split(text)):
        hashes = [hash(word) for word in _first(piece, left)]
        left -= len(hashes)
        if len(hashes) >= N:
            h = np.array(hashes, dtype=np.int64)
            found.append((h[:-2] * 1_000_003 + h[1:-1]) * 1_000_003 + h[2:])  # wraps around, as hashes do
    return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)


def _first(piece: str, most: int) -> Iterator[str]:
    for number, word in enumerate(words(piece)):
        if number >= most:
            return
        yield word.folded


def _facts(title: str, text: str) -> frozenset[str]:
    """Names from the text alone: in an English title every word may have a capital."""
    found: dict[str, None] = {}
    for match in _NUMBER.finditer(f"{title}\n{text}"):
        found["#" + re.sub(r"\D", "", match.group()).lstrip("0")] = None
        if len(found) >= MAX_FACTS // 2:
            break
    found.pop("#", None)
    for match in _NAME.finditer(text):
        found[fold(match.group()).removesuffix("'s").removesuffix("’s")] = None
        if len(found) >= MAX_FACTS:
            break
    return frozenset(found)


class Reader:
    """``marks`` that remembers what it read last, so that a window that moves on by a few mentions is not read anew."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._known: OrderedDict[tuple[str, str], Marks] = OrderedDict()

    def __call__(self, mention: Mention) -> Marks:
        key = (mention.id, mention.content_hash)
        found = self._known.pop(key, None) or marks(mention)
        self._known[key] = found
        if len(self._known) > self._kept:
            self._known.popitem(last=False)
        return found
