"""What the charts share: the card they are drawn on, its colours, its letters, and the bytes it becomes."""

from __future__ import annotations

import functools
import io
from collections.abc import Sequence
from importlib import resources

from PIL import Image, ImageDraw, ImageFont

WIDTH = 1120  # pixels; shown at half of it
PAPER, INK, FAINT, RULE = "#f7f6f3", "#1b1b1b", "#55534e", "#d9d6cf"
QUIET, LOUD, BAND, MISSING = "#a8a49a", "#b3261e", "#cfe0d3", "#e3e0d9"
# Told apart without colour sight too: they differ in lightness, and the first is the darkest.
SERIES = ("#0b57a4", "#c2571a", "#4f8f5b", "#8a6bb1", "#8a8a8a")
LETTERS = 34  # pixels; 10 on a phone that shows the card 330 wide
EDGE = 28
SHADES = 48  # a chart has few colours, and a mail should be small


@functools.cache
def font(size: int = LETTERS, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The typeface this project bundles, so that every letter looks the same on every machine."""
    name = "Roboto-Bold.ttf" if bold else "Roboto-Regular.ttf"
    data = resources.files("monitor").joinpath("guidelines", "fonts", name).read_bytes()
    return ImageFont.truetype(io.BytesIO(data), size)


def card(height: int, width: int = WIDTH) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """An empty card and the pen for it."""
    image = Image.new("RGB", (width, height), PAPER)
    return image, ImageDraw.Draw(image)


def png(image: Image.Image) -> bytes:
    """The same pixels give the same bytes."""
    out = io.BytesIO()
    image.quantize(SHADES, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def width_of(text: str, letters: ImageFont.FreeTypeFont) -> int:
    return round(letters.getlength(text))


def nice_top(value: float) -> int:
    """The round number at or just above, for the top of an axis; at least 4, so that one thing does not look huge."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            unit = step * factor
            if value <= unit * 4:
                return unit * 4
        step *= 10


def legend(pen: ImageDraw.ImageDraw, names: Sequence[tuple[str, str]], right: int) -> None:
    """Squares with their names, in the second line, from the right."""
    letters, at = font(), float(right)
    for colour, name in reversed(names):
        at -= width_of(name, letters)
        pen.text((at, EDGE - 8), name, fill=FAINT, font=letters)
        at -= LETTERS
        pen.rectangle((at, EDGE - 2, at + 24, EDGE + 22), fill=colour, outline=FAINT)
        at -= 28
