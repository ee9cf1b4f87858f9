"""Words: cleaning, folding, tokens with offsets, stems, sentences. Pure; bounded in time for any input."""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

import snowballstemmer

# Control characters, the bidirectional overrides that let a stranger's text rearrange what a reader sees, and half
# surrogates (JSON can carry them), which no encoder takes.
_UNSAFE = re.compile(
    "[\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]"
)
_SPACE = re.compile(r"[^\S\n]+")
_WORD = re.compile(r"[^\W_]+(?:['’\-–][^\W_]+)*", re.UNICODE)
_SENTENCE_END = re.compile(r"[.!?…]+[\"'»”)\]]*(?=\s)|\n+")


class Word(NamedTuple):
    """``text[start:end]``; ``folded`` is casefolded without accents (æ, ø and å are letters and stay)."""

    folded: str
    start: int
    end: int


def clean(text: str, limit: int = 100_000) -> str:
    """NFC, without control and bidi characters, runs of blanks folded; at most ``limit`` characters."""
    text = unicodedata.normalize("NFC", text[: limit * 2])
    text = _SPACE.sub(" ", _UNSAFE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    return text.strip()[:limit].rstrip()


def unescape(text: str) -> str:
    return html.unescape(text)


@functools.lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """Casefolded, accents removed but æ, ø, å (and ä, ö) kept: Nesvåg and NESVÅG meet, Røe and Roe do not."""
    out = []
    for char in unicodedata.normalize("NFC", word).casefold():
        if char in "æøåäö":
            out.append(char)
        else:
            out.append("".join(c for c in unicodedata.normalize("NFD", char) if not unicodedata.combining(c)))
    return "".join(out)


def words(text: str) -> Iterator[Word]:
    """Runs of letters and digits; hyphens and apostrophes inside a word belong to it."""
    for match in _WORD.finditer(text):
        yield Word(fold(match.group()), match.start(), match.end())


_STEMMERS = {"no": snowballstemmer.stemmer("norwegian"), "en": snowballstemmer.stemmer("english")}


@functools.lru_cache(maxsize=65536)
def stem(word: str, lang: str = "no") -> str:
    """Snowball stem of a folded word: ``lang`` en, else Norwegian."""
    return str(_STEMMERS["en" if lang == "en" else "no"].stemWord(word))


def sentences(text: str) -> list[tuple[int, int]]:
    """Half-open spans of sentences, without the blanks around them."""
    spans = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        spans.append((start, match.end()))
        start = match.end()
    spans.append((start, len(text)))
    out = []
    for a, b in spans:
        piece = text[a:b]
        stripped = piece.strip()
        if stripped:
            lead = len(piece) - len(piece.lstrip())
            out.append((a + lead, a + lead + len(stripped)))
    return out


class _FoldTable(dict[int, str]):
    """One character for one character, so that offsets survive; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = fold(char)
        if len(folded) != 1:
            folded = char.lower() if len(char.lower()) == 1 else char
        if len(self) < 20_000:
            self[code] = folded
        return folded


_FOLD_TABLE = _FoldTable()


def fold_chars(text: str) -> str:
    """``fold`` for a whole NFC text that keeps its length (ß and ligatures stay as they are)."""
    return text.lower() if text.isascii() else text.translate(_FOLD_TABLE)


# Invisible format characters, and marks that NFC joins to the letter before them.
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


class Normal(NamedTuple):
    """``text`` is ``raw`` in NFC without invisible characters; ``starts[i]:ends[i]`` is where character i came
    from in ``raw`` (None = the same offsets)."""

    text: str
    starts: list[int] | None
    ends: list[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The half-open raw span of a non-empty half-open span of ``text``."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def normal(raw: str) -> Normal:
    """NFC with a way back to the raw offsets; linear in the length."""
    if not _INVISIBLE.search(raw) and unicodedata.is_normalized("NFC", raw):
        return Normal(raw, None, None)
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    size = len(raw)
    i = 0
    while i < size:
        j = i + 1
        # A run of marks longer than 32 is not writing; cutting it there keeps hostile input linear.
        while j < size and j - i < 32 and unicodedata.combining(raw[j]):
            j += 1
        if not _INVISIBLE.match(raw[i]):
            for char in unicodedata.normalize("NFC", raw[i:j]):
                out.append(char)
                starts.append(i)
                ends.append(j)
        i = j
    return Normal("".join(out), starts, ends)
