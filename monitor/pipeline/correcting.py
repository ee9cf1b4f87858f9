"""A person overrules a verdict: who may mean which mention, what must be said, and the short write it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from monitor import readmodel, text
from monitor.errors import ConfigError, Problem
from monitor.pipeline import persons
from monitor.readmodel import Found
from monitor.store import Store
from monitor.types import LABELS, Correction, Label

WITHDRAW = "none"
SHOWN = 20  # problems of a file that are told at once


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for, as typed. ``mention`` is an id, its first characters, or the URL; ``label`` "none"
    takes a correction back. ``file`` and ``line`` say where it stands, when in a file."""

    mention: str
    target: str
    label: str
    who: str
    why: str
    file: str = ""
    line: int | None = None


def correct(database: Path, correction: Correction, *, wait_s: float) -> bool:
    """Writes one correction of a content that was seen; False when the same was said already.

    Waits at most about ``wait_s`` seconds for others who are at the database, then StoreBusy. ContentChanged when
    the text is another one by now; ConfigError when no reason or no name is given.
    """
    who, why = persons.line(correction.who), text.clean(correction.why)
    missing = [Problem("correction", None, f, m, r) for f, m, r in _unsaid(who, why)]
    if missing:
        raise ConfigError(problems=missing)
    return Store(database, wait_s=wait_s).add_corrections([replace(correction, who=who, why=why)]) == 1


def correct_all(database: Path, wishes: Sequence[Wish], at: datetime) -> tuple[int, list[Correction]]:
    """Writes all of them in one transaction, or none: (how many are new, each as it was understood).

    ConfigError names every wish that cannot be granted, with its file and line, and the remedy.
    """
    if not database.exists():
        raise ConfigError(f"{database}: nothing has been collected yet. Remedy: omdomme run")
    store = Store(database)
    store.migrate()
    found = readmodel.find_mentions(database, [wish.mention.strip() for wish in wishes])
    problems: list[Problem] = []
    understood: list[Correction] = []
    given: dict[tuple[str, str], int | None] = {}
    for wish in wishes:
        made = _understood(wish, found.get(wish.mention.strip(), []), at)
        if isinstance(made, Correction):
            key = (made.mention_id, made.target)
            if key in given:
                made = [
                    _problem(
                        wish, "mention", f"is corrected in line {given[key]} already", "keep one of them"
                    )
                ]
            else:
                given[key] = wish.line
                understood.append(made)
        if isinstance(made, list):
            problems += made
    if problems:
        more = len(problems) - SHOWN
        last = [Problem(problems[0].file, None, "", f"{more} more problems, not shown")] if more > 0 else []
        raise ConfigError(problems=[*problems[:SHOWN], *last])
    return store.add_corrections(understood), understood


def _understood(wish: Wish, meant: Sequence[Found], at: datetime) -> Correction | list[Problem]:
    who, why = persons.line(wish.who), text.clean(wish.why)
    problems = [_problem(wish, *unsaid) for unsaid in _unsaid(who, why)]
    label: Label | None = None
    asked = wish.label.strip().lower()
    if asked != WITHDRAW:
        label = next((known for known in LABELS if known == asked), None)
        if label is None:
            problems.append(
                _problem(wish, "label", f"{wish.label!r} is none", f"one of {', '.join(LABELS)}, none")
            )
    if len(meant) != 1:
        return [*problems, _which(wish, meant)]
    (mention,) = meant
    name = wish.target.strip()
    targets = [t for t in mention.targets if t == name] or [
        t for t in mention.targets if t.casefold() == name.casefold()
    ]
    if len(targets) != 1:
        has = ", ".join(mention.targets) or "none; it is not about us, or was not matched yet"
        problems.append(
            _problem(wish, "target", f"{mention.id} has no target {name!r}", f"its targets are: {has}")
        )
    if problems:
        return problems
    return Correction(mention.id, mention.content_hash, targets[0], label, who, at, why)


def _which(wish: Wish, meant: Sequence[Found]) -> Problem:
    return _problem(wish, "mention", *persons.which(wish.mention, meant))


def _unsaid(who: str, why: str) -> list[tuple[str, str, str]]:
    return persons.unsaid(
        [("why", why, "say in a few words why the verdict is wrong"), ("who", who, "say who corrects")]
    )


def _problem(wish: Wish, field: str, message: str, remedy: str) -> Problem:
    return Problem(wish.file or "correct", wish.line, field, message, remedy)
