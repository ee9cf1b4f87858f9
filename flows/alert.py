"""Looks for incidents and sends what is waiting."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_table_artifact

from monitor.pipeline import AlertReport, Monitor


@task(name="detect and mail", persist_result=False)
def work(brand: str) -> AlertReport:
    return Monitor.open(Path(brand)).alert()


@flow(name="alert")
def alert(brand: str = "brand.yaml") -> int:
    """Returns how many mails were sent. A mail that could not be sent is tried again by a later run."""
    report = work(brand)
    row = {"opened": report.opened, "open": report.open, "sent": report.sent, "failed": len(report.failed)}
    create_table_artifact([row], key="alert")
    return report.sent


if __name__ == "__main__":
    alert()
