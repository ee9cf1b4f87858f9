"""A small real store for the dashboard's tests, with the texts of people who mean harm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.config import load
from monitor.store import Poll, Store
from monitor.types import (
    Conflict,
    FetchState,
    Flag,
    Incident,
    KnownIncident,
    Label,
    Match,
    Mention,
    SourceEpisode,
    Target,
    Verdict,
    Voice,
)

PRODUCT = ":red[Sparekonto] $x^2$ *Pluss*"
SOURCE = "[kilde](javascript:alert(5)) :material/home:"
LINK = "https://avisa.example/sak/1?a=1&b=<b>"
TITLES = (
    "<script>window.hacked = 1; alert(1)</script> Fjordbank",
    'Fjordbank <img src=x onerror="window.hacked = 2; alert(2)">',
    "[Fjordbank](javascript:alert(3)) **fet** `kode`",
    "Fjordbank $\\frac{1}{2}$ :material/home: :red[rødt] :smile:",
    "Fjordbank \u202etxet desrever\u202c slutt",
    "Fjordbank " + "A" * 2_000_000,
)
QUOTE = "<b>gjeldsfelle</b> & inkasso"
BRAND = f"""
name: Fjordbank
fictional: true
language: nb
timezone: Europe/Oslo
products: [{{name: "{PRODUCT}"}}]
leaders:
  - {{id: leader.1, name: Kari Nordvik, role: banksjef}}
values:
  - {{id: value.1, text: "Vi låner aldri ut mer enn kunden tåler."}}
guidelines:
  - {{id: guideline.1, text: "Vi omtaler aldri enkeltkunder."}}
sources:
  - {{id: avisa, kind: feed, url: "https://avisa.example/rss"}}
  - {{id: "{SOURCE}", kind: feed, url: "https://kilde.example/rss"}}
  - {{id: borte, kind: feed, url: "https://borte.example/rss"}}
"""


def brand_file(folder: Path, extra: str = "") -> Path:
    path = folder / "brand.yaml"
    path.write_text(BRAND + extra, encoding="utf-8")
    return path


def seed(brand: Path) -> None:
    """40 ordinary mentions of the brand (10 negative, 10 unsure), 6 hostile ones with conflicts, an incident."""
    config = load(brand)
    identity, now = config.identity, datetime.now(UTC).replace(microsecond=0)
    store = Store(config.settings.database)
    store.migrate()
    mentions: list[Mention] = []
    verdicts: list[tuple[Mention, Verdict]] = []
    flags: list[tuple[Mention, Flag]] = []
    for n in range(40):
        at = now - timedelta(hours=12 * n + 1)
        voice: Voice = "leader" if n == 3 else "third_party"
        author = "Kari Nordvik" if n == 3 else f"leser-{n}"
        m = Mention(f"plain-{n}", f"Sak nummer {n}", f"Fjordbank i sak {n}.", LINK, author, "avisa", "news",
                    "nb", voice, at, at + timedelta(minutes=5))  # fmt: skip
        mentions.append(m)
        label: Label = "negative" if n % 4 == 0 else "positive"
        p = {"negative": 0.1, "positive": 0.1} | {label: 0.8}
        status = "unsure" if n % 4 == 1 else "judged"
        verdicts.append((m, Verdict("Fjordbank", p["negative"], 0.1, p["positive"], status, "test@1")))
        flags.append((m, Flag("none", 0.1, (), (), False, "test@1")))
    for n, title in enumerate(TITLES):
        at = now - timedelta(minutes=10 + n)
        text = f"Kunden kaller det {QUOTE} og \u202everre. :red[x] [y](javascript:alert(6))"
        m = Mention(
            f"bad-{n}", title, text, "javascript:alert(4)", "<i>x</i>", SOURCE, "forum", "nb", None, at, at
        )
        mentions.append(m)
        verdicts.append((m, Verdict("Fjordbank", 0.9, 0.05, 0.05, "judged", "test@1")))
        verdicts.append((m, Verdict(PRODUCT, 0.2, 0.7, 0.1, "judged", "test@1")))
        start = text.index(QUOTE)
        reason = "<u>Motsier</u> :red[utsagnet]"
        hit = Conflict("value.1", 0.9, "major", "text", start, start + len(QUOTE), QUOTE, reason)
        flags.append((m, Flag("major", 0.9, (hit,), (("value.1", 0.9),), False, "test@1")))
    state = FetchState(polls=2)
    plain, bad = mentions[:40], mentions[40:]
    error = "<script>alert(7)</script> svarte 503"
    store.add_polls(
        [
            Poll("avisa", now, state, tuple(plain)),
            Poll(SOURCE, now, state, tuple(bad)),
            *(Poll("borte", now - timedelta(hours=n), error=error, error_kind="http_503") for n in (3, 2, 1)),
        ]
    )
    down = SourceEpisode(
        "episode", "borte", "failing", now - timedelta(hours=3), now, None, error, "http_503", now
    )
    other = SourceEpisode("removed", "not in the brand file", "silent", now - timedelta(hours=3), now)
    store.save_episodes([down, other], [])
    targets = (Target("Fjordbank", "brand"), Target(PRODUCT, "product"))
    matches = [
        (m, Match(True, targets[: 1 if m in plain else 2], m.voice or "third_party")) for m in mentions
    ]
    store.add_matches(identity.hash, matches, now)
    store.add_stories([(m.id, "bad-0" if m in bad else m.id) for m in mentions], now)
    store.add_verdicts(verdicts, now)
    store.add_flags(identity.hash, flags, now)
    start = now - timedelta(hours=1)
    found = Incident(start, start, None, start, 6, 6, 0.4, 0.99)
    store.save_incidents([KnownIncident("incident-1", "Fjordbank", (PRODUCT,), found)], [], now)
