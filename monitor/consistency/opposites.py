"""Two of ours who seem to say opposite things about one statement. Pure; candidates for a person, never facts.

A pair has two different speakers, at least one of them a leader and the other a leader or the brand itself, who touch
the same statement within a window. It is a candidate for one of three reasons, the most telling first:

- denial: a sentence of one denies what a sentence of the other says in much the same words;
- attitude: they show opposite attitudes, both judged with confidence, toward the same target;
- conflict: one is in conflict with the statement; the other touches it, is in conflict with none, and was either
  found in line with it, or is clearly below the threshold of a conflict and speaks of the same thing: the two have
  content words in common, or where they are in different languages both are mostly about that statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, NamedTuple

from monitor import text as txt
from monitor.consistency.words import Stems, denies, english, likeness, stems
from monitor.types import Touch, Utterance

Why = Literal["denial", "attitude", "conflict"]
_ORDER: dict[Why, int] = {"denial": 0, "attitude": 1, "conflict": 2}
MOST_PER_STATEMENT = 200  # utterances compared with each other, newest first
_SENTENCES = 40
_QUOTE = 300


@dataclass(frozen=True, slots=True)
class Rules:
    window: timedelta = timedelta(days=30)
    shared_words: int = 3  # that two sentences must have in common for one to deny the other
    likeness: float = 0.5  # of the shorter sentence's words
    calm: float = 0.3  # P(conflict) below which the other is clearly in none; asked when no model compares
    common: int = 2  # content words a conflict and a calm text must share
    main: float = 0.5  # share of the statement in both, where two languages have no words to share


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, with the words to look at: part of its title or text, at most 300 characters."""

    utterance: Utterance
    quote: str


@dataclass(frozen=True, slots=True)
class Opposition:
    """Two utterances for a person to look at. ``one`` is the one in conflict, the denial, or the earlier one.

    ``target`` is toward whom the attitudes are opposite ("" for the other reasons). ``likeness`` 0..1 is how much
    the two texts share in words: low also where they are in different languages.
    """

    statement: str
    why: Why
    one: Side
    other: Side
    target: str = ""
    likeness: float = 0.0


class _Read(NamedTuple):
    utterance: Utterance
    touch: Touch
    is_english: bool
    words: Stems
    sentences: tuple[tuple[str, Stems], ...]


def oppositions(
    utterances: Sequence[Utterance], without: Stems = frozenset(), rules: Rules | None = None
) -> list[Opposition]:
    """Candidates among what leaders and the brand said, most telling first; each pair of mentions once.

    ``without`` are the words of our own names. Where many of the other's utterances stand against one conflict, the
    one most like it is taken.
    """
    rules = rules or Rules()
    by_statement: dict[str, list[_Read]] = {}
    newest = sorted(utterances, key=lambda u: (u.at, u.mention_id), reverse=True)
    for utterance in newest:
        if utterance.voice not in ("leader", "brand") or not utterance.speaker or not utterance.touches:
            continue
        is_english, words, sentences = _read(utterance, without)
        for touch in utterance.touches:
            group = by_statement.setdefault(touch.statement, [])
            if len(group) < MOST_PER_STATEMENT:
                group.append(_Read(utterance, touch, is_english, words, sentences))
    found = [
        candidate
        for group in by_statement.values()
        for a, b in _pairs(group[::-1], rules)
        if (candidate := _candidate(a, b, without, rules))
    ]
    found.sort(key=_rank)
    return list(_once(found))


def _read(utterance: Utterance, without: Stems) -> tuple[bool, Stems, tuple[tuple[str, Stems], ...]]:
    body = f"{utterance.title}\n{utterance.text}".strip()
    spans = txt.sentences(body)[:_SENTENCES]
    is_english = english(body)
    sentences = tuple((body[a:b], stems(body[a:b], without, is_english=is_english)) for a, b in spans)
    return is_english, frozenset().union(*(words for _, words in sentences)), sentences


def _pairs(group: Sequence[_Read], rules: Rules) -> Iterator[tuple[_Read, _Read]]:
    """Oldest first; different speakers, one of them a leader, different stories, within the window."""
    for index, later in enumerate(group):
        for earlier in reversed(group[:index]):
            a, b = earlier.utterance, later.utterance
            if b.at - a.at > rules.window:
                break
            if a.speaker != b.speaker and a.story != b.story and "leader" in (a.voice, b.voice):
                yield earlier, later


def _candidate(a: _Read, b: _Read, without: Stems, rules: Rules) -> Opposition | None:
    statement, like = a.touch.statement, likeness(a.words, b.words)
    if denied := _denial(a, b, rules):
        one, other = denied
        return Opposition(statement, "denial", one, other, likeness=like)
    if target := _opposite_attitude(a.utterance, b.utterance):
        return Opposition(
            statement, "attitude", _side(a, b.words), _side(b, a.words), target=target, likeness=like
        )
    for x, y in ((a, b), (b, a)):
        if x.touch.severity and _calm(x, y, rules):
            return Opposition(statement, "conflict", _side(x, y.words), _side(y, x.words), likeness=like)
    return None


def _denial(a: _Read, b: _Read, rules: Rules) -> tuple[Side, Side] | None:
    if len(a.words & b.words) < rules.shared_words:
        return None
    best: tuple[float, Side, Side] | None = None
    for said, words in a.sentences:
        for answer, others in b.sentences:
            if len(words & others) < rules.shared_words or denies(said) == denies(answer):
                continue
            like = likeness(words, others)
            if like >= rules.likeness and (best is None or like > best[0]):
                sides = (Side(a.utterance, _cut(said)), Side(b.utterance, _cut(answer)))
                best = (like, *(sides if denies(said) else sides[::-1]))
    return best[1:] if best else None


def _opposite_attitude(a: Utterance, b: Utterance) -> str:
    ours, theirs = dict(a.targets), dict(b.targets)
    for target in ours:
        if {ours[target], theirs.get(target)} == {"negative", "positive"}:
            return target
    return ""


def _calm(conflict: _Read, other: _Read, rules: Rules) -> bool:
    utterance, touch = other.utterance, other.touch
    if utterance.level != "none" or utterance.score is None:
        return False
    if touch.in_line is not None and touch.in_line > 0.5:
        return True
    if conflict.is_english == other.is_english:
        same_thing = len(conflict.words & other.words) >= rules.common
    else:
        same_thing = min(conflict.touch.share, touch.share) >= rules.main
    return same_thing and utterance.score < rules.calm


def _side(read: _Read, others: Stems) -> Side:
    """With the words its conflict rests on, else the sentence nearest to what the other says."""
    if read.touch.quote:
        return Side(read.utterance, _cut(read.touch.quote))
    best = max(read.sentences, key=lambda s: (len(s[1] & others), len(s[1])), default=("", frozenset()))
    return Side(read.utterance, _cut(best[0]))


def _cut(quote: str) -> str:
    return quote if len(quote) <= _QUOTE else quote[: _QUOTE - 1].rstrip() + "…"


def _rank(found: Opposition) -> tuple[int, float, float, str, str]:
    scores = [side.utterance.score or 0.0 for side in (found.one, found.other)]
    return (
        _ORDER[found.why],
        -found.likeness,
        -abs(scores[0] - scores[1]),
        found.one.utterance.mention_id,
        found.other.utterance.mention_id,
    )


def _once(found: Sequence[Opposition]) -> Iterator[Opposition]:
    """Each pair of stories once; a conflict against each other speaker once."""
    seen: set[tuple[str, ...]] = set()
    for candidate in found:
        one, other = candidate.one.utterance, candidate.other.utterance
        keys = [tuple(sorted((one.story, other.story)))]
        if candidate.why == "conflict":
            keys.append(("conflict", one.story, other.speaker))
        if not seen.intersection(keys):
            yield candidate
        seen.update(keys)
