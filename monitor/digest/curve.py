"""The curve of a digest as a picture, and the same in words."""

from __future__ import annotations

from monitor.digest import Figures, Picture
from monitor.digest.speaking import Speaker
from monitor.messages.lines import NAME_LIMIT, one_line
from monitor.pictures import Series, lines

# As in the dashboard: told apart with every common colour blindness and in grey; one is dashed besides.
NEGATIVE, POSITIVE = "#c4561e", "#2f7fb5"


def picture(figures: Figures, say: Speaker) -> Picture | None:
    """None where there is nothing to draw: fewer than two days with data, or nothing said about them on any."""
    curve, words = figures.curve, say.words
    if curve is None or sum(n is not None for n in curve.negative) < 2:
        return None
    if not any(curve.negative) and not any(curve.positive):
        return None
    last = len(curve.days) - 1
    ticks = [(at, say.short_day(curve.days[at])) for at in range(curve.marked % 7, len(curve.days), 7)]
    ticks = [tick for tick in ticks if tick[0] <= last - 3] + [(last, say.short_day(curve.days[last]))]
    png = lines(
        [
            Series(words.labels["negative"], curve.negative, NEGATIVE),
            Series(words.labels["positive"], curve.positive, POSITIVE, dashed=True),
        ],
        marked=(curve.marked, last),
        ticks=ticks,
        title=words.curve_title,
        period=words.period[figures.kind],
        missing=words.missing,
    )
    missing = sum(n is None for n in curve.negative)
    alt = words.curve_alt.format(
        brand=one_line(figures.subjects[0], NAME_LIMIT),
        first=say.short_day(curve.days[0]),
        last=say.day(curve.days[last]),
        negative=_values(curve.negative),
        positive=_values(curve.positive),
    )
    return Picture("curve", png, f"{alt} {say.count(words.missing_days, missing)}" if missing else alt)


def _values(values: tuple[int | None, ...]) -> str:
    return ", ".join("–" if value is None else str(value) for value in values)
