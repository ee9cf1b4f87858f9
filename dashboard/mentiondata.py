"""Cached reads of the page Mentions: for a minute, a bounded number, with texts cut to what is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import streamlit as st

from dashboard.data import TTL, _cut
from monitor import readmodel
from monitor.readmodel import (
    Behind,
    Facet,
    FacetCounts,
    FoldedStory,
    MentionDetails,
    MentionFilter,
    MentionRow,
)


@st.cache_data(ttl=TTL, max_entries=64, show_spinner=False)
def facets(path: Path, wanted: MentionFilter, behind: Behind | None, which: tuple[Facet, ...]) -> FacetCounts:
    return readmodel.facets(path, wanted, behind, which)


@st.cache_data(ttl=TTL, max_entries=32, show_spinner=False)
def folded(
    path: Path, wanted: MentionFilter, behind: Behind | None, limit: int, offset: int
) -> list[FoldedStory]:
    found = readmodel.folded_stories(path, wanted, behind, limit=limit, offset=offset)
    return [replace(story, row=_cut(story.row)) for story in found]


@st.cache_data(ttl=TTL, max_entries=16, show_spinner=False)
def story_span(path: Path, story: str) -> tuple[datetime, datetime] | None:
    return readmodel.story_span(path, story)


@st.cache_data(ttl=TTL, max_entries=16, show_spinner=False)
def one(path: Path, mention_id: str) -> tuple[MentionRow, MentionDetails] | None:
    row, more = readmodel.mention(path, mention_id), readmodel.details(path, mention_id)
    return (
        (row, more) if row and more else None
    )  # its texts are cut where they are shown: places in them count
