"""Feeds of every dialect, who is who among their entries, and the poll as a whole against a real server."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import html, http, sources
from monitor.errors import ConfigError, Refused, SourceError
from monitor.sources._feedbytes import decode
from monitor.sources._feeddates import believable, parse
from monitor.sources._feedkeys import canonical, web_link
from monitor.types import Fetched, FetchState, Mention, Source, SourceSpec
from tests.webserver import Request, Server, serving

DATA = Path(__file__).parent / "data" / "feed"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def source(url: str, base: Path = DATA, **fields: str) -> Source:
    client = http.Client(allow_private=["127.0.0.1"])
    return sources.build(SourceSpec("avis", "feed", url, **fields), client, base)  # type: ignore[arg-type]


def read(body: str | bytes, folder: Path, state: FetchState = FetchState()) -> Fetched:
    """One poll of a feed with this body."""
    file = folder / "feed.xml"
    file.write_bytes(body if isinstance(body, bytes) else body.encode())
    return source("feed.xml", folder).fetch(FetchState(cursor=state.cursor), NOW)


def rss(*items: str, link: str = "https://avis.example/") -> str:
    return f"<rss version='2.0'><channel><title>t</title><link>{link}</link>{''.join(items)}</channel></rss>"


def item(title: str = "", link: str = "", guid: str = "", text: str = "") -> str:
    parts = (("title", title), ("link", link), ("guid", guid), ("description", text))
    return "<item>" + "".join(f"<{n}>{v}</{n}>" for n, v in parts if v) + "</item>"


class Known:
    """The store's rule: a mention is known by any of its keys, strongest first; else it is new."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}

    def add(self, mentions: tuple[Mention, ...]) -> int:
        """How many were new."""
        new = 0
        for mention in mentions:
            found = next((self.ids[k] for k in mention.keys if k in self.ids), None)
            new += found is None
            for key in mention.keys:
                self.ids.setdefault(key, found or mention.id)
        return new


# --- dialects ---


@pytest.mark.parametrize("name", ["rss20.xml", "rdf.xml", "atom.xml", "jsonfeed.json"])
def test_golden_pair(name: str) -> None:
    expected = json.loads((DATA / name).with_suffix(".expected.json").read_text(encoding="utf-8"))
    mentions = source(name).fetch(FetchState(), NOW).mentions
    got = [
        {field: getattr(m, field) for field in ("title", "text", "url", "author", "lang")}
        | {"keys": list(m.keys), "published_at": m.published_at.isoformat() if m.published_at else None}
        for m in mentions
    ]
    assert got == expected
    assert all(m.source == "avis" and m.source_type == "news" and m.seen_at == NOW for m in mentions)
    assert len({m.id for m in mentions}) == len(mentions)


def test_relative_links_start_from_where_the_feed_was_got(server: Server) -> None:
    body = (DATA / "rss20.xml").read_bytes()
    mentions = source(server.at("/rss/feed", body=body)).fetch(FetchState(), NOW).mentions
    assert mentions[1].url == f"{server.url}/okonomi/2026/uten-dato"


def test_json_feed_reports_what_it_left_out() -> None:
    fetched = source("jsonfeed.json").fetch(FetchState(), NOW)
    assert fetched.dropped == 3 and len(fetched.warnings) == 2


def test_settings_of_the_source_win() -> None:
    mentions = source("rss20.xml", source_type="press", lang="nn").fetch(FetchState(), NOW).mentions
    assert {(m.source_type, m.lang) for m in mentions} == {("press", "nn")}


def test_a_feed_wrapped_in_a_page_is_read(tmp_path: Path) -> None:
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title></entry></feed>'
    assert len(read(f"<html><body>{atom}</body></html>", tmp_path).mentions) == 1


def test_norwegian_text_that_calls_itself_english_has_no_language(tmp_path: Path) -> None:
    body = rss(
        "<language>en-US</language>", item("Fjordbank", text="Det er ikke til å tro"), item("Rates are up")
    )
    assert [m.lang for m in read(body, tmp_path).mentions] == [None, "en"]


# --- who is who ---


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://A.example:443/x/?utm_source=a&id=1#top", "a.example/x?id=1"),
        ("http://a.example/x", "a.example/x"),
        ("http://a.example:8080/x?gclid=2", "a.example:8080/x"),
        ("https://a.example/", ""),
        ("https://a.example/index.html?fbclid=1", ""),
        ("https://a.example/?p=12", "a.example?p=12"),
        ("https://a.example/sak#comment-12", "a.example/sak#comment-12"),
        ("https://a.example/#!/sak/1", "a.example#!/sak/1"),
        ("https://a.example/sak#xtor=RSS-3", "a.example/sak"),
        ("http://[broken", ""),
        ("http://a:notaport/x", ""),
    ],
)
def test_canonical_link(url: str, expected: str) -> None:
    assert canonical(url) == expected


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x", "a", "http://"]
)
def test_only_web_links_remain(url: str) -> None:
    assert web_link(url) == ""


def test_one_guid_for_most_entries_and_no_dates(tmp_path: Path) -> None:
    """Seen in Norwegian outlets: `/a/` as the guid of more than half of the entries."""
    items = [
        item(f"Sak {n}", f"https://avis.example/sak/{n}", "/a/" if n % 3 else f"/a/{n}x") for n in range(30)
    ]
    known = Known()
    for start in (0, 5, 20):  # the window moves on; at the end few entries share the guid
        known.add(read(rss(*items[start : start + 10]), tmp_path).mentions)
    assert len(set(known.ids.values())) == 25
    assert not any(key.endswith(":/a/") for key in known.ids)


def test_a_guid_seen_shared_is_not_trusted_later(tmp_path: Path) -> None:
    a, b, c = (item(f"Sak {n}", f"https://avis.example/{n}", "nyhet") for n in "abc")
    known = Known()
    first = read(rss(a, b), tmp_path)
    assert known.add(first.mentions) == 2
    second = read(rss(c), tmp_path, first.state)  # alone in the document, so it looks like a good guid
    assert known.add(second.mentions) == 1


def test_few_guids_for_more_links_lose_nothing(tmp_path: Path) -> None:
    """Seen: 586 guids for 591 links."""
    items = [item(f"Sak {n}", f"https://avis.example/{n}", f"g{n if n > 5 else 0}") for n in range(591)]
    known = Known()
    assert known.add(read(rss(*items), tmp_path).mentions) == 591
    assert known.add(read(rss(*items), tmp_path).mentions) == 0


def test_changed_slug_with_the_same_guid_stays_one(tmp_path: Path) -> None:
    known = Known()
    for slug in ("to-skadet-i-ulykke", "to-doede-i-ulykke"):
        body = rss(item(slug, f"https://avis.example/i/X7/{slug}", "https://avis.example/i/X7"))
        known.add(read(body, tmp_path).mentions)
    assert len(set(known.ids.values())) == 1


def test_same_article_in_two_feeds_is_one(tmp_path: Path) -> None:
    known = Known()
    for name, link in (("a", "https://avis.example/sak?utm_source=a"), ("b", "http://avis.example/sak/")):
        (tmp_path / f"{name}.xml").write_text(rss(item("Sak", link, f"{name}-1")), encoding="utf-8")
        built = sources.build(SourceSpec(name, "feed", f"{name}.xml"), http.Client(), tmp_path)
        known.add(built.fetch(FetchState(), NOW).mentions)
    assert len(set(known.ids.values())) == 1


def test_links_that_name_no_entry_are_no_keys(tmp_path: Path) -> None:
    front = "https://avis.example/nyheter"
    body = rss(
        item("A", front, "1"), item("B", front, "2"), item("C", "https://avis.example/", "3"),
        item("D", "https://avis.example/blogg", "4"), link="https://avis.example/blogg",
    )  # fmt: skip
    keys = [m.keys for m in read(body, tmp_path).mentions]
    assert keys == [("guid:avis:1",), ("guid:avis:2",), ("guid:avis:3",), ("guid:avis:4",)]


def test_comments_on_one_article_stay_apart(tmp_path: Path) -> None:
    known = Known()
    known.add(read(rss(item("Sak", "https://avis.example/sak", "1")), tmp_path).mentions)
    comment = item("Re: Sak", "https://avis.example/sak#comment-7", "c7", "Uenig")
    assert known.add(read(rss(comment), tmp_path).mentions) == 1


def test_entry_listed_twice_is_one_mention(tmp_path: Path) -> None:
    twice = item("Sak", "https://avis.example/sak", "1", "tekst")
    assert len(read(rss(twice, twice), tmp_path).mentions) == 1


def test_id_does_not_depend_on_dates_or_text(tmp_path: Path) -> None:
    one = read(rss(item("Sak", "https://avis.example/sak", "1", "før")), tmp_path).mentions[0]
    two = read(rss(item("Sak!", "https://avis.example/sak", "1", "etter")), tmp_path).mentions[0]
    assert one.id == two.id and one.content_hash != two.content_hash


# --- dates ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sun, 22 Nov 2026 08:30:00 +0100", "2026-11-22T07:30:00+00:00"),
        ("22 Nov 26 08:30 EST", "2026-11-22T13:30:00+00:00"),
        ("2026-11-22T08:30:00.123456Z", "2026-11-22T08:30:00+00:00"),
        ("2026-11-22 08:30:00 +01", "2026-11-22T07:30:00+00:00"),
        ("20261122", "2026-11-22T00:00:00+00:00"),
        ("man, 03 feb. 2025 kl. 08.00", "2025-02-03T08:00:00+00:00"),
        ("Sunday, November 22, 2026 8:30 PM", "2026-11-22T20:30:00+00:00"),
        ("22.11.2026 24:00", "2026-11-23T00:00:00+00:00"),
        ("1795339800", "2026-11-22T09:30:00+00:00"),
        ("Mon, 01 Jan 0001 00:00:00 +0100", "1970-01-01T00:00:00+00:00"),
        ("Fri, 22 Nov 1996 08:30:00 GMT", "1996-11-22T08:30:00+00:00"),
    ],
)  # fmt: skip
def test_dates_that_are_read(text: str, expected: str) -> None:
    at = parse(text)
    assert at is not None and at.isoformat() == expected


@pytest.mark.parametrize(
    "text",
    ["", "i går kl. 14.30", "2 timer siden", "Sun, 32 Nov 2026 25:61:00 GMT", "0000-00-00T00:00:00Z", "11/12/2026",
     "22 Nov 2026 08:30 XYZ", "2026-11-22T08:30:00+99:99", "²²²²²²²²²²", "13:00", "9" * 5_000, " " * 100_000],
)  # fmt: skip
def test_dates_that_are_not_guessed(text: str) -> None:
    assert parse(text) is None


def test_time_without_zone_is_oslo_time_in_norwegian_feeds() -> None:
    assert parse("2026-07-01 12:00", "nb") == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert parse("2026-07-01 12:00", "en") == datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_the_future_is_not_believed() -> None:
    assert believable((NOW + timedelta(hours=1)).isoformat(), NOW) is None
    assert believable((NOW + timedelta(minutes=5)).isoformat(), NOW) == NOW


# --- HTML and encodings ---


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>a</p><p>b<br/>c</p>", "a\nb\nc"),
        ("a\nb  c", "a\nb c"),
        ("<p>a\nb</p>", "a b"),
        ("x<script>alert('</p>')</script>y<style>p{}</style>", "x y"),
        ("<b>a</b>b<!-- <p> -->c", "abc"),
        ('<img alt="a > b" src=x>tekst', "tekst"),
        ('<a href="x>tekst</a> mer', "tekst mer"),
        ("5 < 6 & 7 > 3 &lt;b&gt; &#229;", "5 < 6 & 7 > 3 <b> å"),
        ("<Fjordbank> og <x-y>z</x-y>", "<Fjordbank> og z"),
        ("a<p", "a"),
        ("<td>1</td><td>2</td>", "1 2"),
        ("<svg/>etter", "etter"),
    ],
)
def test_html_becomes_text(markup: str, expected: str) -> None:
    assert html.to_text(markup) == expected


@pytest.mark.parametrize(
    "piece", ["<", "<a ", '<a "', '<a ="', "<!--", "<![CDATA[", "<script>", "&#", '= ">', "<a x='>"]
)
def test_html_of_any_shape_takes_linear_time(piece: str) -> None:
    started = time.process_time()
    html.to_text(piece * (html.LIMIT // len(piece)))
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("body", "served", "expected"),
    [
        ("<?xml version='1.0' encoding='iso-8859-1'?><a>é“</a>".encode("windows-1252"), "", "é“"),
        ("<a>é</a>".encode(), "text/xml; charset=iso-8859-1", "é"),  # UTF-8 whatever the header says
        ("<a>é</a>".encode("iso-8859-1"), "text/xml; charset=iso-8859-1", "é"),
        ("<a>é</a>".encode("iso-8859-1"), "text/xml; charset=utf-8", "é"),
        ("<a>é</a>".encode("iso-8859-1"), "text/xml; charset=no-such", "é"),
        ("<a>é</a>".encode("utf-16"), "", "é"),
        ("<a>é</a>".encode("utf-8-sig"), "", "é"),
        ("<?xml version='1.0' encoding='koi8-r'?><a>ж</a>".encode("koi8-r"), "", "ж"),
        (b"<a>" + "æøå".encode() * 20 + b"\xff</a>", "", "æøå" * 20 + "\ufffd"),
    ],
)
def test_encodings(body: bytes, served: str, expected: str) -> None:
    assert expected in decode(body, served)


# --- the poll ---


def test_second_poll_asks_conditionally(server: Server) -> None:
    def answer(request: Request) -> None:
        if request.headers.get("If-None-Match") == '"v1"':
            request.reply(304)
        else:
            request.reply(200, rss(item("A", "https://avis.example/a")).encode(), ETag='"v1"')

    server.answers["/feed"] = answer
    feed = source(server.url + "/feed")
    first = feed.fetch(FetchState(), NOW)
    second = feed.fetch(first.state, NOW)
    assert len(first.mentions) == 1 and not first.unchanged
    assert second.unchanged and second.mentions == () and second.state.polls == 2
    assert second.state.etag == '"v1"'


def test_a_new_address_in_the_brand_file_forgets_the_old_ones_state(server: Server) -> None:
    body = rss(item("A", "https://avis.example/a")).encode()
    server.at("/old", 301, Location="/moved")
    server.at("/moved", body=body, ETag='"1"')
    state = source(server.url + "/old").fetch(FetchState(), NOW).state
    assert state.url == server.url + "/moved"
    server.at("/new", body=body)
    fetched = source(server.url + "/new").fetch(state, NOW)
    assert fetched.state.url is None and server.seen[-1][0] == "/new"
    assert "If-None-Match" not in server.seen[-1][1]


def test_permanent_redirect_is_followed_once(server: Server) -> None:
    server.at("/old", 308, Location="/moved")
    server.at("/moved", body=rss(item("A")).encode())
    feed = source(server.url + "/old")
    feed.fetch(feed.fetch(FetchState(), NOW).state, NOW)
    assert [path for path, _, _ in server.seen] == ["/old", "/moved", "/moved"]


def test_gone_is_kept_and_not_asked_again(server: Server) -> None:
    feed = source(server.at("/feed", 410))
    fetched = feed.fetch(FetchState(), NOW)
    assert fetched.state.retired and fetched.mentions == () and "410" in fetched.warnings[0]
    with pytest.raises(Refused, match="gone"):
        feed.fetch(fetched.state, NOW)
    assert len(server.seen) == 1


def test_pause_is_kept(server: Server) -> None:
    feed = source(server.at("/feed", body=b"<rss/>"))
    with pytest.raises(Refused) as caught:
        feed.fetch(FetchState(not_before=NOW + timedelta(hours=1)), NOW)
    assert caught.value.kind == "too_early" and caught.value.retry_after == 3600 and server.seen == []


def test_failure_names_the_source_and_keeps_its_kind(server: Server) -> None:
    with pytest.raises(SourceError, match="'avis'") as caught:
        source(server.at("/feed", 503, Retry_After="5")).fetch(FetchState(), NOW)
    assert (caught.value.kind, caught.value.transient, caught.value.retry_after) == ("http_503", True, 5)


def test_file_is_read_again_only_when_it_changed(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    file.write_text(rss(item("A")), encoding="utf-8")
    feed = source(file.as_uri(), tmp_path)
    first = feed.fetch(FetchState(), NOW)
    assert feed.fetch(first.state, NOW).unchanged
    os.utime(file, ns=(1, 1))
    touched = feed.fetch(first.state, NOW)
    assert touched.unchanged and touched.state.etag != first.state.etag  # the same bytes are not parsed again
    file.write_text(rss(item("B")), encoding="utf-8")
    assert not feed.fetch(first.state, NOW).unchanged


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    for url in ("nowhere.xml", "."):
        with pytest.raises(SourceError) as caught:
            source(url, tmp_path).fetch(FetchState(), NOW)
        assert caught.value.kind == "file"


def test_unknown_kind_and_missing_url_say_what_to_do() -> None:
    assert {"feed", "replay"} <= set(sources.kinds())
    with pytest.raises(ConfigError, match=r"no kind 'fead'.*feed"):
        sources.build(SourceSpec("a", "fead"), http.Client(), DATA)
    with pytest.raises(ConfigError, match="needs a url"):
        source("")
    with pytest.raises(ConfigError, match="ftp"):
        source("ftp://avis.example/rss")
