"""A news search that answers as a feed: one source over as many feeds as it has queries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from monitor import http
from monitor.errors import Refused
from monitor.sources.feed import FeedSource
from monitor.types import Fetched, FetchState, Mention, SourceSpec


class SearchFeed:
    """``understood`` makes of a feed's mention what this search means by it."""

    def __init__(
        self,
        spec: SourceSpec,
        client: http.Client,
        urls: Sequence[str],
        understood: Callable[[Mention], Mention],
    ) -> None:
        self.id = spec.id
        self.host = urlsplit(urls[0]).hostname
        self._feeds = {
            hashlib.sha256(url.encode()).hexdigest()[:10]: FeedSource(replace(spec, url=url), client, None)
            for url in urls
        }
        self._understood = understood

    def fetch(self, state: FetchState, now: datetime) -> Fetched:
        """Raises SourceError when one of the feeds fails: none of them has a place to lose."""
        known = _load(state.cursor)
        mentions: dict[str, Mention] = {}
        states: dict[str, dict[str, str | None]] = {}
        unchanged, dropped = True, 0
        warnings: list[str] = []
        for name, feed in self._feeds.items():
            given = known.get(name, {})
            one = feed.fetch(
                FetchState(
                    etag=given.get("etag"),
                    last_modified=given.get("last_modified"),
                    cursor=given.get("cursor"),
                    not_before=state.not_before,
                ),
                now,
            )
            if one.state.retired:
                raise Refused(f"source '{self.id}': this search is gone for good (410)", kind="gone")
            after = one.state
            states[name] = {
                "etag": after.etag,
                "last_modified": after.last_modified,
                "cursor": after.cursor,
            }
            for mention in map(self._understood, one.mentions):
                mentions.setdefault(mention.id, mention)
            unchanged = unchanged and one.unchanged
            dropped += one.dropped
            warnings += one.warnings
        return Fetched(
            tuple(mentions.values()),
            replace(
                state, cursor=json.dumps(states), polls=state.polls + 1, not_before=None, url=None, since=None
            ),
            unchanged,
            dropped,
            tuple(warnings),
        )


def _load(cursor: str | None) -> Mapping[str, Mapping[str, Any]]:
    try:
        data = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return {n: s for n, s in data.items() if isinstance(s, dict)} if isinstance(data, dict) else {}
