"""How long the flows wait for people: a writer beside readers who open pages without a pause, each a process."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path
from typing import Any

from bench.pages import OPEN_S, Times, pages, percentile
from monitor import readmodel
from monitor.store import Store

SECONDS = 20.0
PAUSE = 0.5  # between writes, as the flows write batch after batch


def beside_readers(path: Path, readers: int) -> dict[str, Times]:
    """The smallest write there is, alone and beside so many readers of the overview: what it takes more is waiting."""
    alone = _writes(path)
    context = multiprocessing.get_context("spawn")
    ready, stop, taken = context.Semaphore(0), context.Event(), context.Queue()
    people = [context.Process(target=_read, args=(path, ready, stop, taken)) for _ in range(readers)]
    for person in people:
        person.start()
    for _ in people:
        ready.acquire()
    try:
        beside = _writes(path)
    finally:
        stop.set()
        seen = [ms for _ in people for ms in taken.get()]
        for person in people:
            person.join()
    return {
        "a small write, alone": alone,
        "a small write, beside the readers": beside,
        "the overview, 30 days, of each reader": _times(seen),
    }


def _writes(path: Path) -> Times:
    store = Store(path)
    taken = []
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        start = time.perf_counter()
        store.set_setting("bench", str(start))
        taken.append((time.perf_counter() - start) * 1000)
        time.sleep(PAUSE)
    return _times(taken)


def _times(taken: list[float]) -> Times:
    return Times(percentile(taken, 0.5), percentile(taken, 0.95), float("nan"))


def _read(path: Path, ready: Any, stop: Any, taken: Any) -> None:
    readmodel.stay_open(path, OPEN_S)
    overview = pages(path)["overview, 30 days"]
    overview()
    ready.release()
    seen = []
    while not stop.is_set():
        start = time.perf_counter()
        overview()
        seen.append((time.perf_counter() - start) * 1000)
    taken.put(seen)
