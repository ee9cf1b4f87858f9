"""What everybody who overrules a model must say, and which mention they mean."""

from __future__ import annotations

from collections.abc import Sequence

from monitor import readmodel, text
from monitor.readmodel import Found

WHO_MOST, WHY_MOST = 120, 1_000  # characters


def line(said: str) -> str:
    """On one line, without control characters."""
    return " ".join(text.clean(said).split())


def unsaid(given: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """(field, what is wrong, remedy) of each (field, said, remedy) that is empty or too long; "who" is a name."""
    problems = []
    for field, said, remedy in given:
        most = WHO_MOST if field == "who" else WHY_MOST
        if not said:
            problems.append((field, "is empty", remedy))
        elif len(said) > most:
            problems.append((field, f"is longer than {most} characters", remedy))
    return problems


def which(reference: str, meant: Sequence[Found]) -> tuple[str, str]:
    """(what is wrong, remedy) where a reference means no mention or several."""
    said = reference.strip()[:200]
    if not meant:
        least = readmodel.PREFIX
        return (
            f"no mention has the id or URL {said!r}",
            f"give its id, the first {least} or more characters of it, or its URL (omdomme export mentions lists them)",
        )
    return f"{said!r} can be any of {', '.join(found.id for found in meant)}", "give more of the id"
