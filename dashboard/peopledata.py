"""Cached reads of the pages Leaders, Audience and Identity, and of the mentions behind their figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.data import AROUND, TTL, Quoted, _cut, _quoted
from monitor import readmodel
from monitor.readmodel import Audience, Behind, Evidence, LeaderView, MentionFilter, MentionRow, Stance
from monitor.types import BrandIdentity

if TYPE_CHECKING:
    from monitor.pipeline.people import Themes

_IDENTITY: dict[str | type[Any], Callable[[Any], Any]] = {BrandIdentity: lambda identity: identity.hash}


@st.cache_data(ttl=TTL, max_entries=16, show_spinner=False, hash_funcs=_IDENTITY)
def leader(path: Path, identity: BrandIdentity, since: datetime, until: datetime, name: str) -> LeaderView:
    found = readmodel.leader(path, since, until, name)
    return replace(found, evidence=tuple(_shown(row, identity) for row in found.evidence))


@st.cache_data(ttl=TTL, max_entries=16, show_spinner=False)
def own_conflicts(path: Path, since: datetime, until: datetime, speaker: str, limit: int) -> list[Quoted]:
    found = readmodel.conflicts_of(path, since, until, speaker, limit=limit)
    return [_quoted(row) for row in found]


@st.cache_data(ttl=TTL, max_entries=16, show_spinner=False)
def audience(
    path: Path, since: datetime, until: datetime, target: str | None, authorities: tuple[str, ...]
) -> Audience:
    return readmodel.audience(path, since, until, target=target, authorities=authorities)


@st.cache_data(ttl=TTL, max_entries=16, show_spinner=False, hash_funcs=_IDENTITY)
def stances(
    path: Path, identity: BrandIdentity, since: datetime, until: datetime
) -> tuple[list[Stance], list[Evidence]]:
    found, texts = readmodel.stances(path, since, until, side="all")
    return found, [_shown(row, identity) for row in texts]


@st.cache_data(ttl=TTL, max_entries=16, show_spinner=False, hash_funcs=_IDENTITY)
def themes(path: Path, identity: BrandIdentity, name: str, since: datetime, until: datetime) -> Themes:
    from monitor.pipeline import people  # here, as in data: loads more than other pages need

    return people.themes(path, identity, name, since, until)


@st.cache_data(ttl=TTL, max_entries=32, show_spinner=False)
def mentions_behind(
    path: Path, wanted: MentionFilter, behind: Behind, limit: int, offset: int
) -> list[MentionRow]:
    found = readmodel.mentions_behind(path, wanted, behind, limit=limit, offset=offset)
    return [_cut(row) for row in found]


@st.cache_data(ttl=TTL, max_entries=64, show_spinner=False)
def count_behind(path: Path, wanted: MentionFilter, behind: Behind) -> tuple[int, int]:
    return readmodel.count_behind(path, wanted, behind)


def _shown(row: Evidence, identity: BrandIdentity) -> Evidence:
    """With the words to mark, and no more text than is shown around them."""
    quote = row.quote
    if not quote:
        from monitor.pipeline import people

        statement = identity.statement(row.statement)
        words = " ".join((statement.text, *statement.signals)) if statement else ""
        start, end = people.marked(row.text, words, identity)
        quote = row.text[start:end]
    whole = row.title if row.field == "title" else row.text
    start = max(0, whole.find(quote)) if quote else 0
    first = max(0, start - AROUND)
    cut = whole[first : start + len(quote) + AROUND] if quote else whole[: 2 * AROUND]
    return replace(row, quote=quote[:1_000], text=cut, title=row.title[:300])
