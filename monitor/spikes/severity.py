"""How bad an incident is: minor, major or critical, with the grounds. Pure.

A product of factors around 1, so that each ground can be told and none decides alone:

    impact    (observed + 1) / (expected + 1), over 6; between 1/2 and 3
    reach     stories over 10, or readers over 50,000 where those are known and say more; between 1/2 and 4;
              a third more when talk of the target rose as a whole
    novelty   1.25 for the first incident of this target in what is remembered
    weight    mean weight of the sources that carry it, 1 = ordinary; between 1/2 and 2
    conflict  2 for a main conflict with one of our statements, 1.4 for a lesser one
    leader    1.3 when it touches a leader

Six negative stories where one every three days is usual come to 0.5: minor; with a main conflict and a leader 1.4,
still minor, and ten of those 3.4, major. Twenty plain ones: 4.7, major. A hundred, or 25 with a main conflict:
critical.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from monitor.types import ConflictLevel, IncidentSeverity

Reason = Literal["impact", "reach", "novelty", "weight", "conflict", "leader"]

MAJOR = 2.0
CRITICAL = 10.0
TELLING = 1.2  # a factor from here on is named as a reason
USUAL_RATIO = 6.0
USUAL_STORIES = 10.0
USUAL_READERS = 50_000.0
CONFLICTS: dict[ConflictLevel, float] = {"none": 1.0, "minor": 1.4, "major": 2.0}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of an incident. ``readers`` None = nobody knows; ``weight`` 1 = ordinary sources.

    ``surge`` = everything said of the target rose, not only the negative. ``novel`` = the first one remembered.
    """

    observed: float
    expected: float
    stories: int
    readers: int | None = None
    surge: bool = False
    novel: bool = False
    weight: float = 1.0
    conflict: ConflictLevel = "none"
    leader: bool = False


def severity(evidence: Evidence) -> tuple[IncidentSeverity, tuple[Reason, ...]]:
    """The level, and the grounds for it, strongest first. A minor one may have grounds too, or none."""
    found = factors(evidence)
    score = 1.0
    for factor in found.values():
        score *= factor
    level: IncidentSeverity = "critical" if score >= CRITICAL else "major" if score >= MAJOR else "minor"
    telling = sorted((-factor, reason) for reason, factor in found.items() if factor >= TELLING)
    return level, tuple(reason for _, reason in telling)


def factors(evidence: Evidence) -> dict[Reason, float]:
    """The factor of every ground; their product is the score."""
    reach = _within(0.5, max(evidence.stories / USUAL_STORIES, (evidence.readers or 0) / USUAL_READERS), 4.0)
    return {
        "impact": _within(0.5, (evidence.observed + 1) / (evidence.expected + 1) / USUAL_RATIO, 3.0),
        "reach": reach * (4 / 3 if evidence.surge else 1.0),
        "novelty": 1.25 if evidence.novel else 1.0,
        "weight": _within(0.5, evidence.weight, 2.0),
        "conflict": CONFLICTS[evidence.conflict],
        "leader": 1.3 if evidence.leader else 1.0,
    }


def _within(least: float, value: float, most: float) -> float:
    return min(most, max(least, value))
