"""kind: youtube - new videos of a channel: title and description, by the channel's public feed.

    sources:
      - {id: yt-lomvi, kind: youtube, channel: UCaaaaaaaaaaaaaaaaaaaaaa, interval_minutes: 60}

``channel`` is the channel's id: UC and 22 more characters, to be found on the channel's page under "Share channel".
``url`` is another address of the feed (https://www.youtube.com/feeds/videos.xml). Nothing is registered.

The feed holds the 15 newest videos. It comes and goes: 404 and 500 for hours are its weather. A channel that has
answered before fails only when it has not answered for two days.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from monitor import http
from monitor.errors import ConfigError, SourceError
from monitor.sources._posts import address, source_type, text_option
from monitor.sources.feed import FeedSource
from monitor.types import Fetched, FetchState, SourceSpec

FEED = "https://www.youtube.com/feeds/videos.xml"
PATIENCE = timedelta(days=2)
_CHANNEL = re.compile(r"UC[A-Za-z0-9_-]{22}")
_WEATHER = re.compile(r"http_(?:404|5\d\d)|html|empty")


def build(spec: SourceSpec, client: http.Client, base: Path) -> YouTube:
    channel = text_option(spec, "channel")
    if not _CHANNEL.fullmatch(channel):
        raise ConfigError(
            f"source '{spec.id}': channel must be a channel's id (UC and 22 characters), not its name. Remedy: copy "
            "it from the channel's page, 'Share channel'."
        )
    return YouTube(spec, client, f"{address(spec, FEED)}?channel_id={channel}")


class YouTube:
    """A feed with patience. The cursor is {feed, down}: that of the feed, and since when it does not answer."""

    def __init__(self, spec: SourceSpec, client: http.Client, url: str) -> None:
        self.id = spec.id
        self.host = urlsplit(url).hostname
        self._feed = FeedSource(replace(spec, url=url), client, None)
        self._source_type = source_type(spec, "other")

    def fetch(self, state: FetchState, now: datetime) -> Fetched:
        """Raises SourceError; kind http_404 and alike only for a channel that never answered, or not for long."""
        cursor, down = _load(state.cursor)
        try:
            found = self._feed.fetch(replace(state, cursor=cursor), now)
        except SourceError as error:
            down = down or now
            if cursor is None or not _WEATHER.fullmatch(error.kind) or now - down > PATIENCE:
                raise
            waiting = replace(state, cursor=_dump(cursor, down), polls=state.polls + 1, not_before=None)
            told = f"{error} (YouTube's weather; since {down:%Y-%m-%d %H:%M} UTC)"
            return Fetched((), waiting, warnings=(told,))
        return replace(
            found,
            mentions=tuple(replace(m, source_type=self._source_type) for m in found.mentions),
            state=replace(found.state, cursor=_dump(found.state.cursor, None)),
        )


def _dump(cursor: str | None, down: datetime | None) -> str:
    return json.dumps({"feed": cursor, "down": down.isoformat() if down else None})


def _load(cursor: str | None) -> tuple[str | None, datetime | None]:
    """(the feed's own cursor, None when it never answered; since when it does not answer)"""
    try:
        data = json.loads(cursor or "{}")
        feed, down = data.get("feed"), data.get("down")
        at = datetime.fromisoformat(down) if isinstance(down, str) else None
        return (feed if isinstance(feed, str) else None), (at if at and at.tzinfo else None)
    except (ValueError, AttributeError):
        return None, None
