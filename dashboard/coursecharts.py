"""The line of the negative share, with incidents and activities marked. Words in it are ours and the brand file's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import altair as alt

from dashboard.charts import COLOURS, _data, _time
from dashboard.language import Texts
from dashboard.overviewdata import Point

_GREY, _VIOLET = "#7d8790", "#8a6fb0"
_ROWS = 3  # labels that are near in time stand below each other
_ROW = 15  # pixels


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to see the line against, in naive local time; ``incident`` False: an activity of ours."""

    start: datetime
    end: datetime
    label: str
    url: str  # where its label leads
    incident: bool


def share_line(
    points: Sequence[tuple[Point, str]],
    marks: Sequence[Mark],
    start: datetime,
    end: datetime,
    t: Texts,
) -> alt.LayerChart:
    """Each point on the bar that its 95 % interval makes, leading to its address when clicked. Neighbours are joined,
    and no line goes over a time of which there is no share."""
    rows = _rows(points, t)
    x = _time(start, end, t).copy()
    x.shorthand = "at:T"
    percent = f"format(100 * datum.value, '.0f') + '{t('format.percent', n='')}'"  # a Vega expression of ours
    scale = alt.Scale(domain=[0, 1])
    axis = alt.Axis(tickCount=4, labelExpr=percent, labelFontSize=12, domain=False, ticks=False)
    y = alt.Y("value:Q", title=None, scale=scale, axis=axis)
    low = alt.Y("low:Q", title=None, scale=scale, axis=axis)
    tooltip = [
        alt.Tooltip("when:N", title=t("chart.when")),
        alt.Tooltip("told:N", title=t("tiles.negative")),
        alt.Tooltip("range:N", title=t("leaders.range")),
        alt.Tooltip("of:N", title=t("chart.mentions")),
    ]
    joined = alt.Chart(_data([row for row in rows if row["joined"]])).encode(x=x, detail="run:N")
    alone = alt.Chart(_data([row for row in rows if not row["joined"]])).encode(x=x)
    base = alt.Chart(_data(rows)).encode(x=x)
    red = COLOURS["negative"]
    layers: list[alt.Chart] = [
        *_marked(marks, start, end, t, x),
        joined.mark_area(color=red, opacity=0.2).encode(y=low, y2="high:Q"),
        alone.mark_rule(strokeWidth=6, color=red, opacity=0.3, strokeCap="round").encode(y=low, y2="high:Q"),
        joined.mark_line(color=red, strokeWidth=2.5).encode(y=y),
        base.mark_point(filled=True, size=90, color=red, opacity=1, cursor="pointer").encode(
            y=y, tooltip=tooltip, href="url:N"
        ),
    ]
    chart: alt.LayerChart = alt.layer(*layers).properties(height=250)  # type: ignore[assignment]
    return chart


def _rows(points: Sequence[tuple[Point, str]], t: Texts) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    run, before = 0, None
    for point, url in points:
        of = point.share
        if of.value is None or of.low is None or of.high is None:
            continue
        if before is None or point.start > before:
            run += 1
        before = point.end
        rows.append(
            {
                "at": (point.start + (point.end - point.start) / 2).isoformat(),
                "value": of.value,
                "low": of.low,
                "high": of.high,
                "run": run,
                "when": days(point, t),
                "told": t.percent(of.value),
                "range": t.interval(of.low, of.high),
                "of": t("leaders.of", part=t.number(of.part), whole=t.number(of.whole)),
                "url": url,
            }
        )
    several = {row["run"] for row in rows if sum(other["run"] == row["run"] for other in rows) > 1}
    return [{**row, "joined": row["run"] in several} for row in rows]


def days(point: Point, t: Texts) -> str:
    """The local days of a point, both included."""
    last = point.end - timedelta(days=1)
    first = t.day(point.start, year=False)
    return first if last.date() <= point.start.date() else f"{first} – {t.day(last, year=False)}"


def _marked(marks: Sequence[Mark], start: datetime, end: datetime, t: Texts, x: alt.X) -> list[alt.Chart]:
    shown = sorted((m for m in marks if m.end > start and m.start < end), key=lambda m: m.start)
    if not shown:
        return []
    rows = [
        {
            "at": max(m.start, start).isoformat(),
            "end": min(m.end, end).isoformat(),
            "label": f"▼ {m.label}" if m.incident else m.label,
            "colour": COLOURS["negative"] if m.incident else _VIOLET,
            "when": t.day(m.start),
            "url": m.url,
            "incident": m.incident,
            "y": 8 + _ROW * (n % _ROWS),
            # Near the right edge a label is written to the left of its mark.
            "align": "right" if m.start > start + (end - start) * 0.72 else "left",
        }
        for n, m in enumerate(shown)
    ]
    tooltip = [
        alt.Tooltip("label:N", title=t("course.mark")),
        alt.Tooltip("when:N", title=t("chart.when")),
    ]
    ours = [row for row in rows if not row["incident"]]
    theirs = [row for row in rows if row["incident"]]
    layers = []
    if ours:
        layers.append(
            alt.Chart(_data(ours))
            .mark_rect(opacity=0.16, color=_VIOLET)
            .encode(x=x, x2="end:T", tooltip=tooltip)
        )
    if theirs:
        layers.append(
            alt.Chart(_data(theirs))
            .mark_rule(strokeDash=[4, 3], strokeWidth=1.5, color=_GREY)
            .encode(x=x, tooltip=tooltip)
        )
    sides: tuple[tuple[Literal["left", "right"], int], ...] = (("left", 4), ("right", -4))
    for align, dx in sides:
        some = [row for row in rows if row["align"] == align]
        if some:
            layers.append(
                alt.Chart(_data(some))
                .mark_text(
                    align=align, dx=dx, fontSize=12, fontWeight=600, color=_GREY, limit=190, cursor="pointer"
                )
                .encode(
                    x=x, y=alt.Y("y:Q", scale=None, axis=None), text="label:N", tooltip=tooltip, href="url:N"
                )
            )
    return layers
