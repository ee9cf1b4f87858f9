"""Full-text search: the numbers a text is found by, and what a person's words ask for. Pure; bounded for any input.

A text is found by the stems of its words (bokmål and nynorsk by the Norwegian stemmer, English by the English one), in
whichever case and without accents; æ, ø and å are letters. A stem is kept as a 32-bit number: two of a million stems
share one so seldom (1 in 4,000 words meets any other) that it is not worth twice the room.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

from monitor.text import fold, stem, words

REVISION = "1"  # another one has every text read anew
MOST_CHARS = 50_000  # of a text that are read
MOST_STEMS = 2_000  # that a text is found by, the first ones
MOST_ASKED = 20  # words and phrases of a search
_JOINT = re.compile(r"[-–'’]")
_ASKED = re.compile(r'"([^"]*)"?|«([^»]*)»?|“([^”]*)”?|(\S+)')


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for: all of it must be there.

    ``stems``: one of the numbers of each; ``literally``: lower-case text that occurs as it stands, in phrases and where
    a ``*`` stood or there is no word. ``plain`` is what to look for, literally, in a text whose stems are not known.
    """

    stems: tuple[tuple[int, ...], ...]
    literally: tuple[str, ...]
    plain: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.plain)


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
    """A search as people write it: several words = all of them; "a phrase" as it stands; part* of a word."""
    of_stems: list[tuple[int, ...]] = []
    literally: list[str] = []
    plain: list[str] = []
    for match in list(_ASKED.finditer(asked[:1_000]))[:MOST_ASKED]:
        phrase = next((group for group in match.groups()[:3] if group is not None), None)
        token = (match.group() if phrase is None else phrase).strip()
        bare = token.strip("*").lower()
        if not bare:
            continue
        plain.append(bare)
        known = [word.folded for word in words(token)]
        partly = phrase is None and "*" in token
        if phrase is not None or partly or not known:
            literally.append(bare)
        if not partly:
            of_stems += [_either(word) for word in known]
    return Search(tuple(of_stems[: 2 * MOST_ASKED]), tuple(literally), tuple(plain))


def _either(word: str) -> tuple[int, ...]:
    """Which language a search is in is not known."""
    return tuple(sorted({number(stem(fold(word)[:64], lang)) for lang in ("no", "en")}))
