"""The bundled example, whole: every mention goes through, the incident is found online, mailed once."""

from __future__ import annotations

import email
import email.policy
import json
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import readmodel
from monitor.config import Config, load
from monitor.simulation import advance

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "lomvi"
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
pytestmark = pytest.mark.timeout(900)  # sixty days, hour by hour, in the first test


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Config:
    home = tmp_path_factory.mktemp("lomvi")
    for name in ("brand.yaml", "archive.jsonl"):
        shutil.copy(EXAMPLE / name, home / name)
    config = load(home / "brand.yaml", {})
    advance(config, lambda done, total, what: None, now=NOW)
    return config


def all_mentions(config: Config) -> list[readmodel.MentionRow]:
    everything = readmodel.MentionFilter(
        since=datetime(2000, 1, 1, tzinfo=UTC), until=datetime(2100, 1, 1, tzinfo=UTC), relevant_only=False
    )
    return readmodel.mentions(config.settings.database, everything, limit=1000)


def test_every_mention_goes_through(example: Config) -> None:
    archive = [
        json.loads(line) for line in (EXAMPLE / "archive.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert len(archive) == 178
    rows = {row.id: row for row in all_mentions(example)}
    assert set(rows) == {entry["id"] for entry in archive}
    status = readmodel.status(example.settings.database)
    assert (status.due_match, status.due_judge, status.due_flag) == (0, 0, 0)
    assert 140 <= status.relevant <= 178 and status.flagged > 0


def test_dates_are_shifted_by_whole_weeks_and_ids_are_not(example: Config) -> None:
    archive = {
        entry["id"]: datetime.fromisoformat(entry["published_at"])
        for entry in map(json.loads, (EXAMPLE / "archive.jsonl").read_text(encoding="utf-8").splitlines())
    }
    shifts = {row.published_at - archive[row.id].astimezone(UTC) for row in all_mentions(example)}
    (shift,) = shifts
    assert shift % timedelta(weeks=1) == timedelta(0)
    assert NOW - timedelta(days=7) <= max(row.published_at for row in all_mentions(example)) <= NOW


def test_wire_copies_are_one_story(example: Config) -> None:
    largest, copies = Counter(row.story for row in all_mentions(example)).most_common(1)[0]
    assert copies >= 4, largest


def test_the_incident_is_found_online_and_mailed_once(example: Config) -> None:
    incidents = readmodel.incidents(
        example.settings.database, datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    )
    (incident,) = incidents
    grounding = {row.id: row for row in all_mentions(example)}["lomvi-077"].published_at
    assert timedelta(0) <= incident.detected_at - grounding.replace(minute=0) <= timedelta(hours=6)
    assert incident.end is not None
    told = readmodel.messages(example.settings.database)
    concerned = {incident.target, *incident.also}
    meant = [who.address for who in example.recipients if who.concerned(concerned, "critical")]
    assert sorted(row.recipient for row in told if row.news == "opened") == sorted(meant)
    assert len({row.id for row in told}) == len(told) == incident.mails
    assert len(list(example.settings.outbox.glob("*.eml"))) == len(told)
    letter = email.message_from_bytes(
        (example.settings.outbox / f"{told[0].id}.eml").read_bytes(), policy=email.policy.default
    )
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert text.count(".example/") == 5, "what is said of a ship only is quoted in the brand's mail too"


@pytest.mark.parametrize("later", [timedelta(minutes=5), timedelta(days=1), timedelta(days=40)])
def test_a_later_run_adds_judges_and_mails_nothing(example: Config, later: timedelta) -> None:
    before = readmodel.status(example.settings.database)
    _, report = advance(example, lambda done, total, what: None, now=NOW + later)
    assert (
        report.collect.counts.new == report.analyse.judged == report.analyse.flagged == report.alert.sent == 0
    )
    after = readmodel.status(example.settings.database)
    assert (after.mentions, after.verdicts, after.incidents, after.mails_sent) == (
        before.mentions,
        before.verdicts,
        before.incidents,
        before.mails_sent,
    )
