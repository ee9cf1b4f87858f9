"""People work through flags: what can be done with one or several, the form each opens, and the way back.

One form is open at a time. The write goes through the pipeline, waits a few seconds at most for others at the
database, and is over at once. The last decision of a visit can be undone until the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from dashboard import components, safe
from dashboard import context as ctx
from dashboard.context import Context
from dashboard.correcting import PATIENCE_S, WHY_MOST, written
from dashboard.language import Texts
from dashboard.safe import tag
from dashboard.viewer import NAME_MOST, known_name, signature, signed
from monitor.readmodel import Case, QueuedCopy
from monitor.types import CaseAction, CaseEntry, CaseStep

_OPEN, _DONE = "triaging", "case_done"
_FIELDS = ("case_to", "case_words", "case_who")
_OPTIONAL = ("confirmed", "assigned")  # need no words
# One key each, on the flag that is worked on. Streamlit keeps C and R for itself.
KEYS: dict[CaseAction, str] = {
    "confirmed": "Y",
    "dismissed": "D",
    "assigned": "A",
    "answered": "S",
    "outcome": "O",
}
UNDO_KEY = "U"


@dataclass(frozen=True, slots=True)
class Subject:
    """The flags that a decision is about, as they were shown; ``key`` tells the forms of several apart."""

    key: str
    flags: tuple[QueuedCopy, ...]


@dataclass(frozen=True, slots=True)
class _Done:
    """What was written last: by these entries it can be undone. ``left``: flags that had changed meanwhile, or, of an
    undoing, that somebody had decided about anew."""

    step: CaseStep
    numbers: tuple[int, ...]
    left: int
    who: str
    written: int


def told(t: Texts) -> None:
    """What came of what was done last, with the way back for who may decide."""
    done: _Done | None = st.session_state.get(_DONE)
    if done is None:
        return
    components.notice(*_said(done, t))
    context = ctx.current()
    if not done.numbers:
        del st.session_state[_DONE]  # nothing to undo: said once
    elif context.viewer.decides and st.button(t("case.undo"), key="undo_case", shortcut=UNDO_KEY):
        _undo(done, context)


def _said(done: _Done, t: Texts) -> list[str]:
    if done.step == "undone":
        undone = t.count("case.undone", done.written) if done.written else t("case.not_undone")
        return [undone, *([t.count("case.overtaken", done.left)] if done.left else [])]
    if not done.written:
        said = t("correction.same")
    elif done.written == 1:
        said = t(f"case.saved.{done.step}")
    else:
        said = t(f"case.saved_many.{done.step}", n=t.number(done.written))
    return [said, *([t.count("case.left", done.left)] if done.left else [])]


def control(case: Case, context: Context, position: int) -> None:
    """Under a flag: what can be done with it, or the form of what was chosen. ``position`` names the buttons."""
    flag = QueuedCopy(case.mention_id, case.content_hash, case.identity)
    actions(Subject(case.mention_id, (flag,)), possible(case), context, position)


def actions(
    subject: Subject, choices: list[CaseAction], context: Context, position: int | str, *, keys: bool = False
) -> None:
    """The buttons for a subject, or the form of what was chosen; with ``keys`` each has its key. Nothing for who may
    not decide."""
    if not context.viewer.decides:
        return
    chosen = st.session_state.get(_OPEN)
    if chosen and chosen[0] == subject.key:
        _form(subject, chosen[1], context)
        return
    with st.container(horizontal=True, key="deciding" if keys else f"case_{position}"):
        pressed = [
            action
            for action in choices
            if st.button(
                context.t(f"case.do.{action}"),
                key=f"case_{action}_{position}",
                type="secondary" if keys or position == "ticked" else "tertiary",
                shortcut=KEYS.get(action) if keys else None,
            )
        ]
    if not pressed:
        return
    who = known_name(context.viewer)
    if pressed[0] == "confirmed" and keys and who:
        act(subject, "confirmed", context, who)
    else:
        _open((subject.key, pressed[0]))
        st.rerun()


def possible(case: Case) -> list[CaseAction]:
    decisions: dict[str, list[CaseAction]] = {
        "confirmed": ["dismissed", "reopened"],
        "dismissed": ["confirmed", "reopened"],
        "set_aside": ["confirmed", "dismissed", "reopened"],
    }
    found: list[CaseAction] = [*decisions.get(case.state, ["confirmed", "dismissed"]), "assigned", "answered"]
    return [*found, "outcome"] if case.decision else found


def close() -> None:
    """No form is open any more: something else is looked at."""
    _open(None)


def _open(chosen: tuple[str, CaseAction] | None) -> None:
    for field in _FIELDS:
        st.session_state.pop(field, None)
    st.session_state[_OPEN] = chosen


def _form(subject: Subject, action: CaseAction, context: Context) -> None:
    t = context.t
    with st.form("case", enter_to_submit=False):
        components.show(tag("p", t(f"case.ask.{action}")))
        usual = _usual_reasons(t) if action == "dismissed" else None
        to = ""
        if action == "assigned":
            to = st.text_input(t("case.to"), key="case_to", max_chars=NAME_MOST)
        long = st.text_area if action == "answered" else st.text_input
        words = long(t(f"case.words.{action}"), key="case_words", max_chars=WHY_MOST)
        who = signature(st.container(), t("case.who"), context.viewer, "case_who")
        with st.container(horizontal=True):
            save = st.form_submit_button(t("case.save"), type="primary", shortcut="Ctrl+Enter")
            st.form_submit_button(
                t("case.cancel"), type="tertiary", on_click=_open, args=(None,), shortcut="Esc"
            )
    if not (save or usual):
        if action != "dismissed":  # there the keys choose a reason
            safe.focus(
                "case_to" if action == "assigned" else "case_who" if action == "confirmed" else "case_words"
            )
        return
    words = usual or words
    if (
        not who.strip()
        or not (words.strip() or action in _OPTIONAL)
        or (action == "assigned" and not to.strip())
    ):
        components.notice(t("case.need"), warn=True)
        return
    act(subject, action, context, who, words, to if action == "assigned" else None)


def _usual_reasons(t: Texts) -> str | None:
    """The usual reasons as buttons with the keys 1, 2, ...; the one that was chosen."""
    with st.container(key="case_reasons", gap="small"):
        for number, reason in enumerate(t.list("case.reasons"), 1):
            if st.form_submit_button(reason, key=f"case_reason_{number}", shortcut=str(number)):
                return reason
    return None


def act(
    subject: Subject, action: CaseAction, context: Context, who: str, words: str = "", to: str | None = None
) -> None:
    """Writes it for every flag of the subject at once, and draws the page anew."""
    from monitor.pipeline import triage  # here: the models' libraries are only loaded by who decides

    at = datetime.now(UTC)
    entries = [
        CaseEntry(flag.mention_id, flag.content_hash, flag.identity, action, who, at, words, to)
        for flag in subject.flags
    ]
    found = written(
        lambda: triage.act_all(context.database, entries, wait_s=PATIENCE_S), context.t, "case.edited"
    )
    if found is None:
        return
    if found.changed and len(found.changed) == len(entries):
        components.notice(context.t("case.edited"), warn=True)
        st.cache_data.clear()
        return
    signed(who)
    _finish(_Done(action, found.numbers, len(found.changed), who, len(found.numbers)))


def _undo(done: _Done, context: Context) -> None:
    from monitor.pipeline import triage

    who = known_name(context.viewer) or done.who
    at = datetime.now(UTC)
    found = written(
        lambda: triage.undo(context.database, done.numbers, who, at, wait_s=PATIENCE_S),
        context.t,
        "case.edited",
    )
    if found is not None:
        _finish(_Done("undone", (), len(found.overtaken), who, found.entries))


def _finish(done: _Done) -> None:
    st.session_state[_DONE] = done
    _open(None)
    st.session_state.pop("ticked", None)
    st.cache_data.clear()
    st.rerun()
