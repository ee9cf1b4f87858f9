"""Story grouping on labelled copies: pairwise precision, recall and F1, same-language pairs, per brand.

    python bench/stories.py DATA_DIR      # a folder with brand_*.jsonl that carry dup_group

The baseline calls two mentions copies when title and text are equal.
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

from monitor.stories import group
from monitor.types import Mention

Pair = tuple[str, str]


def pairs(groups: dict[str, str], lang: dict[str, str]) -> set[Pair]:
    by_group: dict[str, list[str]] = {}
    for mention, name in sorted(groups.items()):
        by_group.setdefault(name, []).append(mention)
    return {
        (a, b)
        for members in by_group.values()
        for a, b in itertools.combinations(members, 2)
        if lang[a] == lang[b]
    }


def scores(found: set[Pair], gold: set[Pair]) -> tuple[float, float, float]:
    hit = len(found & gold)
    precision = hit / len(found) if found else 1.0
    recall = hit / len(gold) if gold else 1.0
    return precision, recall, 2 * hit / (len(found) + len(gold)) if found or gold else 1.0


def main(folder: Path) -> None:
    total: dict[str, tuple[set[Pair], set[Pair], set[Pair]]] = {}
    for path in sorted(folder.glob("brand_*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        lang = {r["id"]: r["lang"] for r in rows}
        mentions = [Mention(id=r["id"], title=r["title"] or "", text=r["text"], lang=r["lang"]) for r in rows]
        gold = pairs({r["id"]: r.get("dup_group") or r["id"] for r in rows}, lang)
        found = pairs(dict(group(mentions, ())), lang)
        exact = pairs({m.id: m.content_hash for m in mentions}, lang)
        total[path.stem] = (found, exact, gold)
    total["all"] = tuple(set().union(*(t[i] for t in total.values())) for i in range(3))  # type: ignore[assignment]
    print(f"{'brand':18}{'pairs':>6}{'P':>7}{'R':>7}{'F1':>7}   exact-copy baseline F1")
    for name, (found, exact, gold) in total.items():
        p, r, f = scores(found, gold)
        print(f"{name:18}{len(gold):6}{p:7.2f}{r:7.2f}{f:7.2f}{scores(exact, gold)[2]:10.2f}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
