"""What the read model returns: one frozen dataclass per kind of row, and the interval every share carries.

Part of the readmodel room; import the names from ``monitor.readmodel``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor.types import (
    CaseAction,
    CaseState,
    CaseStep,
    ConflictLevel,
    IncidentAction,
    IncidentPhase,
    IncidentSeverity,
    Label,
    Severity,
    StandingStatus,
    TargetKind,
    Utterance,
    VerdictStatus,
    Voice,
)

VoiceKind = Literal["sharer", "contributor", "creator", "press", "authority"]

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
    """How one target stands in a period. ``mentions`` counts every copy, everything else a story once.

    ``negative + neutral + positive + unsure + unjudged == stories``. Shares are over judged stories only
    (negative + neutral + positive). ``weight`` is that of all stories together, where it was asked for.
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
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class VolumePoint:
    """Stories, or their weight."""

    at: datetime  # start of the bin, UTC
    target: str
    negative: float
    neutral: float
    positive: float
    unsure: float  # unsure and unjudged


# What a mention is toward a target: doubt, and what is not judged yet, are no labels of a model.
StandingLabel = Literal["negative", "neutral", "positive", "unsure", "unjudged"]
STANDING_LABELS: tuple[StandingLabel, ...] = ("negative", "neutral", "positive", "unsure", "unjudged")


@dataclass(frozen=True, slots=True)
class MentionFilter:
    since: datetime
    until: datetime
    targets: tuple[str, ...] = ()  # empty = all
    labels: tuple[StandingLabel, ...] = ()  # toward one of the targets
    voices: tuple[Voice, ...] = ()
    source_types: tuple[str, ...] = ()
    search: str = (
        ""  # words, "phrases" and part*s that must all occur in title or text; see monitor.searching
    )
    conflict: tuple[ConflictLevel, ...] = ()
    story: str | None = None
    corrections: tuple[Literal["holds", "to_confirm"], ...] = ()  # with such a correction
    places: Literal["all", "own", "others"] = "all"  # own = said in a meeting place of ours
    relevant_only: bool = True
    newest_first: bool = True
    sources: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()  # "" = not known
    touches: tuple[str, ...] = ()  # at least one of these statements
    kinds: tuple[VoiceKind, ...] = ()  # of voice; of others only
    authorities: tuple[str, ...] = ()  # belong to ``kinds`` (see ``audience``)


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
    conflict: ConflictLevel | None  # what counts, after people's decisions; None = not flagged yet
    conflict_score: float | None
    content_hash: str = ""  # of title and text as stored
    case: Case | None = None  # None = not flagged
    own_place: bool = False  # said in a meeting place of ours
    updated_at: datetime | None = None  # when the text was last seen to have changed
    reach: int | None = None  # followers of the author, where the network says so


@dataclass(frozen=True, slots=True)
class StoryCopy:
    """One mention of a story, with what it weighs now."""

    mention_id: str
    title: str
    url: str
    source: str
    source_type: str
    lang: str | None
    at: datetime
    weight: float


@dataclass(frozen=True, slots=True)
class StoryRow:
    """``first`` came first; ``trusted`` weighs most. ``translations`` are the first copies of the stories that are the
    same wire in another language, the surest first."""

    story: str
    copies: int
    first: StoryCopy
    trusted: StoryCopy
    weight: float
    translations: tuple[StoryCopy, ...] = ()


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
class Decision:
    """What a person decided about a flag, or about the copy ``mention_id`` of the same story before it.

    ``holds`` False: the text or the identity has changed since, to be confirmed.
    """

    action: Literal["confirmed", "dismissed"]
    who: str
    at: datetime
    why: str
    mention_id: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of a case; ``of_this_text`` False: the text has changed since.

    ``undone``: it counts no longer. ``undid`` is what an entry that is ``undone`` itself took back.
    """

    action: CaseStep
    who: str
    at: datetime
    words: str
    assignee: str | None
    of_this_text: bool
    undone: bool = False
    undid: CaseAction | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A flag with all that people did with it. ``level`` and ``score`` are what counts: the model's own, unless a
    person dismissed it or the adjustment in force says otherwise (``adjusted``)."""

    mention_id: str
    content_hash: str
    identity: str
    story: str
    statement: str  # the main one
    state: CaseState
    level: ConflictLevel
    score: float
    model_level: Severity
    model_score: float
    adjusted: bool
    model: str
    decision: Decision | None
    log: tuple[Said, ...] = ()  # oldest first

    def said(self, action: CaseAction) -> tuple[Said, ...]:
        """The entries with this action that were not undone, oldest first."""
        return tuple(entry for entry in self.log if entry.action == action and not entry.undone)

    @property
    def assignee(self) -> str | None:
        given = self.said("assigned")
        return given[-1].assignee if given else None


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case with what a person needs to know it by."""

    case: Case
    title: str
    text: str
    url: str
    published_at: datetime
    quote: str
    reason: str  # the model's


@dataclass(frozen=True, slots=True)
class CaseLogRow:
    """One entry of the log of all cases; statement, model, level and score are of the flag as it was then.

    ``state`` is what stands for the mention's flag now, "gone" when it is no longer flagged.
    """

    mention_id: str
    title: str
    text: str
    url: str
    action: CaseStep
    words: str
    assignee: str | None
    who: str
    at: datetime
    statement: str
    model: str
    level: Severity
    score: float
    state: Literal["open", "to_confirm", "confirmed", "dismissed", "set_aside", "gone"]
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Renewable:
    """A decision that can be said again as it was, with the content and the identity of now."""

    mention_id: str
    content_hash: str
    identity: str
    action: Literal["confirmed", "dismissed"]


@dataclass(frozen=True, slots=True)
class LearningCase:
    """A flag of the model in use as an adjustment sees it: to learn from where a person decided, else to be adjusted.

    ``score`` is the model's own; ``flagged`` = the model calls it a conflict; ``confirmed`` None = nobody decided.
    """

    mention_id: str
    story: str
    confirmed: bool | None
    score: float
    flagged: bool
    statement: str
    voice: Voice
    source_type: str
    role_mixing: bool


@dataclass(frozen=True, slots=True)
class AdjustmentRow:
    """The adjustment fitted last, with its cross-validated figures (None = too few cases to tell).

    ``used`` and ``why`` are as they were then; ``in_force`` = it is applied to what is shown now: not after the brand
    file or the model changed. ``set_aside`` counts the flags it puts aside now.
    """

    revision: str
    model: str
    fitted_at: datetime
    used: bool
    why: str
    cases: int
    confirmed: int
    stories: int
    log_loss: float | None
    log_loss_model: float | None
    log_loss_majority: float | None
    gain_low: float | None
    gain_high: float | None
    f1: float | None
    f1_model: float | None
    f1_majority: float | None
    in_force: bool
    set_aside: int


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
    phase: IncidentPhase = "open"
    severity: IncidentSeverity = "minor"
    reasons: tuple[str, ...] = ()
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    muted_until: datetime | None = None
    closed_at: datetime | None = None  # by a person, and it has not alarmed anew since
    headline: str = ""  # of the mention that says best what it is about; "" = none, or gone


@dataclass(frozen=True, slots=True)
class IncidentActionRow:
    action: IncidentAction
    who: str
    at: datetime
    until: datetime | None  # of a mute
    words: str


@dataclass(frozen=True, slots=True)
class IncidentMail:
    recipient: str
    subject: str
    state: Literal["waiting", "sending", "sent", "failed"]
    created_at: datetime
    finished_at: datetime | None
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class IncidentSize:
    """How much an incident is, in distinct stories. ``readers`` None = no source says; ``weight`` 1 = ordinary."""

    stories: int
    mentions: int
    readers: int | None
    weight: float
    conflict: ConflictLevel


SourceState = Literal["ok", "failing", "changed", "silent", "retired", "never", "waiting"]


@dataclass(frozen=True, slots=True)
class SourceHealth:
    source: str
    state: SourceState
    last_attempt_at: datetime | None
    last_success_at: datetime | None
    last_new_at: datetime | None  # when it last brought something
    last_error: str | None
    error_kind: str | None
    failing_since: datetime | None
    polls: int
    mentions: int
    since: datetime | None = None  # since when it is failing, changed, silent or retired
    down: bool = False  # that has gone on for long enough to be no passing weather
    changed: str | None = (
        None  # dates, texts or entries: what its answers lack; None = what comes is no feed at all
    )
    failures: int = 0  # in a row
    dropped: int = 0
    warnings: tuple[str, ...] = ()  # about the last answer that was read; bounded, one line each
    finite: bool = False  # an archive or a file: never silent


@dataclass(frozen=True, slots=True)
class StoreStatus:
    mentions: int
    relevant: int
    stories: int
    verdicts: int
    flagged: int  # mentions in conflict, those a person dismissed left out
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
    cases: tuple[tuple[CaseState, int], ...] = ()  # flagged mentions by what stands for them


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

    ``*_conflicts`` are those in conflict with it, ``*_in_line`` how many can be expected to be in line with it (None:
    no model compared any of them, which is no data and not zero).
    """

    at: datetime  # start of the bin, UTC
    statement: str
    own: int
    own_conflicts: int
    own_in_line: float | None
    others: int
    other_conflicts: int
    other_in_line: float | None


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
    return _wilson(part, whole, part / whole, whole)


def weighted_share(part: int, whole: int, part_weight: float, weight: float, squares: float) -> Share:
    """``part_weight`` of ``weight``; ``part`` and ``whole`` are counts and ``squares`` the sum of the squared weights.

    The interval is as wide as that of the effective number of equal ones, weight**2 / squares (Kish).
    """
    if whole == 0 or weight <= 0:
        return Share(part, whole, None, None, None)
    return _wilson(part, whole, min(1.0, part_weight / weight), weight * weight / squares)


def _wilson(part: int, whole: int, p: float, n: float) -> Share:
    z2 = Z95 * Z95
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return Share(part, whole, p, max(0.0, centre - half), min(1.0, centre + half))
