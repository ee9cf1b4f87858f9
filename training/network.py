"""The network in torch: the encoder, and a small layer over three views of what it read. Extra ``train``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel

from monitor.classifiers.reading import Encoded
from monitor.types import LABELS


class Judge(torch.nn.Module):
    """Token ids, mask and types -> logits over LABELS. What decides is read from the first token, from the mean over
    the text, and from the mean over the tokens of type 1 (the namings of the target and the second segment)."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.bert = BertModel(config, add_pooling_layer=False)
        self.dense = torch.nn.Linear(3 * config.hidden_size, config.hidden_size)
        self.drop = torch.nn.Dropout(0.1)
        self.out = torch.nn.Linear(config.hidden_size, len(LABELS))

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor):
        seen = self.bert(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        return self.decide(seen, attention_mask, token_type_ids)

    def decide(self, seen: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        views = [seen[:, 0]]
        for weight in (mask, types * mask):
            w = weight[..., None].to(seen.dtype)
            views.append((seen * w).sum(1) / w.sum(1).clamp(min=1.0))
        return self.out(self.drop(torch.tanh(self.dense(self.drop(torch.cat(views, -1))))))


def load(folder: Path) -> Judge:
    """From a checkpoint of training/base.py (new layers) or of this module."""
    config = BertConfig.from_pretrained(str(folder))
    config._attn_implementation = "sdpa"
    model = Judge(config)
    weights = load_file(str(folder / "model.safetensors"))
    if "out.weight" not in weights:
        weights = {f"bert.{k}": v for k, v in weights.items()}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    if unexpected or any(m.startswith("bert.") and "position_ids" not in m for m in missing):
        raise SystemExit(f"{folder}: not a checkpoint of this network (missing {missing}, odd {unexpected}).")
    # Frozen: so they stay on the 4-bit grid they came from, and the exported file can keep them in 4 bits.
    model.bert.embeddings.word_embeddings.weight.requires_grad = False
    return model


def save(model: Judge, folder: Path, like: Path) -> None:
    """Weights, and the config and tokenizer of the checkpoint ``like``."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, str(folder / "model.safetensors"))
    for name in ("config.json", "tokenizer.json"):
        (folder / name).write_bytes((like / name).read_bytes())


def average(folders: Sequence[Path], out: Path) -> None:
    """The mean of the weights of checkpoints trained from one start."""
    each = [load_file(str(f / "model.safetensors")) for f in folders]
    mean = {k: torch.stack([w[k].float() for w in each]).mean(0) for k in each[0]}
    out.mkdir(parents=True, exist_ok=True)
    save_file(mean, str(out / "model.safetensors"))
    for name in ("config.json", "tokenizer.json"):
        (out / name).write_bytes((folders[0] / name).read_bytes())
    (out / "averaged.json").write_text(json.dumps([f.name for f in folders]), "utf-8")


def tensors(encoded: Sequence[Encoded]) -> dict[str, torch.Tensor]:
    """One batch, padded to a multiple of 16: a matrix product of a shape not met before costs a compilation."""
    size = -(-max(len(e["input_ids"]) for e in encoded) // 16) * 16
    pad = {"input_ids": 1, "attention_mask": 0, "token_type_ids": 0}
    out = {k: torch.full((len(encoded), size), v, dtype=torch.long) for k, v in pad.items()}
    for i, e in enumerate(encoded):
        for k in pad:
            out[k][i, : len(e[k])] = torch.tensor(e[k])
    return out


@torch.no_grad()
def logits(model: Judge, encoded: Sequence[Encoded], batch: int = 32) -> np.ndarray:
    """(n, 3) float32, in the order given."""
    model.eval()
    order = sorted(range(len(encoded)), key=lambda i: len(encoded[i]["input_ids"]))
    out = np.zeros((len(encoded), len(LABELS)), np.float32)
    for i in range(0, len(order), batch):
        rows = order[i : i + batch]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            out[rows] = model(**tensors([encoded[j] for j in rows])).float().numpy()
    return out
