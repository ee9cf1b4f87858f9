"""Opens the database file behind a lock, for the moment of one read or one transaction. Under store and readmodel.

DuckDB lets one process write *or* several read a file. Every opening here therefore goes through two lock files
beside the database: ``.lock`` (shared for readers, exclusive for the writer) and ``.turn``, a turnstile that every
comer passes and a waiting writer holds, so that readers who never rest cannot starve it (see ``dbgate``).

Opening costs milliseconds because each process keeps one empty in-memory DuckDB per path and only attaches the
file to it. That host cannot read any other file, load an extension or be reconfigured.

    with db.reading(path) as con:    # a missing file reads as an empty store
        con.execute("SELECT count(*) FROM v_mentions").fetchone()
    with db.writing(path) as con:    # one transaction: committed at the end, rolled back by any exception
        con.execute("UPDATE write_guard SET n = n + 1")

Times in the database are UTC without an offset (TIMESTAMP); ``utc`` and ``naive`` translate.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

import duckdb

from monitor.db.gate import WAIT_S, Con, Gate, first_line, gate_of, migration_files
from monitor.db.rewriting import rewrite
from monitor.errors import StoreBusy, StoreError

__all__ = [
    "WAIT_S",
    "Con",
    "aware",
    "keeping",
    "migrate",
    "migration_files",
    "naive",
    "newest_version",
    "reading",
    "retried",
    "rewrite",
    "stay_open",
    "utc",
    "version",
    "writing",
]

P = ParamSpec("P")
T = TypeVar("T")


def utc(value: datetime | None) -> datetime | None:
    """A stored time with its zone."""
    return None if value is None else value.replace(tzinfo=UTC)


def aware(value: datetime) -> datetime:
    """``utc`` of a column that is never null."""
    return value.replace(tzinfo=UTC)


def naive(value: datetime | None) -> datetime | None:
    """A UTC-aware time as it is stored; a time without a zone is taken to be UTC."""
    return value if value is None or value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


@functools.cache
def newest_version() -> int:
    return migration_files()[-1][0]


def version(con: Con) -> int:
    """Number of the last migration applied; 0 = a file nothing was written to yet."""
    try:
        row = con.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchone()
    except duckdb.CatalogException:
        return 0
    return int(row[0]) if row else 0


@contextmanager
def reading(path: Path) -> Iterator[Con]:
    """A connection that can only read, beside other readers and never beside a writer.

    A missing file, or one that nothing was written to, reads as an empty store. Raises StoreError when the file
    cannot be opened or was written by another version.
    """
    gate = gate_of(path)
    if _joined(gate):
        with _cursor(gate) as con:
            yield con
        return
    if not gate.path.exists():
        empty = gate.empty()
        try:
            yield empty
        finally:
            empty.close()
        return
    with gate.pass_turnstile():
        gate.enter()
    with _cursor(gate) as con:
        if _checked_version(con, gate.path):
            yield con
            return
        empty = gate.empty()
        try:
            yield empty
        finally:
            empty.close()


def _joined(gate: Gate) -> bool:
    """Counts this thread among the readers when the file is kept open by this process."""
    with gate.state:
        gate.readers += gate.kept
        return gate.kept


@contextmanager
def _cursor(gate: Gate) -> Iterator[Con]:
    """For a thread that was counted among the readers."""
    con: Con | None = None
    try:
        con = gate.cursor("store")
        gate.inside.open = True
        yield con
    finally:
        gate.inside.open = False
        if con is not None:
            con.close()
        gate.leave()


def stay_open(path: Path, seconds: float) -> None:
    """From now on the file stays open in this process for so long after the last reader, for the next one.

    A page reads a dozen times: opened for each, the file costs milliseconds and forgets the blocks it has read. A
    writer waits that much longer at most, as nobody is let in while it waits; one of this process does not wait at all.
    """
    gate_of(path).linger_s = seconds


@contextmanager
def writing(path: Path, *, migrating: bool = False, wait_s: float = WAIT_S) -> Iterator[Con]:
    """One transaction, alone with the file: committed at the end, rolled back by any exception.

    Raises StoreError when the file cannot be opened, or its schema is not this version's (unless ``migrating``);
    StoreBusy when one of the locks was not free within ``wait_s`` seconds (a person waits less than a program).
    """
    with _alone(path, wait_s) as (gate, con):
        _checked_version(con, gate.path, writing=True, migrating=migrating)
        with _transaction(con):
            yield con


def migrate(path: Path) -> None:
    """Applies the migrations that are missing, each with its record in one transaction, all in one opening."""
    with _alone(path, WAIT_S) as (gate, con):
        have = _checked_version(con, gate.path, writing=True, migrating=True)
        for number, name, sql in migration_files():
            if number > have:
                with _transaction(con):
                    con.execute(sql)
                    con.execute("INSERT INTO migrations VALUES (?, ?, now()::TIMESTAMP)", [number, name])


@contextmanager
def keeping(path: Path) -> Iterator[None]:
    """This process alone has the file, and open, until the block ends: for very many small reads and writes.

    Its threads read and write as ever (one writes at a time), without the cost of opening; other processes wait, so
    the block must be short. A missing file is made.
    """
    gate = gate_of(path)
    gate.path.parent.mkdir(parents=True, exist_ok=True)
    with gate.alone():
        gate.attach(read_only=False)
        try:
            con = gate.cursor("store")
            _checked_version(con, gate.path, writing=True)
            con.close()
            gate.kept = True
            yield
        finally:
            with gate.state:
                gate.state.wait_for(lambda: gate.readers == 0)
                gate.kept = False
            gate.detach()


@contextmanager
def _alone(path: Path, wait_s: float) -> Iterator[tuple[Gate, Con]]:
    gate = gate_of(path)
    gate.path.parent.mkdir(parents=True, exist_ok=True)
    if _joined(gate):
        with _cursor(gate) as con:
            if not gate.writer.acquire(timeout=wait_s):
                raise StoreBusy(f"{path}: another thread has written for over {wait_s:.0f} s")
            try:
                yield gate, con
            finally:
                gate.writer.release()
        return
    with gate.alone(wait_s):
        gate.attach(read_only=False, wait_s=wait_s)
        try:
            con = gate.cursor("store")
            gate.inside.open = True
            try:
                yield gate, con
            finally:
                gate.inside.open = False
                con.close()
        finally:
            gate.detach()


@contextmanager
def _transaction(con: Con) -> Iterator[None]:
    con.execute("BEGIN")
    try:
        yield
    except BaseException:
        con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")


def _checked_version(con: Con, path: Path, *, writing: bool = False, migrating: bool = False) -> int:
    found, ours = version(con), newest_version()
    if found > ours:
        raise StoreError(
            f"{path}: was written by a newer version (schema {found}, this one knows {ours}). Remedy: upgrade omdomme."
        )
    if found < ours and not migrating and (found or writing):
        raise StoreError(
            f"{path}: has schema {found}, this version needs {ours}. Remedy: run `omdomme run` once, which migrates it."
        )
    return found


def retried(method: Callable[P, T]) -> Callable[P, T]:
    """Runs an idempotent method again when its transaction met another one.

    Behind the lock this cannot happen; the same statements on a database with several writers do meet.
    """

    @functools.wraps(method)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(6):
            try:
                return method(*args, **kwargs)
            except duckdb.TransactionException as error:
                if attempt == 5:
                    raise StoreError(f"the write met other writes six times: {first_line(error)}") from error
                time.sleep(0.01 * 2**attempt)
        raise AssertionError("unreachable")

    return run
