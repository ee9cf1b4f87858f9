"""Incidents: what they are, what people did with them, what was mailed. Part of the readmodel room."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from monitor import db
from monitor.db import aware, naive, utc
from monitor.db.incidents import COLUMNS, known
from monitor.readmodel.rows import IncidentActionRow, IncidentMail, IncidentRow
from monitor.types import KnownIncident

HEADLINE_LIMIT = 300


def incidents(path: Path, since: datetime, until: datetime, *, limit: int = 50) -> list[IncidentRow]:
    """Incidents that were open at some time of the period, newest first."""
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT i.id, i.target, also, started_at, detected_at, ended_at, peak_at, peak_count, observed, expected,
                score, (SELECT count(*) FROM messages AS m WHERE m.incident = i.id AND m.state = 'sent') AS mails,
                phase, severity, reasons, acknowledged_by, acknowledged_at, muted_until, closed_at,
                left(coalesce(nullif(m.title, ''), m.text, ''), ?)
            FROM v_incidents AS i
            LEFT JOIN incident_headlines AS h ON h.incident = i.id
            LEFT JOIN mentions AS m ON m.said_at = h.said_at AND m.id = h.mention_id
            WHERE started_at < ? AND (ended_at IS NULL OR ended_at >= ?)
            ORDER BY started_at DESC, i.id LIMIT ?""",
            [HEADLINE_LIMIT, naive(until), naive(since), limit],
        ).fetchall()
    return [
        IncidentRow(
            r[0], r[1], tuple(r[2]), aware(r[3]), aware(r[4]), utc(r[5]), aware(r[6]), r[7], r[8], r[9], r[10], r[11],
            r[12], r[13], tuple(r[14]), r[15] or "", utc(r[16]), utc(r[17]), utc(r[18]), r[19],
        )
        for r in found
    ]  # fmt: skip


def find_incidents(path: Path, reference: str) -> list[KnownIncident]:
    """Those whose id is this or, from four characters on, begins with it; at most ten."""
    if len(reference) < 4:
        return []
    with db.reading(path) as con:
        found = con.execute(
            f"SELECT {COLUMNS} FROM v_incidents WHERE starts_with(id, ?) ORDER BY id = ? DESC, id LIMIT 10",
            [reference, reference],
        ).fetchall()
    rows = [known(row) for row in found]
    return rows[:1] if rows and rows[0].id == reference else rows


def incident_actions(path: Path, incident: str) -> list[IncidentActionRow]:
    """What people did with it, in order."""
    with db.reading(path) as con:
        found = con.execute(
            "SELECT action, who, acted_at, until, words FROM incident_actions WHERE incident = ? ORDER BY number",
            [incident],
        ).fetchall()
    return [IncidentActionRow(r[0], r[1], aware(r[2]), utc(r[3]), r[4]) for r in found]


def incident_mails(path: Path, incident: str, *, limit: int = 100) -> list[IncidentMail]:
    """The mails about it, in the order they were queued."""
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT recipient, subject, state, created_at, finished_at, attempts, coalesce(last_error, '')
            FROM messages WHERE incident = ? ORDER BY created_at, id LIMIT ?""",
            [incident, limit],
        ).fetchall()
    return [IncidentMail(r[0], r[1], r[2], aware(r[3]), utc(r[4]), r[5], r[6]) for r in found]
