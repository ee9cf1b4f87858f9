"""Rows of exported files: which columns, which dates, which rows are the same, and what is broken."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from monitor import http, sources
from monitor.errors import ConfigError, SourceError
from monitor.sources import file as module
from monitor.types import Fetched, FetchState, Source, SourceSpec

DATA = Path(__file__).parent / "data" / "sources" / "file"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LINKEDIN = {
    "columns": {
        "text": "Post text",
        "title": "Post title",
        "url": "Post link",
        "author": "posted by",
        "published_at": "Date",
    },
    "date_format": "%m/%d/%Y",
    "timezone": "Europe/Oslo",
}
TWEETS = {
    "columns": {
        "text": "tweet.full_text",
        "id": "tweet.id_str",
        "published_at": "tweet.created_at",
        "author": "user.name",
        "lang": "tweet.lang",
    },
    "date_format": "%a %b %d %H:%M:%S %z %Y",
}


def source(path: str, base: Path = DATA, **options: object) -> Source:
    with http.Client() as client:
        return sources.build(SourceSpec("eksport", "file", options={"path": path, **options}), client, base)


def poll(path: str, base: Path, state: FetchState = FetchState(), **options: object) -> Fetched:
    return source(path, base, **options).fetch(state, NOW)


@pytest.mark.parametrize(("name", "options"), [("linkedin.csv", LINKEDIN), ("x.jsonl", TWEETS)])
def test_golden_pair(name: str, options: dict[str, Any]) -> None:
    fetched = poll(name, DATA, **options)
    got = {
        "mentions": [
            {field: getattr(m, field) for field in ("title", "text", "url", "author", "lang")}
            | {"published_at": m.published_at.isoformat() if m.published_at else None}
            for m in fetched.mentions
        ],
        "dropped": fetched.dropped,
        "warnings": list(fetched.warnings),
    }
    assert got == json.loads((DATA / name).with_suffix(".expected.json").read_text(encoding="utf-8"))


def test_same_words_of_two_people_are_two_mentions() -> None:
    greetings = [m for m in poll("linkedin.csv", DATA, **LINKEDIN).mentions if m.text == "Gratulerer!"]
    assert len({m.keys for m in greetings}) == 2


def test_a_link_that_all_rows_share_names_none_of_them(tmp_path: Path) -> None:
    rows = "".join(f"{n},svar nummer {n},https://social.example/page\n" for n in range(5))
    (tmp_path / "a.csv").write_text("id,text,url\n" + rows)
    mentions = poll("a.csv", tmp_path).mentions
    assert [m.keys for m in mentions] == [(f"guid:eksport:{n}",) for n in range(5)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_delimiter_and_encoding_are_found(tmp_path: Path, delimiter: str, encoding: str) -> None:
    lines = [
        ["dato", "innlegg"],
        ["22.11.2026 kl. 08.30", "Ærlig talt, Fjordbanken – få orden på køen; nå|straks"],
    ]
    text = "\r\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    columns = {"text": "innlegg", "published_at": "dato"}
    [mention] = poll("a.csv", tmp_path, columns=columns, timezone="Europe/Oslo").mentions
    assert mention.text == lines[1][1]
    assert mention.published_at == datetime(2026, 11, 22, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-11-20T08:00:00+01:00", "2026-11-20T07:00:00+00:00"),
        ("2026-11-20 08:00", "2026-11-20T07:00:00+00:00"),
        ("2026-07-20", "2026-07-19T22:00:00+00:00"),
        ("20. november 2026 08:00", "2026-11-20T07:00:00+00:00"),
        ("1763600000", "2025-11-20T00:53:20+00:00"),
        ("", None),
    ],
)
def test_dates(tmp_path: Path, written: str, at: str | None) -> None:
    (tmp_path / "a.csv").write_text(f"text;published_at\nhei;{written}\n")
    [mention] = poll("a.csv", tmp_path, timezone="Europe/Oslo").mentions
    assert (mention.published_at.isoformat() if mention.published_at else None) == at


def test_a_row_whose_date_is_not_understood_is_named_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text;published_at\nhei;i går\nhallo;2027-01-01\nha det;2026-11-01\n")
    fetched = poll("a.csv", tmp_path)
    assert [m.text for m in fetched.mentions] == ["ha det"] and fetched.dropped == 2
    assert fetched.warnings == (
        "a.csv:2: 'i går' is not a date",
        "a.csv:3: '2027-01-01' lies in the future",
    )


def test_parquet(tmp_path: Path) -> None:
    table = pyarrow.table(
        {
            "Melding": ["Bra service", None, "Dårlig service"],
            "Tid": [datetime(2026, 11, 20, 8, tzinfo=UTC)] * 3,
            "Nr": [1, 2, 3],
            "Liste": [["a"], ["b"], ["c"]],
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    columns = {"text": "melding", "published_at": "Tid", "id": "Nr", "title": "Liste"}
    fetched = poll("a.parquet", tmp_path, columns=columns)
    assert [(m.text, m.title, m.keys[0]) for m in fetched.mentions] == [
        ("Bra service", "", "guid:eksport:1"),
        ("Dårlig service", "", "guid:eksport:3"),
    ]
    assert {m.published_at for m in fetched.mentions} == {datetime(2026, 11, 20, 8, tzinfo=UTC)}
    assert fetched.warnings == ("a.parquet:2: neither a title nor a text",)


def test_what_is_no_parquet_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + b"\x00" * 100 + b"PAR1")
    with pytest.raises(SourceError) as caught:
        poll("a.parquet", tmp_path)
    assert caught.value.kind == "parse"


def test_an_unchanged_file_is_not_read_again_and_a_changed_one_is(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("text\nen\n")
    first = poll("a.csv", tmp_path)
    assert len(first.mentions) == 1 and not first.unchanged
    second = poll("a.csv", tmp_path, first.state)
    assert second.unchanged and second.mentions == () and second.state.cursor == first.state.cursor
    file.write_text("text\nen\nto\n")
    assert [m.text for m in poll("a.csv", tmp_path, second.state).mentions] == ["en", "to"]
    # Another column map reads the same file otherwise.
    assert not poll("a.csv", tmp_path, second.state, columns={"title": "text"}).unchanged


def test_several_files_and_a_broken_one_among_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text\nen\n")
    (tmp_path / "b.csv").write_text("tekst\nto\n")
    (tmp_path / "c.jsonl").write_text('{"text": "tre"}\n')
    first = poll("*.*", tmp_path)
    assert [m.text for m in first.mentions] == ["en", "tre"]
    assert len(first.warnings) == 1 and first.warnings[0].startswith(
        "b.csv: no column 'text'. It has 'tekst'"
    )
    (tmp_path / "b.csv").write_text("text\nto\n")
    second = poll("*.*", tmp_path, first.state)
    assert [m.text for m in second.mentions] == ["to"] and second.warnings == ()


def test_a_long_file_is_read_over_several_polls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ROWS", 4)
    lines = [json.dumps({"text": f"rad {n}"}) if n % 5 else "{" for n in range(10)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    (tmp_path / "b.csv").write_text("text\nsist\n")
    state, seen, dropped = FetchState(), [], 0
    for _ in range(10):
        fetched = poll("*", tmp_path, state)
        seen += [m.text for m in fetched.mentions]
        dropped += fetched.dropped
        state = fetched.state
        if fetched.unchanged:
            break
    assert seen == [f"rad {n}" for n in range(10) if n % 5] + ["sist"] and dropped == 2


def test_hostile_files_are_survived(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        'text,author\n"' + "x" * 300_000 + "\nhei,Kari\n" + "y" * 3_000_000 + ",z\n=1+1,=2\n"
    )
    fetched = poll("a.csv", tmp_path)
    assert "=1+1" in [m.text for m in fetched.mentions] and fetched.dropped >= 1
    assert all(len(m.text) <= 50_000 for m in fetched.mentions)
    (tmp_path / "b.jsonl").write_bytes(
        b'{"text": "\xff"}\n' + b"[" * 100_000 + b'\n{"text": ["liste"]}\n{"text": "ok"}\n'
    )
    fetched = poll("b.jsonl", tmp_path)
    assert [m.text for m in fetched.mentions] == ["ok"] and fetched.dropped == 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"columns": "text"}, "not a map"),
        ({"columns": {"tekst": "Text"}}, "is no field"),
        ({"columns": {"text": 3}}, "does not name a column"),
        ({"columns": {"url": "Link"}}, "neither a text nor a title"),
        ({"date_format": "dd.mm.yyyy"}, "not a format"),
        ({"timezone": "Bergen"}, "not known"),
        ({"path": ""}, "needs a path"),
    ],
)
def test_wrong_options_are_named_with_a_remedy(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        source(**{"path": "a.csv", **options})
    assert "eksport" in str(caught.value) and "Remedy" in str(caught.value)


@pytest.mark.parametrize("path", ["none.csv", "*.none", "."])
def test_no_file_is_an_error(tmp_path: Path, path: str) -> None:
    with pytest.raises(SourceError) as caught:
        poll(path, tmp_path)
    assert caught.value.kind == "file"


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="the superuser may read every file")
def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text\nen\n")
    (tmp_path / "a.csv").chmod(0)
    with pytest.raises(SourceError):
        poll("a.csv", tmp_path)
