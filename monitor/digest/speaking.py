"""Numbers, days and times the way the reader writes them. Pure."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from monitor.digest import Lang
from monitor.digest.texts import TEXTS, Many, Words
from monitor.messages.lines import zone_of
from monitor.readmodel import Share


class Speaker:
    """One reader's language and time zone."""

    def __init__(self, lang: Lang, timezone: str) -> None:
        self.lang = lang
        self.words: Words = TEXTS[lang]
        self.zone: tzinfo = zone_of(timezone)

    def number(self, value: float, decimals: int = 0) -> str:
        thousands, decimal = self.words.marks
        return f"{value:,.{decimals}f}".translate({ord(","): thousands, ord("."): decimal})

    def percent(self, share: float) -> str:
        return self.words.percent.format(n=self.number(100 * share))

    def interval(self, low: float, high: float) -> str:
        """19–46 %; the per cent sign once."""
        return self.words.percent.format(n=f"{self.number(100 * low)}–{self.number(100 * high)}")

    def points(self, effect: float) -> str:
        return self.words.points.format(n=self.number(100 * abs(effect), 1))

    def of_share(self, share: Share) -> tuple[str, str] | None:
        """(value, interval); None = no data."""
        if share.value is None or share.low is None or share.high is None:
            return None
        return self.percent(share.value), self.interval(share.low, share.high)

    def count(self, templates: Many, n: int) -> str:
        return templates[n != 1].format(n=self.number(n))

    def in_words(self, templates: Many, n: int) -> str:
        """With the number written out up to twelve, as at the head of a sentence."""
        told = self.words.numbers[n - 2] if 2 <= n <= 12 else self.number(n)
        return templates[n != 1].format(n=told)

    def listed(self, items: list[str]) -> str:
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self.words.joined} {items[-1]}"

    def day(self, at: date) -> str:
        return self.words.day.format(day=at.day, month=self.words.months[at.month - 1], year=at.year)

    def short_day(self, at: date) -> str:
        return self.words.short_day.format(day=at.day, month=self.words.months[at.month - 1])

    def days(self, first: date, last: date) -> str:
        """14.–20. september 2026"""
        if first == last:
            return self.day(last)
        if (first.year, first.month) == (last.year, last.month):
            return self.words.same_month.format(day=first.day, last=self.day(last))
        begin = self.day(first).removesuffix(f" {first.year}") if first.year == last.year else self.day(first)
        return self.words.days.format(first=begin, last=self.day(last))

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def moment(self, at: datetime) -> str:
        local = self.local(at)
        return self.words.moment.format(day=self.day(local), clock=local.strftime(self.words.clock))

    def lasting(self, minutes: float) -> str:
        """Minutes up to an hour and a half, then hours."""
        if minutes < 90:
            return self.count(self.words.minutes, max(1, round(minutes)))
        return self.count(self.words.hours, round(minutes / 60))
