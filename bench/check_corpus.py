"""Reads every feed of a folder and of its `no/` subfolder, and looks for entries that were lost on the way.

    python bench/check_corpus.py PATH

What should be there comes from feedparser with its own settings (JSON Feed: from json.load), not from our code:
an entry is lost when it has a title or a text and there is no mention with its title and its link. Entries
listed twice in one file may become one mention. Files in which neither side finds a feed are listed. Exits 1
when an entry was lost. Those that take the short way (monitor/sources/_feedplain.py) are also read the long way, and
files in which the two differ are listed.
"""

from __future__ import annotations

import html
import io
import json
import re
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin

import feedparser

from monitor import http, sources
from monitor.errors import SourceError
from monitor.sources import _feedbytes, _feedparse, _feedplain
from monitor.types import FetchState, Mention, SourceSpec

Wanted = tuple[str, str]  # letters of the title, link


def main(folder: Path) -> int:
    files = sorted(
        f for f in (*folder.glob("*"), *folder.glob("no/*")) if f.suffix in (".xml", ".json", ".rss", ".atom")
    )
    if not files:
        print(f"{folder}: no feeds (*.xml, *.json, *.rss, *.atom) there", file=sys.stderr)
        return 1
    total: Counter[str] = Counter()
    for file in files:
        body = file.read_bytes()
        wanted, wordless = from_json(body) if body.lstrip()[:1] == b"{" else from_xml(body)
        mentions, reason = ours(file)
        lost = missing(wanted, mentions)
        plain = short_way(body)
        if plain is False:
            print(f"{file.name}: READ DIFFERENTLY by the short way")
        total.update(
            plain=plain is not None,
            unlike=plain is False,
            files=1,
            entries=len(wanted) + wordless,
            wordless=wordless,
            listed_twice=len(wanted) - len(set(wanted)),
            mentions=len(mentions),
            undated=sum(m.published_at is None for m in mentions),
            lost=len(lost),
            unread=bool(reason),
        )
        if reason:
            print(f"{file.name}: {reason} ({len(wanted)} entries expected)")
        for title, link in lost[:5]:
            print(f"{file.name}: LOST {title[:60]!r} {link[:100]}")
    print(
        "{files} feeds, {entries} entries expected ({wordless} of them without title and text, {listed_twice} "
        "listed twice): {mentions} mentions, {undated} of them undated; {unread} files not read, "
        "{lost} entries lost; {plain} took the short way, {unlike} of them read differently".format(**total)
    )
    return 1 if total["lost"] or total["unlike"] else 0


def short_way(body: bytes) -> bool | None:
    """Whether the short way reads what feedparser reads; None when it is not taken."""
    try:
        document = _feedbytes.examine(_feedbytes.decode(body))
    except SourceError:
        return None
    url = "https://avis.example/feeds/rss.xml"
    found = _feedplain.plain(document.xml, url) if document.well_formed and not document.cut_off else None
    if found is None or not found.entries:
        return None
    return _feedparse._plain(found, url) == _feedparse._xml(document, url)


def ours(file: Path) -> tuple[tuple[Mention, ...], str]:
    with http.Client() as client:
        source = sources.build(SourceSpec("corpus", "feed", file.name, "news"), client, file.parent)
        try:
            return source.fetch(FetchState(), datetime.now(UTC)).mentions, ""
        except SourceError as error:
            return (), f"{error.kind}: {error}"


def missing(wanted: list[Wanted], mentions: tuple[Mention, ...]) -> list[Wanted]:
    """Those without a mention of the same title and link. Where nothing else has the link, it is enough: feedparser
    reads some titles in the wrong encoding.
    """
    have = {(letters(m.title)[:60], bare(m.url)) for m in mentions}
    links = {link for _, link in have if link}
    once = Counter(link for _, link in set(wanted))
    return [w for w in wanted if w not in have and not (w[1] in links and once[w[1]] == 1)]


def from_xml(body: bytes) -> tuple[list[Wanted], int]:
    parsed = feedparser.parse(io.BytesIO(body))
    home = parsed.feed.get("link", "")
    out, wordless = [], 0
    for entry in parsed.entries:
        texts = [entry.get("summary", ""), *(c.get("value", "") for c in entry.get("content", []))]
        link = entry.get("feedburner_origlink") or entry.get("link", "")
        if letters(entry.get("title", "")) or any(map(letters, texts)):
            out.append((letters(entry.get("title", ""))[:60], bare(urljoin(home, link) if link else "")))
        else:
            wordless += 1
    return out, wordless


def from_json(body: bytes) -> tuple[list[Wanted], int]:
    document = json.loads(body)
    out, wordless = [], 0
    for item in document.get("items", []):
        texts = [item.get(k) or "" for k in ("title", "content_html", "content_text", "summary")]
        if any(map(letters, texts)):
            link = item.get("url") or item.get("external_url") or ""
            out.append((letters(texts[0])[:60], bare(link)))
        else:
            wordless += 1
    return out, wordless


def letters(text: str) -> str:
    """Only letters and digits, without tags: how each side treats blanks and entities is not the question here."""
    plain = html.unescape(re.sub(r"<[^<>]*>", " ", html.unescape(text)))
    return "".join(c for c in plain.casefold() if c.isalnum())


def bare(link: str) -> str:
    link = "".join(link.split())
    return link if link.lower().startswith(("http://", "https://")) else ""


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
