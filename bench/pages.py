"""How long the reads behind every page take, and one collecting step, at 10 thousand and at 1 million mentions.

    python -m bench.pages [--sizes 10000,1000000] [--folder DIR]

Builds synthetic stores (a year of mentions, 60 sources, 70 % about us, all judged and flagged, 3 % in conflict), reads
every page through ``monitor.readmodel`` and prints the median and the worst of five readings in milliseconds, opening
and closing the database included. Nothing is cached between readings but what the operating system keeps.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import db, readmodel
from monitor.config import type_weights
from monitor.store import Poll, Store
from monitor.types import Conflict, FetchState, Flag, Match, Mention, SourceSpec, Target, Verdict

END = datetime(2026, 1, 1, tzinfo=UTC)
YEAR_S = 365 * 86400
CHUNK = 50_000  # as they arrive: in time order, so that blocks of a table cover short periods

# i runs over the mentions of one chunk; every choice is a hash of i, so that all runs build the same store.
_MENTION = f"""
    SELECT i, substr(md5(i::VARCHAR), 1, 16) AS id, substr(md5('c' || i), 1, 16) AS content_hash,
        TIMESTAMP '2026-01-01' - to_seconds({YEAR_S}) + to_seconds((i * {YEAR_S} // $total)::BIGINT) AS said_at,
        'source ' || (h(i, 1) % 60) AS source,
        ['news', 'press', 'forum', 'microblog', 'review'][h(i, 2) % 5 + 1] AS source_type, h(i, 3) % 10 < 7 AS relevant
    FROM range($first, $last) AS r(i)"""
_BUILD = (
    "CREATE OR REPLACE TEMP MACRO h(i, n) AS (hash(i, n) >> 1)::BIGINT",
    f"CREATE OR REPLACE TEMP TABLE b AS {_MENTION}",
    """INSERT INTO mentions SELECT id, said_at, content_hash, said_at, said_at + INTERVAL 9 MINUTE, NULL, true,
        source, source_type, 'nb', 'third_party', md5('a' || h(i, 4) % 5000), 'https://news.example/' || id,
        md5(id || 't') || ' ' || md5(id || 'u'), array_to_string([md5(id || n) for n in range(9)], ' '),
        CASE WHEN source_type = 'microblog' THEN h(i, 15) % 20000 END FROM b""",
    """INSERT INTO mention_keys SELECT md5(id || k)::UUID, id, said_at, ('0x' || left(md5(id || k), 8))::UINTEGER
        FROM b, (VALUES ('link'), ('guid'), ('id')) AS v(k)""",
    """INSERT INTO matches SELECT id, said_at, content_hash, 'identity', relevant, 'third_party', NULL, [], said_at
        FROM b""",
    """INSERT INTO mention_targets SELECT id, said_at, content_hash, 'identity', n,
        ['Brand', 'Leader One', 'Leader Two', 'Product'][n + 1],
        ['brand', 'leader', 'leader', 'product'][n + 1], 'text', 'text', 10, 16, 'words'
        FROM b, range(4) AS t(n) WHERE relevant AND (n = 0 OR h(i, n + 10) % 8 = 0)""",
    """INSERT INTO verdicts SELECT id, b.said_at, b.content_hash, target, 'model@1', 0.2, 0.6, 0.2,
        ['negative', 'neutral', 'positive'][h(i, 5) % 3 + 1],
        CASE h(i, 6) % 20 WHEN 0 THEN 'unsure' ELSE 'judged' END, b.said_at, true
        FROM b JOIN mention_targets AS t ON t.said_at = b.said_at AND t.mention_id = b.id""",
    """INSERT INTO flags SELECT id, said_at, content_hash, 'identity', 'flagger@1', CASE WHEN h(i, 7) % 33 <> 0 THEN
        'none' WHEN h(i, 8) % 3 = 0 THEN 'major' ELSE 'minor' END, (h(i, 7) % 1000) / 1000, false, said_at, true, NULL
        FROM b WHERE relevant""",
    """INSERT INTO flag_conflicts SELECT id, f.said_at, f.content_hash, 'identity', 'flagger@1', 1,
        'guideline.' || h(i, 0) % 30,
        score, level, 'text', 0, 20, 'the words it rests on', 'says the opposite of the statement'
        FROM b JOIN flags AS f ON f.said_at = b.said_at AND f.mention_id = b.id WHERE level <> 'none'""",
    """INSERT INTO flag_candidates SELECT id, said_at, content_hash, 'identity', 'flagger@1', n, 'guideline.' || n, 0.01
        FROM b, range(1, 6) AS t(n) WHERE relevant""",
    """INSERT INTO stories SELECT id, said_at,
        CASE WHEN h(i, 9) % 5 < 2 THEN substr(md5((i - i % 6)::VARCHAR), 1, 16) ELSE id END, said_at
        FROM b WHERE relevant""",
)


def build(path: Path, total: int) -> None:
    store = Store(path)
    store.migrate()
    store.set_setting("brand", "Brand")
    places = [
        SourceSpec(f"source {n}", "feed", weight=float(n % 10), own_place=n == 59) for n in range(40, 60)
    ]
    store.set_weights(places, type_weights())
    for first in range(0, total, CHUNK):
        with db.writing(path) as con:
            span = {"total": total, "first": first, "last": min(first + CHUNK, total)}
            for statement in _BUILD:
                con.execute(statement, span if "$" in statement else None)

    store.add_matches("identity", [], END)  # comes into force: what is derived is built


def pages(path: Path) -> dict[str, Callable[[], object]]:
    month, week, year = END - timedelta(days=30), END - timedelta(days=7), END - timedelta(days=366)
    found = readmodel.MentionFilter(month, END)
    stories = [row.story for row in readmodel.mentions(path, found)]
    picky = replace(found, targets=("Leader One",), labels=("negative",))

    def overview(since: datetime) -> None:
        readmodel.standings(path, since, END)
        readmodel.volume(path, since, END)
        readmodel.statement_counts(path, since, END)
        readmodel.incidents(path, since, END)
        readmodel.source_health(path, END)

    return {
        "overview, 30 days against 30": lambda: overview(month),
        "overview, the whole year": lambda: overview(year),
        "  standings, 30 days": lambda: readmodel.standings(path, month, END),
        "  standings, 30 days, weighted": lambda: readmodel.standings(path, month, END, weighted=True),
        "  standings, the year": lambda: readmodel.standings(path, year, END),
        "  volume by day, 30 days": lambda: readmodel.volume(path, month, END),
        "  volume by day, the year, weighted": lambda: readmodel.volume(path, year, END, weighted=True),
        "  volume by day, the year": lambda: readmodel.volume(path, year, END),
        "  statement counts, the year": lambda: readmodel.statement_counts(path, year, END),
        "  source health": lambda: readmodel.source_health(path, END),
        "mentions, first page, 30 days": lambda: (
            readmodel.mentions(path, found),
            readmodel.count_mentions(path, found),
        ),
        "mentions, negative toward a leader": lambda: (
            readmodel.mentions(path, picky),
            readmodel.count_mentions(path, picky),
        ),
        "mentions, search a word, 30 days": lambda: readmodel.mentions(path, replace(found, search="abcd")),
        "mentions, stories of a page": lambda: readmodel.stories(path, stories),
        "mentions, one by id": lambda: readmodel.mention(path, "c4ca4238a0b92382"),
        "conflicts, first page, 30 days": lambda: readmodel.conflicts(path, month, END),
        "conflicts, first page, the year": lambda: readmodel.conflicts(path, year, END),
        "incidents: hour counts, 7 days": lambda: readmodel.hour_counts(path, week, END),
        "incidents: hour counts, 28 days": lambda: readmodel.hour_counts(path, END - timedelta(days=28), END),
        "status": lambda: readmodel.status(path),
    }


def step(path: Path) -> dict[str, Callable[[], object]]:
    """One collecting and judging round of 500 new mentions beside 1500 known ones, after the year's end."""
    store = Store(path)
    at = END + timedelta(minutes=1)
    state = FetchState()
    batches = [_mentions(at, str(n)) for n in range(6)]
    store.add_polls([Poll("source 1", at, state, batches[0])])
    turn = iter(batches[1:])
    now: list[Mention] = []

    def poll() -> None:
        now[:] = next(turn)
        polls = [Poll(f"source {n}", at, state, tuple(now[n::10])) for n in range(10)]
        store.add_polls([*polls, *(Poll(f"source {n}", at, state, batches[0]) for n in range(20, 23))])

    def flagged() -> None:
        flag = Flag(
            "minor",
            0.7,
            (Conflict("s", 0.7, "minor", "text", 0, 4, "text", "why"),),
            (("s", 0.7),),
            False,
            "flagger@1",
        )
        store.add_flags("identity", [(m, flag) for m in now], at)

    match = Match(True, (Target("Brand", "brand"),))
    return {
        "add_polls, 500 new + 1500 known": poll,
        "due_matches": lambda: store.due_matches("identity", 5000),
        "add_matches, 500": lambda: store.add_matches("identity", [(m, match) for m in now], at),
        "due_stories": lambda: store.due_stories(5000),
        "add_stories, 500": lambda: store.add_stories([(m.id, m.id) for m in now], at),
        "due_verdicts": lambda: store.due_verdicts("identity", "model@1", 5000),
        "add_verdicts, 500": lambda: store.add_verdicts(
            [(m, Verdict("Brand", 0.2, 0.6, 0.2, "judged", "model@1")) for m in now], at
        ),
        "due_flags": lambda: store.due_flags("identity", "flagger@1", "model@1", 5000),
        "add_flags, 500": flagged,
        "open and close for reading": lambda: store.setting("brand"),
        "open and close for writing": lambda: store.set_setting("x", "y"),
    }


def _mentions(at: datetime, batch: str) -> tuple[Mention, ...]:
    return tuple(
        Mention(
            f"new-{batch}-{n}", f"Title {n}", f"Some words {batch} {n} " * 12, published_at=at - timedelta(minutes=n),
            seen_at=at, source=f"source {n % 10}", source_type="news", keys=(f"link {batch} {n}", f"guid {batch} {n}"),
        )
        for n in range(500)
    )  # fmt: skip


def measure(reads: dict[str, Callable[[], object]], rounds: int = 5) -> dict[str, tuple[float, float]]:
    """Median and worst, in ms; all reads take turns, as the steps of a round follow each other."""
    taken: dict[str, list[float]] = {name: [] for name in reads}
    for _ in range(rounds):
        for name, read in reads.items():
            start = time.perf_counter()
            read()
            taken[name].append((time.perf_counter() - start) * 1000)
    return {name: (statistics.median(times), max(times)) for name, times in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="10000,1000000")
    parser.add_argument("--folder", type=Path, help="keep the stores here and use them again")
    args = parser.parse_args()
    sizes = [int(size) for size in args.sizes.split(",")]
    results: dict[int, dict[str, tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        for size in sizes:
            path = folder / f"{size}.duckdb"
            if not path.exists():
                start = time.perf_counter()
                build(path, size)
                seconds = time.perf_counter() - start
                print(
                    f"built {size:,} mentions in {seconds:.0f} s, {path.stat().st_size / 1e6:.0f} MB",
                    flush=True,
                )
            steps = measure(step(path))  # first: what is derived by working is there when pages are read
            results[size] = measure(pages(path)) | steps
    print(f"\nms, median (worst) of 5{'':<17}" + "".join(f"{size:>20,}" for size in sizes))
    for name in results[sizes[0]]:
        cells = (f"{results[size][name][0]:.0f} ({results[size][name][1]:.0f})" for size in sizes)
        print(f"{name:<40}" + "".join(f"{cell:>20}" for cell in cells))


if __name__ == "__main__":
    main()
