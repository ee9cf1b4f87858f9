"""Looking back: what would have alerted, with what was known in each hour, and nothing is written."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from typer.testing import CliRunner

from monitor import readmodel
from monitor.cli import app
from monitor.config import load
from monitor.pipeline.history import Counts, look_back
from monitor.readmodel.history import SaidOf, said_of
from monitor.spikes import SeriesKey
from monitor.store import Poll, Store
from monitor.types import FetchState, Match, Mention, Target, Verdict
from tests.dashboard_data import brand_file

BRAND = "Fjordbank"
START = datetime(2026, 9, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
BURST = START + timedelta(days=20, hours=9)


def fill(brand: Path, *, seen_late: bool = False) -> None:
    """A negative story a day for four weeks, and eight in two hours on the twenty-first."""
    config = load(brand)
    store = Store(config.settings.database)
    store.migrate()
    store.set_setting("brand", BRAND)
    store.set_setting("identity", config.identity.hash)
    store.set_once("started_at", START.isoformat())
    times = [START + timedelta(days=day, hours=7 + day % 8) for day in range(28)]
    times += [BURST + timedelta(minutes=12 * i) for i in range(8)]
    mentions = []
    for at in sorted(times):
        id_ = f"m{at:%d%H%M}"
        seen = START + timedelta(days=40) if seen_late else at + timedelta(minutes=5)
        mentions.append(
            Mention(id_, "", f"Fjordbank svikter {id_}", source="avisa", published_at=at, seen_at=seen)
        )
    store.add_polls([Poll("avisa", m.seen_at or START, FetchState(polls=2), (m,)) for m in mentions])
    now = START + timedelta(days=41)
    matched = Match(True, (Target(BRAND, "brand"),))
    store.add_matches(config.identity.hash, [(m, matched) for m in mentions], now)
    store.add_stories([(m.id, m.id) for m in mentions], now)
    store.add_verdicts([(m, Verdict(BRAND, 0.9, 0.05, 0.05, "judged", "m@1")) for m in mentions], now)


def test_the_burst_is_found_in_its_hour_and_nothing_is_written(tmp_path: Path) -> None:
    brand = brand_file(tmp_path)
    fill(brand)
    config = load(brand)
    before = config.settings.database.read_bytes()
    found = look_back(config, START, START + timedelta(days=28))
    (one,) = found.incidents
    assert one.at == BURST + HOUR and one.first.target == BRAND
    assert one.first.incident.observed == 5 and one.last.incident.observed == 9  # and that day's own
    assert SeriesKey(BRAND) in one.first.series and one.last.incident.end is not None
    assert (found.hours, found.mentions, found.old) == (28 * 24, 36, 0)
    assert config.settings.database.read_bytes() == before
    calm = found.settings.__class__(min_count=12)
    assert look_back(config, START, START + timedelta(days=28), calm).incidents == ()


def test_a_past_that_was_read_back_alerts_only_as_published(tmp_path: Path) -> None:
    brand = brand_file(tmp_path)
    fill(brand, seen_late=True)
    config = load(brand)
    live = look_back(config, START, START + timedelta(days=45))
    assert live.incidents == () and live.old == 36 and live.mentions == 0
    (one,) = look_back(config, START, START + timedelta(days=28), as_published=True).incidents
    assert one.at == BURST + HOUR


def test_the_command_says_when_why_and_with_what(tmp_path: Path) -> None:
    brand = brand_file(tmp_path)
    fill(brand)
    period = ["replay", "--brand", str(brand), "--from", "2026-09-01", "--to", "2026-09-29"]
    said = CliRunner().invoke(app, [*period, "--tail", "0.0004"])
    assert said.exit_code == 0, said.output
    assert "tail 0.0004" in said.output and "2026-09-21 12:00  minor: Fjordbank" in said.output  # Oslo
    assert "alarmed: Fjordbank (negative)" in said.output and "1 incidents in 28 days" in said.output
    plain = json.loads(CliRunner().invoke(app, [*period, "--json"]).stdout)
    assert plain["settings"]["min_count"] == 5 and plain["incidents"][0]["target"] == BRAND
    assert CliRunner().invoke(app, [*period[:-1], "2026-08-01"]).exit_code == 2


def test_the_counts_are_those_a_store_gives(tmp_path: Path) -> None:
    brand = brand_file(tmp_path)
    fill(brand)
    path = load(brand).settings.database
    end = START + timedelta(days=28)
    counts = Counts(BRAND)
    for row in said_of(path, START, end):
        counts.add(row)
    bins = counts.bins(START, end)
    live = {(c.at, c.negative, c.total) for c in readmodel.hour_counts(path, START, end)}
    assert {(b.at, b.count, b.total) for b in bins[SeriesKey(BRAND)] if b.total} == live
    assert len(live) > 25


def test_a_story_counts_once_in_the_hour_of_its_first_copy_also_when_that_is_seen_last() -> None:
    counts = Counts(BRAND)

    def said(id_: str, hour: int, **more: object) -> SaidOf:
        at = START + hour * HOUR
        row = SaidOf(id_, at, at, "story", BRAND, negative=True, weight=2.0, fresh=True)
        return replace(row, **more)  # type: ignore[arg-type]

    def sums(key: SeriesKey) -> list[int | None]:
        return [b.count for b in counts.bins(START, START + 4 * HOUR)[key]]

    counts.add(said("a", 3, statements=("value.1",)))
    assert sums(SeriesKey(BRAND)) == [0, 0, 0, 1, 0]
    counts.add(said("b", 1, negative=False))
    assert sums(SeriesKey(BRAND)) == [0, 0, 0, 1, 0] and sums(SeriesKey(BRAND, "total")) == [0, 1, 0, 0, 0]
    counts.add(said("c", 2))
    assert sums(SeriesKey(BRAND)) == [0, 0, 1, 0, 0]
    assert sums(SeriesKey(BRAND, weighted=True)) == [0, 0, 2, 0, 0]
    assert sums(SeriesKey(BRAND, "conflicting", "value.1")) == [0, 0, 0, 1, 0]
