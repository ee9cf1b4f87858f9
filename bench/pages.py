"""How long every page of the dashboard takes to compute, and what keeping its figures costs the flows.

    python -m bench.pages [--sizes 10000,1000000] [--folder DIR] [--rounds 20] [--readers 10] [--browser 5]

Builds synthetic stores (see ``bench.pagestore``) and makes the reads that each page makes, through
``monitor.readmodel``, over 30 days and over the year, the opening of the database included. Nothing is cached between
pages but what the operating system keeps. Printed in milliseconds: median and 95th percentile of the time on the
clock, and the median of the processor's time, which another program on the machine does not change.

--readers   how long a writer waits while so many readers open pages without a pause, and what those see.
--browser   how long a person waits, through Chromium, so many loads of each page (see ``bench.pagebrowser``).
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from bench.pagestore import build, end_of
from monitor import readmodel
from monitor.readmodel import MentionFilter
from monitor.store import Poll, Store
from monitor.types import Conflict, FetchState, Flag, Match, Mention, Target, Verdict

OPEN_S = 0.1  # as the dashboard has it
SPANS = {"30 days": timedelta(days=30), "the year": timedelta(days=366)}
Read = Callable[[], object]


def pages(path: Path) -> dict[str, Read]:
    """The reads of each page, with the filters it opens with, and the heaviest that can be chosen on it."""
    found: dict[str, Read] = {}
    end = end_of(path)
    for name, span in SPANS.items():
        found |= {f"{page}, {name}": read for page, read in _over(path, end - span, end).items()}
    found["any page: status of the store"] = lambda: readmodel.status(path)
    found["overview: what is new since yesterday"] = lambda: readmodel.news(path, end - timedelta(days=1))
    found["overview: what waits"] = lambda: readmodel.waiting(path)
    found["overview: is there more, every ten seconds"] = lambda: readmodel.count_relevant(path)
    found["sources"] = lambda: readmodel.source_health(path, end)
    found["mentions, one by id"] = lambda: readmodel.mention(path, "c4ca4238a0b92382")
    found["alerts: hour counts, 28 days"] = lambda: readmodel.hour_counts(path, end - timedelta(days=28), end)
    return found


def _over(path: Path, start: datetime, end: datetime) -> dict[str, Read]:
    when = MentionFilter(start, end)
    turns = itertools.count()  # nobody searches for the same twice: what was found last time must not help

    def overview(*, weighted: bool = False) -> None:
        readmodel.standings(path, start, end, weighted=weighted)
        readmodel.standings(path, start, end, places="own")
        by_hour = end - start < timedelta(days=100)
        readmodel.volume(
            path, start, end, bin="hour" if by_hour else "week", targets=["Brand"], weighted=weighted
        )
        readmodel.count_stories(path, replace(when, conflict=("major",)))
        readmodel.count_stories(path, replace(when, conflict=("minor", "major")))
        readmodel.conflicts(path, start, end, limit=5)
        readmodel.incidents(path, start, end)
        readmodel.source_episodes(path, start, end)

    def conflicts() -> None:
        readmodel.statement_counts(path, start, end)
        readmodel.adjustment(path)
        found = readmodel.queue(path, readmodel.QueueFilter(start, end))
        readmodel.story_flag(path, found.stories[0].mention_id, found.stories[0].said_at)
        readmodel.story_cases(path, found.stories[0].story)

    def listed(wanted: MentionFilter) -> None:
        readmodel.count_mentions(path, wanted)
        readmodel.count_stories(path, wanted)
        rows = readmodel.mentions(path, wanted, limit=20)
        readmodel.stories(path, {row.story for row in rows})

    # As the page counts: kinds of voice over a month at most.
    drawer = tuple(f for f in readmodel.FACETS if f != "kind" or end - start <= readmodel.LONGEST_KINDS)
    narrow = replace(
        when,
        labels=("negative",),
        voices=("third_party",),
        source_types=("forum", "news"),
        conflict=("none",),
    )

    def statements() -> None:
        readmodel.say_do(path, start, end, bin="week" if end - start < timedelta(days=100) else "month")
        readmodel.statement_conflicts(path, start, end)

    return {
        "overview": overview,
        "overview, weighted": lambda: overview(weighted=True),
        "conflicts": conflicts,
        "mentions": lambda: listed(when),
        "mentions, facets": lambda: readmodel.facets(path, when, None, ("target", "label")),
        "mentions, facets, drawer open": lambda: readmodel.facets(path, when, None, drawer),
        "mentions, facets, drawer open, narrowed": lambda: readmodel.facets(path, narrow, None, drawer),
        "mentions, by story": lambda: readmodel.folded_stories(path, when),
        "mentions, negative toward a leader": lambda: listed(
            replace(when, targets=("Leader One",), labels=("negative",))
        ),
        "mentions, search: a rare word": lambda: listed(replace(when, search=f"ord{20000 + next(turns)}")),
        "mentions, search: two common words": lambda: listed(
            replace(when, search=f"ord5 ord{40 + next(turns)}")
        ),
        "mentions, search: a phrase": lambda: listed(replace(when, search=f'"ord5 ord{40 + next(turns)}"')),
        "statements": statements,
        "leaders": lambda: readmodel.leader(path, start, end, "Leader One"),
        "audience": lambda: readmodel.audience(path, start, end),
    }


def step(path: Path, turns: int = 5) -> dict[str, Read]:
    """One collecting and judging round of 500 new mentions beside 1500 known ones, after the year's end."""
    store = Store(path)
    end = end_of(path)
    at = end + timedelta(minutes=1)
    state = FetchState()
    mark = str(time.time_ns())  # new ones also where the store is used again
    batches = [new_mentions(end, f"{mark} {n}") for n in range(turns + 1)]
    store.add_polls([Poll("source 1", at, state, batches[0])])
    turn = iter(batches[1:])
    now: list[Mention] = []

    def poll() -> None:
        now[:] = next(turn)
        polls = [Poll(f"source {n}", at, state, tuple(now[n::10])) for n in range(10)]
        store.add_polls([*polls, *(Poll(f"source {n}", at, state, batches[0]) for n in range(20, 23))])

    conflict = Conflict("s", 0.7, "minor", "text", 0, 4, "text", "why")
    flag = Flag("minor", 0.7, (conflict,), (("s", 0.7),), False, "flagger@1")
    verdict = Verdict("Brand", 0.2, 0.6, 0.2, "judged", "model@1")
    match = Match(True, (Target("Brand", "brand"),))
    return {
        "add_polls, 500 new + 1500 known": poll,
        "due_matches": lambda: store.due_matches("identity", 5000),
        "add_matches, 500": lambda: store.add_matches("identity", [(m, match) for m in now], at),
        "due_stories": lambda: store.due_stories(5000),
        "add_stories, 500": lambda: store.add_stories([(m.id, m.id) for m in now], at),
        "due_search": lambda: store.due_search("1", 5000),
        "add_search, 500": lambda: store.add_search("1", [(m, range(60)) for m in now]),
        "due_verdicts": lambda: store.due_verdicts("identity", "model@1", 5000),
        "add_verdicts, 500": lambda: store.add_verdicts([(m, verdict) for m in now], at),
        "due_flags": lambda: store.due_flags("identity", "flagger@1", "model@1", 5000),
        "add_flags, 500": lambda: store.add_flags("identity", [(m, flag) for m in now], at),
        "open and close for reading": lambda: store.setting("brand"),
        "open and close for writing": lambda: store.set_setting("x", "y"),
    }


def new_mentions(end: datetime, batch: str, number: int = 500) -> tuple[Mention, ...]:
    return tuple(
        Mention(
            f"new-{batch}-{n}", f"Title {n}", f"Some words {batch} {n} " * 12,
            published_at=end + timedelta(minutes=1 - n), seen_at=end + timedelta(minutes=1), source=f"source {n % 10}",
            source_type="news", keys=(f"link {batch} {n}", f"guid {batch} {n}"),
        )
        for n in range(number)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds."""

    p50: float
    p95: float
    cpu: float

    def __str__(self) -> str:
        cpu = "" if math.isnan(self.cpu) else f" ({self.cpu:.0f})"
        return f"{self.p50:.0f} {self.p95:.0f}{cpu}"


def measure(reads: dict[str, Read], rounds: int) -> dict[str, Times]:
    """All reads take turns, as those of a person or a round do."""
    clock: dict[str, list[float]] = {name: [] for name in reads}
    processor: dict[str, list[float]] = {name: [] for name in reads}
    for _ in range(rounds):
        for name, read in reads.items():
            time.sleep(OPEN_S * 1.5)  # by then the store is closed: each page opens it
            start, used = time.perf_counter(), time.process_time()
            read()
            clock[name].append((time.perf_counter() - start) * 1000)
            processor[name].append((time.process_time() - used) * 1000)
    return {
        name: Times(statistics.median(times), percentile(times, 0.95), statistics.median(processor[name]))
        for name, times in clock.items()
    }


def times_of(taken: list[float]) -> Times:
    """Of other processes' work, whose processor time is not known."""
    return Times(percentile(taken, 0.5), percentile(taken, 0.95), float("nan"))


def percentile(times: list[float], share: float) -> float:
    """Nearest rank."""
    return sorted(times)[max(0, -(-len(times) * int(share * 100) // 100) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="10000,1000000")
    parser.add_argument("--folder", type=Path, help="keep the stores here and use them again")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--readers", type=int, default=0)
    parser.add_argument("--browser", type=int, default=0)
    parser.add_argument("--only", default="", help="the reads whose name has this, and no steps of the flows")
    args = parser.parse_args()
    sizes = [int(size) for size in args.sizes.split(",")]
    results: dict[int, dict[str, Times]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        for size in sizes:
            path = folder / f"{size}.duckdb"
            if not path.exists():
                start = time.perf_counter()
                build(path, size)
                seconds = time.perf_counter() - start
                print(
                    f"built {size:,} mentions in {seconds:.0f} s, {path.stat().st_size / size:.0f} bytes each",
                    flush=True,
                )
            readmodel.stay_open(path, OPEN_S)
            steps = {} if args.only else measure(step(path), 5)
            reads = {name: read for name, read in pages(path).items() if args.only in name}
            results[size] = measure(reads, args.rounds) | steps
            if args.readers:
                from bench.pagereaders import beside_readers

                results[size] |= beside_readers(path, args.readers)
            if args.browser:
                from bench.pagebrowser import loads

                results[size] |= loads(path, args.browser)
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    print(
        f"\nms: median, 95th percentile (processor) of {args.rounds}, a step of 5; load of the machine {load}"
    )
    print(f"{'':<52}" + "".join(f"{size:>22,}" for size in sizes))
    for name in results[sizes[0]]:
        print(f"{name:<52}" + "".join(f"{results[size][name]!s:>22}" for size in sizes))


if __name__ == "__main__":
    main()
