"""A person's word stands before every model's, is never lost, and holds for the text it was said of."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from monitor import db, readmodel
from monitor.errors import ConfigError, ContentChanged, StoreBusy
from monitor.pipeline import correcting
from monitor.pipeline.correcting import Wish
from monitor.readmodel import MentionFilter
from monitor.store import Poll, Rule, Store
from monitor.types import Correction, FetchState, Label, Match, Mention, Target, Verdict
from tests import command
from tests.conftest import FeedServer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALL = MentionFilter(NOW - 99 * HOUR, NOW + HOUR)
BRAND, LEADER = Target("Fjordbank", "brand"), Target("Kari Nordvik", "leader")
TARGETS = (BRAND, LEADER)


def mention(n: int, text: str = "") -> Mention:
    at = NOW - n * HOUR
    return Mention(f"mention-{n}", f"Title {n}", text or f"Text {n}", f"https://a.example/{n}", "p1", "news", "news",
                   "nb", None, at, at)  # fmt: skip


def collected(store: Store, *mentions: Mention) -> None:
    store.add_polls([Poll("news", NOW, FetchState(), mentions)])
    store.add_matches("i", [(m, Match(True, TARGETS)) for m in store.due_matches("i", 99)], NOW)


def judged(store: Store, model: str = "model@1", label: Label = "negative") -> None:
    p = {"negative": 0.1, "neutral": 0.1, "positive": 0.1} | {label: 0.8}
    rows = [(m, Verdict(t.name, *p.values(), "judged", model)) for m, t in store.due_verdicts("i", model, 99)]
    store.add_verdicts(rows, NOW)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "store.duckdb")
    made.migrate()
    made.set_setting("brand", BRAND.name)
    collected(made, mention(1), mention(2))
    judged(made)
    yield made
    with db.reading(made.path) as con:
        for a, b in (("standing", "v_standing_source"), ("v_standing_source", "standing")):
            assert con.execute(f"SELECT * FROM (FROM {a} EXCEPT ALL FROM {b})").fetchall() == []


def say(
    store: Store, label: Label | None, n: int = 1, who: str = "Per", why: str = "irony", hours: int = 0
) -> int:
    row = readmodel.mention(store.path, f"mention-{n}")
    assert row is not None
    made = Correction(row.id, row.content_hash, BRAND.name, label, who, NOW + hours * HOUR, why)
    return store.add_corrections([made])


def shown(store: Store, n: int = 1) -> readmodel.TargetVerdict:
    row = readmodel.mention(store.path, f"mention-{n}")
    assert row is not None
    return row.verdicts[0]


# --- what counts ---


def test_a_correction_counts_everywhere_a_verdict_does(store: Store, tmp_path: Path) -> None:
    before = readmodel.hour_counts(store.path, ALL.since, ALL.until)
    assert [(c.target, c.negative) for c in before if c.at == NOW - HOUR] == [
        ("Fjordbank", 1),
        ("Kari Nordvik", 1),
    ]
    assert say(store, "positive") == 1
    brand = readmodel.standings(store.path, ALL.since, ALL.until)[0]
    assert (brand.negative, brand.positive, brand.unsure, brand.unjudged) == (1, 1, 0, 0)
    assert brand.positive_share.value == 0.5
    counts = {(c.at, c.target): c.negative for c in readmodel.hour_counts(store.path, ALL.since, ALL.until)}
    assert counts[NOW - HOUR, "Fjordbank"] == 0 and counts[NOW - HOUR, "Kari Nordvik"] == 1
    points = readmodel.volume(store.path, ALL.since, ALL.until, targets=["Fjordbank"])
    assert sum(p.positive for p in points) == 1
    negative = replace(ALL, labels=("negative",), targets=("Fjordbank",))  # what an alert quotes
    assert [row.id for row in readmodel.mentions(store.path, negative)] == ["mention-2"]
    held = replace(ALL, corrections=("holds",))
    assert [row.id for row in readmodel.mentions(store.path, held)] == ["mention-1"]
    readmodel.export_mentions(store.path, tmp_path / "out.csv", "csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = {(r["id"], r["target"]): r for r in csv.DictReader(file)}
    row = rows["mention-1", "Fjordbank"]
    assert (row["label"], row["status"], row["positive"], row["model_label"]) == (
        "positive", "corrected", "1.0", "negative",
    )  # fmt: skip
    assert (row["corrected_by"], row["corrected_why"]) == ("Per", "irony")
    assert rows["mention-1", "Kari Nordvik"]["corrected_by"] == ""
    status = readmodel.status(store.path)
    assert (status.verdicts, status.corrected, status.to_confirm, status.due_judge) == (4, 1, 0, 0)


def test_who_when_why_and_the_model_beside_it(store: Store) -> None:
    say(store, "positive")
    verdict = shown(store)
    assert (verdict.label, verdict.status, verdict.positive, verdict.negative) == (
        "positive",
        "corrected",
        1,
        0,
    )
    assert verdict.correction == readmodel.HeldCorrection("positive", "Per", NOW, "irony", True)
    assert verdict.overruled == readmodel.ModelVerdict("negative", "judged", 0.8, 0.1, 0.1, "model@1")


def test_the_evaluation_gets_one_row_per_correction_that_holds(store: Store) -> None:
    say(store, "positive")
    say(store, "neutral", n=2, hours=1)
    say(store, None, n=2, hours=2)
    (row,) = readmodel.corrections(store.path)
    assert (row.mention_id, row.title, row.text, row.lang, row.voice) == (
        "mention-1", "Title 1", "Text 1", "nb", "third_party",
    )  # fmt: skip
    assert (row.target, row.kind, row.label, row.who, row.at, row.why) == (
        "Fjordbank", "brand", "positive", "Per", NOW, "irony",
    )  # fmt: skip
    assert (row.model_label, row.negative, row.model) == ("negative", 0.8, "model@1")
    assert readmodel.corrections(store.path, since=NOW + HOUR) == []
    assert len(readmodel.corrections(store.path, until=NOW + HOUR, limit=5)) == 1


def test_what_no_model_has_judged_can_be_corrected_and_stays_due(store: Store) -> None:
    collected(store, mention(3))
    say(store, "negative", n=3)
    assert shown(store, 3).status == "corrected" and shown(store, 3).overruled is None
    assert readmodel.status(store.path).due_judge == 2
    (row,) = readmodel.corrections(store.path)
    assert (row.model, row.negative, row.model_label) == (None, None, None)
    judged(store, label="positive")
    assert shown(store, 3).label == "negative" and shown(store, 3).overruled is not None


# --- what lasts ---


def test_the_newest_wins_and_every_word_is_kept(store: Store) -> None:
    say(store, "positive")
    assert say(store, "positive") == 0, "the same said again adds nothing"
    say(store, "neutral", who="Kari", why="only a date", hours=1)
    assert shown(store).label == "neutral"
    say(store, None, why="I was wrong", hours=2)
    assert (shown(store).label, shown(store).status, shown(store).correction) == ("negative", "judged", None)
    assert say(store, None, who="Nobody", why="nothing to take back", hours=3) == 0
    history = readmodel.correction_history(store.path)
    assert [(row.label, row.who, row.why, row.state) for row in history] == [
        (None, "Per", "I was wrong", "withdrawn"),
        ("neutral", "Kari", "only a date", "replaced"),
        ("positive", "Per", "irony", "replaced"),
    ]
    assert {(row.model_label, row.model) for row in history} == {("negative", "model@1")}


def test_a_correction_survives_a_new_model_and_a_new_identity(store: Store) -> None:
    say(store, "positive")
    judged(store, "model@2", "neutral")
    assert (shown(store).label, shown(store).status) == ("positive", "corrected")
    overruled = shown(store).overruled
    assert overruled is not None and (overruled.model, overruled.label) == ("model@2", "neutral")
    store.add_matches("j", [(m, Match(True, TARGETS)) for m in store.due_matches("j", 99)], NOW)
    assert shown(store).status == "corrected"


def test_a_changed_text_ends_it_until_somebody_confirms(store: Store) -> None:
    say(store, "positive")
    collected(store, mention(1, "Quite another text"))
    judged(store, label="neutral")
    verdict = shown(store)
    assert (verdict.label, verdict.status, verdict.overruled and verdict.overruled.model) == (
        "neutral", "judged", "model@1",
    )  # fmt: skip
    assert verdict.correction is not None and not verdict.correction.holds
    assert readmodel.corrections(store.path) == []
    assert readmodel.status(store.path).to_confirm == 1
    waiting = replace(ALL, corrections=("to_confirm",))
    assert [row.id for row in readmodel.mentions(store.path, waiting)] == ["mention-1"]
    assert readmodel.count_mentions(store.path, replace(ALL, corrections=("holds",))) == 0
    assert [row.state for row in readmodel.correction_history(store.path)] == ["to_confirm"]
    say(store, "positive", who="Kari", why="still irony", hours=1)
    assert shown(store).status == "corrected" and readmodel.status(store.path).to_confirm == 0


def test_a_text_that_is_changed_back_is_the_one_that_was_corrected(store: Store) -> None:
    say(store, "positive")
    collected(store, mention(1, "Quite another text"))
    collected(store, mention(1))
    assert shown(store).status == "corrected"


def test_what_was_seen_must_be_what_is_stored_or_nothing_is_written(store: Store) -> None:
    row = readmodel.mention(store.path, "mention-1")
    other = readmodel.mention(store.path, "mention-2")
    assert row is not None and other is not None
    collected(store, mention(1, "Quite another text"))
    late = Correction(row.id, row.content_hash, BRAND.name, "positive", "Per", NOW, "irony")
    fine = replace(late, mention_id=other.id, content_hash=other.content_hash)
    with pytest.raises(ContentChanged, match="mention-1"):
        store.add_corrections([fine, late])
    assert readmodel.correction_history(store.path) == []


def test_who_is_erased_takes_the_corrections_along(store: Store) -> None:
    say(store, "positive")
    store.forget(Rule("url", mention_ids=("mention-1",)), NOW)
    assert readmodel.correction_history(store.path) == []


def test_a_store_of_before_is_migrated_with_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = [file for file in db.migration_files() if file[0] < 4]
    path = tmp_path / "old.duckdb"
    store = Store(path)
    with db.writing(path, migrating=True) as con:
        for number, name, sql in old:
            con.execute(sql)
            con.execute("INSERT INTO migrations VALUES (?, ?, now()::TIMESTAMP)", [number, name])
        con.execute("INSERT INTO settings VALUES ('identity', 'i')")
        con.execute("""INSERT INTO mentions BY NAME SELECT 'mention-1' AS id, TIMESTAMP '2026-03-01' AS said_at,
            'h' AS content_hash, said_at AS seen_at, true AS fresh, 'news' AS source, 'news' AS source_type,
            '' AS author, '' AS url, 't' AS title, 'x' AS text""")
        con.execute("""INSERT INTO mention_targets BY NAME SELECT 'mention-1' AS mention_id, TIMESTAMP '2026-03-01' AS
            said_at, 'h' AS content_hash, 'i' AS identity, 0 AS position, 'Fjordbank' AS target, 'brand' AS kind,
            'text' AS via""")
        con.execute("""INSERT INTO verdicts BY NAME SELECT 'mention-1' AS mention_id, TIMESTAMP '2026-03-01' AS said_at,
            'h' AS content_hash, 'Fjordbank' AS target, 'm@1' AS model, 0.8 AS negative, 0.1 AS neutral,
            0.1 AS positive, 'negative' AS label, 'judged' AS status, said_at AS judged_at, true AS newest""")
        con.execute("INSERT INTO standing BY NAME FROM v_standing_source")
    store.migrate()
    assert shown(store).label == "negative"
    store.add_corrections([Correction("mention-1", "h", "Fjordbank", "neutral", "Per", NOW, "irony")])
    assert (shown(store).label, shown(store).status) == ("neutral", "corrected")
    with db.reading(path) as con:
        assert con.execute("FROM standing EXCEPT ALL FROM v_standing_source").fetchall() == []


# --- what a person may say ---


def wish(**changes: object) -> Wish:
    made = Wish("mention-1", "Fjordbank", "positive", "Per", "irony")
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("reference", ["mention-1", "https://a.example/1"])
@pytest.mark.parametrize(("target", "label"), [("Fjordbank", "positive"), (" fjordbank ", "Positive")])
def test_a_mention_is_meant_by_its_id_or_url(store: Store, reference: str, target: str, label: str) -> None:
    asked = wish(mention=reference, target=target, label=label)
    written, (made,) = correcting.correct_all(store.path, [asked], NOW)
    assert (written, made.mention_id, made.target, made.label) == (1, "mention-1", "Fjordbank", "positive")


def test_the_beginning_of_an_id_is_enough_when_it_is_the_only_one(store: Store) -> None:
    collected(store, replace(mention(3), id="rare-one", url=""))
    assert correcting.correct_all(store.path, [wish(mention="rare")], NOW)[0] == 1
    with pytest.raises(ConfigError, match="mention-1, mention-2"):
        correcting.correct_all(store.path, [wish(mention="ment")], NOW)
    with pytest.raises(ConfigError, match="no mention has the id"):
        correcting.correct_all(store.path, [wish(mention="rar")], NOW)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"why": " \n\u202e "}, "why: is empty"),
        ({"who": ""}, "who: is empty"),
        ({"why": "x" * 1001}, "longer than 1000"),
        ({"label": "great"}, "negative, neutral, positive, none"),
        ({"target": "Sparefri"}, "its targets are: Fjordbank, Kari Nordvik"),
        ({"mention": "nobody"}, "no mention has the id or URL 'nobody'"),
        ({"mention": "' OR 1=1 --"}, "no mention has"),
    ],
)
def test_what_cannot_be_understood_is_said(store: Store, changes: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        correcting.correct_all(store.path, [wish(**changes)], NOW)
    assert readmodel.correction_history(store.path) == []


def test_many_are_written_all_or_none_and_every_problem_is_named(store: Store) -> None:
    good = wish(file="f.csv", line=2)
    bad = [wish(mention="gone", file="f.csv", line=3), wish(target="X", why="", file="f.csv", line=4)]
    with pytest.raises(ConfigError) as told:
        correcting.correct_all(store.path, [good, *bad, replace(good, line=5)], NOW)
    said = str(told.value)
    assert [f"f.csv:{n}" in said for n in (2, 3, 4, 5)] == [False, True, True, True]
    assert "in line 2 already" in said and "why: is empty" in said
    assert readmodel.correction_history(store.path) == []
    assert correcting.correct_all(store.path, [good, wish(mention="mention-2")], NOW)[0] == 2


def test_a_person_does_not_wait_for_ever(store: Store) -> None:
    row = readmodel.mention(store.path, "mention-1")
    assert row is not None
    made = Correction(row.id, row.content_hash, BRAND.name, "positive", "Per", NOW, "irony")
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with db.writing(store.path):
            held.set()
            done.wait(30)

    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(10)
    try:
        with pytest.raises(StoreBusy, match=r"for over|still in use"):
            correcting.correct(store.path, made, wait_s=0.2)
    finally:
        done.set()
        other.join()
    assert correcting.correct(store.path, made, wait_s=5) is True
    assert correcting.correct(store.path, made, wait_s=5) is False


# --- the command ---


def call(brand: Path, *args: str) -> CompletedProcess[str]:
    return command.call(*args, "--brand", str(brand))


def test_the_command_corrects_lists_and_takes_back(
    brand_file: Path, feed: FeedServer, tmp_path: Path
) -> None:
    nothing = call(brand_file, "correct", "x", "Fjordbank", "neutral", "--why", "x")
    assert nothing.returncode == 1 and "nothing has been collected yet" in nothing.stderr
    assert not (tmp_path / "var").exists(), "no database is made"
    feed.add("/a", "Fjordbank får bot", "Fjordbank må betale.")
    feed.add("/b", "Fjordbank roses", "Fjordbank er best.")
    assert call(brand_file, "run").returncode == 0
    url = f"http://127.0.0.1:{feed.port}/a"
    done = call(
        brand_file, "correct", url, "Fjordbank", "neutral", "--why", "en [b]annen[/b] bank", "--who", "Per"
    )
    assert done.returncode == 0 and done.stdout.endswith("Fjordbank: neutral\n"), done.stderr
    (row,) = json.loads(call(brand_file, "correct", "--list", "--json").stdout)
    assert (row["label"], row["who"], row["why"], row["state"]) == (
        "neutral",
        "Per",
        "en [b]annen[/b] bank",
        "holds",
    )
    listed = call(brand_file, "correct", "--list").stdout
    assert (
        "Per: Fjordbank neutral" in listed
        and "\n  en [b]annen[/b] bank\n" in listed
        and row["mention_id"] in listed
    )
    assert json.loads(call(brand_file, "status", "--json").stdout)["corrected"] == 1
    file = tmp_path / "two.csv"
    file.write_text(
        f'mention,target,label,why\n{url},Fjordbank,positive,"a,\nb"\n{url[:-1]}b,Nobody,neutral,x\n'
    )
    done = call(brand_file, "correct", "--file", str(file))
    assert done.returncode == 1 and f"{file}:4: target:" in done.stderr and "Fjordbank" in done.stderr
    lines = [{"mention": url, "target": "Fjordbank", "label": "none", "why": "feil", "who": "Kari"}]
    (tmp_path / "one.jsonl").write_text("\n".join(json.dumps(line) for line in lines) + "\n\n")
    done = call(brand_file, "correct", "--file", str(tmp_path / "one.jsonl"))
    assert done.returncode == 0, done.stderr
    listed = json.loads(call(brand_file, "correct", "--list", "--json").stdout)
    assert [(r["who"], r["state"]) for r in listed] == [("Kari", "withdrawn"), ("Per", "replaced")]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.txt", "x", "ends in .csv or .jsonl"),
        ("a.csv", "", "holds no correction"),
        ("a.csv", "mention,label\nx,neutral\n", "a.csv:2: has no target, why"),
        ("a.csv", 'mention,target,label,why\nx,y,neutral,"z"z\n', "a.csv:2: is no CSV"),
        ("a.csv", "mention,target,label,why\nx,y,neutral,z,,w\n", "a.csv:2: has more cells"),
        ("a.jsonl", '{"mention": "x"}\n[]\n{', "a.jsonl:2: is no JSON object"),
        (
            "a.jsonl",
            '{"mention": 1, "target": "y", "label": "z", "why": "w"}',
            "a.jsonl:1: mention must be text",
        ),
        ("a.jsonl", '\n{"mention"', "a.jsonl:2: is no JSON"),
        ("a.csv", "mention,target,label,why\n\udcff,y,neutral,z\n", "cannot be read"),
    ],
)
def test_a_file_that_is_none_is_told_by_line(tmp_path: Path, name: str, content: str, told: str) -> None:
    from monitor import cli_correct

    path = tmp_path / name
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError) as said:
        list(cli_correct._from_file(path, "Per"))
    assert told in str(said.value).replace(str(path), name)


@pytest.mark.parametrize(
    "args",
    [(), ("x",), ("x", "y"), ("x", "--list"), ("x", "y", "neutral", "--withdraw"), ("x", "--file", "f.csv")],
)
def test_wrong_usage_is_exit_code_2(brand_file: Path, args: tuple[str, ...]) -> None:
    from typer.testing import CliRunner

    from monitor.cli import app

    assert CliRunner().invoke(app, ["correct", *args, "--brand", str(brand_file)]).exit_code == 2
