"""Matches, groups, judges and flags what is due, batch by batch. Models are loaded when first needed and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby
from typing import TypeVar

from monitor import classifiers, searching, sentiment, stories
from monitor.classifiers import encoder
from monitor.config import Config
from monitor.identity import Flagger
from monitor.identity.private import PrivatePosts
from monitor.identity.second import SecondOpinions
from monitor.pipeline.languages import spoken
from monitor.pipeline.reports import AnalyseReport, Progress, silent
from monitor.pipeline.second import second_opinions
from monitor.store import Store
from monitor.targets import Matcher
from monitor.types import (
    Asking,
    Cascade,
    Classifier,
    Flag,
    FlagRequest,
    Mention,
    Target,
    Verdict,
)

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MATCH_BATCH = 2_000
SEARCH_BATCHES = 50  # of a store from before, in one run: 100,000 mentions
JUDGE_BATCH = 512
STORY_CANDIDATES = 5_000


class Analyser:
    """``analyse`` for one brand."""

    def __init__(self, config: Config, store: Store, matcher: Matcher, now: Callable[[], datetime]) -> None:
        self.config = config
        self.store = store
        self.matcher = matcher
        self.now = now
        self._aliases = sentiment.aliases_of(config.identity)
        self._marks = stories.Reader(STORY_CANDIDATES + MATCH_BATCH)

    @cached_property
    def classifier(self) -> Classifier:
        settings = self.config.settings
        return classifiers.load(
            settings.classifier, threads=settings.threads, options=settings.classifier_options
        )

    @cached_property
    def flagger(self) -> Flagger:
        return Flagger(self.config.identity, encoder.load(threads=self.config.settings.threads))

    @cached_property
    def private(self) -> PrivatePosts:
        return PrivatePosts(self.config.identity)

    @cached_property
    def second(self) -> SecondOpinions | None:
        return second_opinions(self.config.settings.conflicts, self.config.identity, self.flagger)

    def analyse(self, progress: Progress = silent) -> AnalyseReport:
        """Matches, groups, judges and flags everything that is due, batch by batch; can stop anywhere."""
        identity = self.config.identity.hash
        matched = relevant = judged = flagged = conflicts = opinions = unanswered = left_alone = 0
        for batch in _drained(lambda: self.store.due_matches(identity, MATCH_BATCH), MATCH_BATCH):
            rows = list(zip(batch, self.matcher.match_all(batch), strict=True))
            self.store.add_matches(identity, rows, self.now())
            matched += len(rows)
            relevant += sum(match.relevant for _, match in rows)
            progress(matched, None, "match")
        self._group()
        self._read_for_searching()
        asking = self.classifier if isinstance(self.classifier, Asking) else None
        if asking:
            asking.begin()
        # What another model judged is not due here: a new model would hold up what is new (see ``rejudging``).
        for pairs in _drained(lambda: self.store.due_verdicts(identity, None, JUDGE_BATCH), JUDGE_BATCH):
            judged += sum(verdict is not None for verdict in self.judge(pairs))
            progress(judged, None, "judge")
            if asking and asking.stopped:
                break  # what was not answered stays due
        elsewhere = self.second.judge if self.second and isinstance(self.second.judge, Asking) else None
        if elsewhere:
            elsewhere.begin()
        for requests in _drained(
            lambda: self.store.due_flags(identity, self.flagger.name, None, JUDGE_BATCH),
            JUDGE_BATCH,
        ):
            flags, asked, answered, private = self.flag(requests)
            flagged += len(flags)
            left_alone += private
            conflicts += sum(flag.level != "none" for flag in flags)
            opinions += answered
            unanswered += asked - answered
            progress(flagged, None, "flag")
        return AnalyseReport(
            matched,
            relevant,
            judged,
            flagged,
            conflicts,
            asking.summary() if asking else "",
            self.store.count_outdated(self.models),
            opinions,
            unanswered,
            elsewhere.summary() if elsewhere else "",
            left_alone,
        )

    def flag(self, requests: Sequence[FlagRequest]) -> tuple[list[Flag], int, int, int]:
        """Stores a flag of ``flagger`` for each mention, and above it what a second judge made of the unsure ones.

        A leader's purely private post is known to be one only now; it is deleted instead.
        Returns what this run found of each (private ones left out), how often the second judge was asked, how often
        it had an answer, and the number of private posts.
        """
        identity, lang = self.config.identity.hash, self.config.settings.language
        found = self.flagger.flag(requests, lang)
        private = set(self.private.among(requests, found))
        left_alone = self.store.leave_alone([requests[i].mention.id for i in sorted(private)], self.now())
        requests = [r for i, r in enumerate(requests) if i not in private]
        flags = [f for i, f in enumerate(found) if i not in private]
        mentions = [r.mention for r in requests]
        second = self.second
        name = second.name if second else ""
        # Two steps, so that nothing waits for the second judge and no flag is lost with the process.
        known = self.store.add_flags(
            identity, list(zip(mentions, flags, strict=True)), self.now(), second=name
        )
        if second is None:
            return flags, 0, 0, left_alone
        asked = second.ask(requests, flags, lang, known=known)
        given = {i: flag for i, flag in asked.items() if flag is not None}
        self.store.add_flags(identity, [(mentions[i], f) for i, f in given.items()], self.now(), second=name)
        return [given.get(i, flag) for i, flag in enumerate(flags)], len(asked), len(given), left_alone

    def _read_for_searching(self) -> None:
        """A bounded part at a time: a store from before is caught up with over several runs, and searched meanwhile."""
        for _ in range(SEARCH_BATCHES):
            batch = self.store.due_search(searching.REVISION, MATCH_BATCH)
            rows = [(m, searching.stems(m.title, m.text, m.lang)) for m in batch]
            self.store.add_search(searching.REVISION, rows)
            if len(batch) < MATCH_BATCH:
                return

    def _group(self) -> None:
        """A week of new mentions at a time, so that also in a backfill the candidates are those near in time."""
        for new in _drained(lambda: self.store.due_stories(MATCH_BATCH), MATCH_BATCH):
            for _, part in groupby(new, lambda mention: (_time(mention) - _EPOCH) // stories.WINDOW):
                week = list(part)
                since, until = _time(week[0]) - stories.WINDOW, _time(week[-1]) + stories.WINDOW
                window = self.store.story_window(since, until, STORY_CANDIDATES)
                grouper = stories.Grouper(window, self._marks)
                rows = [(mention.id, grouper.add(mention)) for mention in week]
                links = [link for mention in week for link in grouper.translations(mention)]
                self.store.add_stories(rows, self.now(), links)

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
