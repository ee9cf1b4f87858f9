"""What conflicts with who we say we are: the words, the statement they touch, why, and how sure."""

from __future__ import annotations

import streamlit as st

from dashboard import components, data, saved, triaging
from dashboard import context as ctx
from dashboard.casecards import learnt
from dashboard.components import by_mention, conflict_card, heading, statement_bars, statement_option
from dashboard.context import Context
from dashboard.views.empty import next_steps
from dashboard.views.paging import page_buttons, page_number
from monitor.types import CASE_STATES, STANDING_CASES, CaseState, Severity, Voice

PAGE = 15
MOST = 6  # statements shown with a bar
_SEVERITIES: tuple[Severity, ...] = ("major", "minor")
_VOICES: tuple[Voice, ...] = ("third_party", "leader", "employee", "brand")
_STATES: dict[str, tuple[CaseState, ...]] = {
    "open": ("open", "to_confirm"),
    "confirmed": ("confirmed",),
    "dismissed": ("dismissed",),
    "set_aside": ("set_aside",),
    "all": CASE_STATES,
}


def main(context: Context) -> None:
    t, path, period = context.t, context.database, context.period
    if not context.status.mentions:
        components.page_head(context, t("empty.title"), dated=False)
        next_steps(context)
        return
    saved.control(context, "conflicts")
    counts = data.statement_counts(path, period.since, period.until)
    by_state = data.case_counts(path, period.since, period.until)
    standing = sum(by_state.get(state, 0) for state in STANDING_CASES)
    components.page_head(context, t.count("conflicts.title", standing), t("conflicts.lead"))
    triaging.told(t)
    if not by_state:
        components.notice(t("conflicts.none"))
        return
    if waiting := by_state.get("to_confirm"):
        components.notice(t.count("case.waiting", waiting))
    if counts:
        components.show(heading(t("conflicts.most")), statement_bars(counts[:MOST], context))
    if adjustment := data.adjustment(path):
        with st.expander(t("learnt.title")):
            components.show(learnt(adjustment, t))
    components.show(heading(t("conflicts.each")))
    _cases(counts, by_state, context)


def _cases(counts: list[tuple[str, int, int]], by_state: dict[CaseState, int], context: Context) -> None:
    t, path, period = context.t, context.database, context.period
    numbers = {key: sum(by_state.get(s, 0) for s in states) for key, states in _STATES.items()}
    which, left, middle, right = st.columns([2, 3, 2, 2])
    # The whole of what is decided is only shown to who asks: the page opens with what is waiting for somebody.
    state = which.selectbox(
        t("case.which"),
        list(_STATES),
        key="conflicts_state",
        format_func=lambda s: f"{t(f'case.state.{s}')} ({t.number(numbers[s])})",
    )
    statement = left.selectbox(
        t("conflicts.statement"),
        [s for s, _, _ in counts],
        index=None,
        key="conflicts_statement",
        format_func=lambda s: statement_option(s, context),
        placeholder=t("mentions.all"),
    )
    severity = middle.selectbox(
        t("conflicts.severity"),
        _SEVERITIES,
        index=None,
        key="conflicts_severity",
        format_func=lambda s: t(f"severity.{s}"),
        placeholder=t("mentions.all"),
    )
    voice = right.selectbox(
        t("mentions.voice"),
        _VOICES,
        index=None,
        key="conflicts_voice",
        format_func=lambda v: t(f"voices.{v}"),
        placeholder=t("mentions.all"),
    )
    severities: tuple[Severity, ...] = (severity,) if severity else ()
    voices: tuple[Voice, ...] = (voice,) if voice else ()
    wanted = (severities, (statement,) if statement else (), voices)
    number, pages = page_number("conflicts", (period.key, state, wanted), numbers[state], PAGE)
    rows = data.conflicts(path, period.since, period.until, *wanted, PAGE + 1, number * PAGE, _STATES[state])
    groups = by_mention(rows)
    if not groups:
        components.notice(t("conflicts.none_filtered"))
    for position, group in enumerate(groups[:PAGE]):
        with st.container(key=f"conflict_{position}", gap="small"):
            components.show(conflict_card(group, context))
            if case := group[0].row.mention.case:
                triaging.control(case, context, position)
    # With a filter the number of pages is not known: there is a next one when one more mention was found.
    page_buttons(
        "conflicts", number, max(number + 1 + (len(groups) > PAGE), pages if not any(wanted) else 0), t
    )


main(ctx.current())
