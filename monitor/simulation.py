"""Replays an archive as if it came in live: the ordinary collect, analyse and alert, hour by simulated hour.

The archive's dates are shifted by whole weeks, once, so that it ends shortly before the first run; the shift is
recorded in the store and never moves again. How far the clock has come is recorded too, so that a later run
goes on from there and finds nothing to do when the archive is through.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.config import Config
from monitor.pipeline import AlertReport, AnalyseReport, CollectReport, Monitor, Progress, RunReport
from monitor.sources import replay
from monitor.store import CollectCounts

STEP = timedelta(hours=1)
DAY = 24  # steps
AFTERMATH = timedelta(hours=24)  # lets an incident at the end of the archive calm down


@dataclass
class _Clock:
    at: datetime

    def __call__(self) -> datetime:
        return self.at


def advance(config: Config, progress: Progress, *, now: datetime | None = None) -> tuple[Monitor, RunReport]:
    """Runs every hour between where the simulated clock stands and the end of the archive (or ``now``)."""
    now = now or datetime.now(UTC)
    clock = _Clock(now)
    monitor = Monitor(config, now=clock)
    first, last = anchor(monitor, now)
    end = min(last + AFTERMATH, now)
    stored = monitor.store.setting("replay.clock")
    clock.at = datetime.fromisoformat(stored) if stored else first - STEP
    total = max(0, -int((clock.at - end) // STEP))
    report = RunReport(CollectReport(), AnalyseReport(), AlertReport())
    for day in range(0, total, DAY):
        # A day's thousand reads and writes need one opening; between two days others get at the store.
        with monitor.store.keeping():
            for hour in range(day, min(day + DAY, total)):
                clock.at = min(clock.at + STEP, end)
                report = _sum(report, monitor.run())
                progress(hour + 1, total, clock.at.strftime("%Y-%m-%d %H:%M"))
            # Every stage can run again: after a crash the hours since the last note are gone through once more.
            monitor.store.set_setting("replay.clock", clock.at.isoformat())
    monitor.collector.note_quiet()
    clock.at = now
    return monitor, report


def anchor(monitor: Monitor, now: datetime) -> tuple[datetime, datetime]:
    """(first, last) moment of the shifted archives, whole hours; records the shift on the first run."""
    spans = []
    for spec in monitor.config.sources:
        if spec.kind != "replay":
            continue
        first, last = replay.span(monitor.config.base / Path(str(spec.options["path"])))
        weeks = (now - last) // timedelta(weeks=1)
        days = int(monitor.store.set_once(f"replay.{spec.id}.shift_days", str(weeks * 7)))
        spans.append((first + timedelta(days=days), last + timedelta(days=days)))
    if not spans:
        return now, now
    floor = min(a for a, _ in spans).replace(minute=0, second=0, microsecond=0)
    ceiling = max(b for _, b in spans).replace(minute=0, second=0, microsecond=0) + STEP
    return floor, ceiling


def _sum(total: RunReport, step: RunReport) -> RunReport:
    a, b = total.collect, step.collect
    collect = replace(
        b,
        asked=a.asked + b.asked,
        not_due=a.not_due + b.not_due,
        unchanged=a.unchanged + b.unchanged,
        counts=CollectCounts(
            a.counts.new + b.counts.new, a.counts.edited + b.counts.edited, a.counts.known + b.counts.known
        ),
        dropped=a.dropped + b.dropped,
        failed=a.failed + b.failed if len(a.failed) < 100 else a.failed,
    )
    c, d = total.analyse, step.analyse
    analyse = AnalyseReport(
        c.matched + d.matched,
        c.relevant + d.relevant,
        c.judged + d.judged,
        c.flagged + d.flagged,
        c.conflicts + d.conflicts,
        d.asked or c.asked,
        left_alone=c.left_alone + d.left_alone,
    )
    e, f = total.alert, step.alert
    alert = AlertReport(e.opened + f.opened, f.open, e.sent + f.sent, (*e.failed, *f.failed)[:100])
    return RunReport(collect, analyse, alert)
