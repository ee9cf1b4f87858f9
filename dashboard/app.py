"""The entry: brand file from the command line, language and period from a person, then one page of views/.

streamlit run dashboard/app.py -- --brand brand.yaml
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from dashboard import address, components, context, data, login
from dashboard.language import LANGUAGES, NAMES, Texts
from dashboard.safe import tag
from dashboard.viewer import Viewer
from monitor import config, readmodel
from monitor.errors import OmdommeError

HERE = Path(__file__).parent
VIEWS = HERE / "views"


def main() -> None:
    # An icon of our own: without one the browser fetches the page's Material symbol from Google's servers.
    st.set_page_config(page_title="Omdømme", layout="wide", page_icon=str(HERE / "icon.svg"))
    st.html(HERE / "theme.css")
    try:
        _run()
    except OmdommeError as error:
        texts = Texts(st.session_state.get("language") or "nb", "UTC")
        told = str(error).splitlines()[:20] if login.tells() else []
        components.notice(texts("error.title"), *told, warn=True)


# The pages by what people come for, in the order of the menu, with their icons.
MENU = {
    "standing": {
        "overview": "insights",
        "leaders": "person",
        "mine": "forum",  # a leader's, where others have the page of mentions
        "incidents": "crisis_alert",
        "goals": "flag",
        "digest": "summarize",
    },
    "work": {"conflicts": "balance", "mentions": "forum", context.DRAFT: "edit_note"},
    "identity": {"identity": "fingerprint", "statements": "format_quote"},
    "sources": {"audience": "groups", "sources": "rss_feed"},
}


def _run() -> None:
    brand = _brand_file(sys.argv[1:])
    settings = (loaded := _load(brand, _changed(brand))).settings
    if "language" not in st.session_state:
        asked = st.query_params.get("lang") or login.language_before()
        st.session_state.language = asked if asked in LANGUAGES else settings.language
    t = Texts(st.session_state.language, settings.timezone)
    viewer = login.whose(loaded)
    if not isinstance(viewer, Viewer):
        login.ask(viewer, st.navigation(_doors(), position="hidden").url_path, loaded, t)
        return
    pages, hidden = _pages(viewer, t)
    home = next(iter(pages.values()))[0]
    # Kept by hand: Streamlit forgets a widget's value on a page that does not show it.
    usual = context.usual_period(loaded.identity)
    before = None if address.went_back() else st.session_state.get("period")
    st.session_state.period = before or address.period_asked() or st.session_state.get("period") or usual
    st.session_state.weighted = bool(st.session_state.get("weighted"))
    page = st.navigation(pages)
    shown = {each.url_path: each for listed in pages.values() for each in listed}
    if back := login.way_back(page.url_path):
        del st.session_state.period  # the address says which
        st.switch_page(shown.get(back.page, home), query_params=dict(back.query))
    if page.url_path == hidden[0]:
        st.switch_page(home, query_params=_asked())
    with st.sidebar:
        st.selectbox(t("nav.language"), LANGUAGES, format_func=NAMES.__getitem__, key="language")
        login.sidebar(viewer, t)
    if page.url_path == "mentions" and viewer.sees("mine"):  # what a leader's figures lead to
        st.session_state.pop("mine_side", None)
        st.switch_page(shown["mine"], query_params=_asked())
    if page.url_path in hidden:
        components.show(tag("h1", t("login.not_yours")), tag("p", t(f"login.sees.{viewer.role}"), cls="lead"))
        return
    readmodel.stay_open(settings.database, data.OPEN_S)
    status = data.status(settings.database)
    chosen = usual
    if page.url_path != context.DRAFT:
        st.session_state.pop(context.DRAFT, None)  # a draft is forgotten when its page is left
    if page.url_path not in ("sources", "digest", context.DRAFT) and status.mentions:
        chosen = _period(t) or usual
    now = datetime.now(UTC)
    period = context.period(chosen, now, t, status.first_published_at)
    context.put(context.Context(loaded, t, period, status, viewer))
    if loaded.identity.fictional:
        components.notice(t("fictional"), warn=True)
    page.run()


def _asked() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _pages(viewer: Viewer, t: Texts) -> tuple[dict[str, list[st.Page]], list[str]]:
    """The menu of who looks, and the paths that answer without standing in it, the first page's own before others."""
    seen = {group: [name for name in names if viewer.sees(name)] for group, names in MENU.items()}
    first = next(name for names in seen.values() for name in names)
    pages = {
        t(f"nav.groups.{group}"): [
            st.Page(
                VIEWS / f"{name}.py",
                title=t(f"nav.{name}"),
                icon=f":material/{MENU[group][name]}:",
                url_path="home" if name == first else name,
                default=name == first,
            )
            for name in names
        ]
        for group, names in seen.items()
        if names
    }
    # Streamlit serves the first page at / only, whatever its path; who writes /overview is brought there.
    hidden = [first, *(name for names in MENU.values() for name in names if not viewer.sees(name))]
    next(iter(pages.values())).extend(
        st.Page(lambda: None, title=t(f"nav.{name}"), url_path=name, visibility="hidden") for name in hidden
    )
    return pages, hidden


def _doors() -> list[st.Page]:
    """Every path there is, so that it is known where somebody meant to go; none of them shows anything."""
    paths = ["home", *(name for names in MENU.values() for name in names)]
    return [st.Page(lambda: None, title="Omdømme", url_path=name, default=name == "home") for name in paths]


def _period(t: Texts) -> str | None:
    chosen: str | None = st.segmented_control(
        t("nav.period"),
        context.PERIODS,
        format_func=lambda key: t(f"period_short.{key}"),
        key="period",
        label_visibility="collapsed",
    )
    return chosen


def _brand_file(arguments: list[str]) -> Path:
    """What stands after `--`; brand.yaml in the folder it was started in when nothing does."""
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--brand", type=Path, default=Path("brand.yaml"))
    brand: Path = parser.parse_known_args(arguments)[0].brand
    return brand


@st.cache_resource(max_entries=4, show_spinner=False)
def _load(brand: Path, changed: int) -> config.Config:
    """Read once for each time of change."""
    return config.load(brand)


def _changed(brand: Path) -> int:
    try:
        return brand.stat().st_mtime_ns
    except OSError:
        return 0  # config.load says what is wrong with it


main()
