"""The entry: brand file from the command line, language and period from a person, then one page of views/.

streamlit run dashboard/app.py -- --brand brand.yaml
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from dashboard import address, components, context, data
from dashboard.language import LANGUAGES, Texts
from monitor import config, readmodel
from monitor.errors import OmdommeError

NAMES = {"nb": "Bokmål", "nn": "Nynorsk", "en": "English"}
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
        components.notice(texts("error.title"), *str(error).splitlines()[:20], warn=True)


# The pages by what people come for, in the order of the menu, with their icons.
MENU = {
    "standing": {
        "overview": "insights",
        "leaders": "person",
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
    asked = st.query_params.get("lang")
    if "language" not in st.session_state:
        st.session_state.language = asked if asked in LANGUAGES else settings.language
    t = Texts(st.session_state.language, settings.timezone)
    pages = {
        t(f"nav.groups.{group}"): [
            st.Page(
                VIEWS / f"{name}.py",
                title=t(f"nav.{name}"),
                icon=f":material/{icon}:",
                url_path="home" if name == "overview" else name,
                default=name == "overview",
            )
            for name, icon in names.items()
        ]
        for group, names in MENU.items()
    }
    first = next(iter(pages.values()))
    home = first[0]
    # Streamlit serves the first page at / only, whatever its path; who writes /overview is brought there.
    first.append(st.Page(lambda: None, title=home.title, url_path="overview", visibility="hidden"))
    # Kept by hand: Streamlit forgets a widget's value on a page that does not show it.
    usual = context.usual_period(loaded.identity)
    st.session_state.period = st.session_state.get("period") or address.period_asked() or usual
    st.session_state.weighted = bool(st.session_state.get("weighted"))
    page = st.navigation(pages)
    if page.url_path == "overview":
        st.switch_page(home, query_params=st.query_params.to_dict())
    with st.sidebar:
        st.selectbox(t("nav.language"), LANGUAGES, format_func=NAMES.__getitem__, key="language")
    readmodel.stay_open(settings.database, data.OPEN_S)
    status = data.status(settings.database)
    chosen = usual
    if page.url_path != context.DRAFT:
        st.session_state.pop(context.DRAFT, None)  # a draft is forgotten when its page is left
    if page.url_path not in ("sources", "digest", context.DRAFT) and status.mentions:
        chosen = _period(t) or usual
    now = datetime.now(UTC)
    context.put(context.Context(loaded, t, context.period(chosen, now, t, status.first_published_at), status))
    if loaded.identity.fictional:
        components.notice(t("fictional"), warn=True)
    page.run()


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
