"""`omdomme incidents ...`: what is going on, and what people do with it."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from monitor import text
from monitor.types import Excerpt, IncidentAction

Brand = Annotated[Path, typer.Option("--brand", envvar="OMDOMME_BRAND", help="The brand file.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")]
Incident = Annotated[
    str, typer.Argument(help="The incident's id, or four or more of its first characters.", metavar="ID")
]
Who = Annotated[str | None, typer.Option("--as", help="Who does it; default: who is logged in.")]
Words = Annotated[str, typer.Option("--text", help="The words to keep with it.")]
DEFAULT_BRAND = Path("brand.yaml")
_SPAN = re.compile(r"(\d{1,4})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_SAID: dict[str, str] = {
    "acknowledged": "has it",
    "muted": "muted it",
    "unmuted": "unmuted it",
    "noted": "noted",
    "closed": "closed it",
    "reopened": "reopened it",
}

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

incidents_app = typer.Typer(
    help="Incidents: list and show them, acknowledge, mute, note, close; every step is kept.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    app.add_typer(incidents_app, name="incidents")


@incidents_app.command("list")
def list_(
    days: Annotated[int, typer.Option(min=1, max=3650, help="Open at some time in so many last days.")] = 30,
    only_open: Annotated[bool, typer.Option("--open", help="Only those that go on.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """Incidents, newest first, each with the headline that says best what it is about."""
    from monitor import readmodel
    from monitor.cli import show_json

    now = datetime.now(UTC)
    found = readmodel.incidents(
        _database(brand), now - timedelta(days=days), now + timedelta(hours=1), limit=limit
    )
    if only_open:
        found = [row for row in found if row.end is None]
    if as_json:
        show_json([asdict(row) for row in found])
        return
    for row in found:
        span = f"{row.start:%Y-%m-%d %H:%M}Z – {f'{row.end:%Y-%m-%d %H:%M}Z' if row.end else 'now'}"
        who = ", ".join((row.target, *row.also))
        _line(f"{row.id}  {row.phase}, {row.severity}  {span}  {who}")
        _line(f"{row.observed} negative (expected {row.expected:.1f}); {row.mails} mails sent", "  ")
        if row.headline:
            _line(f"“{row.headline[:200]}”", "  ")
        if row.acknowledged_by:
            _line(f"{row.acknowledged_by} has it", "  ")
        if row.muted_until and row.muted_until > now:
            _line(f"muted until {row.muted_until:%Y-%m-%d %H:%M}Z", "  ")
    if not found:
        err.print("No incidents there.", markup=False)


@incidents_app.command()
def show(incident: Incident, brand: Brand = DEFAULT_BRAND, as_json: AsJson = False) -> None:
    """What happened in one incident, in the words of its own sources, and what was done with it."""
    from monitor import readmodel
    from monitor.cli import show_json
    from monitor.pipeline import handling

    database = _database(brand)
    known = handling.find(database, incident)
    found = readmodel.summarise(database, known, datetime.now(UTC))
    actions = readmodel.incident_actions(database, known.id)
    mails = readmodel.incident_mails(database, known.id)
    if as_json:
        rows = {"actions": [asdict(row) for row in actions], "mails": [asdict(row) for row in mails]}
        show_json(asdict(found) | rows)
        return
    i = found.incident
    _line(f"{found.id}  {found.phase}, {found.severity} ({', '.join(found.reasons) or 'no special grounds'})")
    _line(
        f"{', '.join((found.target, *found.also))}: {found.stories} stories, {found.mentions} mentions since "
        f"{i.start:%Y-%m-%d %H:%M}Z" + (f" until {i.end:%Y-%m-%d %H:%M}Z" if i.end else "")
    )
    _line(f"expected {i.expected:.1f}, seen {i.observed}; most in one hour: {i.peak_count}")
    if found.headline:
        _line(f"headline: {_told(found.headline)}")
    if found.phrases:
        _line(f"said far more than is ordinary: {' · '.join(found.phrases)}")
    if found.first:
        _line(f"first: {_told(found.first)}")
    _line("sources: " + ", ".join(f"{name} ({n})" for name, n in found.sources))
    if found.statements:
        _line(f"in conflict with: {', '.join(found.statements)}")
    if found.leaders:
        _line(f"leaders: {', '.join(found.leaders)}")
    for name, excerpts in (("quotes", found.quotes), ("what we said", found.ours)):
        for number, excerpt in enumerate(excerpts):
            if not number:
                _line(f"{name}:")
            _line(_told(excerpt), "  ")
    for row in actions:
        until = f" until {row.until:%Y-%m-%d %H:%M}Z" if row.until else ""
        words = f": {row.words}" if row.words else ""
        _line(f"{row.at:%Y-%m-%d %H:%M}Z  {row.who} {_SAID[row.action]}{until}{words}")
    for mail in mails:
        at = mail.finished_at or mail.created_at
        _line(f"{at:%Y-%m-%d %H:%M}Z  mail to {mail.recipient}: {mail.state}, {mail.subject}")
    if found.of < found.stories:
        _line(f"Headline, quotes and phrases are from {found.of} of the {found.stories} stories.")


@incidents_app.command()
def acknowledge(
    incident: Incident,
    words: Words = "",
    who: Who = None,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """Say that you have it, so that others need not ask."""
    _act(brand, incident, "acknowledged", who, words, as_json)


@incidents_app.command()
def mute(
    incident: Incident,
    for_: Annotated[str, typer.Option("--for", help="How long: 90m, 12h, 3d.")] = "12h",
    words: Words = "",
    who: Who = None,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """No mails about it for a while. What is still graver than people were told is told when the time is over."""
    _act(brand, incident, "muted", who, words, as_json, datetime.now(UTC) + _span(for_))


@incidents_app.command()
def unmute(
    incident: Incident,
    words: Words = "",
    who: Who = None,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """Take a mute back."""
    _act(brand, incident, "unmuted", who, words, as_json)


@incidents_app.command()
def note(
    incident: Incident,
    words: Words = "",
    who: Who = None,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """Keep a note with it."""
    _act(brand, incident, "noted", who, words, as_json)


@incidents_app.command()
def close(
    incident: Incident,
    words: Words = "",
    who: Who = None,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """It is over. It stays closed unless what comes after this alarms by itself."""
    _act(brand, incident, "closed", who, words, as_json)


@incidents_app.command()
def reopen(
    incident: Incident,
    words: Words = "",
    who: Who = None,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """Take a closing back."""
    _act(brand, incident, "reopened", who, words, as_json)


def _act(
    brand: Path,
    incident: str,
    action: IncidentAction,
    who: str | None,
    words: str,
    as_json: bool,
    until: datetime | None = None,
) -> None:
    from monitor.cli import show_json
    from monitor.cli_correct import logged_in
    from monitor.pipeline import handling
    from monitor.types import IncidentEntry

    database = _database(brand)
    known = handling.find(database, incident)
    name = who or logged_in()
    entry = IncidentEntry(known.id, action, name, datetime.now(UTC), words, until)
    new = handling.act(database, entry)
    if as_json:
        show_json({"incident": known.id, "action": action, "new": new})
        return
    _line(f"{known.id}: {name} {_SAID[action]}" if new else "Nothing new")


def _span(said: str) -> timedelta:
    found = _SPAN.fullmatch(said.strip().lower())
    if found is None:
        raise typer.BadParameter(f"{said!r} is no span. Remedy: minutes, hours or days, as 90m, 12h or 3d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _database(brand: Path) -> Path:
    from monitor.config import load

    return load(brand).settings.database


def _told(excerpt: Excerpt) -> str:
    at = f"{excerpt.published_at:%Y-%m-%d %H:%M}Z  " if excerpt.published_at else ""
    return f"{at}“{(excerpt.title or excerpt.text)[:160]}” ({excerpt.source}) {excerpt.url[:300]}"


def _line(said: Any, indent: str = "") -> None:
    out.print(indent + " ".join(text.clean(str(said)).split()), markup=False, soft_wrap=True)
