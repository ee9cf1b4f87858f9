"""The article page behind a teaser -> its text, for sources that ask for it (``full_text``). Politely and boundedly.

robots.txt and a reservation against text and data mining (the TDM protocol of the W3C) are obeyed; private addresses
stay closed; at most MAX_PAGES pages and MAX_SECONDS a poll, the rest is taken up by the next ones. Whatever goes
wrong leaves the teaser, is counted, and is tried again only where it was weather.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from monitor import html, http, text
from monitor.errors import ConfigError, SourceError
from monitor.sources._feedbytes import decode
from monitor.sources._feedkeys import Entry, canonical, key_hash
from monitor.sources._feedparse import MAX_TEXT
from monitor.types import SourceSpec

MAX_PAGES = 10
MAX_SECONDS = 60.0
MAX_PAGE = 2_000_000  # bytes
TEASER = 1_000  # characters: an entry with more brings its own text
LEAST = 200  # characters: less is no article
TRIES = 3
ACCEPT = "text/html, application/xhtml+xml;q=0.9"
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
# What became of a page, before the hash of the teaser it belongs to: full text stored, given up, or tries so far.
_STORED, _GIVEN_UP = "s", "x"


def full_text_of(spec: SourceSpec, client: http.Client) -> FullText | None:
    """None when the source does not ask for it. Raises ConfigError."""
    wanted = spec.options.get("full_text", False)
    if wanted is False:
        return None
    if wanted is not True and wanted != "named":
        raise ConfigError(
            f"source '{spec.id}': full_text is neither true, false nor named. Remedy: full_text: named"
        )
    if importlib.util.find_spec("trafilatura") is None:
        raise ConfigError(
            f"source '{spec.id}': full_text needs a package. Remedy: pip install 'omdomme[fulltext]'"
        )
    names = tuple(name.casefold() for name in (*spec.terms.names, *spec.terms.people))
    return FullText(client, names if wanted == "named" else None)


@dataclass(frozen=True, slots=True)
class Filled:
    """``entries`` and ``keys`` without those whose full text is stored already: their teaser must not replace it."""

    entries: tuple[Entry, ...]
    keys: list[tuple[str, ...]]
    pages: dict[str, str]
    waiting: int
    warnings: tuple[str, ...]


class FullText:
    """``names`` = only entries that bear one of them (casefolded); None = all."""

    def __init__(self, client: http.Client, names: Sequence[str] | None) -> None:
        self._client = client
        self._names = names

    def fill(
        self, entries: Sequence[Entry], found: Sequence[tuple[str, ...]], pages: Mapping[str, str]
    ) -> Filled:
        """``pages`` = what earlier polls remember; an entry whose teaser has changed is read again."""
        after = dict(pages)
        kept: list[tuple[Entry, tuple[str, ...]]] = []
        asked = waiting = failed = 0
        reason = ""
        over = time.monotonic() + MAX_SECONDS
        for entry, own in zip(entries, found, strict=True):
            key, teaser = key_hash(own[0]), _teaser(entry)
            known = after.pop(key, "")  # put back last: what is still in the feed is forgotten last
            state = known[:1] if known[1:] == teaser else ""
            if state == _STORED:
                after[key] = known
                continue
            if state == _GIVEN_UP or not self._wanted(entry):
                if known:
                    after[key] = known
            elif asked >= MAX_PAGES or time.monotonic() > over:
                waiting += 1
                if known:
                    after[key] = known
            else:
                asked += 1
                try:
                    entry = replace(entry, text=self._article(entry))
                    after[key] = _STORED + teaser
                except SourceError as error:
                    failed, reason = failed + 1, str(error)
                    tries = int(state or 0) + 1
                    again = error.transient and tries < TRIES
                    waiting += again
                    after[key] = f"{tries if again else _GIVEN_UP}{teaser}"
            kept.append((entry, own))
        warnings = (
            (f"full text: {failed} of {asked} pages could not be read ({reason})"[:300],) if failed else ()
        )
        return Filled(tuple(e for e, _ in kept), [k for _, k in kept], after, waiting, warnings)

    def _wanted(self, entry: Entry) -> bool:
        if not entry.link or not canonical(entry.link) or len(entry.text) > TEASER:
            return False
        words = f"{entry.title} {entry.text}".casefold()
        return self._names is None or any(name in words for name in self._names)

    def _article(self, entry: Entry) -> str:
        response = self._client.get(entry.link, accept=ACCEPT, robots=True)
        kind = response.headers.get("content-type", "").lower()
        if "html" not in kind:
            raise SourceError(f"{entry.link}: no web page but {kind[:60] or 'nothing named'}", kind="html")
        if not canonical(response.url):
            raise SourceError(f"{entry.link}: leads to a front page", kind="redirect")
        if len(response.body) > MAX_PAGE:
            raise SourceError(f"{entry.link}: more than {MAX_PAGE:,} bytes", kind="too_large")
        page = decode(response.body, _typed(response.body, kind))
        if response.headers.get("tdm-reservation", "").strip() == "1" or _reserved(page):
            raise SourceError(f"{entry.link}: reserved against text and data mining", kind="robots")
        article = text.clean(extract(page), MAX_TEXT)
        if len(article) < max(LEAST, len(entry.text)):
            raise SourceError(f"{entry.link}: no more than the teaser", kind="empty")
        return article


def extract(page: str) -> str:
    """The article's own text, one paragraph a line; "" when there is none. In time about linear in the page."""
    import trafilatura  # an extra, and a second to import

    try:
        # fast: without the second and third opinions, which are slow on purpose-built pages.
        found = trafilatura.extract(
            page, fast=True, include_comments=False, include_tables=False, include_links=False
        )
    except Exception as error:  # it promises no particular set
        raise SourceError(f"the page cannot be read ({type(error).__name__})", kind="parse") from error
    return found or ""


def _typed(body: bytes, content_type: str) -> str:
    """Pages say their encoding in a meta element where their server does not."""
    meta = _META.search(body[:4_000])
    return content_type if "charset" in content_type or not meta else f"charset={meta.group(1).decode()}"


def _reserved(page: str) -> bool:
    return any(
        tag.name == "meta"
        and tag.attributes.get("name", "").lower() == "tdm-reservation"
        and tag.attributes.get("content", "") == "1"
        for tag in html.tags(page, limit=100_000)
    )


def _teaser(entry: Entry) -> str:
    return hashlib.sha256(f"{entry.title}\0{entry.text}".encode("utf-8", "replace")).hexdigest()[:10]
