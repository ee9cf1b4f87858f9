"""Consecutive polls of a feed that changes, in order, through a real server: every entry once, whatever is killed."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import db, readmodel
from monitor.config import load
from monitor.pipeline import Monitor
from monitor.sources import feed as feedsource
from monitor.store import Poll, Store, rows
from monitor.types import FetchState, Mention
from tests.conftest import BRAND
from tests.webserver import Request, Server, serving

STEPS, LISTED = 24, 12  # consecutive documents, and entries in each
KILLED = {5, 6, 13, 19}
NEW = datetime(2026, 9, 7, tzinfo=UTC)
COLLECT = [sys.executable, "-m", "monitor.cli", "collect"]
ALL = readmodel.MentionFilter(
    datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC), relevant_only=False
)


def documents() -> tuple[list[bytes], dict[str, str]]:
    """A newspaper's front page over time: new entries on top, some edited, some with a changed guid or a tracking link;
    and the title each entry ends with, by path."""
    rng = random.Random(11)
    entries: list[tuple[str, str, str]] = []  # path, title, guid
    pages, titles = [], {}
    for step in range(STEPS):
        for n in range(rng.randrange(1, 5)):
            entries.insert(0, (f"/sak/{step}-{n}", f"Sak {step}-{n}", f"guid-{step}-{n}"))
        edited = rng.randrange(min(len(entries), LISTED))
        path, title, guid = entries[edited]
        entries[edited] = (path, f"{title} (oppdatert {step})", guid if step % 3 else f"{guid}.{step}")
        listed = entries[:LISTED]
        items = "".join(
            f"<item><title>{title}</title><link>https://avis.example{path}{'?utm_source=rss' if rng.random() < 0.3 else ''}"
            f"</link><guid isPermaLink='false'>{guid}</guid><description>Tekst {path}</description></item>"
            for path, title, guid in listed
        )
        titles |= {path: title for path, title, _ in listed}
        pages.append(f"<rss version='2.0'><channel><title>A</title>{items}</channel></rss>".encode())
    return pages, titles


class Paper:
    """Answers with the present document and its ETag; can hold the answer back until told."""

    def __init__(self, pages: list[bytes]) -> None:
        self.pages, self.step = pages, 0
        self.held = threading.Event()
        self.asked = threading.Event()
        self.hold = self.etags = False

    def __call__(self, request: Request) -> None:
        page = self.pages[self.step]
        etag = f'"{hashlib.sha256(page).hexdigest()[:8]}"'
        if self.etags and request.headers.get("If-None-Match") == etag:
            request.reply(304)
            return
        self.asked.set()
        if self.hold:
            self.held.wait(10)
        request.reply(200, page, Content_Type="application/rss+xml", **({"ETag": etag} if self.etags else {}))


def brand(folder: Path, server: Server) -> Path:
    path = folder / "brand.yaml"
    path.write_text(
        f'{BRAND}sources:\n  - {{id: avisa, kind: feed, url: "{server.url}/feed.xml"}}\n'
        "http: {allow_private: [127.0.0.1]}\n",
        encoding="utf-8",
    )
    return path


def test_nothing_is_lost_or_doubled_over_consecutive_polls(tmp_path: Path) -> None:
    """Between two polls of one process, another one is killed: while the server answers, or somewhere in the writing."""
    pages, titles = documents()
    rng = random.Random(3)
    with serving() as server:
        paper = server.answers["/feed.xml"] = Paper(pages)
        paper.etags = True
        path = brand(tmp_path, server)
        monitor = Monitor.open(path)
        killed = 0
        for step in range(STEPS):
            paper.step = step
            if step in KILLED:
                paper.asked.clear()
                paper.held.clear()
                paper.hold = True
                process = subprocess.Popen(
                    [*COLLECT, "--brand", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
                assert paper.asked.wait(60)
                if step % 2:  # in the middle of the fetch; else some way into parsing and storing
                    process.send_signal(signal.SIGKILL)
                paper.held.set()
                paper.hold = False
                if not step % 2:
                    threading.Event().wait(rng.uniform(0.0, 0.03))
                    process.send_signal(signal.SIGKILL)
                killed += process.wait() == -signal.SIGKILL
            monitor.collect()
            monitor.collect()  # and again, unchanged
        assert killed >= 2, "nothing was killed: the test shows nothing"
        rows = readmodel.mentions(load(path).settings.database, ALL, limit=1000)
    found = Counter(row.url.split("?")[0].removeprefix("https://avis.example") for row in rows)
    assert found.keys() == titles.keys(), "lost, or invented"
    assert set(found.values()) == {1}, "doubled"
    assert {row.url.split("?")[0].removeprefix("https://avis.example"): row.title for row in rows} == titles


@pytest.mark.parametrize("etags", [True, False])
def test_a_poll_of_an_unchanged_feed_costs_no_parse_and_writes_no_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, etags: bool
) -> None:
    """With an ETag (304) and without one (200, the same bytes): only that it was asked is noted, in place."""
    pages, _ = documents()
    parsed: list[int] = []
    parse = feedsource.parse
    monkeypatch.setattr(feedsource, "parse", lambda *given: parsed.append(1) or parse(*given))
    with serving() as server:
        paper = server.answers["/feed.xml"] = Paper(pages)
        paper.etags = etags
        path = brand(tmp_path, server)
        first = Monitor.open(path).collect()
        assert first.counts.new and len(parsed) == 1
        database = load(path).settings.database
        before = rows_of(database)
        again = Monitor.open(path).collect()
        assert (again.asked, again.unchanged, again.counts.known) == (1, 1, 0)
        assert len(parsed) == 1
        after = rows_of(database)
    (asked, *rest), (asked_again, *rest_again) = before.pop("sources")[0], after.pop("sources")[0]
    assert (asked, asked_again) == (1, 2) and rest_again == rest
    assert after == before


def rows_of(database: Path) -> dict[str, list[tuple[object, ...]]]:
    with db.reading(database) as con:
        tables = [
            row[0]
            for row in con.execute(
                "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' AND database_name = current_database()"
            ).fetchall()
        ]
        found = {
            table: con.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()
            for table in tables
            if table not in ("sources", "write_guard")
        }
        found["sources"] = con.execute(
            "SELECT polls, * EXCLUDE (polls, last_attempt_at, last_success_at) FROM sources"
        ).fetchall()
    return found


def test_one_changed_feed_among_many_writes_its_own_row_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "a.duckdb")
    store.migrate()
    state = FetchState(etag="1")
    store.add_polls([Poll(f"s{n}", NEW, state) for n in range(50)])
    written: dict[str, list[str]] = {}
    stage = rows.stage

    def recording(con: db.Con, name: str, schema: dict[str, Any], staged: list[tuple[Any, ...]]) -> None:
        written[name] = [row[0] for row in staged]
        stage(con, name, schema, staged)

    monkeypatch.setattr(rows, "stage", recording)
    later = NEW + timedelta(minutes=10)
    polls = [Poll(f"s{n}", later, state, unchanged=True) for n in range(1, 50)]
    store.add_polls([*polls, Poll("s0", later, state, (Mention("a", text="t", seen_at=later),))])
    assert written["stage_sources"] == ["s0"] and len(written["stage_routine"]) == 49
    assert {h.last_success_at for h in readmodel.source_health(store.path, later)} == {later}
    assert {h.polls for h in readmodel.source_health(store.path, later)} == {2}
