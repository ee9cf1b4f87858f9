"""Starts the real servers that a test asks for, each once, in a folder of this run's own; skips what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SERVERS = Path(__file__).parent / "servers"
# Where install.sh puts what Debian does not have.
INSTALLED = Path(os.environ.get("OMDOMME_E2E", "/var/cache/omdomme-e2e"))
NEEDS = {
    "wordpress": "mariadbd",
    "mediawiki": "/usr/share/mediawiki/index.php",
    "nginx": "nginx",
    "dovecot": "dovecot",
    "exim": "exim4",
    "snac": str(INSTALLED / "trixie/usr/bin/snac"),
    "atproto": str(INSTALLED / "at/node_modules/@atproto/dev-env"),
}
PLACES = {
    "SNAC_ROOT": str(INSTALLED / "trixie"),
    "AT_BASE": str(INSTALLED / "at"),
    "NODE22": str(INSTALLED / "node22"),
}


@pytest.fixture(scope="session")
def testbed() -> Iterator[Path]:
    """Not in pytest's own folder: the servers run under users of their own, and every pytest closes that to them."""
    with tempfile.TemporaryDirectory(prefix="omdomme-e2e-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="session")
def server(testbed: Path) -> Iterator[Callable[..., str]]:
    """``server(name, *arguments)`` runs servers/NAME.sh; the first call of a name starts it."""
    environment = {**os.environ, **PLACES, "TESTBED": str(testbed)}
    started: list[str] = []

    def call(name: str, *arguments: str) -> str:
        need = NEEDS[name]
        if not (Path(need).exists() or shutil.which(need) or Path("/usr/sbin", need).exists()):
            pytest.skip(f"{name} is not installed: tests/e2e/install.sh installs it")
        script = ["bash", str(SERVERS / f"{name}.sh")]
        if name not in started:
            started.append(name)
            log = testbed / f"{name}.log"
            with log.open("wb") as out:
                done = subprocess.run(
                    [*script, "start"], env=environment, stdout=out, stderr=out, timeout=240, check=False
                )
            assert done.returncode == 0, log.read_text()
        if not arguments:
            return ""
        return subprocess.run(
            [*script, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=True
        ).stdout.strip()

    yield call
    for name in reversed(started):
        subprocess.run(
            ["bash", str(SERVERS / f"{name}.sh"), "stop"], env=environment, capture_output=True, check=False
        )
