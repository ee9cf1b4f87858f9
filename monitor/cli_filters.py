"""The commands that run one stage alone: JSON Lines on stdin, JSON Lines on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from monitor.errors import InputError

BrandFile = Annotated[Path, typer.Option("--brand", help="The brand file.")]
Threads = Annotated[int, typer.Option(min=1, help="Threads for the model.")]
WIDTHS = {"5m": timedelta(minutes=5), "1h": timedelta(hours=1), "1d": timedelta(days=1)}


def register(app: typer.Typer) -> None:
    for command in (match, judge, flag, detect):
        app.command()(command)


def match(brand: BrandFile) -> None:
    """Which targets a mention is about: {id, title?, text, url?, author?, ...} -> {id, relevant, targets}."""
    from monitor.config import load_identity
    from monitor.filters import match_lines

    identity = load_identity(brand)
    _pump(lambda complain: match_lines(sys.stdin.buffer, identity, complain))


def judge(
    brand: Annotated[Path | None, typer.Option("--brand", help="A brand file, for its aliases.")] = None,
    classifier: Annotated[str, typer.Option(help="onnx (bundled), lexicon, hub.")] = "onnx",
    threads: Threads = 2,
) -> None:
    """How a text leaves a target: {id?, title?, text, target, ...} -> three probabilities, label, status."""
    from monitor import classifiers
    from monitor.filters import judge_lines

    identity = None
    if brand:
        from monitor.config import load_identity

        identity = load_identity(brand)
    model = classifiers.load(classifier, threads=threads)
    _pump(lambda complain: judge_lines(sys.stdin.buffer, identity, model, complain))


def flag(
    brand: BrandFile,
    lang: Annotated[Literal["nb", "nn", "en"], typer.Option(help="Language of the reasons.")] = "nb",
    threads: Threads = 2,
) -> None:
    """What conflicts with the identity: {id, voice?, author?, title?, text, ...} -> conflict, statements, quotes."""
    from monitor import classifiers
    from monitor.classifiers import encoder
    from monitor.config import load_conflicts, load_identity
    from monitor.filters import flag_lines
    from monitor.identity import Flagger
    from monitor.types import Asking

    identity, settings = load_identity(brand), load_conflicts(brand)
    model = classifiers.load("onnx", threads=threads)
    flagger = Flagger(identity, encoder.load(threads=threads))
    second = None
    if settings.second is not None:
        from monitor.pipeline.second import second_opinions  # only here: it brings the database along

        second = second_opinions(settings, identity, flagger)
    try:
        _pump(lambda complain: flag_lines(sys.stdin.buffer, identity, flagger, model, lang, complain, second))
    finally:
        if second and isinstance(second.judge, Asking) and (said := second.judge.summary()):
            print(f"second opinions: {said}", file=sys.stderr)


def detect(
    bin: Annotated[
        Literal["5m", "1h", "1d"] | None, typer.Option(help="Width; default the smallest gap.")
    ] = None,
    scores: Annotated[
        bool, typer.Option("--scores", help="A score for every bin instead of incidents.")
    ] = False,
) -> None:
    """Spikes in a series of counts: {at, count, total?} -> one line per incident."""
    from monitor.filters import detect_lines
    from monitor.spikes import SpikeSettings

    width = WIDTHS[bin] if bin else None
    settings = SpikeSettings(timezone="UTC", holidays="")  # nobody said whose series it is
    _pump(lambda complain: detect_lines(sys.stdin.buffer, settings, complain, width=width, scores=scores))


def _pump(lines: Any) -> None:
    """Writes each row as one line; exit code 2 when some input lines were broken."""
    broken = 0

    def complain(error: InputError) -> None:
        nonlocal broken
        broken += 1
        print(f"omdomme: {error}", file=sys.stderr)

    rows: Iterable[dict[str, Any]] = lines(complain)
    out = sys.stdout.buffer
    for row in rows:
        out.write(
            json.dumps(row, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass") + b"\n"
        )
    out.flush()
    if broken:
        print(f"omdomme: {broken} broken lines", file=sys.stderr)
        raise typer.Exit(2)
