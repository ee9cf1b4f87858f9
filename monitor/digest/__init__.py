"""The digest: how we stand, what moved it, what waits. Five minutes of reading for those who lead.

``composing.compose`` makes a ``Digest`` of ``Figures``: words in the reader's language, pictures, nothing unsafe;
``page.html``, ``plain.plain`` and ``printed.pdf`` write it down, ``mail.message`` puts it in the post. Pure: figures,
clock and language are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from monitor.readmodel import NetworkCount, Standing
from monitor.types import CaseAction, EpisodeKind, IncidentSeverity, Label, Reading, Severity
from monitor.views import Narrowing

__all__ = [
    "Curve",
    "Digest",
    "Figures",
    "GoalState",
    "Happened",
    "Lang",
    "Mover",
    "Only",
    "Period",
    "Picture",
    "Row",
    "Section",
    "SectionKey",
    "SourceMove",
    "Unseen",
    "VoiceShare",
    "Waiting",
]

Lang = Literal["nb", "nn", "en"]
Period = Literal["day", "week"]
SectionKey = Literal["standing", "goals", "moved", "flags", "incidents", "voice", "networks", "unseen"]

# --- what goes in ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mover:
    """A story and what it did to a target: ``effect`` is by how much the share of positive less the share of negative
    stories (-1..1, weighted) would be lower without it, of how many ``stories``. Title, text and URL are raw."""

    target: str
    label: Label
    effect: float
    stories: int
    copies: int
    title: str
    text: str
    url: str
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SourceMove:
    """Judged stories about the brand of one source, now and before (None = nothing was collected then)."""

    source: str
    effect: float  # as of a Mover, of all its stories together
    stories: int
    negative: int
    positive: int
    negative_before: int | None
    positive_before: int | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A flag nobody has decided; ``statement`` is the text it touches, in the brand file's words. All raw."""

    severity: Severity
    statement: str
    title: str
    text: str
    url: str
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Happened:
    """An incident that was open at some time of the period."""

    target: str
    also: tuple[str, ...]
    started_at: datetime
    ended_at: datetime | None  # None = it goes on
    observed: int
    expected: float
    severity: IncidentSeverity | None = None
    opened: bool = True  # it was found in this period
    closed: bool = False  # it ended in this period
    answered_after: float | None = None  # minutes from when it was found until somebody acknowledged it


@dataclass(frozen=True, slots=True)
class GoalState:
    """One goal with its newest reading before the period's end, None = there is none."""

    text: str
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class VoiceShare:
    """Of ``of`` texts that name us or a competitor, ``texts`` name this one; ``share`` of them is its part (0..1, with
    its 95 % interval), ``before`` what it was in the period before, None = no data."""

    name: str
    texts: int
    of: int
    share: float
    low: float
    high: float
    before: float | None = None


@dataclass(frozen=True, slots=True)
class Unseen:
    """A source that did not give what it usually gives, for ``hours`` of the period."""

    source: str
    kind: EpisodeKind
    hours: float
    ended_at: datetime | None  # None = still so


@dataclass(frozen=True, slots=True)
class Curve:
    """Stories about the brand on each local day, oldest first; None = nothing at all was collected that day."""

    days: tuple[date, ...]
    negative: tuple[int | None, ...]
    positive: tuple[int | None, ...]
    marked: int  # index of the first day of the period


@dataclass(frozen=True, slots=True)
class Only:
    """What a digest is narrowed to, by the view of this name; ``statements`` are the texts of those it names, the one
    with a stance first. Raw."""

    view: str
    narrowing: Narrowing
    statements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything a digest is made of. ``[since, until)`` in UTC, whole local days.

    ``collected`` False = no source brought anything at all in the period; then there is no data, which is not the same
    as nothing being said. ``sources`` says how many there are. ``only`` None = it is about everything; ``missing`` is
    the name of a view it should be narrowed by and is not, since there is none, or none that can.
    """

    brand: str
    kind: Period
    since: datetime
    until: datetime
    collected: bool
    standings: tuple[Standing, ...] = ()  # of the brand and its leaders
    leaders: tuple[str, ...] = ()
    curve: Curve | None = None
    movers: tuple[Mover, ...] = ()
    source_moves: tuple[SourceMove, ...] = ()
    decided: Mapping[CaseAction, int] | None = None
    open_flags: int = 0
    waiting: tuple[Waiting, ...] = ()  # the gravest of them
    incidents: tuple[Happened, ...] = ()
    goals: tuple[GoalState, ...] = ()
    voices: tuple[VoiceShare, ...] = ()
    networks: tuple[NetworkCount, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    sources: int = 0
    fictional: bool = False
    only: Only | None = None
    missing: str = ""

    @property
    def subjects(self) -> tuple[str, ...]:
        """Whom it is about, the first one with a curve."""
        whole = (self.brand, *(name for name in self.leaders if name != self.brand))
        return (self.only.narrowing.targets if self.only else ()) or whole


# --- what comes out ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A name, lines about it, and where they are from. One bounded line each, safe to show as text; ``url`` is
    http(s) or ""; ``quoted`` = the name is somebody else's words."""

    name: str
    lines: tuple[str, ...] = ()
    note: str = ""
    url: str = ""
    quoted: bool = False

    @property
    def shown(self) -> str:
        """The name as it is written, another's words in quotation marks."""
        return f"«{self.name}»" if self.quoted else self.name


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart. ``alt`` says the same in words."""

    name: str
    png: bytes
    alt: str


@dataclass(frozen=True, slots=True)
class Section:
    key: SectionKey
    heading: str
    lead: str = ""
    items: tuple[Row | Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """What is read. ``opening`` says the most important in a few words; ``until`` and ``kind`` tell which it is."""

    lang: Lang
    kind: Period
    until: date  # the last local day
    title: str
    when: str
    opening: str
    sections: tuple[Section, ...]
    closing: tuple[str, ...]
    link: str = ""  # to the dashboard, http(s)
    link_text: str = ""
    open_source: str = ""

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple(item for section in self.sections for item in section.items if isinstance(item, Picture))
