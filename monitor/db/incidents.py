"""How an incident lies in the table and its view: the store writes these columns, the read model reads them."""

from __future__ import annotations

from typing import Any

from monitor.db import aware, utc
from monitor.types import Incident, KnownIncident

STORED = (
    "id, target, also, started_at, detected_at, ended_at, peak_at, peak_count, observed, expected, score, "
    "phase, severity, reasons, told, told_closed, reopened_at"
)
COLUMNS = f"{STORED}, acknowledged_by, acknowledged_at, muted_until, closed_at"  # of v_incidents


def known(r: tuple[Any, ...]) -> KnownIncident:
    """The incident in a row of COLUMNS."""
    incident = Incident(aware(r[3]), aware(r[4]), utc(r[5]), aware(r[6]), *r[7:11])
    return KnownIncident(
        r[0], r[1], tuple(r[2]), incident, r[11], r[12], tuple(r[13]), r[14], r[15], utc(r[16]), r[17] or "",
        utc(r[18]), utc(r[19]), utc(r[20]),
    )  # fmt: skip
