"""Any Hugging Face sequence classifier, through transformers: an exported ONNX folder, or a model in torch.

Options: ``model`` (a local folder; or a model id of the hub, when torch is installed and the network is allowed),
``labels`` (the model's label -> negative, neutral or positive; default: by name, then LABEL_0..2 in that order),
``pair`` (default true: the target is given as the second text), ``max_tokens`` (default 192), ``revision``.

A folder with ``model.onnx`` (or ``onnx/model.onnx``) runs in onnxruntime and needs no torch. Several labels may map
to one class (five stars: "1 star" and "2 stars" negative); their probabilities are added. With two classes neutral
is 0. Models without a neutral class, and models never trained on targets, should be measured first: bench/sentiment.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.classifiers import runtime
from monitor.errors import ConfigError, ModelError
from monitor.types import LABELS, JudgeRequest
from monitor.windows import join

_OPTIONS = ("labels", "max_tokens", "model", "pair", "revision")
_NAMES = {
    "neg": 0,
    "negative": 0,
    "negativ": 0,
    "label_0": 0,
    "neu": 1,
    "neutral": 1,
    "nøytral": 1,
    "label_1": 1,
}
_NAMES |= {"pos": 2, "positive": 2, "positiv": 2, "label_2": 2}
_TEXT_CHARS = 4_000
_TARGET_CHARS = 120

Encoded = dict[str, list[int]]


class HubClassifier:
    def __init__(
        self,
        name: str,
        tokenizer: Any,
        logits: Callable[[Sequence[Encoded]], NDArray[np.float32]],
        columns: Sequence[int],
        *,
        pair: bool,
        max_tokens: int,
    ) -> None:
        self.name = name
        self._tokenizer, self._logits = tokenizer, logits
        self._columns, self._pair, self._max_tokens = columns, pair, max_tokens

    def probabilities(self, requests: Sequence[JudgeRequest]) -> NDArray[np.float32]:
        out = np.zeros((len(requests), len(LABELS)), np.float64)
        if not requests:
            return out.astype(np.float32)
        z = self._logits([self._encode(r) for r in requests]).astype(np.float64)
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        for column, label in enumerate(self._columns):
            out[:, label] += p[:, column]
        return out.astype(np.float32)

    def _encode(self, request: JudgeRequest) -> Encoded:
        text = runtime.encodable(join(request.title, request.text)[:_TEXT_CHARS])
        target = runtime.encodable(request.target.strip()[:_TARGET_CHARS]) if self._pair else ""
        cut = "only_first" if target else True
        given = dict(self._tokenizer(text, target or None, truncation=cut, max_length=self._max_tokens))
        return {k: list(v) for k, v in given.items()}


def load(*, threads: int = 2, options: Mapping[str, object] | None = None) -> HubClassifier:
    """Raises ConfigError for wrong options, ModelError when the model or what it needs is not there."""
    given = dict(options or {})
    unknown = sorted(set(given) - set(_OPTIONS))
    if unknown:
        raise ConfigError(f"classifier hub has no option {unknown}. It has: {', '.join(_OPTIONS)}.")
    model = given.get("model")
    if not isinstance(model, str) or not model:
        raise ConfigError("classifier hub needs the option model: a local folder or a model id.")
    max_tokens, pair, revision = given.get("max_tokens", 192), given.get("pair", True), given.get("revision")
    if not isinstance(max_tokens, int) or max_tokens < 16 or not isinstance(pair, bool):
        raise ConfigError("classifier hub: max_tokens is a whole number from 16, pair is true or false.")
    if revision is not None and not isinstance(revision, str):
        raise ConfigError("classifier hub: revision is a text (a commit or tag of the model).")
    try:
        import transformers
    except ImportError as error:
        raise ModelError("classifier hub needs transformers. Remedy: pip install transformers") from error
    where: dict[str, Any] = {"revision": revision} if revision else {}
    try:
        config = transformers.AutoConfig.from_pretrained(model, **where)
        tokenizer = transformers.AutoTokenizer.from_pretrained(model, **where)
    except Exception as error:  # transformers raises whatever the file formats below it raise
        raise ModelError(
            f"{model}: transformers cannot read its configuration and tokenizer ({error})."
        ) from error
    columns = _columns(dict(config.id2label), given.get("labels"))
    places = (Path(model) / "model.onnx", Path(model) / "onnx" / "model.onnx")
    file = next((p for p in places if p.is_file()), None)
    if file is not None:
        name = f"hub:{Path(model).name}@{runtime.revision(file)}"
        logits = _onnx(file, threads)
    else:
        commit = revision or getattr(config, "_commit_hash", None) or "unknown"
        name = f"hub:{Path(model).name if Path(model).is_dir() else model}@{str(commit)[:12]}"
        logits = _torch(transformers, model, where, threads)
    return HubClassifier(name, tokenizer, logits, columns, pair=pair, max_tokens=max_tokens)


def _columns(id2label: Mapping[int, str], labels: object) -> list[int]:
    """For each output of the model, which of LABELS it counts toward."""
    if labels is not None and not isinstance(labels, Mapping):
        raise ConfigError("classifier hub: labels maps the model's labels to negative, neutral or positive.")
    given = {str(k).lower(): str(v) for k, v in (labels or {}).items()}
    wrong = sorted(v for v in given.values() if v not in LABELS)
    if wrong:
        raise ConfigError(
            f"classifier hub: labels maps to {wrong}; only negative, neutral and positive exist."
        )
    out = []
    for i in sorted(id2label):
        label = id2label[i].lower()
        if label in given:
            out.append([*LABELS].index(given[label]))  # type: ignore[arg-type]
        elif not given and label in _NAMES and (len(id2label) == 3 or not label.startswith("label_")):
            out.append(_NAMES[label])
        else:
            raise ConfigError(
                f"classifier hub: the model's label {id2label[i]!r} is not known. Remedy: give labels for all of "
                f"{[id2label[k] for k in sorted(id2label)]}."
            )
    return out


def _onnx(file: Path, threads: int) -> Callable[[Sequence[Encoded]], NDArray[np.float32]]:
    session = runtime.Session(file, threads)
    output = "logits" if "logits" in session.outputs else session.outputs[0]

    def logits(rows: Sequence[Encoded]) -> NDArray[np.float32]:
        return session.run(rows, (output,))[0]

    return logits


def _torch(
    transformers: Any, model: str, where: dict[str, Any], threads: int
) -> Callable[[Sequence[Encoded]], NDArray[np.float32]]:
    try:
        import torch
    except ImportError as error:
        raise ModelError(
            f"{model}: there is no model.onnx, and torch is not installed. Remedy: export the model to ONNX, or "
            'pip install "omdomme[hub]"'
        ) from error
    torch.set_num_threads(threads)
    try:
        network = transformers.AutoModelForSequenceClassification.from_pretrained(model, **where).eval()
    except Exception as error:
        raise ModelError(f"{model}: cannot be loaded as a sequence classifier ({error}).") from error

    def logits(rows: Sequence[Encoded]) -> NDArray[np.float32]:
        out = []
        with torch.inference_mode():
            for row in rows:
                out.append(
                    network(**{k: torch.tensor([v]) for k, v in row.items()}).logits[0].float().numpy()
                )
        return np.stack(out)

    return logits
