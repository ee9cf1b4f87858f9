"""What is stored about a person is written down whole, and nothing of other people's beyond what concerns them."""

from __future__ import annotations

import json
import re
import shutil
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor.cli import app
from monitor.errors import ConfigError
from monitor.pipeline.exporting import FILES, export_person
from monitor.pipeline.forgetting import Forgetter
from monitor.store import Poll
from monitor.types import (
    CaseEntry,
    Conflict,
    Correction,
    FetchState,
    Flag,
    Match,
    Mention,
    Target,
    Verdict,
    Voice,
)
from tests.conftest import BRAND

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BRAND_TARGET = Target("Fjordbank", "brand", "text", "text", 0, 9, "Fjordbank")
LEADER = Target("Kari Nordvik", "leader", "text", "text", 0, 12, "Kari Nordvik")
STRANGER = "Ola Nordmann"
LONG = "Naboen Per Vik fikk avslag. Banksjef Nordvik lo av dem. Liv Dahl gråt.\nSpør @karinordvik selv."


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two texts by a stranger (one about the leader), one by the leader, one by somebody else about the leader."""
    folder = tmp_path_factory.mktemp("person")
    (folder / "brand.yaml").write_text(BRAND, encoding="utf-8")
    forgetter = Forgetter.open(folder / "brand.yaml")
    store, pseudonym = forgetter.store, forgetter.pseudonyms.of(STRANGER)
    texts: tuple[tuple[str, str, Voice, str], ...] = (
        (
            "m1",
            pseudonym,
            "third_party",
            "=HYPERLINK(1)\n\x1b[31mFjordbank lurte meg.\nWRITTEN BY THE PERSON",
        ),
        ("m2", pseudonym, "third_party", "Fjordbank igjen."),
        ("m3", "@karinordvik", "leader", "Vi i Fjordbank beklager."),
        ("m4", forgetter.pseudonyms.of("Liv Dahl"), "third_party", LONG),
    )
    mentions = tuple(
        Mention(
            id_,
            "",
            text,
            f"http://avisa.example/{id_}",
            author,
            "avisa",
            voice=voice,
            published_at=NOW + n * timedelta(hours=1),
        )
        for n, (id_, author, voice, text) in enumerate(texts)
    )
    store.add_polls([Poll("avisa", NOW, FetchState(), mentions)])
    targets = {
        "m1": (BRAND_TARGET,),
        "m2": (BRAND_TARGET,),
        "m3": (BRAND_TARGET,),
        "m4": (BRAND_TARGET, LEADER),
    }
    speaker = {"m3": "Kari Nordvik"}
    matched = [
        (m, Match(True, targets[m.id], m.voice or "third_party", speaker.get(m.id)))
        for m in store.due_matches("i", 9)
    ]
    store.add_matches("i", matched, NOW)
    verdicts = [
        (m, Verdict(t.name, 0.8, 0.1, 0.1, "judged", "model@1")) for m, t in store.due_verdicts("i", None, 9)
    ]
    store.add_verdicts(verdicts, NOW)
    quoted = Conflict("value.1", 0.9, "major", "text", 28, 55, "Banksjef Nordvik lo av dem.", "because")
    other = Conflict("value.2", 0.7, "minor", "text", 0, 27, "Naboen Per Vik fikk avslag.", "because")
    flag = Flag("major", 0.9, (quoted, other), (), False, "flagger@1")
    none = Flag("none", 0.1, (), (), False, "flagger@1")
    due = store.due_flags("i", "flagger@1", None, 9)
    store.add_flags("i", [(r.mention, flag if r.mention.id == "m4" else none) for r in due], NOW)
    by_id = {m.id: m for m in mentions}
    store.add_corrections(
        [
            Correction("m1", by_id["m1"].content_hash, "Fjordbank", "neutral", "Per Hansen", NOW, "ironi"),
            Correction(
                "m4", by_id["m4"].content_hash, "Fjordbank", "neutral", "Per Hansen", NOW, "om banken"
            ),
        ]
    )
    content = by_id["m4"].content_hash
    store.add_case_entries(
        [CaseEntry("m4", content, "i", "assigned", "Per Hansen", NOW, "se på den", "Kari Nordvik")]
    )
    store.add_case_entries([CaseEntry("m4", content, "i", "answered", "Kari Nordvik", NOW, "Jeg lo ikke.")])
    return folder


@pytest.fixture
def forgetter(prepared: Path, tmp_path: Path) -> Forgetter:
    return Forgetter.open(shutil.copytree(prepared, tmp_path / "brand") / "brand.yaml")


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def test_a_stranger_gets_all_of_their_own(forgetter: Forgetter, tmp_path: Path) -> None:
    for given, folder in (
        (" OLA nordmann", tmp_path / "a"),
        (forgetter.pseudonyms.of(STRANGER), tmp_path / "b"),
    ):
        assert export_person(forgetter, given, folder) == {
            "author.jsonl": 2,
            "target.jsonl": 0,
            "acts.jsonl": 0,
        }
        first, second = lines(folder, "author.jsonl")
        assert (first["id"], second["id"], first["url"]) == ("m1", "m2", "http://avisa.example/m1")
        assert first["text"].startswith("=HYPERLINK") and first["published_at"] == NOW.isoformat()
        assert [v["label"] for v in first["verdicts"]] == ["negative"]
        assert [(c["label"], c["why"]) for c in first["corrections"]] == [("neutral", "ironi")]
        everything = "".join((folder / name).read_text(encoding="utf-8") for name in FILES)
        assert "Per Hansen" not in everything, "who decided is somebody else"
        assert not any(other in everything for other in ("m3", "m4", "Liv", "karinordvik"))


def test_the_readable_file_lets_no_text_pass_for_a_line_of_ours(forgetter: Forgetter, tmp_path: Path) -> None:
    export_person(forgetter, STRANGER, tmp_path / "out")
    told = (tmp_path / "out" / "person.txt").read_text(encoding="utf-8")
    assert "\x1b" not in told
    assert [line for line in told.splitlines() if line == "WRITTEN BY THE PERSON"] == [
        "WRITTEN BY THE PERSON"
    ]
    assert "    WRITTEN BY THE PERSON" in told and "    =HYPERLINK(1)" in told
    assert not re.search(r"^[=+@-]", told, re.MULTILINE)


def test_a_leader_gets_what_concerns_them_and_no_more(forgetter: Forgetter, tmp_path: Path) -> None:
    found = export_person(forgetter, "Kari Nordvik", tmp_path / "out")
    assert found == {"author.jsonl": 1, "target.jsonl": 1, "acts.jsonl": 2}
    (own,) = lines(tmp_path / "out", "author.jsonl")
    assert (own["id"], own["author"]) == ("m3", "@karinordvik")
    (about,) = lines(tmp_path / "out", "target.jsonl")
    assert (
        about["sentences"] == ["Spør @karinordvik selv."]
        or "Banksjef Nordvik lo av dem." in about["sentences"]
    )
    assert [v["target"] for v in about["verdicts"]] == ["Kari Nordvik"]
    assert about["corrections"] == [], "that one was about the bank"
    text = (tmp_path / "out" / "target.jsonl").read_text(encoding="utf-8")
    assert not any(other in text for other in ("Liv", "Per", "anon-", "Naboen"))
    assert {act["words"] for act in lines(tmp_path / "out", "acts.jsonl")} == {"", "Jeg lo ikke."}


def test_the_folder_is_the_owners_alone_and_never_overwritten(forgetter: Forgetter, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "out"
    export_person(forgetter, STRANGER, folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    with pytest.raises(ConfigError, match="not empty"):
        export_person(forgetter, STRANGER, folder)
    assert [p.name for p in folder.parent.iterdir()] == ["out"], "nothing half-written is left"
    with pytest.raises(ConfigError, match="empty"):
        export_person(forgetter, "  ", tmp_path / "x")


def run(forgetter: Forgetter, *args: str, answer: str | None = None) -> Any:
    brand = str(forgetter.config.base / "brand.yaml")
    return CliRunner().invoke(app, [*args, "--brand", brand], input=answer)


def test_the_commands(forgetter: Forgetter, tmp_path: Path) -> None:
    done = run(forgetter, "export-person", STRANGER, "--out", str(tmp_path / "out"), "--json")
    assert json.loads(done.stdout) == {"author.jsonl": 2, "target.jsonl": 0, "acts.jsonl": 0}
    dry = run(forgetter, "forget", "--author", STRANGER, "--dry-run", "--json")
    assert json.loads(dry.stdout)["removed"]["mentions"] == 2 and json.loads(dry.stdout)["done"] is False
    assert forgetter.log() == ([], None)
    no = run(forgetter, "forget", "--author", STRANGER, answer="n\n")
    assert no.exit_code == 1 and "Would be forgotten" in no.stdout
    assert run(forgetter, "forget", "--author", STRANGER, answer="").exit_code == 1, "nobody there to ask"
    assert forgetter.log() == ([], None)
    yes = run(forgetter, "forget", "--author", STRANGER, answer="y\n")
    assert yes.exit_code == 0 and "Forgotten" in yes.stdout
    again = json.loads(run(forgetter, "forget", "--before", "2027-01-01", "--yes", "--json").stdout)
    assert again["removed"]["mentions"] == 2
    log = run(forgetter, "forget", "--log", "--author", forgetter.pseudonyms.of(STRANGER), "--json")
    (row,) = json.loads(log.stdout)["rows"]
    assert (row["rule"], row["removed"]["mentions"], json.loads(log.stdout)["intact"]) == ("author", 2, True)
    whole = run(forgetter, "forget", "--log")
    assert "author" in whole.stdout and "age" in whole.stdout and STRANGER not in whole.stdout


@pytest.mark.parametrize(
    ("args", "remedy"),
    [
        ((), "one of"),
        (("--author", "a", "--url", "b"), "one of"),
        (("--before", "2025-01-01", "--older-than", "3d"), "one of"),
        (("--before", "last year"), "2025-01-01"),
        (("--older-than", "0d"), "365d"),
        (("--older-than", "99999y"), "write less"),
        (("--author", " "), "say what"),
        (("--retention",), "retention: {mentions: 24}"),
    ],
)
def test_wrong_use_is_told_and_removes_nothing(
    forgetter: Forgetter, args: tuple[str, ...], remedy: str
) -> None:
    done = run(forgetter, "forget", *args, "--yes")
    assert isinstance(done.exception, ConfigError) and remedy in str(done.exception)
    assert forgetter.log() == ([], None)
