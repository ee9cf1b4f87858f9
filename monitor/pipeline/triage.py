"""People work through flags: confirm, dismiss, give to somebody, answer, say what came of it. All short writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from monitor import readmodel, text
from monitor.errors import ConfigError, Problem
from monitor.pipeline import persons
from monitor.readmodel import Case, Found
from monitor.store import Decided, Store, Undone
from monitor.types import CaseAction, CaseEntry

# What must be said with each, and the remedy when it is not. Confirming and giving to somebody need no reason.
_WORDS: dict[CaseAction, tuple[str, str]] = {
    "dismissed": ("why", "say in a few words why this is no conflict"),
    "reopened": ("why", "say in a few words why it should be looked at again"),
    "answered": ("text", "say what the person concerned answers"),
    "outcome": ("text", "say what came of it"),
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks for, as typed. ``mention`` is an id, its first characters, or the URL."""

    mention: str
    action: CaseAction
    who: str
    words: str = ""
    assignee: str | None = None


def act(database: Path, entry: CaseEntry, *, wait_s: float) -> bool:
    """Writes one entry about a flag that was seen; False when the same was said already.

    Waits at most about ``wait_s`` seconds for others who are at the database, then StoreBusy. ContentChanged when the
    text, the identity or the flag is another by now; ConfigError when a reason, a name or an answer is missing.
    """
    return Store(database, wait_s=wait_s).add_case_entries([_checked(entry)]) == 1


def act_all(database: Path, entries: Sequence[CaseEntry], *, wait_s: float) -> Decided:
    """Writes entries about many flags that were seen, each in the history of its own flag, in one short transaction.

    A flag whose text or identity is another by now is left out and named. The numbers that come back are what ``undo``
    takes. Waits like ``act``; ConfigError when a reason, a name or an answer is missing, and then nothing is written.
    """
    return Store(database, wait_s=wait_s).decide([_checked(entry) for entry in entries])


def undo(database: Path, numbers: Sequence[int], who: str, at: datetime, *, wait_s: float) -> Undone:
    """Takes back what ``act_all`` has just written: what was before counts again, and nothing is learnt from it. The
    history keeps both. Where somebody decided anew meanwhile, that stands. ConfigError when the name is missing."""
    name = persons.line(who)
    if missing := persons.unsaid([("who", name, "say who you are")]):
        raise ConfigError(problems=[Problem("triage", None, *problem) for problem in missing])
    return Store(database, wait_s=wait_s).undo(numbers, name, at)


def act_on(database: Path, request: Request, at: datetime) -> tuple[bool, Case]:
    """``act`` for somebody who names the mention: (whether it is new, the case as it stood before).

    ConfigError says what is missing, or that the mention is not known, not the only one, or not flagged.
    """
    case = find(database, request.mention)
    entry = CaseEntry(
        case.mention_id, case.content_hash, case.identity, request.action, request.who, at, request.words,
        request.assignee,
    )  # fmt: skip
    return Store(database).add_case_entries([_checked(entry)]) == 1, case


def find(database: Path, reference: str) -> Case:
    """The case of the mention a person means. Raises ConfigError."""
    meant = mention_meant(database, reference)
    case = readmodel.case(database, meant.id)
    if case is None:
        raise ConfigError(
            f"{meant.id} is not flagged, so there is nothing to decide. Remedy: omdomme triage list shows what is"
        )
    return case


def mention_meant(database: Path, reference: str) -> Found:
    """The one mention with this id, beginning of an id, or URL. Raises ConfigError."""
    if not database.exists():
        raise ConfigError(f"{database}: nothing has been collected yet. Remedy: omdomme run")
    Store(database).migrate()
    meant = readmodel.find_mentions(database, [reference.strip()]).get(reference.strip(), [])
    if len(meant) != 1:
        raise ConfigError(problems=[Problem("triage", None, "mention", *persons.which(reference, meant))])
    return meant[0]


def renew(database: Path, who: str, why: str, at: datetime) -> int:
    """Says again every decision on a text that is as it was, where the flag's main statement is as well.

    For after a change of the brand file that touched something else: every decision is then to be confirmed. A copy's
    inherited dismissal follows the one it came from. Returns how many were renewed.
    """
    missing = persons.unsaid(
        [("why", text.clean(why), "say what changed"), ("who", persons.line(who), "say who")]
    )
    if missing:
        raise ConfigError(problems=[Problem("triage", None, *problem) for problem in missing])
    store = Store(database)
    store.migrate()
    entries = [
        CaseEntry(
            found.mention_id,
            found.content_hash,
            found.identity,
            found.action,
            persons.line(who),
            at,
            text.clean(why),
        )
        for found in readmodel.renewable(database)
    ]
    return store.add_case_entries(entries)


def _checked(entry: CaseEntry) -> CaseEntry:
    """The entry with its words as they are kept; ConfigError names what must be said and is not."""
    who, words = persons.line(entry.who), text.clean(entry.words)
    given = [("who", who, "say who you are")]
    if entry.action in _WORDS:
        field, remedy = _WORDS[entry.action]
        given.insert(0, (field, words, remedy))
    elif words:
        given.insert(0, ("why", words, "say it in fewer words"))
    assignee = persons.line(entry.assignee) if entry.assignee is not None else None
    if entry.action == "assigned":
        problems = _unnamed(assignee or "")
    else:
        problems, assignee = [], None
    problems += persons.unsaid(given)
    if problems:
        raise ConfigError(problems=[Problem("triage", None, *problem) for problem in problems])
    return replace(entry, who=who, words=words, assignee=assignee)


def _unnamed(assignee: str) -> list[tuple[str, str, str]]:
    wrong = persons.unsaid([("who", assignee, "name the person who is to look at it")])
    return [("to", message, remedy) for _, message, remedy in wrong]
