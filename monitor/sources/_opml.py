"""Lists of feeds as OPML, the form in which feed readers hand them on. XML passes the same guards as that of feeds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from typing import NamedTuple
from xml.etree import ElementTree

from monitor import text
from monitor.errors import SourceError
from monitor.sources._feedbytes import decode, examine
from monitor.sources._feedkeys import web_link
from monitor.sources._feedparse import one_line


class Subscription(NamedTuple):
    url: str
    title: str = ""


def address_key(url: str) -> str:
    """The same for the spellings of one address: with or without TLS, www and the last slash."""
    return url.casefold().partition("://")[2].removeprefix("www.").rstrip("/")


def read_opml(body: bytes, known: Iterable[str] = ()) -> tuple[list[Subscription], int]:
    """Every feed on the web that the list names, whatever folder it lies in, once each; those whose address is among
    ``known`` are only counted.

    Raises SourceError: kind parse, hostile.
    """
    document = examine(decode(body), frozenset(("outline",)))
    if document.root != "opml" or not document.well_formed:
        raise SourceError("this is no OPML file, or broken XML", kind="parse")
    # Entities that could grow were refused above.
    root = ElementTree.fromstring(document.xml)  # noqa: S314
    found: dict[str, Subscription] = {}
    for outline in root.iter("outline"):
        given = {name.lower(): value for name, value in outline.attrib.items()}
        url = web_link(given.get("xmlurl", ""))
        if url:
            title = one_line(given.get("title") or given.get("text") or "", 200)
            found.setdefault(address_key(url), Subscription(url, title))
    there = {address_key(url) for url in known}
    fresh = [feed for key, feed in found.items() if key not in there]
    return fresh, len(found) - len(fresh)


def write_opml(title: str, feeds: Iterable[tuple[str, str]], now: datetime) -> str:
    """``feeds`` as (url, title)."""
    root = ElementTree.Element("opml", version="2.0")
    head = ElementTree.SubElement(root, "head")
    ElementTree.SubElement(head, "title").text = text.clean(title, 200)
    ElementTree.SubElement(head, "dateCreated").text = format_datetime(now)
    body = ElementTree.SubElement(root, "body")
    for url, name in feeds:
        ElementTree.SubElement(body, "outline", type="rss", text=name or url, title=name or url, xmlUrl=url)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
