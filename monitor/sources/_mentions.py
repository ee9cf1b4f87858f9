"""Entries and their keys -> mentions: the last step of every source that reads whole documents. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from monitor.sources._feeddates import believable
from monitor.sources._feedkeys import Entry, by_first_key
from monitor.sources._feedparse import believed_language
from monitor.types import Mention, SourceSpec

Dated = Callable[[str, datetime, str | None], datetime | None]


def mentions_of(
    spec: SourceSpec,
    source_type: str,
    entries: Sequence[Entry],
    found: Sequence[tuple[str, ...]],
    now: datetime,
    dated: Dated = believable,
) -> tuple[Mention, ...]:
    """One mention an entry, in their order; entries with the same first key become one. ``found`` = their keys."""
    merged = dict(by_first_key(found))
    out = []
    for entry, own in zip(entries, found, strict=True):
        keys = merged.pop(own[0], None)
        if keys is None:
            continue
        lang = spec.lang or believed_language(entry.lang, f"{entry.title} {entry.text}")
        out.append(
            Mention(
                id=hashlib.sha256(keys[0].encode("utf-8", "replace")).hexdigest()[:16],
                title=entry.title,
                text=entry.text,
                url=entry.link,
                author=entry.author,
                source=spec.id,
                source_type=source_type,
                lang=lang,
                published_at=dated(entry.published, now, lang),
                seen_at=now,
                keys=keys,
            )
        )
    return tuple(out)
