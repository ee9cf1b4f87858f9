"""Checks the posts and the brands of training/data and prints their counts; exit 1 when a line is wrong.

    python -m training.check_data [FOLDER ...]

A file ``brand_X.jsonl`` is checked against ``brand_X.yaml`` beside it; any other file is one of written posts.
"""

from __future__ import annotations

import argparse
import collections
import json
import sys
from pathlib import Path
from typing import Any

from monitor.config import load_identity
from monitor.types import LABELS

DATA = Path(__file__).parent / "data"
LEVELS = {"none", "minor", "major"}
VOICES = {"third_party", "leader", "employee", "brand"}
KINDS = {"brand", "leader", "product", "competitor"}
SOURCES = {"news", "press", "blog", "microblog", "linkedin", "forum", "review", "other"}


def faults(item: dict[str, Any]) -> list[str]:
    out = []
    for key, allowed in (("lang", {"nb", "nn", "en"}), ("voice", VOICES), ("source_type", SOURCES)):
        if item.get(key) not in allowed:
            out.append(f"{key} is {item.get(key)!r}")
    if not str(item.get("text", "")).strip():
        out.append("no text")
    if not item.get("targets"):
        out.append("no targets")
    for target in item.get("targets", ()):
        if target.get("kind") not in KINDS:
            out.append(f"kind is {target.get('kind')!r}")
        if target.get("standing") not in LABELS or target.get("attitude") not in LABELS:
            out.append(f"labels of {target.get('name')!r}")
    names = [t.get("name") for t in item.get("targets", ())]
    if len(set(names)) != len(names):
        out.append("a target twice")
    return out


def brand_faults(item: dict[str, Any], statements: set[str], roles: set[str]) -> list[str]:
    broken, kept = item.get("conflicts_with") or [], item.get("in_line_with") or []
    out = [f"no statement {s!r}" for s in (*broken, *kept) if s not in statements | roles]
    if item.get("conflict") not in LEVELS or (item["conflict"] == "none") == bool(broken):
        out.append(f"conflict is {item.get('conflict')!r} with {len(broken)} statements")
    if set(broken) & set(kept):
        out.append("one statement both in conflict and in line")
    return out


def as_written(item: dict[str, Any]) -> dict[str, Any]:
    """A brand's mention with the names that written posts have for the two labels."""
    targets = [{**t, "standing": t.get("sentiment"), "attitude": t.get("tone")} for t in item["targets"]]
    return {**item, "targets": targets}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="*", default=[DATA / "written", DATA / "brands"])
    wrong = 0
    texts: dict[str, str] = {}
    counts: collections.Counter[tuple[str, str, str]] = collections.Counter()
    for file in sorted(f for folder in parser.parse_args().folders for f in folder.glob("*.jsonl")):
        part, own = file.parent.name, file.name.startswith("brand_")
        identity = load_identity(file.with_suffix(".yaml")) if own else None
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            item = json.loads(line)
            found = []
            if identity:
                roles = {p.id for p in identity.leaders}
                found = brand_faults(item, {s.id for s in identity.statements}, roles)
                item = as_written(item)
                counts[part, "conflict", item["conflict"]] += 1
            found += faults(item)
            if item["text"] in texts:
                found.append(f"same text as {texts[item['text']]}")
            texts.setdefault(item["text"], f"{file.name}:{number}")
            for fault in found:
                wrong += 1
                print(f"{file.name}:{number}: {fault}", file=sys.stderr)
            counts[part, "mentions", "all"] += 1
            counts[part, "language", item["lang"]] += 1
            counts[part, "voice", item["voice"]] += 1
            for target in item["targets"]:
                scored = target["standing" if item["voice"] == "third_party" else "attitude"]
                counts[part, "scored label", scored] += 1
                counts[part, "kind", target["kind"]] += 1
                if target["standing"] != target["attitude"]:
                    counts[part, "labels", "standing differs from attitude"] += 1
    for (part, group, name), count in sorted(counts.items()):
        print(f"{part:<10} {group:<13} {name:<32} {count:>6}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
