"""What a mention weighs by the kind of its source, where the brand file says nothing of the source itself."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources

import yaml


@functools.cache
def type_weights() -> Mapping[str, float]:
    """Weight (0..10) by source type; the reasons stand in monitor/data/source_weights.yaml."""
    text = resources.files("monitor").joinpath("data/source_weights.yaml").read_text(encoding="utf-8")
    return {kind: float(row["weight"]) for kind, row in yaml.safe_load(text).items()}
