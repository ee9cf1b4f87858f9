"""Mentions that speak of us without our name: a customer's review, a reply in a thread, "the CEO". Pure.

A stream collected for a brand holds such texts because a source follows its review page or its threads. They
carry no name to find, so we ask whether a conversational text talks of a firm in our trade rather than in
another. News, blogs and press without our name are never taken: they have room for it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from monitor.targets.homonyms import TRADES, Context, key
from monitor.targets.reading import Reading
from monitor.text import fold, words
from monitor.types import BrandIdentity, Field, Mention, TargetKind
from monitor.wordlists import FIELDS, FIRM_TALK

# A review stands on somebody's page, and a page is followed because it is ours; a forum or a feed holds anything.
_PRIOR = {"review": 1.0, "forum": 0.0, "microblog": 0.0, "linkedin": -0.3}
_THRESHOLD = 1.0
_SHORT = 60  # words
_CHIEF = frozenset(("konsernsjef", "ceo", "toppsjef", "administrerende"))

_TRADE_OF: dict[str, set[str]] = {}
for _trade in sorted(TRADES):
    for _word in FIELDS[_trade][1]:
        _TRADE_OF.setdefault(key(fold(_word)), set()).add(_trade)


@dataclass(frozen=True, slots=True)
class Implied:
    """The target and the words that show it best; ``field`` None = nothing but where the text stands."""

    target: str
    kind: TargetKind
    field: Field | None = None
    start: int = 0
    end: int = 0


class Implications:
    """Built once per identity."""

    def __init__(self, identity: BrandIdentity, context: Context) -> None:
        self._identity = identity
        self._trades = context.trades
        self._roles: dict[str, str] = {}
        for leader in identity.leaders:
            for word in words(leader.role.split("(")[0]):
                if len(word.folded) >= 8 and word.folded.endswith(("sjef", "direktør", "direktor")):
                    self._roles.setdefault(word.folded, leader.name)
            if "chief executive" in leader.role.casefold() or any(c in fold(leader.role) for c in _CHIEF):
                for chief in ("ceo", "konsernsjef", "toppsjef"):
                    self._roles.setdefault(chief, leader.name)

    def find(self, mention: Mention, readings: list[Reading]) -> list[Implied]:
        """The targets a nameless conversational text is about; empty when it may be about anybody."""
        if mention.source_type not in _PRIOR:
            return []
        score = _PRIOR[mention.source_type]
        best: tuple[float, Implied] | None = None
        leader: Implied | None = None
        trades: Counter[str] = Counter()
        seen: set[str] = set()
        for reading in readings:
            for (folded, start, end), weight in zip(reading.tokens, reading.weights, strict=True):
                if folded in seen:
                    continue
                seen.add(folded)
                for trade in _TRADE_OF.get(key(folded), ()):
                    trades[trade] += 1
                value = weight.ours + (0.5 if folded in FIRM_TALK else 0.0)
                if leader is None and (role := self._role(folded)):
                    leader = Implied(role, "leader", reading.field, start, end)
                    value += 0.8
                score += value
                if value > 0 and (best is None or value > best[0]):
                    best = (value, Implied(self._identity.name, "brand", reading.field, start, end))
        ours = max((trades[t] for t in self._trades), default=0)
        theirs = max((n for t, n in trades.items() if t not in self._trades), default=0)
        # A short reply leans on its thread; one stray word of another trade does not place it elsewhere.
        short = sum(len(r.tokens) for r in readings) <= _SHORT and mention.source_type != "linkedin"
        slack = 1 if short or mention.source_type == "review" else 0
        if score < _THRESHOLD or (self._trades and theirs > ours + slack):
            return []
        brand = best[1] if best else Implied(self._identity.name, "brand")
        if leader is not None:
            return [leader] if best is None or best[1].start == leader.start else [brand, leader]
        return [brand]

    def _role(self, folded: str) -> str | None:
        for role, name in self._roles.items():
            if folded == role or (folded.startswith(role) and len(role) >= 8):
                return name
        return None
