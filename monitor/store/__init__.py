"""The only writer of the database. Every method is one transaction; run again, it adds nothing twice.

Keys: a verdict is keyed by (mention, content hash, target, model), a flag by (mention, content hash, identity
hash, model). A new model or an edited text adds rows and never overwrites; the views show the newest content.

``identity`` is everywhere the hash of a brand identity. The one last given to ``add_matches`` is in force: pages
show what was matched and flagged against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor import db
from monitor.db import Con, naive
from monitor.store import derived, rows
from monitor.store import due as storedue
from monitor.store import polls as storepolls
from monitor.store.outbox import Outbox
from monitor.store.polls import CollectCounts, Poll
from monitor.types import FetchState, Flag, FlagRequest, Match, Mention, Target, Verdict

__all__ = ["CollectCounts", "Poll", "Store"]


class Store(Outbox):
    """``path`` is the DuckDB file; its folder is made when missing. Call ``migrate`` once per process first.

    Every method raises StoreError when the database cannot be opened; reading a missing file finds nothing.
    """

    def migrate(self) -> None:
        """Applies the migrations that are missing, each with its record in one transaction."""
        with db.writing(self.path, migrating=True) as con:
            have = db.version(con)
        for number, name, sql in db.migration_files():
            if number > have:
                with db.writing(self.path, migrating=True) as con:
                    if db.version(con) < number:
                        con.execute(sql)
                        con.execute("INSERT INTO migrations VALUES (?, ?, now()::TIMESTAMP)", [number, name])

    # --- settings -------------------------------------------------------------------------------------------

    def setting(self, key: str) -> str | None:
        with db.reading(self.path) as con:
            return _setting(con, key)

    @db.retried
    def set_once(self, key: str, value: str) -> str:
        """Stores value unless the key is set already; returns what is stored."""
        with self._writing() as con:
            stored = _setting(con, key)
            if stored is None:
                con.execute("INSERT INTO settings VALUES (?, ?)", [key, value])
            return value if stored is None else stored

    @db.retried
    def set_setting(self, key: str, value: str) -> None:
        with self._writing() as con:
            _set(con, key, value)

    # --- collecting -----------------------------------------------------------------------------------------

    def fetch_states(self) -> dict[str, FetchState]:
        """What every source asked so far remembers, by source id."""
        with db.reading(self.path) as con:
            found = con.execute(
                "SELECT source, etag, last_modified, url, cursor, not_before, retired, polls FROM sources"
            ).fetchall()
        return {row[0]: rows.fetch_state_from(row[1:]) for row in found}

    @db.retried
    def add_polls(self, polls: Sequence[Poll]) -> CollectCounts:
        """Mentions and the state that claims them, in one transaction.

        A mention is known by any of its ``keys`` (strongest first; empty = its id); its id is the one first
        given to that key. Known with another content hash = edited: title, text and updated_at change. A mention
        is *fresh* when dated and published less than 48 h before it was seen, or undated and its source had
        answered before. A date more than 15 minutes after ``seen_at`` is not believed (undated).

        Only the source that brought a mention first can edit it: two sources that show different excerpts of
        one article would otherwise edit it for ever.
        """
        if not polls:
            return CollectCounts()
        with self._writing() as con:
            return storepolls.add_polls(con, polls)

    # --- matching and grouping ------------------------------------------------------------------------------

    def due_matches(self, identity: str, limit: int) -> list[Mention]:
        """Mentions whose newest content was not matched against this identity, oldest first."""
        with db.reading(self.path) as con:
            return storedue.matches(con, identity, limit)

    @db.retried
    def add_matches(self, identity: str, rows_: Sequence[tuple[Mention, Match]], at: datetime) -> None:
        """Matches of one identity, which comes into force; targets are kept for relevant mentions."""
        unique = {(m.id, m.content_hash): (m, match) for m, match in rows_}
        matches, targets = [], []
        for m, match in unique.values():
            matches.append(
                (*rows.placed(m), match.relevant, match.voice, match.speaker, list(match.rejected))
            )
            if match.relevant:
                first: dict[str, Target] = {}
                for t in match.targets:
                    first.setdefault(t.name, t)
                for n, t in enumerate(first.values()):
                    targets.append((m.id, n, t.name, t.kind, t.via, t.field, t.start, t.end, t.surface))
        with self._writing() as con:
            if _setting(con, "identity") != identity:
                _set(con, "identity", identity)
                derived.rebuild_standing(con)
            if not matches:
                return
            rows.stage(con, "stage_matches", rows.MATCH, matches)
            rows.place(con, "stage_matches")
            con.execute(
                """
                CREATE OR REPLACE TEMP TABLE todo AS SELECT p.*, ? AS identity FROM placed AS p
                WHERE NOT EXISTS (
                    FROM matches AS x WHERE x.said_at = p.said_at AND x.mention_id = p.mention_id
                    AND x.content_hash = p.content_hash AND x.identity = ?)""",
                [identity, identity],
            )
            con.execute(
                "INSERT INTO matches BY NAME SELECT *, ?::TIMESTAMP AS matched_at FROM todo", [naive(at)]
            )
            if targets:
                rows.stage(con, "stage_targets", rows.TARGET, targets)
                con.execute("""
                    INSERT INTO mention_targets BY NAME SELECT t.*, d.said_at, d.content_hash, d.identity
                    FROM stage_targets AS t JOIN todo AS d ON d.mention_id = t.mention_id""")
            derived.refresh_standing(con, "todo")
            derived.lower(con, ["story", "verdict", "flag"], "todo")
            derived.advance(con, "match", "placed", identity)

    def due_stories(self, limit: int) -> list[Mention]:
        """Relevant mentions that were not grouped yet, oldest first."""
        with db.reading(self.path) as con:
            return storedue.stories(con, limit)

    def story_window(self, since: datetime, limit: int) -> list[tuple[str, Mention]]:
        """(story id, mention) of grouped relevant mentions published since, newest first."""
        with db.reading(self.path) as con:
            return storedue.story_window(con, since, limit)

    @db.retried
    def add_stories(self, rows_: Sequence[tuple[str, str]], at: datetime) -> None:
        """(mention id, story id). A mention that was grouped stays in its story."""
        if not rows_:
            return
        with self._writing() as con:
            rows.stage(con, "stage_stories", rows.STORY, list(dict(rows_).items()))
            con.execute("""
                CREATE OR REPLACE TEMP TABLE placed AS SELECT m.id AS mention_id, m.said_at, s.story
                FROM stage_stories AS s JOIN mentions AS m ON m.id = s.mention_id""")
            con.execute(
                """
                INSERT INTO stories BY NAME SELECT p.*, ?::TIMESTAMP AS grouped_at FROM placed AS p WHERE NOT EXISTS (
                    FROM stories AS x WHERE x.said_at = p.said_at AND x.mention_id = p.mention_id)""",
                [naive(at)],
            )
            derived.refresh_standing(con, "placed")
            derived.advance(con, "story", "placed", "")

    # --- judging --------------------------------------------------------------------------------------------

    def due_verdicts(self, identity: str, model: str, limit: int) -> list[tuple[Mention, Target]]:
        """(mention, target) pairs of this identity without a verdict of this model on the newest content."""
        with db.reading(self.path) as con:
            return storedue.verdicts(con, identity, model, limit)

    @db.retried
    def add_verdicts(self, rows_: Sequence[tuple[Mention, Verdict]], at: datetime) -> None:
        """The verdict judged last is the one shown for its (mention, content, target)."""
        unique = {(m.id, m.content_hash, v.target, v.model): (m, v) for m, v in rows_}
        if not unique:
            return
        staged = [
            (*rows.placed(m), v.target, v.model, v.negative, v.neutral, v.positive, v.label, v.status)
            for m, v in unique.values()
        ]
        with self._writing() as con:
            rows.stage(con, "stage_verdicts", rows.VERDICT, staged)
            rows.place(con, "stage_verdicts")
            same = (
                "v.said_at = p.said_at AND v.mention_id = p.mention_id "
                "AND v.content_hash = p.content_hash AND v.target = p.target"
            )
            con.execute(f"""
                CREATE OR REPLACE TEMP TABLE todo AS SELECT * FROM placed AS p
                WHERE NOT EXISTS (FROM verdicts AS v WHERE {same} AND v.model = p.model)""")
            con.execute(f"UPDATE verdicts AS v SET newest = false FROM todo AS p WHERE {same} AND v.newest")
            con.execute(
                "INSERT INTO verdicts BY NAME SELECT *, ?::TIMESTAMP AS judged_at, true AS newest FROM todo",
                [naive(at)],
            )
            derived.refresh_standing(con, "todo")
            identity = _setting(con, "identity") or ""
            for model in {v.model for _, v in unique.values()}:
                derived.advance(con, "verdict", "placed", identity, model)

    def due_flags(self, identity: str, model: str, sentiment_model: str, limit: int) -> list[FlagRequest]:
        """Relevant mentions without a flag of (identity, model) whose targets were all judged by sentiment_model."""
        with db.reading(self.path) as con:
            return storedue.flags(con, identity, model, sentiment_model, limit)

    @db.retried
    def add_flags(self, identity: str, rows_: Sequence[tuple[Mention, Flag]], at: datetime) -> None:
        """Flags with all their statements and candidates, or none of them."""
        unique = {(m.id, m.content_hash, f.model): (m, f) for m, f in rows_}
        if not unique:
            return
        flags, conflicts, candidates = [], [], []
        for m, f in unique.values():
            flags.append((*rows.placed(m), f.model, f.level, f.score, f.role_mixing))
            for n, c in enumerate(f.conflicts, 1):
                span = (c.field, c.start, c.end, c.quote, c.reason)
                conflicts.append((m.id, f.model, n, c.statement, c.score, c.severity, *span))
            for n, (statement, score) in enumerate(f.candidates, 1):
                candidates.append((m.id, f.model, n, statement, score))
        with self._writing() as con:
            rows.stage(con, "stage_flags", rows.FLAG, flags)
            rows.place(con, "stage_flags")
            same = (
                "f.said_at = p.said_at AND f.mention_id = p.mention_id "
                "AND f.content_hash = p.content_hash AND f.identity = p.identity"
            )
            con.execute(
                f"""
                CREATE OR REPLACE TEMP TABLE todo AS SELECT * FROM (SELECT *, ? AS identity FROM placed) AS p
                WHERE NOT EXISTS (FROM flags AS f WHERE {same} AND f.model = p.model)""",
                [identity],
            )
            con.execute(f"UPDATE flags AS f SET newest = false FROM todo AS p WHERE {same} AND f.newest")
            con.execute(
                "INSERT INTO flags BY NAME SELECT *, ?::TIMESTAMP AS flagged_at, true AS newest FROM todo",
                [naive(at)],
            )
            for table, schema, staged in (
                ("flag_conflicts", rows.CONFLICT, conflicts),
                ("flag_candidates", rows.CANDIDATE, candidates),
            ):
                if staged:
                    rows.stage(con, "stage_parts", schema, staged)
                    con.execute(f"""
                        INSERT INTO {table} BY NAME SELECT c.*, d.said_at, d.content_hash, d.identity
                        FROM stage_parts AS c JOIN todo AS d ON d.mention_id = c.mention_id AND d.model = c.model""")
            for model in {f.model for _, f in unique.values()}:
                derived.advance(con, "flag", "placed", identity, model)

    # --- forgetting -----------------------------------------------------------------------------------------

    @db.retried
    def forget(self, before: datetime) -> int:
        """Deletes the mentions said before, with all that was found out about them; returns how many.

        Their keys stay (hashes only), so that a source that still lists them does not bring them back.
        """
        with self._writing() as con:
            con.execute(
                "CREATE OR REPLACE TEMP TABLE gone AS SELECT id, said_at FROM mentions WHERE said_at < ?",
                [naive(before)],
            )
            return derived.delete_mentions(con, "gone")

    @db.retried
    def erase(self, *, mention_ids: Sequence[str] = (), authors: Sequence[str] = ()) -> int:
        """Deletes these mentions and those of these authors (as stored: pseudonyms), for good; returns how many."""
        with self._writing() as con:
            con.execute(
                """
                CREATE OR REPLACE TEMP TABLE gone AS SELECT id, said_at FROM mentions
                WHERE list_contains(?::VARCHAR[], id) OR list_contains(?::VARCHAR[], author)""",
                [list(mention_ids), list(authors)],
            )
            return derived.delete_mentions(con, "gone")


def _setting(con: Con, key: str) -> str | None:
    row = con.execute("SELECT value FROM settings WHERE name = ?", [key]).fetchone()
    return row[0] if row else None


def _set(con: Con, key: str, value: str) -> None:
    con.execute("DELETE FROM settings WHERE name = ?", [key])
    con.execute("INSERT INTO settings VALUES (?, ?)", [key, value])
