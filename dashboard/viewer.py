"""Who looks at the dashboard, what they may do, and the name their decisions are signed with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

Role = Literal["viewer", "desk", "leader", "admin"]
NAME_MOST = 120  # characters, as the pipeline has it
_NAME = "signed_before"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Without a login there is one person at one machine: who may do everything, and says their name when it counts.

    ``name`` signs decisions and ``subject`` is what stays the same of a person; both "" for nobody signed in.
    ``leader`` is the canonical name of the leader a ``leader`` is.
    """

    role: Role = "admin"
    name: str = ""
    subject: str = ""
    leader: str = ""

    @property
    def decides(self) -> bool:
        """May overrule verdicts, work through flags and incidents, and save views."""
        return self.role in ("desk", "admin")


ANYBODY = Viewer()


def signature(place: DeltaGenerator, label: str, viewer: Viewer, key: str) -> str:
    """The name a decision is signed with: of who is signed in, which nobody can change; else what is written here,
    with the name written last time to begin with."""
    if viewer.name:
        place.text_input(label, value=viewer.name, key=key, disabled=True)
        return viewer.name
    before = st.session_state.get(_NAME, "")
    return place.text_input(label, value=before, key=key, max_chars=NAME_MOST)


def signed(name: str) -> None:
    """Remembers the name for the next decision of this visit."""
    st.session_state[_NAME] = name.strip()


def known_name(viewer: Viewer) -> str:
    """The name decisions are signed with when nothing is asked: of who is signed in, or written last; "" = unknown."""
    return viewer.name or str(st.session_state.get(_NAME) or "")
