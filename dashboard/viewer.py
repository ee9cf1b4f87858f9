"""Who looks at the dashboard, what they may do, and the name their decisions are signed with.

The table in docs/login.md says the same in words, by role.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

Role = Literal["viewer", "desk", "leader", "admin"]
NAME_MOST = 120  # characters, as the pipeline has it
_NAME = "signed_before"
# A leader's pages: those that can be narrowed to one person, and the check of a draft of theirs.
_LEADERS_PAGES = frozenset({"leaders", "mine", "draft"})


@dataclass(frozen=True, slots=True)
class Viewer:
    """Without a login there is one person at one machine: who may do everything, and says their name when it counts.

    ``name`` signs decisions and ``subject`` is what stays the same of a person; both "" for nobody signed in.
    ``shown`` is the name without the address. ``leader`` is the canonical name of the leader a ``leader`` is;
    ``until`` (UTC) is when one has to sign in again, None = never.
    """

    role: Role = "admin"
    name: str = ""
    subject: str = ""
    leader: str = ""
    shown: str = ""
    until: datetime | None = None

    @property
    def decides(self) -> bool:
        """May overrule verdicts, work through flags and incidents, and save views."""
        return self.role in ("desk", "admin")

    @property
    def takes_along(self) -> bool:
        """May download lists of what others wrote."""
        return self.role in ("desk", "admin")

    def sees(self, page: str) -> bool:
        if self.role == "leader":
            return page in _LEADERS_PAGES
        return page != "mine" and (self.role != "viewer" or page != "draft")

    def concerned(self, person: str) -> bool:
        """Whether what is about this leader, or by them, may be shown."""
        return self.role != "leader" or person == self.leader

    def answers(self, speaker: str) -> bool:
        """May say what ``speaker`` answers to a flag on what they wrote."""
        return self.decides or (self.role == "leader" and bool(speaker) and speaker == self.leader)

    def signed_in(self, now: datetime) -> bool:
        return self.until is None or now < self.until


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
