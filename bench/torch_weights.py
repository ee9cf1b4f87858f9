"""The bundled sentiment model as a torch module, for comparison only: same weights, 32-bit arithmetic.

Reads the initialisers of model.onnx, undoes the 8-bit and 4-bit quantisation of the weights, and loads them into
``transformers.BertForSequenceClassification``. Needs torch and onnx (extra ``bench``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


def state_dict(path: Path) -> dict[str, np.ndarray]:
    """Parameter name -> float32 array."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    init = {i.name: i for i in graph.initializer}
    array = lambda name: numpy_helper.to_array(init[name])  # noqa: E731
    out = {name[2:]: array(name) for name in init if name.startswith("m.") and "quantized" not in name}
    out = {k: v for k, v in out.items() if not k.endswith(("_scale", "_zero_point"))}
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            weight = node.input[1]
            stem = weight.removesuffix("_quantized")
            zero = array(stem + "_zero_point").astype(np.int32)
            scale = array(stem + "_scale")
            w = ((array(weight).astype(np.int32) - zero) * scale).astype(np.float32)
            out[_name(node.name or node.output[0], stem)] = np.ascontiguousarray(w.T)
        elif node.op_type == "GatherBlockQuantized":
            out["bert.embeddings.word_embeddings.weight"] = _four_bit(
                init[node.input[0]], array(node.input[2])
            )
    return out


def _name(node: str, stem: str) -> str:
    if stem.startswith("m."):
        return stem[2:].removesuffix("_Transposed")
    path = node.split("/MatMul")[0].lstrip("/").replace("/", ".")
    return f"bert.encoder.{path}.weight"


def _four_bit(tensor: Any, scale: np.ndarray) -> np.ndarray:
    raw = np.frombuffer(tensor.raw_data, np.uint8)
    rows, columns = tensor.dims
    q = np.empty(raw.size * 2, np.int8)
    q[0::2], q[1::2] = raw & 15, raw >> 4
    q -= 8
    return (q.reshape(rows, -1, 32).astype(np.float32) * scale.reshape(rows, -1, 1)).reshape(rows, columns)


def load(folder: Path) -> Any:
    """A ``BertForSequenceClassification`` in evaluation mode."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    model = BertForSequenceClassification(BertConfig.from_pretrained(str(folder)))
    weights = {k: torch.from_numpy(np.array(v)) for k, v in state_dict(folder / "model.onnx").items()}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    if unexpected or [m for m in missing if "position_ids" not in m]:
        raise RuntimeError(f"model.onnx and its config disagree: missing {missing}, unexpected {unexpected}")
    return model.eval()
