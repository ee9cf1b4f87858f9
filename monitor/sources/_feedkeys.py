"""Which entries are the same entry: canonical links, believable guids, and the keys made of them. Pure.

A key is only as good as what it names. A link that is a front page, or that entries which differ have in common,
names none of them; the same goes for a guid (one newsroom system gives every entry ``/a/``). Such keys are left
out, and those seen shared once are remembered by the caller so that they stay out.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.links import canonical, web_link

__all__ = ["Entry", "by_first_key", "canonical", "key_hash", "keys", "web_link"]


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


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]


def by_first_key(keys_of: Iterable[tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Entries listed twice become one: the first key of each, with the keys of all that share it."""
    out: dict[str, tuple[str, ...]] = {}
    for found in keys_of:
        out[found[0]] = tuple(dict.fromkeys(out.get(found[0], ()) + found))
    return out
