"""Finds the sources that have gone down or come back, keeps when, and tells the operator once of each time."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor import readmodel
from monitor.config import Config, Recipient
from monitor.messages.sources import sources_message
from monitor.readmodel import SourceHealth
from monitor.store import Store
from monitor.types import EpisodeKind, SourceEpisode

SAME_TROUBLE = timedelta(hours=24)  # down again so soon after: told already
HOUR = timedelta(hours=1)


class Watcher:
    """``watch`` for one brand. Crash-safe: episodes are kept first, and one that was not told of is told later."""

    def __init__(self, config: Config, store: Store, now: Callable[[], datetime]) -> None:
        self.config = config
        self.store = store
        self.now = now

    def watch(self) -> int:
        """Brings the episodes up to date and queues one mail per operator about the new ones; returns how many."""
        now, path = self.now(), self.config.settings.database
        configured = [spec.id for spec in self.config.sources]
        known = readmodel.source_episodes(path, now - SAME_TROUBLE, now + timedelta(seconds=1))
        begun, ended = plan(readmodel.source_health(path, now), known, configured, now)
        self.store.save_episodes(begun, ended)
        over = {id_ for id_, _ in ended}
        untold = [e for e in known if e.ended_at is None and e.told_at is None and e.id not in over]
        untold += [e for e in begun if e.told_at is None]
        if not untold or not self.config.recipients:
            return 0
        messages = [
            replace(
                sources_message(
                    self.config.identity.name,
                    untold,
                    len(configured),
                    recipient=recipient.key,
                    lang=recipient.lang,
                    timezone=recipient.timezone or self.config.settings.timezone,
                    dashboard_url=self.config.settings.dashboard_url,
                    sender=self.config.settings.smtp.sender if self.config.settings.smtp else "",
                ),
                channel=recipient.channel,
            )
            for recipient in operators(self.config.recipients)
        ]
        told = self.store.tell_episodes([e.id for e in untold], messages, now)
        return len(untold) if told else 0


def operators(recipients: Sequence[Recipient]) -> list[Recipient]:
    """Those whose role is operator; else the first."""
    found = [r for r in recipients if r.duty == "operator"]
    return found or list(recipients[:1])


def blind_hours(
    episodes: Sequence[SourceEpisode], configured: Collection[str], since: datetime, now: datetime
) -> set[datetime]:
    """The whole hours, counted from ``since``, in which not one of the sources could be read."""
    down: dict[str, set[datetime]] = {source: set() for source in configured}
    for episode in episodes:
        if episode.source in down and episode.error_kind:
            at = since + max(0, math.ceil((episode.began_at - since) / HOUR)) * HOUR
            until = episode.ended_at or now
            while at + HOUR <= until:
                down[episode.source].add(at)
                at += HOUR
    return set.intersection(*down.values()) if down else set()


def plan(
    health: Sequence[SourceHealth], known: Sequence[SourceEpisode], configured: Collection[str], now: datetime
) -> tuple[list[SourceEpisode], list[tuple[str, datetime]]]:
    """(episodes that begin or go on again, (id, when) of those that are over).

    A source is in one episode at a time. Failing that turns into another answer than a feed, or back, is the same
    one. What went down again within a day of the same trouble is kept as an episode of its own, and not told again.
    """
    open_ = {e.source: e for e in known if e.ended_at is None}
    begun: list[SourceEpisode] = []
    ended: list[tuple[str, datetime]] = []
    states = {h.source: h for h in health if h.source in configured}
    for source in sorted(open_.keys() - states.keys()):
        ended.append((open_[source].id, now))  # not in the brand file any more
    for source, found in sorted(states.items()):
        current, before = _episode(found, now), open_.get(source)
        if before is not None and (current is None or not _same(before, current)):
            ended.append((before.id, _over(before, found, current, now)))
        if current is None or (before is not None and _same(before, current)):
            continue
        recent = [e for e in known if e.source == source and e.ended_at and e.kind == current.kind]
        told = max((e.told_at for e in recent if e.told_at), default=None)
        begun.append(replace(current, told_at=told))
    return begun, ended


def _episode(found: SourceHealth, now: datetime) -> SourceEpisode | None:
    if not found.down or found.since is None:
        return None
    kind: EpisodeKind = "failing"
    reason, error_kind = found.last_error or "", found.error_kind or ""
    if found.state == "retired":
        error_kind = "gone"
    elif found.state == "silent":
        kind, reason, error_kind = "silent", "", ""
    elif found.state == "changed":
        kind = "changed"
        if found.changed is not None:
            reason, error_kind = found.changed, ""
    key = f"{found.source}\x00{kind}\x00{found.since.isoformat()}"
    id_ = hashlib.sha256(key.encode()).hexdigest()[:16]
    return SourceEpisode(id_, found.source, kind, found.since, now, reason=reason, error_kind=error_kind)


def _same(a: SourceEpisode, b: SourceEpisode) -> bool:
    return a.id == b.id or (a.began_at == b.began_at and "silent" not in (a.kind, b.kind))


def _over(
    before: SourceEpisode, found: SourceHealth, current: SourceEpisode | None, now: datetime
) -> datetime:
    """When it ended: at the answer, or the new entry, that ended it; else when the next trouble began."""
    if current is not None:
        return max(before.began_at, current.began_at)
    answered = found.last_new_at if before.kind == "silent" else found.last_success_at
    return answered if answered is not None and answered > before.began_at else now
