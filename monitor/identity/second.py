"""Second opinions: what becomes of a flag the first judge is unsure of when another judge has been asked. Pure but for
that judge.

A flag is unsure when its score lies within ``band`` of the shipped threshold, on either side. The second judge says a
level, statements and a place in the text, but no probability, so:

- The score is the edge of the band on the side it chose: no surer than the surest flag that would still be asked about,
  and a conflict exactly when it reaches the threshold, as everywhere.
- Of its statements each takes half of what is left of the score, main first; the first judge's candidates share the
  rest as they did before.
- The main statement has the severity it gave; of the others it said nothing, so they are minor.
- Whether the author mixes roles was not asked: that is the first judge's word.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from monitor.identity.features import in_force
from monitor.types import (
    BrandIdentity,
    Conflict,
    ConflictJudge,
    ConflictQuestion,
    Flag,
    FlagRequest,
    Opinion,
)

CANDIDATES = 5
_REASONS = Path(__file__).parent.parent / "data" / "reasons.yaml"


class SecondOpinions:
    """``threshold`` is the score from which the first judge speaks of a conflict."""

    def __init__(
        self, identity: BrandIdentity, judge: ConflictJudge, *, threshold: float, band: float
    ) -> None:
        self.judge = judge
        self.name = judge.name
        self._identity = identity
        self._threshold = threshold
        self._low, self._high = max(0.0, threshold - band), min(1.0, threshold + band)

    def unsure(self, request: FlagRequest, flag: Flag) -> bool:
        """What is about something else is never asked about, however wide the band."""
        return request.match.relevant and bool(flag.candidates) and self._low < flag.score < self._high

    def ask(
        self,
        requests: Sequence[FlagRequest],
        flags: Sequence[Flag],
        lang: str = "nb",
        *,
        known: Container[str] = (),
    ) -> dict[int, Flag | None]:
        """Position -> second opinion, of the unsure flags; None where there is no answer.

        Mentions whose id is in ``known`` are not asked about. ``lang`` (nb, nn, en) is the language of the reasons.
        """
        asked = {
            i: (request, flag)
            for i, (request, flag) in enumerate(zip(requests, flags, strict=True))
            if request.mention.id not in known and self.unsure(request, flag)
        }
        answers = self.judge.opinions([self._question(*pair) for pair in asked.values()])
        return {
            i: None if opinion is None else self._flag(*pair, opinion, lang)
            for (i, pair), opinion in zip(asked.items(), answers, strict=True)
        }

    def _question(self, request: FlagRequest, flag: Flag) -> ConflictQuestion:
        likely = {statement: n for n, (statement, _) in enumerate(flag.candidates)}
        statements = [s for s in self._identity.statements if in_force(s, request)]
        statements.sort(key=lambda s: likely.get(s.id, CANDIDATES))
        return ConflictQuestion(request, self._identity, tuple(statements))

    def _flag(self, request: FlagRequest, first: Flag, opinion: Opinion, lang: str) -> Flag:
        score = self._low if opinion.level == "none" else self._high
        given = [(s, score / 2**n) for n, s in enumerate(opinion.statements, 1)]
        others = [(s, p) for s, p in first.candidates if s not in opinion.statements]
        left = score - sum(p for _, p in given)
        weight = left / (first.score if not given else sum(p for _, p in others) or 1.0)
        candidates = [*given, *((s, p * weight) for s, p in others)][:CANDIDATES]
        return replace(
            first,
            level=opinion.level,
            score=score,
            conflicts=tuple(
                self._conflict(request, first, opinion, s, p, n, lang) for n, (s, p) in enumerate(given)
            ),
            candidates=tuple(candidates),
            model=self.name,
            first=first,
        )

    def _conflict(
        self, request: FlagRequest, first: Flag, opinion: Opinion, statement: str, p: float, n: int, lang: str
    ) -> Conflict:
        raw = request.mention.title if opinion.field == "title" else request.mention.text
        words = _words(lang)
        return Conflict(
            statement=statement,
            score=p,
            severity="major" if opinion.level == "major" and n == 0 else "minor",
            field=opinion.field,
            start=opinion.start,
            end=opinion.end,
            quote=raw[opinion.start : opinion.end],
            reason=str(words["second"]).format(
                voice=words["voices"][request.match.voice], id=statement, percent=round(100 * first.score)
            ),
        )


@lru_cache(maxsize=8)
def _words(lang: str) -> dict[str, Any]:
    everything: dict[str, dict[str, Any]] = yaml.safe_load(_REASONS.read_text(encoding="utf-8"))
    return everything.get("nb" if lang == "no" else lang, everything["en"])
