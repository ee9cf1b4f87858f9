"""kind: feed - RSS 0.9x to 2.0, RDF, Atom and JSON Feed, from the web or from a file.

    sources:
      - {id: fjordposten, kind: feed, url: "https://fjordposten.example/rss", source_type: news}
      - {id: clippings, kind: feed, url: "clippings/today.xml"}        # relative to the brand file

``url`` is an http(s) address, a ``file:`` URL or a path. ``lang`` of the source overrides what the feed says;
without a ``source_type`` its mentions are news. ``full_text: true`` reads the article pages of entries that bring only
a teaser, ``full_text: named`` only those whose teaser names us (needs the extra `fulltext`).
What a feed may and may not do, and which limits hold, is in docs/sources.md.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import monitor
from monitor import http
from monitor.errors import ConfigError, Refused, SourceError
from monitor.sources._feedkeys import key_hash, keys
from monitor.sources._feedmemory import Memory
from monitor.sources._feedparse import Feed, parse
from monitor.sources._fulltext import FullText, full_text_of
from monitor.sources._mentions import mentions_of
from monitor.types import SOURCE_TYPES, Fetched, FetchState, SourceSpec


def build(spec: SourceSpec, client: http.Client, base: Path) -> FeedSource:
    return FeedSource(spec, client, path_of(spec, base), full_text_of(spec, client))


def path_of(spec: SourceSpec, base: Path) -> Path | None:
    """Where the document lies on disk; None when it is on the web."""
    if not spec.url:
        raise ConfigError(f"source '{spec.id}': a {spec.kind} needs a url (an http(s) address or a path).")
    scheme = urlsplit(spec.url).scheme.lower() if ":" in spec.url else ""
    if scheme in ("http", "https"):
        return None
    if scheme == "file":
        return base / url2pathname(urlsplit(spec.url).path)
    if "://" in spec.url:
        raise ConfigError(f"source '{spec.id}': {scheme}: is not read. Remedy: use http, https or file.")
    return base / spec.url


class FeedSource:
    relists = True

    def __init__(
        self, spec: SourceSpec, client: http.Client, path: Path | None, full_text: FullText | None = None
    ) -> None:
        self.id = spec.id
        self.host = urlsplit(spec.url).hostname if path is None else None
        self._spec = spec
        self._client = client
        self._path = path
        self._full_text = full_text
        # "other" is also what a source has that does not say: most feeds are news.
        self._source_type = spec.source_type if spec.source_type in SOURCE_TYPES[:-1] else "news"
        self._address = hashlib.sha256(spec.url.encode()).hexdigest()[:10]

    def fetch(self, state: FetchState, now: datetime) -> Fetched:
        """Raises SourceError. A feed that is gone for good (410) comes back once, empty and retired; asking a
        retired feed again is Refused(kind="gone") until it has another address in the brand file.
        """
        memory = Memory.load(state.cursor)
        if memory.address and memory.address != self._address:
            # The brand file has another address now: what the old one left behind says nothing about it.
            state, memory = FetchState(polls=state.polls), Memory("")
        if state.retired:
            raise Refused(f"source '{self.id}': {self._spec.url} is gone for good (410)", kind="gone")
        if state.not_before and now < state.not_before:
            raise Refused(
                f"source '{self.id}' is not asked before {state.not_before:%Y-%m-%d %H:%M} UTC",
                kind="too_early",
                transient=True,
                retry_after=(state.not_before - now).total_seconds(),
            )
        try:
            body, base, content_type, after = self._read(state)
            after = replace(after, polls=state.polls + 1, not_before=None)
            read = _hash_of(body, content_type) if body is not None else memory.body
            if body is None or read == memory.body:
                return Fetched((), replace(after, cursor=replace(memory, address=self._address).dump()), True)
            feed, memory = self._parse(body, base, content_type, memory, now)
        except SourceError as error:
            if error.kind == "gone":
                gone = replace(state, retired=True, cursor=replace(memory, address=self._address).dump())
                return Fetched((), gone, warnings=(str(error),))
            raise type(error)(
                f"source '{self.id}': {error}",
                kind=error.kind,
                transient=error.transient,
                retry_after=error.retry_after,
            ) from error
        found, worthless = keys(self.id, feed.entries, feed.home, memory.shared)
        shared = tuple(dict.fromkeys((*memory.shared, *sorted(map(key_hash, worthless)))))
        memory = replace(memory, address=self._address, shared=shared, body=read)
        entries, warnings, dropped = feed.entries, feed.warnings, feed.dropped
        if self._full_text is not None:
            filled = self._full_text.fill(entries, found, memory.pages)
            entries, found, warnings = filled.entries, filled.keys, (*warnings, *filled.warnings)
            memory = replace(memory, pages=filled.pages)
            if filled.waiting:  # an answer of 304 would leave them waiting
                after, memory = replace(after, etag=None, last_modified=None), replace(memory, body="")
        if memory.parts:  # a list of parts says nothing about what changed in them
            after, memory = replace(after, etag=None, last_modified=None), replace(memory, body="")
        return Fetched(
            mentions_of(self._spec, self._source_type, entries, found, now),
            replace(after, cursor=memory.dump()),
            unchanged=bool(memory.parts) and not feed.entries and not warnings,
            dropped=dropped,
            warnings=warnings,
        )

    def _parse(
        self, body: bytes, base: str, content_type: str, memory: Memory, now: datetime
    ) -> tuple[Feed, Memory]:
        return parse(body, base, content_type), memory

    def _read(self, state: FetchState) -> tuple[bytes | None, str, str, FetchState]:
        """(body or None when unchanged, its address, its content type, the state afterwards)."""
        if self._path is not None:
            return self._read_file(self._path, state)
        response = self._client.get(state.url or self._spec.url, state.etag, state.last_modified)
        moved = response.permanent_url or state.url
        if response.not_modified:
            return None, response.url, "", replace(state, url=moved)
        after = replace(
            state,
            etag=response.headers.get("etag"),
            last_modified=response.headers.get("last-modified"),
            url=moved,
        )
        return response.body, response.url, response.headers.get("content-type", ""), after

    @staticmethod
    def _read_file(path: Path, state: FetchState) -> tuple[bytes | None, str, str, FetchState]:
        try:
            status = path.stat()
            mark = f"{status.st_mtime_ns}-{status.st_size}"
            if state.etag == mark:
                return None, "", "", state
            with path.open("rb") as file:
                body = file.read(http.MAX_BYTES + 1)
        except OSError as error:
            raise SourceError(f"{path}: {error.strerror}", kind="file") from error
        if len(body) > http.MAX_BYTES:
            raise SourceError(f"{path}: more than {http.MAX_BYTES:,} bytes", kind="too_large")
        return body, "", "", replace(state, etag=mark)


def _hash_of(body: bytes, content_type: str) -> str:
    """Of a document as this version of ours reads it."""
    head = f"{monitor.__version__}\x00{content_type}\x00".encode("utf-8", "replace")
    return hashlib.sha256(head + body).hexdigest()[:16]
