"""How far each walk back has come. Part of the store room; ``Store`` has these methods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.db import Con, aware, naive, utc
from monitor.types import FetchState


@dataclass(frozen=True, slots=True)
class Backfill:
    """One source, read back to ``since`` by hand: ``state`` is the walk's own and no other poll's.

    ``polls`` and ``mentions`` count what was read so far, new or known; ``more`` = the last page said so.
    """

    source: str
    since: datetime
    started_at: datetime
    state: FetchState
    polls: int = 0
    mentions: int = 0
    more: bool = False
    finished_at: datetime | None = None


def read(con: Con) -> dict[str, Backfill]:
    found = con.execute(
        "SELECT source, since, started_at, url, cursor, not_before, polls, mentions, finished_at FROM backfills"
    ).fetchall()
    return {
        r[0]: Backfill(
            r[0],
            aware(r[1]),
            aware(r[2]),
            FetchState(url=r[3], cursor=r[4], not_before=utc(r[5]), polls=r[6]),
            r[6],
            r[7],
            finished_at=utc(r[8]),
        )
        for r in found
    }


def write(con: Con, walk: Backfill) -> None:
    """The row of the source, which has one walk at a time."""
    con.execute("DELETE FROM backfills WHERE source = ?", [walk.source])
    con.execute(
        "INSERT INTO backfills VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(walk.source, naive(walk.since), naive(walk.started_at), naive(walk.finished_at)),
            *(walk.state.url, walk.state.cursor, naive(walk.state.not_before), walk.polls, walk.mentions),
        ],
    )
