"""Incidents and what people did with them. Part of the store room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from monitor.db import Con, naive
from monitor.db.incidents import COLUMNS, STORED, known
from monitor.errors import StoreError
from monitor.types import IncidentEntry, KnownIncident


def read(con: Con, since: datetime) -> list[KnownIncident]:
    """Open ones and those that ended since."""
    found = con.execute(
        f"SELECT {COLUMNS} FROM v_incidents WHERE ended_at IS NULL OR ended_at >= ? ORDER BY started_at, id",
        [naive(since)],
    ).fetchall()
    return [known(row) for row in found]


def save(con: Con, incidents: Sequence[KnownIncident], at: datetime, headlines: Mapping[str, str]) -> None:
    """By id, replaced. What a person closed meanwhile stays closed, unless it alarmed anew after that."""
    for stored in incidents:
        i = stored.incident
        con.execute("DELETE FROM incidents WHERE id = ?", [stored.id])
        con.execute(
            f"INSERT INTO incidents ({STORED}, saved_at) VALUES ({'?, ' * 17}?)",
            [
                *(stored.id, stored.target, list(stored.also)),
                *(naive(i.start), naive(i.detected_at), naive(i.end), naive(i.peak)),
                *(i.peak_count, i.observed, i.expected, i.score),
                *(stored.phase, stored.severity, list(stored.reasons), stored.told, stored.told_closed),
                *(naive(stored.reopened_at), naive(at)),
            ],
        )
    con.execute("""
        UPDATE incidents SET ended_at = v.closed_at, phase = 'closed', told_closed = true FROM v_incidents AS v
        WHERE v.id = incidents.id AND v.closed_at IS NOT NULL AND incidents.ended_at IS NULL""")
    for incident, mention in headlines.items():
        con.execute("DELETE FROM incident_headlines WHERE incident = ?", [incident])
        con.execute(
            "INSERT INTO incident_headlines SELECT ?, id, said_at FROM mentions WHERE id = ?",
            [incident, mention],
        )


def act(con: Con, entry: IncidentEntry) -> bool:
    """Adds the entry; False when it changes nothing. Closing also ends the incident as of now, so that it counts as
    over at once; it is told to nobody, the person who closed it knows. Only what a person closed is reopened."""
    row = con.execute("SELECT ended_at, closed_at FROM v_incidents WHERE id = ?", [entry.incident]).fetchone()
    if row is None:
        raise StoreError(
            f"there is no incident {entry.incident!r}. Remedy: omdomme incidents list shows them"
        )
    same = con.execute(
        """
        SELECT arg_max(action, number), arg_max(who, number), arg_max(words, number), arg_max(until, number)
        FROM incident_actions WHERE incident = ? AND (action = ? OR ? NOT IN ('acknowledged', 'noted'))""",
        [entry.incident, entry.action, entry.action],
    ).fetchone()
    if same == (entry.action, entry.who, entry.words, naive(entry.until)):
        return False
    closing, reopening = entry.action == "closed", entry.action == "reopened"
    if (closing and row[0] is not None) or (reopening and row[1] is None):
        return False
    con.execute(
        """
        INSERT INTO incident_actions
        SELECT coalesce(max(number), 0) + 1, ?, ?, ?, ?::TIMESTAMP, ?::TIMESTAMP, ? FROM incident_actions""",
        [entry.incident, entry.action, entry.who, naive(entry.at), naive(entry.until), entry.words],
    )
    if closing:
        con.execute(
            "UPDATE incidents SET ended_at = ?::TIMESTAMP, phase = 'closed', told_closed = true WHERE id = ?",
            [naive(entry.at), entry.incident],
        )
    elif reopening:
        con.execute(
            "UPDATE incidents SET ended_at = NULL, phase = 'open', told_closed = false WHERE id = ?",
            [entry.incident],
        )
    return True
