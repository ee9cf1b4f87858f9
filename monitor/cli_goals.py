"""`omdomme goals`: where each goal stands, what activities changed, and our share of voice."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from monitor import text

if TYPE_CHECKING:
    from monitor.pipeline.voices import ShareOfVoice
    from monitor.types import Goal, Measure, Reading

Brand = Annotated[Path, typer.Option("--brand", envvar="OMDOMME_BRAND", help="The brand file.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for machines.")]
DEFAULT_BRAND = Path("brand.yaml")
WHY = {
    "no_data": "no data",
    "not_compared": "not measured: no model compares texts with single statements",
    "not_measurable": "not measurable with these sources",
    "unknown_measure": "no command measures this",
    "undecided": "more than half still wait",
    "no_competitors": "not measured: the brand file names no competitors",
    "no_sources": "not measured: every source searches for our name",
    "no_statements": "not measured: no such statement in the brand file",
}
TRACK = {
    "reached": "reached",
    "on_track": "on track",
    "behind": "behind",
    "missed": "missed",
    "cannot_tell": "cannot tell",
}
OUTCOME = {
    "higher": "higher afterwards",
    "lower": "lower afterwards",
    "unclear": "no clear change",
    "too_few": "too few stories to compare",
    "too_soon": "too soon to compare",
}
CAUTION = (
    "Before and after, side by side: this says what changed, not why. Other things happened at the same time, and "
    "a bad time is followed by a better one by itself."
)
VOICE_CAUTION = (
    "Among texts that name us or a competitor, of sources that do not search for our name. Which feeds are read was "
    "chosen by us: compare periods, not this figure with anybody else's."
)
out = Console(highlight=False)


def register(app: typer.Typer) -> None:
    app.command()(goals)


def goals(
    every: Annotated[bool, typer.Option("--all", help="Every period, not only the newest.")] = False,
    days: Annotated[int, typer.Option(min=1, max=1000, help="Days of the share of voice.")] = 90,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """Measure the goals of the brand file now, and show where each stands."""
    from monitor import readmodel
    from monitor.cli import show_json
    from monitor.pipeline import Monitor, voices
    from monitor.pipeline import goals as pipeline

    monitor = Monitor.open(brand)
    config, now = monitor.config, monitor.now()
    report = pipeline.evaluate(config, monitor.store, now)
    readings = readmodel.goal_readings(config.settings.database)
    effects = pipeline.effects(config, now)
    voice = voices.share_of_voice(config, now - timedelta(days=days), now)
    if as_json:
        show_json(
            {
                "goals": [asdict(goal) for goal in config.identity.goals],
                "readings": [asdict(reading) for reading in readings],
                "effects": [asdict(effect) for effect in effects],
                "share_of_voice": asdict(voice),
                "new": report.new,
            }
        )
        return
    _show_goals(config.identity.goals, readings, every, ZoneInfo(config.settings.timezone))
    if effects:
        texts = {a.id: a.text for a in config.identity.activities}
        table = _table("Before and after", ("activity", "goal", "before", "after", "difference (95 %)", ""))
        for e in effects:
            span = f"{e.days} days: {e.n_before} and {e.n_after} stories"
            shown = ("", "", "")
            if e.difference and e.before is not None and e.after is not None:
                low, high = e.difference.low or 0.0, e.difference.high or 0.0
                difference = f"{100 * e.difference.value:+.0f} ({100 * low:+.0f} to {100 * high:+.0f}) points"
                shown = (_percent(e.before), _percent(e.after), difference)
            others = f"; also in these days: {', '.join(e.overlapping)}" if e.overlapping else ""
            told = f"{OUTCOME[e.outcome]} ({span}){others}"
            table.add_row(*map(text.clean, (texts.get(e.activity, e.activity)[:60], e.goal, *shown, told)))
        out.print(table)
        out.print(CAUTION, markup=False)
    _show_voice(voice, days)


def _show_goals(defined: tuple[Goal, ...], readings: list[Reading], every: bool, zone: ZoneInfo) -> None:
    table = _table("Goals", ("goal", "period", "value (95 %)", "n", "target", "by", ""))
    for goal in defined:
        own = [r for r in readings if r.goal == goal.id]
        if goal.measure is None or not own:
            told = "no data" if goal.measure else "no measure named"
            table.add_row(text.clean(goal.id), "", told, "", "", "", "")
            continue
        for r in own if every else own[-1:]:
            period = _period(goal.measure, r.since.astimezone(zone)) + (" so far" if r.at < r.until else "")
            told = _value(r) if r.value is not None else WHY.get(r.why, r.why)
            target = "" if r.target is None else _figure(r.target, r)
            by = "" if r.deadline is None else f"{r.deadline}"
            row = (goal.id, period, told, str(r.n), target, by, TRACK[r.track])
            table.add_row(*map(text.clean, row))
    out.print(table)


def _period(measure: Measure, start: datetime) -> str:
    if measure.period == "week":
        return f"{start:%G-W%V}"
    return f"{start.year}-Q{(start.month + 2) // 3}" if measure.period == "quarter" else f"{start:%Y-%m}"


def _show_voice(voice: ShareOfVoice, days: int) -> None:
    if not voice.voices:
        return
    table = _table(f"Share of voice, last {days} days", ("name", "texts", "share (95 %)"))
    for v in voice.voices:
        share = f"{_percent(v.share)} ({100 * v.low:.0f} to {100 * v.high:.0f} %)"
        table.add_row(text.clean(v.name), str(v.texts), share)
    out.print(table)
    left = f" Left out: {', '.join(voice.left_out)}." if voice.left_out else ""
    out.print(text.clean(f"{VOICE_CAUTION} {voice.texts} texts.{left}"), markup=False)


def _table(title: str, columns: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column)
    return table


def _value(r: Reading) -> str:
    assert r.value is not None
    if r.unit == "count":
        return f"{r.value:.0f}"
    low, high = ("?" if end is None else _figure(end, r, bare=True) for end in (r.low, r.high))
    return f"{_figure(r.value, r)} ({low} to {high})"


def _figure(value: float, r: Reading, *, bare: bool = False) -> str:
    if r.unit == "share":
        return f"{100 * value:.0f}" if bare else _percent(value)
    return f"{value:g}" if r.unit == "count" else f"{value:.1f}" + ("" if bare else " h")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
