"""Where a post names the target, and the sentences that do. Pure; bounded in size and time.

A classifier made for sentences, read over a whole article, mostly sees what is not about the target. A ``Post``
therefore holds the whole text and, apart, the sentences that name the target, so that a judgement can weigh one
against the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from monitor import text as txt
from monitor.types import JudgeRequest

MAX_CHARS = 6_000  # of title and text together; what stands further down is not read
MAX_SENTENCES = 6  # sentences naming the target that are kept
MAX_SENTENCE_CHARS = 400

# Endings a name may carry in Norwegian and English: genitive, definite forms and plurals of nouns used as names.
_ENDINGS = frozenset(
    {
        "s",
        "'s",
        "’s",
        "'",
        "’",
        "en",
        "a",
        "et",
        "n",
        "ens",
        "as",
        "ets",
        "ene",
        "ane",
        "er",
        "ar",
        "erne",
        "sin",
        "es",
    }
)


@dataclass(frozen=True, slots=True)
class Post:
    """One request taken apart.

    ``whole`` = title and text up to MAX_CHARS; ``sentences`` = those that name the target, in order, at most
    MAX_SENTENCES, () when none does; ``count`` = how many sentences there are in all.
    """

    request: JudgeRequest
    whole: str
    sentences: tuple[str, ...]
    count: int


@runtime_checkable
class PostClassifier(Protocol):
    """A classifier that has its own way of weighing the parts of a post. Rows as in Classifier.probabilities."""

    name: str

    def post_probabilities(self, posts: Sequence[Post]) -> NDArray[np.float32]: ...


def take_apart(request: JudgeRequest) -> Post:
    whole = join(txt.clean(request.title, 400), txt.clean(request.text, MAX_CHARS))
    spans = txt.sentences(whole)
    marks = name_spans(whole, name_words(request))
    hits = [(a, b) for a, b in spans if any(a <= start < b for start, _ in marks)]
    kept = tuple(whole[a:b][:MAX_SENTENCE_CHARS] for a, b in hits[:MAX_SENTENCES])
    return Post(request, whole, kept, len(spans))


def join(title: str, body: str) -> str:
    """The title as the first sentence of the text."""
    if not title or not body:
        return title or body
    return f"{title} {body}" if title[-1] in ".!?…:" else f"{title}. {body}"


def name_words(request: JudgeRequest) -> tuple[tuple[str, ...], ...]:
    """The names of the target as folded words. A leader is also known by the surname alone."""
    names: dict[tuple[str, ...], None] = {}
    for name in (request.target, *request.aliases):
        folded = tuple(w.folded for w in txt.words(name[:200]))
        if folded:
            names[folded] = None
            if request.kind == "leader" and len(folded) > 1 and len(folded[-1]) > 2:
                names[folded[-1:]] = None
    return tuple(names)


def name_spans(text: str, names: Iterable[tuple[str, ...]]) -> list[tuple[int, int]]:
    """Half-open spans of ``text`` that name the target, in order, the longest of those that begin together."""
    words = list(txt.words(text))
    folded = [w.folded for w in words]
    longest = sorted(names, key=len, reverse=True)
    out = []
    i = 0
    while i < len(words):
        size = next((len(n) for n in longest if i + len(n) <= len(words) and _at(folded, i, n)), 0)
        if size:
            out.append((words[i].start, words[i + size - 1].end))
        i += size or 1
    return out


def _at(words: Sequence[str], i: int, name: tuple[str, ...]) -> bool:
    return all(words[i + k] == part for k, part in enumerate(name[:-1])) and _inflected(
        words[i + len(name) - 1], name[-1]
    )


def _inflected(word: str, name: str) -> bool:
    """``word`` is ``name``, or it with an ending, or a hyphenated compound that begins with it."""
    if not word.startswith(name):
        return False
    rest = word[len(name) :]
    return not rest or rest in _ENDINGS or rest[0] in "-–"
