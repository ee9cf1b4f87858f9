"""Charts as pictures: what is drawn is what was given, in few bytes, the same every time."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from monitor.pictures import bars
from monitor.pictures.card import BAND, LOUD, MISSING, QUIET, nice_top

VALUES: list[int | None] = [0, 1, None, 2, 0, 6, 8, 3]


def drawn(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    assert image.format == "PNG"
    return image.convert("RGB")


def share(image: Image.Image, colour: str) -> int:
    wanted = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return sum(n for n, pixel in image.getcolors(1 << 16) or [] if pixel == wanted)


def test_bars_are_as_high_as_their_numbers() -> None:
    image = drawn(bars(VALUES, marked=5))
    assert share(image, LOUD) > 0 and share(image, QUIET) > 0
    doubled = drawn(bars([0, 0, 0, 0, 0, 4, 8, 0], marked=5))
    columns = [
        sum(doubled.getpixel((x, y)) == (0xB3, 0x26, 0x1E) for y in range(doubled.height))
        for x in range(doubled.width)
    ]
    heights = sorted({n for n in columns if n})
    assert len(heights) == 2 and heights[1] == pytest.approx(2 * heights[0], abs=3)


def test_no_data_is_not_zero_and_the_ordinary_is_a_band() -> None:
    plain = drawn(bars(VALUES, (0, 2), band="vanlig", missing="ingen data", title="Negative"))
    assert share(plain, MISSING) > share(drawn(bars([0, 1, 0, 2], (0, 2))), MISSING)
    assert share(plain, BAND) > 10 * share(drawn(bars(VALUES)), BAND)


def test_small_and_the_same_every_time() -> None:
    many: list[int | None] = [n % 7 for n in range(400)]
    data = bars(many, (0, 3), marked=300, ticks=[(0, "a"), (1, "b"), (399, "c" * 40)], title="Negative")
    assert data == bars(
        many, (0, 3), marked=300, ticks=[(0, "a"), (1, "b"), (399, "c" * 40)], title="Negative"
    )
    assert len(data) < 30_000


@pytest.mark.parametrize("count", [0, 401])
def test_nothing_or_too_much_is_an_error(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 400"):
        bars([1] * count)


@pytest.mark.parametrize(
    ("value", "top"), [(0, 4), (4, 4), (5, 8), (9, 20), (21, 40), (81, 200), (999, 2000)]
)
def test_axis_tops_are_round(value: int, top: int) -> None:
    assert nice_top(value) == top
