"""The short way through an ordinary feed: RSS 2.0 or Atom that uses only what is understood here.

feedparser knows every dialect, and takes more of the processor's time than all our other work on an entry. Most
feeds need none of that: ``plain`` reads them with the parser in C, gives what feedparser would have given, and returns
None as soon as it meets anything it has not been taught (an element, an attribute, a second title, a relative link, an
e-mail address for an author, ...). Then feedparser reads the document. tests/test_feedplain.py and
bench/check_corpus.py compare the two.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin
from xml.etree import ElementTree

_ATOM = "{http://www.w3.org/2005/Atom}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_SLASH = "{http://purl.org/rss/1.0/modules/slash/}"
_SYNDICATION = "{http://purl.org/rss/1.0/modules/syndication/}"
_WFW = "{http://wellformedweb.org/CommentAPI/}"
_WORDPRESS = "{com-wordpress:feed-additions:1}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ABSOLUTE = re.compile(r"https?://[^\s/&][^\s&;]*(?:&[^\s;]*)?$", re.IGNORECASE)
_NAMED = re.compile(r"(?:tag|urn):\S+$|https?://[^\s/]\S*$", re.IGNORECASE)
_TYPES = frozenset((None, "text", "html", "text/html", "text/plain"))

# What an element becomes; "" = it says nothing that is kept.
_RSS_ITEM = {
    "title": "title",
    "link": "link",
    "guid": "guid",
    "description": "summary",
    f"{_CONTENT}encoded": "content",
    "pubDate": "published",
    "author": "author",
    f"{_DC}creator": "author",
    f"{_DC}date": "updated",
    **dict.fromkeys(("category", "enclosure", "comments", f"{_MEDIA}thumbnail", f"{_MEDIA}content"), ""),
    **dict.fromkeys((f"{_SLASH}comments", f"{_WFW}commentRss", f"{_WORDPRESS}post-id"), ""),
}
_ATOM_ENTRY = {
    f"{_ATOM}{name}": name
    for name in ("title", "id", "summary", "content", "published", "updated", "author", "link")
} | {f"{_ATOM}category": "", f"{_MEDIA}thumbnail": ""}
_RSS_CHANNEL = frozenset(
    {
        *(
            "title",
            "description",
            "category",
            "cloud",
            "lastBuildDate",
            "pubDate",
            "generator",
            "ttl",
            "copyright",
        ),
        *("docs", "managingEditor", "webMaster"),
        *(f"{_SYNDICATION}updatePeriod", f"{_SYNDICATION}updateFrequency", f"{_WORDPRESS}site"),
    }
)
_RSS_IMAGE = frozenset(("url", "title", "link", "width", "height", "description"))
_ATOM_FEED = frozenset(
    f"{_ATOM}{name}" for name in ("title", "subtitle", "id", "updated", "rights", "icon", "logo")
)

# C1 control characters are windows-1252 that somebody declared to be Latin 1.
_CP1252 = {n: c for n in range(128, 160) if (c := bytes([n]).decode("cp1252", "replace")) != "\ufffd"}
_C1 = re.compile("[\x80-\x9f]")


@dataclass(frozen=True, slots=True)
class PlainEntry:
    """Strings as feedparser has them: HTML not yet text, dates as written."""

    title: str
    link: str
    guid: str
    html: str
    author: str
    published: str


@dataclass(frozen=True, slots=True)
class PlainFeed:
    home: str  # its own link, not yet absolute
    lang: str
    entries: tuple[PlainEntry, ...]


class _Odd(Exception):
    """Something this module has not been taught."""


def plain(xml: bytes, url: str) -> PlainFeed | None:
    """``xml`` is well-formed UTF-8 that passed ``_feedbytes.examine``; None = feedparser is to read it."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        return None
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314 - examined for bombs before, and without a document type
        if root.tag == "rss":
            return _rss(root, url)
        return _atom(root, url) if root.tag == f"{_ATOM}feed" else None
    except (ElementTree.ParseError, _Odd, ValueError):
        return None


# --- RSS 2.0 ------------------------------------------------------------------------------------------------


def _rss(root: ElementTree.Element, url: str) -> PlainFeed:
    _only(root, {"version"})
    if len(root) != 1 or root[0].tag != "channel" or root.get("version") != "2.0":
        raise _Odd
    channel = root[0]
    _only(channel, ())
    found: dict[str, str] = {}
    entries = []
    for child in channel:
        if child.tag == "item":
            entries.append(_item(child, url))
        elif child.tag in ("link", "language"):
            _once(found, child.tag, _leaf(child))
        elif child.tag == f"{_ATOM}link":
            if child.get("rel") not in ("self", "hub") or "href" not in child.attrib:
                raise _Odd
        elif child.tag == "image":
            if any(part.tag not in _RSS_IMAGE or len(part) or part.attrib for part in child):
                raise _Odd
        elif child.tag not in _RSS_CHANNEL or len(child):
            raise _Odd
    return PlainFeed(found.get("link", ""), found.get("language", ""), tuple(entries))


def _item(item: ElementTree.Element, url: str) -> PlainEntry:
    _only(item, ())
    found: dict[str, str] = {}
    for child in item:
        name = _RSS_ITEM.get(child.tag)
        if name is None or len(child):
            raise _Odd
        if name == "guid":
            _only(child, {"isPermaLink"})
            guid = _repaired(child.text)
            if child.get("isPermaLink", "true") == "true":
                guid = _joined(url, guid, _ABSOLUTE)
            _once(found, name, guid)
        elif name:
            _only(child, ())
            _once(found, name, _repaired(child.text))
    return _entry(found, url)


# --- Atom ---------------------------------------------------------------------------------------------------


def _atom(root: ElementTree.Element, url: str) -> PlainFeed:
    _only(root, {_LANG})
    home = ""
    entries = []
    for child in root:
        if child.tag == f"{_ATOM}entry":
            entries.append(_atom_entry(child, url))
        elif child.tag == f"{_ATOM}link":
            home = _alternate(child) or home
        elif child.tag == f"{_ATOM}author":
            if any(len(part) or part.attrib for part in child):
                raise _Odd
        elif child.tag == f"{_ATOM}generator" and not len(child):
            continue
        elif child.tag not in _ATOM_FEED or len(child) or child.attrib.keys() - {"type"}:
            raise _Odd
    if not home:
        raise _Odd  # feedparser makes one of the id
    return PlainFeed(home, root.get(_LANG, ""), tuple(entries))


def _atom_entry(entry: ElementTree.Element, url: str) -> PlainEntry:
    _only(entry, ())
    found: dict[str, str] = {}
    for child in entry:
        name = _ATOM_ENTRY.get(child.tag)
        if name is None or (len(child) and name != "author"):
            raise _Odd
        if name == "link":
            if link := _alternate(child):
                _once(found, name, link)
        elif name == "author":
            _once(found, name, _author(child))
        elif name == "id":
            _only(child, ())
            _once(found, "guid", _joined(url, _repaired(child.text), _NAMED))
        elif name:
            typed = name in ("title", "summary", "content")
            _only(child, {"type"} if typed else ())
            if child.get("type") not in _TYPES:
                raise _Odd
            _once(found, name, _repaired(child.text))
    return _entry(found, url)


def _alternate(link: ElementTree.Element) -> str:
    """The address when this is the link to the page itself, else ""."""
    _only(link, {"rel", "type", "href", "title", "hreflang", "length"})
    if "href" not in link.attrib:
        raise _Odd
    page = link.get("rel", "alternate") == "alternate" and link.get("type", "text/html") == "text/html"
    if not page and link.get("rel", "alternate").lower() == "alternate":
        raise _Odd  # a page in another type: whether it counts is a question for feedparser
    return link.attrib["href"] if page else ""


def _author(author: ElementTree.Element) -> str:
    _only(author, ())
    names = [_repaired(part.text) for part in author if part.tag == f"{_ATOM}name"]
    known = all(
        part.tag in (f"{_ATOM}name", f"{_ATOM}uri", f"{_ATOM}email") and not len(part) and not part.attrib
        for part in author
    )
    if not known or len(names) != 1 or not names[0]:
        raise _Odd
    return names[0]


# --- both ---------------------------------------------------------------------------------------------------


def _entry(found: Mapping[str, str], url: str) -> PlainEntry:
    author = found.get("author")
    if author is not None and (not author or "@" in author):
        raise _Odd  # an address is taken apart
    return PlainEntry(
        found.get("title", ""),
        _joined(url, found.get("link", ""), _ABSOLUTE),
        found.get("guid", ""),
        found.get("content", "") or found.get("summary", ""),
        author or "",
        found.get("published", "") or found.get("updated", ""),
    )


def _only(element: ElementTree.Element, attributes: frozenset[str] | set[str] | tuple[()]) -> None:
    if element.attrib and element.attrib.keys() - set(attributes):
        raise _Odd


def _once(found: dict[str, str], name: str, value: str) -> None:
    if name in found:
        raise _Odd
    found[name] = value


def _leaf(element: ElementTree.Element) -> str:
    if len(element) or element.attrib:
        raise _Odd
    return _repaired(element.text)


def _joined(base: str, link: str, shape: re.Pattern[str]) -> str:
    if not shape.match(link):
        raise _Odd
    return urljoin(base, link)


def _repaired(text: str | None) -> str:
    """Without the blanks around it; UTF-8 that was read as Latin 1 and written as UTF-8 once more is undone."""
    if not text:
        return ""
    text = text.strip()
    if text.isascii():
        return text
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return text.translate(_CP1252) if _C1.search(text) else text
