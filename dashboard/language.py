"""Every string, number and date a person reads, in the language chosen: nb, nn or en (dashboard/i18n/*.yaml)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

FOLDER = Path(__file__).parent / "i18n"
LANGUAGES = ("nb", "nn", "en")
NAMES = {"nb": "Bokmål", "nn": "Nynorsk", "en": "English"}
_NBSP = "\u00a0"


class Texts:
    """The strings of one language, by dotted key; formats numbers and times the way its readers write them."""

    def __init__(self, language: str, timezone: str) -> None:
        self.language = language if language in LANGUAGES else "nb"
        self.zone = ZoneInfo(timezone)
        self._strings = load(self.language)

    def __call__(self, key: str, **values: object) -> str:
        """The string of ``key`` with its {placeholders} filled; a value is inserted, never parsed."""
        text = self._strings[key]
        if not isinstance(text, str):
            raise TypeError(f"{key} is not a string")
        return text.format_map(values) if values else text

    def count(self, key: str, number: int) -> str:
        """``key.one`` or ``key.other`` with {n}: "1 omtale", "48 omtaler"."""
        return self(f"{key}.{'one' if number == 1 else 'other'}", n=self.number(number))

    def has(self, key: str) -> bool:
        return key in self._strings

    def listed(self, items: Sequence[str]) -> str:
        """a, b og c"""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self('format.and')} {items[-1]}"

    def number(self, value: float, decimals: int = 0) -> str:
        text = f"{value:,.{decimals}f}"
        marks = self.list("format.marks")  # thousands, decimal
        return text.translate({ord(","): marks[0], ord("."): marks[1]})

    def percent(self, share: float) -> str:
        return self("format.percent", n=self.number(100 * share))

    def interval(self, low: float, high: float) -> str:
        """19–46 %; the per cent sign once."""
        return self("format.percent", n=f"{self.number(100 * low)}–{self.number(100 * high)}")

    def list(self, key: str) -> list[str]:
        found = self._strings[key]
        if not isinstance(found, list):
            raise TypeError(f"{key} is not a list")
        return found

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def today(self) -> date:
        return datetime.now(self.zone).date()

    def day(self, at: date, *, year: bool = True) -> str:
        """3. sep. 2026; a datetime is taken as it stands, so make it local first."""
        month = self.list("format.months")[at.month - 1]
        text = self("format.day", day=at.day, month=month)
        return (f"{text} {at.year}" if year else text).replace(" ", _NBSP)

    def moment(self, at: datetime | None) -> str:
        """3. sep. 2026, 14:05 in the brand's time zone; a dash for never."""
        if at is None:
            return "–"
        local = self.local(at)
        return f"{self.day(local)}, {local:%H:%M}"


@functools.cache
def load(language: str) -> dict[str, Any]:
    """Dotted key -> string or list of strings."""
    tree = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return dict(_flat(tree, ""))


def _flat(tree: dict[str, Any], prefix: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in tree.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{key}.")
        else:
            found.append((f"{prefix}{key}", value))
    return found
