"""`omdomme statements ...`: what we said and what was said of each statement, and what single mentions do not show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from monitor import text

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.types import Utterance

Brand = Annotated[Path, typer.Option("--brand", envvar="OMDOMME_BRAND", help="The brand file.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for machines.")]
_DAY = "%Y-%m-%d"
Since = Annotated[
    datetime | None, typer.Option(formats=[_DAY], help="From this day (UTC) on; default: 90 days back.")
]
Until = Annotated[datetime | None, typer.Option(formats=[_DAY], help="Before this day (UTC); default: now.")]
Window = Annotated[int, typer.Option("--window", min=1, max=365, help="Days between the two, at most.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Shown at most.")]
DEFAULT_BRAND = Path("brand.yaml")
USUAL_DAYS = 90
_EXCERPT = 300
_WHY = {
    "denial": "one denies what the other says",
    "attitude": "opposite attitudes toward {target}",
    "conflict": "one conflicts with the statement, the other does not",
}

out = Console(highlight=False)
statements_app = typer.Typer(
    help="Each statement over time, and what no single mention shows. Content is compared; no person is scored.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    app.add_typer(statements_app, name="statements")


@statements_app.command("line")
def line(
    statement: Annotated[str | None, typer.Argument(help="Only this statement's id.")] = None,
    per: Annotated[Literal["week", "month"], typer.Option("--per", help="How long a step is.")] = "week",
    since: Since = None,
    until: Until = None,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """Say and do: what we said about each statement and what others said, in distinct stories per week or month."""
    from monitor import readmodel

    config, start, end = _opened(brand, since, until)
    found = readmodel.say_do(config.settings.database, start, end, bin=per)
    chosen = [row for row in found if row.statement == statement or (statement is None and row.statement)]
    if as_json:
        compared = [
            {"at": row.at, "own": row.own, "others": row.others} for row in found if not row.statement
        ]
        _json({"since": start, "until": end, "compared": compared, "rows": [asdict(row) for row in chosen]})
        return
    if not chosen:
        _say("No data: nothing in this period touches it. (omdomme status tells what was collected.)")
        return
    table = Table(
        title=f"Distinct stories per {per}; in line: the expected number, - = not compared by any model",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    heads = ("own: all", "in conflict", "in line", "others: all", "in conflict", "in line")
    for head in (per, "statement"):
        table.add_column(head)
    for head in heads:
        table.add_column(head, justify="right")
    for row in chosen:
        counts = (
            row.own,
            row.own_conflicts,
            row.own_in_line,
            row.others,
            row.other_conflicts,
            row.other_in_line,
        )
        table.add_row(f"{row.at:%Y-%m-%d}", row.statement, *(_shown(count) for count in counts))
    out.print(table)


def _shown(count: float | None) -> str:
    return "-" if count is None else str(count) if isinstance(count, int) else f"{count:.1f}"


@statements_app.command("opposites")
def opposites(
    window: Window = 30,
    since: Since = None,
    until: Until = None,
    limit: Limit = 20,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """Pairs to look at: two leaders, or a leader and the brand, who may say opposite things about one statement."""
    from monitor.pipeline import statements

    config, start, end = _opened(brand, since, until)
    database = config.settings.database
    found = statements.contradictions(database, config.identity, start, end, window=timedelta(days=window))
    if as_json:
        _json({"since": start, "until": end, **asdict(found)})
        return
    _say(
        f"{len(found.found)} pairs to look at, in {found.read} texts by {found.speakers} of ours. None is a fact."
    )
    for pair in found.found[:limit]:
        _say(f"\n{pair.statement}: {_WHY[pair.why].format(target=pair.target)}")
        for side in (pair.one, pair.other):
            _say(f"  {side.utterance.at:%Y-%m-%d}  {side.utterance.speaker} ({side.utterance.mention_id})")
            _say(f"    {_short(side.quote)}")
    _more(len(found.found), limit)


@statements_app.command("quotes")
def quotes(
    window: Window = 30,
    since: Since = None,
    until: Until = None,
    limit: Limit = 20,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """Quotes others attribute to a leader that nothing in own channels matches: unverified, which is not false."""
    from monitor.pipeline import statements

    config, start, end = _opened(brand, since, until)
    found = statements.quotes(
        config.settings.database, config.identity, start, end, window=timedelta(days=window)
    )
    if as_json:
        _json({"since": start, "until": end, **asdict(found)})
        return
    counts = ", ".join(f"{n} {outcome.replace('_', ' ')}" for outcome, n in sorted(found.outcomes.items()))
    _say(f"{sum(found.outcomes.values())} quotes in {found.read} texts of others: {counts or 'no data'}")
    for quote in found.unverified[:limit]:
        seen = f"{quote.mentions} mentions, {quote.stories} stories"
        _say(f"\n{quote.leader}, unverified ({seen})")
        _say(f"  “{_short(quote.words)}”")
        _say(f"  first in {_about(quote.first)}")
    _more(len(found.unverified), limit)


@statements_app.command("gaps")
def gaps(
    since: Since = None,
    until: Until = None,
    limit: Limit = 20,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """The statements many conflicts touch, and what conflicts or clearly harms but fits no statement."""
    from monitor import readmodel
    from monitor.pipeline import statements

    config, start, end = _opened(brand, since, until)
    database = config.settings.database
    touched = readmodel.statement_conflicts(database, start, end)
    found = statements.gaps(database, config.identity, start, end)
    if as_json:
        _json(
            {
                "since": start,
                "until": end,
                "touched": [asdict(row) for row in touched],
                "uncovered": [asdict(theme) for theme in found.themes],
                "compared": found.compared,
            }
        )
        return
    if not found.compared:
        _say("No data: nothing in this period was compared with the identity.")
        return
    _say(f"Statements that conflicts touch, of {found.compared} mentions compared with the identity:")
    for row in touched[:limit]:
        part = row.of_all
        interval = (
            f", {part.low:.0%} to {part.high:.0%}" if part.low is not None and part.high is not None else ""
        )
        _say(
            f"\n{row.statement}: {row.stories} of {part.whole} stories with a conflict{interval} ({row.major} major)"
        )
        _examples(row.examples)
    _more(len(touched), limit)
    _say(f"\nWhat no statement covers well: {len(found.themes)} themes")
    for theme in found.themes[:limit]:
        _say(f"\n{', '.join(theme.words) or 'one story'}: {theme.stories} stories, {theme.mentions} mentions")
        _examples(theme.examples)
    _more(len(found.themes), limit)


def _opened(brand: Path, since: datetime | None, until: datetime | None) -> tuple[Config, datetime, datetime]:
    from monitor.config import load

    end = until.replace(tzinfo=UTC) if until else datetime.now(UTC)
    start = since.replace(tzinfo=UTC) if since else end - timedelta(days=USUAL_DAYS)
    if start >= end:
        raise typer.BadParameter("--since must be before --until")
    return load(brand), start, end


def _examples(examples: Iterable[Utterance]) -> None:
    for utterance in examples:
        _say(f"  {_about(utterance)}: {_short(utterance.title or utterance.text, 120)}")


def _about(utterance: Utterance) -> str:
    return f"{utterance.mention_id} ({utterance.at:%Y-%m-%d}, {utterance.source})"


def _short(said: str, most: int = _EXCERPT) -> str:
    flat = " ".join(text.clean(said).split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"


def _more(there_are: int, shown: int) -> None:
    if there_are > shown:
        _say(f"\n{there_are - shown} more: --limit {there_are}")


def _say(told: str) -> None:
    out.print(told, markup=False, soft_wrap=True)


def _json(value: Any) -> None:
    from monitor.cli import show_json

    show_json(value)
