"""Reads back by hand: `collect --since`. A walk of its own from page to page, beside the ordinary polls.

The walk has its own cursor, stored with the mentions of each page in one transaction: the ordinary cursor stays where
it is, and a walk that was killed goes on where it was. What it brings is history: it never alerts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from monitor.errors import OmdommeError
from monitor.pipeline.collecting import Collector
from monitor.pipeline.reports import BackfillReport, Progress, SourceBackfill, silent
from monitor.store import Backfill, CollectCounts, Poll
from monitor.types import FetchState, Source, SourceSpec

MOST_POLLS = 2_000  # of one source in one run; the next run goes on


def backfill(
    collector: Collector, since: datetime, only: Iterable[str] | None = None, progress: Progress = silent
) -> BackfillReport:
    """Asks every source (or ``only`` those ids) once as usual, so that what is new is news, and then walks back.

    A source that cannot go back is named as such. One that fails or asks for a pause stops no other; the same command
    goes on with it.
    """
    since = since.astimezone(UTC)
    wanted = None if only is None else set(only)
    collected = collector.collect(wanted, progress)
    specs = [spec for spec in collector.config.sources if wanted is None or spec.id in wanted]
    stored = collector.store.backfills()
    rows = [_walked(collector, spec, since, stored.get(spec.id), progress) for spec in specs]
    return BackfillReport(collected, since, tuple(rows))


def _walked(
    collector: Collector, spec: SourceSpec, since: datetime, earlier: Backfill | None, progress: Progress
) -> SourceBackfill:
    try:
        source = collector.source(spec)
    except OmdommeError as error:
        return SourceBackfill(spec.id, "failed", error=str(error))
    if not getattr(source, "can_backfill", False):
        return SourceBackfill(spec.id, "cannot")
    if earlier is not None and earlier.finished_at is None and earlier.since == since:
        walk, resumed = earlier, True
    else:
        walk, resumed = Backfill(spec.id, since, collector.now(), FetchState(since=since)), False
    counts = CollectCounts()
    for _ in range(MOST_POLLS):
        if walk.state.not_before and walk.state.not_before > collector.now():
            return SourceBackfill(spec.id, "paused", walk.polls, counts, resumed=resumed)
        poll, walk, wrong = _page(collector, source, walk)
        if poll is None:
            return SourceBackfill(spec.id, "failed", walk.polls, counts, wrong, resumed)
        brought = collector.store.add_backfill(poll, walk)
        counts = CollectCounts(
            counts.new + brought.new, counts.edited + brought.edited, counts.known + brought.known
        )
        progress(walk.polls, None, spec.id)
        # A source that does not say whether there is more is done when a page brings nothing that was not there.
        if walk.finished_at is None and not brought.new and not walk.more:
            walk = replace(walk, finished_at=collector.now())
            collector.store.add_backfill(None, walk)
        if walk.finished_at is not None:
            return SourceBackfill(spec.id, "done", walk.polls, counts, resumed=resumed)
    return SourceBackfill(spec.id, "paused", walk.polls, counts, resumed=resumed)


def _page(collector: Collector, source: Source, walk: Backfill) -> tuple[Poll | None, Backfill, str]:
    """One page as it is to be stored, and the walk after it; or None, the walk as it was, and what went wrong."""
    poll, more = collector.asked(source, walk.state)
    if poll.error is not None or poll.state is None:
        return None, walk, poll.error or ""
    still = poll.state.cursor == walk.state.cursor and walk.polls > 0
    after = replace(
        walk,
        state=replace(poll.state, since=None),
        polls=walk.polls + 1,
        mentions=walk.mentions + len(poll.mentions),
        more=more,
        finished_at=collector.now() if still and not more else None,
    )
    return replace(collector.in_clear(poll), backfill=True), after, ""
