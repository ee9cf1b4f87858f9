"""What is counted in advance equals what is counted from nothing, whatever was written in whatever order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import db, readmodel
from monitor.config import type_weights
from monitor.readmodel import Places
from monitor.store import Poll, Rule, Store
from monitor.types import (
    CaseEntry,
    Conflict,
    Correction,
    FetchState,
    Flag,
    Label,
    Match,
    Mention,
    Relation,
    SourceSpec,
    Target,
    Verdict,
)
from tests.test_store import assert_derived_is_right

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BRAND, LEADER, PRODUCT = Target("Fjordbank", "brand"), Target("Kari", "leader"), Target("Sparefri", "product")
SOURCES = ("avis", "forum", "mikro")
ALL_PLACES: tuple[Places, ...] = ("others", "own", "all")

_OWN = "(SELECT source FROM source_weights WHERE own_place)"
_OF = {"others": f"source NOT IN {_OWN}", "own": f"source IN {_OWN}", "all": "true"}
# The definition, mention by mention: a story counts by its copies in the period.
FROM_NOTHING = """
    WITH copies AS (
        SELECT story, target, count(*) AS copies, min(said_at) AS first_at,
            count_if(standing = 'negative') AS negative, count_if(standing = 'neutral') AS neutral,
            count_if(standing = 'positive') AS positive, count_if(standing = 'unsure') AS unsure,
            arg_max(standing, (said_at, mention_id)) FILTER (status = 'corrected') AS person,
            max(weight) * copies_factor(count(*)) AS weight
        FROM v_weighted WHERE said_at >= $since AND said_at < $until AND {} GROUP BY story, target
    ), story AS (
        SELECT *, CASE WHEN person IS NOT NULL THEN person
            WHEN negative + neutral + positive = 0 THEN CASE WHEN unsure > 0 THEN 'unsure' ELSE 'unjudged' END
            WHEN negative >= neutral AND negative >= positive THEN 'negative'
            WHEN neutral >= positive THEN 'neutral' ELSE 'positive' END AS standing
        FROM copies)
    SELECT {} AS bin, target, sum(copies), count(*), count_if(standing = 'negative'), count_if(standing = 'neutral'),
        count_if(standing = 'positive'), count_if(standing IN ('unsure', 'unjudged')), sum(weight)
    FROM story GROUP BY ALL ORDER BY ALL"""


def _mention(n: int, text: str, source: str) -> Mention:
    at = NOW - timedelta(hours=7 * n)  # sixty of them: seventeen days
    return Mention(
        f"m{n}", "Tittel", text, source=source, source_type="forum" if source == "forum" else "news", published_at=at,
        seen_at=at, keys=(f"key {n}",), reach=n * 100,
    )  # fmt: skip


def _step(store: Store, choose: random.Random, round_: int) -> None:
    at = NOW + round_ * timedelta(hours=1)
    for source in SOURCES:
        numbers = [n for n in range(60) if n % 3 == SOURCES.index(source) and choose.random() < 0.4]
        new = tuple(_mention(n, f"tekst {choose.randrange(3)}", source) for n in numbers)
        store.add_polls([Poll(source, at, FetchState(), new)])
    identity = choose.choice(["i", "i", "i", "j"])
    due = [m for m in store.due_matches(identity, 40) if choose.random() < 0.9]
    about = [(BRAND,), (BRAND, LEADER), (LEADER, PRODUCT)]
    matches = [Match(True, choose.choice(about)) if choose.random() < 0.9 else Match(False) for _ in due]
    store.add_matches(identity, list(zip(due, matches, strict=True)), at)
    # A story is named by a copy of its own or of long ago, and can span weeks.
    store.add_stories(
        [(m.id, f"s{choose.randrange(6)}") for m in store.due_stories(20) if choose.random() < 0.6], at
    )
    given = []
    for m, t in store.due_verdicts(identity, choose.choice(["a", "b"]), 60):
        negative = choose.random() * 0.9
        status = "unsure" if choose.random() < 0.2 else "judged"
        given.append((m, Verdict(t.name, negative, 0.05, 0.95 - negative, status, choose.choice(["a", "b"]))))  # type: ignore[arg-type]
    store.add_verdicts(given, at)
    for judge, most in (("f", 20), ("g", 4)):  # what the second says is shown, now or later
        due = [request.mention for request in store.due_flags(identity, judge, None, most)]
        second = choose.choice(["", "g"])
        store.add_flags(identity, [(m, _flag(choose, judge)) for m in due], at, second=second)
    _people(store, choose, at)
    if round_ == 3 or choose.random() < 0.3:
        specs = [SourceSpec(s, "feed", weight=choose.choice([None, 0.0, 2.5]),
                            own_place=s == "forum" if round_ == 3 else choose.random() < 0.5)
                 for s in SOURCES]  # fmt: skip
        store.set_weights(specs, type_weights() if choose.random() < 0.5 else {"news": 3.0})
    if choose.random() < 0.2:
        store.forget(Rule("url", mention_ids=(f"m{choose.randrange(60)}",)), at)
    if round_ % 7 == 6:
        store.forget(Rule("retention", mentions_months=1), NOW + 20 * DAY)


def _flag(choose: random.Random, model: str) -> Flag:
    hit = choose.random() < 0.5
    conflicts = (Conflict("value.1", 0.8, "major", "text", 0, 5, "tekst", "x"),) if hit else ()
    candidates = tuple((f"value.{n}", choose.choice([0.0, 0.1, 0.7])) for n in range(choose.randrange(4)))
    relations = tuple(Relation(f"value.{n}", 0.1, choose.random() * 0.9) for n in range(choose.randrange(3)))
    score = choose.choice([0.0, 0.8])
    return Flag("major" if hit else "none", score, conflicts, candidates, False, model, relations)


def _people(store: Store, choose: random.Random, at: datetime) -> None:
    with db.reading(store.path) as con:
        known = con.execute(
            "SELECT t.mention_id, m.content_hash, t.target FROM standing AS t JOIN mentions AS m ON m.id = t.mention_id"
        ).fetchall()
        raised = con.execute("SELECT mention_id, content_hash, identity FROM v_cases ORDER BY ALL").fetchall()
    known.sort()
    for id_, content, target in choose.sample(known, min(2, len(known))):
        label: Label | None = choose.choice(["negative", "positive", None])
        store.add_corrections([Correction(id_, content, target, label, "Ola", at, "x")])
    for id_, content, identity in choose.sample(raised, min(2, len(raised))):
        action = choose.choice(["confirmed", "dismissed", "reopened"])
        store.add_case_entries([CaseEntry(id_, content, identity, action, "Ola", at, "grunn")])  # type: ignore[arg-type]


def _periods(choose: random.Random, number: int) -> Sequence[tuple[datetime, datetime]]:
    """Whole hours and not, within one hour, all there is, and ends at which a mention was said."""
    fixed = [
        (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)),
        (NOW - 2 * DAY, NOW),
        (NOW - timedelta(minutes=20), NOW + timedelta(minutes=5)),
        (NOW + timedelta(minutes=5), NOW + timedelta(minutes=20)),
    ]
    for _ in range(number):
        start = NOW - timedelta(minutes=choose.randrange(24 * 60 * 18))
        fixed.append((start, start + timedelta(minutes=choose.choice([30, 600, 3000, 9000, 20000]))))
    return fixed


def test_any_period_counts_as_its_mentions_do(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.duckdb")
    store.migrate()
    choose = random.Random(3)
    forms: set[str] = set()
    for round_ in range(8):
        _step(store, choose, round_)
        assert_derived_is_right(store)
        with db.reading(store.path) as con:
            forms |= {row[0] for row in con.execute("SELECT DISTINCT place FROM story_standing").fetchall()}
        for since, until in _periods(choose, 2):
            for places in ALL_PLACES:
                _same_as_from_nothing(store.path, since, until, places)
    with db.reading(store.path) as con:
        assert con.execute("SELECT count(*) FROM kept_counts").fetchone() != (0,)
    assert forms == {"others", "own", "own_part", "others_part", "whole"}, (
        "the sequence must reach every form"
    )


def _same_as_from_nothing(path: Path, since: datetime, until: datetime, places: Places) -> None:
    values = {"since": since.replace(tzinfo=None), "until": until.replace(tzinfo=None)}
    with db.reading(path) as con:
        whole = con.execute(FROM_NOTHING.format(_OF[places], "0"), values).fetchall()
        days = con.execute(
            FROM_NOTHING.format(_OF[places], "date_trunc('hour', first_at)"), values
        ).fetchall()
    found = readmodel.standings(path, since, until, with_previous=False, weighted=True, places=places)
    got = sorted(
        (0, s.target, s.mentions, s.stories, s.negative, s.neutral, s.positive, s.unsure + s.unjudged)
        for s in found
    )
    assert got == [row[:8] for row in whole], (since, until, places)
    weights = {s.target: s.weight for s in found}
    assert weights == pytest.approx({row[1]: row[8] for row in whole})
    for level in ("minor", "major"):
        wanted = readmodel.MentionFilter(since, until, conflict=(level,))
        relevant = {row.story for row in readmodel.mentions(path, wanted, limit=999)}
        assert readmodel.count_stories(path, wanted) == len(relevant)
    points = readmodel.volume(path, since, until, bin="hour", places=places)
    assert [
        (p.at.replace(tzinfo=None), p.target, p.negative, p.neutral, p.positive, p.unsure) for p in points
    ] == [(row[0], row[1], *row[4:8]) for row in days], (since, until, places)
