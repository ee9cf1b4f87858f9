"""A person's decision about a flag is kept for ever, counts for the whole story, and ends where its text does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor import readmodel
from monitor.cli import app
from monitor.errors import ConfigError, ContentChanged
from monitor.pipeline import triage
from monitor.pipeline.triage import Request
from monitor.readmodel import Case, MentionFilter
from monitor.store import Poll, Rule, Store
from monitor.types import (
    CASE_STATES,
    CaseAction,
    CaseEntry,
    Conflict,
    FetchState,
    Flag,
    Match,
    Mention,
    Target,
    Verdict,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SINCE, UNTIL = NOW - 99 * HOUR, NOW + 99 * HOUR
BRAND = Target("Fjordbank", "brand")
CONFLICT = MentionFilter(SINCE, UNTIL, conflict=("minor", "major"))


def mention(n: int, text: str = "", at: datetime | None = None) -> Mention:
    at = at or NOW - n * HOUR
    return Mention(f"mention-{n}", f"Title {n}", text or f"Text {n}", f"https://a.example/{n}", "p1", "news", "news",
                   "nb", None, at, at)  # fmt: skip


def flag(
    statement: str = "value.1", level: str = "major", score: float = 0.9, model: str = "flagger@1"
) -> Flag:
    hit = Conflict(
        statement, score, "major" if level == "major" else "minor", "text", 0, 4, "Text", "because"
    )
    conflicts = () if level == "none" else (hit,)
    return Flag(level, score, conflicts, ((statement, score),), False, model)  # type: ignore[arg-type]


def collected(
    store: Store, *mentions: Mention, flagged: Flag | None = None, identity: str = "i", story: str = "", seen: datetime = NOW
) -> None:  # fmt: skip
    store.add_polls([Poll("news", seen, FetchState(), mentions)])
    store.add_matches(identity, [(m, Match(True, (BRAND,))) for m in store.due_matches(identity, 99)], seen)
    store.add_stories([(m.id, story or m.id) for m in mentions], seen)
    store.add_verdicts([(m, Verdict(BRAND.name, 0.8, 0.1, 0.1, "judged", "m@1")) for m in mentions], seen)
    model = (flagged or flag()).model
    due = store.due_flags(identity, model, None, 99)
    store.add_flags(identity, [(r.mention, flagged or flag()) for r in due], seen)


def case(store: Store, n: int = 1) -> Case:
    found = readmodel.case(store.path, f"mention-{n}")
    assert found is not None
    return found


def do(store: Store, action: CaseAction, n: int = 1, words: str = "irony", who: str = "Per", hours: int = 0, to: str | None = None) -> int:  # fmt: skip
    found = case(store, n)
    entry = CaseEntry(
        found.mention_id, found.content_hash, found.identity, action, who, NOW + hours * HOUR, words, to
    )
    return store.add_case_entries([entry])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "store.duckdb")
    made.migrate()
    made.set_setting("brand", BRAND.name)
    collected(made, mention(1), mention(2))
    return made


def counts(store: Store) -> tuple[int, ...]:
    """Of open, to_confirm, confirmed, dismissed, set_aside; by each of the ways they can be asked for."""
    found = readmodel.case_counts(store.path, SINCE, UNTIL)
    status = readmodel.status(store.path)
    assert dict(status.cases) == {state: found.get(state, 0) for state in CASE_STATES}
    standing = sum(found.get(s, 0) for s in ("open", "to_confirm", "confirmed"))
    assert status.flagged == standing == readmodel.count_mentions(store.path, CONFLICT)
    stories = readmodel.count_stories(store.path, CONFLICT)
    assert stories == sum(a + b for _, a, b in readmodel.statement_counts(store.path, SINCE, UNTIL))
    assert standing == len({row.mention.id for row in readmodel.conflicts(store.path, SINCE, UNTIL)})
    none = readmodel.count_mentions(store.path, replace(CONFLICT, conflict=("none",)))
    assert none + standing == readmodel.count_mentions(store.path, replace(CONFLICT, conflict=()))
    return tuple(found.get(state, 0) for state in CASE_STATES)


# --- what a decision does ---


def test_a_dismissed_flag_counts_nowhere_and_says_who_when_and_why(store: Store) -> None:
    assert counts(store) == (2, 0, 0, 0, 0)
    assert do(store, "dismissed") == 1
    assert counts(store) == (1, 0, 0, 1, 0)
    found = case(store)
    assert (found.state, found.level, found.model_level, found.model_score) == (
        "dismissed",
        "none",
        "major",
        0.9,
    )
    assert found.decision == readmodel.Decision("dismissed", "Per", NOW, "irony", "mention-1", True)
    row = readmodel.mention(store.path, "mention-1")
    assert row is not None and row.conflict == "none"
    (shown,) = readmodel.conflicts(store.path, SINCE, UNTIL, states=["dismissed"])
    assert (shown.mention.id, shown.mention.case.decision, shown.statement) == (
        "mention-1",
        found.decision,
        "value.1",
    )


def test_a_confirmed_flag_goes_on_counting(store: Store) -> None:
    do(store, "confirmed", words="")
    assert counts(store) == (1, 0, 1, 0, 0)
    assert case(store).level == "major"


def test_the_log_keeps_everything_and_the_newest_decision_counts(store: Store) -> None:
    do(store, "dismissed")
    assert do(store, "dismissed", hours=1) == 0, "the same said again adds nothing"
    do(store, "confirmed", words="not irony", who="Kari", hours=1)
    do(store, "assigned", words="", to="Ola", hours=2)
    do(store, "outcome", words="We apologised", hours=3)
    do(store, "reopened", words="wrong again", hours=4)
    assert do(store, "reopened", words="nothing to reopen", hours=5) == 0
    assert do(store, "dismissed", hours=6) == 1, "said before, but taken back since"
    log = readmodel.case_log(store.path)
    assert [(row.action, row.who, row.words, row.assignee) for row in reversed(log)] == [
        ("dismissed", "Per", "irony", None),
        ("confirmed", "Kari", "not irony", None),
        ("assigned", "Per", "", "Ola"),
        ("outcome", "Per", "We apologised", None),
        ("reopened", "Per", "wrong again", None),
        ("dismissed", "Per", "irony", None),
    ]
    assert {(r.statement, r.model, r.level, r.score, r.state) for r in log} == {
        ("value.1", "flagger@1", "major", 0.9, "dismissed")
    }
    assert readmodel.case_log(store.path, "mention-2") == []


def test_an_answer_and_who_it_was_given_to_stand_with_the_flag(store: Store) -> None:
    do(store, "answered", words="I spoke as myself", who="Kari Nordvik")
    do(store, "assigned", words="", to="Ola")
    do(store, "assigned", words="Ola is away", to="Eva", hours=1)
    found = case(store)
    assert (found.state, found.assignee) == ("open", "Eva")
    (answer,) = found.said("answered")
    assert (answer.who, answer.words, answer.at, answer.of_this_text) == (
        "Kari Nordvik", "I spoke as myself", NOW, True,
    )  # fmt: skip
    (listed,) = readmodel.cases(store.path, states=["open"], assignee="eva")
    assert (listed.case.mention_id, listed.quote, listed.reason) == ("mention-1", "Text", "because")
    assert readmodel.cases(store.path, states=["open"], assignee="Ola") == []
    assert len(readmodel.cases(store.path, states=["open"])) == 2
    collected(store, mention(1, "Quite another text"))
    assert [entry.of_this_text for entry in case(store).log] == [False] * 3


# --- stories ---


def test_a_dismissed_story_stays_dismissed_with_the_first_decision(store: Store) -> None:
    collected(store, mention(3), story="mention-1")
    collected(store, mention(4), story="mention-1", flagged=flag("value.2"))
    do(store, "dismissed")
    do(store, "dismissed", n=3, words="same thing", hours=1)
    collected(store, mention(5, at=NOW + 2 * HOUR), story="mention-1", seen=NOW + 2 * HOUR)
    assert (case(store, 5).state, case(store, 4).state) == ("dismissed", "open"), "another statement is open"
    decision = case(store, 5).decision
    assert decision == readmodel.Decision("dismissed", "Per", NOW, "irony", "mention-1", True)
    assert counts(store) == (2, 0, 0, 3, 0)
    do(store, "confirmed", n=5, words="this one is real", hours=3)
    assert [case(store, n).state for n in (1, 3, 5)] == ["dismissed", "dismissed", "confirmed"]
    collected(store, mention(6), story="mention-1")
    assert case(store, 6).state == "open", "somebody confirmed a copy since"


def test_a_copy_can_be_reopened_alone(store: Store) -> None:
    collected(store, mention(3), story="mention-1")
    do(store, "dismissed")
    assert do(store, "reopened", n=3, words="this copy adds a quote") == 1
    assert (case(store, 1).state, case(store, 3).state) == ("dismissed", "open")
    assert case(store, 3).decision is None


def test_a_copy_that_is_edited_is_shown_again(store: Store) -> None:
    collected(store, mention(3), story="mention-1")
    do(store, "dismissed")
    edited = replace(mention(3, "Quite another text"), seen_at=NOW + HOUR)
    collected(store, edited, story="mention-1", seen=NOW + HOUR)
    assert (case(store, 1).state, case(store, 3).state) == ("dismissed", "to_confirm")
    assert case(store, 3).decision is not None


# --- what ends it ---


def test_an_edited_text_is_shown_again_with_the_old_decision(store: Store) -> None:
    do(store, "dismissed")
    collected(store, mention(1, "Quite another text"))
    found = case(store)
    assert (found.state, found.level) == ("to_confirm", "major")
    assert found.decision is not None and not found.decision.holds
    assert counts(store) == (1, 1, 0, 0, 0)
    do(store, "dismissed", who="Kari", words="still irony", hours=1)
    assert counts(store) == (1, 0, 0, 1, 0)


def test_another_identity_asks_again_and_renewing_says_it_for_what_is_the_same(store: Store) -> None:
    collected(store, mention(3), story="mention-1")
    do(store, "dismissed")
    do(store, "confirmed", n=2, words="")
    collected(store, identity="j")
    assert counts(store) == (0, 3, 0, 0, 0)
    assert triage.renew(store.path, "Kari", "only an alias is new", NOW + HOUR) == 2
    assert counts(store) == (0, 0, 1, 2, 0)
    assert triage.renew(store.path, "Kari", "again", NOW + HOUR) == 0
    assert {row.who for row in readmodel.case_log(store.path)} == {"Per", "Kari"}


def test_renewing_leaves_out_what_another_statement_is_touched_by_now(store: Store) -> None:
    do(store, "dismissed")
    collected(store, identity="j", flagged=flag("value.2"))
    assert triage.renew(store.path, "Kari", "only an alias is new", NOW + HOUR) == 0


def test_a_person_stands_before_a_new_model(store: Store) -> None:
    do(store, "confirmed", words="")
    do(store, "dismissed", n=2)
    collected(store, flagged=flag(level="none", score=0.2, model="flagger@2"))
    assert (case(store, 1).state, case(store, 1).model, case(store, 1).level) == (
        "confirmed",
        "flagger@1",
        "major",
    )
    assert readmodel.case(store.path, "mention-2") is None, "the new model agrees"
    assert counts(store) == (0, 0, 1, 0, 0)
    collected(store, flagged=flag(model="flagger@3", score=0.7))
    assert (case(store, 1).model_score, case(store, 2).state) == (0.7, "dismissed")


def test_what_was_seen_must_be_what_is_stored_or_nothing_is_written(store: Store) -> None:
    old, other = case(store, 1), case(store, 2)
    collected(store, mention(1, "Quite another text"))
    late = CaseEntry(old.mention_id, old.content_hash, "i", "confirmed", "Per", NOW)
    fine = replace(late, mention_id=other.mention_id, content_hash=other.content_hash)
    for wrong in (late, replace(fine, identity="j"), replace(fine, mention_id="nobody")):
        with pytest.raises(ContentChanged, match=wrong.mention_id):
            store.add_case_entries([fine, wrong])
    assert readmodel.case_log(store.path) == []


def test_who_is_erased_takes_the_case_along(store: Store) -> None:
    do(store, "answered", words="It was me", who="Kari Nordvik")
    store.forget(Rule("url", mention_ids=("mention-1",)), NOW)
    assert readmodel.case_log(store.path) == []


def test_an_export_holds_the_decision_and_the_answer(store: Store, tmp_path: Path) -> None:
    do(store, "dismissed")
    do(store, "answered", words="I spoke\nas myself", who="Kari Nordvik")
    readmodel.export_mentions(store.path, tmp_path / "m.jsonl", "jsonl")
    found = {row["id"]: row for row in map(json.loads, (tmp_path / "m.jsonl").read_text().splitlines())}
    one, two = found["mention-1"], found["mention-2"]
    assert (one["conflict"], one["model_conflict"], one["conflict_state"], one["decided_by"]) == (
        "none", "major", "dismissed", "Per",
    )  # fmt: skip
    assert one["conflict_answer"] == "Kari Nordvik: I spoke\nas myself"
    assert (two["conflict"], two["conflict_state"], two["decided_by"], two["conflict_answer"]) == (
        "major", "open", None, None,
    )  # fmt: skip


# --- what a person may say ---


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"words": " \n\u202e "}, "why: is empty"),
        ({"action": "answered", "words": ""}, "text: is empty"),
        ({"action": "assigned", "assignee": " "}, "to: is empty"),
        ({"action": "confirmed", "words": "x" * 1001}, "longer than 1000"),
        ({"who": ""}, "who: is empty"),
        ({"mention": "nobody"}, "no mention has the id or URL 'nobody'"),
        ({"mention": "mention"}, "mention-1, mention-2"),
        ({"mention": "plain"}, "not flagged"),
    ],
)
def test_what_cannot_be_done_is_said(store: Store, changes: dict[str, object], told: str) -> None:
    plain = replace(mention(3), id="plain", url="")
    collected(store, plain, flagged=flag(level="none", score=0.1))
    asked = replace(Request("mention-1", "dismissed", "Per", "irony"), **changes)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=told):
        triage.act_on(store.path, asked, NOW)
    assert readmodel.case_log(store.path) == []


def test_a_confirmation_needs_no_reason_and_a_name_is_one_line(store: Store) -> None:
    new, found = triage.act_on(store.path, Request("https://a.example/1", "confirmed", " Per\n\u202eK "), NOW)
    assert new and found.mention_id == "mention-1"
    (row,) = readmodel.case_log(store.path)
    assert (row.who, row.words) == ("Per K", "")


def test_a_standing_decision_is_an_example_on_the_guidelines_sheet(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMDOMME_DATABASE", str(store.path))
    collected(store, mention(1))
    do(store, "confirmed", words="det står at frister kan flyttes, og det kan de ikke")
    brand = Path(__file__).parent.parent / "examples" / "lomvi" / "brand.yaml"
    printed = CliRunner().invoke(app, ["guidelines", "--brand", str(brand), "--lang", "nb"])
    assert printed.exit_code == 0, printed.output
    assert "frister kan flyttes" in printed.output
    do(store, "reopened", words="sett på nytt", hours=1)
    assert "frister" not in CliRunner().invoke(app, ["guidelines", "--brand", str(brand)]).output
