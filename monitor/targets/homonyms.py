"""What a brand file tells about us and about those who only share our name, as words that can be weighed.

Homonyms are written as descriptions ("the surname Hegg (e.g. handball player Ingrid Hegg)"). From each we take
the phrases in which the name stands, the longer words it is part of, the namesakes of our people, and the
fields of life it belongs to. From the identity we take the same for us. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from monitor.targets.names import brand_words
from monitor.text import fold, words
from monitor.types import BrandIdentity
from monitor.wordlists import FIELDS, NAME_HEADS, NAMING, OPENERS, STOPWORDS

# Fields that are the trade of a firm; the others are regions where namesakes live. Only trades speak for us.
TRADES = frozenset(
    (
        *(
            "ferry",
            "offshore",
            "health",
            "pharma",
            "aquaculture",
            "energy",
            "telecom",
            "hotel",
            "media",
            "bank",
        ),
        *(
            "retail",
            "property",
            "education",
            "food",
            "mobility",
            "it",
            "charity",
            "airline",
            "club",
            "transit",
        ),
    )
)
VENUES = frozenset(("hotel", "health", "retail", "education", "food", "club"))  # trades that people visit
_DENIED = re.compile(r"\((?:ikke|ikkje|not|unntatt|except)\b[^)]*\)|\buten tilknytning[^,;)]*", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’\-–][^\W_]+)*|[&«»\"“”(),;:/.]")
_WORDLIKE = re.compile(
    r"\b(?:ord|ordet|word|verb|verbet|uttrykk|overført|billedlig|dialektord|common noun)\b|^(?:en|ei|et|å|i|to)\s",
    re.IGNORECASE,
)
_SURNAME = re.compile(r"\b(?:etternavn\w*|surname|slektsnavn\w*|family name|personer med)\b", re.IGNORECASE)
_PLACE = re.compile(
    r"\b(?:stedet|sted|stedsnavn|staden|bygda|grend\w*|kommunen?|gård(?:en|er|ene)?|gardar|garden|hamlet|place|town|city|byen|"
    r"bydel|village|formasjonen|formation|park\w*|fjell\w*|mountain|våtmarks\w*|street|gate-?|vei\w*)\b",
    re.IGNORECASE,
)


class Weight(NamedTuple):
    """What a word says: for us, for the ordinary word, for another bearer of the name. Each 0 to 1.2."""

    ours: float
    common: float
    bearer: float

    @property
    def balance(self) -> float:
        return self.ours - max(self.common, self.bearer)


NOTHING = Weight(0.0, 0.0, 0.0)


@dataclass(slots=True)
class Namesakes:
    """Who else bears the name. Everything folded; ``phrases`` and ``lower_phrases`` are token tuples."""

    phrases: dict[tuple[str, ...], str] = field(default_factory=dict)
    lower_phrases: dict[tuple[str, ...], str] = field(default_factory=dict)  # only when written in lower case
    longer: dict[str, str] = field(default_factory=dict)  # stems of words that contain the name
    others: set[str] = field(default_factory=set)  # names of others that look like an inflection of ours
    people: dict[str, str] = field(default_factory=dict)  # full names that are also names of our leaders
    is_word: bool = False  # the name is (also) an ordinary word or a creature: lower case says little for us
    is_surname: bool = False
    is_place: bool = False
    descriptions: tuple[str, ...] = ()


# Inflections of nouns and verbs in nb, nn and en, longest first. Ten times faster than a full stemmer, and
# enough here: both sides of every comparison go through it.
_ENDINGS = (
    *(
        "ernes",
        "enes",
        "anes",
        "erne",
        "arne",
        "ene",
        "ane",
        "ers",
        "ens",
        "ets",
        "ing",
        "ede",
        "te",
        "er",
        "ar",
    ),
    *("en", "et", "es", "as", "ed", "de", "a", "e", "s"),
)


def key(word: str) -> str:
    """The folded word without its inflection."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def content(texts: Iterable[str]) -> set[str]:
    """Stems of the words of a text that mean something."""
    return {
        key(w.folded)
        for text in texts
        for w in words(text)
        if len(w.folded) > 2 and w.folded not in STOPWORDS and w.folded not in NAMING
    }


class Context:
    """Weighs words: positive for us, negative for a namesake. Built once per identity."""

    def __init__(self, identity: BrandIdentity) -> None:
        self.names = brand_words(identity)
        self.namesakes = Namesakes(descriptions=tuple(h.description for h in identity.homonyms))
        own_people = {fold(n) for p in identity.leaders for n in (p.name, *p.aliases) if " " in n}
        surnames = {fold(p.name.split()[-1]) for p in identity.leaders if " " in p.name}
        # Two pools: what speaks for the ordinary word (hegg, the tree) says little of a capitalised Hegg, and
        # what speaks for another bearer of the name (Ingrid Hegg) says little of a small letter.
        self._word: dict[str, float] = {}
        self._bearer: dict[str, float] = {}
        for homonym in identity.homonyms:
            text = _DENIED.sub(" ", homonym.description)
            self._read(text, homonym.description, own_people, surnames)
            theirs = content([text, *homonym.context_words])
            theirs -= {key(n) for n in (*self.names, *surnames)}
            pool = self._word if self._is_word(text) else self._bearer
            for word in theirs:
                pool[word] = 1.0
            opened = self._fields(text) - TRADES
            if _SURNAME.search(text):
                opened |= {"sport", "family", "art"}
            if _PLACE.search(text):
                opened.add("place")
            for name in opened:
                for word in FIELDS[name][1]:
                    pool.setdefault(key(fold(word)), 0.7)
        if self.namesakes.is_word:  # talk about the word itself
            for word in FIELDS["language"][1]:
                self._word.setdefault(key(fold(word)), 0.7)
        self._for = self._ours(identity)
        self._prefixes = frozenset(w for w, v in self._for.items() if v >= 0.7 and len(w) >= 5)
        self._their_prefixes = tuple(
            frozenset(w for w in p if len(w) >= 5) for p in (self._word, self._bearer)
        )
        self._cache: dict[str, Weight] = {}

    def _ours(self, identity: BrandIdentity) -> dict[str, float]:
        ours: dict[str, float] = {}

        def say(texts: Iterable[str], weight: float) -> None:
            for word in content(texts):
                ours[word] = max(ours.get(word, 0.0), weight)

        say((s.text for s in identity.statements), 0.35)
        say((s for x in identity.statements for s in x.signals), 0.35)
        say((t for p in identity.leaders for t in p.speaks_about), 0.5)
        self.trades = self._fields(identity.sector) & TRADES
        for name in self._fields(" ".join([identity.sector, *(p.note for p in identity.products)])) & TRADES:
            for word in FIELDS[name][1]:
                ours[key(fold(word))] = 0.8
        say((p.note for p in identity.products), 1.0)
        say((p.role for p in identity.leaders), 0.6)
        say([identity.sector], 1.2)
        for name in self.names:
            ours.pop(key(name), None)
        # What stands in our own sector and product notes speaks for us even if a homonym's field has it too.
        return ours

    @staticmethod
    def _fields(text: str) -> set[str]:
        found = {w.folded for w in words(text)} | {p for w in words(text) for p in w.folded.split("-")}
        out = set()
        for name, (openers, _) in FIELDS.items():
            for word in found:
                if word in openers or any(
                    len(o) >= 5 and (word.startswith(o) or word.endswith(o))
                    for o in openers
                    if len(word) > len(o)
                ):
                    out.add(name)
                    break
        return out

    def _read(self, text: str, description: str, own_people: set[str], surnames: set[str]) -> None:
        """Takes phrases, longer words, people and the sort of thing from one description."""
        sakes = self.namesakes
        wordlike = bool(_WORDLIKE.search(text))
        tokens = [(fold(m.group()), m.group()) for m in _WORD.finditer(text)]
        for i, (token, raw) in enumerate(tokens):
            for person in own_people:
                parts = person.split()
                if [t for t, _ in tokens[i : i + len(parts)]] == parts:
                    sakes.people[person] = description
            if token in surnames and raw[:1].islower():
                sakes.is_word = True
            grown = any(n in token and token != n and len(n) >= 4 for n in self.names)
            if grown and key(token) not in {key(n) for n in self.names}:
                sakes.longer[key(token)] = description
            elif grown and raw[:1].isupper():
                sakes.others.add(token)
            if token not in self.names and token not in surnames:
                continue
            lower = raw[:1].islower()
            before = tokens[i - 1] if i else ("", "")
            after = tokens[i + 1] if i + 1 < len(tokens) else ("", "")
            if after[0] == "&" and i + 2 < len(tokens):
                sakes.phrases[(token, tokens[i + 2][0])] = description
            elif after[0].isalnum() and (after[0] not in STOPWORDS or lower):
                if lower and (wordlike or after[0] in STOPWORDS):
                    sakes.lower_phrases[(token, after[0])] = description
                elif lower is False and (after[1][:1].isupper() or after[0] in NAME_HEADS):
                    sakes.phrases[(token, after[0])] = description
            if before[0].isalpha() and before[0] not in NAMING:
                if lower and (wordlike or before[0] in STOPWORDS):
                    sakes.lower_phrases[(before[0], token)] = description
                elif before[0] not in STOPWORDS and before[0] not in OPENERS:
                    sakes.phrases[(before[0], token)] = description
            if lower and token in self.names:
                sakes.is_word = True
        if wordlike:
            sakes.is_word = True
        if _SURNAME.search(text):
            sakes.is_surname = True
        if _PLACE.search(text):
            sakes.is_place = True

    def _is_word(self, text: str) -> bool:
        """Whether a description means an ordinary word: the name stands there in small letters."""
        raws = [m.group() for m in _WORD.finditer(text) if any(n in fold(m.group()) for n in self.names)]
        return bool(_WORDLIKE.search(text)) or (bool(raws) and all(r[:1].islower() for r in raws))

    def hides_name(self, folded: str) -> bool:
        """Whether a word holds the name as its second half, as a homonym's compounds do: hurtigbåtsamband."""
        return key(folded) in self.namesakes.longer or any(
            len(n) >= 5 and n in folded[1:] for n in self.names if len(folded) > len(n)
        )

    def weight(self, folded: str) -> Weight:
        """What one folded word says; all zero for most."""
        known = self._cache.get(folded)
        if known is None:
            known = self._weigh(folded)
            if len(self._cache) < 100_000:
                self._cache[folded] = known
        return known

    def _weigh(self, folded: str) -> Weight:
        if folded in STOPWORDS or not 2 <= len(folded) <= 40 or folded in self.names:
            return NOTHING
        word = key(folded)
        ours, common, bearer = (
            self._for.get(word, 0.0),
            self._word.get(word, 0.0),
            self._bearer.get(word, 0.0),
        )
        if not (ours or common or bearer) and len(word) >= 6:
            # Compounds: laksefilet, hurtiglader. The first or the last half may be a word we know.
            halves = {h for n in range(5, len(word)) for h in (word[:n], word[-n:])}
            ours = 0.6 if halves & self._prefixes else 0.0
            common, bearer = (0.5 if halves & p else 0.0 for p in self._their_prefixes)
        if (
            ours >= 0.8
        ):  # a word of our own trade is no evidence against us because a namesake's field has it too
            common, bearer = 0.3 * common, 0.3 * bearer
        return Weight(ours, common, bearer) if ours or common or bearer else NOTHING
