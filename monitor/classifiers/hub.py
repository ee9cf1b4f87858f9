"""Any Hugging Face sequence classifier, through transformers: an exported ONNX folder, or a model in torch.

Options: ``model`` (a local folder, in the brand file beginning with ./ ../ ~/ or /; or a model id of the hub),
``labels`` (the model's label -> negative, neutral or positive; default: by name, or LABEL_0..2 in that order),
``pair`` (default true: the target is given as the second text; false for models that read one text), ``max_tokens``
(default 192), ``revision`` (commit or tag of the model), ``device`` (torch's name for it, default cpu).

A folder with ``model.onnx`` (or ``onnx/model.onnx``) runs in onnxruntime and needs no torch; everything else needs
the extra ``hub``. A model id is looked up in the local cache and fetched only when it is not there; code that comes
with a model is never run. Several labels may map to one class (five stars: "1 star" and "2 stars" negative); their
probabilities are added. With two classes neutral is 0. Measure a model before use: docs/classifiers.md.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from monitor.classifiers import runtime
from monitor.errors import ConfigError, ModelError
from monitor.types import LABELS, JudgeRequest
from monitor.windows import join

_OPTIONS = ("device", "labels", "max_tokens", "model", "pair", "revision")
_CLASS = {"neg": 0, "negative": 0, "negativ": 0, "neu": 1, "neutral": 1, "nøytral": 1}
_CLASS |= {"pos": 2, "positive": 2, "positiv": 2}
_NUMBERED = {"label_0": 0, "label_1": 1, "label_2": 2}  # the order of LABELS, where a model has just these
_HUB_ID = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}", re.ASCII)
_BATCH = 16
_TEXT_CHARS = 4_000
_TARGET_CHARS = 120

T = TypeVar("T")
Encoded = dict[str, list[int]]
Logits = Callable[[Sequence[Encoded]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class _Options:
    model: str
    labels: Mapping[str, str]
    pair: bool
    max_tokens: int
    revision: str | None
    device: str

    @property
    def folder(self) -> Path | None:
        return Path(self.model) if Path(self.model).is_dir() else None


class HubClassifier:
    """``columns``: for each output of the model, which of LABELS it counts toward. ``many`` = the outputs do not
    exclude each other (a sigmoid each)."""

    def __init__(
        self,
        name: str,
        tokenizer: Any,
        logits: Logits,
        columns: Sequence[int],
        *,
        pair: bool,
        max_tokens: int,
        many: bool,
    ) -> None:
        self.name = name
        self._tokenizer, self._logits = tokenizer, logits
        self._columns, self._pair, self._max_tokens, self._many = columns, pair, max_tokens, many

    def probabilities(self, requests: Sequence[JudgeRequest]) -> NDArray[np.float32]:
        out = np.zeros((len(requests), len(LABELS)), np.float64)
        if not requests:
            return out.astype(np.float32)
        z = self._logits([self._encode(r) for r in requests]).astype(np.float64)
        e = 1 / (1 + np.exp(-z)) if self._many else np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        for column, label in enumerate(self._columns):
            out[:, label] += p[:, column]
        return out.astype(np.float32)

    def _encode(self, request: JudgeRequest) -> Encoded:
        text = runtime.encodable(join(request.title, request.text)[:_TEXT_CHARS])
        target = self._target(request.target) if self._pair else ""
        cut = "only_first" if target else True
        given = dict(self._tokenizer(text, target or None, truncation=cut, max_length=self._max_tokens))
        return {k: list(v) for k, v in given.items()}

    def _target(self, target: str) -> str:
        """Whole, unless its tokens would leave the text no room."""
        target = runtime.encodable(target.strip()[:_TARGET_CHARS])
        while len(self._tokenizer(target, add_special_tokens=False)["input_ids"]) > self._max_tokens // 2:
            target = target[: len(target) // 2]
        return target


def load(*, threads: int = 2, options: Mapping[str, object] | None = None) -> HubClassifier:
    """Raises ConfigError for wrong options, ModelError when the model or what it needs is not there."""
    given = _checked(dict(options or {}))
    try:
        import transformers
    except ImportError as error:
        raise ModelError("classifier hub needs transformers. Remedy: pip install transformers") from error
    folder = given.folder
    places = (folder / "model.onnx", folder / "onnx" / "model.onnx") if folder else ()
    file = next((p for p in places if p.is_file()), None)
    if file is None:
        _torch_is_there(given.model)  # before anything is fetched
    config = _from(given, "configuration", transformers.AutoConfig.from_pretrained)
    columns = _columns(dict(config.id2label), given.labels)
    tokenizer = _from(given, "tokenizer", transformers.AutoTokenizer.from_pretrained)
    logits = _onnx(file, threads) if file else _torch(given, config, tokenizer, threads)
    return HubClassifier(
        _name(given, config, file),
        tokenizer,
        logits,
        columns,
        pair=given.pair,
        max_tokens=_room(given.max_tokens, config, tokenizer),
        many=config.problem_type == "multi_label_classification",
    )


def _room(wanted: int, config: Any, tokenizer: Any) -> int:
    """``wanted`` tokens, or as many as the model has positions for."""
    limit = int(tokenizer.model_max_length)
    positions = getattr(config, "max_position_embeddings", None)
    if limit > 1_000_000 and isinstance(positions, int):  # transformers' way to say that it does not know
        limit = positions - 2  # some count from 2
    return max(8, min(wanted, limit))


def _checked(given: dict[str, object]) -> _Options:
    if unknown := sorted(set(given) - set(_OPTIONS)):
        raise ConfigError(f"classifier hub has no option {unknown}. It has: {', '.join(_OPTIONS)}.")
    model, revision = given.get("model"), given.get("revision")
    if not isinstance(model, str) or not model:
        raise ConfigError("classifier hub needs the option model: a local folder or a model id.")
    if not Path(model).is_dir() and not _HUB_ID.fullmatch(model):
        raise ConfigError(
            f"classifier hub: there is no folder {model!r}, and it is no model id (owner/name)."
        )
    max_tokens, pair, device = (
        given.get("max_tokens", 192),
        given.get("pair", True),
        given.get("device", "cpu"),
    )
    if isinstance(max_tokens, bool) or not isinstance(max_tokens, int) or not 16 <= max_tokens <= 8192:
        raise ConfigError("classifier hub: max_tokens is a whole number from 16 to 8192.")
    if not isinstance(pair, bool):
        raise ConfigError("classifier hub: pair is true or false.")
    if not isinstance(device, str) or not (revision is None or isinstance(revision, str | int)):
        raise ConfigError("classifier hub: revision and device are texts.")
    labels = given.get("labels", {})
    if not isinstance(labels, Mapping):
        raise ConfigError("classifier hub: labels maps the model's labels to negative, neutral or positive.")
    mapped = {str(k).lower(): str(v) for k, v in labels.items()}
    if wrong := sorted({v for v in mapped.values() if v not in LABELS}):
        raise ConfigError(
            f"classifier hub: labels maps to {wrong}; only negative, neutral and positive exist."
        )
    return _Options(model, mapped, pair, max_tokens, None if revision is None else str(revision), device)


def _columns(id2label: Mapping[int, str], labels: Mapping[str, str]) -> list[int]:
    """For each output of the model, which of LABELS it counts toward."""
    names = [str(id2label[i]) for i in sorted(id2label)]
    if len(names) < 2:
        raise ConfigError("classifier hub: the model has one output, a score; a classifier has a label each.")
    if labels:
        known = {label: LABELS.index(value) for label, value in labels.items()}
    else:
        known = _NUMBERED if {n.lower() for n in names} == _NUMBERED.keys() else _CLASS
    if unknown := [name for name in names if name.lower() not in known]:
        raise ConfigError(
            f"classifier hub: the model's labels {unknown} are not known. Remedy: give labels for all of {names}."
        )
    return [known[name.lower()] for name in names]


def _from(given: _Options, what: str, load: Callable[..., T], **more: Any) -> T:
    """``load`` from the folder, or from the local cache, or, when it is not there, from the hub."""
    more |= {"trust_remote_code": False}
    if given.revision and not given.folder:
        more["revision"] = given.revision
    if not given.folder:
        try:
            return load(given.model, local_files_only=True, **more)
        except Exception:  # noqa: S110  whatever it is, the hub may have it whole
            pass
    try:
        return load(given.model, local_files_only=given.folder is not None, **more)
    except Exception as error:  # transformers raises whatever the file formats below it raise
        remedy = (
            ""
            if given.folder
            else (" Remedy: check the id and the network, or fetch the model elsewhere and give its folder")
        )
        raise ModelError(f"{given.model}: transformers cannot read its {what} ({error}).{remedy}") from error


def _name(given: _Options, config: Any, onnx: Path | None) -> str:
    """``hub:model@revision``. The options that change a judgement are part of the revision."""
    if given.folder:
        patterns = (f"{onnx.name}*",) if onnx else ("*.safetensors", "pytorch_model*.bin")
        where = onnx.parent if onnx else given.folder
        files = [p for pattern in patterns for p in sorted(where.glob(pattern))]
        files += [
            p for n in ("config.json", "tokenizer.json", "vocab.txt") if (p := given.folder / n).is_file()
        ]
        weights = runtime.revision(*files)
    else:
        weights = str(getattr(config, "_commit_hash", None) or given.revision or "unknown")
    asked = json.dumps([weights, sorted(given.labels.items()), given.pair, given.max_tokens])
    name = given.folder.resolve().name if given.folder else given.model
    return f"hub:{name}@{hashlib.sha256(asked.encode()).hexdigest()[:12]}"


def _onnx(file: Path, threads: int) -> Logits:
    session = runtime.Session(file, threads)
    output = "logits" if "logits" in session.outputs else session.outputs[0]

    def logits(rows: Sequence[Encoded]) -> NDArray[np.float32]:
        return session.run(rows, (output,))[0]

    return logits


def _torch_is_there(model: str) -> None:
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise ModelError(
            f"{model}: there is no model.onnx, and torch is not installed. Remedy: export the model to ONNX, or "
            'pip install "omdomme[hub]"'
        ) from error


def _torch(given: _Options, config: Any, tokenizer: Any, threads: int) -> Logits:
    import torch
    from transformers import AutoModelForSequenceClassification as Model

    torch.set_num_threads(threads)
    network = _from(given, "weights", Model.from_pretrained, config=config).eval()
    try:
        network = network.to(given.device)
    except (RuntimeError, AssertionError) as error:
        raise ModelError(
            f"classifier hub: torch cannot use the device {given.device!r} ({error})."
        ) from error
    size = _BATCH if tokenizer.pad_token_id is not None else 1

    def logits(rows: Sequence[Encoded]) -> NDArray[np.float32]:
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]["input_ids"]))  # little padding
        out = np.empty((len(rows), config.num_labels), np.float32)
        with torch.inference_mode():
            for start in range(0, len(order), size):
                batch = order[start : start + size]
                columns = {k: [rows[i][k] for i in batch] for k in rows[0]}
                padded = (
                    tokenizer.pad(columns, return_tensors="pt")
                    if size > 1
                    else {k: torch.tensor(v) for k, v in columns.items()}
                )
                found = network(**{k: v.to(given.device) for k, v in padded.items()}).logits
                out[batch] = found.float().cpu().numpy()
        return out

    return logits
