"""Calibration and thresholds of the conflict model, chosen on brands held out of their own fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from monitor.identity.model import Array, Linear, Weights
from training.flagfit import Scores, fit_relations, newton, relation_rows


def calibrated(weights: Weights, others: Sequence[Scores]) -> Weights:
    """Platt scaling folded into the weights, and thresholds; from scores of brands held out of their own fit."""
    kept = {}
    for question in ("conflict", "major", "mixing"):
        raw, y = _pooled(others, question)
        beta = platt(others, question)
        linear: Linear = getattr(weights, question)
        kept[question] = Linear(linear.weights * beta[0], float(linear.bias * beta[0] + beta[1]))
        p = 1 / (1 + np.exp(-(raw * beta[0] + beta[1])))
        kept[f"{question}_from"] = best_threshold(p, y, both=question == "major")
    return replace(weights, **kept, also_from=_also_from(others))


def platt(scores: Sequence[Scores], question: str) -> tuple[float, float]:
    """Slope and offset that make held-out log-odds calibrated."""
    raw, y = _pooled(scores, question)
    slope, bias = newton(raw[:, None], y, 1e-3)
    return float(slope), float(bias)


def related(weights: Weights, others: Sequence[Scores], rest: Sequence[Scores]) -> Weights:
    """``weights`` with the relations fitted on held-out answers; ``others`` calibrate the conflict."""
    slope, bias = platt(others, "conflict")
    contradicts, in_line = fit_relations([relation_rows(s, slope, bias) for s in (*others, *rest)])
    return replace(weights, contradicts=contradicts, in_line=in_line)


def _pooled(scores: Sequence[Scores], question: str) -> tuple[Array, Array]:
    raw, y = [], []
    for s in scores:
        for k, i in enumerate(s.index):
            example = s.read.brand.examples[i]
            if (question == "major" and example.level == "none") or (
                question == "mixing" and not s.read.readings[i].own_voice
            ):
                continue
            raw.append(float(getattr(s, question)[k]))
            gold = {"conflict": example.level != "none", "major": example.level == "major"}
            y.append(float(gold.get(question, bool(example.role_mixing))))
    return np.array(raw), np.array(y)


def best_threshold(p: Array, y: Array, both: bool = False) -> float:
    """Between two scores, where F1 of the positive class (``both``: the mean over both classes) is best."""
    order = np.argsort(-p, kind="stable")
    said, hits = np.arange(1, len(p) + 1), np.cumsum(y[order])
    f1 = 2 * hits / (said + y.sum())
    if both:
        negatives = len(p) - y.sum()
        f1 = f1 + 2 * (negatives - (said - hits)) / np.maximum(1, len(p) - said + negatives)
    k = int(np.argmax(f1))
    below = float(p[order[k + 1]]) if k + 1 < len(p) else 0.0
    return (float(p[order[k]]) + below) / 2


def _also_from(scores: Sequence[Scores]) -> float:
    """From which share of the main one a further statement is named: best F1 over the sets of statements."""
    best = (0.0, 1.0)
    for candidate in np.arange(0.3, 1.01, 0.05):
        hits = said = gold = 0
        for s in scores:
            ids = [t.id for t in s.read.reader.statements]
            for k, i in enumerate(s.index):
                wanted = set(s.read.brand.examples[i].statements) & set(ids)
                if not wanted:
                    continue
                order = np.argsort(-s.shares[k], kind="stable")[:3]
                named = {ids[j] for j in order if s.shares[k][j] >= candidate * s.shares[k][order[0]]}
                hits, said, gold = hits + len(named & wanted), said + len(named), gold + len(wanted)
        best = max(best, (2 * hits / max(1, said + gold), float(candidate)))
    return best[1]
