"""Fits calibration.json on held-out judgements and prints what it is worth on brands it was not fitted on.

    python -m training.calibrate DATA HELD_OUT.jsonl OUT.json

HELD_OUT.jsonl is made by training/folds.py. A multinomial logistic regression over the log-probabilities and who
speaks, where, about what kind of target (monitor/classifiers/calibration.py), with an L2 penalty; and a temperature
on the same judgements, for texts from nobody knows where. Printed before and
after: the expected calibration error (15 bins of equal count) and macro-F1; after, each brand is judged with a
calibration fitted without it. Only answers to the scored question count.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from monitor.classifiers.calibration import Calibration, softmax
from monitor.evaluation import metrics
from monitor.types import LABELS, SOURCE_TYPES, JudgeRequest
from training import examples
from training.examples import Example
from training.train import macro_f1

VOICES = ("third_party", "brand", "employee", "leader")
VALUES = {
    "voice": VOICES,
    "source_type": tuple(s for s in SOURCE_TYPES if s != "other"),
    "kind": ("brand", "leader", "product", "competitor"),
}
PENALTY = 30.0  # of the weights of standardised features; 10 and 100 give the same within .003


def fit(logits: np.ndarray, labels: np.ndarray, requests: Sequence[JudgeRequest]) -> Calibration:
    p = torch.log(torch.softmax(torch.tensor(logits, dtype=torch.float64), 1) + 1e-9)
    said = [[float(getattr(r, g) == v) for g, vs in VALUES.items() for v in vs] for r in requests]
    x = torch.cat([p, torch.tensor(said, dtype=torch.float64)], 1)
    mean, spread = x.mean(0), x.std(0) + 1e-6
    z, y = (x - mean) / spread, torch.tensor(labels)
    weights = torch.zeros(x.shape[1], len(LABELS), dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(len(LABELS), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights, bias], max_iter=500, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        wrong = torch.nn.functional.cross_entropy(z @ weights + bias, y, reduction="sum")
        value = wrong + 0.5 * PENALTY * (weights**2).sum()
        value.backward()
        return value

    optimiser.step(loss)
    w = (weights / spread[:, None]).detach()
    b = (bias - mean @ w).detach()
    offsets: dict[str, dict[str, list[float]]] = {}
    rows = iter(w[len(LABELS) :].numpy().round(4).tolist())
    for group, values in VALUES.items():
        offsets[group] = {value: next(rows) for value in values}
    return Calibration(
        w[: len(LABELS)].numpy().round(4).tolist(), b.numpy().round(4).tolist(), offsets, temperature(p, y)
    )


def temperature(log_p: torch.Tensor, labels: torch.Tensor) -> float:
    """By which the log-probabilities are divided for the least log loss."""
    tried = np.arange(0.5, 3.01, 0.02)
    losses = [torch.nn.functional.cross_entropy(log_p / t, labels).item() for t in tried]
    return round(float(tried[int(np.argmin(losses))]), 2)


def known(file: Path, every: Sequence[Example]) -> list[tuple[Example, dict[str, Any]]]:
    """Scored examples with their line of HELD_OUT.jsonl."""
    rows = {(r["part"], r["id"], r["target"], r["question"]): r for r in examples.lines(file) if r["scored"]}
    return [(e, rows[e.part, e.id, e.request.target, e.question]) for e in every if e.scored]


def without_own_brand(pairs: Sequence[tuple[Example, dict[str, Any]]], z: np.ndarray) -> np.ndarray:
    """(n, 3) probabilities for the logits ``z`` of ``pairs``, each brand calibrated without it."""
    y = np.array([e.label for e, _ in pairs])
    brand = np.array([e.brand for e, _ in pairs])
    usual = np.array([not e.question for e, _ in pairs])
    out = np.zeros_like(z)
    for name in sorted(set(brand)):
        left, fits = brand == name, (brand != name) & usual
        fitted = fit(z[fits], y[fits], [e.request for (e, _), f in zip(pairs, fits, strict=True) if f])
        out[left] = fitted.probabilities(
            z[left], [e.request for (e, _), h in zip(pairs, left, strict=True) if h]
        )
    return out


def calibration_error(p: np.ndarray, y: np.ndarray) -> float:
    bins = metrics.reliability(p.max(1).astype(np.float64), p.argmax(1) == y)
    return metrics.expected_calibration_error(bins) or 0.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("held_out", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    pairs = [(e, r) for e, r in known(args.held_out, examples.brands(args.data)) if not e.question]
    z = np.array([r["logits"] for _, r in pairs], np.float32)
    y = np.array([e.label for e, _ in pairs])
    own = np.array([e.request.voice != "third_party" for e, _ in pairs])
    before, after = softmax(z), without_own_brand(pairs, z)
    print(f"n {len(y)}; expected calibration error (15 bins of equal count), macro-F1 in brackets")
    for title, here in (("all", own | ~own), ("own voices", own), ("third party", ~own)):
        for state, p in (("as trained", before[here]), ("calibrated", after[here])):
            score = macro_f1(y[here], p.argmax(1))
            print(f"{title}, {state}: {calibration_error(p, y[here]):.3f} ({score:.3f})")
    margin = np.sort(after, 1)[:, 2] - np.sort(after, 1)[:, 1]
    right = after.argmax(1) == y
    for limit in (0.05, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3):
        low = margin < limit
        sure = f"right on {right[low].mean():.1%} of them, {right[~low].mean():.1%} of the rest"
        print(f"unsure below {limit:.2f}: {low.mean():.1%} of the verdicts, {sure}")
    final = fit(z, y, [e.request for e, _ in pairs])
    offsets = {g: {k: v.tolist() for k, v in values.items()} for g, values in final.offsets.items()}
    given = {"matrix": final.matrix.tolist(), "bias": final.bias.tolist(), "offsets": offsets}
    given |= {"temperature": final.temperature}
    print(f"temperature for texts from nobody knows where: {final.temperature}")
    args.out.write_text(json.dumps(given, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
