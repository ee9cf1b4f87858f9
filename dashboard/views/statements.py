"""Statement by statement: what we said and what others said over time, and what no single mention shows."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import streamlit as st

from dashboard import address, charts, components, data, saved
from dashboard import context as ctx
from dashboard.components import heading, statement_option
from dashboard.context import Context
from dashboard.sayings import gap_card, pair_card, quote_card, steps_of, touched_card
from dashboard.views.empty import next_steps
from monitor.readmodel import SayDo

SHOWN = 5  # of each list; the rest is counted, and the command shows it
_BY_WEEK = timedelta(days=200)


def main(context: Context) -> None:
    t, path, period = context.t, context.database, context.period
    if not context.status.mentions:
        components.page_head(context, t("empty.title"), dated=False)
        next_steps(context)
        return
    saved.control(context, "statements")
    components.page_head(context, t("statements.title"), t("statements.lead"))
    components.notice(t("statements.content_only"))
    by_week = period.until - period.since <= _BY_WEEK
    rows = data.say_do(path, period.since, period.until, "week" if by_week else "month")
    _line(rows, by_week, context)
    _opposites(context)
    _quotes(context)
    _gaps(context)


def _line(rows: list[SayDo], by_week: bool, context: Context) -> None:
    """The statement a person chooses; most stories first, those of the brand file that nobody touched last."""
    t = context.t
    components.show(heading(t("statements.line"), t("statements.line_lead")))
    touched: dict[str, int] = {}
    for row in rows:
        if row.statement:
            touched[row.statement] = touched.get(row.statement, 0) + row.own + row.others
    order = sorted(touched, key=lambda s: (-touched[s], s))
    order += [s.id for s in context.config.identity.statements if s.id not in touched]
    if not order:
        components.notice(t("overview.no_data"))
        return
    if st.session_state.get("statements_statement") not in order:
        asked = address.asked("statement")
        st.session_state.statements_statement = asked if asked in order else order[0]
    chosen = st.selectbox(
        t("conflicts.statement"),
        order,
        key="statements_statement",
        format_func=lambda s: statement_option(s, context),
    )
    address.keep(context, {"statement": chosen})
    said = {row.at: row for row in rows if row.statement == chosen}
    compared = {row.at: row for row in rows if not row.statement}
    if not compared:
        components.notice(t("overview.no_data"))
        return
    steps = steps_of(min(compared), max(compared), by_week)
    bins = [
        charts.SaidBin(at.replace(tzinfo=None), after.replace(tzinfo=None), said.get(at), at in compared)
        for at, after in pairwise(steps)
    ]
    own, others = sum(row.own for row in said.values()), sum(row.others for row in said.values())
    own_against = sum(row.own_conflicts for row in said.values())
    against = sum(row.other_conflicts for row in said.values())
    whole = sum(row.own + row.others for row in compared.values())
    spoken = t(
        "statements.spoken",
        own=t.count("count.stories", own),
        own_against=t.number(own_against),
        others=t.count("count.stories", others),
        against=t.number(against),
        whole=t.number(whole),
    )
    components.chart(charts.said(bins, t), spoken, "said")
    components.show(components.soft(spoken), components.soft(_in_line(list(said.values()), context)))


def _in_line(rows: list[SayDo], context: Context) -> str:
    """In-line evidence, which only a model that compares text and statement gives."""
    t = context.t
    own = [row.own_in_line for row in rows if row.own_in_line is not None]
    others = [row.other_in_line for row in rows if row.other_in_line is not None]
    if not own and not others:
        return t("statements.in_line_none")
    told = [t.number(sum(counts), 1) if counts else t("overview.no_data") for counts in (own, others)]
    return t("statements.in_line", own=told[0], others=told[1])


def _opposites(context: Context) -> None:
    t, period = context.t, context.period
    found = data.contradictions(context.database, context.config.identity, period.since, period.until)
    components.show(heading(t("statements.opposites"), t("statements.opposites_lead")))
    if not found.read:
        components.notice(t("statements.no_own"))
        return
    size = t("statements.opposites_of", read=t.number(found.read), n=t.number(found.speakers))
    pairs = t.count("statements.pairs", len(found.found))
    components.show(components.soft(f"{pairs} {size}"))
    components.show(*(pair_card(pair, context) for pair in found.found[:SHOWN]))
    _more(len(found.found), "opposites", context)


def _quotes(context: Context) -> None:
    t, period = context.t, context.period
    found = data.quotes(context.database, context.config.identity, period.since, period.until)
    components.show(heading(t("statements.quotes"), t("statements.quotes_lead")))
    if not found.outcomes:
        components.notice(t("statements.no_quotes", read=t.number(found.read)))
        return
    outcomes = [
        t.count(f"statements.outcome.{outcome}", found.outcomes[outcome])
        for outcome in ("matched", "unverified", "perhaps_translated", "too_short", "no_own_channel")
        if found.outcomes.get(outcome)
    ]
    size = t("statements.quotes_of", n=t.number(sum(found.outcomes.values())), read=t.number(found.read))
    components.show(components.soft(f"{size} {t.listed(outcomes)}."))
    components.show(*(quote_card(quote, context) for quote in found.unverified[:SHOWN]))
    _more(len(found.unverified), "quotes", context)


def _gaps(context: Context) -> None:
    t, period = context.t, context.period
    found = data.gaps(context.database, context.config.identity, period.since, period.until)
    components.show(heading(t("statements.touched"), t("statements.touched_lead")))
    if not found.compared:
        components.notice(t("overview.no_data"))
        return
    rows = data.statement_conflicts(context.database, period.since, period.until)
    if not rows:
        components.show(components.soft(t("conflicts.none")))
    components.show(*(touched_card(row, context) for row in rows[:SHOWN]))
    _more(len(rows), "gaps", context)
    components.show(heading(t("statements.gaps"), t("statements.gaps_lead")))
    size = t.count("statements.themes", len(found.themes))
    components.show(components.soft(f"{size} {t('statements.compared', n=t.number(found.compared))}"))
    components.show(*(gap_card(theme, context) for theme in found.themes[:SHOWN]))
    _more(len(found.themes), "gaps", context)


def _more(there_are: int, command: str, context: Context) -> None:
    if there_are > SHOWN:
        left = context.t.count("statements.more", there_are - SHOWN)
        components.show(components.soft(f"{left} omdomme statements {command} --limit {there_are}"))


main(ctx.current())
