"""The articles a mail lists: entries of a Google Alert, and linked headlines of a press clipping or newsletter. Pure.

An alert says in its markup what is what (schema.org/Article); where only its plain text is left, an entry is a
paragraph that ends in a redirect of Google's. In other mails an article is a link with a headline for its words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

from monitor import html, text
from monitor.html import Tag
from monitor.sources._feedkeys import Entry, canonical, web_link
from monitor.sources._feedparse import one_line

ALERTS = "googlealerts-noreply@google.com"
MAX_ENTRIES = 300  # of one mail
MAX_SNIPPET = 2_000
_HEADLINE_WORDS = 4
_HEADLINE = 25  # characters
_GOOGLE = re.compile(r"(?:www\.)?google\.[a-z]{2,3}(?:\.[a-z]{2})?$")
_SAFELINKS = ".safelinks.protection.outlook.com"
_ADDRESS = re.compile(r"<(https?://[^<>\s]{1,4000})>\s*$")
_SERVICE = re.compile(
    r"unsubscribe|avmeld|meld (?:deg|meg) av|avslutt abonnement|abonnement|view (?:this )?(?:email )?in|"
    r"vis i nettleser|åpne i nettleser|privacy|personvern|preferences|innstillinger|forward to|videresend",
    re.IGNORECASE,
)


def unwrapped(url: str) -> str:
    """Where a link leads that Google, or the safe-links of Microsoft, has wrapped; "" when that is no web address."""
    for _ in range(3):
        url = web_link(url)
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
            if not ((_GOOGLE.match(host) and parts.path == "/url") or host.endswith(_SAFELINKS)):
                return url
            asked = parse_qs(parts.query, max_num_fields=50)
        except ValueError:
            return url
        url = (asked.get("url") or asked.get("q") or [""])[0]
    return ""


def alert_entries(rich: str, plain: str) -> list[Entry]:
    """Title, snippet and unwrapped link of every result; [] when the mail is not built as alerts are."""
    return _marked(rich) or _paragraphs(plain)


def _marked(rich: str) -> list[Entry]:
    tags = list(html.tags(rich))
    starts = [
        n for n, tag in enumerate(tags) if tag.attributes.get("itemtype", "").endswith("schema.org/Article")
    ]
    out = []
    for start, stop in pairwise([*starts, len(tags)]):
        own = tags[start:stop]
        link = next((t for t in own if t.name == "a" and t.attributes.get("itemprop") == "url"), None)
        title = _item(rich, own, "name")
        address = unwrapped(link.attributes.get("href", "")) if link else ""
        if title and address:
            out.append(_entry(title, _item(rich, own, "description"), address))
    return out[:MAX_ENTRIES]


def _item(rich: str, own: Sequence[Tag], name: str) -> str:
    """The words of the first element that bears this ``itemprop``."""
    for number, tag in enumerate(own):
        if tag.attributes.get("itemprop") == name:
            end = next((t.start for t in own[number + 1 :] if t.closing and t.name == tag.name), tag.end)
            return html.to_text(rich[tag.end : end])
    return ""


def _paragraphs(plain: str) -> list[Entry]:
    out = []
    for block in re.split(r"\n\s*\n", plain.replace("\r\n", "\n")):
        match = _ADDRESS.search(block)
        address = unwrapped(match.group(1)) if match else ""
        # Google's own service links (leave, manage) are not wrapped in its redirect.
        if not match or not address or address == web_link(match.group(1)):
            continue
        title, _, rest = block[: match.start()].strip().partition("\n")
        if title:
            out.append(_entry(title, " ".join(rest.split()), address))
    return out[:MAX_ENTRIES]


def linked_entries(rich: str) -> list[Entry]:
    """One entry for each linked headline, with the words up to the next one; fewer than two are no list: []."""
    found: list[tuple[str, str, int, int]] = []  # title, address, start, end
    opened: Tag | None = None
    for tag in html.tags(rich):
        if tag.name != "a":
            continue
        if opened is not None and tag.closing:
            title = one_line(html.to_text(rich[opened.end : tag.start]), 500)
            found.append((title, unwrapped(opened.attributes.get("href", "")), opened.start, tag.end))
        opened = None if tag.closing else tag
    stops = [
        start for title, address, start, _ in found if _headline(title, address) or _SERVICE.search(title)
    ]
    out: dict[str, Entry] = {}
    for title, address, _, end in found:
        if _headline(title, address):
            stop = next((s for s in stops if s >= end), len(rich))
            out.setdefault(
                canonical(address) or address, _entry(title, html.to_text(rich[end:stop]), address)
            )
        if len(out) >= MAX_ENTRIES:
            break
    return list(out.values()) if len(out) > 1 else []


def _headline(title: str, address: str) -> bool:
    enough = len(title) >= _HEADLINE and len(title.split()) >= _HEADLINE_WORDS
    return bool(enough and address and canonical(address) and not _SERVICE.search(title))


def _entry(title: str, snippet: str, address: str) -> Entry:
    return Entry(title=one_line(title, 500), text=text.clean(snippet, MAX_SNIPPET), link=address)
