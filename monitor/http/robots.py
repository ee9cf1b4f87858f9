"""robots.txt as RFC 9309 has it: longest rule wins, ``*`` and ``$`` in paths; asked for once a day per host.

The standard library's parser knows no wildcards, which most newsrooms use, and lets the first rule win.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from monitor.errors import Refused, SourceError

MAX_BYTES = 512_000  # of a robots.txt; the rest is not read
MAX_RULES = 5_000
MAX_SITEMAPS = 50
MAX_DELAY = 30.0  # seconds of Crawl-delay that are kept
MAX_HOSTS = 2_000
KEPT = 86_400.0  # seconds
KEPT_CLOSED = 600.0  # when the host could not say
_SAFE = "/*$?=&;:@!'(),+~#[]"


@dataclass(frozen=True, slots=True)
class Rules:
    """What one host asks of us. ``rules`` = (path pattern, may we); ``delay`` in seconds between two requests;
    ``sitemaps`` = the addresses it names, as they stand there."""

    rules: tuple[tuple[str, bool], ...] = ()
    delay: float = 0.0
    sitemaps: tuple[str, ...] = ()

    def allows(self, target: str) -> bool:
        """``target`` = path and query of a URL."""
        path = _normal(target or "/")
        if path == "/robots.txt":
            return True
        fitting = [(len(pattern), may) for pattern, may in self.rules if _fits(pattern, path)]
        return max(fitting)[1] if fitting else True


def parse(body: bytes, agent: str) -> Rules:
    """The rules of all groups that name ``agent`` (a product token), else of those for ``*``."""
    own: list[tuple[str, bool]] = []
    others: list[tuple[str, bool]] = []
    delays = {True: 0.0, False: 0.0}
    named = False  # is there a group of ours?
    agents: list[str] = []
    in_rules = False
    sitemaps: list[str] = []
    for line in body[:MAX_BYTES].decode("utf-8-sig", "replace").splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if not colon:
            continue
        if key == "user-agent":
            agents = [value.lower()] if in_rules else [*agents, value.lower()]
            in_rules = False
            named = named or value.lower() == agent
            continue
        if key == "sitemap" and len(sitemaps) < MAX_SITEMAPS:
            sitemaps.append(value)
        if key not in ("allow", "disallow", "crawl-delay"):
            continue
        in_rules = True
        for ours in (True, False):
            if (agent if ours else "*") not in agents:
                continue
            if key == "crawl-delay":
                delays[ours] = max(delays[ours], _seconds(value))
            elif value and len(own) + len(others) < MAX_RULES:
                (own if ours else others).append((_normal(value), key == "allow"))
    return Rules(tuple(own if named else others), delays[named], tuple(sitemaps))


def _seconds(value: str) -> float:
    try:
        return max(0.0, min(float(value[:20]), MAX_DELAY))
    except ValueError:
        return 0.0


def _normal(path: str) -> str:
    return quote(unquote(path[:4_000], errors="replace"), safe=_SAFE)


def _fits(pattern: str, path: str) -> bool:
    """Linear: the leftmost place of each piece is as good as any when only the last one may be bound to the end."""
    bound = pattern.endswith("$")
    first, *rest = (pattern[:-1] if bound else pattern).split("*")
    if not path.startswith(first):
        return False
    position = len(first)
    if not rest:
        return not bound or position == len(path)
    for piece in rest[:-1]:
        found = path.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    if bound:
        return path.endswith(rest[-1]) and len(path) - len(rest[-1]) >= position
    return path.find(rest[-1], position) >= 0


class Robots:
    """``get`` fetches a URL and raises SourceError; safe to share between threads."""

    def __init__(self, get: Callable[[str], bytes], agent: str) -> None:
        self._get = get
        self._agent = agent.lower()
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Rules | None]] = {}  # None = it could not say: ask for nothing

    def check(self, url: str) -> Rules:
        """Raises Refused(kind="robots") when the host does not want ``url`` read; transient when it cannot say."""
        parts = urlsplit(url)
        rules = self._rules(f"{parts.scheme}://{parts.netloc}")
        if rules is None:
            raise Refused(f"{parts.netloc}: its robots.txt cannot be read now", kind="robots", transient=True)
        if not rules.allows(parts.path + (f"?{parts.query}" if parts.query else "")):
            raise Refused(f"{url}: robots.txt does not allow it", kind="robots")
        return rules

    def _rules(self, origin: str) -> Rules | None:
        with self._lock:
            until, rules = self._known.get(origin, (0.0, None))
        if time.monotonic() < until:
            return rules
        try:
            rules, kept = parse(self._get(f"{origin}/robots.txt"), self._agent), KEPT
        except SourceError as error:
            # There is none (4xx): all may be read. The host is in trouble, or wants to be left alone: nothing may.
            absent = error.kind == "gone" or (error.kind.startswith("http_4") and not error.transient)
            rules, kept = (Rules(), KEPT) if absent else (None, KEPT_CLOSED)
        with self._lock:
            if len(self._known) >= MAX_HOSTS:
                self._known.clear()
            self._known[origin] = (time.monotonic() + kept, rules)
        return rules
