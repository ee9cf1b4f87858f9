"""How we and each leader stand, what happened, and how sure the figures are: the page for those with one minute."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from dashboard import address, charts, components, data, safe
from dashboard import context as ctx
from dashboard.components import (
    by_mention,
    conflict_card,
    episode_span,
    heading,
    measure,
    story_lines,
    tile,
)
from dashboard.context import Context
from dashboard.data import Bar
from dashboard.safe import Html, tag
from dashboard.views.empty import next_steps
from monitor.readmodel import IncidentRow, MentionFilter, Places, Standing
from monitor.readmodel.changes import count_change, share_change

_INCIDENTS = 3  # told with their stories; further ones are counted
_CONFLICTS = 3
_DOWN = 5  # sources named with when they were down
_SPANS = 3  # the last so many times of each


def main(context: Context) -> None:
    t, path, period = context.t, context.database, context.period
    if not context.status.mentions:
        components.page_head(context, t("empty.title"), dated=False)
        next_steps(context)
        return
    head = st.container()
    weighted = st.toggle(t("weights.switch"), key="weighted")
    standings = _read(context, weighted=weighted)
    incidents = data.incidents(path, period.since, period.until, 50)
    serious = data.count_stories(path, MentionFilter(period.since, period.until, conflict=("major",)))
    flagged = data.count_stories(path, MentionFilter(period.since, period.until, conflict=("minor", "major")))
    brand = standings.get(context.config.identity.name)
    with head:
        components.page_head(context, _headline(brand, context), _change(brand, context))
    if weighted:
        components.notice(t("weights.formula"), t("weights.where"))
    components.show(_tiles(brand, incidents, serious, flagged, context))
    urgent = any(i.end is None for i in incidents)
    if urgent:  # what is going on now comes first
        _incidents(incidents, context)
    components.show(*_standings(standings, context))
    _products(standings, context)
    _own_places(context, weighted)
    _volume(incidents, context, weighted)
    if not urgent:
        _incidents(incidents, context)
    _conflicts(context)
    _about(standings, context)


def _read(context: Context, *, weighted: bool, places: Places = "others") -> dict[str, Standing]:
    period = context.period
    before = period.key != "all"
    found = data.standings(context.database, period.since, period.until, before, weighted, places)
    return {s.target: s for s in found}


def _headline(brand: Standing | None, context: Context) -> str:
    t, name = context.t, safe.line(context.config.identity.name, 80)
    if brand is None:
        return t("headline.nothing", name=name)
    count, negative, positive = (
        t.count("count.stories", brand.stories),
        brand.negative_share,
        brand.positive_share,
    )
    if negative.value is None or positive.value is None:
        return t("headline.unjudged", name=name, mentions=count)
    assert negative.low is not None and negative.high is not None
    return t(
        "headline.main",
        name=name,
        mentions=count,
        negative=t.percent(negative.value),
        interval=t.interval(negative.low, negative.high),
        positive=t.percent(positive.value),
    )


def _change(standing: Standing | None, context: Context) -> str:
    """Against the period before, in words that claim no more than the intervals carry."""
    t = context.t
    if standing is None:
        last = context.status.last_published_at
        return t("headline.last", at=t.moment(last)) if last else ""
    before = standing.previous
    if context.period.key == "all":
        return t("change.all")
    if before is None:
        return t("change.unknown")
    share = before.negative_share
    negative = share_change(standing.negative_share, share)
    was = t.percent(share.value) if share.value is not None else ""
    volume = t(
        f"change.volume.{count_change(standing.stories, before.stories)}", before=t.number(before.stories)
    )
    return f"{t(f'change.negative.{negative}', before=was)} {volume}"


def _tiles(
    brand: Standing | None, incidents: list[IncidentRow], serious: int, flagged: int, context: Context
) -> Html:
    t = context.t
    ongoing = sum(i.end is None for i in incidents)
    share = brand.negative_share if brand else None
    if share and share.value is not None and share.low is not None and share.high is not None:
        negative = tile(
            t("tiles.negative"),
            t.percent(share.value),
            t("tiles.interval", interval=t.interval(share.low, share.high)),
        )
    else:
        negative = tile(t("tiles.negative"), "–", t("overview.no_data"))
    return tag(
        "div",
        tile(
            t("tiles.stories"),
            t.number(brand.stories if brand else 0),
            t.count("tiles.mentions", brand.mentions if brand else 0),
        ),
        negative,
        tile(t("tiles.conflicts"), t.number(serious), t("tiles.conflicts_all", n=t.number(flagged))),
        tile(t("tiles.incidents"), t.number(len(incidents)), t("tiles.ongoing", n=t.number(ongoing))),
        cls="tiles",
    )


def _standings(standings: dict[str, Standing], context: Context) -> list[Html]:
    t, who = context.t, context.config.identity
    rows = [heading(t("overview.standing"), t("overview.standing_lead"))]
    rows.append(_stand(who.name, t("overview.brand"), standings.get(who.name), context))
    rows += [_stand(leader.name, leader.role, standings.get(leader.name), context) for leader in who.leaders]
    return rows


def _products(standings: dict[str, Standing], context: Context) -> None:
    t, products = context.t, context.config.identity.products
    if products:
        with st.expander(t("overview.products")):
            components.show(*(_stand(p.name, "", standings.get(p.name), context) for p in products))


def _stand(name: str, role: str, standing: Standing | None, context: Context) -> Html:
    t = context.t
    who = tag("div", tag("div", safe.line(name, 80), cls="who"), tag("div", safe.line(role, 120), cls="soft"))
    if standing is None:
        return tag("div", who, tag("div", t("overview.nothing_said"), cls="soft"), cls="stand")
    details = [t.count("count.mentions", standing.mentions)]
    if standing.unsure:
        details.append(t.count("count.unsure", standing.unsure))
    if standing.unjudged:
        details.append(t.count("count.unjudged", standing.unjudged))
    counts = tag(
        "div",
        tag("div", t.count("count.stories", standing.stories)),
        *(tag("div", detail, cls="soft") for detail in details),
        cls="num",
    )
    return tag(
        "div",
        who,
        counts,
        measure("negative", standing.negative_share, t),
        measure("positive", standing.positive_share, t),
        tag("div", _change(standing, context), cls="change") if standing.previous else "",
        cls="stand",
    )


def _own_places(context: Context, weighted: bool) -> None:
    """What was said in our own forums and groups, apart from all other figures."""
    if not any(spec.own_place for spec in context.config.sources):
        return
    t, who = context.t, context.config.identity
    found = _read(context, weighted=weighted, places="own")
    rows = [heading(t("overview.own_places"), t("overview.own_places_lead"))]
    rows.append(_stand(who.name, t("overview.brand"), found.get(who.name), context))
    said = [leader for leader in who.leaders if leader.name in found]
    rows += [_stand(leader.name, leader.role, found[leader.name], context) for leader in said]
    components.show(*rows)


def _volume(incidents: list[IncidentRow], context: Context, weighted: bool) -> None:
    t, period, zone = context.t, context.period, context.config.settings.timezone
    lead = t("overview.volume_weighted") if weighted else ""
    components.show(heading(t("overview.volume"), f"{t('overview.volume_lead')} {lead}".strip()))
    names = [name for name, _, _ in context.status.per_target]
    target = st.selectbox(t("mentions.target"), names, key="volume_target") if names else None
    bars = data.bars(context.database, period.since, period.until, target, zone, weighted) if target else []
    if not bars:
        components.notice(t("overview.no_data"))
        return
    # Nothing is drawn for the time before the first mention: that is no data, not zero.
    begins = max(period.since, context.status.first_published_at or period.since)
    start, end = (
        t.local(begins).replace(hour=0, minute=0).replace(tzinfo=None),
        t.local(period.until).replace(tzinfo=None),
    )
    concerned = [(i, n) for n, i in enumerate(incidents, 1) if target in (i.target, *i.also)]
    marks = [(t.local(max(i.start, period.since)).replace(tzinfo=None), str(n)) for i, n in concerned]
    first, last = min(start, bars[0].start), max(end, bars[-1].end)
    components.chart(charts.volume(bars, marks, first, last, t), _spoken(bars, context), "volume")


def _spoken(bars: list[Bar], context: Context) -> str:
    """The chart for those who cannot see it."""
    t = context.t
    busiest = max(bars, key=lambda b: b.negative + b.neutral + b.positive + b.unsure)
    count = busiest.negative + busiest.neutral + busiest.positive + busiest.unsure
    return t(
        "chart.spoken",
        day=t.day(busiest.start),
        n=t.number(round(count)),
        negative=t.number(round(busiest.negative)),
    )


def _incidents(incidents: list[IncidentRow], context: Context) -> None:
    t = context.t
    parts = [heading(t("overview.incidents"))]
    if not incidents:
        parts.append(tag("p", t("overview.no_incidents"), cls="soft"))
    parts += [_incident(number, row, context) for number, row in enumerate(incidents[:_INCIDENTS], 1)]
    if len(incidents) > _INCIDENTS:
        parts.append(tag("p", t.count("incident.more", len(incidents) - _INCIDENTS), cls="soft"))
    components.show(*parts)


def _incident(number: int, row: IncidentRow, context: Context) -> Html:
    t = context.t
    who = t.listed([safe.line(name, 80) for name in (row.target, *row.also)])
    ended = t("incident.ended", at=t.moment(row.end)) if row.end else t("incident.open")
    until = row.end or datetime.now(UTC).replace(second=0, microsecond=0)
    stories = data.top_stories(context.database, row.start, until, (row.target, *row.also))
    known = data.stories(context.database, tuple(sorted(story.story for story in stories)))
    said = [
        tag(
            "li",
            safe.line(story.title or story.text, 160),
            tag("span", f" ×{t.number(story.copies)}", cls="soft") if story.copies > 1 else "",
            *story_lines(story, known.get(story.story), t),
        )
        for story in stories
    ]
    return tag(
        "article",
        tag("div", tag("span", t("incident.began", at=t.moment(row.start))), tag("span", ended), cls="meta"),
        tag("h3", address.to(f"{number}. {who}", "incidents", context, {"id": row.id})),
        tag("p", t("incident.size", observed=t.number(row.observed), expected=t.number(row.expected, 1))),
        tag("p", t("incident.peak", n=t.number(row.peak_count), at=t.moment(row.peak)), cls="soft"),
        *([tag("p", t("incident.said"), cls="soft"), tag("ul", *said)] if said else []),
        cls="card" if row.end else "card major",
    )


def _conflicts(context: Context) -> None:
    t, period = context.t, context.period
    rows = data.conflicts(
        context.database, period.since, period.until, (), (), (), limit=_CONFLICTS, offset=0
    )
    components.show(heading(t("overview.conflicts")))
    if not rows:
        components.show(tag("p", t("conflicts.none"), cls="soft"))
    components.show(*(conflict_card(group, context, brief=True) for group in by_mention(rows)))


def _about(standings: dict[str, Standing], context: Context) -> None:
    """What the figures rest on: how much is judged, how much is doubt, which sources were silent."""
    t = context.t
    whole = sum(s.stories for s in standings.values())
    judged = sum(s.negative + s.neutral + s.positive for s in standings.values())
    unsure, unjudged = sum(s.unsure for s in standings.values()), sum(s.unjudged for s in standings.values())
    lines = [
        t(
            "about.judged",
            judged=t.number(judged),
            whole=t.number(whole),
            unsure=t.number(unsure),
            unjudged=t.number(unjudged),
        )
    ]
    lines.append(_down(context))
    lines.append(t("about.stories"))
    lines.append(t("about.interval"))
    lines.append(
        t(
            "about.collected",
            at=t.moment(context.status.last_collected_at),
            zone=context.config.settings.timezone,
        )
    )
    components.show(heading(t("about.title")))
    components.show(*(tag("p", x, cls="soft") for x in lines))


def _down(context: Context) -> str:
    """Which of the sources were down in the period, and when; the same one is named once."""
    t, period = context.t, context.period
    configured = {spec.id for spec in context.config.sources}
    found = data.source_episodes(context.database, period.since, period.until)
    spans: dict[str, list[str]] = {}
    for episode in found:
        if episode.source in configured:
            spans.setdefault(episode.source, []).append(episode_span(episode, t))
    if not spans:
        return t("about.up", n=t.number(len(configured)))
    names = [f"{safe.line(name, 60)} ({', '.join(when[-_SPANS:])})" for name, when in spans.items()]
    if len(names) > _DOWN:
        names = [*names[:_DOWN], t("about.down_more", n=t.number(len(names) - _DOWN))]
    key = "about.down.one" if len(spans) == 1 else "about.down.other"
    return t(key, n=t.number(len(spans)), of=t.number(len(configured)), names=t.listed(names))


main(ctx.current())
