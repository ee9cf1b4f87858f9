from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from monitor.classifiers.calibration import Calibration, softmax
from monitor.errors import ModelError
from monitor.types import JudgeRequest


def written(
    own: float = 0.0, matrix: object = None, bias: tuple[float, ...] = (0, 0, 0), temperature: float = 2.0
) -> str:
    """The identity, but that an employee's text gets ``own`` on negative."""
    offsets = {"voice": {"employee": [own, 0, 0]}, "source_type": {}, "kind": {}}
    matrix = matrix or np.eye(3).tolist()
    return json.dumps({"matrix": matrix, "bias": bias, "offsets": offsets, "temperature": temperature})


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "{}",
        "[]",
        written(matrix=[[1]]),
        written(bias=(0, 0)),
        written(own=float("nan")),
        written(temperature=0),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "calibration.json"
    with pytest.raises(ModelError, match=r"calibration\.json"):
        Calibration.read(file)
    file.write_text(content)
    with pytest.raises(ModelError, match=r"calibration\.json"):
        Calibration.read(file)


def test_circumstances_shift_and_unknown_ones_do_not(tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    file.write_text(written(own=5.0))
    z = np.array([[0.2, 1.0, -0.5], [0.2, 1.0, -0.5]], np.float32)
    outside = JudgeRequest("x", source_type="unheard of")
    inside = JudgeRequest("x", voice="employee", source_type="news")
    p = Calibration.read(file).probabilities(z, [outside, inside])
    assert np.allclose(p.sum(1), 1, atol=1e-6)
    assert np.allclose(p[0], softmax(z)[0], atol=1e-6)
    odds = np.log(p[1, 0] / p[1, 1]) - np.log(p[0, 0] / p[0, 1])
    assert odds == pytest.approx(5.0, abs=1e-3)
    assert Calibration.read(file).probabilities(z[:0], []).shape == (0, 3)


def test_a_text_from_nobody_knows_where_is_only_made_less_sure(tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    file.write_text(written(own=5.0, bias=(3, 0, 0)))
    z = np.array([[0.2, 1.0, -0.5]], np.float32)
    p = Calibration.read(file).probabilities(z, [JudgeRequest("x", voice="employee")])
    assert np.allclose(p, softmax(z / 2), atol=1e-6)
