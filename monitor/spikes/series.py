"""What is counted: of which target, by which measure, and on which grounds it may open an incident."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Measure = Literal["negative", "conflicting", "total"]


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """One series of hourly story counts.

    ``target`` = canonical name of the brand or a leader. ``statement`` = the id of the one statement it is about, ""
    for all. A ``weighted`` series holds, per bin, the sum of the stories' source weights, rounded. Weights have no
    scale on which five would be many, so it never opens an incident: it says how heavily one weighs.
    """

    target: str
    measure: Measure = "negative"
    statement: str = ""
    weighted: bool = False

    @property
    def opens(self) -> bool:
        """Whether a rise in it is bad news. Much talk alone may be a prize, and one heavy story is one."""
        return self.measure != "total" and not self.weighted

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """Lower says better what happened: an incident's figures are those of its lowest series."""
        return self.weighted, bool(self.statement), self.measure != "negative"

    def __lt__(self, other: SeriesKey) -> bool:
        return self._order < other._order

    @property
    def _order(self) -> tuple[str, bool, bool, bool, str, str]:
        return self.target, *self.rank, self.measure, self.statement
