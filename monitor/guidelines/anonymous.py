"""What people wrote about decided cases, without the people: names, handles, addresses and numbers taken out. Pure.

The words of the post itself are never printed: a public post is found again by its words. What is printed is the
reason of the person who decided, and of that only what is left here. Unknown names cannot all be known; so every word
with a capital inside a sentence goes, unless the brand file has it. Too much is taken out rather than too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from monitor import text as txt
from monitor.types import BrandIdentity
from monitor.wordlists import COMMON_SURNAMES, FIRST_NAMES

MOST = 3
LONGEST = 220  # characters of one example

_CONTACT = re.compile(r"(?:https?://|www\.)\S+|\S{1,80}@\S{1,80}|@[\w.]{2,60}|\+?\d[\d ]{6,18}\d")
_WORD = re.compile(r"[^\W\d_]+(?:['’\-–][^\W\d_]+)*")
_SENTENCE_BEFORE = re.compile(r"(?:^|[.!?:…\n]\s*[«\"“]?\s*)$")


class DecidedCase(Protocol):
    """One entry of the case log: what was done with a flag, about which statement, and the reason in words.

    ``state`` is what stands for the flag now; an example is a decision that still stands.
    """

    @property
    def statement(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def words(self) -> str: ...


def examples(
    cases: Sequence[DecidedCase], identity: BrandIdentity, names: Mapping[str, str]
) -> list[tuple[str, str]]:
    """(confirmed or dismissed, the reason without names), in the order given, one a statement, at most MOST."""
    hide = Anonymiser(identity, names)
    out: list[tuple[str, str]] = []
    seen: set[tuple[str, str]] = set()
    for case in cases:
        key = (case.action, case.statement)
        if case.action not in ("confirmed", "dismissed") or case.state != case.action or key in seen:
            continue
        words = hide(case.words)
        if words:
            seen.add(key)
            out.append((case.action, words))
        if len(out) == MOST:
            break
    return out


class Anonymiser:
    """``names`` says what stands for a leader, an employee, another name, and a contact."""

    def __init__(self, identity: BrandIdentity, names: Mapping[str, str]) -> None:
        self._names = names
        people = [(n, "leader") for p in identity.leaders for n in (p.name, *p.aliases)]
        people += [(n, "employee") for n in identity.employees]
        people += [(n.split()[-1], role) for n, role in people if " " in n]
        self._roles = {n.casefold(): role for n, role in reversed(people) if len(n) > 2}
        longest = sorted(self._roles, key=lambda n: -len(n))
        known = "|".join(re.escape(n) for n in longest)
        self._people = re.compile(rf"(?<!\w)(?:{known})(?!\w)", re.IGNORECASE) if known else None
        private = {w.folded for p in identity.leaders for w in txt.words(p.name)}
        self._ours = set(_words_of(identity)) - private - FIRST_NAMES - COMMON_SURNAMES

    def __call__(self, said: str) -> str:
        text = " ".join(txt.clean(said, 4 * LONGEST).split())
        text = _CONTACT.sub(self._names["contact"], text)
        if self._people:
            text = self._people.sub(lambda m: self._names[self._roles[m.group().casefold()]], text)
        text = _WORD.sub(lambda m: self._word(m, text), text)
        name = re.escape(self._names["name"])
        text = re.sub(rf"{name}(?: {name})+", self._names["name"], text)
        return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"

    def _word(self, match: re.Match[str], text: str) -> str:
        word, folded = match.group(), txt.fold(match.group())
        if not word[0].isupper() or folded in self._ours or word in ("I", "I'm", "I’m"):
            return word
        if folded not in FIRST_NAMES and _SENTENCE_BEFORE.search(text, 0, match.start()):
            after = text[match.end() : match.end() + 2].lstrip(" ")
            if not after[:1].isupper():
                return word
        return self._names["name"]


def _words_of(identity: BrandIdentity) -> Iterable[str]:
    """Every word the sheet prints anyway: the brand's names, its products, its statements."""
    texts = [identity.name, identity.legal_name, *identity.aliases, *(p.name for p in identity.products)]
    texts += [s.text for s in identity.statements]
    return (word.folded for text in texts for word in txt.words(text))
