"""Asks the sources and stores what came, with strangers' names already replaced."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby, islice

from monitor import http, readmodel, sources
from monitor.config import Config
from monitor.errors import OmdommeError, SourceError
from monitor.masking import Masker, own_domains
from monitor.pipeline.reports import CollectReport, Progress, silent
from monitor.privacy import Pseudonyms
from monitor.store import CollectCounts, Poll, Store
from monitor.targets import Matcher
from monitor.types import FetchState, Source, SourceSpec

WRITE_BATCH = 2_000  # mentions a transaction
WORKERS = 32  # hosts asked at the same time: most of it is waiting
QUIET_NOTE_S = 2.0


class Collector:
    """``collect`` for one brand; keeps its sources between passes."""

    def __init__(self, config: Config, store: Store, matcher: Matcher, now: Callable[[], datetime]) -> None:
        self.config = config
        self.store = store
        self.matcher = matcher
        self.now = now
        self._masker = Masker(config.settings.contact_points)
        self._own_domains = own_domains(config.identity)
        self._built: dict[str, Source] = {}
        self._quiet: dict[str, Poll] = {}
        self._noted = float("-inf")

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        return Pseudonyms(self.config.settings.key_file)

    @cached_property
    def client(self) -> http.Client:
        settings = self.config.settings
        return http.Client(contact=settings.contact, allow_private=settings.allow_private_addresses)

    def due_sources(self) -> list[str]:
        """Ids of the sources whose interval has passed since they were last asked."""
        now = self.now()
        asked = readmodel.source_attempts(self.config.settings.database)
        due = []
        for spec in self.config.sources:
            last, _ = asked.get(spec.id, (None, False))
            # A minute of slack: a schedule of ten minutes is not to skip a source asked 9 min 59 s ago.
            if last is None or now - last >= timedelta(minutes=spec.interval_minutes, seconds=-60):
                due.append(spec.id)
        return due

    @property
    def only_finite(self) -> bool:
        """Whether all sources end by themselves, so that none can be down unnoticed; False before they were asked."""
        built = [self._built.get(spec.id) for spec in self.config.sources]
        return bool(built) and all(getattr(source, "finite", False) for source in built)

    def collect(self, only: Iterable[str] | None = None, progress: Progress = silent) -> CollectReport:
        """Asks every source (or ``only`` those ids) once and stores what came, a host at a time in parallel.

        A source that fails is recorded and reported and stops no other. What a server asked us to wait for
        (Retry-After, Gone) is kept even when asked by hand.
        """
        wanted = None if only is None else set(only)
        specs = [spec for spec in self.config.sources if wanted is None or spec.id in wanted]
        states = self.store.fetch_states()
        report = CollectReport()
        ready: list[tuple[Source, FetchState]] = []
        for spec in specs:
            state = states.get(spec.id, FetchState())
            if state.not_before and state.not_before > self.now():
                report = replace(report, not_due=report.not_due + 1)
                continue
            try:
                ready.append((self.source(spec), state))
            except OmdommeError as error:
                self.store.add_polls([Poll(spec.id, self.now(), error=str(error), error_kind="config")])
                report = replace(report, failed=(*report.failed, (spec.id, str(error), False)))
        pending: list[Poll] = []
        transient: set[str] = set()
        for done, (poll, weather) in enumerate(self._polls(ready), 1):
            progress(done, len(ready), poll.source)
            if weather:
                transient.add(poll.source)
            pending.append(self.in_clear(poll))
            if sum(len(p.mentions) for p in pending) >= WRITE_BATCH:
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
            asked = readmodel.source_attempts(self.config.settings.database)
            ids = [source for source in ids if asked.get(source, (None, False))[1]]
        report = self.collect(ids)
        struck = [f"{source}: {error}" for source, error, weather in report.failed if weather]
        if struck:
            raise SourceError("; ".join(struck)[:1000], kind="weather", transient=True)
        return report

    def source(self, spec: SourceSpec) -> Source:
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
        # As they come: what the quick ones brought is stored while the slow ones are waited for. No more is begun than
        # a little ahead of what was taken, so that what is read and not yet stored stays bounded.
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="collect") as pool:
            left = iter(groups)
            running = {pool.submit(ask, group) for group in islice(left, WORKERS + WORKERS // 2)}
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield from future.result()
                running |= {pool.submit(ask, group) for group in islice(left, len(done))}

    def asked(self, source: Source, state: FetchState) -> tuple[Poll, bool]:
        """(outcome, whether there is more of what ``state.since`` asked for)."""
        poll, _, more = self._ask(source, state)
        return poll, more

    def _poll(self, source: Source, state: FetchState) -> tuple[Poll, bool]:
        poll, weather, _ = self._ask(source, state)
        return poll, weather

    def _ask(self, source: Source, state: FetchState) -> tuple[Poll, bool, bool]:
        """(outcome, was it weather, is there more)."""
        now = self.now()
        try:
            fetched = source.fetch(state, now)
        except SourceError as error:
            wait = now + timedelta(seconds=error.retry_after) if error.retry_after else None
            poll = Poll(source.id, now, error=str(error), error_kind=error.kind, not_before=wait)
            return poll, error.transient, False
        except Exception as error:  # a bug in one source is a value too: it must not end the others
            reason = f"{type(error).__name__}: {error}"
            return Poll(source.id, now, error=reason[:500], error_kind="bug"), False, False
        return (
            Poll(
                source.id,
                now,
                state=fetched.state,
                mentions=fetched.mentions,
                unchanged=fetched.unchanged,
                dropped=fetched.dropped,
                warnings=fetched.warnings,
                finite=getattr(source, "finite", False),
                relists=getattr(source, "relists", False),
            ),
            False,
            fetched.more,
        )

    def in_clear(self, poll: Poll) -> Poll:
        """Decides who speaks while the author is still known, then replaces authors who are not ours, and masks
        addresses and numbers: all that strangers write, and of what we write ourselves addresses elsewhere."""
        out = []
        for mention in poll.mentions:
            speaker = self.matcher.match(replace(mention, title="", text=""))
            if speaker.speaker:
                author, title, text = mention.author, *map(self._mask_ours, (mention.title, mention.text))
            else:
                author = self.pseudonyms.of(mention.author)
                title, text = map(self._masker.mask, (mention.title, mention.text))
            out.append(
                replace(
                    mention,
                    author=author,
                    voice=speaker.voice,
                    title=title,
                    text=text,
                    seen_at=mention.seen_at or poll.at,
                )
            )
        return replace(poll, mentions=tuple(out))

    def _mask_ours(self, text: str) -> str:
        return self._masker.addresses(text, self._own_domains)


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


def _uneventful(poll: Poll, given: FetchState) -> bool:
    """Nothing came, nothing failed and nothing is to be remembered but that we asked."""
    return (
        poll.state is not None
        and given.polls > 0
        and not (poll.mentions or poll.dropped or poll.warnings)
        and replace(poll.state, polls=0) == replace(given, polls=0)
    )
