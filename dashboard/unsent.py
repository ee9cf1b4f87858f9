"""Messages that did not leave: why, and what a person can do about each."""

from __future__ import annotations

import streamlit as st

from dashboard import components, data, safe
from dashboard.components import heading
from dashboard.context import Context
from dashboard.correcting import PATIENCE_S, written
from dashboard.safe import tag
from monitor.readmodel import MessageRow

MOST = 20
_SAID = "message_said"


def show(context: Context) -> None:
    """Nothing where every message has left; else those given up first, the newest first of each kind."""
    t = context.t
    said = st.session_state.pop(_SAID, None)
    if said:
        components.notice(t(f"unsent.saved.{said}"))
    rows = data.unsent(context.database, MOST)
    if not rows:
        return
    components.show(heading(t("unsent.title"), t("unsent.lead")))
    rows = sorted(rows, key=lambda row: row.created_at, reverse=True)
    for position, row in enumerate(sorted(rows, key=lambda row: row.state != "failed")):
        with st.container(key=f"unsent_{position}", gap="small"):
            components.show(_card(row, context))
            if context.viewer.decides and row.state != "sending":
                _buttons(row, context, position)


def _card(row: MessageRow, context: Context) -> safe.Html:
    t = context.t
    lines = [t(f"unsent.state.{_state(row)}", at=t.moment(row.next_at))]
    if row.last_error:
        lines.append(t("unsent.error", n=t.number(row.attempts), error=safe.line(row.last_error, 300)))
    return tag(
        "article",
        tag("div", tag("span", t("unsent.to", who=safe.line(row.recipient, 120))), cls="meta"),
        tag("h3", safe.line(row.subject, 200)),
        *(tag("p", line, cls="soft") for line in lines),
        cls="card major" if row.state == "failed" else "card",
    )


def _state(row: MessageRow) -> str:
    return row.held if row.state == "waiting" and row.held in ("quiet", "cap") else row.state


def _buttons(row: MessageRow, context: Context, position: int) -> None:
    with st.container(horizontal=True):
        for decision in ("release", "drop"):
            st.button(
                context.t(f"unsent.do.{decision}"),
                key=f"unsent_{decision}_{position}",
                on_click=_decide,
                args=(row.id, decision, context),
            )


def _decide(message: str, decision: str, context: Context) -> None:
    from monitor.pipeline import posting  # here: the models' libraries are only loaded by who acts

    def write() -> bool:
        posting.decide(context.database, message, decision, wait_s=PATIENCE_S)  # type: ignore[arg-type]
        return True

    if written(write, context.t, "unsent.gone"):
        st.session_state[_SAID] = decision
    st.cache_data.clear()
