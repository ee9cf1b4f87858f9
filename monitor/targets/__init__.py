"""Which targets a mention is about, who speaks, and what only looked like a target.

``Matcher`` is built once per identity and is a pure function of a mention from then on. It finds surfaces
(``names``), decides each by its surroundings (``senses``, with what ``homonyms`` learnt from the brand file),
and adds those who speak or on whose page it stands (``speakers``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from monitor.targets.homonyms import Context, Weight
from monitor.targets.implied import Implications
from monitor.targets.names import Scanner, Surface, forms
from monitor.targets.reading import Reading
from monitor.targets.senses import balance, letter_case, local
from monitor.targets.speakers import Speakers
from monitor.text import Normal, fold, fold_chars, normal
from monitor.types import BrandIdentity, Field, Match, Mention, Target
from monitor.wordlists import COMMON_SURNAMES

_MAX_AMBIGUOUS = 60  # surfaces weighed per mention; a text that repeats a name more often gains nothing


class Matcher:
    """``match`` says what a mention is about. Thread-safe after construction; never raises for a text."""

    def __init__(self, identity: BrandIdentity) -> None:
        self.identity = identity
        self._forms = forms(identity)
        self._scanner = Scanner(self._forms)
        self._context = Context(identity)
        self._speakers = Speakers(identity, self._forms, self._scanner)
        self._implications = Implications(identity, self._context)
        self._first_names = frozenset(
            fold(part) for p in identity.leaders for part in (p.name.split()[0], *p.name.split()[1:-1])
        )
        rivals = "|".join(re.escape(fold(c)) for c in identity.competitors if len(c) > 2)
        self._competitors = re.compile(rf"(?<!\w)(?:{rivals})") if rivals else None

    def match_all(self, mentions: Iterable[Mention]) -> list[Match]:
        return [self.match(m) for m in mentions]

    def match(self, mention: Mention) -> Match:
        fields = {"title": normal(mention.title), "text": normal(mention.text)}
        readings = [
            Reading("title", fields["title"].text, self._context),
            Reading("text", fields["text"].text, self._context),
        ]
        speaker, place = self._speakers.who(mention)
        surfaces = [s for r in readings for s in self._scanner.scan(r.text, r.field)]
        accepted, rejected = self._decide(surfaces, readings, mention, ours=speaker is not None)

        targets: dict[str, Target] = {}
        for surface in accepted:
            name = surface.form.target
            if name not in targets:
                targets[name] = self._target(surface, fields[surface.field], mention)
        for one in (speaker, place):
            if one is not None and one.target not in targets:
                targets[one.target] = Target(one.target, one.kind, one.via)
        leads = speaker is not None and speaker.voice == "leader"
        if leads and self.identity.name not in targets and _speaks_for_us(readings):
            targets[self.identity.name] = Target(self.identity.name, "brand", "author")
        if not targets and not rejected:
            rejected = [r.text[a:b] for r in readings for f, a, b in r.tokens if self._context.hides_name(f)]
        if not targets and not rejected and not self._names_competitor(readings):
            for found in self._implications.find(mention, readings):
                if found.field is None:
                    targets[found.target] = Target(found.target, found.kind, "url")
                    continue
                start, end = fields[found.field].span(found.start, found.end)
                raw = (mention.title if found.field == "title" else mention.text)[start:end]
                targets[found.target] = Target(found.target, found.kind, "text", found.field, start, end, raw)
        voice = mention.voice or (speaker.voice if speaker else "third_party")
        return Match(
            relevant=bool(targets),
            targets=tuple(targets.values()),
            voice=voice,
            speaker=(speaker.name or None) if speaker and voice != "third_party" else None,
            rejected=tuple(dict.fromkeys(rejected)),
        )

    def _target(self, surface: Surface, field: Normal, mention: Mention) -> Target:
        start, end = field.span(surface.start, surface.end)
        raw = mention.title if surface.field == "title" else mention.text
        return Target(
            surface.form.target, surface.form.kind, "text", surface.field, start, end, raw[start:end]
        )

    def _names_competitor(self, readings: list[Reading]) -> bool:
        rivals = self._competitors
        return rivals is not None and any(rivals.search(fold_chars(r.text)) for r in readings)

    def _decide(
        self, surfaces: list[Surface], readings: list[Reading], mention: Mention, ours: bool
    ) -> tuple[list[Surface], list[str]]:
        """(surfaces that mean a target, raw words of those that do not)."""
        if not surfaces:
            return [], []
        by_field = {r.field: r for r in readings}
        scored, strangers = self._score(surfaces, by_field, mention)
        certain = {s.surface.form.target for s in scored if s.score is None}
        bonus = (3.0 if certain else 0.0) + (3.0 if ours else 0.0)
        bonus += 1.0 if self._names_competitor(readings) else 0.0
        bonus += (
            0.7 if mention.source_type == "review" else 0.0
        )  # firms are reviewed, people and birds are not
        # One sense per text: where the name is plainly somebody or something else, so are its doubtful repeats.
        doubtful = [s for s in scored if s.score is not None]
        others = {s.surface.form.folded for s in doubtful if s.is_other(bonus)}
        ourselves = {
            s.surface.form.folded for s in doubtful if s.case == "capital" and (s.score or 0.0) > 2.5
        }
        accepted: list[Surface] = []
        rejected: list[str] = []
        for surface, score, _ in scored:
            name = surface.form.folded
            if score is not None:
                score += bonus + (0.7 if surface.form.kind == "brand" else 0.0)
                # Somebody of this surname was introduced: the bare name is that person from then on.
                if name in strangers:
                    score -= 4.0
                elif name in ourselves:
                    score += 1.0
                elif name in others:
                    score -= 2.0
                if surface.form.strength == "derived" and not certain:
                    score -= 1.5 if name in COMMON_SURNAMES else 0.5
            if score is None or score > 0:
                accepted.append(surface)
            else:
                rejected.append(by_field[surface.field].text[surface.start : surface.end])
        return accepted, rejected

    def _score(
        self, surfaces: list[Surface], by_field: dict[Field, Reading], mention: Mention
    ) -> tuple[list[_Scored], set[str]]:
        """Every surface with its own evidence, and the surnames that strangers were introduced by."""
        people = self._context.namesakes.people
        strangers: set[str] = set()
        byline = Reading(
            "text", mention.author[:200], self._context
        )  # "Gardening in zone 6" says what it is about
        totals = [r.total() for r in (*by_field.values(), byline)]
        damp = 1 + sum(t[3] for t in totals) / 80  # a long text holds words of every field by chance
        whole = Weight(*(sum(t[i] for t in totals) / damp for i in range(3)))
        out: list[_Scored] = []
        for i, surface in enumerate(surfaces):
            form, reading = surface.form, by_field[surface.field]
            case = letter_case(surface, reading)
            namesake = form.folded in people
            if form.strength == "sure" and not namesake and surface.tail != "closed":
                out.append(_Scored(surface, None, case))
                continue
            if i >= _MAX_AMBIGUOUS:
                out.append(_Scored(surface, -9.0, case))
                continue
            here, person = local(surface, reading, self._first_names)
            if person:
                strangers.add(form.folded)
            if form.strength == "sure":
                here = 1.0 if namesake else here + 2.0
            elif form.strength == "derived":
                here -= 1.0 if form.folded in COMMON_SURNAMES else 0.3
            near = balance(reading.near(surface.start, surface.end), case, 2.5)
            out.append(_Scored(surface, here + 0.6 * near + 0.8 * balance(whole, case, 3.0), case))
        return out, strangers


class _Scored(NamedTuple):
    """A surface with its evidence; ``score`` None = it can hardly mean anything else than the target."""

    surface: Surface
    score: float | None
    case: str

    def is_other(self, bonus: float) -> bool:
        if self.score is None or self.surface.tail == "closed":
            return False
        return self.score < -1.2 or (self.case == "small" and self.score + bonus < -0.7)


_WE = frozenset(("vi", "oss", "vår", "vårt", "våre", "vårs", "we", "us", "our", "ours"))


def _speaks_for_us(readings: list[Reading]) -> bool:
    """A leader who writes "we" or of our trade speaks for the house; one who writes of berries does not."""
    said = {t[0] for r in readings for t in r.tokens}
    return bool(said & _WE) or sum(r.total()[0] for r in readings) >= 1.5
