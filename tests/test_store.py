"""The store keeps its promises: known by any key, fresh or not, due or done, twice is once, nothing half-written."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import db
from monitor.errors import StoreError
from monitor.store import CollectCounts, Poll, Rule, Store
from monitor.types import (
    CaseEntry,
    Conflict,
    Correction,
    FetchState,
    Flag,
    Incident,
    KnownIncident,
    Label,
    Match,
    Mention,
    Message,
    Picture,
    Relation,
    StoryLink,
    Target,
    Verdict,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BRAND = Target("Fjordbank", "brand")
LEADER = Target("Kari Nordvik", "leader", start=3, end=7, field="text", surface="Kari")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "data" / "store.duckdb")
    made.migrate()
    yield made
    assert_derived_is_right(made)


DERIVED = {  # sums of weights depend on the order of adding
    "standing": "",
    "story_standing": "REPLACE (round(weight, 9) AS weight)",
    "story_counts": "REPLACE (round(weight, 6) AS weight, round(squares, 6) AS squares)",
    "listed": "",
    "raised": "",
    "stances": "",
}


def assert_derived_is_right(store: Store) -> None:
    """What is kept for speed equals the view that says what it means; nothing due hides below its floor."""
    with db.reading(store.path) as con:
        for table, changes in DERIVED.items():
            kept, meant = f"SELECT * {changes} FROM {table}", f"SELECT * {changes} FROM v_{table}_source"
            if table == "raised":
                meant = meant.replace("v_raised_source", "v_raised_row_source")
            for a, b in ((kept, meant), (meant, kept)):
                assert con.execute(f"{a} EXCEPT ALL {b}").fetchall() == [], table


def mention(n: int, **changes: object) -> Mention:
    made = Mention(
        f"m{n}", f"Title {n}", f"Text {n}", f"https://a.example/{n}", source="news", source_type="news",
        published_at=NOW - n * HOUR, seen_at=NOW, keys=(f"link {n}", f"guid {n}"),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def poll(*mentions: Mention, source: str = "news", at: datetime = NOW) -> Poll:
    return Poll(source, at, FetchState(etag="e"), mentions)


def verdict(target: str, model: str = "model@1", negative: float = 0.8) -> Verdict:
    return Verdict(target, negative, 0.9 - negative, 0.1, "judged", model)


def flag(model: str = "flagger@1") -> Flag:
    conflict = Conflict("value.1", 0.9, "major", "text", 0, 4, "Text", "because")
    conflicts = (conflict, replace(conflict, statement="value.2"))
    relations = (Relation("value.1", 0.8, 0.05),)
    return Flag("major", 0.9, conflicts, (("value.1", 0.9), ("b", 0.1)), True, model, relations)


def rows(store: Store, query: str) -> list[tuple[object, ...]]:
    with db.reading(store.path) as con:
        return con.execute(query).fetchall()


# --- settings and migrations ------------------------------------------------------------------------------------


def test_migrating_again_changes_nothing(store: Store) -> None:
    before = rows(store, "SELECT number, name FROM migrations ORDER BY number")
    store.migrate()
    assert rows(store, "SELECT number, name FROM migrations ORDER BY number") == before
    numbers = [row[0] for row in before]
    assert numbers == list(range(1, len(numbers) + 1)), "a migration's number is missing or stands twice"


def test_set_once_keeps_the_first_value(store: Store) -> None:
    assert store.setting("key") is None
    assert store.set_once("key", "first") == "first"
    assert store.set_once("key", "second") == "first"
    store.set_setting("key", "third")
    assert store.setting("key") == "third"


def test_an_unmigrated_store_reads_as_empty(tmp_path: Path) -> None:
    store = Store(tmp_path / "none.duckdb")
    assert store.fetch_states() == {}
    assert store.due_matches("i", 5) == []
    assert store.due_messages(NOW) == []


# --- collecting -------------------------------------------------------------------------------------------------


def test_the_same_poll_twice_adds_nothing(store: Store) -> None:
    assert store.add_polls([poll(mention(1), mention(2))]) == CollectCounts(new=2)
    assert store.add_polls([poll(mention(1), mention(2))]) == CollectCounts(known=2)
    assert rows(store, "SELECT count(*) FROM mention_keys") == [(6,)]  # two keys and the id of each


def test_the_strongest_known_key_decides(store: Store) -> None:
    store.add_polls([poll(mention(1), mention(2))])
    counts = store.add_polls([poll(mention(9, title="Title 2", text="Text 2", keys=("link 2", "guid 1")))])
    assert counts == CollectCounts(known=1)
    assert {m.id for m in store.due_matches("i", 9)} == {"m1", "m2"}


def test_new_mentions_that_share_a_key_in_one_batch_become_one(store: Store) -> None:
    first, second = mention(1, keys=("a", "b")), mention(2, keys=("c", "b"))
    assert store.add_polls([poll(first), poll(second, source="other")]) == CollectCounts(new=1, known=1)
    assert store.add_polls([poll(mention(3, keys=("c",)))]).new == 0


def test_a_batch_entry_that_shares_a_key_with_a_known_one_is_that_one_in_any_order(store: Store) -> None:
    store.add_polls([poll(mention(1, keys=("a",)))])
    bridging = mention(1, keys=("a", "b"))
    assert store.add_polls([poll(mention(2, keys=("b",)), bridging)]).new == 0


def test_one_id_is_never_given_twice(store: Store) -> None:
    store.add_polls([poll(mention(1))])
    assert store.add_polls([poll(mention(1, keys=("quite", "other")))]).new == 0
    assert rows(store, "SELECT id, count(*) FROM mentions GROUP BY id") == [("m1", 1)]


def test_an_edit_changes_the_text_and_keeps_the_times(store: Store) -> None:
    store.add_polls([poll(mention(1))])
    later = mention(1, id="other", text="New", published_at=NOW + 5 * HOUR, seen_at=NOW + 6 * HOUR)
    assert store.add_polls([poll(later, at=NOW + 6 * HOUR)]) == CollectCounts(edited=1)
    (found,) = store.due_matches("i", 9)
    assert (found.id, found.text, found.published_at, found.seen_at) == ("m1", "New", NOW - HOUR, NOW)
    assert rows(store, "SELECT updated_at FROM mentions") == [((NOW + 6 * HOUR).replace(tzinfo=None),)]
    assert store.add_polls([poll(later)]).edited == 0


def test_two_sources_with_different_excerpts_do_not_edit_each_other(store: Store) -> None:
    store.add_polls([poll(mention(1))])
    assert store.add_polls([poll(mention(1, text="Excerpt"), source="other")]) == CollectCounts(known=1)
    assert store.due_matches("i", 9)[0].text == "Text 1"


@pytest.mark.parametrize(
    ("published", "answered", "fresh", "dated"),
    [
        (NOW - 47 * HOUR, False, True, True),
        (NOW - 49 * HOUR, True, False, True),
        (None, False, False, False),
        (None, True, True, False),
        (NOW + timedelta(minutes=14), False, True, True),
        (NOW + timedelta(minutes=16), False, False, False),
        (NOW + timedelta(minutes=16), True, True, False),
    ],
)
def test_fresh_and_believed(
    store: Store, published: datetime | None, answered: bool, fresh: bool, dated: bool
) -> None:
    if answered:
        store.add_polls([poll(at=NOW - HOUR)])
    store.add_polls([poll(mention(1, published_at=published))])
    said = published if dated and published else NOW
    assert rows(store, "SELECT fresh, dated, said_at FROM v_mentions") == [
        (fresh, dated, said.replace(tzinfo=None))
    ]


def test_text_that_no_file_can_hold_does_not_stop_the_others(store: Store) -> None:
    bad = mention(1, text="half \ud83d of a pair, a \x00 and an æ")
    assert store.add_polls([poll(bad, mention(2))]).new == 2
    assert store.due_matches("i", 9)[1].text == "half ? of a pair, a \x00 and an æ"


def test_source_state_and_health(store: Store) -> None:
    bad = Poll("bad", NOW, error="timed out", error_kind="timeout", not_before=NOW + HOUR)
    store.add_polls([poll(mention(1)), bad])
    store.add_polls([Poll("bad", NOW + HOUR, error="again", error_kind="http_500")])
    store.add_polls(
        [Poll("news", NOW + HOUR, FetchState(etag="f", cursor="c", polls=77), unchanged=True, dropped=3)]
    )
    states = store.fetch_states()
    assert states["news"] == FetchState(etag="f", cursor="c", polls=2)
    assert states["bad"] == FetchState(polls=0)
    naive = NOW.replace(tzinfo=None)
    assert rows(
        store,
        "SELECT failing_since, last_error, error_kind, last_new_at, dropped FROM sources ORDER BY source",
    ) == [(naive, "again", "http_500", None, 0), (None, None, None, naive, 3)]
    store.add_polls([poll(source="bad", at=NOW + 2 * HOUR)])
    assert rows(store, "SELECT failing_since, last_error FROM sources WHERE source = 'bad'") == [(None, None)]


def _add_the_same(path: str, seed: int) -> None:
    store = Store(Path(path))
    for n in random.Random(seed).sample(range(6), 6):
        store.add_polls([poll(*(mention(n * 20 + k) for k in range(30)), source=f"s{seed}")])


def test_two_writers_adding_the_same_mentions_make_no_doubles(store: Store) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_add_the_same, args=(str(store.path), seed)) for seed in (1, 2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    assert rows(store, "SELECT count(*), count(DISTINCT id) FROM mentions") == [(130, 130)]
    assert rows(store, "SELECT count(*), count(DISTINCT key) FROM mention_keys") == [(390, 390)]


# --- what is due ------------------------------------------------------------------------------------------------


def _matched(
    store: Store, *mentions: Mention, targets: tuple[Target, ...] = (BRAND, LEADER), identity: str = "i"
) -> None:
    store.add_polls([poll(*mentions)])
    due = store.due_matches(identity, 99)
    store.add_matches(
        identity, [(m, Match(True, targets, "employee", "Kari Nordvik", ("x",))) for m in due], NOW
    )


def test_due_matches_are_oldest_first_bounded_and_done_once(store: Store) -> None:
    store.add_polls([poll(*(mention(n) for n in range(5)))])
    assert [m.id for m in store.due_matches("i", 2)] == ["m4", "m3"]
    due = store.due_matches("i", 99)
    store.add_matches("i", [(m, Match(False)) for m in due[:3]], NOW)
    assert [m.id for m in store.due_matches("i", 99)] == ["m1", "m0"]
    assert len(store.due_matches("another", 99)) == 5


def test_a_done_step_is_due_again_for_late_old_and_edited_mentions(store: Store) -> None:
    _matched(store, mention(1), mention(2))
    assert store.due_matches("i", 99) == []
    store.add_polls([poll(mention(500), mention(2, text="edited"))])
    assert [m.id for m in store.due_matches("i", 99)] == ["m500", "m2"]


def test_a_skipped_mention_stays_due(store: Store) -> None:
    store.add_polls([poll(*(mention(n) for n in range(5)))])
    due = store.due_matches("i", 99)
    store.add_matches("i", [(m, Match(True, (BRAND,))) for m in due if m.id != "m3"], NOW)
    assert [m.id for m in store.due_matches("i", 99)] == ["m3"]
    pairs = store.due_verdicts("i", "model@1", 99)
    store.add_verdicts([(m, verdict(t.name)) for m, t in pairs[1:]], NOW)
    assert [m.id for m, _ in store.due_verdicts("i", "model@1", 99)] == [pairs[0][0].id]


def test_a_target_is_kept_once_per_mention_where_it_was_met_first(store: Store) -> None:
    _matched(store, mention(1), targets=(LEADER, BRAND, replace(LEADER, via="author")))
    assert [t for _, t in store.due_verdicts("i", "model@1", 9)] == [LEADER, BRAND]


def test_stories(store: Store) -> None:
    _matched(store, mention(1), mention(2), mention(3))
    assert [m.id for m in store.due_stories(2)] == ["m3", "m2"]
    store.add_stories([("m3", "m3"), ("m2", "m3")], NOW)
    store.add_stories([("m2", "elsewhere")], NOW)
    assert [m.id for m in store.due_stories(9)] == ["m1"]
    window = store.story_window(NOW - 2 * HOUR, NOW, 9)
    assert [(story, m.id) for story, m in window] == [("m3", "m2")]


def test_verdicts_go_by_content_target_and_model(store: Store) -> None:
    _matched(store, mention(1))
    due = store.due_verdicts("i", "model@1", 99)
    assert [t for _, t in due] == [BRAND, LEADER]
    assert due[0][0].voice == "employee"
    for _ in range(2):
        store.add_verdicts([(m, verdict(t.name)) for m, t in due], NOW)
    assert store.due_verdicts("i", "model@1", 99) == []
    assert len(store.due_verdicts("i", "model@2", 99)) == 2
    store.add_verdicts([(due[0][0], verdict("Fjordbank", "model@2", 0.1))], NOW + HOUR)
    assert rows(store, "SELECT target, model, label FROM v_verdicts ORDER BY target") == [
        ("Fjordbank", "model@2", "neutral"),
        ("Kari Nordvik", "model@1", "negative"),
    ]
    assert rows(store, "SELECT count(*) FROM verdicts") == [(3,)]


def test_an_edited_text_is_judged_anew_and_the_old_verdict_kept(store: Store) -> None:
    _matched(store, mention(1))
    store.add_verdicts([(m, verdict(t.name)) for m, t in store.due_verdicts("i", "model@1", 9)], NOW)
    _matched(store, mention(1, text="edited"))
    assert rows(store, "SELECT DISTINCT standing FROM v_standing") == [("unjudged",)]
    assert rows(store, "SELECT count(*) FROM v_verdicts") == [(0,)]
    assert len(store.due_verdicts("i", "model@1", 9)) == 2
    assert rows(store, "SELECT count(*) FROM verdicts") == [(2,)]


def test_flags_wait_for_every_verdict_and_carry_what_is_known(store: Store) -> None:
    _matched(store, mention(1))
    pairs = store.due_verdicts("i", "model@1", 9)
    store.add_verdicts([(m, verdict(t.name)) for m, t in pairs[:1]], NOW)
    assert store.due_flags("i", "flagger@1", "model@1", 9) == []
    store.add_verdicts([(m, verdict(t.name)) for m, t in pairs[1:]], NOW)
    (request,) = store.due_flags("i", "flagger@1", "model@1", 9)
    assert request.match == Match(True, (BRAND, LEADER), "employee", "Kari Nordvik", ("x",))
    assert [v.target for v in request.verdicts] == ["Fjordbank", "Kari Nordvik"]
    for _ in range(2):
        store.add_flags("i", [(request.mention, flag())], NOW)
    assert store.due_flags("i", "flagger@1", "model@1", 9) == []
    assert rows(store, "SELECT rank, statement FROM v_conflicts ORDER BY rank") == [
        (1, "value.1"),
        (2, "value.2"),
    ]
    assert rows(store, "SELECT count(*) FROM flag_candidates") == [(2,)]
    store.add_flags(
        "i", [(request.mention, replace(flag("flagger@2"), level="none", conflicts=()))], NOW + HOUR
    )
    assert rows(store, "SELECT model, level FROM v_flags") == [("flagger@2", "none")]
    assert rows(store, "SELECT count(*) FROM v_conflicts") == [(0,)]


def test_another_identity_comes_into_force_and_back(store: Store) -> None:
    _matched(store, mention(1), identity="i")
    store.add_verdicts([(m, verdict(t.name)) for m, t in store.due_verdicts("i", "model@1", 9)], NOW)
    _matched(store, mention(1), targets=(BRAND,), identity="j")
    assert rows(store, "SELECT target, standing FROM v_standing") == [("Fjordbank", "negative")]
    store.add_matches("i", [], NOW)
    assert len(rows(store, "FROM v_standing")) == 2


def test_random_work_leaves_the_derived_tables_right(store: Store) -> None:
    """Any order of steps: what is kept for speed equals its view, and nothing that is due is overlooked."""
    choose = random.Random(7)
    for round_ in range(5):
        edited = [mention(choose.randrange(60), text=f"text {choose.randrange(3)}") for _ in range(6)]
        store.add_polls([poll(*edited, at=NOW + round_ * HOUR)])
        identity = choose.choice(["i", "i", "i", "j"])
        some = [m for m in store.due_matches(identity, 20) if choose.random() < 0.8]
        matches = [Match(choose.random() < 0.8, choose.choice([(BRAND,), (BRAND, LEADER)])) for _ in some]
        matches = [m if m.relevant else Match(False) for m in matches]
        store.add_matches(identity, list(zip(some, matches, strict=True)), NOW)
        grouped = [m.id for m in store.due_stories(9) if choose.random() < 0.7]
        store.add_stories([(id_, f"s{choose.randrange(5)}") for id_ in grouped], NOW)
        model = choose.choice(["model@1", "model@1", "model@2"])
        pairs = [p for p in store.due_verdicts(identity, model, 20) if choose.random() < 0.8]
        store.add_verdicts(
            [(m, verdict(t.name, model, choose.random() * 0.9)) for m, t in pairs], NOW + round_ * HOUR
        )
        _correct_some(store, choose)
        for row in store.outdated_verdicts(["model@2"], 4):
            store.add_verdicts(
                [(row.mention, row.known or verdict(row.target.name, "model@2"))], NOW, again=True
            )
        requests = [r for r in store.due_flags(identity, "flagger@1", model, 9) if choose.random() < 0.8]
        store.add_flags(identity, [(r.mention, flag()) for r in requests], NOW)
        assert_derived_is_right(store)
        found = {
            "match": [m.id for m in store.due_matches(identity, 999)],
            "story": [m.id for m in store.due_stories(999)],
            "verdict": [(m.id, t.name) for m, t in store.due_verdicts(identity, model, 999)],
            "unjudged": [(m.id, t.name) for m, t in store.due_verdicts(identity, None, 999)],
            "flag": [r.mention.id for r in store.due_flags(identity, "flagger@1", model, 999)],
        }
        with db.writing(store.path) as con:
            kept = con.execute("FROM done").fetchall()
            con.execute("DELETE FROM done")  # without the floors everything is looked at
        assert found == {
            "match": [m.id for m in store.due_matches(identity, 999)],
            "story": [m.id for m in store.due_stories(999)],
            "verdict": [(m.id, t.name) for m, t in store.due_verdicts(identity, model, 999)],
            "unjudged": [(m.id, t.name) for m, t in store.due_verdicts(identity, None, 999)],
            "flag": [r.mention.id for r in store.due_flags(identity, "flagger@1", model, 999)],
        }
        with db.writing(store.path) as con:
            for row in kept:
                con.execute("INSERT INTO done VALUES (?, ?, ?)", row)
    assert len(rows(store, "FROM done")) >= 4


def _correct_some(store: Store, choose: random.Random) -> None:
    pairs = rows(
        store,
        "SELECT m.id, content_hash, target FROM mentions AS m JOIN standing AS t ON t.mention_id = m.id",
    )
    some = [p for p in sorted(pairs) if choose.random() < 0.3]
    labels: list[Label | None] = ["negative", "neutral", "positive", None]
    store.add_corrections(
        [Correction(str(m), str(h), str(t), choose.choice(labels), "Per", NOW, "irony") for m, h, t in some]
    )


def test_the_newest_verdicts_are_shown_and_what_another_model_gave_is_found(store: Store) -> None:
    _matched(store, mention(1))
    pairs = store.due_verdicts("i", None, 99)
    store.add_verdicts([(m, verdict(t.name)) for m, t in pairs], NOW)
    assert store.due_verdicts("i", None, 99) == [] and len(store.due_verdicts("i", "model@2", 99)) == 2
    assert store.count_outdated(["model@1"]) == 0 and store.count_outdated(["model@2"]) == 2
    assert store.due_flags("i", "flagger@1", "model@2", 9) == []
    store.add_verdicts([(pairs[0][0], verdict("Fjordbank", "model@2", 0.1))], NOW, again=True)
    (row,) = store.outdated_verdicts(["model@2"], 9)
    assert (row.target, row.before, row.known, row.corrected) == (
        LEADER,
        verdict("Kari Nordvik"),
        None,
        False,
    )
    assert row.mention.voice == "employee" and store.setting("rejudged_at") == NOW.isoformat()
    (row,) = store.outdated_verdicts(["model@1"], 9)
    assert (row.before.model, row.known) == ("model@2", verdict("Fjordbank"))
    (request,) = store.due_flags("i", "flagger@1", None, 9)
    assert [v.model for v in request.verdicts] == ["model@2", "model@1"], "the newest of each"
    assert store.outdated_verdicts(["second@1", "model@2", "model@1"], 9) == []
    assert [r.known for r in store.outdated_verdicts(["second@1", "model@2"], 9)] == [None]
    assert store.count_outdated(["x"], NOW) == 0 and store.count_outdated(["x"], NOW - HOUR) == 2


def _judged_and_flagged(store: Store) -> None:
    _matched(store, mention(1, author="p1"), mention(2, author="p2"), mention(3, author="p2"))
    links = [StoryLink(a, a, b, 0.5, ("ntb", "37")) for a, b in (("m1", "m2"), ("m2", "m1"), ("m3", "m1"))]
    store.add_stories([(m.id, m.id) for m in store.due_stories(9)], NOW, links)
    store.add_verdicts([(m, verdict(t.name)) for m, t in store.due_verdicts("i", "model@1", 9)], NOW)
    store.add_flags("i", [(r.mention, flag()) for r in store.due_flags("i", "flagger@1", "model@1", 9)], NOW)
    hashes = rows(store, "SELECT id, content_hash FROM mentions")
    store.add_corrections(
        [Correction(str(m), str(h), "Fjordbank", "neutral", "Per", NOW, "ironi") for m, h in hashes]
    )
    store.add_case_entries(
        [CaseEntry(str(m), str(h), "i", "answered", "Kari", NOW, "nei") for m, h in hashes]
    )
    store.add_voices("r", [(m, ["Kystbanken"]) for m in store.due_voices("r", ["news"], NOW - 99 * HOUR, 9)])
    store.save_incidents([], [], NOW, {f"incident {m}": str(m) for m, _ in hashes})
    store.add_search("1", [(m, [1, 2]) for m in store.due_search("1", 9)])


def test_what_is_forgotten_is_gone_everywhere_and_does_not_come_back(store: Store) -> None:
    _judged_and_flagged(store)
    assert store.forget(Rule("age", before=NOW - 2 * HOUR), NOW).mentions == 1
    with db.reading(store.path) as con:
        tables = con.execute(
            "SELECT DISTINCT table_name FROM duckdb_columns() WHERE database_name = 'store' AND NOT internal "
            "AND column_name = 'mention_id' AND table_name <> 'mention_keys' "
            "AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE database_name = 'store')"
        ).fetchall()
        assert len(tables) == 18
        for (table,) in tables:
            left = con.execute(f"SELECT DISTINCT mention_id FROM {table} ORDER BY 1").fetchall()
            assert left == [("m1",), ("m2",)], table
    assert store.add_polls([poll(mention(3, author="p2"))]) == CollectCounts(known=1)
    assert rows(store, "SELECT count(*) FROM mentions") == [(2,)]


def test_an_author_is_erased(store: Store) -> None:
    _judged_and_flagged(store)
    assert store.forget(Rule("author", authors=("p2",)), NOW).mentions == 2
    assert store.forget(Rule("url", mention_ids=("m1", "nobody")), NOW).mentions == 1
    assert rows(store, "FROM v_standing") == rows(store, "FROM v_flags") == rows(store, "FROM mentions") == []


# --- incidents and messages -------------------------------------------------------------------------------------

INCIDENT = Incident(NOW, NOW + HOUR, None, NOW, 9, 12, 1.5, 0.9)


def test_incidents_are_replaced_by_id_and_their_messages_added_once(store: Store) -> None:
    message = Message("incident 1/a", "a@b.example", "Subject", "Text", "<p>", "from@b.example")
    for end in (None, NOW + 5 * HOUR):
        stored = KnownIncident("incident 1", "Fjordbank", ("Kari Nordvik",), replace(INCIDENT, end=end))
        store.save_incidents([stored], [message], NOW)
    assert store.incidents(NOW + 5 * HOUR) == [stored]
    assert store.incidents(NOW + 6 * HOUR) == []
    assert store.due_messages(NOW) == [message]


def test_a_message_is_claimed_once_and_finished(store: Store) -> None:
    store.save_incidents([], [Message("m", "a@b.example", "s", "t")], NOW)
    assert store.due_messages(NOW - HOUR) == []
    assert store.claim_message("m", NOW)
    assert not store.claim_message("m", NOW)
    assert store.due_messages(NOW) == []
    store.finish_message("m", NOW, error="busy", retry_at=NOW + HOUR)
    assert store.due_messages(NOW) == []
    assert not store.claim_message("m", NOW)
    assert store.claim_message("m", NOW + HOUR)
    store.finish_message("m", NOW + HOUR)
    assert store.due_messages(NOW + 9 * HOUR) == []
    assert rows(store, "SELECT state, attempts, last_error FROM messages") == [("sent", 2, None)]


def test_a_message_whose_sender_died_is_sent_again_only_if_nothing_had_left(store: Store) -> None:
    store.save_incidents([], [Message(i, "a@b.example", "s", "t") for i in ("claimed", "begun")], NOW)
    stale = store.claim_message("claimed", NOW)
    assert store.begin_message("begun", store.claim_message("begun", NOW), NOW)
    assert store.due_messages(NOW + HOUR / 10) == []
    (due,) = store.due_messages(NOW + 2 * HOUR)
    assert due.id == "claimed"
    claim = store.claim_message("claimed", NOW + 2 * HOUR)
    assert not store.begin_message("claimed", stale, NOW + 2 * HOUR), "who comes late must not send it"
    assert store.begin_message("claimed", claim, NOW + 2 * HOUR)
    assert rows(
        store, "SELECT id, state, starts_with(last_error, 'interrupted') FROM messages ORDER BY id"
    ) == [
        ("begun", "failed", True),
        ("claimed", "sending", None),
    ]


def test_what_was_given_up_can_be_released_or_dropped_by_hand(store: Store) -> None:
    store.save_incidents([], [Message(i, "a@b.example", "s", "t") for i in ("m", "n")], NOW)
    for message in ("m", "n"):
        store.claim_message(message, NOW)
        store.finish_message(message, NOW, error="550 no such user")
    store.release_message("m", NOW + HOUR)
    store.drop_message("n", NOW + HOUR)
    assert [message.id for message in store.due_messages(NOW + HOUR)] == ["m"]
    store.claim_message("m", NOW + HOUR)
    store.finish_message("m", NOW + HOUR)
    with pytest.raises(StoreError, match="is sent"):
        store.release_message("m", NOW + HOUR)
    with pytest.raises(StoreError, match="no message"):
        store.drop_message("x", NOW)


def test_pictures_thread_and_channel_survive_the_queue(store: Store) -> None:
    message = Message(
        "m", "Vakta", "s", "t", "<p>", "from@b.example", (Picture("chart.1@omdomme", b"\x89PNG\x00"),),
        "root", "webhook", "closed", '{"n": 1}',
    )  # fmt: skip
    store.save_incidents([], [message], NOW)
    assert store.due_messages(NOW) == [message]
