"""Says that there is something new while a page is open, and moves nothing until somebody asks for it."""

from __future__ import annotations

import streamlit as st

from dashboard import overviewdata
from dashboard.context import Context

EVERY = 10  # seconds
_SEEN = "live_seen"


def watch(context: Context) -> None:
    """Remembers what this page was drawn from, and watches for more. Ten who look share one cheap read."""
    st.session_state[_SEEN] = context.status.relevant
    _watch(context)


@st.fragment(run_every=EVERY)
def _watch(context: Context) -> None:
    count = overviewdata.relevant(context.database)
    # What was forgotten meanwhile is not made up for by what is new.
    seen = st.session_state[_SEEN] = min(count, st.session_state.get(_SEEN, count))
    with st.container(key="live"):
        if count > seen:
            label = context.t.count("live.new", count - seen)
            if st.button(label, key="live_show", icon=":material/refresh:"):
                overviewdata.refresh()
                st.rerun()
