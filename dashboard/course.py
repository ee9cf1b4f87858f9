"""How the negative share went, with incidents and activities; unfolded, the stories of each day by what they say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

import streamlit as st

from dashboard import address, charts, components, coursecharts, data, overviewdata, safe
from dashboard.address import Filters
from dashboard.components import heading
from dashboard.context import Context
from dashboard.coursecharts import Mark, days
from dashboard.data import Bar
from dashboard.overviewdata import Point
from dashboard.safe import Html, tag
from monitor.readmodel import IncidentRow

_MARKS = 8  # incidents and activities with a label, the latest


def show(incidents: Sequence[IncidentRow], context: Context, *, weighted: bool) -> None:
    t, period, place = context.t, context.period, context.config.settings.timezone
    components.show(heading(t("course.title"), t("course.lead")))
    names = _names(context)
    target = st.selectbox(t("mentions.target"), names, key="volume_target") if names else None
    bars = data.bars(context.database, period.since, period.until, target, place) if target else []
    if not target or not bars:
        components.notice(t("overview.no_data"))
        return
    # Nothing is drawn for the time before the first mention: that is no data, not zero.
    begins = max(period.since, context.status.first_published_at or period.since)
    start = t.local(begins).replace(hour=0, minute=0, tzinfo=None)
    end = t.local(period.until).replace(tzinfo=None)
    points = overviewdata.course(bars)
    # Bars of a week come as weeks in UTC; days, and the weeks made of them, are local.
    zone: tzinfo = UTC if bars[0].end - bars[0].start > timedelta(days=1) else t.zone
    first, last = min(start, points[0].start), max(end, points[-1].end)
    concerned = [(n, i) for n, i in enumerate(incidents, 1) if target in (i.target, *i.also)]
    if any(point.share.value is not None for point in points):
        linked = [(point, address.of("mentions", context, _behind(point, target, zone))) for point in points]
        drawn = coursecharts.share_line(linked, _marks(concerned, context), first, last, t)
        components.chart(drawn, _spoken(points, context), "course")
    else:
        components.notice(t("stand.unjudged"))
    with st.expander(t("course.numbers")):
        components.show(_table(points, target, zone, context))
        if weighted:
            bars = data.bars(context.database, period.since, period.until, target, place, True)
        _volume(bars, concerned, first, last, context, weighted=weighted)


def _names(context: Context) -> list[str]:
    """Whom something was said about: the brand first, then leaders, then products."""
    return [name for name, _, _ in context.status.per_target]


def _behind(point: Point, target: str, zone: tzinfo) -> Filters:
    since, until = (at.replace(tzinfo=zone) for at in (point.start, point.end))
    return {"target": target, **address.span(since, until)}


def _marks(concerned: Sequence[tuple[int, IncidentRow]], context: Context) -> list[Mark]:
    t, now = context.t, datetime.now(UTC)

    def local(at: datetime) -> datetime:
        return t.local(at).replace(tzinfo=None)

    found = []
    for n, row in concerned:
        begins, label = local(max(row.start, context.period.since)), f"{t('course.incident')} {n}"
        url = address.of("incidents", context, {"id": row.id})
        found.append(Mark(begins, local(row.end or now), label, url, True))
    # Wired by the pipeline, which takes a second to load: not where there is nothing to mark.
    ours = data.activities(context.config, context.database) if context.config.identity.activities else []
    for activity in ours:
        begins = datetime(activity.begins.year, activity.begins.month, activity.begins.day)  # noqa: DTZ001  local
        ends = begins + (activity.ends - activity.begins) + timedelta(days=1)
        found.append(
            Mark(begins, ends, safe.line(activity.text, 28), address.of("goals", context, {}), False)
        )
    since = local(context.period.since)
    return sorted((m for m in found if m.end > since), key=lambda m: m.start)[-_MARKS:]


def _spoken(points: Sequence[Point], context: Context) -> str:
    """The chart for those who cannot see it: its last point and its highest."""
    t = context.t
    told = [point for point in points if point.share.value is not None]
    last, top = told[-1], max(told, key=lambda p: p.share.value or 0)
    values = []
    for point in (last, top):
        assert point.share.value is not None
        assert point.share.low is not None and point.share.high is not None
        values.append(f"{t.percent(point.share.value)} ({t.interval(point.share.low, point.share.high)})")
    return t("course.spoken", last=days(last, t), now=values[0], top=days(top, t), most=values[1])


def _table(points: Sequence[Point], target: str, zone: tzinfo, context: Context) -> Html:
    """Every point as a line that the keyboard reaches, the newest first."""
    t = context.t
    rows = []
    for point in reversed(points):
        share, filters = point.share, _behind(point, target, zone)
        told = t("overview.no_data")
        if share.value is not None and share.low is not None and share.high is not None:
            told = f"{t.percent(share.value)} ({t.interval(share.low, share.high)})"
        negative = address.behind(told, context, {**filters, "label": ["negative"]}) if share.part else told
        stories = address.behind(t.count("count.stories", point.stories), context, filters)
        rows.append(
            tag(
                "tr",
                tag("th", days(point, t), scope="row"),
                tag("td", stories, data_name=t("tiles.stories")),
                tag("td", negative, data_name=t("tiles.negative")),
                cls="num",
            )
        )
    head = tag(
        "tr",
        tag("th", t("chart.when"), scope="col"),
        tag("th", t("course.stories"), scope="col"),
        tag("th", t("tiles.negative"), scope="col"),
    )
    return tag("table", tag("thead", head), tag("tbody", *rows))


def _volume(
    bars: Sequence[Bar],
    concerned: Sequence[tuple[int, IncidentRow]],
    first: datetime,
    last: datetime,
    context: Context,
    *,
    weighted: bool,
) -> None:
    t, period = context.t, context.period
    lead = t("overview.volume_weighted") if weighted else ""
    components.show(heading(t("overview.volume"), f"{t('overview.volume_lead')} {lead}".strip()))
    marks = [(t.local(max(i.start, period.since)).replace(tzinfo=None), str(n)) for n, i in concerned]
    busiest = max(bars, key=lambda b: b.negative + b.neutral + b.positive + b.unsure)
    spoken = t(
        "chart.spoken",
        day=t.day(busiest.start),
        n=t.number(round(busiest.negative + busiest.neutral + busiest.positive + busiest.unsure)),
        negative=t.number(round(busiest.negative)),
    )
    components.chart(charts.volume(bars, marks, first, last, t), spoken, "volume")
