"""What the page that checks a draft does: ask the models, keep the answer for this session, show it.

Nothing of a draft is stored, logged or put into an address or a cache that others share. The answer lies in the session
of the one who asked and is dropped when the page is left; a file is made when its button is pressed, and not before.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from dashboard import components, safe
from dashboard.components import heading
from dashboard.context import DRAFT, Context
from dashboard.safe import Html, tag
from dashboard.viewer import ANYBODY, Viewer
from monitor.config import Config
from monitor.types import BrandIdentity, DraftCheck, Voice

if TYPE_CHECKING:  # the models' libraries are only loaded by who checks a draft
    from monitor.pipeline.drafting import Drafter, Told


class Speaker(NamedTuple):
    voice: Voice
    name: str = ""
    role: str = ""


class Answer(NamedTuple):
    """A check with what was asked; ``lang`` is the language it was answered in."""

    text: str
    speaker: Speaker
    source_type: str
    lang: str
    check: DraftCheck


@st.cache_resource(max_entries=1, show_spinner=False, hash_funcs={Config: id})
def _drafter(config: Config) -> Drafter:
    """The models, shared by everybody who checks; it keeps no draft. Loads nothing before the first one."""
    from monitor.pipeline.drafting import Drafter

    return Drafter(config)


def check(text: str, speaker: Speaker, source_type: str, context: Context) -> None:
    from monitor.pipeline.drafting import MOST, Author

    t = context.t
    if not any(c.isalnum() for c in text[: MOST + 1]):
        components.notice(t("draft.empty"), warn=True)
        return
    if len(text) > MOST:
        components.notice(t("draft.too_long", n=t.number(len(text)), most=t.number(MOST)), warn=True)
        return
    with st.spinner(t("draft.reading")):
        found = _drafter(context.config).check(
            text, Author(*speaker), source_type=source_type, lang=t.language
        )
    st.session_state[DRAFT] = Answer(text, speaker, source_type, t.language, found)


def tell(answer: Answer, context: Context) -> None:
    t, drafter = context.t, _drafter(context.config)
    told = drafter.tell(answer.check, t.language)
    parts: list[Html] = [
        tag("h2", told.headline),
        tag("p", told.sure, cls="lead"),
        *_looks(told, context),
        heading(t("draft.attitudes")),
        tag("div", *(tag("span", line, cls="badge") for line in told.attitudes), cls="badges"),
        *(tag("p", line, cls="soft") for line in (told.nearest, told.ask, told.closing) if line),
    ]
    components.show(*parts)
    row = (answer.text, answer.source_type, t.language)
    st.download_button(
        t("draft.keep"),
        lambda: json.dumps(drafter.record(answer.check, *row), ensure_ascii=False, indent=2),
        file_name="draft-check.json",
        mime="application/json",
        on_click="ignore",
    )


def _looks(told: Told, context: Context) -> list[Html]:
    t = context.t
    if not (told.looks or told.again):
        return []
    out = [heading(t("draft.looks"))]
    for look in told.looks:
        out.append(
            tag(
                "article",
                tag("blockquote", tag("mark", safe.plain(look.quote))),
                tag(
                    "div",
                    tag("div", tag("span", look.name, cls="statement")),
                    tag("div", look.text, title=look.statement),
                    tag("p", look.advice),
                    tag("p", t("draft.why"), " ", safe.line(look.reason, 600), cls="soft"),
                    cls="touched",
                ),
                cls=f"card {look.level}",
            )
        )
    if told.again:
        out.append(tag("ul", *(tag("li", sentence) for sentence in told.again)))
    return out


def speakers(identity: BrandIdentity, viewer: Viewer = ANYBODY) -> list[Speaker]:
    """An employee is not named here: who asks for help need not say who it is. A leader speaks as themselves."""
    known = [leader for leader in identity.leaders if viewer.concerned(leader.name)]
    leaders = [Speaker("leader", leader.name, leader.role) for leader in known]
    if viewer.role == "leader":
        return leaders
    return [Speaker("employee"), *leaders, Speaker("brand", identity.name)]


def shown(who: Speaker, context: Context) -> str:
    t, name = context.t, safe.line(who.name, 80)
    if who.voice == "employee":
        return t("draft.employee")
    if who.voice == "brand":
        return t("draft.brand", name=name)
    return t("draft.leader", name=name, role=safe.line(who.role, 80)) if who.role else name
