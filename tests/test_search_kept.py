"""What a search found is kept for the next question about it, and not a write longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import db, readmodel, searching
from monitor.readmodel import MentionFilter
from monitor.store import Poll, Rule, Store
from monitor.types import FetchState, Match, Mention, Target

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHEN = MentionFilter(NOW - timedelta(days=9), NOW + timedelta(days=1), search="ferge")


def _add(store: Store, *numbers: int) -> None:
    new = tuple(
        Mention(f"m{n}", "Tittel", f"En ferge, nummer {n}.", source="avis", source_type="news", published_at=NOW,
                seen_at=NOW, keys=(f"key {n}",))
        for n in numbers
    )  # fmt: skip
    store.add_polls([Poll("avis", NOW, FetchState(), new)])
    match = Match(True, (Target("Lomvi", "brand"),))
    store.add_matches("i", [(m, match) for m in store.due_matches("i", 99)], NOW)


def _kept(path: Path) -> list[str]:
    with db.reading(path) as con:
        found = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'memory' AND table_name LIKE 'hits%'"
        ).fetchall()
    return [row[0] for row in found]


def test_a_search_is_kept_until_something_is_written(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.duckdb")
    store.migrate()
    _add(store, 1, 2)
    store.add_search(searching.REVISION, [(m, ()) for m in store.due_search(searching.REVISION, 1)])
    assert readmodel.count_mentions(store.path, WHEN) == 1, (
        "one has no such word any more, one was not read yet"
    )
    assert readmodel.count_stories(store.path, WHEN) == 1
    assert len(_kept(store.path)) == 1, "the second question must find what the first found"
    _add(store, 3)
    assert readmodel.count_mentions(store.path, WHEN) == 2
    assert len(_kept(store.path)) == 1, "what was found before the write must be gone"
    store.forget(Rule("url", mention_ids=("m1", "m2", "m3")), NOW)
    assert readmodel.mentions(store.path, WHEN) == []


def test_few_searches_are_kept(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.duckdb")
    store.migrate()
    _add(store, *range(3))
    for n in range(20):
        wanted = MentionFilter(WHEN.since, WHEN.until, search=f"nummer {n}")
        assert readmodel.count_mentions(store.path, wanted) == (1 if n < 3 else 0)
    assert len(_kept(store.path)) <= 8
