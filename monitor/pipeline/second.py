"""Second opinions on flags: settings, flagger and judge put together."""

from __future__ import annotations

from monitor.classifiers import second_flag
from monitor.config import ConflictSettings
from monitor.identity import Flagger
from monitor.identity.second import SecondOpinions
from monitor.types import BrandIdentity


def second_opinions(
    settings: ConflictSettings, identity: BrandIdentity, flagger: Flagger
) -> SecondOpinions | None:
    """None when no second judge is configured. Asks nobody yet; raises ConfigError for wrong options."""
    if settings.second is None:
        return None
    return SecondOpinions(
        identity,
        second_flag.load(settings.second),
        threshold=flagger.weights.conflict_from,
        band=settings.band,
    )
