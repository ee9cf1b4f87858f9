"""Stories on the page Mentions: one card for all copies in the list, and the page of one story (?story=)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from dashboard import components, data, exporting, mentiondata, narrowing, safe
from dashboard.components import heading, mention_card, verdict
from dashboard.context import Context, Period
from dashboard.language import Texts
from dashboard.safe import Html, tag
from dashboard.views.paging import page_buttons, page_number
from monitor.readmodel import FoldedStory, MentionFilter, MentionRow, StoryRow

COPIES = 50  # on one page of a story
_TICK = timedelta(microseconds=1)


def summary(story: FoldedStory, t: Texts) -> list[Html]:
    """How many copies, where, from when to when, and how they came."""
    if story.copies < 2:
        return []
    kinds = t.listed([f"{t(f'source_types.{name}')} ({t.number(n)})" for name, n in story.networks])
    names = t.listed([f"{safe.line(name, 60)} ({t.number(n)})" for name, n in story.sources])
    count = t.count("story.copies", story.copies)
    first, last = t.moment(story.first_at), t.moment(story.last_at)
    lines = [
        tag("p", tag("b", count), f" {t('story.in', networks=kinds)}", cls="story"),
        tag("p", t("story.sources", names=names), cls="story soft"),
        tag("p", t("story.from_to", first=first, last=last), cls="story soft"),
    ]
    if story.spread:
        most = max(story.spread)
        bars = [tag("i", style=f"height:{max(4 if n else 0, 100 * n / most):.0f}%") for n in story.spread]
        lines.append(tag("div", *bars, cls="spread", aria_hidden="true"))
    return lines


def page(context: Context, story: str) -> None:
    """One story, all of its copies in the order they came, whatever the list was narrowed to."""
    t, path = context.t, context.database
    st.button(t("mentions.back"), key="mentions_back", type="tertiary", on_click=narrowing.back)
    span = mentiondata.story_span(path, story)
    if span is None:
        components.page_head(context, t("story.gone"), dated=False)
        components.notice(t("story.gone_lead"), warn=True)
        return
    wanted = MentionFilter(span[0], span[1] + _TICK, story=story, newest_first=False)
    total = data.count_mentions(path, wanted)
    number, pages = page_number("story", wanted, total, COPIES)
    rows = data.mentions(path, wanted, COPIES, number * COPIES)
    known = data.stories(path, (story,)).get(story)
    whole = Context(context.config, t, Period("all", span[0], span[1]), context.status, context.viewer)
    first = known.first.title if known else ""
    title = safe.line(first or (rows[0].title or rows[0].text if rows else ""), 160)
    language = safe.language(known.first.lang if known else None)
    lead = t("story.from_to", first=t.moment(span[0]), last=t.moment(span[1])) if total > 1 else ""
    components.page_head(
        context,
        tag("span", f"«{title}»", **language),
        f"{t.count('story.copies', total)}. {lead}",
        dated=False,
    )
    components.show(*_told(rows, known, t))
    exporting.button(whole, wanted, None, total)
    components.show(heading(t("story.each"), t("story.each_lead")))
    usual = _usual(rows)
    for position, row in enumerate(rows):
        with st.container(key=f"mention_{position}", gap="small"):
            components.show(_copy(row, span[0], usual, context, first=position == 0 and number == 0))
            st.button(
                t("mention.about"),
                key=f"about_{position}",
                type="tertiary",
                on_click=narrowing.go,
                args=(context, {"id": row.id}),
            )
    page_buttons("story", number, pages, t)


def _told(rows: Sequence[MentionRow], known: StoryRow | None, t: Texts) -> list[Html]:
    """Who had it first, who is most trusted, the same in other languages, and whether the verdicts agree."""
    parts: list[Html] = []
    if known:
        lines = [("story.first", known.first)]
        if known.trusted.mention_id != known.first.mention_id:
            lines.append(("story.trusted", known.trusted))
        parts += [tag("p", t(key), " ", components.story_copy(copy, t), cls="story") for key, copy in lines]
        if known.translations:
            others = safe.join([components.story_copy(copy, t) for copy in known.translations], " · ")
            parts.append(tag("p", t("story.translations"), " ", others, cls="story"))
    for target, standings in _by_target(rows).items():
        if standings.total() < 2:
            continue
        told = t.listed([f"{t(f'labels.{x}').lower()}: {t.number(n)}" for x, n in standings.most_common()])
        key = "story.agree" if len(standings) == 1 else "story.differ"
        parts.append(tag("p", t(key, target=safe.line(target, 80), told=told), cls="story"))
    return parts


def _by_target(rows: Sequence[MentionRow]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for row in rows:
        for given in row.verdicts:
            found.setdefault(given.target, Counter())[_standing(given.status, given.label)] += 1
    return found


def _standing(status: str, label: str) -> str:
    return label if status in ("judged", "corrected") else status


def _usual(rows: Sequence[MentionRow]) -> dict[str, str]:
    """What most copies on this page are toward each target."""
    return {target: standings.most_common(1)[0][0] for target, standings in _by_target(rows).items()}


def _copy(row: MentionRow, began: object, usual: dict[str, str], context: Context, *, first: bool) -> Html:
    t = context.t
    lines: list[Html] = []
    if first:
        lines.append(tag("p", t("story.this.first"), cls="story"))
    elif row.dated:
        lines.append(tag("p", t("story.later", after=_after(row.published_at - began, t)), cls="story soft"))  # type: ignore[operator]
    apart = [v for v in row.verdicts if usual.get(v.target) != _standing(v.status, v.label)]
    if apart:
        lines.append(tag("p", t("story.apart"), " ", *(verdict(v, t) for v in apart), cls="story badges"))
    if row.updated_at:
        lines.append(tag("p", t("mention.edited", at=t.moment(row.updated_at)), cls="story soft"))
    return mention_card(row, t, quote_only=context.quote_only(row.source), beneath=lines)


def _after(passed: timedelta, t: Texts) -> str:
    """ "3 timer": in the largest whole unit."""
    seconds = max(0, int(passed.total_seconds()))
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= length:
            return t.count(f"story.{unit}", seconds // length)
    return t("story.at_once")
