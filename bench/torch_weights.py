"""The bundled sentiment model as a torch module, for comparison only: same weights, 32-bit arithmetic.

Reads the initialisers of model.onnx, undoes the 8-bit and 4-bit quantisation of the weights, and puts them into the
network of training/network.py, in the clothes of a transformers model, so that ``transformers.pipeline`` runs it.
Needs torch and onnx (extra ``bench``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

_HEAD = ("model.dense", "model.out")


def state_dict(path: Path) -> dict[str, np.ndarray]:
    """Parameter name -> float32 array."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    init = {i.name: i for i in graph.initializer}
    array = lambda name: numpy_helper.to_array(init[name])  # noqa: E731
    out = {
        n.removeprefix("model."): array(n)
        for n in init
        if n.startswith("model.") and n.endswith(("weight", "bias"))
    }
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            stem = node.input[1].removesuffix("_quantized")
            zero, scale = array(stem + "_zero_point").astype(np.int32), array(stem + "_scale")
            weight = (array(node.input[1]).astype(np.int32) - zero) * scale
            out[_name(node.name)] = np.ascontiguousarray(weight.T, dtype=np.float32)
        elif node.op_type == "MatMulNBits":
            size = {a.name: a.i for a in node.attribute}
            blocks = array(node.input[1]).astype(np.float32) - 128
            weight = blocks * array(node.input[2]).reshape(size["N"], -1, 1)
            out[_name(node.name)] = weight.reshape(size["N"], -1)[:, : size["K"]].astype(np.float32)
        elif node.op_type == "GatherBlockQuantized":
            table, scale = init[node.input[0]], array(node.input[2])
            out["bert.embeddings.word_embeddings.weight"] = _four_bit(table, scale)
    return out


def _name(node: str) -> str:
    head = next((h for h in _HEAD if node.startswith(h)), None)
    if head:
        return head.removeprefix("model.") + ".weight"
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
    """A transformers model in evaluation mode, whose ``logits`` are those of model.onnx but for the rounding."""
    import torch
    from transformers import BertConfig
    from transformers.modeling_outputs import SequenceClassifierOutput
    from transformers.models.bert.modeling_bert import BertPreTrainedModel

    from training.network import Judge

    class Dressed(BertPreTrainedModel):
        def __init__(self, config: BertConfig) -> None:
            super().__init__(config)
            self.judge = Judge(config)
            self.post_init()

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any, **_: Any) -> Any:
            return SequenceClassifierOutput(logits=self.judge(input_ids, attention_mask, token_type_ids))

    model = Dressed(BertConfig.from_pretrained(str(folder)))
    weights = {k: torch.from_numpy(np.array(v)) for k, v in state_dict(folder / "model.onnx").items()}
    missing, unexpected = model.judge.load_state_dict(weights, strict=False)
    if unexpected or [m for m in missing if "position_ids" not in m]:
        raise RuntimeError(f"model.onnx and the network disagree: missing {missing}, unexpected {unexpected}")
    return model.eval()
