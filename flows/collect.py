"""Asks the sources that are due, one task per batch of sources; weather in a batch is retried, nothing else."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, runtime, task
from prefect.artifacts import create_table_artifact

from flows.retry import RETRIES, is_weather
from monitor.pipeline import CollectReport, Monitor

BATCH = 50  # sources a task: a task costs 15-30 ms and a model or a database is never opened for one source


@task(name="due sources")
def due(brand: str) -> list[str]:
    return Monitor.open(Path(brand)).due_sources()


@task(name="ask sources", retry_condition_fn=is_weather, persist_result=False, **RETRIES)
def ask(brand: str, sources: list[str]) -> CollectReport:
    return Monitor.open(Path(brand)).collect_batch(sources, attempt=int(runtime.task_run.run_count or 1))


@flow(name="collect", log_prints=False)
def collect(brand: str = "brand.yaml") -> int:
    """Returns how many mentions were new. A failing source ends neither the flow nor its neighbours."""
    ids = due(brand)
    futures = [ask.submit(brand, ids[i : i + BATCH]) for i in range(0, len(ids), BATCH)]
    rows, new = [], 0
    for future in futures:
        future.wait()
        if future.state.is_completed():
            report = future.result()
            new += report.counts.new
            rows += [{"source": s, "error": error, "weather": weather} for s, error, weather in report.failed]
        else:
            rows.append({"source": "(a batch)", "error": str(future.state.message), "weather": True})
    create_table_artifact(
        rows or [{"source": f"{len(ids)} asked", "error": "", "weather": False}], key="collect"
    )
    return new


if __name__ == "__main__":
    collect()
