"""Saved views on a page with filters: choose one, save what is shown as one, change those that were saved.

Of a page this knows its address and no more. To choose a view is to follow a link to the page with its filters, so the
address of a view can be mailed, and the page reads it as it reads any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from dashboard import address, components, data, safe
from dashboard.context import Context
from dashboard.correcting import PATIENCE_S, written
from dashboard.safe import Html, tag
from dashboard.viewer import signature, signed
from monitor.views import (
    DUTIES,
    NAME_MOST,
    PERIOD,
    VIEWED_BY,
    Duty,
    View,
    ViewPage,
    alike,
    filters_in,
    narrows,
)

_SAID = "saved_said"
_TIMES = "saved_times"


def control(context: Context, page: ViewPage) -> None:
    """The first thing on a page that reads its filters from its address."""
    t = context.t
    mine = VIEWED_BY[context.viewer.role]
    views = [view for view in data.views(context.config) if view.page == page and _shown(view, context)]
    _open(context, views, mine)
    if views or context.viewer.decides:
        with st.container(horizontal=True, vertical_alignment="center", key="saved_views"):
            if views:
                with st.popover(t("saved.views"), icon=":material/bookmarks:"):
                    components.show(*_listed(views, mine, context))
            if context.viewer.decides:
                _form(t("saved.save"), ":material/bookmark_add:", "save", partial(_save, context, page))
                if theirs := [view for view in views if view.number]:
                    change = partial(_change, context, page, theirs)
                    _form(t("saved.change"), ":material/edit:", "change", change)
    if told := st.session_state.pop(_SAID, None):
        components.notice(t(told))
    place = st.empty()

    def tell() -> None:
        place.empty()
        if chosen := _chosen(page, views):
            with place:
                components.show(_told(chosen, mine, context))

    tell()
    address.when_kept(context, tell)  # the filters just chosen are in the address only then


def _key(name: str) -> str:
    """Another one after each write: the forms are empty then, and closed."""
    return f"saved_{name}_{st.session_state.get(_TIMES, 0)}"


def _form(label: str, icon: str, name: str, draw: Callable[[], None]) -> None:
    """Behind a button, and only drawn when somebody presses it."""
    place = st.popover(label, icon=icon, key=_key(name), on_change="rerun")
    if place.open:
        with place:
            draw()


def _shown(view: View, context: Context) -> bool:
    """A leader is shown what is for leaders, and of that nothing about another leader: a name of a view says something
    too."""
    if context.viewer.role != "leader":
        return True
    leaders = {leader.id: leader.name for leader in context.config.identity.leaders}
    named = {
        leaders.get(value, value) for name in ("leader", "target", "speaker") for value in view.values(name)
    }
    return view.is_for(VIEWED_BY["leader"]) and named <= {context.viewer.leader, context.config.identity.name}


def _open(context: Context, views: Sequence[View], mine: Sequence[Duty]) -> None:
    """Who comes without an address, by the menu, is shown the view their role begins with. Every address a page makes
    says its language at least."""
    if st.query_params:
        return
    first = next((view for view in views if any(duty in view.opens for duty in mine)), None)
    if first is None:
        return
    for name in [n for n in st.session_state if isinstance(n, str) and n.startswith(f"{first.page}_")]:
        del st.session_state[name]  # what the page remembers of an earlier visit
    period = first.values(PERIOD) or (context.period.key,)
    usual: dict[str, list[str]] = {"lang": [context.t.language], PERIOD: list(period)}
    st.query_params.from_dict({**usual, **{name: list(values) for name, values in first.filters}})
    if period != (context.period.key,):
        del st.session_state[PERIOD]  # read from the address anew
        st.rerun()


def _chosen(page: ViewPage, views: Sequence[View]) -> View | None:
    """The view whose filters are those of the address; the more it says the rather."""
    here = {period: filters_in(page, address.said(), period=period) for period in (False, True)}
    return next(
        (
            view
            for period in (True, False)
            for view in views
            if bool(view.values(PERIOD)) == period and alike(view.filters, here[period])
        ),
        None,
    )


def _told(view: View, mine: Sequence[Duty], context: Context) -> Html:
    t = context.t
    name = safe.line(view.name, NAME_MOST)
    usual = any(duty in view.opens for duty in mine)
    told = t("saved.opened" if usual else "saved.chosen", name=name)
    out = address.to(t("saved.without"), view.page, context, {})
    return tag("p", told, " ", out, cls="soft")


def _listed(views: Sequence[View], mine: Sequence[Duty], context: Context) -> list[Html]:
    """Those for my role first."""
    t = context.t
    own = [view for view in views if view.is_for(mine)]
    rest = [view for view in views if not view.is_for(mine)]
    parts = []
    for heading, group in ((t("saved.mine") if rest else "", own), (t("saved.others"), rest)):
        if group:
            items = (tag("li", _link(view, context), " ", _about(view, context)) for view in group)
            parts += [tag("h3", heading)] if heading else []
            parts.append(tag("ul", *items, cls="views"))
    return parts


def _link(view: View, context: Context) -> Html:
    name = safe.line(view.name, NAME_MOST)
    return address.to(name, view.page, context, {n: list(values) for n, values in view.filters})


def _about(view: View, context: Context) -> Html:
    t = context.t
    whom = t.listed([t(f"saved.roles.{duty}") for duty in view.roles]) or t("saved.everybody")
    if view.at is None:
        whose = t("saved.of_file")
    else:
        whose = t("saved.by", who=safe.line(view.who, 80), day=t.day(t.local(view.at)))
    return tag("div", f"{whom} · {whose}", cls="soft")


def _save(context: Context, page: ViewPage) -> None:
    t = context.t
    with st.form("saved_view", border=False, enter_to_submit=False):
        name = st.text_input(t("saved.name"), key=_key("name"), max_chars=NAME_MOST)
        roles = st.multiselect(
            t("saved.for"),
            DUTIES,
            key=_key("roles"),
            format_func=lambda d: t(f"saved.roles.{d}"),
            placeholder=t("saved.everybody"),
        )
        opens = st.checkbox(t("saved.opens"), key=_key("opens"))
        period = st.checkbox(t("saved.period"), key=_key("period"))
        who = signature(st.container(), t("case.who"), context.viewer, _key("who"))
        save = st.form_submit_button(t("case.save"), type="primary")
    if not save:
        return
    filters = filters_in(page, address.said(), period=period)
    if not (name.strip() and who.strip()):
        components.notice(t("saved.need"), warn=True)
    elif not narrows(filters):
        components.notice(t("saved.nothing"), warn=True)
    else:
        chosen = tuple(roles)
        made = View(
            name, page, filters, chosen, (chosen or DUTIES) if opens else (), 0, who, datetime.now(UTC)
        )
        from monitor.pipeline import views  # here: the models' libraries are only loaded by who saves

        _write(context, who, partial(views.save, context.config, made, wait_s=PATIENCE_S), "saved.saved")


def _change(context: Context, page: ViewPage, theirs: Sequence[View]) -> None:
    t = context.t
    with st.form("saved_change", border=False, enter_to_submit=False):
        # A selectbox shows its options as plain text.
        at = st.selectbox(
            t("saved.which"),
            range(len(theirs)),
            key=_key(f"which_{page}"),
            format_func=lambda n: safe.line(theirs[n].name, NAME_MOST),
        )
        new = st.text_input(t("saved.new_name"), key=_key("new_name"), max_chars=NAME_MOST)
        who = signature(st.container(), t("case.who"), context.viewer, _key("change_who"))
        with st.container(horizontal=True):
            rename = st.form_submit_button(t("saved.rename"))
            replace = st.form_submit_button(t("saved.replace"))
            remove = st.form_submit_button(t("saved.remove"))
    if not (rename or replace or remove):
        return
    if not who.strip() or (rename and not new.strip()):
        components.notice(t("saved.need_change"), warn=True)
        return
    view, now = theirs[at], datetime.now(UTC)
    filters = filters_in(page, address.said(), period=bool(view.values(PERIOD)))
    if replace and not narrows(filters):
        components.notice(t("saved.nothing"), warn=True)
        return
    from monitor.pipeline import views

    write: Callable[[], bool]
    if rename:
        write = partial(views.rename, context.config, view.name, new, who, now, wait_s=PATIENCE_S)
    elif replace:
        made = View(view.name, page, filters, view.roles, view.opens, 0, who, now)
        write = partial(views.replace_with, context.config, view.name, made, wait_s=PATIENCE_S)
    else:
        write = partial(views.remove, context.config, view.name, who, now, wait_s=PATIENCE_S)
    _write(
        context, who, write, "saved.renamed" if rename else "saved.replaced" if replace else "saved.removed"
    )


def _write(context: Context, who: str, write: Callable[[], bool], said: str) -> None:
    if written(write, context.t, "case.edited") is None:
        return
    signed(who)
    st.session_state[_TIMES] = st.session_state.get(_TIMES, 0) + 1
    st.session_state[_SAID] = said
    st.cache_data.clear()
    st.rerun()
