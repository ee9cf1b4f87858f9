"""News sitemaps and indexes, robots.txt, the feeds of a site, and OPML - against a real server."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from monitor import http, sources
from monitor.cli import app
from monitor.errors import Refused, SourceError
from monitor.http.robots import parse as rules_of
from monitor.types import FetchState, Source, SourceSpec
from tests.conftest import BRAND
from tests.webserver import Server, serving

DATA = Path(__file__).parent / "data" / "sources" / "sitemap"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NEWS = (DATA / "news.xml").read_bytes()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        running.at("/robots.txt", 404)
        yield running


def client() -> http.Client:
    return http.Client(allow_private=["127.0.0.1"])


def source(url: str) -> Source:
    return sources.build(SourceSpec("avis", "sitemap", url), client(), DATA)


def index(*parts: tuple[str, str]) -> bytes:
    told = "".join(f"<sitemap><loc>{url}</loc><lastmod>{at}</lastmod></sitemap>" for url, at in parts)
    return f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{told}</sitemapindex>".encode()


def asked(server: Server) -> list[str]:
    return [path for path, _, _ in server.seen if path != "/robots.txt"]


# --- sitemaps ---


@pytest.mark.parametrize("packed", [False, True])
def test_golden_pair(server: Server, packed: bool) -> None:
    body = gzip.compress(NEWS) if packed else NEWS
    url = server.at("/news.xml.gz" if packed else "/news.xml", body=body, Content_Type="application/xml")
    fetched = source(url).fetch(FetchState(), NOW)
    got = [
        {field: getattr(m, field) for field in ("title", "text", "lang", "source_type")}
        | {
            "url": m.url.replace(server.url, "SERVER"),
            "keys": [k.replace(server.url[7:], "SERVER") for k in m.keys],
        }
        | {"published_at": m.published_at.isoformat() if m.published_at else None}
        for m in fetched.mentions
    ]
    assert got == json.loads((DATA / "news.expected.json").read_text(encoding="utf-8"))
    assert fetched.dropped == 1 and fetched.warnings == (
        "addresses without a news title, which say nothing: 1",
    )


def test_an_index_is_read_part_by_part_and_only_what_changed(server: Server) -> None:
    old = server.at("/archive.xml", body=NEWS.replace(b"/sport", b"/arkiv"), ETag='"1"')
    news = server.at("/news.xml", body=NEWS)
    url = server.at(
        "/sitemap.xml", body=index((old, "2026-11-01T00:00:00Z"), (news, "2026-11-22")), ETag='"i"'
    )
    first = source(url).fetch(FetchState(), NOW)
    assert len(first.mentions) == 3 and asked(server) == ["/sitemap.xml", "/news.xml", "/archive.xml"]
    server.seen.clear()
    second = source(url).fetch(first.state, NOW)
    assert asked(server) == ["/sitemap.xml", "/news.xml"] and len(second.mentions) == 2
    server.at("/news.xml", 304)
    assert source(url).fetch(second.state, NOW).unchanged


def test_one_part_that_fails_stops_no_other_and_none_elsewhere_is_asked(server: Server) -> None:
    parts = (
        (server.at("/news.xml", body=NEWS), ""),
        (server.at("/gone.xml", 410), ""),
        ("http://localhost/x.xml", ""),
    )
    fetched = source(server.at("/sitemap.xml", body=index(*parts))).fetch(FetchState(), NOW)
    assert len(fetched.mentions) == 2 and any("410" in warning for warning in fetched.warnings)
    with pytest.raises(SourceError) as caught:
        source(server.at("/all.xml", body=index((server.url + "/gone.xml", "")))).fetch(FetchState(), NOW)
    assert caught.value.kind == "parts" and not caught.value.transient


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html><body>Samtykke</body></html>", "html"),
        (b"<urlset><url><loc>x</loc>", "parse"),
        (b"", "empty"),
        (b"<!DOCTYPE x [<!ENTITY a 'bb'><!ENTITY b '&a;&a;'>]><urlset><url>&b;</url></urlset>", "hostile"),
        (b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><urlset><url>&a;</url></urlset>", "hostile"),
        (b"<urlset>" + b"<a>" * 1000 + b"</a>" * 1000 + b"</urlset>", "hostile"),
        (gzip.compress(b"<urlset>" + b" " * 30_000_000), "too_large"),
        (gzip.compress(NEWS)[:-20], "truncated"),
    ],
)
def test_hostile_and_broken_sitemaps_are_refused(server: Server, body: bytes, kind: str) -> None:
    with pytest.raises(SourceError) as caught:
        source(server.at("/s.xml", body=body)).fetch(FetchState(), NOW)
    assert caught.value.kind == kind


def test_a_long_sitemap_is_cut_and_says_so(server: Server) -> None:
    one = "<url><loc>https://a.example/{0}</loc><news><title>Sak {0}</title></news></url>"
    body = "<urlset>" + "".join(one.format(n) for n in range(6_000)) + "</urlset>"
    started = time.process_time()
    fetched = source(server.at("/s.xml", body=body.encode())).fetch(FetchState(), NOW)
    assert len(fetched.mentions) == 5_000 and fetched.dropped == 1_000
    assert time.process_time() - started < 5


# --- robots.txt ---

ROBOTS = b"""\xef\xbb\xbf
User-agent: Googlebot
User-agent: omdomme # that is us
Disallow: /intern/
Allow: /intern/presse$
Disallow: /*?s=
Disallow: /*/kommentar
Crawl-delay: 2

User-agent: *
Disallow: /
Sitemap: https://avis.example/sitemap-news.xml
"""


@pytest.mark.parametrize(
    ("target", "may"),
    [
        ("/", True),
        ("/sak/1", True),
        ("/intern/", False),
        ("/intern/presse", True),
        ("/intern/presse/1", False),
        ("/sok?s=bank", False),
        ("/sak/1/kommentar/2", False),
        ("/kommentar", True),
        ("/%69ntern/x", False),
        ("/robots.txt", True),
    ],
)
def test_robots_rules(target: str, may: bool) -> None:
    assert rules_of(ROBOTS, "omdomme").allows(target) is may


def test_robots_groups() -> None:
    assert not rules_of(ROBOTS, "annen").allows("/sak/1")
    assert rules_of(ROBOTS, "omdomme").delay == 2
    assert rules_of(ROBOTS, "omdomme").sitemaps == ("https://avis.example/sitemap-news.xml",)
    split = b"user-agent: omdomme\ndisallow: /a\n\nuser-agent: x\ndisallow: /\n\nUser-Agent: OMDOMME\ndisallow: /b\n"
    merged = rules_of(split, "omdomme")
    assert not merged.allows("/a") and not merged.allows("/b") and merged.allows("/c")
    assert rules_of(b"User-agent: *\nDisallow:\n", "omdomme").allows("/x")
    assert rules_of(b"<html>not found</html>", "omdomme").allows("/x")


def test_hostile_robots_take_no_time() -> None:
    started = time.process_time()
    rules = rules_of(b"User-agent: *\n" + b"Disallow: /" + b"*a" * 100_000 + b"$\n" * 10, "omdomme")
    many = rules_of(b"User-agent: *\n" + b"".join(b"Disallow: /*%d$\n" % n for n in range(20_000)), "omdomme")
    for _ in range(20):
        rules.allows("/" + "a" * 3_000 + "b")
        assert many.allows("/" + "9" * 3_000 + "b")
    assert time.process_time() - started < 2


def test_robots_are_asked_once_and_obeyed_behind_redirects(server: Server) -> None:
    server.at("/robots.txt", body=b"User-agent: *\nDisallow: /lukket")
    server.at("/sak", body=b"ok")
    server.at("/videre", 302, Location="/lukket/sak")
    with client() as asking:
        assert asking.get(server.url + "/sak", robots=True).body == b"ok"
        for path in ("/lukket/sak", "/videre"):
            with pytest.raises(Refused) as caught:
                asking.get(server.url + path, robots=True)
            assert caught.value.kind == "robots"
        asking.get(server.url + "/sak")  # not as a page: an address somebody gave us
    assert [path for path, _, _ in server.seen] == ["/robots.txt", "/sak", "/videre", "/sak"]


def test_a_host_whose_robots_cannot_be_read_is_left_alone(server: Server) -> None:
    server.at("/robots.txt", 503)
    server.at("/sak", body=b"ok")
    with client() as asking, pytest.raises(Refused) as caught:
        asking.get(server.url + "/sak", robots=True)
    assert caught.value.kind == "robots" and caught.value.transient
    assert asked(server) == []


# --- discovery ---

RSS = b"<rss version='2.0'><channel><title>t</title><item><title>Sak</title><link>https://a.example/1</link></item></channel></rss>"


def test_feeds_that_a_page_announces(server: Server) -> None:
    server.at(
        "/robots.txt",
        body=f"Sitemap: {server.url}/nyheter-news.xml\nUser-agent: *\nDisallow: /hemmelig".encode(),
    )
    server.at("/nyheter-news.xml", body=NEWS)
    server.at("/siste.rss", body=RSS)
    server.at("/tom.rss", body=b"<rss version='2.0'><channel></channel></rss>")
    page = (
        b"<html><head><link rel='stylesheet' href='/a.css'>"
        b"<link rel='Alternate' type='application/rss+xml; charset=utf-8' title='Siste &amp; st\xc3\xb8rste' href='siste.rss'>"
        b"<link rel=alternate type=application/atom+xml href=/hemmelig/atom>"
        b"<link rel=alternate type=application/rss+xml href=/tom.rss>"
        b"<link rel=alternate type=application/rss+xml href=http://169.254.169.254/rss>"
        b"<script>'<link rel=alternate type=application/rss+xml href=/script.rss>'</script></head><body>hei</body></html>"
    )
    url = server.at("/", body=page, Content_Type="text/html")
    with client() as asking:
        found = sources.discover(asking, url, NOW)
    assert [(f.url.removeprefix(server.url), f.kind, f.title, f.entries) for f in found] == [
        ("/siste.rss", "feed", "Siste & største", 1),
        ("/nyheter-news.xml", "sitemap", "", 2),
    ]
    assert "/hemmelig/atom" not in asked(server) and "/script.rss" not in asked(server)


def test_where_feeds_usually_lie(server: Server) -> None:
    def missing(request: object) -> None:
        request.reply(404)  # type: ignore[attr-defined]

    for path in ("/feed", "/rss", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json", "/news-sitemap.xml"):
        server.answers[path] = missing
    for path in ("/sitemap-news.xml", "/sitemap_news.xml"):
        server.answers[path] = missing
    server.at("/rss.xml", body=RSS)
    url = server.at("/", body=b"<html><body>hei</body></html>")
    with client() as asking:
        assert [f.url for f in sources.discover(asking, url, NOW)] == [server.url + "/rss.xml"]
    assert "/feed.xml" not in asked(server)  # one was enough


# --- OPML and the command ---

OPML = """<?xml version="1.0"?><opml version="1.0"><body>
<outline text="Aviser"><outline type="rss" text="Bærums avis: 24 &amp; mer" xmlUrl="https://baerum.example/rss"/>
<outline text="Bærums avis" xmlUrl="http://baerum.example/rss/"/></outline>
<outline text="No" xmlUrl="https://no.example/feed?a=&quot;b&quot;"/><outline text="fil" xmlUrl="file:///etc/passwd"/>
<outline text="Kjent" xmlUrl="https://kjent.example/rss"/></body></opml>"""
SOURCES = """
# Hvor vi leter
sources:   # liste
  - id: kjent          # den første
    kind: feed
    url: "https://kjent.example/rss"   # står her

# Mottakere
recipients: []
"""


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["sources", *arguments])
    assert result.exit_code == code, result.output + repr(result.exception)
    return result.stdout


def brand_file(folder: Path, tail: str = SOURCES) -> Path:
    path = folder / "brand.yaml"
    path.write_text(BRAND + tail, encoding="utf-8")
    (folder / "list.opml").write_text(OPML, encoding="utf-8")
    return path


def test_import_prints_what_can_be_pasted(tmp_path: Path) -> None:
    brand = brand_file(tmp_path)
    printed = run("import", str(tmp_path / "list.opml"), "--brand", str(brand))
    assert [(s["id"], s["url"]) for s in yaml.safe_load(printed)] == [
        ("baerums-avis-24-mer", "https://baerum.example/rss"),
        ("source-no", 'https://no.example/feed?a="b"'),
    ]
    assert brand.read_text(encoding="utf-8") == BRAND + SOURCES


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_import_writes_and_leaves_every_other_byte(tmp_path: Path, newline: str) -> None:
    brand = brand_file(tmp_path)
    before = (BRAND + SOURCES).replace("\n", newline)
    brand.write_bytes(before.encode())
    for _ in range(2):  # a second time there is nothing left to add
        run("import", str(tmp_path / "list.opml"), "--write", "--brand", str(brand))
    after = brand.read_bytes().decode()
    head, added, tail = after.partition("  - {id: baerums")
    assert added and head + tail[tail.index("# Mottakere") - len(newline) :] == before
    assert [s["id"] for s in yaml.safe_load(after)["sources"]] == [
        "kjent",
        "baerums-avis-24-mer",
        "source-no",
    ]
    assert list(tmp_path.glob(".brand*")) == []


@pytest.mark.parametrize(
    "tail", ["", "x-note: 1", "sources:\n- {id: a, kind: feed, url: 'https://a.example/rss'}"]
)
def test_import_writes_into_other_shapes(tmp_path: Path, tail: str) -> None:
    brand = brand_file(tmp_path, tail)
    run("import", str(tmp_path / "list.opml"), "--write", "--brand", str(brand))
    after = brand.read_text(encoding="utf-8")
    assert after.startswith(BRAND + tail) and len(yaml.safe_load(after)["sources"]) == 3 + ("kind" in tail)


def test_import_refuses_what_it_would_spoil(tmp_path: Path) -> None:
    brand = brand_file(tmp_path, "sources: [{id: a, kind: feed, url: 'https://a.example/rss'}]\n")
    before = brand.read_bytes()
    run("import", str(tmp_path / "list.opml"), "--write", "--brand", str(brand), code=1)
    (tmp_path / "list.opml").write_text("<html></html>")
    run("import", str(tmp_path / "list.opml"), "--brand", str(brand), code=1)
    assert brand.read_bytes() == before


def test_what_is_exported_can_be_imported(tmp_path: Path) -> None:
    told = run("export", "--brand", str(brand_file(tmp_path)))
    assert [tuple(s) for s in sources.read_opml(told.encode())[0]] == [("https://kjent.example/rss", "kjent")]


def test_discover_prints_what_can_be_pasted(tmp_path: Path, server: Server) -> None:
    brand = brand_file(tmp_path, "http: {allow_private: [127.0.0.1]}\n")
    url = server.at("/min.rss", body=RSS)
    assert yaml.safe_load(run("discover", url, "--brand", str(brand)))[0]["url"] == url
    run("discover", server.at("/tom", body=b"<html></html>"), "--brand", str(brand), code=1)
