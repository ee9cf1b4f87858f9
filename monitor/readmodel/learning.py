"""What an adjustment is learnt from, and the one that was fitted last. Part of the readmodel room."""

from __future__ import annotations

from pathlib import Path

from monitor import db
from monitor.db import aware
from monitor.readmodel.rows import AdjustmentRow, LearningCase


def decided_cases(path: Path) -> tuple[str | None, list[LearningCase]]:
    """(the model that flagged last, the decisions it can be held against), by order of decision.

    A decision counts with the text it was about, as that model flags it, against the identity it was made under when
    the model flagged that one too. What no flag of the model is kept for is left out, as are copies that nobody
    decided about themselves.
    """
    with db.reading(path) as con:
        row = con.execute(
            "SELECT arg_max(model, flagged_at) FROM flags WHERE newest AND identity = "
            "(SELECT value FROM settings WHERE name = 'identity')"
        ).fetchone()
        model = row[0] if row else None
        found = con.execute(
            """
            SELECT d.mention_id, coalesce(s.story, d.mention_id), d.action = 'confirmed', f.score, f.level <> 'none',
                coalesce(c.statement, n.statement, ''), x.voice, m.source_type, f.role_mixing
            FROM v_decisions AS d
            JOIN mentions AS m ON m.said_at = d.said_at AND m.id = d.mention_id
            JOIN flags AS f ON f.said_at = d.said_at AND f.mention_id = d.mention_id
                AND f.content_hash = d.content_hash AND f.model = ?
            JOIN matches AS x ON x.said_at = f.said_at AND x.mention_id = f.mention_id
                AND x.content_hash = f.content_hash AND x.identity = f.identity
            LEFT JOIN stories AS s ON s.said_at = d.said_at AND s.mention_id = d.mention_id
            LEFT JOIN flag_conflicts AS c ON c.said_at = f.said_at AND c.mention_id = f.mention_id
                AND c.content_hash = f.content_hash AND c.identity = f.identity AND c.model = f.model AND c.rank = 1
            LEFT JOIN flag_candidates AS n ON n.said_at = f.said_at AND n.mention_id = f.mention_id
                AND n.content_hash = f.content_hash AND n.identity = f.identity AND n.model = f.model AND n.rank = 1
            WHERE d.action <> 'reopened'
            QUALIFY row_number() OVER (
                PARTITION BY d.mention_id ORDER BY f.identity = d.identity DESC, f.flagged_at DESC) = 1
            ORDER BY d.number""",
            [model],
        ).fetchall()
    return model, [LearningCase(*row) for row in found]


def undecided_cases(path: Path, model: str) -> list[LearningCase]:
    """The flags of this model that no decision stands for, with those that were put aside."""
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT mention_id, story, NULL, model_score, true, statement, voice, source_type, role_mixing FROM v_cases
            WHERE state IN ('open', 'set_aside') AND model = ? ORDER BY said_at, mention_id""",
            [model],
        ).fetchall()
    return [LearningCase(*row) for row in found]


def adjustment(path: Path) -> AdjustmentRow | None:
    """The adjustment that was fitted last, in force or not; None when none ever was."""
    with db.reading(path) as con:
        row = con.execute("""
            SELECT a.revision, a.model, a.fitted_at, a.used, a.why, a.cases, a.confirmed, a.stories, a.log_loss,
                a.log_loss_model, a.log_loss_majority, a.gain_low, a.gain_high, a.f1, a.f1_model, a.f1_majority,
                a.number IN (SELECT v.number FROM v_adjustment AS v),
                (SELECT count(*) FROM v_cases WHERE state = 'set_aside')
            FROM adjustments AS a ORDER BY a.number DESC LIMIT 1""").fetchone()
    return AdjustmentRow(*[*row[:2], aware(row[2]), *row[3:]]) if row else None
