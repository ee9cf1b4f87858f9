"""Networks that are searched a page at a time: a bounded number of requests a poll, the rest from the cursor.

A source asks one or several queries. Where each of them has come to (its place) stands in the cursor, bound to the
address; so a new name in the brand file begins at its own beginning and leaves the others where they are. A poll
that runs out of requests, or is told to wait, keeps what it has read and goes on there at the next poll: nothing is
lost. What is read twice is known by its keys: nothing is doubled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from monitor.errors import Refused, SourceError
from monitor.types import Fetched, FetchState, Mention, SourceSpec

FIRST = timedelta(days=7)  # how far back a query that was never asked before begins
MAX_WARNINGS = 10
_BARRED = ("http_401", "http_403")  # whoever is not let in need not try the other queries
Place = Mapping[str, Any]  # JSON; a network's own


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. ``place`` = where to go on, ``done`` = nothing more to ask for now, ``pause`` = seconds the
    network wants to be left alone for."""

    mentions: Sequence[Mention]
    place: Place
    done: bool
    dropped: int = 0
    warnings: tuple[str, ...] = ()
    pause: float = 0.0


class Network(Protocol):
    def start(self, since: datetime) -> Place:
        """Where a query begins that is to be read back to ``since``."""

    def page(self, query: str, place: Place, now: datetime) -> Page:
        """One request (or what counts as one). Raises SourceError; KeyError and TypeError for a spoilt ``place``."""


@dataclass(slots=True)
class _Round:
    """What a poll has brought so far."""

    mentions: dict[str, Mention] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    asked: int = 0
    dropped: int = 0
    pause: float = 0.0
    error: SourceError | None = None
    finished: bool = False  # the query the round ended with is read to its end

    def take(self, name: str, page: Page) -> None:
        for mention in page.mentions:
            self.mentions.setdefault(mention.id, mention)
        self.places[name] = page.place
        self.warnings += page.warnings
        self.dropped += page.dropped
        self.pause = max(self.pause, page.pause)


class PagedSource:
    """``remedies`` say what to do about an error kind; ``secrets`` stand in no error. ``address`` binds the cursor."""

    can_backfill = True

    def __init__(
        self,
        spec: SourceSpec,
        network: Network,
        address: str,
        queries: Sequence[str],
        *,
        most: int,
        remedies: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
    ) -> None:
        self.id = spec.id
        self.host = urlsplit(address).hostname
        self._network = network
        self._queries = {_short(query): query for query in queries}
        self._bound = _short(address)
        self._most = most
        self._remedies = remedies or {}
        self._secrets = [form for s in secrets if s for form in (s, quote(s, safe=""))]

    def fetch(self, state: FetchState, now: datetime) -> Fetched:
        """Raises SourceError when not one request succeeded. A query that fails stops no other, a server that fails
        or wants to be left alone does; either is a warning when something was read before.
        """
        if state.not_before and now < state.not_before:
            raise Refused(
                f"source '{self.id}' is not asked before {state.not_before:%Y-%m-%d %H:%M} UTC",
                kind="too_early",
                transient=True,
                retry_after=(state.not_before - now).total_seconds(),
            )
        places, turn = ({}, 0) if state.since else self._load(state.cursor)
        names = [*list(self._queries)[turn:], *list(self._queries)[:turn]]
        since = state.since or now - FIRST
        found = _Round({}, {name: places.get(name) or self._network.start(since) for name in names})
        stopped = next((name for name in names if not self._read(name, found, now, since)), None)
        if not found.asked and found.error is not None:
            raise self._named(found.error)
        if found.error is not None:
            found.warnings.append(str(self._named(found.error)))
        # Where the round broke off, this query and those after it have not been read to their ends.
        left = len(names) - names.index(stopped) - found.finished if stopped else 0
        cursor = {
            "address": self._bound,
            "turn": (list(self._queries).index(stopped) + found.finished) % len(self._queries)
            if stopped
            else 0,
            "places": found.places,
        }
        return Fetched(
            tuple(found.mentions.values()),
            replace(
                state,
                cursor=json.dumps(cursor, separators=(",", ":"), sort_keys=True),
                polls=state.polls + 1,
                not_before=now + timedelta(seconds=found.pause) if found.pause else None,
                since=None,
            ),
            dropped=found.dropped,
            warnings=tuple(dict.fromkeys(found.warnings))[:MAX_WARNINGS],
            more=left > 0,
        )

    def _read(self, name: str, found: _Round, now: datetime, since: datetime) -> bool:
        """Reads on in one query; False when the poll is over with that."""
        while found.asked < self._most and not found.pause:
            try:
                try:
                    page = self._network.page(self._queries[name], found.places[name], now)
                except (KeyError, TypeError, ValueError):  # a cursor of another version, or spoilt
                    page = self._network.page(self._queries[name], self._network.start(since), now)
            except SourceError as error:
                found.error = found.error or error
                found.pause = error.retry_after or 0.0
                everybody = error.transient or error.retry_after or isinstance(error, Refused)
                return not (everybody or error.kind in _BARRED)
            found.asked += 1
            found.take(name, page)
            if page.done:
                found.finished = bool(found.pause)
                return not found.pause
        return False

    def _load(self, cursor: str | None) -> tuple[dict[str, Place], int]:
        try:
            data = json.loads(cursor or "{}")
            if data.get("address") != self._bound:
                return {}, 0
            places: dict[str, Place] = {
                n: p for n, p in data["places"].items() if n in self._queries and isinstance(p, dict)
            }
            return places, max(0, min(int(data["turn"]), len(self._queries) - 1))
        except (ValueError, AttributeError, KeyError, TypeError):
            return {}, 0

    def _named(self, error: SourceError) -> SourceError:
        message = str(error)
        for secret in self._secrets:
            message = message.replace(secret, "***")
        remedy = self._remedies.get(error.kind, "")
        named = type(error)(
            f"source '{self.id}': {message}{f'. Remedy: {remedy}' if remedy else ''}",
            kind=error.kind,
            transient=error.transient,
            retry_after=error.retry_after,
        )
        # A traceback shows causes too: with a secret in the address there is none.
        named.__cause__ = None if self._secrets else error
        return named


def _short(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:10]
