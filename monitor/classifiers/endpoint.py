"""Any OpenAI-compatible chat server (Ollama, vLLM, llama.cpp, a hosted one) as a judge, one request a (post, target).

Options: ``url`` (with the version, as in http://127.0.0.1:11434/v1), ``model``, ``api_key`` (only as
``${OMDOMME_...}``), ``timeout`` (seconds for a request, default 60), ``retries`` (2), ``in_flight`` (requests at the
same time, 4), ``budget_requests`` (a run, retries included, 1000), ``budget_tokens`` (a run, as the server counts
them; default no limit), ``budget_seconds`` (a run, 600), ``max_chars`` (of a post, 6000), ``format`` (auto,
json_schema, json_object or plain: how the server is told to answer in JSON; auto finds out), ``temperature`` (0; or
none, not sent), ``reply_tokens`` (the most a reply may have, 300), ``body`` (further fields of the request).

The text of posts and the names of targets leave this machine for the server; authors and addresses do not. What the
server gives no good answer to within the retries is unjudged. When the budget is spent, or the server does not answer
or refuses altogether, nothing more is asked in this run. See docs/classifiers.md.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.classifiers import prompt
from monitor.classifiers.chat import Chat, Failure
from monitor.classifiers.errand import Errand
from monitor.errors import ConfigError
from monitor.types import LABELS, JudgeRequest
from monitor.windows import MAX_CHARS, Post, take_apart

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


class EndpointClassifier:
    """A ``windows.PostClassifier`` and ``types.Asking``. Rows of posts without an answer are NaN."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._key = f"material_{secrets.token_hex(8)}"
        self._fixed: dict[str, Any] = {"model": options.model, "stream": False}
        if options.temperature is not None:
            self._fixed["temperature"] = options.temperature
        if "max_completion_tokens" not in options.body:
            self._fixed["max_tokens"] = options.reply_tokens
        self._fixed |= options.body
        self._chat = Chat(options.url, options.api_key, timeout=options.timeout, keep=options.in_flight)
        # Where the server stands is no part of the revision: the same model moved to another machine is the same.
        asked = [prompt.instructions(""), self._fixed, options.max_chars, options.format]
        revision = hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()[:12]
        self.name = f"endpoint:{options.model}@{revision}"
        self._forms = [*prompt.FORMATS] if options.format == "auto" else [options.format]
        self._form: str | None = None  # which the server has been seen to take
        self._known: OrderedDict[str, prompt.Row] = OrderedDict()
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

    def probabilities(self, requests: Sequence[JudgeRequest]) -> NDArray[np.float32]:
        return self.post_probabilities([take_apart(r) for r in requests])

    def post_probabilities(self, posts: Sequence[Post]) -> NDArray[np.float32]:
        """Float32 (n, 3); a row of NaN where there is no answer. Equal questions are asked once."""
        questions = [prompt.material(p, self._key, self._options.max_chars) for p in posts]
        new = [q for q in dict.fromkeys(questions) if q not in self._known]
        found: dict[str, prompt.Row] = {q: self._known[q] for q in questions if q in self._known}
        errand = self._errand
        before = errand.stopped
        if new:
            with ThreadPoolExecutor(self._options.in_flight) as pool:
                for question, row in zip(new, pool.map(self._judge, new), strict=True):
                    if row is not None:
                        found[question] = self._known[question] = row
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        if errand.stopped and not before:
            _log.warning("%s: %s", self.name, self.summary())
        nothing = (np.nan,) * len(LABELS)
        rows = [found.get(question, nothing) for question in questions]
        return np.asarray(rows, np.float32).reshape(len(posts), len(LABELS))

    def _judge(self, question: str) -> prompt.Row | None:
        forms = [self._form] if self._form else self._forms
        for form in forms:
            body = self._body(question, form)
            try:
                row = self._errand.run(lambda body=body: self._chat.ask(body), prompt.read_reply)  # type: ignore[misc]
            except (
                Failure
            ) as failure:  # refused: maybe for the form alone, as long as none has been seen to do
                if form == forms[-1]:
                    self._errand.refused(failure)
                continue
            if row is not None:
                self._form = form
            return row
        return None

    def _body(self, question: str, form: str) -> dict[str, Any]:
        messages = [
            {"role": "system", "content": prompt.instructions(self._key)},
            {"role": "user", "content": question},
        ]
        return {**self._fixed, "messages": messages, **prompt.FORMATS[form]}

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


def load(*, threads: int = 2, options: Mapping[str, object] | None = None) -> EndpointClassifier:
    """Asks nobody yet. Raises ConfigError for wrong options, never repeating the key."""
    del threads  # in_flight says how many ask at once; they wait, they do not compute
    given = dict(options or {})
    known = [f.name for f in fields(Options)]
    if unknown := sorted(set(given) - set(known)):
        raise ConfigError(f"classifier endpoint has no option {unknown}. It has: {', '.join(known)}.")
    for name in ("url", "model", "api_key", "format"):
        value = given.get(name, "")
        if not isinstance(value, str) or (name in ("url", "model") and not value.strip()):
            raise ConfigError(f"classifier endpoint: {name} must be given as a text.")
    if given.get("format", "auto") not in ("auto", *prompt.FORMATS):
        raise ConfigError(f"classifier endpoint: format is one of auto, {', '.join(prompt.FORMATS)}.")
    if str(given.get("temperature", "")).lower() == "none":
        given["temperature"] = None
    for name, (kind, least, most) in _RANGES.items():
        value = given.get(name)
        sound = isinstance(value, kind) and not isinstance(value, bool) and least <= value <= most
        if name in given and not sound and not (name == "temperature" and value is None):
            raise ConfigError(
                f"classifier endpoint: {name} is {value!r}; give a number from {least} to {most}."
            )
    body = given.get("body", {})
    if not isinstance(body, Mapping) or set(body) & _OWN:
        raise ConfigError(
            f"classifier endpoint: body holds further fields of the request, but not {', '.join(sorted(_OWN))}."
        )
    return EndpointClassifier(Options(**given))  # type: ignore[arg-type]
