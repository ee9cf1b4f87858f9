"""Which members of a window hold the same triples, and the same facts. Kept compact: a window may hold millions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

MAX_POSTINGS = (
    200  # further holders of one triple or fact are not counted: boilerplate, and the cost has a bound
)


class Triples:
    """Two sorted arrays (hash, member) for the window it starts with, and postings for what is added."""

    def __init__(self, known: Sequence[NDArray[np.int64]]) -> None:
        self.size = len(known)
        self._lengths = np.array([len(k) for k in known] or [0], dtype=np.int64)
        keys = np.concatenate(known) if known else np.empty(0, dtype=np.int64)
        owners = np.repeat(np.arange(len(known), dtype=np.int32), self.lengths)
        order = np.argsort(keys, kind="stable")
        self._keys, self._owners = keys[order], owners[order]
        self._fresh: dict[int, list[int]] = defaultdict(list)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many triples each member has."""
        return self._lengths[: self.size]

    def shared(self, own: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many of these triples each member holds, by member."""
        first = np.searchsorted(self._keys, own, "left")
        last = np.minimum(np.searchsorted(self._keys, own, "right"), first + MAX_POSTINGS)
        met = np.flatnonzero(last > first)
        pieces = [self._owners[a:b] for a, b in zip(first[met].tolist(), last[met].tolist(), strict=True)]
        held = np.concatenate(pieces) if pieces else np.empty(0, dtype=np.int32)
        counts = np.bincount(held, minlength=self.size)
        for triple in own.tolist():
            for member in self._fresh.get(triple, ()):
                counts[member] += 1
        return counts

    def add(self, own: NDArray[np.int64]) -> None:
        for triple in own.tolist():
            postings = self._fresh[triple]
            if len(postings) < MAX_POSTINGS:
                postings.append(self.size)
        if self.size == len(self._lengths):
            self._lengths = np.concatenate([self._lengths, np.zeros_like(self._lengths)])
        self._lengths[self.size] = len(own)
        self.size += 1


class Facts:
    """Postings of facts, and how telling each is: the rarer in the window, the more two texts that share it agree."""

    _LEAST = 200  # mentions: in a small window nothing is rare

    def __init__(self) -> None:
        self._postings: dict[str, list[int]] = defaultdict(list)
        self._df: Counter[str] = Counter()
        self._size = 0

    def add(self, facts: frozenset[str]) -> None:
        for fact in facts:
            self._df[fact] += 1
            if len(postings := self._postings[fact]) < MAX_POSTINGS:
                postings.append(self._size)
        self._size += 1

    def weight(self, facts: Iterable[str]) -> float:
        whole = max(self._size, self._LEAST)
        return float(sum(np.log(whole / min(self._df[fact] or 1, whole)) for fact in facts))

    def sharing(self, facts: frozenset[str], least: int) -> list[int]:
        """Members that share at least so many facts, as far as these are rare."""
        counts: Counter[int] = Counter()
        for fact in facts:
            if self._df[fact] <= MAX_POSTINGS:
                counts.update(self._postings.get(fact, ()))
        return [member for member, count in counts.items() if count >= least]
