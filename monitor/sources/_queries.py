"""From names to a network's own query: quoting, OR groups, exclusions, and as many queries as the limits ask for. Pure.

What a network is asked for may be wider than what was wanted, never narrower: whatever comes back still passes the
matcher. So a name too long for a network loses its last words, and exclusions go in only as far as they fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import quote as percent

from monitor.text import fold_chars
from monitor.types import SearchTerms

_NOT_SAID = re.compile(r'["“”„«»\\\x00-\x1f\x7f]+')
_OPERATORS = frozenset(("and", "or", "not", "near"))


def wanted(
    terms: SearchTerms, *, people: bool = True, hashtags: bool = False, handles: bool = False
) -> list[str]:
    """The terms to ask for, names first, each once however it is written.

    Without ``hashtags`` and ``handles`` for networks that find the words of a tag by themselves; with them each is
    marked as people write it (``#lomvi``, ``@lomviferger``), unless it is one of the names: those find it.
    """
    found = [*terms.names, *(terms.people if people else ())]
    known = {plain(name).casefold() for name in found}
    marked = [("#", tag) for tag in terms.hashtags] if hashtags else []
    marked += [("@", handle) for handle in terms.handles] if handles else []
    return _unique([*found, *(mark + word for mark, word in marked if plain(word).casefold() not in known)])


def plain(term: str) -> str:
    """One line without quotation marks and backslashes, which no network searches for and some take as syntax."""
    return " ".join(_NOT_SAID.sub(" ", term).split())


def phrase(term: str) -> str:
    """``"Kari Nordvik"``: quoted when it is anything but one bare word; "" when nothing is left to ask for."""
    words = plain(term)
    if not any(c.isalnum() for c in words):
        return ""
    bare = words.isalnum() and words.casefold() not in _OPERATORS
    return words if bare else f'"{words}"'


def quoted(term: str) -> str:
    """Always in quotation marks, for networks that stem or correct a bare word."""
    words = plain(term)
    return f'"{words}"' if any(c.isalnum() for c in words) else ""


def tag(term: str) -> str:
    """The hashtag people would make of a name: ``Lomvi Ferger`` -> ``lomviferger``; "" when none can be made."""
    made = "".join(c for c in term.casefold() if c.isalnum() or c == "_")
    return "" if made.isdigit() else made[:100]


def tags(terms: SearchTerms, *, people: bool = True) -> list[str]:
    """Hashtags without ``#``: those of the brand file, then those made of the names."""
    made = [tag(t) for t in (*terms.hashtags, *wanted(terms, people=people))]
    return _unique(t for t in made if t)


def finder(terms: Sequence[str]) -> Callable[[str], bool]:
    """Whether a text holds one of the terms, each from the beginning of a word (``Lomvi`` finds Lomviferga and
    ``#lomvi``); for networks that give more than they were asked for. Without terms nothing is found.
    """
    folded = [
        r"\s+".join(map(re.escape, fold_chars(term).split())) for term in _unique(terms) if phrase(term)
    ]
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(folded)})") if folded else None
    return lambda text: pattern is not None and pattern.search(fold_chars(text)) is not None


def any_of(
    terms: Sequence[str],
    *,
    limit: int,
    join: str = " OR ",
    quote: Callable[[str], str] = phrase,
    most: int | None = None,
    exclude: Sequence[str] = (),
    minus: str = " -",
    group: bool = False,
    size: Callable[[str], int] = len,
) -> list[str]:
    """The fewest queries that together ask for every term, in the order given; [] when there is nothing to ask for.

    No query is longer than ``limit`` as ``size`` measures it (characters; ``url_size`` for what goes into a URL), or
    holds more than ``most`` terms. Words of ``exclude`` are appended to each query, each after ``minus``, as long as
    they fit. ``group`` puts two and more terms in parentheses, which many networks want beside anything else.
    """
    queries: list[str] = []
    packed: list[str] = []

    def made(parts: Sequence[str]) -> str:
        return f"({join.join(parts)})" if group and len(parts) > 1 else join.join(parts)

    for term in _unique(terms):
        said = _fitting(term, limit, quote, size)
        if not said or said in packed:
            continue
        if packed and (len(packed) == most or size(made([*packed, said])) > limit):
            queries.append(made(packed))
            packed = []
        packed.append(said)
    if packed:
        queries.append(made(packed))
    return [_without(query, exclude, minus, quote, limit, size) for query in queries]


def url_size(query: str) -> int:
    """How long a query is inside a URL."""
    return len(percent(query, safe=""))


def _fitting(term: str, limit: int, quote: Callable[[str], str], size: Callable[[str], int]) -> str:
    words = plain(term).split()
    while words:
        said = quote(" ".join(words))
        if size(said) <= limit:
            return said
        words.pop()  # the beginning of a long name finds the whole of it
    return ""


def _without(
    query: str,
    exclude: Sequence[str],
    minus: str,
    quote: Callable[[str], str],
    limit: int,
    size: Callable[[str], int],
) -> str:
    for word in _unique(exclude):
        said = quote(word)
        if said and size(query + minus + said) <= limit:
            query += minus + said
    return query


def _unique(terms: Iterable[str]) -> list[str]:
    first: dict[str, str] = {}
    for term in terms:
        words = plain(term)
        if words:
            first.setdefault(words.casefold(), words)
    return list(first.values())
