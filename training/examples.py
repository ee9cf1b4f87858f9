"""The training and development data as examples: a request, the question asked of it, and the answer.

Four kinds of data: ``sentences`` (DATA/sentiment, opinionated single sentences and tweets), ``brands``
(DATA/identity and DATA/posts, whole posts about fictional brands), ``written`` (training/data/written, whole posts
about other fictional organisations) and ``plain`` (training/data/plain, short sentences, each for the sake of one
word of praise, blame or fact). The scored label: a third party's text counts by the standing it leaves, our own
words by the attitude they express. Three brands of identity/ were labelled by the attitude throughout, so a third
party's text about them answers the question ``wording``, not the scored one.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from monitor.classifiers.reading import Question
from monitor.types import LABELS, JudgeRequest

OWN = Path(__file__).parent / "data"
WRITTEN = OWN / "written"
PLAIN = OWN / "plain"
# Made up, of no data set; the sentences of ``plain`` are about them.
NAMES = (
    "Ravnvik", "Tindra", "Skogholt", "Nordlys Drift", "Kvitebjørn", "Ormøy Havn", "Vestavind", "Alke", "Grønnlia",
    "Fjellheimen Bank", "Solvik", "Teistholmen", "Myrull", "Larsen & Dahl", "Holmgang", "Øyra Kraft", "Bifrost Media",
    "Hanne Rustad", "Ola Nygård", "Kari Myhre", "Even Strand", "Siri Lund-Moe", "Rypa", "Storfjord Bygg", "Trekanten",
)  # fmt: skip
BY_WORDING = frozenset({"havblikk", "samband", "solheim"})


@dataclass(frozen=True, slots=True)
class Example:
    """``label`` = index into LABELS. ``part`` = identity, posts, written or the source of a sentence. ``scored`` is
    False for the second answer of data that has two (standing and wording)."""

    request: JudgeRequest
    label: int
    part: str
    brand: str = ""
    question: Question = ""
    scored: bool = True
    id: str = ""


def lines(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.read_text("utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def sentences(file: Path) -> list[Example]:
    return [
        Example(JudgeRequest(r["text"], r["target"], lang=r["lang"]), LABELS.index(r["label"]), r["source"])
        for r in lines(file)
    ]


def brands(data: Path, parts: Iterable[str] = ("identity", "posts")) -> list[Example]:
    out: list[Example] = []
    for part in parts:
        for file in sorted((data / part).glob("brand_*.jsonl")):
            aliases = names_and_aliases(yaml.safe_load(file.with_suffix(".yaml").read_text("utf-8")), {})
            brand = file.stem[6:]
            for item in lines(file):
                own = item["voice"] != "third_party"
                for target in item["targets"]:
                    request = _request(item, target, tuple(aliases.get(target["name"], ())))
                    standing, tone = target["sentiment"], target.get("tone")
                    if tone is not None:
                        out += _both(request, standing, tone, own, part, brand, item["id"])
                    else:
                        asked: Question = "wording" if brand in BY_WORDING and not own else ""
                        label = LABELS.index(standing)
                        out.append(Example(request, label, part, brand, asked, True, item["id"]))
    return out


def written(folder: Path = WRITTEN) -> list[Example]:
    out: list[Example] = []
    for file in sorted(folder.glob("*.jsonl")):
        for number, item in enumerate(lines(file), 1):
            own = item["voice"] != "third_party"
            for target in item["targets"]:
                request = _request(item, target, tuple(target.get("aliases", ())))
                id_ = f"{file.stem}:{number}"
                out += _both(
                    request, target["standing"], target["attitude"], own, "written", item["brand"], id_
                )
    return out


def plain(rng: random.Random, folder: Path = PLAIN) -> list[Example]:
    """Lines of language, label, text; {T} becomes the target, {O} another name."""
    out: list[Example] = []
    for file in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                lang, label, text = line.split("\t")
                target, other = rng.sample(NAMES, 2)
                filled = text.replace("{T}", target).replace("{O}", other)
                request = JudgeRequest(filled, target, lang=lang)
                out.append(Example(request, LABELS.index(label), "plain", id=f"{file.stem}:{number}"))
    return out


def _request(item: dict[str, Any], target: dict[str, Any], aliases: tuple[str, ...]) -> JudgeRequest:
    return JudgeRequest(
        text=item["text"],
        title=item.get("title") or "",
        target=target["name"],
        aliases=aliases,
        kind=target["kind"],
        voice=item["voice"],
        source_type=item["source_type"],
        author=item.get("author") or "",
        lang=item["lang"],
    )


def _both(
    request: JudgeRequest, standing: str, wording: str, own: bool, part: str, brand: str, id_: str
) -> list[Example]:
    """The scored answer, then the other one under the question that asks for it."""
    first, second = (wording, standing) if own else (standing, wording)
    other: Question = "standing" if own else "wording"
    return [
        Example(request, LABELS.index(first), part, brand, "", True, id_),
        Example(request, LABELS.index(second), part, brand, other, False, id_),
    ]


def names_and_aliases(node: Any, out: dict[str, list[str]]) -> dict[str, list[str]]:
    """Every mapping with a name and maybe aliases, wherever it stands in a brand file of any dialect."""
    if isinstance(node, dict):
        if isinstance(node.get("name"), str):
            out.setdefault(node["name"], []).extend(str(a) for a in node.get("aliases") or [])
        for value in node.values():
            names_and_aliases(value, out)
    elif isinstance(node, list):
        for value in node:
            names_and_aliases(value, out)
    return out
