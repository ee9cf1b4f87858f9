"""The digest as it is mailed, for a day or a week a person chooses, to read here or take along."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import address, components, data, safe
from dashboard import context as ctx
from dashboard.context import Context
from dashboard.safe import Html, link, picture, tag
from dashboard.views.empty import next_steps
from monitor.digest import Digest, Picture, Row
from monitor.views import DUTIES, VIEWED_BY, find, key, refused

_KINDS: tuple[Literal["day", "week"], ...] = ("day", "week")


def main(context: Context) -> None:
    t = context.t
    if not context.status.mentions:
        components.page_head(context, t("digest.title"), t("digest.lead"), dated=False)
        next_steps(context)
        return
    left, right, third = st.columns((2, 2, 3))
    kind = left.segmented_control(
        t("digest.kind"), _KINDS, default="week", key="digest_kind", format_func=lambda k: t(f"digest.{k}")
    )
    latest = _latest(context)
    end = right.date_input(
        t("digest.until"),
        latest,
        max_value=latest,
        key="digest_until",
        format="YYYY-MM-DD" if t.language == "en" else "DD.MM.YYYY",
    )
    view = _view(context, third)
    made = data.digest(
        context.config, kind or "week", end if isinstance(end, date) else latest, t.language, view
    )
    components.page_head(context, made.title, f"{made.when}. {t('digest.lead')}", dated=False)
    _whose(view, context)
    _files(made, context)
    _show(made, context)


def _view(context: Context, place: DeltaGenerator) -> str:
    """The name of the view the digest is narrowed by, "" for none; from the address, else as my role gets it."""
    t = context.t
    names = [view.name for view in data.views(context.config) if not refused(view)]
    if "digest_view" not in st.session_state:
        asked = address.asked("view") if "lang" in st.query_params else _usual(context)
        found = next((name for name in names if key(name) == key(asked)), None) if asked else None
        st.session_state.digest_view = found
    if not names:
        return ""
    if st.session_state.digest_view not in names:
        st.session_state.digest_view = None  # removed meanwhile
    chosen: str | None = place.selectbox(
        t("saved.digest"), names, index=None, key="digest_view", placeholder=t("saved.digest_all")
    )
    address.keep(context, {"view": chosen or ""})
    return chosen or ""


def _usual(context: Context) -> str:
    """The view of the digest of those whose duty is that of who is signed in; "" where they get several."""
    mine = VIEWED_BY[context.viewer.role] if context.viewer.name else ()
    found = {r.view for r in context.config.recipients if r.duty in mine and r.digest != "none"}
    return found.pop() if len(found) == 1 else ""


def _whose(view: str, context: Context) -> None:
    """Whose digest is like this, by role; and which views are named that cannot be used."""
    t, readers = context.t, [r for r in context.config.recipients if r.digest != "none"]
    known = [v for v in data.views(context.config) if not refused(v)]
    alike = {r.duty for r in readers if key(r.view if find(known, r.view) else "") == key(view)}
    if alike and any(r.view for r in readers):
        whom = t.listed([t(f"saved.roles.{duty}").lower() for duty in DUTIES if duty in alike])
        components.show(components.soft(t("saved.digest_goes", whom=whom)))
    for name in dict.fromkeys(r.view for r in readers if r.view and not find(known, r.view)):
        components.notice(t("saved.digest_missing", name=safe.line(name, 80)), warn=True)


def _latest(context: Context) -> date:
    """Yesterday; of a fictional brand, whose archive lies further back, the last day it has."""
    t, status = context.t, context.status
    yesterday = t.local(datetime.now(UTC)).date() - timedelta(days=1)
    if context.config.identity.fictional and status.last_published_at is not None:
        return min(yesterday, t.local(status.last_published_at).date())
    return yesterday


def _files(made: Digest, context: Context) -> None:
    t, name = context.t, f"digest-{made.kind}-{made.until:%Y-%m-%d}"
    left, right, *_ = st.columns((2, 2, 3))
    left.download_button(
        t("digest.pdf"), lambda: data.digest_pdf(made), f"{name}.pdf", "application/pdf", width="stretch"
    )
    right.download_button(
        t("digest.html"), lambda: data.digest_html(made), f"{name}.html", "text/html", width="stretch"
    )


def _show(made: Digest, context: Context) -> None:
    """Natively, not as the mail's own HTML: whatever is in it is escaped here once more."""
    components.show(tag("p", tag("b", made.opening), cls="lead"))
    for section in made.sections:
        parts = [components.heading(section.heading, section.lead)]
        for item in section.items:
            if isinstance(item, Picture):
                numbers = tag("summary", context.t("digest.numbers"))
                parts += [picture(item.png, item.alt), tag("details", numbers, item.alt, cls="soft")]
            else:
                parts.append(_row(item, made))
        components.show(*parts)
    components.show(tag("p", " ".join(made.closing), cls="soft"))


def _row(row: Row, made: Digest) -> Html:
    lines: list[str | Html] = [tag("h3", row.shown)] if row.name else []
    lines += [tag("div", line) for line in row.lines]
    meta: list[str | Html] = [row.note] if row.note else []
    if row.url:
        meta += [*([" · "] if meta else []), link(made.open_source, row.url)]
    if meta:
        lines.append(tag("div", *meta, cls="soft"))
    return tag("div", *lines, style="margin:.9rem 0")


main(ctx.current())
