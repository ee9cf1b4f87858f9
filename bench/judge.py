"""How fast the bundled classifier judges, beside transformers.pipeline in torch with the same weights.

    python -m bench.judge [FILE.jsonl] [--sentences 400] [--threads 2] [--rounds 3]

FILE: rows with text and target; without one, a fixed mix of made-up sentences of 5 to 40 words. Both sides judge the
same (text, target) pairs in one run, in turns, and the best round of each counts, so that a busy machine is unfair
to neither. Where torch or onnx is missing, that side is skipped and the reason is printed.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from monitor.classifiers import onnx, runtime
from monitor.classifiers.calibration import softmax
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


def torch_pipeline(threads: int) -> Any:
    import torch
    from transformers import AutoTokenizer, pipeline

    from bench import torch_weights

    torch.set_num_threads(threads)
    folder = runtime.MODELS / "sentiment"
    tokenizer = AutoTokenizer.from_pretrained(str(folder))
    return pipeline("text-classification", model=torch_weights.load(folder), tokenizer=tokenizer, device=-1)


def in_batches(
    ours: onnx.OnnxClassifier, pairs: list[tuple[str, str]], threads: int, size: int = 32
) -> np.ndarray:
    """The same model the usual way, in padded batches sorted by length."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    path = str(runtime.MODELS / "sentiment" / "model.onnx")
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    encoded = [ours._encode(*p) for p in pairs]
    order = sorted(range(len(encoded)), key=lambda i: len(encoded[i]["input_ids"]))
    logits = np.zeros((len(pairs), 3), np.float32)
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        width = max(len(encoded[i]["input_ids"]) for i in batch)
        feed = {
            key: np.array([encoded[i][key] + [pad] * (width - len(encoded[i][key])) for i in batch], np.int64)
            for key, pad in (("input_ids", 1), ("attention_mask", 0), ("token_type_ids", 0))
        }
        logits[batch] = session.run(["logits"], feed)[0]
    return softmax(logits)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--sentences", type=int, default=400)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    pairs = made_up(args.sentences)
    if args.file:
        rows = [json.loads(line) for line in args.file.read_text("utf-8").splitlines()]
        random.Random(0).shuffle(rows)
        pairs = [(r["text"], r["target"]) for r in rows[: args.sentences]]
    n = len(pairs)
    ours = onnx.load(threads=args.threads, options={"head": False})
    requests = [JudgeRequest(text, target) for text, target in pairs]
    ours.probabilities(requests[:16])
    alone, batched = ours.probabilities(requests), in_batches(ours, pairs, args.threads)
    fast = best(lambda: in_batches(ours, pairs, args.threads), args.rounds)
    slow = best(lambda: ours.probabilities(requests), args.rounds)
    moved = (alone.argmax(1) != batched.argmax(1)).mean()
    print(
        f"each text alone {n / slow:.0f} sentences/s, padded batches of 32 {n / fast:.0f} (loading included)"
    )
    print(
        f"in batches {moved:.1%} of the labels differ, a probability by up to {np.abs(alone - batched).max():.2f}"
    )
    try:
        pipe = torch_pipeline(args.threads)
    except ImportError as error:
        seconds = best(lambda: ours.probabilities(requests), args.rounds)
        print(f"onnx: {n / seconds:.0f} sentences/s (n {n}, {args.threads} threads)")
        print(f"transformers.pipeline: skipped, {error}. Remedy: pip install torch onnx")
        return
    inputs = [{"text": text, "text_pair": target} if target else {"text": text} for text, target in pairs]
    settings = {"batch_size": 32, "truncation": True, "max_length": 192, "top_k": None}
    pipe(inputs[:16], **settings)
    mine, theirs = [], []
    for _ in range(args.rounds):
        mine.append(best(lambda: ours.probabilities(requests), 1))
        theirs.append(best(lambda: pipe(inputs, **settings), 1))
    a, b = n / min(mine), n / min(theirs)
    answers = [max(row, key=lambda x: x["score"])["label"] for row in pipe(inputs, **settings)]
    same = np.mean(
        [LABELS[i] == label for i, label in zip(ours.probabilities(requests).argmax(1), answers, strict=True)]
    )
    print(f"n {n}, {args.threads} threads, best of {args.rounds} rounds")
    print(f"onnx (8 bit, tokenizers)          {a:7.0f} sentences/s")
    print(f"transformers.pipeline (32 bit)    {b:7.0f} sentences/s")
    print(f"ratio {a / b:.2f}; same label on {same:.1%}")


if __name__ == "__main__":
    main()
