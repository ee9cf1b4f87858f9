"""What a labelled line says: which (text, target) pairs it holds and which class a person gave each.

Two shapes are read, told apart line by line:

- ``{text, target, label, ...}``: the judge filter's input with the gold ``label`` (the shape of most labelled data);
- ``{text, targets: [{name, kind, sentiment, tone?}], ...}``: a mention with every target it is about. Third parties
  are scored by ``sentiment``, the standing the text leaves. The brand's own voices are scored by the attitude they
  express: by ``tone`` where a target has one, else by ``sentiment``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from monitor.types import LABELS

By = Literal["label", "sentiment", "tone", "sentiment for want of a tone"]
BYS: tuple[By, ...] = ("label", "sentiment", "tone", "sentiment for want of a tone")


@dataclass(frozen=True, slots=True)
class Gold:
    """``row`` is what the judge filter takes; ``label`` is a place in LABELS; ``by`` names the field it came from.

    ``mood`` is the label of the wording (``tone``) where the line gives it beside the standing it is scored by.
    """

    row: dict[str, Any]
    label: int
    by: By
    mood: int | None = None


def golds(row: Mapping[str, Any]) -> list[Gold]:
    """Every labelled (text, target) of a line; ValueError names the field. A mention without targets holds none."""
    if "targets" not in row:
        if "label" not in row:
            raise ValueError("label is missing (or targets, a list of {name, kind, sentiment})")
        return [Gold(dict(row), _label(row["label"], "label"), "label")]
    targets = row["targets"]
    if not isinstance(targets, list) or not all(isinstance(t, dict) for t in targets):
        raise ValueError("targets must be a list of {name, kind, sentiment}")
    own = row.get("voice") not in (None, "", "third_party")
    out = []
    for i, target in enumerate(targets):
        by: By = "sentiment"
        if own:
            by = "sentiment for want of a tone" if target.get("tone") is None else "tone"
        field = "tone" if by == "tone" else "sentiment"
        label = _label(target.get(field), f"targets[{i}].{field}")
        pair = {
            **row,
            "target": target.get("name"),
            "kind": target.get("kind"),
            "aliases": target.get("aliases"),
        }
        del pair["targets"]
        beside = by == "sentiment" and target.get("tone") is not None
        out.append(Gold(pair, label, by, _label(target["tone"], f"targets[{i}].tone") if beside else None))
    return out


def _label(value: object, field: str) -> int:
    if value not in LABELS:
        raise ValueError(f"{field} must be one of {', '.join(LABELS)}")
    return LABELS.index(value)
