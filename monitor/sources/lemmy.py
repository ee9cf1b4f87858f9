"""kind: lemmy - posts and comments of a Lemmy server that name us, and whole communities.

    sources:
      - {id: lemmy, kind: lemmy, url: "https://lemmy.example"}
      - {id: lemmy-ferger, kind: lemmy, url: "https://lemmy.example", communities: [ferger, "reise@feddit.example"],
         search: false}

Searched for are the names and people of the brand file, posts and comments each; ``query`` (a text or a list)
replaces them. ``communities`` (a text or a list; name or name@server) are read whole, ``search: false`` leaves the
search out. No account is needed.

A post gives title and text, a comment its text alone: the title is somebody else's. The link is the discussion on the
server it was written on. What moderators removed or authors deleted is not read.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from monitor import http
from monitor.errors import ConfigError
from monitor.http.limits import used_up
from monitor.sources import _json
from monitor.sources._feeddates import believable
from monitor.sources._feedkeys import web_link
from monitor.sources._json import Item
from monitor.sources._newest import Seen, Spot
from monitor.sources._paging import Page, PagedSource, Place
from monitor.sources._posts import address, mention, texts_option
from monitor.sources._queries import any_of, finder, plain, wanted
from monitor.types import Mention, SourceSpec

PER_PAGE = 50  # more is not given
MOST = 30  # requests a poll; servers allow 60 searches in ten minutes
_COMMUNITY = re.compile(r"!?([A-Za-z0-9_]{1,60}(?:@[A-Za-z0-9.:-]{1,200})?)$")


def build(spec: SourceSpec, client: http.Client, base: Path) -> PagedSource:
    if not spec.url:
        raise ConfigError(f"source '{spec.id}': lemmy needs a url, the server to ask (https://...).")
    parts = urlsplit(address(spec, ""))
    server = f"{parts.scheme}://{parts.netloc}"
    search = spec.options.get("search", True)
    if not isinstance(search, bool):
        raise ConfigError(f"source '{spec.id}': search must be true or false.")
    places = [_COMMUNITY.match(name) for name in texts_option(spec, "communities")]
    if None in places:
        raise ConfigError(f"source '{spec.id}': communities are written as name or name@server.")
    terms = texts_option(spec, "query") or any_of(wanted(spec.terms), limit=200, most=1, quote=plain)
    asked = [f"{what}:community:{place[1]}" for place in places if place for what in _WHATS]
    if search:
        asked += [f"{what}:search:{term}" for term in terms for what in _WHATS]
    if not asked:
        raise ConfigError(
            f"source '{spec.id}': there is nothing to ask for. Remedy: name a query or communities."
        )
    return PagedSource(
        spec,
        _Lemmy(spec, client, server),
        server,
        asked,
        most=MOST,
        remedies={
            "html": "check that url is a Lemmy server",
            "http_404": "check that url is a Lemmy server, and that it knows the communities",
        },
    )


_WHATS = ("posts", "comments")


class _Lemmy:
    """A place is a Spot; ``onward`` is a page number: what is said meanwhile moves the rest down, never up."""

    def __init__(self, spec: SourceSpec, client: http.Client, server: str) -> None:
        self._spec = spec
        self._client = client
        self._server = server

    def start(self, since: datetime) -> Place:
        return Spot(int(since.timestamp())).dump()

    def page(self, query: str, place: Place, now: datetime) -> Page:
        spot = Spot.load(place)
        number = int(spot.onward or 1)
        what, how, words = query.split(":", 2)
        response = self._client.get(self._url(what, how, words, number), accept="application/json")
        views = _json.items(_json.parse(response.body), what)
        # The search finds "alke" in "walked".
        named = finder([words]) if how == "search" else None
        made, dropped = _json.usable(views, lambda view: self._mention(what[:-1], view, now))
        seen, _ = _json.usable(views, lambda view: _seen(what[:-1], view, now))
        onward = str(number + 1) if len(views) >= PER_PAGE // 2 else ""
        following, done = spot.after(seen, onward, now)
        return Page(
            [m for m in made if m is not None and (named is None or named(f"{m.title}\n{m.text}"))],
            following.dump(),
            done,
            dropped,
            pause=used_up(response.headers, datetime.now(UTC)),
        )

    def _url(self, what: str, how: str, words: str, number: int) -> str:
        shared: dict[str, str | int] = {"sort": "New", "limit": PER_PAGE, "page": number}
        if how == "search":
            own = {"q": words, "type_": what.capitalize(), "listing_type": "All"}
            return f"{self._server}/api/v3/search?{urlencode(own | shared)}"
        own = {"community_name": words, "type_": "All"}
        return f"{self._server}/api/v3/{what[:-1]}/list?{urlencode(own | shared)}"

    def _mention(self, what: str, view: Item, now: datetime) -> Mention | None:
        """None for what was taken back, or is shown to members of the server only."""
        said, creator = _json.child(view, what), _json.child(view, "creator")
        removed = said.get("removed") is True or said.get("deleted") is True
        visibility = _json.string(_json.child(view, "community"), "visibility")
        if removed or visibility not in ("", "Public", "Unlisted"):
            return None
        link, number = _json.string(said, "ap_id"), _json.number(said, "id")
        name = _json.string(creator, "name")
        home = urlsplit(web_link(_json.string(creator, "actor_id"))).netloc or urlsplit(self._server).netloc
        return mention(
            self._spec,
            now,
            "forum",
            title=_json.string(said, "name"),
            body=_json.string(said, "content" if what == "comment" else "body"),
            link=link or (f"{self._server}/{what}/{number}" if number else ""),
            key=f"ap:{link}" if link else "",
            author=f"@{name}@{home}" if name else "",
            at=believable(_json.string(said, "published"), now),
        )


def _seen(what: str, view: Item, now: datetime) -> Seen:
    said = _json.child(view, what)
    at = believable(_json.string(said, "published"), now)
    return Seen(int(at.timestamp()) if at else None, _json.string(said, "ap_id"))
