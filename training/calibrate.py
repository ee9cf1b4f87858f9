"""Fits calibration.json on held-out judgements and prints what it is worth on brands it was not fitted on.

    python training/calibrate.py HELD_OUT.jsonl OUT.json

HELD_OUT.jsonl is made by training/folds.py. One scale (temperature) and three offsets each for our own voices and
for third parties, by maximum likelihood. The expected calibration error (15 bins of equal count) is printed before
and after; after, each brand is judged with a calibration fitted without it. Only answers to the scored question
count.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from monitor.classifiers.onnx import Calibration
from monitor.evaluation import metrics
from monitor.types import LABELS
from training.examples import lines
from training.train import macro_f1

GROUPS = ("own", "third_party")


def fit(logits: np.ndarray, labels: np.ndarray) -> tuple[float, list[float]]:
    z, y = torch.tensor(logits, dtype=torch.float64), torch.tensor(labels)
    scale = torch.zeros(1, dtype=torch.float64, requires_grad=True)  # its logarithm
    offset = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([scale, offset], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = torch.nn.functional.cross_entropy(z * scale.exp() + offset, y) + 1e-3 * (offset**2).sum()
        value.backward()
        return value

    optimiser.step(loss)
    return float(scale.exp()), [round(float(v), 4) for v in offset - offset.mean()]


def fit_groups(z: np.ndarray, y: np.ndarray, own: np.ndarray) -> Calibration:
    each = {g: fit(z[own == (g == "own")], y[own == (g == "own")]) for g in GROUPS}
    return Calibration({g: round(s, 4) for g, (s, _) in each.items()}, {g: o for g, (_, o) in each.items()})


def calibration_error(p: np.ndarray, y: np.ndarray) -> float:
    bins = metrics.reliability(p.max(1).astype(np.float64), p.argmax(1) == y)
    return metrics.expected_calibration_error(bins) or 0.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("held_out", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    rows = [r for r in lines(args.held_out) if r["scored"] and not r["question"]]
    z = np.array([r["logits"] for r in rows], np.float32)
    y = np.array([LABELS.index(r["label"]) for r in rows])
    voices = [r["voice"] for r in rows]
    own = np.array([v != "third_party" for v in voices])
    brand = np.array([r["brand"] for r in rows])
    after = np.zeros_like(z)
    for name in sorted(set(brand)):
        left = brand == name
        fitted = fit_groups(z[~left], y[~left], own[~left])
        after[left] = fitted.probabilities(z[left], [v for v, out in zip(voices, left, strict=True) if out])
    one = Calibration(dict.fromkeys(GROUPS, 1.0), dict.fromkeys(GROUPS, (0.0, 0.0, 0.0)))
    before = one.probabilities(z, voices)
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
    final = fit_groups(z, y, own)
    given = {g: {"scale": final.scale[g], "offset": list(final.offset[g])} for g in GROUPS}
    args.out.write_text(json.dumps(given, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
