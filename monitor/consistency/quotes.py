"""Words that a text puts in a leader's mouth: the quote and whose it is said to be. Pure.

Read are quotation marks of either kind («», "", “”, „“) and the dash of Norwegian newspapers (– ..., sier NAVN), in
bokmål, nynorsk and English. The speaker must be named beside the quote, by full name, alias or a surname only one
leader has; "sier hun" counts when the last person named before the quote is a leader. What is unclear is not read as
a quote. Every pattern is bounded: time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.types import Leader

LONGEST = 600  # characters of a quote
MOST_CHARS = 8_000  # of a text that are read
_NEAR = 140  # characters beside a quote in which its speaker is named

_VERB = (
    r"(?:sier|seier|sa|uttaler|uttalte|uttalar|forteller|fortalte|fortel|skriver|skriv|skrev|hevder|hevdet|hevdar"
    r"|mener|meiner|mente|svarer|svarar|svarte|forklarer|forklarar|forklarte|understreker|understrekar|påpeker"
    r"|lover|lovet|lova|innrømmer|innrømmet|bekrefter|bekreftet|legger\s+til|la\s+til|says|said|tells|told|writes|wrote|claims"
    r"|claimed|adds|added|explains|explained|insists|insisted|admits|admitted|confirms|confirmed|promises|promised"
    r"|stated|states)"
)
_ACCORDING = r"(?:ifølge|ifylgje|i\s+følge|according\s+to)"
_MARKED = re.compile(r"[«“„\"]([^«»“”„\"\n]{12,600})[»”“\"]")
# A dash at the start of a line or of a sentence, up to the comma (or ! ?) before the verb of saying.
_DASH = re.compile(
    rf"(?:(?<=^)|(?<=\n)|(?<=[.!?:»”] ))[–—-]\s([^\n–—]{{12,600}}?)[,!?]\s+(?={_VERB}\b)", re.IGNORECASE
)
_PRONOUN = re.compile(r"(?:han|hun|ho|he|she)\b", re.IGNORECASE)
_AFTER_VERB = re.compile(rf"[\s,.–—-]*{_VERB}\s+", re.IGNORECASE)
_AFTER_ACCORDING = re.compile(rf"[\s,.]*{_ACCORDING}\s+", re.IGNORECASE)
_VERB_NEXT = re.compile(rf"\s+{_VERB}\b", re.IGNORECASE)
_SAYS = re.compile(rf"\b{_VERB}\b", re.IGNORECASE)
_ACCORDING_TO = re.compile(rf"\b{_ACCORDING}\s+(?:[\w-]{{1,30}}\s+){{0,3}}$", re.IGNORECASE)
_SENTENCE_BREAK = re.compile(r"[.!?]\s")
_PERSON = re.compile(r"\b[A-ZÆØÅÄÖ][\w-]+(?:\s+[A-ZÆØÅÄÖ][\w.-]*){1,3}")
# Between a verb and the name stand a title and the brand, not another person or "about".
_NO_TITLE = re.compile(
    r"\b(?:om|til|mot|med|etter|som|at|hos|fra|frå|about|to|of|against|with|after|that|who|when|når|og|and)\b|[.,:;!?«»\"“”]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quote:
    """``text[start:end]`` are the quoted words, without marks; ``leader`` is a name of the brand file."""

    leader: str
    words: str
    start: int
    end: int


class Speech:
    """Finds quotes of these leaders; made once for a brand file."""

    def __init__(self, leaders: Sequence[Leader]) -> None:
        forms: dict[str, set[str]] = {}
        for leader in leaders:
            surname = leader.name.split()[-1:] if len(leader.name.split()) > 1 else []
            for form in (leader.name, *surname, *leader.aliases):
                if len(form) > 3 and not form.startswith("@"):
                    forms.setdefault(form.casefold(), set()).add(leader.name)
        self._leader = {form: next(iter(who)) for form, who in forms.items() if len(who) == 1}
        longest_first = sorted(self._leader, key=len, reverse=True)
        either = "|".join(re.escape(form) for form in longest_first) or r"(?!)"
        self._name = re.compile(rf"(?<![\w@-])(?:{either})(?![\w-])", re.IGNORECASE)

    def quotes(self, text: str) -> list[Quote]:
        """In order, without overlap. ``text`` is plain text; what stands beyond 8,000 characters is not read."""
        text = text[:MOST_CHARS]
        found: list[Quote] = []
        for start, end, marked in sorted(_spans(text)):
            if found and start < found[-1].end:
                continue
            leader = self._after(text, end, marked) or self._before(text, start, marked)
            if leader:
                found.append(Quote(leader, text[start:end].strip(" ,."), start, end))
        return found

    def _after(self, text: str, end: int, marked: bool) -> str | None:
        """``, sier konsernsjef NAME``, ``, NAME said``, ``, sier hun``, ``, ifølge NAME``."""
        rest = text[end : end + _NEAR].split("\n", 1)[0]
        rest = rest.lstrip('»”“"') if marked else rest.lstrip(",!? ")
        if verb := _AFTER_VERB.match(rest):
            if _PRONOUN.match(rest, verb.end()):
                return self._last_person(text[:end])
            return self._first_name(rest, verb.end())
        if said := _AFTER_ACCORDING.match(rest):
            return self._first_name(rest, said.end())
        name = self._name.search(rest)
        if (
            name
            and _VERB_NEXT.match(rest, name.end())
            and not _NO_TITLE.search(rest[: name.start()].strip(" ,"))
        ):
            return self._leader[name.group().casefold()]
        return None

    def _before(self, text: str, start: int, marked: bool) -> str | None:
        """``NAME sier: «``, ``NAME said the log was "``, ``Ifølge NAME er «``: named in the same sentence."""
        head = text[max(0, start - _NEAR) : start].rsplit("\n", 1)[-1]
        breaks = [m.end() for m in _SENTENCE_BREAK.finditer(head)]
        head = head[breaks[-1] :] if breaks else head
        if not marked and not head.rstrip(" –—-").endswith(":"):
            return None
        for name in reversed(list(self._name.finditer(head))):
            verb = _VERB_NEXT.match(head, name.end())
            according = _ACCORDING_TO.search(head, 0, name.start())
            if (verb and not _SAYS.search(head, verb.end())) or according:
                return self._leader[name.group().casefold()]
        return None

    def _first_name(self, rest: str, start: int) -> str | None:
        name = self._name.search(rest, start)
        if name is None or _NO_TITLE.search(rest[start : name.start()]):
            return None
        between = rest[start : name.start()].split()
        return self._leader[name.group().casefold()] if len(between) <= 6 else None

    def _last_person(self, before: str) -> str | None:
        """The leader, when nobody else is named between them and the quote's end."""
        near = before[-900:]
        named = list(self._name.finditer(near))
        if not named:
            return None
        last = named[-1]
        others = (m for m in _PERSON.finditer(near, last.end()))
        if any(not self._name.search(m.group()) for m in others):
            return None
        return self._leader[last.group().casefold()]


def _spans(text: str) -> Iterator[tuple[int, int, bool]]:
    """(start, end, between marks?) of everything that is quoted."""
    for match in _MARKED.finditer(text):
        yield match.start(1), match.end(1), True
    for match in _DASH.finditer(text):
        yield match.start(1), match.end(1), False
