"""When each person last looked at the overview: one row a person, overwritten. Part of the store room."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.db import Con, naive
from monitor.types import VISIT

KEPT = timedelta(days=365)  # who has not looked for so long is forgotten


def add(con: Con, who: str, at: datetime) -> None:
    """See ``Store.add_look``; inside the caller's transaction."""
    now = naive(at)
    assert now is not None
    row = con.execute("SELECT max(began_at) FROM looks WHERE who = ?", [who]).fetchone()
    before = row[0] if row else None
    if before is not None and now < before + VISIT:
        return
    con.execute("DELETE FROM looks WHERE who = ? OR began_at < ?", [who, now - KEPT])
    con.execute("INSERT INTO looks (who, began_at, since_at) VALUES (?, ?, ?)", [who, now, before])
