"""How something went over time: one line per series, as PNG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PIL import ImageDraw

from monitor.pictures.card import (
    EDGE,
    FAINT,
    INK,
    LETTERS,
    MISSING,
    RULE,
    card,
    font,
    legend,
    nice_top,
    png,
    width_of,
)

HEIGHT = 460
MOST = 400  # points of one series
PERIOD = "#e9eef2"
WIDE = 5  # pixels of a line


@dataclass(frozen=True, slots=True)
class Series:
    """``values`` oldest first; None = no data: the line is broken there, and never goes through zero.

    A ``dashed`` line is told from the others without colour.
    """

    name: str
    values: Sequence[float | None]
    colour: str
    dashed: bool = False


def lines(
    series: Sequence[Series],
    *,
    marked: tuple[int, int] | None = None,
    ticks: Sequence[tuple[int, str]] = (),
    title: str = "",
    period: str = "",
    missing: str = "",
) -> bytes:
    """A line for each series over the same points in time.

    ``marked`` (first, last index) is the time the figures are about, a light column that ``period`` names; points
    where every series lacks data are grey columns that ``missing`` names. ``ticks`` are (index, label) under the axis;
    one that would run into the one before it is left out. A name stands at the end of its line. Raises ValueError for
    no values, more than 400, or series of unequal length.
    """
    count = len(series[0].values) if series else 0
    if not 0 < count <= MOST or any(len(s.values) != count for s in series):
        raise ValueError(f"a line chart needs series of the same 1 to {MOST} values")
    image, pen = card(HEIGHT)
    letters = font()
    known = [v for s in series for v in s.values if v is not None]
    top = nice_top(max(known, default=0))
    left = EDGE + max(width_of(str(top), letters), width_of("0", letters)) + 14
    right = image.width - EDGE - max(width_of(s.name, font(bold=True)) for s in series) - 20
    upper, lower = EDGE + 2 * LETTERS, HEIGHT - EDGE - LETTERS - 16

    def x(index: float) -> float:
        return left + (right - left) * (index + 0.5) / count

    def y(value: float) -> float:
        return lower - (lower - upper) * value / top

    pen.text((EDGE, EDGE - 8), title, fill=INK, font=font(bold=True))
    if marked:
        pen.rectangle((x(marked[0] - 0.5), upper, x(marked[1] + 0.5), lower), fill=PERIOD)
    gone = [at for at in range(count) if all(s.values[at] is None for s in series)]
    for at in gone:
        pen.rectangle((x(at - 0.5), upper, x(at + 0.5), lower), fill=MISSING)
    for share in (0.0, 0.5, 1.0):
        pen.line((left, y(top * share), right, y(top * share)), fill=RULE if share else FAINT, width=2)
        pen.text((left - 14, y(top * share)), str(round(top * share)), fill=FAINT, font=letters, anchor="rm")
    for one in series:
        for run in _runs(one.values):
            _draw(pen, [(x(at), y(value)) for at, value in run], one.colour, one.dashed)
    _names(pen, series, right + 16, upper, lower, top)
    names = ([(PERIOD, period)] if marked and period else []) + (
        [(MISSING, missing)] if gone and missing else []
    )
    legend(pen, names, image.width - EDGE)
    _ticks(pen, [(x(at), label) for at, label in ticks if 0 <= at < count], lower, image.width)
    return png(image)


def _runs(values: Sequence[float | None]) -> Iterator[list[tuple[int, float]]]:
    run: list[tuple[int, float]] = []
    for at, value in enumerate(values):
        if value is not None:
            run.append((at, value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _draw(pen: ImageDraw.ImageDraw, points: list[tuple[float, float]], colour: str, dashed: bool) -> None:
    if dashed:
        for (ax, ay), (bx, by) in pairwise(points):
            steps = max(1, round(((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5 / 24))
            for n in range(steps):
                a, b = n / steps, (n + 0.55) / steps
                pen.line(
                    (ax + (bx - ax) * a, ay + (by - ay) * a, ax + (bx - ax) * b, ay + (by - ay) * b),
                    fill=colour,
                    width=WIDE,
                )
    elif len(points) > 1:
        pen.line(points, fill=colour, width=WIDE, joint="curve")
    ends = points if len(points) < 16 else [points[0], points[-1]]
    for px, py in ends:
        pen.ellipse((px - WIDE, py - WIDE, px + WIDE, py + WIDE), fill=colour)


def _names(
    pen: ImageDraw.ImageDraw, series: Sequence[Series], at: float, upper: float, lower: float, top: int
) -> None:
    """At the height where each line ends, moved apart where they would lie over each other."""
    ends = []
    for one in series:
        last = next((v for v in reversed(one.values) if v is not None), 0.0)
        ends.append((lower - (lower - upper) * last / top, one))
    taken = upper - LETTERS / 2
    placed = []
    for height, one in sorted(ends, key=lambda end: end[0]):
        taken = max(height, taken + LETTERS)
        placed.append((taken, one))
    over = max(0.0, placed[-1][0] - lower) if placed else 0.0
    for height, one in placed:
        pen.text((at, height - over), one.name, fill=one.colour, font=font(bold=True), anchor="lm")


def _ticks(pen: ImageDraw.ImageDraw, ticks: Sequence[tuple[float, str]], lower: float, width: int) -> None:
    letters, taken = font(), float(EDGE)
    for at, label in ticks:
        wide = width_of(label, letters)
        begin = min(max(at - wide / 2, EDGE), width - EDGE - wide)
        if begin >= taken:
            pen.line((at, lower, at, lower + 8), fill=FAINT, width=2)
            pen.text((begin, lower + 14), label, fill=FAINT, font=letters)
            taken = begin + wide + 24
