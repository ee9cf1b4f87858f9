"""Matches, groups, judges and flags what is due, batch by batch. Models are loaded when first needed and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TypeVar

from monitor import classifiers, sentiment, stories
from monitor.classifiers import encoder
from monitor.config import Config
from monitor.identity import Flagger
from monitor.pipeline.reports import AnalyseReport, Progress, silent
from monitor.store import Store
from monitor.targets import Matcher
from monitor.types import BrandIdentity, Classifier, JudgeRequest, Mention, Target, Verdict

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
        self._aliases = aliases_of(config.identity)

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
        sentiment_model = self.classifier.name
        for pairs in _drained(
            lambda: self.store.due_verdicts(identity, sentiment_model, JUDGE_BATCH), JUDGE_BATCH
        ):
            self._judge(pairs)
            judged += len(pairs)
            progress(judged, None, "judge")
        for requests in _drained(
            lambda: self.store.due_flags(identity, self.flagger.name, sentiment_model, JUDGE_BATCH),
            JUDGE_BATCH,
        ):
            flags = self.flagger.flag(requests, self.config.settings.language)
            self.store.add_flags(
                identity, [(r.mention, f) for r, f in zip(requests, flags, strict=True)], self.now()
            )
            flagged += len(flags)
            conflicts += sum(flag.level != "none" for flag in flags)
            progress(flagged, None, "flag")
        return AnalyseReport(matched, relevant, judged, flagged, conflicts)

    def _group(self) -> None:
        for new in _drained(lambda: self.store.due_stories(MATCH_BATCH), MATCH_BATCH):
            oldest = min(_time(mention) for mention in new)
            window = self.store.story_window(oldest - STORY_WINDOW, STORY_CANDIDATES)
            self.store.add_stories(stories.group(new, window), self.now())

    def _judge(self, pairs: Sequence[tuple[Mention, Target]]) -> None:
        verdicts = judge_all(pairs, self.classifier, self._aliases)
        self.store.add_verdicts(
            [(mention, verdict) for (mention, _), verdict in zip(pairs, verdicts, strict=True)], self.now()
        )


def aliases_of(identity: BrandIdentity) -> dict[str, tuple[str, ...]]:
    """Every name a target goes by, for finding the sentences it is named in."""
    return {
        identity.name: identity.aliases,
        **{leader.name: leader.aliases for leader in identity.leaders},
        **{product.name: product.aliases for product in identity.products},
    }


def judge_all(
    pairs: Sequence[tuple[Mention, Target]],
    classifier: Classifier,
    aliases: Mapping[str, tuple[str, ...]],
) -> list[Verdict]:
    """One verdict per (mention, target), in order, in one call of the model room."""
    requests = [
        JudgeRequest(
            text=mention.text,
            target=target.name,
            title=mention.title,
            aliases=aliases.get(target.name, ()),
            kind=target.kind,
            voice=mention.voice or "third_party",
            source_type=mention.source_type,
            author=mention.author,
            lang=mention.lang,
        )
        for mention, target in pairs
    ]
    return sentiment.judge(requests, classifier)


def _drained(due: Callable[[], list[T]], limit: int) -> Iterator[list[T]]:
    """Batches of what is due until there is no more; a batch below the limit is the last one."""
    while batch := due():
        yield batch
        if len(batch) < limit:
            return


def _time(mention: Mention) -> datetime:
    return mention.published_at or mention.seen_at or datetime.min.replace(tzinfo=UTC)
