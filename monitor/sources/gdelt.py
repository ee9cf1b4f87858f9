"""kind: gdelt - headlines of online news all over the world, by the GDELT Project's DOC 2.0 API.

    sources:
      - {id: world, kind: gdelt, interval_minutes: 30, sourcecountry: norway}
      - {id: sweden, kind: gdelt, interval_minutes: 60, sourcelang: [swedish, danish]}

Asked for: the names and people of the brand file, as few queries as fit; ``query`` (a text or a list, in GDELT's own
syntax) replaces them. ``sourcelang`` and ``sourcecountry`` (a text or a list, as GDELT spells them) narrow each
query. ``url`` is another address of the API (https://api.gdeltproject.org/api/v2/doc/doc).

A mention is a headline with its link; the outlet's domain stands as the author. Its time is when GDELT saw it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from monitor import html, http
from monitor.errors import ConfigError, SourceError
from monitor.sources import _json
from monitor.sources._json import Item
from monitor.sources._paging import Page, PagedSource, Place
from monitor.sources._posts import address, mention, queries, texts_option
from monitor.sources._queries import any_of, phrase, wanted
from monitor.types import Mention, SourceSpec

API = "https://api.gdeltproject.org/api/v2/doc/doc"
PER_PAGE = 250  # GDELT's own limit
SPACING = 5.0  # seconds between two requests: "one every 5 seconds"
MOST = 6  # requests a poll
LIMIT = 250  # characters of a query; GDELT refuses long ones and does not say from where on
SHORTEST = 3  # characters of a term, below which GDELT refuses the whole query
PENALTY = 300.0  # seconds to stay away after a second refusal
OVERLAP = 2 * 3_600  # seconds read again: articles come in late, in steps of 15 minutes
_WORD = re.compile(r"[A-Za-z]{2,40}$")
_LANGUAGES = {
    "norwegian": "no", "norwegiannynorsk": "nn", "english": "en", "swedish": "sv", "danish": "da", "finnish": "fi",
    "icelandic": "is", "german": "de", "french": "fr", "spanish": "es", "italian": "it", "dutch": "nl",
    "polish": "pl", "portuguese": "pt", "russian": "ru", "ukrainian": "uk",
}  # fmt: skip
# GDELT takes headlines apart: "Fjordbank hever renta , sier sjefen".
_LOOSE = re.compile(r" ([,.;:!?%)\]»”])")
_OPEN = re.compile(r"([(\[«“]) ")


def build(spec: SourceSpec, client: http.Client, base: Path) -> PagedSource:
    api = address(spec, API)
    narrowed = _narrow(spec, "sourcelang") + _narrow(spec, "sourcecountry")
    terms = [t for t in wanted(spec.terms) if len(t) >= SHORTEST]
    made = any_of(terms, limit=LIMIT, quote=phrase, exclude=spec.terms.exclude, group=True)
    asked = [f"{query}{narrowed}" for query in queries(spec, made)]
    return PagedSource(spec, _Gdelt(spec, client, api), api, asked, most=MOST)


def _narrow(spec: SourceSpec, key: str) -> str:
    """`` sourcelang:swedish`` or `` (sourcelang:swedish OR sourcelang:danish)``; parentheses only around an OR."""
    values = ["".join(v.split()).lower() for v in texts_option(spec, key)]
    for value in values:
        if not _WORD.match(value):
            raise ConfigError(
                f"source '{spec.id}': {key} '{value}' is no word. Remedy: write it as in 'norway'."
            )
    parts = [f"{key}:{value}" for value in values]
    return f" ({' OR '.join(parts)})" if len(parts) > 1 else "".join(f" {part}" for part in parts)


class _Gdelt:
    """Oldest first. A place is {at, caught}: read up to ``at``, and whether that was all there was."""

    def __init__(self, spec: SourceSpec, client: http.Client, api: str) -> None:
        self._spec = spec
        self._client = client
        self._api = api

    def start(self, since: datetime) -> Place:
        return {"at": int(since.timestamp()), "caught": False}

    def page(self, query: str, place: Place, now: datetime) -> Page:
        at = int(place["at"])
        begin = at - OVERLAP if place["caught"] else at
        answer = self._ask(query, begin, now)
        articles = _json.items(answer, "articles")
        made, dropped = _json.usable(articles, lambda article: self._mention(article, now))
        times, _ = _json.usable(articles, _seen)
        last = max((int(t.timestamp()) for t in times), default=begin)
        if len(articles) < PER_PAGE:
            reached = max(at, last, int((now - timedelta(days=1)).timestamp()))
            return Page(made, {"at": reached, "caught": True}, done=True, dropped=dropped)
        warnings: tuple[str, ...] = ()
        if last <= begin:
            last = begin + 1
            warnings = (f"over {PER_PAGE} articles at one time, some are not read: narrow the query",)
        return Page(made, {"at": last, "caught": False}, False, dropped, warnings)

    def _ask(self, query: str, begin: int, now: datetime) -> Item:
        first = datetime.fromtimestamp(begin, UTC)
        parameters = {
            "query": query,
            "mode": "artlist",
            "format": "json",
            "sort": "dateasc",
            "maxrecords": PER_PAGE,
            "startdatetime": f"{first:%Y%m%d%H%M%S}",
            # A span of minutes is refused as too short.
            "enddatetime": f"{max(now.astimezone(UTC), first + timedelta(hours=1)):%Y%m%d%H%M%S}",
        }
        url = f"{self._api}?{urlencode(parameters)}"
        try:
            return self._answer(url)
        except SourceError as error:
            if error.kind != "http_429" or error.retry_after:
                raise
        # The first call is often refused, however long ago the last one was; the next turn is 5 s away.
        try:
            return self._answer(url)
        except SourceError as error:
            if error.kind != "http_429":
                raise
            raise SourceError(
                str(error), kind="http_429", transient=True, retry_after=error.retry_after or PENALTY
            ) from error

    def _answer(self, url: str) -> Item:
        body = self._client.get(url, accept="application/json", spacing=SPACING).body
        try:
            # GDELT passes on backslashes of headlines as they are.
            return _json.parse(body, lenient=True)
        except SourceError as error:
            if error.kind == "answer" and b"limit requests" in body[:500]:
                raise SourceError(str(error), kind="http_429", transient=True) from error
            raise

    def _mention(self, article: Item, now: datetime) -> Mention:
        title = html.to_text(_json.string(article, "title"))
        seen = _seen(article)
        return mention(
            self._spec,
            now,
            "news",
            title=_OPEN.sub(r"\1", _LOOSE.sub(r"\1", title)),
            link=_json.string(article, "url"),
            author=_json.string(article, "domain"),
            at=_json.moment(int(seen.timestamp()), now),
            lang=_LANGUAGES.get("".join(_json.string(article, "language").split()).lower()),
        )


def _seen(article: Item) -> datetime:
    try:
        return datetime.strptime(_json.string(article, "seendate"), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise _json.Broken("no time") from error
