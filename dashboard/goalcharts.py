"""The charts of the goals page. Values are plain data, embedded; labels are numbers and words of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import altair as alt

from dashboard.language import Texts
from monitor.types import Activity, Reading

_LINE, _BAND, _TARGET, _GREY = "#2f7fb5", "#2f7fb5", "#1c7c54", "#7d8790"
_OURS, _THEIRS = "#2f7fb5", "#a9b4bd"
_MARKED = {"campaign": "#8a6fb0", "event": "#8a6fb0", "other": "#8a6fb0", "crisis": "#c4561e"}


@dataclass(frozen=True, slots=True)
class VoiceBar:
    """One name's share with its interval, in 0..1."""

    name: str
    ours: bool
    share: float
    low: float
    high: float


def line(readings: Sequence[Reading], activities: Sequence[tuple[str, Activity]], t: Texts) -> alt.LayerChart:
    """One goal over time: a point in the middle of each period with its interval, the target and the way to it, and
    the activities that fall in the time shown, each with its number. A period without a value has no point."""
    scale = 100.0 if readings[0].unit == "share" else 1.0
    first, last = _naive(readings[0].since, t), _naive(readings[-1].until, t)
    deadline = readings[-1].deadline
    if deadline is not None and last < _start(deadline) < last + 3 * (last - first):
        last = _start(deadline) + (last - first) * 0.04
    x = alt.X(
        "at:T",
        title=None,
        scale=alt.Scale(domain=[first.isoformat(), last.isoformat()]),
        axis=_time_axis(t),
    )
    points = [_point(r, scale, t) for r in readings if r.value is not None]
    suffix = " + ' %'" if scale == 100 else ""
    y = alt.Y(
        "value:Q",
        title=None,
        scale=alt.Scale(domain=[0, 100]) if scale == 100 else alt.Scale(zero=True, nice=True),
        axis=alt.Axis(
            tickCount=5, labelExpr=f"datum.label{suffix}", labelFontSize=12, domain=False, ticks=False
        ),
    )
    drawn = alt.Chart(_data(points)).encode(x=x)
    tooltip = [
        alt.Tooltip("when:N", title=t("goals.chart.period")),
        alt.Tooltip("told:N", title=t("goals.chart.value")),
        alt.Tooltip("n:Q", title="n"),
    ]
    layers: list[alt.Chart] = [
        _spans(activities, first, last, t),
        drawn.mark_rule(strokeWidth=7, opacity=0.25, color=_BAND, strokeCap="round").encode(
            y=alt.Y("low:Q"), y2="high:Q", tooltip=tooltip
        ),
        drawn.mark_line(color=_LINE, strokeWidth=2).encode(y=y),
        drawn.mark_point(filled=True, size=70, color=_LINE, opacity=1).encode(y=y, tooltip=tooltip),
    ]
    layers += _asked(readings, first, last, scale, x)
    if deadline is not None and first <= _start(deadline) <= last:
        at = [{"at": _start(deadline).isoformat(), "when": t.day(deadline)}]
        layers.append(
            alt.Chart(_data(at))
            .mark_rule(color=_TARGET, strokeWidth=1.5)
            .encode(x=x, tooltip=[alt.Tooltip("when:N", title=t("goals.chart.deadline"))])
        )
    layers.append(_numbers(activities, first, last, t))
    chart: alt.LayerChart = alt.layer(*layers).properties(height=210)
    return chart


def _point(r: Reading, scale: float, t: Texts) -> dict[str, object]:
    assert r.value is not None
    middle = _naive(r.since, t) + (_naive(min(r.until, max(r.at, r.since)), t) - _naive(r.since, t)) / 2
    low = r.value if r.low is None else r.low
    high = r.value if r.high is None else r.high
    return {
        "at": middle.isoformat(),
        "value": scale * r.value,
        "low": scale * low,
        "high": scale * high,
        "n": r.n,
        "when": span(r, t),
        "told": told(r, t),
    }


def span(r: Reading, t: Texts) -> str:
    """The days of a period, the last one included."""
    first, last = t.local(r.since), t.local(r.until - timedelta(hours=1))
    return f"{t.day(first, year=first.year != last.year)} – {t.day(last)}"


def told(r: Reading, t: Texts) -> str:
    """The value with its interval, in words: "29 % (8–65 %)"."""
    if r.value is None:
        return t(f"goals.why.{r.why or 'no_data'}")
    if r.unit == "share":
        bounds = "" if r.low is None or r.high is None else f" ({t.interval(r.low, r.high)})"
        return f"{t.percent(r.value)}{bounds}"
    if r.unit == "count":
        return t.number(r.value)
    low, high = ("?" if end is None else t.number(end, 1) for end in (r.low, r.high))
    return f"{t('goals.hours', n=t.number(r.value, 1))} ({low}–{high})"


def _asked(
    readings: Sequence[Reading], first: datetime, last: datetime, scale: float, x: alt.X
) -> list[alt.Chart]:
    """The target as a dashed line, and the way to it from the baseline where there is one."""
    newest = readings[-1]
    if newest.target is None:
        return []
    target = [
        {"at": first.isoformat(), "value": scale * newest.target},
        {"at": last.isoformat(), "value": scale * newest.target},
    ]
    layers = [
        alt.Chart(_data(target))
        .mark_line(color=_TARGET, strokeDash=[6, 4], strokeWidth=1.5)
        .encode(x=x, y="value:Q")
    ]
    if newest.baseline is not None and newest.deadline is not None:
        way = [
            {"at": first.isoformat(), "value": scale * newest.baseline},
            {"at": _start(newest.deadline).isoformat(), "value": scale * newest.target},
        ]
        layers.append(
            alt.Chart(_data(way))
            .mark_line(color=_GREY, strokeDash=[2, 3], strokeWidth=1.5, clip=True)
            .encode(x=x, y="value:Q")
        )
    return layers


def _spans(
    activities: Sequence[tuple[str, Activity]], first: datetime, last: datetime, t: Texts
) -> alt.Chart:
    rows = _rows(activities, first, last, t)
    chart: alt.Chart = (
        alt.Chart(_data(rows))
        .mark_rect(opacity=0.2)
        .encode(
            x="begin:T",
            x2="end:T",
            color=alt.Color("colour:N", scale=None),
            tooltip=[
                alt.Tooltip("when:N", title=t("goals.chart.activity")),
                alt.Tooltip("number:N", title=t("chart.number")),
            ],
        )
    )
    return chart


def _numbers(
    activities: Sequence[tuple[str, Activity]], first: datetime, last: datetime, t: Texts
) -> alt.Chart:
    rows = _rows(activities, first, last, t)
    chart: alt.Chart = (
        alt.Chart(_data(rows))
        .mark_text(dx=3, align="left", fontSize=13, fontWeight=600, color=_GREY)
        .encode(x="begin:T", y=alt.value(6), text="number:N")
    )
    return chart


def _rows(
    activities: Sequence[tuple[str, Activity]], first: datetime, last: datetime, t: Texts
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number, activity in activities:
        begin, end = _start(activity.begins), _start(activity.ends) + timedelta(days=1)
        if end > first and begin < last:
            when = f"{t.day(activity.begins)} – {t.day(activity.ends)}"
            shown = {"begin": max(begin, first).isoformat(), "end": min(end, last).isoformat()}
            rows.append({**shown, "number": number, "when": when, "colour": _MARKED[activity.kind]})
    return rows


def voices(bars: Sequence[VoiceBar], t: Texts) -> alt.LayerChart:
    """A bar for each name, ours darker, with the interval as a line across its end."""
    rows = [
        {
            "name": bar.name,
            "share": 100 * bar.share,
            "low": 100 * bar.low,
            "high": 100 * bar.high,
            "colour": _OURS if bar.ours else _THEIRS,
            "told": f"{t.percent(bar.share)} ({t.interval(bar.low, bar.high)})",
        }
        for bar in bars
    ]
    base = alt.Chart(_data(rows)).encode(
        y=alt.Y(
            "name:N",
            sort=[bar.name for bar in bars],
            title=None,
            axis=alt.Axis(labelFontSize=13, labelLimit=180, domain=False, ticks=False),
        ),
        tooltip=[
            alt.Tooltip("name:N", title=t("goals.chart.name")),
            alt.Tooltip("told:N", title=t("goals.chart.value")),
        ],
    )
    x = alt.X(
        "share:Q",
        title=None,
        scale=alt.Scale(domain=[0, 100]),
        axis=alt.Axis(tickCount=5, labelExpr="datum.label + ' %'", labelFontSize=12, domain=False),
    )
    bars_layer = base.mark_bar(height=18).encode(x=x, color=alt.Color("colour:N", scale=None))
    ends = base.mark_rule(strokeWidth=2, color="#3d464d").encode(x=alt.X("low:Q"), x2="high:Q")
    chart: alt.LayerChart = alt.layer(bars_layer, ends).properties(height=max(80, 34 * len(rows)))
    return chart


def _naive(at: datetime, t: Texts) -> datetime:
    return t.local(at).replace(tzinfo=None)


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  local time, as all of the chart


def _time_axis(t: Texts) -> alt.Axis:
    months = str(t.list("format.months"))
    pattern = t("chart.axis_day")
    return alt.Axis(
        tickCount=6,
        grid=False,
        labelExpr=pattern.replace("MONTH", f"{months}[month(datum.value)]").replace(
            "DAY", "date(datum.value)"
        ),
        labelOverlap=True,
        labelFlush=True,
        labelFontSize=12,
    )


def _data(rows: Sequence[Mapping[str, object]]) -> alt.Data:
    return alt.Data(values=rows)  # type: ignore[no-untyped-call]
