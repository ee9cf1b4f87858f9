"""What turns a sentence model into a judge of posts: a small linear layer over what the model saw in each part.

The sentence model reads the whole post, the sentences that name the target, each of those apart, and the title, each
toward the target, and the whole once more toward nobody. A multinomial logistic regression weighs its log
probabilities, its sentence vectors, the counts of the word list, and the circumstances (who speaks, where, about
what kind of target, how long, how early the target is named). Fitted by training/fit_sentiment_head.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.classifiers import lexicon
from monitor.errors import ModelError
from monitor.text import fold
from monitor.windows import Post

Array = NDArray[np.float32]
Evidence = Callable[[Sequence[tuple[str, str]]], tuple[Array, Array]]

VERSION = 1  # of the features; a head fitted on others is refused
VOICES = ("third_party", "brand", "employee", "leader")
SOURCES = ("news", "press", "blog", "microblog", "linkedin", "forum", "review")  # "other" is none of them
KINDS = ("brand", "leader", "product", "competitor")


def pieces(post: Post) -> list[tuple[str, str]]:
    """The (text, target) pairs the sentence model is asked about: whole, focus, mood, title, then each sentence."""
    target = post.request.target
    first = [(post.whole, target), (post.focus, target), (post.whole, ""), (post.title or post.whole, target)]
    return first + [(s, target) for s in post.sentences or (post.focus,)]


def features(posts: Sequence[Post], evidence: Evidence) -> Array:
    """One row a post. All pieces of all posts go to the model in one call."""
    asked: list[tuple[str, str]] = []
    ends = []
    for post in posts:
        asked += pieces(post)
        ends.append(len(asked))
    logits, vectors = evidence(asked)
    rows = []
    start = 0
    for post, end in zip(posts, ends, strict=True):
        seen = _log_softmax(logits[start:end].astype(np.float64))
        each = seen[4:]
        small = np.concatenate(
            [seen[:4].ravel(), each.max(0), each.min(0), each.mean(0), _words(post), _title_words(post)]
        )
        around = _circumstances(post)
        alone = float(post.count == 1)
        outside = float(post.request.voice == "third_party")
        rows.append(
            np.concatenate(
                [small, small * alone, small * outside, around, vectors[start : start + 3].ravel()]
            )
        )
        start = end
    return np.asarray(rows, dtype=np.float32)


def block_scales(width: int, small: int = 37, around: int = 29) -> Array:
    """How freely each feature may be used, after standardisation: vectors are many and get little each."""
    scale = np.full(width, 0.03, np.float32)
    scale[: 3 * small] = 0.1
    scale[3 * small : 3 * small + around] = 0.3
    return scale


@dataclass(frozen=True)
class Head:
    """``probabilities`` takes rows of ``features`` and returns (n, 3) over LABELS."""

    mean: Array
    scale: Array
    weights: Array  # (features, 3)
    bias: Array

    def probabilities(self, rows: Array) -> Array:
        z = np.clip((rows - self.mean) * self.scale, -8, 8)
        return np.asarray(np.exp(_log_softmax((z @ self.weights + self.bias).astype(np.float64))), np.float32)

    def save(self, path: Path) -> None:
        parts = {"mean": self.mean, "scale": self.scale, "weights": self.weights, "bias": self.bias}
        body = {k: [float(f"{x:.5g}") for x in v.ravel()] for k, v in parts.items()}
        path.write_text(json.dumps({"version": VERSION, **body}) + "\n", encoding="utf-8")


def load(path: Path) -> Head:
    """Raises ModelError when the file is missing, broken, or was fitted on other features."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["version"] != VERSION:
            raise ModelError(
                f"{path}: fitted on features version {raw['version']}, this program has {VERSION}."
            )
        mean, scale, weights, bias = (
            np.asarray(raw[k], dtype=np.float32) for k in ("mean", "scale", "weights", "bias")
        )
        return Head(mean, scale, weights.reshape(len(mean), 3), bias)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: cannot be read as a head ({error!r}).") from error


def _log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    out: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return out


def _words(post: Post) -> list[float]:
    out: list[float] = []
    for text in (post.whole, post.focus):
        c = lexicon.count(text, post.request.lang)
        length = c.words + 10
        out += [float(np.log1p(v)) for v in c[:4]]
        out += [
            10 * (c.opinion_negative + c.fact_negative) / length,
            10 * (c.opinion_positive + c.fact_positive) / length,
        ]
    return out


def _title_words(post: Post) -> list[float]:
    return [float(np.log1p(v)) for v in lexicon.count(post.title, post.request.lang)[:4]]


def _circumstances(post: Post) -> list[float]:
    r = post.request
    own = r.voice != "third_party"
    names = {fold(n) for n in (r.target, *r.aliases)}
    one_hot = (
        [r.voice == v for v in VOICES] + [r.source_type == s for s in SOURCES] + [r.kind == k for k in KINDS]
    )
    flags = [
        bool(r.author) and fold(r.author) in names,
        post.named,
        post.in_title,
        post.count == 1,
        bool(post.title),
        r.lang == "en",
        r.lang == "nn",
        not r.target,
        own and r.kind == "leader",
        own and r.kind == "brand",
        own and r.kind == "product",
    ]
    return [float(v) for v in one_hot + flags] + [
        post.place,
        float(np.log1p(post.count)),
        float(np.log1p(len(post.whole) // 6)),
    ]
