"""The figures, from arrays: ``gold`` and ``found`` are class numbers over LABELS, ``p`` are rows of probabilities.

Pure numpy. A figure that cannot be had (no rows, a class nobody was given) is None, never NaN and never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.types import LABELS

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]

CLASSES = len(LABELS)
BINS = 15
_FLOOR = 1e-15  # a class that got 0 and was right would else cost infinitely much


@dataclass(frozen=True, slots=True)
class ClassScore:
    """``n`` = rows whose gold label it is. Precision is None when nothing was called so, recall when n is 0."""

    label: str
    n: int
    precision: float | None
    recall: float | None
    f1: float | None  # None when the class is neither in the gold labels nor among the answers


@dataclass(frozen=True, slots=True)
class Bin:
    """``low`` and ``high`` are the smallest and largest confidence in it."""

    n: int
    low: float
    high: float
    confidence: float
    accuracy: float


def confusion(gold: Ints, found: Ints, columns: int = CLASSES) -> NDArray[np.int64]:
    """Counts, gold label by answer."""
    flat = np.bincount(gold.astype(np.int64) * columns + found, minlength=CLASSES * columns)
    return flat.reshape(CLASSES, columns)


def by_class(matrix: NDArray[np.int64]) -> tuple[ClassScore, ...]:
    """Per class, from a confusion matrix whose further columns (no answer) count as wrong."""
    gold, found, hit = matrix.sum(1), matrix.sum(0)[:CLASSES], matrix.diagonal()
    return tuple(
        ClassScore(
            label,
            int(gold[i]),
            _share(hit[i], found[i]),
            _share(hit[i], gold[i]),
            _share(2 * hit[i], gold[i] + found[i]),
        )
        for i, label in enumerate(LABELS)
    )


def macro_f1(matrix: NDArray[np.int64]) -> float | None:
    """Mean F1 of the classes that occur in the gold labels; None when there is no row."""
    value = float(_macro(matrix[np.newaxis])[0])
    return None if np.isnan(value) else value


def accuracy(matrix: NDArray[np.int64]) -> float | None:
    return _share(matrix.diagonal().sum(), matrix.sum())


def _macro(matrices: NDArray[np.integer[Any]]) -> Floats:
    """Macro-F1 of each of (n, classes, columns) confusion matrices; NaN for an empty one."""
    gold, found = matrices.sum(2), matrices.sum(1)[:, :CLASSES]
    hit = np.diagonal(matrices, axis1=1, axis2=2)
    f1 = 2 * hit / np.maximum(gold + found, 1)
    occurs = gold > 0
    with np.errstate(invalid="ignore"):
        return np.asarray((f1 * occurs).sum(1) / occurs.sum(1), dtype=np.float64)


def interval(
    gold: Ints, found: Ints, clusters: Ints, *, samples: int, seed: int, level: float = 0.95
) -> tuple[float, float] | None:
    """Percentile bootstrap of macro-F1 in which whole clusters are drawn; None for fewer than two clusters.

    A cluster is known by its confusion matrix alone, and clusters with the same one are interchangeable: one
    multinomial draw over the kinds there are stands for drawing each cluster, so that the cost does not grow with
    the rows. In a draw without a class the mean is over the others.
    """
    _, where = np.unique(clusters, return_inverse=True)
    count = int(where.max()) + 1 if len(where) else 0
    if count < 2:
        return None
    cells = np.zeros((count, CLASSES * CLASSES), np.int64)
    np.add.at(cells, (where, gold.astype(np.int64) * CLASSES + found), 1)
    kinds, times = np.unique(cells, axis=0, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(count, times / count, size=samples)
    scores = _macro((drawn @ kinds).reshape(-1, CLASSES, CLASSES))
    low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def reliability(confidence: Floats, right: NDArray[np.bool_], *, equal_mass: bool = True) -> tuple[Bin, ...]:
    """Up to BINS bins of the highest probability; equal mass = as many rows in each, else equal widths of 0..1."""
    order = np.argsort(confidence, kind="stable")
    if equal_mass:
        parts = np.array_split(order, min(BINS, len(order)) or 1)
    else:
        at = np.minimum((confidence * BINS).astype(int), BINS - 1)
        parts = [np.flatnonzero(at == i) for i in range(BINS)]
    return tuple(
        Bin(
            len(rows),
            float(confidence[rows].min()),
            float(confidence[rows].max()),
            float(confidence[rows].mean()),
            float(right[rows].mean()),
        )
        for rows in parts
        if len(rows)
    )


def expected_calibration_error(bins: tuple[Bin, ...]) -> float | None:
    """Mean distance between confidence and accuracy over the bins, weighed by their rows."""
    n = sum(b.n for b in bins)
    return sum(b.n * abs(b.confidence - b.accuracy) for b in bins) / n if n else None


def chance_calibration_error(confidence: Floats, *, seed: int, draws: int = 100) -> float | None:
    """What ``expected_calibration_error`` would show, on average, for one who is right exactly as often as it says.

    Not zero: with few rows in a bin its accuracy strays from the confidence by chance alone.
    """
    if not len(confidence):
        return None
    rng = np.random.default_rng(seed)
    sure = np.sort(confidence)
    sizes = np.array([len(part) for part in np.array_split(sure, min(BINS, len(sure)))])
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    said = np.add.reduceat(sure, starts)
    errors = [
        np.abs(np.add.reduceat((rng.random(len(sure)) < sure).astype(float), starts) - said).sum()
        for _ in range(draws)
    ]
    return float(np.mean(errors) / len(sure))


def brier(gold: Ints, p: Floats) -> float | None:
    """Mean squared distance to the truth over all three classes: 0 is perfect, 2 is surely wrong every time."""
    return float(((p - np.eye(CLASSES)[gold]) ** 2).sum(1).mean()) if len(gold) else None


def log_loss(gold: Ints, p: Floats) -> float | None:
    """Mean -ln of what the true class was given."""
    return float(-np.log(np.maximum(p[np.arange(len(gold)), gold], _FLOOR)).mean()) if len(gold) else None


def _share(part: Any, whole: Any) -> float | None:
    return float(part / whole) if whole else None
