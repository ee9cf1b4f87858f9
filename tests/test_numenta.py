"""The scorer of bench/spikes.py follows the public rules: nothing said is 0, perfection 100, early is worth more."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    folder = str(Path(__file__).parent.parent / "bench")
    sys.path.insert(0, folder)
    try:
        import spikes
    finally:
        sys.path.remove(folder)
    return spikes  # type: ignore[no-any-return]


WINDOWS = [(1000, 1100), (2000, 2200)]


def test_null_is_0_and_perfect_is_100(bench: ModuleType) -> None:
    assert bench.rescaled(bench.raw_score([], WINDOWS, 750), 2) == 0
    perfect = bench.raw_score([1000, 2000], WINDOWS, 750)
    assert bench.rescaled(perfect, 2) == pytest.approx(100, abs=1.0)
    assert bench.raw_score([first for first, _ in WINDOWS], WINDOWS, 750) == pytest.approx(2, abs=0.02)


def test_late_is_worth_less_false_ones_cost_and_the_beginning_is_not_scored(bench: ModuleType) -> None:
    early = bench.raw_score([1000, 2000], WINDOWS, 750)
    late = bench.raw_score([1090, 2190], WINDOWS, 750)
    assert 0 < late < early
    assert bench.raw_score([800, 1000, 2000], WINDOWS, 750) == pytest.approx(early - 0.11)
    assert bench.raw_score([1500, 1000, 2000], WINDOWS, 750) == pytest.approx(early - 0.11, abs=1e-6)
    assert bench.raw_score([100, 700, 1000, 2000], WINDOWS, 750) == early
    assert bench.raw_score([1000, 1001, 1050, 2000], WINDOWS, 750) == early  # once per window
    assert -0.11 < bench.raw_score([1000, 1101, 2000], WINDOWS, 750) - early < 0  # just behind costs little


def test_all_thresholds_at_once_are_each_threshold_alone(bench: ModuleType) -> None:
    rng = random.Random(1)
    row = [rng.random() for _ in range(3000)]
    grid = [0.9, 0.99, 0.999, 1.1]
    alone = [bench.raw_score([i for i, v in enumerate(row) if v >= t], WINDOWS, 750) for t in grid]
    assert bench.scores_at(grid, row, WINDOWS, 750) == pytest.approx(alone)
