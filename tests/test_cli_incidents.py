"""`omdomme incidents`: what a person at a terminal sees and does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor import readmodel
from monitor.cli import app
from monitor.config import load
from tests.dashboard_data import brand_file, seed

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = brand_file(tmp_path_factory.mktemp("incidents"))
    seed(path)
    return path


def run(brand: Path, *arguments: str, fails: bool = False) -> str:
    result = RUNNER.invoke(app, ["incidents", *arguments, "--brand", str(brand)])
    assert (result.exit_code != 0) is fails, result.output
    return str(result.exception) if fails else result.stdout


def test_listed_shown_and_handled(brand: Path) -> None:
    assert "incident-1 open, minor" in run(brand, "list", "--open")
    (row,) = json.loads(run(brand, "list", "--json"))
    assert (row["id"], row["target"], row["end"]) == ("incident-1", "Fjordbank", None)
    shown = run(brand, "show", "incid")
    assert "in conflict with: value.1" in shown and "sources:" in shown and "\u202e" not in shown
    found = json.loads(run(brand, "show", "incident-1", "--json"))
    assert found["statements"] == ["value.1"] and found["quotes"] and found["actions"] == found["mails"] == []
    assert "Marit has it" in run(brand, "acknowledge", "incid", "--as", "Marit")
    assert "Nothing new" in run(brand, "acknowledge", "incid", "--as", "Marit")
    run(brand, "mute", "incid", "--for", "90m", "--as", "Marit")
    run(brand, "note", "incid", "--text", "Ringt avisen", "--as", "Per")
    assert json.loads(run(brand, "close", "incid", "--as", "Per", "--json"))["new"] is True
    run(brand, "reopen", "incid", "--as", "Per")
    run(brand, "unmute", "incid", "--as", "Per")
    actions = readmodel.incident_actions(load(brand).settings.database, "incident-1")
    assert [(row.action, row.who) for row in actions] == [
        ("acknowledged", "Marit"), ("muted", "Marit"), ("noted", "Per"), ("closed", "Per"), ("reopened", "Per"),
        ("unmuted", "Per"),
    ]  # fmt: skip
    assert actions[1].until is not None and actions[1].until - actions[1].at < timedelta(minutes=91)
    assert actions[0].at <= datetime.now(UTC)
    assert "Per noted: Ringt avisen" in run(brand, "show", "incid")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["note", "incid", "--as", "Per"], "text"),
        (["show", "zzzz"], "no incident has the id"),
        (["mute", "incid", "--for", "500d", "--as", "Per"], "until"),
    ],
)
def test_what_is_missing_is_said(brand: Path, arguments: list[str], said: str) -> None:
    assert said in run(brand, *arguments, fails=True)


def test_a_span_is_read_or_refused(brand: Path) -> None:
    result = RUNNER.invoke(app, ["incidents", "mute", "incid", "--for", "soon", "--brand", str(brand)])
    assert result.exit_code == 2 and "is no span" in result.output
