"""Fitting the conflict model: logistic regression and a ranking softmax, in numpy, deterministic.

Embeddings are reduced to their main directions for fitting and the weights folded back, so that what is shipped is
one plain vector a question. A brand is held out whole: nothing of it is seen, not even its statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from monitor.identity.features import DIMENSION, Array, Reader, Reading
from monitor.identity.model import (
    SCALE,
    Linear,
    Weights,
    centred,
    design,
    rank_features,
    relation_features,
)
from monitor.types import Encoder
from training.flagdata import Brand, Example

BLOCKS = (128, 64, 64, 32, 64)  # directions kept of the five vector blocks of ``design``
L2 = {"conflict": 350.0, "major": 600.0, "mixing": 150.0}
RANK = 48
STEPS, RATE, L2_BILINEAR, L2_RANK = 60, 0.01, 0.01, 0.003
# Texts that do not break a statement also teach one a text is about, where the data say so.
TOPIC_WEIGHT = 0.65
REPORTED = ("identity", "posts")
GROUPS = 4  # in which the other brands are held out, for what is fitted on held-out answers
L2_RELATION = 20.0
EMPTY = np.zeros(0)


@dataclass
class Read:
    """A brand with everything computed once: the features of each example."""

    brand: Brand
    reader: Reader
    readings: list[Reading]
    designs: Array
    vectors: Array = field(default_factory=EMPTY.copy)  # centred, of the mentions
    statements: Array = field(default_factory=EMPTY.copy)
    rank_features: Array = field(default_factory=EMPTY.copy)


def read(brands: Sequence[Brand], encoder: Encoder | None) -> list[Read]:
    """Everything is centred on the means of pairs/, whose brands are never held out: no fold sees its own test set."""
    out = []
    for brand in brands:
        reader = Reader(brand.identity, encoder)
        readings = reader.read([e.request for e in brand.examples])
        out.append(Read(brand, reader, readings, np.stack([design(r) for r in readings])))
    means = _means(out)
    for b in out:
        b.vectors = centred(np.stack([r.vector for r in b.readings]), means.mention_mean)
        b.statements = centred(b.reader.statement_vectors, means.statement_mean)
        b.rank_features = np.stack([rank_features(b.reader, r, means) for r in b.readings])
    return out


def _means(brands: Sequence[Read]) -> Weights:
    fixed = [b for b in brands if b.brand.part == "pairs"]
    none = Linear(np.zeros(0), 0.0)
    return Weights(
        mention_mean=np.mean([r.vector for b in fixed for r in b.readings], axis=0),
        statement_mean=np.concatenate([b.reader.statement_vectors for b in fixed]).mean(axis=0),
        left=np.zeros((DIMENSION, RANK)),
        right=np.zeros((DIMENSION, RANK)),
        rank=np.zeros(0),
        conflict=none,
        major=none,
        mixing=none,
        contradicts=none,
        in_line=none,
        conflict_from=0.5,
        major_from=0.5,
        mixing_from=0.5,
        also_from=0.5,
    )


def fit(brands: Sequence[Read]) -> Weights:
    """Weights without calibration and thresholds (all 0.5). pairs/ is used for the ranking only."""
    rows = [
        (d, e, r)
        for b in brands
        if b.brand.part != "pairs"
        for d, e, r in zip(b.designs, b.brand.examples, b.readings, strict=True)
        if e.relevant
    ]
    x = np.stack([d for d, _, _ in rows])
    conflict = np.array([e.level != "none" for _, e, _ in rows])
    major = np.array([e.level == "major" for _, e, _ in rows])
    own = np.array([r.own_voice for _, _, r in rows])
    mixing = np.array([bool(e.role_mixing) for _, e, _ in rows])
    weights = replace(
        _means(brands),
        conflict=_linear(x, conflict, L2["conflict"]),
        major=_linear(x[conflict], major[conflict], L2["major"]),
        mixing=_linear(x[own], mixing[own], L2["mixing"]),
    )
    return _fit_rank(brands, weights)


def _linear(x: Array, y: Array, l2: float) -> Linear:
    """L2-regularised logistic regression on main directions and standardised features, folded back to raw ones."""
    maps: list[tuple[int, Array, Array]] = []  # start, mean, projection
    columns = []
    at = 0
    for size in BLOCKS:
        block = x[:, at : at + DIMENSION]
        mean = block.mean(axis=0)
        values, vectors = np.linalg.eigh(np.cov((block - mean).T))
        keep = np.argsort(-values)[:size]
        scale = np.sqrt(np.maximum(values[keep], 1e-12))
        use = (values[keep] > 1e-9).astype(float)
        projection = vectors[:, keep] / scale * use
        maps.append((at, mean, projection))
        columns.append((block - mean) @ projection)
        at += DIMENSION
    rest = x[:, at:]
    mean, spread = rest.mean(axis=0), rest.std(axis=0) + 1e-6
    use = (rest.std(axis=0) > 1e-9).astype(float)
    columns.append((rest - mean) / spread * use)
    beta = newton(np.concatenate(columns, axis=1), y.astype(float), l2)
    weights, bias = np.zeros(x.shape[1]), float(beta[-1])
    k = 0
    for start, block_mean, projection in maps:
        w = projection @ beta[k : k + projection.shape[1]]
        weights[start : start + DIMENSION] = w
        bias -= float(block_mean @ w)
        k += projection.shape[1]
    w = beta[k:-1] * use / spread
    weights[at:] = w
    return Linear(weights, bias - float(mean @ w))


def newton(x: Array, y: Array, l2: float) -> Array:
    x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    penalty = np.full(x.shape[1], l2)
    penalty[-1] = 1e-6
    beta = np.zeros(x.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (p - y) + penalty * beta
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty), gradient)
        beta -= step
        if np.abs(step).max() < 1e-7:
            break
    return beta


def _wanted(example: Example, ids: list[str]) -> Array | None:
    """The share each statement should get: the main one twice that of each further one."""
    share = np.zeros(len(ids))
    if example.level != "none":
        for k, statement in enumerate(example.statements):
            if statement in ids:
                share[ids.index(statement)] = 1.0 if k == 0 else 0.5
    elif example.touches in ids:
        share[ids.index(example.touches)] = 1.0
    return share / share.sum() if share.sum() else None


def _fit_rank(brands: Sequence[Read], weights: Weights) -> Weights:
    """Full-batch Adam on the softmax; the bilinear matrix is cut to its main directions afterwards."""
    packs = []
    count = 0
    for b in brands:
        ids = [s.id for s in b.reader.statements]
        wanted = [_wanted(e, ids) if e.relevant else None for e in b.brand.examples]
        chosen = [i for i, t in enumerate(wanted) if t is not None]
        breaks = np.array([b.brand.examples[i].level != "none" for i in chosen], dtype=float)
        packs.append(
            (
                b.vectors[chosen],
                b.statements,
                b.rank_features[chosen],
                np.stack([t for t in wanted if t is not None]),
                breaks,
                np.where(breaks > 0, 1.0, TOPIC_WEIGHT),
            )
        )
        count += len(chosen)
    bilinear, beta = np.zeros((DIMENSION, DIMENSION)), np.zeros(packs[0][2].shape[2])
    moments = [np.zeros_like(bilinear), np.zeros_like(bilinear), np.zeros_like(beta), np.zeros_like(beta)]
    for step in range(1, STEPS + 1):
        g_bilinear, g_beta = L2_BILINEAR * bilinear, L2_RANK * beta
        for v, s, f, wanted, breaks, w in packs:
            logits = SCALE * (v @ s.T + v @ bilinear @ s.T) + (f @ beta) * breaks[:, None]
            e = np.exp(logits - logits.max(axis=1, keepdims=True))
            error = (e / e.sum(axis=1, keepdims=True) - wanted) * w[:, None]
            g_bilinear += SCALE * v.T @ error @ s / count
            g_beta += (error * breaks[:, None]).reshape(-1) @ f.reshape(-1, f.shape[2]) / count
        bilinear -= _adam(g_bilinear, moments, 0, step, RATE)
        beta -= _adam(g_beta, moments, 2, step, 5 * RATE)
    u, size, vt = np.linalg.svd(bilinear)
    root = np.sqrt(size[:RANK])
    return replace(weights, left=u[:, :RANK] * root, right=vt[:RANK].T * root, rank=beta)


def _adam(gradient: Array, moments: list[Array], at: int, step: int, rate: float) -> Array:
    moments[at] = 0.9 * moments[at] + 0.1 * gradient
    moments[at + 1] = 0.99 * moments[at + 1] + 0.01 * gradient**2
    mean, square = moments[at] / (1 - 0.9**step), moments[at + 1] / (1 - 0.99**step)
    return np.asarray(rate * mean / (np.sqrt(square) + 1e-4))


@dataclass
class Scores:
    """Raw answers (logits) for the relevant examples of one held-out brand, and the statements' shares."""

    read: Read
    index: list[int]  # of the relevant examples
    conflict: Array
    major: Array
    mixing: Array
    shares: Array


def score(b: Read, weights: Weights) -> Scores:
    index = [i for i, e in enumerate(b.brand.examples) if e.relevant]
    x = b.designs[index]
    return Scores(
        b,
        index,
        x @ weights.conflict.weights + weights.conflict.bias,
        x @ weights.major.weights + weights.major.bias,
        x @ weights.mixing.weights + weights.mixing.bias,
        _shares(b, index, weights),
    )


def _shares(b: Read, index: list[int], weights: Weights) -> Array:
    """``model.rank`` for many mentions at once."""
    v, s = b.vectors[index], b.statements
    logits = (
        SCALE * (v @ s.T + (v @ weights.left) @ (s @ weights.right).T) + b.rank_features[index] @ weights.rank
    )
    logits = np.where(np.stack([b.readings[i].active for i in index]), logits, -np.inf)
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def logistic(x: Array, y: Array, l2: float) -> Linear:
    """L2-regularised on standardised features, folded back to raw ones."""
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
    beta = newton((x - mean) / spread, y.astype(float), l2)
    weights = beta[:-1] / spread
    return Linear(weights, float(beta[-1] - mean @ weights))


def relation_rows(s: Scores, slope: float, bias: float) -> tuple[Array, Array, Array]:
    """(n, S, d) features of each relevant example and statement, from held-out answers (``slope`` and ``bias``
    calibrate the conflict), and two (n, S) of 1, 0 and nan (not known): does it contradict, is it in line.

    A statement that an example is not said to break is not broken, but in pairs/, where only what is said is known.
    What is in line is known of pairs/ as far as said, and of training/data/brands wholly; of the others not at all.
    """
    b, ids = s.read, [t.id for t in s.read.reader.statements]
    near = b.vectors[s.index] @ b.statements.T
    shape = (len(s.index), len(ids))
    closed = b.brand.part != "pairs"
    contradicts = np.full(shape, 0.0 if closed else np.nan)
    in_line = np.full(shape, 0.0 if b.brand.part == "brands" else np.nan)
    features = []
    for row, i in enumerate(s.index):
        example = b.brand.examples[i]
        logit = slope * float(s.conflict[row]) + bias
        features.append(relation_features(b.reader, b.readings[i], logit, s.shares[row], near[row]))
        said = dict(b.brand.relations.get(example.request.mention.id, {}))
        if example.level != "none":
            said |= dict.fromkeys(example.statements, "contradicts")
        for statement, relation in said.items():
            if statement in ids:
                contradicts[row, ids.index(statement)] = float(relation == "contradicts")
                if b.brand.part not in REPORTED:
                    in_line[row, ids.index(statement)] = float(relation == "in_line")
    return np.stack(features), contradicts, in_line


def fit_relations(rows: Sequence[tuple[Array, Array, Array]]) -> tuple[Linear, Linear]:
    """For P(contradicts) and for P(in_line) of what does not contradict."""
    x = np.concatenate([f.reshape(-1, f.shape[2]) for f, _, _ in rows])
    against = np.concatenate([c.ravel() for _, c, _ in rows])
    in_line = np.concatenate([i.ravel() for _, _, i in rows])
    known, free = ~np.isnan(against), ~np.isnan(in_line) & (against != 1)
    return (
        logistic(x[known], against[known], L2_RELATION),
        logistic(x[free], in_line[free], L2_RELATION),
    )


def held_out_rest(brands: Sequence[Read]) -> list[Scores]:
    """The brands that are not reported, scored by weights fitted on those of other groups."""
    rest = [b for b in brands if b.brand.part not in REPORTED]
    out = []
    for group in range(GROUPS):
        left = [b for k, b in enumerate(rest) if k % GROUPS == group]
        weights = fit([b for b in brands if not any(b is x for x in left)])
        out += [score(b, weights) for b in left]
    return out


def held_out(brands: Sequence[Read]) -> list[tuple[Scores, Weights]]:
    """Each brand of identity/ and posts/ scored by weights fitted on all others of every part."""
    out = []
    for b in brands:
        if b.brand.part in REPORTED:
            weights = fit([o for o in brands if o is not b])
            out.append((score(b, weights), weights))
    return out
