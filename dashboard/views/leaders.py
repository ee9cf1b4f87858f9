"""One leader at a time: how others write of them against the wanted image, and what became of their own posts."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboard import address, answering, charts, components, people, peopledata, safe, saved, triaging
from dashboard import context as ctx
from dashboard.components import by_mention, conflict_card, heading, soft
from dashboard.context import Context
from dashboard.safe import tag
from dashboard.views.empty import next_steps
from monitor.readmodel import LIKELY, LeaderView, Week
from monitor.types import Leader

CASES = 5  # own posts with a flag that are shown with what can be done about them
MINE = 50  # for the leader, who answers them here and nowhere else
_WEEK = timedelta(days=7)


def main(context: Context) -> None:
    t, who = context.t, context.config.identity
    if not context.status.mentions:
        components.page_head(context, t("empty.title"), dated=False)
        next_steps(context)
        return
    saved.control(context, "leaders")
    if not any(context.viewer.concerned(leader.name) for leader in who.leaders):
        components.page_head(context, t("leaders.none"), t("leaders.none_lead"), dated=False)
        return
    head = st.container()
    chosen = _chosen(context)
    address.keep(context, {"leader": chosen.id})
    period = context.period
    view = peopledata.leader(context.database, who, period.since, period.until, chosen.name)
    with head:
        components.page_head(context, safe.line(chosen.name, 80), safe.line(chosen.role, 120))
        triaging.told(t)
    components.notice(t("leaders.content_only"))
    _seen(view, chosen, context)
    _trend(view.weeks, chosen, context)
    _themes(chosen, context)
    _networks(view, chosen, context)
    _own(view, chosen, context)


def _chosen(context: Context) -> Leader:
    """The one the address names, or a person chose; in the order of the brand file, which is no ranking."""
    known = (leader for leader in context.config.identity.leaders if context.viewer.concerned(leader.name))
    leaders = {leader.id: leader for leader in known}
    if st.session_state.get("leaders_leader") not in leaders:
        asked = address.asked("leader")
        st.session_state.leaders_leader = asked if asked in leaders else next(iter(leaders))
    chosen = st.selectbox(
        context.t("leaders.choose"),
        list(leaders),
        key="leaders_leader",
        format_func=lambda i: leaders[i].name,
    )
    return leaders[chosen]


def _others(leader: Leader) -> dict[str, str]:
    return {"target": leader.name, "voice": "third_party"}


def _seen(view: LeaderView, leader: Leader, context: Context) -> None:
    t = context.t
    components.show(heading(t("leaders.seen"), t("leaders.seen_lead")))
    if not view.stories:
        components.notice(t("leaders.nothing"))
        return
    stories = address.behind(t.count("count.stories", view.stories), context, _others(leader))
    components.show(tag("p", t("leaders.by_others"), " ", stories, cls="soft num"))
    found = {stance.statement: stance for stance in view.stances}
    for kind in ("wanted_image", "unwanted_image"):
        statements = [s for s in context.config.identity.statements if s.kind == kind]
        if not statements:
            continue
        rows = [
            people.stance_row(
                s,
                found.get(s.id),
                [e for e in view.evidence if e.statement == s.id],
                context,
                _others(leader),
            )
            for s in statements
        ]
        components.show(tag("h3", t(f"leaders.{kind}")), *rows)
    components.show(soft(t("leaders.how", p=t.percent(LIKELY))))


def _trend(weeks: tuple[Week, ...], leader: Leader, context: Context) -> None:
    t = context.t
    components.show(heading(t("leaders.trend"), t("leaders.trend_lead")))
    judged = [week for week in weeks if week.negative.value is not None]
    if not judged:
        components.notice(t("overview.no_data"))
        return
    bins = [
        charts.ShareBin(w.at.replace(tzinfo=None), (w.at + _WEEK).replace(tzinfo=None), w.negative)
        for w in judged
    ]
    spoken = t("leaders.trend_spoken", weeks=t.number(len(judged)), name=safe.line(leader.name, 80))
    components.chart(charts.shares(bins, t), spoken, "trend")
    rows = []
    for week in weeks:
        share = week.negative
        shown = t("overview.no_data")
        if share.value is not None and share.low is not None and share.high is not None:
            shown = f"{t.percent(share.value)} ({t.interval(share.low, share.high)})"
        last = (week.at + timedelta(days=6)).date().isoformat()
        filters = {**_others(leader), "from": week.at.date().isoformat(), "to": last}
        stories = address.behind(t.count("count.stories", week.stories), context, filters)
        rows.append((t.day(week.at), (stories, shown)))
    table = people.matrix([t("chart.mentions"), t("tiles.negative")], rows, t("leaders.week"))
    components.show(tag("details", tag("summary", t("leaders.by_week")), table))


def _themes(leader: Leader, context: Context) -> None:
    t, period = context.t, context.period
    found = peopledata.themes(
        context.database, context.config.identity, leader.name, period.since, period.until
    )
    components.show(heading(t("leaders.themes"), t("leaders.themes_lead")))
    if not found.found:
        read = t("leaders.themes_none", n=t.number(found.read), ordinary=t.number(found.ordinary))
        components.show(soft(read))
        return
    rows = []
    for phrase in found.found:
        words = safe.line(phrase.words, 60)
        link = address.behind(f"«{words}»", context, {**_others(leader), "search": phrase.words})
        here = t("leaders.of", part=t.number(phrase.stories), whole=t.number(phrase.of))
        usual = t("leaders.of", part=t.number(phrase.usual), whole=t.number(phrase.usual_of))
        rows.append(
            tag("li", link, " ", tag("span", t("leaders.phrase", here=here, usual=usual), cls="soft num"))
        )
    components.show(tag("ul", *rows, cls="examples"))


def _networks(view: LeaderView, leader: Leader, context: Context) -> None:
    t = context.t
    components.show(heading(t("leaders.networks"), t("leaders.networks_lead")))
    if not view.networks:
        components.notice(t("leaders.nothing"))
        return
    most = max(network.stories for network in view.networks)
    rows = []
    for network in view.networks:
        places = [
            address.behind(
                f"{safe.line(place, 60)} ({t.number(n)})", context, {**_others(leader), "place": place}
            )
            for place, n in network.places
        ]
        told = address.behind(
            t.count("count.stories", network.stories),
            context,
            {**_others(leader), "source_type": network.network},
        )
        name = t(f"source_types.{network.network}")
        rows.append(people.bar_row(name, safe.join(places, " · "), network.stories, most, told))
    components.show(*rows)


def _own(view: LeaderView, leader: Leader, context: Context) -> None:
    t, own, period = context.t, view.own, context.period
    components.show(heading(t("leaders.own"), t("leaders.own_lead")))
    accounts = [*leader.accounts, *(a for a in leader.aliases if a.startswith("@"))]
    accounts += [
        a.address
        for a in context.config.identity.accounts
        if a.person in (leader.name, leader.id) and a.opted_in
    ]
    shown = t.listed([safe.line(a, 80) for a in dict.fromkeys(accounts)][:8])
    components.show(soft(t("leaders.accounts", names=shown) if shown else t("leaders.no_accounts")))
    if not own.stories:
        components.notice(t("leaders.no_own"))
        return
    mine = {"speaker": leader.name}
    lines = [
        address.behind(t.count("leaders.own_posts", own.stories), context, mine),
        address.behind(
            t.count("leaders.own_conflicts", own.conflicts), context, {**mine, "conflict": ["major", "minor"]}
        ),
    ]
    components.show(tag("p", safe.join(lines, " · "), cls="num"))
    components.show(tag("h3", t("leaders.balance")))
    if own.compared:
        office = address.behind(t.count("count.stories", own.office), context, mine)
        mixed = address.behind(t.count("count.stories", own.mixed), context, {**mine, "mixing": "1"})
        components.show(
            people.bar_row(t("leaders.office"), "", own.office, own.compared, office),
            people.bar_row(t("leaders.mixed"), t("leaders.mixed_note"), own.mixed, own.compared, mixed),
            people.bar_row(t("leaders.private"), t("leaders.private_note"), 0, own.compared, "–"),
        )
    else:
        components.notice(t("overview.no_data"))
    components.show(tag("h3", t("leaders.flags")))
    if not own.open and not own.conflicts:
        components.show(soft(t("leaders.no_flags")))
    most = MINE if context.viewer.role == "leader" else CASES
    groups = by_mention(
        peopledata.own_conflicts(context.database, period.since, period.until, leader.name, most)
    )
    for position, group in enumerate(groups):
        with st.container(key=f"conflict_{position}", gap="small"):
            components.show(conflict_card(group, context))
            if case := group[0].row.mention.case:
                if context.viewer.decides:
                    triaging.control(case, context, position)
                else:
                    answering.control(case, context, position, leader.name)
    if groups:
        all_ = address.behind(t("leaders.all_flags"), context, {**mine, "conflict": ["major", "minor"]})
        components.show(tag("p", all_, cls="links"))


main(ctx.current())
