"""Writes down what is stored about one person: JSON Lines for machines, plain text for the person."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor import readmodel, text
from monitor.errors import ConfigError, StoreError
from monitor.pipeline.forgetting import Forgetter, Person
from monitor.text import fold

_MARGIN = "    "
FILES = ("author.jsonl", "target.jsonl", "acts.jsonl", "person.txt")


def export_person(forgetter: Forgetter, given: str, folder: Path) -> dict[str, int]:
    """Writes the four FILES into ``folder``, which must be new or empty and becomes its owner's alone; returns the
    rows by file.

    As author: whole texts, and all that was found out about them. As target: of other people's texts only the
    sentences that name the person, and only verdicts toward them. Names of others who decided are left out.
    """
    person = forgetter.person(given)
    if not person.authors:
        raise ConfigError("The name is empty. Remedy: give a name as it is shown, or a pseudonym (anon-...)")
    path = forgetter.config.settings.database
    speakers = [person.speaker] if person.speaker else []
    said = readmodel.by_person(path, person.authors, speakers)
    about = (
        [_their_part(row, person) for row in readmodel.about_person(path, person.speaker)] if speakers else []
    )
    acts = readmodel.acts_of_person(path, person.names or (person.given,))
    parts = {
        FILES[0]: "".join(_json_lines(said)),
        FILES[1]: "".join(_json_lines(about)),
        FILES[2]: "".join(_json_lines(acts)),
        FILES[3]: "\n".join(_told(person, said, about, acts, forgetter.now())) + "\n",
    }
    _write(folder, parts)
    return {FILES[0]: len(said), FILES[1]: len(about), FILES[2]: len(acts)}


def _their_part(row: readmodel.PersonRow, person: Person) -> readmodel.PersonRow:
    """Somebody else's mention with only the sentences that name the person."""
    names = [fold(name.lstrip("@#")) for name in person.names if "/" not in name]
    names.append(fold(person.speaker.split()[-1]))
    names += [fold(detail["surface"].strip()) for detail in row["targets"] if detail["surface"]]
    sentences = []
    for field in ("title", "text"):
        whole = row[field]
        sentences += [
            whole[a:b] for a, b in text.sentences(whole) if any(n in fold(whole[a:b]) for n in names)
        ]
    quotes = [c for c in row["conflicts"] if any(c["quote"] and c["quote"] in s for s in sentences)]
    kept = {key: value for key, value in row.items() if key not in ("title", "text", "speaker", "cases")}
    return {**kept, "sentences": sentences, "conflicts": quotes}


def _json_lines(rows: Sequence[readmodel.PersonRow]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False, default=_plain, allow_nan=False) + "\n"


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _told(
    person: Person,
    said: Sequence[readmodel.PersonRow],
    about: Sequence[readmodel.PersonRow],
    acts: Sequence[readmodel.PersonRow],
    at: datetime,
) -> Iterator[str]:
    """Lines of plain text. What strangers wrote is indented, so that none of it can pass for a line of ours."""
    yield f"What is stored about {_line(person.given)}, on {at:%Y-%m-%d %H:%M} UTC"
    yield f"Stored as: {', '.join(map(_line, person.authors))}"
    if person.speaker:
        yield f"Named in reports as: {_line(person.speaker)}"
    yield f"{len(said)} texts written, {len(about)} texts by others, {len(acts)} corrections and decisions"
    for heading, rows in (("WRITTEN BY THE PERSON", said), ("ABOUT THE PERSON, BY OTHERS", about)):
        if rows:
            yield from ("", heading)
        for row in rows:
            yield from ("", f"{row['id']}  {_when(row)}  {_line(row['source'])}  {_line(row['url'])}")
            pieces = row.get("sentences") or [row.get("title") or "", row.get("text") or ""]
            for piece in pieces:
                yield from (_MARGIN + line for line in text.clean(piece).splitlines() if line.strip())
            for verdict in row["verdicts"]:
                if verdict["counts"]:
                    judged = f"{verdict['label']}, {verdict['status']}, by {_line(verdict['model'])}"
                    yield f"  toward {_line(verdict['target'])}: {judged}"
            for said_so in row["corrections"]:
                target, label, why = (_line(said_so[key]) for key in ("target", "label", "why"))
                yield f"  corrected toward {target}: {label}, because: {why}"
            for conflict in row["conflicts"]:
                statement, quote = _line(conflict["statement"]), _line(conflict["quote"])
                yield f"  conflicts with {statement} ({conflict['severity']}): {quote}"
            for case in row.get("cases", ()):
                yield f"  {case['action']} on {case['acted_at']:%Y-%m-%d}: {_line(case['words'])}"
    if acts:
        yield from ("", "DONE BY THE PERSON, OR GIVEN TO THEM")
    for act in acts:
        yield f"  {act['done_at']:%Y-%m-%d %H:%M} UTC  {act['action']} {act['mention_id']}: {_line(act['words'] or '')}"


def _when(row: readmodel.PersonRow) -> str:
    at = row["published_at"]
    return f"published {at:%Y-%m-%d %H:%M} UTC" if at else f"seen {row['seen_at']:%Y-%m-%d %H:%M} UTC"


def _line(value: Any) -> str:
    return " ".join(text.clean(str(value), 2_000).split())


def _write(folder: Path, parts: dict[str, str]) -> None:
    """All files or none; readable by their owner only."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder} is not empty. Remedy: name a folder that is not there yet")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))  # made with mode 0700
        try:
            for name, content in parts.items():
                handle = os.open(part / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
                with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as file:
                    file.write(content)
            if folder.exists():
                folder.rmdir()
            part.rename(folder)
        except BaseException:
            for leftover in part.iterdir():
                leftover.unlink()
            part.rmdir()
            raise
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error}") from error
