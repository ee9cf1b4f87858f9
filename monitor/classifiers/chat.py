"""One question to an OpenAI-compatible chat server: POST url, JSON in, JSON out, bounded in size and time.

The configuration names the server, so a loopback or private address is meant. What is refused all the same: a
redirect (the key and the posts go where the configuration says and nowhere else), link-local addresses such as a cloud
machine's metadata service behind a name, and a key in clear text to a public address. The environment's proxy
settings are not used; nothing is logged.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

import httpcore
import httpx

from monitor import text
from monitor.errors import ConfigError, ModelError, Refused, SourceError
from monitor.http import user_agent
from monitor.http.guard import Address, Deadline, Guard, GuardedTransport, embedded
from monitor.http.limits import Expander, retry_after

MAX_BODY = 262_144  # bytes of an answer, as sent and expanded
_CONNECT = 10.0  # seconds
_REFUSED = frozenset({400, 413, 422, 501})
_WEATHER = frozenset({408, 425, 429})

# weather = ask again; refused = this question will not do; broken = the model has no answer to it (a filter, a limit);
# stop = nothing asked of this server will do before somebody changes something
Kind = Literal["weather", "refused", "broken", "stop"]


class Failure(ModelError):
    """``wait`` = seconds the server asked to be left alone, when it said; ``tokens`` = what the try cost."""

    def __init__(self, kind: Kind, message: str, *, wait: float | None = None, tokens: int = 0) -> None:
        super().__init__(message)
        self.kind, self.wait, self.tokens = kind, wait, tokens


@dataclass(frozen=True, slots=True)
class Answer:
    content: str
    tokens: int  # of question and answer, as the server counts; estimated where it does not say


class _Configured(Guard):
    """The one host of the configuration, wherever it stands. ``clear`` = a key would travel unencrypted."""

    def __init__(self, *, clear: bool) -> None:
        super().__init__()
        self._clear = clear

    def permits(self, address: Address, host: str = "") -> bool:
        inner = embedded(address)
        if inner.is_link_local or inner.is_multicast or inner.is_unspecified:
            return host.strip("[]") == str(address)
        return not (self._clear and inner.is_global)


class Chat:
    """Safe to share between threads. ``timeout`` = seconds for one question, from asking to the last byte."""

    def __init__(self, url: str, key: str, *, timeout: float, keep: int) -> None:
        self.url = address(url)
        self.host = urlsplit(self.url).netloc
        self._key = _checked(key)
        self._timeout = timeout
        self._deadline = Deadline()
        self._clear = bool(key) and urlsplit(self.url).scheme == "http"
        self._transport = GuardedTransport(_Configured(clear=self._clear), self._deadline, keep)
        self._headers = {
            "User-Agent": user_agent(),
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
        }
        if key:
            self._headers["Authorization"] = f"Bearer {key}"

    def ask(self, body: Mapping[str, Any]) -> Answer:
        """Raises Failure, whose text never holds the key."""
        payload = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        self._deadline.at = time.monotonic() + self._timeout
        request = httpx.Request(
            "POST",
            self.url,
            headers=self._headers,
            content=payload,
            extensions={"timeout": httpx.Timeout(self._timeout, connect=_CONNECT).as_dict()},
        )
        try:
            with contextlib.closing(self._transport.handle_request(request)) as response:
                headers = {k.lower(): v for k, v in response.headers.items()}
                raw = self._body(response, headers)
        except Refused as error:
            raise Failure("stop", self._refusal(error)) from error
        except SourceError as error:  # of the name server, or of the size and encoding of the answer
            raise Failure("weather", f"{self.host}: {error.kind}") from error
        except (httpx.TimeoutException, httpcore.TimeoutException) as error:
            raise Failure("weather", f"{self.host}: no answer within {self._timeout:g} s") from error
        except (httpx.HTTPError, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            if "certificate" in str(error).lower():
                raise Failure("stop", f"{self.host}: its certificate is not trusted") from error
            raise Failure("weather", f"{self.host}: no connection, or one that broke") from error
        if response.status_code != 200:
            raise self._failure(response.status_code, headers, raw)
        return self._answer(raw, len(payload) // 3)

    def close(self) -> None:
        self._transport.close()

    def _body(self, response: httpx.Response, headers: Mapping[str, str]) -> bytes:
        expand = Expander(self.host, headers.get("content-encoding", ""), MAX_BODY)
        chunks = []
        for chunk in response.iter_raw(65_536):
            chunks.append(expand(chunk))
            self._deadline.left()
        expand.finish()
        return b"".join(chunks)

    def _refusal(self, error: Refused) -> str:
        if self._clear and error.kind == "private_address":
            return f"{self.host}: a key is not sent over http to a public address. Remedy: https in url"
        return f"{self.host}: this address is not asked ({error.kind})"

    def _failure(self, status: int, headers: Mapping[str, str], raw: bytes) -> Failure:
        if 300 <= status < 400:
            host = urlsplit(text.clean(headers.get("location", ""), 500)).netloc[:100] or "another page"
            return Failure("stop", f"{self.host}: redirects to {host}; not followed. Remedy: the final url")
        message = f"{self.host}: HTTP {status}{self._reason(raw)}"
        if status in _REFUSED:
            return Failure("refused", message)
        if status in _WEATHER or status >= 500:
            return Failure(
                "weather", message, wait=retry_after(headers.get("retry-after", ""), datetime.now(UTC))
            )
        if status in (401, 403):
            message += ". Remedy: set the variable that api_key names"
        return Failure("stop", message)

    def _reason(self, raw: bytes) -> str:
        """The server's own words, short and without the key it may have been polite enough to quote."""
        with contextlib.suppress(ValueError, RecursionError):
            found = json.loads(raw)
            error = found.get("error", found) if isinstance(found, dict) else None
            said = error.get("message") if isinstance(error, dict) else error
            if isinstance(said, str) and said.strip():
                words = " ".join(text.clean(said, 2_000).split())
                return f" ({words.replace(self._key, '***')[:200]})" if self._key else f" ({words[:200]})"
        return ""

    def _answer(self, raw: bytes, estimate: int) -> Answer:
        try:
            found = json.loads(raw)
            choice = found["choices"][0]
            message = choice["message"]
            content, why = message.get("content"), choice.get("finish_reason")
        except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
            raise Failure("weather", f"{self.host}: the answer is not one of a chat server") from error
        usage = found.get("usage")
        counted = usage.get("total_tokens") if isinstance(usage, dict) else None
        tokens = counted if isinstance(counted, int) and 0 < counted < 10_000_000 else estimate + 50
        if not isinstance(content, str) or not content.strip() or why == "content_filter":
            raise Failure("broken", f"{self.host}: an answer without content", tokens=tokens)
        return Answer(content, tokens)


def address(url: str) -> str:
    """``url`` with /chat/completions at the end of its path. Raises ConfigError without repeating the url."""
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
        httpx.URL(url.strip())
    except (ValueError, httpx.InvalidURL) as error:
        raise ConfigError("endpoint: url is not an address.") from error
    if parts.scheme not in ("http", "https") or not host or parts.fragment:
        raise ConfigError("endpoint: url begins with http:// or https:// and names a host.")
    if parts.username is not None or parts.password is not None:
        raise ConfigError("endpoint: no user or password in url. Remedy: api_key: ${OMDOMME_...}")
    path = parts.path.rstrip("/")
    path = path if path.endswith("/chat/completions") else path + "/chat/completions"
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def _checked(key: str) -> str:
    if key.startswith("${"):
        raise ConfigError("endpoint: api_key names a variable that does not begin with OMDOMME_.")
    if len(key) > 4_000 or not all("!" <= c <= "~" for c in key):
        raise ConfigError("endpoint: the variable api_key names holds no key (blanks or odd characters).")
    return key
