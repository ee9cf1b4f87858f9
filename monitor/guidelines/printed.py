"""The fitted sheet as PDF: one A4 page, its letters embedded, drawn with the measures it was fitted with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from fpdf import FPDF

from monitor.guidelines import BELOW, LEFT, RIGHT, Section, told
from monitor.guidelines.fitting import (
    BULLET,
    COLUMN,
    GAP,
    HEADING,
    HEIGHT,
    INNER,
    LINE,
    MARGIN,
    MM,
    SMALL,
    TITLE,
    Fitted,
    Ruler,
    between,
    new_document,
    small_print,
)

INK, SOFT = (29, 35, 41), (95, 103, 110)
_YES, _NO, _WASH = (47, 127, 181), (196, 86, 30), (243, 245, 247)
LOCALES = {"nb": "nb-NO", "nn": "nn-NO", "en": "en"}


class Pen:
    """Writes texts on a document, each under the one before, with the measures of a ``Ruler``."""

    def __init__(self, document: FPDF) -> None:
        self.document = document
        self.ruler = Ruler(document)

    def text(
        self,
        text: str,
        x: float,
        y: float,
        width: float,
        size: float,
        style: str = "",
        colour: tuple[int, int, int] = INK,
        link: str = "",
    ) -> float:
        """Writes ``text`` at (x, y), ``size`` points high; returns the y below it. Nothing in a text is markup."""
        if not text:
            return y
        self.document.set_xy(x, y)
        self.document.set_font("Sheet", style, size)
        self.document.set_text_color(*colour)
        self.document.multi_cell(width, size * MM * LINE, text, align="L", link=link)
        return y + self.ruler.text(text, width, size, style)


def pdf(fitted: Fitted, day: date) -> bytes:
    """The same bytes for the same sheet and day."""
    return _Drawing(fitted, day).bytes()


class _Drawing:
    def __init__(self, fitted: Fitted, day: date) -> None:
        self.sheet, self.size = fitted.sheet, fitted.size
        self.document: FPDF = new_document()
        self.pen = Pen(self.document)
        self.ruler = self.pen.ruler
        self._text = self.pen.text
        self.document.set_title(self.sheet.title)
        self.document.set_lang(LOCALES[self.sheet.lang])
        self.document.set_creator("Omdømme")
        self.document.set_creation_date(datetime.combine(day, time(), UTC))

    def bytes(self) -> bytes:
        sheet, size = self.sheet, self.size
        y = self._text(sheet.title, MARGIN, MARGIN, INNER, size * TITLE, "B") + size * MM * 0.6
        y = self._text(sheet.lead, MARGIN, y, INNER, size, colour=SOFT) + size * MM * 1.2
        left = self._sections(sheet.of(LEFT), MARGIN, y, COLUMN)
        right = self._sections(sheet.of(RIGHT), MARGIN + COLUMN + GAP, y, COLUMN)
        self._sections(sheet.of(BELOW), MARGIN, max(left, right), INNER)
        self._foot()
        return bytes(self.document.output())

    def _sections(self, sections: Sequence[Section], x: float, y: float, width: float) -> float:
        size = self.size
        for section in sections:
            colour = _NO if section.key in RIGHT else _YES
            y = self._text(section.heading, x, y, width, size * HEADING, "B", colour)
            self.document.set_draw_color(*colour)
            self.document.set_line_width(0.25)
            self.document.line(x, y + 0.2, x + width, y + 0.2)
            y += size * MM * 0.5
            for point in section.points:
                self.document.set_fill_color(*colour)
                dot = size * MM * 0.28
                self.document.ellipse(x + 0.4, y + size * MM * (LINE - 0.28) / 2, dot, dot, style="F")
                y = self._text(told(point, self.sheet.lang), x + BULLET, y, width - BULLET, size) + between(
                    size
                )
            y += size * MM * 0.9
        return y

    def _foot(self) -> None:
        """Stands at the bottom of the page, wherever the rest ends."""
        sheet, size = self.sheet, self.size
        inner, x = INNER - 2 * BULLET, MARGIN + BULLET
        small = self.ruler.text(small_print(sheet), INNER, size * SMALL)
        box = self.ruler.text(sheet.ask[0], inner, size * HEADING, "B") + self.ruler.text(
            sheet.ask[1], inner, size
        )
        top = HEIGHT - MARGIN - small - size * MM * 0.8 - box - size * MM * 1.4
        self.document.set_fill_color(*_WASH)
        self.document.rect(MARGIN, top, INNER, box + size * MM * 1.4, style="F")
        y = self._text(sheet.ask[0], x, top + size * MM * 0.7, inner, size * HEADING, "B")
        self._text(sheet.ask[1], x, y, inner, size)
        self._text(small_print(sheet), MARGIN, HEIGHT - MARGIN - small, INNER, size * SMALL, colour=SOFT)
