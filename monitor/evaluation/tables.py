"""A report as tables of words: what `omdomme evaluate` prints. No drawing is done here."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.evaluation.report import Report
from monitor.types import LABELS

DASH = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """``notes`` stand under it, a line each. The first column is text, the others are figures."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def tables(report: Report) -> list[Table]:
    found = [_systems(report), _classes(report), _confusion(report)]
    for dimension in dict.fromkeys(group.dimension for group in report.groups):
        found.append(_groups(report, dimension))
    return [*found, _unsure(report), _calibration(report)]


def _systems(report: Report) -> Table:
    rows = [
        (
            s.name,
            figure(s.macro_f1),
            _interval(s.interval),
            figure(s.accuracy),
            *(figure(c.f1) for c in s.classes),
        )
        for s in report.systems
    ]
    notes = [
        f"n {report.answered}. 95 % interval: bootstrap over {report.clusters} {_unit(report)}, "
        f"{report.samples} draws, seed {report.seed}."
        if report.systems[0].interval
        else f"n {report.answered}. No interval: fewer than two texts.",
        f"Gold labels: {', '.join(f'{n} by {by}' for by, n in report.gold_by.items())}.",
    ]
    if report.without_gold:
        notes.append(
            f"No gold label is {' or '.join(report.without_gold)}: macro-F1 is over the classes that occur."
        )
    if report.mood.n:
        notes.append(
            f"{report.mood.n} of these labels have the mood of the wording beside the standing. The two differ in "
            f"{report.mood.differ}; the mood as an answer would have macro-F1 {figure(report.mood.macro_f1)} there."
        )
    if report.unjudged:
        macro, accuracy = report.unjudged_as_wrong
        notes.append(
            f"{report.unjudged} more were left unjudged. Counted as wrong, the model's macro-F1 is {figure(macro)}, "
            f"its accuracy {figure(accuracy)}."
        )
    return Table(
        "Against the baselines",
        ("", "macro-F1", "95 %", "accuracy", *(f"F1 {label}" for label in LABELS)),
        tuple(rows),
        tuple(notes),
    )


def _classes(report: Report) -> Table:
    return Table(
        "By class",
        ("", "n", "precision", "recall", "F1"),
        tuple(
            (c.label, str(c.n), figure(c.precision), figure(c.recall), figure(c.f1))
            for c in report.systems[0].classes
        ),
    )


def _confusion(report: Report) -> Table:
    header = (*LABELS, *(("unjudged",) if report.unjudged else ()))
    return Table(
        "Gold (rows) and what the model said (columns)",
        ("", *header),
        tuple(
            (label, *(str(n) for n in row[: len(header)]))
            for label, row in zip(LABELS, report.confusion, strict=True)
        ),
    )


def _groups(report: Report, dimension: str) -> Table:
    rows = []
    partly = False
    for g in report.groups:
        if g.dimension == dimension:
            partly |= g.classes < len(LABELS)
            mark = "*" if g.classes < len(LABELS) else ""
            rows.append(
                (
                    g.name,
                    str(g.n),
                    figure(g.macro_f1) + mark,
                    _interval(g.interval),
                    figure(g.accuracy),
                    figure(g.majority),
                    figure(g.lexicon),
                )
            )
    notes = []
    if partly:
        notes.append("* not all three classes occur among the gold labels; the mean is over those that do.")
    return Table(
        f"By {dimension} (fewer than {report.min_group} rows are added up)",
        ("", "n", "macro-F1", "95 %", "accuracy", "majority", "lexicon"),
        tuple(rows),
        tuple(notes),
    )


def _unsure(report: Report) -> Table:
    u = report.unsure
    return Table(
        "Unsure",
        ("", "n", "share", "accuracy"),
        (
            (
                "judged",
                str(report.answered - u.n),
                figure(None if u.share is None else 1 - u.share),
                figure(u.accuracy_judged),
            ),
            ("unsure", str(u.n), figure(u.share), figure(u.accuracy_unsure)),
        ),
    )


def _calibration(report: Report) -> Table:
    c = report.calibration
    return Table(
        "Calibration: how often it is right when it says it is so sure",
        ("sure", "n", "mean", "right"),
        tuple(
            (f"{b.low:.2f}{DASH}{b.high:.2f}", str(b.n), figure(b.confidence), figure(b.accuracy))
            for b in c.bins
        ),
        (
            f"Expected calibration error {figure(c.ece)} in bins of equal mass (each as noisy as the next); on as many "
            f"rows a perfect one would show {figure(c.ece_by_chance)}. In bins of equal width "
            f"{figure(c.ece_equal_width)}.",
            f"Brier score {figure(c.brier)} of 2 (always the class shares: {figure(c.prior_brier)}); "
            f"log loss {figure(c.log_loss)} ({figure(c.prior_log_loss)}).",
        ),
    )


def figure(value: float | None) -> str:
    return DASH if value is None else f"{value:.3f}"


def _interval(ends: tuple[float, float] | None) -> str:
    return DASH if ends is None else f"{ends[0]:.3f}{DASH}{ends[1]:.3f}"


def _unit(report: Report) -> str:
    return {"brand": "brands", "text": "texts"}[report.cluster]
