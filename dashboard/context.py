"""What every page is given: the brand, the words, and the period a person chose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import streamlit as st

from dashboard.language import Texts
from dashboard.viewer import ANYBODY, Viewer
from monitor.config import Config
from monitor.readmodel import StoreStatus
from monitor.types import BrandIdentity

PERIODS = ("7", "30", "90", "all")
DRAFT = "draft"  # the page to check one, and where its answer lies in the session
_KEY = "_context"
_GRAIN = timedelta(minutes=5)  # the end of a period moves in steps, so that reads can be cached


@dataclass(frozen=True, slots=True)
class Period:
    """[since, until) in UTC. Days are whole local days; today is among them as far as it has come."""

    key: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Context:
    config: Config
    t: Texts
    period: Period
    status: StoreStatus
    viewer: Viewer = ANYBODY

    @property
    def database(self) -> Path:
        return self.config.settings.database

    def quote_only(self, source: str) -> bool:
        """True for a source whose texts are article pages: others' work, of which only a short quote is shown."""
        return any(spec.id == source and spec.options.get("full_text") for spec in self.config.sources)


def usual_period(identity: BrandIdentity) -> str:
    """Thirty days; for a fictional brand everything, since its archive lies further back every day."""
    return "all" if identity.fictional else "30"


def period(key: str, now: datetime, texts: Texts, first: datetime | None) -> Period:
    """The period ``key`` (a number of days, or all) that ends now; ``first`` is the oldest mention there is."""
    until = datetime.fromtimestamp(
        -(-now.timestamp() // _GRAIN.total_seconds()) * _GRAIN.total_seconds(), UTC
    )
    today = texts.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    if key == "all":
        start = texts.local(first or now).replace(hour=0, minute=0, second=0, microsecond=0)
    else:
        start = today - timedelta(days=int(key) - 1)
    return Period(key, min(start.astimezone(UTC), until - _GRAIN), until)


def put(context: Context) -> None:
    st.session_state[_KEY] = context


def current() -> Context:
    """The context of this run; pages are scripts of their own and fetch it here."""
    context = st.session_state[_KEY]
    assert isinstance(context, Context)
    return context
