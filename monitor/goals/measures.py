"""The measures there are, what each may be narrowed to, and what makes two readings comparable. Pure.

docs/goals.md says of each what it counts; a test holds the two equal.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

from monitor.types import BrandIdentity, GoalUnit, Measure

Better = Literal["more", "less"]
VERSION = 1  # a change of what any of them counts: readings from before are another line


@dataclass(frozen=True, slots=True)
class Kind:
    """``narrows`` = the keys of ``Measure`` it heeds, besides ``period``. ``identity`` = the readings depend on the
    statements, so that another identity begins another line."""

    unit: GoalUnit
    better: Better
    narrows: frozenset[str]
    identity: bool = False


_TEXTS = frozenset({"target", "statement", "words", "source_type"})
MEASURES: dict[str, Kind] = {
    "positive_share": Kind("share", "more", _TEXTS),
    "nonnegative_share": Kind("share", "more", _TEXTS),
    "negative_share": Kind("share", "less", _TEXTS),
    "wanted_image_share": Kind("share", "more", _TEXTS, identity=True),
    "share_of_voice": Kind("share", "more", frozenset({"words", "source_type"})),
    "open_conflicts": Kind("count", "less", _TEXTS),
    "decision_time": Kind("hours", "less", _TEXTS),
    "acknowledgement_time": Kind("hours", "less", frozenset({"target"})),
    "response_time": Kind("hours", "less", _TEXTS),
    "reply_share_60min": Kind("share", "more", _TEXTS),
}


def narrowed_to(measure: Measure) -> frozenset[str]:
    """The keys that are given, besides ``of`` and ``period``."""
    return frozenset(key for key in ("target", "statement", "words", "source_type") if getattr(measure, key))


def definition(measure: Measure, identity: BrandIdentity) -> str:
    """16 hex digits over what is measured: equal for readings that can stand on one line."""
    kind = MEASURES.get(measure.of)
    basis: dict[str, object] = {"measure": asdict(measure), "version": VERSION}
    if kind and kind.identity:
        wanted = [s for s in identity.statements if s.kind == "wanted_image" or s.id == measure.statement]
        basis["statements"] = [[s.id, s.text] for s in wanted]
    elif measure.statement:
        basis["statements"] = [[s.id, s.text] for s in identity.statements if s.id == measure.statement]
    if measure.of == "share_of_voice":
        basis["competitors"] = sorted(identity.competitors)
    packed = json.dumps(basis, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(packed.encode()).hexdigest()[:16]
