"""The commands by which people overrule a verdict, and by which a new model judges again."""

from __future__ import annotations

import csv
import getpass
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from monitor import text
from monitor.errors import ConfigError, Problem

Brand = Annotated[Path, typer.Option("--brand", envvar="OMDOMME_BRAND", help="The brand file.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")]
DEFAULT_BRAND = Path("brand.yaml")
STANDINGS = ("negative", "neutral", "positive", "unsure", "unjudged")
FILE_MOST = 20_000_000  # bytes of a file of corrections
_STATES = {
    "holds": "holds",
    "to_confirm": "to be confirmed: the text has changed since",
    "replaced": "replaced by a later one",
    "withdrawn": "withdrawn",
    "gone": "without effect: the mention is not about this target any more",
}
FIELDS = ("mention", "target", "label", "why", "who")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def register(app: typer.Typer) -> None:
    for command in (correct, rejudge):
        app.command()(command)


def correct(
    mention: Annotated[
        str | None, typer.Argument(help="The mention's id, four or more of its first characters, or its URL.")
    ] = None,
    target: Annotated[str | None, typer.Argument(help="Toward whom, as the brand file names it.")] = None,
    label: Annotated[str | None, typer.Argument(help="negative, neutral or positive.")] = None,
    why: Annotated[str, typer.Option(help="Why the verdict is wrong, in a few words.")] = "",
    who: Annotated[str | None, typer.Option(help="Who says so; default: who is logged in.")] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take the correction back.")] = False,
    file: Annotated[
        Path | None,
        typer.Option(help="Many at once, all or none: .csv or .jsonl with mention,target,label,why,who."),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Every correction there was, newest first.")] = False,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """Overrule a verdict: a person's word stands before any model's until the text changes."""
    from monitor.config import load
    from monitor.pipeline.correcting import WITHDRAW, Wish

    if sum((listed, file is not None, mention is not None)) != 1:
        raise typer.BadParameter("give a mention, --file or --list, and only one of them")
    database = load(brand).settings.database
    if listed:
        _list(database, as_json)
        return
    name = who or logged_in()
    if file is not None:
        _write(database, list(_from_file(file, name)), as_json)
        return
    if withdraw and label is not None:
        raise typer.BadParameter("--withdraw takes no label")
    if mention is None or target is None or (label is None and not withdraw):
        raise typer.BadParameter("say MENTION TARGET LABEL, or MENTION TARGET --withdraw")
    _write(database, [Wish(mention, target, WITHDRAW if withdraw else label or "", name, why)], as_json)


def _write(database: Path, wishes: list[Any], as_json: bool) -> None:
    from monitor.cli import show_json
    from monitor.pipeline import correcting

    written, understood = correcting.correct_all(database, wishes, datetime.now(UTC))
    if as_json:
        show_json({"written": written, "given": len(understood)})
        return
    for c in understood if len(understood) == 1 else ():
        told = "taken back" if c.label is None else c.label
        out.print(f"{c.mention_id}, {c.target}: {told}" if written else "Nothing new", markup=False)
    if len(understood) != 1:
        out.print(f"{written} corrections written, {len(understood) - written} known already", markup=False)


def _list(database: Path, as_json: bool) -> None:
    from monitor import readmodel
    from monitor.cli import show_json

    found = readmodel.correction_history(database)
    if as_json:
        show_json([asdict(row) for row in found])
        return
    for row in found:  # not a table: an id that is cut cannot be used again
        label = row.label or "taken back"
        model = f"model: {row.model_label}" if row.model_label else "no model had judged it"
        said = f"{row.at:%Y-%m-%d %H:%M}Z  {row.who}: {row.target} {label} ({model}), {_STATES[row.state]}"
        about = f"{row.mention_id}  {(row.title or row.text)[:100]}"
        for indent, line in (("", said), ("  ", about), ("  ", row.why)):
            out.print(indent + " ".join(text.clean(line).split()), markup=False, soft_wrap=True)


def logged_in() -> str:
    """Who is, "" when nobody can tell."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""  # then who must be said: the error says so


def _from_file(path: Path, name: str) -> Iterator[Any]:
    """The wishes of a file; ConfigError names every line that is not one."""
    from monitor.pipeline.correcting import Wish

    read = {".csv": _csv, ".jsonl": _jsonl}.get(path.suffix.lower())
    if read is None:
        raise ConfigError(f"{path}: is no file of corrections. Remedy: a name that ends in .csv or .jsonl")
    problems: list[Problem] = []
    wishes = []
    try:
        if path.stat().st_size > FILE_MOST:
            raise ConfigError(f"{path}: is larger than {FILE_MOST // 10**6} MB. Remedy: split it")
        for line, values in read(path.read_text(encoding="utf-8-sig")):
            problem = values if isinstance(values, str) else _unfit(values)
            if problem or isinstance(values, str):
                problems.append(Problem(str(path), line, "", problem, "see docs/corrections.md"))
                continue
            given = {field: (values.get(field) or "").strip() for field in FIELDS}
            wishes.append(
                Wish(
                    given["mention"], given["target"], given["label"], given["who"] or name, given["why"],
                    str(path), line,
                )
            )  # fmt: skip
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    if problems:
        raise ConfigError(problems=problems[:20])
    if not wishes:
        raise ConfigError(f"{path}: holds no correction. Remedy: see docs/corrections.md")
    yield from wishes


def _unfit(values: dict[str, Any]) -> str:
    missing = [field for field in FIELDS[:4] if field not in values]
    if missing:
        return f"has no {', '.join(missing)}"
    odd = [field for field in FIELDS if not isinstance(values.get(field, ""), str | None)]
    return f"{', '.join(odd)} must be text" if odd else ""


def _csv(content: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    reader = csv.DictReader(content.splitlines(keepends=True), strict=True)
    try:
        for row in reader:
            yield reader.line_num, row if None not in row else "has more cells than the first line"
    except csv.Error as error:
        yield reader.line_num + 1, f"is no CSV: {error}"


def _jsonl(content: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, f"is no JSON: {error}"
            continue
        yield number, values if isinstance(values, dict) else "is no JSON object"


def rejudge(
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only mentions said on this day (UTC) or later."),
    ] = None,
    batch: Annotated[int, typer.Option(min=1, max=100_000, help="Pairs judged and written at a time.")] = 512,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """After a change of model: judge again what another model judged, newest first. Can be stopped and run again."""
    from monitor.cli import show_json
    from monitor.pipeline import Monitor

    opened = Monitor.open(brand)
    start = since.replace(tzinfo=UTC) if since else None
    with _progress() as progress:
        report = opened.rejudge(start, batch=batch, progress=progress)
    if as_json:
        show_json({**asdict(report), "changed": report.changed})
    else:
        _show(report)
    if report.why:
        err.print(f"stopped: {report.why}", markup=False)
        raise typer.Exit(3)


@contextmanager
def _progress() -> Iterator[Callable[[int, int | None, str], None]]:
    """A bar on a terminal; elsewhere a line on stderr for each tenth, since this can take hours."""
    from monitor.cli import bar

    if err.is_terminal:
        with bar() as progress:
            yield progress
        return
    told = -1

    def tell(done: int, total: int | None, what: str) -> None:
        nonlocal told
        tenth = 10 * done // max(total or 1, 1)
        if tenth > told:
            told = tenth
            err.print(f"{what}: {done} of {total}", markup=False)

    yield tell


def _show(report: Any) -> None:
    from monitor.cli import rows

    rows(
        "Judged again",
        [
            ("model", ", ".join(report.models)),
            ("judged", f"{report.judged} (mention, target)"),
            ("taken up again", f"{report.known} it had judged before"),
            ("changed", report.changed),
            ("corrected by people", f"{report.corrected}, untouched"),
            ("left", report.left),
        ],
    )
    if not report.changes:
        return
    counts = {(before, now): count for before, now, count in report.changes}
    table = Table(title="From (rows) to (columns)", title_justify="left", box=None, pad_edge=False)
    table.add_column("")
    for now in STANDINGS:
        table.add_column(now, justify="right")
    for before in STANDINGS:
        if any(key[0] == before for key in counts):
            table.add_row(before, *(str(counts.get((before, now), 0)) for now in STANDINGS))
    out.print(table)
