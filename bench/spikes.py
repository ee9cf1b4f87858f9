"""Measures the spike detector, beside a plain rule, in one run.

    python bench/spikes.py DATA_DIR     brands with gold labels (brand_*.jsonl): is the planted incident found, how
                                        soon, and how many false ones; beside a fixed number of negatives a day
    python bench/spikes.py --verdicts FILE DATA_DIR   the same with a judge's labels (held_out.jsonl: logits of a judge
                                        that has not seen the brand) for the gold ones
    python bench/spikes.py --nab DIR    Numenta score over 5-minute series with labelled windows (windows.json);
                                        beside the candidates of detectors.py
    python bench/spikes.py --speed      one look at 1,000 series over a year, going on and beginning anew

Incidents as people are told of them, of all series at once: incidents.py.

The Numenta score (standard profile): per window the first detection counts, more the earlier; each false one
costs; a missed window costs one. It is rescaled so that no detection is 0 and perfection 100. The first 15 % of a
file (750 bins at most) are not scored. The one threshold of all files is chosen on the other files.
"""

from __future__ import annotations

import json
import math
import random
import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from detectors import CANDIDATES

from monitor.spikes import Progress, SeriesKey, SpikeSettings, detect, fill, plan
from monitor.types import LABELS, Bin, Incident

Row = dict[str, Any]
HOUR = timedelta(hours=1)
FIXED = (4, 5, 6, 8)


# --- brands -------------------------------------------------------------------------------------------------


def hourly(times: Iterable[datetime], first: datetime, last: datetime) -> list[Bin]:
    counts = Counter(at.replace(minute=0, second=0, microsecond=0) for at in times)
    start = first.replace(minute=0, second=0, microsecond=0)
    return [Bin(start + i * HOUR, counts[start + i * HOUR]) for i in range(int((last - start) / HOUR) + 1)]


def _at(row: Row) -> datetime:
    return datetime.fromisoformat(row["published_at"]).astimezone(UTC)


def negative_stories(rows: Sequence[Row]) -> list[Row]:
    """Relevant rows that are negative for any target of ours, by time; of copies (``dup_group``) only the first."""
    first: dict[str, Row] = {}
    for row in sorted(rows, key=_at):
        if row["relevant"] and any(
            target["sentiment"] == "negative" and target["kind"] != "competitor" for target in row["targets"]
        ):
            first.setdefault(row.get("dup_group") or row["id"], row)
    return list(first.values())


def fixed_rule(bins: Sequence[Bin], least: int) -> list[Incident]:
    """An incident when the last 24 hours hold ``least``; the same one until they do not."""
    out: list[Incident] = []
    window: deque[int] = deque(maxlen=24)
    last: datetime | None = None
    for bin in bins:
        window.append(bin.count or 0)
        if sum(window) >= least and bin.count:
            if last is None or bin.at - last > timedelta(hours=24):
                out.append(Incident(bin.at, bin.at, None, bin.at, 0, sum(window), 0.0, 1.0))
            last = bin.at
    return out


def judge(found: Sequence[Incident], truth: Sequence[datetime]) -> tuple[int | None, int]:
    """(negatives after the fifth of the incident until it was reported; None = missed), false incidents.

    An hourly step sees an hour's mentions together, so the delay counts those in hours after the fifth's.
    """
    begin, end = truth[0] - HOUR, truth[-1] + timedelta(hours=24)
    hits = [i for i in found if begin <= i.detected_at <= end]
    false = sum(not begin <= i.detected_at <= end for i in found)
    if not hits:
        return None, false
    seen = sum(at < hits[0].detected_at + HOUR for at in truth)
    step = sum(at < truth[4].replace(minute=0, second=0, microsecond=0) + HOUR for at in truth)
    return max(0, seen - step), false


def judged(rows: Sequence[Row], labels: Mapping[tuple[str, str], str]) -> list[Row]:
    """The rows with a judge's label where it gave one; a target it did not judge is not negative."""
    out = []
    for row in rows:
        targets = [{**t, "sentiment": labels.get((row["id"], t["name"]), "neutral")} for t in row["targets"]]
        out.append({**row, "targets": targets})
    return out


def held_out(file: Path) -> dict[tuple[str, str], str]:
    """(mention, target) -> the likeliest label."""
    out = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["part"] in ("identity", "posts") and row["scored"]:
            out[row["id"], row["target"]] = LABELS[row["logits"].index(max(row["logits"]))]
    return out


def brands(folder: Path, verdicts: Path | None = None) -> None:
    labels = held_out(verdicts) if verdicts else None
    print(
        f"{'brand':10} {'days':>4} {'stories':>9} | {'delay':>5} {'false':>5} | a fixed number in 24 h: delay/false"
    )
    print(f"{'':10} {'':4} {'':9} | {'':5} {'':5} | " + "  ".join(f"{n:>6}" for n in FIXED))
    totals: Counter[str] = Counter()
    for path in sorted(folder.glob("brand_*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        span = sorted(_at(row) for row in rows)
        negative = negative_stories(judged(rows, labels) if labels else rows)
        times = [_at(row) for row in negative]
        truth = [_at(row) for row in negative if row.get("incident")]
        if len(truth) < 5:
            print(
                f"{path.stem.removeprefix('brand_'):10} left out: its incident has fewer than five negative stories"
            )
            continue
        bins = hourly(times, span[0], span[-1])
        totals["brands"] += 1
        delay, false = judge(detect(bins).incidents, truth)
        plain = [judge(fixed_rule(bins, n), truth) for n in FIXED]
        name = path.stem.removeprefix("brand_")
        print(
            f"{name:10} {len(bins) // 24:>4} {len(times):>9} | {_delay(delay):>5} {false:>5} | "
            + "  ".join(f"{_delay(d) + '/' + str(f):>6}" for d, f in plain)
        )
        totals.update(found=delay is not None, late=bool(delay), false=false, days=len(bins) // 24)
        for n, (d, f) in zip(FIXED, plain, strict=True):
            totals.update({f"found{n}": d is not None, f"late{n}": bool(d), f"false{n}": f})
    print(
        f"all: {totals['found']} of {totals['brands']} found, "
        f"{totals['late']} after the hourly step of the fifth negative, "
        f"{totals['false']} false in {totals['days']} days; fixed rules: "
        + "; ".join(
            f"{n}: {totals[f'found{n}']} found, {totals[f'late{n}']} late, {totals[f'false{n}']} false"
            for n in FIXED
        )
    )


def _delay(value: int | None) -> str:
    return "-" if value is None else str(value)


# --- Numenta ------------------------------------------------------------------------------------------------

Windows = list[tuple[int, int]]  # first and last index, inclusive
FALSE_COST = 0.11  # standard profile; a miss and a hit weigh 1


def sigmoid(position: float) -> float:
    return 2 / (1 + math.exp(5 * position)) - 1


def raw_score(alarms: Sequence[int], windows: Windows, probation: int) -> float:
    """Sum over one file; a perfect detector gets the number of windows, one that is silent minus that."""
    scored = [i for i in alarms if i >= probation]
    best = sigmoid(-1.0)
    total = 0.0
    for first, last in windows:
        hit = next((i for i in scored if first <= i <= last), None)
        total += -1.0 if hit is None else sigmoid(-(last - hit + 1) / (last - first + 1)) / best
    for i in scored:
        if any(first <= i <= last for first, last in windows):
            continue
        before = [(first, last) for first, last in windows if last < i]
        if before:
            first, last = before[-1]
            position = (i - last) / max(1, last - first)
            total += FALSE_COST * (-1.0 if position > 3 else sigmoid(position))
        else:
            total -= FALSE_COST
    return total


class Series:
    def __init__(self, path: Path, labels: Sequence[Sequence[str]]) -> None:
        rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()[1:] if line]
        self.name = path.stem.removeprefix("Twitter_volume_")
        self.times = [datetime.fromisoformat(row[0]).replace(tzinfo=UTC) for row in rows]
        self.values = [float(row[1]) for row in rows]
        self.windows: Windows = []
        for a, b in labels:
            first, last = (datetime.fromisoformat(x).replace(tzinfo=UTC) for x in (a, b))
            inside = [i for i, at in enumerate(self.times) if first <= at <= last]
            self.windows.append((inside[0], inside[-1]))
        self.probation = min(int(0.15 * len(rows)), 750)

    def ours(self) -> list[float]:
        bins = fill(
            [Bin(at, int(v)) for at, v in zip(self.times, self.values, strict=True)], timedelta(minutes=5)
        )
        scores = dict(detect(bins, SpikeSettings(timezone="UTC", holidays=""), timedelta(minutes=5)).scores)
        return [scores[at] for at in self.times]


def rescaled(score: float, windows: int) -> float:
    return 100 * (score + windows) / (2 * windows)


def scores_at(grid: Sequence[float], row: Sequence[float], windows: Windows, probation: int) -> list[float]:
    """``raw_score`` at every threshold, for an alarm at each bin that reaches it: what a bin is worth, found once."""
    silent = raw_score([], windows, probation)
    worth = np.array([raw_score([i], windows, probation) - silent for i in range(len(row))])
    values, inside = np.array(row), np.zeros(len(row), dtype=bool)
    values[:probation] = -1.0
    for first, last in windows:
        inside[first : last + 1] = True
    out = []
    for threshold in grid:
        alarms = values >= threshold
        total = silent + float(worth[alarms & ~inside].sum())
        for first, last in windows:
            hits = np.flatnonzero(alarms[first : last + 1])
            total += float(worth[first + hits[0]]) if len(hits) else 0.0
        out.append(total)
    return out


def leave_one_out(
    series: Sequence[Series], scores: Sequence[Sequence[float]]
) -> tuple[float, float, list[float]]:
    """(rescaled score with each file's threshold chosen on the others, with one chosen on all, per file)."""
    pooled = sorted({round(v, 3) for row in scores for v in row if v > 0})
    grid = [*pooled[:: max(1, len(pooled) // 400)], 1.1]
    table = [
        scores_at(grid, row, one.windows, one.probation) for one, row in zip(series, scores, strict=True)
    ]
    n = sum(len(one.windows) for one in series)
    own = []
    for i in range(len(series)):
        others = [sum(table[j][t] for j in range(len(series)) if j != i) for t in range(len(grid))]
        own.append(table[i][others.index(max(others))])
    best = max(sum(row[t] for row in table) for t in range(len(grid)))
    return (
        rescaled(sum(own), n),
        rescaled(best, n),
        [rescaled(s, len(x.windows)) for s, x in zip(own, series, strict=True)],
    )


def nab(folder: Path) -> None:
    labels = json.loads((folder / "windows.json").read_text(encoding="utf-8"))
    series = [Series(folder / Path(name).name, spans) for name, spans in sorted(labels.items())]
    n = sum(len(one.windows) for one in series)
    null = sum(raw_score([], one.windows, one.probation) for one in series)
    perfect = sum(
        raw_score([first for first, _ in one.windows], one.windows, one.probation) for one in series
    )
    print(
        f"{len(series)} files, {n} windows; check: null {rescaled(null, n):.1f}, perfect {rescaled(perfect, n):.1f}"
    )
    print(f"{'':32} {'left out':>8} {'on all':>7}  " + " ".join(f"{one.name:>6}" for one in series))
    began = time.perf_counter()
    ours = [one.ours() for one in series]
    seconds = time.perf_counter() - began
    candidates = {name: [find(one.values) for one in series] for name, find in CANDIDATES.items()}
    for name, scores in {"omdomme detect": ours, **candidates}.items():
        out, best, each = leave_one_out(series, scores)
        print(f"{name:32} {out:8.1f} {best:7.1f}  " + " ".join(f"{value:6.1f}" for value in each), flush=True)
    print(f"{sum(len(one.values) for one in series):,} bins in {seconds:.1f} s")


# --- speed --------------------------------------------------------------------------------------------------


def speed(targets: int = 50, statements: int = 20, days: int = 365) -> None:
    """Few series are busy and most are not: the n-th busiest gets 50 / n stories a day; and all get two a day."""
    first, hours = datetime(2025, 1, 1, tzinfo=UTC), days * 24
    for name, daily in (("50 / n a day", lambda n: 50 / (n + 1)), ("2 a day each", lambda n: 2.0)):
        rng = random.Random(1)
        series = {}
        for n in range(targets * statements):
            key = SeriesKey(f"target {n // statements}", "conflicting", f"statement.{n % statements}")
            counts = Counter(rng.randrange(hours) for _ in range(int(daily(n) * days)))
            series[key] = [Bin(first + i * HOUR, counts[i]) for i in range(hours)]
        progress = Progress()
        for what, bins, use in (
            ("anew, a year", {key: b[:-1] for key, b in series.items()}, progress),
            ("next hour, going on", series, progress),
            ("next hour, anew over 28 days", {key: b[-28 * 24 :] for key, b in series.items()}, None),
        ):
            now = bins[next(iter(bins))][-1].at
            began = time.process_time()
            plan(bins, [], now, SpikeSettings(), "target 0", progress=use)
            print(
                f"{len(series):,} series, {name:14} {what:30} {time.process_time() - began:6.2f} s",
                flush=True,
            )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--speed"]:
            speed()
        case ["--verdicts", file, folder]:
            brands(Path(folder), Path(file))
        case ["--nab", folder]:
            nab(Path(folder))
        case [folder]:
            brands(Path(folder))
        case _:
            sys.exit(__doc__)
