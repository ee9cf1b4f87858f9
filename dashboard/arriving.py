"""Whether somebody came to a page by an address, so that its filters are read from there, or is at work on it."""

from __future__ import annotations

import streamlit as st

_LATELY = 6  # addresses: a second choice in a hurry comes with the address from before the first


def arrived(page: str) -> bool:
    """Whether the address is none that the page left lately."""
    return _address() not in st.session_state.get(_key(page), [])


def saw(page: str) -> None:
    """After the page has put what it shows into its address."""
    st.session_state[_key(page)] = [*st.session_state.get(_key(page), []), _address()][-_LATELY:]


def _key(page: str) -> str:
    return f"{page}_addresses"


def _address() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}
