"""How well `match` finds what is about us, beside plain alias search.

    python bench/match.py DATA_DIR [--no-voice] [--foreign] [--errors BRAND ...]

DATA_DIR holds brand_X.yaml + brand_X.jsonl. Per brand and pooled: n, precision, recall and F1 of `relevant`,
F1 of the irrelevant class, and precision and recall of the set of target names on relevant mentions. The
baseline calls a mention relevant when the name, an alias, a product or a leader occurs as a word or the
beginning of one, in any case. --foreign shows every brand the other brands' relevant mentions (without voice):
the share it takes for its own, per source type. A stream followed for one brand holds few of them; the figure
shows what reading nameless reviews and replies as ours would cost in a stream that holds anything.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.config import load_identity
from monitor.targets import Matcher
from monitor.types import BrandIdentity, Mention


@dataclass
class Counts:
    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0

    def add(self, gold: bool, said: bool) -> None:
        if gold:
            self.tp, self.fn = self.tp + said, self.fn + (not said)
        else:
            self.fp, self.tn = self.fp + said, self.tn + (not said)

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn, self.tn + other.tn)

    @property
    def row(self) -> str:
        p, r = ratio(self.tp, self.tp + self.fp), ratio(self.tp, self.tp + self.fn)
        f1 = ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)
        f1_irrelevant = ratio(2 * self.tn, 2 * self.tn + self.fp + self.fn)
        return f"{p:6.3f} {r:6.3f} {f1:6.3f} {f1_irrelevant:7.3f}"


def ratio(a: float, b: float) -> float:
    return a / b if b else float("nan")


def plain_search(identity: BrandIdentity) -> re.Pattern[str]:
    names = [identity.name, identity.legal_name, *identity.aliases]
    names += [n for p in identity.products for n in (p.name, *p.aliases)]
    names += [n for p in identity.leaders for n in (p.name, *p.aliases)]
    return re.compile("|".join(rf"(?<!\w){re.escape(n)}" for n in names if n), re.IGNORECASE)


def mention_of(row: dict[str, Any], with_voice: bool) -> Mention:
    return Mention(
        id=row["id"],
        title=row.get("title") or "",
        text=row["text"],
        url=row.get("url") or "",
        author=row.get("author") or "",
        source_type=row.get("source_type") or "other",
        voice=row.get("voice") if with_voice else None,
    )


def foreign(folder: Path) -> None:
    """Prints how many mentions of other brands each source type makes us take for ours."""
    paths = [p for p in sorted(folder.glob("brand_*.yaml")) if p.with_suffix(".jsonl").exists()]
    rows = {
        p: [json.loads(x) for x in p.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()]
        for p in paths
    }
    taken: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for path in paths:
        matcher = Matcher(load_identity(path))
        for other in paths:
            for row in rows[other] if other != path else ():
                if row["relevant"]:
                    seen[row["source_type"]] += 1
                    taken[row["source_type"]] += matcher.match(mention_of(row, False)).relevant
    for kind in sorted(seen):
        print(f"{kind:10} {taken[kind]:5} of {seen[kind]:6} taken for ours ({taken[kind] / seen[kind]:.3f})")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--no-voice", action="store_true", help="remove `voice` from the input")
    parser.add_argument("--errors", nargs="*", default=(), help="print the errors of these brands")
    parser.add_argument("--foreign", action="store_true", help="only the mentions of the other brands")
    args = parser.parse_args()
    if args.foreign:
        foreign(args.data)
        return
    pooled, pooled_plain = Counts(), Counts()
    names = [0, 0, 0]
    seconds, total = 0.0, 0
    print(
        f"{'brand':12} {'n':>5} | {'P':>6} {'R':>6} {'F1':>6} {'F1 irr.':>7} "
        f"| {'plain: P, R, F1, F1 irr.':28} | targets P, R"
    )
    for path in sorted(args.data.glob("brand_*.yaml")):
        jsonl = path.with_suffix(".jsonl")
        if not jsonl.exists():
            continue
        identity = load_identity(path)
        matcher, plain = Matcher(identity), plain_search(identity)
        known = {identity.name, *(p.name for p in identity.products), *(p.name for p in identity.leaders)}
        rows = [json.loads(line) for line in jsonl.read_text(encoding="utf-8").splitlines() if line.strip()]
        mentions = [mention_of(r, not args.no_voice) for r in rows]
        began = time.process_time()
        matches = matcher.match_all(mentions)
        seconds, total = seconds + time.process_time() - began, total + len(rows)
        counts, plain_counts, of = Counts(), Counts(), [0, 0, 0]
        for row, mention, match in zip(rows, mentions, matches, strict=True):
            counts.add(row["relevant"], match.relevant)
            plain_counts.add(row["relevant"], bool(plain.search(f"{mention.title}\n{mention.text}")))
            if row["relevant"]:
                gold = {t["name"] for t in row["targets"]} & known
                said = {t.name for t in match.targets}
                of = [of[0] + len(gold & said), of[1] + len(said), of[2] + len(gold)]
            if path.stem.removeprefix("brand_") in args.errors and row["relevant"] != match.relevant:
                said_what = [(t.name, t.surface or t.via) for t in match.targets] or match.rejected
                print(
                    f"  {'FN' if row['relevant'] else 'FP'} {row['id']} {row['source_type']} {row['author']!r}",
                    end="",
                )
                print(f" {said_what} | {mention.title} | {mention.text[:280]!r}")
        pooled, pooled_plain = pooled + counts, pooled_plain + plain_counts
        names = [a + b for a, b in zip(names, of, strict=True)]
        targets = f"{ratio(of[0], of[1]):.3f} {ratio(of[0], of[2]):.3f}"
        print(f"{path.stem[6:]:12} {len(rows):5} | {counts.row} | {plain_counts.row} | {targets}")
    targets = f"{ratio(names[0], names[1]):.3f} {ratio(names[0], names[2]):.3f}"
    print(f"{'pooled':12} {total:5} | {pooled.row} | {pooled_plain.row} | {targets}")
    print(f"{total / seconds:.0f} mentions per CPU second (texts as they are, first sight of every word)")


if __name__ == "__main__":
    main()
