"""`omdomme ...`: the whole job and its parts from the command line.

Exit codes: 0 done; 1 could not be done (the message says why and what to do); 2 wrong usage, or some input lines
were broken; 3 done, but a source could not be read or a mail not sent. Data goes to stdout, progress and
messages to stderr; bars are drawn only on a terminal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import monitor
from monitor import (
    cli_correct,
    cli_digest,
    cli_evaluate,
    cli_filters,
    cli_goals,
    cli_history,
    cli_incidents,
    cli_learn,
    cli_messages,
    cli_privacy,
    cli_serve,
    cli_sources,
    cli_staff,
    cli_statements,
    cli_triage,
    cli_views,
)
from monitor.errors import ConfigError, OmdommeError

app = typer.Typer(
    name="omdomme",
    help="What is said about a brand and its leaders, judged toward each of them and against who we say we are.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
export_app = typer.Typer(help="Write what is stored to a file for other tools.", no_args_is_help=True)
app.add_typer(export_app, name="export")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Brand = Annotated[Path, typer.Option("--brand", envvar="OMDOMME_BRAND", help="The brand file.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for machines.")]
DEFAULT_BRAND = Path("brand.yaml")
PARTLY = 3


@contextmanager
def bar() -> Iterator[Any]:
    """A progress callback that draws a bar on a terminal and is silent elsewhere."""
    if not err.is_terminal:
        yield lambda done, total, what: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total, what: progress.update(
            task, completed=done, total=total, description=escape(what)
        )


def show_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, default=_plain, allow_nan=False))


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def rows(title: str, pairs: list[tuple[str, object]]) -> None:
    table = Table(title=title, title_justify="left", show_header=False, box=None, pad_edge=False)
    for name, value in pairs:
        table.add_row(name, escape(str(value)))
    out.print(table)


def _failures(failed: tuple[tuple[str, str, bool], ...], mails: tuple[str, ...]) -> None:
    for source, error, weather in failed:
        kind = "not now" if weather else "failed"
        err.print(f"source {source} {kind}: {error}", markup=False)
    for error in mails:
        err.print(f"mail not sent: {error}", markup=False)
    if failed or mails:
        raise typer.Exit(PARTLY)


@app.command()
def run(brand: Brand = DEFAULT_BRAND, as_json: AsJson = False) -> None:
    """One pass: collect, analyse, alert. Needs no Prefect server."""
    from monitor.pipeline import Monitor

    with bar() as progress:
        report = Monitor.open(brand).run(progress)
    if as_json:
        show_json(asdict(report))
    else:
        _show_collect(report.collect)
        _show_analyse(report.analyse)
        _show_alert(report.alert)
    _failures(report.collect.failed, report.alert.failed)


@app.command()
def collect(
    brand: Brand = DEFAULT_BRAND,
    source: Annotated[list[str] | None, typer.Option(help="Only this source; may be given again.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Also read back to this day (UTC); goes on where it was stopped."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask the sources once and store what is new."""
    from monitor.pipeline import Monitor

    opened = Monitor.open(brand)
    known = {spec.id for spec in opened.config.sources}
    if unknown := sorted(set(source or ()) - known):
        raise ConfigError(
            f"There is no source {', '.join(unknown)}. Sources: {', '.join(sorted(known)) or 'none'}"
        )
    if since is not None:
        from monitor.cli_health import show_backfill

        with bar() as progress:
            walked = opened.backfill(since.replace(tzinfo=UTC), source or None, progress)
        if as_json:
            show_json(asdict(walked))
        else:
            _show_collect(walked.collected)
            show_backfill(walked)
        failed = [(walk.source, walk.error, False) for walk in walked.sources if walk.outcome == "failed"]
        _failures((*walked.collected.failed, *failed), ())
        return
    with bar() as progress:
        report = opened.collect(source or None, progress)
    show_json(asdict(report)) if as_json else _show_collect(report)
    _failures(report.failed, ())


@app.command()
def analyse(brand: Brand = DEFAULT_BRAND, as_json: AsJson = False) -> None:
    """Match, group, judge and flag everything that is due."""
    from monitor.pipeline import Monitor

    with bar() as progress:
        report = Monitor.open(brand).analyse(progress)
    show_json(asdict(report)) if as_json else _show_analyse(report)


@app.command()
def alert(brand: Brand = DEFAULT_BRAND, as_json: AsJson = False) -> None:
    """Look for incidents and send the mails that are waiting."""
    from monitor.pipeline import Monitor

    report = Monitor.open(brand).alert()
    show_json(asdict(report)) if as_json else _show_alert(report)
    _failures((), report.failed)


def _show_collect(report: Any) -> None:
    counts = report.counts
    rows(
        "Collected",
        [
            ("sources asked", f"{report.asked} ({report.unchanged} unchanged, {len(report.failed)} failed)"),
            ("sources not due", report.not_due),
            ("mentions", f"{counts.new} new, {counts.edited} edited, {counts.known} known"),
            ("entries dropped", report.dropped),
        ],
    )


def _show_analyse(report: Any) -> None:
    if report.asked:
        err.print(f"asked elsewhere: {report.asked}", markup=False)
    if report.asked_conflicts:
        stood = f"{report.unanswered} flags stand as they were" if report.unanswered else "all answered"
        err.print(f"second opinions on conflicts: {report.asked_conflicts}; {stood}", markup=False)
    if report.outdated:
        hint = "by another model than the one in use. To judge them again: omdomme rejudge"
        err.print(f"{report.outdated} verdicts are {hint}", markup=False)
    rows(
        "Analysed",
        [
            ("matched", f"{report.matched}, of which {report.relevant} about us"),
            ("judged", f"{report.judged} (mention, target)"),
            ("flagged", f"{report.conflicts} of {report.flagged} mentions conflict with the identity"),
            *([("second opinions", report.second_opinions)] if report.asked_conflicts else []),
            *([("private posts left alone", report.left_alone)] if report.left_alone else []),
        ],
    )


def _show_alert(report: Any) -> None:
    down = [("sources newly down", report.down)] if report.down else []
    incidents = ("incidents", f"{report.opened} new, {report.open} open")
    rows("Alerts", [incidents, *down, ("mails sent", report.sent)])


@app.command()
def status(brand: Brand = DEFAULT_BRAND, as_json: AsJson = False) -> None:
    """What came in, what is due, and how each source is doing."""
    from monitor import readmodel
    from monitor.cli_health import remedy_for, show_silent, show_sources
    from monitor.config import load
    from monitor.pipeline import views
    from monitor.pipeline.quiet import silent_targets

    config, now = load(brand), datetime.now(UTC)
    path = config.settings.database
    known = {health.source: health for health in readmodel.source_health(path, now)}
    found, quiet = readmodel.status(path), silent_targets(config, now)
    if as_json:
        never = [s.id for s in config.sources if s.id not in known]
        told = [{**asdict(h), "remedy": remedy_for(h, "en")} for h in known.values()]
        more = {"never_asked": never, "silent_targets": dict(quiet), "views": views.warnings(config)}
        show_json({**asdict(found), "sources": told, **more})
        return
    if not path.exists():
        out.print(f"Nothing has been collected yet. Next: omdomme run --brand {brand}", markup=False)
    rows(
        config.identity.name,
        [
            ("mentions", f"{found.mentions}, of which {found.relevant} about us in {found.stories} stories"),
            *((f"  {target}", count) for target, _, count in found.per_target),
            ("judged", f"{found.verdicts} (mention, target)"),
            ("corrected by people", f"{found.corrected}, {found.to_confirm} to be confirmed"),
            ("in conflict", f"{found.flagged}: {_case_counts(found)}"),
            ("incidents", f"{found.incidents}, {found.open_incidents} open"),
            ("mails", f"{found.mails_sent} sent, {found.mails_waiting} waiting, {found.mails_failed} failed"),
            ("due", f"{found.due_match} to match, {found.due_judge} to judge, {found.due_flag} to flag"),
            ("last collected", _short(found.last_collected_at)),
        ],
    )
    show_sources([spec.id for spec in config.sources], known)
    show_silent(quiet)
    for warning in views.warnings(config):
        out.print(escape(warning), soft_wrap=True)


def _case_counts(found: Any) -> str:
    counts = dict(found.cases)
    told = {"open": "open", "to_confirm": "to be confirmed", "confirmed": "confirmed"}
    more = {"dismissed": "dismissed", "set_aside": "put aside"}
    inside = ", ".join(f"{counts.get(state, 0)} {word}" for state, word in told.items())
    outside = ", ".join(f"{counts.get(state, 0)} {word}" for state, word in more.items())
    return f"{inside}; not counted: {outside}"


def _short(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z" if at else "never"


@export_app.command("mentions")
def export_mentions(
    format: Annotated[Literal["csv", "jsonl", "parquet"], typer.Option("--format", help="File format.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file to write.")] = None,
    brand: Brand = DEFAULT_BRAND,
) -> None:
    """One row per (mention, target), with its verdict and flag. Default file: mentions.FORMAT."""
    from monitor import readmodel
    from monitor.config import load

    target = output or Path(f"mentions.{format}")
    written = readmodel.export_mentions(load(brand).settings.database, target, format)
    err.print(f"{written} rows written to {target}", markup=False)


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = DEFAULT_BRAND,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
) -> None:
    """Write a commented starter brand file."""
    from monitor.config import template

    if path.exists() and not force:
        raise ConfigError(f"{path} exists. Remedy: choose another name, or --force to replace it")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(template(), encoding="utf-8")
    err.print(f"{path} written. Next: edit it, then omdomme check {path}", markup=False)


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="The brand file.")] = DEFAULT_BRAND, as_json: AsJson = False
) -> None:
    """Name every mistake in a brand file: file, line, field and remedy. Exit code 1 when there is an error."""
    from monitor import channels, goals, sources
    from monitor.classifiers import second_flag
    from monitor.config import check as check_file

    problems = check_file(
        path,
        source_kinds=sources.kinds(),
        second_judge=second_flag.load,
        measures={name: kind.narrows for name, kind in goals.MEASURES.items()},
        channel=channels.examine,
    )
    errors = sum(problem.level == "error" for problem in problems)
    if as_json:
        show_json([asdict(problem) for problem in problems])
    else:
        for problem in problems:
            out.print(f"{problem.level}: {problem}", markup=False, soft_wrap=True)
        out.print(f"{path}: {errors} errors, {len(problems) - errors} warnings", markup=False)
    if errors:
        raise typer.Exit(1)


@app.command()
def schema() -> None:
    """The JSON Schema of the brand file, for editors."""
    from monitor.config import json_schema

    print(json.dumps(json_schema(), ensure_ascii=False, indent=2))


@app.command("convert-brand")
def convert_brand(path: Annotated[Path, typer.Argument(help="A brand file in any known dialect.")]) -> None:
    """Print a brand file in the canonical form."""
    from monitor.config import convert

    sys.stdout.write(convert(path))


cli_correct.register(app)
cli_triage.register(app)
cli_incidents.register(app)
cli_learn.register(app)
cli_serve.register(app)
cli_filters.register(app)
cli_evaluate.register(app)
cli_staff.register(app)
cli_statements.register(app)
cli_goals.register(app)
cli_sources.register(app)
cli_privacy.register(app)
cli_messages.register(app)
cli_digest.register(app)
cli_history.register(app)
cli_views.register(app)


def _version(value: bool) -> None:
    if value:
        print(monitor.__version__)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Entry point: expected errors become one message on stderr and exit code 1."""
    try:
        app()
    except ConfigError as error:
        for problem in error.problems:
            err.print(str(problem), markup=False, soft_wrap=True)
        if not error.problems:
            err.print(f"omdomme: {error}", markup=False, soft_wrap=True)
        sys.exit(1)
    except OmdommeError as error:
        err.print(f"omdomme: {error}", markup=False, soft_wrap=True)
        sys.exit(1)
    except BrokenPipeError:
        # The reader went away (`| head`): not our error; stdout must not be flushed again at exit.
        sys.stdout = None
        sys.exit(0)


if __name__ == "__main__":
    main()
