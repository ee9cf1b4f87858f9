"""How long the flows wait for people: a writer beside readers who open pages without a pause.

The readers are threads of one process, as the visitors of one dashboard are; the writer is another process, as the
flows are, and does what a flow does most often: a poll of a hundred new mentions.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.pages import OPEN_S, Read, Times, new_mentions, pages, times_of
from bench.pagestore import end_of
from monitor import readmodel
from monitor.store import Poll, Store
from monitor.types import FetchState

SECONDS = 20.0
PAUSE = 0.5  # between writes, as the flows write batch after batch


def beside_readers(path: Path, readers: int) -> dict[str, Times]:
    """The smallest write there is and a poll, alone and beside so many readers: what they take more is waiting."""
    alone = _writes(path)
    context = multiprocessing.get_context("spawn")
    ready, stop, taken = context.Semaphore(0), context.Event(), context.Queue()
    house = context.Process(target=_visited, args=(path, readers, ready, stop, taken))
    house.start()
    for _ in range(readers):
        ready.acquire()
    try:
        beside = _writes(path)
    finally:
        stop.set()
        seen = taken.get()
        house.join()
    return {
        "a small write, alone": alone[0],
        f"a small write, beside {readers} readers": beside[0],
        "a poll of 100, alone": alone[1],
        f"a poll of 100, beside {readers} readers": beside[1],
        "one person opens the overview, 30 days": seen[0],
        f"each of {readers} opens the overview, 30 days": seen[1],
    }


def _writes(path: Path) -> tuple[Times, Times]:
    store = Store(path)
    small, polls = [], []
    at = end_of(path) + timedelta(minutes=2)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        start = time.perf_counter()
        store.set_setting("bench", str(start))
        small.append((time.perf_counter() - start) * 1000)
        time.sleep(PAUSE)
        poll = Poll("source 1", at, FetchState(), new_mentions(at, f"beside {time.time_ns()}", 100))
        start = time.perf_counter()
        store.add_polls([poll])
        polls.append((time.perf_counter() - start) * 1000)
        time.sleep(PAUSE)
    return times_of(small), times_of(polls)


def _visited(path: Path, readers: int, ready: Any, stop: Any, taken: Any) -> None:
    readmodel.stay_open(path, OPEN_S)
    overview = pages(path)["overview, 30 days"]
    overview()
    alone = [_timed(overview) for _ in range(10)]
    seen: list[float] = []

    def visit() -> None:
        ready.release()
        while not stop.is_set():
            seen.append(_timed(overview))

    people = [threading.Thread(target=visit) for _ in range(readers)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    taken.put((times_of(alone), times_of(seen)))


def _timed(read: Read) -> float:
    start = time.perf_counter()
    read()
    return (time.perf_counter() - start) * 1000
