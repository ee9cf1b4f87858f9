"""Copies and near-copies of one story, and the same wire in another language. Pure.

Two texts of the same language are one story when the smaller one's word triples lie to a large part in the other
(containment): a wire story that a paper shortened or gave a new headline still meets its original, while two articles
about the same event in their own words do not. Where fewer triples are shared, the numbers and names decide. Quoted
words and wire credits do not count: people who have nothing else in common quote the same sentence. The same address,
in whichever edition or spelling, is the same story.

Texts in two languages (bokmål and nynorsk are two) are never one story. They are *linked* as one wire when they came
within a day, are of the same kind, and share rare numbers, names or the agency.

Every mention is kept and judged on its own; only figures count a story once. The cost of a mention is bounded by the
window of candidates it is compared with, however large the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

import numpy as np

from monitor.stories.credits import credited
from monitor.stories.index import Facts, Triples
from monitor.stories.marks import Marks, Reader, marks
from monitor.types import Mention, StoryLink

__all__ = ["THRESHOLD", "WINDOW", "Grouper", "Marks", "Reader", "credited", "group", "marks"]

WINDOW = timedelta(days=7)  # further apart nothing is a copy
THRESHOLD = 0.25  # containment; this and the figures below are measured by bench/stories.py
REWRITTEN = 0.12  # ... which is enough when the facts agree
_MIN_TRIPLES = 6  # shorter texts ("Thank you!") are alike by chance
_AGREE = 0.6  # share of the facts of the one with fewer, each by how rare it is
_AGREE_FACTS, _AGREE_NUMBERS = 4, 2

TRANSLATED_WITHIN = timedelta(hours=24)
_TRANSLATED = 0.36  # share of the facts, as above
_TRANSLATED_WEIGHT = 7.0  # their sum: three facts that one mention in ten has, two that one in thirty has
_TRANSLATED_FACTS = 3
_WIRE_KINDS = ("news", "press")
_MOST_LINKS = 5


class Grouper:
    """Stories of a window; ``add`` says which one a mention belongs to (its own id when it starts one)."""

    def __init__(
        self, known: Iterable[tuple[str, Mention]] = (), read: Callable[[Mention], Marks] = marks
    ) -> None:
        self._read = read
        self._numbers: dict[str, int] = {}
        self._stories: list[str] = []
        self._marks: list[Marks] = []
        self._keys: dict[str, int] = {}
        self._facts = Facts()
        for story, mention in known:
            self._remember(story, mention.id, read(mention))
        self._triples = Triples([m.triples for m in self._marks])

    def add(self, mention: Mention) -> str:
        own = self._read(mention)
        story = self._story(own) or mention.id
        self._remember(story, mention.id, own)
        self._triples.add(own.triples)
        return story

    def _remember(self, story: str, mention_id: str, own: Marks) -> None:
        for key in own.keys:
            self._keys.setdefault(key, len(self._stories))
        self._numbers[mention_id] = len(self._stories)
        self._stories.append(story)
        self._marks.append(own)
        self._facts.add(own.facts)

    def _story(self, own: Marks) -> str | None:
        for key in own.keys:
            number = self._keys.get(key)
            if number is not None and _comparable(own, self._marks[number], WINDOW):
                return self._stories[number]
        if len(own.triples) < _MIN_TRIPLES:
            return None
        shared = self._triples.shared(own.triples)
        lengths = self._triples.lengths
        containment = shared / np.minimum(np.maximum(lengths, _MIN_TRIPLES), len(own.triples))
        best, found = 0.0, None
        for number in np.flatnonzero(containment >= REWRITTEN).tolist():
            other, score = self._marks[number], float(containment[number])
            if score <= best or lengths[number] < _MIN_TRIPLES or not _comparable(own, other, WINDOW):
                continue
            if score >= THRESHOLD or self._agree(own, other):
                best, found = score, self._stories[number]
        return found

    def _agree(self, a: Marks, b: Marks) -> bool:
        shared = a.facts & b.facts
        if len(shared) < _AGREE_FACTS or sum(fact[0] == "#" for fact in shared) < _AGREE_NUMBERS:
            return False
        return self._share(a, b, self._facts.weight(shared)) >= _AGREE

    def _share(self, a: Marks, b: Marks, weight: float) -> float:
        fewer = min(self._facts.weight(a.facts), self._facts.weight(b.facts))
        return weight / fewer if fewer else 0.0

    def translations(self, mention: Mention) -> list[StoryLink]:
        """What the mention, which was added, is the same wire as in other languages; the surest first."""
        own = self._read(mention)
        if own.kind not in _WIRE_KINDS or not own.lang or own.at is None:
            return []
        mine = self._stories[self._numbers[mention.id]]
        best: dict[str, StoryLink] = {}
        for number in self._facts.sharing(own.facts, _TRANSLATED_FACTS - 1):
            other, story = self._marks[number], self._stories[number]
            if other.kind != own.kind or other.lang in ("", own.lang) or story == mine:
                continue
            if other.at is None or abs(other.at - own.at) > TRANSLATED_WITHIN.total_seconds():
                continue
            shared = own.facts & other.facts
            wire = (own.wires & (other.wires | other.facts)) | (other.wires & own.facts)
            if len(shared | wire) < _TRANSLATED_FACTS or not (wire or any(f[0] == "#" for f in shared)):
                continue
            weight = self._facts.weight(shared)
            score = self._share(own, other, weight)
            if weight < _TRANSLATED_WEIGHT or score < _TRANSLATED:
                continue
            if story not in best or score > best[story].score:
                told = tuple(sorted(fact.removeprefix("#") for fact in shared | wire))
                best[story] = StoryLink(mention.id, mine, story, round(min(score, 1.0), 3), told)
        return sorted(best.values(), key=lambda link: -link.score)[:_MOST_LINKS]


def _comparable(a: Marks, b: Marks, within: timedelta) -> bool:
    if a.lang and b.lang and a.lang != b.lang:
        return False
    return a.at is None or b.at is None or abs(a.at - b.at) <= within.total_seconds()


def group(new: Sequence[Mention], window: Iterable[tuple[str, Mention]]) -> list[tuple[str, str]]:
    """(mention id, story id) for each new mention, given the (story, mention) pairs of a recent window."""
    grouper = Grouper(window)
    return [(mention.id, grouper.add(mention)) for mention in new]
