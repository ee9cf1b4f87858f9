"""A chat server as the second judge of conflicts: one request a mention whose flag the first judge is unsure of.

Options: those of ``endpoint``, and ``max_statements`` (of the identity in one question, the likeliest first, 60).

The text of the mention, the brand's names, leaders with their roles, products and statements leave this machine for the
server; authors, addresses, employees and leaders' private topics do not. Where there is no good answer, the first flag
stands. See docs/classifiers.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.classifiers import quoting, second_prompt
from monitor.classifiers.asker import Asker, Options, read_options
from monitor.errors import ConfigError
from monitor.types import ConflictQuestion, Opinion


@dataclass(frozen=True, slots=True)
class FlagOptions(Options):
    max_statements: int = 60


class EndpointConflictJudge:
    """A ``types.ConflictJudge`` and ``types.Asking``."""

    def __init__(self, options: FlagOptions) -> None:
        self._options = options
        self._key = quoting.new_key()
        self._asker: Asker[second_prompt.Answer] = Asker(
            options,
            second_prompt.instructions(self._key),
            quoting.response_format("conflict", second_prompt.SCHEMA),
            [second_prompt.instructions(""), options.max_statements],
        )
        self.name = self._asker.name

    @property
    def stopped(self) -> str:
        return self._asker.stopped

    def begin(self) -> None:
        self._asker.begin()

    def summary(self) -> str:
        return self._asker.summary()

    def close(self) -> None:
        self._asker.close()

    def opinions(self, questions: Sequence[ConflictQuestion]) -> list[Opinion | None]:
        """Equal questions are asked once."""
        o = self._options
        sheets = [second_prompt.sheet(q, self._key, o.max_chars, o.max_statements) for q in questions]
        found = self._asker.ask({sheet.text: sheet.read_reply for sheet in sheets})
        return [sheet.opinion(found[sheet.text]) if sheet.text in found else None for sheet in sheets]


def load(options: Mapping[str, object]) -> EndpointConflictJudge:
    """``options`` with the ``name`` endpoint. Asks nobody yet. Raises ConfigError, never repeating the key."""
    given = dict(options)
    name = given.pop("name", None)
    if name != "endpoint":
        raise ConfigError(f"a second judge of conflicts is called endpoint; {name!r} is none.")
    return EndpointConflictJudge(read_options(given, FlagOptions))
