"""kind: stackexchange - questions and answers on one site of Stack Exchange that name us, by its API 2.3.

    sources:
      - {id: so, kind: stackexchange, site: stackoverflow.com, interval_minutes: 60}
      - {id: su, kind: stackexchange, site: superuser.com, key: "${OMDOMME_STACKEXCHANGE_KEY}"}

``site`` is the site's domain. Asked for: the names and people of the brand file, one query each; ``query`` (a text or
a list) replaces them. ``key`` is a request key of stackapps.com: 10,000 requests a day instead of 300, shared by all
that ask from the same address. ``url`` is another address of the API (https://api.stackexchange.com/2.3).

A question gives its title and text, an answer its text alone. The search names no authors.
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
from monitor.sources._posts import address, mention, queries, text_option
from monitor.sources._queries import any_of, quoted, wanted
from monitor.types import Mention, SourceSpec

API = "https://api.stackexchange.com/2.3"
PER_PAGE = 100
MOST = 8  # requests a poll: a day of hourly polls stays under the 300 that are free
OVERLAP = 2 * 3_600  # seconds read again: their answers are cached, and their search lags
PENALTY = 3_600.0  # seconds to stay away after a refusal without a reason; asking on makes it longer
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,3}\.(?:com|net)$")


def build(spec: SourceSpec, client: http.Client, base: Path) -> PagedSource:
    api = address(spec, API)
    site = text_option(spec, "site").lower()
    if not _DOMAIN.match(site):
        raise ConfigError(
            f"source '{spec.id}': site must be the domain of one site. Remedy: write stackoverflow.com, or "
            "softwarerecs.stackexchange.com."
        )
    key = text_option(spec, "key")
    made = any_of(wanted(spec.terms), limit=240, most=1, quote=quoted)
    return PagedSource(
        spec,
        _StackExchange(spec, client, api, site, key),
        f"{api}?site={site}",
        queries(spec, made),
        most=MOST,
        remedies={
            "http_400": "check site and key; without a key, 300 requests a day are shared by this address"
        },
        secrets=(key,),
    )


class _StackExchange:
    """Oldest first. A place is {at, caught}: read up to ``at``, and whether that was all there was."""

    def __init__(self, spec: SourceSpec, client: http.Client, api: str, site: str, key: str) -> None:
        self._spec = spec
        self._client = client
        self._api = api
        self._site = site
        self._key = {"key": key} if key else {}

    def start(self, since: datetime) -> Place:
        return {"at": int(since.timestamp()), "caught": False}

    def page(self, query: str, place: Place, now: datetime) -> Page:
        at = int(place["at"])
        begin = at - OVERLAP if place["caught"] else at
        answer = self._ask(query, begin)
        found = _json.items(answer, "items")
        made, dropped = _json.usable(found, lambda item: self._mention(item, now))
        times, _ = _json.usable(found, _created)
        last = max(times, default=begin)
        pause, warnings = _pause(answer, now)
        if answer.get("has_more") is not True:
            reached = max(at, last, int((now - timedelta(days=1)).timestamp()))
            return Page(made, {"at": reached, "caught": True}, True, dropped, warnings, pause)
        if last <= begin:
            last = begin + 1
            warnings = (*warnings, f"over {PER_PAGE} posts in one second, some are not read")
        return Page(made, {"at": last, "caught": False}, False, dropped, warnings, pause)

    def _ask(self, query: str, begin: int) -> Item:
        parameters = {
            "q": query,
            "site": self._site,
            "sort": "creation",
            "order": "asc",
            "fromdate": begin,
            "pagesize": PER_PAGE,
            **self._key,
        }
        try:
            response = self._client.get(
                f"{self._api}/search/excerpts?{urlencode(parameters)}", accept="application/json"
            )
        except SourceError as error:
            # Throttled clients are told so with status 400, as are those that ask for a site that is not there.
            if error.kind == "http_400":
                raise SourceError(str(error), kind="http_400", retry_after=PENALTY) from error
            raise
        answer = _json.parse(response.body)
        if "error_name" in answer:
            reason = _json.said(f"{answer.get('error_name')}: {answer.get('error_message')}")
            throttled = answer.get("error_name") == "throttle_violation"
            raise SourceError(
                f"Stack Exchange says {reason}", kind="answer", retry_after=PENALTY if throttled else None
            )
        return answer

    def _mention(self, item: Item, now: datetime) -> Mention:
        question, answer = _json.number(item, "question_id"), _json.number(item, "answer_id")
        if question is None and answer is None:
            raise _json.Broken("no id")
        path = f"q/{question}" if answer is None else f"a/{answer}"
        title = _json.string(item, "title") if answer is None else ""
        return mention(
            self._spec,
            now,
            "forum",
            title=html.to_text(title),
            body=html.to_text(_json.string(item, "body") or _json.string(item, "excerpt")),
            link=f"https://{self._site}/{path}",
            key=f"stackexchange:{self._site}/{path}",
            at=_json.moment(_created(item), now),
        )


def _created(item: Item) -> int:
    seconds = _json.number(item, "creation_date")
    if seconds is None:
        raise _json.Broken("no time")
    return seconds


def _pause(answer: Item, now: datetime) -> tuple[float, tuple[str, ...]]:
    """What the wrapper asks of us: ``backoff`` seconds, or the rest of the day when the quota is used up."""
    left, backoff = answer.get("quota_remaining"), answer.get("backoff")
    if isinstance(left, int) and left <= 0:
        midnight = (now.astimezone(UTC) + timedelta(days=1)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        return (midnight - now).total_seconds(), ("the requests of today are used up: a key gives more",)
    if isinstance(backoff, int | float) and not isinstance(backoff, bool) and backoff > 0:
        return min(float(backoff) + 1, 86_400.0), ()
    return 0.0, ()
