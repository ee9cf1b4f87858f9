"""Forgets what is older than the brand file's `retention` says; counts without text stay."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_table_artifact

from monitor.pipeline.forgetting import ForgetReport, Forgetter


@task(name="forget what is too old", persist_result=False)
def work(brand: str) -> ForgetReport:
    return Forgetter.open(Path(brand)).retain()


@flow(name="retention")
def retention(brand: str = "brand.yaml") -> int:
    """Returns how many mentions were removed."""
    report = work(brand)
    create_table_artifact([{"mentions": report.mentions, **report.removed}], key="retention")
    return report.mentions


if __name__ == "__main__":
    retention()
