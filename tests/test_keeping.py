"""A store kept open by one process: its own threads go on, others wait, and nothing is lost when it is killed."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from monitor import db
from monitor.errors import StoreBusy, StoreError
from monitor.store import Store

OUTSIDE = """
import sys, time
from pathlib import Path
from monitor.store import Store
store = Store(Path(sys.argv[1]))
with store.keeping():
    store.set_setting("inside", "written")
    print("kept", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "omdomme.duckdb", wait_s=0.3)
    store.migrate()
    return store


def test_what_is_read_and_written_inside_stays(store: Store) -> None:
    with store.keeping():
        assert store.setting("a") is None
        store.set_setting("a", "1")
        assert store.setting("a") == "1"
        with pytest.raises(ZeroDivisionError), db.writing(store.path) as con:
            con.execute("INSERT INTO settings VALUES ('b', '2')")
            1 / 0  # noqa: B018
        assert store.setting("b") is None, "a transaction that failed is rolled back"
    assert (store.setting("a"), store.setting("b")) == ("1", None)


def test_threads_of_the_process_write_one_after_the_other(store: Store) -> None:
    with store.keeping():
        threads = [
            threading.Thread(target=lambda n=n: [store.set_setting(f"{n} {i}", "x") for i in range(5)])
            for n in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert all(store.setting(f"{n} {i}") == "x" for n in range(4) for i in range(5))


def test_nobody_is_inside_twice(store: Store) -> None:
    with store.keeping(), db.reading(store.path), pytest.raises(StoreError, match="open already"):
        store.setting("a")


def test_other_processes_wait_and_a_killed_one_loses_nothing(store: Store) -> None:
    with subprocess.Popen([sys.executable, "-c", OUTSIDE, str(store.path)], stdout=subprocess.PIPE) as other:
        assert other.stdout and other.stdout.readline() == b"kept\n"
        with pytest.raises(StoreBusy):
            store.set_setting("a", "1")
        other.kill()
    assert store.setting("inside") == "written"
    store.set_setting("a", "1")
    assert store.setting("a") == "1"
