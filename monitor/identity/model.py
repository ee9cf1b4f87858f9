"""The fitted part of flagging: linear weights over ``features``, read from one small file. numpy only.

Three questions about a mention (is there a conflict, is it a major one, does its author mix roles), each a logistic
regression over the same features, and one about each (mention, statement): which statement is it that the mention
conflicts with, a softmax over the statements in force. The last has a bilinear part, ``v (I + L R') s``, fitted so
that a mention lies near the statement it touches across languages. From these answers, two more logistic regressions
say of each (mention, statement) whether the one contradicts the other or is in line with it. Made by
training/fit_identity_score.py.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from monitor.errors import ModelError
from monitor.identity.features import ACTS, DIMENSION, KINDS, VOICES, Array, Reader, Reading

FORMAT = 2
CODE = "2"  # raise when features or decisions change: old flags are then made again
SCALE = 12.0  # of cosines in the softmax
# Log-odds added when one of ours uses words a person listed under an out-of-bounds topic: to speak of it is the
# breach. Set, not fitted: the identities of the development data list no signals.
OFF_LIMITS = 1.0
# Cues that change what being near a statement means.
_MANNERS = ("breach", "mockery", "boast", "admission", "openness", "blame", "secrecy", "derision")
WEIGHTS = Path(__file__).parent.parent / "models" / "identity" / "weights.json"


@dataclass(frozen=True)
class Linear:
    weights: Array
    bias: float

    def __call__(self, features: Array) -> float:
        return float(features @ self.weights + self.bias)


@dataclass(frozen=True)
class Weights:
    """``revision`` is the hash of the file. Vectors are (384,); ``left`` and ``right`` (384, r)."""

    mention_mean: Array
    statement_mean: Array
    left: Array
    right: Array
    rank: Array
    conflict: Linear
    major: Linear
    mixing: Linear
    contradicts: Linear
    in_line: Linear
    conflict_from: float
    major_from: float
    mixing_from: float
    also_from: float
    revision: str = ""


def conflict_logit(reading: Reading, features: Array, weights: Weights) -> float:
    """Log-odds of a conflict of a relevant mention; ``features`` are its ``design``."""
    return weights.conflict(features) + OFF_LIMITS * reading.off_limits


def design(reading: Reading) -> Array:
    """The features of a mention as the three questions see them.

    Seven blocks: the vector of the whole, the mean over its sentences, both again when the voice is our own, the
    largest value over its sentences, the surface, and the cues again when the voice is our own.
    """
    own = float(reading.own_voice)
    parts = reading.parts if len(reading.parts) else reading.vector[None]
    mean, largest = parts.mean(axis=0), parts.max(axis=0)
    blocks = (
        reading.vector,
        mean,
        own * reading.vector,
        own * mean,
        largest,
        reading.plain,
        own * reading.cues,
    )
    return np.concatenate(blocks)


def rank_features(reader: Reader, reading: Reading, weights: Weights) -> Array:
    """(S, d) features of each statement beside the bilinear part."""
    kinds, cues = reader.kinds, reader.statement_cues
    kind = np.eye(len(KINDS))[kinds]
    vector = centred(reading.vector, weights.mention_mean)
    statements = centred(reader.statement_vectors, weights.statement_mean)
    parts = centred(reading.parts, weights.mention_mean) if len(reading.parts) else vector[None]
    own = float(reading.own_voice)
    acts = reading.cues[[reader.cues.names.index(a) for a in ACTS]]
    overlap = reading.overlap
    spread = (overlap - overlap.mean()) / (overlap.std() + 1e-6)
    shared = cues * reading.cues
    by_voice = np.eye(len(VOICES))[reading.voice]
    n = len(kinds)
    return np.concatenate(
        [
            5 * (statements @ vector)[:, None],
            5 * (parts @ statements.T).max(axis=0)[:, None],
            overlap[:, None],
            0.5 * spread[:, None],
            (kind[:, :, None] * by_voice).reshape(n, -1),
            np.log1p(shared).sum(axis=1, keepdims=True),
            (kind[:, :, None] * acts).reshape(n, -1),
            own * cues,
            (1 - own) * cues,
            shared,
        ],
        axis=1,
    )


def rank(reader: Reader, reading: Reading, weights: Weights) -> Array:
    """(S,) share of each statement, given that there is a conflict: sums to 1 over those in force, 0 elsewhere."""
    if not reading.active.any():
        return np.zeros(len(reader.statements))
    vector = centred(reading.vector, weights.mention_mean)
    statements = centred(reader.statement_vectors, weights.statement_mean)
    near = statements @ vector + (statements @ weights.right) @ (weights.left.T @ vector)
    logits = SCALE * near + rank_features(reader, reading, weights) @ weights.rank
    logits = np.where(reading.active, logits, -np.inf)
    e = np.exp(logits - logits.max())
    return np.asarray(e / e.sum(), dtype=np.float64)


def relation_features(reader: Reader, reading: Reading, logit: float, shares: Array, near: Array) -> Array:
    """(S, d) features of how the mention stands to each statement.

    ``logit`` is that of a conflict, ``shares`` (S,) are from ``rank``, ``near`` (S,) centred cosines.
    """
    own = float(reading.own_voice)
    manners = reading.cues[[reader.cues.names.index(name) for name in _MANNERS]]
    alike = [logit, own, own * logit, reading.worst, reading.best, own * reading.best, own * reading.worst]
    kind = np.eye(len(KINDS))[reader.kinds]
    share = np.log(shares + 1e-6)
    behind = share - share.max()
    per = [
        share,
        behind,
        near,
        near - near.max(),
        (near - near.mean()) / (near.std() + 1e-6),
        reading.overlap,
    ]
    return np.concatenate(
        [
            np.tile([*alike, *manners, *(own * manners)], (len(kind), 1)),
            np.stack([*per, behind * logit, near * logit], axis=1),
            kind,
            *(kind * factor for factor in (logit, own, reading.best, reading.worst)),
        ],
        axis=1,
    )


def relations(
    reader: Reader, reading: Reading, logit: float, shares: Array, weights: Weights
) -> tuple[Array, Array]:
    """(S,) P(contradicts) and (S,) P(in_line) of each statement; the rest up to 1 is neutral."""
    if not reading.active.any():
        return np.zeros(len(shares)), np.zeros(len(shares))
    vector = centred(reading.vector, weights.mention_mean)
    near = centred(reader.statement_vectors, weights.statement_mean) @ vector
    x = relation_features(reader, reading, logit, shares, near)
    against = _sigmoids(x @ weights.contradicts.weights + weights.contradicts.bias)
    in_line = _sigmoids(x @ weights.in_line.weights + weights.in_line.bias)
    return against, (1 - against) * in_line


def _sigmoids(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30.0, 30.0))))


def centred(vectors: Array, mean: Array) -> Array:
    """Unit vectors after the mean is taken away; a zero vector (no encoder) stays zero."""
    moved = np.where(np.abs(vectors).sum(axis=-1, keepdims=True) > 0, vectors - mean, 0.0)
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=-1, keepdims=True), 1e-9))


def sigmoid(x: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(x, -30.0, 30.0))))


@lru_cache(maxsize=4)
def load(path: Path = WEIGHTS) -> Mapping[str, Weights]:
    """Two sets: ``encoder``, and ``words`` for running without one. Raises ModelError."""
    try:
        raw = path.read_bytes()
        data = json.loads(raw)
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']}, this version reads {FORMAT}")
        revision = hashlib.sha256(raw).hexdigest()[:12]
        return {name: _weights(data["sets"][name], revision) for name in ("encoder", "words")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: cannot be read ({error}). Remedy: install the package again") from error


def dump(sets: Mapping[str, Weights], path: Path, note: str) -> None:
    """Writes what ``load`` reads; arrays as base64 of little-endian half floats."""
    data = {"format": FORMAT, "made_by": note, "sets": {n: _packed(w) for n, w in sets.items()}}
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


_ARRAYS = ("mention_mean", "statement_mean", "left", "right", "rank")
_LINEAR = ("conflict", "major", "mixing", "contradicts", "in_line")
_NUMBERS = ("conflict_from", "major_from", "mixing_from", "also_from")


def _packed(weights: Weights) -> dict[str, Any]:
    out: dict[str, Any] = {name: _encode(getattr(weights, name)) for name in _ARRAYS}
    for name in _LINEAR:
        linear: Linear = getattr(weights, name)
        out[name] = _encode(linear.weights) | {"bias": linear.bias}
    return out | {name: getattr(weights, name) for name in _NUMBERS}


def _weights(data: dict[str, Any], revision: str) -> Weights:
    arrays: dict[str, Any] = {name: _decode(data[name]) for name in _ARRAYS}
    linear: dict[str, Any] = {
        name: Linear(_decode(data[name]), float(data[name]["bias"])) for name in _LINEAR
    }
    if arrays["left"].shape[0] != DIMENSION:
        raise ValueError(f"made for vectors of {arrays['left'].shape[0]} numbers, not {DIMENSION}")
    everything: dict[str, Any] = arrays | linear | {n: float(data[n]) for n in _NUMBERS}
    return Weights(**everything, revision=revision)


def _encode(array: Array) -> dict[str, Any]:
    # Half floats hold 11 bits; dividing by the largest number first keeps small weights out of the subnormal range.
    top = float(np.abs(array).max()) if array.size else 0.0
    half = (array / (top or 1.0)).astype("<f2")
    return {"shape": array.shape, "top": top, "data": base64.b64encode(half.tobytes()).decode("ascii")}


def _decode(data: dict[str, Any]) -> Array:
    flat = np.frombuffer(base64.b64decode(data["data"]), dtype="<f2").astype(np.float64)
    return flat.reshape(data["shape"]) * float(data["top"])
