"""Every mention, as text, with what was judged about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import streamlit as st

from dashboard import address, components, correcting, data, exporting, narrowing, peopledata, saved
from dashboard import context as ctx
from dashboard.components import mention_card
from dashboard.context import Context
from dashboard.views.empty import next_steps
from dashboard.views.paging import page_buttons, page_number
from monitor.readmodel import MentionFilter, Places
from monitor.types import LABELS, SOURCE_TYPES, ConflictLevel, Voice

PAGE = 25
_LEVELS: tuple[ConflictLevel, ...] = ("major", "minor", "none")
_CORRECTIONS: tuple[Literal["holds", "to_confirm"], ...] = ("holds", "to_confirm")
_PLACES: tuple[Places, ...] = ("all", "others", "own")
_VOICES: tuple[Voice, ...] = ("third_party", "leader", "employee", "brand")
_MANY: dict[str, tuple[str, ...]] = {
    "label": LABELS,
    "voice": _VOICES,
    "source_type": SOURCE_TYPES,
    "conflict": _LEVELS,
    "corrections": _CORRECTIONS,
}


def main(context: Context) -> None:
    t = context.t
    if not context.status.mentions:
        components.page_head(context, t("empty.title"), dated=False)
        next_steps(context)
        return
    saved.control(context, "mentions")
    arrived = narrowing.arrived()
    if arrived:
        _from_address(context)
    days, behind = narrowing.narrowed(context, arrived)
    if days:
        context = replace(context, period=days)
    head = st.container()
    wanted = _filter(context)
    narrowing.keep(context, _to_address(wanted))
    if behind:
        total, stories_ = peopledata.count_behind(context.database, wanted, behind)
    else:
        total = data.count_mentions(context.database, wanted)
        stories_ = data.count_stories(context.database, wanted) if total else 0
    number, pages = page_number("mentions", (wanted, behind), total, PAGE)
    with head:
        lead = t.count("mentions.stories", stories_) if total else ""
        components.page_head(context, t.count("mentions.title", total), lead)
        correcting.told(t)
        narrowing.told(context, days, behind)
        if context.status.to_confirm and "to_confirm" not in wanted.corrections:
            components.notice(t.count("correction.waiting", context.status.to_confirm))
    if not total:
        components.notice(t("mentions.none"))
        return
    exporting.button(context, wanted, behind, total)
    if behind:
        rows = peopledata.mentions_behind(context.database, wanted, behind, PAGE, number * PAGE)
    else:
        rows = data.mentions(context.database, wanted, PAGE, number * PAGE)
    stories = data.stories(context.database, tuple(sorted({row.story for row in rows})))
    for position, row in enumerate(rows):
        with st.container(key=f"mention_{position}", gap="small"):
            card = mention_card(row, t, stories.get(row.story), quote_only=context.quote_only(row.source))
            components.show(card)
            correcting.control(row, context, position)
    page_buttons("mentions", number, pages, t)


def _filter(context: Context) -> MentionFilter:
    """The filter from the widgets. Their options are never labels read as Markdown: a selectbox shows plain text."""
    t = context.t
    targets = _targets(context)
    words, whom = st.columns([3, 2])
    search = words.text_input(
        t("mentions.search"), key="mentions_search", max_chars=200, placeholder=t("mentions.search_hint")
    )
    target = whom.selectbox(
        t("mentions.target"), targets, index=None, key="mentions_target", placeholder=t("mentions.all")
    )
    with st.expander(t("mentions.more_filters")):
        a, b = st.columns(2)
        labels = a.multiselect(
            t("mentions.label"),
            LABELS,
            key="mentions_label",
            format_func=lambda x: t(f"labels.{x}"),
            placeholder=t("mentions.all"),
        )
        voices = b.multiselect(
            t("mentions.voice"),
            _VOICES,
            key="mentions_voice",
            format_func=lambda x: t(f"voices.{x}"),
            placeholder=t("mentions.all"),
        )
        kinds = a.multiselect(
            t("mentions.source_type"),
            SOURCE_TYPES,
            key="mentions_source_type",
            format_func=lambda x: t(f"source_types.{x}"),
            placeholder=t("mentions.all"),
        )
        conflict = b.multiselect(
            t("mentions.conflict"),
            _LEVELS,
            key="mentions_conflict",
            format_func=lambda x: t(f"severity.{x}"),
            placeholder=t("mentions.all"),
        )
        corrections = a.multiselect(
            t("mentions.corrections"),
            _CORRECTIONS,
            key="mentions_corrections",
            format_func=lambda x: t(f"correction.state.{x}"),
            placeholder=t("mentions.all"),
        )
        places: Places = "all"
        if any(spec.own_place for spec in context.config.sources):
            places = b.selectbox(
                t("mentions.places"), _PLACES, key="mentions_places", format_func=lambda x: t(f"places.{x}")
            )
    return MentionFilter(
        context.period.since,
        context.period.until,
        targets=(target,) if target else (),
        labels=tuple(labels),
        voices=tuple(voices),
        source_types=tuple(kinds),
        search=search.strip(),
        conflict=tuple(conflict),
        corrections=tuple(corrections),
        places=places,
    )


def _targets(context: Context) -> list[str]:
    """Whom mentions concern; also the leaders nobody has written about, whom an address may name."""
    known = [target for target, _, _ in context.status.per_target]
    asked = address.asked("target") or st.session_state.get("mentions_target")
    return [
        *known,
        *(p.name for p in context.config.identity.leaders if p.name == asked and asked not in known),
    ]


def _from_address(context: Context) -> None:
    """Sets the widgets to what the address says; what it does not say is left out of the filter."""
    target = address.asked("target")
    st.session_state.mentions_target = target if target in _targets(context) else None
    st.session_state.mentions_search = address.asked("search")
    for name, options in _MANY.items():
        st.session_state[f"mentions_{name}"] = address.asked_all(name, options)
    if any(spec.own_place for spec in context.config.sources):
        st.session_state.mentions_places = (address.asked_all("places", _PLACES) or ["all"])[0]


def _to_address(wanted: MentionFilter) -> dict[str, str | list[str]]:
    return {
        "target": wanted.targets[0] if wanted.targets else "",
        "search": wanted.search,
        "label": list(wanted.labels),
        "voice": list(wanted.voices),
        "source_type": list(wanted.source_types),
        "conflict": list(wanted.conflict),
        "corrections": list(wanted.corrections),
        "places": "" if wanted.places == "all" else wanted.places,
    }


main(ctx.current())
