"""A leader's own: what others say toward them, or what they wrote, as text. Made for who may see no other's.

It is a page of its own, and not the page of mentions with a filter: whatever its address holds, it reads nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st

from dashboard import address, components, data, safe
from dashboard import context as ctx
from dashboard.components import mention_card
from dashboard.context import Context
from dashboard.views.paging import page_buttons, page_number
from monitor import readmodel
from monitor.readmodel import STANCES, Behind, MentionFilter, MentionRow
from monitor.types import LABELS, SOURCE_TYPES, ConflictLevel, Voice

PAGE = 25
_LEVELS: tuple[ConflictLevel, ...] = ("major", "minor", "none")
_VOICES: tuple[Voice, ...] = ("third_party", "leader", "employee", "brand")
_SIDES = ("about_me", "by_me")


def main(context: Context) -> None:
    t, leader = context.t, context.viewer.leader
    if not leader:
        return
    if "mine_side" not in st.session_state:
        st.session_state.mine_side = "by_me" if address.asked("speaker") == leader else "about_me"
    side = st.segmented_control(
        t("nav.mine"),
        _SIDES,
        format_func=lambda key: t(f"login.{key}"),
        key="mine_side",
        label_visibility="collapsed",
    )
    if days := address.days(context):
        context = replace(context, period=days)
    wanted, behind = _asked(context, leader, by_me=side == "by_me")
    total, stories = _count(context.database, wanted, behind)
    number, pages = page_number("mine", (wanted, behind), total, PAGE)
    lead = t.count("mentions.stories", stories) if total else ""
    components.page_head(context, t.count("mentions.title", total), f"{safe.line(leader, 80)} · {lead}")
    if not total:
        components.notice(t("mentions.none"))
    for position, row in enumerate(_rows(context.database, wanted, behind, number * PAGE)):
        with st.container(key=f"mention_{position}", gap="small"):
            shown = own_verdicts(row, context)
            components.show(mention_card(shown, t, quote_only=context.quote_only(row.source)))
    page_buttons("mine", number, pages, t)


def _asked(context: Context, leader: str, *, by_me: bool) -> tuple[MentionFilter, Behind]:
    """What a figure of theirs leads to, within what is theirs."""
    period = context.period
    wanted = MentionFilter(
        period.since,
        period.until,
        targets=() if by_me else (leader,),
        labels=tuple(address.asked_all("label", LABELS)),  # type: ignore[arg-type]
        voices=() if by_me else tuple(address.asked_all("voice", _VOICES)),  # type: ignore[arg-type]
        source_types=tuple(address.asked_all("source_type", SOURCE_TYPES)),
        search=address.asked("search"),
        conflict=tuple(address.asked_all("conflict", _LEVELS)),  # type: ignore[arg-type]
    )
    stance = next(iter(address.asked_all("stance", STANCES)), "touches")
    return wanted, Behind(
        speaker=leader if by_me else "",
        statement=address.asked("statement"),
        stance=stance,  # type: ignore[arg-type]
        place=address.asked("place"),
        mixing=by_me and address.asked("mixing") == "1",
        authorities=context.config.authorities,
    )


def own_verdicts(row: MentionRow, context: Context) -> MentionRow:
    """Without what was judged of other leaders in the same text."""
    others = {x.name for x in context.config.identity.leaders if not context.viewer.concerned(x.name)}
    return replace(row, verdicts=tuple(v for v in row.verdicts if v.target not in others))


@st.cache_data(ttl=data.TTL, max_entries=16, show_spinner=False)
def _count(path: Path, wanted: MentionFilter, behind: Behind) -> tuple[int, int]:
    return readmodel.count_behind(path, wanted, behind)


@st.cache_data(ttl=data.TTL, max_entries=16, show_spinner=False)
def _rows(path: Path, wanted: MentionFilter, behind: Behind, offset: int) -> list[MentionRow]:
    found = readmodel.mentions_behind(path, wanted, behind, limit=PAGE, offset=offset)
    return [
        replace(row, title=safe.line(row.title), text=safe.plain(row.text), author=safe.line(row.author, 120))
        for row in found
    ]


main(ctx.current())
