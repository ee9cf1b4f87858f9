"""Calendar periods of the brand's own time zone. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.types import GoalPeriod


def start_of(day: date, period: GoalPeriod) -> date:
    """The first day of the period the day lies in; weeks begin on Monday."""
    if period == "week":
        return day - timedelta(days=day.weekday())
    first = day.replace(day=1)
    return first if period == "month" else first.replace(month=3 * ((day.month - 1) // 3) + 1)


def after(start: date, period: GoalPeriod) -> date:
    """The first day of the period that follows the one beginning on ``start``."""
    if period == "week":
        return start + timedelta(days=7)
    return start_of(start + timedelta(days=31 if period == "month" else 93), period)


def between(first: date, last: date, period: GoalPeriod, most: int) -> list[tuple[date, date]]:
    """The periods from that of ``first`` to that of ``last``, the newest ``most`` of them, oldest first; the second day
    of each is exclusive."""
    found = []
    start = start_of(first, period)
    while start <= last:
        found.append((start, after(start, period)))
        start = found[-1][1]
    return found[-most:]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When the day begins there, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
