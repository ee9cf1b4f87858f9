"""People work through flags: the actions under a conflict, and the form each opens. One form is open at a time.

The write goes through the pipeline, waits a few seconds at most for others at the database, and is over at once.
"""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from dashboard import components
from dashboard.context import Context
from dashboard.correcting import PATIENCE_S, WHY_MOST, written
from dashboard.language import Texts
from dashboard.safe import tag
from dashboard.viewer import NAME_MOST, signature, signed
from monitor.readmodel import Case
from monitor.types import CaseAction, CaseEntry

_OPEN, _SAID, _SAME = "triaging", "case_said", "same"
_FIELDS = ("case_to", "case_words", "case_who")
_OPTIONAL = ("confirmed", "assigned")  # need no words


def told(t: Texts) -> None:
    """What came of what was just done, once."""
    said = st.session_state.pop(_SAID, None)
    if said:
        components.notice(t("correction.same") if said == _SAME else t(f"case.saved.{said}"))


def control(case: Case, context: Context, position: int) -> None:
    """Under a flag: what can be done with it, or the form of what was chosen. ``position`` names the buttons."""
    if not context.viewer.decides:
        return
    chosen = st.session_state.get(_OPEN)
    if chosen and chosen[0] == case.mention_id:
        _form(case, chosen[1], context)
        return
    with st.container(horizontal=True, key=f"case_{position}"):
        for action in _possible(case):
            st.button(
                context.t(f"case.do.{action}"),
                key=f"case_{action}_{position}",
                type="tertiary",
                on_click=_open,
                args=((case.mention_id, action),),
            )


def _possible(case: Case) -> list[CaseAction]:
    decisions: dict[str, list[CaseAction]] = {
        "confirmed": ["dismissed", "reopened"],
        "dismissed": ["confirmed", "reopened"],
        "set_aside": ["confirmed", "dismissed", "reopened"],
    }
    found: list[CaseAction] = [*decisions.get(case.state, ["confirmed", "dismissed"]), "assigned", "answered"]
    return [*found, "outcome"] if case.decision else found


def _open(chosen: tuple[str, CaseAction] | None) -> None:
    for field in _FIELDS:
        st.session_state.pop(field, None)
    st.session_state[_OPEN] = chosen


def _form(case: Case, action: CaseAction, context: Context) -> None:
    t = context.t
    with st.form("case", enter_to_submit=False):
        components.show(tag("p", t(f"case.ask.{action}")))
        to = ""
        if action == "assigned":
            to = st.text_input(t("case.to"), key="case_to", max_chars=NAME_MOST)
        long = st.text_area if action == "answered" else st.text_input
        words = long(t(f"case.words.{action}"), key="case_words", max_chars=WHY_MOST)
        who = signature(st.container(), t("case.who"), context.viewer, "case_who")
        with st.container(horizontal=True):
            save = st.form_submit_button(t("case.save"), type="primary")
            st.form_submit_button(t("case.cancel"), type="tertiary", on_click=_open, args=(None,))
    if save:
        _submit(case, action, context, to, words, who)


def _submit(case: Case, action: CaseAction, context: Context, to: str, words: str, who: str) -> None:
    t = context.t
    if (
        not who.strip()
        or not (words.strip() or action in _OPTIONAL)
        or (action == "assigned" and not to.strip())
    ):
        components.notice(t("case.need"), warn=True)
        return
    from monitor.pipeline import triage  # here: the models' libraries are only loaded by who decides

    at, given = datetime.now(UTC), to if action == "assigned" else None
    entry = CaseEntry(case.mention_id, case.content_hash, case.identity, action, who, at, words, given)
    new = written(lambda: triage.act(context.database, entry, wait_s=PATIENCE_S), t, "case.edited")
    if new is None:
        return
    signed(who)
    st.session_state[_SAID] = action if new else _SAME
    st.session_state[_OPEN] = None
    st.cache_data.clear()
    st.rerun()
