"""Who talks and where, in groups: kinds of voices by network and theme. Never a person, never a small group."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import address, components, people, peopledata, safe, saved
from dashboard import context as ctx
from dashboard.components import heading, soft, statement_name, statement_text
from dashboard.context import Context
from dashboard.safe import Html, tag
from dashboard.views.empty import next_steps
from monitor.readmodel import FEWEST, FOLLOWERS, VOICE_KINDS, Audience, Group
from monitor.types import SOURCE_TYPES


def main(context: Context) -> None:
    t, period = context.t, context.period
    if not context.status.mentions:
        components.page_head(context, t("empty.title"), dated=False)
        next_steps(context)
        return
    saved.control(context, "audience")
    components.page_head(context, t("audience.title"), t("audience.lead"))
    target = _target(context)
    address.keep(context, {"target": target or ""})
    found = peopledata.audience(
        context.database, period.since, period.until, target, context.config.authorities
    )
    hidden = t.count("audience.hidden", found.hidden) if found.hidden else ""
    components.notice(t("audience.bound", n=t.number(FEWEST)), hidden)
    if not found.by_kind and not found.by_network:
        components.notice(t("audience.nothing"))
        return
    base = {"voice": "third_party", "target": target or ""}
    _kinds(found, base, context)
    _networks(found, base, context)
    _themes(found, base, context)
    _overlaps(found, base, context)
    components.show(heading(t("audience.how")), *(soft(line) for line in t.list("audience.limits")))


def _target(context: Context) -> str | None:
    """Whom it is about; products are left to the mentions page."""
    who = context.config.identity
    known = {name for name, _, _ in context.status.per_target}
    names = [name for name in (who.name, *(p.name for p in who.leaders)) if name in known]
    if "audience_target" not in st.session_state:
        asked = address.asked("target")
        st.session_state.audience_target = asked if asked in names else None
    t = context.t
    chosen: str | None = st.selectbox(
        t("mentions.target"), names, index=None, key="audience_target", placeholder=t("mentions.all")
    )
    return chosen


def _kinds(found: Audience, base: dict[str, str], context: Context) -> None:
    t = context.t
    components.show(heading(t("audience.kinds"), t("audience.kinds_lead", n=t.number(FOLLOWERS))))
    most = max((group.voices for group in found.by_kind), default=1)
    by_kind = {group.kind: group for group in found.by_kind}
    rows = []
    for kind in VOICE_KINDS:
        group = by_kind.get(kind)
        name, note = t(f"voice_kinds.{kind}"), t(f"voice_notes.{kind}")
        told = (
            _told(group, {**base, "kind": kind}, context) if group else t("audience.few", n=t.number(FEWEST))
        )
        rows.append(people.bar_row(name, note, group.voices if group else 0, most, told))
    components.show(*rows)


def _told(group: Group, filters: dict[str, str], context: Context) -> Html:
    t = context.t
    stories = address.behind(t.count("count.stories", group.stories), context, filters)
    return safe.join([t.count("audience.voices", group.voices), ", ", stories])


def _networks(found: Audience, base: dict[str, str], context: Context) -> None:
    t = context.t
    components.show(heading(t("audience.networks"), t("audience.networks_lead")))
    networks = [n for n in SOURCE_TYPES if any(g.network == n for g in found.by_network)]
    cells = {(g.kind, g.network): g for g in found.kind_by_network}
    rows: list[tuple[str | Html, Sequence[str | Html]]] = []
    for network in networks:
        rows.append(
            (
                t(f"source_types.{network}"),
                [
                    _cell(cells.get((kind, network)), {**base, "kind": kind, "source_type": network}, context)
                    for kind in VOICE_KINDS
                ],
            )
        )
    components.show(people.matrix([t(f"voice_kinds.{k}") for k in VOICE_KINDS], rows, t("audience.network")))
    if found.by_place:
        most = max(group.stories for group in found.by_place)
        bars = [
            people.bar_row(
                safe.line(g.place, 80),
                "",
                g.stories,
                most,
                _told(g, {**base, "place": g.place}, context),
            )
            for g in found.by_place
        ]
        components.show(tag("details", tag("summary", t("audience.places")), *bars))


def _cell(group: Group | None, filters: dict[str, str], context: Context) -> str | Html:
    return address.behind(context.t.number(group.stories), context, filters) if group else people.NOT_SHOWN


def _themes(found: Audience, base: dict[str, str], context: Context) -> None:
    t = context.t
    components.show(heading(t("audience.themes"), t("audience.themes_lead")))
    if not found.by_theme:
        components.notice(t("audience.nothing"))
        return
    cells = {(g.kind, g.theme): g for g in found.kind_by_theme}
    replies = {row.theme: row.share for row in found.replies}
    columns = [*(t(f"voice_kinds.{k}") for k in VOICE_KINDS), t("audience.replies")]
    rows: list[tuple[str | Html, Sequence[str | Html]]] = []
    for group in found.by_theme:
        filters = {**base, "statement": group.theme, "stance": "touches"}
        share = replies.get(group.theme)
        answered: str = people.NOT_SHOWN
        if share and share.value is not None and share.low is not None and share.high is not None:
            answered = f"{t.percent(share.value)} ({t.interval(share.low, share.high)})"
        name = tag(
            "div",
            address.behind(statement_name(group.theme, context), context, filters),
            tag("div", statement_text(group.theme, context), cls="soft"),
        )
        figures = [
            _cell(cells.get((kind, group.theme)), {**filters, "kind": kind}, context) for kind in VOICE_KINDS
        ]
        rows.append((name, [*figures, answered]))
    components.show(people.matrix(columns, rows, t("audience.theme")), soft(t("audience.replies_note")))


def _overlaps(found: Audience, base: dict[str, str], context: Context) -> None:
    t = context.t
    components.show(heading(t("audience.overlaps"), t("audience.overlaps_lead")))
    if not found.overlaps:
        components.show(soft(t("audience.no_overlaps")))
        return
    most = max(row.stories for row in found.overlaps)
    rows = []
    for row in found.overlaps:
        one, other = (t(f"source_types.{name}") for name in (row.one, row.other))
        began = t(
            "audience.began",
            one=one,
            n=t.number(row.began_in_one),
            other=other,
            m=t.number(row.stories - row.began_in_one),
        )
        link = address.to(
            t.count("count.stories", row.stories),
            "mentions",
            context,
            {**base, "networks": [row.one, row.other]},
            cls="behind",
        )
        rows.append(people.bar_row(t.listed([one, other]), began, row.stories, most, link))
    components.show(*rows)


main(ctx.current())
