"""Turns a trained checkpoint into the file that ships: 8-bit matrices, 4-bit word embeddings, one ONNX graph.

    python -m training.quantise CHECKPOINT OUT.onnx [--scheme mixed|blocks|tensor] [--fp32 OUT32.onnx]

The embeddings were frozen on the 4-bit grid of the base, so storing them in 4 bits loses nothing. ``tensor`` is the
customary dynamic quantisation: a scale for each column of a matrix, one scale for all activations that meet it. The
activations between the two layers of a feed-forward block have outliers that such a scale cannot carry, so ``mixed``
(the default) rounds these two matrices and what meets them by blocks of 32 (com.microsoft.MatMulNBits, accuracy level
4), which is slower; ``blocks`` does so everywhere. RESULTS.md has what each costs. Prints size and the largest
difference of a logit. Needs torch, onnx, onnx-ir (extra ``train``).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

from training import network

BLOCK = 32


class Graph(torch.nn.Module):
    """The network with an additive mask and plain attention, so that the exported graph is small."""

    def __init__(self, model: network.Judge) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor):
        bert = self.model.bert
        seen = bert.embeddings(input_ids=input_ids, token_type_ids=token_type_ids)
        mask = (1.0 - attention_mask[:, None, None, :].to(seen.dtype)) * -10000.0
        for layer in bert.encoder.layer:
            out = layer(seen, mask)
            seen = out[0] if isinstance(out, tuple) else out
        return self.model.decide(seen, attention_mask, token_type_ids)


def sample() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    ids = torch.randint(5, 4000, (3, 17), generator=torch.Generator().manual_seed(0))
    mask, types = torch.ones_like(ids), torch.zeros_like(ids)
    mask[1, 9:] = 0
    types[:, 6:8] = 1
    return ids, mask, types


def export(model: network.Judge, out: Path) -> None:
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {n: {0: "batch", 1: "tokens"} for n in names} | {"logits": {0: "batch"}}
    torch.onnx.export(
        Graph(model),
        sample(),
        str(out),
        input_names=names,
        output_names=["logits"],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
        do_constant_folding=True,
    )


def quantised(source: Path, scheme: str) -> onnx.ModelProto:
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization import matmul_nbits_quantizer as nbits

    model = onnx.load(str(source))
    gemm_as_matmul(model)
    products = [n.name for n in model.graph.node if n.op_type == "MatMul"]
    by_tensor = {"tensor": products, "mixed": [n for n in products if "attention" in n], "blocks": []}[scheme]
    config = nbits.DefaultWeightOnlyQuantConfig(block_size=BLOCK, is_symmetric=True, accuracy_level=4, bits=8)
    quantiser = nbits.MatMulNBitsQuantizer(model, algo_config=config, nodes_to_exclude=by_tensor)
    quantiser.process()
    if not by_tensor:
        return quantiser.model.model
    with tempfile.TemporaryDirectory() as folder:
        blocks, both = Path(folder) / "blocks.onnx", Path(folder) / "both.onnx"
        quantiser.model.save_model_to_file(str(blocks))
        quantize_dynamic(
            blocks, both, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"]
        )
        return onnx.load(str(both))


def gemm_as_matmul(model: onnx.ModelProto) -> None:
    """x·Wᵀ + b as MatMul and Add, which is what the block quantiser knows."""
    init = {i.name: i for i in model.graph.initializer}
    for node in list(model.graph.node):
        if node.op_type != "Gemm" or node.input[1] not in init:
            continue
        weight = numpy_helper.to_array(init[node.input[1]])
        if any(a.name == "transB" and a.i for a in node.attribute):
            weight = weight.T
        name = node.input[1] + "_t"
        model.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(weight), name))
        model.graph.initializer.remove(init[node.input[1]])
        mid = node.output[0] + "_mm"
        at = list(model.graph.node).index(node)
        model.graph.node.remove(node)
        model.graph.node.insert(at, helper.make_node("MatMul", [node.input[0], name], [mid], name=name))
        model.graph.node.insert(at + 1, helper.make_node("Add", [mid, node.input[2]], [node.output[0]]))


def four_bit_embedding(model: onnx.ModelProto) -> float:
    """Replaces the Gather of the word embeddings by GatherBlockQuantized; returns the largest error."""
    graph = model.graph
    table = max((i for i in graph.initializer if len(i.dims) == 2), key=lambda i: int(np.prod(i.dims)))
    gather = next(n for n in graph.node if n.op_type == "Gather" and n.input[0] == table.name)
    weight = numpy_helper.to_array(table)
    rows, columns = weight.shape
    blocks = weight.reshape(rows, columns // BLOCK, BLOCK)
    # Weights are k * scale with k in -8..7, and the extreme k need not occur: the divisor with the least error wins.
    peak = np.take_along_axis(blocks, np.abs(blocks).argmax(-1)[..., None], -1)
    best, scale = np.full(peak.shape, np.inf, np.float32), np.ones_like(peak)
    for divisor in (-8, 8, 7, -7, 6, -6, 5, -5):
        trial = np.where(peak == 0, 1, peak / divisor).astype(np.float32)
        error = np.abs(np.clip(np.rint(blocks / trial), -8, 7) * trial - blocks).max(-1, keepdims=True)
        better = error < best * 0.999
        best, scale = np.where(better, error, best), np.where(better, trial, scale)
    q = (np.clip(np.rint(blocks / scale), -8, 7) + 8).astype(np.uint8).reshape(rows, columns)
    packed = q[:, 0::2] | (q[:, 1::2] << 4)

    def nibbles(name: str, shape: tuple[int, int], raw: bytes) -> onnx.TensorProto:
        return onnx.TensorProto(name=name, data_type=onnx.TensorProto.UINT4, dims=shape, raw_data=raw)

    groups = columns // BLOCK
    graph.initializer.remove(table)
    graph.initializer.extend(
        [
            nibbles("words_q4", (rows, columns), packed.tobytes()),
            numpy_helper.from_array(scale.reshape(rows, groups).astype(np.float32), "words_scale"),
            nibbles("words_zero", (rows, groups), np.full(rows * groups // 2, 0x88, np.uint8).tobytes()),
        ]
    )
    at = list(graph.node).index(gather)
    graph.node.remove(gather)
    inputs = ["words_q4", gather.input[1], "words_scale", "words_zero"]
    graph.node.insert(
        at,
        helper.make_node(
            "GatherBlockQuantized",
            inputs,
            [gather.output[0]],
            domain="com.microsoft",
            gather_axis=0,
            quantize_axis=1,
            block_size=BLOCK,
        ),
    )
    if not any(o.domain == "com.microsoft" for o in model.opset_import):
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    model.ir_version = max(model.ir_version, 10)
    return float(best.max())


def run(file: Path) -> np.ndarray:
    import onnxruntime as ort

    session = ort.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    ids, mask, types = (t.numpy() for t in sample())
    return np.asarray(
        session.run(None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": types})[0]
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--fp32", type=Path)
    parser.add_argument("--scheme", choices=("mixed", "blocks", "tensor"), default="mixed")
    args = parser.parse_args()
    model = network.load(args.checkpoint).eval()
    model.bert.config._attn_implementation = "eager"
    with torch.no_grad():
        wanted = model(*sample()).numpy()
    with tempfile.TemporaryDirectory() as folder:
        full = args.fp32 or Path(folder) / "full.onnx"
        export(model, full)
        small = quantised(full, args.scheme)
        error = four_bit_embedding(small)
        onnx.save(small, str(args.out))
        print(f"fp32 graph: largest difference to torch {np.abs(run(full) - wanted).max():.2e}")
    print(f"word embeddings in 4 bits: largest error {error:.1e}")
    size = args.out.stat().st_size / 1e6
    print(
        f"{args.out}: {size:.1f} MB, largest difference to torch {np.abs(run(args.out) - wanted).max():.3f}"
    )


if __name__ == "__main__":
    main()
