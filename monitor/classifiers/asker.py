"""Questions of one kind to one chat server: options, the forms a server takes, threads, copies, the run's budget.

What is asked and what of a reply is taken is the business of the judge that asks (``endpoint``, ``second_flag``).
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from typing import Any, Generic, TypeVar

from monitor.classifiers.chat import Chat, Failure
from monitor.classifiers.errand import Errand
from monitor.classifiers.quoting import FORMATS
from monitor.errors import ConfigError
from monitor.windows import MAX_CHARS

T = TypeVar("T")
Given = TypeVar("Given", bound="Options")

_KEPT = 1_024  # answers kept for copies of a text in later batches
_OWN = frozenset({"messages", "model", "n", "response_format", "stream"})  # what ``body`` may not change
_RANGES: dict[str, tuple[Any, float, float]] = {
    "timeout": (int | float, 1, 600),
    "retries": (int, 0, 10),
    "in_flight": (int, 1, 64),
    "budget_requests": (int, 1, 10_000_000),
    "budget_tokens": (int, 1, 10**12),
    "budget_seconds": (int | float, 1, 86_400),
    "max_chars": (int, 100, MAX_CHARS),
    "max_statements": (int, 1, 500),
    "temperature": (int | float, 0, 2),
    "reply_tokens": (int, 10, 100_000),
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    url: str
    model: str
    api_key: str = field(default="", repr=False)
    timeout: float = 60.0
    retries: int = 2
    in_flight: int = 4
    budget_requests: int = 1_000
    budget_tokens: int | None = None
    budget_seconds: float = 600.0
    max_chars: int = MAX_CHARS
    format: str = "auto"
    temperature: float | None = 0.0
    reply_tokens: int = 300
    body: Mapping[str, Any] = field(default_factory=dict)


class Asker(Generic[T]):
    """``instructions`` are the system message, under ``forms`` (a name of FORMATS -> further fields of the request).

    ``revision`` holds all that changes what the judge says besides the settings of the request itself. Where the
    server stands is no part of it: the same model moved to another machine is the same.
    """

    def __init__(
        self,
        options: Options,
        instructions: str,
        forms: Mapping[str, Mapping[str, Any]],
        revision: Sequence[object],
    ) -> None:
        self._options, self._instructions, self._bodies = options, instructions, forms
        self._fixed: dict[str, Any] = {"model": options.model, "stream": False}
        if options.temperature is not None:
            self._fixed["temperature"] = options.temperature
        if "max_completion_tokens" not in options.body:
            self._fixed["max_tokens"] = options.reply_tokens
        self._fixed |= options.body
        self._chat = Chat(options.url, options.api_key, timeout=options.timeout, keep=options.in_flight)
        first, *rest = revision
        asked = [first, self._fixed, options.max_chars, options.format, *rest]
        digest = hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()[:12]
        self.name = f"endpoint:{options.model}@{digest}"
        self._forms = [*FORMATS] if options.format == "auto" else [options.format]
        self._form: str | None = None  # which the server has been seen to take
        self._known: OrderedDict[str, T] = OrderedDict()
        self._errand = self._new_errand()

    @property
    def stopped(self) -> str:
        return self._errand.stopped

    def begin(self) -> None:
        self._errand = self._new_errand(self._errand.held_until)

    def summary(self) -> str:
        return self._errand.summary(self._chat.host)

    def close(self) -> None:
        self._chat.close()

    def ask(self, questions: Mapping[str, Callable[[str], T | None]]) -> dict[str, T]:
        """Question -> what its reader made of the reply; those without an answer are left out."""
        found = {q: self._known[q] for q in questions if q in self._known}
        new = [q for q in questions if q not in found]
        errand = self._errand
        before = errand.stopped
        if new:
            with ThreadPoolExecutor(self._options.in_flight) as pool:
                answers = pool.map(lambda q: self._answer(q, questions[q]), new)
                for question, answer in zip(new, answers, strict=True):
                    if answer is not None:
                        found[question] = self._known[question] = answer
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        if errand.stopped and not before:
            _log.warning("%s: %s", self.name, self.summary())
        return found

    def _answer(self, question: str, read: Callable[[str], T | None]) -> T | None:
        forms = [self._form] if self._form else self._forms
        for form in forms:
            body = self._body(question, form)
            try:
                answer = self._errand.run(lambda body=body: self._chat.ask(body), read)  # type: ignore[misc]
            except Failure as failure:
                # Refused: maybe for the form alone, as long as none has been seen to do.
                if form == forms[-1]:
                    self._errand.refused(failure)
                continue
            if answer is not None:
                self._form = form
            return answer
        return None

    def _body(self, question: str, form: str) -> dict[str, Any]:
        messages = [
            {"role": "system", "content": self._instructions},
            {"role": "user", "content": question},
        ]
        return {**self._fixed, "messages": messages, **self._bodies[form]}

    def _new_errand(self, held_until: float = 0.0) -> Errand:
        o = self._options
        return Errand(
            requests=o.budget_requests,
            tokens=o.budget_tokens,
            seconds=o.budget_seconds,
            retries=o.retries,
            held_until=held_until,
            proven=self._form is not None,
        )


def read_options(given: Mapping[str, object], kind: type[Given]) -> Given:
    """Raises ConfigError for wrong options, never repeating the key."""
    values = dict(given)
    known = [f.name for f in fields(kind)]
    if unknown := sorted(set(values) - set(known)):
        raise ConfigError(f"endpoint has no option {unknown}. It has: {', '.join(known)}.")
    for name in ("url", "model", "api_key", "format"):
        value = values.get(name, "")
        if not isinstance(value, str) or (name in ("url", "model") and not value.strip()):
            raise ConfigError(f"endpoint: {name} must be given as a text.")
    if values.get("format", "auto") not in ("auto", *FORMATS):
        raise ConfigError(f"endpoint: format is one of auto, {', '.join(FORMATS)}.")
    if str(values.get("temperature", "")).lower() == "none":
        values["temperature"] = None
    for name in _RANGES.keys() & set(known):
        wanted, least, most = _RANGES[name]
        value = values.get(name)
        sound = isinstance(value, wanted) and not isinstance(value, bool) and least <= value <= most
        if name in values and not sound and not (name == "temperature" and value is None):
            raise ConfigError(f"endpoint: {name} is {value!r}; give a number from {least} to {most}.")
    body = values.get("body", {})
    if not isinstance(body, Mapping) or set(body) & _OWN:
        raise ConfigError(
            f"endpoint: body holds further fields of the request, but not {', '.join(sorted(_OWN))}."
        )
    return kind(**values)  # type: ignore[arg-type]
