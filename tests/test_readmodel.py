"""The figures mean what they say: doubt is not neutral, nothing is None and not zero, copies are one story."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from monitor import readmodel
from monitor.errors import StoreError
from monitor.readmodel import MentionFilter
from monitor.store import Poll, Store
from monitor.types import (
    Conflict,
    FetchState,
    Flag,
    Incident,
    KnownIncident,
    Match,
    Mention,
    Message,
    Target,
    Verdict,
)

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SINCE, UNTIL = NOW - 7 * DAY, NOW
BRAND, LEADER, PRODUCT = Target("Fjordbank", "brand"), Target("Kari", "leader"), Target("Sparefri", "product")

# id, hours ago, targets, standing of each, text
MENTIONS = [
    ("a", 1, (BRAND, LEADER), ("negative", "neutral"), "Banken taper kunder"),
    ("b", 2, (BRAND,), ("negative",), "Banken taper kunder igjen"),
    ("c", 3, (BRAND, PRODUCT), ("unsure", "positive"), "=HYPERLINK(1) Sparefri"),
    ("d", 30, (LEADER,), (None,), "100 % ÆRLIG"),
    ("e", 31, (PRODUCT,), ("positive",), "Sparefri er bra"),
    ("f", 24 * 9, (BRAND,), ("positive",), "forrige uke"),
    ("g", 4, (), (), "Fjordbanken er en grunne"),
]


def _verdict(target: str, standing: str) -> Verdict:
    high = {label: 0.8 if label == standing else 0.1 for label in ("negative", "neutral", "positive")}
    if standing == "unsure":
        return Verdict(target, 0.1, 0.5, 0.4, "unsure", "model@1")
    return Verdict(target, high["negative"], high["neutral"], high["positive"], "judged", "model@1")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = Store(tmp_path_factory.mktemp("read") / "store.duckdb")
    store.migrate()
    store.set_setting("brand", "Fjordbank")
    facts = {m[0]: m for m in MENTIONS}
    made = [
        Mention(i, f"Title {i}", text, f"https://a.example/{i}", "writer", "news", "news", "nb",
                published_at=NOW - ago * HOUR, seen_at=NOW - ago * HOUR + timedelta(minutes=5))
        for i, ago, _, _, text in MENTIONS
    ]  # fmt: skip
    store.add_polls([Poll("news", NOW - 9 * DAY, FetchState(), tuple(made))])
    matches = [(m, Match(bool(facts[m.id][2]), facts[m.id][2])) for m in store.due_matches("i", 99)]
    store.add_matches("i", matches, NOW)
    store.add_stories([("a", "a"), ("b", "a"), ("c", "c"), ("d", "d")], NOW)
    standing = {(m[0], t.name): s for m in MENTIONS for t, s in zip(m[2], m[3], strict=True)}
    pairs = [(m, standing[m.id, t.name]) for m, t in store.due_verdicts("i", "model@1", 99)]
    names = [t.name for _, t in store.due_verdicts("i", "model@1", 99)]
    judged = [(m, _verdict(name, s)) for (m, s), name in zip(pairs, names, strict=True) if s]
    store.add_verdicts(judged, NOW)
    levels = {"a": ("major", 0.7), "b": ("minor", 0.95), "c": ("none", 0.01)}
    flags = []
    for request in store.due_flags("i", "flagger@1", "model@1", 99):
        level, score = levels.get(request.mention.id, (None, 0.0))
        if level is not None:
            severity = "major" if level == "major" else "minor"
            first = Conflict("value.1", score, severity, "text", 0, 6, "Banken", "because")
            all_ = (first, replace(first, statement="value.2", severity="minor")) if level != "none" else ()
            flags.append((request.mention, Flag(level, score, all_, (), False, "flagger@1")))
    store.add_flags("i", flags, NOW)
    incident = Incident(NOW - 3 * HOUR, NOW - 2 * HOUR, None, NOW - 2 * HOUR, 5, 7, 1.0, 0.9)
    messages = [Message(f"incident/{n}", "a@b.example", "s", "t") for n in "xy"]
    store.save_incidents([KnownIncident("incident", "Fjordbank", ("Kari",), incident)], messages, NOW)
    store.claim_message("incident/x", NOW)
    store.finish_message("incident/x", NOW)
    return store.path


def ids(rows: list[readmodel.MentionRow]) -> list[str]:
    return [row.id for row in rows]


def test_standings_count_doubt_apart_and_copies_once(path: Path) -> None:
    brand, leader, product = readmodel.standings(path, SINCE, UNTIL)
    assert (brand.target, leader.target, product.target) == ("Fjordbank", "Kari", "Sparefri")
    assert (brand.mentions, brand.stories, brand.negative, brand.unsure, brand.unjudged) == (3, 2, 1, 1, 0)
    assert (leader.mentions, leader.neutral, leader.unjudged, leader.positive_share.value) == (2, 1, 1, 0.0)
    for row in (brand, leader, product):
        assert row.negative + row.neutral + row.positive + row.unsure + row.unjudged == row.stories
    assert brand.negative_share.whole == 1
    assert brand.negative_share.low == pytest.approx(0.2065, abs=1e-4)  # Wilson, 1 of 1
    assert brand.negative_share.high == 1.0


def test_the_period_before_is_none_only_when_nothing_was_collected_then(path: Path) -> None:
    brand, leader, _ = readmodel.standings(path, SINCE, UNTIL)
    assert brand.previous is not None and brand.previous.positive == 1
    assert leader.previous is not None and leader.previous.mentions == 0
    assert leader.previous.negative_share.value is None
    assert readmodel.standings(path, NOW - 21 * DAY, NOW - 8 * DAY)[0].previous is None
    assert readmodel.standings(path, SINCE, UNTIL, with_previous=False)[0].previous is None


def test_since_is_inclusive_and_until_exclusive(path: Path) -> None:
    at = NOW - HOUR
    assert readmodel.standings(path, at, NOW)[0].mentions == 1
    assert ids(readmodel.mentions(path, MentionFilter(NOW - 2 * HOUR, at))) == ["b"]


def test_volume_bins(path: Path) -> None:
    days = readmodel.volume(path, SINCE, UNTIL, targets=["Fjordbank"])
    assert [(v.at, v.negative, v.unsure) for v in days] == [(datetime(2026, 3, 10, tzinfo=UTC), 1, 1)]
    weeks = readmodel.volume(path, NOW - 20 * DAY, UNTIL, bin="week", targets=["Fjordbank"])
    assert [v.at for v in weeks] == [datetime(2026, 2, 23, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)]
    assert len(readmodel.volume(path, SINCE, UNTIL, bin="hour")) == 6


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "abcde"),
        ({"newest_first": False}, "edcba"),
        ({"relevant_only": False}, "abcgde"),
        ({"targets": ("Kari",)}, "ad"),
        ({"labels": ("negative",)}, "ab"),
        ({"labels": ("neutral",), "targets": ("Fjordbank",)}, ""),  # neutral toward Kari, not toward the bank
        ({"labels": ("neutral",)}, "a"),  # c is unsure, d unjudged: neither is neutral
        ({"conflict": ("major",)}, "a"),
        ({"conflict": ("none",)}, "c"),
        ({"story": "a"}, "ab"),
        ({"search": "TAPER banken"}, "ab"),
        ({"search": "ærlig"}, "d"),
        ({"search": "100 %"}, "d"),
        ({"search": "b_nken"}, ""),
        ({"search": "' OR 1=1 --"}, ""),
        ({"voices": ("leader",)}, ""),
        ({"source_types": ("news", "blog")}, "abcde"),
    ],
)
def test_mention_filters(path: Path, changes: dict[str, object], expected: str) -> None:
    chosen = replace(MentionFilter(SINCE, UNTIL), **changes)  # type: ignore[arg-type]
    assert "".join(ids(readmodel.mentions(path, chosen))) == expected
    assert readmodel.count_mentions(path, chosen) == len(expected)


def test_pages_follow_each_other(path: Path) -> None:
    chosen = MentionFilter(SINCE, UNTIL)
    pages = [ids(readmodel.mentions(path, chosen, limit=2, offset=n)) for n in (0, 2, 4, 6)]
    assert pages == [["a", "b"], ["c", "d"], ["e"], []]


def test_a_mention_in_full(path: Path) -> None:
    row = readmodel.mention(path, "a")
    assert row is not None
    assert (row.story, row.copies, row.conflict, row.conflict_score) == ("a", 2, "major", 0.7)
    assert [(v.target, v.label, v.status) for v in row.verdicts] == [
        ("Fjordbank", "negative", "judged"),
        ("Kari", "neutral", "judged"),
    ]
    assert row.published_at == NOW - HOUR and row.dated
    waiting = readmodel.mention(path, "d")
    assert waiting is not None
    assert [v.status for v in waiting.verdicts] == ["unjudged"]
    assert (waiting.conflict, waiting.copies) == (None, 1)
    assert readmodel.mention(path, "nobody") is None


def test_conflicts_by_seriousness_with_their_statements_together(path: Path) -> None:
    found = readmodel.conflicts(path, SINCE, UNTIL)
    assert [(c.mention.id, c.rank, c.severity) for c in found] == [
        ("a", 1, "major"), ("a", 2, "minor"), ("b", 1, "minor"), ("b", 2, "minor"),
    ]  # fmt: skip
    assert [c.mention.id for c in readmodel.conflicts(path, SINCE, UNTIL, limit=1, offset=1)] == ["b", "b"]
    assert [c.rank for c in readmodel.conflicts(path, SINCE, UNTIL, statements=["value.2"])] == [2, 2]
    assert len(readmodel.conflicts(path, SINCE, UNTIL, severities=["major"])) == 1
    assert readmodel.conflicts(path, SINCE, UNTIL, voices=["employee"]) == []
    assert len(readmodel.conflicts(path, SINCE, UNTIL, voices=["third_party"])) == 4
    assert readmodel.statement_counts(path, SINCE, UNTIL) == [("value.1", 0, 1), ("value.2", 1, 0)]


def test_incidents_count_the_mails_that_were_sent(path: Path) -> None:
    (row,) = readmodel.incidents(path, SINCE, UNTIL)
    assert (row.id, row.also, row.end, row.mails) == ("incident", ("Kari",), None, 1)
    assert readmodel.incidents(path, NOW - 20 * DAY, NOW - DAY) == []


def test_status(path: Path) -> None:
    s = readmodel.status(path)
    assert (s.mentions, s.relevant, s.stories, s.verdicts, s.flagged) == (7, 6, 5, 7, 2)
    assert (s.incidents, s.open_incidents, s.mails_sent, s.mails_waiting, s.mails_failed) == (1, 1, 1, 1, 0)
    assert (s.due_match, s.due_judge, s.due_flag) == (0, 1, 3)
    assert s.per_target == (("Fjordbank", "brand", 4), ("Kari", "leader", 2), ("Sparefri", "product", 2))


def test_hour_counts_roll_products_up_and_count_a_story_once(path: Path) -> None:
    found = {(c.at, c.target): (c.negative, c.total) for c in readmodel.hour_counts(path, SINCE, UNTIL)}
    assert found[NOW - 3 * HOUR, "Fjordbank"] == (0, 1)  # c names the bank and its product
    assert found[NOW - 31 * HOUR, "Fjordbank"] == (0, 1)  # e names the product only
    assert found[NOW - 2 * HOUR, "Fjordbank"] == (1, 1)  # the story's first copy, b
    assert (NOW - HOUR, "Fjordbank") not in found  # its later copy, a, is not another one
    assert found[NOW - HOUR, "Kari"] == (0, 1)
    assert {target for _, target in found} == {"Fjordbank", "Kari"}


def _health(tmp_path: Path, polls: list[Poll], now: datetime) -> str:
    store = Store(tmp_path / "health.duckdb")
    store.migrate()
    for poll in polls:
        store.add_polls([poll])
    return readmodel.source_health(store.path, now)[0].state


def test_the_other_states_of_a_source(tmp_path: Path) -> None:
    down = Poll("s", NOW, error="no", error_kind="timeout")
    assert _health(tmp_path / "1", [down], NOW) == "failing"
    paused = replace(down, not_before=NOW + 99 * HOUR)
    assert _health(tmp_path / "2", [paused], NOW + HOUR) == "waiting"
    assert _health(tmp_path / "2b", [paused], NOW + 25 * HOUR) == "failing"  # a pause excuses a day, not more
    assert _health(tmp_path / "3", [Poll("s", NOW, FetchState(retired=True))], NOW) == "retired"
    assert _health(tmp_path / "4", [Poll("s", NOW, FetchState())], NOW + 999 * HOUR) == "ok"


def test_export(path: Path, tmp_path: Path) -> None:
    for format in ("csv", "jsonl", "parquet"):
        assert readmodel.export_mentions(path, tmp_path / f"out.{format}", format) == 8  # type: ignore[arg-type]
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["text"] for r in rows if r["id"] == "c"] == ["'=HYPERLINK(1) Sparefri"] * 2
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {(r["id"], r["target"], r["label"]) for r in lines} >= {
        ("a", "Kari", "neutral"),
        ("d", "Kari", None),
    }
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 8
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.csv", "out.jsonl", "out.parquet"]


def test_an_export_of_what_is_chosen(path: Path, tmp_path: Path) -> None:
    """The same mentions as a page of them, in its order, bounded in number and in the length of their texts."""

    def exported(chosen: readmodel.Chosen) -> list[dict[str, str]]:
        readmodel.export_mentions(path, tmp_path / "out.csv", "csv", chosen)
        with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    negative = MentionFilter(SINCE, UNTIL, labels=("negative",))
    shown = [row.id for row in readmodel.mentions(path, negative)]
    assert 0 < len(shown) < readmodel.count_mentions(path, MentionFilter(SINCE, UNTIL))
    assert list(dict.fromkeys(row["id"] for row in exported(readmodel.Chosen(negative)))) == shown
    assert {row["id"] for row in exported(readmodel.Chosen(negative, most=1))} == {shown[0]}
    assert {len(row["text"]) for row in exported(readmodel.Chosen(negative, characters=3))} == {3}
    sources = tuple(row.source for row in readmodel.mentions(path, negative))
    quoted = readmodel.Chosen(negative, quoted=sources, quote=2)
    assert {len(row["text"]) for row in exported(quoted)} == {2}
    silent = readmodel.Behind(speaker="nobody at all")
    assert exported(readmodel.Chosen(negative, silent)) == []


def test_an_export_that_fails_leaves_nothing_and_says_where(path: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        readmodel.export_mentions(path, tmp_path / "no" / "folder.csv", "csv")
    with pytest.raises(StoreError, match="csv, jsonl or parquet"):
        readmodel.export_mentions(path, tmp_path / "x", "xlsx")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_missing_store_is_no_data_and_no_error(tmp_path: Path) -> None:
    path = tmp_path / "none.duckdb"
    assert readmodel.standings(path, SINCE, UNTIL) == []
    assert readmodel.volume(path, SINCE, UNTIL) == []
    assert readmodel.mentions(path, MentionFilter(SINCE, UNTIL)) == []
    assert readmodel.count_mentions(path, MentionFilter(SINCE, UNTIL)) == 0
    assert readmodel.mention(path, "a") is None
    assert readmodel.conflicts(path, SINCE, UNTIL) == []
    assert readmodel.statement_counts(path, SINCE, UNTIL) == []
    assert readmodel.incidents(path, SINCE, UNTIL) == []
    assert readmodel.source_health(path, NOW) == []
    assert readmodel.hour_counts(path, SINCE, UNTIL) == []
    status = readmodel.status(path)
    assert (status.mentions, status.last_collected_at, status.per_target) == (0, None, ())
    assert readmodel.export_mentions(path, tmp_path / "out.csv", "csv") == 0
    assert not path.exists()


def test_series_count_a_story_once_by_target_measure_and_statement(path: Path) -> None:
    counts = readmodel.series_counts(path, SINCE, UNTIL)
    plain = {(c.at, c.target): c.count for c in counts if c.measure == "negative"}
    hours = {(c.at, c.target): c.negative for c in readmodel.hour_counts(path, SINCE, UNTIL) if c.negative}
    assert plain == hours and plain, "the same stories as the hour counts"
    totals = {(c.at, c.target): c.count for c in counts if c.measure == "total"}
    assert totals == {(c.at, c.target): c.total for c in readmodel.hour_counts(path, SINCE, UNTIL) if c.total}
    conflicting = [c for c in counts if c.measure == "conflicting"]
    assert {c.statement for c in conflicting} > {""}, "as a whole, and for each statement"
    assert {c.target for c in conflicting if c.statement} == {"Fjordbank"}
    assert all(c.count >= 1 and c.weight > 0 for c in counts)
    assert readmodel.series_counts(path, UNTIL, UNTIL) == []
