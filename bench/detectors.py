"""What else could find spikes: each takes a series of counts and gives a score per bin from earlier bins only.

Written from their papers, with the parameters named there; what the Numenta benchmark publishes for its own versions
differs. Scores are squeezed into 0..1 where they need it; only their order matters to a threshold.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence

DAY_BINS = 288  # of five minutes


def gaussian(values: Sequence[float], size: int = 6400, least: int = 100) -> list[float]:
    """-log10 of the upper normal tail of a value among the ``size`` before it."""
    out: list[float] = []
    window: deque[float] = deque(maxlen=size)
    total = squares = 0.0
    for value in values:
        score = 0.0
        if len(window) >= least:
            mean = total / len(window)
            spread = math.sqrt(max(squares / len(window) - mean * mean, 1e-6))
            score = -math.log10(max(0.5 * math.erfc((value - mean) / spread / math.sqrt(2)), 1e-300))
        out.append(score / (score + 4))
        if len(window) == size:
            old = window[0]
            total, squares = total - old, squares - old * old
        window.append(value)
        total, squares = total + value, squares + value * value
    return out


def gaussian_of_numenta(values: Sequence[float], size: int = 6400, step: int = 100) -> list[float]:
    """As the benchmark has it: one minus the tail, either side; mean and spread renewed every ``step`` bins."""
    out: list[float] = []
    window: list[float] = []
    waiting: list[float] = []
    mean, spread = 0.0, 1.0
    for value in values:
        out.append(1 - 0.5 * math.erfc(abs(value - mean) / spread / math.sqrt(2)) if window else 0.0)
        if len(window) < size:
            window.append(value)
            if len(window) > 200 and len(window) % 50:
                continue  # the benchmark renews at each; that changes little and takes hours
        else:
            waiting.append(value)
            if len(waiting) < step:
                continue
            window, waiting = [*window[step:], *waiting], []
        mean = sum(window) / len(window)
        spread = math.sqrt(max(sum((v - mean) ** 2 for v in window) / len(window), 1e-6))
    return out


def ewma(values: Sequence[float], level: float = 0.1, spread: float = 0.005) -> list[float]:
    """A control chart: deviation from an exponentially weighted mean in its standard deviations."""
    out: list[float] = []
    mean, square = (values[0] if values else 0.0), 0.0
    for i, value in enumerate(values):
        deviation = value - mean
        z = deviation / math.sqrt(square) if deviation > 0 and square > 0 else 0.0
        out.append(z / (z + 3))
        square += (deviation * deviation - square) * max(spread, 1 / (i + 1))
        mean += deviation * max(level, 1 / (i + 1))
    return out


def hybrid_esd(values: Sequence[float], days: int = 7) -> list[float]:
    """ADVec-like: residual from the same five minutes of the days before and the median, over the median deviation.

    Twitter's detector decomposes a window by season, takes the median for the trend and tests the extremes with
    robust spread (seasonal hybrid ESD); here online, median and spread renewed every hour.
    """
    out: list[float] = []
    season: list[deque[float]] = [deque(maxlen=days) for _ in range(DAY_BINS)]
    recent: deque[float] = deque(maxlen=days * DAY_BINS)
    residuals: deque[float] = deque(maxlen=days * DAY_BINS)
    median = middle = 0.0
    spread = 1.0
    for i, value in enumerate(values):
        slot = season[i % DAY_BINS]
        usual = sum(slot) / len(slot) - median if slot else 0.0
        residual = value - median - usual
        z = max(0.0, residual - middle) / spread if i >= DAY_BINS else 0.0
        out.append(z / (z + 3))
        slot.append(value)
        recent.append(value)
        residuals.append(residual)
        if i % 12 == 0:
            median = sorted(recent)[len(recent) // 2]
            ordered = sorted(residuals)
            middle = ordered[len(ordered) // 2]
            spread = max(1.0, 1.4826 * sorted(abs(r - middle) for r in ordered)[len(ordered) // 2])
    return out


def change_points(values: Sequence[float], hazard: float = 1 / 250, most: int = 40) -> list[float]:
    """Bayesian online change points (Adams and MacKay 2007) on square roots, normal with unknown mean and variance.

    The score is how badly the run lengths believed in so far foretold the value: -log10 of its predictive density
    relative to that of the likeliest value, where it rose.
    """
    out: list[float] = []
    weights = [1.0]
    params = [(0.0, 1.0, 1.0, 1.0)]  # mean, kappa, alpha, beta of every run length
    for value in values:
        x = math.sqrt(value)
        density, peak, mean = [], 0.0, 0.0
        for weight, (mu, kappa, alpha, beta) in zip(weights, params, strict=True):
            scale = beta * (kappa + 1) / (alpha * kappa)
            top = math.exp(math.lgamma(alpha + 0.5) - math.lgamma(alpha)) / math.sqrt(
                2 * math.pi * alpha * scale
            )
            density.append(top * (1 + (x - mu) ** 2 / (2 * alpha * scale)) ** -(alpha + 0.5))
            peak += weight * top
            mean += weight * mu
        foretold = sum(w * d for w, d in zip(weights, density, strict=True))
        score = -math.log10(max(foretold / peak, 1e-300)) if x > mean else 0.0
        out.append(score / (score + 3))
        grown = [w * d * (1 - hazard) for w, d in zip(weights, density, strict=True)]
        weights = [foretold * hazard, *grown]
        params = [
            (0.0, 1.0, 1.0, 1.0),
            *(
                ((k * m + x) / (k + 1), k + 1, a + 0.5, b + k * (x - m) ** 2 / (2 * (k + 1)))
                for m, k, a, b in params
            ),
        ]
        if len(weights) > most:
            weights[-2] += weights[-1]
            weights.pop()
            params.pop(-2)
        total = sum(weights) or 1.0
        weights = [w / total for w in weights]
    return out


CANDIDATES: dict[str, Callable[[Sequence[float]], list[float]]] = {
    "windowed Gaussian, log tail": gaussian,
    "windowed Gaussian as in Numenta": gaussian_of_numenta,
    "ADVec-like (seasonal hybrid ESD)": hybrid_esd,
    "EWMA chart": ewma,
    "Bayesian online change points": change_points,
}
