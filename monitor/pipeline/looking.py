"""Remembers when a person looked at the overview. Never worth waiting for."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from monitor.errors import StoreError
from monitor.store import Store

PATIENCE_S = 0.2
NAME_MOST = 500  # characters of what a login calls a person


def looked(database: Path, who: str, at: datetime) -> bool:
    """Keeps that this visit began ``at``; within half an hour of the last one it is the same visit.

    False when others were at the database, or it cannot be written: the next time the page is drawn will do.
    """
    try:
        Store(database, wait_s=PATIENCE_S).add_look(who[:NAME_MOST], at)
    except StoreError:
        return False
    return True
