"""People act on an incident: what can be done with it, and the form each opens. One form is open at a time.

The write goes through the pipeline, waits a few seconds at most for others at the database, and is over at once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard import components
from dashboard.context import Context
from dashboard.correcting import PATIENCE_S, WHY_MOST, written
from dashboard.language import Texts
from dashboard.safe import tag
from dashboard.viewer import signature, signed
from monitor.types import IncidentAction, IncidentEntry, KnownIncident

_OPEN, _SAID, _SAME = "handling", "handled", "same"
_FIELDS = ("incident_words", "incident_who", "incident_for")
SPANS = {"2h": 2, "12h": 12, "1d": 24, "3d": 72, "7d": 168}  # hours


def told(t: Texts) -> None:
    """What came of what was just done, once."""
    said = st.session_state.pop(_SAID, None)
    if said:
        components.notice(t("correction.same") if said == _SAME else t(f"incidents.saved.{said}"))


def control(known: KnownIncident, context: Context) -> None:
    """What can be done with it, or the form of what was chosen."""
    if not context.viewer.decides:
        return
    chosen = st.session_state.get(_OPEN)
    if chosen and chosen[0] == known.id:
        _form(known, chosen[1], context)
        return
    with st.container(horizontal=True, key="handle"):
        for action in possible(known, datetime.now(UTC)):
            st.button(
                context.t(f"incidents.do.{action}"),
                key=f"handle_{action}",
                on_click=_open,
                args=((known.id, action),),
            )


def possible(known: KnownIncident, now: datetime) -> list[IncidentAction]:
    muted = known.muted_until is not None and known.muted_until > now
    if known.incident.end is not None:
        return ["noted", "reopened"] if known.closed_at else ["noted"]
    return ["acknowledged", "unmuted" if muted else "muted", "noted", "closed"]


def _open(chosen: tuple[str, IncidentAction] | None) -> None:
    for field in _FIELDS:
        st.session_state.pop(field, None)
    st.session_state[_OPEN] = chosen


def _form(known: KnownIncident, action: IncidentAction, context: Context) -> None:
    t = context.t
    with st.form("incident", enter_to_submit=False):
        components.show(tag("p", t(f"incidents.ask.{action}")))
        span = "12h"
        if action == "muted":
            span = st.selectbox(
                t("incidents.for"),
                list(SPANS),
                index=1,
                key="incident_for",
                format_func=lambda s: t(f"incidents.span.{s}"),
            )
        words = st.text_input(
            t("incidents.words" if action == "noted" else "incidents.words_optional"),
            key="incident_words",
            max_chars=WHY_MOST,
        )
        who = signature(st.container(), t("case.who"), context.viewer, "incident_who")
        with st.container(horizontal=True):
            save = st.form_submit_button(t("case.save"), type="primary")
            st.form_submit_button(t("case.cancel"), type="tertiary", on_click=_open, args=(None,))
    if save:
        _submit(known, action, context, words, who, timedelta(hours=SPANS[span]))


def _submit(
    known: KnownIncident, action: IncidentAction, context: Context, words: str, who: str, span: timedelta
) -> None:
    t = context.t
    if not who.strip() or (action == "noted" and not words.strip()):
        components.notice(t("case.need"), warn=True)
        return
    from monitor.pipeline import handling  # here: the models' libraries are only loaded by who acts

    at = datetime.now(UTC)
    entry = IncidentEntry(known.id, action, who, at, words, at + span if action == "muted" else None)
    new = written(lambda: handling.act(context.database, entry, wait_s=PATIENCE_S), t, "incidents.gone")
    if new is None:
        return
    signed(who)
    st.session_state[_SAID] = action if new else _SAME
    st.session_state[_OPEN] = None
    st.cache_data.clear()
    st.rerun()
