"""How long the flows wait for people: a writer beside readers who open pages without a pause, each a process."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

    from bench.pages import Times

SECONDS = 20.0
PAUSE = 0.5  # between writes, as the flows write batch after batch


def beside_readers(path: Path, readers: int) -> dict[str, Times]:
    """The collecting round of ``bench.pages``, alone and beside so many readers of the overview."""
    from bench.pages import Times, measure, percentile, step

    alone = _whole(path)
    context = multiprocessing.get_context("spawn")
    ready, stop, counted = context.Semaphore(0), context.Event(), context.Queue()
    people = [context.Process(target=_read, args=(path, ready, stop, counted)) for _ in range(readers)]
    for person in people:
        person.start()
    for _ in people:
        ready.acquire()
    try:
        beside = _whole(path)
    finally:
        stop.set()
        taken = [time for _ in people for time in counted.get()]
        for person in people:
            person.join()
    assert measure and step
    return {
        "a small write, alone": alone,
        f"a small write beside {readers} readers": beside,
        f"the overview of each of {readers} readers": Times(
            percentile(taken, 0.5), percentile(taken, 0.95), 0.0
        ),
    }


def _whole(path: Path) -> Times:
    from bench.pages import Times, percentile
    from monitor.store import Store

    store = Store(path)
    taken = []
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        start = time.perf_counter()
        store.set_setting("bench", str(start))
        taken.append((time.perf_counter() - start) * 1000)
        time.sleep(PAUSE)
    return Times(percentile(taken, 0.5), percentile(taken, 0.95), 0.0)


def _read(path: Path, ready: object, stop: Event, counted: object) -> None:
    from bench.pages import pages

    overview = pages(path)["overview, 30 days"]
    overview()
    ready.release()  # type: ignore[attr-defined]
    taken = []
    while not stop.is_set():
        start = time.perf_counter()
        overview()
        taken.append((time.perf_counter() - start) * 1000)
    counted.put(taken)  # type: ignore[attr-defined]
