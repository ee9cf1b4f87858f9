"""How fast the bundled classifier judges, beside transformers.pipeline in torch with the same weights.

    python -m bench.judge [FILE.jsonl] [--sentences 400] [--threads 2] [--rounds 3]

FILE: rows with text and target, and maybe label; without one, a fixed mix of made-up sentences of 5 to 40 words. Both
sides judge the same (text, target) pairs, read alike, in one run, in turns, and the best round of each counts, so
that a busy machine is unfair to neither. With labels, macro-F1 of both is printed. Where torch or onnx is missing,
that side is skipped and the reason is printed.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from monitor.classifiers import onnx, runtime
from monitor.types import LABELS, JudgeRequest

_WORDS = [
    "ferga",
    "selskapet",
    "kunder",
    "bedre",
    "dårlig",
    "avgang",
    "mannskap",
    "takk",
    "varsel",
    "tilsyn",
    "bot",
    "rask",
    "hyggelig",
    "the",
    "service",
    "was",
    "late",
    "company",
    "customers",
    "terrible",
    "thanks",
    "and",
    "when",
    "but",
    "og",
    "men",
    "ikke",
    "som",
    "har",
    "ble",
    "med",
    "for",
    "til",
]


def made_up(n: int) -> list[tuple[str, str]]:
    rng = random.Random(0)
    return [(f"Lomvi {' '.join(rng.choices(_WORDS, k=rng.randint(5, 40)))} {i}.", "Lomvi") for i in range(n)]


def best(run: Callable[[], Any], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)


def torch_pipeline(ours: onnx.OnnxClassifier, threads: int) -> Any:
    """transformers' text-classification pipeline, which pads and runs batches of 32; it reads what we read."""
    import torch
    import transformers
    from transformers import AutoTokenizer, TextClassificationPipeline

    from bench import torch_weights

    class Pipeline(TextClassificationPipeline):
        def preprocess(self, request: JudgeRequest, **_: Any) -> Any:
            return {k: torch.tensor([v]) for k, v in ours.encoded(request).items()}

    # That our network is none of its own it calls an error; only what is critical is shown.
    transformers.logging.set_verbosity(logging.CRITICAL)
    torch.set_num_threads(threads)
    folder = runtime.MODELS / "sentiment"
    tokenizer = AutoTokenizer.from_pretrained(str(folder))
    return Pipeline(model=torch_weights.load(folder), tokenizer=tokenizer, device=-1, batch_size=32, top_k=1)


def macro_f1(gold: list[str], found: list[str]) -> float:
    y, p = np.array(gold), np.array(found)
    return float(
        np.mean([2 * ((y == c) & (p == c)).sum() / max(1, (y == c).sum() + (p == c).sum()) for c in LABELS])
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--sentences", type=int, default=400)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    rows = [{"text": text, "target": target} for text, target in made_up(args.sentences)]
    if args.file:
        rows = [json.loads(line) for line in args.file.read_text("utf-8").splitlines()]
        random.Random(0).shuffle(rows)
        rows = rows[: args.sentences]
    n = len(rows)
    requests = [JudgeRequest(r["text"], r["target"]) for r in rows]
    ours = onnx.load(threads=args.threads)
    mine = [LABELS[i] for i in ours.probabilities(requests).argmax(1)]
    try:
        pipe = torch_pipeline(ours, args.threads)
    except ImportError as error:
        seconds = best(lambda: ours.probabilities(requests), args.rounds)
        print(f"onnx: {n / seconds:.0f} sentences/s (n {n}, {args.threads} threads)")
        print(f"transformers.pipeline: skipped, {error}. Remedy: pip install torch onnx")
        return
    theirs = [answer[0]["label"] for answer in pipe(requests)]
    fast, slow = [], []
    for _ in range(args.rounds):
        fast.append(best(lambda: ours.probabilities(requests), 1))
        slow.append(best(lambda: pipe(requests), 1))
    a, b = n / min(fast), n / min(slow)
    print(f"n {n}, {args.threads} threads, best of {args.rounds} rounds")
    print(f"onnx (8 bit, each text alone)     {a:7.0f} sentences/s")
    print(f"transformers.pipeline (32 bit)    {b:7.0f} sentences/s")
    same = np.mean([x == y for x, y in zip(mine, theirs, strict=True)])
    print(f"ratio {a / b:.2f}; same label on {same:.1%}")
    if all("label" in r for r in rows):
        gold = [r["label"] for r in rows]
        print(
            f"macro-F1: onnx {macro_f1(gold, mine):.3f}, transformers.pipeline {macro_f1(gold, theirs):.3f}"
        )


if __name__ == "__main__":
    main()
