"""The command that says how good a judge is, on a labelled file or on what people corrected."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, TextIO

import typer
from rich.markup import escape

from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.evaluation import Given, Gold, Report, Sheet
    from monitor.labelled import Pair, Tally
    from monitor.types import Classifier, Verdict

DEFAULT_BRAND = Path("brand.yaml")
PARTLY = 3


def register(app: typer.Typer) -> None:
    app.command()(evaluate)


def evaluate(
    file: Annotated[
        Path | None, typer.Argument(help="JSON Lines with gold labels; - = standard input.", allow_dash=True)
    ] = None,
    corrections: Annotated[
        bool, typer.Option("--corrections", help="On what people corrected, instead of a file.")
    ] = False,
    brand: Annotated[
        Path | None,
        typer.Option("--brand", envvar="OMDOMME_BRAND", help="A brand file: aliases, languages, classifier."),
    ] = None,
    classifier: Annotated[str | None, typer.Option(help="Another one than the configured.")] = None,
    threads: Annotated[int, typer.Option(min=1, help="Threads for the model.")] = 2,
    predictions: Annotated[
        Path | None,
        typer.Option(help="Evaluate these {negative, neutral, positive} lines; no model is run."),
    ] = None,
    write_predictions: Annotated[Path | None, typer.Option(help="Write the model's lines here.")] = None,
    min_group: Annotated[int, typer.Option(min=1, help="Fewest rows that are shown as a group.")] = 30,
    samples: Annotated[int, typer.Option(min=100, max=100_000, help="Draws of the bootstrap.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for machines.")] = False,
) -> None:
    """How good the judge is, on labelled lines: F1 with intervals, groups, calibration, two baselines."""
    from monitor.cli import show_json
    from monitor.config import load
    from monitor.evaluation import Sheet, assess
    from monitor.labelled import Tally

    if (file is None) == (not corrections):
        raise typer.BadParameter("give a FILE or --corrections, and only one of them")
    if predictions is not None and (classifier is not None or write_predictions is not None):
        raise typer.BadParameter("--predictions runs no model: no --classifier and no --write-predictions")
    config = load(brand or DEFAULT_BRAND) if brand or corrections else None
    tally = Tally(lambda error: print(f"omdomme: {error}", file=sys.stderr))
    sheet = Sheet()
    with _opened(file) as stream, _written(write_predictions) as output:
        if stream is None:
            pairs = tally.corrected_pairs(config or load(DEFAULT_BRAND))
        else:
            pairs = tally.file_pairs(stream, config)
        _judge(pairs, _judge_of(predictions, classifier, config, threads), sheet, tally, output)
    if not len(sheet):
        what = "no correction that holds" if corrections else "no labelled line"
        raise ConfigError(f"{file or brand or DEFAULT_BRAND}: {what}. Remedy: see docs/evaluation.md")
    report = assess(sheet.columns(), samples=samples, seed=seed, min_group=min_group)
    if as_json:
        show_json(asdict(report) | tally.as_json())
    else:
        _show(str(file or "corrections"), report, tally)
    if tally.stopped:
        print(f"omdomme: the judge stopped answering: {tally.stopped}", file=sys.stderr)
    if tally.broken:
        print(f"omdomme: {tally.broken} broken lines", file=sys.stderr)
    if tally.broken or tally.stopped:
        raise typer.Exit(2 if tally.broken else PARTLY)


def _judge_of(
    predictions: Path | None, name: str | None, config: Config | None, threads: int
) -> Classifier | Given:
    from monitor import classifiers, sentiment
    from monitor.evaluation import Given
    from monitor.types import Asking

    if predictions is not None:
        return Given(predictions, sentiment.UNSURE_BELOW)
    settings = config.settings if config else None
    configured = settings.classifier if settings else "onnx"
    options = settings.classifier_options if settings and (name or configured) == configured else {}
    judge = classifiers.load(name or configured, threads=threads, options=options)
    if isinstance(judge, Asking):
        judge.begin()
    return judge


def _judge(
    pairs: Iterable[Pair],
    judge: Classifier | Given,
    sheet: Sheet,
    tally: Tally,
    output: TextIO | None,
) -> None:
    """A batch of pairs at a time, each judged by the judge and by the word list; texts are not kept."""
    from monitor import classifiers, sentiment
    from monitor.cli import bar
    from monitor.evaluation import Given
    from monitor.jsonlines import batches
    from monitor.types import LABELS, Asking

    lexicon = classifiers.load("lexicon")
    with bar() as progress:
        for batch in batches(pairs):
            requests = [request for _, request, _ in batch]
            if isinstance(judge, Given):
                verdicts = [judge.verdict(gold.row.get("id"), request) for gold, request, _ in batch]
            else:
                verdicts = sentiment.judge(requests, judge)
            by_words = sentiment.judge(requests, lexicon)
            for (gold, request, then), verdict, words in zip(batch, verdicts, by_words, strict=True):
                sheet.add(gold, request, verdict, words)
                now = verdict.label if verdict.status != "unjudged" else "unjudged"
                tally.compare(then, LABELS[gold.label], now)
                if output:
                    output.write(_line(gold, verdict))
            progress(len(sheet), None, "judge")
    if isinstance(judge, Given):
        judge.done()
    elif isinstance(judge, Asking):
        tally.stopped = judge.stopped


def _line(gold: Gold, verdict: Verdict) -> str:
    row = {"id": gold.row["id"]} if gold.row.get("id") is not None else {}
    row |= {
        "target": verdict.target,
        "label": verdict.label,
        "negative": verdict.negative,
        "neutral": verdict.neutral,
        "positive": verdict.positive,
        "status": verdict.status,
        "model": verdict.model,
    }
    return json.dumps(row, ensure_ascii=True, allow_nan=False) + "\n"


@contextmanager
def _opened(file: Path | None) -> Iterator[BinaryIO | None]:
    if file is None:
        yield None
    elif str(file) == "-":
        yield sys.stdin.buffer
    else:
        try:
            stream = file.open("rb")
        except OSError as error:
            raise ConfigError(f"{file}: cannot be read ({error.strerror}).") from error
        with stream:
            yield stream


@contextmanager
def _written(path: Path | None) -> Iterator[TextIO | None]:
    """The file appears when all is written, so that half of one is never taken for the whole."""
    if path is None:
        yield None
        return
    part = path.with_name(path.name + ".part")
    try:
        output = part.open("w", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror}).") from error
    try:
        with output:
            yield output
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _show(name: str, report: Report, tally: Tally) -> None:
    from monitor.cli import out
    from monitor.evaluation import tables
    from monitor.labelled import BIASED

    out.print(
        f"{name}: {tally.lines} lines, {report.n} labelled pairs; judged by {', '.join(report.models)}",
        markup=False, soft_wrap=True,
    )  # fmt: skip
    if tally.corrections:
        out.print(f"{BIASED} {_then_and_now(tally)}", markup=False, soft_wrap=True)
    for table in tables(report):
        out.print(f"\n{table.title}", markup=False, soft_wrap=True)
        out.print(_drawn(table.header, table.rows))
        for note in table.notes:
            out.print(note, markup=False, soft_wrap=True)


def _then_and_now(tally: Tally) -> str:
    return (
        f"{tally.overruled} go against the stored verdict: {tally.now_right} of them are right now. "
        f"{tally.confirmed} agree with it: {tally.now_wrong} of them are wrong now."
    )


def _drawn(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for i, column in enumerate(header):
        table.add_column(column, justify="right" if i else "left", no_wrap=bool(i))
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    return table
