"""What language identification is worth: the right languages judged, the others left alone, beside three baselines.

    python -m bench.language DATA_DIR [--texts bench/data/languages.tsv]

DATA_DIR is searched for *.jsonl whose rows have text, lang (nb, nn or en) and maybe title. The tsv holds made-up
sentences in other languages, and some in Norwegian that look Danish. What counts is what the judge does with the
answer: nb, nn and en are judged, Danish and Swedish marked unsure, the rest left unjudged. Every system is asked twice:
with nothing declared, and with a feed that declares bokmål for everything. The brand's languages are nb, nn, en.
The rules of monitor/language.py were made looking at these texts: the figures say how well they fit, and no more.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from monitor import language
from monitor.sentiment import JUDGED_LANGUAGES, UNSURE_LANGUAGES

TEXTS = Path(__file__).parent / "data" / "languages.tsv"
EXPECTED = ("nb", "nn", "en")
Text = tuple[str, str, str]  # language, title, text
System = Callable[[str, str, "str | None"], "str | None"]


def brands(folder: Path) -> list[Text]:
    out = []
    for file in sorted(folder.rglob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            if row.get("lang") in EXPECTED and row.get("text"):
                out.append((row["lang"], row.get("title") or "", row["text"]))
    return out


def made_up(file: Path) -> list[Text]:
    rows = [line.split("\t") for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [(lang, "", text) for lang, _, text in rows]


def handled(lang: str | None) -> str:
    if lang is None or lang in JUDGED_LANGUAGES:
        return "judged"
    return "unsure" if lang in UNSURE_LANGUAGES else "unjudged"


def words_alone(title: str, text: str, declared: str | None) -> str | None:
    """The language with most function words; what is declared when there are none."""
    found = language.count(f"{title} {text}"[: language.MAX_CHARS])
    scores = {code: found.marks(code, never="") for code in ("nb", "nn", "da", "sv")} | {"en": found.english}
    best = max(scores, key=lambda code: scores[code])
    return best if scores[best] else declared or EXPECTED[0]


def library_alone(title: str, text: str, declared: str | None) -> str | None:
    lang = language._library().classify(f"{title} {text}"[: language.MAX_CHARS])[0]
    return "nb" if lang == "no" else str(lang)


SYSTEMS: dict[str, System] = {
    "as declared, else the brand's first": lambda title, text, declared: declared or EXPECTED[0],
    "function words alone": words_alone,
    "py3langid alone": library_alone,
    "monitor.language": lambda title, text, declared: (
        language.identify(text, title=title, declared=declared, expected=EXPECTED).lang
    ),
}


def measure(name: str, system: System, texts: list[Text], declared: str | None) -> None:
    started = time.process_time()
    answers = [system(title, text, declared) for _, title, text in texts]
    each = (time.process_time() - started) / len(texts) * 1e6
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for (lang, _, _), answer in zip(texts, answers, strict=True):
        group = lang if lang in (*EXPECTED, *UNSURE_LANGUAGES) else "other"
        total[group] += 1
        right[group] += handled(answer) == handled(lang)
    cells = " ".join(f"{right[g] / total[g]:6.1%}" for g in ("nb", "nn", "en", "da", "sv", "other"))
    print(f"{name:36} {cells} {sum(right.values()) / len(texts):7.2%} {each:6.0f}")


def confusion(texts: list[Text], declared: str | None) -> None:
    found: Counter[tuple[str, str]] = Counter()
    for lang, title, text in texts:
        found[lang, SYSTEMS["monitor.language"](title, text, declared) or "none"] += 1
    for lang in ("nb", "nn", "en", "da", "sv"):
        answers = sorted(((n, a) for (g, a), n in found.items() if g == lang), reverse=True)
        print(f"  {lang}: " + ", ".join(f"{answer} {n}" for n, answer in answers))


COLD = """
import resource, sys, time

def peak():
    # On Linux a new process starts with its parent's ru_maxrss; VmHWM is its own.
    if sys.platform == "linux":
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20

started = time.process_time()
from monitor import language
language.identify("Ferga ble forsinket igjen etter en feil på motoren, og ingen visste noe om når den går.")
words, size = time.process_time() - started, peak()
language.identify("Die Fähre war heute Morgen schon wieder eine halbe Stunde zu spät, und niemand wusste warum.")
more = time.process_time() - started - words
print(f"a new process: {words * 1e3:.0f} ms of the processor to the first answer by words; the first that needs the "
      f"library takes {more * 1e3:.0f} ms more and {peak() - size:.0f} MB at its peak, numpy included")
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--texts", type=Path, default=TEXTS)
    args = parser.parse_args()
    texts = brands(args.data)
    if not texts:
        raise SystemExit(f"{args.data}: no rows with text and a lang of {', '.join(EXPECTED)} in any *.jsonl")
    texts += made_up(args.texts)
    count = Counter(lang if lang in (*EXPECTED, *UNSURE_LANGUAGES) else "other" for lang, _, _ in texts)
    print("n: " + ", ".join(f"{lang} {n}" for lang, n in count.items()))
    language._library()
    for declared in (None, "nb"):
        print(f"\nrightly judged, unsure or unjudged; declared: {declared or 'nothing'}")
        print(f"{'':36} {'nb':>6} {'nn':>6} {'en':>6} {'da':>6} {'sv':>6} {'other':>6} {'all':>7} us/text")
        for name, system in SYSTEMS.items():
            measure(name, system, texts, declared)
        print("monitor.language, language by language:")
        confusion(texts, declared)
    by = Counter(language.identify(text, title=title, expected=EXPECTED).by for _, title, text in texts)
    print("\ntold by " + ", ".join(f"{name} {n / len(texts):.1%}" for name, n in by.most_common()))
    print(f"longest text {max(len(t) for _, _, t in texts)} characters, {language.MAX_CHARS} read")
    cold = subprocess.run([sys.executable, "-c", COLD], capture_output=True, text=True, check=True)
    print(cold.stdout, end="")


if __name__ == "__main__":
    main()
