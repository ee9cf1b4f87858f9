"""What two texts have in common: content words as stems, numbers, and whether a sentence denies. Pure, bounded."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from monitor import language
from monitor import text as txt
from monitor.types import BrandIdentity
from monitor.wordlists import STOPWORDS

Stems = frozenset[str]

_NEGATION = re.compile(
    r"\b(?:ikke|ikkje|aldri|ingen|inga|inkje|ingenting|intet|nei|verken|usann\w?|usant|uriktig\w?|benekter|avviser"
    r"|avkrefter|not|never|none|nothing|neither|nor|false|untrue|denies|deny)\b|n['’]t\b",
    re.IGNORECASE,
)
# "Not only" denies nothing.
_NO_NEGATION = re.compile(r"\b(?:ikke|ikkje|not)\s+(?:bare|berre|minst|only|just|least)\b", re.IGNORECASE)
_ENGLISH_NO = re.compile(r"\bno\b", re.IGNORECASE)  # "now" in nynorsk
_CAPITAL = re.compile(r"(?<=[^\W\d_][ ,])\s?([A-ZÆØÅÄÖ][^\W_]+)")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


def names(identity: BrandIdentity) -> Stems:
    """The folded words of every name that is ours: they are in all our texts and say nothing of a likeness."""
    ours: list[str] = [identity.name, identity.legal_name, *identity.aliases]
    for product in identity.products:
        ours += [product.name, *product.aliases]
    for leader in identity.leaders:
        ours += [leader.name, *leader.aliases]
    return frozenset(part for name in ours for word in txt.words(name) for part in _parts(word.folded))


def _parts(folded: str) -> Iterable[str]:
    return (folded, *folded.split("-")) if "-" in folded else (folded,)


def english(text: str) -> bool:
    """Whether a text of ours or about us is rather English than Scandinavian."""
    found = language.count(text[:2_000])
    return found.english > sum(found.scandinavian.values())


def stems(text: str, without: Stems = frozenset(), *, is_english: bool | None = None) -> Stems:
    """Stems of the words that carry the content: no function words, no names of ours, three letters or more."""
    lang = "en" if (english(text) if is_english is None else is_english) else "no"
    return frozenset(
        txt.stem(word.folded, lang) for word in txt.words(text) if _carries(word.folded, without)
    ) | frozenset(_NUMBER.findall(text))


def _carries(word: str, without: Stems) -> bool:
    if word.isdigit() or word in STOPWORDS or word in without or word.removesuffix("s") in without:
        return False
    return len(word) > 2


def coverage(part: Stems, whole: Stems) -> float:
    """How much of ``part`` is found in ``whole``, 0..1."""
    return len(part & whole) / len(part) if part else 0.0


def likeness(one: Stems, two: Stems) -> float:
    """Shared words as a share of the shorter text, 0..1."""
    return len(one & two) / min(len(one), len(two)) if one and two else 0.0


def anchors(text: str, without: Stems = frozenset()) -> Stems:
    """What a translation leaves as it is: numbers, and names that are not ours."""
    capitals = (txt.fold(match.group(1)) for match in _CAPITAL.finditer(text[:10_000]))
    named = {word for word in capitals if _carries(word, without)}
    return frozenset(_NUMBER.findall(text)) | named


@lru_cache(maxsize=4096)
def denies(sentence: str) -> bool:
    """Whether the sentence says no: an odd number of negations. A question denies nothing."""
    if sentence.rstrip(" \"»”'").endswith("?"):
        return False
    found = len(_NEGATION.findall(sentence)) - len(_NO_NEGATION.findall(sentence))
    if english(sentence):
        found += len(_ENGLISH_NO.findall(sentence))
    return found % 2 == 1
