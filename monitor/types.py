"""The values that cross every seam: frozen dataclasses and protocols, no I/O.

Times are UTC-aware datetimes. Offsets are Unicode code points, half-open, into the raw field they name.
Texts are plain text (HTML is removed by the source that fetched them); they were written by strangers and are
never markup, SQL, a mail header or a formula.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TargetKind = Literal["brand", "leader", "product"]
Voice = Literal["leader", "employee", "brand", "third_party"]
Via = Literal["text", "author", "url"]
Field = Literal["title", "text"]
Label = Literal["negative", "neutral", "positive"]
VerdictStatus = Literal["judged", "unsure", "unjudged"]
# What counts for a (mention, target): a model's verdict, or a person's correction of it. No model says "corrected".
StandingStatus = Literal["judged", "unsure", "unjudged", "corrected"]
ConflictLevel = Literal["none", "minor", "major"]
Severity = Literal["minor", "major"]
IncidentSeverity = Literal["minor", "major", "critical"]
IncidentPhase = Literal["open", "growing", "calming", "closed"]
CaseAction = Literal["confirmed", "dismissed", "reopened", "assigned", "answered", "outcome"]
# What a case history holds: also that one of these was undone.
CaseStep = Literal["confirmed", "dismissed", "reopened", "assigned", "answered", "outcome", "undone"]
# What stands for a flag: nobody decided; decided on another text or identity; decided; put aside by what was learnt.
CaseState = Literal["open", "to_confirm", "confirmed", "dismissed", "set_aside"]
EpisodeKind = Literal["failing", "changed", "silent"]
# What became of an incident with one look at it; only these are told.
IncidentNews = Literal["opened", "escalated", "closed"]
# What a message tells; "" = something else than an incident. A digest is of alerts that were held back.
MessageNews = Literal["", "opened", "escalated", "closed", "digest"]
IncidentAction = Literal["acknowledged", "muted", "unmuted", "noted", "closed", "reopened"]
StatementKind = Literal["value", "wanted_image", "unwanted_image", "guideline", "out_of_bounds"]
GoalPeriod = Literal["week", "month", "quarter"]
GoalUnit = Literal["share", "hours", "count"]
ActivityKind = Literal["campaign", "event", "crisis", "other"]
# How a goal stands: at its target; where the line from baseline to target asks it to be; below that; past its deadline
# without the target; or the interval covers the line, so that nobody can say.
Track = Literal["reached", "on_track", "behind", "missed", "cannot_tell"]
VISIT = timedelta(minutes=30)  # the overview opened again within this is the same visit

LABELS: tuple[Label, Label, Label] = ("negative", "neutral", "positive")
CASE_STATES: tuple[CaseState, ...] = ("open", "to_confirm", "confirmed", "dismissed", "set_aside")
STANDING_CASES: tuple[CaseState, ...] = ("open", "to_confirm", "confirmed")  # what counts as a conflict
SOURCE_TYPES = ("news", "press", "blog", "microblog", "linkedin", "forum", "review", "other")


# --- what came in -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mention:
    """One public text: an article, a post, a review.

    ``id`` is stable over polls and never depends on dates. ``keys`` are the identities an entry is known by,
    strongest first (canonical link, then guid, then a hash of the content); the store maps any of them to one
    id, so that a changed guid with the same link stays one mention. ``author`` is in clear here; the pipeline
    replaces it by a keyed pseudonym before it is stored unless it is one of ours.
    """

    id: str
    title: str = ""
    text: str = ""
    url: str = ""
    author: str = ""
    source: str = ""  # the id of the source in brand.yaml
    source_type: str = "other"  # one of SOURCE_TYPES
    lang: str | None = None  # BCP 47 primary subtag when the source says it: nb, nn, no, en, da, sv ...
    voice: Voice | None = None  # when the source knows it; otherwise decided from accounts by `targets`
    published_at: datetime | None = None  # UTC; None = the source gave no (believable) date
    seen_at: datetime | None = None  # UTC; when we first collected it
    keys: tuple[str, ...] = ()
    reach: int | None = None  # followers of the author, where the network says so openly

    @property
    def content_hash(self) -> str:
        """Changes exactly when the judged content changes; 16 hex digits."""
        return hashlib.sha256(f"{self.title}\x00{self.text}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class FetchState:
    """What a source remembers between polls; kept by the store, handed to and returned by ``fetch``."""

    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None  # where a 301/308 moved it for good
    cursor: str | None = None  # source's own; opaque to everybody else
    not_before: datetime | None = None  # Retry-After or back-off: do not ask earlier
    retired: bool = False  # 410 Gone
    polls: int = 0  # successful polls so far
    since: datetime | None = None  # asked for by hand: read back to here, once; never stored


@dataclass(frozen=True, slots=True)
class Fetched:
    """The outcome of one successful poll of one source. ``unchanged`` = the server said 304, or sent the same bytes.

    ``more`` = what was asked for with ``since`` is not all there yet: the rest comes when asked again with ``state``.
    """

    mentions: tuple[Mention, ...]
    state: FetchState
    unchanged: bool = False
    dropped: int = 0  # entries that could not be used (no text at all, over the cap), counted and shown
    warnings: tuple[str, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """One occurrence of a brand, leader or product in a mention (the first one of each name)."""

    name: str  # canonical name from brand.yaml
    kind: TargetKind
    via: Via = "text"
    field: Field | None = None
    start: int | None = None
    end: int | None = None
    surface: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """Which targets a mention is about, and who speaks. ``rejected`` names what only looked like a target."""

    relevant: bool
    targets: tuple[Target, ...] = ()
    voice: Voice = "third_party"
    speaker: str | None = None  # statement-file name of the leader/employee/brand when the author is ours
    rejected: tuple[str, ...] = ()


# --- judgements ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """A text and the target toward which it is judged. ``target`` "" = the whole text."""

    text: str
    target: str = ""
    title: str = ""
    aliases: tuple[str, ...] = ()
    kind: str = "brand"
    voice: Voice = "third_party"
    source_type: str = "other"
    author: str = ""
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Three probabilities that sum to 1 for one (mention, target), by ``model`` (name@revision)."""

    target: str
    negative: float
    neutral: float
    positive: float
    status: VerdictStatus
    model: str

    @property
    def label(self) -> Label:
        """The most probable class; doubt is in ``status``, never in the label."""
        p = (self.negative, self.neutral, self.positive)
        return LABELS[p.index(max(p))]


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's word on one (mention, target), kept for ever; ``label`` None takes the one before back.

    It holds for the content with ``content_hash`` only. The model's newest verdict on that content at the time
    is kept beside it: ``model_label`` and ``model``, both None when there was none.
    """

    mention_id: str
    content_hash: str
    target: str
    label: Label | None
    who: str
    at: datetime  # UTC
    why: str
    model_label: Label | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class CorrectedMention:
    """A correction that holds, with what the models see: the present content and the newest verdict on it.

    ``label``, ``who``, ``at`` and ``why`` are the person's; ``model_label``, the three probabilities and
    ``model`` are the newest verdict of any model, all None when none has judged this content.
    """

    mention_id: str
    title: str
    text: str
    lang: str | None
    voice: Voice
    source_type: str
    author: str  # in clear for ours, else a pseudonym
    target: str
    kind: TargetKind
    label: Label
    who: str
    at: datetime  # UTC
    why: str
    model_label: Label | None
    negative: float | None
    neutral: float | None
    positive: float | None
    model: str | None


@dataclass(frozen=True, slots=True)
class FlagRequest:
    """A mention with what earlier rooms found out about it."""

    mention: Mention
    match: Match
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """One statement that a mention conflicts with, and the words this rests on: ``field[start:end] == quote``."""

    statement: str
    score: float
    severity: Severity
    field: Field
    start: int
    end: int
    quote: str
    reason: str


@dataclass(frozen=True, slots=True)
class Relation:
    """How a mention stands to one statement it was compared with: two probabilities; the rest up to 1 is neutral."""

    statement: str
    contradicts: float
    in_line: float


@dataclass(frozen=True, slots=True)
class Flag:
    """The identity verdict of one mention. ``score`` = calibrated P(conflict != none), given also when none.

    ``conflicts`` is sorted main first and empty exactly when ``level`` is none; ``candidates`` are the five
    statements nearest to a conflict, always. ``first`` = this is a second opinion, and that is the flag it was asked
    about. ``relations`` are the statements a model compared the mention with one by one; empty when the model does
    not.
    """

    level: ConflictLevel
    score: float
    conflicts: tuple[Conflict, ...]
    candidates: tuple[tuple[str, float], ...]
    role_mixing: bool
    model: str
    relations: tuple[Relation, ...] = ()
    first: Flag | None = None


@dataclass(frozen=True, slots=True)
class DraftCheck:
    """What the models of this machine make of a text nobody has posted yet, read as one of ours would post it.

    ``speaker`` is "" for an employee who is not named. Offsets of ``flag.conflicts`` are into the draft (``field``
    is always text). ``parts`` = in how many pieces a long draft was read, 1 for most. ``lang`` is that of the draft.
    """

    voice: Voice
    speaker: str
    lang: str | None
    verdicts: tuple[Verdict, ...]
    flag: Flag
    parts: int = 1


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """One thing a person did with a flag; the log of them only grows. It is of what the person saw: the content and
    the identity it was flagged against.

    ``words`` is the reason (confirmed, dismissed, reopened, assigned), the answer of the person concerned (answered),
    or what came of it (outcome). ``assignee`` is given exactly with assigned.
    """

    mention_id: str
    content_hash: str
    identity: str
    action: CaseAction
    who: str
    at: datetime  # UTC
    words: str = ""
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """One statement that a text touches. ``share`` = P(this statement, given a conflict), 0..1.

    ``severity`` None = no conflict with it, and then ``quote`` is "". ``in_line`` None = no model has compared them.
    """

    statement: str
    share: float
    severity: Severity | None = None
    quote: str = ""
    in_line: float | None = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """A stored text, who said it, and what it touches. ``text`` may be cut at the end.

    ``touches`` are the statements it touches, likeliest first; ``targets`` all it is about, each with the label that
    counts (None = unsure or not judged). ``score`` is P(conflict), None when the text was not flagged yet.
    """

    mention_id: str
    story: str
    at: datetime  # UTC
    voice: Voice
    speaker: str  # which of ours; "" for others
    source: str
    url: str
    lang: str | None
    title: str
    text: str
    touches: tuple[Touch, ...] = ()
    targets: tuple[tuple[str, Label | None], ...] = ()
    level: ConflictLevel = "none"
    score: float | None = None


@dataclass(frozen=True, slots=True)
class StoryLink:
    """``story``, which the mention belongs to, is the same wire as ``other`` in another language.

    ``score`` = share of the facts of the one with fewer that both have, 0..1, each counted by how rare it is;
    ``shared`` are these facts: names (folded), digits of numbers, agencies.
    """

    mention_id: str
    story: str
    other: str
    score: float
    shared: tuple[str, ...]


# --- who we say we are --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Statement:
    """One testable sentence of the identity; ``signals`` are words and phrases that touch it."""

    id: str
    kind: StatementKind
    text: str
    signals: tuple[str, ...] = ()
    owner: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Leader:
    id: str
    name: str
    aliases: tuple[str, ...] = ()  # @handles included
    role: str = ""
    speaks_about: tuple[str, ...] = ()
    private: tuple[str, ...] = ()  # topics that are nobody's business in office
    accounts: tuple[str, ...] = ()  # URLs or handles


@dataclass(frozen=True, slots=True)
class Product:
    name: str
    aliases: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Homonym:
    """Something that bears our name and is not us: a description to be understood, not a literal string."""

    description: str
    context_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """A public account of the brand or of one of ours. ``person`` None = the brand itself."""

    address: str  # URL or @handle or display name
    person: str | None = None
    opted_in: bool = True


@dataclass(frozen=True, slots=True)
class Measure:
    """What a goal is measured by: the name of a measure (docs/goals.md), and what it is narrowed to. Empty = all.

    ``target`` is a canonical name ("" = the brand); ``words`` begin a word of the text, any of them.
    """

    of: str
    target: str = ""
    statement: str = ""
    words: tuple[str, ...] = ()
    source_type: str = ""
    period: GoalPeriod = "month"


@dataclass(frozen=True, slots=True)
class Goal:
    id: str
    text: str
    task: str | None = None
    audience: str | None = None
    purpose: str | None = None
    measure: Measure | None = None
    baseline: float | None = None
    target: float | None = None
    deadline: date | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """What we did, or what happened, from the first day to the last. ``goal`` = the only one it was meant for."""

    id: str
    text: str
    kind: ActivityKind
    begins: date
    ends: date
    goal: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A goal, measured over [since, until) as things stood at ``at``; ``value`` None for the reason ``why``.

    ``low`` and ``high`` are a 95 % interval: of a count that is known they are the value itself, of hours either may be
    None where it cannot be told. ``n`` = what it rests on (stories, texts, flags or incidents; a fraction of one where
    probabilities were summed is never rounded into ``value``). ``definition`` changes with what is measured and how:
    readings of another definition are not of the same line. ``measure`` is its name. ``needed`` = where the line from
    baseline to target is at the end of the period; None = there is no line.
    """

    goal: str
    definition: str
    measure: str
    unit: GoalUnit
    since: datetime  # UTC
    until: datetime  # UTC, exclusive; later than ``at`` while the period goes on
    at: datetime  # UTC
    value: float | None
    low: float | None
    high: float | None
    n: int
    track: Track
    why: str = ""  # key: no_data, not_compared, not_measurable, unknown_measure, undecided
    baseline: float | None = None
    target: float | None = None
    deadline: date | None = None
    needed: float | None = None


@dataclass(frozen=True, slots=True)
class BrandIdentity:
    """The brand file, read. ``hash`` changes when anything that matching or flagging depends on changes."""

    name: str
    legal_name: str = ""
    aliases: tuple[str, ...] = ()
    homonyms: tuple[Homonym, ...] = ()
    sector: str = ""
    languages: tuple[str, ...] = ("nb", "nn", "en")
    products: tuple[Product, ...] = ()
    competitors: tuple[str, ...] = ()
    leaders: tuple[Leader, ...] = ()
    employees: tuple[str, ...] = ()  # names or handles of employees who opted in
    accounts: tuple[Account, ...] = ()
    statements: tuple[Statement, ...] = ()
    goals: tuple[Goal, ...] = ()
    activities: tuple[Activity, ...] = ()
    fictional: bool = False
    hash: str = ""

    def statement(self, statement_id: str) -> Statement | None:
        return next((s for s in self.statements if s.id == statement_id), None)


@dataclass(frozen=True, slots=True)
class ConflictQuestion:
    """Does this mention conflict with one of ``statements`` (those in force, the likeliest first)?"""

    request: FlagRequest
    identity: BrandIdentity
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Opinion:
    """A second judge's answer. ``statements`` are ids, main first; () with level none, and then there is no quote.

    ``field[start:end]`` of the mention are the words it rests on.
    """

    level: ConflictLevel
    statements: tuple[str, ...] = ()
    field: Field = "text"
    start: int = 0
    end: int = 0


# --- time ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bin:
    """A count of something in [at, at + width). ``count`` None = the source was down, not zero."""

    at: datetime
    count: int | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """A run of bins in which far more came than the stated baseline expects."""

    start: datetime
    detected_at: datetime
    end: datetime | None  # None = still open
    peak: datetime
    peak_count: int
    observed: int
    expected: float
    score: float  # 0..1


@dataclass(frozen=True, slots=True)
class KnownIncident:
    """An incident that is stored: its lead ``target`` and the others it was merged with.

    ``told`` is the severity of the last news that was queued about it, None when there was none; ``told_closed``
    says that its end was among them. ``muted_until`` and ``closed_at`` are what a person decided: no news until then;
    over since then, whatever the counts say, unless it alarms anew.
    """

    id: str
    target: str
    also: tuple[str, ...]
    incident: Incident
    phase: IncidentPhase = "open"
    severity: IncidentSeverity = "minor"
    reasons: tuple[str, ...] = ()
    told: IncidentSeverity | None = None
    told_closed: bool = False
    reopened_at: datetime | None = None  # when it last alarmed anew after it was over
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    muted_until: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A mention as evidence, raw: whoever shows it makes it safe. ``conflict`` is none, minor, major or None."""

    key: str  # the mention's
    title: str
    text: str
    url: str
    source: str
    published_at: datetime | None
    label: str = "negative"
    conflict: str | None = None


@dataclass(frozen=True, slots=True)
class IncidentSummary:
    """What happened, in its sources' own words: extracted, never invented. Most telling first in every list."""

    id: str
    target: str
    also: tuple[str, ...]
    incident: Incident
    phase: IncidentPhase
    severity: IncidentSeverity
    reasons: tuple[
        str, ...
    ]  # keys of what made it that severe: impact, reach, novelty, weight, conflict, leader
    stories: int
    mentions: int
    headline: Excerpt | None = None  # the most central of them
    first: Excerpt | None = None
    quotes: tuple[Excerpt, ...] = ()
    ours: tuple[Excerpt, ...] = ()  # what we said ourselves meanwhile
    phrases: tuple[str, ...] = ()  # said far more than is ordinary about the target
    sources: tuple[tuple[str, int], ...] = ()  # name and stories
    curve: tuple[Bin, ...] = ()  # hours from a day before the start: count = negative, total = all
    statements: tuple[str, ...] = ()  # ids of those in conflict
    leaders: tuple[str, ...] = ()  # canonical names of those it is about
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    muted_until: datetime | None = None
    usual: tuple[
        tuple[int, int], ...
    ] = ()  # beside ``curve``: negative stories in 95 % of such hours before; () = unknown
    of: int = 0  # stories that were read for headline, quotes and phrases; of very many not all


@dataclass(frozen=True, slots=True)
class Noticed:
    """An incident after a look at the counts, and what of it people are to be told now, if anything.

    ``summary`` None = not read yet.
    """

    known: KnownIncident
    news: IncidentNews | None = None
    summary: IncidentSummary | None = None


@dataclass(frozen=True, slots=True)
class IncidentEntry:
    """One thing a person did with an incident. ``until`` is when a mute ends, ``words`` a note or a reason."""

    incident: str
    action: IncidentAction
    who: str
    at: datetime
    words: str = ""
    until: datetime | None = None


# --- sources that are down ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceEpisode:
    """A time in which a source did not give what it usually gives. ``id`` is the same whenever it is found.

    ``reason``: of a failing source its last error, of a changed one that or what is gone (dates, texts, entries).
    """

    id: str
    source: str
    kind: EpisodeKind
    began_at: datetime  # UTC; the first failure, or the last new entry
    found_at: datetime
    ended_at: datetime | None = None  # None = still so
    reason: str = ""
    error_kind: str = ""  # SourceError.kind; "" when silent or when fields are gone
    told_at: datetime | None = None  # when the operator's mail was queued; None = not yet


# --- mail ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG inside a mail; its HTML shows it as ``cid:`` and ``name`` (``local@domain``, made by us)."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel sends. Text of strangers in ``subject`` is made safe by the channel, never trusted.

    ``recipient`` is a mail address, or for other channels the name the brand file gives. ``thread`` is the id of the
    message that began the thread; "" or its own id = this one begins it. ``facts`` is a JSON object for machines and
    chats, "" where there is none: ids, numbers and links of ours, never text of strangers.
    """

    id: str  # stable: the same alert to the same recipient always has the same id
    recipient: str
    subject: str
    text: str
    html: str = ""
    sender: str = ""
    pictures: tuple[Picture, ...] = ()
    thread: str = ""
    channel: str = "email"
    news: MessageNews = ""
    facts: str = ""


# --- contracts of the exchangeable parts --------------------------------------------------------------------


class Classifier(Protocol):
    """Judges texts toward targets, a batch at a time.

    ``name`` is ``model@revision``. ``probabilities`` returns float32 (n, 3) rows over LABELS that sum to 1, in
    the order asked; it never raises for a text, however odd, and is called with whole batches.
    """

    name: str

    def probabilities(self, requests: Sequence[JudgeRequest]) -> NDArray[np.float32]: ...


@runtime_checkable
class Asking(Protocol):
    """A classifier that asks somebody else, who may be slow, down or no longer paid for. No answer = a row of NaN.

    ``begin`` starts a run: a fresh budget, and what stopped the last one is tried again. ``stopped`` says why nobody
    is asked for the rest of the run, "" while they are. ``summary`` says what the run came to, one line for people;
    "" when nobody was asked.
    """

    @property
    def stopped(self) -> str: ...

    def begin(self) -> None: ...

    def summary(self) -> str: ...


@runtime_checkable
class Cascade(Protocol):
    """Two judges: ``second`` is asked where the most probable class of ``first`` leads by less than ``band`` (None =
    wherever that is called unsure). ``name`` is that of ``first``, which judges everything: by it is told what is due.
    """

    name: str

    @property
    def first(self) -> Classifier: ...

    @property
    def second(self) -> Classifier: ...

    @property
    def band(self) -> float | None: ...

    def probabilities(self, requests: Sequence[JudgeRequest]) -> NDArray[np.float32]: ...


class ConflictJudge(Protocol):
    """Gives a second opinion on flags. ``name`` is ``model@revision``. One answer a question, in order; None where
    there is none. Never raises for a text, however odd. One that asks somebody else is also ``Asking``.
    """

    name: str

    def opinions(self, questions: Sequence[ConflictQuestion]) -> list[Opinion | None]: ...


class Encoder(Protocol):
    """Turns texts into unit vectors, float32 (n, d), for topic similarity."""

    name: str

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


class Source(Protocol):
    """One configured place to read from. ``fetch`` raises SourceError (transient or not), never returns half.

    Two sources with the same ``host`` are not asked at the same time. A class may say of itself, with attributes
    that are False where it does not:

    - ``can_backfill``: with ``state.since`` it reads back to there, some pages a call. Its cursor then also holds what
      is left, ``Fetched.more`` says so, and calls without ``since`` go on from there.
    - ``finite``: it ends by itself (an archive, a file): having nothing new is no sign of trouble.
    - ``relists``: every answer lists the newest entries anew, so that a much shorter list means something.
    """

    id: str
    host: str | None

    def fetch(self, state: FetchState, now: datetime) -> Fetched: ...


def at_once() -> None:
    """The ``begin`` of a caller who does not need to know."""


class Channel(Protocol):
    """Sends a message or raises ChannelError (``transient`` True = try again later).

    ``begin`` is called once, when everything that can fail without trace has gone well and the message is about to
    leave; what it raises goes through to the caller, and then nothing has left.
    """

    name: str

    def send(self, message: Message, begin: Callable[[], None] = at_once) -> None: ...


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """What a network is asked for. Wide on purpose: what comes back still passes the matcher.

    ``names`` of brand and products, ``people`` = the leaders, ``hashtags`` without ``#``, ``handles`` without ``@``;
    ``exclude`` = words of what bears our name and is not us, for networks that can leave them out.
    """

    names: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source as brand.yaml names it: ``kind`` is the module in monitor/sources/, ``options`` its own keys."""

    id: str
    kind: str
    url: str = ""
    source_type: str = "other"
    lang: str | None = None
    interval_minutes: int = 10
    options: Mapping[str, object] = field(default_factory=dict)
    terms: SearchTerms = SearchTerms()
    weight: float | None = None  # 0..10; None = that of its source type
    own_place: bool = False  # a forum, blog or group of ours


MentionStream = Iterator[Mention]
