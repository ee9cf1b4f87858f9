"""A target that is usually talked about and falls silent: seen, shown, and nobody is mailed."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli import app
from monitor.config import load
from monitor.pipeline.quiet import silent_targets
from monitor.spikes import SpikeSettings, silent_since
from monitor.store import Poll, Store
from monitor.types import Bin, FetchState, Match, Mention, Target
from tests.dashboard_data import brand_file
from tests.test_dashboard import opened, seen

START = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def talk(days: int, daily: float, quiet: int = 0, seed: int = 1) -> list[Bin]:
    """So many stories a day by chance, by day only, then ``quiet`` hours without any."""
    rng = random.Random(seed)
    counts = [
        sum(rng.random() < daily / 48 for _ in range(3)) if i % 24 >= 8 else 0 for i in range(days * 24)
    ]
    counts[-1] = 1
    return [Bin(START + i * HOUR, n, n) for i, n in enumerate([*counts, *[0] * quiet])]


@pytest.mark.parametrize(("daily", "least", "most"), [(2, 5, 14), (5, 2, 8), (20, 1, 3)])
def test_the_more_is_usually_said_the_sooner_silence_shows(daily: float, least: int, most: int) -> None:
    for seed in range(4):
        assert silent_since(talk(40, daily, least * 24 - 1, seed)) is None
        assert silent_since(talk(40, daily, most * 24, seed)) == START + 40 * DAY


def test_chance_is_not_silence() -> None:
    for daily in (0.5, 2, 5, 20):
        bins = talk(90, daily)
        assert [end for end in range(20 * 24, len(bins), 31) if silent_since(bins[:end])] == []


def test_what_is_not_known_to_be_usual_is_not_missed() -> None:
    assert silent_since([]) is None
    assert silent_since([Bin(START + i * HOUR, 0) for i in range(1000)]) is None
    assert silent_since(talk(10, 20, 500)) is None, "ten days make nothing usual"
    assert silent_since(talk(40, 0.1, 10 * 24)) is None, "of whom little is said, silence is ordinary"


def test_hours_without_data_are_not_silence() -> None:
    bins = talk(40, 20, 5 * 24)
    assert silent_since(bins) == START + 40 * DAY
    blind = [Bin(bin.at, None) if i >= 40 * 24 + 20 else bin for i, bin in enumerate(bins)]
    assert silent_since(blind) is None
    assert silent_since(bins, SpikeSettings(timezone="UTC", holidays="")) == START + 40 * DAY


def fill(brand: Path, until: datetime) -> None:
    """Six mentions a day of Fjordbank for thirty days; the source answered until ``until``."""
    config = load(brand)
    store = Store(config.settings.database)
    store.migrate()
    store.set_setting("brand", "Fjordbank")
    store.set_setting("identity", config.identity.hash)
    times = [START + timedelta(days=day, hours=hour) for day in range(30) for hour in range(8, 20, 2)]
    mentions = [
        Mention(f"m{at:%m%d%H}", "", "Fjordbank i dag", source="avisa", published_at=at, seen_at=at)
        for at in times
    ]
    store.add_polls([Poll("avisa", times[-1], FetchState(polls=2), tuple(mentions))])
    store.add_polls([Poll("avisa", until, FetchState(polls=2), ())])
    store.add_matches(
        config.identity.hash, [(m, Match(True, (Target("Fjordbank", "brand"),))) for m in mentions], until
    )
    store.add_stories([(m.id, m.id) for m in mentions], until)


def test_time_counts_up_to_the_last_answer(tmp_path: Path) -> None:
    brand = brand_file(tmp_path)
    fill(brand, START + 30 * DAY)
    assert silent_targets(load(brand), START + 60 * DAY) == [], "nobody asked since"


def test_status_tells_of_it_and_no_mail_does(tmp_path: Path) -> None:
    brand = brand_file(tmp_path)
    fill(brand, START + 45 * DAY)
    config = load(brand)
    since = START + 29 * DAY + 19 * HOUR
    assert silent_targets(config, START + 60 * DAY) == [("Fjordbank", since)]
    told = CliRunner().invoke(app, ["status", "--brand", str(brand), "--json"])
    assert json.loads(told.stdout)["silent_targets"] == {"Fjordbank": since.isoformat()}
    plain = CliRunner().invoke(app, ["status", "--brand", str(brand)]).stdout
    assert "Fjordbank: nothing since 2026-06-30 19:00Z, which is unusual." in plain
    assert json.loads(told.stdout)["mails_waiting"] == 0


def test_the_page_of_the_sources_asks_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brand = brand_file(tmp_path)
    fill(brand, START + 45 * DAY)
    text = seen(opened(monkeypatch, brand, "sources")).text
    assert "Ikke lenger omtalt" in text and "Fjordbank ingenting siden" in text
