"""Collect, analyse, alert: the only room that wires the others together.

Each stage can be run again at any time and in any order: what is due is asked of the store, computed outside
the database lock, and written in one transaction. Inference and network never hold the lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from monitor.config import Config, load, type_weights
from monitor.pipeline.alerting import Alerter
from monitor.pipeline.analysing import JUDGE_BATCH, Analyser
from monitor.pipeline.backfilling import backfill
from monitor.pipeline.collecting import Collector
from monitor.pipeline.learning import LearnReport, learn
from monitor.pipeline.rejudging import rejudge
from monitor.pipeline.reports import (
    AlertReport,
    AnalyseReport,
    BackfillReport,
    CollectReport,
    Progress,
    RejudgeReport,
    RunReport,
    silent,
)
from monitor.pipeline.watching import Watcher
from monitor.store import Store
from monitor.targets import Matcher

__all__ = [
    "AlertReport",
    "AnalyseReport",
    "BackfillReport",
    "CollectReport",
    "LearnReport",
    "Monitor",
    "Progress",
    "RejudgeReport",
    "RunReport",
]


WATCH_EVERY = timedelta(minutes=10)


def _utcnow() -> datetime:
    return datetime.now(UTC)


class Monitor:
    """One brand, its store and its models. ``now`` is the clock; a simulated one replays an archive.

    Not for use from several threads at once; several processes may run the same stage at the same time and
    nothing is added twice.
    """

    def __init__(self, config: Config, *, now: Callable[[], datetime] = _utcnow) -> None:
        self.config = config
        self.now = now
        self.store = Store(config.settings.database)
        self.store.migrate()
        if self.store.setting("brand") != config.identity.name:
            self.store.set_setting("brand", config.identity.name)  # what products are rolled up to
        self.store.set_weights(config.sources, type_weights())
        matcher = Matcher(config.identity)
        self.collector = Collector(config, self.store, matcher, now)
        self.analyser = Analyser(config, self.store, matcher, now)
        self.watcher = Watcher(config, self.store, now)
        self.alerter = Alerter(config, self.store, now)
        self._idle = False  # nothing is due and no incident is open, as far as this process knows
        self._watched_at = now()

    @classmethod
    def open(cls, brand: Path) -> Monitor:
        return cls(load(brand))

    @cached_property
    def started_at(self) -> datetime:
        """When collection began; no history before it is no spike after it."""
        return datetime.fromisoformat(self.store.set_once("started_at", self.now().isoformat()))

    def due_sources(self) -> list[str]:
        """Ids of the sources whose interval has passed since they were last asked."""
        return self.collector.due_sources()

    def collect(self, only: Iterable[str] | None = None, progress: Progress = silent) -> CollectReport:
        """Asks every source (or ``only`` those ids) once; see ``Collector.collect``."""
        _ = self.started_at
        return self.collector.collect(only, progress)

    def backfill(
        self, since: datetime, only: Iterable[str] | None = None, progress: Progress = silent
    ) -> BackfillReport:
        """``collect``, and then reads the sources that can go back to ``since``; see ``backfilling``."""
        _ = self.started_at
        return backfill(self.collector, since, only, progress)

    def collect_batch(self, ids: Sequence[str], attempt: int = 1) -> CollectReport:
        """``collect`` for a caller who retries; see ``Collector.collect_batch``."""
        _ = self.started_at
        return self.collector.collect_batch(ids, attempt)

    def analyse(self, progress: Progress = silent) -> AnalyseReport:
        """Works through everything that is due; see ``Analyser.analyse``."""
        return self.analyser.analyse(progress)

    def alert(self) -> AlertReport:
        """Detects and mails; see ``Alerter.alert`` and, for sources that are down, ``Watcher.watch``."""
        down = 0 if self.collector.only_finite else self.watcher.watch()
        self._watched_at = self.now()
        return replace(self.alerter.alert(self.started_at), down=down)

    def rejudge(
        self, since: datetime | None = None, *, batch: int = JUDGE_BATCH, progress: Progress = silent
    ) -> RejudgeReport:
        """Judges again what another model judged last, newest mentions first; can stop anywhere and go on later.

        What the verdicts before amount to is alerted first: an incident that only the new ones show in hours that
        are past is no news (see ``Alerter``). ``since`` is compared with when a mention was said.
        """
        if self.store.count_outdated(self.analyser.models, since):
            self.alert()
        return rejudge(self.analyser, since, batch, progress)

    def learn(self, *, allow: bool | None = None, dry: bool = False) -> LearnReport:
        """Fits what people's decisions about flags teach, and uses it where it helps; see ``learning.learn``."""
        return learn(self.store, self.config.identity, self.now(), allow=allow, dry=dry)

    def run(self, progress: Progress = silent) -> RunReport:
        """One pass: collect, analyse, alert.

        Once a pass has left nothing due, no open incident and no mail waiting, the next one goes on only when
        collecting brought something: silence makes nothing due and no incident begin. Sources that went down
        meanwhile are looked for every ten minutes all the same.
        """
        collected = self.collect(progress=progress)
        watched = self.collector.only_finite or self.now() - self._watched_at < WATCH_EVERY
        if self._idle and watched and not (collected.counts.new or collected.counts.edited):
            return RunReport(collected, AnalyseReport(), AlertReport())
        report = RunReport(collected, self.analyse(progress), self.alert())
        waiting = self.store.due_messages(self.now() + timedelta(days=7))
        self._idle = not (report.alert.open or waiting)
        return report
