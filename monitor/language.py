"""Which language a text is in: by its function words, then by py3langid, then by what was declared. Pure; bounded.

The judge reads bokmål, nynorsk and English, is unsure of Danish and Swedish and leaves the rest unjudged, so a wrong
answer costs a judgement. Most texts are told by their function words alone, in microseconds; only the others load
py3langid (4.5 MB on disk, 75 MB in memory, 0.4 s once). It takes a good share of short bokmål for Danish: between the
Scandinavian languages the words in which they differ decide, and a text without such words is Norwegian.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from monitor.errors import ModelError

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

MIN_CHARS = 40  # shorter texts inherit
MAX_CHARS = 600  # of title and text together that are read
CLEAR = 0.6  # the library's own probability, below which its answer is not taken
_NEIGHBOUR = 0.75  # the same for Danish and Swedish when no word tells them from Norwegian

_MIN_LETTERS = 20  # once links, handles, tags and names are gone
_NO_WORD = ("@", "#", "://", "www.")
# A capital in the middle of a sentence: a name (or a German noun, which German can spare).
_NAME = re.compile(r"(?<=[^\W\d_][ ,])\s?[A-ZÆØÅÄÖ][^\W_]*(?:[-'’][^\W_]+)*")
_WORD = re.compile(r"[^\W\d_]+")

# "xx" marks what English, German or Dutch have as well.
_SCANDINAVIAN = {
    "nb nn da sv xx": "i har var den man de under men for at over her om",
    "nb nn da sv": "som det kan vi så han eller alla sin",
    "nb nn da xx": "er der vil ved",
    "nb nn da": "og på til skal når også ingen må",
    "nb da": "ikke fra jeg dem hun hvor hvordan hvorfor hvem selv deres være ville skulle kunne andre hvis",
    "nb nn sv": "av ut mer mot fått oss blir satt",
    "nb nn": "å opp etter seg meg deg enn gjennom mellom prosent selskapet",
    "nb sv": "nå",
    "nb xx": "ga mens",
    "nb": "hva ble noe noen mye tok fikk gjør sier uten dere vært blitt igjen ennå hadde gikk sto",
    "nn xx": "ein dei",
    "nn": "ikkje eg eit kva korleis frå meir vere vore vart òg berre nokon noko nokre sjølv deira kven kvar kvifor "
    "gjer seier ho då mykje utan heile dykk kjem dykkar hjå desse gjekk fekk saman verken",
    "da": "af hvad bliver nogen nogle noget meget jer siger uden ud op mellem end gør havde mere fik mod os gik "
    "sådan lige jeres altid fået",
    "da sv": "efter blev mig dig sig nu igen",
    "sv": "och inte att är från för jag mycket också till när där hur vad än varit bara någon något deras "
    "upp ska hade ännu",
}
# Not "is", "of", "had", "for" or "at", which Dutch or Norwegian have as well.
_ENGLISH = frozenset(
    word
    for line in (
        "the and that this with from they their which would could were not what who you your has been there about",
        "because than into when are our but more to its did after before these those only just very still now my",
        "out how an as get got if no one he she them then where why too any some",
    )
    for word in line.split()
)


def _words_of() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for langs, words in _SCANDINAVIAN.items():
        for word in words.split():
            found.setdefault(word, set()).update(langs.split())
    return {word: frozenset(langs) for word, langs in found.items()}


_LANGS_OF = _words_of()
# Spellings that the other Scandinavian languages lack.
_SPELT = {"kje": frozenset({"nb", "nn"}), "kjø": frozenset({"nb", "nn"})} | dict.fromkeys(
    "äö", frozenset({"sv"})
)


class Identified(NamedTuple):
    """``lang``: nb, nn, en, da, sv or another ISO 639 code; None when nothing tells. ``by``: what told it."""

    lang: str | None
    by: Literal["words", "library", "inherited"]


class Found(NamedTuple):
    """Function words of a text; ``scandinavian`` counts them by the set of languages each belongs to."""

    words: int  # all words, of any kind
    english: int
    scandinavian: Counter[frozenset[str]]

    def marks(self, of: str, *, never: str) -> int:
        """How many belong to one of the languages ``of`` and to none of ``never`` (codes between blanks)."""
        wanted, barred = frozenset(of.split()), frozenset(never.split())
        return sum(n for langs, n in self.scandinavian.items() if langs & wanted and not langs & barred)


def identify(
    text: str, *, title: str = "", declared: str | None = None, expected: Sequence[str] = ()
) -> Identified:
    """The language of a mention.

    ``declared`` is what the entry or its source says of itself: a hint, overruled by a text that is clearly in
    another language, and believed between bokmål and nynorsk unless the words say otherwise. ``expected`` are the
    brand's languages; the first is inherited by a text that is too short or too unclear and declares nothing.
    Never raises for a text; reads MAX_CHARS of it.
    """
    declared = primary(declared)
    given = declared or next((code for code in map(primary, expected) if code), None)
    joined = f"{title[:MAX_CHARS].strip()} {text[: 2 * MAX_CHARS].strip()}".strip()[:MAX_CHARS]
    plain = " ".join(w for w in joined.split() if not any(mark in w for mark in _NO_WORD))
    if len(joined) < MIN_CHARS or _letters(plain) < _MIN_LETTERS:
        return Identified(given, "inherited")
    found = count(plain)
    if (lang := _by_words(found, declared, given)) is not None:
        return Identified(lang, "words")
    lang = _by_library(plain, found, declared, given, [primary(code) for code in expected])
    return Identified(lang, "library") if lang is not None else Identified(given, "inherited")


def primary(tag: str | None) -> str | None:
    """The primary subtag in lower case: nb-NO -> nb; None for nothing."""
    return (tag or "").replace("_", "-").split("-")[0].strip().lower() or None


def count(text: str) -> Found:
    words = [match.group() for match in _WORD.finditer(text.lower())]
    return Found(
        len(words),
        sum(word in _ENGLISH for word in words),
        Counter(langs for word in words if (langs := _LANGS_OF.get(word) or _spelt(word))),
    )


def _spelt(word: str) -> frozenset[str] | None:
    return next((langs for letters, langs in _SPELT.items() if letters in word), None)


def _by_words(found: Found, declared: str | None, given: str | None) -> str | None:
    """Norwegian or English when the function words leave no doubt."""
    near = found.scandinavian.total()
    own = found.marks("nb nn da sv", never="xx")
    if own == 0:
        return "en" if found.english >= 3 and found.english * 6 >= found.words else None
    ours = found.marks("nb nn", never="da sv xx")
    others = max(found.marks(code, never="nb nn") for code in ("da", "sv"))
    if own < 3 or found.english * 3 > near or near * 5 < found.words:
        return None
    if (ours >= 2 and 2 * others <= ours) or (ours == 1 and others == 0 and near >= 5):
        return _norwegian(found, declared, given)
    return None


def _by_library(
    text: str, found: Found, declared: str | None, given: str | None, expected: Sequence[str | None]
) -> str | None:
    """None when neither the library nor the words are clear."""
    if not text.isupper():
        text = _NAME.sub(" ", text)
    if _letters(text) < _MIN_LETTERS:
        return None
    lang, sure = _library().classify(text)
    lang = "en" if lang == "pcm" else lang  # Nigerian Pidgin: what it makes of tweets in English
    if lang not in ("no", "nn", "da", "sv"):
        return str(lang) if sure >= CLEAR and lang != "zxx" else None  # zxx: no language at all
    if lang in ("da", "sv"):
        lead = found.marks(lang, never="nb nn") - found.marks("nb nn", never=lang)
        believed = sure >= _NEIGHBOUR or lang == declared or lang in expected
        if lead > 0 or (lead == 0 and believed):
            return str(lang)
    return _norwegian(found, declared, given, "nn" if lang == "nn" else None)


def _norwegian(found: Found, declared: str | None, given: str | None, hint: str | None = None) -> str:
    """Bokmål or nynorsk: as declared unless the words clearly say the other; else by the words, then the rest."""
    nb, nn = found.marks("nb", never="nn"), found.marks("nn", never="nb")
    if declared in ("nb", "nn"):
        mine, other = (nb, nn) if declared == "nb" else (nn, nb)
        if other < 2 or other < 3 * mine:
            return declared
    if nb != nn:
        return "nb" if nb > nn else "nn"
    return hint or ("nn" if given == "nn" else "nb")


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


@functools.lru_cache(maxsize=1)
def _library() -> LanguageIdentifier:
    # Imported here: most runs never need it.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    try:
        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    except OSError as error:
        raise ModelError(
            f"The language model cannot be unpacked ({error.strerror or error}). "
            "Remedy: a temporary folder (TMPDIR) with 100 MB to spare"
        ) from error
