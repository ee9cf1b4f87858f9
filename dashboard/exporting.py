"""What the page of mentions shows, to take along: a CSV of exactly the filtered mentions, on all its pages."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from dashboard import components, safe
from dashboard.context import Context
from monitor import readmodel
from monitor.readmodel import Behind, Chosen, MentionFilter

MOST = 5_000  # mentions


def button(
    context: Context, wanted: MentionFilter, behind: Behind | None, total: int, *, by_story: bool = False
) -> None:
    """Nothing is read before it is pressed. ``by_story``: a row for each story, as the list shows them."""
    if not context.viewer.takes_along:
        return
    t = context.t
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            t("mentions.export"),
            lambda: csv(context, wanted, behind, by_story=by_story),
            f"{t('mentions.export_file')}-{t.local(context.period.until):%Y-%m-%d}.csv",
            "text/csv",
            key="mentions_export",
            on_click="ignore",
        )
        if total > MOST:
            components.show(components.soft(t("mentions.export_most", n=t.number(MOST))))


def csv(context: Context, wanted: MentionFilter, behind: Behind | None, *, by_story: bool = False) -> bytes:
    """As `omdomme export mentions` writes it, with texts as long as the page shows them. UTF-8 with a mark, without
    which spreadsheets take æ, ø and å for something else."""
    quoted = tuple(spec.id for spec in context.config.sources if context.quote_only(spec.id))
    chosen = Chosen(wanted, behind, MOST, safe.TEXT_LIMIT, quoted, safe.EXCERPT_LIMIT, by_story)
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "mentions.csv"
        readmodel.export_mentions(context.database, written, "csv", chosen)
        return b"\xef\xbb\xbf" + written.read_bytes()
