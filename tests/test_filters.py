"""The four filters as a program would use them: bytes in, bytes out, and once as a real process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import command
from tests.conftest import BRAND


def call(*args: str, given: bytes) -> tuple[list[dict[str, object]], str, int]:
    done = command.call(*args, given=given)
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr, done.returncode


def process(*args: str, given: bytes) -> tuple[list[dict[str, object]], str, int]:
    done = subprocess.run(
        [sys.executable, "-m", "monitor.cli", *args],
        input=given,
        capture_output=True,
        check=False,
        timeout=120,
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode(), done.returncode


@pytest.fixture
def brand(tmp_path: Path) -> str:
    path = tmp_path / "brand.yaml"
    path.write_text(BRAND, encoding="utf-8")
    return str(path)


def lines(*rows: object) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def test_match_answers_each_line_in_order_with_raw_offsets(brand: str) -> None:
    text = "🙃 Fjordbankens nye app er treg"
    rows, _, code = call(
        "match", "--brand", brand, given=lines({"id": "1", "text": text}, {"id": 2, "text": "Noe annet"})
    )
    assert code == 0
    assert [row["id"] for row in rows] == ["1", 2]
    first = rows[0]["targets"][0]  # type: ignore[index]
    assert first["name"] == "Fjordbank" and first["field"] == "text"
    assert text[first["start"] : first["end"]] == first["surface"]
    assert rows[1] == {"id": 2, "relevant": False, "targets": []}


def test_an_author_who_is_ours_makes_a_mention_relevant(brand: str) -> None:
    rows, _, _ = call(
        "match", "--brand", brand, given=lines({"id": "1", "text": "God tur!", "author": "Kari Nordvik"})
    )
    (target,) = rows[0]["targets"]  # type: ignore[misc]
    assert (target["name"], target["via"], target["start"]) == ("Kari Nordvik", "author", None)


def test_broken_lines_are_numbered_and_stop_nothing(brand: str) -> None:
    given = (
        b'{"id": "1", "text": "Fjordbank"}\n'
        b"not json\n"
        b"\n"
        b'{"id": "2"}\n'
        b'{"id": "3", "text": 7}\n'
        b'{"id": "4", "text": "\xff"}\n'
        b'{"id": "5", "text": "x", "voice": "king"}\n'
        b"[1]\n"
        b'{"id": "6", "text": "Fjordbank igjen", "extra": {"a": NaN}}\n'
        b'{"id": "7", "text": "Fjordbank igjen", "extra": {"a": 1}}'
    )
    rows, errors, code = call("match", "--brand", brand, given=given)
    assert code == 2
    assert [row["id"] for row in rows] == ["1", "7"]
    assert "extra" not in rows[1]
    for number in (2, 4, 5, 6, 7, 8, 9):
        assert f"line {number}:" in errors, errors
    assert "line 3:" not in errors and "line 1:" not in errors


def test_no_brand_file_is_a_clear_error_before_any_output(tmp_path: Path) -> None:
    rows, errors, code = call(
        "match", "--brand", str(tmp_path / "none.yaml"), given=lines({"id": "1", "text": "x"})
    )
    assert (rows, code) == ([], 1)
    assert "none.yaml" in errors and "Traceback" not in errors


def test_judge_gives_three_probabilities_toward_the_target(brand: str) -> None:
    text = "Kystruta har fått god kaffe, mens Fjordbank er elendig og frekk mot kundene."
    rows, _, code = call(
        "judge",
        "--brand",
        brand,
        given=lines(
            {"id": "a", "text": text, "target": "Fjordbank"},
            {"text": "Nydelig service, Fjordbank er best!", "target": "Fjordbank"},
            {"id": "c", "text": "", "target": "Fjordbank"},
            {"id": "d", "text": "これは日本語です。", "target": "Fjordbank", "lang": "ja"},
        ),
    )
    assert code == 0
    assert [row.get("id") for row in rows] == ["a", None, "c", "d"]
    assert [row["label"] for row in rows[:2]] == ["negative", "positive"]
    for row in rows:
        assert abs(sum(row[label] for label in ("negative", "neutral", "positive")) - 1) < 1e-6  # type: ignore[misc]
        assert "@" in str(row["model"])
    assert [row["status"] for row in rows[2:]] == ["unjudged", "unjudged"]


def test_flag_quotes_exactly_and_is_empty_exactly_when_none(brand: str) -> None:
    given = [
        {
            "id": "1",
            "voice": "leader",
            "author": "Kari Nordvik",
            "text": "Utbyttet blir høyere enn noen tror, og aksjekursen i Fjordbank skal opp! Kjøp nå 🚀",
        },
        {"id": "2", "text": "Det regner i Bergen i dag."},
        {"id": "3", "title": "Fjordbank", "text": "Fjordbank åpner kl. 9."},
    ]
    rows, _, code = call("flag", "--brand", brand, given=lines(*given))
    assert code == 0
    for source, row in zip(given, rows, strict=True):
        assert (row["conflict"] == "none") == (row["conflicts"] == [])
        assert 0 <= row["score"] <= 1  # type: ignore[operator]
        for conflict in row["conflicts"]:  # type: ignore[attr-defined]
            assert source[conflict["field"]][conflict["start"] : conflict["end"]] == conflict["quote"] != ""
    assert rows[0]["candidates"]
    assert rows[1]["conflict"] == "none" and rows[1]["score"] <= 0.01  # type: ignore[operator]
    assert rows[0]["score"] > rows[2]["score"]  # type: ignore[operator]


def test_detect_finds_one_incident_and_scores_every_bin() -> None:
    quiet = [
        {"at": f"2026-09-{day:02d}T{hour:02d}:00:00Z", "count": (day * hour) % 2}
        for day in range(1, 21)
        for hour in range(24)
    ]
    storm = [
        {"at": f"2026-09-21T{hour:02d}:00:00Z", "count": 12 if 6 <= hour < 10 else 0} for hour in range(24)
    ]
    calm = [{"at": f"2026-09-{day}T{hour:02d}:00:00Z", "count": 0} for day in (22, 23) for hour in range(24)]
    rows, _, code = call("detect", given=lines(*quiet, *storm, *calm))
    assert code == 0
    (incident,) = rows
    assert "2026-09-21T06" <= str(incident["detected_at"]) <= "2026-09-21T08"
    assert incident["end"] is not None and incident["peak_count"] == 12
    scores, _, _ = call("detect", "--scores", given=lines(*quiet, *storm, *calm))
    assert len(scores) == 23 * 24
    assert all(0 <= row["score"] <= 1 for row in scores)  # type: ignore[operator]


def test_detect_wants_time_order() -> None:
    rows, errors, code = call(
        "detect",
        given=lines({"at": "2026-09-02T00:00:00Z", "count": 1}, {"at": "2026-09-01T00:00:00Z", "count": 1}),
    )
    assert code == 2 and "line 2" in errors and rows == []


def test_ten_thousand_lines_stream(brand: str) -> None:
    given = lines(*({"id": n, "text": f"Innlegg {n} om Fjordbank og været"} for n in range(10_000)))
    rows, _, code = process("match", "--brand", brand, given=given)
    assert code == 0
    assert [row["id"] for row in rows] == list(range(10_000))
