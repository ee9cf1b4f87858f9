"""Makes the digests whose hour has come, and sends them; once a period and recipient, however often it runs."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_table_artifact

from monitor.pipeline import DigestReport, Monitor


@task(name="digest and mail", persist_result=False)
def work(brand: str) -> DigestReport:
    return Monitor.open(Path(brand)).digest()


@flow(name="digest")
def digest(brand: str = "brand.yaml") -> int:
    """Returns how many digests were queued. A mail that could not be sent is tried again by a later run."""
    report = work(brand)
    row = {"queued": report.queued, "sent": report.sent, "failed": len(report.failed)}
    create_table_artifact([row], key="digest")
    return report.queued


if __name__ == "__main__":
    digest()
