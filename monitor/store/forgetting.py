"""Forgetting, and the log that proves it without naming. Part of the store room; ``Store`` has these methods."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from monitor import db
from monitor.db import Con, naive
from monitor.store import gone
from monitor.store.gone import Forgotten, Rule, Unquote
from monitor.store.outbox import Outbox
from monitor.types import Mention, Message

REWRITE_DUE = "rewrite_due"  # the setting: rows were deleted, and the file was not written anew since

Seal = Callable[[str], str]


def sealed(number: int, at: datetime, rule: str, digest: str, removed: Mapping[str, int], before: str) -> str:
    """What the seal of a row of the log is made of; ``before`` is the seal of the row before it."""
    when = at.astimezone(UTC).isoformat()
    return json.dumps([number, when, rule, digest, sorted(removed.items()), before])


def _as_it_is(message: Message, mentions: Sequence[Mention]) -> Message:
    return message


class Forgetting(Outbox):
    """What ``Store`` is besides: see there."""

    def forgettable(self, rule: Rule, at: datetime, unquote: Unquote = _as_it_is) -> Forgotten:
        """What ``forget`` would remove now; nothing is changed."""
        with db.reading(self.path) as con:
            gone.choose(con, rule, at)
            return gone.count(con, rule, unquote)

    def forget(
        self, rule: Rule, at: datetime, *, digest: str = "", unquote: Unquote = _as_it_is, seal: Seal = str
    ) -> Forgotten:
        """Deletes the mentions the rule means, with every row about them, and writes the file anew without them.

        Of their keys the hashes stay, tied to nothing, so that a source that still lists them does not bring them
        back. ``unquote`` takes their quotes out of mails. The log gets a row, with ``digest`` for what the rule
        named, sealed by ``seal`` together with the row before; retention that finds nothing leaves none.

        StoreError when the file could not be written anew: the rows are gone by then, and the next call tries again.
        """
        found, rewrite = self._forget(rule, at, digest, unquote, seal)
        if rewrite:
            db.rewrite(self.path)
            self._rewritten()
        return found

    @db.retried
    def leave_alone(self, mention_ids: Sequence[str], at: datetime) -> int:
        """Deletes these mentions, which are nobody's business, unless a person decided something about one.

        Returns how many. No log tells of them. The hashes of their keys stay, tied to nothing, so that the next poll
        does not bring them back; their bytes leave the file when it is written anew: at the next ``forget``.
        """
        if not mention_ids:
            return 0
        with self._writing() as con:
            con.execute(
                """
                CREATE OR REPLACE TEMP TABLE gone AS SELECT id, said_at FROM mentions AS m
                WHERE list_contains(?::VARCHAR[], id)
                    AND NOT EXISTS (FROM case_log AS c WHERE c.said_at = m.said_at AND c.mention_id = m.id)
                    AND NOT EXISTS (FROM corrections AS c WHERE c.said_at = m.said_at AND c.mention_id = m.id)""",
                [list(mention_ids)],
            )
            removed = gone.remove(con)
            if removed:
                _rewrite_due(con, at)
            return removed

    @db.retried
    def _forget(
        self, rule: Rule, at: datetime, digest: str, unquote: Unquote, seal: Seal
    ) -> tuple[Forgotten, bool]:
        """What was removed, and whether the file still holds bytes of something that was."""
        with self._writing() as con:
            gone.choose(con, rule, at)
            found = gone.count(con, rule, unquote)
            if found.removed:
                gone.delete(con, rule, unquote)
                _rewrite_due(con, at)
            if found.removed or rule.kind != "retention":
                _log(con, rule, at, digest, found, seal)
            due = con.execute("SELECT count(*) FROM settings WHERE name = ?", [REWRITE_DUE]).fetchone()
            return found, bool(due and due[0])

    @db.retried
    def _rewritten(self) -> None:
        with self._writing() as con:
            con.execute("DELETE FROM settings WHERE name = ?", [REWRITE_DUE])


def _rewrite_due(con: Con, at: datetime) -> None:
    con.execute("DELETE FROM settings WHERE name = ?", [REWRITE_DUE])
    con.execute("INSERT INTO settings VALUES (?, ?)", [REWRITE_DUE, at.isoformat()])


def _log(con: Con, rule: Rule, at: datetime, digest: str, found: Forgotten, seal: Seal) -> None:
    last = con.execute("SELECT number, seal FROM forget_log ORDER BY number DESC LIMIT 1").fetchone()
    number, before = (last[0] + 1, last[1]) if last else (1, "")
    made = seal(sealed(number, at, rule.kind, digest, found.removed, before))
    con.execute(
        "INSERT INTO forget_log VALUES (?, ?, ?, ?, map(?::VARCHAR[], ?::BIGINT[]), ?)",
        [number, naive(at), rule.kind, digest, list(found.removed), list(found.removed.values()), made],
    )
