"""The queue of conflicts: a story once, one decision for its copies, and the way back from every decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import readmodel
from monitor.errors import ConfigError
from monitor.pipeline import triage
from monitor.readmodel import Queue, QueuedCopy, QueueFilter
from monitor.store import Decided, Rule, Store, Undone
from monitor.types import CaseAction, CaseEntry
from tests.test_triage import BRAND, HOUR, NOW, SINCE, UNTIL, case, collected, do, flag, mention

EVER = QueueFilter(SINCE, UNTIL)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A story of three copies with one statement and a fourth with another, and a story of its own."""
    made = Store(tmp_path / "store.duckdb")
    made.migrate()
    made.set_setting("brand", BRAND.name)
    collected(made, mention(1), mention(2), mention(3), story="mention-1", flagged=flag(score=0.8))
    collected(made, mention(4), story="mention-1", flagged=flag("value.2", "minor", 0.7))
    collected(made, mention(5), flagged=flag("value.3", "minor", 0.6))
    return made


def asked(store: Store, **filters: str) -> Queue:
    return readmodel.queue(store.path, replace(EVER, **filters))  # type: ignore[arg-type]


def decide(
    store: Store, flags: tuple[QueuedCopy, ...], action: CaseAction, words: str = "irony", hours: int = 0
) -> Decided:
    entries = [
        CaseEntry(f.mention_id, f.content_hash, f.identity, action, "Per", NOW + hours * HOUR, words)
        for f in flags
    ]
    return triage.act_all(Store(store.path).path, entries, wait_s=5)


def undo(store: Store, numbers: tuple[int, ...], who: str = "Kari") -> Undone:
    return triage.undo(store.path, numbers, who, NOW + 9 * HOUR, wait_s=5)


# --- the queue ---


def test_a_story_is_one_row_with_the_flags_one_decision_holds_for(store: Store) -> None:
    found = asked(store)
    assert [(s.story, s.flags) for s in found.stories] == [("mention-1", 4), ("mention-5", 1)]
    assert (found.total, found.flags, found.standing, found.standing_flags, found.known) == (2, 5, 2, 5, 5)
    first = found.stories[0]
    assert (first.mention_id, first.title, first.severity, first.statement) == (
        "mention-1", "Title 1", "major", "value.1",
    )  # fmt: skip
    assert [copy.mention_id for copy in first.alike] == ["mention-1", "mention-3", "mention-2"]
    assert [copy.mention_id for copy in found.stories[1].alike] == ["mention-5"]
    (row,) = readmodel.story_flag(store.path, first.mention_id, first.said_at)
    assert (row.quote, row.mention.copies) == ("Text", 4)
    copies = readmodel.story_cases(store.path, "mention-1")
    assert [(c.mention_id, c.state, c.statement) for c in copies] == [
        ("mention-4", "open", "value.2"), ("mention-3", "open", "value.1"), ("mention-2", "open", "value.1"),
        ("mention-1", "open", "value.1"),
    ]  # fmt: skip


def test_filters_hold_for_rows_counts_and_pages_alike(store: Store) -> None:
    do(store, "dismissed", n=5)
    for filters in (
        {}, {"state": "dismissed"}, {"state": "all"}, {"statement": "value.2"}, {"severity": "minor"},
        {"severity": "minor", "state": "all"}, {"voice": "leader"}, {"target": BRAND.name}, {"target": "Ola"},
        {"source_type": "news"}, {"story": "mention-5", "state": "all"},
    ):  # fmt: skip
        found = asked(store, **filters)
        assert found.total == len(found.stories) and found.flags == sum(s.flags for s in found.stories), (
            filters
        )
        pages = [
            readmodel.queue(store.path, replace(EVER, **filters), limit=1, offset=n)
            for n in range(found.total)
        ]  # type: ignore[arg-type]
        assert tuple(s for one in pages for s in one.stories) == found.stories
        for facet, values in found.facets.items():
            for value, n in values:
                assert asked(store, **{**filters, facet: value}).total == n, (filters, facet, value)
    assert dict(asked(store).facets["state"]) == {"all": 2, "open": 1, "dismissed": 1}
    assert asked(store, state="dismissed").standing == 1, "the head of the page does not follow the filter"


def test_an_empty_period_has_no_queue(store: Store) -> None:
    found = readmodel.queue(store.path, QueueFilter(SINCE - HOUR, SINCE))
    assert (found.stories, found.total, found.known, dict(found.facets)) == ((), 0, 0, {})
    assert readmodel.story_flag(store.path, "nobody", NOW) == []


# --- one decision for a story ---


def test_one_decision_holds_for_all_copies_and_each_keeps_its_own_history(store: Store) -> None:
    found = asked(store).stories[0]
    done = decide(store, found.alike, "confirmed", "it is so")
    assert len(done.numbers) == 3 and not done.changed
    assert readmodel.case_counts(store.path, SINCE, UNTIL) == {"open": 2, "confirmed": 3}
    for n in (1, 2, 3):
        (said,) = case(store, n).log
        assert (said.action, said.who, said.words, said.at) == ("confirmed", "Per", "it is so", NOW)
    again = asked(store).stories[0]
    assert (again.story, again.statement, again.flags) == ("mention-1", "value.2", 1), "the fourth is left"


def test_a_copy_that_was_edited_meanwhile_is_left_out_and_named(store: Store) -> None:
    seen = asked(store).stories[0].alike
    collected(store, mention(2, "Quite another text"), story="mention-1")
    done = decide(store, seen, "dismissed")
    assert (len(done.numbers), done.changed) == (2, ("mention-2",))
    assert [row.mention_id for row in readmodel.case_log(store.path)] == ["mention-3", "mention-1"]
    assert case(store, 2).log == ()


def test_one_thing_that_is_wrong_stops_all_of_them(store: Store) -> None:
    with pytest.raises(ConfigError, match="why: is empty"):
        decide(store, asked(store).stories[0].alike, "dismissed", " ")
    assert readmodel.case_log(store.path) == []


# --- undo ---


@pytest.mark.parametrize("action", ["confirmed", "dismissed"])
def test_undone_it_is_as_it_was_and_the_history_has_both(store: Store, action: CaseAction) -> None:
    before, figures = asked(store), readmodel.statement_counts(store.path, SINCE, UNTIL)
    done = decide(store, before.stories[0].alike, action)
    assert asked(store) != before
    assert undo(store, done.numbers) == Undone(3)
    reopened = Store(store.path)  # as after a restart
    reopened.migrate()
    assert asked(reopened) == before
    assert readmodel.case_counts(store.path, SINCE, UNTIL) == {"open": 5}
    assert readmodel.statement_counts(store.path, SINCE, UNTIL) == figures
    first, second = case(store, 1).log
    assert (first.action, first.who, first.undone, first.undid) == (action, "Per", True, None)
    assert (second.action, second.who, second.undone, second.undid) == ("undone", "Kari", False, action)
    assert undo(store, done.numbers) == Undone(0), "nothing is undone twice"
    assert len(decide(store, before.stories[0].alike, action).numbers) == 3, "but it can be said again"


def test_what_stood_before_the_undone_decision_stands_again(store: Store) -> None:
    do(store, "dismissed", n=5, words="first")
    do(store, "assigned", n=5, words="", to="Ola")
    flags = asked(store, state="dismissed").stories[0].alike
    done = decide(store, flags, "confirmed", hours=1)
    entry = CaseEntry("mention-5", flags[0].content_hash, "i", "assigned", "Per", NOW, "", "Eva")
    given = triage.act_all(store.path, [entry], wait_s=5)
    assert (case(store, 5).state, case(store, 5).assignee) == ("confirmed", "Eva")
    undo(store, given.numbers)
    undo(store, done.numbers)
    found = case(store, 5)
    assert (found.state, found.assignee) == ("dismissed", "Ola")
    assert found.decision is not None and found.decision.why == "first"
    assert readmodel.decisions(store.path, SINCE, UNTIL) == {"dismissed": 1, "assigned": 1}


def test_an_undone_dismissal_is_inherited_by_no_copy(store: Store) -> None:
    done = decide(store, asked(store).stories[0].alike[:1], "dismissed")
    assert [case(store, n).state for n in (1, 2, 3)] == ["dismissed"] * 3
    undo(store, done.numbers)
    assert [case(store, n).state for n in (1, 2, 3)] == ["open"] * 3


def test_what_somebody_decided_since_stands(store: Store) -> None:
    done = decide(store, asked(store).stories[0].alike, "dismissed")
    do(store, "confirmed", n=2, words="", who="Eva", hours=1)
    do(store, "answered", n=1, words="an answer is no decision", hours=1)
    assert undo(store, done.numbers) == Undone(2, ("mention-2",))
    assert [case(store, n).state for n in (1, 2, 3)] == ["open", "confirmed", "open"]


def test_a_confirmed_flag_that_only_the_person_held_up_goes_when_it_is_undone(store: Store) -> None:
    done = decide(store, asked(store).stories[1].alike, "confirmed")
    collected(store, flagged=flag(level="none", score=0.1, model="flagger@2"))
    assert case(store, 5).state == "confirmed"
    undo(store, done.numbers)
    assert readmodel.case(store.path, "mention-5") is None


def test_undoing_needs_a_name_and_what_is_gone_cannot_be_undone(store: Store) -> None:
    done = decide(store, asked(store).stories[1].alike, "confirmed")
    with pytest.raises(ConfigError, match="who: is empty"):
        undo(store, done.numbers, " ")
    store.forget(Rule("url", mention_ids=("mention-5",)), NOW)
    assert undo(store, done.numbers) == Undone(0)
    assert readmodel.case_log(store.path) == []


def test_an_undone_decision_teaches_nothing(store: Store) -> None:
    kept = decide(store, asked(store).stories[1].alike, "dismissed")
    taught = readmodel.decided_cases(store.path)
    done = decide(store, asked(store).stories[0].alike, "confirmed", hours=1)
    assert len(readmodel.decided_cases(store.path)[1]) == 4
    undo(store, done.numbers)
    assert readmodel.decided_cases(store.path) == taught and len(taught[1]) == 1
    left = readmodel.undecided_cases(store.path, "flagger@1")
    assert {row.mention_id for row in left} == {f"mention-{n}" for n in (1, 2, 3, 4)}
    undo(store, kept.numbers)
    assert readmodel.decided_cases(store.path)[1] == []


def test_an_undone_answer_is_not_shown_or_exported(store: Store, tmp_path: Path) -> None:
    flags = asked(store).stories[1].alike
    done = decide(store, flags, "answered", "a slip of the tongue", hours=1)
    undo(store, done.numbers)
    assert case(store, 5).said("answered") == ()
    readmodel.export_mentions(store.path, tmp_path / "m.jsonl", "jsonl")
    assert "slip" not in (tmp_path / "m.jsonl").read_text(encoding="utf-8")
    log = readmodel.case_log(store.path, "mention-5")
    assert [(row.action, row.undone) for row in log] == [("undone", False), ("answered", True)]
    assert timedelta() < log[0].at - log[1].at
