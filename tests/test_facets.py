"""Counts of the filters against counting by hand, over stores that chance made; and what is told of stories and mentions."""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import readmodel, searching
from monitor.readmodel import FACETS, STANDING_LABELS, Behind, Chosen, Facet, MentionFilter
from monitor.store import Poll, Store
from monitor.types import (
    CaseEntry,
    Conflict,
    Correction,
    FetchState,
    Flag,
    Incident,
    KnownIncident,
    Match,
    Mention,
    Target,
    Verdict,
    Voice,
)

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
SINCE, UNTIL = AT - timedelta(days=20), AT + timedelta(days=1)
EVER = MentionFilter(SINCE, UNTIL)
TARGETS = (("Fjordbank", "brand"), ("Kari Nordvik", "leader"), ("<b>Spare</b>'; DROP", "product"))
TYPES, SOURCES = ("news", "forum", "microblog", "blog"), ("avisa", "=cmd()", "<i>kilde</i>")
LANGS, STATEMENTS = ("nb", "nn", "en", None), ("value.1", "value.2", "guideline.1")
VOICES: tuple[Voice, ...] = ("third_party", "leader", "employee", "brand")
WORDS = ("forsinkelsen", "forsinkelser", "gebyr", "kaia", "ros")


@dataclass
class Made:
    """What was put in, as the tests count it by hand."""

    mention: Mention
    standing: dict[str, str]
    level: str
    touches: set[str]
    story: str
    words: str


@pytest.fixture(scope="module", params=[2])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Made]]:
    chance = random.Random(request.param)
    store = Store(tmp_path_factory.mktemp("facets") / "store.duckdb")
    store.migrate()
    made, verdicts, flags, matches, stories = [], [], [], [], []
    for n in range(240):
        at = AT - timedelta(hours=chance.randrange(24 * 30))
        words = " ".join(chance.sample(WORDS, 2))
        voice = chance.choice(VOICES)
        m = Mention(f"m{n}", f"Sak {n}", f"Om oss: {words}.", f"https://a.example/{n}", f"leser-{n % 40}",
                    chance.choice(SOURCES), chance.choice(TYPES), chance.choice(LANGS), voice, at, at)  # fmt: skip
        named = chance.sample(TARGETS, chance.randrange(1, 4))
        matches.append((m, Match(True, tuple(Target(*t) for t in named), voice)))
        standing = {}
        for name, _ in named:
            label = chance.choice(("negative", "neutral", "positive"))
            status = chance.choice(("judged", "judged", "judged", "unsure", ""))
            standing[name] = (label if status == "judged" else "unsure") if status else "unjudged"
            if status:
                p = {"negative": 0.1, "neutral": 0.1, "positive": 0.1} | {label: 0.8}
                verdicts.append((m, Verdict(name, *p.values(), status, "test@1")))  # type: ignore[arg-type]
        level = chance.choice(("none", "none", "minor", "major"))
        hit = chance.sample(STATEMENTS, chance.randrange(1, 3)) if level != "none" else []
        conflicts = tuple(Conflict(s, 0.7, level, "text", 0, 6, "Om oss", "fordi") for s in hit)  # type: ignore[arg-type]
        flags.append((m, Flag(level, 0.7, conflicts, tuple((s, 0.35) for s in hit), False, "test@1")))  # type: ignore[arg-type]
        story = f"m{chance.randrange(n + 1) if chance.random() < 0.4 else n}"
        stories.append((m.id, story))
        made.append(Made(m, standing, level, set(hit), story, words))
    for source in SOURCES:
        told = tuple(x.mention for x in made if x.mention.source == source)
        store.add_polls([Poll(source, AT, FetchState(polls=2), told)])
    store.add_matches("i", matches, AT)
    store.add_stories(stories, AT)
    store.add_verdicts(verdicts, AT)
    store.add_flags("i", flags, AT)
    due = store.due_search(searching.REVISION, 1_000)
    store.add_search(searching.REVISION, [(m, searching.stems(m.title, m.text, m.lang)) for m in due])
    for x in made[:12]:  # a dismissed flag is none, and a corrected verdict is a person's
        if x.level != "none":
            known = readmodel.case(store.path, x.mention.id)
            assert known is not None
            said = CaseEntry(x.mention.id, known.content_hash, "i", "dismissed", "Per", AT, "nei")
            if known.statement:
                store.add_case_entries([said])
    for x in made:
        case = readmodel.case(store.path, x.mention.id)
        if case is not None:
            x.level = case.level
    row = readmodel.mention(store.path, made[20].mention.id)
    assert row is not None
    name = row.verdicts[0].target
    store.add_corrections([Correction(row.id, row.content_hash, name, "positive", "Per", AT, "ironi")])
    made[20].standing[name] = "positive"
    return store.path, made


CHOICES: dict[str, Callable[[Made, tuple[str, ...]], bool]] = {
    "source_types": lambda x, wanted: x.mention.source_type in wanted,
    "sources": lambda x, wanted: x.mention.source in wanted,
    "langs": lambda x, wanted: (x.mention.lang or "") in wanted,
    "voices": lambda x, wanted: x.mention.voice in wanted,
    "conflict": lambda x, wanted: x.level in wanted,
    "touches": lambda x, wanted: bool(x.touches & set(wanted)),
}
OF: dict[Facet, tuple[str, Callable[[Made], set[str]]]] = {
    "source_type": ("source_types", lambda x: {x.mention.source_type}),
    "source": ("sources", lambda x: {x.mention.source}),
    "lang": ("langs", lambda x: {x.mention.lang or ""}),
    "voice": ("voices", lambda x: {x.mention.voice or ""}),
    "conflict": ("conflict", lambda x: {x.level}),
    "touches": ("touches", lambda x: x.touches),
}


def passes(x: Made, wanted: MentionFilter, but: str = "") -> bool:
    at = x.mention.published_at
    assert at is not None
    if not wanted.since <= at < wanted.until:
        return False
    if wanted.search and "gebyr" not in x.words:
        return False
    if but != "about" and not about(x, wanted.targets, wanted.labels):
        return False
    return all(
        not getattr(wanted, name) or name == but or rule(x, getattr(wanted, name))
        for name, rule in CHOICES.items()
    )


def about(x: Made, targets: tuple[str, ...], labels: tuple[str, ...]) -> bool:
    return any((not targets or t in targets) and (not labels or s in labels) for t, s in x.standing.items())


def by_hand(made: list[Made], wanted: MentionFilter) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
    for x in made:
        for facet, (but, values) in OF.items():
            if passes(x, wanted, but):
                found[facet].update(values(x))
        if passes(x, wanted, "about"):
            found["target"].update(t for t in x.standing if about(x, (t,), wanted.labels))
            found["label"].update(s for s in STANDING_LABELS if about(x, wanted.targets, (s,)))
    return {facet: dict(counts) for facet, counts in found.items()}


def some(chance: random.Random) -> MentionFilter:
    """A filter as chance has it: each choice about every third time."""

    def maybe(values: tuple[str | None, ...]) -> tuple[str, ...]:
        return (
            tuple(v or "" for v in chance.sample(values, chance.randrange(1, 3)))
            if chance.random() < 0.35
            else ()
        )

    return replace(
        EVER,
        since=SINCE if chance.random() < 0.7 else AT - timedelta(days=6),
        targets=maybe(tuple(name for name, _ in TARGETS)),
        labels=maybe(STANDING_LABELS),  # type: ignore[arg-type]
        source_types=maybe(TYPES),
        sources=maybe(SOURCES),
        langs=maybe(LANGS),
        voices=maybe(VOICES),  # type: ignore[arg-type]
        conflict=maybe(("none", "minor", "major")),  # type: ignore[arg-type]
        touches=maybe(STATEMENTS),
        search="gebyr" if chance.random() < 0.3 else "",
    )


def test_each_count_is_what_counting_by_hand_gives(world: tuple[Path, list[Made]]) -> None:
    path, made = world
    chance = random.Random(7)
    counted = 0
    for wanted in [EVER, *(some(chance) for _ in range(25))]:
        found = readmodel.facets(path, wanted)
        expected = by_hand(made, wanted)
        for facet in FACETS:
            if facet != "kind":
                assert found.of[facet] == expected[facet], (facet, wanted)
        shown = [x for x in made if passes(x, wanted)]
        assert found.mentions == len(shown) == readmodel.count_mentions(path, wanted)
        assert found.stories == len({x.story for x in shown}) == readmodel.count_stories(path, wanted)
        counted += len(shown)
    assert counted > 200, "chance must leave something to count"


def test_kinds_of_voice_count_what_they_list(world: tuple[Path, list[Made]]) -> None:
    path, _ = world
    for wanted in (EVER, replace(EVER, source_types=("forum", "blog"), labels=("negative",))):
        for kind, count in readmodel.facets(path, wanted).of["kind"].items():
            assert readmodel.count_mentions(path, replace(wanted, kinds=(kind,))) == count > 0  # type: ignore[arg-type]
    other = readmodel.facets(path, replace(EVER, kinds=("press",))).of["kind"]
    assert other == readmodel.facets(path, EVER).of["kind"], "its own choice is left out"


def test_a_figure_is_counted_beside_the_filter(world: tuple[Path, list[Made]]) -> None:
    path, made = world
    behind = Behind(statement="value.1", stance="touches")
    found = readmodel.facets(path, replace(EVER, voices=("third_party",)), behind)
    mine = [x for x in made if passes(x, EVER) and "value.1" in x.touches]
    assert found.of["voice"] == dict(Counter(x.mention.voice for x in mine))
    assert found.mentions == sum(x.mention.voice == "third_party" for x in mine) > 0


def test_only_what_is_asked_for_is_counted(world: tuple[Path, list[Made]]) -> None:
    path, _ = world
    found = readmodel.facets(path, EVER, None, ("label",))
    assert set(found.of) == {"label"} and found.mentions == readmodel.count_mentions(path, EVER)
    assert readmodel.facets(path, EVER, None, ()).of == {}


def test_stories_are_folded_and_taken_along_as_they_are_shown(
    world: tuple[Path, list[Made]], tmp_path: Path
) -> None:
    path, made = world
    wanted = replace(EVER, source_types=("news", "forum"))
    mine = [x for x in made if passes(x, wanted)]
    found = readmodel.folded_stories(path, wanted, limit=1_000)
    assert len(found) == readmodel.facets(path, wanted, None, ()).stories
    assert [s.last_at for s in found] == sorted((s.last_at for s in found), reverse=True)
    for story in found:
        copies = [x for x in mine if x.story == story.story]
        times = [x.mention.published_at for x in copies]
        assert (story.copies, story.first_at, story.last_at) == (len(copies), min(times), max(times))  # type: ignore[type-var]
        assert dict(story.networks) == Counter(x.mention.source_type for x in copies)
        assert dict(story.sources) == Counter(x.mention.source for x in copies)
        assert sum(story.spread) == (len(copies) if story.first_at < story.last_at else 0)
        assert story.row.published_at == story.first_at
    pages = [
        s
        for n in range(0, len(found), 40)
        for s in readmodel.folded_stories(path, wanted, limit=40, offset=n)
    ]
    assert [s.story for s in pages] == [s.story for s in found]
    readmodel.export_mentions(path, tmp_path / "s.csv", "csv", Chosen(wanted, by_story=True))
    rows = list(csv.DictReader((tmp_path / "s.csv").open(encoding="utf-8")))
    assert list(dict.fromkeys(row["story"] for row in rows)) == [s.story for s in found]
    assert {row["story"]: int(row["story_copies"]) for row in rows} == {s.story: s.copies for s in found}
    formulas = [row["story_sources"] for row in rows if "=cmd()" in row["story_sources"]]
    assert formulas and all(cell.startswith(("'=", "<i>", "avisa")) for cell in formulas)


def test_the_span_of_a_story(world: tuple[Path, list[Made]]) -> None:
    path, made = world
    story = Counter(x.story for x in made).most_common(1)[0][0]
    times = [x.mention.published_at for x in made if x.story == story]
    assert readmodel.story_span(path, story) == (min(times), max(times))  # type: ignore[type-var]
    assert readmodel.story_span(path, "'; DROP TABLE stories") is None


def test_all_that_is_known_of_one_mention(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.duckdb")
    store.migrate()
    text = "Været er fint. Fjordbank svikter kundene i Vik. Slutt."
    m = Mention(
        "en",
        "Sak",
        text,
        "https://a.example/1",
        "leser",
        "avisa",
        "news",
        "nb",
        "third_party",
        AT,
        AT,
        ("k",),
        900,
    )
    start = text.index("Fjordbank")
    brand = Target("Fjordbank", "brand", "text", "text", start, start + 9, "Fjordbank")
    store.add_polls([Poll("avisa", AT, FetchState(polls=1), (m,))])
    store.add_matches("i", [(m, Match(True, (brand,)))], AT)
    store.add_verdicts([(m, Verdict("Fjordbank", 0.6, 0.3, 0.1, "unsure", "old@1"))], AT)
    store.add_verdicts([(m, Verdict("Fjordbank", 0.8, 0.1, 0.1, "judged", "new@1"))], AT + timedelta(hours=1))
    hit = Conflict("value.1", 0.9, "major", "text", start, start + 9, "Fjordbank", "fordi")
    store.add_flags("i", [(m, Flag("major", 0.9, (hit,), (("value.1", 0.9),), False, "flag@1"))], AT)
    found = Incident(AT - timedelta(hours=1), AT, None, AT, 4, 6, 0.4, 0.99)
    store.save_incidents([KnownIncident("hendelse", "Fjordbank", (), found)], [], AT)
    over = Incident(AT - timedelta(hours=9), AT, AT - timedelta(hours=8), AT, 4, 6, 0.4, 0.99)
    store.save_incidents([KnownIncident("forrige", "Fjordbank", (), over)], [], AT)
    known = readmodel.details(store.path, "en")
    assert known is not None
    assert [(v.model, v.status, v.newest) for v in known.verdicts] == [
        ("new@1", "judged", True),
        ("old@1", "unsure", False),
    ]
    (named,) = known.targets
    assert text[named.start : named.end] == "Fjordbank" and known.standing == {"Fjordbank": "negative"}
    assert [(f.statement, f.quote, f.model) for f in known.flags] == [("value.1", "Fjordbank", "flag@1")]
    assert [i.id for i in known.incidents] == ["hendelse"]
    row = readmodel.mention(store.path, "en")
    assert row is not None and row.reach == 900 and row.updated_at is None
    assert known.weight is not None and known.weight > 1, "more readers weigh more"
    for label, why in (("positive", "ironi"), (None, "feil")):
        store.add_corrections([Correction("en", row.content_hash, "Fjordbank", label, "Per", AT, why)])  # type: ignore[arg-type]
    again = readmodel.details(store.path, "en")
    assert again is not None and {(c.label, c.state) for c in again.corrections} == {
        ("positive", "replaced"),
        (None, "withdrawn"),
    }
    assert readmodel.details(store.path, "finnes ikke") is None
