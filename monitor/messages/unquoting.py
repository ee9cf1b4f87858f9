"""Mails without the quotes of mentions that are forgotten. Pure; the counterpart of how ``incident_message`` quotes."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

from monitor.messages.lines import evidence
from monitor.messages.texts import TEXTS
from monitor.types import Excerpt, Mention, Message

LEFT_OUT = "[…]"
# As ``incident_message`` writes them: a quote is one line that begins with "- «", what belongs to it is indented.
_IN_TEXT = re.compile(r"^- «(?P<words>.*)»\n(?P<rest>(?:  .*\n)*)", re.MULTILINE)
_IN_HTML = re.compile(r"^<blockquote[^>]*>(?P<words>.*?)<br>(?P<rest>.*)</blockquote>$", re.MULTILINE)
_UNTITLED = frozenset(texts.untitled for texts in TEXTS.values())


def without_quotes(message: Message, mentions: Sequence[Mention]) -> Message:
    """The message with ``[…]`` for each quote of one of the mentions, known by its words or its address; the very
    same where it quotes none of them."""
    quoted = [
        evidence(Excerpt(m.id, m.title, m.text, m.url, m.source, m.published_at), TEXTS["nb"], UTC)
        for m in mentions
    ]
    words = {q.words for q in quoted} - _UNTITLED
    urls = {q.url for q in quoted} - {""}

    def plain(found: re.Match[str]) -> str:
        told = {line.strip() for line in found["rest"].splitlines()}
        return f"- {LEFT_OUT}\n" if found["words"] in words or told & urls else found[0]

    def marked_up(found: re.Match[str]) -> str:
        address = re.search(r'<a href="([^"]*)"', found["rest"])
        known = address is not None and html.unescape(address[1]) in urls
        is_meant = known or html.unescape(found["words"]) in words
        return f"<blockquote>{LEFT_OUT}</blockquote>" if is_meant else found[0]

    return replace(
        message, text=_IN_TEXT.sub(plain, message.text), html=_IN_HTML.sub(marked_up, message.html)
    )
