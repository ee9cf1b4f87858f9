"""`omdomme replay`: what would have alerted, had the monitor run with these settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

if TYPE_CHECKING:
    from monitor.pipeline.history import Alerted, History
    from monitor.spikes import SeriesKey, SpikeSettings

Brand = Annotated[Path, typer.Option("--brand", envvar="OMDOMME_BRAND", help="The brand file.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for machines.")]
DEFAULT_BRAND = Path("brand.yaml")
out = Console(highlight=False)

_DAY = "%Y-%m-%d"
USUAL_DAYS = 90


def register(app: typer.Typer) -> None:
    app.command("replay")(replay)


def replay(
    brand: Brand = DEFAULT_BRAND,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=[_DAY], help="From this day (UTC) on; default: 90 days back."),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=[_DAY], help="Before this day (UTC); default: now.")
    ] = None,
    min_count: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="Instead of alerts.min_count.")
    ] = None,
    tail: Annotated[float | None, typer.Option(min=1e-12, max=0.49, help="Instead of alerts.tail.")] = None,
    baseline_days: Annotated[
        int | None, typer.Option(min=1, max=366, help="Instead of alerts.baseline_days.")
    ] = None,
    cooldown_hours: Annotated[
        int | None, typer.Option(min=0, max=8760, help="Instead of alerts.cooldown_hours.")
    ] = None,
    slow: Annotated[bool, typer.Option(help="Look for rises over days too.")] = True,
    as_published: Annotated[
        bool,
        typer.Option(
            "--as-published", help="As if everything had been seen when published: for an imported past."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Hour by hour over what is stored: what would have alerted, when and why. Writes nothing."""
    from monitor import cli
    from monitor.config import load
    from monitor.pipeline.history import look_back
    from monitor.pipeline.incidents import spike_settings

    end = until.replace(tzinfo=UTC) if until else datetime.now(UTC)
    start = since.replace(tzinfo=UTC) if since else end - timedelta(days=USUAL_DAYS)
    if start >= end:
        raise typer.BadParameter("--from must be before --to")
    config = load(brand)
    settings = spike_settings(config)
    settings = replace(
        settings,
        min_count=settings.min_count if min_count is None else min_count,
        tail=settings.tail if tail is None else tail,
        history=settings.history if baseline_days is None else timedelta(days=baseline_days),
        cooldown=settings.cooldown if cooldown_hours is None else timedelta(hours=cooldown_hours),
        slow=slow,
    )
    with cli.bar() as progress:
        found = look_back(config, start, end, settings, as_published=as_published, progress=progress)
    if as_json:
        cli.show_json(_plain(found))
        return
    for line in lines(found, ZoneInfo(config.settings.timezone)):
        out.print(line, markup=False, soft_wrap=True)


def lines(found: History, zone: ZoneInfo) -> Iterator[str]:
    """For people: the settings, each incident with its reasons, and what it all rests on."""
    said = settings_said(found.settings)
    yield f"Settings: {', '.join(f'{name} {value}' for name, value in said.items())}"
    old = f"; {found.old} more were old when first seen and never alert (--as-published counts them)"
    yield f"{found.mentions} mentions in {found.hours} hours{old if found.old else ''}"
    if not found.mentions:
        yield "No data: nothing was known in this period. (omdomme status tells what was collected.)"
        return
    for one in found.incidents:
        yield ""
        yield from _incident(one, zone)
    yield ""
    days = max(1, round(found.hours / 24))
    yield f"{len(found.incidents)} incidents in {days} days; nothing was written and nobody was told"


def _incident(one: Alerted, zone: ZoneInfo) -> Iterator[str]:
    first, last = one.first, one.last
    run = first.incident
    names = ", ".join((first.target, *first.also))
    hours = max(1, round((one.at - run.start) / timedelta(hours=1)))
    yield f"{_moment(one.at, zone)}  {first.severity}: {names}"
    yield f"  {run.observed} stories in {hours} h, where {run.expected:.1f} were to be expected"
    yield f"  alarmed: {', '.join(_series(key) for key in first.series)}"
    if first.reasons:
        yield f"  what makes it {first.severity}: {', '.join(first.reasons)}"
    for at, severity in one.rose:
        yield f"  {_moment(at, zone)}  rose to {severity}"
    end = last.incident.end
    yield (
        f"  began {_moment(last.incident.start, zone)}, "
        f"{'over ' + _moment(end, zone) if end else 'not over'}, {last.incident.observed} stories in all"
    )


def _series(key: SeriesKey) -> str:
    of = f" {key.statement}" if key.statement else ""
    return f"{key.target} ({'weighted ' if key.weighted else ''}{key.measure}{of})"


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def settings_said(settings: SpikeSettings) -> dict[str, Any]:
    """As the brand file names them."""
    return {
        "min_count": settings.min_count,
        "tail": settings.tail,
        "baseline_days": settings.history.days,
        "cooldown_hours": int(settings.cooldown / timedelta(hours=1)),
        "start_date": settings.start_date.isoformat() if settings.start_date else None,
        "slow": settings.slow,
    }


def _plain(found: History) -> dict[str, Any]:
    return {
        "since": found.since,
        "until": found.until,
        "settings": settings_said(found.settings),
        "hours": found.hours,
        "mentions": found.mentions,
        "old": found.old,
        "incidents": [
            {
                "at": one.at,
                "target": one.last.target,
                "also": list(one.last.also),
                "severity": one.first.severity,
                "reasons": list(one.first.reasons),
                "series": [asdict(key) for key in one.first.series],
                "incident": asdict(one.first.incident),
                "rose": [{"at": at, "severity": severity} for at, severity in one.rose],
                "last": asdict(one.last.incident),
            }
            for one in found.incidents
        ],
    }
