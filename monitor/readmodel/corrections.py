"""What people said against verdicts, and which mention a person means. Part of the readmodel room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor import db
from monitor.db import Con, aware, naive
from monitor.readmodel.rows import CorrectionRow, Found, HeldCorrection, ModelVerdict
from monitor.types import CorrectedMention

PREFIX = 4  # characters of an id that are worth looking for
MEANT = 6  # how many mentions one reference may lead to before they are no longer listed


def corrections(
    path: Path, *, since: datetime | None = None, until: datetime | None = None, limit: int | None = None
) -> list[CorrectedMention]:
    """One row per correction that holds, made in the period, oldest first; with the newest verdict of any model.

    A correction holds while it is the newest of its (mention, target), was not taken back, and the text is still
    the one that was corrected.
    """
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT c.mention_id, m.title, m.text, m.lang, m.voice, m.source_type, m.author, c.target, c.kind, c.label,
                c.who, c.corrected_at, c.why, v.label, v.negative, v.neutral, v.positive, v.model
            FROM v_corrections AS c
            JOIN v_mentions AS m ON m.said_at = c.said_at AND m.id = c.mention_id
            LEFT JOIN v_verdicts AS v ON v.said_at = c.said_at AND v.mention_id = c.mention_id AND v.target = c.target
            WHERE c.holds AND ($since::TIMESTAMP IS NULL OR c.corrected_at >= $since)
            AND ($until::TIMESTAMP IS NULL OR c.corrected_at < $until)
            ORDER BY c.corrected_at, c.mention_id, c.target LIMIT $limit""",
            {"since": naive(since), "until": naive(until), "limit": limit},
        ).fetchall()
    return [CorrectedMention(*_timed(row, 11)) for row in found]


def correction_history(path: Path, *, limit: int = 1000) -> list[CorrectionRow]:
    """Every correction there ever was of the mentions that are kept, newest first."""
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT c.mention_id, m.title, m.text, m.url, c.target, nullif(c.label, 'none'), c.who, c.corrected_at,
                c.why, c.model_label, c.model,
                CASE WHEN NOT c.newest THEN 'replaced' WHEN c.label = 'none' THEN 'withdrawn'
                    WHEN k.holds THEN 'holds' WHEN NOT k.holds THEN 'to_confirm' ELSE 'gone' END AS state
            FROM corrections AS c
            JOIN mentions AS m ON m.said_at = c.said_at AND m.id = c.mention_id
            LEFT JOIN v_corrections AS k
                ON k.said_at = c.said_at AND k.mention_id = c.mention_id AND k.target = c.target
            ORDER BY c.corrected_at DESC, c.newest DESC, c.mention_id, c.target LIMIT ?""",
            [limit],
        ).fetchall()
    return [CorrectionRow(*_timed(row, 7)) for row in found]


def find_mentions(path: Path, references: Sequence[str]) -> dict[str, list[Found]]:
    """The mentions each reference can mean: that id, else that URL, else ids that begin so (four characters or more).

    At most six a reference; a reference that means none is left out.
    """
    unique = sorted({reference for reference in references if reference})
    with db.reading(path) as con:
        pairs = con.execute(
            """
            SELECT r.ref, m.id, m.said_at, m.id = r.ref FROM (SELECT unnest(?::VARCHAR[]) AS ref) AS r
            JOIN (
                SELECT id AS key, id, said_at FROM mentions UNION ALL
                SELECT url AS key, id, said_at FROM mentions WHERE url <> ''
            ) AS m ON m.key = r.ref
            QUALIFY row_number() OVER (PARTITION BY r.ref ORDER BY m.id <> r.ref, m.id) <= ?""",
            [unique, MEANT],
        ).fetchall()
        exact = {row[0] for row in pairs if row[3]}
        pairs = [row for row in pairs if row[3] or row[0] not in exact]
        rest = [r for r in unique if len(r) >= PREFIX and r not in {row[0] for row in pairs}]
        if rest:
            # As a range, which is joined by sorting; a function of both sides would compare each with each.
            pairs += con.execute(
                """
                SELECT r.ref, m.id, m.said_at, false FROM (SELECT unnest(?::VARCHAR[]) AS ref) AS r
                JOIN mentions AS m ON m.id >= r.ref AND m.id < r.ref || chr(1114111)
                QUALIFY row_number() OVER (PARTITION BY r.ref ORDER BY m.id) <= ?""",
                [rest, MEANT],
            ).fetchall()
        meant: dict[str, list[tuple[Any, ...]]] = {}
        for row in sorted(pairs):
            meant.setdefault(row[0], []).append(row)
        known = _known(con, [row for rows in meant.values() for row in rows])
    return {ref: [known[row[1]] for row in rows if row[1] in known] for ref, rows in meant.items()}


def _known(con: Con, pairs: Sequence[tuple[Any, ...]]) -> dict[str, Found]:
    if not pairs:
        return {}
    times = [row[2] for row in pairs]
    found = con.execute(
        """
        SELECT m.id, m.content_hash, m.title, m.text, m.said_at,
            list(t.target ORDER BY t.position) FILTER (t.target IS NOT NULL)
        FROM mentions AS m LEFT JOIN standing AS t ON t.said_at = m.said_at AND t.mention_id = m.id
        WHERE m.said_at BETWEEN ? AND ? AND m.id IN (SELECT unnest(?::VARCHAR[])) GROUP BY ALL""",
        [min(times), max(times), sorted({row[1] for row in pairs})],
    ).fetchall()
    return {
        row[0]: Found(row[0], row[1], row[2], row[3], aware(row[4]), tuple(row[5] or ())) for row in found
    }


def _timed(row: Sequence[Any], at: int) -> list[Any]:
    """The row with the zone of its time at ``at``."""
    return [*row[:at], aware(row[at]), *row[at + 1 :]]


def held(
    con: Con, within: Sequence[Any]
) -> dict[tuple[str, str], tuple[HeldCorrection, ModelVerdict | None]]:
    """By (mention, target): newest correction and newest verdict, of the mentions ``within`` (from, to, ids)."""
    mine = "{0}.said_at BETWEEN ? AND ? AND {0}.mention_id IN (SELECT unnest(?::VARCHAR[]))"
    # Few mentions are corrected, and only theirs are looked up among all verdicts.
    corrected = con.execute(
        f"SELECT DISTINCT c.said_at, c.mention_id FROM corrections AS c WHERE c.newest AND {mine.format('c')}",
        list(within),
    ).fetchall()
    if not corrected:
        return {}
    times = [row[0] for row in corrected]
    narrow = [min(times), max(times), sorted({row[1] for row in corrected})]
    found = con.execute(
        f"""
        SELECT c.mention_id, c.target, c.label, c.who, c.corrected_at, c.why, c.holds, v.label, v.status, v.negative,
            v.neutral, v.positive, v.model
        FROM (FROM v_corrections AS c WHERE {mine.format("c")}) AS c
        LEFT JOIN (FROM v_verdicts AS v WHERE {mine.format("v")}) AS v
          ON v.said_at = c.said_at AND v.mention_id = c.mention_id AND v.target = c.target""",
        [*narrow, *narrow],
    ).fetchall()
    return {
        (row[0], row[1]): (
            HeldCorrection(row[2], row[3], aware(row[4]), row[5], row[6]),
            ModelVerdict(*row[7:]) if row[12] is not None else None,
        )
        for row in found
    }
