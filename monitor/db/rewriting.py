"""The database file written anew, so that what was deleted is in no file any more. Under ``db``, its door.

DuckDB gives the blocks of deleted rows back to itself and uses them again some day; until then their bytes stay in
the file, through CHECKPOINT and VACUUM too. A copy of what is left, put in the place of the old file, has none of them.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

import duckdb

from monitor.db.gate import Gate, first_line, gate_of, migration_files
from monitor.errors import StoreError


def rewrite(path: Path) -> None:
    """Replaces the file by a copy of its rows, alone with it; readers wait. A file that is not there stays so.

    The schema comes from the migrations, so the file must have the newest. Killed halfway, the old file is untouched
    and a left-over ``.new`` file is overwritten the next time. Raises StoreError when there is no room for a copy.
    """
    gate = gate_of(path)
    if not gate.path.exists():
        return
    with gate.alone():
        fresh = gate.fresh
        try:
            _remove(fresh)
            gate.attach(read_only=False)
            try:
                _copy(gate)
            finally:
                gate.detach()
            # Detaching has written the log into the file; one left behind would be replayed onto the new file.
            if gate.path.with_name(f"{gate.path.name}.wal").exists():
                raise StoreError(f"{path}: its log could not be written into it. Remedy: try again.")
            shutil.copymode(gate.path, fresh)
            with fresh.open("rb") as file:
                os.fsync(file.fileno())
            fresh.replace(gate.path)
        except (duckdb.Error, OSError) as error:
            raise StoreError(
                f"{path}: cannot be written anew: {first_line(error)}. What was deleted is out of the tables, but its "
                "bytes may still lie in the file. Remedy: make room on the disk, and run omdomme forget again."
            ) from error
        finally:
            with suppress(OSError):
                _remove(fresh)


def _copy(gate: Gate) -> None:
    con = gate.host().cursor()
    quoted = str(gate.fresh).replace("'", "''")
    con.execute(f"ATTACH '{quoted}' AS fresh")
    try:
        con.execute("USE fresh")
        for _, _, sql in migration_files():
            con.execute(sql)
        found = con.execute("SELECT max(number) FROM store.migrations").fetchone()
        if not found or found[0] != migration_files()[-1][0]:
            raise StoreError(
                f"{gate.path}: has not the newest schema. Remedy: run `omdomme run` once, which migrates it."
            )
        tables = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'store' AND NOT temporary ORDER BY 1"
        ).fetchall()
        con.execute("BEGIN")
        for (table,) in tables:
            con.execute(f'DELETE FROM fresh."{table}"')
            con.execute(f'INSERT INTO fresh."{table}" BY NAME FROM store."{table}"')
        con.execute("COMMIT")
        con.execute("CHECKPOINT fresh")
    finally:
        con.close()
        gate.host().execute("DETACH fresh")


def _remove(fresh: Path) -> None:
    for end in ("", ".wal"):
        fresh.with_name(f"{fresh.name}{end}").unlink(missing_ok=True)
