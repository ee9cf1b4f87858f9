"""One polite client for every source: identified, bounded in time and size, blind to private addresses.

Limits (defaults): 10 s to connect, 20 s for a single read, 60 s in all; 10 MB as sent and 10 MB expanded;
five redirects; one second between two requests to one host. Only http and https. A request that fails is a
SourceError whose ``kind`` says how and whose ``transient`` says whether asking again later makes sense.

The environment's proxy settings are not used, and nothing is kept on disk.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from monitor.errors import Refused, SourceError
from monitor.http.guard import Deadline, Guard, GuardedTransport
from monitor.http.limits import Expander, Pace, retry_after, too_large, used_up
from monitor.http.robots import Robots, Rules

PRODUCT = "omdomme"  # what a robots.txt calls us
MAX_REDIRECTS = 5
MAX_BYTES = 10_000_000
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)


@dataclass(frozen=True, slots=True)
class Timeout:
    """Seconds. ``total`` is wall-clock time from asking to the last byte read, redirects included."""

    connect: float = 10.0
    read: float = 20.0
    total: float = 60.0


@dataclass(frozen=True, slots=True)
class Response:
    """``body`` is decompressed; header names are lower case. ``not_modified`` = 304, with an empty body."""

    status: int
    url: str
    body: bytes
    headers: Mapping[str, str]
    permanent_url: str | None = None  # where a chain of nothing but 301/308 ended
    not_modified: bool = False


class Client:
    """Asks for one URL at a time; safe to share between threads. Close it, or use it as a context manager.

    ``contact`` (a URL or an address) goes into the User-Agent. ``allow_private`` names hosts, addresses or
    networks (CIDR) that may be asked although they are not public; requests to those are ``private_spacing``
    seconds apart instead of ``spacing``. ``transport`` replaces the network in tests; host names are then not
    resolved, addresses in URLs are still checked.
    """

    def __init__(
        self,
        contact: str = "",
        allow_private: Sequence[str] = (),
        spacing: float = 1.0,
        timeout: Timeout = Timeout(),
        max_bytes: int = MAX_BYTES,
        transport: httpx.BaseTransport | None = None,
        *,
        private_spacing: float = 0.0,
    ) -> None:
        self.user_agent = user_agent(contact)
        self._guard = Guard(allow_private)
        self._deadline = Deadline()
        self._spacing = spacing
        self._private_spacing = private_spacing
        self._total = timeout.total
        self._waits = httpx.Timeout(timeout.read, connect=timeout.connect).as_dict()
        self._max_bytes = max_bytes
        self._pace = Pace()
        self._robots = Robots(lambda url: self.get(url, accept="text/plain, */*;q=0.5").body, PRODUCT)
        # Not an httpx.Client: that keeps cookies and follows what it finds in Location before anybody can look.
        self._transport = transport or GuardedTransport(self._guard, self._deadline)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def get(
        self,
        url: str,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str = ACCEPT,
        headers: Mapping[str, str] | None = None,
        spacing: float | None = None,
        robots: bool = False,
    ) -> Response:
        """The answer with status 2xx, or 304 when ``etag`` or ``last_modified`` match.

        ``headers`` (an API token, say) go to the host of ``url`` only, never to where it redirects. ``spacing`` is
        the least number of seconds to this host's next request, where its terms ask for more than the usual.
        ``robots`` = this is a page: robots.txt is obeyed, also of where it redirects.
        Raises SourceError; ``kind`` is one of url, private_address, too_early, timeout, connect, tls, dns,
        truncated, protocol, too_large, encoding, redirect, robots, gone (410), http_<status>.
        """
        conditions = _header("If-None-Match", etag) | _header("If-Modified-Since", last_modified)
        origin = _origin(url)
        seen: list[str] = []
        permanent = True
        # Spent in the queue for a host is not time of the server's: the clock starts with the first request.
        started: float | None = None
        while True:
            self._check(url)
            own_pace = self._robots.check(url).delay if robots else 0.0
            self._wait(url, max(spacing or 0.0, own_pace))
            started = started if started is not None else time.monotonic()
            self._deadline.at = started + self._total
            seen.append(url)
            own = dict(headers or {}) if _origin(url) == origin else {}
            status, reply, body = self._exchange(url, {"Accept": accept} | conditions | own)
            if status not in (301, 302, 303, 307, 308):
                moved = url if permanent and len(seen) > 1 else None
                return self._judge(status, url, reply, body, moved)
            permanent = permanent and status in (301, 308)
            try:
                target = urljoin(url, reply.get("location", "").strip()).partition("#")[0]
            except ValueError as error:
                raise Refused(f"{url}: redirects to what is not a URL: {error}", kind="url") from error
            if not reply.get("location"):
                raise SourceError(f"{url}: redirect {status} without a Location", kind="redirect")
            if target in seen:
                raise SourceError(f"{seen[0]}: redirects in a loop ({target})", kind="redirect")
            if len(seen) > MAX_REDIRECTS:
                raise SourceError(f"{seen[0]}: more than {MAX_REDIRECTS} redirects", kind="redirect")
            url = target

    def _check(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
            httpx.URL(url)
        except (ValueError, httpx.InvalidURL) as error:
            raise Refused(f"{url[:200]!r} is not a URL: {error}", kind="url") from error
        if parts.scheme.lower() not in ("http", "https") or not host:
            raise Refused(f"{url[:200]!r}: only http and https are asked", kind="url")
        literal = _address(host)
        if literal and not self._guard.permits(literal):
            raise Refused(
                f"{host} is not a public address. Remedy: add it to allow_private if it is meant.",
                kind="private_address",
            )

    def post(self, url: str, payload: object, headers: Mapping[str, str] | None = None) -> Response:
        """Sends ``payload`` as JSON (None: nothing; bytes: JSON already, sent as it is). A redirect is an error: what
        is sent (a password, say) goes where it was meant.

        Raises SourceError as ``get`` does.
        """
        self._check(url)
        self._wait(url, None)
        self._deadline.at = time.monotonic() + self._total
        if isinstance(payload, bytes):
            content = payload
        else:
            content = b"" if payload is None else json.dumps(payload).encode()
        kind = {"Content-Type": "application/json"} if content else {}
        own = {"Accept": "application/json"} | kind | dict(headers or {})
        status, reply, body = self._exchange(url, own, content)
        if status in (301, 302, 303, 307, 308):
            raise SourceError(f"{url}: redirects what was posted to it", kind="redirect")
        return self._judge(status, url, reply, body, None)

    def rules(self, url: str) -> Rules:
        """What the robots.txt of its host says. Raises Refused when that forbids ``url`` or cannot be read now."""
        self._check(url)
        return self._robots.check(url)

    def connect(self, host: str, port: int, timeout: float = 20.0) -> socket.socket:
        """A bare connection under the same guard, for protocols other than HTTP. Raises SourceError."""
        return self._guard.connect(host, port, timeout)

    def _wait(self, url: str, least: float | None) -> None:
        host = urlsplit(url).hostname or ""
        spacing = self._private_spacing if self._guard.named(host) else max(self._spacing, least or 0.0)
        held = self._pace.wait(host, spacing)
        if held:
            raise Refused(
                f"{host} asked to be left alone for another {held:.0f} s",
                kind="too_early",
                transient=True,
                retry_after=held,
            )

    def _exchange(
        self, url: str, headers: dict[str, str], payload: bytes | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        try:
            request = httpx.Request(
                "GET" if payload is None else "POST",
                url,
                content=payload,
                headers={"User-Agent": self.user_agent, "Accept-Encoding": "gzip, deflate"} | headers,
                extensions={"timeout": self._waits},
            )
            with contextlib.closing(self._transport.handle_request(request)) as response:
                reply = {k.lower(): v for k, v in response.headers.items()}
                wanted = 200 <= response.status_code < 300
                body = b"".join(self._body(url, response, reply)) if wanted else b""
                return response.status_code, reply, body
        except (httpx.TimeoutException, httpcore.TimeoutException) as error:
            raise SourceError(
                f"{url}: no (complete) answer in time", kind="timeout", transient=True
            ) from error
        except (httpx.ConnectError, httpcore.ConnectError) as error:
            kind = "tls" if "SSL" in str(error) or "certificate" in str(error).lower() else "connect"
            raise SourceError(f"{url}: no connection ({error})", kind=kind, transient=True) from error
        except (httpx.RemoteProtocolError, httpcore.RemoteProtocolError) as error:
            kind = "truncated" if "without sending complete" in str(error) else "protocol"
            raise SourceError(f"{url}: {error}", kind=kind, transient=True) from error
        except (httpx.HTTPError, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise SourceError(f"{url}: {error}", kind="connect", transient=True) from error
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise SourceError(f"{url[:200]!r}: {error}", kind="url") from error

    def _body(self, url: str, response: httpx.Response, reply: Mapping[str, str]) -> Iterator[bytes]:
        """Decompressed chunks; both the bytes as sent and the bytes expanded stay under the cap."""
        if response.is_stream_consumed:  # a transport of a test that answers from memory
            yield response.content
            return
        expand = Expander(url, reply.get("content-encoding", ""), self._max_bytes)
        sent = 0
        for chunk in response.iter_raw(65_536):
            sent += len(chunk)
            if sent > self._max_bytes:
                raise too_large(url, self._max_bytes)
            yield expand(chunk)
            self._deadline.left()
        expand.finish()

    def _judge(
        self, status: int, url: str, reply: dict[str, str], body: bytes, moved: str | None
    ) -> Response:
        if 200 <= status < 300 or status == 304:
            return Response(status, url, body, reply, moved, not_modified=status == 304)
        if status == 410:
            raise Refused(f"{url}: gone for good (410)", kind="gone")
        pause = None
        if status in (429, 503):
            now = datetime.now(UTC)
            pause = retry_after(reply.get("retry-after", ""), now)
            # Some APIs tell instead when they begin to count anew.
            pause = pause if pause is not None else used_up(reply, now) or None
            # 429 is about who asks, so the whole host is left alone; 503 may be one broken feed among many.
            if pause and status == 429:
                self._pace.hold(urlsplit(url).hostname or "", pause)
        raise SourceError(
            f"{url}: HTTP {status}",
            kind=f"http_{status}",
            transient=status >= 500 or status in (408, 425, 429),
            retry_after=pause,
        )


def user_agent(contact: str = "") -> str:
    """``omdomme/0.1.0 (+contact)``; the contact is cut down to printable ASCII."""
    try:
        name = f"omdomme/{version('omdomme')}"
    except PackageNotFoundError:
        name = "omdomme"
    printable = "".join(c for c in contact if " " <= c <= "~" and c not in "()")[:200].strip()
    return f"{name} (+{printable})" if printable else name


def _header(name: str, value: str | None) -> dict[str, str]:
    ok = value and value.isascii() and value.isprintable() and len(value) <= 1_000
    return {name: value} if ok and value else {}


def _origin(url: str) -> tuple[str, str]:
    scheme, _, rest = url.partition("://")
    return scheme.lower(), rest.partition("/")[0].lower()


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
