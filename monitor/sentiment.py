"""Sentiment toward a target: (mention, target) -> Verdict, with any classifier. Pure apart from the classifier.

How a post is judged. Title and text are cleaned, joined and cut at ``windows.MAX_CHARS``. A classifier that knows
posts (``windows.PostClassifier``: the bundled one) weighs the parts by itself. For every other one the
probabilities over the whole and over each sentence that names the target are averaged, the sentences together
counting twice as much as the whole. A target that is not named is judged as implied: the whole alone.

What is never judged: an empty text, a text in a language we do not read, a text mostly in another script. Such a
verdict has status ``unjudged`` and a third for each class, neutral a hair above the others, so that a reader who
overlooks the status sees no praise and no criticism.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from monitor.types import (
    BrandIdentity,
    Cascade,
    Classifier,
    JudgeRequest,
    Mention,
    Target,
    Verdict,
    VerdictStatus,
)
from monitor.windows import Post, PostClassifier, take_apart

JUDGED_LANGUAGES = frozenset({"nb", "nn", "no", "en"})
UNSURE_LANGUAGES = frozenset({"da", "sv"})  # near enough to be read, never measured
# Verdicts on brands never seen below this margin are right less than half of the time; training/calibrate.py prints
# the table.
UNSURE_BELOW = 0.12
UNJUDGED = (0.333, 0.334, 0.333)


def judge(
    requests: Sequence[JudgeRequest], classifier: Classifier, *, unsure_below: float = UNSURE_BELOW
) -> list[Verdict]:
    """One verdict a request, in the order asked.

    ``unsure`` = the most probable class leads the next by less than ``unsure_below``, or the language is Danish or
    Swedish. Never raises for a text, however odd.
    """
    if isinstance(classifier, Cascade):
        ours, theirs = opinions(requests, classifier, unsure_below=unsure_below)
        return [theirs.get(i, verdict) for i, verdict in ours.items()]
    status: list[VerdictStatus] = [_status(r) for r in requests]
    asked = [i for i, s in enumerate(status) if s != "unjudged"]
    rows = _probabilities([take_apart(requests[i]) for i in asked], classifier) if asked else np.zeros((0, 3))
    found = {i: _normal(row) for i, row in zip(asked, rows, strict=True)}
    out = []
    for i, request in enumerate(requests):
        p = found.get(i)
        kind: VerdictStatus = status[i] if p is not None else "unjudged"
        p = p or UNJUDGED
        first, second = sorted(p, reverse=True)[:2]
        if kind == "judged" and first - second < unsure_below:
            kind = "unsure"
        out.append(Verdict(request.target, *p, status=kind, model=classifier.name))
    return out


def opinions(
    requests: Sequence[JudgeRequest], judges: Cascade, *, unsure_below: float = UNSURE_BELOW
) -> Iterator[dict[int, Verdict]]:
    """Position -> verdict: first all of the first judge's, then those the second judge gave where it was asked."""
    band = unsure_below if judges.band is None else judges.band
    first = judge(requests, judges.first, unsure_below=max(band, unsure_below))
    yield dict(enumerate(first))
    leads = [np.diff(np.sort([v.negative, v.neutral, v.positive]))[-1] for v in first]
    asked = [i for i, v in enumerate(first) if v.status == "unsure" and leads[i] < band]
    second = judge([requests[i] for i in asked], judges.second, unsure_below=unsure_below)
    yield {i: v for i, v in zip(asked, second, strict=True) if v.status != "unjudged"}


def aliases_of(identity: BrandIdentity) -> dict[str, tuple[str, ...]]:
    """Every name a target goes by, for finding the sentences it is named in."""
    return {
        identity.name: identity.aliases,
        **{leader.name: leader.aliases for leader in identity.leaders},
        **{product.name: product.aliases for product in identity.products},
    }


def judge_all(
    pairs: Sequence[tuple[Mention, Target]],
    classifier: Classifier,
    aliases: Mapping[str, tuple[str, ...]],
) -> list[Verdict]:
    """One verdict per (mention, target), in order, in one call of the model room."""
    return judge(requests_of(pairs, aliases), classifier)


def requests_of(
    pairs: Sequence[tuple[Mention, Target]], aliases: Mapping[str, tuple[str, ...]]
) -> list[JudgeRequest]:
    return [
        JudgeRequest(
            text=mention.text,
            target=target.name,
            title=mention.title,
            aliases=aliases.get(target.name, ()),
            kind=target.kind,
            voice=mention.voice or "third_party",
            source_type=mention.source_type,
            author=mention.author,
            lang=mention.lang,
        )
        for mention, target in pairs
    ]


def _status(request: JudgeRequest) -> VerdictStatus:
    """Whether a request can be judged, before it is."""
    text = f"{request.title} {request.text}"[:2_000]
    if not any(c.isalnum() or unicodedata.category(c) == "So" for c in text):
        return "unjudged"
    lang = (request.lang or "").replace("_", "-").split("-")[0].strip().lower()
    if lang and lang not in JUDGED_LANGUAGES | UNSURE_LANGUAGES:
        return "unjudged"
    letters = [c for c in text if c.isalpha()]
    latin = sum(unicodedata.name(c, "").startswith("LATIN") for c in letters)
    if letters and latin * 2 < len(letters):
        return "unjudged"
    return "unsure" if lang in UNSURE_LANGUAGES else "judged"


def _probabilities(posts: Sequence[Post], classifier: Classifier) -> NDArray[np.float64]:
    if isinstance(classifier, PostClassifier):
        return np.asarray(classifier.post_probabilities(posts), dtype=np.float64)
    pieces: list[JudgeRequest] = []
    weights: list[tuple[int, float]] = []
    for i, post in enumerate(posts):
        own = [(post.whole, 1.0)] + [(s, 2.0 / len(post.sentences)) for s in post.sentences]
        if post.count == 1:
            own = own[:1]
        for text, weight in own:
            pieces.append(_piece(post.request, text))
            weights.append((i, weight))
    rows = np.asarray(classifier.probabilities(pieces), dtype=np.float64)
    out = np.zeros((len(posts), 3))
    for (i, weight), row in zip(weights, rows, strict=True):
        out[i] += weight * row
    return out


def _piece(request: JudgeRequest, text: str) -> JudgeRequest:
    return JudgeRequest(
        text=text,
        target=request.target,
        aliases=request.aliases,
        kind=request.kind,
        voice=request.voice,
        source_type=request.source_type,
        author=request.author,
        lang=request.lang,
    )


def _normal(row: NDArray[np.float64]) -> tuple[float, float, float] | None:
    """Probabilities that sum to 1; None (unjudged) when the classifier gave something that are none."""
    total = float(row.sum())
    if row.shape != (3,) or not np.isfinite(row).all() or (row < 0).any() or total <= 0:
        return None
    a, b, c = (float(v) for v in row / total)
    return a, b, c
