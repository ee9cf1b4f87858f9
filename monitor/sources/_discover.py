"""The feeds and news sitemaps of a site: what its page announces, else where such things usually lie.

Every address is asked as a page is: robots.txt is obeyed and hosts are given their time. What is found was read once:
nothing is guessed into the result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from monitor import html, http
from monitor.errors import Refused, SourceError
from monitor.sources._feedbytes import decode, root_name
from monitor.sources._feeddates import believable
from monitor.sources._feedkeys import web_link
from monitor.sources._feedparse import Feed, one_line, parse
from monitor.sources._sitemapparse import read

MAX_ASKED = 16  # addresses beside the page itself
_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_FEEDS = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json")
_SITEMAPS = ("/sitemap-news.xml", "/news-sitemap.xml", "/sitemap_news.xml")
_ACCEPT = "text/html, application/xhtml+xml;q=0.9, " + http.ACCEPT


@dataclass(frozen=True, slots=True)
class Found:
    """``kind`` is that of a source: feed or sitemap. ``newest`` = the date of its newest entry that has one."""

    url: str
    kind: str
    title: str
    entries: int
    newest: datetime | None


def discover(client: http.Client, url: str, now: datetime) -> list[Found]:
    """Raises SourceError when the page itself cannot be asked."""
    page = client.get(url, accept=_ACCEPT, robots=True)
    content_type = page.headers.get("content-type", "")
    own = _found(page.url, "feed", "", page.body, content_type, now)
    if own is not None:
        return [own]
    announced = list(_announced(decode(page.body, content_type), page.url))
    usual = [(urljoin(page.url, path), "feed", "") for path in _FEEDS] if not announced else []
    asked: set[str] = {page.url}
    out: list[Found] = []
    for address, kind, title in (*announced, *usual, *_sitemaps(client, page.url)):
        if address in asked or len(asked) > MAX_ASKED:
            continue
        asked.add(address)
        try:
            answer = client.get(address, robots=True)
        except SourceError:
            continue
        found = _found(answer.url, kind, title, answer.body, answer.headers.get("content-type", ""), now)
        if found is not None and found.url not in {one.url for one in out}:
            out.append(found)
            if usual and kind == "feed":
                usual = []
                asked.update(urljoin(page.url, path) for path in _FEEDS)  # one was enough
    return out


def _announced(page: str, base: str) -> Iterator[tuple[str, str, str]]:
    for tag in html.tags(page):
        given = tag.attributes
        if tag.name == "base" and given.get("href"):
            base = urljoin(base, given["href"])
        if tag.name != "link" or "alternate" not in given.get("rel", "").lower().split():
            continue
        if given.get("type", "").partition(";")[0].strip().lower() in _TYPES:
            address = web_link(urljoin(base, given.get("href", "")))
            if address:
                yield address, "feed", one_line(given.get("title", ""), 200)


def _sitemaps(client: http.Client, url: str) -> list[tuple[str, str, str]]:
    """Those the robots.txt names, news first; else the usual addresses."""
    host = urlsplit(url).hostname
    try:
        named = [web_link(urljoin(url, one)) for one in client.rules(url).sitemaps]
    except Refused:
        return []
    named = sorted(
        (a for a in named if a and urlsplit(a).hostname == host), key=lambda a: "news" not in a.lower()
    )
    return [(a, "sitemap", "") for a in (named[:5] or [urljoin(url, path) for path in _SITEMAPS])]


def _found(url: str, kind: str, title: str, body: bytes, content_type: str, now: datetime) -> Found | None:
    """None when this is no feed, or no sitemap with news in it."""
    try:
        if kind == "feed":
            if root_name(decode(body[:20_000], content_type)) == "html":
                return None
            feed = parse(body, url, content_type)
        else:
            read_one = read(body, url, content_type)
            if not isinstance(read_one, Feed):
                # An index: which of its parts are news shows only when they are read, which a source does.
                news = [part for part in read_one if "news" in part.address.lower()]
                return Found(url, "sitemap", title, len(news), None) if news else None
            feed = read_one
    except SourceError:
        return None
    if not feed.entries:
        return None
    dates = [believable(entry.published, now, entry.lang) for entry in feed.entries]
    return Found(url, kind, title, len(feed.entries), max((d for d in dates if d), default=None))
