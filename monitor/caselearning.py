"""What people's decisions about flags teach: a small adjustment of the model's score, for one brand. Pure, numpy only.

A logistic regression over few features: the log-odds of the model's own score, who speaks, the type of source, the
kind of the main statement and the statement itself, and whether roles are mixed. Every weight is held by a normal prior
to where it changes nothing (slope 1, all else 0), so without evidence the adjusted score is the model's own, and few
cases move it little. It speaks only of what the model flagged, since that is what people decide about.

Whether it helps is told by cross-validation: cases of one story lie in one fold, and each is scored by a fit that saw
none of them. ``verdict`` states what is asked of it before it may be used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Why = Literal["helps", "not_allowed", "too_few", "one_sided", "no_gain", "no_flags"]

MIN_CASES, MIN_EACH = 20, 5  # decided cases in all, and of each decision
MARGIN = 0.02  # nats of log loss that the adjustment must gain in cross-validation
FOLDS = 10
CONFLICT_FROM = 0.5  # an adjusted score below it puts a flag aside; the view v_cases says the same
_FLOOR = 1e-6  # of a score, before its log-odds are taken; as in v_cases
# Standard deviation of the prior of each feature, by what stands before the colon.
_SPREAD = {
    "bias": 2.0,
    "score": 0.5,
    "voice": 0.7,
    "source": 0.7,
    "kind": 0.7,
    "statement": 1.0,
    "role_mixing": 0.7,
}
_DRAWS, _SEED = 2_000, 0


@dataclass(frozen=True, slots=True)
class Flagged:
    """One flag as the model gave it: its own ``score``, and ``flagged`` when it calls it a conflict."""

    story: str
    score: float
    flagged: bool
    statement: str
    kind: str  # "" = the brand file does not have the statement any more
    voice: str
    source_type: str
    role_mixing: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What the adjustment does to cases it has not seen. None where there are too few to tell.

    ``gain`` is the log loss of the model less that of the adjustment, (low, high) its 95 % bootstrap interval over
    stories. Each ``majority`` says of every case what most cases of the other folds were. F1 is of "confirmed".
    """

    cases: int
    confirmed: int
    stories: int
    log_loss: float | None = None
    log_loss_model: float | None = None
    log_loss_majority: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None
    f1: float | None = None
    f1_model: float | None = None
    f1_majority: float | None = None

    @property
    def gain(self) -> float | None:
        if self.log_loss is None or self.log_loss_model is None:
            return None
        return self.log_loss_model - self.log_loss


def features(flag: Flagged) -> dict[str, float]:
    """Its features by name; one that is not there is 0."""
    p = min(max(flag.score, _FLOOR), 1 - _FLOOR)
    found = {
        "bias": 1.0,
        "score": float(np.log(p / (1 - p))),
        f"voice:{flag.voice}": 1.0,
        f"source:{flag.source_type}": 1.0,
        f"statement:{flag.statement}": 1.0,
    }
    if flag.kind:
        found[f"kind:{flag.kind}"] = 1.0
    if flag.role_mixing:
        found["role_mixing"] = 1.0
    return found


def fit(flags: Sequence[Flagged], confirmed: Sequence[bool]) -> dict[str, float]:
    """The weight of each feature that occurs; the most probable ones under the priors."""
    rows = [features(flag) for flag in flags]
    names = sorted({name for row in rows for name in row} | {"bias", "score"})
    x = np.array([[row.get(name, 0.0) for name in names] for row in rows]).reshape(len(rows), len(names))
    y = np.asarray(confirmed, dtype=float)
    start = np.array([1.0 if name == "score" else 0.0 for name in names])
    precision = np.array([_SPREAD[name.split(":")[0]] ** -2 for name in names])
    return dict(zip(names, _newton(x, y, start, precision).tolist(), strict=True))


def _newton(x: Array, y: Array, start: Array, precision: Array) -> Array:
    """The maximum of a strictly concave function, by Newton's steps that are halved until they climb."""

    def loss(w: Array) -> float:
        z = x @ w
        return float(np.logaddexp(0.0, z).sum() - y @ z + 0.5 * precision @ (w - start) ** 2)

    w, now = start, loss(start)
    for _ in range(100):
        p = _sigmoid(x @ w)
        slope = x.T @ (p - y) + precision * (w - start)
        step = np.linalg.solve((x.T * (p * (1 - p))) @ x + np.diag(precision), slope)
        size = 1.0
        while size > 1e-4 and loss(w - size * step) > now:
            size /= 2
        w, before, now = w - size * step, now, loss(w - size * step)
        if before - now < 1e-10:
            break
    return w


def adjusted(flags: Sequence[Flagged], weights: Mapping[str, float]) -> Array:
    """(n,) adjusted scores; a feature without a weight changes nothing."""
    z = [sum(value * weights.get(name, 0.0) for name, value in features(flag).items()) for flag in flags]
    return _sigmoid(np.array(z, dtype=float))


def by_statement(weights: Mapping[str, float], kinds: Mapping[str, str]) -> dict[str, float]:
    """The same weights without kinds: a statement of ``kinds`` carries its kind's, so a score needs no brand file."""
    kept = {name: weight for name, weight in weights.items() if not name.startswith("kind:")}
    for statement, kind in kinds.items():
        name = f"statement:{statement}"
        kept[name] = kept.get(name, 0.0) + weights.get(f"kind:{kind}", 0.0)
    return {name: weight for name, weight in kept.items() if weight or name == "score"}


def effect(flags: Sequence[Flagged], confirmed: Sequence[bool]) -> Effect:
    """The cross-validated effect; only counts while there are too few cases, or hardly any of one decision."""
    y = np.asarray(confirmed, dtype=bool)
    stories = len({flag.story for flag in flags})
    counts = (len(y), int(y.sum()), stories)
    if _short(*counts[:2]) or stories < 2:
        return Effect(*counts)
    fold = folds(flags, confirmed)
    p, base = np.zeros(len(y)), np.zeros(len(y))
    for k in range(int(fold.max()) + 1):
        out = fold == k
        inside = [i for i in range(len(y)) if not out[i]]
        weights = fit([flags[i] for i in inside], [bool(y[i]) for i in inside])
        p[out] = adjusted([flags[i] for i in range(len(y)) if out[i]], weights)
        base[out] = (y[~out].sum() + 1) / ((~out).sum() + 2)
    model = np.array([flag.score for flag in flags])
    losses, losses_model = _log_losses(y, p), _log_losses(y, model)
    low, high = _interval(losses_model - losses, [flag.story for flag in flags])
    called = np.array([flag.flagged for flag in flags])
    return Effect(
        *counts,
        float(losses.mean()),
        float(losses_model.mean()),
        float(_log_losses(y, base).mean()),
        low,
        high,
        _f1(y, called & (p >= CONFLICT_FROM)),
        _f1(y, called),
        _f1(y, base >= CONFLICT_FROM),
    )


def verdict(found: Effect) -> Why:
    """Whether it may be used, and else why not.

    Asked are MIN_CASES cases with MIN_EACH of each decision; a log loss lower than the model's by MARGIN, with the
    whole interval above 0, and lower than the majority's; and an F1 that is no worse than the model's.
    """
    if found.cases < MIN_CASES:
        return "too_few"
    if _short(found.cases, found.confirmed) or found.log_loss is None:
        return "one_sided"
    assert found.gain is not None and found.gain_low is not None and found.log_loss_majority is not None
    assert found.f1 is not None and found.f1_model is not None
    better = found.gain >= MARGIN and found.gain_low > 0 and found.log_loss < found.log_loss_majority
    return "helps" if better and found.f1 >= found.f1_model else "no_gain"


def revision(weights: Mapping[str, float]) -> str:
    told = ";".join(f"{name}={weight:.6g}" for name, weight in sorted(weights.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def folds(flags: Sequence[Flagged], confirmed: Sequence[bool]) -> NDArray[np.int64]:
    """(n,) the fold of each case: a story lies in one, and stories with a confirmation are dealt out evenly."""
    real = {flag.story: False for flag in flags}
    for flag, yes in zip(flags, confirmed, strict=True):
        real[flag.story] |= yes
    dealt = sorted(
        real, key=lambda story: (real[story], hashlib.sha256(story.encode("utf-8", "replace")).digest())
    )
    number = {story: n % min(FOLDS, len(dealt)) for n, story in enumerate(dealt)}
    return np.array([number[flag.story] for flag in flags], dtype=np.int64)


def _short(cases: int, confirmed: int) -> bool:
    return cases < MIN_CASES or min(confirmed, cases - confirmed) < MIN_EACH


def _log_losses(y: NDArray[np.bool_], p: Array) -> Array:
    p = np.clip(p, _FLOOR, 1 - _FLOOR)
    return -np.where(y, np.log(p), np.log(1 - p))


def _interval(gains: Array, stories: Sequence[str]) -> tuple[float, float]:
    """95 %, drawing whole stories with replacement."""
    _, of = np.unique(np.array(stories), return_inverse=True)
    sums, sizes = np.bincount(of, gains), np.bincount(of)
    drawn = np.random.default_rng(_SEED).integers(0, len(sums), (_DRAWS, len(sums)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _f1(y: NDArray[np.bool_], called: NDArray[np.bool_]) -> float:
    hit = int((y & called).sum())
    return 2 * hit / (int(y.sum()) + int(called.sum())) if hit else 0.0


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -50.0, 50.0))))
