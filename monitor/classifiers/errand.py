"""One run of questions to one server: its budget, its retries, and when to give up. Shared by the threads that ask."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from monitor.classifiers.chat import Answer, Failure

T = TypeVar("T")

GIVE_UP_AFTER = 5  # questions in a row that came to nothing
MAX_WAIT = 60.0  # seconds; a server that asks to be left alone for longer is, for the rest of the run
_BACKOFF = 0.5  # seconds before the first retry; doubles
_MAX_BACKOFF = 8.0


class Errand:
    """``requests`` and ``tokens`` (None = no limit) are spent by retries too; ``seconds`` counts from now.

    Tokens are known only afterwards, so the limit can be passed by what was under way. ``held_until`` (on the clock
    of time.monotonic) is what an earlier run was asked to wait for. ``proven`` = the server has answered before.
    """

    def __init__(
        self,
        *,
        requests: int,
        tokens: int | None,
        seconds: float,
        retries: int,
        held_until: float = 0.0,
        proven: bool = False,
    ) -> None:
        self.stopped = ""  # why nothing more is asked
        self.held_until, self.proven = held_until, proven
        self._requests, self._tokens, self._retries = requests, tokens, retries
        self._seconds, self._until = seconds, time.monotonic() + seconds
        self._lock = threading.Lock()
        self._in_vain = 0
        self._sent = self._spent = self._answered = self._unusable = self._lost = self._unasked = 0

    def run(self, ask: Callable[[], Answer], read: Callable[[str], T | None]) -> T | None:
        """The first answer that can be read; None when there is none (counted). ``read`` gives None for a bad reply,
        which is asked for once more.

        Raises Failure only of kind refused: the caller may put the question otherwise, or report it to ``refused``.
        """
        weather = unusable = 0
        while self._turn():
            try:
                answer = ask()
                self._spend(answer.tokens)
                found = read(answer.content)
            except Failure as failure:
                self._spend(failure.tokens)
                if failure.kind == "refused":
                    raise
                if failure.kind == "stop":
                    self._stop(str(failure))
                    return None
                if failure.kind == "weather":
                    weather += 1
                    if not self._again(weather, failure):
                        return None
                    continue
                found = None
            if found is not None:
                with self._lock:
                    self._answered += 1
                    self._in_vain, self.proven = 0, True
                return found
            unusable += 1
            if unusable > 1:
                # Anybody can write a post that confuses a model, so bad replies alone never end a run in which the
                # server has shown that it can answer.
                self._vain("the replies are not in the form asked for", counts=not self.proven)
                return None
        return None

    def refused(self, failure: Failure) -> None:
        """The question was refused in every form it can be put in."""
        self._vain(str(failure), counts=not self.proven)

    def summary(self, server: str) -> str:
        """One line for people; "" when nothing was asked and nothing had to be."""
        total = self._answered + self._unusable + self._lost + self._unasked
        if not total:
            return ""
        parts = [
            f"{server}: {self._answered} of {total} answered ({self._sent} requests, {self._spent:,} tokens)"
        ]
        counts = (
            (self._unusable, "without a usable reply"),
            (self._lost, "given up after retries"),
            (self._unasked, f"not asked: {self.stopped}"),
        )
        return ", ".join(parts + [f"{count} {what}" for count, what in counts if count])

    def _turn(self) -> bool:
        """Waits for this thread's turn and takes one request from the budget; False when nothing more is asked."""
        while True:
            with self._lock:
                now = time.monotonic()
                wait = self.held_until - now
                if not self.stopped:
                    self.stopped = self._over(now, wait)
                if self.stopped:
                    self._unasked += 1
                    return False
                if wait <= 0:
                    self._sent += 1
                    return True
            time.sleep(wait)

    def _over(self, now: float, wait: float) -> str:
        if self._sent >= self._requests:
            return f"the budget of {self._requests:,} requests is spent"
        if self._tokens is not None and self._spent >= self._tokens:
            return f"the budget of {self._tokens:,} tokens is spent"
        if now >= self._until:
            return f"the budget of {self._seconds:g} seconds is spent"
        if wait > min(MAX_WAIT, self._until - now):
            return f"the server asks to be left alone for another {wait:.0f} s"
        return ""

    def _spend(self, tokens: int) -> None:
        with self._lock:
            self._spent += tokens

    def _again(self, tries: int, failure: Failure) -> bool:
        """Whether to ask once more, after a pause."""
        with self._lock:
            if failure.wait:
                self.held_until = max(self.held_until, time.monotonic() + failure.wait)
            if tries > self._retries:
                self._lost += 1
                self._count(str(failure))
                return False
        pause = min(_MAX_BACKOFF, _BACKOFF * 2 ** (tries - 1)) * random.uniform(0.5, 1.5)
        time.sleep(max(0.0, min(pause, self._until - time.monotonic())))
        return True

    def _vain(self, reason: str, *, counts: bool) -> None:
        with self._lock:
            self._unusable += 1
            if counts:
                self._count(reason)

    def _count(self, reason: str) -> None:
        self._in_vain += 1
        if self._in_vain >= GIVE_UP_AFTER and not self.stopped:
            self.stopped = f"{self._in_vain} questions in a row came to nothing, the last: {reason}"

    def _stop(self, reason: str) -> None:
        with self._lock:
            self.stopped = self.stopped or reason
            self._unasked += 1
