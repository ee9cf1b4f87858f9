"""Which entries are the same entry: canonical links, believable guids, and the keys made of them. Pure.

A key is only as good as what it names. A link that is a front page, or that entries which differ have in common,
names none of them; the same goes for a guid (one newsroom system gives every entry ``/a/``). Such keys are left
out, and those seen shared once are remembered by the caller so that they stay out.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

_TRACKING = re.compile(
    r"(?:utm_.*|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid|mc_[ce]id|_hsenc|_hsmi|mkt_tok|xtor|"
    r"ref_src|ref_url|cmpid|ns_[a-z]+|at_(?:medium|campaign|custom\d)|s_cid|wt_mc|wt\.mc_id|spm|vero_id|__twitter_impression)$",
    re.IGNORECASE,
)
_FRONT = re.compile(r"/(?:index\.\w{2,5}|default\.\w{2,5}|home|feed|rss|atom)?$", re.IGNORECASE)
# A fragment that names a part of its own (a comment, a post, a page of a script-driven site), not a place to scroll.
_OWN_FRAGMENT = re.compile(r"(?:[!/].+|[^=]*\d[^=]*)$")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the feed has it: plain texts, an absolute http(s) link or "", the guid as given."""

    title: str = ""
    text: str = ""
    link: str = ""
    guid: str = ""
    author: str = ""
    published: str = ""
    lang: str | None = None


def web_link(url: str) -> str:
    """``url`` when it is a sound absolute http(s) link without blanks, else ""."""
    url = "".join(url.split())
    parts = _split(url)
    sound = parts and parts.scheme.lower() in _PORTS and parts.hostname and len(url) <= 2_000
    return url if sound and url.isprintable() else ""


def canonical(url: str) -> str:
    """host/path?query of a link, the same for all spellings of it; "" when it leads to no page in particular.

    Without scheme, default port, tracking parameters, final slash, and fragment (unless that names a comment).
    """
    parts = _split(url)
    if parts is None or not parts.hostname:
        return ""
    host = parts.hostname.rstrip(".")
    port = f":{parts.port}" if parts.port and parts.port != _PORTS.get(parts.scheme.lower()) else ""
    query = "&".join(p for p in parts.query.split("&") if p and not _TRACKING.match(p.partition("=")[0]))
    fragment = f"#{parts.fragment}" if _OWN_FRAGMENT.match(parts.fragment[:200]) else ""
    if _FRONT.match(parts.path or "/") and not query and not fragment:
        return ""
    path = parts.path.rstrip("/")
    return f"{host}{port}{path}" + (f"?{query}" if query else "") + fragment


def keys(
    source: str, entries: Sequence[Entry], home: str = "", shared: Iterable[str] = ()
) -> tuple[list[tuple[str, ...]], frozenset[str]]:
    """The keys of each entry, strongest first, and those this document shows to be worth nothing.

    ``home`` = the link of the feed itself. ``shared`` = what earlier documents showed.
    """
    front = canonical(home)
    known = frozenset(shared)
    found: list[tuple[str, str]] = []
    holders: dict[str, list[int]] = defaultdict(list)
    for number, entry in enumerate(entries):
        link = canonical(entry.link)
        url_key = f"url:{link}" if link and link != front else ""
        guid_key = f"guid:{source}:{entry.guid}" if _specific(entry.guid) else ""
        found.append((url_key, guid_key))
        for key in (url_key, guid_key):
            if key:
                holders[key].append(number)
    worthless = frozenset(k for k, numbers in holders.items() if _differ(entries, numbers))
    out = []
    for entry, pair in zip(entries, found, strict=True):
        good = tuple(k for k in pair if k and k not in worthless and key_hash(k) not in known)
        out.append(good or (f"hash:{source}:{_sha(entry.title + chr(0) + entry.text)}",))
    return out, frozenset(k for k in worthless if _many(entries, holders[k], k))


def key_hash(key: str) -> str:
    return _sha(key)[:10]


def _differ(entries: Sequence[Entry], numbers: Sequence[int]) -> bool:
    first = entries[numbers[0]]
    return any(not _same(first, entries[n]) for n in numbers[1:])


def _same(a: Entry, b: Entry) -> bool:
    """True for an entry listed twice, as against two entries that share a link or a guid."""
    if a.title != b.title:
        return False
    return a.text == b.text or (bool(a.guid) and a.guid == b.guid and a.link == b.link)


def _many(entries: Sequence[Entry], numbers: Sequence[int], key: str) -> bool:
    """A link is remembered as worthless only for three titles or more: two may be one article, retitled."""
    return key.startswith("guid:") or len({entries[n].title for n in numbers}) > 2


def _specific(guid: str) -> bool:
    """False for what cannot name one entry: "/a/", "-", a bare front page."""
    letters = sum(c.isalnum() for c in guid[:50])
    if letters == 0 or ("/" in guid and letters < 2):
        return False
    return not guid.lower().startswith(("http://", "https://")) or bool(canonical(guid))


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]


def by_first_key(keys_of: Iterable[tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Entries listed twice become one: the first key of each, with the keys of all that share it."""
    out: dict[str, tuple[str, ...]] = {}
    for found in keys_of:
        out[found[0]] = tuple(dict.fromkeys(out.get(found[0], ()) + found))
    return out
