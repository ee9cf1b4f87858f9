"""After a change of model everything stored is judged again, whatever stops it, and nobody is alerted about the past."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

import numpy as np
import pytest

from monitor import readmodel
from monitor.config import load
from monitor.errors import StoreError
from monitor.pipeline import Monitor
from monitor.store import REJUDGED_AT, Poll
from monitor.types import Correction, FetchState, JudgeRequest, Match, Mention, Target

KILLS = 5
ALL = readmodel.MentionFilter(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


class Fixed:
    """A judge of one opinion that counts what it is asked."""

    def __init__(self, name: str, *p: float) -> None:
        self.name, self.p, self.asked = name, p, 0

    def probabilities(self, requests: list[JudgeRequest]) -> Any:
        self.asked += len({r.text for r in requests})
        return np.tile(np.array(self.p, dtype=np.float32), (len(requests), 1))


MILD, HARSH, TORN = (
    Fixed("mild@1", 0.1, 0.8, 0.1),
    Fixed("harsh@1", 0.8, 0.1, 0.1),
    Fixed("torn@1", 0.4, 0.35, 0.25),
)


def opened(brand: Path, judge: Fixed, at: datetime | None = None) -> Monitor:
    monitor = Monitor(load(brand), now=lambda: at) if at else Monitor.open(brand)
    judge.asked = 0
    monitor.analyser.__dict__["classifier"] = judge  # the place a loaded model is kept in
    return monitor


def labels(monitor: Monitor) -> dict[str, tuple[str, str]]:
    rows = readmodel.mentions(monitor.config.settings.database, ALL, limit=500)
    return {row.title: (row.verdicts[0].label, row.verdicts[0].status) for row in rows}


def stored(monitor: Monitor, said: dict[str, datetime], seen: datetime | None = None) -> None:
    """Mentions of the brand as collecting and matching leave them, judged by the monitor's judge."""
    mentions = tuple(
        Mention(
            f"id-{title}", title, f"Fjordbank og {title}.", published_at=at, seen_at=seen or at, keys=(title,)
        )
        for title, at in said.items()
    )
    identity, store, at = monitor.config.identity, monitor.store, max(said.values())
    store.add_polls([Poll("avisa", at, FetchState(), mentions)])
    brand = (Target(identity.name, "brand"),)
    store.add_matches(
        identity.hash, [(m, Match(True, brand)) for m in store.due_matches(identity.hash, 999)], at
    )
    store.add_stories([(m.id, m.id) for m in store.due_stories(999)], at)
    monitor.analyser.judge(store.due_verdicts(identity.hash, None, 999))


@pytest.fixture
def judged(brand_file: Path, now: datetime) -> Monitor:
    monitor = opened(brand_file, MILD)
    stored(monitor, {f"Sak {n}": now - timedelta(days=n, hours=1) for n in range(7)})
    return monitor


def correct(monitor: Monitor, title: str) -> None:
    database = monitor.config.settings.database
    row = next(r for r in readmodel.mentions(database, ALL, limit=500) if r.title == title)
    monitor.store.add_corrections(
        [
            Correction(
                row.id, row.content_hash, row.verdicts[0].target, "positive", "Per", monitor.now(), "irony"
            )
        ]
    )


def test_all_of_another_model_are_judged_again_and_corrections_stay(
    judged: Monitor, brand_file: Path
) -> None:
    correct(judged, "Sak 2")
    monitor = opened(brand_file, HARSH)
    analysed = monitor.analyse()
    assert (analysed.judged, analysed.outdated) == (0, 7), "the ordinary work leaves what was judged alone"
    heard: list[tuple[int, int | None, str]] = []
    report = monitor.rejudge(batch=3, progress=lambda *told: heard.append(told))
    assert (report.models, report.judged, report.known, report.corrected, report.left) == (
        ("harsh@1",),
        7,
        0,
        1,
        0,
    )
    assert report.changes == (("neutral", "negative", 7),) and report.changed == 7
    assert heard == [(3, 7, "rejudge"), (6, 7, "rejudge"), (7, 7, "rejudge")]
    now = labels(monitor)
    assert now.pop("Sak 2") == ("positive", "corrected")
    assert set(now.values()) == {("negative", "judged")}
    (row,) = readmodel.corrections(monitor.config.settings.database)
    assert (row.label, row.model, row.model_label) == ("positive", "harsh@1", "negative")
    again = monitor.rejudge()
    assert (again.judged, again.changes, monitor.analyse().outdated) == (0, (), 0)


def test_doubt_is_a_standing_of_its_own_in_the_matrix(judged: Monitor, brand_file: Path) -> None:
    assert opened(brand_file, TORN).rejudge().changes == (("neutral", "unsure", 7),)


def test_a_model_that_was_given_up_is_taken_up_without_being_asked(judged: Monitor, brand_file: Path) -> None:
    opened(brand_file, HARSH).rejudge()
    back = opened(brand_file, MILD)
    report = back.rejudge(batch=2)
    assert (report.judged, report.known, MILD.asked) == (0, 7, 0)
    assert report.changes == (("negative", "neutral", 7),)
    assert set(labels(back).values()) == {("neutral", "judged")}


def test_since_takes_what_was_said_on_that_day_and_later(
    judged: Monitor, brand_file: Path, now: datetime
) -> None:
    monitor = opened(brand_file, HARSH)
    assert monitor.rejudge(now - timedelta(days=2, hours=2)).judged == 3
    assert monitor.analyse().outdated == 4
    assert {t for t, (label, _) in labels(monitor).items() if label == "negative"} == {
        "Sak 0",
        "Sak 1",
        "Sak 2",
    }


def test_a_brand_file_that_was_changed_is_matched_first(judged: Monitor, brand_file: Path) -> None:
    brand_file.write_text(
        brand_file.read_text("utf-8").replace("Fjordbanken,", "Fjordbanken, Fjorden,"), "utf-8"
    )
    monitor = opened(brand_file, HARSH)
    with pytest.raises(StoreError, match="omdomme analyse"):
        monitor.rejudge()
    monitor.analyse()
    assert monitor.rejudge().judged == 7


START = datetime(2026, 9, 1, 9, tzinfo=UTC)
STORM = START + timedelta(days=10)


def storm(brand: Path, judge: Fixed) -> Monitor:
    """Ten quiet days, then twelve reports within three hours, all judged by ``judge``; it is three hours later."""
    monitor = opened(brand, judge, STORM + timedelta(hours=6))
    monitor.store.set_once("started_at", START.isoformat())
    quiet = {f"Dag {day}": START + timedelta(days=day) for day in range(10)}
    stored(monitor, quiet | {f"Storm {n}": STORM + timedelta(minutes=15 * n) for n in range(12)})
    return monitor


def swap(monitor: Monitor, judge: Fixed) -> None:
    monitor.analyser.__dict__["classifier"] = judge


def test_what_only_a_new_model_sees_in_the_past_alerts_nobody(brand_file: Path) -> None:
    monitor = storm(brand_file, MILD)
    swap(monitor, HARSH)
    assert monitor.rejudge(batch=5).changed == 22
    later = Monitor(monitor.config, now=lambda: monitor.now() + timedelta(minutes=20))
    assert later.alert().opened == 0
    assert not list(later.config.settings.outbox.glob("*"))


def test_without_the_note_of_when_it_was_judged_again_the_same_past_would_alert(brand_file: Path) -> None:
    monitor = storm(brand_file, MILD)
    swap(monitor, HARSH)
    monitor.rejudge()
    monitor.store.set_setting(REJUDGED_AT, START.isoformat())
    assert monitor.alert().opened == 1


def test_what_was_an_incident_before_is_alerted_before_it_is_judged_again(brand_file: Path) -> None:
    monitor = storm(brand_file, HARSH)
    swap(monitor, MILD)
    monitor.rejudge()
    assert readmodel.status(monitor.config.settings.database).incidents == 1


def test_an_incident_after_it_is_news(brand_file: Path) -> None:
    monitor = storm(brand_file, MILD)
    swap(monitor, HARSH)
    monitor.rejudge()
    start = monitor.now() + timedelta(days=4)
    later = opened(brand_file, HARSH, start + timedelta(hours=1, minutes=30))
    stored(later, {f"Ny {n}": start + timedelta(minutes=4 * n) for n in range(15)})
    assert later.alert().opened == 1


# --- the command, and what kills it ---


def rejudge(brand: Path, *args: str) -> list[str]:
    return [sys.executable, "-m", "monitor.cli", "rejudge", "--brand", str(brand), *args]


def everything(database: Path) -> dict[str, object]:
    rows = readmodel.mentions(database, ALL, limit=500)
    return {
        row.id: [(v.target, v.label, v.status, v.negative, v.correction) for v in row.verdicts]
        for row in rows
    }


def test_killed_anywhere_it_goes_on_and_ends_the_same(
    brand_file: Path, now: datetime, tmp_path: Path
) -> None:
    rng = random.Random(3)
    brand_file.write_text(f"{brand_file.read_text('utf-8')}classifier: lexicon\n", "utf-8")
    monitor = opened(brand_file, MILD)
    words = ["svindel", "god hjelp", "skandale", "mandag"]
    stored(monitor, {f"{rng.choice(words)} {n}": now - timedelta(hours=n) for n in range(60)})
    title = sorted(labels(monitor))[0]
    correct(monitor, title)
    database = monitor.config.settings.database
    twin = tmp_path / "twin" / "brand.yaml"
    twin.parent.mkdir()
    twin.write_text(brand_file.read_text("utf-8"), "utf-8")
    undisturbed = load(twin).settings.database
    undisturbed.parent.mkdir(parents=True)
    undisturbed.write_bytes(database.read_bytes())
    done = subprocess.run(rejudge(twin, "--json"), capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert (told["judged"], told["left"], told["corrected"]) == (60, 0, 1)
    assert sum(count for _, _, count in told["changes"]) == 60 and 0 < told["changed"] < 60
    left = 60
    for _ in range(KILLS):
        process = subprocess.Popen(
            rejudge(brand_file, "--batch", "1"), stdout=DEVNULL, stderr=PIPE, text=True
        )
        assert process.stderr is not None
        assert process.stderr.readline().startswith("rejudge: "), "it does not get on"
        time.sleep(rng.uniform(0, 0.05))
        process.kill()
        assert process.wait() == -signal.SIGKILL, (
            "it was through before it was killed: the test shows nothing"
        )
        process.stderr.close()
        now_left = monitor.store.count_outdated(told["models"])
        assert 0 < now_left < left, "nothing was done, or what was done is undone"
        left = now_left
    last = subprocess.run(rejudge(brand_file, "--json"), capture_output=True, text=True, check=True)
    assert (json.loads(last.stdout)["judged"], json.loads(last.stdout)["left"]) == (left, 0)
    assert everything(database) == everything(undisturbed)
    assert labels(monitor)[title] == ("positive", "corrected")


def test_the_figures_on_the_terminal(judged: Monitor, brand_file: Path) -> None:
    done = subprocess.run(rejudge(brand_file), capture_output=True, text=True, check=True)
    assert "From (rows) to (columns)" in done.stdout and "neutral" in done.stdout
    assert "judged" in done.stdout and "rejudge: 7 of 7" in done.stderr
    wrong = subprocess.run(
        rejudge(brand_file, "--since", "yesterday"), capture_output=True, text=True, check=False
    )
    assert wrong.returncode == 2 and "%Y-%m-%d" in wrong.stderr
