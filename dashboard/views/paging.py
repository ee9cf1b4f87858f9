"""Going through long lists. Not a page of its own."""

from __future__ import annotations

import streamlit as st

from dashboard import safe
from dashboard.language import Texts


def page_number(name: str, wanted: object, total: int, size: int) -> tuple[int, int]:
    """(page from 0, number of pages); a changed filter starts again at the first page."""
    pages = max(1, -(-total // size))
    if st.session_state.get(f"{name}_wanted") != wanted:
        st.session_state[f"{name}_wanted"] = wanted
        st.session_state[f"{name}_page"] = 0
    return min(st.session_state[f"{name}_page"], pages - 1), pages


def page_buttons(name: str, number: int, pages: int, t: Texts) -> None:
    if pages < 2:
        return

    def go(to: int) -> None:
        st.session_state[f"{name}_page"] = to

    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="center"):
        st.button(
            t("paging.previous"),
            key=f"{name}_previous",
            disabled=number == 0,
            on_click=go,
            args=(number - 1,),
        )
        safe.show(safe.tag("span", t("paging.page", n=t.number(number + 1), of=t.number(pages))))
        st.button(
            t("paging.next"),
            key=f"{name}_next",
            disabled=number >= pages - 1,
            on_click=go,
            args=(number + 1,),
        )
