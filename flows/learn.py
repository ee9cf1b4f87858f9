"""Learns from what people decided about flags; what does not help on cases it has not seen goes out of use."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_table_artifact

from monitor.pipeline import LearnReport, Monitor


@task(name="learn from decided cases", persist_result=False)
def work(brand: str) -> LearnReport:
    return Monitor.open(Path(brand)).learn()


@flow(name="learn")
def learn(brand: str = "brand.yaml") -> bool:
    """Returns whether the adjustment is in use. The artifact holds its effect, with the model alone beside it."""
    report = work(brand)
    found = report.effect
    row = {
        "cases": found.cases,
        "confirmed": found.confirmed,
        "stories": found.stories,
        "log loss": found.log_loss,
        "log loss, model alone": found.log_loss_model,
        "log loss, majority": found.log_loss_majority,
        "F1": found.f1,
        "F1, model alone": found.f1_model,
        "used": report.used,
        "why": report.why,
    }
    create_table_artifact([row], key="learn")
    return report.used


if __name__ == "__main__":
    learn()
