"""Fits monitor/models/sentiment/head.json and prints what it is worth on brands it has not seen.

    python training/fit_sentiment_head.py DATA_DIR [--out monitor/models/sentiment/head.json] [--threads 2]

DATA_DIR holds identity/, posts/ (brand_X.yaml + brand_X.jsonl) and sentiment/ (train.jsonl, dev.jsonl). numpy only.
Every figure for posts is leave-one-brand-out: the head that judges a brand was fitted without it. The figures for
sentences are on dev.jsonl, which is never fitted on. The head that is written is fitted on all brands.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from monitor.classifiers import head as heads
from monitor.classifiers import lexicon, onnx
from monitor.types import LABELS, JudgeRequest
from monitor.windows import take_apart

SENTENCES = 5_000  # of sentiment/train.jsonl that keep the head honest about single sentences
SENTENCE_WEIGHT = 0.5
PLAIN_WEIGHT = 2.0
PLAIN_NAMES = ("Ravnvik", "Tindra", "Skogholt", "Nordlys Drift")  # made up, of no data set


@dataclass(frozen=True)
class Row:
    request: JudgeRequest
    label: int
    brand: str
    part: str  # identity, posts, or the source of a sentence


def names_and_aliases(node: Any, out: dict[str, list[str]]) -> dict[str, list[str]]:
    """Every mapping with a name and maybe aliases, wherever it stands in a brand file of any dialect."""
    if isinstance(node, dict):
        if isinstance(node.get("name"), str):
            out.setdefault(node["name"], []).extend(str(a) for a in node.get("aliases") or [])
        for value in node.values():
            names_and_aliases(value, out)
    elif isinstance(node, list):
        for value in node:
            names_and_aliases(value, out)
    return out


def brand_rows(data: Path) -> list[Row]:
    """One row a (mention, target). In posts/ the attitude of our own voices is written as ``tone``."""
    out = []
    for part in ("identity", "posts"):
        for file in sorted((data / part).glob("brand_*.jsonl")):
            aliases = names_and_aliases(yaml.safe_load(file.with_suffix(".yaml").read_text("utf-8")), {})
            for line in file.read_text("utf-8").splitlines():
                item = json.loads(line)
                for target in item["targets"]:
                    own = item["voice"] != "third_party"
                    label = target["tone"] if part == "posts" and own else target["sentiment"]
                    request = JudgeRequest(
                        text=item["text"],
                        title=item.get("title") or "",
                        target=target["name"],
                        aliases=tuple(aliases.get(target["name"], ())),
                        kind=target["kind"],
                        voice=item["voice"],
                        source_type=item["source_type"],
                        author=item.get("author") or "",
                        lang=item["lang"],
                    )
                    out.append(Row(request, LABELS.index(label), file.stem[6:], part))
    return out


def sentence_rows(file: Path) -> list[Row]:
    out = []
    for line in file.read_text("utf-8").splitlines():
        r = json.loads(line)
        request = JudgeRequest(text=r["text"], target=r["target"], lang=r["lang"])
        out.append(Row(request, LABELS.index(r["label"]), "", r["source"]))
    return out


def plain_rows(file: Path = Path(__file__).with_name("opinion_words.tsv")) -> list[Row]:
    """Sentences that say one plain opinion word of a made-up brand, and their denials of a good one."""
    patterns = {
        "nb": ("{0} har {1} kundeservice.", "{2} kundeservice hos {0}.", "Kundeservicen til {0} er {1}."),
        "nn": ("{0} har {1} kundeservice.", "{2} kundeservice hos {0}.", "Servicen hos {0} er {1}."),
        "en": ("{0} has {1} customer service.", "{2} service from {0}.", "The service at {0} is {1}."),
    }
    out = []
    for line in file.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        lang, polarity, words = line.split("\t")
        for i, word in enumerate(words.split()):
            for k, pattern in enumerate(patterns[lang]):
                name = PLAIN_NAMES[(i + k) % len(PLAIN_NAMES)]
                text = pattern.format(name, word, word.capitalize())
                out.append(Row(JudgeRequest(text, name, lang=lang), 1 + int(polarity), "", "plain"))
    return out


def fit(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> heads.Head:
    """Multinomial logistic regression with an L2 penalty, by L-BFGS."""
    mean, spread = x.mean(0), x.std(0) + 1e-6
    scale = (heads.block_scales(x.shape[1]) / spread).astype(np.float32)
    z = np.clip((x - mean) * scale, -8, 8)
    z = np.hstack([z, np.ones((len(z), 1), np.float32)]).astype(np.float64)
    onehot = np.eye(3)[y]

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        m = w.reshape(-1, 3)
        s = z @ m
        s -= s.max(1, keepdims=True)
        log_p = s - np.log(np.exp(s).sum(1, keepdims=True))
        grad = z.T @ ((np.exp(log_p) - onehot) * weight[:, None])
        grad[:-1] += m[:-1]
        value = -(weight * (log_p * onehot).sum(1)).sum() + 0.5 * (m[:-1] ** 2).sum()
        return float(value), grad.ravel()

    m = lbfgs(loss, np.zeros(z.shape[1] * 3)).reshape(-1, 3)
    return heads.Head(mean, scale, m[:-1].astype(np.float32), m[-1].astype(np.float32))


def lbfgs(
    f: Callable[[np.ndarray], tuple[float, np.ndarray]], w: np.ndarray, steps: int = 120, memory: int = 10
) -> np.ndarray:
    value, grad = f(w)
    past: list[tuple[np.ndarray, np.ndarray]] = []
    for _ in range(steps):
        q = grad.copy()
        alphas = []
        for s, d in reversed(past):
            alpha = (s @ q) / (d @ s)
            q -= alpha * d
            alphas.append(alpha)
        if past:
            s, d = past[-1]
            q *= (s @ d) / (d @ d)
        else:
            q /= max(1.0, float(np.linalg.norm(grad)))
        for (s, d), alpha in zip(past, reversed(alphas), strict=True):
            q += s * (alpha - (d @ q) / (d @ s))
        size = 1.0
        while True:
            new_value, new_grad = f(w - size * q)
            if new_value <= value - 1e-4 * size * float(grad @ q) or size < 1e-8:
                break
            size /= 2
        s, d = -size * q, new_grad - grad
        w, change, value, grad = w + s, value - new_value, new_value, new_grad
        if s @ d > 1e-12:
            past = [*past, (s, d)][-memory:]
        if change < 1e-5 * max(1.0, value):
            break
    return w


def scores(y: np.ndarray, p: np.ndarray) -> list[float]:
    """F1 of each class, then their mean."""
    each = [2 * ((p == c) & (y == c)).sum() / max(1, (p == c).sum() + (y == c).sum()) for c in range(3)]
    return [*each, float(np.mean(each))]


def table(title: str, groups: dict[str, np.ndarray], y: np.ndarray, systems: dict[str, np.ndarray]) -> None:
    print(f"\n{title}\n{'group':<24}{'n':>6}  {'system':<16}{'neg':>6}{'neu':>6}{'pos':>6}{'macro':>7}")
    for name, mask in groups.items():
        if not mask.any():
            continue
        counts = "/".join(str(int((y[mask] == c).sum())) for c in range(3))
        for i, (system, p) in enumerate(systems.items()):
            a, b, c, macro = scores(y[mask], p[mask])
            left = f"{name:<24}{mask.sum():>6}" if i == 0 else f"{'  n ' + counts if i == 1 else '':<30}"
            print(f"{left}  {system:<16}{a:>6.3f}{b:>6.3f}{c:>6.3f}{macro:>7.3f}")


def print_plain(
    x: np.ndarray, y: np.ndarray, xs: np.ndarray, ys: np.ndarray, is_plain: np.ndarray, weight: np.ndarray
) -> None:
    """Accuracy on plain sentences whose opinion word (every third) the head was not fitted on."""
    held = is_plain & ((np.cumsum(is_plain) - 1) // 3 % 3 == 0)
    w = np.concatenate([np.ones(len(y)), weight[~held]])
    fitted = fit(np.vstack([x, xs[~held]]), np.concatenate([y, ys[~held]]), w)
    right = (fitted.probabilities(xs[held]).argmax(1) == ys[held]).mean()
    alone = (xs[held][:, :3].argmax(1) == ys[held]).mean()
    print(
        f"\nPlain opinion words held out, n {held.sum()}: sentence model {alone:.3f}, with head {right:.3f} right"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("monitor/models/sentiment/head.json"))
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    model = onnx.load(threads=args.threads, options={"head": False})
    rng = random.Random(0)
    posts = brand_rows(args.data)
    extra = sentence_rows(args.data / "sentiment" / "train.jsonl")
    rng.shuffle(extra)
    # A source type of their own would tell the head which data set it sees; they get those of the posts.
    extra = [
        replace(r, request=replace(r.request, source_type=rng.choice(posts).request.source_type))
        for r in extra[:SENTENCES]
    ]
    plain = plain_rows()
    extra += [
        replace(r, request=replace(r.request, source_type=rng.choice(("review", "forum", "microblog"))))
        for r in plain
    ]
    dev = sentence_rows(args.data / "sentiment" / "dev.jsonl")

    def build(rows: list[Row], what: str) -> np.ndarray:
        print(f"reading {len(rows)} {what}", file=sys.stderr, flush=True)
        return heads.features([take_apart(r.request) for r in rows], model.evidence)

    x, xs, xd = build(posts, "posts"), build(extra, "sentences"), build(dev, "development sentences")
    y, ys, yd = (np.array([r.label for r in rows]) for rows in (posts, extra, dev))
    brand = np.array([r.brand for r in posts])
    is_plain = np.array([r.part == "plain" for r in extra])
    sentence_weight = np.where(is_plain, PLAIN_WEIGHT, SENTENCE_WEIGHT)
    out_of_fold = np.zeros((len(y), 3), np.float32)
    for name in sorted(set(brand)):
        train = brand != name
        w = np.concatenate([np.ones(train.sum()), sentence_weight])
        fitted = fit(np.vstack([x[train], xs]), np.concatenate([y[train], ys]), w)
        out_of_fold[~train] = fitted.probabilities(x[~train])
        print(f"without {name}", file=sys.stderr, flush=True)
    w = np.concatenate([np.ones(len(y)), sentence_weight])
    final = fit(np.vstack([x, xs]), np.concatenate([y, ys]), w)
    final.save(args.out)

    words = lexicon.load()

    def systems(rows: list[Row], x: np.ndarray, y: np.ndarray, judged: np.ndarray) -> dict[str, np.ndarray]:
        return {
            "majority": np.full(len(y), np.bincount(y).argmax()),
            "lexicon": words.probabilities([r.request for r in rows]).argmax(1),
            "sentence model": x[:, :3].argmax(1),
            "with head": judged.argmax(1),
        }

    part = np.array([r.part for r in posts])
    lang = np.array([r.request.lang for r in posts])
    voice = np.array([r.request.voice for r in posts])
    groups = {"all": np.ones(len(y), bool)}
    for p in ("identity", "posts"):
        groups[p] = part == p
        groups |= {f"{p} {code}": (part == p) & (lang == code) for code in ("nb", "nn", "en")}
        groups[f"{p} third party"] = (part == p) & (voice == "third_party")
        groups[f"{p} own voice"] = (part == p) & (voice != "third_party")
    table("Whole posts, leave one brand out", groups, y, systems(posts, x, y, out_of_fold))
    source = np.array([r.part for r in dev])
    groups = {"all": np.ones(len(yd), bool)} | {s: source == s for s in sorted(set(source))}
    table("Single sentences, development file", groups, yd, systems(dev, xd, yd, final.probabilities(xd)))
    print_plain(x, y, xs, ys, is_plain, sentence_weight)
    top = np.sort(out_of_fold, axis=1)
    margin, right = top[:, 2] - top[:, 1], out_of_fold.argmax(1) == y
    print("\nunsure when the margin is below ... (posts, leave one brand out)")
    for limit in (0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.3):
        low = margin < limit
        sure = f"right on {right[low].mean():.1%} of them, {right[~low].mean():.1%} of the rest"
        print(f"  {limit:.2f}: {low.mean():.1%} unsure, {sure}")


if __name__ == "__main__":
    main()
