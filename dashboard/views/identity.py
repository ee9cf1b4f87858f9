"""The brand file as people read it: each statement with its line over time and the latest texts for and against."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import streamlit as st

from dashboard import address, components, data, people, peopledata, safe
from dashboard import context as ctx
from dashboard.components import heading, soft, statement_name
from dashboard.context import DRAFT, Context
from dashboard.safe import Html, tag
from dashboard.sayings import steps_of
from dashboard.views.empty import next_steps
from monitor.readmodel import LIKELY, Evidence, SayDo, Stance
from monitor.types import Leader, Statement

KINDS = ("value", "wanted_image", "unwanted_image", "guideline", "out_of_bounds")
_BY_WEEK = timedelta(days=200)


def main(context: Context) -> None:
    t, who, period = context.t, context.config.identity, context.period
    head = st.container()
    kind = _kind(context)
    address.keep(context, {"kind": kind or ""})
    with head:
        components.page_head(context, t("identity.title"), t("identity.lead"))
    links = [
        address.to(t("identity.check_draft"), DRAFT, context, {}),
        address.to(t("identity.gaps"), "statements", context, {}),
    ]
    components.show(tag("p", safe.join(links, " · "), cls="links"))
    if kind in (None, "leaders"):
        _ourselves(context)
        _leaders(context)
    statements = [s for s in who.statements if kind in (None, s.kind)]
    if not who.statements:
        components.notice(t("identity.none"))
    path = context.database
    by_week = period.until - period.since <= _BY_WEEK
    rows = data.say_do(path, period.since, period.until, "week" if by_week else "month")
    compared = frozenset(row.at for row in rows if not row.statement)
    steps = steps_of(min(compared), max(compared), by_week)[:-1] if compared else []
    said: dict[str, list[SayDo]] = defaultdict(list)
    for row in rows:
        said[row.statement].append(row)
    # The same for all, so that they can be compared.
    scale = max((max(people.sides(row)) for row in rows if row.statement), default=1)
    compared_with, texts = peopledata.stances(path, who, period.since, period.until)
    stances = {stance.statement: stance for stance in compared_with}
    evidence: dict[str, list[Evidence]] = defaultdict(list)
    for found in texts:
        evidence[found.statement].append(found)
    for each in KINDS:
        of_kind = [s for s in statements if s.kind == each]
        if not of_kind:
            continue
        cards = []
        for s in of_kind:
            line = people.small_line(said[s.id], steps, compared, scale, context) if compared else Html("")
            cards.append(_statement(s, said[s.id], stances.get(s.id), line, evidence[s.id], context))
        components.show(heading(t(f"identity.kinds.{each}"), t(f"identity.means.{each}")), *cards)
    if statements:
        components.show(soft(t("identity.how", p=t.percent(LIKELY))))
    if not context.status.mentions:
        next_steps(context)


def _kind(context: Context) -> str | None:
    """Which part is shown; all of it unless somebody chose."""
    t = context.t
    options = ("leaders", *(k for k in KINDS if any(s.kind == k for s in context.config.identity.statements)))
    if "identity_kind" not in st.session_state:
        asked = address.asked("kind")
        st.session_state.identity_kind = asked if asked in options else None
    chosen: str | None = st.selectbox(
        t("identity.part"),
        options,
        index=None,
        key="identity_kind",
        format_func=lambda k: t(f"identity.kinds.{k}"),
        placeholder=t("mentions.all"),
    )
    return chosen


def _ourselves(context: Context) -> None:
    t, who = context.t, context.config.identity
    facts = {
        "legal_name": who.legal_name,
        "aliases": ", ".join(who.aliases),
        "sector": who.sector,
        "products": ", ".join(p.name for p in who.products),
        "competitors": ", ".join(who.competitors),
        "homonyms": "; ".join(h.description for h in who.homonyms),
    }
    rows = [
        tag("div", tag("dt", t(f"identity.fact.{key}")), tag("dd", safe.line(value, 600)))
        for key, value in facts.items()
        if value
    ]
    components.show(heading(safe.line(who.name, 80)), tag("dl", *rows, cls="facts") if rows else "")


def _leaders(context: Context) -> None:
    t, leaders = context.t, context.config.identity.leaders
    if not leaders:
        return
    components.show(
        heading(t("identity.kinds.leaders"), t("identity.means.leaders")),
        *(_leader(leader, context) for leader in leaders),
    )


def _leader(leader: Leader, context: Context) -> Html:
    """Their private topics in the brand file's own words, and nothing that anybody wrote about them."""
    t = context.t
    facts = {"speaks_about": leader.speaks_about, "private": leader.private}
    rows = [
        tag("div", tag("dt", t(f"identity.fact.{key}")), tag("dd", safe.line(", ".join(values), 600)))
        for key, values in facts.items()
        if values
    ]
    return tag(
        "article",
        tag("h3", safe.line(leader.name, 80)),
        tag("p", safe.line(leader.role, 120), cls="soft") if leader.role else "",
        tag("dl", *rows, cls="facts") if rows else "",
        tag("p", address.to(t("identity.to_leader"), "leaders", context, {"leader": leader.id}), cls="links"),
        cls="card",
    )


def _statement(
    s: Statement,
    rows: list[SayDo],
    stance: Stance | None,
    line: Html,
    evidence: list[Evidence],
    context: Context,
) -> Html:
    t = context.t
    badges = []
    if s.owner:
        badges.append(tag("span", t("identity.owner", name=safe.line(s.owner, 80)), cls="badge"))
    if validity := _validity(s, context):
        badges.append(tag("span", validity, cls="badge unsure"))
    own, others = sum(r.own for r in rows), sum(r.others for r in rows)
    mine, theirs = sum(r.own_conflicts for r in rows), sum(r.other_conflicts for r in rows)
    touching = {"statement": s.id, "stance": "touches"}
    told = [
        _told("identity.own", own, mine, {**touching, "voice": ["leader", "employee", "brand"]}, context),
        _told("identity.others", others, theirs, {**touching, "voice": "third_party"}, context),
    ]
    if stance and stance.in_line:
        words = t("identity.in_line", n=people.expected(stance.in_line, t))
        linked = address.behind(words, context, {"statement": s.id, "stance": "in_line"})
        told.append(tag("div", linked if stance.likely[1] else words))
    figures = tag("div", line, tag("div", *told, cls="num"), cls="side")
    name = tag(
        "div",
        tag("div", statement_name(s.id, context), cls="statement"),
        tag("div", s.text),
        tag("div", *badges, cls="badges") if badges else "",
    )
    over_time = address.to(t("identity.over_time"), "statements", context, {"statement": s.id})
    links = tag("p", over_time, cls="links")
    return tag(
        "article",
        tag("div", name, figures, cls="said"),
        people.quotes(evidence, context) if evidence else soft(t("identity.no_evidence")),
        links,
        cls="card",
    )


def _told(
    key: str, stories: int, against: int, filters: dict[str, str | list[str]], context: Context
) -> Html:
    t = context.t
    words = t(key, n=t.count("count.stories", stories), against=t.number(against))
    return tag("div", address.behind(words, context, filters) if stories else words)


def _validity(s: Statement, context: Context) -> str:
    """From when to when it holds; said as such when that is not now."""
    t = context.t
    if not s.valid_from and not s.valid_to:
        return ""
    today = context.period.until.date()
    begin = t.day(s.valid_from) if s.valid_from else ""
    end = t.day(s.valid_to) if s.valid_to else ""
    span = t("identity.valid_both", begin=begin, end=end)
    if not end:
        span = t("identity.valid_from", begin=begin)
    elif not begin:
        span = t("identity.valid_to", end=end)
    gone = s.valid_to is not None and s.valid_to < today
    early = s.valid_from is not None and s.valid_from > today
    return f"{span} {t('identity.not_now')}" if gone or early else span


main(ctx.current())
