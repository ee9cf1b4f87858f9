"""Matches, groups, judges and flags what is due; one task, since it works through batches by itself."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_table_artifact

from monitor.pipeline import AnalyseReport, Monitor


@task(name="analyse what is due", persist_result=False)
def work(brand: str) -> AnalyseReport:
    return Monitor.open(Path(brand)).analyse()


@flow(name="analyse")
def analyse(brand: str = "brand.yaml") -> int:
    """Returns how many (mention, target) pairs were judged."""
    report = work(brand)
    create_table_artifact([asdict(report)], key="analyse")
    return report.judged


if __name__ == "__main__":
    analyse()
