"""macro-F1 of any checkpoint on the development data, and what a quantised file loses.

    python -m training.score DATA CHECKPOINT [--posts] [--files A.onnx B.onnx ...]

Single sentences (sentiment/dev.jsonl, never trained on) by source; with ``--posts`` the target labels of identity/,
posts/ and training/data/brands too, asked the scored question: honest only for a checkpoint that has not seen them
(stages ``sentences`` and ``written``). At 32 bits, before calibration, with majority and word list beside it and a
95 % interval by bootstrap over brands (over items for sentences). ``--files``: each file against the checkpoint on
600 sentences and 400 posts, each text alone on one thread: size, milliseconds a text, labels that differ, macro-F1.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from monitor import classifiers, sentiment
from monitor.classifiers.runtime import Session
from monitor.types import LABELS
from training import examples, network
from training.examples import Example
from training.train import encode_all, macro_f1

DRAWS = 1_000


def interval(y: np.ndarray, p: np.ndarray, groups: Sequence[str]) -> tuple[float, float]:
    """2.5 and 97.5 % of macro-F1 when whole groups are drawn with replacement."""
    rng = np.random.default_rng(1)
    names, at = np.unique(np.array(groups), return_inverse=True)
    members = [np.flatnonzero(at == i) for i in range(len(names))]
    drawn = []
    for _ in range(DRAWS):
        rows = np.concatenate([members[i] for i in rng.integers(len(names), size=len(names))])
        drawn.append(macro_f1(y[rows], p[rows]))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def table(title: str, rows: Sequence[Example], p: np.ndarray) -> None:
    y = np.array([e.label for e in rows])
    words = sentiment.judge([e.request for e in rows], classifiers.load("lexicon"))
    lexicon = np.array([LABELS.index(v.label) for v in words])
    majority = np.full(len(y), np.bincount(y, minlength=3).argmax())
    low, high = interval(y, p, [e.brand or str(i) for i, e in enumerate(rows)])
    each = " / ".join(
        f"{2 * ((p == c) & (y == c)).sum() / max(1, (p == c).sum() + (y == c).sum()):.3f}" for c in range(3)
    )
    print(
        f"{title:22} n {len(y):5}  macro-F1 {macro_f1(y, p):.3f} ({low:.3f} to {high:.3f})  "
        f"negative / neutral / positive {each}  majority {macro_f1(y, majority):.3f}  "
        f"word list {macro_f1(y, lexicon):.3f}",
        flush=True,
    )


def compare(files: Sequence[Path], model: network.Judge, tokenizer: Tokenizer, data: Path) -> None:
    rng = random.Random(1)
    parts = {
        "sentences": rng.sample(examples.sentences(data / "sentiment" / "dev.jsonl"), 600),
        "posts": rng.sample([e for e in examples.brands(data, ("identity",)) if e.scored], 400),
    }
    for title, rows in parts.items():
        encoded = encode_all(rows, tokenizer)
        y = np.array([e.label for e in rows])
        model.eval()
        with torch.no_grad():
            wanted = np.array([model(**network.tensors([e])).argmax(1).item() for e in encoded])
        print(f"{title}: 32 bits, macro-F1 {macro_f1(y, wanted):.3f}")
        for file in files:
            session = Session(file, 1)
            started = time.perf_counter()
            p = session.run(encoded, ("logits",))[0].argmax(1)
            each = 1_000 * (time.perf_counter() - started) / len(rows)
            print(
                f"{title}: {file.name}, {file.stat().st_size / 1e6:.1f} MB, {each:.1f} ms, "
                f"{(p != wanted).mean():.1%} of the labels differ, macro-F1 {macro_f1(y, p):.3f}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--posts", action="store_true")
    parser.add_argument("--files", type=Path, nargs="*", default=[])
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model = network.load(args.checkpoint)
    tokenizer = Tokenizer.from_file(str(args.checkpoint / "tokenizer.json"))
    rows = examples.sentences(args.data / "sentiment" / "dev.jsonl")
    if args.posts:
        every = examples.brands(args.data) + examples.brands(examples.OWN, ("brands",))
        rows += [e for e in every if e.scored]
    if args.files:
        compare(args.files, model, tokenizer, args.data)
        return
    p = network.logits(model, encode_all(rows, tokenizer)).argmax(1)
    for part in dict.fromkeys(e.part for e in rows):
        here = [i for i, e in enumerate(rows) if e.part == part]
        table(part, [rows[i] for i in here], p[here])
        for lang in ("nb", "nn", "en"):
            own = [i for i in here if rows[i].request.lang == lang]
            if rows[here[0]].brand and own:
                table(f"  {part}, {lang}", [rows[i] for i in own], p[own])


if __name__ == "__main__":
    main()
