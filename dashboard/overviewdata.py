"""Cached reads of the overview, and the folding of its figures into what a chart shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import streamlit as st

from dashboard import data
from dashboard.data import TTL, Bar
from monitor import readmodel
from monitor.readmodel import News, Share, Waiting
from monitor.readmodel.rows import share
from monitor.types import Reading

PULSE = 8  # seconds: how old the number may be that tells an open page of new mentions
_BY_DAY = 14  # bars of a day; more of them are told by the week
_READINGS = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Point:
    """[start, end) in naive local time: the negative share of the stories that are judged, of all ``stories``."""

    start: datetime
    end: datetime
    share: Share
    stories: int


@st.cache_data(ttl=PULSE, max_entries=4, show_spinner=False)
def relevant(path: Path) -> int:
    return readmodel.count_relevant(path)


@st.cache_data(ttl=TTL, max_entries=8, show_spinner=False)
def waiting(path: Path) -> Waiting:
    return readmodel.waiting(path)


@st.cache_data(ttl=TTL, max_entries=32, show_spinner=False)
def news(path: Path, since: datetime, but: str) -> News:
    return readmodel.news(path, since, but=but)


@st.cache_data(ttl=TTL, max_entries=8, show_spinner=False)
def goals(path: Path, until: datetime) -> dict[str, Reading]:
    """The newest period of each goal that has a value; of one that has none, the newest."""
    found: dict[str, Reading] = {}
    for reading in readmodel.goal_readings(path, until - _READINGS, until):
        if reading.value is not None or reading.goal not in found or found[reading.goal].value is None:
            found[reading.goal] = reading
    return found


def refresh() -> None:
    """Lets go of what the overview read, so that it is read anew."""
    for read in (
        data.status,
        data.standings,
        data.bars,
        data.incidents,
        data.count_stories,
        data.top_stories,
        data.stories,
        data.source_episodes,
        relevant,
        waiting,
        news,
        goals,
    ):
        read.clear()


def course(bars: Sequence[Bar]) -> list[Point]:
    """The negative share by the day, or, of more than two weeks, by the week from Monday on; by time, and without the
    days on which nothing was said."""
    if not bars:
        return []
    by_day = bars[0].end - bars[0].start < timedelta(days=2)
    if by_day and bars[-1].end - bars[0].start <= timedelta(days=_BY_DAY):
        return [_point(bar.start, bar.end, [bar]) for bar in bars]
    weeks: dict[datetime, list[Bar]] = {}
    for bar in bars:
        weeks.setdefault(bar.start - timedelta(days=bar.start.weekday()), []).append(bar)
    return [_point(start, start + timedelta(days=7), of) for start, of in weeks.items()]


def _point(start: datetime, end: datetime, bars: Sequence[Bar]) -> Point:
    negative, neutral, positive, unsure = (
        round(sum(getattr(bar, label) for bar in bars))
        for label in ("negative", "neutral", "positive", "unsure")
    )
    judged = negative + neutral + positive
    return Point(start, end, share(negative, judged), judged + unsure)
