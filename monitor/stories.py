"""Copies and near-copies of one story, by overlap of word triples. Pure.

Two texts of the same language are one story when the smaller one's triples lie to a large part in the other
(containment): a wire story that a paper shortened or gave a new headline still meets its original, while two
articles about the same event in their own words do not. Every mention is kept and judged on its own; only
figures count a story once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from monitor.text import words
from monitor.types import Mention

_N = 3  # words in a shingle
_MIN_SHINGLES = 6  # shorter texts ("Thank you!") are alike by chance
_MAX_SHINGLES = 400  # bounds time and memory for long articles; the first paragraphs carry the wire text
_MAX_POSTINGS = 200  # a triple in more stories than this is boilerplate and says nothing
THRESHOLD = 0.25  # containment; measured by bench/stories.py


def shingles(mention: Mention) -> frozenset[tuple[str, ...]]:
    """The set of word triples of title and text, folded."""
    tokens: list[str] = []
    for part in (mention.title, mention.text):
        for word in words(part):
            tokens.append(word.folded)
            if len(tokens) >= _MAX_SHINGLES + _N - 1:
                break
    return frozenset(tuple(tokens[i : i + _N]) for i in range(len(tokens) - _N + 1))


def _language(mention: Mention) -> str:
    return "no" if mention.lang in ("nb", "no") else mention.lang or ""


class Grouper:
    """Stories seen so far; ``add`` says which one a mention belongs to (its own id when it starts one)."""

    def __init__(self, known: Iterable[tuple[str, Mention]] = (), threshold: float = THRESHOLD) -> None:
        self._threshold = threshold
        self._postings: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self._members: list[tuple[str, int, str]] = []  # story, number of shingles, language
        for story, mention in known:
            self._remember(story, mention, shingles(mention))

    def _remember(self, story: str, mention: Mention, own: frozenset[tuple[str, ...]]) -> None:
        number = len(self._members)
        self._members.append((story, len(own), _language(mention)))
        for shingle in own:
            postings = self._postings[shingle]
            if len(postings) < _MAX_POSTINGS:
                postings.append(number)

    def add(self, mention: Mention) -> str:
        own = shingles(mention)
        story = mention.id
        if len(own) >= _MIN_SHINGLES:
            shared: Counter[int] = Counter()
            for shingle in own:
                shared.update(self._postings.get(shingle, ()))
            best = self._threshold
            language = _language(mention)
            for number, count in shared.items():
                other, size, other_language = self._members[number]
                if size < _MIN_SHINGLES or (language and other_language and language != other_language):
                    continue
                containment = count / min(len(own), size)
                if containment > best:
                    best, story = containment, other
        self._remember(story, mention, own)
        return story


def group(new: Sequence[Mention], window: Iterable[tuple[str, Mention]]) -> list[tuple[str, str]]:
    """(mention id, story id) for each new mention, given the (story, mention) pairs of a recent window."""
    grouper = Grouper(window)
    return [(mention.id, grouper.add(mention)) for mention in new]
