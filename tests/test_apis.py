"""Networks with an API or a search feed: what becomes of an item, what is asked for, and every fault told apart."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor import http, readmodel, sources
from monitor.config import load
from monitor.errors import ConfigError, Refused, SourceError
from monitor.pipeline import Monitor
from monitor.sources import _json
from monitor.types import Fetched, FetchState, SearchTerms, Source, SourceSpec
from tests.conftest import BRAND
from tests.webserver import Request, Server, serving

DATA = Path(__file__).parent / "data" / "sources"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TERMS = SearchTerms(names=("Fjordbank",), people=("Kari Nordvik",), exclude=("fiskegrunne",))


@dataclass(frozen=True)
class Kind:
    """How a kind is set up here: the path of its address, the path it asks, its own keys, its reply."""

    url: str
    asks: str
    options: dict[str, object] = field(default_factory=dict)
    reply: str = "reply.json"
    lang: str | None = None


ACCEPTED = {"terms_accepted": True}
KINDS = {
    "hackernews": Kind("/api/v1", "/api/v1/search_by_date"),
    "gdelt": Kind("/doc", "/doc"),
    "stackexchange": Kind("/2.3", "/2.3/search/excerpts", {"site": "stackoverflow.com"}, lang="en"),
    "wikipedia": Kind("/w/api.php", "/w/api.php", {"pages": ["Fjordbanken"]}),
    "reddit": Kind("", "/search.json", ACCEPTED),
    "youtube": Kind("/feed", "/feed", {"channel": "UCfjordbank0000000000000"}, "reply.xml"),
    "google_news": Kind("/rss/search", "/rss/search", ACCEPTED, "reply.xml"),
    "bing_news": Kind("/news/search", "/news/search", ACCEPTED, "reply.xml"),
}
SEARCHED = ("hackernews", "gdelt", "stackexchange", "reddit", "google_news", "bing_news")
PAGED = ("hackernews", "gdelt", "stackexchange", "wikipedia", "reddit")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def source(kind: str, server: Server | None, terms: SearchTerms = TERMS, **options: object) -> Source:
    made = KINDS[kind]
    spec = SourceSpec(
        "golden",
        kind,
        server.url + made.url if server else "",
        lang=made.lang,
        options={**made.options, **options},
        terms=terms,
    )
    return sources.build(spec, http.Client(allow_private=["127.0.0.1"]), DATA)


def reply(kind: str) -> bytes:
    return (DATA / kind / KINDS[kind].reply).read_bytes()


def asked(server: Server, name: str = "q") -> list[str]:
    return [parse_qs(urlsplit(path).query).get(name, [""])[0] for path, _, _ in server.seen]


def told(fetched: Fetched) -> list[dict[str, object]]:
    return [
        {name: getattr(m, name) for name in ("title", "text", "url", "author", "source_type", "lang")}
        | {"published_at": m.published_at.isoformat() if m.published_at else None, "keys": list(m.keys)}
        for m in fetched.mentions
    ]


# --- what becomes of an item ---


@pytest.mark.parametrize("kind", KINDS)
def test_golden_pair(kind: str, server: Server) -> None:
    server.at(KINDS[kind].asks, body=reply(kind))
    fetched = source(kind, server).fetch(FetchState(), NOW)
    expected = (DATA / kind / "expected.json").read_text(encoding="utf-8")
    host = urlsplit(server.url).netloc
    assert told(fetched) == json.loads(expected.replace("{server}", server.url).replace("{host}", host))
    assert all(m.source == "golden" and m.seen_at == NOW for m in fetched.mentions)
    assert len({m.id for m in fetched.mentions}) == len(fetched.mentions)
    assert fetched.state.polls == 1


@pytest.mark.parametrize(
    ("kind", "dropped"),
    [("hackernews", 3), ("gdelt", 3), ("stackexchange", 2), ("wikipedia", 2), ("reddit", 2)],
)
def test_a_broken_item_is_counted_and_stops_no_other(kind: str, dropped: int, server: Server) -> None:
    server.at(KINDS[kind].asks, body=reply(kind))
    # One query, so that each item comes once.
    fetched = source(kind, server, SearchTerms(names=("Fjordbank",))).fetch(FetchState(), NOW)
    assert fetched.dropped == dropped and fetched.mentions


@pytest.mark.parametrize("kind", KINDS)
def test_settings_of_the_source_win(kind: str, server: Server) -> None:
    server.at(KINDS[kind].asks, body=reply(kind))
    made = KINDS[kind]
    spec = SourceSpec(
        "s",
        kind,
        server.url + made.url,
        "review",
        "nn",
        options=made.options,
        terms=SearchTerms(("Fjordbank",)),
    )
    fetched = sources.build(spec, http.Client(allow_private=["127.0.0.1"]), DATA).fetch(FetchState(), NOW)
    assert {(m.source_type, m.lang) for m in fetched.mentions} == {("review", "nn")}


def test_text_of_strangers_is_bounded_and_plain(server: Server) -> None:
    hit = {
        "objectID": "1",
        "created_at_i": 1795339800,
        "author": "a\r\nBcc: x@y.example" + "b" * 1_000,
        "title": "<script>alert(1)</script>" + "t" * 5_000,
        "story_text": "\u202e<img src=x onerror=alert(1)>" + "x" * 90_000,
    }
    server.at("/api/v1/search_by_date", body=json.dumps({"hits": [hit]}).encode())
    mention = source("hackernews", server).fetch(FetchState(), NOW).mentions[0]
    assert len(mention.title) == 500 and "script" not in mention.title
    assert len(mention.text) == 50_000 and mention.text.startswith("xxx")
    assert "\n" not in mention.author and len(mention.author) <= 200


# --- what is asked for ---


@pytest.mark.parametrize(
    ("kind", "queries"),
    [
        ("hackernews", ['"Fjordbank"', '"Kari Nordvik"']),
        ("gdelt", ['(Fjordbank OR "Kari Nordvik") -fiskegrunne']),
        ("stackexchange", ['"Fjordbank"', '"Kari Nordvik"']),
        ("reddit", ['"Fjordbank" OR "Kari Nordvik"']),
        ("google_news", ['("Fjordbank" OR "Kari Nordvik") -"fiskegrunne"']),
        ("bing_news", ['("Fjordbank" OR "Kari Nordvik") -"fiskegrunne"']),
    ],
)
def test_names_become_queries(kind: str, queries: list[str], server: Server) -> None:
    server.at(KINDS[kind].asks, body=reply(kind))
    source(kind, server).fetch(FetchState(), NOW)
    assert asked(server, "query" if kind in ("hackernews", "gdelt") else "q") == queries


@pytest.mark.parametrize("kind", SEARCHED)
def test_a_query_of_its_own_replaces_them(kind: str, server: Server) -> None:
    server.at(KINDS[kind].asks, body=reply(kind))
    source(kind, server, query=["a b", "c"]).fetch(FetchState(), NOW)
    assert asked(server, "query" if kind in ("hackernews", "gdelt") else "q") == ["a b", "c"]


@pytest.mark.parametrize("kind", SEARCHED)
def test_nothing_to_ask_for_is_said(kind: str) -> None:
    with pytest.raises(ConfigError, match=r"nothing to ask.*Remedy"):
        source(kind, None, SearchTerms())


def test_gdelt_is_narrowed_as_gdelt_spells_it(server: Server) -> None:
    server.at("/doc", body=b"{}")
    terms = SearchTerms(names=("Fjordbank", "FB"))  # GDELT refuses a query with a word of two letters
    source("gdelt", server, terms, sourcelang=["swedish", "Danish"], sourcecountry="norway").fetch(
        FetchState(), NOW
    )
    assert asked(server, "query") == [
        "Fjordbank (sourcelang:swedish OR sourcelang:danish) sourcecountry:norway"
    ]
    assert (asked(server, "startdatetime"), asked(server, "enddatetime")) == (
        ["20261115120000"],
        ["20261122120000"],
    )


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        ("gdelt", {"sourcelang": "nor way:x"}, "sourcelang"),
        ("gdelt", {"query": 17}, "query must be a text"),
        ("stackexchange", {"site": "stackoverflow"}, "site must be the domain"),
        ("stackexchange", {"site": "stackoverflow.com/x?"}, "site must be the domain"),
        ("stackexchange", {"key": ["x"]}, "key must be a text"),
        ("wikipedia", {"pages": []}, "pages must be 1 to 50"),
        ("wikipedia", {"pages": "A|B"}, "pages must be 1 to 50"),
        ("wikipedia", {"wiki": "no.evil.example/"}, "wiki must be"),
        ("youtube", {"channel": "@fjordbank"}, "Share channel"),
        ("google_news", {"country": "Norway"}, "must be codes"),
        ("bing_news", {"market": "norsk"}, "market must be"),
    ],
)
def test_wrong_keys_name_the_source_and_the_remedy(kind: str, options: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=f"source 'golden'.*{says}"):
        source(kind, None, **options)


def test_an_address_that_is_none() -> None:
    with pytest.raises(ConfigError, match="url must be"):
        sources.build(SourceSpec("s", "gdelt", "ftp://x.example", terms=TERMS), http.Client(), DATA)
    with pytest.raises(ConfigError, match=r"api\.php"):
        wiki = SourceSpec("s", "wikipedia", "https://wiki.example/", options={"pages": ["A"]})
        sources.build(wiki, http.Client(), DATA)


@pytest.mark.parametrize("kind", ["google_news", "bing_news", "reddit"])
@pytest.mark.parametrize("given", [None, False, "true", 1])
def test_off_by_default_with_the_reason(kind: str, given: object) -> None:
    with pytest.raises(
        ConfigError, match=r"off by default.*(approval|personal).*Remedy.*terms_accepted: true"
    ):
        source(kind, None, terms_accepted=given)


@pytest.mark.parametrize("kind", KINDS)
def test_own_keys_and_limits_are_documented(kind: str) -> None:
    """The keys a module reads are those of its row and of its manual."""
    root = Path(__file__).parent.parent
    code = (root / "monitor" / "sources" / f"{kind}.py").read_text(encoding="utf-8")
    read = set(re.findall(r'(?:option|narrow)\(\s*spec, "(\w+)"', code))
    read |= {"query"} if "queries(spec" in code else set()
    read |= {"terms_accepted"} if "accepted(spec" in code else set()
    page = (root / "docs" / "sources.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| \[`{kind}`\]\(#([\w-]+)\) \|.*\| (.*) \|$", page, re.MULTILINE)
    assert row and set(re.findall(r"`(\w+)`", row[2])) == read
    manual = code.split('"""')[1]
    assert manual.startswith(f"kind: {kind} - ") and all(key in manual for key in read)
    heading = row[1].replace("-", " ")
    assert re.search(rf"^### {heading}$", page, re.MULTILINE | re.IGNORECASE)


def test_from_the_brand_file_to_the_store(server: Server, tmp_path: Path) -> None:
    """Names, lists, switches and variables reach the source; what it brings is stored once, strangers not in clear."""
    server.at("/api/v1/search_by_date", body=reply("hackernews"))
    server.at("/search.json", body=reply("reddit"))
    server.at("/doc", body=reply("gdelt"))
    path = tmp_path / "brand.yaml"
    path.write_text(
        f"""{BRAND}
http: {{allow_private: [127.0.0.1]}}
sources:
  - {{id: hn, kind: hackernews, url: "{server.url}/api/v1"}}
  - {{id: world, kind: gdelt, url: "{server.url}/doc", sourcelang: [norwegian, english]}}
  - {{id: off, kind: reddit, url: "{server.url}"}}
  - {{id: r, kind: reddit, url: "{server.url}", terms_accepted: true, token: "${{OMDOMME_TOKEN}}"}}
""",
        encoding="utf-8",
    )
    monitor = Monitor(load(path, {"OMDOMME_TOKEN": "t0ken", "OMDOMME_HOME": str(tmp_path / "var")}))
    first = monitor.collect()
    assert [(name, "off by default" in error) for name, error, _ in first.failed] == [("off", True)]
    assert (first.counts.new, monitor.collect().counts.new) == (7, 0)
    seen = {path.partition("?")[0]: (path, headers) for path, headers, _ in server.seen}
    assert seen["/search.json"][1]["Authorization"] == "Bearer t0ken"
    assert "Fjordbank" in seen["/doc"][0] and "sourcelang%3Anorwegian" in seen["/doc"][0]
    every = readmodel.MentionFilter(
        since=datetime(2000, 1, 1, tzinfo=UTC), until=datetime(2100, 1, 1, tzinfo=UTC), relevant_only=False
    )
    rows = readmodel.mentions(monitor.config.settings.database, every, limit=100)
    assert len(rows) == 7 and not {row.author for row in rows} & {"tern42", "auk", "murre", "lundefar"}


# --- faults ---


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (429, b"", "http_429"),
        (503, b"", "http_503"),
        (401, b"", "http_401"),
        (200, b"<!DOCTYPE html><html><body>Consent</body></html>", "html"),
        (200, b"", "empty"),
    ],
)
def test_faults_are_told_apart(kind: str, status: int, body: bytes, error: str, server: Server) -> None:
    server.at(KINDS[kind].asks, status, body, **({"Retry_After": "7"} if status in (429, 503) else {}))
    with pytest.raises(SourceError, match="source 'golden'") as caught:
        source(kind, server).fetch(FetchState(), NOW)
    assert caught.value.kind == error
    assert caught.value.transient == (status in (429, 503))
    if status in (429, 503):
        assert caught.value.retry_after == 7 and len(server.seen) == 1


@pytest.mark.parametrize("kind", PAGED)
@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"Your query was too short or too long.", "answer"),
        (b'{"hits": 1, "articles": 1, "items": 1, "query": 1, "data": {"children": 1}}', "answer"),
        (b'{"hits": [', "parse"),
        (b"[1, 2]", "parse"),
        (b'{"a":' * 50_000, "parse"),
        (b'{"hits": ' + b"9" * 10_000 + b"}", "parse"),
    ],
)  # fmt: skip
def test_what_is_no_answer(kind: str, body: bytes, error: str, server: Server) -> None:
    server.at(KINDS[kind].asks, body=body)
    with pytest.raises(SourceError) as caught:
        source(kind, server).fetch(FetchState(), NOW)
    assert caught.value.kind == error and len(str(caught.value)) < 500


def test_a_text_instead_of_json_is_quoted(server: Server) -> None:
    server.at("/doc", body=b"The specified phrase is too short.\x1b[31m")
    with pytest.raises(SourceError, match=r"says: 'The specified phrase is too short\.\[31m'"):
        source("gdelt", server).fetch(FetchState(), NOW)


def test_a_pause_is_kept(server: Server) -> None:
    for kind in KINDS:
        with pytest.raises(Refused, match="not asked before") as caught:
            source(kind, server).fetch(FetchState(not_before=NOW + timedelta(minutes=5)), NOW)
        assert caught.value.retry_after == 300
    assert server.seen == []


def test_gdelt_refuses_the_first_call_and_takes_the_second(server: Server) -> None:
    calls: list[int] = []

    def answer(request: Request) -> None:
        calls.append(1)
        if len(calls) == 1:
            request.reply(429, b"Please limit requests to one every 5 seconds")
        else:
            request.reply(200, reply("gdelt"))

    server.answers["/doc"] = answer
    assert len(source("gdelt", server).fetch(FetchState(), NOW).mentions) == 2


@pytest.mark.parametrize("status", [429, 200])
def test_gdelt_is_left_alone_after_a_second_refusal(status: int, server: Server) -> None:
    server.at("/doc", status, b"Please limit requests to one every 5 seconds or contact us.")
    with pytest.raises(SourceError) as caught:
        source("gdelt", server).fetch(FetchState(), NOW)
    assert (caught.value.kind, caught.value.transient, caught.value.retry_after) == ("http_429", True, 300)
    assert len(server.seen) == 2


def test_stack_exchange_is_compressed_and_its_backoff_obeyed(server: Server) -> None:
    document = json.loads(reply("stackexchange")) | {"backoff": 20}
    body = gzip.compress(json.dumps(document).encode())
    server.at("/2.3/search/excerpts", body=body, Content_Encoding="gzip")
    site = source("stackexchange", server)
    first = site.fetch(FetchState(), NOW)
    assert len(first.mentions) == 2 and first.state.not_before == NOW + timedelta(seconds=21)
    assert asked(server) == ['"Fjordbank"']  # the other query waits, too
    server.at("/2.3/search/excerpts", body=reply("stackexchange"))
    second = site.fetch(first.state, NOW + timedelta(minutes=1))
    assert asked(server)[1:] == ['"Kari Nordvik"', '"Fjordbank"'] and second.state.not_before is None


def test_stack_exchange_with_nothing_left_of_the_day(server: Server) -> None:
    document = json.loads(reply("stackexchange")) | {"quota_remaining": 0}
    server.at("/2.3/search/excerpts", body=json.dumps(document).encode())
    fetched = source("stackexchange", server).fetch(FetchState(), NOW)
    assert fetched.state.not_before == datetime(2026, 11, 23, tzinfo=UTC) and "used up" in fetched.warnings[0]


def test_stack_exchange_throttled_without_a_word(server: Server) -> None:
    server.at("/2.3/search/excerpts", 400)
    with pytest.raises(SourceError, match="Remedy: check site and key") as caught:
        source("stackexchange", server).fetch(FetchState(), NOW)
    assert (caught.value.kind, caught.value.retry_after) == ("http_400", 3600)


def test_a_key_stands_in_no_error(server: Server) -> None:
    for status in (400, 500):
        server.at("/2.3/search/excerpts", status)
        with pytest.raises(SourceError) as caught:
            source("stackexchange", server, key="s3cr(t").fetch(FetchState(), NOW)
        assert "s3cr" not in str(caught.value) and caught.value.__cause__ is None
    assert asked(server, "key") == ["s3cr(t", "s3cr(t"]


def test_reddit_sends_its_token_and_waits_for_its_turn(server: Server) -> None:
    headers = {"x_ratelimit_remaining": "0.0", "x_ratelimit_reset": "42"}
    server.at("/search.json", body=reply("reddit"), **headers)
    fetched = source("reddit", server, token="t0ken").fetch(FetchState(), NOW)
    assert server.seen[0][1]["Authorization"] == "Bearer t0ken"
    assert fetched.state.not_before == NOW + timedelta(seconds=42)
    assert "t0ken" not in (fetched.state.cursor or "")
    server.at("/search.json", 403)
    with pytest.raises(SourceError, match="Remedy: Reddit lets approved clients in only"):
        source("reddit", server).fetch(FetchState(), NOW)


@pytest.mark.parametrize("code", ["maxlag", "ratelimited", "readapidenied"])
def test_a_wiki_that_cannot_keep_up_is_left_alone(code: str, server: Server) -> None:
    error = {"error": {"code": code, "info": "Waiting for a database server: 7.1 seconds lagged."}}
    server.at("/w/api.php", body=json.dumps(error).encode())
    with pytest.raises(SourceError, match="the wiki says 'Waiting") as caught:
        source("wikipedia", server).fetch(FetchState(), NOW)
    assert caught.value.transient == (code != "readapidenied")
    assert caught.value.retry_after == (60 if code != "readapidenied" else None)


def test_a_page_that_is_not_there_is_told(server: Server) -> None:
    body = {"batchcomplete": True, "query": {"pages": [{"ns": 0, "title": "Fjordbanken", "missing": True}]}}
    server.at("/w/api.php", body=json.dumps(body).encode())
    fetched = source("wikipedia", server).fetch(FetchState(), NOW)
    assert fetched.mentions == () and fetched.warnings == ("the wiki has no page 'Fjordbanken'",)


# --- YouTube's weather ---


def test_a_channel_fails_only_after_two_days(server: Server) -> None:
    channel = source("youtube", server)
    server.at("/feed", body=reply("youtube"))
    state = channel.fetch(FetchState(), NOW).state
    for hours, status in ((1, 404), (20, 500), (48, 404)):
        server.at("/feed", status)
        fetched = channel.fetch(state, NOW + timedelta(hours=hours))
        assert fetched.mentions == () and "since 2026-11-22 13:00" in fetched.warnings[0]
        state = fetched.state
    with pytest.raises(SourceError) as caught:
        channel.fetch(state, NOW + timedelta(hours=50))
    assert caught.value.kind == "http_404"
    server.at("/feed", body=reply("youtube"))
    state = channel.fetch(state, NOW + timedelta(hours=51)).state
    server.at("/feed", 404)
    assert channel.fetch(state, NOW + timedelta(hours=52)).warnings  # patience begins anew


def test_a_channel_that_never_answered_fails_at_once(server: Server) -> None:
    server.at("/feed", 404)
    with pytest.raises(SourceError) as caught:
        source("youtube", server).fetch(FetchState(), NOW)
    assert caught.value.kind == "http_404"


def test_a_search_feed_asks_conditionally(server: Server) -> None:
    def answer(request: Request) -> None:
        if request.headers.get("If-None-Match") == '"1"':
            request.reply(304)
        else:
            request.reply(200, reply("bing_news"), ETag='"1"')

    server.answers["/news/search"] = answer
    news = source("bing_news", server, query=["a", "b"])
    first = news.fetch(FetchState(), NOW)
    second = news.fetch(first.state, NOW)
    assert len(first.mentions) == 2 and second.mentions == ()
    assert not first.unchanged and second.unchanged and len(server.seen) == 4


# --- values ---


@pytest.mark.parametrize("value", [True, "1", [1], float("inf"), float("nan"), 1 << 70])
def test_no_number(value: object) -> None:
    with pytest.raises(_json.Broken):
        _json.number({"n": value}, "n")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1795339800, "2026-11-22T09:30:00+00:00"),
        (-5, "1970-01-01T00:00:00+00:00"),
        (int(NOW.timestamp()) + 60, "2026-11-22T12:00:00+00:00"),
        (int(NOW.timestamp()) + 3_600, None),
        (1 << 60, None),
    ],
)
def test_moments(seconds: int, expected: str | None) -> None:
    at = _json.moment(seconds, NOW)
    assert (at.isoformat() if at else None) == expected
