"""Two judges: the first decides, and only what it is unsure of goes to the second.

Options: ``second`` (a classifier by name, or a mapping with ``name`` and its options), ``first`` (the same; default
the bundled one), ``band`` (0 to 1: a verdict whose most probable class leads the next by less goes to the second;
default: what the monitor calls unsure).

Each verdict bears the name of the judge that gave it. Where the second judge has no answer (down, budget spent, a
reply that is none) the verdict of the first stands, unsure; how often is in ``summary``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from monitor import classifiers
from monitor.errors import ConfigError
from monitor.types import Asking, Classifier, JudgeRequest

_OPTIONS = ("band", "first", "second")


class CascadeClassifier:
    """What ``types.Cascade`` and ``types.Asking`` ask for; ``sentiment`` does the passing on."""

    def __init__(self, first: Classifier, second: Classifier, band: float | None) -> None:
        self.name = first.name
        self.first, self.second, self.band = first, second, band

    def probabilities(self, requests: Sequence[JudgeRequest]) -> NDArray[np.float32]:
        """The first judge's rows alone: what is unsure is known only of whole verdicts."""
        return self.first.probabilities(requests)

    @property
    def stopped(self) -> str:
        """Of the first judge alone: without the second, everything still gets a verdict."""
        return self.first.stopped if isinstance(self.first, Asking) else ""

    def begin(self) -> None:
        for judge in (self.first, self.second):
            if isinstance(judge, Asking):
                judge.begin()

    def summary(self) -> str:
        lines = (j.summary() for j in (self.first, self.second) if isinstance(j, Asking))
        return "; ".join(line for line in lines if line)


def load(*, threads: int = 2, options: Mapping[str, object] | None = None) -> CascadeClassifier:
    """Raises ConfigError for wrong options, ModelError when one of the two cannot be loaded."""
    given = dict(options or {})
    if unknown := sorted(set(given) - set(_OPTIONS)):
        raise ConfigError(f"classifier cascade has no option {unknown}. It has: {', '.join(_OPTIONS)}.")
    band = given.get("band")
    if band is not None and (
        isinstance(band, bool) or not isinstance(band, int | float) or not 0 < band <= 1
    ):
        raise ConfigError(f"classifier cascade: band is {band!r}; give a number above 0 and at most 1.")
    if "second" not in given:
        raise ConfigError("classifier cascade needs the option second: the classifier the unsure goes to.")
    first, second = (_part(role, given.get(role, "onnx"), threads) for role in ("first", "second"))
    if first.name == second.name:
        raise ConfigError(f"classifier cascade: first and second are the same judge ({first.name}).")
    return CascadeClassifier(first, second, None if band is None else float(band))


def _part(role: str, value: object, threads: int) -> Classifier:
    options = dict(value) if isinstance(value, Mapping) else {"name": value}
    name = options.pop("name", None)
    if not isinstance(name, str):
        raise ConfigError(f"classifier cascade: {role} needs a name, as in {role}: {{name: lexicon}}.")
    if name == "cascade":
        raise ConfigError(f"classifier cascade: {role} cannot be a cascade itself.")
    return classifiers.load(name, threads=threads, options=options)
