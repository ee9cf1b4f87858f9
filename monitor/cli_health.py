"""What `omdomme status` and `omdomme collect --since` say about sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from monitor import text
from monitor.messages.remedies import remedy

if TYPE_CHECKING:
    from monitor.pipeline import BackfillReport
    from monitor.readmodel import SourceHealth

out = Console(highlight=False)

_OUTCOMES = {
    "done": "read back",
    "cannot": "only gives what is there now: nothing to read back",
    "paused": "not at the end yet: the same command goes on",
    "failed": "failed: the same command goes on",
}


def remedy_for(health: SourceHealth, lang: str) -> str:
    """What to do about a source; "" while it is well."""
    if health.state not in ("failing", "changed", "silent", "retired"):
        return ""
    return remedy(lang, health.state, health.error_kind, health.changed)


def show_sources(configured: Sequence[str], known: Mapping[str, SourceHealth]) -> None:
    """One row a source; below, of those that are not well, since when, why and what to do."""
    table = Table(title="Sources", title_justify="left", box=None, pad_edge=False)
    for column in ("source", "state", "mentions", "last answered", "last new"):
        table.add_column(column)
    for source in configured:
        health = known.get(source)
        if health is None:
            table.add_row(escape(source), "never asked", "0", "", "")
            continue
        answered, new = _moment(health.last_success_at), _moment(health.last_new_at)
        table.add_row(escape(source), health.state, str(health.mentions), answered, new)
    out.print(table)
    for source in configured:
        health = known.get(source)
        if health is not None and (found := remedy_for(health, "en")):
            passing = "" if health.down else " (may pass)"
            _say(
                f"{source}: {health.state} since {_moment(health.since)}{passing}. {health.last_error or ''}"
            )
            _say(f"{source}: {found}")
        for warning in health.warnings if health is not None else ():
            _say(f"{source}: {warning}")


def show_silent(quiet: Sequence[tuple[str, datetime]]) -> None:
    """The targets nobody talks about any more."""
    for target, since in quiet:
        _say(
            f"{target}: nothing since {_moment(since)}, which is unusual. Do the sources still bring what they did, "
            "and are the names and aliases right?"
        )


def show_backfill(report: BackfillReport) -> None:
    table = Table(
        title=f"Read back to {report.since:%Y-%m-%d}", title_justify="left", box=None, pad_edge=False
    )
    for column in ("source", "polls", "new", "known", ""):
        table.add_column(column)
    for row in report.sources:
        resumed = " (went on)" if row.resumed else ""
        counts = row.counts
        table.add_row(
            escape(row.source),
            str(row.polls),
            str(counts.new),
            str(counts.known + counts.edited),
            _OUTCOMES[row.outcome] + resumed,
        )
    out.print(table)


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z" if at else "never"


def _say(told: str) -> None:
    out.print(" ".join(text.clean(told, 800).split()), markup=False, soft_wrap=True)
