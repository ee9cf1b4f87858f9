"""Reading back by hand: page by page, on a walk of its own, resumed after kill -9, and never news."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import db, readmodel, sources
from monitor.config import load
from monitor.pipeline import Monitor
from tests.conftest import BRAND
from tests.test_pipeline import AFFAIR
from tests.webserver import Request, Server, serving

KINDS = Path(__file__).parent / "data" / "kinds"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SINCE = datetime(2026, 10, 1, tzinfo=UTC)
PAGES, PER_PAGE = 12, 10
ALL = readmodel.MentionFilter(
    datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC), relevant_only=False
)
RUN = f"import sys, monitor.sources as s; s.__path__.append({str(KINDS)!r}); from monitor.cli import main; main()"


@pytest.fixture(autouse=True)
def paged_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(KINDS)])


class Network:
    """Items 12 hours apart, newest first: the first ten pages reach back to about 1 October."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.hold_at: int | None = None
        self.reached, self.go = threading.Event(), threading.Event()
        self.broken: set[int] = set()

    def __call__(self, request: Request) -> None:
        page = int(request.path.partition("page=")[2])
        self.asked.append(page)
        if page == self.hold_at:
            self.reached.set()
            self.go.wait(30)
        if page in self.broken:
            request.reply(500)
            return
        items = [
            {
                "id": str(n),
                "at": (NOW - timedelta(hours=12 * n)).isoformat(),
                "text": f"Fjordbank sak {n}",
            }
            for n in range(page * PER_PAGE, (page + 1) * PER_PAGE)
        ]
        body = json.dumps({"items": items, "last": page == PAGES - 1}).encode()
        request.reply(200, body, Content_Type="application/json")


EXPECTED = {str(n) for n in range(PAGES * PER_PAGE) if NOW - timedelta(hours=12 * n) >= SINCE}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


def brand(folder: Path, server: Server, options: str = "", more: str = "") -> Path:
    path = folder / "brand.yaml"
    path.write_text(
        f'{BRAND}sources:\n  - {{id: net, kind: paged, url: "{server.url}/net"{options}}}\n{more}'
        "http: {allow_private: [127.0.0.1]}\nrecipients: [{address: vakt@fjordbank.example}]\n",
        encoding="utf-8",
    )
    return path


def stored(path: Path) -> Counter[str]:
    rows = readmodel.mentions(load(path).settings.database, ALL, limit=1000)
    return Counter(row.url.rpartition("/")[2] for row in rows)


def test_it_walks_back_and_leaves_the_ordinary_cursor_alone(tmp_path: Path, server: Server) -> None:
    network = server.answers["/net"] = Network()
    path = brand(tmp_path, server)
    monitor = Monitor(load(path), now=lambda: NOW)
    monitor.collect()
    before = monitor.store.fetch_states()["net"]
    report = monitor.backfill(SINCE)
    (walk,) = report.sources
    assert (walk.outcome, walk.polls, walk.resumed) == ("done", 11, False)
    assert stored(path) == Counter(EXPECTED)
    after = monitor.store.fetch_states()["net"]
    assert (after.cursor, after.since) == (before.cursor, None)
    assert network.asked == [0, 0, *range(11)]


def test_a_source_that_does_not_say_whether_there_is_more(tmp_path: Path, server: Server) -> None:
    server.answers["/net"] = Network()
    path = brand(tmp_path, server, ", says_more: false")
    (walk,) = Monitor(load(path), now=lambda: NOW).backfill(SINCE).sources
    # The first page was known from the ordinary poll, and the walk goes on all the same.
    assert walk.outcome == "done" and stored(path) == Counter(EXPECTED)


def test_killed_between_pages_it_goes_on_where_it_was(tmp_path: Path, server: Server) -> None:
    network = server.answers["/net"] = Network()
    path = brand(tmp_path, server)
    command = [sys.executable, "-c", RUN, "collect", "--since", "2026-10-01", "--brand", str(path)]
    for hold in (4, 8):
        network.hold_at = hold
        network.reached.clear()
        network.go.clear()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert network.reached.wait(120)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        network.go.set()
        assert set(stored(path).values()) == {1} and len(stored(path)) == hold * PER_PAGE
    network.hold_at = None
    network.asked.clear()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "went on" in done.stdout and "read back" in done.stdout
    assert network.asked == [0, 8, 9, 10]  # the ordinary poll, and the rest of the walk
    assert stored(path) == Counter(EXPECTED)


def test_a_failing_page_is_told_and_gone_on_with(tmp_path: Path, server: Server) -> None:
    network = server.answers["/net"] = Network()
    network.broken = {3}
    path = brand(tmp_path, server)
    monitor = Monitor(load(path), now=lambda: NOW)
    (walk,) = monitor.backfill(SINCE).sources
    assert (walk.outcome, walk.polls) == ("failed", 3) and "500" in walk.error
    assert readmodel.source_health(monitor.config.settings.database, NOW)[0].state == "ok"
    network.broken = set()
    (walk,) = Monitor(load(path), now=lambda: NOW).backfill(SINCE).sources
    assert (walk.outcome, walk.resumed) == ("done", True) and stored(path) == Counter(EXPECTED)
    (walk,) = monitor.backfill(datetime(2026, 11, 1, tzinfo=UTC)).sources  # another day: another walk
    assert (walk.outcome, walk.resumed, walk.counts.new) == ("done", False, 0)


def test_a_kind_that_cannot_go_back_says_so(tmp_path: Path, server: Server) -> None:
    server.answers["/net"] = Network()
    (tmp_path / "a.xml").write_text(
        "<rss version='2.0'><channel><item><title>A</title></item></channel></rss>"
    )
    path = brand(tmp_path, server, more="  - {id: avis, kind: feed, url: a.xml}\n")
    outcomes = {w.source: w.outcome for w in Monitor(load(path), now=lambda: NOW).backfill(SINCE).sources}
    assert outcomes == {"net": "done", "avis": "cannot"}


class Clock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@pytest.mark.parametrize("by_hand", [True, False])
def test_what_a_backfill_brings_never_alerts(tmp_path: Path, server: Server, by_hand: bool) -> None:
    """A storm of an hour ago: news to an ordinary poll, history to a walk back. Through judging and detection."""
    storm: list[dict[str, str]] = []
    calm: list[dict[str, str]] = []

    def answer(request: Request) -> None:
        page = int(request.path.partition("page=")[2])
        items = (calm, storm)[page] if by_hand else [*storm, *calm]
        request.reply(200, json.dumps({"items": items, "last": page == 1 or not by_hand}).encode())

    server.answers["/net"] = answer
    clock = Clock(NOW - timedelta(days=5))
    path = brand(tmp_path, server)
    monitor = Monitor(load(path), now=clock)
    for day in range(5):
        clock.at = NOW - timedelta(days=5 - day)
        text = f"Fjordbank holder åpent som vanlig {day + 1}. november."
        calm.insert(0, {"id": f"ro{day}", "at": clock.at.isoformat(), "text": text})
        monitor.run()
    clock.at = NOW
    for number, text in enumerate(AFFAIR):
        at = NOW - timedelta(minutes=70 - number)
        storm.insert(0, {"id": f"storm{number}", "at": at.isoformat(), "text": text})
    if by_hand:
        monitor.backfill(NOW - timedelta(days=30))
        monitor.analyse()
        report = monitor.alert()
    else:
        report = monitor.run().alert
    assert len(stored(path)) == 5 + len(AFFAIR)
    with db.reading(monitor.config.settings.database) as con:
        negative = con.execute(
            "SELECT count(DISTINCT mention_id) FROM v_standing WHERE standing = 'negative'"
        ).fetchone()
    assert negative is not None and negative[0] >= 5, "the storm was judged negative"
    assert report.opened == (0 if by_hand else 1)
    for hours in (3, 9, 30):
        clock.at = NOW + timedelta(hours=hours)
        monitor.run()
    status = readmodel.status(monitor.config.settings.database)
    # One mail that it has begun, one that it is over.
    assert (status.incidents, status.mails_sent) == ((0, 0) if by_hand else (1, 2))
