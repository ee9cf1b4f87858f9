"""One POST to an address of yours: signed JSON, or the shape a chat wants.

Keys of the recipient in brand.yaml: ``url``; ``template`` json (default), slack, mattermost or teams; ``secret``, which
signs what is sent; ``allow_private``, hosts or address ranges of your own network that may be reached (else only
public addresses are). Addresses of chats are secrets too: ``url: ${OMDOMME_CHAT_URL}``.

With a secret each request carries ``X-Omdomme-Timestamp`` (seconds since 1970) and ``X-Omdomme-Signature``:
``sha256=`` and the hex HMAC-SHA256, keyed with the secret, of the timestamp, a full stop and the body as sent. Whoever
receives it computes the same, compares in constant time, and refuses what is older than five minutes. ``X-Omdomme-Id``
is the same whenever the same message is sent: a repetition can be told by it.

A 2xx answer is success. No connection, 408, 425, 429 and 5xx are tried again; other answers are final, and so is a
connection that breaks or times out after the request left: it may have arrived.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import httpcore
import httpx

from monitor.channels._short import Short, facts_of, short
from monitor.errors import ChannelError, ConfigError, SourceError
from monitor.http import Client, Timeout
from monitor.types import Message, at_once

OPTIONS = ("url", "template", "secret", "allow_private")
TIMEOUT = Timeout(connect=10.0, read=20.0, total=30.0)
_TEMPLATES = ("json", "slack", "mattermost", "teams")
_UNSURE = ("timeout", "truncated", "protocol", "too_large", "encoding")  # it may have arrived
_SETTINGS = ("private_address", "url")  # somebody puts it right without touching the message


class Webhook:
    name = "webhook"

    def __init__(
        self, url: str, template: str = "json", secret: str = "", allow_private: tuple[str, ...] = ()
    ) -> None:
        self._url = url
        self._template = template
        self._secret = secret.encode()
        self._allow_private = allow_private

    def send(self, message: Message, begin: Callable[[], None] = at_once) -> None:
        body = json.dumps(payload(message, self._template), ensure_ascii=False, allow_nan=False).encode(
            "utf-8", "replace"
        )
        headers = {"X-Omdomme-Id": hashlib.sha256(message.id.encode()).hexdigest()[:32]}
        if self._secret:
            at = str(int(time.time()))
            headers |= {
                "X-Omdomme-Timestamp": at,
                "X-Omdomme-Signature": signature(self._secret, at, body),
            }
        begin()
        with Client(allow_private=self._allow_private, spacing=0, timeout=TIMEOUT) as client:
            try:
                client.post(self._url, body, headers)
            except SourceError as error:
                raise self._failure(error) from error

    def _failure(self, error: SourceError) -> ChannelError:
        # The address may be the secret: only its host is told.
        host = urlsplit(self._url).hostname or "its address"
        cause = error.__cause__
        unconnected = isinstance(cause, httpx.ConnectTimeout | httpcore.ConnectTimeout)
        if error.kind in _UNSURE and not unconnected:
            return ChannelError(
                f"the webhook at {host} did not confirm ({error.kind}); it may have arrived and is not repeated"
            )
        hint = (
            ". Remedy: name the host under allow_private of the recipient" if error.kind in _SETTINGS else ""
        )
        transient = error.transient or error.kind in _SETTINGS
        return ChannelError(f"the webhook at {host} failed: {error.kind}{hint}", transient=transient)


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def payload(message: Message, template: str) -> dict[str, object]:
    """What is posted, before it becomes bytes."""
    told = short(message)
    if template == "slack":
        # mrkdwn off: & < > are then the only characters Slack reads.
        return {"text": _escaped("\n".join([told.title, *told.lines, told.link]).strip()), "mrkdwn": False}
    if template == "mattermost":
        return {"text": "\n\n".join(_quiet(part) for part in [told.title, *told.lines] if part) + _link(told)}
    if template == "teams":
        return _card(told)
    return {
        "version": 1,
        "id": message.id,
        "thread": message.thread or message.id,
        "news": message.news,
        "recipient": message.recipient,
        "subject": told.title,
        "facts": facts_of(message),
    }


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quiet(text: str) -> str:
    """Markdown that formats nothing and calls nobody."""
    marked = "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|~<>" else c for c in text)
    return marked.replace("@", "@\N{ZERO WIDTH SPACE}")


def _link(told: Short) -> str:
    return f"\n\n<{told.link}>" if told.link else ""


def _card(told: Short) -> dict[str, object]:
    """An Adaptive Card; its RichTextBlock reads no Markdown."""
    body: list[dict[str, object]] = [
        {
            "type": "RichTextBlock",
            "inlines": [
                {"type": "TextRun", "text": line, "weight": "Default" if at else "Bolder"},
            ],
        }
        for at, line in enumerate((told.title, *told.lines))
    ]
    card: dict[str, object] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    if told.link:
        card["actions"] = [
            {"type": "Action.OpenUrl", "title": urlsplit(told.link).hostname, "url": told.link}
        ]
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


def examine(options: Mapping[str, object]) -> None:
    """Raises ConfigError for options nothing can be sent with; ``${OMDOMME_...}`` passes for any value."""
    url = options.get("url")
    if not isinstance(url, str) or not url:
        raise ConfigError("webhook needs `url`, for instance url: ${OMDOMME_CHAT_URL}")
    if not url.startswith(("https://", "http://", "${OMDOMME_")):
        raise ConfigError("webhook: `url` is not a web address; write https://... in full")
    template = options.get("template", "json")
    if template not in _TEMPLATES:
        raise ConfigError(f"webhook: no template is called {template!r}. There are: {', '.join(_TEMPLATES)}")


def build(settings: object) -> Webhook:
    """``settings`` is a mapping of the options above."""
    options = settings if isinstance(settings, Mapping) else {}
    examine(options)
    hosts = options.get("allow_private", ())
    return Webhook(
        str(options["url"]),
        str(options.get("template", "json")),
        str(options.get("secret", "")),
        (hosts,) if isinstance(hosts, str) else tuple(str(host) for host in hosts),
    )
