"""A person overrules a verdict: the button under a mention, and the form it opens. One form is open at a time.

The write goes through the pipeline, waits a few seconds at most for others at the database, and is over at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

import streamlit as st

from dashboard import components, safe
from dashboard import context as ctx
from dashboard.context import Context
from dashboard.language import Texts
from dashboard.safe import tag
from dashboard.viewer import signature, signed
from monitor.errors import ContentChanged, OmdommeError, StoreBusy
from monitor.readmodel import MentionRow
from monitor.types import LABELS, Correction, Label

T = TypeVar("T")
PATIENCE_S = 5.0  # what a person waits; the programs wait longer
WHY_MOST = 1_000  # characters, as the pipeline has it
_OPEN, _SAID, _LAST = "correcting", "correction_said", "correction_last"
_FIELDS = ("correction_target", "correction_label", "correction_why", "correction_who")


@dataclass(frozen=True, slots=True)
class Made:
    """The correction just made, with what it takes to undo it. ``before``: what a person had said until then."""

    correction: Correction
    before: Label | None
    title: str


def after(rows: Sequence[MentionRow], context: Context, *, gone: bool = True) -> None:
    """What came of the correction just made, once, and the button that undoes it: for the one of ``rows`` it was of,
    and, ``gone``, also where that is no longer among what is shown."""
    made: Made | None = st.session_state.get(_LAST)
    said = st.session_state.get(_SAID)
    here = made is not None and any(row.id == made.correction.mention_id for row in rows)
    if not here and not (gone and said):
        return
    t = context.t
    if said:
        st.session_state.pop(_SAID)
        moved = [] if here or made is None else [t("correction.moved", title=safe.line(made.title, 120))]
        components.notice(t(said), *moved)
    if made and context.viewer.decides:
        # As a callback: the notice is shown once, and the button may be gone before its click is read.
        st.button(
            t("correction.undo"), key="undo_correction", type="tertiary", on_click=_undo, args=(made, context)
        )


def shown(rows: Sequence[MentionRow]) -> bool:
    """Whether the correction just made is of one of these."""
    made: Made | None = st.session_state.get(_LAST)
    return made is not None and any(row.id == made.correction.mention_id for row in rows)


def _undo(made: Made, context: Context) -> None:
    from monitor.pipeline import correcting

    t, said = context.t, made.correction
    back = replace(said, label=made.before, at=datetime.now(UTC), why=t("correction.undone_why"))
    new = written(
        lambda: correcting.correct(context.database, back, wait_s=PATIENCE_S), t, "correction.edited"
    )
    if new is None:
        return
    st.session_state[_LAST] = None
    st.session_state[_SAID] = "correction.undone"
    st.cache_data.clear()


def control(row: MentionRow, context: Context, position: int) -> None:
    """Under a mention: a quiet button, or the form when it was pressed. ``position`` on the page names the button."""
    button(row, context, position)
    form(row, context)


def form(row: MentionRow, context: Context) -> None:
    if context.viewer.decides and row.verdicts and st.session_state.get(_OPEN) == row.id:
        _form(row, context)


def button(row: MentionRow, context: Context, position: int) -> None:
    t = context.t
    if not context.viewer.decides or not row.verdicts or st.session_state.get(_OPEN) == row.id:
        return
    waiting = any(v.correction and not v.correction.holds for v in row.verdicts)
    label = t("correction.confirm") if waiting else t("correction.button")
    st.button(label, key=f"correct_{position}", type="tertiary", on_click=_open, args=(row.id,))


def _open(mention_id: str | None) -> None:
    for field in _FIELDS:
        st.session_state.pop(field, None)
    st.session_state[_OPEN] = mention_id


def _form(row: MentionRow, context: Context) -> None:
    t = context.t
    names = [found.target for found in row.verdicts]
    before = next((n for n, v in enumerate(row.verdicts) if v.correction and not v.correction.holds), None)
    old = row.verdicts[before].correction if before is not None else None
    with st.form("correction", enter_to_submit=False):
        components.show(tag("p", t("correction.title")))
        target, judged = names[0], st.container()
        if len(names) > 1:
            whom, judged = st.columns(2)
            # A selectbox shows its options as plain text; a radio button would read Markdown.
            target = whom.selectbox(t("correction.target"), names, index=before or 0, key="correction_target")
        label: Label | None = judged.radio(
            t("correction.label"),
            LABELS,
            index=LABELS.index(old.label) if old else None,
            format_func=lambda x: t(f"labels.{x}"),
            horizontal=True,
            key="correction_label",
        )
        reason, name = st.columns([3, 1])
        why = reason.text_input(
            t("correction.why"),
            key="correction_why",
            max_chars=WHY_MOST,
            placeholder=t("correction.why_hint"),
        )
        who = signature(name, t("correction.who"), context.viewer, "correction_who")
        with st.container(horizontal=True):
            save = st.form_submit_button(t("correction.save"), type="primary")
            withdraw = any(v.correction for v in row.verdicts) and st.form_submit_button(
                t("correction.withdraw")
            )
            st.form_submit_button(t("correction.cancel"), type="tertiary", on_click=_open, args=(None,))
    if save or withdraw:
        _submit(row, context, target, None if withdraw else label, who, why, withdraw=withdraw)


def _submit(
    row: MentionRow, context: Context, target: str, label: Label | None, who: str, why: str, *, withdraw: bool
) -> None:
    t = context.t
    if not (who.strip() and why.strip()) or (label is None and not withdraw):
        components.notice(t("correction.need_why") if withdraw else t("correction.need"), warn=True)
        return
    from monitor.pipeline import correcting  # here: the models' libraries are only loaded by who corrects

    made = Correction(row.id, row.content_hash, target, label, who, datetime.now(UTC), why)
    new = written(
        lambda: correcting.correct(context.database, made, wait_s=PATIENCE_S), t, "correction.edited"
    )
    if new is None:
        return
    signed(who)
    before = next((v.correction for v in row.verdicts if v.target == target and v.correction), None)
    last = Made(made, before.label if before and before.holds else None, row.title or row.text[:200])
    st.session_state[_LAST] = last if new and made.label != last.before else None
    st.session_state[_SAID] = _outcome(new, withdraw)
    st.session_state[_OPEN] = None
    st.cache_data.clear()
    st.rerun()


def written(write: Callable[[], T], t: Texts, edited: str, *, allowed: bool | None = None) -> T | None:
    """What ``write`` returns; None when it could not, and the person has been told why. ``edited``: the text said
    when what is stored is no longer what the page showed.

    The one gate of all writes, whatever buttons a page shows: who looks must be one who decides, or be ``allowed`` this
    one thing, and not have been signed in for too long."""
    viewer = ctx.current().viewer
    if not (viewer.decides if allowed is None else allowed) or not viewer.signed_in(datetime.now(UTC)):
        components.notice(t("login.may_not"), warn=True)
        return None
    try:
        return write()
    except StoreBusy:
        components.notice(t("correction.busy"), warn=True)
    except ContentChanged:
        components.notice(t(edited), warn=True)
        st.cache_data.clear()
    except OmdommeError as error:
        components.notice(*str(error).splitlines()[:5], warn=True)
    return None


def _outcome(new: bool, withdraw: bool) -> str:
    if not new:
        return "correction.same"
    return "correction.withdrawn" if withdraw else "correction.saved"
