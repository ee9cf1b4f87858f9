"""The only writer of the database. Every method is one transaction; run again, it adds nothing twice.

Keys: a verdict is keyed by (mention, content hash, target, model), a flag by (mention, content hash, identity
hash, model). A new model or an edited text adds rows and never overwrites; the views show the newest content.

``identity`` is everywhere the hash of a brand identity. The one last given to ``add_matches`` is in force: pages
show what was matched and flagged against it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from monitor import db
from monitor.db import Con, naive
from monitor.store import backfills as storebackfills
from monitor.store import cases as storecases
from monitor.store import corrections as storecorrections
from monitor.store import derived, rows
from monitor.store import due as storedue
from monitor.store import flags as storeflags
from monitor.store import goals as storegoals
from monitor.store import looks as storelooks
from monitor.store import polls as storepolls
from monitor.store import searchwords as storesearch
from monitor.store import stories as storestories
from monitor.store import verdicts as storeverdicts
from monitor.store import views as storeviews
from monitor.store.backfills import Backfill
from monitor.store.cases import Decided, Fitted, Undone
from monitor.store.forgetting import Forgetting, sealed
from monitor.store.gone import Forgotten, Rule, RuleKind
from monitor.store.polls import CollectCounts
from monitor.store.sending import HeldMessage, Outgoing
from monitor.store.sourcerows import Poll
from monitor.store.verdicts import REJUDGED_AT, Outdated
from monitor.types import (
    CaseEntry,
    Correction,
    FetchState,
    Flag,
    FlagRequest,
    Match,
    Mention,
    Reading,
    SourceSpec,
    StoryLink,
    Target,
    Verdict,
)
from monitor.views import View

__all__ = [
    "REJUDGED_AT",
    "Backfill",
    "CollectCounts",
    "Decided",
    "Fitted",
    "Forgotten",
    "HeldMessage",
    "Outdated",
    "Outgoing",
    "Poll",
    "Rule",
    "RuleKind",
    "Store",
    "Undone",
    "sealed",
]


class Store(Forgetting):
    """``path`` is the DuckDB file; its folder is made when missing. Call ``migrate`` once per process first.

    ``wait_s``: how long a write waits for others before it is StoreBusy.

    Every method raises StoreError when the database cannot be opened; reading a missing file finds nothing.
    """

    def migrate(self) -> None:
        """Applies the migrations that are missing, each with its record in one transaction."""
        db.migrate(self.path)

    def keeping(self) -> AbstractContextManager[None]:
        """This process alone has the store, and open, until the block ends: see ``db.keeping``."""
        return db.keeping(self.path)

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

    def backfills(self) -> dict[str, Backfill]:
        """The last walk back of each source, by source id."""
        with db.reading(self.path) as con:
            return storebackfills.read(con)

    @db.retried
    def add_backfill(self, poll: Poll | None, walk: Backfill) -> CollectCounts:
        """The mentions of one page and the walk after it, in one transaction. The source's own state, rhythm and
        health stay as they are. None = only the walk."""
        with self._writing() as con:
            counts = storepolls.add_mentions(con, [poll])[0] if poll else CollectCounts()
            storebackfills.write(con, walk)
        return counts

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
                derived.rebuild(con)
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
            derived.refresh(con, "todo")
            derived.lower(con, ["story", "verdict", "flag"], "todo")
            derived.advance(con, "match", "placed", identity)

    def due_stories(self, limit: int) -> list[Mention]:
        """Relevant mentions that were not grouped yet, oldest first."""
        with db.reading(self.path) as con:
            return storedue.stories(con, limit)

    def story_window(self, since: datetime, until: datetime, limit: int) -> list[tuple[str, Mention]]:
        """(story id, mention) of grouped relevant mentions said in [since, until], newest first."""
        with db.reading(self.path) as con:
            return storedue.story_window(con, since, until, limit)

    @db.retried
    def add_stories(
        self, rows_: Sequence[tuple[str, str]], at: datetime, links: Sequence[StoryLink] = ()
    ) -> None:
        """(mention id, story id). A mention that was grouped stays in its story. ``links`` are of these mentions."""
        if not rows_:
            return
        with self._writing() as con:
            storestories.add(con, rows_, at, links)

    def due_search(self, revision: str, limit: int) -> list[Mention]:
        """Mentions whose newest content was not read for searching by this revision, oldest first."""
        with db.reading(self.path) as con:
            return storesearch.due(con, revision, limit)

    @db.retried
    def add_search(self, revision: str, rows_: Sequence[tuple[Mention, Sequence[int]]]) -> None:
        """What each of these mentions is found by (see ``monitor.searching``); edited since, it is due again."""
        if not rows_:
            return
        with self._writing() as con:
            storesearch.add(con, revision, rows_)

    @db.retried
    def set_weights(self, sources: Sequence[SourceSpec], types: Mapping[str, float]) -> bool:
        """What mentions weigh from now on, those stored before too; False when nothing changed."""
        if storestories.weights(self.path) == storestories.wanted(sources, types):
            return False
        with self._writing() as con:
            storestories.set_weights(con, sources, types)
        return True

    # --- judging --------------------------------------------------------------------------------------------

    def due_verdicts(self, identity: str, model: str | None, limit: int) -> list[tuple[Mention, Target]]:
        """(mention, target) pairs of this identity without a verdict on the newest content, oldest first.

        A verdict of this model; with None, of any model.
        """
        with db.reading(self.path) as con:
            return storedue.verdicts(con, identity, model, limit)

    @db.retried
    def add_verdicts(
        self, rows_: Sequence[tuple[Mention, Verdict]], at: datetime, *, again: bool = False
    ) -> None:
        """The verdict given last is the one shown for its (mention, content, target).

        What the same model said before is kept, and shown again when another model's was shown meanwhile.
        ``again`` = these were judged before: when is remembered (``rejudged_at``).
        """
        if not rows_:
            return
        with self._writing() as con:
            storeverdicts.add(con, rows_, at, _setting(con, "identity") or "")
            if again:
                _set(con, storeverdicts.REJUDGED_AT, at.isoformat())

    def outdated_verdicts(
        self, models: Sequence[str], limit: int, since: datetime | None = None
    ) -> list[Outdated]:
        """(mention, target) pairs whose newest verdict is of none of the models, newest mentions first.

        Of the newest contents and the identity in force; ``since`` is compared with when the mention was said.
        """
        with db.reading(self.path) as con:
            return storeverdicts.outdated(con, models, since, limit)

    def count_outdated(self, models: Sequence[str], since: datetime | None = None) -> int:
        with db.reading(self.path) as con:
            return storeverdicts.count_outdated(con, models, since)

    @db.retried
    def add_corrections(self, corrections: Sequence[Correction]) -> int:
        """People's words against verdicts, in one transaction; returns how many are new.

        One that holds (of the mention's present content) stands before every verdict from now on; one with
        label None takes the one before back. What the newest verdict on that content says now is kept beside.
        Said again by the same person for the same reason, it adds nothing; nor does taking back nothing. The last in
        the batch wins where two are about the same (mention, target). ContentChanged, and nothing written, when one is
        of a content that its mention does not have any more.
        """
        if not corrections:
            return 0
        with self._writing() as con:
            return storecorrections.add(con, corrections)

    def due_flags(
        self, identity: str, model: str, sentiment_model: str | None, limit: int
    ) -> list[FlagRequest]:
        """Relevant mentions without a flag of (identity, model) whose targets were all judged by sentiment_model.

        None: by any model; the newest verdicts are given.
        """
        with db.reading(self.path) as con:
            return storedue.flags(con, identity, model, sentiment_model, limit)

    @db.retried
    def add_flags(
        self, identity: str, rows_: Sequence[tuple[Mention, Flag]], at: datetime, *, second: str = ""
    ) -> frozenset[str]:
        """Flags with all their statements and candidates, or none of them. Returns the ids of the mentions of which
        ``second`` (the second judge in use, "" = none) gave its opinion on this content and identity before.

        Shown of a mention is the opinion of ``second`` if there is one, whatever another model says later; else the
        flag given last.
        """
        if not rows_:
            return frozenset()
        with self._writing() as con:
            return storeflags.add(con, identity, rows_, at, second)

    @db.retried
    def add_case_entries(self, entries: Sequence[CaseEntry]) -> int:
        """What people did with flags, in one transaction and in this order; returns how many are new.

        Kept beside each: the main statement, the model, the level and the score of the flag as it stands now. What the
        same person said last in the same words about the same flag adds nothing; nor does reopening what is open.
        ContentChanged, and nothing written, when one is of a flag that does not stand any more: the text was edited or
        deleted, the identity is another one, or the newest model sees no conflict.
        """
        if not entries:
            return 0
        with self._writing() as con:
            return storecases.add(con, entries)

    @db.retried
    def decide(self, entries: Sequence[CaseEntry]) -> Decided:
        """``add_case_entries`` for many at once: what is of a flag that does not stand any more is left out and named,
        and the others are written, in one transaction. Each flag keeps a log of its own."""
        if not entries:
            return Decided(())
        with self._writing() as con:
            return storecases.decide(con, entries)

    @db.retried
    def undo(self, numbers: Sequence[int], who: str, at: datetime) -> Undone:
        """Entries with these numbers count no longer; in one transaction. The log keeps each, and an entry that says
        who undid it. What was before counts again. Where somebody said something newer about a flag, that stands and
        nothing is undone; undone again, or of a mention that is gone, adds nothing."""
        if not numbers:
            return Undone(0)
        with self._writing() as con:
            return storecases.undo(con, numbers, who, at)

    @db.retried
    def add_adjustment(self, fitted: Fitted) -> bool:
        """What was learnt from the cases; the one added last counts. False when it says what the last one says."""
        with self._writing() as con:
            return storecases.add_adjustment(con, fitted)

    # --- goals ----------------------------------------------------------------------------------------------

    @db.retried
    def add_readings(self, readings: Sequence[Reading], identity: str) -> int:
        """Those that say something else than the last one of their goal, definition and period; returns how many.
        One made at the same moment takes the place of the other."""
        if not readings:
            return 0
        with self._writing() as con:
            return storegoals.add_readings(con, readings, identity)

    def due_voices(self, rivals: str, sources: Sequence[str], since: datetime, limit: int) -> list[Mention]:
        """Mentions of these sources, said since, whose newest content was not searched for these competitors yet."""
        with db.reading(self.path) as con:
            return storegoals.due_voices(con, rivals, sources, since, limit)

    @db.retried
    def add_voices(self, rivals: str, found: Sequence[tuple[Mention, Sequence[str]]]) -> None:
        """(mention, the competitors it names). What was found for another set of competitors is dropped."""
        if not found:
            return
        with self._writing() as con:
            storegoals.add_voices(con, rivals, found)

    # --- saved views ----------------------------------------------------------------------------------------

    @db.retried
    def put_view(self, view: View, action: storeviews.Change) -> bool:
        """Keeps a view as it is from now on, by its name or, renamed or replaced, by its number; False when it says
        what it said. StoreError when the name is taken or there is no such view."""
        with self._writing() as con:
            return storeviews.put(con, view, action)

    @db.retried
    def remove_view(self, view: int, who: str, at: datetime, *, wholly: bool = False) -> bool:
        """The view of this number; what it held is not kept, and ``wholly`` not even that there was one. False when
        there is none."""
        with self._writing() as con:
            return storeviews.remove(con, view, who, at, wholly=wholly)

    # --- people ---------------------------------------------------------------------------------------------

    @db.retried
    def add_look(self, who: str, at: datetime) -> None:
        """This person looked at the overview. Opened again within half an hour of its beginning, it is the same visit;
        of earlier ones only when the last began is kept, and nothing of who has not looked for a year."""
        with self._writing() as con:
            storelooks.add(con, who, at)


def _setting(con: Con, key: str) -> str | None:
    row = con.execute("SELECT value FROM settings WHERE name = ?", [key]).fetchone()
    return row[0] if row else None


def _set(con: Con, key: str, value: str) -> None:
    con.execute("DELETE FROM settings WHERE name = ?", [key])
    con.execute("INSERT INTO settings VALUES (?, ?)", [key, value])
