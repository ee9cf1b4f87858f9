"""From logits to probabilities that mean what they say. Fitted by training/calibrate.py."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.errors import ModelError
from monitor.types import LABELS, JudgeRequest


class Calibration:
    """Logits -> probabilities that mean what they say.

    The log-probabilities are mixed by a 3 x 3 matrix, and offsets are added for who speaks, where, and what kind of
    target it is: a review is seldom neutral, a brand's own post seldom negative. A text from nobody knows where
    (``source_type`` other) is none of these circumstances: its log-probabilities are divided by a temperature, so its
    label stays what the network said. Fitted by training/calibrate.py on judgements of brands the model had not seen.
    """

    GROUPS = ("voice", "source_type", "kind")
    UNKNOWN = "other"

    def __init__(
        self,
        matrix: Sequence[Sequence[float]],
        bias: Sequence[float],
        offsets: Mapping[str, Mapping[str, Sequence[float]]],
        temperature: float,
    ) -> None:
        n = len(LABELS)
        self.temperature = float(temperature)
        self.matrix, self.bias = np.array(matrix, np.float64), np.array(bias, np.float64)
        self.offsets = {g: {k: np.array(v, np.float64) for k, v in offsets[g].items()} for g in self.GROUPS}
        each = [self.bias, *(v for group in self.offsets.values() for v in group.values())]
        if self.matrix.shape != (n, n) or any(v.shape != (n,) for v in each):
            raise ValueError(f"the matrix must be {n} x {n}, bias and each offset {n} numbers")
        if not all(np.isfinite(v).all() for v in (self.matrix, *each)):
            raise ValueError("a number is not finite")
        if not 0.1 <= self.temperature <= 10:
            raise ValueError(f"the temperature is {self.temperature}, not from 0.1 to 10")

    @classmethod
    def read(cls, file: Path) -> Calibration:
        try:
            given = json.loads(file.read_text("utf-8"))
            return cls(given["matrix"], given["bias"], given["offsets"], given["temperature"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(
                f"{file}: not a calibration of this version ({error!r}). Remedy: install the package again, or "
                "make the file with training/calibrate.py"
            ) from error

    def probabilities(
        self, logits: NDArray[np.float32], requests: Sequence[JudgeRequest]
    ) -> NDArray[np.float32]:
        nothing = np.zeros(len(LABELS))
        said = np.log(softmax(logits).astype(np.float64) + 1e-9)
        z = said @ self.matrix + self.bias
        for group in self.GROUPS:
            known = self.offsets[group]
            z += np.array([known.get(getattr(r, group), nothing) for r in requests]).reshape(z.shape)
        unknown = np.array([r.source_type == self.UNKNOWN for r in requests], dtype=bool)
        z[unknown] = said[unknown] / self.temperature
        return softmax(z)


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float32]:
    if not len(logits):
        return np.zeros((0, len(LABELS)), np.float32)
    e = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True), dtype=np.float32)
