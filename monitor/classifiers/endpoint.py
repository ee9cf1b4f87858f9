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

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from monitor.classifiers import prompt, quoting
from monitor.classifiers.asker import Asker, Options, read_options
from monitor.types import LABELS, JudgeRequest
from monitor.windows import Post, take_apart


class EndpointClassifier:
    """A ``windows.PostClassifier`` and ``types.Asking``. Rows of posts without an answer are NaN."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._key = quoting.new_key()
        forms = quoting.response_format("standing", prompt.SCHEMA)
        self._asker: Asker[prompt.Row] = Asker(
            options, prompt.instructions(self._key), forms, [prompt.instructions("")]
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

    def probabilities(self, requests: Sequence[JudgeRequest]) -> NDArray[np.float32]:
        return self.post_probabilities([take_apart(r) for r in requests])

    def post_probabilities(self, posts: Sequence[Post]) -> NDArray[np.float32]:
        """Float32 (n, 3); a row of NaN where there is no answer. Equal questions are asked once."""
        questions = [prompt.material(p, self._key, self._options.max_chars) for p in posts]
        found = self._asker.ask(dict.fromkeys(questions, prompt.read_reply))
        nothing = (np.nan,) * len(LABELS)
        rows = [found.get(question, nothing) for question in questions]
        return np.asarray(rows, np.float32).reshape(len(posts), len(LABELS))


def load(*, threads: int = 2, options: Mapping[str, object] | None = None) -> EndpointClassifier:
    """Asks nobody yet. Raises ConfigError for wrong options, never repeating the key."""
    del threads  # in_flight says how many ask at once; they wait, they do not compute
    return EndpointClassifier(read_options(options or {}, Options))
