"""When a person last looked, and what is new since: on a real store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import db, readmodel
from monitor.config import load
from monitor.pipeline import looking, triage
from monitor.readmodel import Look, NewIncident, NewStory
from monitor.store import Poll, Store
from monitor.types import (
    CaseEntry,
    FetchState,
    Incident,
    KnownIncident,
    Label,
    Match,
    Mention,
    Reading,
    Target,
    Verdict,
)
from tests.journey_data import BRAND, CONFLICTS, INCIDENT, journey_store

NOW = datetime(2026, 9, 7, 8, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "store.duckdb"
    Store(found).migrate()
    return found


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return journey_store(tmp_path_factory.mktemp("brand"))


def test_a_visit_is_one_for_half_an_hour_and_only_the_latest_is_kept(path: Path) -> None:
    assert readmodel.last_look(path, "kari") is None
    for minutes in (0, 29, 31, 45, 90):
        assert looking.looked(path, "kari", NOW + minutes * MINUTE)
    assert readmodel.last_look(path, "kari") == Look(NOW + 90 * MINUTE, NOW + 31 * MINUTE)
    with db.reading(path) as con:
        assert con.execute("SELECT count(*) FROM looks").fetchone() == (1,)


def test_each_person_looks_for_themselves_and_nobody_signed_in_is_one(path: Path) -> None:
    looking.looked(path, "", NOW)
    looking.looked(path, "ola", NOW + HOUR)
    assert readmodel.last_look(path, "") == Look(NOW, None)
    assert readmodel.last_look(path, "ola") == Look(NOW + HOUR, None)
    looking.looked(path, "ola", NOW + timedelta(days=366))
    assert readmodel.last_look(path, "") is None, "who has not looked for a year is forgotten"


def test_a_page_drawn_again_in_the_same_visit_is_compared_with_the_visit_before() -> None:
    look = Look(NOW, NOW - 20 * HOUR)
    assert look.compared_with(NOW + 29 * MINUTE) == NOW - 20 * HOUR
    assert look.compared_with(NOW + 31 * MINUTE) == NOW
    assert Look(NOW, None).compared_with(NOW + MINUTE) is None


def test_who_looks_while_others_write_does_not_wait(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    began, done = threading.Event(), threading.Event()

    def write() -> None:
        with db.writing(path):
            began.set()
            done.wait(10)

    writer = threading.Thread(target=write)
    writer.start()
    began.wait(10)
    start = datetime.now(UTC)
    assert looking.looked(path, "kari", NOW) is False
    assert datetime.now(UTC) - start < timedelta(seconds=3)
    done.set()
    writer.join()
    assert looking.looked(path, "kari", NOW)


def add(
    store: Store, identity: str, id_: str, at: datetime, label: Label, *, seen: datetime | None = None,
    story: str = "", target: str = BRAND, kind: str = "brand",
) -> None:  # fmt: skip
    mention = Mention(id_, f"Tittel {id_}", f"Tekst {id_}", f"https://a.example/{id_}", "x", "avisa", "news", "nb",
                      "third_party", at, seen or at)  # fmt: skip
    p = {"negative": 0.1, "neutral": 0.1, "positive": 0.1} | {label: 0.8}
    store.add_polls([Poll("avisa", seen or at, FetchState(polls=2), (mention,))])
    about = Target(target, "brand" if kind == "brand" else "leader")
    store.add_matches(identity, [(mention, Match(True, (about,), "third_party"))], at)
    store.add_stories([(id_, story or id_)], at)
    verdict = Verdict(target, p["negative"], p["neutral"], p["positive"], "judged", "m@1")
    store.add_verdicts([(mention, verdict)], at)


def test_new_is_what_was_seen_since_and_no_history_and_no_copy_of_what_was_known(path: Path) -> None:
    store = Store(path)
    add(store, "i", "old", NOW - 5 * HOUR, "negative")
    add(store, "i", "copy", NOW + HOUR, "negative", story="old")  # a copy of what was known
    add(store, "i", "read back", NOW - timedelta(days=30), "negative", seen=NOW + HOUR)
    add(store, "i", "late", NOW - HOUR, "neutral", seen=NOW + HOUR)  # said before, first seen since
    add(store, "i", "good", NOW + 2 * HOUR, "positive")
    add(store, "i", "leader", NOW + 3 * HOUR, "negative", target="Kari", kind="leader")
    found = readmodel.news(path, NOW)
    assert [(x.target, x.stories, x.negative, x.neutral, x.positive) for x in found.targets] == [
        ("Lomvi", 2, 0, 1, 1),
        ("Kari", 1, 1, 0, 0),
    ]
    assert [x.story for x in found.heaviest] == ["leader", "good", "late"], "what is for or against first"
    assert found.heaviest[0] == NewStory(
        "leader", "Kari", "negative", 1, found.heaviest[0].weight, "Tittel leader", "avisa", NOW + 3 * HOUR
    )
    assert not readmodel.news(path, NOW + 4 * HOUR)
    assert readmodel.count_relevant(path) == 6


def test_flags_decisions_and_incidents_are_told_once(brand: Path) -> None:
    config = load(brand)
    database, now = config.settings.database, datetime.now(UTC)
    store = Store(database)
    found = readmodel.news(database, now - timedelta(days=1))
    assert found.flags == 3
    assert [row.mention_id for row in found.flagged] == [row[0] for row in CONFLICTS], "the surest first"
    waiting = readmodel.waiting(database)
    assert waiting.stories == 3
    assert [(row.mention_id, row.title, row.quote, row.statement) for row in waiting.gravest] == [
        (id_, title, quote, statement) for id_, title, _, quote, statement in CONFLICTS
    ]
    title = found.incidents[0].title
    assert found.incidents == (NewIncident(INCIDENT, BRAND, title, False),) and title.startswith(
        "Forsinkelsen"
    )
    case = readmodel.case(database, "taushet")
    assert case is not None
    for who in ("Per", "Kari"):
        entry = CaseEntry(
            case.mention_id, case.content_hash, case.identity, "dismissed", who, now, "feil", None
        )
        triage.act(database, entry, wait_s=10)
    (start,) = (row.start for row in readmodel.incidents(database, now - timedelta(days=1), now))
    over = Incident(start, start + HOUR, now, start + HOUR, 4, 6, 0.4, 0.99)
    store.save_incidents([KnownIncident(INCIDENT, BRAND, (), over, "closed", "major", ())], [], now)
    found = readmodel.news(database, now - timedelta(days=1))
    assert found.flags == 2 and [row.closed for row in found.incidents] == [True], "not told as new as well"
    assert [(row.mention_id, row.who) for row in found.decisions] == [("taushet", "Kari")], "the last word"
    mine = readmodel.news(database, now - timedelta(days=1), but="Kari")
    assert [(row.mention_id, row.who) for row in mine.decisions] == [("taushet", "Per")]
    assert not readmodel.news(database, now + MINUTE)


def test_a_goal_is_told_when_its_newest_period_says_another_thing(path: Path) -> None:
    def read(at: datetime, track: str, value: float | None = 0.5) -> None:
        reading = Reading(
            "goal.1", "d", "positive_share", "share", NOW - 200 * HOUR, NOW - 30 * HOUR, at, value, 0.4, 0.6,
            20, track, "" if value else "no_data", None, 0.7, None, None,
        )  # fmt: skip
        Store(path).add_readings([reading], "i")

    read(NOW - HOUR, "on_track")
    assert not readmodel.news(path, NOW).goals
    read(NOW + HOUR, "behind")
    (move,) = readmodel.news(path, NOW).goals
    assert (move.goal, move.before, move.now) == ("goal.1", "on_track", "behind")
    assert not readmodel.news(path, NOW + 2 * HOUR).goals
