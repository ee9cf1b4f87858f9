"""Networks that are searched a page at a time, played by a real server: over many polls nothing is lost or doubled."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor import http, sources
from monitor.errors import SourceError
from monitor.types import FetchState, SearchTerms, Source, SourceSpec
from tests.test_feed import Known
from tests.webserver import Request, Server, serving

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
Parameters = dict[str, str]


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


class World:
    """What a network holds: (seconds, number) of each post, sorted. ``plays`` answers as that network would."""

    def __init__(self) -> None:
        self.posts: list[tuple[int, int]] = []
        self.down = 0  # how many of the next requests fail

    def add(self, number: int, before: datetime, span: timedelta) -> None:
        """``number`` new posts, said within ``span`` before ``before``."""
        known = len(self.posts)
        start, seconds = before - span, int(span.total_seconds())
        made = [(int(start.timestamp()) + random.randrange(seconds), known + n) for n in range(number)]
        self.posts = sorted(self.posts + made)

    def plays(self, answer: Callable[[Parameters], object]) -> Callable[[Request], None]:
        def handle(request: Request) -> None:
            if self.down:
                self.down -= 1
                request.reply(503)
                return
            query = parse_qs(urlsplit(request.path).query)
            request.reply(200, json.dumps(answer({k: v[0] for k, v in query.items()})).encode())

        return handle

    # --- the networks ---

    def hackernews(self, asked: Parameters) -> object:
        limits = dict(re.findall(r"created_at_i(>=|<=)(\d+)", asked["numericFilters"]))
        low, high = int(limits[">="]), int(limits.get("<=", 1 << 40))
        found = [p for p in reversed(self.posts) if low <= p[0] <= high][: int(asked["hitsPerPage"])]
        return {
            "hits": [
                {"objectID": str(n), "created_at_i": at, "author": "a", "comment_text": f"post {n}"}
                for at, n in found
            ]
        }

    def gdelt(self, asked: Parameters) -> object:
        def quarter(at: int) -> int:  # GDELT sees everything in steps of 15 minutes
            return at - at % 900

        low = int(datetime.strptime(asked["startdatetime"], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp())
        high = int(datetime.strptime(asked["enddatetime"], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp())
        found = [p for p in self.posts if low <= quarter(p[0]) <= high][: int(asked["maxrecords"])]
        seen = [(datetime.fromtimestamp(quarter(at), UTC).strftime("%Y%m%dT%H%M%SZ"), n) for at, n in found]
        if not seen:
            return {}
        return {
            "articles": [
                {"url": f"https://x.example/{n}", "title": f"Sak {n}", "seendate": at, "domain": "x.example"}
                for at, n in seen
            ]
        }

    def stackexchange(self, asked: Parameters) -> object:
        found = [p for p in self.posts if p[0] >= int(asked["fromdate"])]
        size = int(asked["pagesize"])
        return {
            "items": [
                {"item_type": "question", "question_id": n + 1, "creation_date": at, "title": f"Post {n}"}
                for at, n in found[:size]
            ],
            "has_more": len(found) > size,
            "quota_remaining": 100,
        }

    def reddit(self, asked: Parameters) -> object:
        found = list(reversed(self.posts))
        if "after" in asked:
            found = found[[f"t3_{n}" for _, n in found].index(asked["after"]) + 1 :]
        page = found[: int(asked["limit"])]
        children = [
            {
                "kind": "t3",
                "data": {
                    "name": f"t3_{n}",
                    "title": f"Post {n}",
                    "created_utc": float(at),
                    "permalink": f"/r/x/{n}/",
                },
            }
            for at, n in page
        ]
        return {
            "data": {"children": children, "after": f"t3_{page[-1][1]}" if len(found) > len(page) else None}
        }

    def wikipedia(self, asked: Parameters) -> object:
        low = int(datetime.fromisoformat(asked["rvstart"]).timestamp())
        found = [p for p in self.posts if p[0] >= low]
        size = int(asked["rvlimit"])
        edits = [
            {
                "revid": n + 1,
                "parentid": self.posts[self.posts.index((at, n)) - 1][1] + 1
                if (at, n) != self.posts[0]
                else 0,
                "timestamp": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "size": 1_000 + n,
                "comment": f"edit {n}",
            }
            for at, n in found[:size]
        ]
        page = {"pageid": 1, "title": "Fjordbank", "revisions": edits}
        more = {"continue": {"rvcontinue": "x"}} if len(found) > size else {}
        return {"query": {"pages": [page]}, **more}


PATHS = {
    "hackernews": ("/search_by_date", "", {}),
    "gdelt": ("/doc", "/doc", {}),
    "stackexchange": ("/search/excerpts", "", {"site": "stackoverflow.com"}),
    "reddit": ("/search.json", "", {"terms_accepted": True}),
    "wikipedia": ("/w/api.php", "/w/api.php", {"pages": ["Fjordbank"]}),
}  # fmt: skip


def of(kind: str, server: Server, names: tuple[str, ...] = ("Fjordbank",)) -> Source:
    _, url, options = PATHS[kind]
    spec = SourceSpec("s", kind, server.url + url, options=options, terms=SearchTerms(names=names))
    return sources.build(spec, http.Client(allow_private=["127.0.0.1"]), Path())


def numbers(known: Known) -> set[int]:
    """Which posts are known, by the number in their link."""
    found = [
        re.search(r"(?:id=|x\.example/|/q/|/r/x/)(\d+)", key) for key in known.ids if key.startswith("url:")
    ]
    return {int(m.group(1)) for m in found if m}


@pytest.mark.parametrize("kind", PATHS)
def test_nothing_lost_and_nothing_doubled_over_many_polls(kind: str, server: Server) -> None:
    """Ordinary hours, a flood that takes several polls, a quiet day, a server that fails in the middle."""
    random.seed(5)
    world, known, state, now = World(), Known(), FetchState(), START
    path = PATHS[kind][0]
    server.answers[path] = world.plays(getattr(world, kind))
    watched = of(kind, server)
    world.add(2_000, now, timedelta(days=6))
    # An edit of a wiki is there when it is made; the others let posts be found that are older than the last poll.
    # GDELT tells 250 of one quarter of an hour and no more.
    flood = timedelta(minutes=10 if kind == "wikipedia" else 50)
    new = 0
    for step in range(64):
        if step in (12, 30):
            world.add(600 if kind == "gdelt" else 1_500, now, flood)
        elif step not in range(40, 46) and step < 60:
            world.add(random.randrange(12), now, timedelta(minutes=10))
        world.down = 1 if step % 7 == 3 else 0
        before = len(server.seen)
        try:
            fetched = watched.fetch(state, now)
        except SourceError:
            fetched = None  # nothing of it is kept, and the state stays
        assert len(server.seen) - before <= 12  # a poll is bounded
        if fetched:
            assert fetched.dropped == 0 and not [w for w in fetched.warnings if "not read" in w]
            assert len({m.id for m in fetched.mentions}) == len(fetched.mentions)
            new += known.add(fetched.mentions)
            state = fetched.state
        now += timedelta(minutes=10) if step != 45 else timedelta(hours=30)
    assert new == len(world.posts) > 3_300
    assert len(set(known.ids.values())) == len(world.posts)
    if kind != "wikipedia":
        assert len(numbers(known)) == len(world.posts)


@pytest.mark.parametrize("kind", PATHS)
def test_since_reads_back_once(kind: str, server: Server) -> None:
    world, known = World(), Known()
    world.add(20, START - timedelta(days=40), timedelta(days=1))
    world.add(5, START, timedelta(hours=1))
    server.answers[PATHS[kind][0]] = world.plays(getattr(world, kind))
    watched = of(kind, server)
    first = watched.fetch(FetchState(), START)
    assert known.add(first.mentions) == 5
    back = watched.fetch(
        FetchState(cursor=first.state.cursor, since=START - timedelta(days=60)), START + timedelta(minutes=5)
    )
    assert known.add(back.mentions) == 20 and back.state.since is None
    assert known.add(watched.fetch(back.state, START + timedelta(minutes=9)).mentions) == 0


def test_a_new_name_starts_at_its_own_beginning(server: Server) -> None:
    world = World()
    server.answers["/search_by_date"] = world.plays(world.hackernews)
    state = of("hackernews", server).fetch(FetchState(), START).state
    of("hackernews", server, ("Fjordbank", "Nyttnavn")).fetch(state, START)
    asked = [parse_qs(urlsplit(path).query)["numericFilters"][0] for path, _, _ in server.seen]
    week = f"created_at_i>={int((START - timedelta(days=7)).timestamp())}"
    day = f"created_at_i>={int((START - timedelta(days=1)).timestamp())}"
    assert asked == [week, day, week]


def test_another_address_starts_anew(server: Server) -> None:
    world = World()
    for path in ("/search_by_date", "/two/search_by_date"):
        server.answers[path] = world.plays(world.hackernews)
    state = of("hackernews", server).fetch(FetchState(), START).state
    spec = SourceSpec("s", "hackernews", server.url + "/two", terms=SearchTerms(names=("Fjordbank",)))
    sources.build(spec, http.Client(allow_private=["127.0.0.1"]), Path()).fetch(state, START)
    asked = [parse_qs(urlsplit(path).query)["numericFilters"][0] for path, _, _ in server.seen]
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "[]", "{}", '{"address": 1}', '{"address":"A","places":[],"turn":"x"}', '{"address":"A","places":{"B":{"low":"?"}},"turn":99}'],
)  # fmt: skip
def test_a_spoilt_cursor_starts_anew(cursor: str, server: Server) -> None:
    world = World()
    world.add(5, START, timedelta(hours=1))
    server.answers["/search_by_date"] = world.plays(world.hackernews)
    watched = of("hackernews", server)
    good = json.loads(watched.fetch(FetchState(), START).state.cursor or "{}")
    spoilt = cursor.replace('"A"', f'"{good["address"]}"').replace('"B"', f'"{next(iter(good["places"]))}"')
    assert len(watched.fetch(FetchState(cursor=spoilt), START).mentions) == 5


def test_a_query_that_fails_stops_no_other(server: Server) -> None:
    world = World()
    world.add(5, START, timedelta(hours=1))

    def answer(request: Request) -> None:
        if "AB" in request.path:
            request.reply(200, b"Your query was too short or too long.")
        else:
            world.plays(world.hackernews)(request)

    server.answers["/search_by_date"] = answer
    fetched = of("hackernews", server, ("AB", "Fjordbank")).fetch(FetchState(), START)
    assert len(fetched.mentions) == 5
    assert fetched.warnings == (
        "source 's': the answer is no JSON but says: 'Your query was too short or too long.'",
    )


def test_whoever_is_not_let_in_asks_once(server: Server) -> None:
    server.at("/search_by_date", 403)
    with pytest.raises(SourceError):
        of("hackernews", server, ("A", "B", "C")).fetch(FetchState(), START)
    assert len(server.seen) == 1


def test_being_told_to_wait_keeps_what_was_read_and_where(server: Server) -> None:
    world = World()
    world.add(450, START, timedelta(hours=1))
    calls: list[int] = []

    def answer(request: Request) -> None:
        calls.append(1)
        if len(calls) == 2:
            request.reply(429, Retry_After="30")
        else:
            world.plays(world.hackernews)(request)

    server.answers["/search_by_date"] = answer
    first = of("hackernews", server).fetch(FetchState(), START)
    assert len(first.mentions) == 200 and first.state.not_before == START + timedelta(seconds=30)
    assert "429" in first.warnings[0]
    known = Known()
    known.add(first.mentions)
    second = of("hackernews", server).fetch(first.state, START + timedelta(minutes=1))
    assert known.add(second.mentions) == 250


def test_bytes_that_an_edit_added_are_told_across_polls(server: Server) -> None:
    world = World()
    world.posts = [(int(START.timestamp()) - 7_200 + 60 * n, n) for n in range(2)]
    server.answers["/w/api.php"] = world.plays(world.wikipedia)
    watched = of("wikipedia", server)
    first = watched.fetch(FetchState(), START)
    assert [m.text for m in first.mentions] == ["edit 0\n+1000 bytes", "edit 1\n+1 bytes"]
    world.posts.append((int(START.timestamp()) + 60, 2))
    second = watched.fetch(first.state, START + timedelta(minutes=10))
    assert [m.text for m in second.mentions] == ["edit 2\n+1 bytes"]
    assert watched.fetch(second.state, START + timedelta(minutes=20)).mentions == ()
