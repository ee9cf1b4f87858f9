"""kind: paged - a network with pages, newest first, one page a call; only for tests.

``url``?page=N answers {"items": [{id, at, text}, ...], "last": bool}.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from monitor import http
from monitor.types import Fetched, FetchState, Mention, SourceSpec


def build(spec: SourceSpec, client: http.Client, base: Path) -> PagedSource:
    return PagedSource(spec, client, says_more=bool(spec.options.get("says_more", True)))


class PagedSource:
    can_backfill = True

    def __init__(self, spec: SourceSpec, client: http.Client, *, says_more: bool) -> None:
        self.id = spec.id
        self.host = urlsplit(spec.url).hostname
        self._url = spec.url
        self._client = client
        self._says_more = says_more

    def fetch(self, state: FetchState, now: datetime) -> Fetched:
        """Without ``since`` page 0, or what is left of a walk back: {"page": N, "since": ...} in the cursor."""
        memory = json.loads(state.cursor or "{}")
        if state.since:
            memory = {"page": 0, "since": state.since.isoformat()}
        page = memory.get("page", 0)
        answer = json.loads(self._client.get(f"{self._url}?page={page}").body)
        since = memory.get("since", "")
        items = [item for item in answer["items"] if item["at"] >= since]
        more = bool(since) and len(items) == len(answer["items"]) and not answer["last"]
        cursor = json.dumps(
            {"page": page + 1, "since": since} if more else {"newest": answer["items"][0]["id"]}
        )
        mentions = tuple(
            Mention(
                id=f"{self.id}-{item['id']}",
                text=item["text"],
                url=f"https://net.example/{item['id']}",
                source=self.id,
                source_type="forum",
                lang="nb",
                published_at=datetime.fromisoformat(item["at"]),
                seen_at=now,
                keys=(f"net:{item['id']}",),
            )
            for item in items
        )
        state = replace(state, cursor=cursor, since=None, polls=state.polls + 1, not_before=None)
        return Fetched(mentions, state, more=more and self._says_more)
