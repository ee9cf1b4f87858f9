"""The one retry rule: weather is asked again, everything else is recorded and shown."""

from __future__ import annotations

from typing import Any

from prefect.client.schemas.objects import State, TaskRun

from monitor.errors import SourceError

RETRIES: dict[str, Any] = {"retries": 2, "retry_delay_seconds": [20, 120]}


async def is_weather(task: object, task_run: TaskRun, state: State[Any]) -> bool:
    """True when the task failed with a transient SourceError (time-outs, 5xx, 429)."""
    error = state.result(raise_on_failure=False)
    if hasattr(error, "__await__"):
        error = await error
    return isinstance(error, SourceError) and error.transient
