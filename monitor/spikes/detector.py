"""Counts over time -> runs, with the baseline and the threshold stated. Pure, streaming, linear in time.

At every bin the sums of the last 1, 2, 3, 6 and 24 hours are compared with what the series' own past lets one
expect (``baseline``). A window alarms when it holds at least ``min_count`` and the chance of so many is below
``tail``. Several lengths, because five complaints in one hour and ten in a day are both news for a brand that
gets two a day. What is said of a bin uses this bin and earlier ones only, and what is ordinary is learned from
bins older than the longest window, so that a rising story does not become its own baseline.

One incident lasts from the first mention of the alarming window until ``quiet`` has passed without activity; an
alarm within ``cooldown`` of its end continues it. A bin without data (None) neither calms nor alarms. A series
needs ``warm_up`` of history before anything alarms: the beginning of a collection is not a spike.

What no hour shows may show in days: see ``slow``. How surprising a single bin is, in bins of minutes: see ``jump``.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.spikes.baseline import DAY, Baseline, upper_tail
from monitor.spikes.calendar import Calendar
from monitor.spikes.grid import HOUR, infer_width
from monitor.spikes.jump import Jump
from monitor.spikes.slow import SlowBurn
from monitor.types import Bin, Incident

SETTLING = timedelta(days=3)  # a series that comes alive this early was not collected before
ACTIVE = 0.01  # chance below which an open incident is still going on
REPEATED = 0.5  # what a bin's rarity counts for when the day before it was as rare
ABSORB_AFTER = timedelta(days=3)  # an incident that lasts longer is on its way to being ordinary


@dataclass(frozen=True, slots=True)
class SpikeSettings:
    """``tail`` is the chance, per window and bin, of an alarm where nothing is the matter."""

    min_count: int = 5
    tail: float = 5e-4
    history: timedelta = timedelta(days=28)
    warm_up: timedelta = timedelta(days=1)  # besides the longest window
    quiet: timedelta = timedelta(hours=12)
    cooldown: timedelta = timedelta(hours=24)
    fresh_hours: float = 48.0  # a run first seen in older bins never alerts
    start_date: datetime | None = None  # a run that began before never alerts
    timezone: str = "Europe/Oslo"  # hours and days are people's
    holidays: str = "no"  # whose public holidays are Sundays; "" = nobody's
    slow: bool = True  # look for slow burns too, where a bin is an hour or more


@dataclass(frozen=True, slots=True)
class Detection:
    """``scores`` has one row per bin: how much of a surprise it is, 0.5 at the threshold and towards 1 with its rarity.

    The first bin of a rise is the news: one that is no rarer than what the day before it brought counts half its
    rarity. So an incident can be open on a bin that scores below 0.5.
    """

    incidents: list[Incident]
    scores: list[tuple[datetime, float]]


@dataclass(slots=True)
class _Run:
    """An incident while it lasts. ``last`` is the last active bin; totals up to it are in ``incident``."""

    incident: Incident
    last: datetime
    observed: int  # since the start, also behind ``last``
    expected: float


class Detector:
    """One series, one bin at a time, oldest first; ``width`` is the length of a bin.

    ``score`` is that of the last bin; ``open`` the incident going on, None when there is none. An incident is
    handed out once, closed, when ``cooldown`` has passed since its end; ``finish`` hands out what is left.
    Not ``scored`` finds the same incidents sooner, and leaves ``score`` alone.
    """

    def __init__(
        self, settings: SpikeSettings | None = None, width: timedelta = HOUR, *, scored: bool = True
    ) -> None:
        self._scoring = scored
        self.settings = settings or SpikeSettings()
        self.width = width
        self.score = 0.0
        lengths: tuple[timedelta, ...] = (HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, DAY)
        if width >= DAY:
            lengths = (width, 3 * width)
        elif width < HOUR:
            # Series that are worth such bins are dense: a day's sum would only echo a spike for a day.
            lengths = (width, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR)
        self._windows = sorted({max(1, round(length / width)) for length in lengths})
        self._slow = SlowBurn(width) if self.settings.slow and HOUR <= width <= DAY else None
        self._jump = Jump(width) if width < HOUR else None
        self._short = [i for i, n in enumerate(self._windows) if n * width <= max(6 * HOUR, width)]
        size = self._windows[-1]
        self._calendar = Calendar(self.settings.timezone, self.settings.holidays)
        # Running totals of counts, clipped counts and expectations, from ``size`` bins ago until now.
        self._totals: deque[tuple[float, float, float]] = deque([(0.0, 0.0, 0.0)] * (size + 1), size + 1)
        self._recent: deque[tuple[datetime, int | None, float]] = deque(
            maxlen=max([size, *(self._slow.lengths if self._slow else ())])
        )
        self._pending: deque[tuple[tuple[int, int], float | None, tuple[tuple[float, float], ...]]] = deque()
        self._baseline = Baseline(width, self._windows, self.settings.history)
        # A day of history, or a week when a bin is a day.
        self._needed = max(self.settings.warm_up, 7 * width if width >= DAY else width) / width
        self._log_tail = -math.log10(self.settings.tail)
        self._quiet = max(self.settings.quiet, width)
        self._record = 0.0  # the rarest lately; fades within a day
        self._fade = math.exp(-min(width / DAY, 1.0))
        self._began: datetime | None = None
        self._alive: datetime | None = None
        self._run: _Run | None = None

    def copy(self) -> Detector:
        """Another one in the same place, that goes its own way."""
        other = copy(self)
        other._totals, other._recent = self._totals.copy(), self._recent.copy()
        other._pending, other._baseline = self._pending.copy(), self._baseline.copy()
        other._slow = self._slow and self._slow.copy()
        other._jump, other._run = copy(self._jump), copy(self._run)
        return other

    @property
    def open(self) -> Incident | None:
        return self._run.incident if self._run and self._run.incident.end is None else None

    def push(self, bin: Bin) -> Incident | None:
        """Takes the next bin; returns the incident that is over for good with it, if any."""
        baseline = self._baseline
        place = self._calendar.place(bin.at)
        mean = baseline.expect(*place)
        count, clipped, expected = (
            (0, 0.0, 0.0) if bin.count is None else (bin.count, baseline.clip(bin.count, mean), mean)
        )
        cold = baseline.bins < self._needed or self._settling(bin)  # nothing to clip with yet
        if cold or (self._run and bin.at - self._run.incident.start >= ABSORB_AFTER):
            clipped = float(count)
        totals = self._totals
        a, b, c = totals[-1]
        totals.append((a + count, b + clipped, c + expected))
        self._recent.append((bin.at, bin.count, expected))
        closed = self._rest(bin.at)
        if self._slow:
            counted = mean if self._run else baseline.clip(count, mean)
            self._slow.push(None if bin.count is None else counted, mean, baseline)
        jump = self._jump.push(bin.count) if self._jump and bin.count is not None else None
        if bin.count is not None and not cold and (bin.count or self._scoring):
            self._look(bin, jump)
        else:
            self.score = 0.0
        if self._run:
            self._run.observed += count
            self._run.expected += expected
        self._learn(bin, place, clipped)
        return closed

    def _settling(self, bin: Bin) -> bool:
        """Whether the collection has only just begun: counted from the first bin, or from the first that holds
        anything where that is soon after. A target nobody spoke of for longer is quiet, and can be hit."""
        self._began = self._began or bin.at
        if self._alive is None and (bin.count or bin.total):
            self._alive = bin.at if bin.at - self._began < SETTLING else self._began
        return (
            self._alive is None
            or bin.at - self._alive < self.settings.warm_up + self._windows[-1] * self.width
        )

    def finish(self) -> Incident | None:
        """The incident at the end of the series: ``end`` is None when it was still going on."""
        return self._run.incident if self._run else None

    def chance_of_none(self, hours: Sequence[datetime]) -> float:
        """The chance that nothing comes in any of these bins, by what is ordinary now."""
        baseline = self._baseline
        mean = sum(baseline.expect(*self._calendar.place(at)) for at in hours)
        spread = baseline.dispersion(baseline.longest, mean)
        return math.exp(-mean if spread <= 1.001 else -mean / (spread - 1) * math.log(spread))

    def _look(self, bin: Bin, jump: float | None) -> None:
        """Scores the bin that was just added, and opens, continues or leaves alone."""
        totals, settings = self._totals, self.settings
        now = totals[-1]
        size = len(totals)
        best, rarest, alarm, active = 0, 0.0, 0.0, False
        for i, length in enumerate(self._windows):
            before = totals[size - 1 - length]
            observed = now[0] - before[0]
            mean = now[2] - before[2]
            if observed <= mean or observed < 2:
                continue
            tail = upper_tail(observed, mean, self._baseline.dispersion(i, mean))
            rarity = -math.log10(tail)
            if observed < settings.min_count:
                rarest = max(rarest, min(rarity, self._log_tail) * observed / settings.min_count)
            elif not bin.count:
                rarest = max(rarest, min(rarity, 0.99 * self._log_tail))  # nothing new came
            else:
                rarest = max(rarest, rarity)
                if rarity > alarm:
                    best, alarm = i, rarity
            if bin.count and tail < ACTIVE and observed >= 2 * mean and i in self._short:
                active = True
        if jump is not None:
            rarest = math.sqrt(rarest * jump)
        self.score = self._scored(rarest if rarest > self._record else REPEATED * rarest)
        self._record = max(rarest, self._record * self._fade)
        window = self._windows[best]
        if alarm <= self._log_tail and bin.count and self._slow and not self._run:
            window, alarm = self._slow.burning(self._baseline, settings.min_count)
        if alarm > self._log_tail:
            self._alarm(bin, window, self._scored(alarm))
        elif active and self._run and self._run.incident.end is None:
            self._continue(bin, self._scored(rarest))

    def _scored(self, rarity: float) -> float:
        return round(rarity / (rarity + self._log_tail), 6)

    def _alarm(self, bin: Bin, window: int, score: float) -> None:
        if self._run:
            self._continue(bin, score)
            return
        part = list(self._recent)[-window:]
        while part and not part[0][1]:
            part.pop(0)
        peak = max(part, key=lambda row: row[1] or 0)
        observed = sum(row[1] or 0 for row in part)
        expected = sum(row[2] for row in part)
        incident = Incident(
            part[0][0], bin.at, None, peak[0], peak[1] or 0, observed, round(expected, 4), score
        )
        # This bin is added to the totals after it was looked at.
        self._run = _Run(incident, bin.at, observed - (bin.count or 0), expected - part[-1][2])

    def _continue(self, bin: Bin, score: float) -> None:
        run, count = self._run, bin.count or 0
        assert run is not None
        old = run.incident
        run.last = bin.at
        run.incident = replace(
            old,
            end=None,
            peak=bin.at if count > old.peak_count else old.peak,
            peak_count=max(count, old.peak_count),
            observed=run.observed + count,
            expected=round(run.expected + self._recent[-1][2], 4),
            score=max(old.score, score),
        )

    def _rest(self, at: datetime) -> Incident | None:
        """Ends the incident after a quiet stretch; lets go of it when the cooldown is over."""
        run = self._run
        if run is None:
            return None
        end = run.last + self.width
        if run.incident.end is None and at + self.width - end >= self._quiet:
            run.incident = replace(run.incident, end=end)
        if run.incident.end is not None and at - end >= self.settings.cooldown:
            self._run = None
            return run.incident
        return None

    def _learn(self, bin: Bin, place: tuple[int, int], clipped: float) -> None:
        """Hands to the baseline the bin that has just become older than the longest window."""
        totals = self._totals
        now, size = totals[-1], len(totals)
        sums = tuple(
            (now[1] - before[1], now[2] - before[2])
            for before in (totals[size - 1 - n] for n in self._windows)
        )
        self._pending.append((place, None if bin.count is None else clipped, sums))
        if len(self._pending) > self._windows[-1]:
            then, count, old = self._pending.popleft()
            if count is not None:
                self._baseline.learn(*then, count, old)


def detect(
    bins: Sequence[Bin], settings: SpikeSettings | None = None, width: timedelta | None = None
) -> Detection:
    """Incidents and scores of a whole series without gaps (see ``fill``), oldest first."""
    detector = Detector(settings, width or infer_width([bin.at for bin in bins]))
    incidents, scores = [], []
    for bin in bins:
        closed = detector.push(bin)
        if closed:
            incidents.append(closed)
        scores.append((bin.at, detector.score))
    last = detector.finish()
    return Detection(incidents + ([last] if last else []), scores)
