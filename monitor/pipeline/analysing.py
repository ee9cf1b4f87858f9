"""Matches, groups, judges and flags what is due, batch by batch. Models are loaded when first needed and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TypeVar

from monitor import classifiers, sentiment, stories
from monitor.classifiers import encoder
from monitor.config import Config
from monitor.identity import Flagger
from monitor.pipeline.languages import spoken
from monitor.pipeline.reports import AnalyseReport, Progress, silent
from monitor.store import Store
from monitor.targets import Matcher
from monitor.types import (
    Asking,
    Cascade,
    Classifier,
    Mention,
    Target,
    Verdict,
)

T = TypeVar("T")

MATCH_BATCH = 2_000
JUDGE_BATCH = 512
STORY_WINDOW = timedelta(days=7)
STORY_CANDIDATES = 5_000


class Analyser:
    """``analyse`` for one brand."""

    def __init__(self, config: Config, store: Store, matcher: Matcher, now: Callable[[], datetime]) -> None:
        self.config = config
        self.store = store
        self.matcher = matcher
        self.now = now
        self._aliases = sentiment.aliases_of(config.identity)

    @cached_property
    def classifier(self) -> Classifier:
        settings = self.config.settings
        return classifiers.load(
            settings.classifier, threads=settings.threads, options=settings.classifier_options
        )

    @cached_property
    def flagger(self) -> Flagger:
        return Flagger(self.config.identity, encoder.load(threads=self.config.settings.threads))

    def analyse(self, progress: Progress = silent) -> AnalyseReport:
        """Matches, groups, judges and flags everything that is due, batch by batch; can stop anywhere."""
        identity = self.config.identity.hash
        matched = relevant = judged = flagged = conflicts = 0
        for batch in _drained(lambda: self.store.due_matches(identity, MATCH_BATCH), MATCH_BATCH):
            rows = list(zip(batch, self.matcher.match_all(batch), strict=True))
            self.store.add_matches(identity, rows, self.now())
            matched += len(rows)
            relevant += sum(match.relevant for _, match in rows)
            progress(matched, None, "match")
        self._group()
        asking = self.classifier if isinstance(self.classifier, Asking) else None
        if asking:
            asking.begin()
        # What another model judged is not due here: a new model would hold up what is new (see ``rejudging``).
        for pairs in _drained(lambda: self.store.due_verdicts(identity, None, JUDGE_BATCH), JUDGE_BATCH):
            judged += sum(verdict is not None for verdict in self.judge(pairs))
            progress(judged, None, "judge")
            if asking and asking.stopped:
                break  # what was not answered stays due
        for requests in _drained(
            lambda: self.store.due_flags(identity, self.flagger.name, None, JUDGE_BATCH),
            JUDGE_BATCH,
        ):
            flags = self.flagger.flag(requests, self.config.settings.language)
            self.store.add_flags(
                identity, [(r.mention, f) for r, f in zip(requests, flags, strict=True)], self.now()
            )
            flagged += len(flags)
            conflicts += sum(flag.level != "none" for flag in flags)
            progress(flagged, None, "flag")
        summary = asking.summary() if asking else ""
        outdated = self.store.count_outdated(self.models)
        return AnalyseReport(matched, relevant, judged, flagged, conflicts, summary, outdated)

    def _group(self) -> None:
        for new in _drained(lambda: self.store.due_stories(MATCH_BATCH), MATCH_BATCH):
            oldest = min(_time(mention) for mention in new)
            window = self.store.story_window(oldest - STORY_WINDOW, STORY_CANDIDATES)
            self.store.add_stories(stories.group(new, window), self.now())

    @property
    def models(self) -> tuple[str, ...]:
        """The names that a verdict of the judge in use may bear, the one whose word counts most first."""
        if isinstance(self.classifier, Cascade):
            return (self.classifier.second.name, self.classifier.first.name)
        return (self.classifier.name,)

    def judge(self, pairs: Sequence[tuple[Mention, Target]], *, again: bool = False) -> list[Verdict | None]:
        """Stores a verdict of ``classifier.name`` for each pair, and above it what a second judge made of the unsure
        ones. Returns what stands for each pair now: None where the judge stopped answering, and nothing was stored.
        """
        shown: list[Verdict | None] = [None] * len(pairs)
        said = spoken(pairs, self.config.identity.languages)
        if isinstance(self.classifier, Cascade):
            # Two steps, so that nothing waits for the second judge and no answer is lost with the process.
            steps = sentiment.opinions(sentiment.requests_of(said, self._aliases), self.classifier)
        else:
            verdicts = sentiment.judge_all(said, self.classifier, self._aliases)
            stopped = isinstance(self.classifier, Asking) and self.classifier.stopped
            steps = iter([{i: v for i, v in enumerate(verdicts) if not (stopped and v.status == "unjudged")}])
        for step in steps:
            self.store.add_verdicts([(pairs[i][0], v) for i, v in step.items()], self.now(), again=again)
            for i, verdict in step.items():
                shown[i] = verdict
        return shown


def _drained(due: Callable[[], list[T]], limit: int) -> Iterator[list[T]]:
    """Batches of what is due until there is no more; a batch below the limit is the last one."""
    while batch := due():
        yield batch
        if len(batch) < limit:
            return


def _time(mention: Mention) -> datetime:
    return mention.published_at or mention.seen_at or datetime.min.replace(tzinfo=UTC)
