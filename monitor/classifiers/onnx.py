"""The bundled model: sentiment toward a target in Norwegian and English, on the CPU.

Options: ``folder`` (another folder with model.onnx, tokenizer.json and calibration.json), ``max_tokens`` (default
288: of a passage, the rest is cut; how a post becomes passages is told in reading.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.classifiers import runtime
from monitor.classifiers.calibration import Calibration
from monitor.classifiers.reading import MAX_TOKENS, Encoded, Passage, encode, passages
from monitor.errors import ConfigError
from monitor.types import LABELS, JudgeRequest
from monitor.windows import Post


class OnnxClassifier:
    """Reads the passages of each post toward its target; their logits are averaged, then calibrated."""

    def __init__(self, folder: Path, *, threads: int, max_tokens: int) -> None:
        self._tokenizer = runtime.tokenizer(folder / "tokenizer.json")
        self._session = runtime.Session(folder / "model.onnx", threads)
        self._max_tokens = max_tokens
        self.calibration = Calibration.read(folder / "calibration.json")
        files = (folder / "model.onnx", folder / "calibration.json")
        self.name = f"omdomme-sentiment@{runtime.revision(*files)}"

    def logits(self, requests: Sequence[JudgeRequest]) -> NDArray[np.float32]:
        """Uncalibrated, (n, 3) over LABELS. Equal readings are read once."""
        if not requests:
            return np.zeros((0, len(LABELS)), np.float32)
        wanted = [passages(r) for r in requests]
        unique = {p: i for i, p in enumerate(dict.fromkeys(p for ps in wanted for p in ps))}
        encoded = [self._encode(p) for p in unique]
        (rows,) = self._session.run(encoded, ("logits",))
        return np.stack([rows[[unique[p] for p in ps]].mean(axis=0) for ps in wanted])

    def encoded(self, request: JudgeRequest) -> Encoded:
        """Token ids, mask and types of a request that fits in one passage (of a longer one, the first)."""
        return self._encode(passages(request)[0])

    def _encode(self, passage: Passage) -> Encoded:
        return encode(self._tokenizer, passage, self._max_tokens)

    def probabilities(self, requests: Sequence[JudgeRequest]) -> NDArray[np.float32]:
        return self.calibration.probabilities(self.logits(requests), requests)

    def post_probabilities(self, posts: Sequence[Post]) -> NDArray[np.float32]:
        return self.probabilities([p.request for p in posts])


def load(*, threads: int = 2, options: Mapping[str, object] | None = None) -> OnnxClassifier:
    given = dict(options or {})
    folder = Path(str(given.pop("folder", runtime.MODELS / "sentiment")))
    max_tokens = given.pop("max_tokens", MAX_TOKENS)
    if not isinstance(max_tokens, int) or not 32 <= max_tokens <= 512:
        raise ConfigError(
            f"classifier onnx: max_tokens is {max_tokens!r}; give a whole number from 32 to 512."
        )
    if given:
        raise ConfigError(f"classifier onnx has no option {sorted(given)}. It has: folder, max_tokens.")
    return OnnxClassifier(folder, threads=threads, max_tokens=max_tokens)
