"""The mentions page narrowed to those behind a figure of another page: from its address, told, and let go again."""

from __future__ import annotations

import streamlit as st

from dashboard import address, components, safe
from dashboard.components import statement_name
from dashboard.context import Context, Period
from dashboard.safe import tag
from monitor.readmodel import STANCES, VOICE_KINDS, Behind
from monitor.types import SOURCE_TYPES

_KEPT, _SEEN = "mentions_behind", "mentions_address"
_LATELY = 6  # addresses
_NAMES = ("speaker", "statement", "stance", "kind", "place", "networks", "mixing", "from", "to")


def arrived() -> bool:
    """Whether the address is none that the page left lately: somebody came by a link, or by the menu.

    Lately, not last: who chooses twice in a hurry sends the second choice with the address from before the first.
    """
    return _address() not in st.session_state.get(_SEEN, [])


def narrowed(context: Context, fresh: bool) -> tuple[Period | None, Behind | None]:
    """The days and what is behind the figure; ``fresh`` reads them from the address, else they are as they were.

    The days of a figure are let go when another period is chosen.
    """
    if fresh:
        behind = _asked(context)
        st.session_state[_KEPT] = (
            context.period.key,
            address.days(context),
            behind if behind != Behind(authorities=context.config.authorities) else None,
        )
    key, days, behind = st.session_state[_KEPT]
    return (days if key == context.period.key else None), behind


def keep(context: Context, filters: dict[str, str | list[str]]) -> None:
    """The page's filters and the figure's, in the address."""
    key, days, behind = st.session_state[_KEPT]
    more: dict[str, str | list[str]] = {}
    if context.period is days:
        more |= {"period": key, "from": address.first_day(days), "to": address.last_day(days)}
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


def told(context: Context, days: Period | None, behind: Behind | None) -> None:
    """What the list is narrowed to, and the way out."""
    t = context.t
    if days is None and behind is None:
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
    for name in _NAMES:
        if name in st.query_params:
            del st.query_params[name]
    kept = st.session_state[_KEPT]
    st.session_state[_KEPT] = (kept[0], None, None)
    _saw()


def _saw() -> None:
    st.session_state[_SEEN] = [*st.session_state.get(_SEEN, []), _address()][-_LATELY:]


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
