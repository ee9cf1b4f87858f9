"""Search as people expect it: inflected forms, phrases, all of the words; at once, and for what was not read yet."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import readmodel, searching
from monitor.readmodel import MentionFilter
from monitor.store import Poll, Rule, Store
from monitor.types import FetchState, Match, Mention, Target

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEXTS = {
    "a": ("nb", "Togene står", "Forsinkelsen på Fjordbanen varte i to timer, og kafeen var stengt."),
    "b": ("nn", "Forseinkingar", "Forsinkingane gjekk ut over mange reisande på bybanen."),
    "c": ("en", "Trains delayed", "Delays again: the bank’s customers were waiting for hours."),
    "d": ("nb", "Røe og Roe", "Åpning av ny café på Nesvåg – e-post til Fjordbank-sjefen. 100 % fornøyd."),
    "e": (None, "Uten språk", "Kundene klager på forsinkelser og gebyrer."),
}
WHEN = MentionFilter(NOW - timedelta(days=2), NOW + timedelta(days=1), newest_first=False)


def _collected(folder: Path) -> Store:
    store = Store(folder / "store.duckdb")
    store.migrate()
    made = [
        Mention(key, title, text, lang=lang, published_at=NOW - timedelta(hours=n), seen_at=NOW, source="s", keys=(key,))
        for n, (key, (lang, title, text)) in enumerate(TEXTS.items())
    ]  # fmt: skip
    store.add_polls([Poll("s", NOW, FetchState(), tuple(made))])
    match = Match(True, (Target("Fjordbank", "brand"),))
    store.add_matches("i", [(m, match) for m in store.due_matches("i", 9)], NOW)
    return store


def _read(store: Store, limit: int = 9) -> None:
    due = store.due_search(searching.REVISION, limit)
    store.add_search(searching.REVISION, [(m, searching.stems(m.title, m.text, m.lang)) for m in due])


def _found(store: Store, asked: str) -> str:
    wanted = replace(WHEN, search=asked)
    rows = readmodel.mentions(store.path, wanted)
    assert readmodel.count_mentions(store.path, wanted) == len(rows)
    return "".join(sorted(row.id for row in rows))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    made = _collected(tmp_path_factory.mktemp("search"))
    _read(made)
    assert not made.due_search(searching.REVISION, 9)
    return made


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("forsinkelser", "ae"),
        ("FORSINKELSE", "ae"),
        ("forsinkelser gebyr", "e"),
        ("reisende", "b"),  # nb finds nn where the stem is one
        ("reisande", "b"),
        ("delay", "c"),
        ("customer wait", "c"),
        ("café", "d"),
        ("cafe", "d"),
        ("Roe", "d"),
        ("Nesvag", ""),  # å is a letter
        ("nesvåg", "d"),
        ("sjefen", "d"),  # a part of a word with a hyphen
        ("e-post", "d"),
        ('"to timer"', "a"),
        ('"timer to"', ""),
        ("«ny café» Røe", "d"),
        ('"to tim', "a"),  # a quote that is still being written
        ("forsink*", "abe"),
        ("*banen", "ab"),
        ("banen", ""),
        ("100 %", "d"),
        ("", "abcde"),
        ("   ", "abcde"),
        ("*", "abcde"),
        ("b_nken", ""),
        ("' OR 1=1 --", ""),
        ("%", "d"),
        ("ord " * 500, ""),
        ("forsinkelser -gebyr", "a"),
        ("-forsinkelser", "bcd"),
        ("bank -e-post", "c"),
        ('forsinkelser -"to timer"', "e"),
        ("-forsink*", "cd"),
        ("gebyr OR streik OR delay", "ce"),
        ("gebyr ELLER delay hours", "c"),
        ('"to timer" OR gebyrer', "ae"),
        ("OR gebyr", "e"),
        ("gebyr OR", "e"),
        ("gebyr OR -forsinkelser", ""),
        ("- gebyr", ""),
    ],
)
def test_what_is_found(store: Store, asked: str, expected: str) -> None:
    assert _found(store, asked) == expected


def test_what_was_not_read_yet_is_found_as_it_is_written(tmp_path: Path) -> None:
    store = _collected(tmp_path)
    assert (_found(store, "forsinkelse"), _found(store, "forsinkelsen")) == ("ae", "a")
    _read(store, limit=3)  # the oldest: c, d, e
    assert _found(store, "forsinkelser") == "e" and _found(store, "forsinkelse") == "ae"
    _read(store)
    assert _found(store, "forsinkelser") == "ae"


def test_an_edited_text_is_read_again_and_a_forgotten_one_is_gone(tmp_path: Path) -> None:
    store = _collected(tmp_path)
    _read(store)
    edited = Mention(
        "a", "Ny", "Streik i dag", lang="nb", published_at=NOW, seen_at=NOW, source="s", keys=("a",)
    )
    store.add_polls([Poll("s", NOW, FetchState(), (edited,))])
    match = Match(True, (Target("Fjordbank", "brand"),))
    store.add_matches("i", [(m, match) for m in store.due_matches("i", 9)], NOW)
    assert _found(store, "forsinkelser") == "e"
    assert [m.id for m in store.due_search(searching.REVISION, 9)] == ["a"]
    _read(store)
    assert _found(store, "streiken") == "a"
    assert store.forget(Rule("url", mention_ids=("a",)), NOW).removed["search_words"] == 1
    assert _found(store, "streiken") == ""


def test_another_revision_reads_all_texts_anew(tmp_path: Path) -> None:
    store = _collected(tmp_path)
    _read(store)
    due = store.due_search("other", 2)
    store.add_search("other", [(m, [7]) for m in due])
    assert len(store.due_search("other", 9)) == len(TEXTS) - 2


def test_stems_are_bounded_for_any_text() -> None:
    many = " ".join(f"ord{n}-{n + 1}" for n in range(50_000))
    found = searching.stems(many, many, "nb")
    assert found == sorted(set(found)) and searching.MOST_STEMS <= len(found) <= searching.MOST_STEMS + 4
    assert all(0 <= n < 2**32 for n in found)
    assert len(searching.stems("", "a" * 10_000_000, None)) == 1
    asked = searching.parse('"' * 5_000 + "*" * 5_000 + "x-" * 5_000)
    assert len(asked.stems) <= 2 * searching.MOST_ASKED and len(asked.plain) <= searching.MOST_ASKED


@pytest.mark.parametrize(
    ("asked", "text", "lang", "marked"),
    [
        ("forsinkelser", "Forsinkelsen varte; forsinkelser og mer", "nb", ["Forsinkelsen", "forsinkelser"]),
        ("delays", "It was Delayed again", "en", ["Delayed"]),
        ('"to timer"', "To timer, så to og timer", "nb", ["To timer"]),
        ("forsink*", "uforsinket", "nb", ["forsink"]),
        ("sjef", "Fjordbank-sjefen", "nb", ["sjefen"]),
        ("cafe", "ny café", "nb", ["café"]),
        ("gebyr -ros OR kaia", "gebyrene, ros, kaia", "nb", ["gebyrene", "kaia"]),
        ('gebyr "gebyr pa', "gebyr pa ny", "nb", ["gebyr pa"]),
        ("İ ß <b>", "İSTANBUL ß <b>x</b>", None, ["ß", "b", "b"]),
        ("", "noe", "nb", []),
        ("(a+)+$ [", "(a+)+$ [", "nb", ["a", "["]),
    ],
)
def test_what_is_marked(asked: str, text: str, lang: str | None, marked: list[str]) -> None:
    spans = searching.marks(asked, text, lang)
    assert [text[start:end] for start, end in spans] == marked
    assert all(a[1] < b[0] for a, b in itertools.pairwise(spans))


def test_marking_is_bounded() -> None:
    assert len(searching.marks("a b* c", "a b c " * 100_000, None)) <= searching.MOST_MARKS
