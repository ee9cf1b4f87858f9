"""All posts of an AT Protocol network as a stream, read in turns: from where the last poll ended to now.

A poll connects, reads until the stream has reached the present (or a bound on time, bytes or hits) and hangs up; the
cursor is the time of the last event. Nothing runs between polls. What breaks off is taken up at the next poll.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from monitor import http
from monitor.errors import ConfigError, Refused, SourceError
from monitor.http.limits import retry_after
from monitor.sources import _json
from monitor.sources._atproto import POST, POST_URI, hidden, post
from monitor.sources._json import Item
from monitor.sources._queries import finder
from monitor.types import Fetched, FetchState, Mention, SourceSpec

MAX_SECONDS = 60.0
MAX_BYTES = 200_000_000  # unpacked, a poll; the whole network fills about a tenth of it in ten minutes
MAX_HITS = 1_000  # a poll
MAX_MESSAGE = 1_000_000  # bytes; a post has some hundred
IDLE_S = 5.0  # seconds without an event: there is none
KEPT = timedelta(hours=24)  # how long the public servers keep events, at least
REWIND_US = 2_000_000  # cursors of two servers of one name may differ a little
BEHIND = timedelta(minutes=10)
PROFILES = 25  # that one request looks up


@dataclass(slots=True)
class _Read:
    """What one connection brought. ``last`` = the time of the last event, microseconds since 1970."""

    last: int
    hits: list[tuple[str, Item]] = field(default_factory=list)  # (at-uri, record)
    dropped: int = 0
    reached: bool = False  # the present


class StreamSource:
    can_backfill = True

    def __init__(
        self, spec: SourceSpec, client: http.Client, service: str, appview: str, terms: Sequence[str]
    ) -> None:
        if not appview.lower().startswith(("https://", "http://")):
            raise ConfigError(f"source '{spec.id}': appview must be an https address.")
        self.id = spec.id
        self.host = urlsplit(service).hostname
        self._spec = spec
        self._client = client
        self._service = service if urlsplit(service).path.strip("/") else f"{service}/subscribe"
        self._appview = appview
        self._named = finder(terms)
        self._bound = hashlib.sha256(service.encode()).hexdigest()[:10]

    def fetch(self, state: FetchState, now: datetime) -> Fetched:
        """Raises SourceError when nothing could be read; the cursor then stays where it was."""
        if state.not_before and now < state.not_before:
            raise Refused(
                f"source '{self.id}' is not asked before {state.not_before:%Y-%m-%d %H:%M} UTC",
                kind="too_early",
                transient=True,
                retry_after=(state.not_before - now).total_seconds(),
            )
        start = self._start(state, now)
        try:
            read = self._read(start, now)
            handles = self._handles(sorted({uri.split("/")[2] for uri, _ in read.hits}))
        except SourceError as error:
            raise type(error)(
                f"source '{self.id}': {error}",
                kind=error.kind,
                transient=error.transient,
                retry_after=error.retry_after,
            ) from error
        hits = [(uri, record, handles[uri.split("/")[2]]) for uri, record in read.hits]
        shown = [{"uri": uri, "record": record, "handle": h} for uri, record, h in hits if h is not None]
        made, broken = _json.usable(shown, lambda hit: self._mention(hit, now))
        return Fetched(
            tuple({m.id: m for m in made}.values()),
            replace(
                state,
                cursor=json.dumps({"address": self._bound, "time_us": read.last}),
                polls=state.polls + 1,
                not_before=None,
                since=None,
            ),
            dropped=read.dropped + broken,
            warnings=tuple(self._warnings(start, read, now)),
            more=not read.reached and read.last > start,
        )

    def _start(self, state: FetchState, now: datetime) -> int:
        if state.since is None:
            with contextlib.suppress(ValueError, AttributeError, KeyError, TypeError):
                data = json.loads(state.cursor or "")
                if data["address"] == self._bound and 0 < data["time_us"] <= _micro(now):
                    return int(data["time_us"])
        return _micro(state.since or now - timedelta(minutes=self._spec.interval_minutes))

    def _warnings(self, start: int, read: _Read, now: datetime) -> Iterator[str]:
        if _micro(now) - start > KEPT / timedelta(microseconds=1):
            yield "the stream was not read for more than a day: what the server no longer keeps is lost"
        behind = timedelta(microseconds=_micro(now) - read.last)
        if not read.reached and behind > BEHIND:
            yield f"the stream is {behind.total_seconds() / 60:.0f} minutes behind; the next poll goes on there"

    def _read(self, start: int, now: datetime) -> _Read:
        read = _Read(start)
        present, until = _micro(now), time.monotonic() + MAX_SECONDS
        size = 0
        with self._connection(max(0, start - REWIND_US)) as stream:
            while (left := until - time.monotonic()) > 0 and size < MAX_BYTES and len(read.hits) < MAX_HITS:
                try:
                    message = stream.recv(timeout=min(IDLE_S, left))
                except TimeoutError:
                    read.reached = left > IDLE_S
                    break
                except ConnectionClosed as error:
                    if read.last == start:
                        raise SourceError(
                            f"{self._service}: hung up ({error})", kind="truncated", transient=True
                        ) from error
                    break
                size += len(message)
                self._take(message, read, present)
                if read.last >= present:
                    read.reached = True
                    break
        return read

    def _take(self, message: str | bytes, read: _Read, present: int) -> None:
        try:
            event = json.loads(message)
            at = event["time_us"]
            if not isinstance(at, int) or isinstance(at, bool):
                raise TypeError("no time")
            commit = event.get("commit") or {}
            if (
                commit
                and commit.get("collection") == POST
                and commit.get("operation") in ("create", "update")
            ):
                record = commit["record"]
                uri = f"at://{event['did']}/{POST}/{commit['rkey']}"
                if self._wanted(record) and POST_URI.match(uri):
                    read.hits.append((uri, record))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            read.dropped += 1
            return
        # A time that cannot be would lead the cursor astray.
        if read.last < at <= present + BEHIND / timedelta(microseconds=1):
            read.last = min(at, present)

    def _wanted(self, record: Item) -> bool:
        lang = self._spec.lang
        languages = record.get("langs")
        if lang and not (
            isinstance(languages, list) and any(str(x).split("-")[0] == lang for x in languages)
        ):
            return False
        return self._named(_json.string(record, "text")[:MAX_MESSAGE])

    @contextlib.contextmanager
    def _connection(self, cursor: int) -> Iterator[ClientConnection]:
        parts = urlsplit(self._service)
        secure = parts.scheme.lower() == "wss"
        host = parts.hostname or ""
        bare = self._client.connect(host, parts.port or (443 if secure else 80))
        bare.settimeout(None)  # connect() and recv() bound every wait themselves
        query = urlencode({"wantedCollections": POST, "cursor": cursor})
        try:
            stream = connect(
                f"{self._service}{'&' if parts.query else '?'}{query}",
                sock=bare,
                ssl=httpx.create_ssl_context(trust_env=False) if secure else None,
                user_agent_header=self._client.user_agent,
                open_timeout=20,
                close_timeout=2,
                max_size=MAX_MESSAGE,
                proxy=None,
            )
        except InvalidStatus as error:
            status = error.response.status_code
            pause = retry_after(error.response.headers.get("Retry-After", ""), datetime.now(UTC))
            raise SourceError(
                f"{self._service}: HTTP {status}",
                kind=f"http_{status}",
                transient=status >= 500 or status == 429,
                retry_after=pause,
            ) from error
        except TimeoutError as error:
            raise SourceError(
                f"{self._service}: no answer in time", kind="timeout", transient=True
            ) from error
        except (InvalidHandshake, WebSocketException, EOFError) as error:
            raise SourceError(f"{self._service}: {error}", kind="protocol", transient=True) from error
        except OSError as error:
            kind = "tls" if "SSL" in str(error) or "certificate" in str(error) else "connect"
            raise SourceError(
                f"{self._service}: no connection ({error})", kind=kind, transient=True
            ) from error
        try:
            yield stream
        finally:
            stream.close()

    def _handles(self, dids: Sequence[str]) -> dict[str, str | None]:
        """By DID, None = not to be read; the stream says neither who it is nor what they ask for."""
        found: dict[str, str | None] = dict.fromkeys(dids)  # who is not found is gone
        for first in range(0, len(dids), PROFILES):
            actors = urlencode([("actors", did) for did in dids[first : first + PROFILES]])
            url = f"{self._appview}/xrpc/app.bsky.actor.getProfiles?{actors}"
            answer = _json.parse(self._client.get(url, accept="application/json").body)
            for profile in _json.items(answer, "profiles"):
                if not isinstance(profile, dict) or hidden(profile):
                    continue
                did = profile.get("did")
                if isinstance(did, str) and did in found:
                    found[did] = str(profile.get("handle") or "")
        return found

    def _mention(self, hit: Item, now: datetime) -> Mention:
        return post(
            self._spec, now, _json.string(hit, "uri"), _json.child(hit, "record"), _json.string(hit, "handle")
        )


def _micro(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)
