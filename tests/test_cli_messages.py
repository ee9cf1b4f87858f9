"""`omdomme messages`: what was not sent is shown with its reason, and a person releases or drops it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from monitor import readmodel
from monitor.config import load
from monitor.store import Outgoing, Store
from monitor.types import Message
from tests import command
from tests.conftest import BRAND
from tests.test_dashboard import opened, seen

NOW = datetime.now(UTC).replace(microsecond=0)


def call(brand: Path, *args: str) -> CompletedProcess[str]:
    return command.call("messages", *args, "--brand", str(brand))


@pytest.fixture
def brand(tmp_path: Path) -> Path:
    path = tmp_path / "brand.yaml"
    path.write_text(f"{BRAND}recipients: [vakt@b.example]\n", encoding="utf-8")
    store = Store(load(path, {}).settings.database)
    store.migrate()
    out = [Outgoing(Message(i, "vakt@b.example", f"Sak {i}", "t")) for i in ("refused-1", "broken-2")]
    out.append(
        Outgoing(Message("held-3", "vakt@b.example", "Sak", "t"), None, "quiet", NOW + timedelta(hours=5))
    )
    store.queue_messages(out, NOW)
    claim = store.claim_message("refused-1", NOW)
    store.begin_message("refused-1", claim, NOW)
    store.finish_message("refused-1", NOW, error="the mail server answered 550 no such user")
    return path


def test_listed_released_and_dropped(brand: Path) -> None:
    listed = call(brand, "list").stdout
    assert "550 no such user" in listed and "end of quiet hours" in listed and "broken-2: waiting" in listed
    assert call(brand, "release", "refused").returncode == 0
    assert call(brand, "release", "held-3").returncode == 0
    assert call(brand, "drop", "broken").returncode == 0
    rows = {row["id"]: row for row in json.loads(call(brand, "list", "--state", "all", "--json").stdout)}
    assert {i: (row["state"], row["held"]) for i, row in rows.items()} == {
        "refused-1": ("waiting", ""),
        "broken-2": ("dropped", ""),
        "held-3": ("waiting", ""),
    }
    wrong = call(brand, "drop", "none-such")
    assert wrong.returncode == 1 and "messages list" in wrong.stderr


def test_the_page_shows_them_and_a_person_decides(brand: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, brand, "sources", lang="en")
    page = seen(app)
    assert [name for name, _ in page.elements].count("article") == 3
    assert page.text.index("Sak refused-1") < page.text.index("Sak broken-2"), "those given up come first"
    assert "550 no such user" in page.text and "end of quiet hours" in page.text
    app.button(key="unsent_release_0").click().run()
    assert "leaves with the next pass" in seen(app).text and not app.exception
    database = load(brand, {}).settings.database
    (refused,) = [row for row in readmodel.messages(database) if row.id == "refused-1"]
    assert refused.state == "waiting"
