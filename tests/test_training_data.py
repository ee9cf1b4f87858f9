from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.types import LABELS

TRAINING = Path(__file__).resolve().parent.parent / "training"


def test_posts_and_brands_are_sound() -> None:
    command = [sys.executable, str(TRAINING / "check_data.py")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=TRAINING.parent)
    assert done.returncode == 0, done.stderr
    counts = {tuple(line.split()[:-1]): int(line.split()[-1]) for line in done.stdout.splitlines()}
    for part, least in (("written", 3_000), ("brands", 1_500)):
        assert counts[part, "mentions", "all"] > least
        assert min(counts[part, "scored", "label", label] for label in LABELS) > least / 4


def test_a_wrong_line_is_told(tmp_path: Path) -> None:
    target = {"name": "A", "kind": "brand", "standing": "bad", "attitude": "neutral"}
    row = {"lang": "nb", "voice": "third_party", "source_type": "news", "text": "x", "targets": [target]}
    (tmp_path / "x.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    command = [sys.executable, str(TRAINING / "check_data.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=TRAINING.parent)
    assert done.returncode == 1
    assert "x.jsonl:1" in done.stderr


def test_a_statement_that_the_brand_does_not_have_is_told(tmp_path: Path) -> None:
    brand = min((TRAINING / "data" / "brands").glob("brand_*.yaml"))
    (tmp_path / brand.name).write_text(brand.read_text("utf-8"), "utf-8")
    row = json.loads(brand.with_suffix(".jsonl").read_text("utf-8").splitlines()[0])
    row |= {"conflict": "minor", "conflicts_with": ["value.99"]}
    (tmp_path / brand.name).with_suffix(".jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    command = [sys.executable, str(TRAINING / "check_data.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=TRAINING.parent)
    assert done.returncode == 1
    assert "value.99" in done.stderr


@pytest.mark.parametrize("file", sorted((TRAINING / "data" / "plain").glob("*.tsv")), ids=lambda f: f.name)
def test_the_plain_sentences_are_sound(file: Path) -> None:
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        lang, label, text = line.split("\t")
        assert lang in {"nb", "nn", "en"} and label in LABELS and "{T}" in text, f"{file.name}:{number}"
