"""A whole evaluation as values: what the tables show and what ``--json`` prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.evaluation import metrics
from monitor.evaluation.metrics import Bin, ClassScore
from monitor.evaluation.sheet import STATUSES, Columns
from monitor.types import LABELS

FEW_BRANDS = 5  # from so many brands on they are the clusters; fewer say nothing of how much brands differ


@dataclass(frozen=True, slots=True)
class System:
    """The model, or a baseline on the same rows. ``interval`` = 95 % bootstrap; None for fewer than two clusters."""

    name: str
    macro_f1: float | None
    interval: tuple[float, float] | None
    accuracy: float | None
    classes: tuple[ClassScore, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """One part of the rows. ``classes`` = how many of the three occur in its gold labels: the mean is over those."""

    dimension: str
    name: str
    n: int
    classes: int
    macro_f1: float | None
    interval: tuple[float, float] | None
    accuracy: float | None
    majority: float | None
    lexicon: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """``prior_*``: the same figure for one who always answers the class shares of these rows. ``ece_by_chance``: what
    a perfectly calibrated judge would show on as many rows."""

    ece: float | None
    ece_by_chance: float | None
    ece_equal_width: float | None
    brier: float | None
    prior_brier: float | None
    log_loss: float | None
    prior_log_loss: float | None
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Unsure:
    n: int
    share: float | None
    accuracy_unsure: float | None
    accuracy_judged: float | None


@dataclass(frozen=True, slots=True)
class Mood:
    """Pairs scored by standing that give the mood of the wording too. ``macro_f1`` = the mood taken for an answer:
    what a judge that read moods perfectly and knew nothing of standing would get."""

    n: int
    differ: int
    macro_f1: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """``n`` labelled pairs, of which ``unjudged`` got no verdict; all else is on the ``answered`` ones unless it says
    otherwise. ``confusion``: rows gold, columns the answer and, last, unjudged. ``systems``: the model first."""

    n: int
    answered: int
    unjudged: int
    models: tuple[str, ...]
    gold_by: dict[str, int]
    labels: tuple[str, ...]
    without_gold: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    systems: tuple[System, ...]
    unjudged_as_wrong: tuple[float | None, float | None]  # macro-F1, accuracy
    groups: tuple[Group, ...]
    calibration: Calibration
    unsure: Unsure
    mood: Mood
    clusters: int
    cluster: str  # what was drawn: brand or text
    samples: int
    seed: int
    min_group: int


def assess(columns: Columns, *, samples: int = 1000, seed: int = 0, min_group: int = 30) -> Report:
    """Everything there is to say. Groups of fewer than ``min_group`` rows are added up."""
    gold, found = columns.gold.astype(np.int64), columns.p.argmax(1)
    answered = columns.status != STATUSES.index("unjudged")
    cluster, clusters = "text", columns.text
    if columns.brand is not None and len(np.unique(columns.brand)) >= FEW_BRANDS:
        cluster, clusters = "brand", columns.brand.astype(np.int64)
    shown = np.where(answered, found, metrics.CLASSES)
    whole = metrics.confusion(gold, shown, metrics.CLASSES + 1)
    answers = {
        "model": found,
        "majority": np.full(len(gold), np.bincount(gold[answered], minlength=metrics.CLASSES).argmax()),
        "lexicon": columns.lexicon.astype(np.int64),
    }

    def interval(of: NDArray[np.int64], rows: NDArray[np.bool_]) -> tuple[float, float] | None:
        return metrics.interval(gold[rows], of[rows], clusters[rows], samples=samples, seed=seed)

    def system(name: str) -> System:
        matrix = metrics.confusion(gold[answered], answers[name][answered])
        return System(
            name,
            metrics.macro_f1(matrix),
            interval(answers[name], answered),
            metrics.accuracy(matrix),
            metrics.by_class(matrix),
        )

    def group(dimension: str, name: str, rows: NDArray[np.bool_]) -> Group:
        matrix = metrics.confusion(gold[rows], found[rows])
        mode = np.bincount(gold[rows], minlength=metrics.CLASSES).argmax()
        return Group(
            dimension,
            name,
            int(rows.sum()),
            int((matrix.sum(1) > 0).sum()),
            metrics.macro_f1(matrix),
            interval(found, rows),
            metrics.accuracy(matrix),
            metrics.macro_f1(metrics.confusion(gold[rows], np.full(int(rows.sum()), mode))),
            metrics.macro_f1(metrics.confusion(gold[rows], answers["lexicon"][rows])),
        )

    per_class = whole.sum(1)
    return Report(
        n=len(gold),
        answered=int(answered.sum()),
        unjudged=int((~answered).sum()),
        models=columns.models,
        gold_by={str(by): n for by, n in columns.by.items()},
        labels=LABELS,
        without_gold=tuple(label for i, label in enumerate(LABELS) if not per_class[i]),
        confusion=tuple(tuple(int(v) for v in row) for row in whole),
        systems=tuple(system(name) for name in answers),
        unjudged_as_wrong=(metrics.macro_f1(whole), metrics.accuracy(whole)),
        groups=_groups(columns, answered, min_group, group),
        calibration=_calibration(gold[answered], columns.p[answered], seed),
        unsure=_unsure(columns.status, found == gold),
        mood=_mood(gold, columns.mood),
        clusters=len(np.unique(clusters[answered])),
        cluster=cluster,
        samples=samples,
        seed=seed,
        min_group=min_group,
    )


def _groups(
    columns: Columns,
    answered: NDArray[np.bool_],
    least: int,
    group: Callable[[str, str, NDArray[np.bool_]], Group],
) -> tuple[Group, ...]:
    """Per dimension that divides the rows, largest first; the small ones together, last."""
    out: list[Group] = []
    for dimension, (names, codes) in columns.groups.items():
        sizes = np.bincount(codes[answered], minlength=len(names))
        if (sizes > 0).sum() < 2:
            continue
        small = np.flatnonzero((sizes > 0) & (sizes < least))
        large = sorted(np.flatnonzero(sizes >= least), key=lambda code: (-sizes[code], names[code]))
        out += [group(dimension, names[code] or "none", answered & (codes == code)) for code in large]
        if len(small):
            name = f"{len(small)} others" if len(small) > 1 else names[small[0]] or "none"
            out.append(group(dimension, name, answered & np.isin(codes, small)))
    return tuple(out)


def _calibration(gold: NDArray[np.int64], p: NDArray[np.float64], seed: int) -> Calibration:
    confidence, right = p.max(1), p.argmax(1) == gold
    bins = metrics.reliability(confidence, right)
    shares = np.bincount(gold, minlength=metrics.CLASSES) / max(1, len(gold))
    prior = np.broadcast_to(shares, p.shape)
    return Calibration(
        metrics.expected_calibration_error(bins),
        metrics.chance_calibration_error(confidence, seed=seed),
        metrics.expected_calibration_error(metrics.reliability(confidence, right, equal_mass=False)),
        metrics.brier(gold, p),
        metrics.brier(gold, prior),
        metrics.log_loss(gold, p),
        metrics.log_loss(gold, prior),
        bins,
    )


def _unsure(status: NDArray[np.int8], right: NDArray[np.bool_]) -> Unsure:
    judged, unsure = (status == STATUSES.index(name) for name in ("judged", "unsure"))
    answered = int(judged.sum() + unsure.sum())
    return Unsure(
        int(unsure.sum()),
        float(unsure.sum() / answered) if answered else None,
        float(right[unsure].mean()) if unsure.any() else None,
        float(right[judged].mean()) if judged.any() else None,
    )


def _mood(gold: NDArray[np.int64], mood: NDArray[np.int8]) -> Mood:
    given = mood >= 0
    matrix = metrics.confusion(gold[given], mood[given].astype(np.int64))
    return Mood(int(given.sum()), int((gold[given] != mood[given]).sum()), metrics.macro_f1(matrix))
