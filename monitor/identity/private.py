"""Posts of a leader that are nobody's business: told apart by words, so that they can be left alone. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from monitor import text as txt
from monitor.identity.signals import Cues, Terms
from monitor.types import BrandIdentity, Flag, FlagRequest, Statement

# Cues that make a post more than private, whatever else it is about (monitor/data/identity_cues.yaml).
_OFFICE = (
    "office",
    "customers",
    "competitor_talk",
    "shares",
    "numbers_unpublished",
    "disclosure",
    "politics",
    "secrecy",
)
# Who says "we" may speak for us. That a family says it too costs a post that is kept and judged, no more.
_WE = frozenset(["vi", "oss", "vår", "vårt", "våre", "dykk", "dere", "we", "us", "our", "ours"])


class PrivatePosts:
    """Which posts touch a private topic of the leader who wrote them and nothing of office.

    Doubt keeps a post: it must touch one of the speaker's own ``private`` topics, name neither us nor a competitor,
    hold none of the words of the speaker's role, no "we", no word of office, and be found in conflict with nothing.
    """

    def __init__(self, identity: BrandIdentity) -> None:
        self._cues = Cues()
        self._office = [self._cues.names.index(name) for name in _OFFICE]
        self._topics = {
            p.name: Terms(identity, [Statement(p.id, "out_of_bounds", "; ".join(p.private))])
            for p in identity.leaders
            if p.private
        }
        self._kept = {
            p.name: _WE | {w.folded for w in txt.words(p.role) if len(w.folded) > 2} for p in identity.leaders
        }
        self._others = [tuple(w.folded for w in txt.words(name)) for name in identity.competitors]

    def among(self, requests: Sequence[FlagRequest], flags: Sequence[Flag]) -> list[int]:
        """Positions of the posts to be left alone."""
        return [
            i
            for i, (request, flag) in enumerate(zip(requests, flags, strict=True))
            if flag.level == "none" and not flag.role_mixing and self._private(request)
        ]

    def _private(self, request: FlagRequest) -> bool:
        match, mention = request.match, request.mention
        topics = self._topics.get(match.speaker or "")
        if match.voice != "leader" or topics is None or any(t.via == "text" for t in match.targets):
            return False
        text = f"{mention.title}\n{mention.text}".strip()
        words = [w.folded for w in txt.words(text)]
        if self._kept[match.speaker or ""].intersection(words) or self._names_another(words):
            return False
        counts = self._cues.counts(text)
        return not any(counts[i] for i in self._office) and bool(topics.hits(text))

    def _names_another(self, words: Sequence[str]) -> bool:
        known = set(words)
        return any(name and known.issuperset(name) for name in self._others)
