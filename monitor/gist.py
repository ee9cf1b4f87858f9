"""What many texts have in common, in their own words: the most central of them, and phrases they use far more than
is ordinary. Pure; nothing is composed, only chosen. Strangers wrote the texts: each is cut before anything else.

Centrality is the sum of cosines with all the others (a medoid), of words weighted by how rare they are in the ordinary
texts. Phrases are runs of one to three words, counted once per text and compared with the ordinary texts by Dunning's
log-likelihood G², the test for rare events: T. Dunning, Accurate Methods for the Statistics of Surprise and
Coincidence, Computational Linguistics 19(1), 1993.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from monitor import text as texts
from monitor.wordlists import STOPWORDS

MOST_CHARS = 700  # read of each text
LONGEST_WORD = 30
LEADING = 4  # letters from which a common word may open a phrase
SURPRISING = 6.63  # G² that chance exceeds once in a hundred
LEAST_ORDINARY = 5  # texts; with fewer nobody knows what is ordinary
TOGETHER = 0.6  # of a part's texts, from which the longer phrase stands for it
REPEAT = 0.5  # how much a text's likeness to one already chosen takes away

Phrase = tuple[str, ...]  # stems


def central(docs: Sequence[str], weights: Sequence[float], ordinary: Sequence[str] = ()) -> list[float]:
    """How central each text is among them, 0..1: its mean cosine with all, each counting as much as its weight."""
    vectors = _vectors(docs, ordinary)
    whole: dict[str, float] = defaultdict(float)
    for vector, weight in zip(vectors, weights, strict=True):
        for word, value in vector.items():
            whole[word] += weight * value
    total = sum(weights) or 1.0
    return [sum(value * whole[word] for word, value in vector.items()) / total for vector in vectors]


def varied(docs: Sequence[str], scores: Sequence[float], most: int) -> list[int]:
    """Up to ``most`` positions, the highest score first; a text much like one already chosen comes later."""
    vectors = _vectors(docs, ())
    left, chosen = set(range(len(docs))), list[int]()
    likeness = [0.0] * len(docs)
    while left and len(chosen) < most:
        best = max(left, key=lambda i: (scores[i] * (1 - REPEAT * likeness[i]), -i))
        chosen.append(best)
        left.discard(best)
        for i in left:
            likeness[i] = max(likeness[i], _dot(vectors[i], vectors[best]))
    return chosen


def key_phrases(
    docs: Sequence[str], ordinary: Sequence[str], *, but: Iterable[str] = (), most: int = 8
) -> list[str]:
    """Phrases in at least two of the texts that are far more common there than in the ordinary ones, the most telling
    first, as most of the texts write them. ``but`` are names that say nothing here (the target's own).

    () where fewer than LEAST_ORDINARY ordinary texts are known: then nothing can be called unusual.
    """
    if len(ordinary) < LEAST_ORDINARY or len(docs) < 2:
        return []
    named = {stem for name in but for stem, _ in _words(name)}
    written: dict[Phrase, Counter[str]] = defaultdict(Counter)
    here: Counter[Phrase] = Counter()
    for doc in docs:
        found = dict(_phrases(doc, named))
        here.update(found.keys())
        for phrase, surface in found.items():
            written[phrase][surface] += 1
    least = max(2, math.ceil(len(docs) / 20))
    candidates = {phrase for phrase, n in here.items() if n >= least}
    there: Counter[Phrase] = Counter()
    for doc in ordinary:
        there.update({phrase for phrase, _ in _phrases(doc, named) if phrase in candidates})
    scored = {
        phrase: g2
        for phrase in candidates
        if (g2 := surprise(here[phrase], len(docs), there[phrase], len(ordinary))) >= SURPRISING
    }
    told = _without_parts(scored, here)
    told.sort(key=lambda phrase: (-scored[phrase], -len(phrase), phrase))
    return [min(written[p], key=lambda s: (-written[p][s], s)) for p in told[:most]]


def surprise(k1: int, n1: int, k2: int, n2: int) -> float:
    """G² of k1 of n1 against k2 of n2; 0 where the first share is not the greater."""
    if k1 * n2 <= k2 * n1:
        return 0.0
    p = (k1 + k2) / (n1 + n2)
    return 2 * (_log(k1, n1, k1 / n1) + _log(k2, n2, k2 / n2) - _log(k1, n1, p) - _log(k2, n2, p))


def _log(k: int, n: int, p: float) -> float:
    """The log-likelihood of k of n at probability p."""
    return (k * math.log(p) if k else 0.0) + ((n - k) * math.log(1 - p) if n > k else 0.0)


def _without_parts(scored: dict[Phrase, float], here: Counter[Phrase]) -> list[Phrase]:
    """The longest form of what is said together: "på grunn" goes where "gikk på grunn" is said nearly as often; and a
    longer one goes that is said much less often than its part."""
    parts = {
        phrase: [
            part
            for size in range(1, len(phrase))
            for start in range(len(phrase) - size + 1)
            if (part := phrase[start : start + size]) in scored
        ]
        for phrase in scored
    }
    often = {
        phrase for phrase in scored if all(here[phrase] >= TOGETHER * here[part] for part in parts[phrase])
    }
    kept = sorted(often - {part for phrase in often for part in parts[phrase]})
    # Two that overlap ("a b c", "b c d") tell the same: the more telling stands.
    kept.sort(key=lambda phrase: (-scored[phrase], -len(phrase), phrase))
    out: list[Phrase] = []
    for phrase in kept:
        if not any(len(set(phrase) & set(other)) * 2 > len(phrase) for other in out):
            out.append(phrase)
    return out


def _phrases(doc: str, named: set[str]) -> Iterable[tuple[Phrase, str]]:
    """(stems, as written) of every run of one to three words inside a sentence that ends with a telling word and does
    not begin with a particle ("gikk på grunn", but not "på grunn"); each only in its first writing."""
    cut = texts.clean(doc, MOST_CHARS)
    seen: set[Phrase] = set()
    for start, end in texts.sentences(cut):
        sentence = cut[start:end]
        words = [(w, _stem(w.folded)) for w in texts.words(sentence)]
        telling = [_tells(w.folded) and stem not in named for w, stem in words]
        for i in range(len(words)):
            if not telling[i] and len(words[i][0].folded) < LEADING:
                continue
            for j in range(i, min(i + 3, len(words))):
                if j > i and not _joined(sentence[words[j - 1][0].end : words[j][0].start]):
                    break
                if words[j][1] in named or words[i][1] in named:
                    break
                if not telling[j]:
                    continue
                phrase = tuple(stem for _, stem in words[i : j + 1])
                if phrase not in seen and not all(stem.isdigit() for stem in phrase):
                    seen.add(phrase)
                    yield phrase, " ".join(sentence[w.start : w.end] for w, _ in words[i : j + 1])


def _joined(between: str) -> bool:
    return between == " "


def _tells(folded: str) -> bool:
    return 2 < len(folded) <= LONGEST_WORD and folded not in STOPWORDS


def _stem(folded: str) -> str:
    # One stemmer for both languages: only equality counts, and English loses little by the Norwegian endings.
    return texts.stem(folded) if len(folded) <= LONGEST_WORD else folded[:LONGEST_WORD]


def _words(doc: str) -> Iterable[tuple[str, str]]:
    for word in texts.words(texts.clean(doc, MOST_CHARS)):
        yield _stem(word.folded), word.folded


def _vectors(docs: Sequence[str], ordinary: Sequence[str]) -> list[dict[str, float]]:
    """Unit vectors of telling words, each weighted by how rare it is in the ordinary texts."""
    sets = [{stem for stem, folded in _words(doc) if _tells(folded)} for doc in docs]
    known: Counter[str] = Counter()
    for doc in ordinary:
        known.update({stem for stem, _ in _words(doc)})
    rare: Callable[[str], float] = lambda word: math.log((1 + len(ordinary)) / (1 + known[word])) + 1  # noqa: E731
    out = []
    for found in sets:
        vector = {word: rare(word) for word in found}
        norm = math.sqrt(sum(value * value for value in vector.values())) or 1.0
        out.append({word: value / norm for word, value in vector.items()})
    return out


def _dot(a: dict[str, float], b: dict[str, float]) -> float:
    if len(b) < len(a):
        a, b = b, a
    return sum(value * b.get(word, 0.0) for word, value in a.items())
