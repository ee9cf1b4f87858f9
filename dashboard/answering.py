"""A leader answers a flag on what they wrote: the one thing they do with a case. Who decides has triaging.py."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from dashboard import components
from dashboard.context import Context
from dashboard.correcting import PATIENCE_S, WHY_MOST, written
from dashboard.safe import tag
from dashboard.viewer import signature
from monitor.readmodel import Case
from monitor.types import CaseEntry

_OPEN, _WORDS = "answering", "answer_words"


def control(case: Case, context: Context, position: int, speaker: str) -> None:
    """Under a flag on what ``speaker`` wrote, as the store has it: the button, or the form it opened."""
    if not context.viewer.answers(speaker):
        return
    if st.session_state.get(_OPEN) == case.mention_id:
        _form(case, context, speaker)
        return
    st.button(
        context.t("case.do.answered"),
        key=f"answer_{position}",
        type="tertiary",
        on_click=_open,
        args=(case.mention_id,),
    )


def _open(mention_id: str | None) -> None:
    st.session_state.pop(_WORDS, None)
    st.session_state[_OPEN] = mention_id


def _form(case: Case, context: Context, speaker: str) -> None:
    t = context.t
    with st.form("answer", enter_to_submit=False):
        components.show(tag("p", t("case.ask.answered")))
        words = st.text_area(t("case.words.answered"), key=_WORDS, max_chars=WHY_MOST)
        who = signature(st.container(), t("case.who"), context.viewer, "answer_who")
        with st.container(horizontal=True):
            save = st.form_submit_button(t("case.save"), type="primary")
            st.form_submit_button(t("case.cancel"), type="tertiary", on_click=_open, args=(None,))
    if not save:
        return
    if not words.strip() or not who.strip():
        components.notice(t("case.need"), warn=True)
        return
    from monitor.pipeline import triage  # here: the models' libraries are only loaded by who writes

    entry = CaseEntry(
        case.mention_id, case.content_hash, case.identity, "answered", who, datetime.now(UTC), words, None
    )
    new = written(
        lambda: triage.act(context.database, entry, wait_s=PATIENCE_S),
        t,
        "case.edited",
        allowed=context.viewer.answers(speaker),
    )
    if new is not None:
        _open(None)
        st.cache_data.clear()
        st.rerun()
