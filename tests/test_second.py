"""Second opinions on flags: which flags are asked about, what becomes of them, and what is stored and shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import config, db, readmodel
from monitor.classifiers import errand, second_flag
from monitor.config import check, load, load_conflicts, load_identity
from monitor.errors import ConfigError
from monitor.identity.second import SecondOpinions
from monitor.pipeline import Monitor
from monitor.store import Poll, Store
from monitor.types import (
    BrandIdentity,
    Conflict,
    ConflictLevel,
    ConflictQuestion,
    FetchState,
    Flag,
    FlagRequest,
    Match,
    Mention,
    Opinion,
    Statement,
)
from tests.chatserver import KEY, ChatServer, status
from tests.conftest import BRAND, FeedServer
from tests.webserver import serving

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDENTITY = BrandIdentity(
    name="Nordferd",
    statements=(
        *(Statement(f"value.{n}", "value", f"Utsagn {n}.") for n in range(1, 9)),
        Statement("value.9", "value", "Utgått.", valid_to=date(2025, 1, 1)),
    ),
)
CANDIDATES = tuple(
    (f"value.{n}", p) for n, p in zip((3, 1, 5, 7, 2), (0.2, 0.1, 0.06, 0.04, 0.02), strict=True)
)
REQUEST = FlagRequest(
    Mention("m", "Tittel", "Nordferd lot bilene gå.", published_at=NOW), Match(True, (), "leader")
)


def flag(score: float = 0.5, level: ConflictLevel = "minor", model: str = "first@1") -> Flag:
    conflict = Conflict("value.3", 0.2, "minor", "text", 0, 8, "Nordferd", "because")
    return Flag(level, score, (conflict,) if level != "none" else (), CANDIDATES, True, model)


class Judge:
    """Answers as told, and remembers what it was asked."""

    def __init__(self, *answers: Opinion | None) -> None:
        self.name = "second@1"
        self.answers = list(answers)
        self.asked: list[ConflictQuestion] = []

    def opinions(self, questions: Sequence[ConflictQuestion]) -> list[Opinion | None]:
        self.asked += questions
        return self.answers[: len(questions)]


def opinions(judge: Judge, band: float = 0.15) -> SecondOpinions:
    return SecondOpinions(IDENTITY, judge, threshold=0.44, band=band)


# --- what is asked and what comes of it ---------------------------------------------------------------------


def test_only_what_lies_in_the_band_and_is_about_us_is_asked_about() -> None:
    second = opinions(Judge())
    found = {s: second.unsure(REQUEST, flag(s)) for s in (0.01, 0.28, 0.3, 0.44, 0.58, 0.6, 0.99)}
    assert [s for s, asked in found.items() if asked] == [0.3, 0.44, 0.58]
    irrelevant = replace(REQUEST, match=replace(REQUEST.match, relevant=False))
    assert not opinions(Judge(), 0.99).unsure(irrelevant, flag(0.44))
    assert not second.unsure(REQUEST, replace(flag(), candidates=())), "no statement is in force"


def test_each_answer_finds_its_flag() -> None:
    judge = Judge(None, Opinion("none"))
    requests = [replace(REQUEST, mention=replace(REQUEST.mention, id=f"m{n}")) for n in range(5)]
    flags = [flag(0.9), flag(0.41), flag(0.42), flag(0.43), flag(0.1)]
    found = opinions(judge).ask(requests, flags, known={"m2"})
    assert [q.request.mention.id for q in judge.asked] == ["m1", "m3"]
    assert found.keys() == {1, 3} and found[1] is None
    assert found[3] is not None and found[3].first == flags[3]


def test_the_likeliest_statements_come_first_and_expired_ones_not_at_all() -> None:
    judge = Judge(None)
    assert opinions(judge).ask([REQUEST], [flag()]) == {0: None}
    (asked,) = judge.asked
    assert [s.id[-1] for s in asked.statements] == [*"31572", *"468"]
    assert asked.request is REQUEST and asked.identity is IDENTITY


def test_a_conflict_the_second_judge_sees() -> None:
    first = flag(0.4, "none")
    judge = Judge(Opinion("major", ("value.7", "value.8"), "text", 0, 8))
    found = opinions(judge).ask([REQUEST], [first], "en")[0]
    assert found is not None
    assert (found.level, found.model, found.first) == ("major", "second@1", first)
    assert found.score == pytest.approx(0.59) and found.role_mixing
    assert [(c.statement, c.severity, c.quote) for c in found.conflicts] == [
        ("value.7", "major", "Nordferd"), ("value.8", "minor", "Nordferd")
    ]  # fmt: skip
    assert "A leader" in found.conflicts[0].reason and "value.7" in found.conflicts[0].reason
    assert "40 %" in found.conflicts[0].reason
    assert [s for s, _ in found.candidates] == ["value.7", "value.8", "value.3", "value.1", "value.5"]
    scores = [p for _, p in found.candidates]
    assert scores == sorted(scores, reverse=True) and sum(scores) <= found.score + 1e-9
    assert [c.score for c in found.conflicts] == scores[:2]


def test_no_conflict_in_the_second_judge_s_eyes() -> None:
    found = opinions(Judge(Opinion("none"))).ask([REQUEST], [flag(0.5)])[0]
    assert found is not None and (found.level, found.conflicts) == ("none", ())
    assert found.score == pytest.approx(0.29)
    assert [s for s, _ in found.candidates] == [s for s, _ in CANDIDATES]
    assert sum(p for _, p in found.candidates) <= found.score


@pytest.mark.parametrize("lang", ["nb", "nn", "en", "no"])
@pytest.mark.parametrize("level", ["minor", "major"])
def test_reasons_are_whole_sentences_in_each_language(lang: str, level: ConflictLevel) -> None:
    judge = Judge(Opinion(level, ("value.3",), "title", 0, 6))
    found = opinions(judge, 0.9).ask([REQUEST], [flag()], lang)[0]
    assert found is not None
    (conflict,) = found.conflicts
    assert (conflict.quote, conflict.severity) == ("Tittel", level)
    assert conflict.reason.endswith(".") and "{" not in conflict.reason and "50 %" in conflict.reason


# --- in the store -------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "store.duckdb")
    made.migrate()
    mentions = [Mention(f"m{n}", "T", f"Tekst {n}", "https://a.example", source="news", published_at=NOW, seen_at=NOW,
                        keys=(f"k{n}",)) for n in range(2)]  # fmt: skip
    made.add_polls([Poll("news", NOW, FetchState(), tuple(mentions))])
    match_all(made, "i")
    return made


def match_all(store: Store, identity: str) -> None:
    store.add_matches(identity, [(m, Match(True)) for m in store.due_matches(identity, 9)], NOW)


def flag_all(
    store: Store, model: str, second: str = "", identity: str = "i"
) -> tuple[list[str], frozenset[str]]:
    """What was due of ``model``, and of which ``second`` had said something before."""
    due = [r.mention for r in store.due_flags(identity, model, None, 9)]
    known = store.add_flags(identity, [(m, flag(model=model)) for m in due], NOW, second=second)
    return [m.id for m in due], known


def opine(store: Store, second: str, after: str, identity: str = "i", only: str = "m0") -> None:
    first = flag(model=after)
    said = replace(first, level="none", conflicts=(), model=second, first=first)
    mentions = [r.mention for r in store.due_flags(identity, "nobody", None, 9) if r.mention.id == only]
    store.add_flags(identity, [(m, said) for m in mentions], NOW, second=second)


def shown(store: Store) -> dict[str, str]:
    with db.reading(store.path) as con:
        rows = con.execute("SELECT mention_id, model FROM v_flags").fetchall()
    assert len(rows) == len(dict(rows)), "one flag a mention is shown"
    return dict(rows)


def test_both_opinions_are_kept_and_nothing_is_due_again(store: Store) -> None:
    assert flag_all(store, "first@1", "second@1") == (["m0", "m1"], frozenset())
    opine(store, "second@1", "first@1")
    assert shown(store) == {"m0": "second@1", "m1": "first@1"}
    assert flag_all(store, "first@1", "second@1") == ([], frozenset())
    with db.reading(store.path) as con:
        rows = con.execute(
            "SELECT mention_id, model, level, shown, first_model, first_level FROM v_second_opinions"
        )
        assert rows.fetchall() == [("m0", "second@1", "none", True, "first@1", "minor")]
        kept = con.execute(
            "SELECT model, first_model FROM flags WHERE mention_id = 'm0' ORDER BY model"
        ).fetchall()
    assert kept == [("first@1", None), ("second@1", "first@1")]


def test_a_new_first_judge_does_not_overrule_a_second_opinion(store: Store) -> None:
    flag_all(store, "first@1", "second@1")
    opine(store, "second@1", "first@1")
    assert flag_all(store, "first@2", "second@1") == (["m0", "m1"], {"m0"})
    assert shown(store) == {"m0": "second@1", "m1": "first@2"}
    assert flag_all(store, "first@2", "second@1")[0] == [], "and is not asked for over and over"
    # Another second judge, or none: what the old one said does not bind.
    assert flag_all(store, "first@3", "second@2") == (["m0", "m1"], frozenset())
    assert shown(store) == {"m0": "first@3", "m1": "first@3"}
    opine(store, "second@2", "first@3")
    assert shown(store) == {"m0": "second@2", "m1": "first@3"}
    assert flag_all(store, "first@4", "second@1") == (["m0", "m1"], {"m0"}), "taken up again: it had spoken"
    assert shown(store) == {"m0": "second@1", "m1": "first@4"}
    flag_all(store, "first@5")
    assert shown(store) == {"m0": "first@5", "m1": "first@5"}


def test_an_opinion_is_of_one_content_and_one_identity(store: Store) -> None:
    flag_all(store, "first@1", "second@1")
    opine(store, "second@1", "first@1")
    match_all(store, "i2")
    store.set_setting("identity", "i2")
    assert flag_all(store, "first@1", "second@1", "i2") == (["m0", "m1"], frozenset())
    assert shown(store) == {"m0": "first@1", "m1": "first@1"}
    edited = Mention(
        "x", "T", "Ny tekst", "https://a.example", source="news", published_at=NOW, seen_at=NOW, keys=("k0",)
    )
    opine(store, "second@1", "first@1", "i2")
    store.add_polls([Poll("news", NOW + timedelta(hours=1), FetchState(), (edited,))])
    match_all(store, "i2")
    assert flag_all(store, "first@1", "second@1", "i2") == (["m0"], frozenset())
    assert shown(store) == {"m0": "first@1", "m1": "first@1"}
    with db.reading(store.path) as con:
        assert con.execute("FROM v_second_opinions").fetchall() == [], "the newest content only"


# --- in the whole job ---------------------------------------------------------------------------------------

TEXT = "Fjordbank sendte kunden rett til inkasso uten varsel, og sjefen lo av gjeldsfellen."


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    monkeypatch.setattr(errand, "_BACKOFF", 0.01)
    with serving() as web:
        chat = ChatServer(web)
        chat.say = answer
        yield chat


def answer(body: dict[str, Any]) -> str:
    """A conflict with value.1 where the text speaks of debt collection, otherwise none."""
    user = body["messages"][1]["content"]
    if "inkasso" not in user:
        return json.dumps({"conflict": "none", "statements": [], "quote": ""})
    return json.dumps({"conflict": "major", "statements": ["value.1"], "quote": "rett til inkasso"})


def configure(brand_file: Path, server: ChatServer, band: float = 0.99, **options: object) -> None:
    second = {
        "name": "endpoint",
        "url": server.url,
        "model": "liten",
        "retries": 0,
        "in_flight": 1,
        **options,
    }
    brand_file.write_text(
        brand_file.read_text(encoding="utf-8").partition("\nconflicts:")[0]
        + f"\nconflicts: {json.dumps({'band': band, 'second': second})}\n",
        encoding="utf-8",
    )


def fill(feed: FeedServer, now: datetime, count: int = 4) -> None:
    feed.add("/a/0", "Inkasso", TEXT, now - timedelta(hours=1))
    for n in range(1, count):
        feed.add(
            f"/a/{n}", f"Sak {n}", f"Fjordbank holdt møte nummer {n} tirsdag.", now - timedelta(hours=n + 1)
        )


def by_model(monitor: Monitor) -> dict[str, int]:
    with db.reading(monitor.config.settings.database) as con:
        return dict(con.execute("SELECT model, count(*) FROM v_flags GROUP BY model").fetchall())


def test_the_second_judge_s_flag_is_shown_and_the_report_counts(
    brand_file: Path, feed: FeedServer, server: ChatServer, now: datetime
) -> None:
    fill(feed, now)
    configure(brand_file, server)
    monitor = Monitor.open(brand_file)
    assert monitor.analyser.second is not None
    second, first = monitor.analyser.second.name, monitor.analyser.flagger.name
    monitor.collect()
    report = monitor.analyse()
    assert (report.flagged, report.conflicts, report.second_opinions, report.unanswered) == (4, 1, 4, 0)
    assert "4 of 4 answered" in report.asked_conflicts and report.asked == ""
    assert by_model(monitor) == {second: 4}
    (row,) = readmodel.conflicts(
        monitor.config.settings.database, now - timedelta(days=1), now + timedelta(days=1)
    )
    assert (row.statement, row.severity, row.quote, row.model) == (
        "value.1",
        "major",
        "rett til inkasso",
        second,
    )
    assert "den andre dommeren" in row.reason
    assert monitor.analyse().flagged == 0 and len(server.bodies) == 4
    # A new bundled model flags anew; what the second judge said of the same texts stands and is not bought again.
    monitor.analyser.flagger.name = f"{first}-next"
    report = monitor.analyse()
    assert (report.flagged, report.second_opinions, report.unanswered) == (4, 0, 0)
    assert by_model(monitor) == {second: 4} and len(server.bodies) == 4
    # Another second judge: asked about what the first judge flags from then on.
    configure(brand_file, server, max_statements=2)
    monitor = Monitor.open(brand_file)
    assert monitor.analyse().flagged == 0 and by_model(monitor) == {second: 4}
    monitor.analyser.flagger.name = f"{first}-after"
    report = monitor.analyse()
    assert report.second_opinions == 4 and second not in by_model(monitor)


def test_without_an_answer_the_first_flag_stands_and_is_counted(
    brand_file: Path, feed: FeedServer, server: ChatServer, now: datetime
) -> None:
    fill(feed, now)
    configure(brand_file, server, budget_requests=2)
    monitor = Monitor.open(brand_file)
    monitor.collect()
    report = monitor.analyse()
    assert (report.flagged, report.second_opinions, report.unanswered) == (4, 2, 2)
    assert "2 not asked: the budget of 2 requests is spent" in report.asked_conflicts
    assert sorted(by_model(monitor).values()) == [2, 2]
    assert monitor.analyse().flagged == 0 and len(server.bodies) == 2, "not asked about again by itself"
    fill(feed, now - timedelta(hours=9), 3)
    feed.items = [(f"{path}/b", title, text + " Igjen.", at) for path, title, text, at in feed.items[4:]]
    server.script = [status(401)]
    monitor.collect()
    report = monitor.analyse()
    assert (report.flagged, report.second_opinions, report.unanswered) == (3, 0, 3)
    assert "HTTP 401" in report.asked_conflicts


def test_a_narrow_band_and_no_second_judge_ask_nobody(
    brand_file: Path, feed: FeedServer, server: ChatServer, now: datetime
) -> None:
    fill(feed, now)
    configure(brand_file, server, band=1e-9)
    monitor = Monitor.open(brand_file)
    monitor.collect()
    report = monitor.analyse()
    assert (report.flagged, report.second_opinions, report.asked_conflicts) == (
        4,
        0,
        "",
    ) and not server.bodies


def test_the_filter_asks_when_it_is_configured(tmp_path: Path, server: ChatServer) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(BRAND, encoding="utf-8")
    given = [
        {"id": 1, "text": TEXT},
        {"id": 2, "text": "Det regner."},
        {"id": 3, "text": "Fjordbank åpner kl. 9."},
    ]
    stdin = "".join(json.dumps(row) + "\n" for row in given).encode()
    environ = {**os.environ, "OMDOMME_LLM_KEY": KEY}

    def flags() -> tuple[list[dict[str, Any]], str]:
        command = [sys.executable, "-m", "monitor.cli", "flag", "--brand", str(path), "--lang", "en"]
        done = subprocess.run(command, input=stdin, capture_output=True, check=True, env=environ)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()

    plain, said = flags()
    assert said == "" and not server.bodies
    assert all(row.keys().isdisjoint({"model", "first"}) for row in plain)
    configure(path, server, api_key="${OMDOMME_LLM_KEY}")
    rows, said = flags()
    assert "2 of 2 answered" in said and KEY not in said
    assert server.server.seen[0][1]["Authorization"] == f"Bearer {KEY}"
    assert [row["id"] for row in rows] == [1, 2, 3]
    assert [row["conflict"] for row in rows] == ["major", "none", "none"]
    (conflict,) = rows[0]["conflicts"]
    assert TEXT[conflict["start"] : conflict["end"]] == conflict["quote"] == "rett til inkasso"
    assert rows[0]["model"].startswith("endpoint:liten@")
    assert rows[0]["first"]["conflict"] == plain[0]["conflict"]
    assert rows[0]["first"]["score"] == pytest.approx(plain[0]["score"])
    assert rows[1]["first"] is None and rows[1]["score"] == plain[1]["score"], "not about us: nobody is asked"


# --- in the brand file --------------------------------------------------------------------------------------


def write(tmp_path: Path, conflicts: str) -> Path:
    path = tmp_path / "brand.yaml"
    path.write_text(BRAND + conflicts, encoding="utf-8")
    return path


GOOD = 'conflicts: {band: 0.2, second: {name: endpoint, url: "http://127.0.0.1:1/v1", model: m, api_key: "${OMDOMME_K}"}}\n'


def test_the_brand_file_names_the_second_judge(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    assert not [p for p in check(path, second_judge=second_flag.load) if p.field.startswith("conflicts")]
    found = load(path, {"OMDOMME_K": KEY}).settings.conflicts
    assert found == load_conflicts(path, {"OMDOMME_K": KEY})
    assert (found.band, dict(found.second or {})["api_key"], KEY in repr(found)) == (0.2, KEY, False)
    plain = tmp_path / "plain.yaml"
    plain.write_text(BRAND, encoding="utf-8")
    assert load_conflicts(plain, {}).second is None
    assert load_identity(plain).hash == load_identity(path).hash, "who judges is no part of who we are"
    assert "conflicts" in config.json_schema()["properties"]
    again = tmp_path / "again.yaml"
    again.write_text(config.convert(path), encoding="utf-8")
    assert load_conflicts(again, {"OMDOMME_K": KEY}) == found


@pytest.mark.parametrize(
    ("conflicts", "field", "words", "level"),
    [
        ("conflicts: {band: 0}", "conflicts.band", "", "error"),
        ("conflicts: {band: much}", "conflicts.band", "", "error"),
        ("conflicts: {second: {url: x}}", "conflicts.second.name", "", "error"),
        ("conflicts: {second: {name: onnx}}", "conflicts.second.name", "", "error"),
        ("conflicts: {second: endpoint}", "conflicts.second", "", "error"),
        ("conflicts: {second: {name: endpoint}}", "conflicts.second", "url must be given", "error"),
        (GOOD.replace("model: m,", "model: m, retries: -1,"), "conflicts.second", "retries is -1", "error"),
        (GOOD.replace("model: m,", "model: m, colour: 1,"), "conflicts.second", "colour", "error"),
        (GOOD.replace('"${OMDOMME_K}"', KEY), "conflicts.second.api_key", "secret", "error"),
        (GOOD.replace("band: 0.2", "bnad: 0.2"), "conflicts.bnad", "nothing here reads", "warning"),
    ],
)
def test_check_names_mistakes_with_their_line(
    tmp_path: Path, conflicts: str, field: str, words: str, level: str
) -> None:
    path = write(tmp_path, conflicts + "\n")
    (found,) = (p for p in check(path, second_judge=second_flag.load) if p.field.startswith("conflicts"))
    assert (found.field, found.level, found.line) == (field, level, BRAND.count("\n") + 1)
    assert words in found.message and (KEY not in str(found)) and found.remedy
    if level == "error" and field != "conflicts.second" and "secret" not in words:
        with pytest.raises(ConfigError, match="conflicts"):
            load_conflicts(path, {})
    assert load_identity(path).name == "Fjordbank", "the other filters do not mind"
