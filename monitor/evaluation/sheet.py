"""What an evaluation keeps of each judged pair: some numbers and no text, so that any number of lines fits."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.evaluation.gold import By, Gold
from monitor.types import JudgeRequest, Verdict, VerdictStatus

DIMENSIONS = ("language", "voice", "kind", "source type", "data set")
STATUSES: tuple[VerdictStatus, ...] = ("judged", "unsure", "unjudged")


class _Words:
    """A column of words as numbers, in the order in which they were first met."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._codes: dict[str, int] = {}
        self.column = array("i")

    def add(self, word: str) -> None:
        if word not in self._codes:
            self._codes[word] = len(self.names)
            self.names.append(word)
        self.column.append(self._codes[word])


@dataclass(frozen=True, slots=True)
class Columns:
    """One row per pair. ``p`` sums to 1 in each row; ``status`` is a place in STATUSES; ``groups`` holds, for each of
    DIMENSIONS, the names there are and each row's place among them; ``text`` and ``brand`` are cluster numbers
    (``brand`` None when not every line names one)."""

    gold: NDArray[np.int8]
    mood: NDArray[np.int8]  # -1 = not given
    p: NDArray[np.float64]
    lexicon: NDArray[np.int8]
    status: NDArray[np.int8]
    groups: dict[str, tuple[tuple[str, ...], NDArray[np.int32]]]
    text: NDArray[np.int64]
    brand: NDArray[np.int32] | None
    by: dict[By, int]
    models: tuple[str, ...]


class Sheet:
    """Filled row by row."""

    def __init__(self) -> None:
        self._gold, self._mood, self._status, self._lexicon = (array("b") for _ in range(4))
        self._p, self._text = array("d"), array("q")
        self._groups = {name: _Words() for name in DIMENSIONS}
        self._brand = _Words()
        self._by: Counter[By] = Counter()
        self._models: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._gold)

    def add(self, gold: Gold, request: JudgeRequest, verdict: Verdict, lexicon: Verdict) -> None:
        """``lexicon`` is the word list's verdict on the same request."""
        p = (verdict.negative, verdict.neutral, verdict.positive)
        self._gold.append(gold.label)
        self._mood.append(-1 if gold.mood is None else gold.mood)
        self._p.extend(p)
        self._lexicon.append(_argmax(lexicon))
        self._status.append(STATUSES.index(verdict.status))
        self._by[gold.by] += 1
        self._models[verdict.model] = None
        values = (
            request.lang or "not said",
            request.voice,
            request.kind,
            request.source_type,
            _word(gold.row, "source"),
        )
        for name, value in zip(DIMENSIONS, values, strict=True):
            self._groups[name].add(value[:40])
        self._brand.add(_word(gold.row, "brand") or _word(gold.row, "group"))
        digest = hashlib.blake2b(f"{request.title}\x00{request.text}".encode("utf-8", "surrogatepass"))
        self._text.append(int.from_bytes(digest.digest()[:8], "big", signed=True))

    def columns(self) -> Columns:
        brands = np.frombuffer(self._brand.column, dtype=np.int32)
        return Columns(
            gold=np.frombuffer(self._gold, dtype=np.int8),
            mood=np.frombuffer(self._mood, dtype=np.int8),
            p=np.frombuffer(self._p, dtype=np.float64).reshape(-1, 3),
            lexicon=np.frombuffer(self._lexicon, dtype=np.int8),
            status=np.frombuffer(self._status, dtype=np.int8),
            groups={
                name: (tuple(words.names), np.frombuffer(words.column, dtype=np.int32))
                for name, words in self._groups.items()
            },
            text=np.frombuffer(self._text, dtype=np.int64),
            brand=None if "" in self._brand.names else brands,
            by=dict(self._by),
            models=tuple(self._models),
        )


def _argmax(verdict: Verdict) -> int:
    p = (verdict.negative, verdict.neutral, verdict.positive)
    return p.index(max(p))


def _word(row: dict[str, Any], field: str) -> str:
    value = row.get(field)
    return value if isinstance(value, str) else ""
