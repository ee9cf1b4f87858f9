"""How many came in each stretch of time, against what is ordinary there: a bar chart as PNG."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.pictures.card import (
    BAND,
    EDGE,
    FAINT,
    INK,
    LETTERS,
    LOUD,
    MISSING,
    QUIET,
    RULE,
    card,
    font,
    legend,
    nice_top,
    png,
    width_of,
)

HEIGHT = 430
MOST = 400  # bars; a pixel or two each beyond it


def bars(
    values: Sequence[int | None],
    ordinary: tuple[float, float] | None = None,
    *,
    marked: int | None = None,
    ticks: Sequence[tuple[int, str]] = (),
    title: str = "",
    band: str = "",
    missing: str = "",
) -> bytes:
    """One bar per value, oldest first; None = no data, drawn as a grey column and never as a zero.

    ``ordinary`` (low, high) is drawn as a band across; ``band`` names it and ``missing`` the grey columns in the
    legend. Bars from the index ``marked`` on are in the loud colour. ``ticks`` are (index, label) under the axis; one
    that would run into the one before it is left out. Raises ValueError for no values or more than 400.
    """
    if not 0 < len(values) <= MOST:
        raise ValueError(f"a bar chart needs 1 to {MOST} values, not {len(values)}")
    image, pen = card(HEIGHT)
    letters = font()
    high = max([v for v in values if v is not None] + [ordinary[1] if ordinary else 0])
    top = nice_top(high)
    left = EDGE + max(width_of(str(top), letters), width_of("0", letters)) + 14
    right, upper, lower = image.width - EDGE, EDGE + 2 * LETTERS, HEIGHT - EDGE - LETTERS - 16

    def y(value: float) -> float:
        return lower - (lower - upper) * value / top

    def x(index: int) -> float:
        return left + (right - left) * index / len(values)

    pen.text((EDGE, EDGE - 8), title, fill=INK, font=font(bold=True))
    gone = [at for at, value in enumerate(values) if value is None]
    for at in gone:
        pen.rectangle((x(at), upper, x(at + 1), lower), fill=MISSING)
    if ordinary:
        pen.rectangle((left, y(max(ordinary[1], 0.04 * top)), right, y(max(ordinary[0], 0))), fill=BAND)
    for share in (0.0, 0.5, 1.0):
        pen.line((left, y(top * share), right, y(top * share)), fill=RULE if share else FAINT, width=2)
        pen.text((left - 14, y(top * share)), str(round(top * share)), fill=FAINT, font=letters, anchor="rm")
    gap = 0.18 * (right - left) / len(values)
    for at, value in enumerate(values):
        if value:
            loud = marked is not None and at >= marked
            pen.rectangle((x(at) + gap, y(value), x(at + 1) - gap, lower), fill=LOUD if loud else QUIET)
    names = [(BAND, band)] if ordinary and band else []
    names += [(MISSING, missing)] if gone and missing else []
    legend(pen, names, right)
    taken = float(EDGE)
    for at, label in ticks:
        wide = width_of(label, letters)
        begin = min(max(x(at), EDGE), image.width - EDGE - wide)
        if 0 <= at < len(values) and begin >= taken:
            pen.line((x(at), lower, x(at), lower + 8), fill=FAINT, width=2)
            pen.text((begin, lower + 14), label, fill=FAINT, font=letters)
            taken = begin + wide + 24
    return png(image)
