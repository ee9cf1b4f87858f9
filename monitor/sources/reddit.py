"""kind: reddit - posts on Reddit that name us. Off by default: Reddit wants to be asked first.

    sources:
      - id: reddit
        kind: reddit
        terms_accepted: true
        url: "https://oauth.reddit.com"
        token: "${OMDOMME_REDDIT_TOKEN}"

Nobody may read Reddit by machine without its explicit approval, and business use needs an agreement; so this source
does nothing before ``terms_accepted: true`` says that you have one. ``token`` is the bearer token that comes with it
(then ``url`` is https://oauth.reddit.com). Asked for: the names and people of the brand file, as few queries as fit;
``query`` (a text or a list) replaces them. Comments are not searched.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from monitor import http
from monitor.sources import _json
from monitor.sources._json import Item
from monitor.sources._paging import Page, PagedSource, Place
from monitor.sources._posts import accepted, address, mention, queries, text_option
from monitor.sources._queries import any_of, quoted, wanted
from monitor.types import Mention, SourceSpec

API = "https://www.reddit.com"
REASON = "Reddit gives no access to its data, for a business least of all, without its explicit approval."
REMEDY = "ask for access (support.reddithelp.com, 'Responsible Builder Policy')."
PER_PAGE = 100
MOST = 8  # requests a poll
SPACING = 6.0  # seconds; without a token ten a minute are allowed
OVERLAP = 3_600  # seconds read again
_GONE = frozenset(("[deleted]", "[removed]"))


def build(spec: SourceSpec, client: http.Client, base: Path) -> PagedSource:
    accepted(spec, REASON, REMEDY)
    api = address(spec, API)
    token = text_option(spec, "token")
    made = any_of(wanted(spec.terms), limit=480, quote=quoted, most=10)
    return PagedSource(
        spec,
        _Reddit(spec, client, api, token),
        api,
        queries(spec, made),
        most=MOST,
        remedies={
            "http_401": "renew the token",
            "http_403": "Reddit lets approved clients in only: see token and url",
        },
        secrets=(token,),
    )


class _Reddit:
    """Newest first. A place is {low} between passes and {low, top, after} while one is under way."""

    def __init__(self, spec: SourceSpec, client: http.Client, api: str, token: str) -> None:
        self._spec = spec
        self._client = client
        self._api = api
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def start(self, since: datetime) -> Place:
        return {"low": int(since.timestamp())}

    def page(self, query: str, place: Place, now: datetime) -> Page:
        low, after = int(place["low"]), place.get("after")
        parameters = {"q": query, "sort": "new", "t": "all", "type": "link", "limit": PER_PAGE, "raw_json": 1}
        response = self._client.get(
            f"{self._api}/search.json?{urlencode(parameters | ({'after': after} if after else {}))}",
            accept="application/json",
            headers=self._headers,
            spacing=None if self._headers else SPACING,
        )
        listing = _json.parse(response.body).get("data")
        listing = listing if isinstance(listing, dict) else {}
        posts, dropped = _json.usable(_json.items(listing, "children"), _post)
        times, _ = _json.usable(posts, _created)
        # Those before ``low`` were read already; the page that holds one is the last.
        made, broken = _json.usable(
            [p for p in posts if (_number(p) or low) >= low], lambda post: self._mention(post, now)
        )
        top = max([int(place.get("top") or 0), *times])
        following = listing.get("after")
        pause = _pause(response.headers)
        if not times or min(times) < low or not isinstance(following, str) or not following:
            newest = max(top - OVERLAP, int((now - timedelta(days=1)).timestamp()))
            return Page(made, {"low": max(low, newest)}, True, dropped + broken, pause=pause)
        return Page(
            made, {"low": low, "top": top, "after": following[:40]}, False, dropped + broken, pause=pause
        )

    def _mention(self, post: Item, now: datetime) -> Mention:
        body, author = _json.string(post, "selftext"), _json.string(post, "author")
        permalink = _json.string(post, "permalink")
        return mention(
            self._spec,
            now,
            "forum",
            title=_json.string(post, "title"),
            body="" if body in _GONE else body,
            link=f"https://www.reddit.com{permalink}" if permalink.startswith("/") else "",
            key=f"reddit:{_json.string(post, 'name')}",
            author="" if author in _GONE else author,
            at=_json.moment(_created(post), now),
        )


def _post(child: Item) -> Item:
    if child.get("kind") != "t3":
        raise _json.Broken("no post")
    return _json.child(child, "data")


def _number(post: Item) -> int | None:
    try:
        return _json.number(post, "created_utc")
    except _json.Broken:
        return None


def _created(post: Item) -> int:
    seconds = _json.number(post, "created_utc")
    if seconds is None:
        raise _json.Broken("no time")
    return seconds


def _pause(headers: Mapping[str, str]) -> float:
    """Seconds until Reddit counts our requests anew, when there is none left."""
    try:
        left, reset = (float(headers.get(f"x-ratelimit-{name}", "nan")) for name in ("remaining", "reset"))
    except ValueError:
        return 0.0
    return min(max(reset, 1.0), 3_600.0) if left < 1 and math.isfinite(reset) else 0.0
