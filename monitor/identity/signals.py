"""Phrase lists: which words of a mention touch which statement, and which general cues it carries. Pure.

A statement's ``signals`` are matched with inflection (``hviletid`` finds ``hviletiden``), in compounds
(``hviletidsbrudd``, ``døgnhviletid``) and, for phrases, with up to two words in between. A statement without signals
is given terms derived from its own text: quoted phrases and content words, each counting less the more statements
share it. Words that a person listed count double: they were meant. ``Cues`` are the brand-independent lists
of monitor/data/identity_cues.yaml.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from monitor import text as txt
from monitor.types import BrandIdentity, Statement
from monitor.wordlists import STOPWORDS

MAX_WORDS = 1_500  # of a mention that are looked at
_LISTED, _QUOTED, _WORD = 2.0, 1.5, 1.0
_GAP = 2
_QUOTE = re.compile(r"[«“\"'‘]([^«»“”\"'‘’]{3,80})[»”\"'’]")
_CUES = Path(__file__).parent.parent / "data" / "identity_cues.yaml"


@dataclass(frozen=True, slots=True)
class Hit:
    """Words ``start:end`` of the text they were looked for in touch ``statement`` (its index)."""

    statement: int
    strength: float
    start: int
    end: int
    listed: bool  # by a person, under ``signals``


@dataclass(frozen=True, slots=True)
class _Term:
    statement: int
    parts: tuple[tuple[str, ...], ...]  # one tuple of alternative stems a word
    weight: float
    listed: bool
    literal: str = ""  # emoji and the like, without any word


class Terms:
    """The terms of an identity's statements, listed or derived."""

    def __init__(self, identity: BrandIdentity, statements: Sequence[Statement]) -> None:
        own = {
            w.folded for n in (identity.name, *identity.aliases, *_products(identity)) for w in txt.words(n)
        }
        terms = [t for i, s in enumerate(statements) for t in _terms_of(i, s, own)]
        shared: dict[tuple[tuple[str, ...], ...], set[int]] = {}
        for term in terms:
            shared.setdefault(term.parts, set()).add(term.statement)
        self._terms = [
            t if t.listed else _Term(t.statement, t.parts, t.weight / len(shared[t.parts]), False)
            for t in terms
        ]
        self._literals = [t for t in self._terms if t.literal]
        self._touched = functools.lru_cache(maxsize=50_000)(self._touch)

    def hits(self, text: str) -> list[Hit]:
        """Every term found in ``text``, once each, by first occurrence; offsets into ``text``."""
        words = list(_first(txt.words(text), MAX_WORDS))
        found: dict[int, Hit] = {}
        touched = [self._touched(w.folded) for w in words]
        for i, firsts in enumerate(touched):
            for k, likeness in firsts:
                term = self._terms[k]
                if k in found or not (end := self._rest(term, words, i)):
                    continue
                strength = likeness * term.weight
                found[k] = Hit(term.statement, strength, words[i].start, end, term.listed)
        hits = list(found.values())
        for term in self._literals:
            at = text.find(term.literal)
            if at >= 0:
                hits.append(Hit(term.statement, term.weight, at, at + len(term.literal), term.listed))
        return hits

    def _touch(self, word: str) -> tuple[tuple[int, float], ...]:
        """(term, likeness) of the terms whose first word ``word`` is."""
        out = []
        for k, term in enumerate(self._terms):
            if term.parts and (likeness := _alike(word, term.parts[0])):
                out.append((k, likeness))
        return tuple(out)

    def _rest(self, term: _Term, words: Sequence[txt.Word], i: int) -> int:
        """The end offset of the term when all its words follow from ``i``; 0 otherwise."""
        at = i
        for part in term.parts[1:]:
            near = range(at + 1, min(at + 2 + _GAP, len(words)))
            at = next((j for j in near if _alike(words[j].folded, part)), -1)
            if at < 0:
                return 0
        return words[at].end


def _terms_of(index: int, statement: Statement, own: set[str]) -> Iterable[_Term]:
    if statement.signals:
        for signal in statement.signals:
            parts = tuple(_stems(w.folded) for w in _first(txt.words(signal), 8))
            if parts or signal.strip():
                yield _Term(index, parts, _LISTED, True, "" if parts else signal.strip()[:20])
        return
    for match in _QUOTE.finditer(statement.text):
        words = [w.folded for w in txt.words(match.group(1))]
        if len(words) > 1:
            yield _Term(index, tuple(_stems(w) for w in words), _QUOTED, False)
    seen = set()
    for word in _first(txt.words(statement.text), 60):
        stems = _stems(word.folded)
        ours = any(word.folded == n or (len(n) > 3 and word.folded.startswith(n)) for n in own)
        if len(word.folded) > 3 and word.folded not in STOPWORDS and not ours and stems not in seen:
            seen.add(stems)
            yield _Term(index, (stems,), _WORD, False)


def _products(identity: BrandIdentity) -> list[str]:
    return [n for p in identity.products for n in (p.name, *p.aliases)]


@functools.lru_cache(maxsize=50_000)
def _stems(word: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((txt.stem(word), txt.stem(word, "en"))))


def _alike(word: str, stems: tuple[str, ...]) -> float:
    """1 for an inflected form; less for a compound that begins or ends with the term, or is part of it."""
    own = _stems(word)
    if any(s in stems for s in own):
        return 1.0
    best = 0.0
    for s in stems:
        if len(s) >= 5 and len(word) > len(s):
            if word.startswith(s):
                best = max(best, 0.8)
            elif any(o.endswith(s) for o in own):
                best = max(best, 0.7)
        for o in own:
            if len(o) >= 5 and len(s) > len(o) + 2 and (s.endswith(o) or s.startswith(o)):
                best = max(best, 0.5)
    return best


class Cues:
    """General cue lists. ``counts`` says how often each occurs; a trailing * in a list stands for any ending."""

    def __init__(self, path: Path = _CUES) -> None:
        lists = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.names = tuple(lists)
        self._exact: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        self._prefix: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        for i, entries in enumerate(lists.values()):
            for entry in entries.split(","):
                first, *rest = [txt.fold(w) for w in entry.split()] or [""]
                table = self._prefix if first.endswith("*") else self._exact
                if first:
                    table.setdefault(first.rstrip("*"), []).append((i, tuple(rest)))
        self._shortest = min((len(p) for p in self._prefix), default=1)

    def counts(self, text: str) -> list[int]:
        """One count a cue, in the order of ``names``; each word counts once a cue."""
        words = [w.folded for w in _first(txt.words(text), MAX_WORDS)]
        out = [0] * len(self.names)
        for i, word in enumerate(words):
            out_here = {c for c, rest in self._entries(word) if _follows(words, i + 1, rest)}
            for c in out_here:
                out[c] += 1
        return out

    def _entries(self, word: str) -> Iterable[tuple[int, tuple[str, ...]]]:
        yield from self._exact.get(word, ())
        for n in range(self._shortest, min(len(word), 24) + 1):
            yield from self._prefix.get(word[:n], ())


def _follows(words: Sequence[str], i: int, rest: tuple[str, ...]) -> bool:
    for k, part in enumerate(rest):
        if i + k >= len(words):
            return False
        word = words[i + k]
        if not (word.startswith(part[:-1]) if part.endswith("*") else word == part):
            return False
    return True


def _first(words: Iterable[txt.Word], limit: int) -> Iterable[txt.Word]:
    for i, word in enumerate(words):
        if i >= limit:
            return
        yield word
