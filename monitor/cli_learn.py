"""`omdomme learn`: what people's decisions about flags teach, with its effect before its use."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from monitor import text

Brand = Annotated[Path, typer.Option("--brand", envvar="OMDOMME_BRAND", help="The brand file.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for machines.")]
DEFAULT_BRAND = Path("brand.yaml")

out = Console(highlight=False)


def register(app: typer.Typer) -> None:
    app.command()(learn)


def learn(
    use: Annotated[
        bool | None,
        typer.Option(
            "--use/--no-use", help="Let what helps be used from now on, or never. Kept for later runs."
        ),
    ] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Show the effect and write nothing.")] = False,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """What decisions about flags teach: fit it, show its effect on cases it has not seen, use it where it helps."""
    from monitor.cli import show_json
    from monitor.pipeline import Monitor

    report = Monitor.open(brand).learn(allow=use, dry=dry)
    if as_json:
        show_json({**asdict(report), "effect": {**asdict(report.effect), "gain": report.effect.gain}})
        return
    show(report)


def show(report: Any) -> None:
    from monitor import caselearning
    from monitor.cli import rows

    effect = report.effect
    asked = f"{caselearning.MIN_CASES} cases, {caselearning.MIN_EACH} of each decision"
    because = {
        "helps": "it helps, and its use is allowed",
        "not_allowed": "it would help; nobody has allowed its use yet: omdomme learn --use",
        "too_few": f"asked are {asked}",
        "one_sided": f"asked are {asked}, in two stories at least",
        "no_gain": f"asked are a gain of {caselearning.MARGIN} in log loss with an interval above 0, a log loss below "
        "the majority's, and an F1 that is no worse",
        "no_flags": "nothing has been flagged yet",
    }[report.why]
    dismissed = effect.cases - effect.confirmed
    cases = f"{effect.cases} in {effect.stories} stories: {effect.confirmed} confirmed, {dismissed} dismissed"
    rows(
        "Learnt from decided cases",
        [("cases", cases), ("in use", f"{'yes' if report.used else 'no'}: {because}")],
    )
    if effect.log_loss is None:
        return
    table = Table(
        title="On cases it has not seen (cross-validated by story)",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    for column in ("", "log loss", "F1 of confirmed"):
        table.add_column(column, justify="right" if column else "left")
    for name, loss, f1 in (
        ("the model alone", effect.log_loss_model, effect.f1_model),
        ("adjusted", effect.log_loss, effect.f1),
        ("majority", effect.log_loss_majority, effect.f1_majority),
    ):
        table.add_row(name, f"{loss:.3f}", f"{f1:.3f}")
    out.print(table)
    weights = ", ".join(f"{text.clean(name)} {weight:+.2f}" for name, weight in report.weights)
    rows(
        "Effect",
        [
            (
                "gain in log loss",
                f"{effect.gain:.3f} ({effect.gain_low:.3f} to {effect.gain_high:.3f}, 95 %)",
            ),
            ("puts aside", f"{report.would_set_aside} of {report.undecided} undecided flags"),
            ("largest weights", weights),
        ],
    )
