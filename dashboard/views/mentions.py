"""Mentions: the list, by mention or by story, narrowed as a person likes; one mention (?id=); one story (?story=)."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard import (
    address,
    components,
    correcting,
    data,
    exporting,
    facets,
    mentiondata,
    mentionpage,
    narrowing,
    peopledata,
    saved,
    storycards,
)
from dashboard import context as ctx
from dashboard.components import mention_card
from dashboard.context import Context
from dashboard.safe import Html, tag
from dashboard.views.empty import next_steps
from dashboard.views.paging import page_buttons, page_number
from monitor.readmodel import Behind, MentionFilter, MentionRow

PAGE = 25


def main(context: Context) -> None:
    if not context.status.mentions:
        components.page_head(context, context.t("empty.title"), dated=False)
        next_steps(context)
    elif asked := address.asked("id"):
        mentionpage.page(context, asked)
    elif asked := address.asked("story"):
        storycards.page(context, asked)
    else:
        _list(context)


def _list(context: Context) -> None:
    t = context.t
    saved.control(context, "mentions")
    fresh = narrowing.arrived()
    if fresh:
        facets.from_address(context)
    behind = narrowing.narrowed(context, fresh)
    if days := facets.period(context):
        context = replace(context, period=days)
    wanted = facets.wanted(context)
    narrowing.keep(context, facets.to_address(context, wanted), behind)
    counts = mentiondata.facets(context.database, wanted, behind, facets.counted(wanted))
    by_story = facets.folded()
    shown = counts.stories if by_story else counts.mentions
    number, pages = page_number("mentions", (wanted, behind, by_story), shown, PAGE)
    title = t.count("mentions.title", counts.mentions)
    lead = t.count("mentions.stories", counts.stories) if counts.mentions else ""
    components.page_head(context, title, lead)
    if context.status.to_confirm and "to_confirm" not in wanted.corrections:
        components.notice(t.count("correction.waiting", context.status.to_confirm))
    facets.draw(context, wanted, counts)
    narrowing.told(context, behind)
    if not counts.mentions:
        correcting.after((), context)
        _loosen(context, wanted, behind)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="mentions_take"):
        exporting.button(context, wanted, behind, shown, by_story=by_story)
        if facets.active(context, wanted):
            st.button(t("mentions.clear"), key="mentions_clear", type="tertiary", on_click=facets.let_go)
    if by_story:
        _stories(context, wanted, behind, number)
    else:
        _mentions(context, wanted, behind, number)
    page_buttons("mentions", number, pages, t)


def _mentions(context: Context, wanted: MentionFilter, behind: Behind | None, number: int) -> None:
    if behind:
        rows = peopledata.mentions_behind(context.database, wanted, behind, PAGE, number * PAGE)
    else:
        rows = data.mentions(context.database, wanted, PAGE, number * PAGE)
    stories = data.stories(context.database, tuple(sorted({row.story for row in rows})))
    if not correcting.shown(rows):
        correcting.after((), context)
    for position, row in enumerate(rows):
        card = mention_card(
            row,
            context.t,
            stories.get(row.story),
            quote_only=context.quote_only(row.source),
            asked=wanted.search,
        )
        _card(context, card, row, position)


def _stories(context: Context, wanted: MentionFilter, behind: Behind | None, number: int) -> None:
    found = mentiondata.folded(context.database, wanted, behind, PAGE, number * PAGE)
    if not correcting.shown([story.row for story in found]):
        correcting.after((), context)
    for position, story in enumerate(found):
        card = mention_card(
            story.row,
            context.t,
            quote_only=context.quote_only(story.row.source),
            asked=wanted.search,
            beneath=storycards.summary(story, context.t),
        )
        _card(context, card, story.row, position)


def _card(context: Context, card: Html, row: MentionRow, position: int) -> None:
    """The card, what came of correcting it, and what can be done with it: a quiet row of buttons."""
    t = context.t
    with st.container(key=f"mention_{position}", gap="small"):
        components.show(card)
        if correcting.shown([row]):
            correcting.after([row], context)
        with st.container(horizontal=True, key=f"acts_{position}", gap="medium"):
            if row.copies > 1:
                _go(context, t.count("story.open", row.copies), f"copies_{position}", story=row.story)
            _go(context, t("mention.about"), f"about_{position}", id=row.id)
            correcting.button(row, context, position)
        correcting.form(row, context)


def _go(context: Context, label: str, key: str, **where: str) -> None:
    st.button(label, key=key, type="tertiary", on_click=narrowing.go, args=(context, where))


def _loosen(context: Context, wanted: MentionFilter, behind: Behind | None) -> None:
    """Nothing was found: which single thing to let go of would find how much."""
    t = context.t
    components.notice(t("mentions.none"))
    ways = []
    for name in facets.active(context, wanted):
        if name != "days":
            less = mentiondata.facets(context.database, facets.without(wanted, name), behind, ()).mentions
            if less:
                ways.append((name, less))
    first = context.status.first_published_at
    if first and first < wanted.since:
        less = mentiondata.facets(context.database, replace(wanted, since=first), behind, ()).mentions
        if less:
            ways.append(("period", less))
    if not ways:
        return
    components.show(tag("p", t("mentions.loosen")))
    for name, n in ways:
        label = t(f"mentions.let_go.{name}", mentions=t.count("count.mentions", n))
        if name == "period":
            st.button(label, key="loosen_period", on_click=_whole_period)
        else:
            st.button(label, key=f"loosen_{name}", on_click=facets.let_go, args=(name,))


def _whole_period() -> None:
    facets.let_go("days")
    st.session_state.period = "all"


main(ctx.current())
