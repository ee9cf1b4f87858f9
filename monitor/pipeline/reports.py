"""What each stage says it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from monitor.store import CollectCounts

# (done, total or None, what): called as work goes on; the command line draws a bar of it
Progress = Callable[[int, int | None, str], None]


def silent(done: int, total: int | None, what: str) -> None:
    """The progress callback that draws nothing."""


@dataclass(frozen=True, slots=True)
class CollectReport:
    """``failed`` holds (source, message, transient) of each source that could not be read."""

    asked: int = 0
    not_due: int = 0
    unchanged: int = 0
    counts: CollectCounts = field(default_factory=CollectCounts)
    dropped: int = 0
    failed: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class SourceBackfill:
    """What became of reading one source back by hand.

    done; cannot = its kind only gives what is there now; paused = it asked us to wait, or there is more than one run
    reads; failed. The same command goes on with a paused or failed one (``resumed``). ``polls`` counts all runs.
    """

    source: str
    outcome: Literal["done", "cannot", "paused", "failed"]
    polls: int = 0
    counts: CollectCounts = field(default_factory=CollectCounts)
    error: str = ""
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class BackfillReport:
    """``collected`` is the ordinary poll that came first."""

    collected: CollectReport
    since: datetime
    sources: tuple[SourceBackfill, ...]


@dataclass(frozen=True, slots=True)
class AnalyseReport:
    """``asked`` is what a judge elsewhere was asked and did not answer, in one line for people; "" = none is used.

    ``second_opinions`` = flags of which a second judge gave its opinion; ``unanswered`` = it was asked and the flag
    stands as it was; ``asked_conflicts`` is in one line what became of those questions, "" = none was put.
    ``left_alone`` = leaders' purely private posts, which were not kept.
    ``outdated`` = (mention, target) pairs whose newest verdict is another model's (``rejudge`` is what they need).
    """

    matched: int = 0
    relevant: int = 0
    judged: int = 0
    flagged: int = 0
    conflicts: int = 0
    asked: str = ""
    outdated: int = 0
    second_opinions: int = 0
    unanswered: int = 0
    asked_conflicts: str = ""
    left_alone: int = 0


@dataclass(frozen=True, slots=True)
class RejudgeReport:
    """What judging again came to.

    ``changes`` holds (standing before, standing now, how many pairs), in both of negative, neutral, positive,
    unsure and unjudged; those that stayed are among them. ``known`` = the model had judged them before, and was not
    asked again. ``corrected`` = a person's word stands before both verdicts. ``left`` = not judged, for ``why``.
    """

    models: tuple[str, ...]
    judged: int = 0
    known: int = 0
    corrected: int = 0
    changes: tuple[tuple[str, str, int], ...] = ()
    left: int = 0
    why: str = ""

    @property
    def changed(self) -> int:
        return sum(count for before, now, count in self.changes if before != now)


@dataclass(frozen=True, slots=True)
class AlertReport:
    """``down`` = sources that were found to be down and told of in this pass."""

    opened: int = 0
    open: int = 0
    sent: int = 0
    failed: tuple[str, ...] = ()
    down: int = 0


@dataclass(frozen=True, slots=True)
class DigestReport:
    """``queued`` = digests made now; ``sent`` and ``failed`` also count other mails that were waiting."""

    queued: int = 0
    sent: int = 0
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunReport:
    collect: CollectReport
    analyse: AnalyseReport
    alert: AlertReport
