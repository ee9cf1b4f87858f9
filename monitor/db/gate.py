"""One database file as one process sees it: its lock files, its host instance, its threads. Under ``db``, its door.

The locks are advisory locks of the operating system, so a killed process leaves nothing behind; they belong to a
process, so its threads are kept apart here by the same rules in memory.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import fasteners

from monitor.errors import StoreBusy, StoreError

Con = duckdb.DuckDBPyConnection

WAIT_S = 120.0  # for our own readers and writers, who are done in moments
OUTSIDER_WAIT_S = 15.0  # for a process that opened the file without the lock: a duckdb shell
_LOGS = ("", ".wal", ".wal.checkpoint", ".wal.recovery")
_FILES = (
    *_LOGS,
    *(f".new{end}" for end in _LOGS),
)  # all that the host may open; .new while it is written anew
SQL_DIR = Path(__file__).parent.parent / "sql"


def migration_files() -> list[tuple[int, str, str]]:
    """(number, name, SQL) in the order they are applied."""
    files = sorted(SQL_DIR.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    return [(int(f.name[:4]), f.stem, f.read_text(encoding="utf-8")) for f in files]


class Gate:
    """One database file as seen by one process: its locks, its host instance, how many threads read now."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.turn = threading.Lock()
        self.state = threading.Condition()
        self.readers = 0
        self.kept = False  # attached for as long as this process holds it: see db.keeping
        self.writer = threading.Lock()  # one of our threads writes at a time while it is kept
        self.inside = threading.local()
        self.linger_s = 0.0  # how long the file stays open after the last reader, for the next one
        self._lingering: threading.Timer | None = None
        self._rw = fasteners.InterProcessReaderWriterLock(f"{path}.lock")
        self._turn = fasteners.InterProcessLock(f"{path}.turn")
        self._host: Con | None = None
        self._has_empty = False
        self._host_lock = threading.Lock()

    @contextmanager
    def pass_turnstile(self, wait_s: float = WAIT_S) -> Iterator[None]:
        if not self.turn.acquire(timeout=wait_s):
            raise StoreBusy(f"{self.path}: another thread has held the database for over {wait_s:.0f} s")
        try:
            if not self._turn.acquire(delay=0.001, max_delay=0.02, timeout=wait_s):
                raise StoreBusy(self._busy("waiting for its turn", wait_s))
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self.turn.release()

    @contextmanager
    def alone(self, wait_s: float = WAIT_S) -> Iterator[None]:
        """Nobody else, thread or process, has the file open; it is not attached yet."""
        with self.pass_turnstile(wait_s):
            with self.state:
                if not self.state.wait_for(lambda: self.readers == 0, timeout=wait_s):
                    raise StoreBusy(f"{self.path}: threads of this process have read for over {wait_s:.0f} s")
                self._end_lingering()
            self.lock(exclusive=True, wait_s=wait_s)
            try:
                yield
            finally:
                self.unlock(exclusive=True)

    def enter(self) -> None:
        """One reader more; the file is open when this returns. Called by who has passed the turnstile."""
        with self.state:
            if self._lingering is not None:
                self._lingering.cancel()
                self._lingering = None
            elif self.readers == 0:
                self.lock(exclusive=False)
                try:
                    self.attach(read_only=True)
                except BaseException:
                    self.unlock(exclusive=False)
                    raise
            self.readers += 1

    def leave(self) -> None:
        """One reader less. The last one closes the file, at once or, unless another comes, ``linger_s`` later."""
        with self.state:
            self.readers -= 1
            if self.readers:
                return
            if self.kept:
                self.state.notify_all()
            elif self.linger_s:
                self._lingering = timer = threading.Timer(self.linger_s, lambda: self._close(timer))
                timer.daemon = True
                timer.start()
                self.state.notify_all()
            else:
                self._close_now()

    def _close(self, timer: threading.Timer) -> None:
        with self.state:
            if self._lingering is timer:  # nobody came in meanwhile
                self._end_lingering()

    def _end_lingering(self) -> None:
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None
            self._close_now()

    def _close_now(self) -> None:
        try:
            self.detach()
        finally:
            self.unlock(exclusive=False)
            self.state.notify_all()

    @property
    def fresh(self) -> Path:
        """Where the file is written anew before it takes the place of the old one."""
        return self.path.with_name(f"{self.path.name}.new")

    def _busy(self, what: str, wait_s: float) -> str:
        remedy = "try again, or end the process that hangs"
        return f"{self.path}: still in use after {wait_s:.0f} s of {what}. Remedy: {remedy}."

    def lock(self, *, exclusive: bool, wait_s: float = WAIT_S) -> None:
        acquire = self._rw.acquire_write_lock if exclusive else self._rw.acquire_read_lock
        if not acquire(delay=0.001, max_delay=0.02, timeout=wait_s):
            raise StoreBusy(self._busy("waiting for " + ("readers" if exclusive else "the writer"), wait_s))

    def unlock(self, *, exclusive: bool) -> None:
        (self._rw.release_write_lock if exclusive else self._rw.release_read_lock)()

    def host(self) -> Con:
        """The in-memory instance that the file is attached to."""
        with self._host_lock:
            if self._host is None:
                self._host = self._new_host()
            return self._host

    def _new_host(self) -> Con:
        host = duckdb.connect(
            ":memory:",
            config={"autoinstall_known_extensions": False, "autoload_known_extensions": False},
        )
        quoted = str(self.path).replace("'", "''")
        allowed = ", ".join(f"'{quoted}{end}'" for end in _FILES)
        host.execute(f"SET GLOBAL temp_directory = '{quoted}.tmp'")
        host.execute("SET GLOBAL TimeZone = 'UTC'")
        host.execute("SET GLOBAL python_enable_replacements = false")
        host.execute(f"SET threads = {min(4, os.cpu_count() or 1)}")
        host.execute(f"SET allowed_paths = [{allowed}]")
        host.execute("SET enable_external_access = false")
        host.execute("SET lock_configuration = true")
        return host

    def empty(self) -> Con:
        """A connection to the schema without a row, which is only made in a process that finds no store."""
        host = self.host()
        with self._host_lock:
            if not self._has_empty:
                host.execute("ATTACH ':memory:' AS empty")
                with_schema = host.cursor()
                with_schema.execute("USE empty")
                for _, _, sql in migration_files():
                    with_schema.execute(sql)
                with_schema.close()
                self._has_empty = True
        return self.cursor("empty")

    def attach(self, *, read_only: bool, wait_s: float = WAIT_S) -> None:
        quoted = str(self.path).replace("'", "''")
        statement = f"ATTACH '{quoted}' AS store" + (" (READ_ONLY)" if read_only else "")
        host = self.host()
        until = time.monotonic() + min(OUTSIDER_WAIT_S, wait_s)
        wait = 0.02
        while True:
            try:
                host.execute(statement)
                return
            except duckdb.IOException as error:
                if "lock" not in str(error).lower():
                    raise StoreError(f"{self.path}: cannot be opened: {first_line(error)}") from error
                if time.monotonic() > until:
                    raise StoreBusy(
                        f"{self.path}: another program has the file open ({first_line(error)}). "
                        "Remedy: close it, or open it read-only for short moments."
                    ) from error
                time.sleep(wait)
                wait = min(wait * 1.5, 0.5)
            except duckdb.Error as error:
                raise StoreError(
                    f"{self.path}: is not a database this version can open: {first_line(error)}"
                ) from error

    def detach(self) -> None:
        self.host().execute("DETACH store")

    def cursor(self, database: str) -> Con:
        con = self.host().cursor()
        con.execute(f"USE {database}")
        return con


def first_line(error: BaseException) -> str:
    return str(error).splitlines()[0]


_gates: dict[Path, Gate] = {}
_gates_lock = threading.Lock()


def gate_of(path: Path) -> Gate:
    """The one gate of this path; StoreError when this thread is inside already, which would wait for ever."""
    path = Path(path).resolve()
    with _gates_lock:
        gate = _gates.get(path)
        if gate is None:
            gate = _gates[path] = Gate(path)
    if getattr(gate.inside, "open", False):
        raise StoreError(f"{path}: is open already in this thread; one block must end before the next begins")
    return gate


def _forget_parent() -> None:
    """After a fork the parent's locks and threads are not ours: begin anew."""
    global _gates_lock
    _gates_lock = threading.Lock()
    _gates.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parent)
