"""Mastodon, Bluesky and Lemmy: what becomes of a post, what is asked for, who is left out, every fault told apart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from monitor import http, sources
from monitor.config import load
from monitor.errors import ConfigError, Refused, SourceError
from monitor.pipeline import Monitor
from monitor.types import Fetched, FetchState, SearchTerms, Source, SourceSpec
from tests.conftest import BRAND
from tests.webserver import Request, Server, serving

DATA = Path(__file__).parent / "data" / "sources"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ONE = SearchTerms(names=("Fjordbank",))
TERMS = SearchTerms(
    names=("Fjordbank", "Banken vår"), people=("Kari Nordvik",), hashtags=("fb26",), handles=("fjordbank",)
)
TAG = "/api/v1/timelines/tag/fjordbank"
SEARCH = "/xrpc/app.bsky.feed.searchPosts"
LOGIN, RENEW = "/xrpc/com.atproto.server.createSession", "/xrpc/com.atproto.server.refreshSession"
ASKS = {"mastodon": TAG, "bluesky": SEARCH, "lemmy": "/api/v3/search"}
SESSION = {
    "accessJwt": "first.access",
    "refreshJwt": "first.renew",
    "did": "did:plc:us",
    "handle": "us.example",
}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        running.at(LOGIN, body=json.dumps(SESSION).encode())
        yield running


def source(
    kind: str, url: str, terms: SearchTerms = ONE, lang: str | None = None, **options: object
) -> Source:
    if kind == "bluesky":
        options = {"service": url, "handle": "us.example", "password": "app-pass-word"} | options
        url = ""
    spec = SourceSpec("golden", kind, url, lang=lang, options=options, terms=terms)
    return sources.build(spec, http.Client(allow_private=["127.0.0.1"]), DATA)


def reply(kind: str, name: str = "reply.json") -> bytes:
    return (DATA / kind / name).read_bytes()


def answers(server: Server, kind: str) -> None:
    """As the network would, with the golden reply."""

    def lemmy(request: Request) -> None:
        posts = "type_=Posts" in request.path
        request.reply(200, reply("lemmy", "posts.json" if posts else "comments.json"))

    if kind == "lemmy":
        server.answers[ASKS[kind]] = lemmy
    else:
        server.at(ASKS[kind], body=reply(kind))


def asked(server: Server, name: str = "q") -> list[str]:
    found = [parse_qs(urlsplit(path).query).get(name, [""])[0] for path, _, _ in server.seen]
    return [words for words in found if words]


def told(fetched: Fetched) -> list[dict[str, object]]:
    return [
        {name: getattr(m, name) for name in ("title", "text", "url", "author", "source_type", "lang")}
        | {"published_at": m.published_at.isoformat() if m.published_at else None, "keys": list(m.keys)}
        for m in fetched.mentions
    ]


# --- what becomes of a post ---


@pytest.mark.parametrize(("kind", "dropped"), [("mastodon", 3), ("bluesky", 4), ("lemmy", 4)])
def test_golden_pair(kind: str, dropped: int, server: Server) -> None:
    """Broken items are counted; boosts, posts that are not public and authors who ask to be left out are not read."""
    answers(server, kind)
    fetched = source(kind, server.url).fetch(FetchState(), NOW)
    expected = (DATA / kind / "expected.json").read_text(encoding="utf-8")
    assert told(fetched) == json.loads(expected.replace("{host}", urlsplit(server.url).netloc))
    assert fetched.dropped == dropped and fetched.warnings == ()
    assert all(m.source == "golden" and m.seen_at == NOW for m in fetched.mentions)
    assert len({m.id for m in fetched.mentions}) == len(fetched.mentions)
    # Of these only Mastodon tells with a post how many follow its author.
    assert {m.reach for m in fetched.mentions} == ({12} if kind == "mastodon" else {None})


@pytest.mark.parametrize(("told_", "reach"), [(-1, None), (0, 0), (None, None), (480_000, 480_000)])
def test_followers_are_counted_where_they_are_shown(
    told_: int | None, reach: int | None, server: Server
) -> None:
    account = {"acct": "una", "followers_count": told_}
    post = {"id": "1", "url": "https://sosial.example/@una/1", "visibility": "public", "content": "Fjordbank"}
    server.at(TAG, body=json.dumps([{**post, "account": account}]).encode())
    (mention,) = source("mastodon", server.url).fetch(FetchState(), NOW).mentions
    assert mention.reach == reach


@pytest.mark.parametrize("kind", ASKS)
def test_settings_of_the_source_win(kind: str, server: Server) -> None:
    answers(server, kind)
    mentions = source(kind, server.url, lang="nn").fetch(FetchState(), NOW).mentions
    assert mentions and {m.lang for m in mentions} == {"nn"}


def test_one_post_through_two_servers_is_one_mention(server: Server) -> None:
    """A post bears the link of the server it was written on, wherever it is read."""
    answers(server, "mastodon")
    here = source("mastodon", server.url).fetch(FetchState(), NOW).mentions
    there = sources.build(
        SourceSpec("b", "mastodon", server.url.replace("127.0.0.1", "localhost"), terms=ONE),
        http.Client(allow_private=["localhost"]),
        DATA,
    )
    assert [m.id for m in there.fetch(FetchState(), NOW).mentions] == [m.id for m in here]


# --- what is asked for ---


def test_mastodon_asks_for_tags_and_with_a_token_searches(server: Server) -> None:
    for tag in ("fb26", "fjordbank", "bankenv%C3%A5r", "karinordvik"):
        server.at(f"/api/v1/timelines/tag/{tag}", body=b"[]")
    server.at("/api/v2/search", body=b'{"accounts": [], "statuses": [], "hashtags": []}')
    source("mastodon", server.url, TERMS).fetch(FetchState(), NOW)
    tags = [unquote(urlsplit(path).path.rpartition("/")[2]) for path, _, _ in server.seen]
    assert tags == ["fb26", "fjordbank", "bankenvår", "karinordvik"]
    assert "Authorization" not in server.seen[0][1] and asked(server) == []
    source("mastodon", server.url, TERMS, token="t0ken").fetch(FetchState(), NOW)
    assert asked(server) == ["Fjordbank", '"Banken vår"', '"Kari Nordvik"']
    assert set(asked(server, "type")) == {"statuses"}
    assert server.seen[-1][1]["Authorization"] == "Bearer t0ken"


def test_mastodon_searches_as_a_visitor_where_it_may(server: Server) -> None:
    server.at(TAG, body=b"[]")
    found = json.dumps({"statuses": json.loads(reply("mastodon"))}).encode()
    server.at("/api/v2/search", body=found)
    searching = source("mastodon", server.url, search=True)
    assert len(searching.fetch(FetchState(), NOW).mentions) == 4
    for status in (401, 403, 404, 422):
        server.at("/api/v2/search", status)
        server.at(TAG, body=reply("mastodon"))
        fetched = searching.fetch(FetchState(), NOW)
        assert len(fetched.mentions) == 4 and "no visitor search" in fetched.warnings[0]
    server.at("/api/v2/search", 401)
    with pytest.raises(SourceError, match="Remedy: renew the token") as caught:
        server.at(TAG, 401)
        source("mastodon", server.url, token="t0ken").fetch(FetchState(), NOW)
    assert "t0ken" not in str(caught.value)


def test_own_tags_replace_those_of_the_brand(server: Server) -> None:
    server.at("/api/v1/timelines/tag/fergeliv", body=b"[]")
    source("mastodon", server.url, tags="#FergeLiv").fetch(FetchState(), NOW)
    assert [urlsplit(path).path for path, _, _ in server.seen] == ["/api/v1/timelines/tag/fergeliv"]


def test_bluesky_asks_a_query_a_name(server: Server) -> None:
    server.at(SEARCH, body=b'{"posts": []}')
    source("bluesky", server.url, TERMS).fetch(FetchState(), NOW)
    assert asked(server) == ["Fjordbank", '"Banken vår"', '"Kari Nordvik"', '"#fb26"']
    assert set(asked(server, "sort")) == {"latest"} and not asked(server, "lang")
    assert asked(server, "since")[0] == "2026-11-15T12:00:00.000Z"
    server.seen.clear()
    source("bluesky", server.url, TERMS, lang="nb", query="ferge OR båt").fetch(FetchState(), NOW)
    assert asked(server) == ["ferge OR båt"] and asked(server, "lang") == ["nb"]


def test_lemmy_asks_for_posts_and_comments(server: Server) -> None:
    for path in ("/api/v3/search", "/api/v3/post/list", "/api/v3/comment/list"):
        server.at(path, body=b'{"posts": [], "comments": []}')
    source("lemmy", server.url, TERMS).fetch(FetchState(), NOW)
    assert asked(server) == [w for w in ("Fjordbank", "Banken vår", "Kari Nordvik") for _ in "pc"]
    assert asked(server, "type_")[:2] == ["Posts", "Comments"] and set(asked(server, "sort")) == {"New"}
    server.seen.clear()
    places = ["ferger", "!reise@feddit.example"]
    source("lemmy", server.url, communities=places, search=False).fetch(FetchState(), NOW)
    assert asked(server, "community_name") == [
        "ferger",
        "ferger",
        "reise@feddit.example",
        "reise@feddit.example",
    ]


def test_a_community_is_read_whole(server: Server) -> None:
    server.at("/api/v3/post/list", body=reply("lemmy", "posts.json"))
    server.at("/api/v3/comment/list", body=reply("lemmy", "comments.json"))
    reading = source("lemmy", server.url, communities="bank", search=False)
    titles = [m.title for m in reading.fetch(FetchState(), NOW).mentions]
    assert "Overfjordbanken er noe annet" in titles and len(titles) == 5


def test_since_is_read_back_to(server: Server) -> None:
    answers(server, "bluesky")
    since = datetime(2026, 1, 1, tzinfo=UTC)
    fetched = source("bluesky", server.url).fetch(FetchState(polls=3, since=since), NOW)
    assert asked(server, "since") == ["2026-01-01T00:00:00.000Z"]
    assert fetched.state.since is None and fetched.state.polls == 4


# --- Bluesky's session ---


def test_a_session_is_renewed_and_stands_nowhere(server: Server) -> None:
    good = ["first.access"]

    def search(request: Request) -> None:
        if request.headers["Authorization"] == f"Bearer {good[0]}":
            request.reply(200, reply("bluesky"))
        else:
            request.reply(400, b'{"error": "ExpiredToken", "message": "Token has expired"}')

    def renew(request: Request) -> None:
        assert request.body == b"" and request.headers["Authorization"] == "Bearer first.renew"
        request.reply(200, json.dumps({"accessJwt": "second.access", "refreshJwt": "second.renew"}).encode())

    server.answers |= {SEARCH: search, RENEW: renew}
    polled = source("bluesky", server.url)
    first = polled.fetch(FetchState(), NOW)
    good[0] = "second.access"
    second = polled.fetch(first.state, NOW)
    assert len(second.mentions) == len(first.mentions)
    paths = [urlsplit(path).path for path, _, _ in server.seen]
    assert paths == [LOGIN, SEARCH, SEARCH, RENEW, SEARCH]
    for word in ("access", "renew", "app-pass"):
        assert word not in (second.state.cursor or "")
    # A token to renew with that is no longer taken: the password is asked for again.
    good[0] = "first.access"
    server.at(RENEW, 400)
    assert polled.fetch(second.state, NOW).mentions
    assert [urlsplit(path).path for path, _, _ in server.seen][5:] == [SEARCH, RENEW, LOGIN, SEARCH]


def test_a_wrong_password_says_what_to_do(server: Server) -> None:
    server.at(LOGIN, 401)
    with pytest.raises(SourceError, match="Remedy: check handle and app password") as caught:
        source("bluesky", server.url).fetch(FetchState(), NOW)
    assert caught.value.kind == "http_401" and "app-pass-word" not in str(caught.value)
    assert not caught.value.transient and len(server.seen) == 1
    server.at(LOGIN, body=b'{"accessJwt": 1}')
    with pytest.raises(SourceError, match="no session"):
        source("bluesky", server.url).fetch(FetchState(), NOW)


# --- faults ---


@pytest.mark.parametrize("kind", ASKS)
@pytest.mark.parametrize(
    ("status", "body", "error", "transient"),
    [
        (429, b"", "http_429", True),
        (500, b"", "http_500", True),
        (503, b"", "http_503", True),
        (401, b"", "http_401", False),
        (403, b"", "http_403", False),
        (404, b"", "http_404", False),
        (200, b"<!DOCTYPE html><html><body>Samtykke</body></html>", "html", False),
        (200, b"", "empty", False),
        (200, b'{"posts": [', "parse", False),
        (200, b'{"posts": 1, "comments": 1, "error": "nede"}', "answer", False),
        (200, b"[" * 50_000, "parse", False),
        (200, b"Rate limit exceeded", "answer", False),
    ],
)
def test_every_fault_has_its_word(
    kind: str, status: int, body: bytes, error: str, transient: bool, server: Server
) -> None:
    server.at(ASKS[kind], status, body, **({"Retry_After": "7"} if status in (429, 503) else {}))
    with pytest.raises(SourceError, match="source 'golden'") as caught:
        source(kind, server.url).fetch(FetchState(), NOW)
    assert (caught.value.kind, caught.value.transient) == (error, transient)
    assert caught.value.retry_after == (7 if status in (429, 503) else None)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("kind", ASKS)
def test_a_pause_is_kept(kind: str, server: Server) -> None:
    with pytest.raises(Refused, match="not asked before"):
        source(kind, server.url).fetch(FetchState(not_before=NOW + timedelta(minutes=5)), NOW)
    assert server.seen == []


def test_the_last_request_of_a_window_is_the_last(server: Server) -> None:
    """X-RateLimit-*: the other tags are asked for when the server counts anew, and nothing is lost."""
    reset = datetime.now(UTC) + timedelta(seconds=90)
    headers = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": reset.isoformat()}
    server.at(TAG, body=reply("mastodon"), **headers)
    server.at("/api/v1/timelines/tag/b", body=b"[]")
    polled = source("mastodon", server.url, tags=["fjordbank", "b"])
    first = polled.fetch(FetchState(), NOW)
    assert len(first.mentions) == 4 and len(server.seen) == 1
    assert first.state.not_before and 80 < (first.state.not_before - NOW).total_seconds() <= 90
    polled.fetch(first.state, NOW + timedelta(seconds=91))
    assert urlsplit(server.seen[1][0]).path.endswith("/b")


def test_a_429_without_retry_after_tells_when_it_counts_anew(server: Server) -> None:
    at = int(datetime.now(UTC).timestamp()) + 120
    server.at(SEARCH, 429, RateLimit_Remaining="0", RateLimit_Reset=str(at))
    with pytest.raises(SourceError) as caught:
        source("bluesky", server.url).fetch(FetchState(), NOW)
    assert caught.value.retry_after and 110 < caught.value.retry_after <= 120


def test_one_tag_that_fails_stops_no_other(server: Server) -> None:
    server.at("/api/v1/timelines/tag/a", 404)
    server.at(TAG, body=reply("mastodon"))
    fetched = source("mastodon", server.url, tags=["a", "fjordbank"]).fetch(FetchState(), NOW)
    assert len(fetched.mentions) == 4 and "404" in fetched.warnings[0]


@pytest.mark.parametrize("kind", ASKS)
def test_a_cursor_of_another_address_or_none_at_all(kind: str, server: Server) -> None:
    answers(server, kind)
    polled = source(kind, server.url)
    first = polled.fetch(FetchState(), NOW)
    data = json.loads(first.state.cursor or "")
    spoilt = {name: {"low": 1, "onward": [3], "mark": None} for name in data["places"]}
    for cursor in (
        "[",
        "17",
        "{}",
        json.dumps(data | {"address": "x"}),
        json.dumps(data | {"places": spoilt}),
    ):
        assert told(polled.fetch(FetchState(cursor=cursor), NOW)) == told(first)


@pytest.mark.parametrize("kind", ASKS)
def test_hostile_posts(kind: str, server: Server) -> None:
    """Whatever a stranger writes into any field: the others are read, and all of it is bounded plain text."""
    whole = json.loads(reply(kind, "posts.json" if kind == "lemmy" else "reply.json"))
    posts = whole if isinstance(whole, list) else whole["posts"]
    evil: list[object] = [
        "\ud800\x00\u202e<script>",
        "A" * 60_000,
        -1,
        1 << 80,
        [],
        {},
        True,
        None,
        "http://[x",
    ]

    def poisoned(value: object, poison: object, depth: int = 0) -> Iterator[object]:
        if isinstance(value, dict) and depth < 3:
            for name, inner in value.items():
                yield from ({**value, name: other} for other in poisoned(inner, poison, depth + 1))
        yield poison

    made = [p for poison in evil for p in poisoned(posts[0], poison)]
    for first in range(0, len(made), 100):
        items = [*made[first : first + 100], posts[1]]
        server.at(ASKS[kind], body=json.dumps(items if kind == "mastodon" else {"posts": items}).encode())
        fetched = source(kind, server.url).fetch(FetchState(), NOW)
        for mention in fetched.mentions:
            assert len(mention.text) <= 50_000 and len(mention.title) <= 500 and len(mention.author) <= 300
            words = mention.title + mention.text + mention.author + mention.url
            assert not re.search("[\ud800-\udfff\x00\u202e]", words) and mention.keys
        last = told(fetched)[-1]
        assert str(posts[1].get("uri") or posts[1]["post"]["ap_id"]) in str(last["keys"])


# --- own keys ---


@pytest.mark.parametrize(
    ("kind", "url", "options", "says"),
    [
        ("mastodon", "", {}, "needs a url"),
        ("mastodon", "ftp://x.example", {}, "url must be"),
        ("mastodon", "http://x.example", {"token": "t"}, "over https only"),
        ("mastodon", "https://x.example", {"search": "yes"}, "search must be true or false"),
        ("mastodon", "https://x.example", {"tags": [1]}, "tags must be"),
        ("mastodon", "https://x.example", {"tags": "!"}, "nothing to ask for"),
        ("lemmy", "", {}, "needs a url"),
        ("lemmy", "https://x.example", {"communities": "a/b"}, "name@server"),
        ("lemmy", "https://x.example", {"search": False}, "nothing to ask for"),
        ("lemmy", "https://x.example", {"search": 1}, "search must be true or false"),
        ("bluesky", "https://x.example", {"password": ""}, "app password.*Remedy"),
        ("bluesky", "http://x.example", {}, "over https only"),
        ("bluesky", "wss://x.example", {}, "begins with https://"),
        ("bluesky", "https://x.example", {"stream": True}, "begins with wss://"),
        ("bluesky", "wss://x.example", {"stream": True, "appview": "x"}, "appview must be"),
        ("bluesky", "https://x.example", {"stream": "yes"}, "stream must be true or false"),
        ("bluesky", "https://x.example", {"handle": 3}, "handle must be a text"),
    ],
)
def test_wrong_keys_name_the_source_and_the_remedy(
    kind: str, url: str, options: dict[str, object], says: str
) -> None:
    with pytest.raises(ConfigError, match=f"source 'golden'.*{says}"):
        source(kind, url, **options)


@pytest.mark.parametrize("kind", ASKS)
def test_own_keys_are_documented(kind: str) -> None:
    """The keys a module reads are those of its row and of its manual."""
    root = Path(__file__).parent.parent
    code = (root / "monitor" / "sources" / f"{kind}.py").read_text(encoding="utf-8")
    read = set(re.findall(r'(?:_option\(spec|options\.get\(|queries\(spec)[, ]*"(\w+)"', code))
    read |= {"query"} if "queries(spec" in code else set()
    page = (root / "docs" / "sources.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| \[`{kind}`\]\(#{kind}\) \|.*\| (.*) \|$", page, re.MULTILINE)
    assert row and set(re.findall(r"`(\w+)`", row[1])) == read and len(read) > 2
    manual = code.split('"""')[1]
    assert manual.startswith(f"kind: {kind} - ") and all(key in manual for key in read)
    assert re.search(rf"^### {kind}$", page, re.MULTILINE | re.IGNORECASE)


def test_from_the_brand_file_to_the_store(server: Server, tmp_path: Path) -> None:
    for kind in ASKS:
        answers(server, kind)
    server.at("/api/v1/timelines/tag/fjordbanken", body=b"[]")
    server.at("/api/v1/timelines/tag/karinordvik", body=b"[]")
    path = tmp_path / "brand.yaml"
    path.write_text(
        f"""{BRAND}
http: {{allow_private: [127.0.0.1]}}
sources:
  - {{id: m, kind: mastodon, url: "{server.url}"}}
  - {{id: l, kind: lemmy, url: "{server.url}"}}
  - {{id: b, kind: bluesky, service: "{server.url}", handle: "@us.example", password: "${{APP_PASSWORD}}"}}
""",
        encoding="utf-8",
    )
    monitor = Monitor(load(path, {"APP_PASSWORD": "app-pass-word", "OMDOMME_HOME": str(tmp_path / "var")}))
    first = monitor.collect()
    assert not first.failed and first.counts.new == 4 + 4 + 7
    again = monitor.collect()
    assert (again.counts.new, again.counts.edited) == (0, 0)
    session = next(path for path, _, _ in server.seen if path == LOGIN)
    assert session and not any("app-pass-word" in path for path, _, _ in server.seen)
