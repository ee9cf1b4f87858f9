"""Where the names of an identity are written in a text, in whatever form: inflected, compounded, glued, tagged.

Pure. This module finds surfaces and says how they are built; whether a surface means us is decided in
``targets`` with the context of ``homonyms``. One regular expression per identity, linear in the text: every
repetition in it is bounded and alternatives are literals.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from monitor.text import fold, fold_chars
from monitor.types import BrandIdentity, Field, TargetKind
from monitor.wordlists import STOPWORDS

Tail = Literal["", "genitive", "definite", "hyphen", "closed"]

# How sure a form is by itself: sure = can hardly mean anything else; name = a word that others bear or that the
# language has; derived = a form nobody configured (a surname alone), which needs support from the rest of the text.
Strength = Literal["sure", "name", "derived"]

_PIECE = re.compile(r"[\s\-‐‑–.,_]+")
_GAP = r"[ \t\u00a0\n\-‐‑–_]{1,2}"
_DOT_GAP = r"\.?[ \t\u00a0\n\-‐‑–_]{0,2}"
_TAIL = r"(['’´`]s?(?!\w)|[\-‐‑–][^\W\d_][\w]{0,40}(?:[\-‐‑–]\w{1,40}){0,2}|\w{1,40})?(?!\w)"

_GENITIVE = frozenset(["s", "'", "’", "'s", "’s", "´s", "`s", "´", "`"])
_DEFINITE = frozenset(
    ("en", "et", "a", "n", "t", "ene", "ens", "ets", "ar", "er", "ane", "ans", "enes", "anes", "as")
)
_ASCII = {"æ": "ae", "ø": "o", "å": "a", "ä": "a", "ö": "o"}
_TAG = re.compile(r"#(\w{2,80})")
_HUMP = re.compile(r"[A-ZÆØÅ]+(?![a-zæøå])|[A-ZÆØÅ]?[a-zæøåéüöä]+|\d+")


@dataclass(frozen=True, slots=True)
class Form:
    """A way to write one target. ``folded`` is what the text must contain; ``cased`` = only in capitals."""

    folded: str
    target: str
    kind: TargetKind
    strength: Strength
    cased: bool = False


@dataclass(frozen=True, slots=True)
class Surface:
    """A form found at ``[start, end)`` of a normalised field; ``tail`` is what is grown onto the name."""

    form: Form
    field: Field
    start: int
    end: int
    name_end: int  # where the name itself ends; the compound's second half follows
    tail: Tail = ""
    rest: str = ""  # the folded second half of a compound


def compact(name: str) -> str:
    """A name as handles and tags write it: folded, letters and digits only."""
    return "".join(c for c in fold(name) if c.isalnum())


def slug(name: str) -> str:
    """A name as URL paths write it: ASCII, hyphens."""
    plain = fold(name).translate({ord(a): b for a, b in _ASCII.items()})
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def brand_words(identity: BrandIdentity) -> tuple[str, ...]:
    """The folded single words that stand for the brand alone: those that others may bear."""
    names = [identity.name, *identity.aliases]
    words = {fold(n) for n in names if len(_PIECE.split(n)) == 1 and n[:1] not in "@#" and n.isalpha()}
    tickers = {fold(n) for n in identity.aliases if n.isupper() and len(n) <= 6}
    words -= tickers - {fold(identity.name)}
    first = fold(_PIECE.split(identity.name.strip())[0])
    return tuple(sorted(words | ({first} if first in words else set()), key=len))


def forms(identity: BrandIdentity) -> list[Form]:
    """Every form of every target; an earlier entry wins where two targets share a form."""
    out: dict[str, Form] = {}

    def add(name: str, target: str, kind: TargetKind, strength: Strength) -> None:
        name = name.strip()
        body = name[1:] if name[:1] in "@#" else name
        key = fold(body)
        if not any(c.isalnum() for c in key):
            return
        cased = strength == "name" and name.isupper() and 2 <= len(name) <= 6
        form = Form(key, target, kind, strength, cased)
        if key not in out or (out[key].strength == "derived" and strength != "derived"):
            out[key] = form

    for product in identity.products:
        for name in (product.name, *product.aliases):
            own = any(w in fold(name) for w in brand_words(identity))
            several = len(_PIECE.split(name.strip())) > 1
            camel = bool(re.search(r"[a-zæøå][A-ZÆØÅ]|\W$|\d|\w\.\w", name))
            add(
                name,
                product.name,
                "product",
                "sure" if camel or several or (own and len(name) > 4) else "name",
            )
    for leader in identity.leaders:
        add(leader.name, leader.name, "leader", "sure")
        for alias in (*leader.aliases, *leader.accounts):
            if "/" in alias:
                continue
            single = alias[:1] not in "@#" and len(_PIECE.split(alias.strip())) == 1
            add(alias, leader.name, "leader", "name" if single else "sure")
        for derived in person_forms(leader.name):
            add(derived, leader.name, "leader", "derived")
    single_words = brand_words(identity)
    for name in (identity.name, identity.legal_name, *identity.aliases):
        word = name[1:] if name[:1] in "@#" else name
        single = fold(word) in single_words or (len(_PIECE.split(word)) == 1 and len(word) <= 6)
        # A compound that no other single name explains (Lomviferga) is as good as two words.
        grown = name != identity.name and any(
            len(fold(word)) >= len(w) + 3 and fold(word).startswith(w) for w in single_words if len(w) >= 4
        )
        add(name, identity.name, "brand", "name" if single and not grown and fold(word) else "sure")
    for account in identity.accounts:
        if account.address.startswith("@"):
            person = next((p.name for p in identity.leaders if p.name == account.person), None)
            if person or account.person is None:
                add(account.address, person or identity.name, "leader" if person else "brand", "sure")
    return list(out.values())


def person_forms(name: str) -> Iterable[str]:
    """Forms of a person's name that nobody wrote down: surname, first + last, initial + last."""
    parts = name.split()
    if len(parts) < 2:
        return
    first, last = parts[0], parts[-1]
    if len(last) >= 4:
        yield last
    if len(parts) > 2:
        yield f"{first} {last}"
    yield f"{first[0]}. {last}"
    if "-" in first:
        yield "-".join(p[:1] for p in first.split("-")) + f" {last}"


def _pattern(folded: str) -> str:
    """The folded form with its gaps made elastic: Tor-Egil = Tor Egil, K. = K, T-E = T.E."""
    pieces = [p for p in _PIECE.split(folded) if p]
    if not pieces or not all(p.isalnum() for p in pieces):
        return re.escape(folded)
    out = re.escape(pieces[0])
    for before, piece in itertools.pairwise(pieces):
        out += (_DOT_GAP if len(before) <= 3 else _GAP) + re.escape(piece)
    return out


class Scanner:
    """All forms of one identity, compiled once."""

    def __init__(self, all_forms: Iterable[Form]) -> None:
        self.forms = sorted(all_forms, key=lambda f: (-len(f.folded), f.folded))
        patterns = "|".join(f"({_pattern(f.folded)})" for f in self.forms)
        # The first character is tried before the alternatives: most positions of a text end there.
        first = "".join(sorted({re.escape(f.folded[0]) for f in self.forms}))
        self._regex = re.compile(rf"(?<!\w)(?=[{first}])(?:{patterns})") if patterns else None
        self._tail = re.compile(_TAIL)
        self._compact = {compact(f.folded): f for f in reversed(self.forms) if len(compact(f.folded)) >= 4}

    def scan(self, text: str, field: Field) -> list[Surface]:
        """Surfaces in a normalised (NFC) text, in order, not overlapping; the longest name wins."""
        if self._regex is None or not text:
            return []
        folded = fold_chars(text)
        found: list[Surface] = []
        position = 0
        while match := self._regex.search(folded, position):
            assert match.lastindex is not None
            form = self.forms[match.lastindex - 1]
            surface = self._surface(form, field, text, folded, match.start(), match.end())
            if surface is None:
                # The longest form did not end on a word boundary; a shorter one may, with an ending.
                surface = self._shorter(field, text, folded, match.start(), match.lastindex)
            if surface is not None:
                found.append(surface)
            position = max(surface.end if surface else match.start() + 1, match.start() + 1)
        return self._with_tags(found, text, field) if "#" in text else found

    def _shorter(self, field: Field, text: str, folded: str, start: int, index: int) -> Surface | None:
        for form in self.forms[index:]:
            if folded.startswith(form.folded[:3], start) and (
                match := re.compile(_pattern(form.folded)).match(folded, start)
            ):
                surface = self._surface(form, field, text, folded, start, match.end())
                if surface is not None:
                    return surface
        return None

    def _surface(
        self, form: Form, field: Field, text: str, folded: str, start: int, name_end: int
    ) -> Surface | None:
        if start and text[start - 1] in "@#":
            start -= 1
        if not folded[name_end - 1].isalnum():
            return Surface(form, field, start, name_end, name_end)
        match = self._tail.match(folded, name_end)
        if match is None:
            return None
        tail = match.group(1) or ""
        if form.cased and not text[start:name_end].lstrip("@#").isupper():
            return None
        if not tail:
            return Surface(form, field, start, name_end, name_end)
        end = match.end()
        rest = tail.lstrip("-‐‑–'’´`")
        if tail in _GENITIVE or (tail[0] in "-‐‑–" and rest == "s"):
            return Surface(form, field, start, end, name_end, "genitive")
        if tail[0] in "-‐‑–":
            if rest in _DEFINITE:
                return Surface(form, field, start, end, name_end, "definite")
            if rest in STOPWORDS and tail[0] == "–":
                return Surface(form, field, start, name_end, name_end)
            return Surface(form, field, start, end, name_end, "hyphen", rest)
        if len(form.folded) < 4 or tail[0].isdigit() or tail[0] == "_":
            return None
        if tail in _DEFINITE:
            return Surface(form, field, start, end, name_end, "definite")
        if len(tail) < 3 or form.kind == "leader" or form.strength == "derived":
            return None  # Hauge is another name than Haug
        return Surface(form, field, start, end, name_end, "closed", rest)

    def _with_tags(self, found: list[Surface], text: str, field: Field) -> list[Surface]:
        """Adds glued tags (#BoikottLomvi, #LomviReise) that the plain scan could not see."""
        for tag in _TAG.finditer(text):
            if any(s.start <= tag.start() < s.end for s in found):
                continue
            humps = [fold(h) for h in _HUMP.findall(tag.group(1))]
            best: Form | None = None
            for i in range(len(humps)):
                for j in range(len(humps), i, -1):
                    form = self._compact.get("".join(humps[i:j]))
                    if form is not None and (best is None or len(form.folded) > len(best.folded)):
                        best = form
            if best is None and len(humps) == 1:
                best = next(
                    (f for c, f in self._compact.items() if len(c) >= 5 and humps[0].endswith(c)), None
                )
            if best is not None:
                found.append(Surface(best, field, tag.start(), tag.end(), tag.end()))
        return sorted(found, key=lambda s: s.start)
