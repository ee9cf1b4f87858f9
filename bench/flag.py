"""How well `flag` finds conflicts with the identity, on brands its weights have not seen.

    python -m bench.flag DATA_DIR [--cache FILE.npz] [--curve]
    python -m bench.flag DATA_DIR --speed

DATA_DIR as for training/fit_identity_score.py. For each brand of identity/ and posts/ the weights are fitted on all
other brands; calibration and thresholds come from those brands' own held-out scores. Then the shipped code flags the
brand, with its own matcher. Over the mentions labelled relevant: n, base rate, average precision (AP), F1 of
conflict yes/no at the transferred threshold, macro-F1 over none/minor/major, the main statement named first and
among three (of the conflicts), F1 of role mixing, Brier score. Beside it, AP of always saying conflict, of negative
sentiment toward any target (by a network that has not seen the brand either: training/held_out.jsonl), of the
highest cosine to a statement, and of phrase lists; and F1 of always. For the pooled rows 95 % intervals, from 1,000
draws of mentions within their brands.

Then the relations, each (mention, statement) on its own: contradicts on identity/ and posts/, in line on
training/data/brands (every statement) and pairs/ (the statements it was written for), always by weights that have not
seen the brand; beside it the cosine. Then what is left alone as purely private. ``--curve``: AP and the main statement
over the number of brands fitted on. ``--speed``, alone: mentions/s of the shipped flagger with the encoder at work, on
two threads, against every statement; the sentiment toward the targets is judged before and not counted.
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
from monitor.identity.model import Array, Linear, Weights
from monitor.identity.private import PrivatePosts
from monitor.types import Flag
from training.flagdata import Brand, Example, Remembered, load
from training.flagfit import (
    REPORTED,
    Read,
    Scores,
    fit,
    fit_relations,
    held_out,
    held_out_rest,
    read,
    relation_rows,
    score,
)
from training.flagthresholds import calibrated, platt, related

LEVELS = ("none", "minor", "major")


@dataclass
class Rows:
    """What is measured together: gold and said, one entry a relevant mention."""

    gold: list[Example] = field(default_factory=list)
    said: list[Flag] = field(default_factory=list)
    baselines: dict[str, list[float]] = field(default_factory=dict)
    brands: list[str] = field(default_factory=list)

    def add(self, brand: str, example: Example, flag: Flag, baselines: dict[str, float]) -> None:
        self.brands.append(brand)
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


def intervals(name: str, rows: Rows, draws: int = 1_000) -> str:
    """95 % of the draws of AP, F1 and how often the main statement is first and among three."""
    y = np.array([e.level != "none" for e in rows.gold])
    said = np.array([f.level != "none" for f in rows.said])
    scores = np.array([f.score for f in rows.said])
    place = np.array(
        [
            next((k for k, (c, _) in enumerate(f.candidates) if c == e.statements[0]), 9)
            if e.statements
            else -1
            for e, f in zip(rows.gold, rows.said, strict=True)
        ]
    )
    rng = np.random.default_rng(0)
    brands = [np.flatnonzero(np.array(rows.brands) == b) for b in dict.fromkeys(rows.brands)]
    drawn = []
    for _ in range(draws):
        at = np.concatenate([rng.choice(own, len(own)) for own in brands])
        named = place[at][place[at] >= 0]
        drawn.append(
            (
                average_precision(y[at], scores[at]),
                f1(y[at], said[at]),
                np.mean(named < 1),
                np.mean(named < 3),
            )
        )
    low, high = np.quantile(np.array(drawn), (0.025, 0.975), axis=0)
    names = ("AP", "F1", "top1", "top3")
    return f"{name:11} " + ", ".join(f"{n} {a:.3f}-{b:.3f}" for n, a, b in zip(names, low, high, strict=True))


def relation_lines(folds: Sequence[tuple[Scores, Weights]], rest: Sequence[Scores]) -> list[str]:
    """AP of each relation on brands that neither the answers it is fitted on nor the relation itself has seen."""
    every = [s for s, _ in folds]
    slope, bias = platt(every, "conflict")
    rows = {id(s): relation_rows(s, slope, bias) for s in (*every, *rest)}
    found: dict[str, list[tuple[Array, Array, Array]]] = {}
    for s in (*every, *rest):
        contradicts, in_line = fit_relations([r for k, r in rows.items() if k != id(s)])
        x, against, line_ = rows[id(s)]
        near = s.read.vectors[s.index] @ s.read.statements.T
        part = s.read.brand.part
        known = ~np.isnan(against)
        p = _probabilities(contradicts, x)
        found.setdefault(f"contradicts {part}", []).append((against[known], p[known], near[known]))
        known = ~np.isnan(line_)
        if known.any():
            q = (1 - p) * _probabilities(in_line, x)
            found.setdefault(f"in line     {part}", []).append((line_[known], q[known], near[known]))
    out = [f"{'relation':20} {'n':>6}  base |    AP  Brier | AP of cosine"]
    for name in sorted(found):
        y, p, near = (np.concatenate(v) for v in zip(*found[name], strict=True))
        brier = np.mean((p - y) ** 2)
        out.append(
            f"{name:20} {len(y):6} {y.mean():.3f} | {average_precision(y, p):.3f} {brier:6.4f} | "
            f"{average_precision(y, near):.3f}"
        )
    return out


def _probabilities(linear: Linear, x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-(x @ linear.weights + linear.bias))))


def curve(known: Sequence[Read], sizes: Sequence[int] = (2, 4, 8, 16, 32)) -> list[str]:
    """Fitted on so many other brands with labelled mentions, and pairs/: AP and main statement first, on identity/."""
    out = ["brands |    AP  top1   (identity/; AP is the mean over its brands)"]
    pairs = [b for b in known if b.brand.part == "pairs"]
    labelled = [b for b in known if b.brand.part != "pairs"]
    for size in (*sizes, len(labelled) - 1):
        rng = np.random.default_rng(size)
        aps, firsts = [], []
        for b in (b for b in labelled if b.brand.part == "identity"):
            others = [o for o in labelled if o is not b]
            s = score(b, fit([*pairs, *(others[i] for i in rng.permutation(len(others))[:size])]))
            examples = [b.brand.examples[i] for i in s.index]
            aps.append(average_precision(np.array([e.level != "none" for e in examples]), s.conflict))
            ids = [t.id for t in b.reader.statements]
            firsts += [
                ids[int(np.argmax(share))] == e.statements[0]
                for e, share in zip(examples, s.shares, strict=True)
                if e.statements
            ]
        out.append(f"{size:6} | {np.mean(aps):.3f}  {np.mean(firsts):.2f}")
    return out


def baselines(known: Read, i: int) -> dict[str, float]:
    reading = known.readings[i]
    cosines = known.reader.statement_vectors @ reading.vector
    verdicts = known.brand.examples[i].request.verdicts
    return {
        "negative": max((v.negative for v in verdicts), default=0.0),
        "cosine": float(cosines.max()),
        "phrases": float(reading.overlap.max()),
    }


def speed(brands: Sequence[Brand], least: int = 28, count: int = 400) -> str:
    """Texts are read anew for each brand; copies within a brand are read once, as in the store."""
    chosen = [b for b in brands if b.part in REPORTED and len(b.identity.statements) >= least]
    eyes = encoder.load(threads=2)
    done, statements, seconds = 0, 0, 0.0
    for b in chosen:
        flagger = Flagger(b.identity, eyes)
        requests = [e.request for e in b.examples if e.relevant]
        began = time.perf_counter()
        flagger.flag(requests)
        seconds += time.perf_counter() - began
        done, statements = done + len(requests), max(statements, len(b.identity.statements))
        if done >= count:
            break
    return f"{done / seconds:.0f} mentions/s, n {done}, every one of up to {statements} statements, 2 threads"


def flags_of(known: Read, weights: Weights, eyes: Remembered) -> Sequence[Flag]:
    flagger = Flagger(known.brand.identity, eyes, weights)
    return flagger.flag([e.request for e in known.brand.examples], "nb")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--curve", action="store_true")
    parser.add_argument("--speed", action="store_true")
    args = parser.parse_args()
    if args.speed:
        print(speed(load(args.data)))
        return
    eyes = Remembered(encoder.load(), args.cache)
    known = read(load(args.data), eyes)
    eyes.save()
    folds, rest = held_out(known), held_out_rest(known)
    head = f"{'':11} {'n':>5}  base |    AP    F1 macro | top1 top3 mixing  Brier | always: AP F1"
    print(f"{head} | AP of negative, cosine, phrases")
    pooled: dict[str, Rows] = {}
    beaten, irrelevant, seconds, count = [], [], 0.0, 0
    private: list[str] = []
    for k, (scores, weights) in enumerate(folds):
        brand = scores.read.brand
        others = [s for j, (s, _) in enumerate(folds) if j != k]
        final = related(calibrated(weights, others), others, rest)
        began = time.perf_counter()
        flags = flags_of(scores.read, final, eyes)
        seconds, count = seconds + time.perf_counter() - began, count + len(flags)
        alone = PrivatePosts(brand.identity).among([e.request for e in brand.examples], flags)
        private += [brand.examples[i].level for i in alone]
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
                rows.add(brand.name, example, flag, values)
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
    print("95 % intervals")
    for name in sorted(pooled):
        print(intervals(name, pooled[name]))
    print("\n".join(relation_lines(folds, rest)))
    print(
        f"left alone as private: {len(private)} posts, of which labelled in conflict: "
        f"{sum(level != 'none' for level in private)}"
    )
    print(f"better than every baseline in AP on {sum(beaten)} of {len(beaten)} brands of identity/")
    low = np.mean(np.array(irrelevant) <= 0.01)
    print(f"labelled irrelevant: n {len(irrelevant)}, score at most 0.01 for {low:.3f} (the matcher decides)")
    print(f"{count / seconds:.0f} mentions/s with vectors at hand")
    if args.curve:
        print("\n".join(curve(known)))


if __name__ == "__main__":
    main()
