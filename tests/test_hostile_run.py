"""Every hostile file through the whole job: what the store, the alerts and the figures make of it."""

from __future__ import annotations

import csv
import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import readmodel
from monitor.config import load
from monitor.pipeline import Monitor

HOSTILE = Path(__file__).parent / "data" / "hostile"
ALL = readmodel.MentionFilter(
    since=datetime(1900, 1, 1, tzinfo=UTC), until=datetime(2200, 1, 1, tzinfo=UTC), relevant_only=False
)


def run(tmp_path: Path, *names: str) -> tuple[Monitor, list[readmodel.MentionRow]]:
    sources = "".join(
        f"  - {{id: s{n}, kind: feed, url: 'file:{HOSTILE / name}'}}\n" for n, name in enumerate(names)
    )
    brand = tmp_path / "brand.yaml"
    brand.write_text(
        "name: Fjordbank\naliases: [Fjordposten]\nsector: bank\n"
        f"recipients: [{{address: vakt@fjordbank.example, lang: nb}}]\nsources:\n{sources}",
        encoding="utf-8",
    )
    monitor = Monitor.open(brand)
    monitor.run()
    return monitor, readmodel.mentions(monitor.config.settings.database, ALL, limit=2000)


@pytest.fixture
def feeds() -> list[str]:
    with (HOSTILE / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        return [
            row["file"] for row in csv.DictReader(file, delimiter="\t") if not row["file"].endswith(".eml")
        ]


def test_all_of_them_together_stop_nothing(tmp_path: Path, feeds: list[str]) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    monitor, rows = run(tmp_path, *feeds)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 700, f"{grown:.0f} MB"  # the two models are in it
    health = {
        h.source: h for h in readmodel.source_health(monitor.config.settings.database, datetime.now(UTC))
    }
    assert set(health) == {f"s{n}" for n in range(len(feeds))}
    assert len(rows) > 500
    text = "".join(row.title + row.text + row.url + row.author for row in rows)
    assert "root:x:0:0" not in text and "\x00" not in text and "\u202e" not in text
    assert not list(monitor.config.settings.outbox.glob("*"))
    assert monitor.run().collect.counts.new == 0


def test_an_archive_of_500_old_items_alerts_nobody(tmp_path: Path) -> None:
    monitor, rows = run(tmp_path, "archive_dump.xml")
    assert len(rows) == 500
    status = readmodel.status(monitor.config.settings.database)
    assert (status.incidents, status.mails_sent, status.mails_waiting) == (0, 0, 0)


def test_sql_is_stored_literally(tmp_path: Path) -> None:
    _, rows = run(tmp_path, "sql_quote.xml")
    assert any("'" in row.title + row.text and ";" in row.title + row.text for row in rows)


def test_ancient_items_are_not_recent(tmp_path: Path) -> None:
    monitor, rows = run(tmp_path, "ancient_dates.xml")
    assert rows
    now = datetime.now(UTC)
    recent = readmodel.MentionFilter(since=now - timedelta(days=30), until=now, relevant_only=False)
    dated = [row for row in readmodel.mentions(monitor.config.settings.database, recent) if row.dated]
    assert dated == []


@pytest.mark.parametrize(
    ("name", "state"),
    [("html_instead.xml", "failing"), ("empty.xml", "failing"), ("empty_channel.xml", "ok")],
)
def test_silence_is_told_from_failure(tmp_path: Path, name: str, state: str) -> None:
    monitor, rows = run(tmp_path, name)
    (health,) = readmodel.source_health(monitor.config.settings.database, datetime.now(UTC))
    assert (rows, health.state) == ([], state)


def test_a_changed_guid_and_a_repoll_without_ids_add_nothing(tmp_path: Path) -> None:
    _, rows = run(tmp_path, "guid_changes_link_same_1.xml", "guid_changes_link_same_2.xml")
    assert len(rows) == 1
    assert Monitor(load(tmp_path / "brand.yaml")).run().collect.counts.new == 0
    other = tmp_path / "other"
    other.mkdir()
    monitor, rows = run(other, "no_guid_no_link.xml")
    assert len(rows) == 2
    assert monitor.run().collect.counts.new == 0
