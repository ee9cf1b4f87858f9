"""Labelled pairs, each with the request the judge gets: from a file, or from what people corrected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from monitor import jsonlines, language, readmodel
from monitor.config import Config
from monitor.errors import InputError
from monitor.evaluation import Gold, golds
from monitor.filters import judge_request
from monitor.sentiment import aliases_of
from monitor.types import LABELS, JudgeRequest, Label

BIASED = (
    "People correct what looks wrong to them, so these pairs are no fair sample of what was judged: "
    "the figures count errors that were found, and are no accuracy."
)
# The last is the newest stored verdict on what was corrected; None for a file, and where there is none.
Pair = tuple[Gold, JudgeRequest, Label | None]


@dataclass
class Tally:
    """What was read, beside the figures. ``now_right`` = the judge agrees today with the person who overruled."""

    complain: jsonlines.Complain
    lines: int = 0
    empty: int = 0
    broken: int = 0
    overruled: int = 0
    confirmed: int = 0
    now_right: int = 0
    now_wrong: int = 0
    corrections: bool = False
    stopped: str = ""

    def file_pairs(self, stream: BinaryIO, config: Config | None) -> Iterator[Pair]:
        """Each labelled pair of the file with its request; a broken line is told and left out."""
        aliases = aliases_of(config.identity) if config else {}
        languages = config.identity.languages if config else ()

        def read(row: jsonlines.Row) -> list[Pair]:
            found = golds(row)
            return [(gold, judge_request(gold.row, aliases, languages), None) for gold in found]

        for _, found in jsonlines.parsed(stream, read, self._complain):
            self.lines += 1
            self.empty += not found
            yield from found

    def corrected_pairs(self, config: Config) -> Iterator[Pair]:
        """Each correction that holds, with the text as it is and the label the person gave."""
        self.corrections = True
        identity = config.identity
        aliases = aliases_of(identity)
        for c in readmodel.corrections(config.settings.database):
            lang = language.identify(c.text, title=c.title, declared=c.lang, expected=identity.languages).lang
            request = JudgeRequest(
                text=c.text,
                target=c.target,
                title=c.title,
                aliases=aliases.get(c.target, ()),
                kind=c.kind,
                voice=c.voice,
                source_type=c.source_type,
                author=c.author,
                lang=lang,
            )
            self.lines += 1
            yield Gold({"id": c.mention_id}, LABELS.index(c.label), "label"), request, c.model_label

    def compare(self, said_then: str | None, gold: str, now: str) -> None:
        """``said_then`` = the newest stored verdict on what was corrected; None where there is none."""
        if said_then == gold:
            self.confirmed += 1
            self.now_wrong += now != gold
        elif said_then is not None:
            self.overruled += 1
            self.now_right += now == gold

    def as_json(self) -> dict[str, Any]:
        read = {"lines": self.lines, "lines_without_targets": self.empty, "broken_lines": self.broken}
        if not self.corrections:
            return read
        return read | {
            "corrections": {
                "against_the_stored_verdict": self.overruled,
                "of_these_right_now": self.now_right,
                "with_the_stored_verdict": self.confirmed,
                "of_these_wrong_now": self.now_wrong,
                "warning": BIASED,
            }
        }

    def _complain(self, error: InputError) -> None:
        self.broken += 1
        self.complain(error)
