"""The sheet for staff: what stands on it, that it is one page, and that nothing stands on it that must not."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from monitor.cli import app
from monitor.config import load
from monitor.errors import ConfigError
from monitor.guidelines import Lang, Sheet, compose, plain
from monitor.guidelines.anonymous import Anonymiser, examples
from monitor.guidelines.fitting import HEIGHT, MARGIN, MM, SIZES, Ruler, _room, fit
from monitor.guidelines.page import html
from monitor.guidelines.printed import pdf
from monitor.guidelines.texts import TEXTS
from monitor.pipeline import guiding
from monitor.types import BrandIdentity, Leader, Statement, StatementKind

LOMVI = Path(__file__).parent.parent / "examples" / "lomvi" / "brand.yaml"
DAY = date(2026, 11, 23)
LANGS: tuple[Lang, ...] = ("nb", "nn", "en")


@dataclass(frozen=True)
class Case:
    statement: str
    action: str
    words: str
    state: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "state", self.state or self.action)


@pytest.fixture(autouse=True)
def no_store(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the example has stored on this machine is none of these tests' business."""
    monkeypatch.setenv("OMDOMME_HOME", str(tmp_path_factory.getbasetemp() / "none"))


def squeezed(text: str) -> str:
    """Without blanks: where lines break is the printer's business."""
    return re.sub(r"\s+", "", text)


def read(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def lomvi(lang: Lang = "nb") -> Sheet:
    return guiding.sheet(load(LOMVI, {}), lang, DAY)


def many(count: int, text: str, kinds: tuple[StatementKind, ...]) -> BrandIdentity:
    statements = tuple(Statement(f"{kind}.{n}", kind, f"{n} {text}") for kind in kinds for n in range(count))
    return BrandIdentity("Lomvi", statements=statements)


@pytest.mark.parametrize("lang", LANGS)
def test_the_example_fits_one_page_with_every_statement(lang: Lang) -> None:
    fitted = fit(lomvi(lang))
    assert fitted.dropped == () and fitted.unprintable == "" and fitted.sheet.left_out == ""
    content = pdf(fitted, DAY)
    reader = PdfReader(io.BytesIO(content))
    assert len(reader.pages) == 1
    width, height = float(reader.pages[0].mediabox.width), float(reader.pages[0].mediabox.height)
    assert (round(width), round(height)) == (595, 842)
    said = squeezed(read(content))
    config = load(LOMVI, {})
    assert len(config.identity.statements) == 28
    for statement in config.identity.statements:
        assert squeezed(statement.text) in said, statement.id
    assert squeezed("Kommunikasjonsvakta, vakt@lomvi.example") in said
    assert squeezed(TEXTS[lang].title.format(brand="Lomvi")) in said
    assert reader.trailer["/Root"]["/Lang"] == {"nb": "nb-NO", "nn": "nn-NO", "en": "en"}[lang]


def test_nothing_private_stands_on_the_sheet() -> None:
    said = plain(lomvi())
    for leader in load(LOMVI, {}).identity.leaders:
        assert leader.private and leader.speaks_about
        assert not any(topic in said for topic in leader.private)
        assert ", ".join(leader.speaks_about) in said


def test_what_is_printed_stays_between_the_margins_and_above_the_foot() -> None:
    fitted = fit(compose(many(30, "Vi svarer samme dag, med navn. " * 4, ("value", "guideline")), "nb", DAY))
    assert fitted.dropped
    places: list[tuple[float, str]] = []
    page = PdfReader(io.BytesIO(pdf(fitted, DAY))).pages[0]
    page.extract_text(
        visitor_text=lambda text, cm, tm, font, size: places.append((HEIGHT - tm[5] * MM, text.strip()))
    )
    written = [(y, text) for y, text in places if text]
    assert min(y for y, _ in written) > MARGIN and max(y for y, _ in written) < HEIGHT - MARGIN
    ask = next(y for y, text in written if text.startswith("Spør gjerne"))
    assert max(y for y, text in written if "samme dag" in text) < ask


def test_letters_are_embedded_and_the_bytes_are_the_same_again() -> None:
    content = pdf(fit(lomvi()), DAY)
    assert content.count(b"/FontFile2") == 2 and b"/Helvetica" not in content
    assert content == pdf(fit(lomvi()), DAY)


def test_any_text_of_a_brand_file_can_be_printed() -> None:
    texts = [
        "Čáhcesuolu, Kárášjohka, Đ/đ Ŋ/ŋ Š/š Ŧ/ŧ Ž/ž – ærlig, ønsket, åpen «alltid» … 5 €",
        "Sjø\u00adsikkerhets\u00adopplæring går foran alt",
        "W" * 250,
        "Vi \U0001f6a2 seiler; **ikke** <b>fet</b> __x__ [y](javascript:1)",
    ]
    identity = BrandIdentity(
        "Bœ & <Co>", statements=tuple(Statement(f"value.{n}", "value", t) for n, t in enumerate(texts))
    )
    fitted = fit(compose(identity, "nb", DAY))
    assert fitted.unprintable == "\U0001f6a2" and not fitted.dropped
    said = squeezed(read(pdf(fitted, DAY))).replace("\u00ad", "")
    assert squeezed(texts[0]) in said and "Sjøsikkerhetsopplæringgårforanalt" in said
    assert "W" * 250 in said and "**ikke**<b>fet</b>__x__[y](javascript:1)" in said
    assert "Bœ&<Co>" in said


def test_what_does_not_fit_is_cut_and_told_guidelines_last() -> None:
    kinds: tuple[StatementKind, ...] = ("value", "wanted_image", "guideline", "out_of_bounds")
    whole = compose(many(12, "Vi sier det som det er, og vi sier det først. " * 5, kinds), "nb", DAY)
    fitted = fit(whole)
    assert fitted.size == SIZES[-1]
    assert Ruler().height(fitted.sheet, fitted.size) <= _room()
    assert f"{len(fitted.dropped)} punkter fikk ikke plass her." == fitted.sheet.left_out
    left = {section.key: len(section.points) for section in fitted.sheet.sections}
    assert sum(left.values()) + len(fitted.dropped) == 48
    assert left["wanted"] == 3 and left["do"] > left["wanted"]
    assert len(PdfReader(io.BytesIO(pdf(fitted, DAY))).pages) == 1
    # The last one dropped was needed: with it back, nothing would fit.
    assert Ruler().height(whole, SIZES[-1]) > _room()


class Words(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.names: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.addresses += [value or "" for key, value in attrs if key in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_one_closed_page_and_text_stays_text() -> None:
    hostile = Statement("value.1", "value", '<script>alert(1)</script><img src=x onerror="alert(2)">')
    identity = replace(load(LOMVI, {}).identity, statements=(hostile,), name="<b>Lomvi</b>")
    found = Words(html(fit(compose(identity, "en", DAY, contacts=["<i>Kari</i>"]))))
    assert not {"script", "img", "b", "i", "link", "iframe"} & set(found.names) and found.addresses == []
    assert hostile.text in found.text and "<b>Lomvi</b>" in found.text and "<i>Kari</i>" in found.text


def test_html_and_pdf_hold_the_same_points() -> None:
    fitted = fit(lomvi("nn"))
    on_page, printed = squeezed(Words(html(fitted)).text), squeezed(read(pdf(fitted, DAY)))
    for section in fitted.sheet.sections:
        for point in section.points:
            assert squeezed(point.text) in on_page and squeezed(point.text) in printed


@pytest.mark.parametrize(
    ("text", "key"),
    [("Ikke del tall fra anbud.", "dont"), ("Vi omtaler aldri enkeltkunder.", "dont"), ("Never mock patients.", "dont"),
     ("Ved uhell: ingen gjetting om årsak.", "dont"), ("Don’t argue.", "dont"), ("Inga støtte til parti.", "dont"),
     ("Svar saklig på kritikk. Ikke slett, ikke krangle.", "do"), ("Oppgi rolle og interesser.", "do"),
     ("Si hvem du jobber for når du diskuterer Lomvi.", "do"), ("Disclose. State that you work for Hegg.", "do")],
)  # fmt: skip
def test_a_guideline_that_says_no_first_stands_under_leave(text: str, key: str) -> None:
    (section,) = compose(
        BrandIdentity("X", statements=(Statement("g", "guideline", text),)), "nb", DAY
    ).sections
    assert section.key == key and section.points[0].text == text


def test_only_what_is_in_force_and_its_owner() -> None:
    statements = (
        Statement("value.1", "value", "Gammel.", valid_to=date(2026, 11, 22)),
        Statement("value.2", "value", "Kommer.", valid_from=date(2026, 11, 24)),
        Statement("value.3", "value", "Gjelder.", owner="Kari", valid_from=DAY, valid_to=DAY),
    )
    sheet = compose(BrandIdentity("X", statements=statements), "nb", DAY)
    assert [p.id for s in sheet.sections for p in s.points] == ["value.3"]
    assert "Gjelder. (spør Kari)" in plain(sheet) and TEXTS["nb"].ask_nobody in plain(sheet)


# --- examples from decided cases ---

PEOPLE = BrandIdentity(
    "Lomvi",
    aliases=("Lomvi Ferger",),
    leaders=(Leader("leader.1", "Marit Solheim-Dahl", ("@maritsdahl", "Marit S. Dahl"), "konsernsjef"),),
    employees=("Ane Liknes",),
    statements=(Statement("guideline.1", "guideline", "Vis til Havarikommisjonen."),),
)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Marit Solheim-Dahl skrev om anbudet.", "en leder skrev om anbudet."),
        ("Innlegget til Solheim-Dahl var ironi.", "Innlegget til en leder var ironi."),
        ("Ane Liknes og Kari Nordmann gjettet på årsaken.", "en ansatt og [navn] gjettet på årsaken."),
        ("Hun svarte Ola i Brattvåg på Facebook.", "Hun svarte [navn] i [navn] på [navn]."),
        ("Kari gjettet.", "[navn] gjettet."),
        ("Se https://x.example/p/1 eller ring 22 33 44 55, kari@x.example.", "Se [utelatt] eller ring [utelatt], [utelatt]"),
        ("@maritsdahl viste til Havarikommisjonen, som Lomvi skal.", "[utelatt] viste til Havarikommisjonen, som Lomvi skal."),
    ],
)  # fmt: skip
def test_names_are_taken_out(said: str, left: str) -> None:
    assert Anonymiser(PEOPLE, TEXTS["nb"].names)(said) == left


def test_examples_are_decisions_that_stand_one_a_statement() -> None:
    cases = [
        Case("guideline.1", "dismissed", "Ren ironi, og alle så det."),
        Case("guideline.1", "dismissed", "Eldre, samme utsagn."),
        Case("guideline.2", "confirmed", "Gjettet på årsaken før kommisjonen.", "dismissed"),
        Case("guideline.3", "assigned", "Til vakta."),
        Case("guideline.4", "confirmed", ""),
        Case("guideline.5", "confirmed", "Tall fra et anbud som ikke var offentlig."),
    ]
    assert examples(cases, PEOPLE, TEXTS["nb"].names) == [
        ("dismissed", "Ren ironi, og alle så det."),
        ("confirmed", "Tall fra et anbud som ikke var offentlig."),
    ]
    sheet = guiding.sheet(load(LOMVI, {}), "nb", DAY, examples=cases)
    said = squeezed(read(pdf(fit(sheet), DAY)))
    assert squeezed("Gikk for langt: Tall fra et anbud som ikke var offentlig.") in said
    assert squeezed("Helt greit: Ren ironi, og alle så det.") in said and "Eldre" not in said


# --- the command ---


def call(*args: str) -> tuple[int, str, BaseException | None]:
    done = CliRunner().invoke(app, ["guidelines", "--brand", str(LOMVI), *args])
    return done.exit_code, done.stdout, done.exception


def test_the_command_writes_both_forms(tmp_path: Path) -> None:
    for name in ("ark.pdf", "ark.html"):
        assert call("--sheet", "--out", str(tmp_path / name), "--ask", "Kari, 5. etasje")[0] == 0
    assert squeezed("Spør Kari, 5. etasje.") in squeezed(read((tmp_path / "ark.pdf").read_bytes()))
    assert "Spør Kari, 5. etasje." in (tmp_path / "ark.html").read_text(encoding="utf-8")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ark.html", "ark.pdf"]
    code, out, _ = call("--sheet", "--lang", "en")
    assert code == 0 and out.startswith("<!doctype html>") and "When you write about Lomvi" in out
    code, out, _ = call("--lang", "nn")
    assert code == 0 and out.startswith("Når du skriv om Lomvi") and "- Si hvem du jobber for" in out


def test_the_command_refuses_what_it_cannot_write(tmp_path: Path) -> None:
    for args in (
        ("--sheet", "--out", "x.docx"),
        ("--out", "x.pdf"),
        ("--sheet", "-o", str(tmp_path / "no" / "x.pdf")),
    ):
        _, _, error = call(*args)
        assert isinstance(error, ConfigError), args
