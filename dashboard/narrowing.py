"""The mentions page narrowed to those behind a figure of another page: from its address, told, and let go again."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard import address, components, facets, safe
from dashboard.address import Filters
from dashboard.components import statement_name
from dashboard.context import Context
from dashboard.safe import tag
from monitor.readmodel import STANCES, VOICE_KINDS, Behind
from monitor.types import SOURCE_TYPES

_KEPT, _SEEN, _FRESH, _PERIOD = "mentions_behind", "mentions_address", "mentions_fresh", "mentions_period"
_LATELY = 6  # addresses
_NAMES = ("speaker", "statement", "stance", "kind", "place", "networks", "mixing")


def arrived() -> bool:
    """Whether the address says what to show, and not the widgets: somebody came by a link, by the menu, or by the
    browser's Back; else it is one that the page left lately.

    Lately, not last: who chooses twice in a hurry sends the second choice with the address from before the first.
    """
    fresh = st.session_state.pop(_FRESH, False) or address.went_back()
    # Streamlit forgets the widgets of a page while another is shown.
    return fresh or facets.key("search") not in st.session_state or _address() not in _seen()


def narrowed(context: Context, fresh: bool) -> Behind | None:
    """What is behind the figure; ``fresh`` reads it from the address, else it is as it was.

    Chosen days are let go when another period is chosen.
    """
    if fresh:
        behind = _asked(context)
        st.session_state[_KEPT] = behind if behind != Behind(authorities=context.config.authorities) else None
    elif st.session_state.get(_PERIOD) != context.period.key:
        facets.let_go("days")
    st.session_state[_PERIOD] = context.period.key
    kept: Behind | None = st.session_state[_KEPT]
    return kept


def keep(context: Context, filters: Mapping[str, str | list[str]], behind: Behind | None) -> None:
    """The page's filters and the figure's, in the address."""
    more: dict[str, str | list[str]] = {}
    if context.period.key == "days":
        more["period"] = st.session_state[_PERIOD]
    if behind:
        more |= {
            "speaker": behind.speaker,
            "statement": behind.statement,
            "stance": behind.stance if behind.statement else "",
            "kind": behind.kind or "",
            "place": behind.place,
            "networks": list(behind.networks),
            "mixing": "1" if behind.mixing else "",
        }
    address.keep(context, {**filters, **more})
    _saw()


def go(context: Context, filters: Filters) -> None:
    """For a button's on_click: another view of this page. The one that is left stays in the browser's history."""
    st.query_params.from_dict(
        {"lang": context.t.language, "period": st.session_state.get(_PERIOD, ""), **filters}
    )
    st.session_state[_FRESH] = True


def back() -> None:
    """For a button's on_click: from one mention or story to the list it was opened from, or the whole list."""
    left = _seen()
    st.query_params.from_dict(left[-1] if left else {})
    st.session_state[_FRESH] = True


def told(context: Context, behind: Behind | None) -> None:
    """What the list is narrowed to, and the way out."""
    t = context.t
    if behind is None and context.period.key != "days":
        return
    parts: list[str] = [] if behind is None else _told(behind, context)
    if parts:
        components.show(
            tag(
                "div",
                tag("p", t("behind.only")),
                tag("ul", *(tag("li", part) for part in parts)),
                cls="notice",
            )
        )
    st.button(t("behind.all"), key="behind_all", type="tertiary", on_click=_let_go)


def _told(behind: Behind, context: Context) -> list[str]:
    t = context.t
    parts = []
    if behind.speaker:
        parts.append(t("behind.speaker", name=safe.line(behind.speaker, 80)))
    if behind.mixing:
        parts.append(t("behind.mixing"))
    if behind.statement:
        known = context.config.identity.statement(behind.statement)
        text = f": {known.text}" if known else ""
        named = f"{statement_name(behind.statement, context)}{text}"
        parts.append(t(f"behind.stance.{behind.stance}", statement=named))
    if behind.kind:
        parts.append(t("behind.kind", kind=t(f"voice_kinds.{behind.kind}")))
    if behind.place:
        parts.append(t("behind.place", place=safe.line(behind.place, 120)))
    if behind.networks:
        parts.append(t("behind.networks", names=t.listed([t(f"source_types.{n}") for n in behind.networks])))
    return parts


def _let_go() -> None:
    st.session_state[_KEPT] = None
    facets.let_go("days")
    for name in (*_NAMES, "from", "to"):
        if name in st.query_params:
            del st.query_params[name]
    _saw()


def _saw() -> None:
    st.session_state[_SEEN] = [*_seen(), _address()][-_LATELY:]


def _seen() -> list[dict[str, list[str]]]:
    seen: list[dict[str, list[str]]] = st.session_state.get(_SEEN, [])
    return seen


def _asked(context: Context) -> Behind:
    """Names must be known; an unknown one finds nothing, never everything."""
    stance = next(iter(address.asked_all("stance", STANCES)), "touches")
    kind = next(iter(address.asked_all("kind", VOICE_KINDS)), None)
    return Behind(
        speaker=address.asked("speaker"),
        statement=address.asked("statement"),
        stance=stance,  # type: ignore[arg-type]
        kind=kind,  # type: ignore[arg-type]
        place=address.asked("place"),
        networks=tuple(address.asked_all("networks", SOURCE_TYPES)),
        mixing=address.asked("mixing") == "1",
        authorities=context.config.authorities,
    )


def _address() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}
