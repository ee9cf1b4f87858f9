"""Incidents with what happened, in the words of their own sources. Part of the readmodel room."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from monitor import db
from monitor.readmodel.mentionrows import count_mentions, mentions
from monitor.readmodel.rows import MentionFilter, MentionRow
from monitor.types import Excerpt, IncidentSummary, KnownIncident

QUOTES = 5


def summarise(path: Path, known: KnownIncident, now: datetime) -> IncidentSummary:
    """What happened, from the mentions judged negative for its targets since its start (products count for the
    brand). ``known`` need not be stored."""
    concerned = {known.target, *known.also}
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT DISTINCT target FROM mention_targets
            WHERE kind = 'product'
                AND (SELECT value FROM settings WHERE name = 'brand') IN (SELECT unnest(?::VARCHAR[]))
            """,
            [sorted(concerned)],
        ).fetchall()
    concerned |= {row[0] for row in found}
    filter = MentionFilter(
        since=known.incident.start,
        until=min(known.incident.end or now, now) + timedelta(hours=1),
        targets=tuple(sorted(concerned)),
        labels=("negative",),
    )
    rows = mentions(path, filter, limit=QUOTES)
    total = count_mentions(path, filter)
    return IncidentSummary(
        id=known.id, target=known.target, also=known.also, incident=known.incident, phase=known.phase,
        severity=known.severity, reasons=known.reasons, stories=known.incident.observed, mentions=total,
        quotes=tuple(_excerpt(row) for row in rows),
        acknowledged_by=known.acknowledged_by, acknowledged_at=known.acknowledged_at, muted_until=known.muted_until,
    )  # fmt: skip


def _excerpt(row: MentionRow) -> Excerpt:
    return Excerpt(
        row.id, row.title, row.text, row.url, row.source, row.published_at, "negative", row.conflict
    )
