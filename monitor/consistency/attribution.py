"""Quotes others attribute to a leader, held against what the leader and the brand published themselves. Pure.

A quote nothing matches is *unverified*: it may well be from an interview. It is never called false. Three things are
left undecided rather than marked: a quote of too few words; a leader of whom no own text is stored; and a quote that
may be a translation, because an own text in the other language lies within the window and has a number or a name in
common with the report, or the report has too few of these to tell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, NamedTuple

from monitor import text as txt
from monitor.consistency.quotes import Quote, Speech
from monitor.consistency.words import Stems, anchors, coverage, english, likeness, stems
from monitor.types import Leader, Utterance

Outcome = Literal["unverified", "matched", "perhaps_translated", "too_short", "no_own_channel"]
_PASSAGE = 5  # sentences of an own text that are compared with a quote at a time


@dataclass(frozen=True, slots=True)
class Rules:
    window: timedelta = timedelta(days=30)  # before and after the report
    near: float = 0.5  # share of the quote's content words found in one passage of an own text
    shortest: int = 4  # content words
    anchors: int = 2  # numbers and names a report needs for a translation to be ruled out
    same: float = 0.7  # of the words: two reports of one quote


@dataclass(frozen=True, slots=True)
class Attributed:
    """One quote, however often it was reported. ``first`` is its earliest report."""

    leader: str
    words: str
    outcome: Outcome
    first: Utterance
    mentions: int
    stories: int


class _Own(NamedTuple):
    utterance: Utterance
    is_english: bool
    passages: tuple[Stems, ...]
    anchors: Stems


class _Report(NamedTuple):
    utterance: Utterance
    quote: Quote
    words: Stems


def attributed(
    reports: Sequence[Utterance],
    own: Sequence[Utterance],
    leaders: Sequence[Leader],
    with_channel: Collection[str],
    without: Stems = frozenset(),
    rules: Rules | None = None,
) -> list[Attributed]:
    """Every quote that others attribute to a leader who is among the report's targets, newest first.

    ``own`` are texts of leaders and of the brand from the window around the reports; ``with_channel`` the leaders of
    whom any own text is stored at all; ``without`` the words of our own names.
    """
    rules, speech = rules or Rules(), Speech(leaders)
    read = [_own(u, without) for u in own if u.voice in ("leader", "brand")]
    found = [
        _outcome(group, read, with_channel, without, rules)
        for group in _groups(reports, speech, without, rules)
    ]
    return sorted(found, key=lambda a: (a.first.at, a.words), reverse=True)


def _groups(
    reports: Sequence[Utterance], speech: Speech, without: Stems, rules: Rules
) -> Iterator[list[_Report]]:
    """The reports of each quote together, earliest first."""
    by_leader: dict[str, list[list[_Report]]] = {}
    for report in sorted(reports, key=lambda u: (u.at, u.mention_id)):
        if report.voice != "third_party":
            continue
        about = {name for name, _ in report.targets}
        for quote in speech.quotes(f"{report.title}\n{report.text}"):
            if quote.leader not in about:
                continue
            one = _Report(report, quote, stems(quote.words, without))
            groups = by_leader.setdefault(quote.leader, [])
            known = next((g for g in groups if likeness(g[0].words, one.words) >= rules.same), None)
            known.append(one) if known else groups.append([one])
    for groups in by_leader.values():
        yield from groups


def _own(utterance: Utterance, without: Stems) -> _Own:
    body = f"{utterance.title}\n{utterance.text}".strip()
    is_english = english(body)
    parts = [stems(body[a:b], without, is_english=is_english) for a, b in txt.sentences(body)]
    passages = tuple(
        frozenset().union(*parts[i : i + _PASSAGE]) for i in range(max(1, len(parts) - _PASSAGE + 1))
    )
    return _Own(utterance, is_english, passages, anchors(body, without))


def _outcome(
    group: Sequence[_Report], own: Sequence[_Own], with_channel: Collection[str], without: Stems, rules: Rules
) -> Attributed:
    first = group[0]
    leader = first.quote.leader
    outcome: Outcome
    if leader not in with_channel:
        outcome = "no_own_channel"
    else:
        near = [o for o in own if _could_be(o.utterance, first.utterance, leader, rules)]
        outcome = _matched(first, near, without, rules)
    stories = {report.utterance.story for report in group}
    mentions = {report.utterance.mention_id for report in group}
    return Attributed(leader, first.quote.words, outcome, first.utterance, len(mentions), len(stories))


def _could_be(own: Utterance, report: Utterance, leader: str, rules: Rules) -> bool:
    return (own.voice == "brand" or own.speaker == leader) and abs(own.at - report.at) <= rules.window


def _matched(report: _Report, own: Sequence[_Own], without: Stems, rules: Rules) -> Outcome:
    quote, words = report.quote.words, report.words
    if len(words) < rules.shortest:
        return "too_short"
    in_english = english(quote) if len(quote) > 60 else english(f"{quote} {report.utterance.text}")
    words = stems(quote, without, is_english=in_english)
    fixed = anchors(f"{report.utterance.title}\n{report.utterance.text}", without)
    perhaps = False
    for o in own:
        if o.is_english == in_english:
            if any(coverage(words, passage) >= rules.near for passage in o.passages):
                return "matched"
        elif fixed & o.anchors or len(fixed) < rules.anchors:
            perhaps = True
    return "perhaps_translated" if perhaps else "unverified"
