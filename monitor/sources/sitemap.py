"""kind: sitemap - news sitemaps, and indexes of them: the outlets that have no feed usually have one.

    sources:
      - {id: fjordposten, kind: sitemap, url: "https://fjordposten.example/sitemap-news.xml", full_text: named}

A news sitemap brings headlines, links and dates of the last two days, and no text; ``full_text`` reads the pages (see
the kind `feed`, whose rules about links, dates and politeness hold here too). Of an index the parts that are news by
their name, and those changed last, are read. Limits are in docs/sources.md.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from monitor import http
from monitor.errors import SourceError
from monitor.sources._feeddates import parse as parse_date
from monitor.sources._feedkeys import Entry, key_hash
from monitor.sources._feedmemory import Memory
from monitor.sources._feedparse import Feed
from monitor.sources._fulltext import full_text_of
from monitor.sources._sitemapparse import Part, read
from monitor.sources.feed import FeedSource, path_of
from monitor.types import SourceSpec

MAX_PARTS = 10  # of an index, a poll
SETTLED = timedelta(days=2)  # a part that says it has not changed is believed when that is this long ago


def build(spec: SourceSpec, client: http.Client, base: Path) -> SitemapSource:
    return SitemapSource(spec, client, path_of(spec, base), full_text_of(spec, client))


class SitemapSource(FeedSource):
    def _parse(
        self, body: bytes, base: str, content_type: str, memory: Memory, now: datetime
    ) -> tuple[Feed, Memory]:
        found = read(body, base, content_type)
        if isinstance(found, Feed):
            return found, replace(memory, parts={})
        return self._parts(found, base, memory, now)

    def _parts(
        self, listed: tuple[Part, ...], base: str, memory: Memory, now: datetime
    ) -> tuple[Feed, Memory]:
        """One part that fails is a warning; an error only when all do. Nothing is read deeper than one level."""
        host = urlsplit(base).hostname
        parts = [part for part in listed if host is None or urlsplit(part.address).hostname == host]
        parts.sort(key=lambda part: part.changed, reverse=True)
        parts.sort(key=lambda part: "news" not in part.address.rpartition("/")[2].lower())
        entries: list[Entry] = []
        warnings: list[str] = []
        dropped = 0
        failures: list[SourceError] = []
        marks: dict[str, tuple[str, str, str]] = {}
        for part in parts[:MAX_PARTS]:
            key = key_hash(part.address)
            known = memory.parts.get(key, ("", "", ""))
            marks[key] = known
            if part.changed and part.changed == known[0] and _settled(part.changed, now):
                continue
            try:
                answer = self._client.get(part.address, known[1] or None, known[2] or None, robots=True)
                if answer.not_modified:
                    continue
                feed = read(answer.body, answer.url, answer.headers.get("content-type", ""))
            except SourceError as error:
                failures.append(error)
                continue
            marks[key] = (
                part.changed,
                answer.headers.get("etag", "")[:200],
                answer.headers.get("last-modified", "")[:100],
            )
            if isinstance(feed, Feed):
                entries += feed.entries
                dropped += feed.dropped
                warnings += feed.warnings
        if not parts:
            raise SourceError("an index of sitemaps without any part on its own host", kind="empty")
        if failures and len(failures) == len(parts[:MAX_PARTS]):
            first = failures[0]  # not as it is: a part that is gone (410) does not retire the source
            raise SourceError(f"no part can be read: {first}", kind="parts", transient=first.transient)
        warnings += [str(error)[:200] for error in failures]
        return Feed(tuple(entries), dropped=dropped, warnings=tuple(warnings)), replace(memory, parts=marks)


def _settled(changed: str, now: datetime) -> bool:
    at = parse_date(changed)
    return at is not None and now - at > SETTLED
