"""`omdomme messages ...`: what waits to be sent, what was given up, and what a person decides about it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from monitor import text
from monitor.errors import ConfigError

Brand = Annotated[Path, typer.Option("--brand", envvar="OMDOMME_BRAND", help="The brand file.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")]
Id = Annotated[str, typer.Argument(help="The message's id, or enough of its beginning to tell it.")]
Wanted = Literal["open", "sent", "all"]
DEFAULT_BRAND = Path("brand.yaml")
STATES: dict[str, tuple[str, ...]] = {"open": ("waiting", "sending", "failed"), "sent": ("sent",), "all": ()}

out = Console(highlight=False)
messages_app = typer.Typer(help="Alerts on their way: list, release or drop them.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(messages_app, name="messages")


@messages_app.command("list")
def listing(
    state: Annotated[Wanted, typer.Option(help="open = not sent: waiting, held, given up.")] = "open",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many, the newest.")] = 50,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """Messages with their state, and the server's words where one was given up."""
    from monitor import readmodel
    from monitor.cli import show_json

    found = readmodel.messages(_settings(brand).database, states=STATES[state], limit=limit)
    if as_json:
        show_json([asdict(row) for row in found])
        return
    for row in found:
        _line(f"{row.id}: {row.state}{_when(row)}  to {row.recipient} ({row.channel})")
        _line(row.subject, "  ")
        if row.last_error and row.state != "sent":
            _line(f"{row.attempts} tries; last: {row.last_error}", "  ")
    if not found:
        out.print("No messages")


@messages_app.command()
def release(message: Id, brand: Brand = DEFAULT_BRAND) -> None:
    """Send it with the next pass: one that is held, waits for another try, or was given up. One that was interrupted
    may have arrived: ask the recipient first."""
    from monitor.pipeline import posting

    path, chosen = _chosen(brand, message)
    posting.decide(path, chosen, "release")
    _line(f"{chosen}: leaves with the next `omdomme alert`")


@messages_app.command()
def drop(message: Id, brand: Brand = DEFAULT_BRAND) -> None:
    """Never send it."""
    from monitor.pipeline import posting

    path, chosen = _chosen(brand, message)
    posting.decide(path, chosen, "drop")
    _line(f"{chosen}: dropped")


def _chosen(brand: Path, given: str) -> tuple[Path, str]:
    from monitor import readmodel

    path = _settings(brand).database
    ids = [row.id for row in readmodel.messages(path, limit=100_000)]
    meant = [i for i in ids if i == given] or [i for i in ids if len(given) >= 4 and i.startswith(given)]
    if len(meant) != 1:
        wrong = "No message has" if not meant else f"{len(meant)} messages have"
        raise ConfigError(f"{wrong} an id beginning with {given!r}. Remedy: see omdomme messages list")
    return path, meant[0]


def _settings(brand: Path) -> Any:
    from monitor.config import load

    return load(brand).settings


def _when(row: Any) -> str:
    if row.state != "waiting":
        return ""
    why = {"quiet": " for the end of quiet hours,", "cap": " for the morning,"}.get(row.held, "")
    return f"{why} until {row.next_at:%Y-%m-%d %H:%M}Z"


def _line(said: str, indent: str = "") -> None:
    out.print(indent + " ".join(text.clean(said).split()), markup=False, soft_wrap=True)
