"""ONNX models with the bundled tokenizer: onnxruntime and tokenizers, nothing heavier.

The bundled models are quantised dynamically: the scale of an activation is taken over the whole tensor, so a text's
result would depend on what else is in its batch (and on the padding). Each text is therefore run alone, unpadded,
in a session of one thread, and several texts run side by side: the same text gives the same bits in whatever
company it comes, and no time goes into padding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.errors import ModelError

MODELS = Path(__file__).resolve().parent.parent / "models"
_HASHES: dict[tuple[str, int, int], str] = {}


class Session:
    """One model file. ``run`` takes encoded texts and returns each output stacked, in the order asked."""

    def __init__(self, path: Path, threads: int) -> None:
        try:
            import onnxruntime as ort

            options = ort.SessionOptions()
            options.intra_op_num_threads = 1
            options.inter_op_num_threads = 1
            options.log_severity_level = 3
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            self._session: Any = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except ImportError as error:
            raise ModelError(
                f"onnxruntime is not installed: {error}. Remedy: pip install onnxruntime"
            ) from error
        except Exception as error:  # onnxruntime raises a family of its own without a common base
            raise ModelError(
                f"{path}: cannot be loaded as an ONNX model ({error}). Remedy: install the package again"
            ) from error
        self.threads = threads
        self.inputs = frozenset(i.name for i in self._session.get_inputs())
        self.outputs = tuple(o.name for o in self._session.get_outputs())

    def run(
        self, encoded: Sequence[Mapping[str, Sequence[int]]], outputs: Sequence[str]
    ) -> tuple[NDArray[np.float32], ...]:
        """``encoded``: input name -> token ids of one text each."""
        names = list(outputs)

        def one(i: int) -> list[NDArray[np.float32]]:
            feed = {k: np.asarray([v], dtype=np.int64) for k, v in encoded[i].items() if k in self.inputs}
            return [np.asarray(a[0], dtype=np.float32) for a in self._session.run(names, feed)]

        # Longest first, so that no thread is left alone with a long text at the end.
        order = sorted(range(len(encoded)), key=lambda i: -len(encoded[i]["input_ids"]))
        if self.threads > 1 and len(order) > 1:
            with ThreadPoolExecutor(self.threads) as pool:
                done = list(pool.map(one, order))
        else:
            done = [one(i) for i in order]
        rows: list[list[NDArray[np.float32]]] = [[]] * len(order)
        for i, row in zip(order, done, strict=True):
            rows[i] = row
        return tuple(np.stack([row[k] for row in rows]) for k in range(len(names)))


def tokenizer(path: Path) -> Any:
    try:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(path))
    except Exception as error:
        raise ModelError(f"{path}: cannot be read as a tokenizer ({error}).") from error


def encodable(text: str) -> str:
    """Without lone surrogates, which JSON can carry and a tokenizer refuses."""
    return text.encode("utf-8", "replace").decode("utf-8")


def revision(*paths: Path) -> str:
    """First 12 hex digits of the SHA-256 over the files; read once a process for each size and time of change."""
    digests = []
    for path in paths:
        try:
            stat = path.stat()
            key = (str(path), stat.st_size, stat.st_mtime_ns)
            if key not in _HASHES:
                with path.open("rb") as file:
                    _HASHES[key] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(f"{path}: cannot be read ({error.strerror}).") from error
        digests.append(_HASHES[key])
    return (
        digests[0][:12] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()[:12]
    )
