"""What conflicts with who we say we are: (mention, identity) -> Flag. Pure but for the encoder it is given.

How a flag comes about. ``features`` reads a mention: its sentences, who speaks where, how the targets were
judged, which statements its words touch. ``flagmodel`` answers from that: how likely a conflict is at all, whether a
major one, whether the author mixes roles, and which statement it would be. Here the shipped thresholds turn that
into a level, and each conflict gets the words it rests on.

- ``Flag.score`` is P(conflict) for every mention; a conflict's and a candidate's score is P(conflict and this
  statement is the main one), so candidates add up to at most ``Flag.score``.
- What is about something else (``match.relevant`` false), or has no words, gets none and at most ONE_PERCENT.
- A statement outside valid_from..valid_to on the mention's date is no candidate.
- Role mixing is only the item's own author; when it is found and there is a conflict, the statement asking to keep
  roles apart is the one the ranking knows by its words on private life and title, else the best candidate.
- ``Flag.relations`` says of the candidates, and of what else is not plainly neutral, how the mention stands to each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from monitor.identity import model as flagmodel
from monitor.identity.features import Array, Reader, Reading
from monitor.identity.model import SCALE, Weights, centred, design, sigmoid
from monitor.types import (
    BrandIdentity,
    Conflict,
    ConflictLevel,
    Encoder,
    Flag,
    FlagRequest,
    Relation,
    Severity,
)

ONE_PERCENT = 0.01
MAX_CONFLICTS = 3
CANDIDATES = 5
TOLD_FROM = 0.02  # P of a relation to a statement that is no candidate
_DATA = Path(__file__).parent.parent / "data"


class Flagger:
    """``name`` is ``model@revision``: it changes with the weights, the word lists, this code and the encoder.

    Without an encoder a second set of weights is used that sees words only.
    """

    def __init__(
        self, identity: BrandIdentity, encoder: Encoder | None, weights: Weights | None = None
    ) -> None:
        self.weights = weights or flagmodel.load()["encoder" if encoder else "words"]
        lists = hashlib.sha256((_DATA / "identity_cues.yaml").read_bytes()).hexdigest()[:6]
        seen = encoder.name if encoder else "words"
        self.name = f"omdomme-identity@{self.weights.revision}.{lists}.{flagmodel.CODE}+{seen}"
        self.reader = Reader(identity, encoder)

    def flag(self, requests: Sequence[FlagRequest], lang: str = "nb") -> list[Flag]:
        """One flag a request, in order. ``lang`` (nb, nn, en) is the language of the reasons."""
        return [
            self._flag(request, reading, lang)
            for request, reading in zip(requests, self.reader.read(requests), strict=True)
        ]

    def _flag(self, request: FlagRequest, reading: Reading, lang: str) -> Flag:
        features = design(reading)
        readable = request.match.relevant and bool(reading.spans) and bool(reading.active.any())
        logit = flagmodel.conflict_logit(reading, features, self.weights)
        score = sigmoid(logit)
        shares = flagmodel.rank(self.reader, reading, self.weights)
        if not readable:
            score *= ONE_PERCENT
            return Flag("none", score, (), self._candidates(shares, reading, score), False, self.name)
        mixing = reading.own_voice and sigmoid(self.weights.mixing(features)) >= self.weights.mixing_from
        level: ConflictLevel = "none"
        conflicts: tuple[Conflict, ...] = ()
        if score >= self.weights.conflict_from:
            level = "major" if sigmoid(self.weights.major(features)) >= self.weights.major_from else "minor"
            conflicts = self._conflicts(request, reading, shares, score, level, mixing, lang)
        candidates = self._candidates(shares, reading, score)
        relations = self._relations(reading, logit, shares, {c for c, _ in candidates})
        return Flag(level, score, conflicts, candidates, mixing, self.name, relations)

    def _relations(
        self, reading: Reading, logit: float, shares: Array, candidates: set[str]
    ) -> tuple[Relation, ...]:
        """Of the candidates, and of every other statement that is not plainly neutral; in the order of the file."""
        against, in_line = flagmodel.relations(self.reader, reading, logit, shares, self.weights)
        return tuple(
            Relation(s.id, float(against[i]), float(in_line[i]))
            for i, s in enumerate(self.reader.statements)
            if reading.active[i] and (s.id in candidates or max(against[i], in_line[i]) >= TOLD_FROM)
        )

    def _candidates(self, shares: Array, reading: Reading, score: float) -> tuple[tuple[str, float], ...]:
        return tuple(
            (self.reader.statements[i].id, score * float(shares[i]))
            for i in _best(shares)[:CANDIDATES]
            if reading.active[i]
        )

    def _conflicts(
        self,
        request: FlagRequest,
        reading: Reading,
        shares: Array,
        score: float,
        level: Severity,
        mixing: bool,
        lang: str,
    ) -> tuple[Conflict, ...]:
        order = _best(shares)
        top = float(shares[order[0]])
        out = []
        for rank, i in enumerate(order[:MAX_CONFLICTS]):
            share = float(shares[i])
            if rank and (not reading.active[i] or share < self.weights.also_from * top):
                break
            # A second statement is as grave as the main one only when it is about as likely.
            severity: Severity = level if rank == 0 or share >= 0.8 * top else "minor"
            at = self._span(reading, i)
            span = reading.spans[at]
            raw = request.mention.title if span.field == "title" else request.mention.text
            out.append(
                Conflict(
                    statement=self.reader.statements[i].id,
                    score=score * share,
                    severity=severity,
                    field=span.field,
                    start=span.start,
                    end=span.end,
                    quote=raw[span.start : span.end],
                    reason=self._reason(request, reading, i, at, score, mixing and rank == 0, lang),
                )
            )
        return tuple(out)

    def _span(self, reading: Reading, statement: int) -> int:
        """The span that says most about a statement: nearest to it, or touched by its words."""
        parts = centred(reading.parts, self.weights.mention_mean)
        target = centred(self.reader.statement_vectors[statement], self.weights.statement_mean)
        evidence = parts @ target + (parts @ self.weights.left) @ (self.weights.right.T @ target)
        for k, hits in enumerate(reading.hits):
            evidence[k] += 2 / SCALE * np.log1p(sum(h.strength for h in hits if h.statement == statement))
        return int(np.argmax(np.round(evidence, 9)))

    def _reason(
        self,
        request: FlagRequest,
        reading: Reading,
        statement: int,
        at: int,
        score: float,
        mixing: bool,
        lang: str,
    ) -> str:
        own = [h for h in reading.hits[at] if h.statement == statement]
        listed = [h for h in own if h.listed]
        text = reading.spans[at].text
        words = ", ".join(f"«{text[h.start : h.end][:40]}»" for h in (listed or own)[:3])
        templates = _templates(lang)
        kind = "mixing" if mixing else "listed" if listed else "shared" if own else "likeness"
        return str(templates[kind]).format(
            voice=templates["voices"][request.match.voice],
            id=self.reader.statements[statement].id,
            words=words,
            percent=min(99, round(100 * score)),
        )


def _best(shares: Array) -> list[int]:
    """Indices, likeliest first; the order of the file decides between equals."""
    return [int(i) for i in np.argsort(-shares, kind="stable")]


@lru_cache(maxsize=8)
def _templates(lang: str) -> dict[str, Any]:
    everything: dict[str, dict[str, Any]] = yaml.safe_load(
        (_DATA / "reasons.yaml").read_text(encoding="utf-8")
    )
    return everything.get("nb" if lang == "no" else lang, everything["en"])
