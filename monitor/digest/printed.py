"""A digest as PDF: A4 pages with embedded letters, drawn with the pen that draws the sheet for staff."""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime, time
from urllib.parse import urlsplit

from fpdf import FPDF

from monitor.digest import Digest, Picture, Row, Section
from monitor.guidelines.fitting import HEIGHT, INNER, MARGIN, new_document, printable
from monitor.guidelines.printed import INK, LOCALES, SOFT, Pen

SIZE = 9.5  # points
_WIDE = 130.0  # mm of a chart
_LINK = (11, 87, 164)
Line = tuple[str, str, tuple[int, int, int], float, str]  # text, style, colour, size, link


def pdf(digest: Digest) -> bytes:
    """The same bytes for the same digest."""
    return _Printing(digest).bytes()


class _Printing:
    def __init__(self, digest: Digest) -> None:
        self.digest = digest
        self.document: FPDF = new_document()
        self.pen = Pen(self.document)
        self.y = MARGIN
        self.document.set_title(digest.title)
        self.document.set_lang(LOCALES[digest.lang])
        self.document.set_creator("Omdømme")
        self.document.set_creation_date(datetime.combine(digest.until, time(), UTC))

    def bytes(self) -> bytes:
        digest = self.digest
        self._block([(digest.when, "", SOFT, SIZE, ""), (digest.title, "B", INK, SIZE * 1.9, "")], after=1.5)
        self._block([(digest.opening, "", INK, SIZE * 1.2, "")], after=2.5)
        for section in digest.sections:
            self._section(section)
        if digest.link:
            self._block([(f"{digest.link_text}: {digest.link}", "", _LINK, SIZE, digest.link)])
        for line in digest.closing:
            self._block([(line, "", SOFT, SIZE * 0.85, "")], after=0.4)
        return bytes(self.document.output())

    def _section(self, section: Section) -> None:
        head: list[Line] = [(section.heading, "B", INK, SIZE * 1.2, "")]
        if section.lead:
            small = SIZE * 0.85 if section.items else SIZE
            head.append((section.lead, "", SOFT if section.items else INK, small, ""))
        first = section.items[0] if section.items else None
        # A heading is not left alone at the foot of a page.
        with_head = self._height(head) + (
            self._height(_row(first, self.digest)) if isinstance(first, Row) else 0
        )
        self._room(with_head + 3)
        self.document.set_draw_color(*SOFT)
        self.document.set_line_width(0.15)
        self.document.line(MARGIN, self.y, MARGIN + INNER, self.y)
        self.y += 1.2
        self._block(head, after=0.8)
        for item in section.items:
            if isinstance(item, Picture):
                self._picture(item)
            else:
                self._block(_row(item, self.digest))
        self.y += 1.2

    def _block(self, lines: list[Line], after: float = 1.2) -> None:
        """Lines that stay on one page, on a new one where they have no room."""
        self._room(self._height(lines))
        for text, style, colour, size, link in lines:
            self.y = self.pen.text(printable(text), MARGIN, self.y, INNER, size, style, colour, link)
        self.y += after

    def _picture(self, picture: Picture) -> None:
        width, height = struct.unpack(">II", picture.png[16:24])  # where a PNG says it
        tall = _WIDE * height / width
        self._room(tall)
        self.document.image(
            io.BytesIO(picture.png), MARGIN, self.y, _WIDE, tall, alt_text=printable(picture.alt)
        )
        self.y += tall + 1.6

    def _height(self, lines: list[Line]) -> float:
        return sum(
            self.pen.ruler.text(printable(text), INNER, size, style) for text, style, _, size, _ in lines
        )

    def _room(self, wanted: float) -> None:
        if self.y > MARGIN and self.y + wanted > HEIGHT - MARGIN:
            self.document.add_page()
            self.y = MARGIN


def _row(row: Row, digest: Digest) -> list[Line]:
    lines: list[Line] = [(row.shown, "B", INK, SIZE, "")] if row.name else []
    lines += [(line, "", INK, SIZE, "") for line in row.lines]
    if row.note:
        lines.append((row.note, "", SOFT, SIZE * 0.9, ""))
    if row.url:
        host = urlsplit(row.url).hostname or ""
        lines.append((f"{digest.open_source} ({host})", "", _LINK, SIZE * 0.9, row.url))
    return lines
