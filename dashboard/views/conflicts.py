"""What conflicts with who we say we are: the words, the statement they touch, why, and how sure."""

from __future__ import annotations

import streamlit as st

from dashboard import components, data
from dashboard import context as ctx
from dashboard.components import by_mention, conflict_card, heading, statement_bars, statement_option
from dashboard.context import Context
from dashboard.views.empty import next_steps
from dashboard.views.paging import page_buttons, page_number
from monitor.readmodel import MentionFilter
from monitor.types import Severity, Voice

PAGE = 15
MOST = 6  # statements shown with a bar
_SEVERITIES: tuple[Severity, ...] = ("major", "minor")
_VOICES: tuple[Voice, ...] = ("third_party", "leader", "employee", "brand")


def main(context: Context) -> None:
    t, path, period = context.t, context.database, context.period
    if not context.status.mentions:
        components.page_head(context, t("empty.title"), dated=False)
        next_steps(context)
        return
    counts = data.statement_counts(path, period.since, period.until)
    total = data.count_mentions(path, MentionFilter(period.since, period.until, conflict=("minor", "major")))
    components.page_head(context, t.count("conflicts.title", total), t("conflicts.lead"))
    if not total:
        components.notice(t("conflicts.none"))
        return
    components.show(heading(t("conflicts.most")), statement_bars(counts[:MOST], context))
    components.show(heading(t("conflicts.each")))
    left, middle, right = st.columns(3)
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
    number, pages = page_number("conflicts", (period.key, wanted), total, PAGE)
    rows = data.conflicts(path, period.since, period.until, *wanted, PAGE + 1, number * PAGE)
    groups = by_mention(rows)
    if not groups:
        components.notice(t("conflicts.none_filtered"))
    components.show(*(conflict_card(group, context) for group in groups[:PAGE]))
    # With a filter the number of pages is not known: there is a next one when one more mention was found.
    page_buttons(
        "conflicts", number, max(number + 1 + (len(groups) > PAGE), pages if not any(wanted) else 0), t
    )


main(ctx.current())
