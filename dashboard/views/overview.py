"""How we and each leader stand, what happened, and how sure the figures are: the page for those with one minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import streamlit as st

from dashboard import (
    address,
    components,
    course,
    data,
    live,
    overviewdata,
    safe,
    sincelast,
    standrows,
    waits,
)
from dashboard import context as ctx
from dashboard.components import (
    episode_span,
    heading,
    story_lines,
)
from dashboard.context import Context
from dashboard.safe import Html, tag
from dashboard.standing import Stand, sentence
from dashboard.views.empty import next_steps
from monitor.readmodel import IncidentRow, MentionFilter, Standing, Waiting
from monitor.readmodel.changes import count_change, share_change
from monitor.types import Reading, SourceEpisode

_INCIDENTS = 3  # told with their stories; further ones are counted
_DOWN = 5  # sources named with when they were down
_SPANS = 3  # the last so many times of each


def main(context: Context) -> None:
    t, path, period = context.t, context.database, context.period
    if not context.status.mentions:
        components.page_head(context, t("empty.title"), dated=False)
        next_steps(context)
        return
    weighted = bool(st.session_state.get("weighted"))
    standings = standrows.read(context, weighted=weighted)
    incidents = data.incidents(path, period.since, period.until, 50)
    serious = data.count_stories(path, MentionFilter(period.since, period.until, conflict=("major",)))
    flagged = data.count_stories(path, MentionFilter(period.since, period.until, conflict=("minor", "major")))
    episodes = data.source_episodes(path, period.since, period.until)
    readings = overviewdata.goals(path, period.until) if context.config.identity.goals else {}
    brand = standings.get(context.config.identity.name)
    waiting = overviewdata.waiting(path)
    stand = _stand_of(brand, incidents, readings, episodes, waiting, context)
    said = [
        address.to(told, link.page, context, link.filters) if link else told
        for told, link in sentence(stand, t)
    ]
    lead = f"{standrows.headline(brand, context)} {standrows.change(brand, context)}"
    components.page_head(context, safe.join(said, " "), lead)
    components.show(standrows.tiles(brand, incidents, serious, flagged, context))
    numbered = list(enumerate(incidents, 1))
    going, over = ([(n, row) for n, row in numbered if (row.end is None) is open_] for open_ in (True, False))
    if going:  # what is going on now comes first
        components.show(heading(t("overview.incidents")), *_incidents(going, context))
    sincelast.show(context)
    parts = [waits.cases(waiting, context), waits.goals(readings, context)]
    components.show(tag("div", *(part for part in parts if part), cls="halves"))
    components.show(*standrows.standings(standings, context))
    course.show(incidents, context, weighted=weighted)
    if over:
        with st.expander(t("overview.incidents_over", n=t.number(len(over)))):
            components.show(*_incidents(over, context))
    standrows.products(standings, context)
    standrows.own_places(context, weighted)
    _about(standings, episodes, context, weighted=weighted)
    live.watch(context)
    sincelast.keep(context)


def _stand_of(
    brand: Standing | None,
    incidents: Sequence[IncidentRow],
    readings: Mapping[str, Reading],
    episodes: Sequence[SourceEpisode],
    waiting: Waiting,
    context: Context,
) -> Stand:
    before = brand.previous if brand else None
    configured = {spec.id for spec in context.config.sources}
    tracks = [readings[goal.id].track for goal in context.config.identity.goals if goal.id in readings]
    return Stand(
        context.config.identity.name,
        stories=brand.stories if brand else 0,
        judged=brand.negative_share.whole if brand else 0,
        share=share_change(brand.negative_share, before.negative_share if before else None)
        if brand
        else "unknown",
        volume=count_change(brand.stories, before.stories if before else None) if brand else "unknown",
        going=sum(row.end is None for row in incidents),
        over=sum(row.end is not None for row in incidents),
        waiting=waiting.stories,
        yours=context.viewer.decides,
        missed=tracks.count("missed"),
        behind=tracks.count("behind"),
        down=len({e.source for e in episodes if e.ended_at is None and e.source in configured}),
    )


def _incidents(numbered: Sequence[tuple[int, IncidentRow]], context: Context) -> list[Html]:
    parts = [_incident(number, row, context) for number, row in numbered[:_INCIDENTS]]
    if len(numbered) > _INCIDENTS:
        parts.append(tag("p", context.t.count("incident.more", len(numbered) - _INCIDENTS), cls="soft"))
    return parts


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
            address.behind(
                safe.line(story.title or story.text, 160), context, {"period": "all", "story": story.story}
            ),
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
        *([tag("p", t("incident.said"), cls="soft"), tag("ul", *said)] if said else []),
        cls="card" if row.end else "card major",
    )


def _about(
    standings: dict[str, Standing], episodes: Sequence[SourceEpisode], context: Context, *, weighted: bool
) -> None:
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
    lines.append(t("about.stories"))
    lines.append(t("about.interval"))
    lines.append(
        t(
            "about.collected",
            at=t.moment(context.status.last_collected_at),
            zone=context.config.settings.timezone,
        )
    )
    down = address.to(_down(episodes, context), "sources", context, {}, cls="behind")
    components.show(heading(t("about.title")), tag("p", down, cls="soft"))
    with st.expander(t("about.more")):
        components.show(*(tag("p", x, cls="soft") for x in lines))
        st.toggle(t("weights.switch"), key="weighted")
        if weighted:
            components.notice(t("weights.formula"), t("weights.where"))


def _down(episodes: Sequence[SourceEpisode], context: Context) -> str:
    """Which of the sources were down in the period, and when; the same one is named once."""
    t = context.t
    configured = {spec.id for spec in context.config.sources}
    spans: dict[str, list[str]] = {}
    for episode in episodes:
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
