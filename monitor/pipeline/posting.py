"""What a person decides about a message that did not leave: send it after all, or never. Short writes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from monitor.store import Store

Decision = Literal["release", "drop"]


def decide(database: Path, message: str, decision: Decision, *, wait_s: float | None = None) -> None:
    """Lets it leave with the next pass as it is, or drops it.

    Waits at most about ``wait_s`` seconds (None = as the programs do) for others who are at the database, then
    StoreBusy. StoreError for a message that is not there, has left or is leaving.
    """
    store = Store(database) if wait_s is None else Store(database, wait_s=wait_s)
    act = store.release_message if decision == "release" else store.drop_message
    act(message, datetime.now(UTC))
