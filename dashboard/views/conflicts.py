"""What conflicts with who we say we are, story after story: the words, the statement, and what people decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import get_args

import streamlit as st

from dashboard import address, arriving, components, data, safe, saved, triaging, worklist
from dashboard import context as ctx
from dashboard.casecards import learnt
from dashboard.components import conflict_card, heading, statement_bars, statement_option
from dashboard.context import Context
from dashboard.queuecards import copies
from dashboard.triaging import Subject
from dashboard.viewer import known_name
from dashboard.views.empty import next_steps
from monitor.readmodel import QUEUE_STATES, Queue, QueuedStory, QueueFilter
from monitor.types import Severity, Voice

MOST = 6  # statements shown with a bar
_NAMES = ("statement", "severity", "voice", "target", "source_type")
_FIXED: dict[str, tuple[str, ...]] = {"severity": get_args(Severity), "voice": get_args(Voice)}


def main(context: Context) -> None:
    t, path, period = context.t, context.database, context.period
    if not context.status.mentions:
        components.page_head(context, t("empty.title"), dated=False)
        next_steps(context)
        return
    saved.control(context, "conflicts")
    wanted = _wanted(context)
    found = data.queue(path, wanted, worklist.PAGE, worklist.page() * worklist.PAGE)
    if worklist.turn_back(found):
        found = data.queue(path, wanted, worklist.PAGE, worklist.page() * worklist.PAGE)
    lead = t("queue.lead", mentions=t.count("count.mentions", found.standing_flags)) if found.standing else ""
    components.page_head(context, t.count("conflicts.title", found.standing), lead)
    triaging.told(t)
    if not found.known:
        components.notice(t("conflicts.none"))
        return
    if found.to_confirm:
        components.notice(t.count("case.waiting", found.to_confirm))
    _filters(found, wanted, context)
    _keep(wanted, context)
    if not found.stories:
        components.notice(t("conflicts.none_filtered"))
    else:
        one, list_ = st.columns([8, 5], gap="medium")
        with one:
            worklist.steps(found, context)
            _story(found.stories[worklist.row(found)], context)
        with list_:
            components.show(heading(t("queue.waiting")))
            worklist.together(context)
            worklist.rows(found, context)
            worklist.pages(found, context)
        _help(context)
    if counts := data.statement_counts(path, period.since, period.until):
        components.show(
            heading(t("conflicts.most"), t("conflicts.lead")), statement_bars(counts[:MOST], context)
        )
    if adjustment := data.adjustment(path):
        with st.expander(t("learnt.title")):
            components.show(learnt(adjustment, t))


def _wanted(context: Context) -> QueueFilter:
    """The filter of the widgets, which are drawn later with its counts; at first what the address says."""
    state = st.session_state
    page = 0
    if arriving.arrived("conflicts"):
        for name in ("state", *_NAMES):
            state[f"conflicts_{name}"] = address.asked(name) or None
        state.conflicts_story = address.asked("story")
        number = address.asked("page")
        page = max(0, int(number) - 1) if number.isdecimal() and len(number) < 7 else 0
    # Set anew each time: the browser knows a choice by its label, and the labels change with their counts.
    asked_state = state.get("conflicts_state")
    state.conflicts_state = asked_state if asked_state in QUEUE_STATES else "open"
    for name in _NAMES:
        value = state.get(f"conflicts_{name}")
        state[f"conflicts_{name}"] = value if name not in _FIXED or value in _FIXED[name] else None
    chosen = {name: state[f"conflicts_{name}"] or "" for name in _NAMES}
    wanted = QueueFilter(
        context.period.since, context.period.until, state.conflicts_state,
        story=state.get("conflicts_story", ""), **chosen,
    )  # fmt: skip
    worklist.start((context.period.key, wanted.state, wanted.story, tuple(chosen.values())), page)
    return wanted


def _filters(found: Queue, wanted: QueueFilter, context: Context) -> None:
    """Their options are never labels read as Markdown: a selectbox shows plain text."""
    t = context.t
    counts = {name: dict(values) for name, values in found.facets.items()}

    def choice(
        name: str, place: st.delta_generator.DeltaGenerator, label: str, shown: Callable[[str], str]
    ) -> None:
        asked = getattr(wanted, name)
        options: Sequence[str] = _FIXED.get(name) or list(counts[name])
        place.selectbox(
            label,
            options if not asked or asked in options else [*options, asked],
            index=None,
            key=f"conflicts_{name}",
            format_func=lambda value: f"{shown(value)} ({t.number(counts[name].get(value, 0))})",
            placeholder=t("queue.any"),
        )

    a, b = st.columns([1, 2])
    a.selectbox(
        t("case.which"),
        QUEUE_STATES,
        key="conflicts_state",
        format_func=lambda s: f"{t(f'case.state.{s}')} ({t.number(counts['state'].get(s, 0))})",
    )
    choice("statement", b, t("conflicts.statement"), lambda s: statement_option(s, context))
    used = any((wanted.target, wanted.severity, wanted.voice, wanted.source_type))
    with st.expander(t("mentions.more_filters"), expanded=used):
        a, b = st.columns(2)
        choice("target", a, t("queue.target"), lambda name: safe.line(name, 80))
        choice("severity", b, t("conflicts.severity"), lambda s: t(f"severity.{s}"))
        choice("voice", a, t("mentions.voice"), lambda v: t(f"voices.{v}"))
        choice("source_type", b, t("queue.source_type"), lambda kind: _kind(kind, context))
    if wanted.story:
        components.show(safe.tag("p", t("queue.only_story"), cls="soft"))
        st.button(t("queue.all_stories"), key="conflicts_all", type="tertiary", on_click=_let_go)


def _kind(kind: str, context: Context) -> str:
    key = f"source_types.{kind}"
    return context.t(key) if context.t.has(key) else safe.line(kind, 40)


def _let_go() -> None:
    st.session_state.conflicts_story = ""


def _keep(wanted: QueueFilter, context: Context) -> None:
    shown = {name: getattr(wanted, name) for name in (*_NAMES, "story")}
    shown["state"] = wanted.state if wanted.state != "open" else ""
    shown["page"] = str(worklist.page() + 1) if worklist.page() else ""
    address.keep(context, shown)
    arriving.saw("conflicts")


def _story(found: QueuedStory, context: Context) -> None:
    """The story that is worked on: its flag in full, what can be done, and its copies."""
    t, path = context.t, context.database
    group = data.story_flag(path, found.mention_id, found.said_at)
    if not group:  # gone since the queue was read
        components.notice(t("case.edited"), warn=True)
        return
    mention = group[0].row.mention
    with st.container(key="conflict_now", gap="small"):
        components.show(conflict_card(group, context))
        below = []
        if mention.copies > 1:
            below.append(copies(data.story_cases(path, found.story), mention.copies, mention.id, context))
        among = address.to(t("queue.mention"), "mentions", context, {"story": found.story})
        components.show(*below, safe.tag("p", among, cls="links"))
        if not mention.case:
            return
        flags = found.alike
        if len(flags) > 1 and context.viewer.decides:
            whole = t("queue.whole", n=t.number(len(flags)))
            if not st.checkbox(whole, value=True, key=f"conflicts_whole_{found.mention_id}"):
                flags = flags[:1]
        if found.flags > len(found.alike):
            components.show(
                safe.tag("p", t.count("queue.others", found.flags - len(found.alike)), cls="soft")
            )
        subject = Subject(found.mention_id, flags)
        # Named by the mention: a key pressed twice in a hurry must not decide about the next one unseen.
        triaging.actions(subject, triaging.possible(mention.case), context, mention.id, keys=True)
        if context.viewer.decides:
            inside = found.story in worklist.ticked()
            st.button(
                t("queue.untick_this") if inside else t("queue.tick_this"),
                key="queue_tick",
                type="tertiary",
                shortcut=worklist.TICK_KEY,
                on_click=worklist.tick,
                args=(found,),
            )


def _help(context: Context) -> None:
    if context.viewer.decides:
        t, who = context.t, known_name(context.viewer)
        signs = [t("queue.signs", who=safe.line(who, 120))] if who else []
        components.show(safe.tag("p", " ".join([t("queue.help"), *signs]), cls="soft keys"))


main(ctx.current())
