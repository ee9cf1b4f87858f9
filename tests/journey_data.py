"""A small real store in which something happened: an incident, conflicts to decide, words in several forms."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import searching
from monitor.config import load
from monitor.pipeline import goals
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
    Target,
    Verdict,
    Voice,
)

ROOT = Path(__file__).parent.parent
BRAND, LEADER, LINK = "Lomvi", "Marit Solheim-Dahl", "https://avisa.example/sak"
INCIDENT = "hendelse-1"
FORMULA = '=HYPERLINK("https://ond.example","klikk")'
# (id, title, text, quote, statement): what waits on the page of conflicts, the surest first.
CONFLICTS = (
    ("presset", "Presset til å gå ut", "Mannskapet sier de ble presset til å gå ut i sterk kuling.",
     "presset til å gå ut i sterk kuling", "value.1"),
    ("taushet", "Sa ingenting om bruddet", "Lomvi tidde om bruddet i kaia i tre uker.",
     "tidde om bruddet i kaia", "value.3"),
    ("turister", "Turistene fikk plassene", "Fastboende sto igjen på kaia mens Lomvi tok med bussturister.",
     "Fastboende sto igjen på kaia", "value.2"),
)  # fmt: skip
SAID = (
    "Forsinkelsen med Lomvi i dag kostet meg timen på sjukehuset",
    "Tredje forsinkelsen på ei uke, Lomvi",
    "Lomvi innstilte uten å si fra",
    "Elevene sto på kaia da Lomvi ikke kom",
    "Nå er det nok, Lomvi",
    FORMULA,
)


def journey_store(folder: Path) -> Path:
    """The brand file of the example with a store of 60 mentions over twenty days; returns the file."""
    brand = folder / "brand.yaml"
    shutil.copy(ROOT / "examples" / "lomvi" / "brand.yaml", brand)
    config, now = load(brand), datetime.now(UTC).replace(microsecond=0)
    identity = config.identity
    store = Store(config.settings.database)
    store.migrate()
    mentions: list[Mention] = []
    judged: list[tuple[Mention, Verdict]] = []
    flags: dict[str, Flag] = {}
    targets: dict[str, Target] = {}

    def add(
        id_: str, title: str, text: str, at: datetime, label: Label, source: str = "avisa", kind: str = "news",
        voice: Voice = "third_party", target: str = BRAND, author: str = "", unsure: bool = False,
    ) -> None:  # fmt: skip
        m = Mention(id_, title, text, LINK, author or f"leser-{id_}", source, kind, "nb", voice, at, at)
        p = {"negative": 0.1, "neutral": 0.1, "positive": 0.1} | {label: 0.8}
        status = "unsure" if unsure else "judged"
        verdict = Verdict(target, p["negative"], p["neutral"], p["positive"], status, "test@1")
        mentions.append(m)
        judged.append((m, verdict))
        targets[id_] = Target(target, "brand" if target == BRAND else "leader")
        flags[id_] = Flag("none", 0.1, (), (), False, "test@1")

    labels: tuple[Label, ...] = ("positive", "neutral", "positive", "negative")
    for n in range(46):
        at = now - timedelta(hours=10 * n + 9)
        leader, ours = n % 7 == 3, n % 11 == 5
        add(f"plain-{n}", f"Sak {n} om ferga", f"Lomvi kom i rute, melding {n}.", at, labels[n % 4],
            source="forum" if n % 3 == 0 else "avisa", kind="forum" if n % 3 == 0 else "news",
            voice="leader" if ours else "third_party", target=LEADER if leader else BRAND,
            author=LEADER if ours else "", unsure=n % 9 == 4)  # fmt: skip
    for n, said in enumerate(SAID):
        add(f"said-{n}", said, f"{said}. Lomvi svarer ikke.", now - timedelta(minutes=20 + 25 * n), "negative",
            source="forum" if n % 2 else "avisa", kind="forum" if n % 2 else "news")  # fmt: skip
    for n, (id_, title, text, quote, statement) in enumerate(CONFLICTS):
        add(id_, title, text, now - timedelta(hours=4, minutes=n), "negative")
        start, score = text.index(quote), 0.9 - 0.1 * n
        hit = Conflict(
            statement, score, "major", "text", start, start + len(quote), quote, "Motsier utsagnet"
        )
        flags[id_] = Flag("major", score, (hit,), ((statement, score),), False, "test@1")
    for source in ("avisa", "forum"):
        told = tuple(m for m in mentions if m.source == source)
        store.add_polls([Poll(source, now, FetchState(polls=2), told)])
    store.add_matches(
        identity.hash, [(m, Match(True, (targets[m.id],), m.voice or "third_party")) for m in mentions], now
    )
    store.add_stories([(m.id, m.id) for m in mentions], now)
    store.add_verdicts(judged, now)
    store.add_flags(identity.hash, [(m, flags[m.id]) for m in mentions], now)
    due = store.due_search(searching.REVISION, 1_000)
    store.add_search(searching.REVISION, [(m, searching.stems(m.title, m.text, m.lang)) for m in due])
    start = (now - timedelta(hours=3)).replace(minute=0, second=0)
    found = Incident(start, start + timedelta(hours=1), None, start + timedelta(hours=1), 4, 6, 0.4, 0.99)
    known = KnownIncident(INCIDENT, BRAND, (), found, "growing", "major", ("impact", "novelty"))
    store.save_incidents([known], [], now, {INCIDENT: "said-0"})
    goals.evaluate(config, store, now)
    return brand
