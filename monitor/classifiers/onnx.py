"""The bundled model: sentiment toward a target in Norwegian and English, on the CPU.

Options: ``folder`` (another folder with model.onnx, tokenizer.json and maybe head.json), ``max_tokens`` (default
192: longer texts are cut at the end, the target never), ``head`` (false = the sentence model alone).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.classifiers import head as heads
from monitor.classifiers import runtime
from monitor.classifiers.calibration import softmax
from monitor.errors import ConfigError
from monitor.types import LABELS, JudgeRequest
from monitor.windows import Post, join

_TARGET_CHARS = 120  # as in training
_TEXT_CHARS = 4_000  # far more than max_tokens can hold; keeps the tokenizer's time bounded


class OnnxClassifier:
    """Reads (text, target) pairs; the target is the second segment (token type 1)."""

    def __init__(self, folder: Path, *, threads: int, max_tokens: int, with_head: bool) -> None:
        self._tokenizer = runtime.tokenizer(folder / "tokenizer.json")
        self._session = runtime.Session(folder / "model.onnx", threads)
        self._max_tokens = max_tokens
        files = [folder / "model.onnx"]
        self._head: heads.Head | None = None
        if with_head:
            files.append(folder / "head.json")
            self._head = heads.load(files[-1])
        self.name = f"omdomme-sentiment@{runtime.revision(*files)}"

    def evidence(self, pairs: Sequence[tuple[str, str]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Logits (n, 3) over LABELS and sentence vectors (n, d) of (text, target) pairs. Each pair is read once."""
        if not pairs:
            return np.zeros((0, 3), np.float32), np.zeros((0, 0), np.float32)
        unique = {pair: i for i, pair in enumerate(dict.fromkeys(pairs))}
        logits, vectors = self._session.run([self._encode(*p) for p in unique], ("logits", "embedding"))
        index = [unique[pair] for pair in pairs]
        return logits[index], vectors[index]

    def probabilities(self, requests: Sequence[JudgeRequest]) -> NDArray[np.float32]:
        logits, _ = self.evidence([(join(r.title, r.text), r.target) for r in requests])
        return softmax(logits)

    def post_probabilities(self, posts: Sequence[Post]) -> NDArray[np.float32]:
        """Whole posts, their parts weighed by the head; without one, the focus sentences as they stand."""
        if not posts:
            return np.zeros((0, len(LABELS)), np.float32)
        if self._head is not None:
            return self._head.probabilities(heads.features(posts, self.evidence))
        logits, _ = self.evidence([(p.focus, p.request.target) for p in posts])
        return softmax(logits)

    def _encode(self, text: str, target: str) -> dict[str, list[int]]:
        # Truncation is a property of the tokenizer object, so it is done here: the target is never cut.
        text_ids = self._tokenizer.encode(runtime.encodable(text[:_TEXT_CHARS]), add_special_tokens=False).ids
        target = runtime.encodable(target.strip()[:_TARGET_CHARS])
        target_ids = self._tokenizer.encode(target, add_special_tokens=False).ids[:64] if target else []
        extra = 4 if target_ids else 2
        text_ids = text_ids[: max(1, self._max_tokens - extra - len(target_ids))]
        ids = [_BOS, *text_ids, _EOS]
        types = [0] * len(ids)
        if target_ids:
            second = [_EOS, *target_ids, _EOS]
            ids += second
            types += [0] + [1] * (
                len(second) - 1
            )  # the separator belongs to the first segment, as in training
        return {"input_ids": ids, "attention_mask": [1] * len(ids), "token_type_ids": types}


_BOS, _EOS = 0, 2


def load(*, threads: int = 2, options: Mapping[str, object] | None = None) -> OnnxClassifier:
    given = dict(options or {})
    folder = Path(str(given.pop("folder", runtime.MODELS / "sentiment")))
    max_tokens = given.pop("max_tokens", 192)
    if not isinstance(max_tokens, int) or not 16 <= max_tokens <= 512:
        raise ConfigError(
            f"classifier onnx: max_tokens is {max_tokens!r}; give a whole number from 16 to 512."
        )
    with_head = given.pop("head", (folder / "head.json").exists())
    if not isinstance(with_head, bool):
        raise ConfigError(f"classifier onnx: head is {with_head!r}; give true or false.")
    if given:
        raise ConfigError(f"classifier onnx has no option {sorted(given)}. It has: folder, head, max_tokens.")
    return OnnxClassifier(folder, threads=threads, max_tokens=max_tokens, with_head=with_head)
