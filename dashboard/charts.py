"""The Altair charts. Values are plain data, embedded; no text of a stranger is in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import altair as alt

from dashboard.data import Bar
from dashboard.language import Texts
from monitor.readmodel import SayDo, Share
from monitor.types import IncidentSummary

# Distinguishable with every common colour blindness and in grey: dark orange, light grey, blue, paler grey.
COLOURS = {"negative": "#c4561e", "neutral": "#a9b4bd", "positive": "#2f7fb5", "unsure": "#dcd3b8"}
SIGNS = {"negative": "−", "neutral": "○", "positive": "+", "unsure": "?"}
_TICKS = 8
# What we said stands above the line, what others said below it; in conflict darker.
_SAID = {"own": "#2f7fb5", "own_conflicts": "#7a2e0c", "other_conflicts": "#c4561e", "others": "#9cc3dd"}


@dataclass(frozen=True, slots=True)
class SaidBin:
    """[start, end) in naive UTC. ``row`` None = nothing touched the statement; not ``compared`` = no data at all."""

    start: datetime
    end: datetime
    row: SayDo | None
    compared: bool


@dataclass(frozen=True, slots=True)
class ShareBin:
    """A share in [start, end) in naive UTC."""

    start: datetime
    end: datetime
    share: Share


def volume(
    bars: Sequence[Bar], marks: Sequence[tuple[datetime, str]], start: datetime, end: datetime, t: Texts
) -> alt.LayerChart:
    """Stacked bars of mentions by label over [start, end), naive local times; ``marks`` are (time, number) of
    incidents, drawn as dashed lines with their number."""
    names = {label: f"{SIGNS[label]} {t(f'labels.{label}')}" for label in COLOURS}
    rows = [row for bar in bars for row in _stack(bar, names, t)]
    x = _time(start, end, t)
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


def said(bins: Sequence[SaidBin], t: Texts) -> alt.LayerChart:
    """Distinct stories per bin: what we said above the line, what others said below it; grey where there is no data."""
    names = {series: t(f"statements.series.{series}") for series in _SAID}
    x = _time(bins[0].start, bins[-1].end, t)
    rows = [row for bin_ in bins for row in _sides(bin_, names, t)]
    bars = (
        alt.Chart(_data(rows))
        .mark_rect()
        .encode(
            x=x,
            x2="end:T",
            y=alt.Y(
                "low:Q",
                title=None,
                axis=alt.Axis(
                    tickMinStep=1,
                    tickCount=5,
                    labelExpr="abs(datum.value)",
                    labelFontSize=12,
                    domain=False,
                    ticks=False,
                ),
            ),
            y2="high:Q",
            color=alt.Color(
                "series:N",
                title=None,
                scale=alt.Scale(domain=list(names.values()), range=list(_SAID.values())),
                legend=alt.Legend(
                    orient="top", labelFontSize=13, symbolType="square", columns=2, labelLimit=360, offset=14
                ),
            ),
            tooltip=[
                alt.Tooltip("when:N", title=t("statements.from")),
                alt.Tooltip("series:N", title=t("statements.who")),
                alt.Tooltip("count:Q", title=t("statements.stories")),
            ],
        )
    )
    empty = [
        {
            "start": b.start.isoformat(),
            "end": b.end.isoformat(),
            "when": t.day(b.start),
            "what": t("overview.no_data"),
        }
        for b in bins
        if not b.compared
    ]
    gaps = (
        alt.Chart(_data(empty))
        .mark_rect(color="#7d8790", opacity=0.14)
        .encode(
            x=x,
            x2="end:T",
            tooltip=[alt.Tooltip("when:N", title=t("statements.from")), alt.Tooltip("what:N", title=" ")],
        )
    )
    line = alt.Chart(_data([{"zero": 0}])).mark_rule(color="#7d8790", strokeWidth=1).encode(y="zero:Q")
    chart: alt.LayerChart = alt.layer(gaps, bars, line).properties(height=280)  # type: ignore[assignment]
    return chart


def spread_rows(found: IncidentSummary, t: Texts) -> list[dict[str, object]]:
    """One row per hour: negative stories, and the range that is usual for the time of day. Hours without data are
    left out."""
    rows: list[dict[str, object]] = []
    for n, bin in enumerate(found.curve):
        if bin.count is None:
            continue
        start = t.local(bin.at).replace(tzinfo=None)
        row: dict[str, object] = {
            "start": start.isoformat(),
            "end": (start + timedelta(hours=1)).isoformat(),
            "count": bin.count,
            "total": bin.total,
            "when": t.moment(bin.at),
        }
        if found.usual:
            row["low"], row["high"] = found.usual[n]
        rows.append(row)
    return rows


def spread(rows: Sequence[Mapping[str, object]], t: Texts) -> alt.LayerChart:
    """Negative stories per hour as bars, over the band in which such hours usually lie."""
    day = t("chart.axis_day").replace("MONTH", f"{t.list('format.months')!s}[month(datum.value)]")
    day = day.replace("DAY", "date(datum.value)")
    x = alt.X(
        "start:T",
        title=None,
        axis=alt.Axis(
            tickCount=_TICKS,
            grid=False,
            labelExpr=f"hours(datum.value) === 0 ? {day} : format(hours(datum.value), '02') + ':00'",
            labelOverlap=True,
            labelFlush=True,
            labelFontSize=12,
        ),
    )
    y = alt.Y(
        "count:Q",
        title=None,
        scale=alt.Scale(domainMin=0),
        axis=alt.Axis(tickMinStep=1, tickCount=5, labelFontSize=12, domain=False, ticks=False),
    )
    named = {"said": t("incidents.negative"), "usual": t("incidents.usual")}
    scale = alt.Scale(domain=list(named.values()), range=[COLOURS["negative"], "#7d8790"])
    legend = alt.Legend(
        orient="top", labelFontSize=13, symbolType="square", symbolOpacity=1, labelLimit=360, offset=14
    )
    with_range = [{**row, "series": named["usual"]} for row in rows if "high" in row]
    band = (
        alt.Chart(_data(with_range))
        .mark_rect(opacity=0.28)
        .encode(
            x=x,
            x2="end:T",
            y=alt.Y("low:Q", title=None),
            y2="high:Q",
            color=alt.Color("series:N", title=None, scale=scale, legend=legend),
        )
    )
    bars = (
        alt.Chart(_data([{**row, "zero": 0, "series": named["said"]} for row in rows if row["count"]]))
        .mark_rect()
        .encode(
            x=x,
            x2="end:T",
            y=y,
            y2="zero:Q",
            color=alt.Color("series:N", title=None, scale=scale, legend=legend),
            tooltip=[
                alt.Tooltip("when:N", title=t("incidents.hour")),
                alt.Tooltip("count:Q", title=t("incidents.negative")),
                alt.Tooltip("total:Q", title=t("incidents.all")),
            ],
        )
    )
    chart: alt.LayerChart = alt.layer(band, bars).properties(height=240)  # type: ignore[assignment]
    return chart


def replay(rows: Sequence[Mapping[str, object]], moment: datetime, t: Texts) -> alt.LayerChart:
    """``spread`` as far as it had come at this local moment, on the axes of the whole, so that it is seen to grow."""
    at = moment.replace(tzinfo=None).isoformat()
    seen = [row if str(row["end"]) <= at else {**row, "count": 0} for row in rows]
    most = max((int(str(row["count"])) for row in rows), default=0)
    corners = [{"start": row["start"], "count": most} for row in (rows[:1] + rows[-1:] if rows else [])]  # type: ignore[operator]
    frame = alt.Chart(_data(corners)).mark_point(opacity=0).encode(x="start:T", y="count:Q")
    now = alt.Chart(_data([{"start": at}])).mark_rule(strokeWidth=2, strokeDash=[5, 3]).encode(x="start:T")
    chart: alt.LayerChart = alt.layer(*spread(seen, t).layer, frame, now).properties(height=240)  # type: ignore[assignment]
    return chart


def shares(weeks: Sequence[ShareBin], t: Texts) -> alt.LayerChart:
    """The negative share of each week as a point on the bar that its 95 % interval makes; no week is joined to
    another, and one in which nothing was judged has no point."""
    x = _time(weeks[0].start, weeks[-1].end, t)
    rows = [
        {
            "start": (w.start + (w.end - w.start) / 2).isoformat(),
            "value": w.share.value,
            "low": w.share.low,
            "high": w.share.high,
            "when": t.day(w.start),
            "told": t.percent(w.share.value),
            "range": t.interval(w.share.low, w.share.high),
            "of": t("leaders.of", part=t.number(w.share.part), whole=t.number(w.share.whole)),
        }
        for w in weeks
        if w.share.value is not None and w.share.low is not None and w.share.high is not None
    ]
    tooltip = [
        alt.Tooltip("when:N", title=t("leaders.week")),
        alt.Tooltip("told:N", title=t("tiles.negative")),
        alt.Tooltip("range:N", title=t("leaders.range")),
        alt.Tooltip("of:N", title=t("chart.mentions")),
    ]
    percent = f"format(100 * datum.value, '.0f') + '{t('format.percent', n='')}'"  # a Vega expression of ours
    axis = alt.Axis(labelExpr=percent, tickCount=4, labelFontSize=12, domain=False, ticks=False)
    y = alt.Y("value:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=axis)
    base = alt.Chart(_data(rows)).encode(x=x, tooltip=tooltip)
    ranges = base.mark_rule(strokeWidth=5, color=COLOURS["negative"], opacity=0.4).encode(
        y=alt.Y("low:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=axis), y2="high:Q"
    )
    points = base.mark_point(
        shape="diamond", filled=True, size=90, color=COLOURS["negative"], opacity=1
    ).encode(y=y)
    chart: alt.LayerChart = alt.layer(ranges, points).properties(height=200)  # type: ignore[assignment]
    return chart


def _sides(bin_: SaidBin, names: Mapping[str, str], t: Texts) -> Iterator[dict[str, object]]:
    """The four counts of one bin, two going up from zero and two down; the conflicts lie next to the line."""
    if bin_.row is None:
        return
    row, margin = bin_.row, (bin_.end - bin_.start) * 0.07
    up = (("own_conflicts", row.own_conflicts), ("own", row.own - row.own_conflicts))
    down = (("other_conflicts", row.other_conflicts), ("others", row.others - row.other_conflicts))
    for sign, parts in ((1, up), (-1, down)):
        low = 0
        for series, count in parts:
            if count:
                yield {
                    "start": (bin_.start + margin).isoformat(),
                    "end": (bin_.end - margin).isoformat(),
                    "low": sign * low,
                    "high": sign * (low + count),
                    "series": names[series],
                    "count": count,
                    "when": t.day(bin_.start),
                }
            low += count


def _time(start: datetime, end: datetime, t: Texts) -> alt.X:
    months = str(t.list("format.months"))
    pattern = t("chart.axis_day")  # a Vega expression with the day and the month's name
    return alt.X(
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
                "count": round(count, 1),
                "when": t.day(bar.start),
            }
        low += count
