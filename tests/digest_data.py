"""The bundled example in a real store, judged by a rule a test can foretell, and figures written by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.config import Config, load
from monitor.digest import Curve, Figures, GoalState, Happened, Mover, SourceMove, Unseen, VoiceShare, Waiting
from monitor.readmodel import NetworkCount, Standing
from monitor.readmodel.rows import share
from monitor.store import Poll, Store
from monitor.targets import Matcher
from monitor.types import (
    CaseEntry,
    Conflict,
    FetchState,
    Flag,
    KnownIncident,
    Mention,
    Reading,
    SourceEpisode,
    Verdict,
)
from monitor.types import Incident as Run

LOMVI = Path(__file__).parent.parent / "examples" / "lomvi"
SINCE, UNTIL = datetime(2026, 9, 13, 22, tzinfo=UTC), datetime(2026, 9, 20, 22, tzinfo=UTC)  # a week in Oslo
SUNDAY = UNTIL.date()
RECIPIENTS = """
recipients:
  - {address: styret@lomvi.example, lang: nb, role: board, digest: weekly}
  - {address: marit@lomvi.example, lang: en, role: leader.1, digest: both}
  - {address: vakt@lomvi.example, lang: nb, role: communications}
"""


def lomvi(folder: Path, recipients: str = RECIPIENTS) -> Config:
    """The example's brand file in ``folder``, with other recipients."""
    text = (LOMVI / "brand.yaml").read_text(encoding="utf-8")
    head, _, tail = text.partition("\nrecipients:\n")
    brand = folder / "brand.yaml"
    brand.write_text(f"{head}\n{recipients}\nlanguage: nb\n", encoding="utf-8")
    assert "language: nb" in tail
    return load(brand, {})


def mentions() -> list[Mention]:
    found = []
    for line in (LOMVI / "archive.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        at = datetime.fromisoformat(row["published_at"]).astimezone(UTC)
        found.append(
            Mention(
                row["id"], row.get("title", ""), row["text"], row.get("url", ""), row.get("author", ""), "archive",
                row["source_type"], row.get("lang"), None, at, at, (row["id"],),
            )
        )  # fmt: skip
    return found


def seed(config: Config) -> Store:
    """Every third mention is negative, every third positive; the first of each 40 is flagged, one flag is decided."""
    identity = config.identity
    store = Store(config.settings.database)
    store.migrate()
    store.set_setting("brand", identity.name)
    said, matcher = mentions(), Matcher(identity)
    now = said[-1].published_at or UNTIL
    store.add_polls([Poll("archive", now, FetchState(polls=2), tuple(said))])
    matches = [(m, matcher.match(m)) for m in said]
    store.add_matches(identity.hash, matches, now)
    store.add_stories([(m.id, m.id) for m in said], now)
    verdicts, flags = [], []
    for n, (m, match) in enumerate(matches):
        p = ((0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8))[n % 3]
        verdicts += [(m, Verdict(target.name, *p, "judged", "test@1")) for target in match.targets]
        if match.relevant:
            hit = Conflict("value.1", 0.9, "major", "text", 0, 5, m.text[:5], "test")
            level = "major" if n % 40 == 0 else "none"
            flags.append((m, Flag(level, 0.9, (hit,) if level == "major" else (), (), False, "test@1")))
    store.add_verdicts(verdicts, now)
    store.add_flags(identity.hash, flags, now)
    flagged = [m for m, flag in flags if flag.level != "none"]
    at = SINCE + timedelta(days=2)
    store.add_case_entries(
        [
            CaseEntry(
                flagged[0].id, flagged[0].content_hash, identity.hash, "dismissed", "Kari", at, "Ikke vårt."
            )
        ]
    )
    start = SINCE + timedelta(days=3, hours=5)
    run = Run(start, start + timedelta(hours=3), start + timedelta(hours=20), start, 4, 11, 0.4, 0.9)
    store.save_incidents([KnownIncident("lomviincident001", identity.name, (), run)], [], at)
    down = SourceEpisode(
        "e1", "archive", "failing", start, start, start + timedelta(hours=6), "svarte 503", "http_503"
    )
    store.save_episodes([down], [])
    store.save_episodes([], [(down.id, start + timedelta(hours=6))])
    return store


HOSTILE = (
    '<script>alert(1)</script><img src=x onerror="alert(2)">',
    "[klikk](javascript:alert(3)) **fet** https://evil.example/x",
    '=HYPERLINK("http://evil.example") +1 \u202etxet\u202c \x00 \ud800',
    "A" * 500_000,
    "Fjordbank 🤞 \u0645\u0631\u062d\u0628\u0627 =?utf-8?q?x?=",
)
READING = Reading(
    "goal.1",
    "d",
    "response_time",
    "share",
    SINCE,
    UNTIL,
    UNTIL,
    0.62,
    0.5,
    0.73,
    40,
    "on_track",
    "",
    0.4,
    0.8,
    SUNDAY,
)
BAD_URLS = ("javascript:alert(1)", "https://bank.example@evil.example/", 'https://x.example/"onload="x')


def standing(
    target: str, kind: str, counts: tuple[int, int, int], before: tuple[int, int, int] | None
) -> Standing:
    def one(c: tuple[int, int, int], previous: Standing | None) -> Standing:
        n = sum(c)
        return Standing(
            target, kind, n, n, *c, 0, 0, share(c[0], n), share(c[2], n), previous  # type: ignore[arg-type]
        )  # fmt: skip

    return one(counts, one(before, None) if before else None)


def figures(**changed: object) -> Figures:
    """A week in which everything happens, with hostile texts wherever a stranger's may stand."""
    day = SINCE + timedelta(days=1)
    found: dict[str, object] = {
        "brand": "Fjordbank <b>",
        "kind": "week",
        "since": SINCE,
        "until": UNTIL,
        "collected": True,
        "standings": (
            standing("Fjordbank <b>", "brand", (20, 10, 12), (5, 20, 15)),
            standing("Kari Nordvik", "leader", (1, 1, 1), (0, 0, 0)),
        ),
        "leaders": ("Kari Nordvik", "Ola Stille"),
        "curve": Curve(
            tuple((SINCE + timedelta(days=n - 20)).date() for n in range(28)),
            tuple(None if n == 3 else n % 5 for n in range(28)),
            tuple(None if n == 3 else (n + 2) % 4 for n in range(28)),
            21,
        ),
        "movers": tuple(
            Mover("Fjordbank <b>", "negative", -0.05, 42, 3, text, text, BAD_URLS[n % 3], text[:50], day)
            for n, text in enumerate(HOSTILE)
        ),
        "source_moves": (
            SourceMove(HOSTILE[0], -0.1, 42, 9, 1, 2, 3),
            SourceMove("avisa", 0.04, 42, 0, 4, None, None),
        ),
        "decided": {"confirmed": 2, "dismissed": 1},
        "open_flags": 5,
        "waiting": tuple(
            Waiting("major", HOSTILE[0], "", text, BAD_URLS[0], "avisa", day) for text in HOSTILE[:3]
        ),
        "incidents": (
            Happened(
                "Fjordbank <b>",
                (HOSTILE[1],),
                day,
                None,
                12,
                0.4,
                "major",
                answered_after=42,
            ),
            Happened("Kari Nordvik", (), day, day + timedelta(hours=9), 6, 1.5, "minor", closed=True),
        ),
        "goals": (
            GoalState("Svare innen en time", READING),
            GoalState(HOSTILE[1], None),
        ),
        "voices": (
            VoiceShare("Fjordbank <b>", 42, 100, 0.42, 0.33, 0.52, 0.33),
            VoiceShare("Sparebanken <i>", 58, 100, 0.58, 0.48, 0.67),
        ),
        "networks": (
            NetworkCount("news", 31, 20),
            NetworkCount("forum", 0, 22),
            NetworkCount("odd", 1, None),
        ),
        "unseen": (Unseen(HOSTILE[0], "failing", 14.2, None), Unseen("tut", "silent", 1.2, day)),
        "sources": 4,
    }
    return Figures(**{**found, **changed})  # type: ignore[arg-type]
