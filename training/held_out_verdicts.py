"""Sentiment verdicts for the labelled mentions, each brand judged by a head fitted without it.

    python training/held_out_verdicts.py DATA_DIR OUT.json [--threads 2]

The shipped head has learned the labels of these brands; a conflict model fitted on its verdicts would trust them
more than they deserve on a new brand. OUT.json: {"part/brand": {text: [[target, kind, negative, neutral, positive],
...]}}, read by fit_identity_score.py and bench/flag.py.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import numpy as np
from fit_sentiment_head import PLAIN_WEIGHT, SENTENCE_WEIGHT, Row, brand_rows, fit, plain_rows, sentence_rows

from monitor.classifiers import head as heads
from monitor.classifiers import onnx
from monitor.windows import take_apart

SENTENCES = 1_500  # fewer than for the shipped head, for time


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    model = onnx.load(threads=args.threads, options={"head": False})

    def build(rows: list[Row]) -> np.ndarray:
        return heads.features([take_apart(r.request) for r in rows], model.evidence)

    posts = brand_rows(args.data)
    sentences = sentence_rows(args.data / "sentiment" / "train.jsonl")
    random.Random(0).shuffle(sentences)
    plain = plain_rows()
    extra = sentences[:SENTENCES] + plain
    weight = np.array([SENTENCE_WEIGHT] * SENTENCES + [PLAIN_WEIGHT] * len(plain))
    x, xs = build(posts), build(extra)
    y, ys = (np.array([r.label for r in rows]) for rows in (posts, extra))
    brands = np.array([f"{r.part}/{r.brand}" for r in posts])
    out: dict[str, dict[str, list[list[object]]]] = {}
    right = 0
    for brand in sorted(set(brands)):
        train = brands != brand
        fitted = fit(
            np.vstack([x[train], xs]),
            np.concatenate([y[train], ys]),
            np.concatenate([np.ones(train.sum()), weight]),
        )
        index = np.flatnonzero(~train)
        judged = fitted.probabilities(x[index])
        right += int((judged.argmax(1) == y[index]).sum())
        for i, row in zip(index, judged, strict=True):
            request = posts[i].request
            kept = [request.target, request.kind, *(round(float(v), 4) for v in row)]
            out.setdefault(brand, {}).setdefault(request.text, []).append(kept)
    args.out.write_text(json.dumps(out, ensure_ascii=False), encoding="utf-8")
    print(f"{len(y)} verdicts, {right / len(y):.3f} right")


if __name__ == "__main__":
    main()
