"""What a story or a source did to how a target stands: the same figure without it. Pure.

The figure is the weighted share of positive less that of negative stories. It says what the period would have looked
like; whether a story caused anything beyond itself no count can tell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from monitor.readmodel import StoryWeight
from monitor.types import Label

_SIGN: dict[Label, int] = {"negative": -1, "neutral": 0, "positive": 1}
Key = TypeVar("Key")


def story_effects(stories: Sequence[StoryWeight]) -> list[tuple[StoryWeight, float]]:
    """Every story of one target with its effect, the largest first, neutral ones left out: they dilute, and move
    nothing that could be named."""
    effects = _effects(stories, lambda story: story.story)
    told = [(story, effects[story.story]) for story in stories if story.label != "neutral"]
    return sorted(told, key=lambda found: (-abs(found[1]), -found[0].weight, found[0].story))


def source_effects(stories: Sequence[StoryWeight]) -> list[tuple[str, float]]:
    """Every source with the effect of all its stories about one target, the largest first."""
    return sorted(_effects(stories, lambda story: story.source).items(), key=lambda e: (-abs(e[1]), e[0]))


def labels_by_source(stories: Iterable[StoryWeight]) -> dict[str, tuple[int, int]]:
    """(negative, positive) stories of each source."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for story in stories:
        found[story.source][0] += story.label == "negative"
        found[story.source][1] += story.label == "positive"
    return {source: (counts[0], counts[1]) for source, counts in found.items()}


def _effects(stories: Sequence[StoryWeight], key: Callable[[StoryWeight], Key]) -> dict[Key, float]:
    weight: dict[Key, float] = defaultdict(float)
    signed: dict[Key, float] = defaultdict(float)
    for story in stories:
        weight[key(story)] += story.weight
        signed[key(story)] += _SIGN[story.label] * story.weight
    all_weight, all_signed = sum(weight.values()), sum(signed.values())
    net = all_signed / all_weight if all_weight else 0.0
    found = {}
    for part, w in weight.items():
        rest = all_weight - w
        # Without the only story there is no figure: what it did is all of it.
        found[part] = net - (all_signed - signed[part]) / rest if rest > 1e-9 else net
    return found
