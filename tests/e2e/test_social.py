"""Mastodon's API by a real ActivityPub server (snac), Bluesky's by the AT Protocol's own PDS and AppView."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import http, sources
from monitor.errors import SourceError
from monitor.sources import _atproto
from monitor.types import Fetched, FetchState, SearchTerms, Source, SourceSpec
from tests.test_feed import Known

pytestmark = pytest.mark.e2e
Server = Callable[..., str]
SNAC = "http://127.0.0.1:8103"
PDS = "http://localhost:2583"


def source(kind: str, url: str = "", name: str = "Fjordbank", **options: object) -> Source:
    spec = SourceSpec("s", kind, url, options=options, terms=SearchTerms(names=(name,)))
    return sources.build(spec, http.Client(allow_private=["127.0.0.1", "localhost"]), Path())


def texts(fetched: Fetched) -> list[str]:
    return sorted(m.text for m in fetched.mentions)


# --- Mastodon ---


def test_posts_with_a_tag_once_each_without_a_link_header(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.sources.mastodon.PER_PAGE", 5)
    monkeypatch.setattr("monitor.sources.mastodon.MOST", 3)
    server("snac")
    tag = f"fb{time.time_ns()}"
    said = [f"Fjordbank nr. {n} #{tag}" for n in range(23)]
    for words in said[:20]:
        server("snac", "note", "kunde1", words)
    polled, known = source("mastodon", SNAC, tags=tag), Known()

    def poll(state: FetchState) -> tuple[int, Fetched]:
        fetched = polled.fetch(state, datetime.now(UTC))
        return known.add(fetched.mentions), fetched

    first, fetched = poll(FetchState())
    rest, fetched = poll(fetched.state)
    assert (first, rest) == (15, 5)  # three pages, then what is left
    for words in said[20:]:
        server("snac", "note", "kari", words)
    new = 0
    for _ in range(5):  # each pass reads the last hour again, three pages a poll
        found, fetched = poll(fetched.state)
        new += found
    assert new == 3 and len(set(known.ids.values())) == 23
    monkeypatch.setattr("monitor.sources.mastodon.PER_PAGE", 40)
    fetched = source("mastodon", SNAC, tags=tag).fetch(FetchState(), datetime.now(UTC))
    assert texts(fetched) == sorted(said)
    newest = fetched.mentions[0]
    assert newest.text == said[-1] and newest.author == "@kari@127.0.0.1:8103"
    with urllib.request.urlopen(newest.url) as page:
        assert said[-1].partition(" #")[0] in page.read().decode()


def test_a_server_without_search_for_visitors_is_told_and_read(server: Server) -> None:
    server("snac")
    tag = f"fb{time.time_ns()}"
    server("snac", "note", "kari", f"Vi i Fjordbank svarer #{tag}")
    fetched = source("mastodon", SNAC, tags=tag, search=True).fetch(FetchState(), datetime.now(UTC))
    assert texts(fetched) == [f"Vi i Fjordbank svarer #{tag}"]
    assert fetched.warnings == ("this server lets no visitor search: give a token",)


# --- Bluesky ---


class Author:
    """An account on the PDS that writes."""

    def __init__(self) -> None:
        self.handle = f"u{time.time_ns() // 1000 % 10**12}.test"
        login = {"handle": self.handle, "email": f"{self.handle[:-5]}@x.example", "password": "hunter22"}
        made = self._call("com.atproto.server.createAccount", login)
        self.did, self.token = str(made["did"]), str(made["accessJwt"])

    def write(self, words: str) -> None:
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        record = {"$type": "app.bsky.feed.post", "text": words, "langs": ["nb"], "createdAt": now}
        self._call(
            "com.atproto.repo.createRecord",
            {"repo": self.did, "collection": "app.bsky.feed.post", "record": record},
        )

    def ask_not_to_be_shown(self) -> None:
        labels = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "!no-unauthenticated"}]}
        record = {"$type": "app.bsky.actor.profile", "displayName": "S", "labels": labels}
        profile = {"repo": self.did, "collection": "app.bsky.actor.profile", "rkey": "self", "record": record}
        self._call("com.atproto.repo.putRecord", profile)

    def _call(self, method: str, body: object) -> dict[str, object]:
        headers = {"Content-Type": "application/json"}
        if hasattr(self, "token"):
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(f"{PDS}/xrpc/{method}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as reply:
            answer: dict[str, object] = json.load(reply)
        return answer


def bluesky(handle: str, name: str, password: str = "hunter22") -> Source:
    return source("bluesky", name=name, service=PDS, handle=handle, password=password)


def until(polled: Source, state: FetchState, number: int) -> list[Fetched]:
    """Polls until ``number`` posts have come: search is some seconds behind. One more poll shows that it is all."""
    found: list[Fetched] = []
    end = time.monotonic() + 60
    while time.monotonic() < end:
        fetched = polled.fetch(state, datetime.now(UTC))
        found.append(fetched)
        state = fetched.state
        if len({m.id for f in found for m in f.mentions}) >= number:
            break
        time.sleep(1)
    return [*found, polled.fetch(state, datetime.now(UTC))]


def test_posts_by_search_once_each(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.sources.bluesky.PER_PAGE", 10)
    monkeypatch.setattr("monitor.sources.bluesky.MOST", 2)
    server("atproto")
    reader, writer = Author(), Author()
    name = f"Fjordbank{time.time_ns()}"
    said = [f"{name} nr. {n}" for n in range(28)]
    for words in said[:25]:
        writer.write(words)
    writer.write("Noe helt annet")
    polled = bluesky(reader.handle, name)
    first = until(polled, FetchState(), 25)
    known = Known()
    assert sum(known.add(fetched.mentions) for fetched in first) == 25
    assert max(len(fetched.mentions) for fetched in first) <= 20
    post = first[0].mentions[0]
    assert (post.author, post.lang) == (f"@{writer.handle}", "nb") and post.text in said
    # The real server takes the token to refresh with, and a POST without a body.
    monkeypatch.setattr(_atproto, "FRESH_S", -1.0)
    for words in said[25:]:
        writer.write(words)
    second = until(polled, first[-1].state, 28)
    assert sum(known.add(fetched.mentions) for fetched in second) == 3
    stored = {m.text for fetched in (*first, *second) for m in fetched.mentions}
    assert stored == set(said)


def test_who_asks_not_to_be_shown_is_left_out(server: Server) -> None:
    server("atproto")
    reader, shy, other = Author(), Author(), Author()
    name = f"Fjordbank{time.time_ns()}"
    shy.ask_not_to_be_shown()
    shy.write(f"{name} er ikke for alle")
    other.write(f"{name} er for alle")
    found = until(bluesky(reader.handle, name), FetchState(), 1)
    time.sleep(3)
    later = bluesky(reader.handle, name).fetch(FetchState(), datetime.now(UTC))
    assert texts(found[-1]) == texts(later) == [f"{name} er for alle"]


def test_a_wrong_password_is_told(server: Server) -> None:
    server("atproto")
    reader = Author()
    with pytest.raises(SourceError, match="Remedy: check handle and app password") as caught:
        bluesky(reader.handle, "Fjordbank", "wrong").fetch(FetchState(), datetime.now(UTC))
    assert caught.value.kind == "http_401"
