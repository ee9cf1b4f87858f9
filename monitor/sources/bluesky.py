"""kind: bluesky - posts on Bluesky and other AT Protocol hosts that name us: by search, or from the stream of all.

    sources:
      - {id: bluesky, kind: bluesky, handle: fjordbank.bsky.social, password: "${BLUESKY_APP_PASSWORD}"}
      - {id: bluesky-strom, kind: bluesky, stream: true}

By search: an account and an *app password* of it (Settings, Privacy and security, App passwords; never the password
of the account itself). Asked for: names, people, hashtags and handles of the brand file, one query each; ``query`` (a
text or a list) replaces them. ``service`` is another host than https://bsky.social. With a ``lang``, posts in that
language only.

As a stream (``stream: true``): no account. Each poll reads what Jetstream has had since the last one, for a bounded
time, and keeps what names us; ``service`` is another Jetstream (wss://...), ``appview`` where authors are looked up.
It carries all posts of the network (some gigabytes a day): for those who want every post, also in the minutes in
which search is behind.

Replies are kept, reposts are not read. Authors who ask not to be shown to visitors are left out.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from monitor import http
from monitor.errors import ConfigError
from monitor.http.limits import used_up
from monitor.sources import _json
from monitor.sources._atproto import Session, hidden, post, stamp
from monitor.sources._feeddates import believable
from monitor.sources._jetstream import StreamSource
from monitor.sources._json import Item
from monitor.sources._newest import Seen, Spot
from monitor.sources._paging import Page, PagedSource, Place
from monitor.sources._posts import confidential, queries, text_option
from monitor.sources._queries import any_of, phrase, wanted
from monitor.types import Mention, Source, SourceSpec

SERVICE = "https://bsky.social"
JETSTREAM = "wss://jetstream2.us-east.bsky.network"
APPVIEW = "https://public.api.bsky.app"
PER_PAGE = 100
MOST = 30  # requests a poll


def build(spec: SourceSpec, client: http.Client, base: Path) -> Source:
    stream = spec.options.get("stream", False)
    if not isinstance(stream, bool):
        raise ConfigError(f"source '{spec.id}': stream must be true or false.")
    service = text_option(spec, "service", JETSTREAM if stream else SERVICE).rstrip("/")
    schemes = ("wss://", "ws://") if stream else ("https://", "http://")
    if not service.lower().startswith(schemes):
        raise ConfigError(f"source '{spec.id}': service must be an address that begins with {schemes[0]}.")
    terms = queries(spec, wanted(spec.terms, hashtags=True, handles=True))
    if stream:
        appview = text_option(spec, "appview", APPVIEW).rstrip("/")
        return StreamSource(spec, client, service, appview, terms)
    handle, password = text_option(spec, "handle").lstrip("@"), text_option(spec, "password")
    if not handle or not password:
        raise ConfigError(
            f"source '{spec.id}': Bluesky's search needs a handle and an app password. Remedy: make one under "
            "Settings, Privacy and security, App passwords, and name it as password: ${VARIABLE}; or read the stream "
            "(stream: true), which needs no account."
        )
    confidential(spec, service)
    given = "query" in spec.options
    asked = terms if given else any_of(terms, limit=300, most=1, quote=phrase)
    return PagedSource(
        spec,
        _Search(spec, Session(client, service, handle, password)),
        f"{service} {spec.lang or ''}",
        asked,
        most=MOST,
        remedies={"http_401": "check handle and app password", "html": "check service: it must be a PDS"},
        secrets=(password,),
    )


class _Search:
    """A place is a Spot; ``onward`` is [until, cursor]: the server's own cursor as long as it gives one (it does so
    for some thousand posts), then on from the oldest post seen.
    """

    def __init__(self, spec: SourceSpec, session: Session) -> None:
        self._spec = spec
        self._session = session

    def start(self, since: datetime) -> Place:
        return Spot(int(since.timestamp())).dump()

    def page(self, query: str, place: Place, now: datetime) -> Page:
        spot = Spot.load(place)
        until, cursor = map(str, json.loads(spot.onward)) if spot.onward else ("", "")
        parameters: list[tuple[str, str | int]] = [
            ("q", query),
            ("sort", "latest"),
            ("limit", PER_PAGE),
            ("since", stamp(spot.low)),
        ]
        optional = (("until", until), ("cursor", cursor), ("lang", self._spec.lang or ""))
        parameters += [(name, value) for name, value in optional if value]
        response = self._session.get("app.bsky.feed.searchPosts", parameters)
        answer = _json.parse(response.body)
        found = _json.items(answer, "posts")
        made, dropped = _json.usable(found, lambda view: self._mention(view, now))
        seen, _ = _json.usable(found, lambda view: _seen(view, now))
        following, done = spot.after(seen, _onward(answer, seen, len(found), until), now)
        return Page(
            [m for m in made if m is not None],
            following.dump(),
            done,
            dropped,
            pause=used_up(response.headers, datetime.now(UTC)),
        )

    def _mention(self, view: Item, now: datetime) -> Mention | None:
        author = _json.child(view, "author")
        if hidden(author):
            return None
        uri, record, handle = (
            _json.string(view, "uri"),
            _json.child(view, "record"),
            _json.string(author, "handle"),
        )
        return post(self._spec, now, uri, record, handle, _json.string(view, "indexedAt"))


def _seen(view: Item, now: datetime) -> Seen:
    """By the time that search sorts by: that of the author's program, unless it lies after the network's own."""
    times = (_json.string(_json.child(view, "record"), "createdAt"), _json.string(view, "indexedAt"))
    known = [int(at.timestamp()) for at in (believable(text, now) for text in times) if at is not None]
    return Seen(min(known) if known else None, _json.string(view, "uri"))


def _onward(answer: Item, seen: list[Seen], given: int, until: str) -> str:
    cursor = answer.get("cursor")
    if isinstance(cursor, str) and cursor.isascii() and cursor and given:
        return json.dumps([until, cursor[:1_000]])
    times = [post.at for post in seen if post.at is not None]
    if given < PER_PAGE // 2 or not times:
        return ""
    # Half a full page and no cursor: the server counts no further. The second of the oldest post is read again.
    return json.dumps([stamp(min(times) + 1), ""])
