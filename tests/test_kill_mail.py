"""`kill -9` between every two steps of an alert: each recipient has exactly one mail of the incident.

The process kills itself at the very step, so nothing depends on timing. A real SMTP server keeps what arrives; the runs
that come after are the ordinary ones. Only where the text had begun to leave nobody can know: then no second one is
sent, it is shown as interrupted, and a person lets it go.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import readmodel
from monitor.channels.email import Email
from monitor.config import load
from monitor.pipeline import Monitor
from monitor.store import Store, outbox
from tests.conftest import BRAND
from tests.test_channels import Inbox, server
from tests.test_pipeline import AFFAIR

NOW = datetime(2026, 9, 11, 12, tzinfo=UTC)
RECIPIENTS = ["duty@fjordbank.example", "vakt@fjordbank.example"]
# The step, and whether the process dies before or after it.
STEPS: dict[str, tuple[Any, str, str]] = {
    "deciding, then queueing": (Store, "save_incidents", "before"),
    "queueing, before it is kept": (outbox, "queue", "after"),
    "queueing, then claiming": (Store, "save_incidents", "after"),
    "claiming, then the server": (Store, "claim_message", "after"),
    "the server, then beginning": (Email, "_offer", "after"),
    "beginning, then sending": (Store, "begin_message", "after"),
    "sending, then confirming": (Email, "_deliver", "after"),
    "confirming, then the next": (Store, "finish_message", "after"),
}
UNKNOWN = "beginning, then sending"


def die_at(step: str, nth: int) -> None:
    """From now on this process dies at the nth time of that step."""
    owner, name, when = STEPS[step]
    real, left = getattr(owner, name), [nth]

    def doomed(*args: object, **kwargs: object) -> object:
        left[0] -= 1
        if left[0] == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        found = real(*args, **kwargs)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(owner, name, doomed)


def alert(brand: str, environment: dict[str, str], at: datetime, step: str = "", nth: int = 1) -> None:
    if step:
        die_at(step, nth)
    Monitor(load(Path(brand), environment), now=lambda: at).alert()


@pytest.fixture(scope="module")
def eve(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ten days of history and eight negative articles of the last hours: nobody was told yet."""
    folder = tmp_path_factory.mktemp("eve")
    entries = [
        f'{{"id": "ro", "published_at": "{NOW - timedelta(days=10):%FT%TZ}", "text": "Fjordbank holder åpent."}}'
    ]
    entries += [
        f'{{"id": "s{n}", "published_at": "{NOW - timedelta(minutes=150 - 20 * n):%FT%TZ}", "text": "{AFFAIR[n]}"}}'
        for n in range(8)
    ]
    (folder / "says.jsonl").write_text("\n".join(entries), encoding="utf-8")
    who = "".join(f"  - {{address: {each}}}\n" for each in RECIPIENTS)
    source = "sources: [{id: avisa, kind: file, path: says.jsonl}]\n"
    (folder / "brand.yaml").write_text(
        f"{BRAND}{source}recipients:\n{who}classifier: lexicon\n", encoding="utf-8"
    )
    clock = [NOW - timedelta(days=10)]
    monitor = Monitor(load(folder / "brand.yaml", {}), now=lambda: clock[0])
    _ = monitor.started_at
    clock[0] = NOW
    monitor.collect()
    monitor.analyse()
    return folder


@pytest.fixture
def mailed(eve: Path, tmp_path: Path) -> Iterator[tuple[Callable[..., Any], Inbox, Path]]:
    """(run an alert in a process of its own and give its exit code, what arrived, the brand file)."""
    folder = shutil.copytree(eve, tmp_path / "brand")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.test_kill_mail"])
    with server() as (inbox, settings):
        environment = {
            "OMDOMME_SMTP_HOST": settings.host,
            "OMDOMME_SMTP_PORT": str(settings.port),
            "OMDOMME_SMTP_STARTTLS": "false",
            "OMDOMME_SMTP_SENDER": settings.sender,
        }

        def run(at: datetime, step: str = "", nth: int = 1) -> int | None:
            process = context.Process(
                target=alert, args=(str(folder / "brand.yaml"), environment, at, step, nth)
            )
            process.start()
            process.join(120)
            return process.exitcode

        yield run, inbox, folder / "brand.yaml"


def received(inbox: Inbox) -> list[str]:
    return sorted(str(mail["To"]) for mail in inbox.mails)


# News and messages are kept once, together; each message is sent on its own.
CASES = [(step, nth) for at, step in enumerate(STEPS) for nth in ((1,) if at < 3 else (1, 2))]


@pytest.mark.parametrize(("step", "nth"), CASES)
def test_exactly_one_mail(mailed: tuple[Callable[..., Any], Inbox, Path], step: str, nth: int) -> None:
    run, inbox, brand = mailed
    assert run(NOW, step, nth) == -signal.SIGKILL
    for later in (15, 90):  # minutes: the claim is void; what had begun is given up
        assert run(NOW + timedelta(minutes=later)) == 0
    database = load(brand, {}).settings.database
    if step == UNKNOWN:
        (lost,) = readmodel.messages(database, states=("failed",))
        assert lost.last_error.startswith("interrupted")
        assert received(inbox) == sorted(set(RECIPIENTS) - {lost.recipient})
        Store(database).release_message(lost.id, NOW + timedelta(minutes=181))
        assert run(NOW + timedelta(minutes=182)) == 0
    assert received(inbox) == RECIPIENTS
    assert {mail["Message-ID"] for mail in inbox.mails} == {
        f"<{row.id}@lomvi.example>" for row in readmodel.messages(database)
    }
    assert {(row.news, row.state) for row in readmodel.messages(database, states=("sent", "waiting"))} <= {
        ("opened", "sent")
    }
