"""Judges every brand by a model that never saw it, and keeps the judgements.

    python -m training.folds DATA START WORK_DIR OUT.jsonl [--only N ...] [--seed 1] [--epochs E]

START is the checkpoint of the stage ``written``: it holds no brand of identity/, posts/ or training/data/brands. Two
folds, each with every second brand of identity/ and posts/: the stage ``brands`` is trained without them, then they
are judged. (More folds would leave out less and take as many times as long.) The folds are trained side by side, with
a thread each. The brands of training/data/brands are in the training of every fold; START judges them.
OUT.jsonl has a line for each (mention, target): part, brand, id, lang, voice, kind, source_type, target, text_hash,
question, scored, label, logits, and ``default`` = the logits without naming the question (what a user gets), where
the label answers another one. Finished folds are kept in WORK_DIR and not trained again. ``--only`` runs some folds,
to compare settings; then OUT.jsonl has these brands alone. What follows ``--`` goes to training/train.py.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from monitor.types import LABELS
from training import examples, network
from training.flagdata import text_hash
from training.train import encode_all, macro_f1

FOLDS = 2
SIDE_BY_SIDE = 2


def folds(data: Path) -> list[list[str]]:
    names = {
        part: sorted(f.stem[6:] for f in (data / part).glob("brand_*.jsonl"))
        for part in ("identity", "posts")
    }
    out: list[list[str]] = [[] for _ in range(FOLDS)]
    for part in names.values():
        for i, name in enumerate(part):
            out[i % FOLDS].append(name)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("start", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", type=int, nargs="*")
    parser.add_argument("train", nargs="*", help="after --: passed on to training/train.py")
    args = parser.parse_args()
    every = examples.brands(args.data)
    tokenizer = Tokenizer.from_file(str(args.start / "tokenizer.json"))
    chosen = {n: b for n, b in enumerate(folds(args.data)) if args.only is None or n in args.only}

    def fit(number: int) -> None:
        command = [sys.executable, "-m", "training.train", "brands"]
        command += [str(args.data), str(args.start), str(args.work / f"fold{number}"), "--threads", "1"]
        with (args.work / f"fold{number}.log").open("a") as log:
            subprocess.run(
                [*command, *args.train, "--without", *chosen[number]], check=True, stdout=log, stderr=log
            )
        print(f"fold {number} trained, without {', '.join(chosen[number])}", flush=True)

    args.work.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(fit, chosen))
    judged = [(args.work / f"fold{n}", [e for e in every if e.brand in b]) for n, b in chosen.items()]
    judged.append((args.start, examples.brands(examples.OWN, ("brands",))))
    done = []
    for checkpoint, left in judged:
        model = network.load(checkpoint)
        z = network.logits(model, encode_all(left, tokenizer))
        plain = network.logits(model, encode_all([replace(e, question="") for e in left], tokenizer))
        done += list(zip(left, z, plain, strict=True))
    with args.out.open("w", encoding="utf-8") as file:
        for e, z, plain in done:
            r = e.request
            row = {
                "part": e.part,
                "brand": e.brand,
                "id": e.id,
                "lang": r.lang,
                "voice": r.voice,
                "kind": r.kind,
                "source_type": r.source_type,
            }
            row |= {
                "target": r.target,
                "text_hash": text_hash(r.text),
                "question": e.question,
                "scored": e.scored,
            }
            row |= {"label": LABELS[e.label], "logits": [round(float(v), 4) for v in z]}
            if e.question:
                row["default"] = [round(float(v), 4) for v in plain]
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    for part in ("identity", "posts", "brands"):
        here = [(e.label, z.argmax()) for e, z, _ in done if e.part == part and e.scored]
        y, p = (np.array(v) for v in zip(*here, strict=True))
        print(f"held out, {part}: n {len(y)}, macro-F1 {macro_f1(y, p):.3f}")


if __name__ == "__main__":
    main()
