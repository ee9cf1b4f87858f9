"""The brand's guidelines on one page for staff: what to do, what to leave, whom to ask. Help, not control.

``compose`` puts the brand file into sections, ``fitting.fit`` takes away what does not fit one A4 page,
``page.html`` and ``printed.pdf`` write it down. Pure: the day, the contacts and the decided cases are given.

What never stands on a sheet: a leader's private topics, anything a stranger wrote, a name from a case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from monitor import text as txt
from monitor.guidelines.anonymous import DecidedCase, examples
from monitor.guidelines.texts import TEXTS, Lang, Texts
from monitor.types import BrandIdentity, Statement, StatementKind

__all__ = ["DecidedCase", "Lang", "Point", "Section", "SectionKey", "Sheet", "compose", "plain", "told"]

SectionKey = Literal["do", "values", "wanted", "dont", "topics", "unwanted", "answers", "examples"]

LEFT: tuple[SectionKey, ...] = ("do", "values", "wanted")
RIGHT: tuple[SectionKey, ...] = ("dont", "topics", "unwanted")
BELOW: tuple[SectionKey, ...] = ("examples", "answers")
LONGEST = 320  # characters of one point

# A guideline that says no within its first words belongs under "leave"; the wording itself stays as it was adopted.
_NO = frozenset(
    (
        *("ikke", "ikkje", "aldri", "ingen", "inga", "intet", "ingenting", "unngå"),
        *("not", "never", "no", "none", "nobody", "don't", "don’t", "avoid"),
    )
)
_FIRST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Point:
    """One line of the sheet. ``id`` is the statement it comes from, "" when it comes from none."""

    text: str
    id: str = ""
    ask: str = ""  # whom to ask about this one, "" = nobody in particular


@dataclass(frozen=True, slots=True)
class Section:
    key: SectionKey
    heading: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed, in order. ``left_out`` says how many points had no room; empty sections are not there."""

    lang: Lang
    title: str
    lead: str
    sections: tuple[Section, ...]
    ask: tuple[str, str]  # heading, line
    closing: tuple[str, ...]
    left_out: str = ""

    def of(self, keys: Sequence[SectionKey]) -> list[Section]:
        return [section for key in keys for section in self.sections if section.key == key]


def compose(
    identity: BrandIdentity,
    lang: Lang,
    today: date,
    *,
    contacts: Sequence[str] = (),
    cases: Sequence[DecidedCase] = (),
) -> Sheet:
    """The whole sheet, before anything is cut. Statements stand in the words and the language of the brand file.

    Only statements in force ``today`` count. ``contacts`` are whom to ask ("Name, address"), ``cases`` the case log,
    newest first.
    """
    texts = TEXTS[lang]
    found: dict[SectionKey, list[Point]] = {}
    for statement in identity.statements:
        if _in_force(statement, today):
            found.setdefault(_section(statement), []).append(_point(statement))
    for leader in identity.leaders:
        if leader.speaks_about:
            who = f"{leader.name} ({leader.role})" if leader.role else leader.name
            found.setdefault("answers", []).append(
                Point(_line(f"{who}: {', '.join(leader.speaks_about)}"), leader.id)
            )
    for decision, words in examples(cases, identity, texts.names):
        template = texts.confirmed if decision == "confirmed" else texts.dismissed
        found.setdefault("examples", []).append(Point(template.format(words=words)))
    month = texts.months[today.month - 1]
    closing = [texts.closing.format(day=texts.day.format(at=today, month=month))]
    return Sheet(
        lang,
        texts.title.format(brand=_line(identity.name)),
        texts.lead,
        tuple(
            Section(key, texts.headings[key], tuple(found[key]))
            for key in (*LEFT, *RIGHT, *BELOW)
            if key in found
        ),
        (texts.ask, _ask(contacts, texts)),
        tuple([*closing, texts.fictional] if identity.fictional else closing),
    )


def plain(sheet: Sheet) -> str:
    """The sheet for a terminal."""
    lines = [sheet.title, "", sheet.lead]
    for section in sheet.sections:
        lines += ["", section.heading]
        lines += [f"- {told(point, sheet.lang)}" for point in section.points]
    return "\n".join([*lines, "", sheet.ask[0], sheet.ask[1], "", *sheet.closing])


def told(point: Point, lang: Lang) -> str:
    return f"{point.text} ({TEXTS[lang].owner.format(who=point.ask)})" if point.ask else point.text


def _section(statement: Statement) -> SectionKey:
    by_kind: dict[StatementKind, SectionKey] = {
        "value": "values",
        "wanted_image": "wanted",
        "unwanted_image": "unwanted",
        "out_of_bounds": "topics",
    }
    if statement.kind in by_kind:
        return by_kind[statement.kind]
    first = [word.folded for word in txt.words(statement.text[:200])][:_FIRST_WORDS]
    return "dont" if _NO & set(first) else "do"


def _point(statement: Statement) -> Point:
    return Point(_line(statement.text), statement.id, _line(statement.owner or ""))


def _in_force(statement: Statement, today: date) -> bool:
    began = statement.valid_from is None or statement.valid_from <= today
    return began and (statement.valid_to is None or today <= statement.valid_to)


def _ask(contacts: Sequence[str], texts: Texts) -> str:
    lines = [_line(contact) for contact in contacts]
    if not lines:
        return texts.ask_nobody
    return texts.ask_line.format(who=" / ".join(lines))


def _line(value: str) -> str:
    """One bounded line without control characters."""
    line = " ".join(txt.clean(value, LONGEST + 1).split())
    return line if len(line) <= LONGEST else line[:LONGEST].rstrip() + "…"
