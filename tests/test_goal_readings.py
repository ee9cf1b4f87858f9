"""Goals over a real store: what is counted, what is kept, and who is named beside us."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor import cli_goals, db, readmodel
from monitor.cli import app
from monitor.config import Config, check, convert, load
from monitor.goals import MEASURES
from monitor.pipeline import goals, voices
from monitor.store import Poll, Rule, Store
from monitor.types import (
    CaseEntry,
    Conflict,
    Correction,
    FetchState,
    Flag,
    Label,
    Match,
    Measure,
    Mention,
    Reading,
    Relation,
    Target,
    Verdict,
    Voice,
)

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)
DAY = timedelta(days=1)
EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
BRAND = """
name: Fjordbank
sector: sparebank
products: [{name: Fjordkonto}]
competitors: [Kystbanken, Nord Spar, "Bank (x|y)* \\\\"]
leaders: [{id: leader.1, name: Kari Nordvik}]
values: [{id: value.1, text: "Vi låner aldri ut mer enn kunden tåler."}]
wanted_image: [{id: wanted.1, text: "Den rolige banken"}, {id: wanted.2, text: "Banken som svarer"}]
sources:
  - {id: avisa, kind: feed, url: "https://avisa.example/rss"}
  - {id: about, kind: feed, url: "https://search.example/rss?q=fjordbank"}
  - {id: ours, kind: feed, url: "https://forum.example/rss", own_place: true}
  - {id: hn, kind: hackernews, query: fjordbank}
goals:
"""
GOALS = """
  - {id: positive, text: t, measure: positive_share, target: 0.5}
  - {id: leader, text: t, measure: {of: negative_share, target: Kari Nordvik}, target: 0.1}
  - {id: words, text: t, measure: {of: nonnegative_share, words: [gjeld, "rolig  bank"], period: week}, target: 0.5}
  - {id: value, text: t, measure: {of: nonnegative_share, statement: value.1, source_type: news}, target: 0.5}
  - {id: image, text: t, measure: wanted_image_share, target: 0.5}
  - {id: open, text: t, measure: open_conflicts, target: 0}
  - {id: decided, text: t, measure: {of: decision_time, period: quarter}, target: 24}
  - {id: voice, text: t, measure: share_of_voice, target: 0.5}
  - {id: reply, text: t, measure: reply_share_60min, target: 0.8}
  - {id: staff, text: t, measure: apprentices_hired, target: 40}
  - {id: silent, text: t}
"""


@pytest.fixture
def brand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("OMDOMME_HOME", "OMDOMME_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "brand.yaml"
    path.write_text(BRAND + GOALS, encoding="utf-8")
    yield path


@pytest.fixture
def config(brand: Path) -> Config:
    return load(brand)


@pytest.fixture
def store(config: Config) -> Store:
    made = Store(config.settings.database)
    made.migrate()
    return made


def mention(n: int, text: str = "Fjordbank", at: datetime | None = None, **changes: object) -> Mention:
    said = at or NOW - timedelta(hours=30 + n)
    made = Mention(f"m{n}", "", f"{text} {n}", f"https://a.example/{n}", "leser", "avisa", "news", "nb",
                   published_at=said, seen_at=said)  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def add(
    store: Store,
    config: Config,
    rows: Sequence[tuple[Mention, Label | None, Flag | None]],
    *,
    voice: Voice = "third_party",
    targets: Sequence[Target] = (Target("Fjordbank", "brand"),),
    at: datetime = NOW,
) -> None:
    """Stored, matched, judged and flagged as the pipeline would."""
    mentions = [m for m, _, _ in rows]
    store.add_polls([Poll(m.source, at, FetchState(), (m,)) for m in mentions])
    identity = config.identity.hash
    store.add_matches(identity, [(m, Match(bool(targets), tuple(targets), voice)) for m in mentions], at)
    verdicts = [(m, verdict(label, t.name)) for m, label, _ in rows if label for t in targets]
    store.add_verdicts(verdicts, at)
    store.add_flags(identity, [(m, flag) for m, _, flag in rows if flag], at)


def verdict(label: Label, target: str, status: str = "judged") -> Verdict:
    p = {"negative": 0.1, "neutral": 0.1, "positive": 0.1, label: 0.8}
    return Verdict(target, p["negative"], p["neutral"], p["positive"], status, "j@1")  # type: ignore[arg-type]


def calm(*in_line: tuple[str, float]) -> Flag:
    relations = tuple(Relation(s, 0.0, p) for s, p in in_line)
    return Flag("none", 0.1, (), (("value.1", 0.1),), False, "f@1", relations)


RAISED = Flag("minor", 0.9, (Conflict("value.1", 0.9, "minor", "text", 0, 4, "Fjor", "r"),), (("value.1", 0.9),), False, "f@1")  # fmt: skip


def read(config: Config, store: Store, goal: str, now: datetime = NOW) -> list[Reading]:
    goals.evaluate(config, store, now)
    return readmodel.goal_readings(config.settings.database, goals=[goal])


# --- what is counted --------------------------------------------------------------------------------------------


def test_an_empty_store_has_no_data_and_no_zero(config: Config, store: Store) -> None:
    report = goals.evaluate(config, store, NOW)
    assert {r.goal for r in report.readings} == {
        "positive", "leader", "words", "value", "image", "open", "decided", "voice", "reply", "staff"
    }  # fmt: skip
    assert all(
        (r.value, r.low, r.high, r.track) == (None, None, None, "cannot_tell") for r in report.readings
    )
    why = {r.goal: r.why for r in report.readings}
    assert (why["positive"], why["reply"], why["staff"]) == ("no_data", "not_measurable", "unknown_measure")
    assert (why["image"], why["open"], why["decided"]) == ("not_compared", "no_data", "no_data")
    assert goals.effects(config, NOW) == []
    assert readmodel.goal_readings(config.base / "nothing.duckdb") == []


def test_a_share_is_of_judged_stories_that_others_told(config: Config, store: Store) -> None:
    labels: list[Label] = ["positive"] * 3 + ["neutral"] * 2 + ["negative"] * 5
    add(store, config, [(mention(n), label, None) for n, label in enumerate(labels)])
    add(store, config, [(mention(20), "positive", None)], voice="brand")
    add(store, config, [(mention(21, source="ours"), "positive", None)])
    add(store, config, [(mention(22), None, None)])
    store.add_verdicts([(mention(22), verdict("positive", "Fjordbank", "unsure"))], NOW)
    store.add_stories(
        [("m0", "s"), ("m1", "s"), ("m2", "s"), *((f"m{n}", f"m{n}") for n in range(3, 10))], NOW
    )
    with db.writing(config.settings.database) as con:
        con.execute("INSERT INTO source_weights VALUES ('ours', NULL, true)")
    (found,) = read(config, store, "positive")
    assert (found.value, found.n, found.unit) == (1 / 8, 8, "share"), "three copies are one story"
    assert found.low == pytest.approx(0.0224, abs=1e-3) and found.high == pytest.approx(0.4709, abs=1e-3)
    assert found.track == "behind"
    assert (found.since, found.until) == (
        datetime(2026, 2, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 31, 22, tzinfo=UTC),
    )


def test_a_correction_stands_before_the_copies(config: Config, store: Store) -> None:
    rows = [mention(n) for n in range(3)]
    add(store, config, [(m, "negative", None) for m in rows])
    store.add_stories([(m.id, "s") for m in rows], NOW)
    assert read(config, store, "positive")[0].value == 0.0
    store.add_corrections(
        [Correction("m1", rows[1].content_hash, "Fjordbank", "positive", "Eli", NOW, "praise")]
    )
    assert read(config, store, "positive")[0].value == 1.0


def test_a_measure_is_narrowed_by_target_words_statement_and_source(config: Config, store: Store) -> None:
    both = (Target("Fjordbank", "brand"), Target("Kari Nordvik", "leader"))
    add(store, config, [(mention(1, "GJELDSFELLE hos Fjordbank"), "negative", RAISED)], targets=both)
    add(store, config, [(mention(2, "Den ugjeldne ROLIG \n bank"), "positive", None)])
    add(store, config, [(mention(3, "avgjeld i Fjordbank"), "negative", None)])
    add(store, config, [(mention(4, "gjeld", source_type="forum"), "positive", RAISED)])
    assert [(r.value, r.n) for r in read(config, store, "leader")] == [(1.0, 1)]
    (words,) = read(config, store, "words")
    assert (words.value, words.n) == (pytest.approx(2 / 3), 3), (
        "a word begins with it, whatever stands between"
    )
    assert [(r.value, r.n) for r in read(config, store, "value")] == [(0.0, 1)]


@pytest.mark.parametrize(
    "word", ["(", ".*", "a|b", "\\", "[", "(?i)x", "'; DROP TABLE mentions --", "æ" * 200, "$words"]
)
def test_words_are_words_and_never_patterns(config: Config, store: Store, word: str) -> None:
    add(
        store,
        config,
        [(mention(1, "Fjordbank a b x"), "positive", None), (mention(2, f"se {word}"), "positive", None)],
    )
    measure = Measure("positive_share", words=(word,))
    found = readmodel.story_shares(config.settings.database, *EVER, measure, "Fjordbank", "positive")
    assert sum(h.n for h in found) == 1


def test_the_wanted_image_is_an_expected_number(config: Config, store: Store) -> None:
    first = calm(("wanted.1", 0.6), ("wanted.2", 0.3), ("value.1", 0.9))
    add(
        store,
        config,
        [
            (mention(1), "positive", first),
            (mention(2), "positive", calm()),
            (mention(3), None, calm(("value.1", 1.0))),
        ],
    )
    add(store, config, [(mention(4), "positive", calm(("wanted.1", 1.0)))], voice="leader")
    (found,) = read(config, store, "image")
    assert (found.value, found.n) == (pytest.approx(0.6 / 3), 3)


def test_without_a_model_that_compares_the_image_is_not_measured(config: Config, store: Store) -> None:
    add(store, config, [(mention(1), "positive", Flag("none", 0.1, (), (), False, "f@1"))])
    (found,) = read(config, store, "image")
    assert (found.value, found.why) == (None, "not_compared")


def test_flags_wait_until_somebody_decides(config: Config, store: Store) -> None:
    rows = [mention(n, at=NOW - 20 * DAY) for n in range(4)]
    add(store, config, [(m, "negative", RAISED) for m in rows], at=NOW - 20 * DAY)
    store.add_stories([("m0", "s"), ("m1", "s"), ("m2", "m2"), ("m3", "m3")], NOW - 20 * DAY)
    (before, now_) = read(config, store, "open")
    assert (before.value, now_.value, now_.low, now_.high, now_.track) == (3, 3, 3, 3, "behind")
    (waits,) = read(config, store, "decided")
    assert (waits.value, waits.why, waits.n) == (None, "undecided", 3)

    def decide(n: int, hours: int) -> None:
        at = NOW - 20 * DAY + timedelta(hours=hours)
        entry = CaseEntry(f"m{n}", rows[n].content_hash, config.identity.hash, "confirmed", "Eli", at, "yes")
        assert store.add_case_entries([entry]) == 1

    decide(2, 6)
    decide(3, 18 * 24)
    (waits,) = read(config, store, "decided", NOW + timedelta(hours=1))
    assert (waits.value, waits.n, waits.unit) == (18 * 24, 3, "hours"), "the one still open counts as waiting"
    found = read(config, store, "open", NOW + timedelta(hours=1))
    assert [r.value for r in found] == [2, 1], "at the end of February one was decided about"


def test_an_incident_waits_until_the_first_acknowledgement(config: Config, store: Store) -> None:
    with db.writing(config.settings.database) as con:
        columns = [row[0] for row in con.execute("SELECT column_name FROM (DESCRIBE incidents)").fetchall()]
        for id_, hour in (("a", 1), ("b", 2), ("c", 3)):
            at = (NOW - timedelta(hours=hour)).replace(tzinfo=None)
            known = {"id": id_, "target": "Fjordbank", "also": ["Kari Nordvik"], "started_at": at, "detected_at": at,
                     "peak_at": at, "peak_count": 5, "observed": 5, "expected": 0.1, "score": 0.9, "saved_at": at}  # fmt: skip
            usual = {"phase": "open", "severity": "minor", "reasons": [], "told_closed": False}
            row = {c: {**usual, **known}[c] for c in columns if c in known or c in usual}
            marks = ", ".join("?" * len(row))
            con.execute(f"INSERT INTO incidents ({', '.join(row)}) VALUES ({marks})", list(row.values()))
        first, later = ((NOW - timedelta(minutes=m)).replace(tzinfo=None) for m in (30, 10))
        for number, (at, action) in enumerate(
            [(first, "noted"), (later, "acknowledged"), (NOW.replace(tzinfo=None), "acknowledged")]
        ):
            con.execute(
                "INSERT INTO incident_actions (number, incident, action, who, acted_at, words) VALUES (?, 'a', ?, 'Eli', ?, '')",
                [number, action, at],
            )
    found = readmodel.incidents_waiting(config.settings.database, *EVER)
    assert [(w.begun, w.ended) for w in found] == [
        (NOW - timedelta(hours=3), None), (NOW - timedelta(hours=2), None),
        (NOW - timedelta(hours=1), NOW - timedelta(minutes=10)),
    ]  # fmt: skip
    assert len(readmodel.incidents_waiting(config.settings.database, *EVER, "Kari Nordvik")) == 3
    assert readmodel.incidents_waiting(config.settings.database, *EVER, "Nobody") == []


# --- what is kept -----------------------------------------------------------------------------------------------


def test_reading_again_keeps_only_what_is_new(config: Config, store: Store) -> None:
    add(store, config, [(mention(n), "positive", None) for n in range(4)])
    first = goals.evaluate(config, store, NOW)
    assert first.new == len(first.readings)
    assert goals.evaluate(config, store, NOW + timedelta(hours=6)).new == 0
    add(store, config, [(mention(9), "negative", None)])
    assert goals.evaluate(config, store, NOW + timedelta(hours=7)).new == 2, "and the share of voice"
    (newest,) = readmodel.goal_readings(config.settings.database, goals=["positive"])
    assert (newest.value, newest.n) == (0.8, 5)
    with db.reading(config.settings.database) as con:
        kept = con.execute(
            "SELECT value, n, identity FROM goal_readings WHERE goal = 'positive' ORDER BY read_at"
        ).fetchall()
    assert kept == [(1.0, 4, config.identity.hash), (0.8, 5, config.identity.hash)], (
        "what was said then is kept"
    )


def test_another_measure_begins_another_line(config: Config, store: Store, brand: Path) -> None:
    add(store, config, [(mention(n), "negative", None) for n in range(4)])
    assert read(config, store, "positive")[0].value == 0.0
    text = brand.read_text(encoding="utf-8").replace("measure: positive_share", "measure: negative_share")
    brand.write_text(text, encoding="utf-8")
    (found,) = read(load(brand), store, "positive", NOW + DAY)
    assert (found.measure, found.value) == ("negative_share", 1.0)


def test_settled_periods_stay_when_the_texts_are_gone(config: Config, store: Store) -> None:
    old = [mention(n, at=NOW - 120 * DAY) for n in range(5)]
    add(store, config, [(m, "positive", None) for m in old])
    add(store, config, [(mention(9), "negative", None)])
    before = {r.since: r.value for r in read(config, store, "positive")}
    assert sorted(v for v in before.values() if v is not None) == [0.0, 1.0]
    store.forget(Rule("age", before=NOW - 60 * DAY), NOW)
    after = {r.since: r.value for r in read(config, store, "positive", NOW + DAY)}
    assert after == before


def test_a_period_before_anything_was_said_has_no_reading(config: Config, store: Store) -> None:
    add(store, config, [(mention(1, at=datetime(1970, 1, 2, tzinfo=UTC)), "positive", None)])
    add(store, config, [(mention(2), "positive", None)])
    found = read(config, store, "positive")
    assert [(r.value, r.n) for r in found] == [(1.0, 1)]
    assert len(goals.evaluate(config, store, NOW).readings) < 40


# --- share of voice ---------------------------------------------------------------------------------------------


def test_only_sources_that_do_not_search_for_us_are_counted(config: Config) -> None:
    assert voices.countable(config) == (("avisa",), ("about", "ours", "hn"))


def test_our_share_is_of_the_texts_that_name_us_or_a_competitor(config: Config, store: Store) -> None:
    ours = (Target("Fjordbank", "brand", "text", "text", 0, 9, "Fjordbank"),)
    add(store, config, [(mention(1, "Fjordbank setter ned renten på lån"), "positive", None)], targets=ours)
    add(
        store,
        config,
        [(mention(2, "Fjordbank og Kystbanken setter ned renten på lån"), "positive", None)],
        targets=ours,
    )
    rivals = [
        "Kystbanken setter opp renten på lån",
        "KYSTBANKENS kunder er sinte på renten",
        "Nord Spar gir lån til unge",
    ]
    neither = ["En bank uten navn", "Kystbankenes", "nord for sparing"]
    rows = [(mention(10 + n, text), None, None) for n, text in enumerate([*rivals, *neither])]
    add(store, config, rows, targets=())
    add(store, config, [(mention(30, "Kystbanken og lån", source="hn"), None, None)], targets=())
    add(
        store,
        config,
        [(replace(mention(31), text="Kystbanken setter opp renten på lån 10"), None, None)],
        targets=(),
    )
    report = goals.evaluate(config, store, NOW)
    assert report.searched == 9
    found = voices.share_of_voice(config, *EVER)
    by_name = {v.name: v for v in found.voices}
    assert found.texts == 5, "the same text in two places is one"
    assert by_name["Fjordbank"].share == pytest.approx(1.5 / 5) and by_name["Fjordbank"].texts == 2
    assert by_name["Kystbanken"].share == pytest.approx(2.5 / 5) and by_name[
        "Nord Spar"
    ].share == pytest.approx(1 / 5)
    assert sum(v.share for v in found.voices) == pytest.approx(1)
    assert [v.name for v in found.voices] == [
        "Fjordbank",
        "Kystbanken",
        "Nord Spar",
        config.identity.competitors[2],
    ]
    (reading,) = readmodel.goal_readings(config.settings.database, goals=["voice"])
    assert (reading.value, reading.n) == (pytest.approx(0.3), 5)


def test_texts_are_searched_once_and_again_when_they_or_the_competitors_change(
    config: Config, store: Store, brand: Path
) -> None:
    add(store, config, [(mention(1, "Kystbanken gir lån"), None, None)], targets=())
    assert goals.evaluate(config, store, NOW).searched == 1
    assert goals.evaluate(config, store, NOW).searched == 0
    store.add_polls([Poll("avisa", NOW, FetchState(), (mention(1, "Nord Spar gir lån"),))])
    assert goals.evaluate(config, store, NOW).searched == 1
    brand.write_text(brand.read_text(encoding="utf-8").replace("Nord Spar", "Sør Spar"), encoding="utf-8")
    assert goals.evaluate(load(brand), store, NOW).searched == 1
    with db.reading(config.settings.database) as con:
        assert con.execute("SELECT names FROM voices").fetchall() == [([],)]
    store.forget(Rule("source", source="avisa"), NOW)
    with db.reading(config.settings.database) as con:
        assert con.execute("SELECT count(*) FROM voices").fetchone() == (0,)


def test_without_competitors_or_open_sources_there_is_no_share(
    config: Config, store: Store, brand: Path
) -> None:
    written = brand.read_text(encoding="utf-8")
    brand.write_text(written.replace("competitors: [", "competitors: [] #"), encoding="utf-8")
    assert read(load(brand), store, "voice")[-1].why == "no_competitors"
    brand.write_text(written.replace("avisa.example/rss", "avisa.example/fjordbank"), encoding="utf-8")
    assert read(load(brand), store, "voice", NOW + DAY)[-1].why == "no_sources"


# --- activities, the brand file, the command -------------------------------------------------------------------


def test_what_changed_around_an_activity(config: Config, store: Store, brand: Path) -> None:
    start = NOW - 40 * DAY
    rows = [
        (mention(n, at=NOW - (60 - n) * DAY), "positive" if n > 20 else "negative", None) for n in range(60)
    ]
    add(store, config, rows)  # type: ignore[arg-type]
    days = f"from: {start:%Y-%m-%d}, to: {start:%Y-%m-%d}"
    brand.write_text(
        f"{BRAND}{GOALS}activities: [{{id: a, text: Open day, kind: event, {days}, goal: positive}}]", "utf-8"
    )
    (found,) = goals.effects(load(brand), NOW)
    assert (found.goal, found.activity, found.outcome, found.days) == ("positive", "a", "higher", 28)
    assert (found.before, found.after) == (0.0, 1.0)
    store.set_setting("replay.archive.shift_days", "14")
    assert goals.activities(load(brand))[0].begins == start.date() + 14 * DAY


def test_check_names_what_no_command_measures_and_never_refuses(brand: Path) -> None:
    brand.write_text(
        BRAND
        + """  - {id: g, text: t, task: a, audience: b, purpose: c, measure: apprentices_hired}
  - {id: h, text: t, task: a, audience: b, purpose: c, measure: {of: positve_share, colour: red}}
  - {id: i, text: t, task: a, audience: b, purpose: c, measure: {of: share_of_voice, target: Kari, statement: value.9}}
activities: [{id: a, text: t, from: 2026-01-01, goal: nothing}]
""",
        encoding="utf-8",
    )
    measures = {name: kind.narrows for name, kind in MEASURES.items()}
    found = [p for p in check(brand, measures=measures) if p.field.startswith(("goals", "activities"))]
    assert {p.level for p in found} == {"warning"}
    told = "\n".join(map(str, found))
    for words in ("no command measures 'apprentices_hired'", "positive_share, nonnegative_share", "did you mean `positive_share`",
                  "colour", "cannot be narrowed by it", "'Kari' is nobody", "'value.9' is no statement", "'nothing' is no goal"):  # fmt: skip
        assert words in told
    assert load(brand).identity.goals[0].measure == Measure("apprentices_hired")


def test_goals_and_activities_come_through_conversion_and_do_not_touch_the_hash(
    brand: Path, config: Config
) -> None:
    brand.write_text(
        f"{BRAND}{GOALS}activities: [{{text: Open day, from: 2026-01-01, to: 2026-01-02}}]", "utf-8"
    )
    other = brand.with_name("converted.yaml")
    other.write_text(convert(brand), encoding="utf-8")
    one, two = load(brand).identity, load(other).identity
    assert (one.goals, one.activities, one.hash) == (two.goals, two.activities, config.identity.hash)
    assert "measure: positive_share" in other.read_text(encoding="utf-8")
    assert one.activities[0].id == "activity.1"


def test_the_command_measures_and_shows(
    config: Config, store: Store, brand: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(store, config, [(mention(n), "positive", None) for n in range(4)])
    ran = CliRunner().invoke(app, ["goals", "--brand", str(brand), "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert {r["goal"] for r in told["readings"]} >= {"positive", "reply", "staff"}
    monkeypatch.setattr(cli_goals.out, "width", 200)
    ran = CliRunner().invoke(app, ["goals", "--brand", str(brand), "--all"])
    assert ran.exit_code == 0
    for words in (
        "not measurable with these sources",
        "no command measures this",
        "no measure named",
        "100 % (51 to 100)",
    ):
        assert words in ran.stdout


def test_every_measure_is_documented_with_what_narrows_it() -> None:
    page = (Path(__file__).parent.parent / "docs" / "goals.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == list(MEASURES)
