"""Known entries are found wherever they lie in the store, and a key that only begins alike is another key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import db
from monitor.store import CollectCounts, Poll, Store, polls, rows
from monitor.types import FetchState, Mention

NOW = datetime(2026, 9, 7, 12, tzinfo=UTC)


def listed(*names: str, said: datetime, at: datetime = NOW) -> Poll:
    mentions = tuple(
        Mention(n, text=n, published_at=said, seen_at=at, source="s", keys=(f"url:{n}",)) for n in names
    )
    return Poll("s", at, FetchState(), mentions)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "a.duckdb")
    made.migrate()
    return made


@pytest.mark.parametrize("days", [0, 20, 40, 900])
def test_what_was_said_long_ago_is_known_when_it_is_listed_again(store: Store, days: int) -> None:
    names = [f"a{n}" for n in range(120)]  # more than are looked up at a time
    said = NOW - timedelta(days=days)
    store.add_polls([listed(*names, said=said)])
    # Listed as new today: where it lies cannot be guessed from the date that is given now.
    for again in (said, NOW):
        assert store.add_polls([listed(*names, "b", said=again)]).known >= 120
    assert store.add_polls([listed("b", "c", said=NOW)]) == CollectCounts(new=1, known=1)


def test_the_whole_table_is_read_when_many_old_ones_are_listed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polls, "MOST_LOOKED_UP", 3)
    store.add_polls([listed(*"abcdef", said=NOW - timedelta(days=900))])
    assert store.add_polls([listed(*"abcdefg", said=NOW)]) == CollectCounts(new=1, known=6)


def test_keys_that_begin_alike_are_two_keys(store: Store) -> None:
    store.add_polls([listed("a", said=NOW - timedelta(days=900))])
    with db.writing(store.path) as con:
        con.execute("UPDATE mention_keys SET print = ?", [int(rows.key_hash("url:b")[:8], 16)])
    assert store.add_polls([listed("b", said=NOW)]) == CollectCounts(new=1)


def test_the_print_is_the_same_in_the_migration(store: Store) -> None:
    store.add_polls([listed("a", "b", said=NOW)])
    with db.reading(store.path) as con:
        unlike = con.execute(
            "SELECT count(*) FROM mention_keys WHERE print <> ('0x' || left(key::VARCHAR, 8))::UINTEGER"
        ).fetchone()
    assert unlike == (0,)
