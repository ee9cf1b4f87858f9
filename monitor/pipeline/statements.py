"""Beyond single mentions: what we said and what was said of each statement, wired from the store to the rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor import consistency, readmodel
from monitor.consistency import Attributed, Opposition, Theme
from monitor.types import BrandIdentity

WINDOW = timedelta(days=30)
MOST = readmodel.MOST_UTTERANCES


@dataclass(frozen=True, slots=True)
class Contradictions:
    """Candidates, and what they were sought in: ``read`` texts of leaders and the brand, newest ``MOST`` at most."""

    found: tuple[Opposition, ...]
    read: int
    speakers: int


@dataclass(frozen=True, slots=True)
class Quotes:
    """The unverified quotes, and what became of the others: ``outcomes`` counts all of them by outcome."""

    unverified: tuple[Attributed, ...]
    outcomes: dict[str, int]
    read: int  # texts of others that name a leader


@dataclass(frozen=True, slots=True)
class Gaps:
    """Themes no statement covers, among ``compared`` mentions that were compared with the identity."""

    themes: tuple[Theme, ...]
    compared: int


def contradictions(
    database: Path, identity: BrandIdentity, since: datetime, until: datetime, *, window: timedelta = WINDOW
) -> Contradictions:
    """Two of ours saying opposite things about one statement within ``window``, both within the period."""
    said = readmodel.utterances(database, since, until, voices=("leader", "brand"), limit=MOST)
    rules = consistency.OppositionRules(window=window)
    found = consistency.oppositions(said, consistency.names(identity), rules)
    return Contradictions(tuple(found), len(said), len({u.speaker for u in said if u.speaker}))


def quotes(
    database: Path, identity: BrandIdentity, since: datetime, until: datetime, *, window: timedelta = WINDOW
) -> Quotes:
    """Quotes of the period that others attribute to a leader; own texts are sought ``window`` before and after."""
    names = tuple(leader.name for leader in identity.leaders)
    if not names:
        return Quotes((), {}, 0)
    reports = readmodel.utterances(database, since, until, voices=("third_party",), about=names, limit=MOST)
    own = readmodel.utterances(
        database, since - window, until + window, voices=("leader", "brand"), limit=MOST
    )
    found = consistency.attributed(
        reports, own, identity.leaders, readmodel.own_channels(database), consistency.names(identity),
        consistency.AttributionRules(window=window),
    )  # fmt: skip
    unverified = tuple(quote for quote in found if quote.outcome == "unverified")
    return Quotes(unverified, dict(Counter(quote.outcome for quote in found)), len(reports))


def gaps(database: Path, identity: BrandIdentity, since: datetime, until: datetime) -> Gaps:
    """What conflicts or clearly harms, and fits no statement: rules that may be missing, each with examples."""
    found = readmodel.uncovered(
        database,
        since,
        until,
        share_below=consistency.SHARE_BELOW,
        score_from=consistency.SCORE_FROM,
        negative_from=consistency.NEGATIVE_FROM,
        limit=MOST,
    )
    themes = consistency.themes(found, consistency.names(identity))
    return Gaps(tuple(themes), readmodel.flagged_count(database, since, until))
