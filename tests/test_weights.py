"""Weights are those of the brand file now, in the figures of everything that was ever stored."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import streamlit as st

from monitor import readmodel
from monitor.config import load, type_weights
from monitor.errors import ConfigError
from monitor.pipeline import Monitor
from monitor.readmodel import MentionFilter
from monitor.store import Poll, Rule, Store
from monitor.types import (
    SOURCE_TYPES,
    Correction,
    FetchState,
    Match,
    Mention,
    SourceSpec,
    StoryLink,
    Target,
    Verdict,
)
from tests.dashboard_data import BRAND as BRAND_FILE
from tests.test_dashboard import opened, seen

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
SINCE, UNTIL = NOW - timedelta(days=7), NOW
BRAND = Target("Fjordbank", "brand")

# id, hours ago, source, type, story, label, followers
MENTIONS = [
    ("wire", 9, "avisa", "news", "wire", "negative", None),
    ("copy", 8, "lokal", "news", "wire", "negative", None),
    ("post", 7, "mikro", "microblog", "wire", "positive", 9900),
    ("good", 6, "mikro", "microblog", "good", "positive", None),
    ("fine", 5, "mikro", "microblog", "fine", "positive", 900),
    ("ours", 4, "kundeforum", "forum", "ours", "negative", None),
]


def _collected(folder: Path, *sources: SourceSpec) -> Store:
    store = Store(folder / "store.duckdb")
    store.migrate()
    store.set_weights(sources, type_weights())
    found = [
        Mention(i, f"Sak {i}", f"Fjordbank {i}", f"https://{source}.example/{i}", "x", source, kind, "nb",
                None, NOW - timedelta(hours=ago), NOW, reach=reach)
        for i, ago, source, kind, _, _, reach in MENTIONS
    ]  # fmt: skip
    store.add_polls([Poll(m.source, NOW, FetchState(), (m,)) for m in found])
    store.add_matches("i", [(m, Match(True, (BRAND,))) for m in store.due_matches("i", 99)], NOW)
    store.add_stories([(m[0], m[4]) for m in MENTIONS], NOW)
    labels = {m[0]: m[5] for m in MENTIONS}
    judged = []
    for m, _ in store.due_verdicts("i", None, 99):
        p = {"negative": 0.1, "positive": 0.1, labels[m.id]: 0.8}
        judged.append((m, Verdict("Fjordbank", p["negative"], 0.1, p["positive"], "judged", "test@1")))
    store.add_verdicts(judged, NOW)
    return store


def brand_file(folder: Path, extra: str) -> Path:
    """The brand file of the dashboard's tests with sources of its own."""
    path = folder / "brand.yaml"
    path.write_text(BRAND_FILE.partition("sources:")[0] + extra, encoding="utf-8")
    return path


OURS = SourceSpec("kundeforum", "feed", own_place=True)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return _collected(tmp_path, OURS)


def factor(n: float) -> float:
    return 1 + 0.25 * math.log10(n)


def test_every_type_of_source_has_a_default() -> None:
    assert set(type_weights()) == set(SOURCE_TYPES)
    assert all(0 <= weight <= 10 for weight in type_weights().values())


def test_a_story_counts_once_and_its_own_places_apart(store: Store) -> None:
    (brand,) = readmodel.standings(store.path, SINCE, UNTIL)
    assert (brand.mentions, brand.stories, brand.negative, brand.positive) == (5, 3, 1, 2)
    assert brand.negative_share.value == pytest.approx(1 / 3)
    (own,) = readmodel.standings(store.path, SINCE, UNTIL, places="own")
    assert (own.stories, own.negative) == (1, 1)
    assert readmodel.standings(store.path, SINCE, UNTIL, places="all")[0].stories == 4


def test_the_formula_is_that_of_the_page(store: Store) -> None:
    wire, good, fine = 5 * factor(3), 1.0, factor(1 + 9)
    (brand,) = readmodel.standings(store.path, SINCE, UNTIL, weighted=True)
    assert brand.weight == pytest.approx(wire + good + fine)
    assert brand.negative_share.value == pytest.approx(wire / (wire + good + fine))
    assert (brand.negative_share.part, brand.negative_share.whole, brand.negative) == (1, 3, 1)
    plain = readmodel.standings(store.path, SINCE, UNTIL)[0].negative_share
    width = [
        s.high - s.low for s in (plain, brand.negative_share) if s.low is not None and s.high is not None
    ]
    assert width[0] < width[1], "one heavy story tells less than three equal ones"
    (day,) = readmodel.volume(store.path, SINCE, UNTIL, weighted=True)
    assert (day.negative, day.positive) == (pytest.approx(wire), pytest.approx(good + fine))
    (day,) = readmodel.volume(store.path, SINCE, UNTIL)
    assert (day.negative, day.positive) == (1, 2)


def test_a_changed_weight_changes_what_was_stored_before(store: Store) -> None:
    assert not store.set_weights([OURS], type_weights()), "nothing changed"
    assert store.set_weights([OURS, SourceSpec("mikro", "feed", weight=0)], type_weights())
    (brand,) = readmodel.standings(store.path, SINCE, UNTIL, weighted=True)
    assert brand.negative_share.value == 1.0 and brand.weight == pytest.approx(5 * factor(3))
    store.set_weights([], {})
    (brand,) = readmodel.standings(store.path, SINCE, UNTIL, weighted=True)
    assert brand.weight == pytest.approx(factor(100) * factor(3) + 1 + factor(10) + 1)


@pytest.mark.parametrize("weighted", [False, True])
def test_what_retention_leaves_counts_as_before(store: Store, weighted: bool) -> None:
    """The wire was said by three sources: of what is gone, a story counts once a day and source."""
    months = Rule("retention", mentions_months=1)
    later = NOW + timedelta(days=40)
    assert store.forget(months, later).mentions == len(MENTIONS)
    days = (SINCE.replace(hour=0), UNTIL.replace(hour=0) + timedelta(days=1))
    (day,) = readmodel.volume(store.path, *days, weighted=weighted)
    news, microblog = (5.0, 1.0) if weighted else (1, 1)
    assert (day.negative, day.positive) == (2 * news, 3 * microblog)
    (own,) = readmodel.volume(store.path, *days, places="own", weighted=weighted)
    assert own.negative == (type_weights()["forum"] if weighted else 1)
    assert not readmodel.volume(store.path, *days, bin="hour", weighted=weighted)


def test_nothing_weighed_is_no_data(store: Store) -> None:
    store.set_weights([OURS], dict.fromkeys(type_weights(), 0.0))
    (brand,) = readmodel.standings(store.path, SINCE, UNTIL, weighted=True)
    assert brand.negative_share.value is None and brand.stories == 3


def test_a_correction_of_one_copy_decides_for_its_story(store: Store) -> None:
    (row,) = readmodel.mentions(store.path, MentionFilter(SINCE, UNTIL, search="copy"))
    store.add_corrections([Correction("copy", row.content_hash, "Fjordbank", "neutral", "Kari", NOW, "x")])
    (brand,) = readmodel.standings(store.path, SINCE, UNTIL)
    assert (brand.negative, brand.neutral, brand.positive) == (0, 1, 2)


def test_the_first_and_the_most_trusted_copy_are_named(store: Store) -> None:
    store.set_weights([SourceSpec("lokal", "feed", weight=9)], type_weights())
    found = readmodel.stories(store.path, ["wire", "good", "nobody"])
    assert set(found) == {"wire", "good"}
    wire = found["wire"]
    assert (wire.copies, wire.first.mention_id, wire.trusted.mention_id) == (3, "wire", "copy")
    assert wire.weight == pytest.approx(9 * factor(3)) and wire.first.weight == 5
    assert wire.first.at == NOW - timedelta(hours=9) and wire.translations == ()


def test_translations_are_linked_both_ways_and_go_with_their_mention(store: Store, tmp_path: Path) -> None:
    at, link = NOW - timedelta(minutes=1), StoryLink("late", "late", "wire", 0.7, ("37", "ntb"))
    late = Mention(
        "late", "Bank fined", "Fjordbank fined", source="en", lang="en", published_at=at, seen_at=NOW
    )
    store.add_polls([Poll("en", NOW, FetchState(), (late,))])
    store.add_matches("i", [(m, Match(True, (BRAND,))) for m in store.due_matches("i", 99)], NOW)
    for _ in range(2):
        store.add_stories([("late", "late")], NOW, [link])
    found = readmodel.stories(store.path, ["wire", "late"])
    assert [c.mention_id for c in found["wire"].translations] == ["late"]
    assert [c.mention_id for c in found["late"].translations] == ["wire"]
    assert readmodel.standings(store.path, SINCE, UNTIL)[0].stories == 4, "linked and not merged"
    assert store.forget(Rule("url", mention_ids=("late",)), NOW).removed["story_links"] == 1
    assert readmodel.stories(store.path, ["wire"])["wire"].translations == ()


def test_mentions_of_our_own_places_can_be_asked_for(store: Store) -> None:
    def asked(places: readmodel.Places) -> set[str]:
        wanted = MentionFilter(SINCE, UNTIL, places=places)
        rows = readmodel.mentions(store.path, wanted)
        assert readmodel.count_mentions(store.path, wanted) == len(rows)
        assert readmodel.count_stories(store.path, wanted) == len({row.story for row in rows})
        assert all(row.own_place == (row.id == "ours") for row in rows)
        return {row.id for row in rows}

    assert asked("own") == {"ours"}
    assert asked("others") == asked("all") - {"ours"} != set()


@pytest.mark.parametrize(
    "key", ["weight: 11", "weight: -1", "weight: mye", "own_place: kanskje", "weight: .nan"]
)
def test_a_bad_weight_names_its_place(tmp_path: Path, key: str) -> None:
    extra = f"sources: [{{id: a, kind: feed, url: 'https://a.example/', {key}}}]\n"
    with pytest.raises(ConfigError, match=key.split(":")[0]):
        load(brand_file(tmp_path, extra))


def test_the_overview_shows_both_with_the_formula(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    st.cache_data.clear()
    extra = "sources:\n  - {id: kundeforum, kind: feed, url: 'https://k.example/', own_place: true}\n"
    brand = brand_file(tmp_path, extra)
    config = load(brand)
    assert config.sources[0].own_place and config.sources[0].weight is None
    folder = config.settings.database.parent
    folder.mkdir()
    _collected(folder, *config.sources)
    (folder / "store.duckdb").rename(config.settings.database)
    app = opened(monkeypatch, brand)
    plain = seen(app).text.replace("\u00a0", " ")
    assert "Fjordbank: 3 saker, 33 % negative" in plain and "log₁₀" not in plain
    assert "På våre egne møteplasser" in [box.label for box in app.expander]
    app.toggle(key="weighted").set_value(True).run()
    weighted = seen(app).text.replace("\u00a0", " ")
    assert "Fjordbank: 3 saker, 71 % negative" in weighted and "¼ · log₁₀(antall kopier)" in weighted
    app.switch_page("views/mentions.py").run()
    text = seen(app).text.replace("\u00a0", " ")
    assert "6 omtaler" in text and "4 saker når kopier telles én gang" in text
    assert "Vår egen møteplass" in text and "Første og mest betrodde kopi" in text
    app.switch_page("views/sources.py").run()
    assert "Vår egen møteplass" in seen(app).text
    app.switch_page("views/overview.py").run()
    assert app.toggle(key="weighted").value, "the choice is kept from page to page"


def test_a_run_groups_links_and_weighs(tmp_path: Path) -> None:
    """A backfill of three months in one pass: copies are found among their neighbours in time, and only there."""
    rows = []
    for month, day in ((1, 5), (2, 9), (3, 9)):
        at = datetime(2026, month, day, 6, tzinfo=UTC)
        for n, (lang, text) in enumerate(
            (
                (
                    "nb",
                    "(NTB) Fjordbank må betale 370 000 kroner i gebyr etter et tilsyn i Storvåg, sier Per Tangen.",
                ),
                (
                    "nb",
                    "Fjordbank må betale 370.000 kroner i gebyr etter et tilsyn i Storvåg, sier Per Tangen. (NTB)",
                ),
                (
                    "nn",
                    "(NTB) Fjordbank lyt betale 370.000 kroner i gebyr etter eit tilsyn i Storvåg, seier Per Tangen.",
                ),
            )
        ):
            rows.append({"id": f"{month}-{n}", "lang": lang, "source_type": "news", "title": "Gebyr til Fjordbank",
                         "text": text, "published_at": (at + timedelta(hours=n)).isoformat(),
                         "url": f"https://avis{n}.example/{month}"})  # fmt: skip
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    extra = "classifier: lexicon\nsources: [{id: arkiv, kind: replay, path: a.jsonl, weight: 7}]\n"
    monitor = Monitor(load(brand_file(tmp_path, extra), {}), now=lambda: NOW)
    monitor.run()
    path = monitor.store.path
    found = readmodel.stories(path, [f"{month}-{n}" for month in (1, 2, 3) for n in (0, 2)])
    assert {id_: row.copies for id_, row in found.items()} == {
        f"{m}-{n}": 2 if n == 0 else 1 for m in (1, 2, 3) for n in (0, 2)
    }
    for month in (1, 2, 3):
        assert [c.mention_id for c in found[f"{month}-0"].translations] == [f"{month}-2"]
        assert [c.mention_id for c in found[f"{month}-2"].translations] == [f"{month}-0"]
    brand = readmodel.standings(path, NOW - timedelta(days=90), NOW, weighted=True)[0]
    assert (brand.mentions, brand.stories) == (9, 6) and brand.weight == pytest.approx(
        3 * 7 * (factor(2) + 1)
    )
