"""Signing in: the page before all others, and who somebody is once they have.

Nothing is read from the store for who is not signed in. Streamlit brings people back to its first page, so where they
meant to go is kept here for half an hour, under the random token its own cookie gives each browser.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import streamlit as st

from dashboard import components, safe
from dashboard.claims import Refusal, viewer_of
from dashboard.language import LANGUAGES, NAMES, Texts
from dashboard.safe import tag
from dashboard.viewer import ANYBODY, Viewer
from monitor.config import Config, loopback
from monitor.errors import ConfigError

_COOKIE = "_streamlit_xsrf"
_KEPT_S, _KEPT_MOST = 1_800, 1_000  # seconds, browsers
_VALUES, _LENGTH = 50, 200  # of an address
_BACK = "came_back"


class Place(NamedTuple):
    """A page by its path ("" = the first) with what stood in its address."""

    page: str
    query: tuple[tuple[str, tuple[str, ...]], ...]


def whose(config: Config) -> Viewer | Refusal:
    """Who looks. Raises ConfigError where the brand file and what the server was handed do not agree, so that a server
    that was started without a login, or for another, shows nothing."""
    auth = config.settings.auth
    if auth is None:
        if _handed() is not None or not _from_here():
            raise ConfigError(
                "This dashboard has no login, and is then opened on its own machine only. Remedy: open it at "
                "http://localhost, or add `auth` to the brand file (docs/login.md) and start `omdomme dashboard` anew"
            )
        return ANYBODY
    handed = _handed() or {}
    wanted = {"client_id": auth.client_id, "server_metadata_url": auth.metadata_url}
    if any(handed.get(k) != v for k, v in {**wanted, "redirect_uri": auth.redirect_uri}.items()):
        raise ConfigError(
            "The brand file asks for a login, and this server was started without it or for another. Remedy: start "
            "it with `omdomme dashboard` or `omdomme serve`, and anew after a change of `auth`"
        )
    claims = st.user.to_dict()
    return viewer_of(claims, auth, datetime.now(UTC)) if claims.get("is_logged_in") is True else "again"


def tells() -> bool:
    """Whether a mistake in the brand file may be shown to who looks: not to strangers where people sign in."""
    return _from_here() if _handed() is None else st.user.to_dict().get("is_logged_in") is True


def ask(why: Refusal, page: str, config: Config, t: Texts) -> None:
    """The page of who is not signed in, or may not come in: the brand's name, one button, nothing else."""
    brand = safe.line(config.identity.name, 80)
    claims = st.user.to_dict()
    if why == "again":
        _keep(page, t.language)
        told = t("login.again") if claims.get("is_logged_in") is True else t("login.lead")
        components.show(
            tag("p", brand, cls="eyebrow"), tag("h1", t("login.title")), tag("p", told, cls="lead")
        )
        st.button(t("login.button"), key="login", type="primary", on_click=st.login)
    else:
        components.show(tag("p", brand, cls="eyebrow"), tag("h1", t("login.refused")))
        name = claims.get("email") or claims.get("name") or claims.get("sub")
        who = safe.line(name, 120) if isinstance(name, str) else ""
        components.show(
            tag("p", t(f"login.{why}"), cls="lead"),
            tag("p", t("login.ask_for", who=who or t("login.unnamed")), cls="soft"),
        )
        st.button(t("login.other"), key="logout", on_click=st.logout)
    st.selectbox(t("nav.language"), LANGUAGES, format_func=NAMES.__getitem__, key="language", width=240)


def sidebar(viewer: Viewer, t: Texts) -> None:
    """Who is signed in, as what, and the way out."""
    if not viewer.name:
        return
    components.show(
        tag(
            "div",
            tag("b", viewer.shown or viewer.name),
            tag("div", t(f"login.role.{viewer.role}")),
            cls="soft",
        )
    )
    st.button(t("login.out"), key="logout", type="tertiary", on_click=st.logout)


def way_back(page: str) -> Place | None:
    """Where who has just signed in meant to go, once; None for who came to a certain page by themselves."""
    if st.session_state.get(_BACK):
        return None
    st.session_state[_BACK] = True
    kept = _places().take(_browser())
    return kept if kept and not page and not len(st.query_params) else None


def language_before() -> str:
    """The language of the page this browser signed in from, "" when it has not lately."""
    kept = _places().peek(_browser())
    return next((values[0] for name, values in kept.query if name == "lang"), "") if kept else ""


def _keep(page: str, language: str) -> None:
    names = [name for name in list(st.query_params)[:_VALUES] if name != "lang"]
    query = tuple(
        (n[:_LENGTH], tuple(v[:_LENGTH] for v in st.query_params.get_all(n)[:_VALUES])) for n in names
    )
    if browser := _browser():
        _places().keep(browser, Place(page, (*query, ("lang", (language,)))))


class _Places:
    """The newest of each browser, for all sessions of this server; nothing of it is stored."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, Place]] = OrderedDict()

    def keep(self, browser: str, place: Place) -> None:
        with self._lock:
            self._kept[browser] = (time.monotonic(), place)
            self._kept.move_to_end(browser)
            while len(self._kept) > _KEPT_MOST:
                self._kept.popitem(last=False)

    def peek(self, browser: str) -> Place | None:
        with self._lock:
            since, place = self._kept.get(browser, (0.0, None))
        return place if time.monotonic() - since < _KEPT_S else None

    def take(self, browser: str) -> Place | None:
        place = self.peek(browser)
        with self._lock:
            self._kept.pop(browser, None)
        return place


@st.cache_resource(show_spinner=False)
def _places() -> _Places:
    return _Places()


def _browser() -> str:
    """What stays the same of a browser from before it signs in until after, as a digest; "" when it has no such cookie.

    The cookie is version|mask|masked token|time; the mask is another one each time it is sent.
    """
    parts = str(st.context.cookies.get(_COOKIE, ""))[:400].split("|")
    try:
        mask, masked = bytes.fromhex(parts[1]), bytes.fromhex(parts[2])
    except (IndexError, ValueError):
        return ""
    token = bytes(byte ^ mask[n % len(mask)] for n, byte in enumerate(masked)) if mask else b""
    return hashlib.sha256(token).hexdigest() if len(token) >= 16 else ""


def _handed() -> dict[str, object] | None:
    """What Streamlit was told of a provider; None for nothing."""
    found = st.secrets.get("auth") if st.secrets.load_if_toml_exists() else None
    return dict(found) if found else None


def _from_here() -> bool:
    """Asked by this machine, by a name of this machine: without a login nobody else is answered, and no page of a
    stranger that has its own name point here either."""
    if isinstance(st.context.ip_address, str):  # None for a loopback connection
        return False
    host = st.context.headers.get("Host")
    if not isinstance(host, str):
        return True  # no browser asks
    try:
        return loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False
