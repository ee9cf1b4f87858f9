"""Which mentions a rule means, and everything that goes with them. Part of the store room."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor.db import Con, naive
from monitor.store import derived, rows
from monitor.types import Mention, Message

RuleKind = Literal["author", "url", "source", "age", "retention"]
# In place of the mention's id and time in its keys. No mention has this id: theirs are hashes.
FORGOTTEN = "forgotten"

Unquote = Callable[[Message, Sequence[Mention]], Message]


@dataclass(frozen=True, slots=True)
class Rule:
    """Which mentions to forget. ``kind`` says which of the rest counts, all of it as stored.

    author: by one of ``authors`` (pseudonyms, or names in clear of ours) or ``speakers`` (the names of ours);
    url: ``mention_ids``; source: ``source``; age: said before ``before`` (UTC);
    retention: older than the months of its own kind, counted from the moment of forgetting; None = kept. The counts
    of what retention removes stay.
    """

    kind: RuleKind
    authors: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    mention_ids: tuple[str, ...] = ()
    source: str = ""
    before: datetime | None = None
    mentions_months: int | None = None
    cases_months: int | None = None
    unrelated_months: int | None = None
    own_months: int | None = None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """``removed`` = rows by table, empty tables left out; ``messages`` are mails that lose a quote of what goes, and
    ``sent`` the ids of those of them that have left already."""

    removed: Mapping[str, int]
    sent: tuple[str, ...] = ()

    @property
    def mentions(self) -> int:
        return self.removed.get("mentions", 0)


_WHICH: Mapping[RuleKind, str] = {
    "author": """
        SELECT m.id, m.said_at FROM mentions AS m WHERE list_contains($authors::VARCHAR[], m.author)
        UNION
        SELECT x.mention_id, x.said_at FROM matches AS x JOIN mentions AS m
        ON m.said_at = x.said_at AND m.id = x.mention_id AND m.content_hash = x.content_hash
        WHERE list_contains($speakers::VARCHAR[], x.speaker)""",
    "url": "SELECT id, said_at FROM mentions WHERE list_contains($ids::VARCHAR[], id)",
    "source": "SELECT id, said_at FROM mentions WHERE source = $source",
    "age": "SELECT id, said_at FROM mentions WHERE said_at < $before::TIMESTAMP",
    "retention": """
        WITH held AS (SELECT mention_id, said_at FROM case_log UNION SELECT mention_id, said_at FROM corrections),
        m AS (
            SELECT m.id, m.said_at, CASE WHEN m.voice <> 'third_party' THEN $own::INTEGER
                WHEN h.mention_id IS NOT NULL THEN coalesce($cases::INTEGER, $mentions::INTEGER)
                WHEN m.relevant OR NOT m.matched THEN $mentions::INTEGER
                ELSE coalesce($unrelated::INTEGER, $mentions::INTEGER) END AS months
            FROM v_mentions AS m LEFT JOIN held AS h ON h.said_at = m.said_at AND h.mention_id = m.id)
        SELECT DISTINCT id, said_at FROM m WHERE said_at < $now::TIMESTAMP - to_months(months)""",
}


def choose(con: Con, rule: Rule, at: datetime) -> None:
    """Makes the temporary table ``gone`` (id, said_at): the mentions the rule means."""
    values = {
        "authors": list(rule.authors),
        "speakers": list(rule.speakers),
        "ids": list(rule.mention_ids),
        "source": rule.source,
        "before": naive(rule.before),
        "now": naive(at),
        "mentions": rule.mentions_months,
        "cases": rule.cases_months,
        "unrelated": rule.unrelated_months,
        "own": rule.own_months,
    }
    query = _WHICH[rule.kind]
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE gone AS {query}", {k: v for k, v in values.items() if f"${k}" in query}
    )


def count(con: Con, rule: Rule, unquote: Unquote) -> Forgotten:
    """What forgetting the mentions in ``gone`` would remove."""
    tables = ("mentions", *derived.ABOUT_MENTIONS)
    removed = {table: _number(con, f"SELECT count(*) FROM {_of(table)}") for table in tables}
    changed = _unquoted(con, unquote)
    removed["messages"] = len(changed)
    if where := _counts_too(rule):
        removed["kept_counts"] = _number(con, f"SELECT count(*) FROM kept_counts WHERE {where[0]}", where[1])
    sent = tuple(message.id for message, state in changed if state not in ("waiting", "sending"))
    return Forgotten({table: number for table, number in removed.items() if number}, sent)


def delete(con: Con, rule: Rule, unquote: Unquote) -> None:
    """Removes the mentions in ``gone`` and what goes with them. Their keys stay, tied to nothing."""
    for message, _ in _unquoted(con, unquote):
        con.execute(
            "UPDATE messages SET text = ?, html = ? WHERE id = ?", [message.text, message.html, message.id]
        )
    if rule.kind == "retention":
        con.execute("""
            INSERT INTO kept_counts BY NAME
            SELECT t.said_at::DATE AS day, t.source, t.source_type, t.target, t.kind, t.standing,
                count(*) AS mentions, count(DISTINCT t.story) AS stories
            FROM standing AS t JOIN gone AS g ON t.said_at = g.said_at AND t.mention_id = g.id GROUP BY ALL""")
    if where := _counts_too(rule):
        con.execute(f"DELETE FROM kept_counts WHERE {where[0]}", where[1])
    remove(con)


def remove(con: Con) -> int:
    """Deletes the mentions in ``gone`` and every row about them, and ties their keys to nothing; how many."""
    con.execute(
        """
        UPDATE mention_keys SET mention_id = ?, said_at = TIMESTAMP '1970-01-01' FROM gone AS g
        WHERE mention_keys.said_at = g.said_at AND mention_keys.mention_id = g.id""",
        [FORGOTTEN],
    )
    return derived.delete_mentions(con, "gone")


def _of(table: str) -> str:
    key = "id" if table == "mentions" else "mention_id"
    return f"{table} AS t JOIN gone AS g ON t.said_at = g.said_at AND t.{key} = g.id"


def _number(con: Con, query: str, values: Sequence[object] = ()) -> int:
    row = con.execute(query, list(values)).fetchone()
    return int(row[0]) if row else 0


def _counts_too(rule: Rule) -> tuple[str, list[object]] | None:
    """Counts that retention left of the very mentions that are to be forgotten now: where they can be told."""
    if rule.kind == "source":
        return "source = ?", [rule.source]
    if rule.kind == "age" and rule.before:
        return "day < ?::TIMESTAMP::DATE", [naive(rule.before)]
    return None


def _unquoted(con: Con, unquote: Unquote) -> list[tuple[Message, str]]:
    """(message without its quotes of ``gone``, state) of each that has any.

    A mail quotes mentions said between the beginning of its incident and the moment it was written; a digest also
    what has waited for a decision since long before.
    """
    found = con.execute(f"""
        SELECT q.id, q.recipient, q.subject, q.text, q.html, q.sender, q.state, {rows.MENTION_COLUMNS}
        FROM messages AS q LEFT JOIN incidents AS i ON i.id = q.incident
        JOIN mentions AS m ON m.said_at BETWEEN CASE WHEN starts_with(q.id, 'digest.') THEN TIMESTAMP '0001-01-02'
                ELSE coalesce(i.started_at, q.created_at - INTERVAL 2 DAY) END - INTERVAL 1 HOUR
            AND q.created_at + INTERVAL 1 HOUR
        JOIN gone AS g ON g.said_at = m.said_at AND g.id = m.id
        ORDER BY q.id""").fetchall()
    quoted: dict[str, tuple[Message, str, list[Mention]]] = {}
    for row in found:
        entry = quoted.setdefault(row[0], (Message(*row[:6]), row[6], []))
        entry[2].append(rows.mention_from(row[7:]))
    out = []
    for message, state, mentions in quoted.values():
        without = unquote(message, mentions)
        if without != message:
            out.append((without, state))
    return out
