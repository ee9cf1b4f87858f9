"""kind: mastodon - public posts of the fediverse with our hashtags, and by search, from any server with this API.

    sources:
      - {id: mastodon, kind: mastodon, url: "https://mastodon.example"}
      - {id: mastodon-sok, kind: mastodon, url: "https://mastodon.example", token: "${MASTODON_TOKEN}"}

Read are the timelines of hashtags: those of the brand file and those people would make of its names (``Lomvi Ferger``
-> ``#lomviferger``); ``tags`` (a text or a list) replaces them. With a ``token`` (an application's, scope
``read:search`` and ``read:statuses``) the names are searched for as well; ``search: true`` does so without one, where
the server lets visitors search, ``search: false`` never. Other servers that speak this API (GoToSocial, Pleroma,
Akkoma, snac ...) are read in the same way.

Replies are kept, boosts are not; a content warning becomes the title. Only public posts are read, and none of authors
whose profile asks not to be indexed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from monitor import html, http
from monitor.errors import ConfigError, SourceError
from monitor.http.limits import used_up
from monitor.sources import _json
from monitor.sources._feeddates import believable
from monitor.sources._feedkeys import web_link
from monitor.sources._feedparse import believed_language, language
from monitor.sources._json import Item
from monitor.sources._newest import Seen, Spot
from monitor.sources._paging import Page, PagedSource, Place
from monitor.sources._posts import address, confidential, mention, text_option, texts_option
from monitor.sources._queries import any_of, phrase, tag, tags, wanted
from monitor.types import Mention, SourceSpec

PER_PAGE = 40  # more is not given
MOST = 40  # requests a poll
_CLOSED = ("http_401", "http_403", "http_404", "http_422")
_SECOND = 1000 << 16  # of Mastodon's ids: milliseconds, then 16 bits


def build(spec: SourceSpec, client: http.Client, base: Path) -> PagedSource:
    if not spec.url:
        raise ConfigError(f"source '{spec.id}': mastodon needs a url, the server to ask (https://...).")
    parts = urlsplit(address(spec, ""))
    server = f"{parts.scheme}://{parts.netloc}"
    token = text_option(spec, "token")
    if token:
        confidential(spec, server)
    search = spec.options.get("search", bool(token))
    if not isinstance(search, bool):
        raise ConfigError(f"source '{spec.id}': search must be true or false.")
    given = texts_option(spec, "tags")
    asked = [f"tag:{t}" for t in (filter(None, map(tag, given)) if given else tags(spec.terms))]
    if search:
        asked += [f"search:{q}" for q in any_of(wanted(spec.terms), limit=200, most=1, quote=phrase)]
    if not asked:
        raise ConfigError(f"source '{spec.id}': there is nothing to ask for. Remedy: give it tags.")
    closed = "this server shows its timelines to its own accounts only: give the source a token"
    return PagedSource(
        spec,
        _Mastodon(spec, client, server, token),
        server,
        list(dict.fromkeys(asked)),
        most=MOST,
        remedies={
            "http_401": "renew the token" if token else closed,
            "http_403": "give the token the scopes read:statuses and read:search" if token else closed,
            "http_422": closed,
            "html": "check that url is a server with Mastodon's API",
            "http_404": "check that url is a server with Mastodon's API",
        },
        secrets=(token,),
    )


class _Mastodon:
    """A place is a Spot: ``onward`` is a max_id, ``mark`` the since_id. No server has to send a Link header."""

    def __init__(self, spec: SourceSpec, client: http.Client, server: str, token: str) -> None:
        self._spec = spec
        self._client = client
        self._server = server
        self._token = token

    def start(self, since: datetime) -> Place:
        return Spot(int(since.timestamp())).dump()

    def page(self, query: str, place: Place, now: datetime) -> Page:
        spot = Spot.load(place)
        kind, _, words = query.partition(":")
        try:
            response = self._client.get(
                self._url(kind, words, spot),
                accept="application/json",
                headers={"Authorization": f"Bearer {self._token}"} if self._token else None,
            )
        except SourceError as error:
            if kind == "search" and not self._token and error.kind in _CLOSED:
                # The timelines are still worth something.
                return Page((), place, True, warnings=("this server lets no visitor search: give a token",))
            raise
        if kind == "search":
            found = _json.items(_json.parse(response.body), "statuses")
        else:
            found = _json.parse_list(response.body)
        made, dropped = _json.usable(found, lambda status: self._mention(status, now))
        seen, _ = _json.usable(found, lambda status: _seen(status, now))
        following, done = spot.after(seen, self._onward(kind, seen, len(found), spot.onward), now)
        return Page(
            [m for m in made if m is not None],
            following.dump(),
            done,
            dropped,
            pause=used_up(response.headers, datetime.now(UTC)),
        )

    def _url(self, kind: str, words: str, spot: Spot) -> str:
        parameters: dict[str, str | int] = {"limit": PER_PAGE}
        if spot.onward:
            parameters["max_id"] = spot.onward
        if kind == "search":  # has no since_id; its min_id means something else
            return f"{self._server}/api/v2/search?{urlencode({'q': words, 'type': 'statuses'} | parameters)}"
        if spot.mark:
            parameters["since_id"] = spot.mark
        return f"{self._server}/api/v1/timelines/tag/{quote(words, safe='')}?{urlencode(parameters)}"

    @staticmethod
    def _onward(kind: str, seen: list[Seen], given: int, before: str) -> str:
        # Servers take posts out of a page after they have cut it: only one less than half full is surely the last.
        if not seen or given < PER_PAGE // 2:
            return ""
        last = seen[-1].id
        if kind == "search" and last.isdecimal() and len(last) > 15:
            # Mastodon's search knows whole seconds only, so the second of the last post is read again.
            again = str(int(last) + _SECOND)
            return last if again == before else again
        return last

    def _mention(self, status: Item, now: datetime) -> Mention | None:
        """None for what is not to be read: boosts, posts that are not public, authors who asked to be left out."""
        account = _json.child(status, "account")
        if (
            status.get("reblog") is not None
            or _json.string(status, "visibility") != "public"
            or _hidden(account)
        ):
            return None
        link, uri = _json.string(status, "url"), _json.string(status, "uri")
        name = _json.string(account, "acct")
        home = urlsplit(self._server).netloc
        words = html.to_text(_json.string(status, "content"))
        return mention(
            self._spec,
            now,
            "microblog",
            title=_json.string(status, "spoiler_text"),
            body=words,
            link=web_link(link) or uri,
            key=f"ap:{uri}" if uri else "",
            author=f"@{name}" if "@" in name or not name else f"@{name}@{home}",
            at=believable(_json.string(status, "created_at"), now),
            # Many programs say "en" unless told otherwise.
            lang=believed_language(language(_json.string(status, "language")), words),
            reach=_followers(account),
        )


def _followers(account: Item) -> int | None:
    """None where the server or the author hides them (Mastodon says -1)."""
    found = _json.number(account, "followers_count")
    return found if found is not None and found >= 0 else None


def _hidden(account: Mapping[str, object]) -> bool:
    return account.get("noindex") is True or account.get("indexable") is False


def _seen(status: Item, now: datetime) -> Seen:
    identifier = _json.string(status, "id")
    if not identifier.isalnum() or not identifier.isascii() or len(identifier) > 100:
        raise _json.Broken("no id")
    at = believable(_json.string(status, "created_at"), now)
    return Seen(int(at.timestamp()) if at else None, identifier)
