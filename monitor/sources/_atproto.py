"""The AT Protocol as Bluesky speaks it: a session by app password, and what becomes of a post.

A session lives in memory only: the tokens stand in no cursor, log or error.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from monitor import http
from monitor.errors import SourceError
from monitor.sources import _json
from monitor.sources._feeddates import believable
from monitor.sources._feedparse import believed_language, language
from monitor.sources._json import Item
from monitor.sources._posts import mention
from monitor.types import Mention, SourceSpec

POST = "app.bsky.feed.post"
NOT_TO_VISITORS = "!no-unauthenticated"  # the author's wish: only to people who are signed in
FRESH_S = 3_000.0  # tokens are good for two hours, some servers give less
POST_URI = re.compile(
    r"at://(did:[a-z]+:[A-Za-z0-9._:%-]{1,200})/app\.bsky\.feed\.post/([A-Za-z0-9._~:-]{1,512})$"
)


class Session:
    """Asks with a token, gets a new one when the old one is not taken. One thread at a time."""

    def __init__(self, client: http.Client, service: str, handle: str, password: str) -> None:
        self._client = client
        self._service = service
        self._login = {"identifier": handle, "password": password}
        self._access = ""
        self._renew = ""
        self._at = 0.0

    def get(self, method: str, parameters: Sequence[tuple[str, str | int]]) -> http.Response:
        """Raises SourceError: http_401 when handle and password are not taken."""
        url = f"{self._service}/xrpc/{method}?{urlencode(parameters)}"
        new = self._ready()
        try:
            return self._ask(url)
        except SourceError as error:
            # An expired token is "400 ExpiredToken" with some servers and 401 with others.
            if new or error.kind not in ("http_400", "http_401"):
                raise
        self._refresh()
        return self._ask(url)

    def _ask(self, url: str) -> http.Response:
        return self._client.get(
            url, accept="application/json", headers={"Authorization": f"Bearer {self._access}"}
        )

    def _ready(self) -> bool:
        """Whether the token is new."""
        if self._access and time.monotonic() - self._at < FRESH_S:
            return False
        if self._renew:
            self._refresh()
        else:
            self._sign_in()
        return True

    def _sign_in(self) -> None:
        self._take(self._client.post(f"{self._service}/xrpc/com.atproto.server.createSession", self._login))

    def _refresh(self) -> None:
        headers = {"Authorization": f"Bearer {self._renew}"}
        self._access = self._renew = ""  # a token to refresh with is good for once
        try:
            url = f"{self._service}/xrpc/com.atproto.server.refreshSession"
            self._take(self._client.post(url, None, headers))
        except SourceError as error:
            if error.kind not in ("http_400", "http_401", "answer"):
                raise
            self._sign_in()

    def _take(self, response: http.Response) -> None:
        answer = _json.parse(response.body)
        access, renew = answer.get("accessJwt"), answer.get("refreshJwt")
        if not (isinstance(access, str) and isinstance(renew, str) and access.isascii() and renew.isascii()):
            raise SourceError("the server gives no session", kind="answer")
        self._access, self._renew, self._at = access, renew, time.monotonic()


def post(spec: SourceSpec, now: datetime, uri: str, record: Item, handle: str, indexed: str = "") -> Mention:
    """The mention of a post record. Raises Broken when it is none.

    The link has the DID, not the handle: handles change, and the stream knows none.
    """
    found = POST_URI.match(uri)
    if record.get("$type", POST) != POST or not found:
        raise _json.Broken("no post")
    did, key = found.groups()
    languages = record.get("langs")
    first = languages[0] if isinstance(languages, list) and languages else None
    words = _json.string(record, "text")
    said = believable(_json.string(record, "createdAt"), now)
    return mention(
        spec,
        now,
        "microblog",
        body=words,
        link=f"https://bsky.app/profile/{did}/post/{key}",
        key=uri,
        # "handle.invalid" is what a host calls a handle it could not verify.
        author=did if handle in ("", "handle.invalid") else f"@{handle}",
        # createdAt is what the author's program says.
        at=said or believable(indexed, now),
        # Many programs say "en" unless told otherwise.
        lang=believed_language(language(first) if isinstance(first, str) else None, words),
    )


def hidden(author: Item) -> bool:
    """Whether the author asks not to be shown to visitors."""
    labels = author.get("labels")
    return isinstance(labels, list) and any(
        isinstance(label, dict) and label.get("val") == NOT_TO_VISITORS and label.get("neg") is not True
        for label in labels
    )


def stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
