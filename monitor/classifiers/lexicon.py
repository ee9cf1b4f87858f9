"""A word list as a classifier: the baseline that every model here must beat, and a feature of the bundled one.

Words are compared by stem; a negation up to three words before turns an opinion around (not a fact: "no accident"
is rare, "not fined" rarer). Options: none.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor import text as txt
from monitor.classifiers import runtime
from monitor.errors import ConfigError, ModelError
from monitor.types import JudgeRequest
from monitor.windows import join

PATH = runtime.MODELS.parent / "data" / "lexicon_sentiment.tsv"
_NEGATIONS = frozenset(
    [
        "ikke",
        "ikkje",
        "ingen",
        "inga",
        "ingenting",
        "uten",
        "utan",
        "aldri",
        "neppe",
        "verken",
        "korkje",
        "not",
        "no",
        "never",
        "without",
        "nor",
        "nothing",
        "isn't",
        "wasn't",
        "don't",
        "doesn't",
        "didn't",
        "won't",
        "can't",
        "cannot",
    ]
)
_REACH = 3  # words
_TEXT_CHARS = 6_000
_SCALE = 1.5  # log-odds of one word more on one side
_NEUTRAL = 0.6  # log-odds of neutral when nothing is found


class Counts(NamedTuple):
    """Words of each kind found in a text, after negation; ``words`` is its length."""

    opinion_negative: int
    opinion_positive: int
    fact_negative: int
    fact_positive: int
    words: int


@functools.lru_cache(maxsize=1)
def _entries() -> dict[tuple[str, str], tuple[int, bool]]:
    """(stem, language) -> (polarity, is a fact)."""
    out: dict[tuple[str, str], tuple[int, bool]] = {}
    try:
        lines = PATH.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ModelError(f"{PATH}: cannot be read ({error.strerror}).") from error
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            continue
        try:
            word, lang, polarity, kind = line.split("\t")
            out.setdefault((txt.stem(txt.fold(word), lang), lang), (int(polarity), kind == "fact"))
        except ValueError as error:
            raise ModelError(f"{PATH}:{number}: not word, language, polarity, kind.") from error
    return out


def count(text: str, lang: str | None = None) -> Counts:
    """``lang`` en reads English only, nb, nn and no Norwegian only; anything else reads both."""
    entries = _entries()
    tried = {"en": ("en",), "nb": ("no",), "nn": ("no",), "no": ("no",)}.get(lang or "", ("no", "en"))
    found = {(False, -1): 0, (False, 1): 0, (True, -1): 0, (True, 1): 0}
    negated_until = -1
    n = 0
    for n, word in enumerate(txt.words(text[:_TEXT_CHARS]), 1):
        if word.folded in _NEGATIONS:
            negated_until = n + _REACH
            continue
        for code in tried:
            entry = entries.get((txt.stem(word.folded, code), code))
            if entry is not None:
                polarity, fact = entry
                found[fact, -polarity if n <= negated_until and not fact else polarity] += 1
                break
    return Counts(found[False, -1], found[False, 1], found[True, -1], found[True, 1], n)


class LexiconClassifier:
    def __init__(self) -> None:
        _entries()
        self.name = f"lexicon@{runtime.revision(PATH)}"

    def probabilities(self, requests: Sequence[JudgeRequest]) -> NDArray[np.float32]:
        """Softmax over (negative words, a constant, positive words) on the logarithm of the counts."""
        out = np.empty((len(requests), 3), np.float64)
        for i, request in enumerate(requests):
            c = count(join(request.title, request.text), request.lang)
            out[i] = (
                _SCALE * np.log1p(c.opinion_negative + c.fact_negative),
                _NEUTRAL,
                _SCALE * np.log1p(c.opinion_positive + c.fact_positive),
            )
        e = np.exp(out)
        return np.asarray(e / e.sum(axis=1, keepdims=True), dtype=np.float32)


def load(*, threads: int = 2, options: Mapping[str, object] | None = None) -> LexiconClassifier:
    del threads  # the count is too fast to be worth a second one
    if options:
        raise ConfigError(f"classifier lexicon has no options, got {sorted(options)}.")
    return LexiconClassifier()
