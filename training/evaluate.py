"""The tables of the model card: held-out judgements of whole posts, and the shipped file on single sentences.

    python -m training.evaluate DATA HELD_OUT.jsonl [--folder monitor/models/sentiment] [--threads 2] [--full]

Whole posts: HELD_OUT.jsonl of training/folds.py, each brand judged by a network trained without it (32 bits), then
calibrated without it; identity/ and posts/ apart, and apart again the three brands of identity/ whose labels are the
attitude of the wording, asked plainly and asked for the wording. Sentences: sentiment/dev.jsonl, never trained on,
judged by the shipped 8-bit file, by source. Baselines in every table: majority and word list. ``--full`` prints
confusion, voices, kinds and the reliability table too.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from monitor import classifiers, sentiment
from monitor.classifiers import onnx
from monitor.evaluation import Gold, Sheet, assess, tables
from monitor.types import LABELS, Verdict
from training import examples
from training.calibrate import known, without_own_brand
from training.examples import Example

BRIEF = 2  # tables of a report that are always printed: systems, classes


def held_out(file: Path, every: Sequence[Example], *, plainly: bool) -> list[tuple[Example, np.ndarray]]:
    """Scored examples with their calibrated probabilities, each brand calibrated without it. ``plainly``: the three
    brands labelled by the wording are asked the scored question, as a user would, else what their labels answer."""
    pairs = known(file, every)
    z = np.array([r["default" if plainly and e.question else "logits"] for e, r in pairs], np.float32)
    return [(e, row) for (e, _), row in zip(pairs, without_own_brand(pairs, z), strict=True)]


def show(title: str, judged: Sequence[tuple[Example, Verdict]], *, full: bool) -> None:
    words = sentiment.judge([e.request for e, _ in judged], classifiers.load("lexicon"))
    sheet = Sheet()
    for (e, verdict), lexicon in zip(judged, words, strict=True):
        row: dict[str, Any] = {"brand": e.brand, "source": e.part}
        sheet.add(Gold(row, e.label, "label"), e.request, verdict, lexicon)
    print(f"\n# {title}: n {len(sheet)}")
    found = tables(assess(sheet.columns()))
    for i, table in enumerate(found):
        if full or i < BRIEF or any(w in table.title.lower() for w in ("language", "voice", "calibration")):
            print(f"\n{table.title}")
            widths = [max(len(r[k]) for r in (table.header, *table.rows)) for k in range(len(table.header))]
            for line in (table.header, *table.rows):
                cells = zip(line, widths, strict=True)
                print("  ".join(c.ljust(w) if k == 0 else c.rjust(w) for k, (c, w) in enumerate(cells)))
            print("\n".join(table.notes))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("held_out", type=Path)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--full", action="store_true")
    args = parser.parse_args()
    every = examples.brands(args.data)

    def as_verdicts(rows: Sequence[tuple[Example, np.ndarray]]) -> list[tuple[Example, Verdict]]:
        out = []
        for e, p in rows:
            a, b, c = (float(v) for v in p / p.sum())
            top = sorted((a, b, c))
            status = "unsure" if top[2] - top[1] < sentiment.UNSURE_BELOW else "judged"
            out.append((e, Verdict(e.request.target, a, b, c, status, "held out")))
        return out

    plain = as_verdicts(held_out(args.held_out, every, plainly=True))
    asked = as_verdicts(held_out(args.held_out, every, plainly=False))
    groups = {
        "identity/, brands never seen": [r for r in plain if r[0].part == "identity"],
        "of these, labelled by standing (five brands, and own voices of all)": [
            r for r in plain if r[0].part == "identity" and not r[0].question
        ],
        "of these, third party labelled by wording (three brands), asked plainly": [
            r for r in plain if r[0].question
        ],
        "the same, asked for the wording": [r for r in asked if r[0].question],
        "posts/, brands never seen": [r for r in plain if r[0].part == "posts"],
    }
    for title, rows in groups.items():
        show(title, rows, full=args.full)
    options = {"folder": str(args.folder)} if args.folder else {}
    model = onnx.load(threads=args.threads, options=options)
    dev = examples.sentences(args.data / "sentiment" / "dev.jsonl")
    verdicts = sentiment.judge([e.request for e in dev], model)
    for name in ("newsmtsc", "norec_sent", "acl14", "norec_tsa"):
        here = [(e, v) for e, v in zip(dev, verdicts, strict=True) if e.part == name]
        show(f"sentences, {name}", here, full=args.full)
    p = np.array([[v.negative, v.neutral, v.positive] for v in verdicts])
    print(
        f"\n{len(dev)} sentences, mean probability {dict(zip(LABELS, p.mean(0).round(3).tolist(), strict=True))}"
    )


if __name__ == "__main__":
    main()
