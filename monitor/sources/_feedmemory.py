"""What a feed or sitemap remembers between polls, as the small JSON of its cursor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_SHARED = 200
MAX_PAGES = 2_000
MAX_PARTS = 200


@dataclass(frozen=True, slots=True)
class Memory:
    """``address`` is what all of the state belongs to; ``shared`` = keys that name no entry; ``pages`` = what became of
    the article page of an entry, by its key; ``parts`` = (lastmod, ETag, Last-Modified) of each part of a sitemap;
    ``body`` = the hash of the last document: many servers answer 200 with the same bytes for ever, and those are not
    read twice."""

    address: str
    shared: tuple[str, ...] = ()
    pages: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    body: str = ""

    def dump(self) -> str:
        told: dict[str, object] = {"address": self.address, "shared": self.shared[-MAX_SHARED:]}
        if self.pages:
            told["pages"] = dict(list(self.pages.items())[-MAX_PAGES:])
        if self.parts:
            told["parts"] = dict(list(self.parts.items())[-MAX_PARTS:])
        if self.body:
            told["body"] = self.body
        return json.dumps(told)

    @staticmethod
    def load(cursor: str | None) -> Memory:
        try:
            data = json.loads(cursor or "{}")
            pages = {str(key): str(value) for key, value in data.get("pages", {}).items()}
            parts = {str(key): (str(a), str(b), str(c)) for key, (a, b, c) in data.get("parts", {}).items()}
            shared = tuple(map(str, data.get("shared", ())))
            return Memory(str(data.get("address", "")), shared, pages, parts, str(data.get("body", "")))
        except (ValueError, AttributeError, TypeError):
            return Memory("")
