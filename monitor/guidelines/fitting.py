"""Makes a sheet fit one A4 page: a smaller letter first, then fewer points, the least needed first.

Measured with the letters that are printed. HTML is set by a browser in letters of its own, so a part of the height
stays in reserve; both then hold the same points.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import MethodReturnValue
from fpdf.fonts import TTFFont

from monitor.guidelines import BELOW, LEFT, RIGHT, Point, Section, SectionKey, Sheet, told
from monitor.guidelines.texts import TEXTS

WIDTH, HEIGHT, MARGIN, GAP = 210.0, 297.0, 15.0, 9.0  # mm
INNER = WIDTH - 2 * MARGIN
COLUMN = (INNER - GAP) / 2
BULLET = 3.6  # mm of indent
SIZES = tuple(
    9 + n / 4 for n in range(8, -1, -1)
)  # 11 to 9 points; below nine few can read it at arm's length
LINE = 1.28  # line height in letter heights
TITLE, HEADING, SMALL = 1.9, 1.15, 0.85  # in letter sizes
RESERVE = 0.03
MM = 25.4 / 72
FONTS = Path(__file__).parent / "fonts"

# What goes first when there is no room: who answers, examples, images, values; guidelines and topics last.
_DROPPED: tuple[SectionKey, ...] = (
    "answers", "examples", "wanted", "unwanted", "values", "topics", "do", "dont"
)  # fmt: skip
_KEPT = 3  # points of a section that go only when nothing else is left


@dataclass(frozen=True, slots=True)
class Fitted:
    """A sheet that fits, its letter size in points, and the points that had to go (statement ids or texts)."""

    sheet: Sheet
    size: float
    dropped: tuple[str, ...] = ()
    unprintable: str = ""  # characters the letters do not have; they were left out


def new_document() -> FPDF:
    """An empty A4 page with the embedded letters, "" and "B"."""
    document = FPDF(format="A4", unit="mm")
    document.set_auto_page_break(False)
    document.set_margin(0)
    document.c_margin = 0
    document.add_font("Sheet", "", FONTS / "Roboto-Regular.ttf")
    document.add_font("Sheet", "B", FONTS / "Roboto-Bold.ttf")
    document.add_page()
    return document


def fit(sheet: Sheet) -> Fitted:
    """The largest letter with which everything fits; with the smallest, as many points as fit."""
    sheet, missing = _printable(sheet)
    ruler = Ruler()
    for size in SIZES:
        if ruler.height(sheet, size) <= _room():
            return Fitted(sheet, size, (), missing)
    dropped: list[str] = []
    for key, point in _least_needed(sheet):
        dropped.append(point.id or point.text)
        sheet = _without(sheet, key, point, len(dropped))
        if ruler.height(sheet, SIZES[-1]) <= _room():
            break
    return Fitted(sheet, SIZES[-1], tuple(dropped), missing)


def _room() -> float:
    return (HEIGHT - 2 * MARGIN) * (1 - RESERVE)


class Ruler:
    """How high a text stands in a width; ``printed`` draws with the very same measures."""

    def __init__(self, document: FPDF | None = None) -> None:
        self.document = document or new_document()
        self._lines = lru_cache(maxsize=4096)(self._measure)

    def text(self, text: str, width: float, size: float, style: str = "") -> float:
        """The height in mm of ``text`` in lines of at most ``width``."""
        return self._lines(text, width, size, style)

    def _measure(self, text: str, width: float, size: float, style: str) -> float:
        if not text:
            return 0.0
        self.document.set_font("Sheet", style, size)
        found = self.document.multi_cell(
            width, size * MM * LINE, text, align="L", dry_run=True, output=MethodReturnValue.HEIGHT
        )
        return float(found)  # type: ignore[arg-type]

    def section(self, section: Section, width: float, size: float, sheet: Sheet) -> float:
        height = self.text(section.heading, width, size * HEADING, "B") + size * MM * 0.5
        for point in section.points:
            height += self.text(told(point, sheet.lang), width - BULLET, size) + between(size)
        return height + size * MM * 0.9

    def head(self, sheet: Sheet, size: float) -> float:
        title = self.text(sheet.title, INNER, size * TITLE, "B")
        return title + size * MM * 0.6 + self.text(sheet.lead, INNER, size) + size * MM * 1.2

    def foot(self, sheet: Sheet, size: float) -> float:
        inner = INNER - 2 * BULLET
        box = self.text(sheet.ask[0], inner, size * HEADING, "B") + self.text(sheet.ask[1], inner, size)
        return box + size * MM * 2.6 + self.text(small_print(sheet), INNER, size * SMALL)

    def height(self, sheet: Sheet, size: float) -> float:
        """Of the whole sheet between its margins."""
        columns = [
            sum(self.section(s, COLUMN, size, sheet) for s in sheet.of(keys)) for keys in (LEFT, RIGHT)
        ]
        below = sum(self.section(s, INNER, size, sheet) for s in sheet.of(BELOW))
        return self.head(sheet, size) + max(columns) + below + self.foot(sheet, size)


def between(size: float) -> float:
    """Millimetres between two points."""
    return size * MM * 0.32


def small_print(sheet: Sheet) -> str:
    return " ".join(part for part in (sheet.left_out, *sheet.closing) if part)


def _least_needed(sheet: Sheet) -> list[tuple[SectionKey, Point]]:
    """Every point in the order in which it goes: the later ones of long sections, then the rest."""
    ranked = []
    for section in sheet.sections:
        kept = 0 if section.key == "answers" else _KEPT
        for i, point in enumerate(section.points):
            ranked.append((i < kept, _DROPPED.index(section.key), -i, section.key, point))
    return [(key, point) for *_, key, point in sorted(ranked, key=lambda row: row[:3])]


def _without(sheet: Sheet, key: SectionKey, point: Point, count: int) -> Sheet:
    sections = [
        replace(s, points=tuple(p for p in s.points if p is not point)) if s.key == key else s
        for s in sheet.sections
    ]
    words = TEXTS[sheet.lang].left_out[count != 1].format(n=count)
    return replace(sheet, sections=tuple(s for s in sections if s.points), left_out=words)


def _printable(sheet: Sheet) -> tuple[Sheet, str]:
    """The sheet without characters the letters do not have (emoji, other scripts), and which those were."""
    missing: dict[str, None] = {}

    def kept(text: str) -> str:
        out = printable(text)
        missing.update(dict.fromkeys(c for c in text if c not in out and not c.isspace()))
        return out

    sections = tuple(
        replace(s, points=tuple(replace(p, text=kept(p.text), ask=kept(p.ask)) for p in s.points))
        for s in sheet.sections
    )
    cleaned = replace(
        sheet, title=kept(sheet.title), sections=sections, ask=(sheet.ask[0], kept(sheet.ask[1]))
    )
    return cleaned, "".join(missing)


def printable(text: str) -> str:
    """``text`` without the characters the letters do not have."""
    letters = _letters()
    out = "".join(c for c in text if c in letters or c.isspace())
    return " ".join(out.split()) if out != text else text


@lru_cache(maxsize=1)
def _letters() -> frozenset[str]:
    font = new_document().fonts["sheet"]
    assert isinstance(font, TTFFont)
    return frozenset(map(chr, font.cmap))
