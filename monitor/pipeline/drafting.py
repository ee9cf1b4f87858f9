"""Reads a draft before it is posted, with the same matcher, judge and flagger as everything else.

A draft is nobody's business yet: nothing of it is stored, logged, cached or sent. Where the configured judge asks a
server elsewhere, a judge on this machine takes its place here.

The flagger reads the beginning and the end of a long text. A draft is read in full: as one, and piece by piece where it
is longer than the flagger takes. The gravest finding counts; the same statement is told once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from monitor import classifiers, language, sentiment
from monitor import text as txt
from monitor.classifiers import encoder
from monitor.config import Config
from monitor.errors import ConfigError
from monitor.identity import CANDIDATES, MAX_CONFLICTS, Flagger
from monitor.identity.evidence import MAX_SPAN, spans
from monitor.messages.drafts import Told, tell
from monitor.pipeline.guiding import contacts_of
from monitor.targets import Matcher
from monitor.types import (
    Asking,
    BrandIdentity,
    Cascade,
    Classifier,
    Conflict,
    DraftCheck,
    Flag,
    FlagRequest,
    Mention,
    Verdict,
    Voice,
)

__all__ = ["MOST", "Author", "DraftCheck", "Drafter", "Told", "author_meant", "authors"]

MOST = 20_000  # characters of a draft
_LEVELS = ("none", "minor", "major")


@dataclass(frozen=True, slots=True)
class Author:
    """Who is going to post: the brand, a leader or an employee. ``name`` "" = an employee who is not named."""

    voice: Voice
    name: str = ""
    role: str = ""


def authors(identity: BrandIdentity) -> list[Author]:
    """Whom a draft can be checked for without naming an employee."""
    leaders = [Author("leader", leader.name, leader.role) for leader in identity.leaders]
    return [Author("brand", identity.name), *leaders, Author("employee")]


def author_meant(identity: BrandIdentity, said: str) -> Author:
    """The author a person means by a leader's name, alias or id, an employee's name, "employee" or "brand".

    Raises ConfigError that lists what there is.
    """
    wanted = txt.fold(said.strip())
    if wanted == "employee":
        return Author("employee")
    if wanted in (
        "brand",
        *(txt.fold(n) for n in (identity.name, identity.legal_name, *identity.aliases) if n),
    ):
        return Author("brand", identity.name)
    for leader in identity.leaders:
        if wanted in {txt.fold(n) for n in (leader.id, leader.name, *leader.aliases)}:
            return Author("leader", leader.name, leader.role)
    for employee in identity.employees:
        if wanted == txt.fold(employee):
            return Author("employee", employee)
    known = ["brand", "employee", *(leader.name for leader in identity.leaders)]
    raise ConfigError(
        f"Nobody of ours is called {said!r}. Say one of: {', '.join(known)}, or an employee's name."
    )


class Drafter:
    """Loads its models with the first draft and keeps them. May be shared by threads: drafts are read one by one."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._one_at_a_time = threading.Lock()

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher(self.config.identity)

    @cached_property
    def _judge(self) -> Classifier:
        settings = self.config.settings
        judge = local(classifiers.load(
            settings.classifier, threads=settings.threads, options=settings.classifier_options
        ))  # fmt: skip
        return judge or classifiers.load("onnx", threads=settings.threads)

    @cached_property
    def _flagger(self) -> Flagger:
        return Flagger(self.config.identity, encoder.load(threads=self.config.settings.threads))

    def check(
        self, text: str, author: Author, *, source_type: str = "linkedin", lang: str = "nb"
    ) -> DraftCheck:
        """What to look at again in ``text``; ``lang`` (nb, nn, en) is the language of the reasons.

        Raises ConfigError when the draft is empty or longer than MOST characters; the message holds nothing of it.
        """
        if len(text) > MOST:
            raise ConfigError(
                f"The draft has {len(text)} characters; at most {MOST} are read. Remedy: check it a part at a time"
            )
        if not any(c.isalnum() for c in text):
            raise ConfigError("The draft is empty. Remedy: give the text that is going to be posted")
        with self._one_at_a_time:
            return self._check(text, author, source_type, lang)

    def _check(self, text: str, author: Author, source_type: str, lang: str) -> DraftCheck:
        identity = self.config.identity
        found = language.identify(text, expected=identity.languages)
        whole = Mention(
            id="draft", text=text, author=author.name, source_type=source_type, lang=found.lang, voice=author.voice,
            published_at=datetime.now(UTC),
        )  # fmt: skip
        match = self._matcher.match(whole)
        pairs = [(whole, target) for target in match.targets]
        verdicts = tuple(sentiment.judge_all(pairs, self._judge, sentiment.aliases_of(identity)))
        pieces = parts(text)
        requests = [FlagRequest(whole, match, verdicts)]
        requests += [self._request(replace(whole, text=text[a:b]), verdicts) for a, b in pieces]
        flags = self._flagger.flag(requests, lang)
        flag = together(flags, [0, *(a for a, _ in pieces)])
        return DraftCheck(author.voice, author.name, found.lang, verdicts, flag, max(1, len(pieces)))

    def _request(self, mention: Mention, verdicts: tuple[Verdict, ...]) -> FlagRequest:
        match = self._matcher.match(mention)
        names = {target.name for target in match.targets}
        return FlagRequest(mention, match, tuple(v for v in verdicts if v.target in names))

    def record(self, check: DraftCheck, text: str, source_type: str, lang: str) -> dict[str, Any]:
        """Draft and answer as plain values, for whoever asks to keep them; nothing is written here."""
        told = self.tell(check, lang)
        return {
            "text": text,
            "source_type": source_type,
            "as": {"voice": check.voice, "name": check.speaker},
            "lang": check.lang,
            "parts": check.parts,
            "headline": told.headline,
            "look_again": [look._asdict() for look in told.looks],
            "advice": list(told.again),
            "attitudes": [{**asdict(v), "label": v.label} for v in check.verdicts],
            "flag": asdict(check.flag),
        }

    def tell(self, check: DraftCheck, lang: str) -> Told:
        """The check in plain words, with what to look at again, and whom to ask."""
        return tell(check, self.config.identity, lang, contacts_of(self.config))


def local(judge: Classifier) -> Classifier | None:
    """The judge when it answers on this machine; of a cascade its first. None when it asks somebody else."""
    if isinstance(judge, Cascade):
        judge = judge.first
    return None if isinstance(judge, Asking) else judge


def parts(text: str) -> list[tuple[int, int]]:
    """Half-open pieces of whole sentences that the flagger reads in full; none when it reads the text in full."""
    if read_in_full(text):
        return []
    out: list[tuple[int, int]] = []
    for start, end in _sentences(text):
        if out and read_in_full(text[out[-1][0] : end]):
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def read_in_full(text: str) -> bool:
    """Whether the flagger looks at every word of a mention with this text."""
    seen = 0
    for span in spans(Mention(id="", text=text)):
        if any(c.isalnum() for c in text[seen : span.start]):
            return False
        seen = span.end
    return not any(c.isalnum() for c in text[seen:])


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Sentences; one that is longer than a span is cut, after a blank where there is one."""
    for start, end in txt.sentences(text):
        while end - start > MAX_SPAN:
            cut = text.rfind(" ", start + 1, start + MAX_SPAN) + 1 or start + MAX_SPAN
            yield start, cut
            start = cut
        yield start, end


def together(flags: Sequence[Flag], starts: Sequence[int]) -> Flag:
    """One flag of those of the whole and its pieces, with offsets into the whole."""
    best: dict[str, Conflict] = {}
    for flag, start in zip(flags, starts, strict=True):
        for conflict in flag.conflicts:
            known = best.get(conflict.statement)
            if known is None or _weight(conflict) > _weight(known):
                best[conflict.statement] = replace(
                    conflict, start=conflict.start + start, end=conflict.end + start
                )
    candidates: dict[str, float] = {}
    for flag in flags:
        for statement, score in flag.candidates:
            candidates[statement] = max(score, candidates.get(statement, 0.0))
    return Flag(
        level=max((flag.level for flag in flags), key=_LEVELS.index),
        score=max(flag.score for flag in flags),
        conflicts=tuple(sorted(best.values(), key=_weight, reverse=True)[:MAX_CONFLICTS]),
        candidates=tuple(sorted(candidates.items(), key=lambda row: -row[1])[:CANDIDATES]),
        role_mixing=any(flag.role_mixing for flag in flags),
        model=flags[0].model,
    )


def _weight(conflict: Conflict) -> tuple[bool, float]:
    return conflict.severity == "major", conflict.score
