"""The short way through ordinary feeds gives what feedparser gives, and knows what it does not know."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.feedserver import document
from monitor.errors import SourceError
from monitor.sources import _feedparse
from monitor.sources._feedbytes import decode, examine
from monitor.sources._feedplain import plain

DATA = Path(__file__).parent / "data"
FILES = sorted(f for f in DATA.rglob("*.xml") if "many_attrs" not in f.name and "archive_dump" not in f.name)
URLS = ("", "https://avis.example/feeds/rss.xml")
ITEM = "<item><title>En</title><link>https://a.example/1</link><guid isPermaLink='false'>1</guid>{}</item>"
RSS = "<rss version='2.0'><channel><title>A</title><link>https://a.example/</link>{}</channel></rss>"
DC = "<dc:creator xmlns:dc='http://purl.org/dc/elements/1.1/'>{}</dc:creator>"


def both(body: bytes, url: str) -> tuple[_feedparse.Feed | None, _feedparse.Feed | None]:
    """(the short way, feedparser's); None = not taken, or nothing to read."""
    try:
        document = examine(decode(body))
    except SourceError:
        return None, None
    if not document.well_formed or document.cut_off:
        return None, None
    short = plain(document.xml, url)
    if short is None or not short.entries:
        return None, None
    return _feedparse._plain(short, url), _feedparse._xml(document, url)


@pytest.mark.parametrize("url", URLS)
def test_files_are_read_as_feedparser_reads_them(url: str) -> None:
    taken = 0
    for file in FILES:
        short, whole = both(file.read_bytes(), url)
        assert short == whole, file
        taken += short is not None
    assert taken > 3, "the short way is never taken: the test shows nothing"


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_feeds_of_the_bench_take_the_short_way(n: int) -> None:
    short, whole = both(document(n), "http://127.0.0.1/1")
    assert short is not None and short == whole and len(short.entries) == 20


@pytest.mark.parametrize(
    "inside",
    [
        "<description>&lt;p&gt;Hei &amp;amp; hopp&lt;/p&gt;</description><category>x</category>",
        "<description><![CDATA[<b>Fjord</b>bank]]></description><pubDate>Mon, 07 Sep 2026 08:00:00 GMT</pubDate>",
        "<description>BlÃ¥bÃ¦r og \x93sitat\x94</description>",  # UTF-8 taken for Latin 1; windows-1252
        DC.format("Kari Nordmann"),
        "<description>kort</description><content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
        "&lt;p&gt;lang&lt;/p&gt;</content:encoded>",
        "<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'> </content:encoded>"
        "<description>kort</description>",
        "<!-- en merknad --><description>Før<!-- midt i -->etter</description>",
    ],
)
def test_what_it_takes_it_reads_alike(inside: str) -> None:
    for url in URLS:
        short, whole = both(RSS.format(ITEM.format(inside)).encode(), url)
        assert short is not None and short == whole


@pytest.mark.parametrize(
    "inside",
    [
        "<title>To</title>",
        "<author>kari@avis.example (Kari)</author>",
        "<source url='https://b.example/'>B</source>",
        "<description><b>merket</b></description>",
        "<description xml:lang='en'>x</description>",
        "<description xml:base='https://b.example/'>x</description>",
        "<media:title xmlns:media='http://search.yahoo.com/mrss/'>x</media:title>",
        "<feedburner:origLink xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0'>https://b.example/</feedburner:origLink>",
        "<title xmlns='urn:x'>To</title>",
        f"{DC.format('Kari')}{DC.format('Ola')}",
    ],
)
def test_what_it_has_not_been_taught_it_leaves_to_feedparser(inside: str) -> None:
    assert plain(RSS.format(ITEM.format(inside)).encode(), "") is None


def test_a_document_type_is_left_to_feedparser() -> None:
    assert plain(b"<!DOCTYPE rss>" + RSS.format(ITEM.format("")).encode(), "") is None
    assert plain(RSS.format(ITEM.format("")).replace("https://a.example/1", "/1").encode(), URLS[1]) is None
