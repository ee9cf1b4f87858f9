"""What is said of somebody more than of us in general: their own words, picked out and never written. Pure, bounded.

One or two words in a row, counted once a story. A phrase stands out when it is in at least three stories, at least
twice as common among these as among the ordinary ones, and the difference is beyond chance (log-likelihood ratio).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor import text as txt
from monitor.consistency.words import Stems, english, stems
from monitor.types import Utterance
from monitor.wordlists import COMPANY_FORMS, ROLES, SAYING, STOPWORDS

_READ = 2_000  # characters of a text that are read
_FEWEST = 3  # stories
_TIMES = 2.0  # as common as ordinary
_SURE = 6.63  # log-likelihood ratio: p < .01 for one comparison
_SENTENCES = 60


@dataclass(frozen=True, slots=True)
class Phrase:
    """``words`` in small letters; in ``stories`` of ``of`` stories, and in ``usual`` of ``usual_of`` ordinary ones."""

    words: str
    stories: int
    of: int
    usual: int
    usual_of: int


def phrases(
    theirs: Sequence[Utterance], ordinary: Sequence[Utterance], without: Stems = frozenset(), most: int = 8
) -> list[Phrase]:
    """What stands out in ``theirs``, the surest first. ``without`` are the words of our own names."""
    ours, usual = _stories(theirs, without), _stories(ordinary, without)
    seen = Counter(phrase for found in ours.values() for phrase in found)
    before = Counter(phrase for found in usual.values() for phrase in found)
    n, m = len(ours), len(usual)
    scored = []
    for phrase, k in seen.items():
        other = before[phrase]
        if k < _FEWEST or k / n < _TIMES * (other + 0.5) / (m + 1):
            continue
        sure = _ratio(k, n, other, m)
        if sure >= _SURE:
            scored.append((sure, Phrase(phrase, k, n, other, m)))
    scored.sort(key=lambda x: (-x[0], -len(x[1].words), x[1].words))
    return list(_apart([phrase for _, phrase in scored], most))


def nearest(text: str, other: str, without: Stems = frozenset()) -> tuple[int, int]:
    """The sentence of ``text`` that has most words in common with ``other``: its offsets, (0, 0) where none has any."""
    wanted = stems(other, without)
    best, found = 0, (0, 0)
    is_english = english(text)
    for start, end in txt.sentences(text)[:_SENTENCES]:
        common = len(stems(text[start:end], without, is_english=is_english) & wanted)
        if common > best:
            best, found = common, (start, end)
    return found


def _stories(said: Sequence[Utterance], without: Stems) -> Mapping[str, frozenset[str]]:
    """The phrases of each story: those of the copy given first."""
    found: dict[str, frozenset[str]] = {}
    for utterance in said:
        if utterance.story not in found:
            body = f"{utterance.title}\n{utterance.text}"[:_READ]
            found[utterance.story] = frozenset(_phrases(body, without))
    return found


def _phrases(body: str, without: Stems) -> Iterator[str]:
    for start, end in txt.sentences(body)[:_SENTENCES]:
        before = ""
        for word in txt.words(body[start:end]):
            folded = word.folded
            carries = _carries(folded, without)
            if carries and len(folded) > 3:
                yield folded
            if carries and before:
                yield f"{before} {folded}"
            before = folded if carries else ""


def _carries(word: str, without: Stems) -> bool:
    names = word in without or word.removesuffix("s") in without or any(p in without for p in word.split("-"))
    return len(word) > 2 and not word.isdigit() and word not in STOPWORDS and not names and word not in _WHO


_WHO = ROLES | COMPANY_FORMS | SAYING  # who, and that something was said; not what


def _ratio(k: int, n: int, other: int, m: int) -> float:
    """Dunning's log-likelihood ratio of k in n against other in m."""

    def fit(hits: int, of: int, p: float) -> float:
        return (hits * math.log(p) if hits else 0.0) + ((of - hits) * math.log(1 - p) if of > hits else 0.0)

    if not m or (k + other) == n + m:
        return 0.0
    both = (k + other) / (n + m)
    apart = fit(k, n, k / n) + (fit(other, m, other / m) if m else 0.0)
    return 2 * (apart - fit(k, n, both) - fit(other, m, both))


def _apart(found: Sequence[Phrase], most: int) -> Iterator[Phrase]:
    """Without a word that stands in a phrase already given, or the other way round."""
    given: list[set[str]] = []
    for phrase in found:
        words = set(phrase.words.split())
        if not any(words & other for other in given):
            given.append(words)
            yield phrase
            if len(given) == most:
                return
