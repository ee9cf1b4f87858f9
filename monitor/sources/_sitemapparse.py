"""The bytes of a sitemap -> its news entries, or the parts it lists. XML passes the same guards as that of feeds.

https://www.sitemaps.org/protocol.html, and Google's extension for news: only entries that carry a news title are
entries here; a bare list of addresses says nothing about what stands behind them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin
from xml.etree import ElementTree

from monitor import html
from monitor.errors import SourceError
from monitor.http.limits import Expander
from monitor.sources._feedbytes import decode, examine, root_name
from monitor.sources._feedkeys import Entry, web_link
from monitor.sources._feedparse import MAX_TITLE, Feed, language, one_line, parse

MAX_UNPACKED = 10_000_000  # bytes
_ENTRIES = frozenset(("url", "sitemap"))


@dataclass(frozen=True, slots=True)
class Part:
    """One sitemap of an index; ``changed`` as it says itself, or ""."""

    address: str
    changed: str


def read(body: bytes, url: str, content_type: str = "") -> Feed | tuple[Part, ...]:
    """Raises SourceError: kind empty, html, parse, hostile, too_large."""
    if body.startswith(b"\x1f\x8b"):
        unpack = Expander(url, "gzip", MAX_UNPACKED)
        body = unpack(body)
        unpack.finish()
    content = decode(body, content_type)
    if root_name(content) not in ("urlset", "sitemapindex"):
        return parse(
            body, url, content_type
        )  # a feed may stand in for a sitemap; its errors name what it is instead
    document = examine(content, _ENTRIES)
    if not document.well_formed:
        raise SourceError("the sitemap is broken XML", kind="parse")
    # Entities that could grow were refused above.
    root = ElementTree.fromstring(document.xml)  # noqa: S314
    if document.root == "sitemapindex":
        return tuple(part for part in (_part(one, url) for one in _named(root, "sitemap")) if part.address)
    listed = list(_named(root, "url"))
    entries = tuple(entry for entry in (_entry(one, url) for one in listed) if entry is not None)
    bare = len(listed) - len(entries)
    warnings = [f"addresses without a news title, which say nothing: {bare:,}"] if bare else []
    if document.cut_off:
        warnings.append(f"too long: the last {document.cut_off:,} entries were left out")
    return Feed(entries, dropped=bare + document.cut_off, warnings=tuple(warnings))


def _part(element: ElementTree.Element, base: str) -> Part:
    return Part(web_link(urljoin(base, _text(element, "loc"))), one_line(_text(element, "lastmod"), 40))


def _entry(element: ElementTree.Element, base: str) -> Entry | None:
    news = next(_named(element, "news"), None)
    link = web_link(urljoin(base, _text(element, "loc")))
    title = one_line(html.to_text(_text(news, "title")), MAX_TITLE) if news is not None else ""
    if news is None or not title or not link:
        return None
    publication = next(_named(news, "publication"), None)
    return Entry(
        title=title,
        link=link,
        published=_text(news, "publication_date") or _text(element, "lastmod"),
        lang=language(_text(publication, "language")) if publication is not None else None,
    )


def _named(element: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """Children by local name: many a sitemap has the wrong namespace."""
    return (child for child in element if child.tag.rpartition("}")[2] == name)


def _text(element: ElementTree.Element, name: str) -> str:
    found = next(_named(element, name), None)
    return "".join(found.itertext()).strip() if found is not None else ""
