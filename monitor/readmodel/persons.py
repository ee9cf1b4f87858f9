"""Everything stored about one person: as author, as target, and as somebody who decided. Part of the readmodel room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor import db
from monitor.db import Con, aware

Row = dict[str, Any]  # column -> value; times are UTC-aware

# Whose decision it was is somebody else's name: it stands only where the person asked about decided.
_ABOUT: dict[str, str] = {
    "targets": "SELECT mention_id, target, kind, via, surface FROM mention_targets",
    "verdicts": """SELECT mention_id, target, label, status, negative, neutral, positive, model, judged_at,
        newest AS counts FROM verdicts""",
    "corrections": "SELECT mention_id, target, label, why, corrected_at FROM corrections",
    "flags": "SELECT mention_id, level, score, role_mixing, model, flagged_at, newest AS counts FROM flags",
    "conflicts": "SELECT mention_id, statement, severity, score, quote, reason, model FROM flag_conflicts",
    "cases": "SELECT mention_id, action, words, statement, level, acted_at FROM case_log",
}
_MENTION = """m.id, m.published_at, m.seen_at, m.updated_at, m.source, m.source_type, m.lang, m.voice, m.speaker,
    m.author, m.url, m.title, m.text, m.relevant"""


def by_person(path: Path, authors: Sequence[str], speakers: Sequence[str]) -> list[Row]:
    """Mentions by these authors (as stored) or ``speakers`` of ours, oldest first, with everything found out about
    each: lists under targets, verdicts, corrections, flags, conflicts and cases."""
    with db.reading(path) as con:
        found = _rows(
            con,
            f"""SELECT {_MENTION} FROM v_mentions AS m WHERE list_contains($authors::VARCHAR[], m.author)
            OR list_contains($speakers::VARCHAR[], m.speaker) ORDER BY m.said_at, m.id""",
            {"authors": list(authors), "speakers": list(speakers)},
        )
        return _with_details(con, found, "")


def about_person(path: Path, target: str) -> list[Row]:
    """Mentions by others that are about the target, oldest first, as ``by_person``; of verdicts and corrections only
    those toward it, and no author."""
    with db.reading(path) as con:
        found = _rows(
            con,
            f"""SELECT {_MENTION.replace("m.author,", "")} FROM v_mentions AS m
            WHERE (m.speaker IS NULL OR m.speaker <> $target) AND (m.said_at, m.id) IN (
                SELECT (said_at, mention_id) FROM mention_targets WHERE target = $target) ORDER BY m.said_at, m.id""",
            {"target": target},
        )
        return _with_details(con, found, target)


def acts_of_person(path: Path, names: Sequence[str]) -> list[Row]:
    """What people of these names (folded as in SQL lower) corrected or did with flags, or were given, oldest first."""
    lower = [name.casefold() for name in names]
    with db.reading(path) as con:
        return _rows(
            con,
            """
            SELECT corrected_at AS done_at, 'corrected' AS action, mention_id, target, label, why AS words, NULL AS role
            FROM corrections WHERE list_contains($names::VARCHAR[], lower(who))
            UNION ALL
            SELECT acted_at, action, mention_id, NULL, NULL,
                CASE WHEN list_contains($names::VARCHAR[], lower(who)) THEN words ELSE '' END,
                CASE WHEN list_contains($names::VARCHAR[], lower(who)) THEN 'did it' ELSE 'was given it' END
            FROM case_log WHERE list_contains($names::VARCHAR[], lower(who))
            OR list_contains($names::VARCHAR[], lower(assignee))
            ORDER BY done_at""",
            {"names": lower},
        )


def _with_details(con: Con, mentions: list[Row], target: str) -> list[Row]:
    con.execute(
        "CREATE OR REPLACE TEMP TABLE theirs AS SELECT unnest(?::VARCHAR[]) AS id",
        [[mention["id"] for mention in mentions]],
    )
    by_id = {mention["id"]: mention for mention in mentions}
    for name, query in _ABOUT.items():
        for mention in mentions:
            mention[name] = []
        only = "AND d.target = $target" if target and "target," in query else ""
        details = _rows(
            con,
            f"SELECT DISTINCT d.* FROM ({query}) AS d JOIN theirs AS t ON t.id = d.mention_id {only} ORDER BY ALL",
            {"target": target} if only else {},
        )
        for detail in details:
            by_id[detail.pop("mention_id")][name].append(detail)
    return mentions


def _rows(con: Con, query: str, values: dict[str, Any]) -> list[Row]:
    result = con.execute(query, values)
    names = [column[0] for column in result.description or ()]
    return [
        {name: aware(v) if isinstance(v, datetime) else v for name, v in zip(names, row, strict=True)}
        for row in result.fetchall()
    ]
