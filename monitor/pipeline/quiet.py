"""Which targets nobody talks about any more, though people usually do. Shown beside the sources, and never mailed.

Often something is the matter with what we read, or with the names we look for, and not with the brand.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor import readmodel
from monitor.config import Config
from monitor.pipeline.incidents import spike_settings
from monitor.pipeline.watching import blind_hours
from monitor.spikes import silent_since
from monitor.types import Bin

HOUR = timedelta(hours=1)
BASELINES = (
    3  # how many baselines are read, so that a silence is still seen when it has lasted as long as one
)


def silent_targets(config: Config, now: datetime) -> list[tuple[str, datetime]]:
    """(target, since when) of the brand and its leaders, longest first.

    Time counts up to the last answer of a source: what was not asked proves nothing. Nor do hours in which no source
    could be read.
    """
    path, sources = config.settings.database, [spec.id for spec in config.sources]
    answered = [h.last_success_at for h in readmodel.source_health(path, now) if h.source in sources]
    until = _hour(max((at for at in answered if at is not None), default=now))
    since = until - BASELINES * timedelta(days=config.settings.alerts.baseline_days)
    blind = blind_hours(readmodel.source_episodes(path, since, until), sources, since, until)
    counts: dict[str, dict[datetime, int]] = {}
    for row in readmodel.hour_counts(path, since, until):
        counts.setdefault(row.target, {})[row.at] = row.total
    out = []
    for target in (config.identity.name, *(leader.name for leader in config.identity.leaders)):
        known = counts.get(target)
        if not known:
            continue
        hours = (since + i * HOUR for i in range((until - since) // HOUR))
        bins = [Bin(at, None if at in blind and at not in known else known.get(at, 0)) for at in hours]
        quiet = silent_since(bins, spike_settings(config))
        if quiet is not None:
            out.append((target, quiet))
    return sorted(out, key=lambda found: (found[1], found[0]))


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
