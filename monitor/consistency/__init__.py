"""What single mentions do not show: contradictions among ours, words nobody can trace, gaps in the identity. Pure.

Everything here finds candidates for a person to look at, by rules over stored rows that are stated where they stand.
Content is compared, never persons: nothing is counted up or scored per leader.
"""

from __future__ import annotations

from monitor.consistency.attribution import Attributed, attributed
from monitor.consistency.attribution import Rules as AttributionRules
from monitor.consistency.gaps import NEGATIVE_FROM, SCORE_FROM, SHARE_BELOW, Theme, themes
from monitor.consistency.opposites import Opposition, Side, oppositions
from monitor.consistency.opposites import Rules as OppositionRules
from monitor.consistency.phrases import Phrase, nearest, phrases
from monitor.consistency.words import names

__all__ = [
    "NEGATIVE_FROM",
    "SCORE_FROM",
    "SHARE_BELOW",
    "Attributed",
    "AttributionRules",
    "Opposition",
    "OppositionRules",
    "Phrase",
    "Side",
    "Theme",
    "attributed",
    "names",
    "nearest",
    "oppositions",
    "phrases",
    "themes",
]
