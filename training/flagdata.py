"""Development data as the flagger meets it: matched, judged, read. Shared by the fitting and the measuring command.

DATA_DIR holds identity/ and, optionally, posts/ (brand_X.yaml + brand_X.jsonl) and pairs/ (brand_X.yaml +
pairs_X.jsonl); training/data/brands is there always. Only what a running monitor would know goes into a request;
labels are kept beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.classifiers.calibration import Calibration
from monitor.classifiers.runtime import MODELS
from monitor.config import load_identity
from monitor.targets import Matcher
from monitor.types import (
    BrandIdentity,
    Encoder,
    FlagRequest,
    JudgeRequest,
    Match,
    Mention,
    Target,
    Verdict,
)

OWN = Path(__file__).parent / "data"
HELD_OUT = Path(__file__).with_name("held_out.jsonl")  # made by folds.py


@dataclass(frozen=True)
class Example:
    request: FlagRequest
    relevant: bool
    level: str  # none | minor | major
    statements: tuple[str, ...]  # in conflict, main first
    role_mixing: bool | None  # None = not labelled
    lang: str
    touches: str | None = None  # a statement the text is about, in conflict or not, where the data say so


@dataclass(frozen=True)
class Brand:
    """``relations``: mention id -> statement -> contradicts, in_line or neutral, where the data say so outright."""

    part: str  # identity | posts | brands | pairs
    name: str
    identity: BrandIdentity
    examples: tuple[Example, ...]
    relations: dict[str, dict[str, str]]


class Remembered:
    """An encoder that keeps what it encoded in an .npz file: reading all the data anew takes minutes."""

    def __init__(self, encoder: Encoder, path: Path | None) -> None:
        self.name = encoder.name
        self._encoder = encoder
        self._path = path
        self._known: dict[str, NDArray[np.float32]] = {}
        if path and path.exists():
            stored = np.load(path)
            if str(stored["name"]) == self.name:
                self._known = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))
        self._stored = len(self._known)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [t for t in dict.fromkeys(texts) if t not in self._known]
        if new:
            self._known |= dict(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._known[t] for t in texts])

    def save(self) -> None:
        if self._path and len(self._known) > self._stored:
            vectors = np.stack(list(self._known.values()))
            np.savez(self._path, name=self.name, texts=np.array(list(self._known)), vectors=vectors)


def load(folder: Path, *, verdicts: bool = True) -> list[Brand]:
    """All brands, those of identity/ first, with the verdicts of networks that never saw them."""
    judged = held_out_verdicts() if verdicts else {}
    brands = []
    for part in ("identity", "posts", "brands", "pairs"):
        for path in sorted(((OWN if part == "brands" else folder) / part).glob("brand_*.yaml")):
            name = path.stem.removeprefix("brand_")
            rows = _rows(path.with_name(f"{'pairs' if part == 'pairs' else 'brand'}_{name}.jsonl"))
            identity = load_identity(path)
            examples = _pairs(identity, rows) if part == "pairs" else _mentions(identity, rows)
            known = {(t, text): p for (b, t, text), p in judged.items() if b == name}
            relations: dict[str, dict[str, str]] = {}
            crossed = path.with_name(f"cross_{name}.jsonl")
            for row in rows + (_rows(crossed) if crossed.exists() else []):
                said = dict.fromkeys(row.get("in_line_with", ()), "in_line")
                if "relation" in row:
                    said[row["statement"]] = row["relation"]
                relations.setdefault(row.get("from", row["id"]), {}).update(said)
            brands.append(Brand(part, name, identity, _judged(examples, known), relations))
    return brands


def held_out_verdicts(file: Path = HELD_OUT) -> dict[tuple[str, str, str], tuple[float, ...]]:
    """(brand, target, digest of the text) -> negative, neutral, positive, as a user would get them."""
    calibration = Calibration.read(MODELS / "sentiment" / "calibration.json")
    out = {}
    for r in _rows(file):
        if r["scored"]:
            z = np.array([r.get("default", r["logits"])], np.float32)
            request = JudgeRequest("", kind=r["kind"], voice=r["voice"], source_type=r["source_type"])
            p = calibration.probabilities(z, [request])[0].astype(np.float64)
            out[r["brand"], r["target"], r["text_hash"]] = tuple(float(v) for v in p / p.sum())
    return out


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _mention(row: dict[str, Any]) -> Mention:
    at = row.get("published_at")
    return Mention(
        id=row["id"],
        title=row.get("title") or "",
        text=row["text"],
        url=row.get("url") or "",
        author=row.get("author") or "",
        source_type=row.get("source_type") or "other",
        lang=row.get("lang"),
        voice=row.get("voice"),
        published_at=datetime.fromisoformat(at) if at else None,
    )


def _mentions(identity: BrandIdentity, rows: list[dict[str, Any]]) -> list[Example]:
    matcher = Matcher(identity)
    mentions = [_mention(r) for r in rows]
    return [
        Example(
            FlagRequest(mention, match),
            row.get("relevant", True),
            row["conflict"],
            tuple(row["conflicts_with"]),
            row.get("role_mixing"),
            row["lang"],
            next(iter(row.get("in_line_with", ())), None),
        )
        for row, mention, match in zip(rows, mentions, matcher.match_all(mentions), strict=True)
    ]


def _pairs(identity: BrandIdentity, rows: list[dict[str, Any]]) -> list[Example]:
    """A text of pairs/ speaks about its brand by construction; the voice is given, the author is not."""
    out = []
    for row in rows:
        breaks = row["relation"] == "contradicts"
        match = Match(True, (Target(identity.name, "brand"),), row["voice"])
        statements = ((row["statement"],) if breaks else ()) + tuple(row.get("also", ()))
        level = row["severity"] if breaks else ("minor" if statements else "none")
        request = FlagRequest(_mention(row), match)
        out.append(Example(request, True, level, statements, None, row["lang"], row["statement"]))
    return out


def _judged(
    examples: Sequence[Example], known: dict[tuple[str, str], tuple[float, ...]]
) -> tuple[Example, ...]:
    """The examples with the held-out verdicts of the targets that the matcher found."""
    out = []
    for e in examples:
        digest = text_hash(e.request.mention.text)
        verdicts = tuple(
            Verdict(t.name, *known[t.name, digest], status="judged", model="held out")
            for t in e.request.match.targets
            if (t.name, digest) in known
        )
        out.append(replace(e, request=replace(e.request, verdicts=verdicts)))
    return tuple(out)


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
