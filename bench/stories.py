"""Story grouping on labelled copies, and what other ways of finding them come to.

    python -m bench.stories DATA_DIR [--brands]                # a folder with brand_*.jsonl that carry dup_group
    python -m bench.stories DATA_DIR --index [--sizes 10000,100000]   # the index against MinHash (pip install rensa)

Copies: pairwise precision, recall and F1 over pairs of the same language (bokmål and nynorsk are two). The baselines
call two mentions copies when their addresses are equal, or their texts. Translations: the same over pairs of two
languages; a pair is found when the stories of the two are linked.

``--index`` times one mention (processor time) against a window of so many candidates, synthetic wires; MinHash is given
the same triples, at the similarity that serves it best.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import statistics
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from monitor.links import article
from monitor.stories import Grouper, marks
from monitor.types import Mention

Pair = tuple[str, str]


def read(path: Path) -> tuple[list[Mention], dict[str, str]]:
    """The mentions of one brand in the order they came, and the group of each."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    mentions = [
        Mention(
            id=r["id"],
            title=r["title"] or "",
            text=r["text"],
            url=r["url"] or "",
            source_type=r["source_type"],
            lang=r["lang"],
            published_at=datetime.fromisoformat(r["published_at"]).astimezone(UTC),
        )
        for r in rows
    ]
    mentions.sort(key=lambda m: m.published_at or datetime.min.replace(tzinfo=UTC))
    return mentions, {r["id"]: r.get("dup_group") or r["id"] for r in rows}


def pairs(groups: dict[str, str], lang: dict[str, str | None], *, same: bool = True) -> set[Pair]:
    by_group: dict[str, list[str]] = {}
    for mention, name in sorted(groups.items()):
        by_group.setdefault(name, []).append(mention)
    return {
        (a, b)
        for members in by_group.values()
        for a, b in itertools.combinations(members, 2)
        if (lang[a] == lang[b]) is same
    }


def ours(mentions: list[Mention]) -> tuple[dict[str, str], set[frozenset[str]]]:
    """The story of each mention, and the pairs of stories that are linked."""
    grouper, stories, links = Grouper(), {}, set()
    for mention in mentions:
        stories[mention.id] = grouper.add(mention)
        links |= {frozenset((link.story, link.other)) for link in grouper.translations(mention)}
    return stories, links


def scores(found: set[Pair], gold: set[Pair]) -> tuple[float, float, float]:
    hit = len(found & gold)
    precision = hit / len(found) if found else 1.0
    recall = hit / len(gold) if gold else 1.0
    return precision, recall, 2 * hit / (len(found) + len(gold)) if found or gold else 1.0


def grouping(folder: Path, brands: bool) -> None:
    total: dict[str, list[set[Pair]]] = {}
    for path in sorted(folder.glob("brand_*.jsonl")):
        mentions, gold = read(path)
        lang = {m.id: m.lang for m in mentions}
        stories, links = ours(mentions)
        ids = sorted(lang)
        linked = {
            (a, b)
            for a, b in itertools.combinations(ids, 2)
            if lang[a] != lang[b]
            and (stories[a] == stories[b] or frozenset((stories[a], stories[b])) in links)
        }
        total[path.stem] = [
            pairs(gold, lang),
            pairs(stories, lang),
            pairs({m.id: article(m.url) or m.id for m in mentions}, lang),
            pairs({m.id: m.content_hash for m in mentions}, lang),
            pairs(gold, lang, same=False),
            linked,
        ]
    whole = [set().union(*(sets[i] for sets in total.values())) for i in range(6)]
    print(
        f"{'':18}{'copies':>7}{'P':>6}{'R':>6}{'F1':>6}{'url F1':>8}{'text F1':>8}{'translated':>12}{'P':>6}{'R':>6}"
    )
    for name, (gold_, found, url, text, translated, linked) in {
        **(total if brands else {}),
        "all": whole,
    }.items():
        p, r, f = scores(found, gold_)
        tp, tr, _ = scores(linked, translated)
        print(
            f"{name:18}{len(gold_):7}{p:6.2f}{r:6.2f}{f:6.2f}{scores(url, gold_)[2]:8.2f}"
            f"{scores(text, gold_)[2]:8.2f}{len(translated):12}{tp:6.2f}{tr:6.2f}"
        )


# --- the index against MinHash --------------------------------------------------------------------------------


class MinHash:
    """Copies by locality-sensitive hashing (rensa): candidates share a band, and the estimate decides."""

    def __init__(self, threshold: float, hashes: int = 128, bands: int = 64) -> None:
        from rensa import RMinHash, RMinHashLSH

        self._make, self._hashes, self._threshold = RMinHash, hashes, threshold
        self._lsh = RMinHashLSH(threshold=threshold, num_perm=hashes, num_bands=bands)
        self._known: list[tuple[str, str | None, object]] = []

    def add(self, mention: Mention) -> str:
        own = self._make(num_perm=self._hashes, seed=7)
        own.update([str(t) for t in marks(mention).triples.tolist()])
        story, best = mention.id, self._threshold
        for number in self._lsh.query(own):
            known, lang, other = self._known[number]
            score = own.jaccard(other)
            if lang == mention.lang and score >= best:
                story, best = known, score
        self._lsh.insert(len(self._known), own)
        self._known.append((story, mention.lang, own))
        return story


def index(folder: Path, sizes: Iterable[int]) -> None:
    files = sorted(folder.glob("brand_*.jsonl"))

    def f1(make: Callable[[], Grouper | MinHash]) -> float:
        found: set[Pair] = set()
        gold_: set[Pair] = set()
        for path in files:
            mentions, gold = read(path)
            lang = {m.id: m.lang for m in mentions}
            grouper = make()
            found |= pairs({m.id: grouper.add(m) for m in mentions}, lang)
            gold_ |= pairs(gold, lang)
        return scores(found, gold_)[2]

    tried = {t: f1(lambda t=t: MinHash(t)) for t in (0.08, 0.12, 0.16, 0.2, 0.3, 0.5)}  # type: ignore[misc]
    best = max(tried, key=lambda t: tried[t])
    told = ", ".join(f"{threshold}: {value:.2f}" for threshold, value in tried.items())
    print(f"F1: triples {f1(Grouper):.2f}, MinHash {tried[best]:.2f} at {best} ({told})")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    print(f"{'candidates':>12}{'':12}{'window, s':>10}{'ms a mention, median (worst)':>32}")
    for size in sizes:
        texts = [(f"{n}", made) for n, made in zip(range(size + 200), _wires(), strict=False)]
        known = [Mention(n, text=text, lang="nb", published_at=at) for n, text in texts[:size]]
        new = [Mention(n, text=text, lang="nb", published_at=at) for n, text in texts[size:]]
        for name in ("triples", "MinHash"):
            start = time.process_time()
            if name == "triples":
                grouper: Grouper | MinHash = Grouper((m.id, m) for m in known)
            else:
                grouper = MinHash(best)
                for mention in known:
                    grouper.add(mention)
            built = time.process_time() - start
            taken = []
            for mention in new:
                start = time.process_time()
                grouper.add(mention)
                taken.append((time.process_time() - start) * 1000)
            print(
                f"{size:12,}{name:>12}{built:10.1f}{statistics.median(taken):22.2f} ({max(taken):.2f})",
                flush=True,
            )


def _wires() -> Iterable[str]:
    """Wires of 80 words, of which every third is a copy without its last sentence, with a paper's own added."""
    rng = random.Random(7)
    common = [f"ord{n}" for n in range(4_000)]
    last: list[str] = []
    for number in itertools.count():
        draw = [common[int(4_000 * rng.random() ** 3)] for _ in range(80)]
        last = last[:50] + draw[:20] if number % 3 == 2 else draw
        yield " ".join(last)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--brands", action="store_true", help="a line a brand")
    parser.add_argument("--index", action="store_true")
    parser.add_argument("--sizes", default="10000,100000")
    args = parser.parse_args()
    if args.index:
        index(args.data, [int(size) for size in args.sizes.split(",")])
    else:
        grouping(args.data, args.brands)


if __name__ == "__main__":
    main()
