"""All that is known of one mention beyond its row. Part of the readmodel room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from monitor import db
from monitor.db import aware
from monitor.readmodel.rows import CorrectionRow, StandingLabel
from monitor.types import Label, Severity, TargetKind, VerdictStatus

_MOST = 50  # of each list
_RECENT_HITS = 8


@dataclass(frozen=True, slots=True)
class Named:
    """A target and where the mention names it: [start, end) of ``field``; ``via`` author or url has no such place."""

    target: str
    kind: TargetKind
    via: str
    field: Literal["title", "text"] | None
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class GivenVerdict:
    """What one model said; ``of_this_text`` False: of the text before it was edited. ``newest``: the one that counts,
    if no person has said otherwise."""

    target: str
    label: Label
    status: VerdictStatus
    negative: float
    neutral: float
    positive: float
    model: str
    at: datetime
    newest: bool
    of_this_text: bool


@dataclass(frozen=True, slots=True)
class Flagged:
    """A statement the mention conflicts with, and the words of ``field`` that rests on."""

    statement: str
    severity: Severity
    score: float
    field: Literal["title", "text"]
    quote: str
    reason: str
    model: str


@dataclass(frozen=True, slots=True)
class InIncident:
    """An incident this mention counted in: toward its target, while it went on, negative or in conflict."""

    id: str
    target: str
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class MentionDetails:
    """``weight`` is None for what is not about us; ``standing`` by target. Lists are newest first."""

    targets: tuple[Named, ...]
    verdicts: tuple[GivenVerdict, ...]
    standing: dict[str, StandingLabel]
    weight: float | None
    flags: tuple[Flagged, ...]
    flag_model: str | None
    corrections: tuple[CorrectionRow, ...]
    incidents: tuple[InIncident, ...]


def details(path: Path, mention_id: str) -> MentionDetails | None:
    """None when there is no such mention."""
    with db.reading(path) as con:
        row = con.execute(
            "SELECT said_at, content_hash, title, text, url FROM mentions WHERE id = ?", [mention_id]
        ).fetchone()
        if row is None:
            return None
        said_at, content, title, text, url = row
        mine: list[Any] = [said_at, mention_id]
        where = "x.said_at = ? AND x.mention_id = ?"
        targets = con.execute(
            f"""
            SELECT target, kind, via, field, span_start, span_end FROM mention_targets AS x
            WHERE {where} AND x.content_hash = ? AND x.identity = (SELECT value FROM settings WHERE name = 'identity')
            ORDER BY position LIMIT {_MOST}""",
            [*mine, content],
        ).fetchall()
        verdicts = con.execute(
            f"""
            SELECT target, label, status, negative, neutral, positive, model, judged_at, newest, x.content_hash = ?
            FROM verdicts AS x WHERE {where} ORDER BY judged_at DESC, target, model LIMIT {_MOST}""",
            [content, *mine],
        ).fetchall()
        weighted = con.execute(
            f"SELECT target, standing, weight FROM v_weighted AS x WHERE {where}", mine
        ).fetchall()
        flags = con.execute(
            f"""
            SELECT statement, severity, score, field, quote, reason, model FROM v_conflicts AS x
            WHERE {where} ORDER BY rank LIMIT {_MOST}""",
            mine,
        ).fetchall()
        model = con.execute(f"SELECT model FROM v_flags AS x WHERE {where}", mine).fetchone()
        corrections = con.execute(
            f"""
            SELECT x.target, nullif(x.label, 'none'), x.who, x.corrected_at, x.why, x.model_label, x.model,
                CASE WHEN NOT x.newest THEN 'replaced' WHEN x.label = 'none' THEN 'withdrawn'
                    WHEN x.content_hash <> ? THEN 'to_confirm' ELSE 'holds' END
            FROM corrections AS x WHERE {where} ORDER BY corrected_at DESC, newest DESC LIMIT {_MOST}""",
            [content, *mine],
        ).fetchall()
        incidents = con.execute(
            f"""
            SELECT i.id, i.target, i.started_at, i.ended_at FROM v_incidents AS i
            WHERE i.started_at <= ? AND (i.ended_at IS NULL OR i.ended_at > ?) AND EXISTS (
                FROM v_standing AS x LEFT JOIN v_cases AS k ON k.said_at = x.said_at AND k.mention_id = x.mention_id
                WHERE {where} AND (x.standing = 'negative' OR k.level <> 'none') AND (
                    x.target = i.target OR list_contains(i.also, x.target)
                    OR (x.kind = 'product' AND i.target = (SELECT value FROM settings WHERE name = 'brand'))))
            ORDER BY i.started_at DESC LIMIT {_RECENT_HITS}""",
            [said_at, said_at, *mine],
        ).fetchall()
    return MentionDetails(
        tuple(Named(*r) for r in targets),
        tuple(GivenVerdict(*[*r[:7], aware(r[7]), *r[8:]]) for r in verdicts),
        {r[0]: r[1] for r in weighted},
        max((r[2] for r in weighted), default=None),
        tuple(Flagged(*r) for r in flags),
        model[0] if model else None,
        tuple(
            CorrectionRow(mention_id, title, text, url, *[*r[:3], aware(r[3]), *r[4:]]) for r in corrections
        ),
        tuple(InIncident(r[0], r[1], aware(r[2]), aware(r[3]) if r[3] else None) for r in incidents),
    )
