"""The commands that keep running: the dashboard, everything a single machine needs, and the example."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from monitor.errors import OmdommeError

if TYPE_CHECKING:  # read when it is needed: a command that only prints its help starts at once
    from monitor.config import Config

Brand = Annotated[Path, typer.Option("--brand", envvar="OMDOMME_BRAND", help="The brand file.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port of the dashboard on this machine.")]
Address = Annotated[
    str, typer.Option(help="Where the dashboard listens. Any but this machine's own needs `auth`.")
]
HERE = "127.0.0.1"
START_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 15.0
APP = Path(__file__).parent.parent / "dashboard" / "app.py"

err = Console(stderr=True, highlight=False)


def register(app: typer.Typer) -> None:
    for command in (dashboard, serve, demo):
        app.command()(command)


def dashboard(
    brand: Brand = Path("brand.yaml"),
    port: Port = 8501,
    address: Address = HERE,
) -> None:
    """Serve the dashboard until Ctrl-C."""
    from monitor.cli_login import handed_over, may_listen
    from monitor.config import load

    config = load(brand)  # a broken brand file is said here, not on the page
    may_listen(config, address)
    _free(port, address)
    with handed_over(config) as login, _Children() as children:
        children.start("dashboard", _dashboard_command(brand, port, address, login))
        _wait_for(_health(port, address), children)
        print(f"Dashboard: {_opened_at(config, port)}", flush=True)
        children.wait()


def serve(
    brand: Brand = Path("brand.yaml"),
    port: Port = 8501,
    prefect_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the Prefect server.")] = 4200,
    address: Address = HERE,
) -> None:
    """Everything a single machine needs: Prefect server, scheduled flows and dashboard, until Ctrl-C."""
    from monitor.cli_login import handed_over, may_listen
    from monitor.config import load

    config = load(brand)
    may_listen(config, address)
    _free(port, address)
    _free(prefect_port)
    prefect_home = config.settings.home.resolve() / "prefect"
    prefect_home.mkdir(parents=True, exist_ok=True)
    environment = {
        "PREFECT_HOME": str(prefect_home),
        "PREFECT_API_URL": f"http://127.0.0.1:{prefect_port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "DO_NOT_TRACK": "1",
    }
    server = ["-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(prefect_port)]
    with handed_over(config) as login, _Children() as children:
        children.start("prefect server", [sys.executable, *server], environment)
        children.start("dashboard", _dashboard_command(brand, port, address, login))
        _wait_for(f"http://127.0.0.1:{prefect_port}/api/health", children)
        children.start("flows", [sys.executable, "-m", "flows.serve", str(brand.resolve())], environment)
        # The schedules begin with their first interval; whoever starts this wants to see something now.
        once = [sys.executable, "-m", "monitor.cli", "run", "--brand", str(brand.resolve())]
        children.start("first pass", once, ends=True)
        _wait_for(_health(port, address), children)
        print(f"Dashboard: {_opened_at(config, port)}", flush=True)
        print(f"Prefect: http://localhost:{prefect_port}", flush=True)
        children.wait()


def demo(
    brand: Brand = Path("examples/lomvi/brand.yaml"),
    port: Port = 8501,
    once: Annotated[bool, typer.Option("--once", help="End when the page has answered.")] = False,
) -> None:
    """Replay the brand file's archive hour by hour, say what was found, and serve the dashboard."""
    from monitor import readmodel
    from monitor.cli import bar, rows
    from monitor.cli_login import handed_over
    from monitor.config import load
    from monitor.pipeline import goals
    from monitor.simulation import advance

    config = load(brand)
    _free(port)
    with bar() as progress:
        monitor, report = advance(config, progress)
    goals.evaluate(config, monitor.store, monitor.now())
    found = readmodel.status(config.settings.database)
    new = report.collect.counts.new
    mails = f"{found.mails_sent} ({report.alert.sent} now)"
    if not config.settings.smtp:
        mails += f" in {_relative(config.settings.outbox)}"
    rows(
        f"{config.identity.name}" + (" (fictional example)" if config.identity.fictional else ""),
        [
            ("mentions collected", f"{found.mentions} ({new} now)"),
            ("about us", f"{found.relevant} in {found.stories} stories"),
            *((f"  {target}", count) for target, _, count in found.per_target),
            ("judged", f"{found.verdicts} (mention, target)"),
            ("flagged", f"{found.flagged} mentions in conflict with the identity"),
            ("incidents", found.incidents),
            ("mails", mails),
        ],
    )
    for source, error, _ in report.collect.failed:
        err.print(f"source {source} failed: {error}", markup=False)
    for error in report.alert.failed:
        err.print(f"mail not sent: {error}", markup=False)
    del monitor
    with handed_over(config) as login, _Children() as children:
        children.start("dashboard", _dashboard_command(brand, port, HERE, login))
        _wait_for(_health(port, HERE), children)
        print(f"Dashboard: {_opened_at(config, port)}", flush=True)
        if not once:
            children.wait()


def _relative(path: Path) -> Path:
    with contextlib.suppress(ValueError):
        return path.resolve().relative_to(Path.cwd())
    return path


def _health(port: int, address: str) -> str:
    """Where the server on this machine answers: an address that stands for all of them is no place to ask."""
    host = {"0.0.0.0": HERE, "::": "::1"}.get(address, address)  # noqa: S104  # compared, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/_stcore/health"


def _opened_at(config: Config, port: int) -> str:
    auth = config.settings.auth
    return auth.address if auth else f"http://localhost:{port}"


def _dashboard_command(brand: Path, port: int, address: str, login: Sequence[str]) -> list[str]:
    streamlit = ["-m", "streamlit", "run", str(APP), "--server.port", str(port), "--server.headless", "true"]
    quiet = [
        "--browser.gatherUsageStats",
        "false",
        "--server.address",
        address,
        "--logger.level",
        "error",
    ]
    return [sys.executable, *streamlit, *quiet, *login, "--", "--brand", str(brand.resolve())]


def _free(port: int, address: str = HERE) -> None:
    try:
        family, *_, where = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise OmdommeError(f"{address} is no address of this machine. Remedy: leave --address out") from error
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(where)
        except OSError as error:
            raise OmdommeError(
                f"Port {port} is in use by another program. Remedy: end it, or choose another one: "
                f"PORT={port + 1} make run, or --port {port + 1}"
            ) from error


def _wait_for(url: str, children: _Children) -> None:
    """Until ``url`` answers 200; an OmdommeError when a child ends first or nothing answers in time."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        children.check()
        with (
            contextlib.suppress(OSError, urllib.error.URLError),
            urllib.request.urlopen(url, timeout=5) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise OmdommeError(f"{url} did not answer within {START_TIMEOUT_S:.0f} s")


class _Children:
    """Processes that live and die together. Ctrl-C and SIGTERM end them in reverse order, each with its group."""

    def __init__(self) -> None:
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        self._ends: set[str] = set()  # names of those that are meant to end by themselves
        self._stopped = False

    def __enter__(self) -> _Children:
        self._before = {s: signal.signal(s, self._stop) for s in (signal.SIGINT, signal.SIGTERM)}
        return self

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopped = True
        raise KeyboardInterrupt

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        *,
        ends: bool = False,
    ) -> None:
        if ends:
            self._ends.add(name)
        # A session of its own: the terminal's Ctrl-C reaches only us, and we end each child in order.
        process = subprocess.Popen(
            list(command),
            env={**os.environ, **(environment or {})},
            start_new_session=True,
            stdout=subprocess.DEVNULL,  # banners; what goes wrong is said on stderr
        )
        self._running.append((name, process))

    def check(self) -> None:
        for name, process in self._running:
            if process.poll() is not None and name not in self._ends:
                raise OmdommeError(f"The {name} ended with exit code {process.returncode}")

    def wait(self) -> None:
        while True:
            self.check()
            time.sleep(0.5)

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        for number in self._before:
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave children behind
        # One after the other, the last started first: the flows still need the server while they end.
        for _, process in reversed(self._running):
            with _gone():
                os.killpg(process.pid, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_TIMEOUT_S)
            with _gone():
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if isinstance(error, KeyboardInterrupt) and self._stopped:
            err.print("Stopped.")
            return True
        return False


@contextlib.contextmanager
def _gone() -> Iterator[None]:
    """The process group may have ended by itself."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        yield
