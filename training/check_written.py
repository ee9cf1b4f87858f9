"""Checks training/data/written and prints its counts; exit 1 when a line is wrong.

python -m training.check_written [FOLDER]
"""

from __future__ import annotations

import argparse
import collections
import json
import sys
from pathlib import Path
from typing import Any

from monitor.types import LABELS

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


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=Path(__file__).parent / "data" / "written")
    folder = parser.parse_args().folder
    wrong = 0
    texts: dict[str, str] = {}
    counts: collections.Counter[tuple[str, str]] = collections.Counter()
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            item = json.loads(line)
            found = faults(item)
            if item["text"] in texts:
                found.append(f"same text as {texts[item['text']]}")
            texts.setdefault(item["text"], f"{file.name}:{number}")
            for fault in found:
                wrong += 1
                print(f"{file.name}:{number}: {fault}", file=sys.stderr)
            counts["mentions", "all"] += 1
            counts["language", item["lang"]] += 1
            counts["voice", item["voice"]] += 1
            for target in item["targets"]:
                scored = target["standing" if item["voice"] == "third_party" else "attitude"]
                counts["scored label", scored] += 1
                counts["kind", target["kind"]] += 1
                if target["standing"] != target["attitude"]:
                    counts["labels", "standing differs from attitude"] += 1
    for (group, name), count in sorted(counts.items()):
        print(f"{group:<13} {name:<32} {count:>6}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
