"""`omdomme forget` and `omdomme export-person`: people's rights, and the log that proves they were met."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.pipeline.forgetting import ForgetReport, Forgetter
    from monitor.store import Rule, RuleKind

Brand = Annotated[Path, typer.Option("--brand", envvar="OMDOMME_BRAND", help="The brand file.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for machines.")]
DEFAULT_BRAND = Path("brand.yaml")
_DAYS = {"d": 1, "w": 7, "y": 365}

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def register(app: typer.Typer) -> None:
    app.command()(forget)
    app.command("export-person")(export_person)


def forget(
    author: Annotated[
        str | None, typer.Option(help="All by this author: a name as it was shown, or a pseudonym.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="All that has this address.")] = None,
    source: Annotated[str | None, typer.Option(help="All that came from this source.")] = None,
    before: Annotated[str | None, typer.Option(help="All said before this date, as 2025-01-01.")] = None,
    older_than: Annotated[
        str | None, typer.Option("--older-than", help="All said longer ago: 365d, 52w or 2y.")
    ] = None,
    retention: Annotated[
        bool, typer.Option("--retention", help="What the brand file's retention says; counts stay.")
    ] = False,
    log: Annotated[
        bool, typer.Option("--log", help="What was forgotten so far; with a rule, only what it named.")
    ] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="Show what would go, and remove nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """Remove mentions and everything derived from them, for good. Needs one rule."""
    from monitor.cli import show_json
    from monitor.pipeline.forgetting import Forgetter

    given: dict[RuleKind, list[str]] = {
        "author": [v for v in (author,) if v is not None],
        "url": [v for v in (url,) if v is not None],
        "source": [v for v in (source,) if v is not None],
        "age": [v for v in (before, older_than) if v is not None],
        "retention": ["the brand file"] if retention else [],
    }
    named = [(kind, value) for kind, values in given.items() for value in values]
    if len(named) > 1 or (not named and not log):
        raise ConfigError(
            "Needs one rule. Remedy: give one of --author, --url, --source, --before, --older-than, --retention"
        )
    if named and not named[0][1].strip():
        raise ConfigError(f"--{named[0][0]} is empty. Remedy: say what is to be forgotten")
    forgetter = Forgetter.open(brand)
    if log:
        _show_log(forgetter, named[0] if named else None, as_json)
        return
    rule, argument = _rule(forgetter, *named[0], older=older_than is not None)
    report = forgetter.preview(rule, argument)
    if not dry:
        if not yes:
            _show(report, argument)
            typer.confirm("Remove this for good?", abort=True, err=True)
        report = forgetter.forget(rule, argument)
    show_json(asdict(report)) if as_json else _show(report, argument)


def export_person(
    person: Annotated[str, typer.Argument(help="A name as it is shown, or a pseudonym.")],
    folder: Annotated[Path, typer.Option("--out", help="The folder to write; new or empty.")],
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """Write all that is stored about a person, as author or target, to a folder."""
    from monitor.cli import show_json
    from monitor.pipeline.exporting import export_person as write
    from monitor.pipeline.forgetting import Forgetter

    written = write(Forgetter.open(brand), person, folder)
    if as_json:
        show_json(written)
        return
    for name, rows in written.items():
        err.print(f"{folder / name}: {rows} rows", markup=False)
    err.print(f"{folder / 'person.txt'}: the same, to be read", markup=False)


def _rule(forgetter: Forgetter, kind: RuleKind, value: str, *, older: bool) -> tuple[Rule, str]:
    """The rule, and its argument as the log's digest is made of."""
    from monitor.store import Rule

    if kind == "author":
        return forgetter.by_author(value), value
    if kind == "url":
        return forgetter.by_url(value), value
    if kind == "source":
        return Rule("source", source=value), value
    if kind == "age":
        at = _ago(value, forgetter.now()) if older else _midnight(value, forgetter.config.settings.timezone)
        return Rule("age", before=at), at.isoformat()
    months = forgetter.config.settings.retention
    if not any((months.mentions, months.unrelated, months.own)):
        raise ConfigError("The brand file has no retention. Remedy: add retention: {mentions: 24} to it")
    return forgetter.retention(), forgetter.retention_argument()


def _midnight(value: str, timezone: str) -> datetime:
    try:
        day = datetime.strptime(value.strip(), "%Y-%m-%d")  # noqa: DTZ007  the zone comes next
    except ValueError:
        raise ConfigError(f"--before: {value!r} is not a date. Remedy: write it as 2025-01-01") from None
    return day.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def _ago(value: str, now: datetime) -> datetime:
    found = re.fullmatch(r"([0-9]{1,5})([dwy])", value.strip().lower())
    if not found or int(found[1]) == 0:
        raise ConfigError(f"--older-than: {value!r} is no age. Remedy: write it as 365d, 52w or 2y")
    try:
        return now - timedelta(days=int(found[1]) * _DAYS[found[2]])
    except OverflowError:
        raise ConfigError(f"--older-than: {value!r} is before the first year. Remedy: write less") from None


def _show(report: ForgetReport, argument: str) -> None:
    from monitor.cli import rows

    removed = [(f"  {table}", count) for table, count in report.removed.items() if table != "mentions"]
    title = "Forgotten" if report.done else "Would be forgotten"
    rows(
        title, [("mentions", report.mentions), *removed, ("in the log as", f"{report.rule} {report.digest}")]
    )
    if report.sent:
        count = len(report.sent)
        err.print(
            f"{count} mails that quoted this have left already and cannot be called back: "
            f"{', '.join(report.sent[:10])}{' ...' if count > 10 else ''}",
            markup=False,
        )


def _show_log(forgetter: Forgetter, named: tuple[RuleKind, str] | None, as_json: bool) -> None:
    from monitor.cli import show_json

    found, broken = forgetter.log()
    if named:
        digest = forgetter.digest(*named)
        found = [
            row for row in found if row.rule == named[0] and (row.digest == digest or named[0] == "retention")
        ]
    if as_json:
        show_json({"intact": broken is None, "first_broken": broken, "rows": [asdict(row) for row in found]})
    else:
        for row in found:
            counts = (
                ", ".join(f"{table} {count}" for table, count in row.removed.items()) or "nothing was stored"
            )
            out.print(
                f"{row.number}  {row.at:%Y-%m-%d %H:%M}Z  {row.rule}  {row.digest}: {counts}",
                markup=False,
                soft_wrap=True,
            )
        if not found:
            err.print("Nothing of that kind was forgotten.", markup=False)
        if broken is not None:
            err.print(
                f"The seal of row {broken} does not fit: the log was changed, or the key is another one.",
                markup=False,
            )
    if broken is not None:
        raise typer.Exit(1)
