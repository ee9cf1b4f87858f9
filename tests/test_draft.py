"""A draft is read before it is posted, by the real models; and nothing of it is left behind."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from dashboard import language
from monitor.cli import app as commands
from monitor.config import load
from monitor.errors import ConfigError
from monitor.identity.evidence import MAX_SENTENCES
from monitor.messages.drafts import TEXTS
from monitor.pipeline.drafting import MOST, Author, Drafter, author_meant, authors, parts, read_in_full
from tests.chatserver import ChatServer
from tests.dashboard_data import brand_file
from tests.test_dashboard import opened, seen
from tests.webserver import Server

ROOT = Path(__file__).parent.parent
LOMVI = ROOT / "examples" / "lomvi" / "brand.yaml"
LEADER = Author("leader", "Marit Solheim-Dahl", "konsernsjef")
TENDER = "Endelig er anbudet vårt levert! Vi ligger 7 % under nærmeste anbud, så dette tar vi."
MIXED = "Som konsernsjef i Lomvi er jeg stolt av rutetallene. Nå blir det hytta på Brattøya med ungene."
HARMLESS = "I dag starter seks nye lærlinger om bord. Velkommen til oss!"


@pytest.fixture(autouse=True)
def no_store(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the example has stored on this machine is none of these tests' business."""
    monkeypatch.setenv("OMDOMME_HOME", str(tmp_path_factory.getbasetemp() / "none"))


@pytest.fixture(scope="module")
def drafter() -> Drafter:
    return Drafter(load(LOMVI, {}))


# --- what is said ---


def test_a_breach_is_found_with_the_words_and_what_to_do(drafter: Drafter) -> None:
    check = drafter.check(TENDER, LEADER, lang="nb")
    assert check.flag.level != "none" and check.lang == "nb" and check.parts == 1
    told = drafter.tell(check, "nb")
    assert {look.statement for look in told.looks} & {"out_of_bounds.2", "guideline.1"}
    for conflict, look in zip(check.flag.conflicts, told.looks, strict=True):
        assert TENDER[conflict.start : conflict.end] == conflict.quote == look.quote
        assert look.advice in TEXTS["nb"].advice.values() and look.text
    assert told.headline == TEXTS["nb"].headline[check.flag.level].format(brand="Lomvi")
    assert "%" in told.sure and told.nearest == "" and "vakt@lomvi.example" in told.ask


def test_attitudes_are_toward_each_target(drafter: Drafter) -> None:
    check = drafter.check(TENDER + " Lomvi står samlet.", LEADER)
    assert [v.target for v in check.verdicts][0:2] == ["Lomvi", "Marit Solheim-Dahl"]
    assert len(drafter.tell(check, "en").attitudes) == len(check.verdicts)


@pytest.mark.parametrize("lang", ["nb", "nn", "en"])
def test_a_harmless_draft_is_told_so_in_each_language(drafter: Drafter, lang: str) -> None:
    check = drafter.check(HARMLESS, Author("brand", "Lomvi"), lang=lang)
    told = drafter.tell(check, lang)
    assert check.flag.level == "none" and told.looks == ()
    assert told.headline == TEXTS[lang].headline["none"].format(brand="Lomvi")  # type: ignore[index]
    assert told.nearest and check.flag.candidates[0][0] in {s.id for s in drafter.config.identity.statements}


def test_roles_mixed_are_said_of_who_writes(drafter: Drafter) -> None:
    check = drafter.check(MIXED, LEADER)
    assert check.flag.role_mixing and TEXTS["nb"].mixing in drafter.tell(check, "nb").again
    assert not drafter.check(HARMLESS, LEADER).flag.role_mixing


def test_a_language_nobody_judges_is_said(drafter: Drafter) -> None:
    text = "Wir haben heute unser Angebot abgegeben und freuen uns sehr über die guten Zahlen der Reederei."
    check = drafter.check(text, Author("employee"))
    assert check.verdicts and all(v.status == "unjudged" for v in check.verdicts)
    assert TEXTS["en"].unread in drafter.tell(check, "en").again


# --- who speaks ---


def test_whom_a_draft_can_be_checked_for(drafter: Drafter) -> None:
    identity = drafter.config.identity
    for said in ("Marit Solheim-Dahl", "marit solheim-dahl", "leader.1", "@maritsdahl"):
        assert author_meant(identity, said) == LEADER
    assert author_meant(identity, "brand") == author_meant(identity, "Lomvi AS") == Author("brand", "Lomvi")
    assert author_meant(identity, "employee") == Author("employee")
    assert author_meant(identity, "ane liknes") == Author("employee", "Ane Liknes")
    assert [a.voice for a in authors(identity)] == ["brand", "leader", "leader", "leader", "employee"]
    with pytest.raises(ConfigError, match="brand, employee, Marit"):
        author_meant(identity, "Kong Olav")


def test_the_same_words_are_read_as_of_the_one_who_speaks(drafter: Drafter) -> None:
    for author in (LEADER, Author("employee"), Author("brand", "Lomvi")):
        check = drafter.check(HARMLESS, author)
        assert (check.voice, check.speaker) == (author.voice, author.name)
        assert check.verdicts, "a draft by one of ours is always about us"


# --- bounds ---


@pytest.mark.parametrize("text", ["", " \n\t", "…!?", "\u200b\u202e"])
def test_an_empty_draft_is_refused(drafter: Drafter, text: str) -> None:
    with pytest.raises(ConfigError, match="empty"):
        drafter.check(text, LEADER)


def test_an_enormous_draft_is_refused_without_being_repeated(drafter: Drafter) -> None:
    with pytest.raises(ConfigError, match=str(MOST)) as error:
        drafter.check("hemmelig " * 200_000, LEADER)
    assert "hemmelig" not in str(error.value)


def test_a_long_draft_is_read_to_its_middle(drafter: Drafter) -> None:
    calm = "Båten gikk som den skulle i dag også. "
    text = calm * 30 + TENDER + " " + calm * 30
    check = drafter.check(text, LEADER)
    assert check.parts > 1
    found = [c for c in check.flag.conflicts if "anbud" in c.quote]
    assert found and all(text[c.start : c.end] == c.quote for c in check.flag.conflicts)
    assert any(str(check.parts) in sentence for sentence in drafter.tell(check, "nb").again)


def test_parts_are_whole_sentences_and_leave_nothing_out() -> None:
    assert parts("En setning. To.") == []
    text = " ".join(f"Setning nummer {n} er her." for n in range(41))
    pieces = parts(text)
    assert [text[a:b].count("Setning") for a, b in pieces] == [MAX_SENTENCES] * 3 + [41 - 3 * MAX_SENTENCES]
    assert " ".join(text[a:b] for a, b in pieces) == text
    for long in ("ord " * 4_000, "o" * 9_000, "ja, nei; " * 900, "Å. " * 3_000, text):
        pieces = parts(long)
        assert len(pieces) > 1 and all(read_in_full(long[a:b]) for a, b in pieces)
        assert "".join(long[a:b] for a, b in pieces).replace(" ", "") == long.replace(" ", "")


# --- nothing is left ---


def test_nothing_is_stored_or_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    brand = tmp_path / "brand.yaml"
    brand.write_text(LOMVI.read_text(encoding="utf-8"), encoding="utf-8")
    with caplog.at_level(logging.DEBUG):
        drafter = Drafter(load(brand, {}))
        drafter.tell(drafter.check("Hemmeligheten om anbudet.", LEADER), "nb")
    assert [p.name for p in tmp_path.iterdir()] == ["brand.yaml"]
    assert "Hemmeligheten" not in caplog.text


@pytest.mark.parametrize("second", [True, False])
def test_a_draft_is_never_sent_to_a_judge_elsewhere(tmp_path: Path, second: bool) -> None:
    with Server() as server:
        chat = ChatServer(server)
        options = f"{{name: endpoint, url: '{chat.url}', model: liten}}"
        judge = f"{{name: cascade, band: 1.0, second: {options}}}" if second else options
        brand = tmp_path / "brand.yaml"
        brand.write_text(
            LOMVI.read_text(encoding="utf-8")
            + f"\nclassifier: {judge}\nhttp: {{allow_private: [127.0.0.1]}}\n",
            encoding="utf-8",
        )
        check = Drafter(load(brand, {})).check(TENDER, LEADER)
        assert chat.bodies == []
    assert all(v.model.startswith("omdomme-sentiment@") for v in check.verdicts)


# --- the command ---


def call(*args: str, given: str | bytes = "") -> tuple[int, str, str]:
    done = CliRunner().invoke(commands, ["check-draft", "--brand", str(LOMVI), *args], input=given)
    return done.exit_code, done.stdout, f"{done.stderr}{done.exception or ''}"


def test_the_command_as_a_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "monitor.cli", "check-draft", "--as", LEADER.name, "--brand", str(LOMVI)],
        input=TENDER.encode(), capture_output=True, check=False, timeout=280, cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )  # fmt: skip
    out = done.stdout.decode()
    assert done.returncode == 0 and done.stderr == b""
    assert "anbud" in out and TEXTS["nb"].closing in out and list(tmp_path.iterdir()) == []


def test_the_command_saves_only_when_asked(tmp_path: Path) -> None:
    draft, kept = tmp_path / "utkast.txt", tmp_path / "svar.json"
    draft.write_text(HARMLESS, encoding="utf-8")
    code, out, _ = call(str(draft), "--as", "brand", "--lang", "nn", "--save", str(kept))
    assert code == 0 and TEXTS["nn"].headline["none"].format(brand="Lomvi") in out
    assert TEXTS["nn"].closing not in out
    saved = json.loads(kept.read_text(encoding="utf-8"))
    assert saved["text"] == HARMLESS and saved["as"] == {"voice": "brand", "name": "Lomvi"}
    assert saved["flag"]["level"] == "none" and kept.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["svar.json", "utkast.txt"]
    code, out, _ = call("-", "--json", given=HARMLESS)
    row = json.loads(out)
    assert code == 0 and "text" not in row and row["as"] == {"voice": "employee", "name": ""}


@pytest.mark.parametrize(
    ("args", "given", "said"),
    [((), " \n", "empty"), ((), "hemmelig " * 100_000, "larger than"), ((), b"hemmelig\xff", "UTF-8"),
     (("--as", "Kong Olav"), "x", "Nobody of ours"), (("--source-type", "tavle"), "x", "no source type"),
     (("finnes-ikke.txt",), "", "cannot be read")],
)  # fmt: skip
def test_the_command_says_what_is_wrong(args: tuple[str, ...], given: str | bytes, said: str) -> None:
    code, out, error = call(*args, given=given)
    assert code == 1 and out == "" and said in error and "hemmelig" not in error


# --- the page ---


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("OMDOMME_HOME", "OMDOMME_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    yield
    st.cache_data.clear()


def paste(app: AppTest, text: str, speaker: int = 0) -> AppTest:
    app.text_area(key="draft_text").input(text)
    app.selectbox(key="draft_speaker").select_index(speaker)
    app.button[0].click().run()
    assert not app.exception, app.exception
    return app


def test_the_page_answers_in_the_readers_language_and_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, LOMVI, "draft")
    assert app.selectbox(key="draft_speaker").options[:2] == ["En ansatt", "Marit Solheim-Dahl, konsernsjef"]
    page = seen(paste(app, TENDER, 1))
    assert any(TEXTS["nb"].headline[level].format(brand="Lomvi") in page.text for level in ("minor", "major"))
    assert any(name == "mark" for name, _ in page.elements) and "anbud" in page.text
    assert "Marit Solheim-Dahl:" in page.text and TEXTS["nb"].closing in page.text
    assert "anbud" not in str(app.query_params)
    app.session_state["language"] = "en"
    app.run()
    assert TEXTS["en"].closing in seen(app).text and language.load("en")["draft.looks"] in seen(app).text
    app.switch_page("views/sources.py").run()
    app.switch_page("views/draft.py").run()
    assert TEXTS["en"].closing not in seen(app).text and app.text_area(key="draft_text").value == ""


def test_the_page_refuses_kindly_and_shows_text_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, LOMVI, "draft")
    assert language.load("nb")["draft.empty"] in seen(paste(app, "  ")).text
    assert "høyst" in seen(paste(app, "a " * MOST)).text
    hostile = "Anbudet er <script>alert(1)</script> **vårt** :red[x], og 7 % under nærmeste anbud!"
    page = seen(paste(app, hostile, 1))
    assert "<script>alert(1)</script> **vårt** :red[x]" in page.text
    assert not any(name in ("script", "img", "a") for name, _ in page.elements)


def test_opening_the_page_loads_no_model(tmp_path: Path) -> None:
    code = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "sys.argv = ['app.py', '--brand', sys.argv[1]]\n"
        f"app = AppTest.from_file({str(ROOT / 'dashboard' / 'app.py')!r}, default_timeout=200).run()\n"
        "app.switch_page('views/draft.py').run()\n"
        "assert not app.exception and app.text_area\n"
        "print([m for m in ('onnxruntime', 'tokenizers', 'transformers', 'torch') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(brand_file(tmp_path))], capture_output=True, text=True, check=False,
        timeout=280, cwd=ROOT,
    )  # fmt: skip
    assert done.stdout.strip() == "[]", done.stderr
