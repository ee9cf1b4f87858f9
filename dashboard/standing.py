"""One sentence that says how it stands, made from the figures and claiming no more than they carry. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.language import Texts
from monitor.readmodel.changes import Direction


@dataclass(frozen=True, slots=True)
class Link:
    """A page of ours, with what it is narrowed to."""

    page: str
    filters: Mapping[str, str | Sequence[str]]


Part = tuple[str, Link | None]


@dataclass(frozen=True, slots=True)
class Stand:
    """What the sentence is made from. Of the period: ``stories`` about the brand, how many of them are ``judged``, what
    became of the negative share and of the number of stories against the period before, and the incidents that are
    ``over``. Of now: incidents ``going``, stories ``waiting`` for a decision, goals, and sources ``down``."""

    brand: str
    stories: int = 0
    judged: int = 0
    share: Direction = "unknown"
    volume: Direction = "unknown"
    going: int = 0
    over: int = 0
    waiting: int = 0
    yours: bool = True  # whoever looks may decide
    missed: int = 0
    behind: int = 0
    down: int = 0


def sentence(stand: Stand, t: Texts) -> list[Part]:
    """Short sentences in the order of what matters, each with where it leads. Never empty."""
    parts: list[Part] = []
    if stand.going:
        parts.append((_counted("going", stand.going, t), Link("incidents", {})))
    if tone := _tone(stand, t):
        parts.append(tone)
    if stand.waiting:
        key = "waiting_you" if stand.yours else "waiting"
        parts.append((_counted(key, stand.waiting, t), Link("conflicts", {"period": "all"})))
    elif stand.yours:
        parts.append((t("stand.nothing_waits"), None))
    if stand.over:
        parts.append((_counted("over", stand.over, t), Link("incidents", {})))
    for key, number, page in (
        ("missed", stand.missed, "goals"),
        ("behind", stand.behind, "goals"),
        ("down", stand.down, "sources"),
    ):
        if number:
            parts.append((_counted(key, number, t), Link(page, {})))
    return parts


def _tone(stand: Stand, t: Texts) -> Part | None:
    behind = {"target": stand.brand}
    if not stand.stories:
        return t("stand.silent"), None
    if not stand.judged:
        return t("stand.unjudged"), Link("mentions", behind)
    if stand.share in ("up", "down"):
        return t(f"stand.share.{stand.share}"), Link("mentions", {**behind, "label": ["negative"]})
    if stand.share == "unclear" and stand.volume == "up":
        return t("stand.more"), Link("mentions", behind)
    if stand.share == "unclear":
        return t("stand.unchanged" if stand.going else "stand.steady"), None
    return (
        None if stand.going else (t("stand.none_going"), None)
    )  # nothing to compare with: no word of a change


def _counted(key: str, number: int, t: Texts) -> str:
    """Small numbers in words, as they are written at the beginning of a sentence."""
    if number == 1:
        return t(f"stand.{key}.one")
    words = t.list("stand.numbers")  # two, three ...
    told = words[number - 2] if number - 2 < len(words) else t.number(number)
    text = t(f"stand.{key}.other", n=told)
    return text[:1].upper() + text[1:]
