"""`omdomme ...` in this process, through its real entry: a process of its own costs seconds before it does anything."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from monitor.cli import main


def call(*arguments: str, cwd: Path | None = None, given: bytes = b"") -> subprocess.CompletedProcess[str]:
    """What it printed and its exit code, as ``subprocess.run`` would have them."""
    before, code = (sys.argv, sys.stdin), 0
    sys.argv, sys.stdin = ["omdomme", *arguments], io.TextIOWrapper(io.BytesIO(given), encoding="utf-8")
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _inside(cwd):
            main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    finally:
        sys.argv, sys.stdin = before
    said = []
    for stream in (out, err):
        stream.flush()
        said.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(list(arguments), code, *said)


@contextlib.contextmanager
def _inside(folder: Path | None) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder or before)
    try:
        yield
    finally:
        os.chdir(before)
