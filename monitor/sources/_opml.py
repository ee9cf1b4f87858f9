"""Lists of feeds as OPML, the form in which feed readers hand them on. XML passes the same guards as that of feeds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.etree import ElementTree

from monitor import text
from monitor.errors import SourceError
from monitor.sources._feedbytes import decode, examine
from monitor.sources._feedkeys import canonical, web_link
from monitor.sources._feedparse import one_line


@dataclass(frozen=True, slots=True)
class Subscription:
    url: str
    title: str = ""


def read_opml(body: bytes) -> list[Subscription]:
    """Every feed on the web that the list names, whatever folder it lies in, once each.

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
            found.setdefault(canonical(url) or url, Subscription(url, title))
    return list(found.values())


def write_opml(title: str, feeds: Iterable[Subscription], now: datetime) -> str:
    root = ElementTree.Element("opml", version="2.0")
    head = ElementTree.SubElement(root, "head")
    ElementTree.SubElement(head, "title").text = text.clean(title, 200)
    ElementTree.SubElement(head, "dateCreated").text = format_datetime(now)
    body = ElementTree.SubElement(root, "body")
    for feed in feeds:
        name = feed.title or feed.url
        ElementTree.SubElement(body, "outline", type="rss", text=name, title=name, xmlUrl=feed.url)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
