"""Where what we read comes from, by network and by day, over a real store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import readmodel
from monitor.store import Poll, Store
from monitor.types import FetchState, Match, Mention, Target

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
# source, network, hours ago, about us, story
SAID: list[tuple[str, str, int, bool, str]] = [
    ("avis", "news", 1, True, "a"),
    ("avis", "news", 2, True, "b"),
    ("blad", "news", 30, True, "a"),
    ("avis", "news", 31, False, ""),
    ("prat", "forum", 3, True, "a"),
    ("prat", "forum", 24 * 27, True, "c"),
    ("prat", "forum", 24 * 29, True, "d"),
    ("logg", "blog", 5, False, ""),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    store = Store(tmp_path / "store.duckdb")
    store.migrate()
    for n, (source, network, ago, relevant, story) in enumerate(SAID):
        at = NOW - ago * HOUR
        mention = Mention(
            f"m{n}", "T", f"x {n}", source=source, source_type=network, published_at=at, seen_at=at, keys=(f"k{n}",)
        )  # fmt: skip
        store.add_polls([Poll(source, at, FetchState(), (mention,))])
        store.add_matches("i", [(mention, Match(relevant, (Target("Vi", "brand"),) if relevant else ()))], at)
        if story:
            store.add_stories([(mention.id, story)], at)
    return store.path


def test_what_only_one_network_tells_is_counted(path: Path) -> None:
    found = {row.source_type: row for row in readmodel.coverage(path, NOW - timedelta(days=28), NOW)}
    counted = {k: (r.sources, r.mentions, r.relevant, r.stories, r.alone) for k, r in found.items()}
    assert counted == {"news": (2, 4, 3, 2, 1), "forum": (1, 2, 2, 2, 1), "blog": (1, 1, 0, 0, 0)}
    assert found["news"].last_at == NOW - HOUR
    assert next(iter(found)) == "news", "those with most about us come first"


def test_a_source_day_by_day(path: Path) -> None:
    days = readmodel.source_days(path, NOW, 28)
    assert {name: (len(counts), sum(counts)) for name, counts in days.items()} == {
        "avis": (28, 3), "blad": (28, 1), "prat": (28, 2), "logg": (28, 1),
    }  # fmt: skip
    assert days["avis"][-2:] == [1, 2] and days["prat"][0] == 1
    assert readmodel.source_days(path, NOW - timedelta(days=100), 28) == {}


def test_nothing_is_nothing(tmp_path: Path) -> None:
    none = tmp_path / "none.duckdb"
    assert readmodel.coverage(none, NOW - HOUR, NOW) == [] and readmodel.source_days(none, NOW, 28) == {}
