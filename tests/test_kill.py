"""A writing process is killed with SIGKILL at random points, fifteen times, and goes on where it was.

What it had said was written is there; what it was writing is there as a whole or not at all.
"""

from __future__ import annotations

import multiprocessing
import random
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from monitor import db
from monitor.store import Poll, Store
from monitor.types import (
    Conflict,
    FetchState,
    Flag,
    Incident,
    KnownIncident,
    Match,
    Mention,
    Message,
    Target,
    Verdict,
)

KILLS = 15
BATCH = 20
NOW = datetime(2026, 3, 1, tzinfo=UTC)
TARGETS = (Target("Fjordbank", "brand"), Target("Kari", "leader"))
CONFLICT = Conflict("value.1", 0.9, "major", "text", 0, 4, "Text", "because")
FLAG = Flag("major", 0.9, (CONFLICT, CONFLICT), (("value.1", 0.9),), False, "flagger@1")


def _write_for_ever(path: str, said: Connection) -> None:
    """Collects, matches, judges, flags and alerts; reports (step, number) only after the store has returned."""
    store = Store(Path(path))
    store.migrate()
    states = store.fetch_states()
    n = int(states["news"].cursor or 0) if states else 0
    while True:
        at = NOW + timedelta(minutes=n)
        mentions = tuple(
            Mention(
                f"m{n}-{k}",
                f"Title {k}",
                f"Text {n} {k}",
                published_at=at,
                seen_at=at,
                keys=(f"link {n} {k}",),
            )
            for k in range(BATCH)
        )
        store.add_polls([Poll("news", at, FetchState(cursor=str(n + 1)), mentions)])
        said.send(("mentions", (n + 1) * BATCH))
        store.add_matches("i", [(m, Match(True, TARGETS)) for m in store.due_matches("i", 999)], at)
        said.send(("matches", (n + 1) * BATCH))
        due = store.due_verdicts("i", "model@1", 999)
        store.add_verdicts([(m, Verdict(t.name, 0.8, 0.1, 0.1, "judged", "model@1")) for m, t in due], at)
        said.send(("verdicts", (n + 1) * BATCH * 2))
        requests = store.due_flags("i", "flagger@1", "model@1", 999)
        store.add_flags("i", [(r.mention, FLAG) for r in requests], at)
        said.send(("flags", (n + 1) * BATCH))
        incident = KnownIncident(f"incident {n}", "Fjordbank", (), Incident(at, at, None, at, 1, 1, 1.0, 1.0))
        mails = [Message(f"incident {n}/{who}", who, "s", "t") for who in ("a@b.example", "c@d.example")]
        store.save_incidents([incident], mails, at)
        said.send(("incidents", 1))
        n += 1


def _check(path: Path, said: dict[str, int]) -> None:
    with db.reading(path) as con:

        def count(query: str) -> int:
            row = con.execute(f"SELECT count(*) FROM {query}").fetchone()
            assert row is not None
            return int(row[0])

        for table, least in said.items():
            assert count(table) >= least, f"{table}: lost what was acknowledged"
        cursor = con.execute("SELECT coalesce(max(cursor::INT), 0) FROM sources").fetchone()
        assert cursor is not None
        mentions, matches, flags = count("mentions"), count("matches"), count("flags")
        assert mentions == cursor[0] * BATCH, "mentions and the state that claims them"
        assert count("mention_keys") == mentions * 2
        assert count("mention_targets") == matches * 2
        assert count("standing") == matches * 2
        assert count("(FROM standing EXCEPT ALL FROM v_standing_source)") == 0
        assert count("flag_conflicts") == flags * 2
        assert count("flag_candidates") == flags
        assert count("messages") == count("incidents") * 2
        assert count("(SELECT id FROM mentions GROUP BY id HAVING count(*) > 1)") == 0
        assert count("(SELECT mention_id, target FROM verdicts GROUP BY ALL HAVING count(*) > 1)") == 0


def _hear(hear: Connection, said: dict[str, int]) -> None:
    step, number = hear.recv()
    said[step] = said.get(step, 0) + 1 if step == "incidents" else number


def test_killed_at_random_points(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["monitor.store"])
    choose = random.Random(20)
    said: dict[str, int] = {}
    for _ in range(KILLS):
        hear, say = context.Pipe(duplex=False)
        writer = context.Process(target=_write_for_ever, args=(str(path), say), daemon=True)
        writer.start()
        say.close()
        acknowledged = choose.randrange(1, 9)  # then at some point inside the next write
        for _ in range(acknowledged):
            assert hear.poll(30), "the writer does not get on"
            _hear(hear, said)
        writer.join(choose.uniform(0, 0.06))
        assert writer.is_alive()
        writer.kill()
        writer.join(10)
        while True:  # what it said before it died counts
            try:
                _hear(hear, said)
            except EOFError:
                break
        _check(path, said)
    assert said["flags"] >= BATCH
