"""What a classifier is worth on labelled text: F1 by class and macro-F1, by language, beside two baselines.

    python -m bench.sentiment FILE_OR_DIR [--classifier onnx] [--option key=value ...] [--threads 2] [--limit N]

FILE is a jsonl of {text, target, label, lang?, title?, aliases?, kind?, voice?, source_type?}. DIR holds brand_X.jsonl
beside brand_X.yaml. The head of the bundled model was fitted on the development brands: on those this prints how well
it remembers, not how well it judges. The honest figures for them are leave-one-brand-out, printed by
training/fit_sentiment_head.py; use this on brands it has not seen.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from monitor import classifiers, sentiment
from monitor.types import LABELS, JudgeRequest
from training.fit_sentiment_head import names_and_aliases, table


def from_jsonl(file: Path) -> list[tuple[JudgeRequest, int]]:
    out = []
    for line in file.read_text("utf-8").splitlines():
        r = json.loads(line)
        out.append(
            (
                _request(r, r["target"], r.get("aliases") or (), r.get("kind", "brand")),
                LABELS.index(r["label"]),
            )
        )
    return out


def from_brands(folder: Path) -> list[tuple[JudgeRequest, int]]:
    """Labels as scored: our own voices by ``tone`` where a file has it, everyone else by ``sentiment``."""
    import yaml

    out = []
    for file in sorted(folder.glob("brand_*.jsonl")):
        known = names_and_aliases(yaml.safe_load(file.with_suffix(".yaml").read_text("utf-8")), {})
        for line in file.read_text("utf-8").splitlines():
            r = json.loads(line)
            for t in r["targets"]:
                own = r.get("voice", "third_party") != "third_party"
                label = t.get("tone", t["sentiment"]) if own else t["sentiment"]
                request = _request(r, t["name"], known.get(t["name"], ()), t["kind"])
                out.append((request, LABELS.index(label)))
    return out


def _request(r: dict[str, Any], target: str, aliases: Any, kind: str) -> JudgeRequest:
    return JudgeRequest(
        text=r["text"],
        target=target,
        title=r.get("title") or "",
        aliases=tuple(aliases),
        kind=kind,
        voice=r.get("voice") or "third_party",
        source_type=r.get("source_type") or "other",
        author=r.get("author") or "",
        lang=r.get("lang"),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--classifier", default="onnx")
    parser.add_argument(
        "--option", action="append", default=[], metavar="KEY=VALUE", help="VALUE is read as JSON if it is"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--limit", type=int, default=0, help="only the first N rows")
    args = parser.parse_args()
    rows = from_brands(args.data) if args.data.is_dir() else from_jsonl(args.data)
    rows = rows[: args.limit or None]
    if not rows:
        raise SystemExit(
            f"{args.data}: no labelled rows (a jsonl file, or a folder with brand_X.jsonl and brand_X.yaml)"
        )
    options: dict[str, object] = {}
    for pair in args.option:
        key, _, value = pair.partition("=")
        try:
            options[key] = json.loads(value)
        except ValueError:
            options[key] = value
    requests, y = [r for r, _ in rows], np.array([label for _, label in rows])
    judge = classifiers.load(args.classifier, threads=args.threads, options=options)
    started = time.perf_counter()
    verdicts = sentiment.judge(requests, judge)
    seconds = time.perf_counter() - started
    words = sentiment.judge(requests, classifiers.load("lexicon"))
    systems = {
        "majority": np.full(len(y), np.bincount(y).argmax()),
        "lexicon": np.array([LABELS.index(v.label) for v in words]),
        args.classifier: np.array([LABELS.index(v.label) for v in verdicts]),
    }
    lang = np.array([r.lang or "none" for r in requests])
    own = np.array([r.voice != "third_party" for r in requests])
    groups = {"all": np.ones(len(y), bool)} | {code: lang == code for code in sorted(set(lang))}
    groups |= {"third party": ~own, "own voice": own}
    table(f"{args.data.name}: {judge.name}, {len(y) / seconds:.0f} targets/s", groups, y, systems)
    status = np.array([v.status for v in verdicts])
    right = systems[args.classifier] == y
    for kind in ("judged", "unsure", "unjudged"):
        if (status == kind).any():
            print(
                f"{kind}: {np.mean(status == kind):.1%} of the rows, right on {right[status == kind].mean():.1%}"
            )


if __name__ == "__main__":
    main()
