"""What a narrowed digest says it is about. Pure."""

from __future__ import annotations

from monitor.digest import Only
from monitor.digest.speaking import Speaker
from monitor.messages.lines import NAME_LIMIT, one_line

STATEMENT_LIMIT = 160
MOST_NAMES = 6


def only(told: Only, say: Speaker) -> str:
    """One sentence of every filter: "Only mentions about Ane Vakt in news, in English."."""
    words, by = say.words, told.narrowing
    first = []
    if by.targets:
        first.append(words.only_about.format(names=_names(by.targets, say)))
    if by.source_types:
        types = [_within(words.types.get(t, words.types["other"])) for t in by.source_types]
        first.append(words.only_in.format(names=say.listed(types)))
    then = [" ".join(first)] if first else []
    if by.voices:
        then.append(words.only_by.format(names=say.listed([words.only_voices[v] for v in by.voices])))
    if by.languages:
        known = [words.languages.get(code) or one_line(code, 20) for code in by.languages[:MOST_NAMES]]
        then.append(words.only_languages.format(names=say.listed(known)))
    if by.search:
        then.append(words.only_search.format(words=one_line(by.search, NAME_LIMIT)))
    if by.places != "all":
        then.append(words.only_places[by.places])
    if by.sources:
        then.append(words.only_sources.format(names=_names(by.sources, say)))
    statements = [one_line(text, STATEMENT_LIMIT) for text in told.statements[:MOST_NAMES]]
    if by.statement:
        then.append(words.only_statement[by.stance].format(statement=statements.pop(0)))
    if statements:
        either = words.only_or.join(words.only_quoted.format(statement=text) for text in statements)
        then.append(words.only_touches.format(statements=either))
    return words.only.format(parts=", ".join(then))


def _names(names: tuple[str, ...], say: Speaker) -> str:
    return say.listed([one_line(name, NAME_LIMIT) for name in names[:MOST_NAMES]])


def _within(word: str) -> str:
    """As it is written within a sentence; LinkedIn stays LinkedIn."""
    return word.lower() if word[1:].islower() or " " in word else word
