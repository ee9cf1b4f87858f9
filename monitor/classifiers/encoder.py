"""The topic encoder: texts to unit vectors whose cosine says whether they are about the same thing.

A 4-bit multilingual-e5-small (lossless: its weights were published in 4 bits). It takes texts with the prefix the
encoder was trained with, ``"query: "`` or ``"passage: "``; ``encode`` adds ``"query: "`` to texts that carry
neither, which is what its authors advise for comparing like with like. Shares the tokenizer of the sentiment model.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.classifiers import runtime
from monitor.errors import ModelError

_PREFIXES = ("query: ", "passage: ")
_TEXT_CHARS = 6_000


class TopicEncoder:
    """``encode`` gives float32 (n, 384); an empty text is encoded as its prefix alone. Same text, same bits."""

    def __init__(self, folder: Path, *, threads: int) -> None:
        config = folder / "config.json"
        try:
            settings = json.loads(config.read_text(encoding="utf-8"))
            tokenizer = folder / str(settings["tokenizer_file"])
            self._max_tokens = int(settings["max_tokens"])
            self.dimension = int(settings["hidden_size"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"{config}: needs tokenizer_file, max_tokens and hidden_size ({error!r})."
            ) from error
        self._tokenizer = runtime.tokenizer(tokenizer)
        self._tokenizer.enable_truncation(self._max_tokens)
        self._session = runtime.Session(folder / "model.onnx", threads)
        self.name = f"omdomme-topic@{runtime.revision(folder / 'model.onnx')}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        whole = [t if t.startswith(_PREFIXES) else _PREFIXES[0] + t for t in texts]
        unique = {t: i for i, t in enumerate(dict.fromkeys(whole))}
        encoded = []
        for text in unique:
            ids = self._tokenizer.encode(runtime.encodable(text[:_TEXT_CHARS])).ids
            encoded.append({"input_ids": ids, "attention_mask": [1] * len(ids)})
        (vectors,) = self._session.run(encoded, ("embedding",))
        return vectors[[unique[t] for t in whole]]


def load(*, threads: int = 2, folder: Path | None = None) -> TopicEncoder:
    """Raises ModelError when a file is missing or broken."""
    return TopicEncoder(folder or runtime.MODELS / "identity", threads=max(1, threads))
