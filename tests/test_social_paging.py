"""Mastodon, Bluesky and Lemmy played by a real server with all their quirks: over many polls, through the collector
into the store, no post is lost and none is there twice."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor import db, readmodel
from monitor.config import load
from monitor.pipeline import Monitor
from monitor.sources import bluesky, lemmy, mastodon
from tests.conftest import BRAND
from tests.test_pipeline import Clock
from tests.webserver import Request, Server, serving

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
TEN = timedelta(minutes=10)
ALL = readmodel.MentionFilter(
    since=datetime(2000, 1, 1, tzinfo=UTC), until=datetime(2100, 1, 1, tzinfo=UTC), relevant_only=False
)
KINDS = ("mastodon", "bluesky", "lemmy")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


class World:
    """What a network holds, newest first: (second it was said, number). It answers as the three networks do."""

    def __init__(self) -> None:
        self.dice = random.Random(5)
        self.posts: list[tuple[int, int]] = []
        self.count = 0
        self.taken_out: set[int] = set()  # numbers a server leaves out of a page after it was cut
        self.down = 0  # how many of the next requests fail
        self.requests = 0

    def add(self, number: int, now: datetime, late: timedelta = TEN) -> None:
        """``number`` posts said in the last ``late``; some seconds hold several."""
        end = int(now.timestamp())
        for _ in range(number):
            self.posts.append((end - self.dice.randrange(int(late.total_seconds())), self.count))
            self.count += 1
        self.posts.sort(reverse=True)

    def answer(self, make: Callable[[dict[str, str]], object]) -> Callable[[Request], None]:
        def handle(request: Request) -> None:
            self.requests += 1
            if self.down:
                self.down -= 1
                request.reply(503)
                return
            query = {k: v[0] for k, v in parse_qs(urlsplit(request.path).query).items()}
            request.reply(200, json.dumps(make(query)).encode())

        return handle

    def plays(self, kind: str, server: Server) -> None:
        if kind == "mastodon":
            server.answers["/api/v1/timelines/tag/fjordbank"] = self.answer(self.timeline)
        elif kind == "bluesky":
            session = b'{"accessJwt": "a", "refreshJwt": "b"}'
            server.at("/xrpc/com.atproto.server.createSession", body=session)
            server.answers["/xrpc/app.bsky.feed.searchPosts"] = self.answer(self.search)
        else:
            server.answers["/api/v3/search"] = self.answer(self.lemmy)

    # --- the networks ---

    def timeline(self, asked: dict[str, str]) -> object:
        """since_id gives the newest, max_id goes down; a since_id that is gone is not found and hides nothing."""

        def identifier(post: tuple[int, int]) -> str:
            return f"{post[0]:010d}{post[1]:08d}"

        found = [p for p in self.posts if identifier(p) < asked.get("max_id", "9" * 18)]
        known = [n for n, p in enumerate(found) if identifier(p) == asked.get("since_id")]
        found = found[: known[0]] if known else found
        page = [p for p in found[: int(asked["limit"])] if p[1] not in self.taken_out]
        return [
            {
                "id": identifier((at, n)),
                "created_at": datetime.fromtimestamp(at, UTC).isoformat(),
                "visibility": "public",
                "content": f"<p>post {n}</p>",
                "uri": f"https://x.example/users/a/statuses/{n}",
                "url": f"https://x.example/@a/{n}",
                "account": {"acct": "a@x.example"},
                "reblog": None,
            }
            for at, n in page
        ]

    def search(self, asked: dict[str, str]) -> object:
        """A cursor counts from the newest, and only so far; then there is none."""
        low, high = (asked.get(name, "") for name in ("since", "until"))
        found = [p for p in self.posts if low <= self.iso(p[0]) and (not high or self.iso(p[0]) < high)]
        first, size = int(asked.get("cursor", "0")), int(asked["limit"])
        page = found[first : first + size]
        return {
            "posts": [
                {
                    "uri": f"at://did:plc:a/app.bsky.feed.post/{n}",
                    "author": {"did": "did:plc:a", "handle": "a.example"},
                    "record": {"$type": "app.bsky.feed.post", "createdAt": self.iso(at), "text": f"post {n}"},
                    "indexedAt": self.iso(at),
                }
                for at, n in page
            ]
        } | ({"cursor": str(first + size)} if first + size < min(len(found), 3 * size) else {})

    def lemmy(self, asked: dict[str, str]) -> object:
        first, size = (int(asked["page"]) - 1) * int(asked["limit"]), int(asked["limit"])
        if asked["type_"] == "Comments":
            return {"comments": []}
        return {
            "posts": [
                {
                    "post": {
                        "id": n,
                        "name": f"Fjordbank {n}",
                        "published": self.iso(at),
                        "ap_id": f"https://x.example/post/{n}",
                    },
                    "creator": {"name": "a", "actor_id": "https://x.example/u/a"},
                }
                for at, n in self.posts[first : first + size]
            ]
        }

    @staticmethod
    def iso(at: int) -> str:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def own_keys(kind: str, server: Server) -> str:
    if kind == "bluesky":
        return f'service: "{server.url}", handle: us.example, password: "${{APP_PASSWORD}}", query: Fjordbank'
    return f'url: "{server.url}", ' + ("tags: fjordbank" if kind == "mastodon" else "query: Fjordbank")


class Run:
    def __init__(self, kind: str, server: Server, folder: Path) -> None:
        self.world = World()
        self.world.plays(kind, server)
        self.clock = Clock(START)
        path = folder / "brand.yaml"
        path.write_text(
            f"{BRAND}\nhttp: {{allow_private: [127.0.0.1]}}\n"
            f"sources:\n  - {{id: s, kind: {kind}, {own_keys(kind, server)}}}\n",
            encoding="utf-8",
        )
        self.config = load(path, {"OMDOMME_HOME": str(folder / "var"), "APP_PASSWORD": "app-pass"})
        self.monitor = Monitor(self.config, now=self.clock)

    def poll(self) -> tuple[int, int]:
        """(how many were new, how many were edited)"""
        counts = self.monitor.collect().counts
        return counts.new, counts.edited

    def stored(self) -> list[int]:
        rows = readmodel.mentions(self.config.settings.database, ALL, limit=10_000)
        return sorted(int(row.url.rpartition("/")[2]) for row in rows)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of six, and at most four requests a poll: most passes take several polls."""
    for module in (mastodon, bluesky, lemmy):
        monkeypatch.setattr(module, "PER_PAGE", 6)
        monkeypatch.setattr(module, "MOST", 4)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_or_doubled(kind: str, server: Server, tmp_path: Path) -> None:
    """Floods and quiet, failures in the midst of a pass, a restart at each poll, posts that arrive an hour late."""
    run = Run(kind, server, tmp_path)
    world, new = run.world, 0
    with db.keeping(run.config.settings.database):  # what is tested is not the opening
        for turn in range(60):
            run.clock.at = START + turn * TEN
            if turn < 25:
                world.add((3, 0, 40, 1, 12)[turn % 5], run.clock.at)
                world.add(turn % 3 == 2, run.clock.at, late=timedelta(minutes=55))
            if turn % 7 == 3:
                world.down = 1 + turn % 3
            if turn % 4 == 0:
                run.monitor = Monitor(run.config, now=run.clock)  # all that is remembered is in the store
            found, edited = run.poll()
            new, world.down = new + found, 0
            assert edited == 0
    assert new == world.count == 288
    assert run.stored() == list(range(world.count))
    # When nothing has come for hours, a poll is one request a query.
    for _ in range(6):
        run.clock.at += timedelta(hours=2)
        before = world.requests
        assert run.poll() == (0, 0)
    assert world.requests - before == 1 + (kind == "lemmy")


@pytest.mark.usefixtures("small")
def test_a_page_with_gaps_is_not_the_last(server: Server, tmp_path: Path) -> None:
    """Mastodon takes posts out of a page after it was cut (blocked, deleted): a short page is not the end."""
    run = Run("mastodon", server, tmp_path)
    run.world.add(60, START, late=timedelta(days=2))
    run.world.taken_out = set(range(0, 60, 4))
    for turn in range(6):
        run.clock.at = START + turn * TEN
        run.poll()
    assert run.stored() == [n for n in range(60) if n % 4]


@pytest.mark.usefixtures("small")
def test_the_post_the_cursor_stands_at_is_deleted(server: Server, tmp_path: Path) -> None:
    """Some servers then know no place to stop at; times tell."""
    run = Run("mastodon", server, tmp_path)
    run.world.add(200, START, late=timedelta(days=6))
    for turn in range(20):
        run.clock.at = START + turn * TEN
        run.poll()
    state = run.monitor.store.fetch_states()["s"]
    (place,) = json.loads(state.cursor or "")["places"].values()
    run.world.posts = [(at, n) for at, n in run.world.posts if f"{at:010d}{n:08d}" > place["mark"]]
    run.world.posts += [(at - 86_400 * 30, n + 1_000) for at, n in run.world.posts]
    run.world.add(3, run.clock.at)
    before = run.world.requests
    assert run.poll()[0] >= 3 and run.world.requests - before <= 3
    assert set(range(200, 203)) <= set(run.stored())


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", KINDS)
def test_read_back_on_request(kind: str, server: Server, tmp_path: Path) -> None:
    """A week is read at first; ``since`` reads further, in as many polls as it takes, and doubles nothing."""
    run = Run(kind, server, tmp_path)
    run.world.add(50, START - timedelta(days=20), late=timedelta(days=10))
    run.world.add(20, START, late=timedelta(days=6))
    for turn in range(8):
        run.clock.at = START + turn * TEN
        run.poll()
    recent = run.stored()
    assert set(range(50, 70)) <= set(recent) and len(recent) < 40
    for _ in range(2):
        (walk,) = run.monitor.backfill(START - timedelta(days=60)).sources
        assert (walk.outcome, walk.error) == ("done", "")
        assert run.stored() == list(range(70))
    run.world.add(2, run.clock.at)
    assert run.poll() == (2, 0)
