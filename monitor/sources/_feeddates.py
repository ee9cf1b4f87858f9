"""Dates of feeds -> UTC. Reads what feeds really carry and guesses nothing: what is not understood is None.

Read: RFC 822/2822 (with Norwegian, Swedish, Danish, German month names too, two-digit years, zone names), ISO
8601 and W3C forms, ``22.11.2026 08:30``, ``November 22, 2026 8:30 AM``, seconds since 1970. A time without a
zone is Oslo time in a Scandinavian feed, else UTC. What lies more than 15 minutes ahead of ``now`` is a mistake
and gives None; what lies before 1970 (``0001-01-01`` is how some systems write "unknown") becomes 1970-01-01: old.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

AHEAD = timedelta(minutes=15)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar januari",
            "feb february februar februari",
            "mar march mars marts märz mrz",
            "apr april",
            "may mai maj",
            "jun june juni",
            "jul july juli",
            "aug august augusti",
            "sep sept september",
            "oct october okt oktober",
            "nov november",
            "dec december des desember dez dezember",
        ),
        start=1,
    )
    for name in names.split()
}
# Hours east of UTC of the zone names that RFC 822 and European systems use.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 1, "west": 1, "cet": 1, "met": 1, "mez": 1, "cest": 2,
    "mest": 2, "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7,
    "mdt": -6, "pst": -8, "pdt": -7, "jst": 9,
}  # fmt: skip
_TIME = r"(?:[T ,]+(?:kl\.? ?)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d{1,9})?)?)?\s*([AaPp]\.?[Mm]\.?)?"
_ZONE = r"\s*([+-]\d{2}:?\d{2}|[+-]\d{2}|[A-Za-z]{1,5})?(?:\s*\([^()]{0,40}\))?"
_ISO = re.compile(rf"(\d{{4}})-?(\d{{2}})-?(\d{{2}}){_TIME}{_ZONE}\s*$")
_DAY_FIRST = re.compile(rf"(?:[^\W\d]{{2,12}}\.?,?\s+)?(\d{{1,2}})\.?[ -]+([^\W\d]{{3,9}})\.?,?[ -]+(\d{{4}}|\d{{2}}){_TIME}{_ZONE}\s*$")  # fmt: skip  # noqa: E501
_MONTH_FIRST = re.compile(rf"(?:[^\W\d]{{2,12}}\.?,?\s+)?([^\W\d]{{3,9}})\.?\s+(\d{{1,2}}),?\s+(\d{{4}}){_TIME}{_ZONE}\s*$")  # fmt: skip  # noqa: E501
_DOTTED = re.compile(rf"(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}}){_TIME}{_ZONE}\s*$")
_UNIX = re.compile(r"\d{9,10}$")
_SCANDINAVIAN = frozenset(("no", "nb", "nn", "da", "sv", "se"))


def believable(text: str, now: datetime, lang: str | None = None) -> datetime | None:
    """UTC, never after ``now`` and never before 1970; None when there is no date that can be believed."""
    at = parse(text, lang)
    if at is None or at > now + AHEAD:
        return None
    return max(min(at, now), EPOCH)


def parse(text: str, lang: str | None = None, zone: tzinfo | None = None) -> datetime | None:
    """``zone`` = that of a time without one, in place of the rule above."""
    text = " ".join(text[:80].split())
    if _UNIX.match(text):
        return datetime.fromtimestamp(int(text), UTC)
    if m := _ISO.match(text):
        return _moment(m[1], m[2], m[3], m.groups()[3:], lang, zone)
    if (m := _DAY_FIRST.match(text)) and (month := _MONTHS.get(m[2].lower())):
        return _moment(_century(m[3]), month, m[1], m.groups()[3:], lang, zone)
    if (m := _MONTH_FIRST.match(text)) and (month := _MONTHS.get(m[1].lower())):
        return _moment(m[3], month, m[2], m.groups()[3:], lang, zone)
    if m := _DOTTED.match(text):
        return _moment(m[3], m[2], m[1], m.groups()[3:], lang, zone)
    return None


def _century(year: str) -> int:
    number = int(year)
    return number if len(year) == 4 else number + (2000 if number < 70 else 1900)


def _moment(
    year: str | int,
    month: str | int,
    day: str,
    rest: tuple[str | None, ...],
    lang: str | None,
    own: tzinfo | None,
) -> datetime | None:
    hour, minute, second, half, zone_name = rest
    zone = own if own and zone_name is None else _zone(zone_name, lang)
    if zone is None:
        return None
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half[0] in "Pp" else 0)
    next_day = hours == 24 and int(minute or 0) == 0
    try:
        local = datetime(
            int(year), int(month), int(day), 0 if next_day else hours, int(minute or 0), min(int(second or 0), 59),
            tzinfo=zone,
        )  # fmt: skip
        if local.year < 1970:
            return EPOCH  # the first year has no UTC east of Greenwich
        return (local + timedelta(days=next_day)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(name: str | None, lang: str | None) -> tzinfo | None:
    if name is None:
        if (lang or "")[:2] in _SCANDINAVIAN:
            try:
                return ZoneInfo("Europe/Oslo")
            except ZoneInfoNotFoundError:  # a system without time zone data
                return UTC
        return UTC
    if name[0] in "+-":
        digits = name[1:].replace(":", "").ljust(4, "0")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(offset if name[0] == "+" else -offset) if offset < timedelta(hours=24) else None
    hours = _ZONES.get(name.lower())
    return timezone(timedelta(hours=hours)) if hours is not None else None
