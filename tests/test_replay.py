"""Replaying an archive as if it were live."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import http, sources
from monitor.errors import ConfigError, SourceError
from monitor.sources import replay
from monitor.types import FetchState, Source, SourceSpec

START = datetime(2026, 8, 24, 6, 0, tzinfo=UTC)


def record(number: int, **more: object) -> dict[str, object]:
    at = START + timedelta(hours=number)
    return {"id": f"m-{number}", "lang": "nb", "source_type": "linkedin", "voice": "leader", "author": "Kari",
            "published_at": at.isoformat(), "url": f"https://a.example/{number}", "title": "",
            "text": f"Tekst {number}", "targets": [{"name": "X", "sentiment": "negative"}], "conflict": "major",
            **more}  # fmt: skip


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    file = tmp_path / "archive.jsonl"
    lines = [json.dumps(record(n)) for n in (3, 0, 1, 2, 4)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def source(path: Path, shift: object = 7) -> Source:
    spec = SourceSpec("arkiv", "replay", options={"path": path.name, "shift_days": shift})
    return sources.build(spec, http.Client(), path.parent)


def test_each_mention_comes_once_when_its_time_has_come(archive: Path) -> None:
    state, seen = FetchState(), []
    for half_hour in range(-2, 12):
        now = START + timedelta(days=7, minutes=30 * half_hour)
        fetched = source(archive).fetch(state, now)
        assert all(m.published_at and m.published_at <= now and m.seen_at == now for m in fetched.mentions)
        state, seen = fetched.state, seen + [m.id for m in fetched.mentions]
    assert seen == ["m-0", "m-1", "m-2", "m-3", "m-4"]
    assert state.polls == 14


def test_labels_are_not_read_and_the_shift_changes_only_dates(archive: Path) -> None:
    late = START + timedelta(days=400)
    near, far = (source(archive, days).fetch(FetchState(), late).mentions for days in (0, 91))
    assert [m.id for m in near] == [m.id for m in far] and [m.keys for m in near] == [m.keys for m in far]
    one = far[0]
    assert (one.source, one.source_type, one.voice, one.author) == ("arkiv", "linkedin", "leader", "Kari")
    assert (one.url, one.lang, one.text) == ("https://a.example/0", "nb", "Tekst 0")
    assert one.published_at == START + timedelta(days=91)
    assert "major" not in repr(far) and "negative" not in repr(far)


def test_broken_lines_are_counted_named_and_skipped(archive: Path) -> None:
    bad = ["{", "[]", "null", json.dumps({"id": "x"}), json.dumps(record(5, published_at="i går")),
           json.dumps(record(6, published_at="2026-08-24T06:00:00")), json.dumps(record(0)),
           json.dumps(record(7, text="", title="")), json.dumps(record(8, id=7)), "[" * 100_000]  # fmt: skip
    with archive.open("a", encoding="utf-8") as file:
        file.write("\n".join(bad) + "\n\n")
    fetched = source(archive).fetch(FetchState(), START + timedelta(days=30))
    assert len(fetched.mentions) == 5 and fetched.dropped == 10
    assert fetched.warnings[0].startswith("archive.jsonl:6:")
    assert source(archive).fetch(fetched.state, START + timedelta(days=31)).dropped == 0


def test_span_is_that_of_the_archive_itself(archive: Path, tmp_path: Path) -> None:
    assert replay.span(archive) == (START, START + timedelta(hours=4))
    (tmp_path / "empty.jsonl").write_text("")
    for name in ("empty.jsonl", "nowhere.jsonl"):
        with pytest.raises(SourceError):
            replay.span(tmp_path / name)


def test_a_changed_file_is_read_again(archive: Path) -> None:
    now = START + timedelta(days=30)
    assert len(source(archive).fetch(FetchState(), now).mentions) == 5
    archive.write_text(json.dumps(record(9)), encoding="utf-8")
    os.utime(archive, (1, 1))
    assert [m.id for m in source(archive).fetch(FetchState(), now).mentions] == ["m-9"]


def test_hostile_fields_are_cleaned(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    odd = record(
        0, url="javascript:alert(1)", title="a\r\nBcc: x\u202e", voice="admin", source_type="evil", lang="<b>"
    )
    file.write_text(json.dumps(odd), encoding="utf-8")
    (mention,) = source(file).fetch(FetchState(), START + timedelta(days=30)).mentions
    assert (mention.url, mention.title, mention.voice) == ("", "a Bcc: x", None)
    assert (mention.source_type, mention.lang) == ("other", None)


def test_wrong_options_say_what_to_do(archive: Path) -> None:
    for options in ({}, {"path": 3}, {"path": "a", "shift_days": "7"}, {"path": "a", "shift_days": 10**9}):
        with pytest.raises(ConfigError, match="arkiv"):
            sources.build(SourceSpec("arkiv", "replay", options=options), http.Client(), archive.parent)
