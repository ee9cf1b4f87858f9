"""Collect, analyse, alert: the only module that wires the rooms together.

Each stage can be run again at any time and in any order: what is due is asked of the store, computed outside
the database lock, and written in one transaction. Inference and network never hold the lock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TypeVar

from monitor import channels, classifiers, http, messages, readmodel, sentiment, sources, spikes, stories
from monitor.classifiers import encoder
from monitor.config import Config, load
from monitor.errors import ChannelError, OmdommeError, SourceError
from monitor.identity import Flagger
from monitor.privacy import Pseudonyms
from monitor.store import CollectCounts, Poll, Store, StoredIncident
from monitor.targets import Matcher
from monitor.types import (
    Bin,
    BrandIdentity,
    Channel,
    Classifier,
    FetchState,
    JudgeRequest,
    Mention,
    Message,
    Source,
    SourceSpec,
    Target,
    Verdict,
)

# (done, total or None, what): called as work goes on; the command line draws a bar of it
Progress = Callable[[int, int | None, str], None]
T = TypeVar("T")

MATCH_BATCH = 2_000
JUDGE_BATCH = 512
STORY_WINDOW = timedelta(days=7)
STORY_CANDIDATES = 5_000
WORKERS = 16
RETRY_MAILS_AFTER = timedelta(minutes=15)
QUOTES = 5
QUIET_NOTE_S = 2.0


@dataclass(frozen=True, slots=True)
class CollectReport:
    """``failed`` holds (source, message, transient) of each source that could not be read."""

    asked: int = 0
    not_due: int = 0
    unchanged: int = 0
    counts: CollectCounts = field(default_factory=CollectCounts)
    dropped: int = 0
    failed: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class AnalyseReport:
    matched: int = 0
    relevant: int = 0
    judged: int = 0
    flagged: int = 0
    conflicts: int = 0


@dataclass(frozen=True, slots=True)
class AlertReport:
    opened: int = 0
    open: int = 0
    sent: int = 0
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunReport:
    collect: CollectReport
    analyse: AnalyseReport
    alert: AlertReport


def _utcnow() -> datetime:
    return datetime.now(UTC)


def _silent(done: int, total: int | None, what: str) -> None:
    pass


class Monitor:
    """One brand, its store and its models. ``now`` is the clock; a simulated one replays an archive.

    Models are loaded when first needed and kept. Not for use from several threads at once; several processes
    may run the same stage at the same time and nothing is added twice.
    """

    def __init__(self, config: Config, *, now: Callable[[], datetime] = _utcnow) -> None:
        self.config = config
        self.now = now
        self.store = Store(config.settings.database)
        self.store.migrate()
        if self.store.setting("brand") != config.identity.name:
            self.store.set_setting("brand", config.identity.name)  # what products are rolled up to
        self._built: dict[str, Source] = {}
        self._quiet: dict[str, Poll] = {}
        self._noted = float("-inf")
        self._idle = False  # nothing is due and no incident is open, as far as this process knows

    @classmethod
    def open(cls, brand: Path) -> Monitor:
        return cls(load(brand))

    # --- what is loaded once ---

    @cached_property
    def matcher(self) -> Matcher:
        return Matcher(self.config.identity)

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
    def pseudonyms(self) -> Pseudonyms:
        return Pseudonyms(self.config.settings.key_file)

    @cached_property
    def client(self) -> http.Client:
        settings = self.config.settings
        return http.Client(contact=settings.contact, allow_private=settings.allow_private_addresses)

    # --- collect ---

    def due_sources(self) -> list[str]:
        """Ids of the sources whose interval has passed since they were last asked."""
        now = self.now()
        asked = {
            health.source: health.last_attempt_at
            for health in readmodel.source_health(self.config.settings.database, now)
        }
        due = []
        for spec in self.config.sources:
            last = asked.get(spec.id)
            # A minute of slack: a schedule of ten minutes is not to skip a source asked 9 min 59 s ago.
            if last is None or now - last >= timedelta(minutes=spec.interval_minutes, seconds=-60):
                due.append(spec.id)
        return due

    def collect(self, only: Iterable[str] | None = None, progress: Progress = _silent) -> CollectReport:
        """Asks every source (or ``only`` those ids) once and stores what came, a host at a time in parallel.

        A source that fails is recorded and reported and stops no other. What a server asked us to wait for
        (Retry-After, Gone) is kept even when asked by hand.
        """
        wanted = None if only is None else set(only)
        specs = [spec for spec in self.config.sources if wanted is None or spec.id in wanted]
        states = self.store.fetch_states()
        _ = self.started_at
        report = CollectReport()
        ready: list[tuple[Source, FetchState]] = []
        for spec in specs:
            state = states.get(spec.id, FetchState())
            if state.not_before and state.not_before > self.now():
                report = replace(report, not_due=report.not_due + 1)
                continue
            try:
                ready.append((self._source(spec), state))
            except OmdommeError as error:
                self.store.add_polls([Poll(spec.id, self.now(), error=str(error), error_kind="config")])
                report = replace(report, failed=(*report.failed, (spec.id, str(error), False)))
        pending: list[Poll] = []
        transient: set[str] = set()
        for done, (poll, weather) in enumerate(self._polls(ready), 1):
            progress(done, len(ready), poll.source)
            if weather:
                transient.add(poll.source)
            pending.append(self._ours_in_clear(poll))
            if sum(len(p.mentions) for p in pending) >= MATCH_BATCH:
                report = _add(report, pending, transient, self.store.add_polls(pending))
                pending = []
        given = {source.id: state for source, state in ready}
        if all(_uneventful(poll, given[poll.source]) for poll in pending):
            # A loop of quick passes (the replay) notes that nothing happened every few seconds, not every pass.
            self._quiet |= {poll.source: poll for poll in pending}
            self.note_quiet(after=QUIET_NOTE_S)
            return _add(report, pending, transient, CollectCounts())
        quiet = [poll for source, poll in self._quiet.items() if source not in {p.source for p in pending}]
        self._quiet = {}
        return _add(report, pending, transient, self.store.add_polls([*quiet, *pending]))

    def note_quiet(self, after: float = 0.0) -> None:
        """Stores the polls that brought nothing, unless that was done less than ``after`` seconds ago."""
        if self._quiet and time.monotonic() - self._noted >= after:
            self.store.add_polls(list(self._quiet.values()))
            self._quiet, self._noted = {}, time.monotonic()

    def collect_batch(self, ids: Sequence[str], attempt: int = 1) -> CollectReport:
        """``collect`` for a caller who retries: a later attempt asks only those that failed again.

        Raises a transient SourceError while weather holds any of them back; the others are stored by then.
        """
        if attempt > 1:
            health = readmodel.source_health(self.config.settings.database, self.now())
            failing = {h.source for h in health if h.failing_since is not None}
            ids = [source for source in ids if source in failing]
        report = self.collect(ids)
        struck = [f"{source}: {error}" for source, error, weather in report.failed if weather]
        if struck:
            raise SourceError("; ".join(struck)[:1000], kind="weather", transient=True)
        return report

    @cached_property
    def started_at(self) -> datetime:
        """When collection began; no history before it is no spike after it."""
        return datetime.fromisoformat(self.store.set_once("started_at", self.now().isoformat()))

    def _source(self, spec: SourceSpec) -> Source:
        if spec.id not in self._built:
            if spec.kind == "replay":
                shift = self.store.setting(f"replay.{spec.id}.shift_days")
                spec = replace(spec, options={**spec.options, "shift_days": int(shift or 0)})
            self._built[spec.id] = sources.build(spec, self.client, self.config.base)
        return self._built[spec.id]

    def _polls(self, ready: Sequence[tuple[Source, FetchState]]) -> Iterator[tuple[Poll, bool]]:
        """(outcome, was it weather); sources of one host one after the other, hosts side by side."""
        by_host = sorted(ready, key=lambda pair: (pair[0].host or f"\x00{pair[0].id}", pair[0].id))
        groups = [list(group) for _, group in groupby(by_host, key=lambda p: p[0].host or f"\x00{p[0].id}")]

        def ask(group: list[tuple[Source, FetchState]]) -> list[tuple[Poll, bool]]:
            return [self._poll(source, state) for source, state in group]

        if len(groups) == 1:
            yield from ask(groups[0])
            return
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="collect") as pool:
            for outcome in pool.map(ask, groups):
                yield from outcome

    def _poll(self, source: Source, state: FetchState) -> tuple[Poll, bool]:
        now = self.now()
        try:
            fetched = source.fetch(state, now)
        except SourceError as error:
            wait = now + timedelta(seconds=error.retry_after) if error.retry_after else None
            poll = Poll(source.id, now, error=str(error), error_kind=error.kind, not_before=wait)
            return poll, error.transient
        except Exception as error:  # a bug in one source is a value too: it must not end the others
            reason = f"{type(error).__name__}: {error}"
            return Poll(source.id, now, error=reason[:500], error_kind="bug"), False
        return (
            Poll(
                source.id,
                now,
                state=fetched.state,
                mentions=fetched.mentions,
                unchanged=fetched.unchanged,
                dropped=fetched.dropped,
            ),
            False,
        )

    def _ours_in_clear(self, poll: Poll) -> Poll:
        """Decides who speaks while the author is still known, then replaces authors who are not ours."""
        out = []
        for mention in poll.mentions:
            speaker = self.matcher.match(replace(mention, title="", text=""))
            author = mention.author if speaker.speaker else self.pseudonyms.of(mention.author)
            out.append(
                replace(mention, author=author, voice=speaker.voice, seen_at=mention.seen_at or poll.at)
            )
        return replace(poll, mentions=tuple(out))

    # --- analyse ---

    def analyse(self, progress: Progress = _silent) -> AnalyseReport:
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
        verdicts = judge_all(pairs, self.classifier, self.aliases)
        self.store.add_verdicts(
            [(mention, verdict) for (mention, _), verdict in zip(pairs, verdicts, strict=True)], self.now()
        )

    @cached_property
    def aliases(self) -> dict[str, tuple[str, ...]]:
        return aliases_of(self.config.identity)

    # --- alert ---

    def alert(self) -> AlertReport:
        """Looks for incidents in what is known now, queues one message per new incident and recipient, sends.

        A message is claimed before it is sent and never claimed twice: a crash in between loses at most that
        mail (it stays visible as "sending") rather than repeating it.
        """
        now, path, settings = self.now(), self.config.settings.database, self.config.settings
        since = max(_hour(now - timedelta(days=settings.alerts.baseline_days)), _hour(self.started_at))
        known = [
            spikes.Known(stored.id, stored.target, stored.also, stored.incident)
            for stored in self.store.incidents(since)
        ]
        bins = _bins(readmodel.hour_counts(path, since, now + timedelta(hours=1)), since, now)
        planned = spikes.plan(bins, known, now, self._spike_settings(), lead=self.config.identity.name)
        queued = [message for plan in planned if plan.is_new for message in self._messages(plan)]
        if planned:
            self.store.save_incidents(
                [StoredIncident(p.id, p.target, p.also, p.incident) for p in planned], queued, now
            )
        sent, failed = self._deliver()
        return AlertReport(
            opened=sum(p.is_new for p in planned),
            open=sum(p.incident.end is None for p in planned),
            sent=sent,
            failed=tuple(failed),
        )

    def _messages(self, plan: spikes.Planned) -> list[Message]:
        """One message per recipient about a new incident, each in the recipient's language."""
        settings = self.config.settings
        rows = readmodel.mentions(
            settings.database,
            readmodel.MentionFilter(
                since=plan.incident.start,
                until=self.now() + timedelta(hours=1),
                targets=(plan.target, *plan.also),
                labels=("negative",),
            ),
            limit=QUOTES,
        )
        quotes = [
            messages.Quote(
                title=row.title,
                text=row.text,
                url=row.url,
                source=row.source,
                published_at=row.published_at,
                label="negative",
                conflict=row.conflict,
            )
            for row in rows
        ]
        return [
            messages.incident_message(
                self.config.identity.name,
                plan,
                quotes,
                recipient=recipient.address,
                lang=recipient.lang,
                timezone=settings.timezone,
                dashboard_url=settings.dashboard_url,
                sender=settings.smtp.sender if settings.smtp else "",
            )
            for recipient in self.config.recipients
        ]

    @cached_property
    def channel(self) -> Channel:
        """E-mail when a server is configured, else files in the outbox folder."""
        settings = self.config.settings
        if settings.smtp:
            return channels.load("email", settings.smtp)
        return channels.load("outbox", settings.outbox)

    def _deliver(self) -> tuple[int, list[str]]:
        sent, failed = 0, []
        for message in self.store.due_messages(self.now()):
            if not self.store.claim_message(message.id, self.now()):
                continue
            try:
                self.channel.send(message)
            except ChannelError as error:
                retry = self.now() + RETRY_MAILS_AFTER if error.transient else None
                self.store.finish_message(message.id, self.now(), error=str(error), retry_at=retry)
                failed.append(str(error))
            else:
                self.store.finish_message(message.id, self.now())
                sent += 1
        return sent, failed

    def _spike_settings(self) -> spikes.SpikeSettings:
        settings = self.config.settings
        return spikes.SpikeSettings(
            min_count=settings.alerts.min_count,
            tail=settings.alerts.tail,
            history=timedelta(days=settings.alerts.baseline_days),
            cooldown=timedelta(hours=settings.alerts.cooldown_hours),
            start_date=settings.start_date,
        )

    def run(self, progress: Progress = _silent) -> RunReport:
        """One pass: collect, analyse, alert.

        Once a pass has left nothing due, no open incident and no mail waiting, the next one goes on only when
        collecting brought something: silence makes nothing due and no incident begin.
        """
        collected = self.collect(progress=progress)
        if self._idle and not (collected.counts.new or collected.counts.edited):
            return RunReport(collected, AnalyseReport(), AlertReport())
        report = RunReport(collected, self.analyse(progress), self.alert())
        waiting = self.store.due_messages(self.now() + timedelta(days=7))
        self._idle = not (report.alert.open or waiting)
        return report


# --- values ---------------------------------------------------------------------------------------------------


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


def _add(
    report: CollectReport, polls: Sequence[Poll], weather: set[str], counts: CollectCounts
) -> CollectReport:
    failed = tuple(
        (poll.source, poll.error, poll.source in weather) for poll in polls if poll.error is not None
    )
    old = report.counts
    return replace(
        report,
        asked=report.asked + len(polls),
        unchanged=report.unchanged + sum(poll.unchanged for poll in polls),
        dropped=report.dropped + sum(poll.dropped for poll in polls),
        counts=CollectCounts(old.new + counts.new, old.edited + counts.edited, old.known + counts.known),
        failed=(*report.failed, *failed),
    )


def _drained(due: Callable[[], list[T]], limit: int) -> Iterator[list[T]]:
    """Batches of what is due until there is no more; a batch below the limit is the last one."""
    while batch := due():
        yield batch
        if len(batch) < limit:
            return


def _uneventful(poll: Poll, given: FetchState) -> bool:
    """Nothing came, nothing failed and nothing is to be remembered but that we asked."""
    return (
        poll.state is not None
        and given.polls > 0
        and not (poll.mentions or poll.dropped)
        and replace(poll.state, polls=0) == replace(given, polls=0)
    )


def _time(mention: Mention) -> datetime:
    return mention.published_at or mention.seen_at or datetime.min.replace(tzinfo=UTC)


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _bins(counts: Sequence[readmodel.HourCount], since: datetime, now: datetime) -> dict[str, list[Bin]]:
    """Hourly bins of negative mentions per target from ``since`` to now; an hour without a row is a zero."""
    rows: dict[str, dict[datetime, readmodel.HourCount]] = {}
    for count in counts:
        rows.setdefault(count.target, {})[count.at] = count
    hours = int((_hour(now) - since) / timedelta(hours=1)) + 1
    grid = [since + timedelta(hours=i) for i in range(hours)]
    empty = readmodel.HourCount(since, "", 0, 0)
    return {
        target: [Bin(at, found.get(at, empty).negative, found.get(at, empty).total) for at in grid]
        for target, found in rows.items()
    }
