"""What the read model returns: one frozen dataclass per kind of row, and the interval every share carries.

Part of the readmodel room; import the names from ``monitor.readmodel``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor.types import (
    ConflictLevel,
    Label,
    Severity,
    StandingStatus,
    TargetKind,
    Utterance,
    VerdictStatus,
    Voice,
)

Z95 = 1.959963984540054  # the two-sided 95 % quantile of the normal distribution


@dataclass(frozen=True, slots=True)
class Share:
    """``part`` of ``whole`` with its 95 % Wilson interval; value None when whole is 0."""

    part: int
    whole: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How one target stands in a period. A story's copies are counted once in ``stories``; each copy is a mention.

    ``negative + neutral + positive + unsure + unjudged == mentions``. Shares are over judged mentions only
    (negative + neutral + positive).
    """

    target: str
    kind: TargetKind
    mentions: int
    stories: int
    negative: int
    neutral: int
    positive: int
    unsure: int
    unjudged: int
    negative_share: Share
    positive_share: Share
    previous: Standing | None = (
        None  # the period of equal length just before; None if nothing was collected then
    )


@dataclass(frozen=True, slots=True)
class VolumePoint:
    at: datetime  # start of the bin, UTC
    target: str
    negative: int
    neutral: int
    positive: int
    unsure: int  # unsure and unjudged


@dataclass(frozen=True, slots=True)
class MentionFilter:
    since: datetime
    until: datetime
    targets: tuple[str, ...] = ()  # empty = all
    labels: tuple[Label, ...] = ()
    voices: tuple[Voice, ...] = ()
    source_types: tuple[str, ...] = ()
    search: str = ""  # words that must all occur in title or text, case-insensitive; never a pattern
    conflict: tuple[ConflictLevel, ...] = ()
    story: str | None = None
    corrections: tuple[Literal["holds", "to_confirm"], ...] = ()  # with such a correction
    relevant_only: bool = True
    newest_first: bool = True


@dataclass(frozen=True, slots=True)
class HeldCorrection:
    """The newest correction of a (mention, target); ``holds`` False: its text has changed since, to be confirmed."""

    label: Label
    who: str
    at: datetime
    why: str
    holds: bool


@dataclass(frozen=True, slots=True)
class ModelVerdict:
    """The newest verdict of any model, whether or not it counts."""

    label: Label
    status: VerdictStatus
    negative: float
    neutral: float
    positive: float
    model: str


@dataclass(frozen=True, slots=True)
class TargetVerdict:
    """What counts for one target. Corrected by a person: probability 1 for the label, ``overruled`` is the model's.

    ``correction`` is also given when it does not hold any more; then the verdict is a model's.
    """

    target: str
    kind: TargetKind
    label: Label
    status: StandingStatus
    negative: float
    neutral: float
    positive: float
    correction: HeldCorrection | None = None
    overruled: ModelVerdict | None = None  # None also when no model has judged it


@dataclass(frozen=True, slots=True)
class MentionRow:
    id: str
    title: str
    text: str
    url: str
    author: str  # in clear for ours, else a pseudonym
    voice: Voice
    source: str
    source_type: str
    lang: str | None
    published_at: datetime
    dated: bool  # False = the time is when we first saw it
    seen_at: datetime
    story: str
    copies: int  # mentions in the same story, this one included
    verdicts: tuple[TargetVerdict, ...]
    conflict: ConflictLevel | None  # None = not flagged yet
    conflict_score: float | None
    content_hash: str = ""  # of title and text as stored


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """One correction of the history. ``label`` None took the one before back.

    ``state`` is what became of it: it holds; the text has changed since (to_confirm); another one came after it
    (replaced); it took one back (withdrawn); the mention is not about this target any more (gone).
    """

    mention_id: str
    title: str
    text: str
    url: str
    target: str
    label: Label | None
    who: str
    at: datetime
    why: str
    model_label: Label | None  # of the newest model then, on the text it was then
    model: str | None
    state: Literal["holds", "to_confirm", "replaced", "withdrawn", "gone"]


@dataclass(frozen=True, slots=True)
class Found:
    """A mention somebody means, with the targets it can be corrected for."""

    id: str
    content_hash: str
    title: str
    text: str
    published_at: datetime
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """One flagged statement of one mention; the main statement has rank 1."""

    mention: MentionRow
    rank: int
    statement: str
    score: float
    severity: Severity
    field: Literal["title", "text"]
    quote: str
    reason: str
    role_mixing: bool
    model: str


@dataclass(frozen=True, slots=True)
class IncidentRow:
    id: str
    target: str
    also: tuple[str, ...]  # other targets in the same incident
    start: datetime
    detected_at: datetime
    end: datetime | None
    peak: datetime
    peak_count: int
    observed: int
    expected: float
    score: float
    mails: int  # sent


@dataclass(frozen=True, slots=True)
class SourceHealth:
    source: str
    state: Literal["ok", "failing", "silent", "retired", "never", "waiting"]
    last_attempt_at: datetime | None
    last_success_at: datetime | None
    last_new_at: datetime | None  # when it last brought something
    last_error: str | None
    error_kind: str | None
    failing_since: datetime | None
    polls: int
    mentions: int


@dataclass(frozen=True, slots=True)
class StoreStatus:
    mentions: int
    relevant: int
    stories: int
    verdicts: int
    flagged: int  # mentions with conflict != none
    incidents: int
    open_incidents: int
    mails_sent: int
    mails_waiting: int
    mails_failed: int
    due_match: int
    due_judge: int
    due_flag: int
    first_published_at: datetime | None
    last_published_at: datetime | None
    last_collected_at: datetime | None
    per_target: tuple[tuple[str, TargetKind, int], ...]
    corrected: int = 0  # (mention, target) pairs whose standing is a person's
    to_confirm: int = 0  # ... whose text has changed since a person corrected it


@dataclass(frozen=True, slots=True)
class HourCount:
    """Fresh relevant mentions (published close to when they were seen) of one target in one hour."""

    at: datetime
    target: str
    negative: int
    total: int


@dataclass(frozen=True, slots=True)
class SayDo:
    """Distinct stories of one bin that touch one statement, what we said ourselves and what others said apart.

    ``*_conflicts`` are those in conflict with it, ``*_in_line`` those found in line with it (None: no model compared
    any of them, which is no data and not zero).
    """

    at: datetime  # start of the bin, UTC
    statement: str
    own: int
    own_conflicts: int
    own_in_line: int | None
    others: int
    other_conflicts: int
    other_in_line: int | None


@dataclass(frozen=True, slots=True)
class StatementConflicts:
    """How many conflicts touch a statement. A story may touch several: shares are of all stories with a conflict."""

    statement: str
    mentions: int
    stories: int
    major: int  # stories
    own: int  # stories in our own voice
    of_all: Share
    examples: tuple[Utterance, ...]  # one of each story, the gravest and likeliest first


def share(part: int, whole: int) -> Share:
    """With the 95 % Wilson score interval, which stays inside 0..1 and is honest about small numbers."""
    if whole == 0:
        return Share(part, whole, None, None, None)
    p, z2 = part / whole, Z95 * Z95
    centre = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = Z95 / (1 + z2 / whole) * math.sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole))
    return Share(part, whole, p, max(0.0, centre - half), min(1.0, centre + half))
