"""How an incident grew: every step is told from one read, of a short incident and of one of three weeks."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from monitor import readmodel
from monitor.config import load
from monitor.readmodel.replay import BIGGEST, _steps
from tests.journey_data import INCIDENT, journey_store
from tests.test_dashboard import APP, seen

HOUR = timedelta(hours=1)
START = datetime(2026, 3, 1, 12, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return journey_store(tmp_path_factory.mktemp("growth"))


def test_the_last_step_is_the_incident_and_every_step_adds_to_the_one_before(brand: Path) -> None:
    path, now = load(brand).settings.database, datetime.now(UTC)
    (known,) = readmodel.find_incidents(path, INCIDENT)
    found, whole = readmodel.incident_replay(path, known, now), readmodel.summarise(path, known, now)
    last = found.steps[-1]
    assert (last.stories, last.mentions) == (whole.stories, whole.mentions)
    assert whole.first is not None and found.told[found.first or ""].mention_id == whole.first.key
    for before, after in pairwise(found.steps):
        assert after.at - before.at == HOUR
        assert before.stories <= after.stories and before.mentions <= after.mentions
    assert all(story in found.told for step in found.steps for story, _ in step.biggest)
    assert {statement for statement, _ in found.statements} == set(whole.statements)


def test_three_weeks_are_a_step_an_hour_and_the_biggest_are_those_of_then() -> None:
    first, hours = START.replace(minute=0, tzinfo=None), []
    for n in range(504):
        hours += [(first + n * HOUR, f"story {n % 40}", 1 + n % 3), (first + n * HOUR, f"late {n // 9}", 1)]
    steps = _steps(hours, START, START + timedelta(days=21))
    assert len(steps) in (504, 505)
    for n in (0, 1, 100, 503):
        copies: Counter[str] = Counter()
        for at, story, count in hours:
            if at.replace(tzinfo=UTC) < steps[n].at:
                copies[story] += count
        assert (steps[n].stories, steps[n].mentions) == (len(copies), sum(copies.values()))
        assert dict(steps[n].biggest) == dict(sorted(copies.items(), key=lambda x: (-x[1], x[0]))[:BIGGEST])


def test_an_incident_of_minutes_has_a_step() -> None:
    (step,) = _steps([], START, START)
    assert (step.at, step.stories, step.biggest) == (START.replace(minute=0) + HOUR, 0, ())


def _at(app: AppTest) -> str:
    found = app.query_params.get("at") or ""
    return found if isinstance(found, str) else found[0]


def test_the_page_keeps_the_moment_in_its_address(brand: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load(brand)
    (known,) = readmodel.find_incidents(config.settings.database, INCIDENT)
    moment = known.incident.start.replace(minute=0) + HOUR
    monkeypatch.setattr("sys.argv", ["app.py", "--brand", str(brand)])
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.session_state["language"] = "en"
    app.run()
    app.query_params["id"], app.query_params["at"] = INCIDENT, f"{moment:%Y-%m-%dT%H}"
    app.switch_page("views/incidents.py").run()
    assert not app.exception, app.exception
    assert app.session_state["replay_at"] == moment
    assert _at(app) == f"{moment:%Y-%m-%dT%H}" and "How it grew" in seen(app).text
    assert "None yet" in seen(app).text, "no mail had gone out"
    app.button(key="replay_later").click().run()
    assert _at(app) == f"{moment + HOUR:%Y-%m-%dT%H}"
    app.button(key="replay_whole").click().run()
    assert _at(app) == ""
