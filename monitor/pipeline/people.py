"""What is said of one leader, in the words that stand out, wired from the store to the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor import consistency, readmodel
from monitor import text as txt
from monitor.consistency import Phrase
from monitor.types import BrandIdentity

MOST = 500  # of each kind of text, newest first


@dataclass(frozen=True, slots=True)
class Themes:
    """``read`` texts of others about the leader, held against ``ordinary`` texts of others that do not name them."""

    found: tuple[Phrase, ...]
    read: int
    ordinary: int


def themes(database: Path, identity: BrandIdentity, name: str, since: datetime, until: datetime) -> Themes:
    """Phrases far more common in what others say of the leader than in what they say of us without naming them."""
    about = (identity.name, *(p.name for p in identity.products), *(p.name for p in identity.leaders))
    theirs = readmodel.utterances(database, since, until, voices=("third_party",), about=(name,), limit=MOST)
    known = {utterance.story for utterance in theirs}
    everything = readmodel.utterances(
        database, since, until, voices=("third_party",), about=about, limit=2 * MOST
    )
    ordinary = [utterance for utterance in everything if utterance.story not in known][:MOST]
    roles = frozenset(w.folded for p in identity.leaders for w in txt.words(p.role))
    found = consistency.phrases(theirs, ordinary, consistency.names(identity) | roles)
    return Themes(tuple(found), len(theirs), len(ordinary))


def marked(text: str, statement: str, identity: BrandIdentity) -> tuple[int, int]:
    """The sentence of a text that is nearest to the statement in words: its offsets, (0, 0) for none."""
    return consistency.nearest(text, statement, consistency.names(identity))
