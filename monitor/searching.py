"""Full-text search: the numbers a text is found by, and what a person's words ask for. Pure; bounded for any input.

A text is found by the stems of its words (bokmål and nynorsk by the Norwegian stemmer, English by the English one), in
whichever case and without accents; æ, ø and å are letters. A stem is kept as a 32-bit number: two of a million stems
share one so seldom (1 in 4,000 words meets any other) that it is not worth twice the room.
"""

from __future__ import annotations

import itertools
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.text import fold, stem, words

REVISION = "1"  # another one has every text read anew
MOST_CHARS = 50_000  # of a text that are read
MOST_STEMS = 2_000  # that a text is found by, the first ones
MOST_ASKED = 20  # words and phrases of a search
_JOINT = re.compile(r"[-–'’]")
_ASKED = re.compile(r'(-?)(?:"([^"]*)"?|«([^»]*)»?|“([^”]*)”?)|(\S+)')
_OR = ("OR", "ELLER")
MOST_MARKS = 200  # in one text


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for: all of it must be there, one of each of ``either``, and nothing of ``without``.

    ``stems``: one of the numbers of each; ``literally``: lower-case text that occurs as it stands, in phrases and where
    a ``*`` stood or there is no word. ``plain`` is what to look for, literally, in a text whose stems are not known.
    """

    stems: tuple[tuple[int, ...], ...] = ()
    literally: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    either: tuple[tuple[Search, ...], ...] = ()
    without: tuple[Search, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.plain or self.either or self.without)

    @property
    def reads_texts(self) -> bool:
        """Whether stems alone do not tell."""
        parts = (*(one for group in self.either for one in group), *self.without)
        return bool(self.literally) or any(part.reads_texts for part in parts)


def number(folded_stem: str) -> int:
    return zlib.crc32(folded_stem.encode("utf-8", "replace"))


def stems(title: str, text: str, lang: str | None) -> list[int]:
    """The numbers of the text, ascending: of its words, and of the parts of those with a hyphen."""
    found: dict[str, None] = {}
    for piece in (title[:MOST_CHARS], text[:MOST_CHARS]):
        for word in words(piece):
            found[word.folded[:64]] = None
            if len(found) > 2 * MOST_STEMS:
                break
    of = "en" if lang == "en" else "no"
    numbers: dict[int, None] = {}
    for folded in found:
        for part in {folded, *_JOINT.split(folded)} - {""}:
            numbers[number(stem(part, of))] = None
        if len(numbers) >= MOST_STEMS:
            break
    return sorted(numbers)


def parse(asked: str) -> Search:
    """A search as people write it: several words = all of them; "a phrase" as it stands; part* of a word; a OR b
    (or ELLER) = one of the two beside it; -word or -"a phrase" = without it."""
    groups: list[list[Search]] = []
    without: list[Search] = []
    joined = False  # an OR stood before
    for minus, one in _tokens(asked):
        if one is None:
            joined = bool(groups)
        elif minus:
            without.append(one)
        elif joined:
            groups[-1].append(one)
            joined = False
        else:
            groups.append([one])
    alone = [group[0] for group in groups if len(group) == 1]
    return Search(
        tuple(numbers for one in alone for numbers in one.stems)[: 2 * MOST_ASKED],
        tuple(piece for one in alone for piece in one.literally),
        tuple(piece for one in alone for piece in one.plain),
        tuple(tuple(group) for group in groups if len(group) > 1),
        tuple(without),
    )


def marks(asked: str, text: str, lang: str | None) -> list[tuple[int, int]]:
    """The half-open spans of ``text`` that a search found, in order and apart: the words in whichever form, phrases
    and parts of words as they stand. At most ``MOST_MARKS``."""
    text = text[:MOST_CHARS]
    numbers: set[int] = set()
    found: list[tuple[int, int]] = []
    for minus, one in _tokens(asked):
        if one is None or minus:
            continue
        if not one.literally:
            numbers.update(number for either in one.stems for number in either)
        for piece in one.literally:
            for match in itertools.islice(re.finditer(re.escape(piece), text, re.IGNORECASE), MOST_MARKS):
                found.append(match.span())
    if numbers:
        found += itertools.islice(_stemmed(text, numbers, "en" if lang == "en" else "no"), MOST_MARKS)
    apart: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart[:MOST_MARKS]


def _stemmed(text: str, numbers: set[int], lang: str) -> Iterator[tuple[int, int]]:
    for word in words(text):
        if number(stem(word.folded[:64], lang)) in numbers:
            yield word.start, word.end
            continue
        at = word.start
        raw = text[word.start : word.end]
        if _JOINT.search(raw):
            for part in _JOINT.split(raw):
                if part and number(stem(fold(part)[:64], lang)) in numbers:
                    yield at, at + len(part)
                at += len(part) + 1


def _tokens(asked: str) -> Iterator[tuple[bool, Search | None]]:
    """(is it unwanted, the word or phrase), in order; None for an OR."""
    for match in itertools.islice(_ASKED.finditer(asked[:1_000]), MOST_ASKED):
        phrase = next((group for group in match.groups()[1:4] if group is not None), None)
        token = (match.group() if phrase is None else phrase).strip()
        if phrase is None and token in _OR:
            yield False, None
            continue
        minus = match[1] == "-"
        if phrase is None and len(token) > 1 and token[0] == "-" and (token[1].isalnum() or token[1] == "*"):
            minus, token = True, token[1:]
        bare = token.strip("*").lower()
        if not bare:
            continue
        known = [word.folded for word in words(token)]
        partly = phrase is None and "*" in token
        as_it_stands = phrase is not None or partly or not known
        numbers = () if partly else tuple(_either(word) for word in known)
        yield minus, Search(numbers, (bare,) if as_it_stands else (), (bare,))


def _either(word: str) -> tuple[int, ...]:
    """Which language a search is in is not known."""
    return tuple(sorted({number(stem(fold(word)[:64], lang)) for lang in ("no", "en")}))
