"""`omdomme triage ...`: people work through flags."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from monitor import text
from monitor.types import STANDING_CASES, CaseAction, CaseState

Brand = Annotated[Path, typer.Option("--brand", envvar="OMDOMME_BRAND", help="The brand file.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")]
Mention = Annotated[
    str, typer.Argument(help="The mention's id, four or more of its first characters, or its URL.")
]
Who = Annotated[str | None, typer.Option(help="Who says so; default: who is logged in.")]
Why = Annotated[str, typer.Option(help="Why, in a few words.")]
Text = Annotated[str, typer.Option("--text", help="The words to keep.")]
Wanted = Literal["open", "confirmed", "dismissed", "set-aside", "all"]
DEFAULT_BRAND = Path("brand.yaml")
STATES: dict[str, tuple[CaseState, ...]] = {
    "open": ("open", "to_confirm"),
    "confirmed": ("confirmed",),
    "dismissed": ("dismissed",),
    "set-aside": ("set_aside",),
    "all": (*STANDING_CASES, "dismissed", "set_aside"),
}
_STATE_WORDS = {
    "open": "open",
    "to_confirm": "to be confirmed: the text or the identity has changed since",
    "confirmed": "confirmed",
    "dismissed": "dismissed",
    "set_aside": "put aside by what earlier decisions taught",
    "gone": "not flagged any more",
}
_SAID = {
    "confirmed": "confirmed",
    "dismissed": "dismissed",
    "reopened": "reopened",
    "assigned": "gave it to",
    "answered": "answered",
    "outcome": "said what came of it",
    "undone": "undid what was done before",
}

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

triage_app = typer.Typer(
    help="Decide about flags: confirm, dismiss, give to somebody, answer; every step is kept.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    app.add_typer(triage_app, name="triage")


@triage_app.command("list")
def list_(
    state: Annotated[Wanted, typer.Option(help="Which flags; open includes those to be confirmed.")] = "open",
    assigned: Annotated[str | None, typer.Option(help="Only those given to this person.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 20,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """Flags with what stands for them, most serious and most certain first."""
    from monitor import readmodel
    from monitor.cli import show_json

    found = readmodel.cases(_database(brand), states=STATES[state], assignee=assigned, limit=limit)
    if as_json:
        show_json([asdict(row) for row in found])
        return
    for row in found:
        case = row.case
        sure = f"{_percent(case.score)} likely" + (
            f" (model: {_percent(case.model_score)})" if case.adjusted else ""
        )
        _line(f"{case.mention_id}  {case.model_level}, {sure}, {case.statement}: {_STATE_WORDS[case.state]}")
        _line(f"{row.published_at:%Y-%m-%d %H:%M}Z  {(row.title or row.text)[:100]}", "  ")
        _line(f"“{row.quote[:200]}”", "  ")
        if case.decision:
            _line(f"{_decided(case)}", "  ")
        for said in case.log:
            if said.action in ("assigned", "answered", "outcome"):
                _line(_told(said.at, said.who, said.action, said.assignee, said.words), "  ")
    if not found:
        err.print("No flags there.", markup=False)


@triage_app.command()
def confirm(
    mention: Mention, why: Why = "", who: Who = None, brand: Brand = DEFAULT_BRAND, as_json: AsJson = False
) -> None:
    """It is a conflict. A reason may be given."""
    _act(brand, mention, "confirmed", who, why, as_json)


@triage_app.command()
def dismiss(
    mention: Mention, why: Why = "", who: Who = None, brand: Brand = DEFAULT_BRAND, as_json: AsJson = False
) -> None:
    """It is none, and here is why. Copies of the same story with the same main statement go with it."""
    _act(brand, mention, "dismissed", who, why, as_json)


@triage_app.command()
def reopen(
    mention: Mention, why: Why = "", who: Who = None, brand: Brand = DEFAULT_BRAND, as_json: AsJson = False
) -> None:
    """Take a decision back, and say why; the flag is open again."""
    _act(brand, mention, "reopened", who, why, as_json)


@triage_app.command()
def assign(
    mention: Mention,
    to: Annotated[str, typer.Argument(help="Who is to look at it.")],
    why: Why = "",
    who: Who = None,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """Give a flag to somebody."""
    _act(brand, mention, "assigned", who, why, as_json, to)


@triage_app.command()
def answer(
    mention: Mention, said: Text = "", who: Who = None, brand: Brand = DEFAULT_BRAND, as_json: AsJson = False
) -> None:
    """Keep what the person concerned answers; it is shown wherever the flag is. --who is that person."""
    _act(brand, mention, "answered", who, said, as_json)


@triage_app.command()
def outcome(
    mention: Mention, said: Text = "", who: Who = None, brand: Brand = DEFAULT_BRAND, as_json: AsJson = False
) -> None:
    """Keep what came of a case in the end."""
    _act(brand, mention, "outcome", who, said, as_json)


@triage_app.command()
def renew(why: Why = "", who: Who = None, brand: Brand = DEFAULT_BRAND, as_json: AsJson = False) -> None:
    """After a change of the brand file: say again every decision whose text and main statement are as they were."""
    from monitor.cli import show_json
    from monitor.cli_correct import logged_in
    from monitor.pipeline import triage

    renewed = triage.renew(_database(brand), who or logged_in(), why, datetime.now(UTC))
    show_json({"renewed": renewed}) if as_json else out.print(f"{renewed} decisions renewed")


@triage_app.command()
def history(
    mention: Annotated[str | None, typer.Argument(help="Of this mention only.")] = None,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """Everything people did with flags, newest first."""
    from monitor import readmodel
    from monitor.cli import show_json
    from monitor.pipeline import triage

    database = _database(brand)
    of = triage.mention_meant(database, mention).id if mention else None
    found = readmodel.case_log(database, of)
    if as_json:
        show_json([asdict(row) for row in found])
        return
    for row in found:  # not a table: an id that is cut cannot be used again
        _line(_told(row.at, row.who, row.action, row.assignee, row.words))
        _line(f"{row.mention_id}  {(row.title or row.text)[:100]}", "  ")
        flag = f"{row.level}, {_percent(row.score)} likely, {row.statement} ({row.model})"
        _line(f"flag then: {flag}; now: {_STATE_WORDS[row.state]}", "  ")


def _act(
    brand: Path,
    mention: str,
    action: CaseAction,
    who: str | None,
    words: str,
    as_json: bool,
    to: str | None = None,
) -> None:
    from monitor.cli import show_json
    from monitor.cli_correct import logged_in
    from monitor.pipeline import triage

    request = triage.Request(mention, action, who or logged_in(), words, to)
    new, case = triage.act_on(_database(brand), request, datetime.now(UTC))
    if as_json:
        show_json({"mention": case.mention_id, "action": action, "new": new})
        return
    told = f"{_SAID[action]} {to}" if to else _SAID[action]
    _line(f"{case.mention_id}, {case.statement}: {told}" if new else "Nothing new")


def _database(brand: Path) -> Path:
    from monitor.config import load

    return load(brand).settings.database


def _decided(case: Any) -> str:
    decision = case.decision
    of = f" (a copy, {decision.mention_id})" if decision.mention_id != case.mention_id else ""
    why = f": {decision.why}" if decision.why else ""
    return f"{decision.at:%Y-%m-%d %H:%M}Z  {decision.who} {decision.action} it{of}{why}"


def _told(at: datetime, who: str, action: str, assignee: str | None, words: str) -> str:
    to = f" {assignee}" if assignee else ""
    return f"{at:%Y-%m-%d %H:%M}Z  {who} {_SAID[action]}{to}{f': {words}' if words else ''}"


def _percent(share: float) -> str:
    return f"{min(99, round(100 * share))} %"


def _line(said: str, indent: str = "") -> None:
    out.print(indent + " ".join(text.clean(said).split()), markup=False, soft_wrap=True)
