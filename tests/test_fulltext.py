"""Article pages behind teasers: read politely and once, kept when the teaser comes again, and never needed."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.components import mention_card
from dashboard.language import Texts
from dashboard.safe import EXCERPT_LIMIT
from monitor import http, readmodel, sources
from monitor.errors import ConfigError
from monitor.pipeline import Monitor
from monitor.readmodel import MentionFilter, MentionRow
from monitor.sources import _fulltext
from monitor.types import Fetched, FetchState, SearchTerms, Source, SourceSpec
from tests.conftest import BRAND
from tests.webserver import Request, Server, serving

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ARTICLE = [
    "Fjordbanken legger ned kontoret i Vik fra nyttår, og de fire ansatte får tilbud om jobb i Sogndal.",
    "Ordføreren mener at banken bryter et løfte. «De sa at de skulle bli», sier hun, og viser til et brev fra 2024.",
    "Banksjefen svarer at bare tre kunder i uka var innom, og at nettbanken står åpen hele døgnet for dem som vil.",
]
needs_extra = pytest.mark.skipif(
    importlib.util.find_spec("trafilatura") is None, reason="the extra `fulltext` is not installed"
)


def page(*paragraphs: str, head: str = "") -> bytes:
    told = "".join(f"<p>{p}</p>" for p in paragraphs)
    return (
        f"<!DOCTYPE html><html lang=nb><head><meta charset=utf-8><title>Sak</title>{head}</head><body>"
        "<nav><a href=/>Forsiden</a> <a href=/sport>Sport</a></nav><div class=cookie>Vi bruker kapsler</div>"
        f"<article><h1>Legger ned i Vik</h1>{told}</article>"
        "<footer>Ansvarlig redaktør: Ola Fjell. Kopiering ikke tillatt.</footer><script>alert(1)</script></body></html>"
    ).encode()


def rss(url: str, count: int = 1, teaser: str = "Banken flytter.") -> bytes:
    items = "".join(
        f"<item><title>Sak {n}</title><link>{url}/sak/{n}</link><description>{teaser}</description></item>"
        for n in range(count)
    )
    return f"<rss version='2.0'><channel><title>t</title><link>{url}/</link>{items}</channel></rss>".encode()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        running.at("/robots.txt", 404)
        running.at("/rss", body=rss(running.url), ETag='"1"')
        running.at("/sak/0", body=page(*ARTICLE), Content_Type="text/html")
        yield running


def source(server: Server, full_text: object = True, terms: SearchTerms = SearchTerms()) -> Source:
    spec = SourceSpec("avis", "feed", server.url + "/rss", options={"full_text": full_text}, terms=terms)
    return sources.build(spec, http.Client(allow_private=["127.0.0.1"]), Path())


def poll(server: Server, state: FetchState = FetchState(), **more: object) -> Fetched:
    return source(server, **more).fetch(state, NOW)  # type: ignore[arg-type]


def pages(server: Server) -> list[str]:
    return [path for path, _, _ in server.seen if path.startswith("/sak")]


@needs_extra
def test_the_article_takes_the_place_of_the_teaser(server: Server) -> None:
    [mention] = poll(server).mentions
    assert all(paragraph in mention.text for paragraph in ARTICLE)
    for other in ("kapsler", "Forsiden", "alert", "Kopiering"):
        assert other not in mention.text
    assert mention.title == "Sak 0" and mention.url == server.url + "/sak/0"


@needs_extra
def test_a_teaser_seen_again_neither_replaces_the_article_nor_fetches_it_again(server: Server) -> None:
    first = poll(server)
    assert poll(server, first.state).mentions == () and pages(server) == ["/sak/0"]
    server.at("/rss", body=rss(server.url, 2))
    server.at("/sak/1", body=page(*ARTICLE[::-1]), Content_Type="text/html")
    second = poll(server, first.state)
    assert [m.title for m in second.mentions] == ["Sak 1"] and pages(server) == ["/sak/0", "/sak/1"]
    server.at("/rss", body=rss(server.url, 2, teaser="Rettet: Banken blir."))
    assert len(poll(server, second.state).mentions) == 2 and len(pages(server)) == 4


@needs_extra
def test_so_many_pages_a_poll_and_the_rest_later(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_fulltext, "MAX_PAGES", 3)
    body = rss(server.url, 7)

    def feed(request: Request) -> None:
        same = request.headers.get("If-None-Match") == '"7"'
        request.reply(304 if same else 200, b"" if same else body, ETag='"7"')

    server.answers["/rss"] = feed
    for n in range(7):
        server.at(f"/sak/{n}", body=page(*ARTICLE, f"Nummer {n}."), Content_Type="text/html")
    state, texts = FetchState(), {}
    for expected in (3, 6, 7):
        fetched = poll(server, state)
        state = fetched.state
        texts |= {m.title: m.text for m in fetched.mentions}
        assert len(pages(server)) == expected
    assert all("Ordføreren" in text for text in texts.values()) and len(texts) == 7
    assert poll(server, state).unchanged and len(pages(server)) == 7


@needs_extra
def test_only_what_names_us_when_that_is_asked(server: Server) -> None:
    terms = SearchTerms(names=("Fjordbanken",), people=("Kari Nordvik",))
    assert poll(server, full_text="named", terms=terms).mentions[0].text == "Banken flytter."
    assert pages(server) == []
    server.at("/rss", body=rss(server.url, 1, teaser="KARI NORDVIK svarer."))
    assert "Ordføreren" in poll(server, full_text="named", terms=terms).mentions[0].text


@needs_extra
@pytest.mark.parametrize(
    ("answer", "reason", "polls"),
    [
        ({"status": 404}, "HTTP 404", 1),
        ({"status": 410}, "gone for good", 1),
        ({"status": 503}, "HTTP 503", 3),
        ({"body": b"%PDF-1.7", "Content_Type": "application/pdf"}, "no web page", 1),
        ({"body": page("Kort."), "Content_Type": "text/html"}, "no more than the teaser", 1),
        ({"body": b"<" * 1_500_000, "Content_Type": "text/html"}, "no more than the teaser", 1),
        ({"body": page(*ARTICLE) + b" " * 2_000_000, "Content_Type": "text/html"}, "more than 2,000,000", 1),
        ({"status": 302, "Location": "http://169.254.169.254/latest/"}, "not a public address", 1),
        ({"status": 302, "Location": "/"}, "front page", 1),
        ({"body": page(*ARTICLE), "Content_Type": "text/html", "TDM_Reservation": "1"}, "reserved", 1),
        (
            {
                "body": page(*ARTICLE, head="<meta name=TDM-reservation content=1>"),
                "Content_Type": "text/html",
            },
            "reserved",
            1,
        ),
    ],
)
def test_a_page_that_fails_leaves_the_teaser(
    server: Server, answer: dict[str, object], reason: str, polls: int
) -> None:
    server.at("/", body=page(*ARTICLE), Content_Type="text/html")
    server.at("/sak/0", **answer)  # type: ignore[arg-type]
    state = FetchState()
    for n in range(polls + 2):
        if n >= polls:  # given up: even a feed that sends all again asks for no page
            server.at("/rss", body=rss(server.url) + b"<!-- %d -->" % n)
        fetched = poll(server, state)
        state = fetched.state
        assert [m.text for m in fetched.mentions] == ["Banken flytter."] and not state.retired
        assert ("1 of 1 pages" in "".join(fetched.warnings) and reason in fetched.warnings[0]) is (n < polls)
    assert len(pages(server)) == polls


@needs_extra
def test_robots_are_obeyed(server: Server) -> None:
    server.at("/robots.txt", body=b"User-agent: *\nAllow: /\nDisallow: /*/0$")
    fetched = poll(server)
    assert fetched.mentions[0].text == "Banken flytter." and "robots.txt" in fetched.warnings[0]
    assert pages(server) == []


@needs_extra
def test_an_entry_that_brings_its_own_text_is_left_alone(server: Server) -> None:
    server.at("/rss", body=rss(server.url, 1, teaser="Hele saken står her. " * 80))
    assert len(poll(server).mentions[0].text) > 1_000 and pages(server) == []


@needs_extra
def test_what_the_page_says_of_its_encoding_is_believed(server: Server) -> None:
    old = page(*ARTICLE).decode().replace("utf-8", "iso-8859-1").encode("iso-8859-1")
    server.at("/sak/0", body=old, Content_Type="text/html")
    assert ARTICLE[0] in poll(server).mentions[0].text


def test_without_it_no_page_is_asked_for(server: Server) -> None:
    assert poll(server, full_text=False).mentions[0].text == "Banken flytter."
    assert [path for path, _, _ in server.seen] == ["/rss"]


def test_wrong_options_and_a_missing_package_are_told(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="neither true, false nor named"):
        source(server, full_text="yes")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"omdomme\[fulltext\]"):
        source(server)


def test_pages_show_a_short_quote_of_an_article_and_a_link_to_it() -> None:
    row = MentionRow(
        id="1", title="Sak", text="Ord for ord av avisa. " * 200, url="https://avis.example/sak/1", author="",
        voice="third_party", source="avis", source_type="news", lang="nb", published_at=NOW, dated=True, seen_at=NOW,
        story="1", copies=1, verdicts=(), conflict=None, conflict_score=None,
    )  # fmt: skip
    texts = Texts("nb", "UTC")
    quoted = str(mention_card(row, texts, quote_only=True))
    assert "<details" not in quoted and 'href="https://avis.example/sak/1"' in quoted
    assert quoted.count("Ord for ord") <= EXCERPT_LIMIT // 20
    assert "<details" in str(mention_card(row, texts))


@needs_extra
def test_in_the_store_an_article_replaces_its_teaser_and_stays(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_fulltext, "MAX_PAGES", 1)
    server.at("/rss", body=rss(server.url, 2))
    server.at("/sak/1", body=page(*ARTICLE[::-1]), Content_Type="text/html")
    told = f"{{id: avis, kind: feed, url: '{server.url}/rss', full_text: true}}"
    brand = tmp_path / "brand.yaml"
    brand.write_text(f"{BRAND}\nhttp: {{allow_private: [127.0.0.1]}}\nsources: [{told}]\n", encoding="utf-8")
    monitor = Monitor.open(brand)
    counts = [monitor.collect().counts for _ in range(3)]
    assert [(c.new, c.edited) for c in counts] == [(2, 0), (0, 1), (0, 0)]
    wanted = MentionFilter(
        datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC), relevant_only=False
    )
    found = readmodel.mentions(monitor.config.settings.database, wanted)
    assert len(found) == 2 and all("Ordføreren" in row.text for row in found)
