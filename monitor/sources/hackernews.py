"""kind: hackernews - stories and comments on Hacker News that name us, by Algolia's search.

    sources:
      - {id: hn, kind: hackernews, interval_minutes: 30}

Asked for: the names and people of the brand file, one query each; ``query`` (a text or a list) replaces them.
``url`` is another address of the API (https://hn.algolia.com/api/v1). Nothing is registered, nothing is paid.

A story gives its title and text, a comment its text alone: what the story is about is not what the comment says.
The link is the discussion, not the article it is about.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from monitor import html, http
from monitor.sources import _json
from monitor.sources._json import Item
from monitor.sources._paging import Page, PagedSource, Place
from monitor.sources._posts import address, mention, queries
from monitor.sources._queries import any_of, quoted, wanted
from monitor.types import Mention, SourceSpec

API = "https://hn.algolia.com/api/v1"
PER_PAGE = 200  # at most 1,000 of a query can be reached by page numbers, so time leads from page to page
MOST = 10  # requests a poll
OVERLAP = 3_600  # seconds read again: the index lags
_DAY = 86_400


def build(spec: SourceSpec, client: http.Client, base: Path) -> PagedSource:
    api = address(spec, API)
    made = any_of(wanted(spec.terms), limit=500, most=1, quote=quoted)
    return PagedSource(spec, _HackerNews(spec, client, api), api, queries(spec, made), most=MOST)


class _HackerNews:
    """Newest first. A place is {low} between passes and {low, top, at} while one is under way: what is said from
    ``low`` up to ``at`` is still to be read, ``top`` is the newest seen in this pass.
    """

    def __init__(self, spec: SourceSpec, client: http.Client, api: str) -> None:
        self._spec = spec
        self._client = client
        self._api = api

    def start(self, since: datetime) -> Place:
        return {"low": int(since.timestamp())}

    def page(self, query: str, place: Place, now: datetime) -> Page:
        low, at = int(place["low"]), place.get("at")
        limits = [f"created_at_i>={low}"] + ([f"created_at_i<={int(at)}"] if at is not None else [])
        parameters = {
            "query": query,
            "tags": "(story,comment)",
            "numericFilters": ",".join(limits),
            "hitsPerPage": PER_PAGE,
            "typoTolerance": "false",
            "advancedSyntax": "true",  # quotation marks mean what they say
            "attributesToHighlight": "none",
        }
        answer = _json.parse(self._client.get(f"{self._api}/search_by_date?{urlencode(parameters)}").body)
        hits = _json.items(answer, "hits")
        made, dropped = _json.usable(hits, lambda hit: self._mention(hit, now))
        times, _ = _json.usable(hits, _created)
        top = max([int(place.get("top") or 0), *times])
        if len(hits) < PER_PAGE or not times:
            newest = max(top - OVERLAP, int((now - timedelta(days=1)).timestamp()))
            return Page(made, {"low": max(low, newest)}, done=True, dropped=dropped)
        following = min(times)
        warnings: tuple[str, ...] = ()
        if at is not None and following >= int(at):
            # A whole page of one second: what is left of it is out of reach.
            following = int(at) - 1
            warnings = (f"over {PER_PAGE} hits in one second, some are not read",)
        return Page(made, {"low": low, "top": top, "at": following}, False, dropped, warnings)

    def _mention(self, hit: Item, now: datetime) -> Mention:
        identifier = _json.string(hit, "objectID")
        if not identifier.isdecimal():
            raise _json.Broken("no id")
        return mention(
            self._spec,
            now,
            "forum",
            title=html.to_text(_json.string(hit, "title")),
            body=html.to_text(_json.string(hit, "comment_text") or _json.string(hit, "story_text")),
            link=f"https://news.ycombinator.com/item?id={identifier}",
            key=f"hackernews:{identifier}",
            author=_json.string(hit, "author"),
            at=_json.moment(_created(hit), now),
        )


def _created(hit: Item) -> int:
    seconds = _json.number(hit, "created_at_i")
    if seconds is None:
        raise _json.Broken("no time")
    return seconds
