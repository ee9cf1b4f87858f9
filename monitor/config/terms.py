"""What the networks are asked for, from the brand file. Part of the config room."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.types import BrandIdentity, SearchTerms


def search_terms(identity: BrandIdentity) -> SearchTerms:
    """Names, hashtags and handles of brand, products and leaders; the shortest form that finds the longer ones.

    "Lomvi Ferger" is not asked for beside "Lomvi": whoever finds the second finds the first. What a name is not
    (homonyms with context words) becomes words to exclude, for networks that know exclusion.
    """
    ours = [identity.name, *identity.aliases]
    for product in identity.products:
        ours += [product.name, *product.aliases]
    people = [name for leader in identity.leaders for name in (leader.name, *leader.aliases)]
    both = [*ours, *people, *(account.address for account in identity.accounts if account.opted_in)]
    return SearchTerms(
        names=_fewest(n for n in ours if n[:1] not in "@#"),
        people=_fewest(n for n in people if n[:1] not in "@#"),
        hashtags=_marked(both, "#"),
        handles=_marked(both, "@"),
        exclude=tuple(dict.fromkeys(word for h in identity.homonyms for word in h.context_words)),
    )


def _marked(names: Iterable[str], mark: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(n[1:] for n in names if n.startswith(mark) and len(n) > 1))


def _fewest(names: Iterable[str]) -> tuple[str, ...]:
    """Without those that hold another one as whole words, in the order given."""
    unique = {" ".join(n.casefold().split()): n for n in reversed(list(names)) if n.strip()}
    kept = [
        name
        for folded, name in unique.items()
        if not any(o != folded and f" {o} " in f" {folded} " for o in unique)
    ]
    return tuple(reversed(kept))
