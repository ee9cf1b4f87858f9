"""Measures the goals of the brand file, and looks for competitors in what came in."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_table_artifact

from monitor.pipeline import Monitor
from monitor.pipeline.goals import GoalsReport, evaluate


@task(name="measure the goals", persist_result=False)
def work(brand: str) -> GoalsReport:
    monitor = Monitor.open(Path(brand))
    return evaluate(monitor.config, monitor.store, monitor.now())


@flow(name="goals")
def goals(brand: str = "brand.yaml") -> int:
    """Returns how many readings said something new. The artifact holds those of the newest periods."""
    report = work(brand)
    newest = {reading.goal: reading for reading in report.readings}
    rows = [
        {
            "goal": reading.goal,
            "measure": reading.measure,
            "value": reading.value,
            "low": reading.low,
            "high": reading.high,
            "n": reading.n,
            "track": reading.track,
            "why": reading.why,
        }
        for reading in newest.values()
    ]
    create_table_artifact(rows or [{"goal": "(none names a measure)"}], key="goals")
    return report.new


if __name__ == "__main__":
    goals()
