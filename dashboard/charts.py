"""The Altair chart. Values are plain data, embedded; no text of a stranger is in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import altair as alt

from dashboard.data import Bar
from dashboard.language import Texts

# Distinguishable with every common colour blindness and in grey: dark orange, light grey, blue, paler grey.
COLOURS = {"negative": "#c4561e", "neutral": "#a9b4bd", "positive": "#2f7fb5", "unsure": "#dcd3b8"}
SIGNS = {"negative": "−", "neutral": "○", "positive": "+", "unsure": "?"}
_TICKS = 8


def volume(
    bars: Sequence[Bar], marks: Sequence[tuple[datetime, str]], start: datetime, end: datetime, t: Texts
) -> alt.LayerChart:
    """Stacked bars of mentions by label over [start, end), naive local times; ``marks`` are (time, number) of
    incidents, drawn as dashed lines with their number."""
    names = {label: f"{SIGNS[label]} {t(f'labels.{label}')}" for label in COLOURS}
    rows = [row for bar in bars for row in _stack(bar, names, t)]
    months = str(t.list("format.months"))
    pattern = t("chart.axis_day")  # a Vega expression with the day and the month's name
    x = alt.X(
        "start:T",
        title=None,
        scale=alt.Scale(domain=[start.isoformat(), end.isoformat()]),
        axis=alt.Axis(
            tickCount=_TICKS,
            grid=False,
            labelExpr=pattern.replace("MONTH", f"{months}[month(datum.value)]").replace(
                "DAY", "date(datum.value)"
            ),
            labelOverlap=True,
            labelFlush=True,
            labelFontSize=12,
        ),
    )
    bars_layer = (
        alt.Chart(_data(rows))
        .mark_rect()
        .encode(
            x=x,
            x2="end:T",
            y=alt.Y(
                "low:Q",
                title=None,
                axis=alt.Axis(tickMinStep=1, tickCount=5, labelFontSize=12, domain=False, ticks=False),
            ),
            color=alt.Color(
                "label:N",
                title=None,
                scale=alt.Scale(domain=list(names.values()), range=list(COLOURS.values())),
                legend=alt.Legend(orient="top", labelFontSize=13, symbolType="square", columns=4, offset=14),
            ),
            y2="high:Q",
            tooltip=[
                alt.Tooltip("when:N", title=t("chart.when")),
                alt.Tooltip("label:N", title=t("chart.label")),
                alt.Tooltip("count:Q", title=t("chart.mentions")),
            ],
        )
    )
    marked = alt.Chart(
        _data([{"at": at.isoformat(), "number": number, "when": t.day(at)} for at, number in marks])
    ).encode(
        x="at:T",
        tooltip=[
            alt.Tooltip("when:N", title=t("chart.incident")),
            alt.Tooltip("number:N", title=t("chart.number")),
        ],
    )
    grey = "#7d8790"
    rule = marked.mark_rule(strokeDash=[4, 3], strokeWidth=1.5, color=grey)
    flag = marked.mark_point(shape="triangle-down", filled=True, size=90, color=grey, opacity=1).encode(
        y=alt.value(4)
    )
    number = marked.mark_text(dx=9, align="left", fontSize=13, fontWeight=600, color=grey).encode(
        text="number:N", y=alt.value(5)
    )
    chart: alt.LayerChart = alt.layer(bars_layer, rule, flag, number).properties(height=280)  # type: ignore[assignment]
    return chart


def _data(rows: Sequence[Mapping[str, object]]) -> alt.Data:
    return alt.Data(values=rows)  # type: ignore[no-untyped-call]


def _stack(bar: Bar, names: Mapping[str, str], t: Texts) -> Iterator[dict[str, object]]:
    """The labels of one bar on top of each other. Vega-Lite does not stack bars that have a width of their own."""
    margin = (bar.end - bar.start) * 0.07
    low = 0
    for label, name in names.items():
        count = getattr(bar, label)
        if count:
            yield {
                "start": (bar.start + margin).isoformat(),
                "end": (bar.end - margin).isoformat(),
                "low": low,
                "high": low + count,
                "label": name,
                "count": count,
                "when": t.day(bar.start),
            }
        low += count
