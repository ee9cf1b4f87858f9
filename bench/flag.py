"""How well `flag` finds conflicts with the identity, on brands its weights have not seen.

    python -m bench.flag DATA_DIR [--cache FILE.npz]

DATA_DIR as for training/fit_identity_score.py. For each brand of identity/ and posts/ the weights are fitted on all
other brands; calibration and thresholds come from those brands' own held-out scores. Then the shipped code flags the
brand, with its own matcher. Over the mentions labelled relevant: n, base rate, average precision (AP), F1 of
conflict yes/no at the transferred threshold, macro-F1 over none/minor/major, the main statement named first and
among three (of the conflicts), F1 of role mixing, Brier score. Beside it, AP of always saying conflict, of negative
sentiment toward any target (by a network that has not seen the brand either: training/held_out.jsonl), of the
highest cosine to a statement, and of phrase lists; and F1 of always.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from monitor.classifiers import encoder
from monitor.identity import Flagger
from monitor.identity.model import Array, Weights
from monitor.types import Flag
from training.flagdata import Example, Remembered, load
from training.flagfit import Read, held_out, read
from training.flagthresholds import calibrated

LEVELS = ("none", "minor", "major")


@dataclass
class Rows:
    """What is measured together: gold and said, one entry a relevant mention."""

    gold: list[Example] = field(default_factory=list)
    said: list[Flag] = field(default_factory=list)
    baselines: dict[str, list[float]] = field(default_factory=dict)

    def add(self, example: Example, flag: Flag, baselines: dict[str, float]) -> None:
        self.gold.append(example)
        self.said.append(flag)
        for name, value in baselines.items():
            self.baselines.setdefault(name, []).append(value)


def average_precision(y: Array, scores: Array) -> float:
    """Ties count as their mean precision: equal scores get no credit for the order of the file."""
    order = np.argsort(-scores, kind="stable")
    y, scores = y[order], scores[order]
    total = hits = 0.0
    seen = 0
    while seen < len(y):
        same = int(np.searchsorted(-scores, -scores[seen], side="right"))
        found = float(y[seen:same].sum())
        total += found * (hits + found) / same
        hits, seen = hits + found, same
    return total / max(1.0, hits)


def f1(gold: Array, said: Array) -> float:
    return float(2 * (gold & said).sum() / max(1, gold.sum() + said.sum()))


def line(name: str, rows: Rows) -> str:
    gold = np.array([e.level for e in rows.gold])
    said = np.array([f.level for f in rows.said])
    scores = np.array([f.score for f in rows.said])
    y = gold != "none"
    macro = np.mean([f1(gold == level, said == level) for level in LEVELS])
    named = [
        ([c for c, _ in f.candidates], e.statements[0])
        for e, f in zip(rows.gold, rows.said, strict=True)
        if e.statements
    ]
    first = np.mean([c[:1] == [main] for c, main in named])
    three = np.mean([main in c[:3] for c, main in named])
    mixing = f1(
        np.array([bool(e.role_mixing) for e in rows.gold]), np.array([f.role_mixing for f in rows.said])
    )
    parts = [
        f"{name:11} {len(y):5} {y.mean():5.2f}",
        f"{average_precision(y, scores):.3f} {f1(y, said != 'none'):.3f} {macro:.3f}",
        f"{first:.2f} {three:.2f} {mixing:6.2f} {np.mean((scores - y) ** 2):6.3f}",
        f"{y.mean():.2f} {f1(y, y | True):.2f}",
        " ".join(f"{average_precision(y, np.array(v)):5.3f}" for v in rows.baselines.values()),
    ]
    return " | ".join(parts)


def baselines(known: Read, i: int) -> dict[str, float]:
    reading = known.readings[i]
    cosines = known.reader.statement_vectors @ reading.vector
    verdicts = known.brand.examples[i].request.verdicts
    return {
        "negative": max((v.negative for v in verdicts), default=0.0),
        "cosine": float(cosines.max()),
        "phrases": float(reading.overlap.max()),
    }


def flags_of(known: Read, weights: Weights, eyes: Remembered) -> Sequence[Flag]:
    flagger = Flagger(known.brand.identity, eyes, weights)
    return flagger.flag([e.request for e in known.brand.examples], "nb")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path)
    args = parser.parse_args()
    eyes = Remembered(encoder.load(), args.cache)
    known = read(load(args.data), eyes)
    eyes.save()
    folds = held_out(known)
    head = f"{'':11} {'n':>5}  base |    AP    F1 macro | top1 top3 mixing  Brier | always: AP F1"
    print(f"{head} | AP of negative, cosine, phrases")
    pooled: dict[str, Rows] = {}
    beaten, irrelevant, seconds, count = [], [], 0.0, 0
    for k, (scores, weights) in enumerate(folds):
        brand = scores.read.brand
        final = calibrated(weights, [s for j, (s, _) in enumerate(folds) if j != k])
        began = time.perf_counter()
        flags = flags_of(scores.read, final, eyes)
        seconds, count = seconds + time.perf_counter() - began, count + len(flags)
        own = Rows()
        for i, (example, flag) in enumerate(zip(brand.examples, flags, strict=True)):
            if not example.relevant:
                irrelevant.append(flag.score)
                continue
            values = baselines(scores.read, i)
            for rows in (
                own,
                *(pooled.setdefault(g, Rows()) for g in (brand.part, f"{brand.part} {example.lang}")),
            ):
                rows.add(example, flag, values)
        if k == 0 or folds[k - 1][0].read.brand.part != brand.part:
            print(brand.part)
        print(line(brand.name, own))
        if brand.part == "identity":
            y = np.array([e.level != "none" for e in own.gold])
            mine = average_precision(y, np.array([f.score for f in own.said]))
            others = [average_precision(y, np.array(v)) for v in own.baselines.values()]
            beaten.append(mine > max([float(y.mean()), *others]))
    print("pooled")
    for name in sorted(pooled):
        print(line(name, pooled[name]))
    print(f"better than every baseline in AP on {sum(beaten)} of {len(beaten)} brands of identity/")
    low = np.mean(np.array(irrelevant) <= 0.01)
    print(f"labelled irrelevant: n {len(irrelevant)}, score at most 0.01 for {low:.3f} (the matcher decides)")
    print(f"{count / seconds:.0f} mentions/s with vectors at hand")


if __name__ == "__main__":
    main()
