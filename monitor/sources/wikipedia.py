"""kind: wikipedia - every change of the pages you name, on Wikipedia or any other MediaWiki.

    sources:
      - {id: wp, kind: wikipedia, wiki: "no", pages: ["Lomvi Ferger", "Kari Nordvik"], interval_minutes: 30}
      - {id: intern, kind: wikipedia, url: "https://wiki.lomvi.example/api.php", pages: [Omtale]}

``pages`` are titles, at most 50; a redirect is followed. ``wiki`` is the language of a Wikipedia (no, nn, en ...; no
when it is not given); ``url`` is the api.php of another wiki instead.

A mention is one edit: the page's title, the editor's summary and how many bytes it added or took, with a link to the
difference. What was written into the page is not read. Addresses of people who are not logged in are left out.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from monitor import http
from monitor.errors import ConfigError, SourceError
from monitor.sources import _json
from monitor.sources._json import Item
from monitor.sources._paging import Page, PagedSource, Place
from monitor.sources._posts import address, mention, text_option, texts_option
from monitor.types import Mention, SourceSpec

MAX_PAGES = 50
PER_PAGE = 50
MORE = 10  # requests a poll beside one for each page
BUSY = 60.0  # seconds to stay away from a wiki that says it cannot keep up
_CODE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,10})?$|simple$")
_SECTION = re.compile(r"/\*\s{0,3}([^*]{0,300}?)\s{0,3}\*/\s{0,3}")
_LINK = re.compile(r"\[\[(?:[^\[\]|]{0,300}\|)?([^\[\]|]{0,300})\]\]")
_IP = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:[0-9A-Fa-f]{1,4}:){5,7}[0-9A-Fa-f]{1,4}\b")


def build(spec: SourceSpec, client: http.Client, base: Path) -> PagedSource:
    wiki = text_option(spec, "wiki", "no")
    if not _CODE.match(wiki):
        raise ConfigError(
            f"source '{spec.id}': wiki must be the language of a Wikipedia. Remedy: no, nn, en ..."
        )
    api = address(spec, f"https://{wiki}.wikipedia.org/w/api.php")
    if not api.endswith("/api.php"):
        raise ConfigError(
            f"source '{spec.id}': url must be the wiki's api.php. Remedy: see its Special:Version."
        )
    pages = texts_option(spec, "pages")
    if not pages or len(pages) > MAX_PAGES or any("|" in page or len(page) > 255 for page in pages):
        raise ConfigError(
            f"source '{spec.id}': pages must be 1 to {MAX_PAGES} titles. Remedy: pages: ['Lomvi Ferger']."
        )
    lang = None if spec.url or wiki == "simple" else wiki.partition("-")[0]
    return PagedSource(
        spec,
        _Wiki(spec, client, api, lang),
        api,
        pages,
        most=len(pages) + MORE,
        remedies={
            "http_403": "give a contact in the brand file: Wikimedia asks everybody to say who they are"
        },
    )


class _Wiki:
    """Oldest first, a page of the wiki at a time. A place is {at, rev, size}: the last edit read, 0 and null before
    the first one.
    """

    def __init__(self, spec: SourceSpec, client: http.Client, api: str, lang: str | None) -> None:
        self._spec = spec
        self._client = client
        self._api = api
        self._index = f"{api.removesuffix('api.php')}index.php"
        self._lang = lang

    def start(self, since: datetime) -> Place:
        return {"at": int(since.timestamp()), "rev": 0, "size": None}

    def page(self, query: str, place: Place, now: datetime) -> Page:
        begin, last_id, size = int(place["at"]), int(place["rev"]), place["size"]
        answer = self._ask(query, begin)
        page = _only_page(answer)
        if page.get("missing") or page.get("invalid"):
            return Page((), place, True, warnings=(f"the wiki has no page {_json.said(query)}",))
        edits, dropped = _json.usable(_json.items(page, "revisions"), _Edit)
        known = next((n + 1 for n, edit in enumerate(edits) if edit.id == last_id), 0)
        edits = edits[known:]
        sizes = {last_id: size} if last_id and isinstance(size, int) else {}
        made = []
        for edit in edits:
            base = sizes.get(edit.parent) if edit.parent else 0
            sizes[edit.id] = edit.size
            made.append(self._mention(_json.string(page, "title"), edit, base, now))
        reached = {"at": edits[-1].at, "rev": edits[-1].id, "size": edits[-1].size} if edits else dict(place)
        warnings: tuple[str, ...] = ()
        if "continue" in answer and reached["at"] <= begin:
            reached["at"] = begin + 1
            warnings = (f"over {PER_PAGE} edits of {_json.said(query)} in one second, some are not read",)
        return Page(made, reached, "continue" not in answer, dropped, warnings)

    def _ask(self, title: str, begin: int) -> Item:
        parameters = {
            "action": "query",
            "prop": "revisions",
            "titles": title,
            "redirects": 1,
            "rvdir": "newer",
            "rvstart": f"{datetime.fromtimestamp(begin, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "rvlimit": PER_PAGE,
            "rvprop": "ids|timestamp|user|comment|size",
            "maxlag": 5,
            "format": "json",
            "formatversion": 2,
        }
        response = self._client.get(f"{self._api}?{urlencode(parameters)}", accept="application/json")
        answer = _json.parse(response.body)
        error = answer.get("error")
        if isinstance(error, dict):
            busy = error.get("code") in ("maxlag", "ratelimited", "readonly")
            raise SourceError(
                f"the wiki says {_json.said(str(error.get('info') or error.get('code')))}",
                kind="answer",
                transient=busy,
                retry_after=BUSY if busy else None,
            )
        return answer

    def _mention(self, title: str, edit: _Edit, base: int | None, now: datetime) -> Mention:
        change = "" if base is None else f"{edit.size - base:+d} bytes"
        linked = f"diff={edit.id}&oldid={edit.parent}" if edit.parent else f"oldid={edit.id}"
        return mention(
            self._spec,
            now,
            "other",
            title=title or "?",
            body="\n".join(part for part in (edit.comment, change) if part),
            link=f"{self._index}?{linked}",
            key=f"wiki:{self._index}:{edit.id}",
            author=edit.user,
            at=_json.moment(edit.at, now),
            lang=self._lang,
        )


class _Edit:
    """One revision as the API gives it; ``parent`` 0 = it made the page."""

    def __init__(self, item: Item) -> None:
        ids = _json.number(item, "revid"), _json.number(item, "parentid")
        size = _json.number(item, "size")
        if not ids[0] or ids[1] is None or size is None:
            raise _json.Broken("no id or size")
        self.id, self.parent, self.size = ids[0], ids[1], size
        try:
            self.at = int(datetime.fromisoformat(_json.string(item, "timestamp")).timestamp())
        except (ValueError, OverflowError) as error:
            raise _json.Broken("no time") from error
        user = _json.string(item, "user")
        self.user = "" if item.get("anon") or _IP.search(user) else user
        self.comment = _readable(_json.string(item, "comment"))


def _only_page(answer: Item) -> Item:
    query = answer.get("query")
    pages = _json.items(query, "pages") if isinstance(query, dict) else []
    if len(pages) != 1 or not isinstance(pages[0], dict):
        raise SourceError("the wiki's answer holds no page", kind="answer")
    return pages[0]


def _readable(comment: str) -> str:
    """An edit summary without its markup: sections, links, addresses of people who are not logged in."""
    comment = _SECTION.sub(r"\1: ", comment[:2_000])
    return " ".join(_IP.sub("…", _LINK.sub(r"\1", comment)).split()).removesuffix(":")
