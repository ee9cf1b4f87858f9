"""kind: feed - RSS 0.9x to 2.0, RDF, Atom and JSON Feed, from the web or from a file.

    sources:
      - {id: fjordposten, kind: feed, url: "https://fjordposten.example/rss", source_type: news}
      - {id: clippings, kind: feed, url: "clippings/today.xml"}        # relative to the brand file

``url`` is an http(s) address, a ``file:`` URL or a path. ``lang`` of the source overrides what the feed says;
without a ``source_type`` its mentions are news.
What a feed may and may not do, and which limits hold, is in docs/sources.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import monitor
from monitor import http
from monitor.errors import ConfigError, Refused, SourceError
from monitor.sources._feeddates import believable
from monitor.sources._feedkeys import Entry, by_first_key, key_hash, keys
from monitor.sources._feedparse import Feed, believed_language, parse
from monitor.types import SOURCE_TYPES, Fetched, FetchState, Mention, SourceSpec

MAX_REMEMBERED = 200  # keys known to be shared by several entries


def build(spec: SourceSpec, client: http.Client, base: Path) -> FeedSource:
    if not spec.url:
        raise ConfigError(f"source '{spec.id}': a feed needs a url (an http(s) address or a path).")
    scheme = urlsplit(spec.url).scheme.lower() if ":" in spec.url else ""
    if scheme in ("http", "https"):
        return FeedSource(spec, client, None)
    if scheme == "file":
        return FeedSource(spec, client, base / url2pathname(urlsplit(spec.url).path))
    if "://" in spec.url:
        raise ConfigError(f"source '{spec.id}': {scheme}: is not read. Remedy: use http, https or file.")
    return FeedSource(spec, client, base / spec.url)


@dataclass(frozen=True, slots=True)
class _Memory:
    """The cursor: the address all of the state belongs to, which keys name no entry, and the hash of the last document.

    Many servers answer 200 with the same bytes for ever; those are not read twice.
    """

    address: str
    shared: tuple[str, ...] = ()
    body: str = ""

    def dump(self) -> str:
        kept = {"address": self.address, "shared": self.shared[-MAX_REMEMBERED:], "body": self.body}
        return json.dumps(kept)

    @staticmethod
    def load(cursor: str | None) -> _Memory:
        try:
            data = json.loads(cursor or "{}")
            return _Memory(
                str(data.get("address", "")),
                tuple(map(str, data.get("shared", ()))),
                str(data.get("body", "")),
            )
        except (ValueError, AttributeError, TypeError):
            return _Memory("")


class FeedSource:
    relists = True

    def __init__(self, spec: SourceSpec, client: http.Client, path: Path | None) -> None:
        self.id = spec.id
        self.host = urlsplit(spec.url).hostname if path is None else None
        self._spec = spec
        self._client = client
        self._path = path
        # "other" is also what a source has that does not say: most feeds are news.
        self._source_type = spec.source_type if spec.source_type in SOURCE_TYPES[:-1] else "news"
        self._address = hashlib.sha256(spec.url.encode()).hexdigest()[:10]

    def fetch(self, state: FetchState, now: datetime) -> Fetched:
        """Raises SourceError. A feed that is gone for good (410) comes back once, empty and retired; asking a
        retired feed again is Refused(kind="gone") until it has another address in the brand file.
        """
        memory = _Memory.load(state.cursor)
        if memory.address and memory.address != self._address:
            # The brand file has another address now: what the old one left behind says nothing about it.
            state, memory = FetchState(polls=state.polls), _Memory("")
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
            feed = parse(body, base, content_type)
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
        return Fetched(
            self._mentions(feed, found, now),
            replace(after, cursor=_Memory(self._address, shared, read).dump()),
            dropped=feed.dropped,
            warnings=feed.warnings,
        )

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

    def _mentions(self, feed: Feed, found: Sequence[tuple[str, ...]], now: datetime) -> tuple[Mention, ...]:
        merged = dict(by_first_key(found))
        out = []
        for entry, own in zip(feed.entries, found, strict=True):
            all_keys = merged.pop(own[0], None)
            if all_keys is not None:
                out.append(self._mention(entry, all_keys, now))
        return tuple(out)

    def _mention(self, entry: Entry, entry_keys: tuple[str, ...], now: datetime) -> Mention:
        spec = self._spec
        lang = spec.lang or believed_language(entry.lang, f"{entry.title} {entry.text}")
        return Mention(
            id=hashlib.sha256(entry_keys[0].encode("utf-8", "replace")).hexdigest()[:16],
            title=entry.title,
            text=entry.text,
            url=entry.link,
            author=entry.author,
            source=spec.id,
            source_type=self._source_type,
            lang=lang,
            published_at=believable(entry.published, now, lang),
            seen_at=now,
            keys=entry_keys,
        )


def _hash_of(body: bytes, content_type: str) -> str:
    """Of a document as this version of ours reads it."""
    head = f"{monitor.__version__}\x00{content_type}\x00".encode("utf-8", "replace")
    return hashlib.sha256(head + body).hexdigest()[:16]
