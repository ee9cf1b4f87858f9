"""What keeps a request polite and bounded: turns per host, a cap on expanded bytes, Retry-After."""

from __future__ import annotations

import math
import threading
import time
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from monitor.errors import SourceError

MAX_RETRY_AFTER = 86_400.0  # seconds: who asks for longer is asked again after a day


class Pace:
    """Spaces the requests to each host, over all threads, and keeps away from hosts that asked for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}
        self._held: dict[str, float] = {}

    def hold(self, host: str, seconds: float) -> None:
        with self._lock:
            self._held[host] = max(self._held.get(host, 0.0), time.monotonic() + seconds)

    def wait(self, host: str, spacing: float) -> float:
        """Sleeps until this host's next turn and returns 0, or returns the seconds it is still on hold."""
        with self._lock:
            now = time.monotonic()
            held = self._held.get(host, 0.0) - now
            if held > 0:
                return held
            turn = max(now, self._next.get(host, 0.0))
            self._next[host] = turn + spacing
        time.sleep(max(0.0, turn - now))
        return 0.0


class Expander:
    """Undoes gzip or deflate without ever holding more than ``limit`` expanded bytes."""

    def __init__(self, url: str, encoding: str, limit: int) -> None:
        self._url = url
        self._limit = limit
        self._total = 0
        self._fed = False
        names = [n for n in encoding.lower().replace(" ", "").split(",") if n and n != "identity"]
        if names and (len(names) > 1 or names[0] not in ("gzip", "x-gzip", "deflate")):
            raise SourceError(f"{url}: content encoding {encoding[:40]!r} was not asked for", kind="encoding")
        self._name = names[0] if names else ""
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS) if "gzip" in self._name else None

    def __call__(self, chunk: bytes) -> bytes:
        if self._name == "deflate" and self._inflate is None:
            # Half of the servers send raw deflate, the other half zlib: its header is 0x?8.
            self._inflate = zlib.decompressobj(zlib.MAX_WBITS if chunk[0] & 0x0F == 8 else -zlib.MAX_WBITS)
        if self._inflate is not None:
            self._fed = True
            try:
                chunk = self._inflate.decompress(chunk, self._limit - self._total + 1)
            except zlib.error as error:
                raise SourceError(f"{self._url}: broken compression ({error})", kind="encoding") from error
        self._total += len(chunk)
        if self._total > self._limit:
            raise too_large(self._url, self._limit)
        return chunk

    def finish(self) -> None:
        if self._inflate is not None and self._fed and not self._inflate.eof:
            raise SourceError(f"{self._url}: the answer was cut short", kind="truncated", transient=True)


def too_large(url: str, limit: int) -> SourceError:
    return SourceError(f"{url}: more than {limit:,} bytes", kind="too_large")


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds from 0 to a day, from seconds or an HTTP date; None when there is no sense in it."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:12]), MAX_RETRY_AFTER)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, IndexError, TypeError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((at - now).total_seconds(), 0.0), MAX_RETRY_AFTER)


def used_up(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds (at most a day) until an API counts our requests anew, when the last one was our last; else 0.

    Read from (X-)RateLimit-Remaining and -Reset: seconds from now, seconds since 1970, or an ISO time.
    """
    for prefix in ("x-ratelimit-", "ratelimit-"):
        left, reset = headers.get(prefix + "remaining", "").strip(), headers.get(prefix + "reset", "").strip()
        try:
            if not left or float(left) >= 1:
                continue
            seconds = _until(reset, now)
        except (ValueError, OverflowError):
            continue
        return min(max(seconds, 1.0), MAX_RETRY_AFTER) if math.isfinite(seconds) else 0.0
    return 0.0


def _until(reset: str, now: datetime) -> float:
    try:
        number = float(reset)
    except ValueError:
        at = datetime.fromisoformat(reset)
        return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
    return number - now.timestamp() if number > 1e9 else number
