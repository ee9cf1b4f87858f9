"""People act on incidents: say who has it, mute, note, close, take that back. All short writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from monitor import readmodel, text
from monitor.errors import ConfigError, Problem
from monitor.pipeline import persons
from monitor.store import Store
from monitor.types import IncidentEntry, KnownIncident

LONGEST_MUTE = timedelta(days=365)


def act(database: Path, entry: IncidentEntry, *, wait_s: float | None = None) -> bool:
    """Keeps one thing a person did; False when it changes nothing.

    Waits at most about ``wait_s`` seconds (None = as the programs do) for others who are at the database, then
    StoreBusy. ConfigError when a name, a note or a time is missing; StoreError when there is no such incident.
    """
    store = Store(database) if wait_s is None else Store(database, wait_s=wait_s)
    return store.add_incident_entry(_checked(entry))


def find(database: Path, reference: str) -> KnownIncident:
    """The one incident with this id or beginning of an id. Raises ConfigError."""
    if not database.exists():
        raise ConfigError(f"{database}: nothing has been collected yet. Remedy: omdomme run")
    Store(database).migrate()
    found = readmodel.find_incidents(database, reference.strip())
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(known.id for known in found)
        problem = (f"{reference.strip()[:40]!r} can be any of {ids}", "give more of the id")
    else:
        problem = (
            f"no incident has the id {reference.strip()[:40]!r}",
            "give its id or four or more of its first characters (omdomme incidents list shows them)",
        )
    raise ConfigError(problems=[Problem("incidents", None, "incident", *problem)])


def _checked(entry: IncidentEntry) -> IncidentEntry:
    """The entry with its words as they are kept; ConfigError names what must be said and is not."""
    who, words = persons.line(entry.who), text.clean(entry.words)
    given = [("who", who, "say who you are")]
    if entry.action == "noted" or words:
        given.insert(0, ("text", words, "say what is to be kept, in at most a thousand characters"))
    problems = persons.unsaid(given)
    until = entry.until if entry.action == "muted" else None
    if entry.action == "muted" and (until is None or not entry.at < until <= entry.at + LONGEST_MUTE):
        problems.append(("until", "is not a time ahead", "say until when it is muted, at most a year ahead"))
    if problems:
        raise ConfigError(problems=[Problem("incidents", None, *problem) for problem in problems])
    return replace(entry, who=who, words=words, until=until)
