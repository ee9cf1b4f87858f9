"""What masking does to texts nobody wrote for it: `python -m bench.masking FILE ...` (feeds, or JSON Lines).

Prints how many texts it changed, what it masked, and how many long numbers it left alone. `--show` prints each of
both with its surroundings, to be judged by a reader: that is how false hits are counted.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from monitor.errors import SourceError
from monitor.masking import EMAIL, PHONE, Masker
from monitor.sources._feedparse import parse

_LONG = re.compile(r"[0-9](?:[ .\u00a0-]?[0-9]){5,}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("files", nargs="+", type=Path)
    arguments.add_argument("--show", action="store_true")
    given = arguments.parse_args()
    texts = {text for file in given.files for text in _texts(file) if text}
    masker = Masker()
    began = time.process_time()
    masked = {text: found for text in texts if (found := masker.mask(text)) != text}
    seconds = time.process_time() - began
    emails = sum(found.count(EMAIL) - text.count(EMAIL) for text, found in masked.items())
    phones = sum(found.count(PHONE) - text.count(PHONE) for text, found in masked.items())
    left = [(text, run) for text in texts for run in _LONG.finditer(masked.get(text, text))]
    print(f"{datetime.now(UTC):%Y-%m-%d}: {len(given.files)} files, {len(texts)} different texts, ", end="")
    print(f"{sum(map(len, texts))} characters, {seconds * 1e6 / max(1, len(texts)):.0f} microseconds a text")
    print(f"masked: {emails} addresses and {phones} phone numbers in {len(masked)} texts")
    print(f"left alone: {len(left)} numbers of six digits or more")
    if given.show:
        for found in sorted(masked.values()):
            for token in re.finditer(rf"{re.escape(EMAIL)}|{re.escape(PHONE)}", found):
                print("masked", repr(found[max(0, token.start() - 40) : token.end() + 20]))
        for text, run in left:
            print("left  ", repr(masked.get(text, text)[max(0, run.start() - 40) : run.end() + 20]))


def _texts(file: Path) -> Iterator[str]:
    if file.suffix == ".jsonl":
        for line in file.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            yield from (record.get("title") or "", record.get("text") or "")
        return
    try:
        for entry in parse(file.read_bytes(), "", "").entries:
            yield from (entry.title, entry.text)
    except SourceError:
        return


if __name__ == "__main__":
    main()
