"""How often a source is called silent that is not, and how soon one that is, on simulated rhythms.

    python bench/silence.py [--sources 20] [--weeks 52]

Each kind of source is simulated with its own week, its Sunday hours on public holidays (Norway's, 2025 on), three
weeks of July at a third of its pace, and polls every ten minutes. It then stops for good at a random moment. The rule
beside it is the plain one: a day, and four times the gap that nine in ten of its gaps stay within.
Seeded; the first eight weeks are not counted.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from monitor.readmodel.rhythm import is_silent
from monitor.store.sourcerows import HOURS_KEPT

HOUR, DAY, WEEK = 60, 1440, 7 * 1440  # minutes
WARM_UP = 8  # weeks
LONGEST = 26 * 7 * 24  # hours after which a source that stopped counts as not found
START = (date(2025, 1, 6) - date(1970, 1, 1)).days * DAY  # a Monday
HOLIDAYS = {
    date(2025, 4, 17), date(2025, 4, 18), date(2025, 4, 20), date(2025, 4, 21), date(2025, 5, 1), date(2025, 5, 17),
    date(2025, 5, 29), date(2025, 6, 8), date(2025, 6, 9), date(2025, 12, 24), date(2025, 12, 25), date(2025, 12, 26),
    date(2025, 12, 31), date(2026, 1, 1),
}  # fmt: skip


@dataclass
class Kind:
    """``rate(weekday, hour)``: new entries an hour. ``burst``: each comes with so many more within two days."""

    name: str
    rate: Callable[[int, int], float]
    burst: int = 0


def _newspaper(day: int, hour: int) -> float:
    if day == 5:
        return 1.0 if 8 <= hour < 20 else 0.02
    if day == 6:
        return 0.7 if 9 <= hour < 21 else 0.02
    return 5.0 if 5 <= hour < 23 else 0.02


KINDS = (
    Kind("news agency", lambda day, hour: 12.0),
    Kind("newspaper", _newspaper),
    Kind("local paper, no weekend", lambda day, hour: 1.0 if day < 5 and 7 <= hour < 16 else 0.0),
    Kind("press room, 4 a week", lambda day, hour: 0.1 if day < 5 and 8 <= hour < 16 else 0.0),
    Kind("newsletter, Tuesdays", lambda day, hour: 2.0 if day == 1 and hour == 9 else 0.0),
    Kind("blog, 2 a month", lambda day, hour: 2 / 730),
    Kind("blog in bursts", lambda day, hour: 1 / 730, burst=5),
)


def simulated(kind: Kind, weeks: int, random_: random.Random) -> list[int]:
    """Minutes since 1970 at which a poll brought something."""
    out: set[int] = set()
    for day in range(weeks * 7):
        holiday = date(2025, 1, 6) + timedelta(day) in HOLIDAYS
        pace = 0.33 if 27 * 7 <= day < 30 * 7 else 1.0
        for hour in range(24):
            chance = pace * kind.rate(6 if holiday else day % 7, hour) / HOUR
            if not chance:
                continue
            at = START + day * DAY + hour * HOUR
            for minute in range(0, HOUR, 10):
                if random_.random() < 1 - (1 - min(chance, 0.99)) ** 10:
                    out.add(at + minute)
                    out |= {at + minute + 10 * random_.randrange(288) for _ in range(kind.burst)}
    return sorted(out)


def ours(times: Sequence[int]) -> Callable[[int], bool]:
    hours = sorted({t // HOUR for t in times[-6 * HOURS_KEPT :]})[-HOURS_KEPT:]
    return lambda now: is_silent(hours, now // HOUR)


def plain(times: Sequence[int]) -> Callable[[int], bool]:
    gaps = sorted(b - a for a, b in itertools.pairwise(times[-201:]))
    if len(gaps) < 5:
        return lambda now: False
    usual = gaps[int(0.9 * (len(gaps) - 1) + 0.5)]
    return lambda now: now - times[-1] > max(DAY, 4 * usual)


def delay(rule: Callable[[int], bool], last: int) -> float:
    """Hours after ``last`` until the rule says so (it never takes it back)."""
    low, high = 0, LONGEST
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if rule(last + middle * HOUR) else (middle + 1, high)
    return low


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sources", type=int, default=20, help="of each kind")
    parser.add_argument("--weeks", type=int, default=52)
    args = parser.parse_args()
    years = args.sources * (args.weeks - WARM_UP) / 52
    print(
        f"{args.sources} sources of each kind, {args.weeks} weeks; false = wrongly silent, a source and year"
    )
    print(f"{'':26}{'false':>8}{'plain':>8}{'found after, h':>16}{'plain':>8}   (median)")
    for kind in KINDS:
        random_ = random.Random(kind.name)
        false = {ours: 0, plain: 0}
        found: dict[object, list[float]] = {ours: [], plain: []}
        for _ in range(args.sources):
            times = simulated(kind, args.weeks, random_)
            for i in range(1, len(times)):
                # Shorter silences are nobody's alarm under either rule.
                if times[i] - START < WARM_UP * WEEK or times[i] - times[i - 1] < 6 * HOUR:
                    continue
                for rule in (ours, plain):
                    false[rule] += rule(times[max(0, i - 6 * HOURS_KEPT) : i])(times[i] - 1)
            stop = random_.randrange(len(times) // 2, len(times))
            for rule in (ours, plain):
                found[rule].append(delay(rule(times[: stop + 1]), times[stop]))
        print(
            f"{kind.name:26}{false[ours] / years:8.2f}{false[plain] / years:8.2f}"
            f"{statistics.median(found[ours]):16.0f}{statistics.median(found[plain]):8.0f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
