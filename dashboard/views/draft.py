"""Check a draft before it is posted: paste it, choose who speaks, read what to look at again."""

from __future__ import annotations

import streamlit as st

from dashboard import components, drafting
from dashboard import context as ctx
from dashboard.context import DRAFT, Context
from monitor.types import SOURCE_TYPES


def main(context: Context) -> None:
    t, people = context.t, drafting.speakers(context.config.identity, context.viewer)
    components.page_head(context, t("draft.title"), t("draft.lead"), dated=False)
    with st.form("draft_form", enter_to_submit=False):
        text = st.text_area(t("draft.text"), key="draft_text", height=220, placeholder=t("draft.hint"))
        left, right = st.columns(2)
        speaker = left.selectbox(
            t("draft.author"),
            people,
            key="draft_speaker",
            format_func=lambda who: drafting.shown(who, context),
        )
        source_type = right.selectbox(
            t("draft.where"),
            SOURCE_TYPES,
            index=SOURCE_TYPES.index("linkedin"),
            key="draft_where",
            format_func=lambda kind: t(f"source_types.{kind}"),
        )
        asked = st.form_submit_button(t("draft.check"), type="primary")
    if asked:
        st.session_state.pop(DRAFT, None)
        drafting.check(text or "", speaker, source_type, context)
    answer = st.session_state.get(DRAFT)
    if isinstance(answer, drafting.Answer):
        if answer.lang != t.language:
            drafting.check(answer.text, answer.speaker, answer.source_type, context)
            answer = st.session_state[DRAFT]
        drafting.tell(answer, context)


main(ctx.current())
