"""The error tree. Everything this package raises on purpose is an OmdommeError::

    OmdommeError                 exit code 1; the message says what is wrong and what to do
    ├── ConfigError              a brand file, a setting or an argument; carries every problem found at once
    ├── SourceError              one source failed; .transient = weather (asked again), else recorded
    │   └── Refused              we will not ask: private address, retired feed, too early
    ├── ModelError               a classifier cannot be loaded or asked
    ├── StoreError               the database cannot be opened or was written by a newer version
    │   ├── StoreBusy            somebody else was writing for longer than the caller would wait: try again
    │   └── ContentChanged       what the caller saw is not what is stored any more: look again
    ├── ChannelError             a message was not sent; .transient = try again later
    └── InputError               one line of a filter's input is broken; carries the line number

Errors are wrapped at the boundary where they are understood, with the cause kept (``raise ... from``) and the
id they concern in the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


class OmdommeError(Exception):
    """Base of all expected errors. ``str()`` is one sentence a user can act on."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a brand file: where, what, and the remedy. ``line`` counts from 1."""

    file: str
    line: int | None
    field: str
    message: str
    remedy: str = ""
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        field = f" {self.field}:" if self.field else ""
        remedy = f". Remedy: {self.remedy}" if self.remedy else ""
        return f"{where}:{field} {self.message}{remedy}"


class ConfigError(OmdommeError):
    def __init__(self, message: str = "", problems: Sequence[Problem] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__(message or "\n".join(str(p) for p in problems))


class SourceError(OmdommeError):
    """``kind`` is a short stable word for health tables: timeout, http_404, html, too_large, parse ..."""

    def __init__(
        self, message: str, *, kind: str = "error", transient: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.transient = transient
        self.retry_after = retry_after  # seconds


class Refused(SourceError):
    pass


class ModelError(OmdommeError):
    pass


class StoreError(OmdommeError):
    pass


class StoreBusy(StoreError):
    pass


class ContentChanged(StoreError):
    pass


class ChannelError(OmdommeError):
    def __init__(self, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.transient = transient


class InputError(OmdommeError):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line
