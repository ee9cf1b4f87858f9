"""What the conflict model looks at: numbers for a mention and for each (mention, statement). Pure but for the encoder.

Nothing here knows a brand, and nothing depends on what else is in the batch: vectors are centred on a constant of
the fitted weights, never on the mentions at hand. A batch costs one call of the encoder.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from monitor import text as txt
from monitor.identity.evidence import Span, spans, whole
from monitor.identity.signals import Cues, Hit, Terms
from monitor.types import SOURCE_TYPES, BrandIdentity, Encoder, FlagRequest, Statement

Array = NDArray[np.float64]

KINDS = ("value", "wanted_image", "unwanted_image", "guideline", "out_of_bounds")
VOICES = ("leader", "employee", "brand", "third_party")
DIMENSION = 384  # of the encoder the weights were fitted with
# Cues that change what a statement of a kind means for a text.
ACTS = ("breach", "mockery", "boast", "admission", "blame", "secrecy", "private_life")
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_LAUGH = re.compile(
    "[\U0001f600-\U0001f606\U0001f609\U0001f60f\U0001f602\U0001f923\U0001f643\U0001f61c\U0001f61d\U0001f60e]"
)
_CAPS = re.compile(r"\b[A-ZÆØÅ]{3,}\b")


@dataclass(frozen=True, slots=True)
class Reading:
    """One mention against the S statements of an identity.

    ``vector`` (384,) of the whole and ``parts`` (spans, 384), raw; ``plain`` the mention's own features; ``overlap``
    (S,) what phrase lists say; ``hits`` by span; ``cues`` presence 0/1 by cue; ``active`` (S,) whether a statement
    is in force on the day of the mention; ``worst`` and ``best`` P(negative) and P(positive) toward any target, 0 where
    none was judged; ``off_limits`` whether words a person listed under an out-of-bounds topic
    in force are used in a voice that the topic binds.
    """

    spans: tuple[Span, ...]
    hits: tuple[tuple[Hit, ...], ...]
    vector: Array
    parts: Array
    plain: Array
    cues: Array
    overlap: Array
    active: NDArray[np.bool_]
    voice: int
    worst: float
    best: float
    off_limits: bool

    @property
    def own_voice(self) -> bool:
        return VOICES[self.voice] != "third_party"


class Reader:
    """Reads mentions against one identity; the statements are encoded once."""

    def __init__(self, identity: BrandIdentity, encoder: Encoder | None) -> None:
        self.identity = identity
        self.statements: tuple[Statement, ...] = identity.statements
        self.terms = Terms(identity, self.statements)
        self.private = Terms(
            identity, [Statement(p.id, "out_of_bounds", "; ".join(p.private)) for p in identity.leaders]
        )
        self.cues = Cues()
        self._encoder = encoder
        self.kinds = np.array([KINDS.index(s.kind) for s in self.statements], dtype=int)
        self.statement_cues = np.array(
            [np.minimum(self.cues.counts(s.text + " " + " ".join(s.signals)), 1) for s in self.statements],
            dtype=float,
        ).reshape(len(self.statements), len(self.cues.names))
        self.statement_vectors = self.encode([s.text for s in self.statements])

    def encode(self, texts: Sequence[str]) -> Array:
        if self._encoder is None or not texts:
            return np.zeros((len(texts), DIMENSION))
        return np.asarray(self._encoder.encode(texts), dtype=np.float64)

    def read(self, requests: Sequence[FlagRequest]) -> list[Reading]:
        cut = [(spans(r.mention), whole(r.mention)) for r in requests]
        vectors = self.encode([t for parts, all_of_it in cut for t in (all_of_it, *(p.text for p in parts))])
        out = []
        at = 0
        for request, (parts, text) in zip(requests, cut, strict=True):
            end = at + 1 + len(parts)
            out.append(self._reading(request, parts, text, vectors[at], vectors[at + 1 : end]))
            at = end
        return out

    def _reading(
        self, request: FlagRequest, parts: tuple[Span, ...], text: str, vector: Array, part_vectors: Array
    ) -> Reading:
        hits = tuple(tuple(self.terms.hits(p.text)) for p in parts)
        overlap = np.zeros(len(self.statements))
        for span_hits in hits:
            of_span = np.zeros(len(self.statements))
            for hit in span_hits:
                of_span[hit.statement] += hit.strength
            overlap = np.maximum(overlap, of_span)
        counts = np.array(self.cues.counts(text), dtype=float)
        present = np.minimum(counts, 1.0)
        voice = VOICES.index(request.match.voice)
        active = np.array([in_force(s, request) for s in self.statements], dtype=bool)
        judged = [v for v in request.verdicts if v.status != "unjudged"]
        listed = {h.statement for span_hits in hits for h in span_hits if h.listed}
        return Reading(
            spans=parts,
            hits=hits,
            vector=vector,
            parts=part_vectors,
            plain=np.concatenate([_plain(request, text), self._office(request, text), np.log1p(counts)]),
            cues=present,
            overlap=np.log1p(overlap),
            active=active,
            voice=voice,
            worst=max((v.negative for v in judged), default=0.0),
            best=max((v.positive for v in judged), default=0.0),
            off_limits=request.match.voice != "third_party"
            and any(active[i] and self.statements[i].kind == "out_of_bounds" for i in listed),
        )

    def _office(self, request: FlagRequest, text: str) -> Array:
        """[words of the speaking leader's private topics, words of the speaker's role, the brand named in the text]."""
        speaker = next(
            (i for i, p in enumerate(self.identity.leaders) if p.name == request.match.speaker), None
        )
        private = self.private.hits(text) if request.match.voice != "third_party" else []
        known = sum(h.strength for h in private if speaker is None or h.statement == speaker)
        role = self.identity.leaders[speaker].role if speaker is not None else ""
        words = {w.folded for w in txt.words(text)}
        named = any(t.kind != "leader" and t.via == "text" for t in request.match.targets)
        return np.array(
            [math.log1p(known), float(any(w.folded in words for w in txt.words(role))), float(named)]
        )


def in_force(statement: Statement, request: FlagRequest) -> bool:
    """Both ends of a statement's validity are inclusive; a mention without any date meets every statement."""
    at = request.mention.published_at or request.mention.seen_at
    day: date | None = at.date() if at else None
    if day is None:
        return True
    return (statement.valid_from is None or statement.valid_from <= day) and (
        statement.valid_to is None or day <= statement.valid_to
    )


def _plain(request: FlagRequest, text: str) -> Array:
    """What can be counted on the surface, who speaks where, and how the targets were judged."""
    match, mention = request.match, request.mention
    size = max(1, len(text))
    words = max(1, text.count(" ") + 1)
    row = [float(match.voice == v) for v in VOICES]
    row += [float(mention.source_type == s) for s in SOURCE_TYPES]
    row += [
        math.log1p(words),
        float("!" in text),
        float("?" in text),
        math.log1p(len(_EMOJI.findall(text))),
        math.log1p(len(_LAUGH.findall(text))),
        math.log1p(len(_CAPS.findall(text))),
        math.log1p(sum(c.isdigit() for c in text) / size * 50),
        math.log1p(sum(c in '«»“”"' for c in text)),
        float("– " in text or "\n-" in text),
        float("#" in text),
        float(bool(mention.title)),
    ]
    kinds = {t.name: t.kind for t in match.targets}
    row += [
        float("brand" in kinds.values()),
        float("leader" in kinds.values()),
        float(any(t.via != "text" for t in match.targets)),
    ]
    return np.array(row + _standing(request))


def _standing(request: FlagRequest) -> list[float]:
    """How the targets were judged: worst and best toward brand or product, then leaders, with whether any was.

    Twice, the second time in our own voices only: what an outsider's praise means is another thing than a boast.
    """
    kinds = {t.name: t.kind for t in request.match.targets}
    judged = [v for v in request.verdicts if v.status != "unjudged"]
    row: list[float] = []
    for leaders in (False, True):
        own = [v for v in judged if (kinds.get(v.target) == "leader") is leaders]
        row.append(max((v.negative for v in own), default=0.0))
        row.append(max((v.positive for v in own), default=0.0))
        row.append(float(bool(own)))
    ours = float(request.match.voice != "third_party")
    return row + [ours * v for v in row]
