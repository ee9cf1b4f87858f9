"""A feed's bytes -> its entries as plain values, whatever the dialect: RSS 0.9x-2.0, RDF, Atom, JSON Feed.

feedparser reads the XML ones, without its HTML sanitiser: HTML becomes text here, so nothing is left to sanitise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import feedparser

from monitor import html, text
from monitor.errors import SourceError
from monitor.sources._feedbytes import MAX_ITEMS, Document, decode, examine, root_name
from monitor.sources._feedkeys import Entry, web_link
from monitor.sources._feedplain import PlainEntry, PlainFeed, plain

MAX_TITLE = 500
MAX_TEXT = 50_000
MAX_AUTHOR = 200
MAX_GUID = 1_000
_FEEDS = frozenset(("rss", "rdf", "feed", "channel"))
_PAGES = frozenset(("html", "head", "body", "title", "meta", "script", "div"))
_INNER = re.compile(r"<((?:\w{1,20}:)?(?:feed|rss|RDF))[\s>]")
_HALF = re.compile("[\ud800-\udfff]")  # half surrogates, which no encoder takes
_LANG = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{2,8})*$", re.IGNORECASE)
# Words no English text uses by the dozen: many a Norwegian site leaves its software's "en-US" in the feed.
_NORWEGIAN = frozenset(("og", "ikke", "det", "som", "på", "er", "av", "til", "med", "har", "ble", "fra"))


@dataclass(frozen=True, slots=True)
class Feed:
    entries: tuple[Entry, ...]
    home: str = ""  # the feed's own link
    lang: str | None = None
    dropped: int = 0
    warnings: tuple[str, ...] = ()


def parse(body: bytes, url: str = "", content_type: str = "") -> Feed:
    """``url`` is what relative links start from when the feed does not say.

    Raises SourceError: kind empty, html (a page, with whatever status), parse, hostile.
    """
    if not body.strip(b"\x00 \t\r\n"):
        raise SourceError("the answer is empty", kind="empty")
    content = decode(body, content_type)
    if content[:1] in ("{", "["):
        return _json(content, url)
    root = root_name(content)
    if root in _PAGES:
        content = _inside(content)
    if not root and content[:1] != "<":
        raise SourceError("this is neither XML nor JSON", kind="parse")
    document = examine(content)
    ordinary = plain(document.xml, url) if document.well_formed and not document.cut_off else None
    return _plain(ordinary, url) if ordinary and ordinary.entries else _xml(document, url)


def _inside(page: str) -> str:
    """The feed that a page is wrapped around: some systems send Atom in a skeleton of HTML."""
    start = _INNER.search(page)
    end = page.rfind(f"</{start.group(1)}") if start else -1
    if start is None or end < start.start():
        raise SourceError("this is a web page, not a feed (a consent or log-in page?)", kind="html")
    return f"{page[start.start() : end]}</{start.group(1)}>"


# --- RSS, RDF, Atom -----------------------------------------------------------------------------------------


def _xml(document: Document, url: str) -> Feed:
    try:
        parsed = feedparser.parse(
            # Without a declaration the charset of the header counts.
            _Bytes(document.xml),
            response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # feedparser promises no particular set
        raise SourceError(
            f"the feed cannot be read ({type(error).__name__}: {error})"[:200], kind="parse"
        ) from error
    if not parsed.entries:
        if not document.well_formed:
            raise SourceError("broken XML, and no entry could be read from it", kind="parse")
        if document.root not in _FEEDS:
            raise SourceError(f"<{document.root[:40]}> is not a feed", kind="parse")
    home = web_link(urljoin(url, _string(parsed.feed.get("link"))))
    lang = language(_string(parsed.feed.get("language")))
    made = [_entry(e, url or home, lang) for e in parsed.entries]
    warnings = [] if document.well_formed else ["the XML is broken; entries may be missing"]
    if document.cut_off:
        warnings.append(f"too long: the last {document.cut_off:,} entries were left out")
    return _feed(made, home, lang, document.cut_off, warnings)


def _plain(feed: PlainFeed, url: str) -> Feed:
    home = web_link(urljoin(url, feed.home))
    lang = language(feed.lang)
    return _feed([_plain_entry(e, url or home, lang) for e in feed.entries], home, lang, 0, [])


def _plain_entry(entry: PlainEntry, base: str, lang: str | None) -> Entry:
    return Entry(
        title=one_line(html.to_text(entry.title), MAX_TITLE),
        text=text.clean(html.to_text(entry.html), MAX_TEXT),
        link=web_link(urljoin(base, entry.link)),
        guid=one_line(entry.guid, MAX_GUID),
        author=one_line(html.to_text(entry.author[:2_000]), MAX_AUTHOR),
        published=entry.published,
        lang=lang,
    )


class _Bytes:
    """feedparser would try to open plain bytes as a file name first."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self) -> bytes:
        return self._data


def _entry(entry: Mapping[str, Any], base: str, lang: str | None) -> Entry:
    title = _mapping(entry.get("title_detail"))
    content = next(
        (c for c in _list(entry.get("content")) if _string(_mapping(c).get("value")).strip()), None
    )
    body = _body(_mapping(content)) if content else ""
    if not body:
        body = _body(_mapping(entry.get("summary_detail"))) or _body({"value": entry.get("summary")})
    author = _string(_mapping(entry.get("author_detail")).get("name")) or _string(entry.get("author"))
    guid = _string(entry.get("id"))
    # FeedBurner replaces links by counters and keeps the real one here.
    link = _string(entry.get("feedburner_origlink")) or _string(entry.get("link"))
    return Entry(
        title=one_line(html.to_text(_string(title.get("value")) or _string(entry.get("title"))), MAX_TITLE),
        text=body,
        link=web_link(urljoin(base, link.strip())) if link else "",
        guid=one_line(guid, MAX_GUID),
        author=one_line(html.to_text(author[:2_000]), MAX_AUTHOR),
        published=_string(entry.get("published") or entry.get("updated") or entry.get("created")),
        lang=language(_string(title.get("language"))) or lang,
    )


def _body(detail: Mapping[str, Any]) -> str:
    value = _string(detail.get("value"))
    return text.clean(html.to_text(value), MAX_TEXT)


# --- JSON Feed ----------------------------------------------------------------------------------------------


def _json(content: str, url: str) -> Feed:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"broken JSON ({type(error).__name__}: {error})"[:200], kind="parse") from error
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise SourceError("this JSON is not a JSON Feed: it has no list of items", kind="parse")
    home = web_link(urljoin(url, _string(document.get("home_page_url"))))
    lang = language(_string(document.get("language")))
    made = [_json_entry(i, url or home, lang) for i in items[:MAX_ITEMS] if isinstance(i, dict)]
    unusable = sum(not isinstance(i, dict) for i in items[:MAX_ITEMS])
    cut_off = max(0, len(items) - MAX_ITEMS)
    warnings = [f"{unusable} items are not objects"] if unusable else []
    if cut_off:
        warnings.append(f"too long: the last {cut_off:,} entries were left out")
    return _feed(made, home, lang, unusable + cut_off, warnings)


def _json_entry(item: Mapping[str, Any], base: str, lang: str | None) -> Entry:
    body = html.to_text(_string(item.get("content_html")))
    body = body or _string(item.get("content_text")) or html.to_text(_string(item.get("summary")))
    authors = _list(item.get("authors")) or [item.get("author")]
    names = [_string(_mapping(a).get("name"))[:2_000] for a in authors[:5]]
    link = _string(item.get("url")) or _string(item.get("external_url"))
    return Entry(
        title=one_line(html.to_text(_string(item.get("title"))), MAX_TITLE),
        text=text.clean(body, MAX_TEXT),
        link=web_link(urljoin(base, link.strip())) if link else "",
        guid=one_line(_string(item.get("id")), MAX_GUID),
        author=one_line(html.to_text(", ".join(names))[: MAX_AUTHOR * 4], MAX_AUTHOR),
        published=_string(item.get("date_published") or item.get("date_modified")),
        lang=language(_string(item.get("language"))) or lang,
    )


# --- both ---------------------------------------------------------------------------------------------------


def _feed(made: list[Entry], home: str, lang: str | None, dropped: int, warnings: list[str]) -> Feed:
    entries = tuple(e for e in made if e.title or e.text)
    silent = len(made) - len(entries)
    if silent:
        warnings.append(f"entries without a title and a text: {silent}")
    return Feed(entries, home, lang, dropped + silent, tuple(warnings))


def language(tag: str) -> str | None:
    """The primary subtag, lower case; None when this is no language tag."""
    match = _LANG.match(tag.strip()[:35])
    return match.group(1).lower() if match else None


def believed_language(lang: str | None, words: str) -> str | None:
    """None for a text that calls itself English and is Scandinavian."""
    if lang == "en" and sum(w in _NORWEGIAN for w in words[:2_000].lower().split()) >= 3:
        return None
    return lang


def one_line(value: str, limit: int) -> str:
    return text.clean(" ".join(value[: limit * 4].split()), limit)


def _string(value: object) -> str:
    if isinstance(value, str):
        return value if value.isascii() else _HALF.sub("", value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
