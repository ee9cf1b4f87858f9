"""Share of voice: how often a competitor is named beside us, where nobody searched for our name.

What we collect is mostly what we asked for by our own name, and there we are named by construction. Only sources that
give everything they have (feeds, sitemaps, archives) can say how often others are named instead, and only if they were
not chosen for writing about us. Names are found by the same rules as ours: each competitor is a brand of its own trade
to the matcher, with the rest of us as competitors. No model is asked.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from monitor import goals, readmodel
from monitor.config import Config
from monitor.goals import Day
from monitor.readmodel import VoiceCount
from monitor.store import Store
from monitor.targets import Matcher
from monitor.text import fold, fold_chars
from monitor.types import BrandIdentity, Measure, Mention, SourceSpec

UNSELECTED = frozenset({"feed", "sitemap", "replay"})  # kinds that give all they have, whoever is named in it
BATCH = 2_000
MOST_COMPETITORS = 50
RULES = 1  # a change of how names are found: everything is searched anew


@dataclass(frozen=True, slots=True)
class Voice:
    """One name's part of the texts that name us or a competitor; a text that names several is shared out evenly.

    ``texts`` = those that name it, alone or with others.
    """

    name: str
    ours: bool
    texts: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ShareOfVoice:
    """``voices``: us first, then the loudest; () where nothing was found. ``texts`` = different texts in all,
    ``sources`` = ids of those that could be counted, ``left_out`` = of those that search for our name."""

    voices: tuple[Voice, ...]
    texts: int
    sources: tuple[str, ...]
    left_out: tuple[str, ...]


class Rivals:
    """Which competitors a text names. ``key`` changes with what is looked for. Matchers are made when first asked."""

    def __init__(self, identity: BrandIdentity) -> None:
        self.identity = identity
        self.names = identity.competitors[:MOST_COMPETITORS]
        basis = [RULES, identity.name, identity.sector, *sorted(self.names)]
        self.key = hashlib.sha256(json.dumps(basis, ensure_ascii=False).encode()).hexdigest()[:16]
        words = {name: r"\W{1,3}".join(map(re.escape, re.findall(r"\w+", fold(name)))) for name in self.names}
        self._hints = {name: re.compile(rf"(?<!\w){pattern}") for name, pattern in words.items() if pattern}
        self._matchers: dict[str, Matcher] = {}

    def named(self, mention: Mention) -> tuple[str, ...]:
        text = fold_chars(f"{mention.title}\n{mention.text}")
        likely = [name for name, hint in self._hints.items() if hint.search(text)]
        return tuple(name for name in likely if self._names(name, mention))

    def _names(self, name: str, mention: Mention) -> bool:
        if name not in self._matchers:
            others = (self.identity.name, *(other for other in self.names if other != name))
            rival = BrandIdentity(
                name=name, sector=self.identity.sector, languages=self.identity.languages, competitors=others
            )
            self._matchers[name] = Matcher(rival)
        match = self._matchers[name].match(mention)
        return any(t.via == "text" and t.surface and t.name == name for t in match.targets)


def countable(config: Config) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(ids of the sources that do not search for our name, ids of the others)."""
    ours = [fold(n) for n in (config.identity.name, *(p.name for p in config.identity.products))]
    yes = tuple(spec.id for spec in config.sources if _unselected(spec, ours))
    return yes, tuple(spec.id for spec in config.sources if spec.id not in yes)


def _unselected(spec: SourceSpec, ours: Sequence[str]) -> bool:
    """A feed whose address holds our name is a search, or a page about us; a meeting place of ours is no measure."""
    about_us = any(name and name in fold(spec.url) for name in ours)
    return spec.kind in UNSELECTED and not about_us and not spec.own_place


def search(config: Config, store: Store, rivals: Rivals, since: datetime) -> int:
    """Looks for competitors in what is stored since and was not searched yet, batch by batch; returns how many texts
    were searched. Can stop anywhere and go on later."""
    sources, _ = countable(config)
    searched = 0
    while rivals.names and sources:
        due = store.due_voices(rivals.key, sources, since, BATCH)
        store.add_voices(rivals.key, [(mention, rivals.named(mention)) for mention in due])
        searched += len(due)
        if len(due) < BATCH:
            break
    return searched


def days(counts: Sequence[VoiceCount], zone: ZoneInfo, name: str | None = None) -> list[Day]:
    """Texts a day and the part of them that is ours (``name`` None) or that competitor's."""
    texts: dict[date, int] = defaultdict(int)
    parts: dict[date, float] = defaultdict(float)
    for count in counts:
        day = count.at.astimezone(zone).date()
        texts[day] += count.texts
        if count.ours if name is None else name in count.names:
            parts[day] += count.texts / (len(count.names) + count.ours)
    return [Day(day, texts[day], parts[day]) for day in sorted(texts)]


def share_of_voice(config: Config, since: datetime, until: datetime) -> ShareOfVoice:
    """Us and each competitor over one period, from what ``search`` found."""
    sources, left_out = countable(config)
    rivals = Rivals(config.identity)
    path, zone = config.settings.database, ZoneInfo(config.settings.timezone)
    counts = (
        readmodel.voice_counts(path, since, until, sources, rivals.key, Measure("share_of_voice"))
        if sources and rivals.names
        else []
    )
    voices = []
    for name in (None, *rivals.names) if counts else ():
        told = days(counts, zone, name)
        found, _ = goals.share(told, goals.design_effect([told]))
        texts = sum(c.texts for c in counts if (c.ours if name is None else name in c.names))
        if found and found.low is not None and found.high is not None:
            of = config.identity.name if name is None else name
            voices.append(Voice(of, name is None, texts, found.value, found.low, found.high))
    voices.sort(key=lambda v: (not v.ours, -v.share, v.name))
    return ShareOfVoice(tuple(voices), sum(c.texts for c in counts), sources, left_out)
