"""The door to the database file: who may be in at the same time, and what is said when it stays shut."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest

from monitor import db
from monitor.db import gate as dbgate
from monitor.errors import StoreError
from monitor.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    Store(tmp_path / "store.duckdb").migrate()
    return tmp_path / "store.duckdb"


def _count(path: Path) -> int:
    with db.reading(path) as con:
        row = con.execute("SELECT count(*) FROM settings").fetchone()
    assert row is not None
    return int(row[0])


def _write(path: Path, times: int, name: str = "x") -> None:
    for n in range(times):
        with db.writing(path) as con:
            con.execute("INSERT INTO settings VALUES (?, ?)", [f"{name}{n}", "v"])


def _read_until(path: str, stop: float, out: multiprocessing.Queue[tuple[int, str]]) -> None:
    reads, error = 0, ""
    try:
        while time.time() < stop:
            _count(Path(path))
            reads += 1
    except Exception as problem:
        error = repr(problem)
    out.put((reads, error))


def test_a_missing_file_reads_as_an_empty_store(tmp_path: Path) -> None:
    assert _count(tmp_path / "nowhere" / "none.duckdb") == 0
    assert not (tmp_path / "nowhere").exists()


def test_a_file_nothing_was_written_to_reads_as_an_empty_store(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "new.duckdb")).close()
    assert _count(tmp_path / "new.duckdb") == 0


def test_an_exception_rolls_the_whole_transaction_back(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), db.writing(path) as con:
        con.execute("INSERT INTO settings VALUES ('a', 'b')")
        raise ZeroDivisionError
    assert _count(path) == 0
    _write(path, 1)
    assert _count(path) == 1


def test_reading_cannot_write_nor_reach_other_files(path: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with db.reading(path) as con:
        for statement in (
            "INSERT INTO settings VALUES ('a', 'b')",
            f"FROM read_csv('{tmp_path / 'secret.csv'}')",
            f"ATTACH '{tmp_path / 'other.duckdb'}'",
            f"COPY settings TO '{tmp_path / 'out.csv'}'",
            "SET enable_external_access = true",
            "INSTALL httpfs",
        ):
            with pytest.raises(duckdb.Error):
                con.execute(statement)


def test_one_thread_cannot_open_it_twice(path: Path) -> None:
    with db.reading(path), pytest.raises(StoreError, match="open already"), db.writing(path):
        pass


def test_threads_read_and_write_at_the_same_time(path: Path) -> None:
    errors: list[BaseException] = []

    def guarded(work: object, *args: object) -> None:
        try:
            work(*args)  # type: ignore[operator]
        except BaseException as error:
            errors.append(error)

    def read() -> None:
        for _ in range(25):
            _count(path)

    threads = [threading.Thread(target=guarded, args=(_write, path, 15, name)) for name in "ab"]
    threads += [threading.Thread(target=guarded, args=(read,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    assert _count(path) == 30


def test_readers_that_never_rest_do_not_starve_the_writer(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    out: multiprocessing.Queue[tuple[int, str]] = context.Queue()
    stop = time.time() + 60  # they are ended as soon as the writer is done
    readers = [
        context.Process(target=_read_until, args=(str(path), stop, out), daemon=True) for _ in range(3)
    ]
    for reader in readers:
        reader.start()
    while _count(path) == 0 and any(not r.is_alive() for r in readers):
        time.sleep(0.01)
    started = time.monotonic()
    _write(path, 20)
    took = time.monotonic() - started
    assert _count(path) == 20
    for reader in readers:
        assert reader.is_alive(), out.get(timeout=5)
        reader.kill()
        reader.join(10)
    assert took < 30


def test_a_shell_is_waited_for_and_then_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hold = (
        "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('open', flush=True); "
        "time.sleep(float(sys.argv[2]))"
    )
    shell = subprocess.Popen([sys.executable, "-c", hold, str(path), "0.4"], stdout=subprocess.PIPE)
    assert shell.stdout is not None
    shell.stdout.readline()
    _write(path, 1)  # it leaves after a moment
    shell.wait(10)
    monkeypatch.setattr(dbgate, "OUTSIDER_WAIT_S", 0.2)
    shell = subprocess.Popen([sys.executable, "-c", hold, str(path), "30"], stdout=subprocess.PIPE)
    assert shell.stdout is not None
    shell.stdout.readline()
    with pytest.raises(StoreError, match=r"another program has the file open.*Remedy"):
        _write(path, 1)
    shell.kill()
    shell.wait(10)
    assert _count(path) == 1


def test_a_newer_schema_is_refused_with_the_remedy(path: Path) -> None:
    with db.writing(path) as con:
        con.execute("INSERT INTO migrations VALUES (9999, 'from the future', now()::TIMESTAMP)")
    with pytest.raises(StoreError, match=r"newer version.*Remedy: upgrade"):
        _count(path)
    with pytest.raises(StoreError, match="newer version"):
        Store(path).migrate()


def test_an_older_schema_is_named_and_migrated(path: Path) -> None:
    with db.writing(path) as con:
        con.execute("DELETE FROM migrations WHERE number = (SELECT max(number) FROM migrations)")
    with pytest.raises(StoreError, match="which migrates it"):
        _count(path)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match=r"x\.duckdb"):
        _count(tmp_path / "x.duckdb")


def test_a_file_that_stays_open_keeps_nobody_waiting_for_long(path: Path) -> None:
    """Read again without opening; let go of for this process's writer at once, for others when the time is over."""
    other = [sys.executable, "-c", "import sys; from monitor.store import Store; from pathlib import Path; "
             "Store(Path(sys.argv[1])).set_setting('other', 'v')", str(path)]  # fmt: skip
    db.stay_open(path, 0.3)
    try:
        gate = dbgate.gate_of(path)
        attached: list[bool] = []
        attach = gate.attach

        def counted(*, read_only: bool, wait_s: float = db.WAIT_S) -> None:
            attached.append(read_only)
            attach(read_only=read_only, wait_s=wait_s)

        gate.attach = counted  # type: ignore[method-assign]
        before = _count(path)
        assert _count(path) == before
        assert attached == [True], "the second read must find the file open"
        with db.writing(path, wait_s=0.1) as con:
            con.execute("INSERT INTO settings VALUES ('mine', 'v')")
        assert _count(path) == before + 1
        assert attached == [True, False, True]
        subprocess.run(other, check=True, timeout=60)
        assert _count(path) == before + 2
    finally:
        db.stay_open(path, 0)
        time.sleep(0.4)
    assert _count(path) == before + 2
    duckdb.connect(str(path), read_only=True).close()  # nothing of ours holds it


def test_readers_whose_files_stay_open_do_not_starve_the_writer(path: Path) -> None:
    db.stay_open(path, 0.05)
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            _count(path)

    readers = [threading.Thread(target=read) for _ in range(3)]
    try:
        for reader in readers:
            reader.start()
        _write(path, 5, "between")
    finally:
        stop.set()
        for reader in readers:
            reader.join()
        db.stay_open(path, 0)
    time.sleep(0.1)
    assert _count(path) >= 5
