"""The times in which a source was down, and telling the operator of each once. Part of the store room.

Episodes are written first and told afterwards, each in one transaction; a crash in between leaves them untold, and
the next pass tells them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.db import Con, naive
from monitor.types import SourceEpisode

REASON_LENGTH = 500


def save(con: Con, begun: Sequence[SourceEpisode], ended: Sequence[tuple[str, datetime]]) -> None:
    """See ``Store.save_episodes``."""
    for id_, at in ended:
        con.execute(
            "UPDATE source_episodes SET ended_at = greatest(?::TIMESTAMP, began_at) WHERE id = ?",
            [naive(at), id_],
        )
    for episode in {e.id: e for e in begun}.values():
        known = con.execute(
            "UPDATE source_episodes SET ended_at = NULL WHERE id = ? RETURNING id", [episode.id]
        ).fetchone()
        if known is None:
            con.execute(
                "INSERT INTO source_episodes VALUES (?, ?, ?, ?, ?, NULL, ?, ?, ?)",
                [
                    *(
                        episode.id,
                        episode.source,
                        episode.kind,
                        naive(episode.began_at),
                        naive(episode.found_at),
                    ),
                    *(episode.reason[:REASON_LENGTH], episode.error_kind, naive(episode.told_at)),
                ],
            )


def tell(con: Con, ids: Sequence[str], at: datetime) -> bool:
    """Marks the episodes as told; False, and nothing marked, when one of them was told meanwhile."""
    wanted = sorted(set(ids))
    row = con.execute(
        "SELECT count(*) FROM source_episodes WHERE list_contains(?::VARCHAR[], id) AND told_at IS NULL",
        [wanted],
    ).fetchone()
    if not wanted or row != (len(wanted),):
        return False
    con.execute(
        "UPDATE source_episodes SET told_at = ?::TIMESTAMP WHERE list_contains(?::VARCHAR[], id)",
        [naive(at), wanted],
    )
    return True
