"""What a chat or a push message shows: numbers and a link of ours. Quotes of strangers stay in the mail and on the
dashboard, where they can be shown safely and be forgotten."""

from __future__ import annotations

import json
from typing import NamedTuple

from monitor.channels._mime import header_text
from monitor.text import clean
from monitor.types import Message

LINE = 400
MOST = 12


class Short(NamedTuple):
    title: str
    lines: tuple[str, ...]
    link: str


def facts_of(message: Message) -> dict[str, object]:
    """The facts as they were queued; {} where there are none."""
    try:
        found = json.loads(message.facts) if message.facts else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def short(message: Message) -> Short:
    """Of a message without facts the first lines of its text; ours write such messages (sources that are down)."""
    facts = facts_of(message)
    told = facts.get("summary")
    lines = told if isinstance(told, list) else message.text.splitlines()
    kept = [" ".join(clean(str(line), LINE).split()) for line in lines]
    link = facts.get("link")
    return Short(
        header_text(message.subject),
        tuple(line for line in kept if line)[:MOST],
        link if isinstance(link, str) else "",
    )
