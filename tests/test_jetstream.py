"""Bluesky's stream over a real websocket: read in turns, nothing lost or doubled, whatever the line does."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor import http, sources
from monitor.errors import Refused, SourceError
from monitor.sources import _jetstream
from monitor.types import Fetched, FetchState, SearchTerms, Source, SourceSpec
from tests.jetstreamserver import Jetstream, streaming
from tests.test_feed import Known
from tests.webserver import Request, Server, serving

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
US = 1_000_000
T = int(NOW.timestamp() * US)
PROFILES = "/xrpc/app.bsky.actor.getProfiles"
TERMS = SearchTerms(names=("Fjordbank", "Alke"), people=("Kari Nordvik",), hashtags=("fb26",))


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Jetstream]:
    monkeypatch.setattr(_jetstream, "IDLE_S", 0.4)
    with streaming() as running:
        yield running


@pytest.fixture
def appview() -> Iterator[Server]:
    """Knows everybody but did:plc:gone; did:plc:shy asks not to be shown to visitors."""

    def profiles(request: Request) -> None:
        asked = parse_qs(urlsplit(request.path).query)["actors"]
        label = {"src": "did:plc:shy", "uri": "did:plc:shy", "val": "!no-unauthenticated"}
        found = [
            {
                "did": did,
                "handle": did.rpartition(":")[2] + ".example",
                "labels": [label] if did == "did:plc:shy" else [],
            }
            for did in asked
            if did != "did:plc:gone"
        ]
        request.reply(200, json.dumps({"profiles": [None, {"did": []}, *found]}).encode())

    with serving() as running:
        running.answers[PROFILES] = profiles
        yield running


def source(stream: Jetstream, appview: Server, lang: str | None = None, **options: object) -> Source:
    options = {"stream": True, "service": stream.url, "appview": appview.url} | options
    spec = SourceSpec("strom", "bluesky", lang=lang, options=options, terms=TERMS)
    return sources.build(spec, http.Client("me@x.example", allow_private=["127.0.0.1"]), Path())


def last(fetched: Fetched) -> int:
    return int(json.loads(fetched.state.cursor or "")["time_us"])


def test_what_names_us_is_kept(stream: Jetstream, appview: Server) -> None:
    stream.say(1, T - 9 * US, "Fjordbank stenger i byen.\nTrist!")
    stream.say(2, T - 8 * US, "We walked and talked")
    stream.say(3, T - 7 * US, "Takk til KARI  nordvik og #fjordbanken", did="did:plc:una", langs=["en-GB"])
    stream.say(4, T - 6 * US, "Ikke vis meg: Fjordbank", did="did:plc:shy")
    stream.say(5, T - 5 * US, "Slettet siden: Fjordbank", did="did:plc:gone")
    stream.events.append({"did": "did:plc:ola", "time_us": T - 4 * US, "kind": "identity", "identity": {}})
    stream.say(6, T - 3 * US, "nå med #FB26")
    fetched = source(stream, appview).fetch(FetchState(), NOW)
    assert [(m.text, m.author, m.lang) for m in fetched.mentions] == [
        ("Fjordbank stenger i byen.\nTrist!", "@ola.example", "nb"),
        ("Takk til KARI nordvik og #fjordbanken", "@una.example", "en"),
        ("nå med #FB26", "@ola.example", "nb"),
    ]
    first = fetched.mentions[0]
    assert first.url == "https://bsky.app/profile/did:plc:ola/post/3m00000001"
    assert first.keys == (f"url:{first.url[8:]}", "at://did:plc:ola/app.bsky.feed.post/3m00000001")
    assert (
        first.published_at == datetime(2026, 11, 22, 11, 30, tzinfo=UTC) and first.source_type == "microblog"
    )
    assert (fetched.dropped, fetched.warnings, last(fetched)) == (0, (), T - 3 * US)
    (asked,) = stream.asked
    assert asked["path"].startswith("/subscribe?") and asked["wantedCollections"] == "app.bsky.feed.post"
    assert asked["agent"].startswith("omdomme/") and "me@x.example" in asked["agent"]
    assert len(appview.seen) == 1


def test_only_the_language_asked_for(stream: Jetstream, appview: Server) -> None:
    stream.say(1, T - 9 * US, "Fjordbank!", langs=["en"])
    stream.say(2, T - 8 * US, "Fjordbank?", langs=["en", "nb-NO"])
    stream.say(3, T - 7 * US, "Fjordbank.", langs=None)
    mentions = source(stream, appview, lang="nb").fetch(FetchState(), NOW).mentions
    assert [(m.text, m.lang) for m in mentions] == [("Fjordbank?", "nb")]


def test_the_first_poll_begins_an_interval_ago_or_where_it_is_told_to(
    stream: Jetstream, appview: Server
) -> None:
    polled = source(stream, appview)
    fetched = polled.fetch(FetchState(), NOW)
    assert int(stream.asked[0]["cursor"]) == T - 600 * US - _jetstream.REWIND_US
    assert fetched.mentions == () and not fetched.warnings and appview.seen == []
    since = NOW - timedelta(hours=30)
    again = polled.fetch(FetchState(cursor=fetched.state.cursor, since=since), NOW)
    assert int(stream.asked[1]["cursor"]) == T - 30 * 3600 * US - _jetstream.REWIND_US
    assert "no longer keeps" in again.warnings[0] and again.state.since is None


def test_nothing_is_lost_or_doubled_over_polls(
    stream: Jetstream, appview: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line breaks, bounds are met, events come while we are away, two have the same time."""
    monkeypatch.setattr(_jetstream, "MAX_HITS", 25)
    polled = source(stream, appview)
    state, known, number, got = FetchState(), Known(), 0, 0
    for turn in range(14):
        now = NOW + timedelta(minutes=10 * turn)
        end = int(now.timestamp() * US)
        if turn < 7:
            for n in range(20):
                stream.say(number, end - (600 - 25 * (n // 2)) * US, f"Fjordbank {number}")
                number += 1
                stream.say(100_000 + number, end - (590 - 25 * (n // 2)) * US, "noe annet")
        stream.breaks_after = 31 if turn % 3 == 1 else None
        try:
            fetched = polled.fetch(state, now)
        except SourceError as error:
            assert error.transient
            continue
        state = fetched.state
        got += len(fetched.mentions)
        known.add(fetched.mentions)
    texts = {text for text in known.ids if text.startswith("at:")}
    assert len(texts) == number == 140 and len(set(known.ids.values())) == 140
    assert got < 2 * number


def test_it_goes_on_where_a_bound_was_met(
    stream: Jetstream, appview: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_jetstream, "MAX_SECONDS", 0.6)
    stream.pause = 0.1
    for n in range(40):
        stream.say(n, T - (3000 - 10 * n) * US, f"Fjordbank {n}")
    polled = source(stream, appview)
    began = time.monotonic()
    first = polled.fetch(FetchState(since=NOW - timedelta(hours=2)), NOW)
    assert time.monotonic() - began < 5 and 0 < len(first.mentions) < 20
    assert re.match(r"the stream is \d\d minutes behind", first.warnings[0])
    stream.pause = 0.0
    second = polled.fetch(first.state, NOW)
    assert len({m.id for m in (*first.mentions, *second.mentions)}) == 40 and not second.warnings


def test_too_many_bytes_end_a_poll(
    stream: Jetstream, appview: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_jetstream, "MAX_BYTES", 3_000)
    for n in range(40):
        stream.say(n, T - (50 - n) * US, f"Fjordbank {n}")
    assert 5 < len(source(stream, appview).fetch(FetchState(), NOW).mentions) < 20


def test_a_broken_event_stops_no_other(stream: Jetstream, appview: Server) -> None:
    stream.say(1, T - 9 * US, "Fjordbank 1")
    stream.events += ["{", "[]", "17", '{"time_us": "x"}', "[" * 20_000, '{"time_us": true}']
    event = {"did": "did:plc:ola", "time_us": T - 8 * US, "kind": "commit"}
    for commit in (
        {"operation": "create", "collection": "app.bsky.feed.post"},
        {
            "operation": "create",
            "collection": "app.bsky.feed.post",
            "rkey": "a/b",
            "record": {"text": "Fjordbank"},
        },
        {"operation": "create", "collection": "app.bsky.feed.post", "rkey": "a", "record": "x"},
        {"operation": "create", "collection": "app.bsky.feed.post", "rkey": "a", "record": {"text": 17}},
        {"operation": "delete", "collection": "app.bsky.feed.post", "rkey": "a"},
        {
            "operation": "create",
            "collection": "app.bsky.feed.like",
            "rkey": "a",
            "record": {"text": "Fjordbank"},
        },
    ):
        stream.events.append(event | {"commit": commit})
    stream.say(2, T - 7 * US, "Fjordbank \u202e<script>2</script> =1+1")
    stream.say(3, T - 7 * US, "Fjordbank", did="did:plc:\ud800")
    stream.say(4, 1 << 70, "Fjordbank fra fremtiden")
    fetched = source(stream, appview).fetch(FetchState(), NOW)
    assert [m.text for m in fetched.mentions][:2] == ["Fjordbank 1", "Fjordbank <script>2</script> =1+1"]
    assert fetched.dropped == 9 and last(fetched) == T - 7 * US


@pytest.mark.parametrize(
    ("status", "kind", "transient", "retry"),
    [
        (429, "http_429", True, 9),
        (503, "http_503", True, 9),
        (500, "http_500", True, 9),
        (403, "http_403", False, 9),
    ],
)
def test_a_refused_connection(
    status: int, kind: str, transient: bool, retry: int, stream: Jetstream, appview: Server
) -> None:
    stream.status = status
    with pytest.raises(SourceError, match=f"source 'strom'.*HTTP {status}") as caught:
        source(stream, appview).fetch(FetchState(), NOW)
    assert (caught.value.kind, caught.value.transient) == (kind, transient)
    assert caught.value.retry_after == retry


def test_a_line_that_goes_dead_at_once(stream: Jetstream, appview: Server) -> None:
    stream.say(1, T - 9 * US, "Fjordbank")
    stream.breaks_after = 0
    with pytest.raises(SourceError) as caught:
        source(stream, appview).fetch(FetchState(), NOW)
    assert (caught.value.kind, caught.value.transient) == ("truncated", True)


def test_a_message_too_large(stream: Jetstream, appview: Server) -> None:
    stream.say(1, T - 9 * US, "Fjordbank")
    stream.events.append("x" * (_jetstream.MAX_MESSAGE + 1))
    fetched = source(stream, appview).fetch(FetchState(), NOW)
    assert len(fetched.mentions) == 1 and last(fetched) == T - 9 * US


def test_a_web_page_or_nobody_instead(stream: Jetstream, appview: Server) -> None:
    appview.at("/subscribe", body=b"<html></html>")
    page = appview.url.replace("http:", "ws:")
    with pytest.raises(SourceError) as caught:
        source(stream, appview, service=page).fetch(FetchState(), NOW)
    assert caught.value.kind == "http_200"
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(SourceError) as caught:
            source(stream, appview, service=f"ws://127.0.0.1:{nobody.getsockname()[1]}").fetch(
                FetchState(), NOW
            )
    assert (caught.value.kind, caught.value.transient) == ("connect", True)


def test_no_tls_where_tls_is_asked_for(stream: Jetstream, appview: Server) -> None:
    with pytest.raises(SourceError) as caught:
        source(stream, appview, service=stream.url.replace("ws:", "wss:")).fetch(FetchState(), NOW)
    assert caught.value.kind == "tls"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "169.254.169.254", "localhost"])
def test_private_addresses_are_not_asked(host: str) -> None:
    options = {"stream": True, "service": f"ws://{host}:9"}
    spec = SourceSpec("strom", "bluesky", options=options, terms=TERMS)
    with pytest.raises(Refused) as caught:
        sources.build(spec, http.Client(), Path()).fetch(FetchState(), NOW)
    assert caught.value.kind == "private_address"


def test_without_the_authors_nothing_is_taken(stream: Jetstream, appview: Server) -> None:
    """Whether they may be read is not known then; the cursor stays."""
    stream.say(1, T - 9 * US, "Fjordbank")
    profiles = appview.answers[PROFILES]
    appview.at(PROFILES, 500)
    polled = source(stream, appview)
    with pytest.raises(SourceError, match="HTTP 500") as caught:
        polled.fetch(FetchState(), NOW)
    assert caught.value.transient
    appview.answers[PROFILES] = profiles
    assert len(polled.fetch(FetchState(), NOW).mentions) == 1


@pytest.mark.parametrize("cursor", ["[", "17", "{}", '{"address": "x", "time_us": 1}', '{"time_us": "x"}'])
def test_a_cursor_of_another_server_or_none(cursor: str, stream: Jetstream, appview: Server) -> None:
    source(stream, appview).fetch(FetchState(cursor=cursor), NOW)
    assert int(stream.asked[0]["cursor"]) == T - 600 * US - _jetstream.REWIND_US


def test_a_pause_is_kept(stream: Jetstream, appview: Server) -> None:
    with pytest.raises(Refused, match="not asked before"):
        source(stream, appview).fetch(FetchState(not_before=NOW + timedelta(minutes=5)), NOW)
    assert stream.asked == []
