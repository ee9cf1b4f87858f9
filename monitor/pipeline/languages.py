"""The language each mention is in, before it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from monitor import language
from monitor.types import Mention, Target


def spoken(pairs: Sequence[tuple[Mention, Target]], expected: Sequence[str]) -> list[tuple[Mention, Target]]:
    """The same pairs with ``lang`` as the text has it; what the source declared is a hint (see ``language``).

    Found when it is judged and not when it is collected: only what is about us is looked at, and a mention that
    was stored by an earlier version gets it too. The store keeps what was declared.
    """
    known: dict[tuple[str, str], Mention] = {}
    out = []
    for mention, target in pairs:
        key = (mention.id, mention.content_hash)
        if key not in known:
            found = language.identify(
                mention.text, title=mention.title, declared=mention.lang, expected=expected
            )
            known[key] = replace(mention, lang=found.lang)
        out.append((known[key], target))
    return out
