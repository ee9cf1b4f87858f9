"""Lists that come newest first, read from the top down to what is known, over several polls if need be. Pure.

A list is not quite in the order of its times: posts of other servers arrive late. So a pass ends where *half* of a
page is known, and the hour before the newest post is read again at each pass until that post is some hours old; keys
tell what was there before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from monitor.sources._paging import Place

OVERLAP = 3_600  # seconds
SETTLED = 6 * 3_600  # seconds after which nothing comes late any more


@dataclass(frozen=True, slots=True)
class Seen:
    """When a post was said (seconds since 1970; None = it does not say) and the network's id of it."""

    at: int | None
    id: str


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the reading of a list has come to.

    What was said before ``low`` is had; ``mark`` is the id of a post from about then, "" when none is known. While a
    pass is under way it goes on at ``onward`` (the network's own word), and leaves ``edge`` as low and ``following``
    as mark when it is over.
    """

    low: int
    mark: str = ""
    onward: str = ""
    edge: int = 0
    following: str = ""

    @staticmethod
    def load(place: Place) -> Spot:
        """Raises KeyError, TypeError or ValueError for what is no Spot."""
        words = {name: place.get(name, "") for name in ("mark", "onward", "following")}
        if not all(isinstance(word, str) for word in words.values()):
            raise TypeError("no place in a list")
        return Spot(int(place["low"]), edge=int(place.get("edge", 0)), **words)

    def dump(self) -> Place:
        return {name: value for name, value in asdict(self).items() if value or name == "low"}

    def after(self, page: Sequence[Seen], onward: str, now: datetime) -> tuple[Spot, bool]:
        """(where to go on, is this pass over). ``onward`` = where the following page is, "" when this is the last."""
        times = [post.at for post in page if post.at is not None]
        edge = self.edge if self.onward else _edge(max(times, default=0), int(now.timestamp()))
        settled = (post.id for post in page if post.at is not None and post.at <= edge)
        following = self.following or next(settled, "")
        known = sum(at < self.low for at in times)
        if onward and onward != self.onward and not (times and 2 * known >= len(times)):
            return replace(self, onward=onward, edge=edge, following=following), False
        return Spot(max(self.low, edge), following or self.mark), True


def _edge(newest: int, now: int) -> int:
    return newest if now - newest > SETTLED else newest - OVERLAP
