"""Probabilities that somebody else has worked out: a file of {negative, neutral, positive}, one line a labelled pair.

Where every line has an ``id`` and no (id, target) comes twice, a pair finds its line by id and target (by id alone
where the lines name no target). Otherwise the lines stand in the order of the pairs, and there are as many.
``status`` and ``model`` are taken from a line that has them.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from monitor import jsonlines
from monitor.errors import ConfigError, InputError
from monitor.types import JudgeRequest, Verdict, VerdictStatus


class Given:
    """Read as a whole, some hundred bytes a line. Raises ConfigError for a file or a line that cannot be used."""

    def __init__(self, path: Path, unsure_below: float) -> None:
        self.path = path
        self._unsure_below = unsure_below
        self._rows: list[tuple[Any, str | None, Verdict]] = []
        self._next = 0
        try:
            with path.open("rb") as stream:
                for _, row in jsonlines.parsed(stream, self._read, self._refuse):
                    self._rows.append(row)
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
        if not self._rows:
            raise ConfigError(f"{path}: holds no line with negative, neutral and positive.")
        keys = {(id, target): i for i, (id, target, _) in enumerate(self._rows) if id is not None}
        self.by_id = len(keys) == len(self._rows)
        self._keys = keys if self.by_id else {}

    def __len__(self) -> int:
        return len(self._rows)

    def verdict(self, id: object, request: JudgeRequest) -> Verdict:
        """That of the next pair, or of the one with this id."""
        if self.by_id:
            place = self._keys.get((_key(id), request.target), self._keys.get((_key(id), None)))
            if place is None:
                raise ConfigError(f"{self.path}: has nothing for id {id!r}, target {request.target!r}.")
            return self._rows[place][2]
        if self._next == len(self._rows):
            raise ConfigError(
                f"{self.path}: {len(self)} lines, and more labelled pairs than that. "
                "Remedy: a line for each, in the same order, or an id in each line of both files"
            )
        own_id, target, verdict = self._rows[self._next]
        self._next += 1
        if (target is not None and target != request.target) or (
            None not in (own_id, id) and own_id != _key(id)
        ):
            raise ConfigError(
                f"{self.path}: pair {self._next} is ({own_id!r}, {target!r}), "
                f"that of the labels ({id!r}, {request.target!r}). Remedy: the same order in both files"
            )
        return verdict

    def done(self) -> None:
        """Raises ConfigError when lines in order were left over."""
        if not self.by_id and self._next < len(self._rows):
            raise ConfigError(f"{self.path}: {len(self)} lines for {self._next} labelled pairs.")

    def _read(self, row: jsonlines.Row) -> tuple[Any, str | None, Verdict]:
        p = []
        for name in ("negative", "neutral", "positive"):
            value = row.get(name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                raise ValueError(f"{name} must be a probability")
            p.append(float(value))
        total = math.fsum(p)
        if abs(total - 1) > 0.01:
            raise ValueError(f"the three probabilities add up to {total:g}, not 1")
        first, second = sorted(p, reverse=True)[:2]
        status: VerdictStatus = "unsure" if first - second < self._unsure_below else "judged"
        if row.get("status") is not None:
            if row["status"] not in ("judged", "unsure", "unjudged"):
                raise ValueError("status must be one of judged, unsure, unjudged")
            status = row["status"]
        target = jsonlines.text_of(row, "target") if row.get("target") is not None else None
        a, b, c = (value / total for value in p)
        model = jsonlines.text_of(row, "model") or self.path.name
        return _key(row.get("id")), target, Verdict(target or "", a, b, c, status, model)

    def _refuse(self, error: InputError) -> None:
        # A line less would move all that follow to the wrong text.
        raise ConfigError(f"{self.path}: {error}")


def _key(id: object) -> str | None:
    return None if id is None else str(id)
