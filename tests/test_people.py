"""Leaders, audience and identity in numbers: expected counts, groups that are never small, the mentions behind a figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import consistency, readmodel
from monitor.pipeline import people
from monitor.readmodel import FEWEST, LIKELY, Behind, MentionFilter
from monitor.readmodel.stances import expected
from monitor.store import Poll, Store
from monitor.types import (
    BrandIdentity,
    CaseEntry,
    Conflict,
    FetchState,
    Flag,
    Leader,
    Match,
    Mention,
    Relation,
    Statement,
    Target,
    Utterance,
    Verdict,
    Voice,
)

AT = datetime(2026, 11, 2, 12, tzinfo=UTC)  # a Monday
SINCE, UNTIL = AT - timedelta(days=1), AT + timedelta(days=30)
EVER = MentionFilter(SINCE, UNTIL)
KARI = "Kari Nordvik"


class World:
    """A store to put mentions into, each with what was found out about it; written when it is first looked at."""

    def __init__(self, path: Path) -> None:
        self._path, self.store = path, Store(path)
        self.store.migrate()
        self._mentions: list[Mention] = []
        self._matches: list[tuple[Mention, Match]] = []
        self._stories: list[tuple[str, str]] = []
        self._verdicts: list[tuple[Mention, Verdict]] = []
        self._flags: list[tuple[Mention, Flag]] = []

    @property
    def path(self) -> Path:
        if self._mentions:
            self.store.add_polls([Poll("kilde", AT, FetchState(polls=1), tuple(self._mentions))])
            self.store.add_matches("identity", self._matches, AT)
            self.store.add_stories(self._stories, AT)
            self.store.add_verdicts(self._verdicts, AT)
            self.store.add_flags("identity", self._flags, AT)
            for waiting in (self._mentions, self._matches, self._stories, self._verdicts, self._flags):
                waiting.clear()
        return self._path

    def add(
        self,
        id_: str,
        *,
        hours: float = 0,
        text: str = "Kari Nordvik og Fjordbank",
        title: str = "",
        author: str = "",
        url: str = "https://avisa.example/1",
        kind: str = "news",
        voice: Voice = "third_party",
        story: str = "",
        target: str = KARI,
        label: str = "neutral",
        against: dict[str, float] | None = None,
        in_line: dict[str, float] | None = None,
        hits: tuple[str, ...] = (),
        mixing: bool = False,
        reach: int | None = None,
    ) -> Mention:
        at = AT + timedelta(hours=hours)
        m = Mention(id_, title, text, url, author, "kilde", kind, "nb", voice, at, at, (), reach)
        self._mentions.append(m)
        speaker = KARI if voice == "leader" else None
        kinds = {KARI: "leader", "Fjordbank": "brand"}
        found = (Target("Fjordbank", "brand"), Target(target, kinds[target])) if target == KARI else (
            Target("Fjordbank", "brand"),
        )  # fmt: skip
        self._matches.append((m, Match(True, found, voice, speaker)))
        self._stories.append((id_, story or id_))
        p = {"negative": 0.1, "neutral": 0.1, "positive": 0.1} | {label: 0.8}
        self._verdicts += [
            (m, Verdict(t.name, p["negative"], p["neutral"], p["positive"], "judged", "test@1"))
            for t in found
        ]
        against, in_line = against or {}, in_line or {}
        relations = tuple(
            Relation(s, against.get(s, 0.0), in_line.get(s, 0.0)) for s in sorted({*against, *in_line})
        )
        conflicts = tuple(Conflict(s, 0.6, "major", "text", 0, 4, text[:4], "fordi") for s in hits)
        candidates = tuple((s, 0.6) for s in hits)
        flag = Flag("major" if hits else "none", 0.7, conflicts, candidates, mixing, "test@1", relations)
        self._flags.append((m, flag))
        return m


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "store.duckdb")


# --- expected numbers ---


def test_expected_numbers_have_the_range_of_chance() -> None:
    assert expected(0.0, 0.0, 9) == readmodel.Expected(0.0, 0, 0, 9)
    fair = expected(50.0, 25.0, 100)  # a hundred coins
    assert (fair.low, fair.high) == (40, 60)
    rare = expected(0.5, 0.475, 10)  # ten times .05
    assert (rare.low, rare.high) == (0, 2)
    sure = expected(7.0, 0.0, 7)
    assert (sure.low, sure.high) == (7, 7)
    many = expected(1000.0, 500.0, 2000)
    assert (many.low, many.high) == (957, 1043)


def test_a_stance_adds_up_over_stories_and_copies_count_once(world: World) -> None:
    world.add("a", against={"wanted.1": 0.5}, in_line={"wanted.1": 0.1})
    world.add("b", story="a", against={"wanted.1": 0.3}, in_line={"wanted.1": 0.2})
    world.add("c", in_line={"wanted.1": 0.4})
    world.add("d")
    (row,), _ = readmodel.stances(world.path, SINCE, UNTIL, target=KARI)
    assert (row.statement, row.compared, row.flagged) == ("wanted.1", 3, 0)
    assert row.against.value == pytest.approx(0.5) and row.in_line and row.silent
    assert row.in_line.value == pytest.approx(0.6) and row.silent.value == pytest.approx(1.9)
    assert row.likely == (1, 2)


def test_no_model_that_compares_is_no_data_and_not_zero(world: World) -> None:
    world.add("a", hits=("wanted.1",))
    (row,), _ = readmodel.stances(world.path, SINCE, UNTIL, target=KARI)
    assert row.in_line is None and row.silent is None and row.flagged == 1
    assert row.against.value == pytest.approx(0.6)  # the part of P(conflict) that falls on it


def test_what_a_person_decided_is_certain(world: World) -> None:
    for name in ("a", "b"):
        m = world.add(name, hits=("wanted.1",), against={"wanted.1": 0.4})
        action = "confirmed" if name == "a" else "dismissed"
        assert world.path
        entry = CaseEntry(m.id, m.content_hash, "identity", action, "Per", AT, "fordi")  # type: ignore[arg-type]
        world.store.add_case_entries([entry])
    (row,), _ = readmodel.stances(world.path, SINCE, UNTIL, target=KARI)
    assert row.against.value == pytest.approx(1.0) and (row.against.low, row.against.high) == (1, 1)
    assert row.flagged == 1
    assert [e.mention_id for e in readmodel.stances(world.path, SINCE, UNTIL)[1]] == ["a"]


def test_evidence_is_two_stories_of_each_side_the_newest_first(world: World) -> None:
    for n in range(4):
        world.add(f"for-{n}", hours=n, in_line={"wanted.1": 0.3 + n / 100})
        world.add(f"against-{n}", hours=n, hits=("wanted.1",), against={"wanted.1": 0.9})
    world.add("weak", hours=9, in_line={"wanted.1": LIKELY - 0.01})
    world.add("own", hours=9, voice="leader", author=KARI, in_line={"wanted.1": 0.9})
    _, found = readmodel.stances(world.path, SINCE, UNTIL, target=KARI)
    assert [(e.mention_id, e.stance, e.quote) for e in found] == [
        ("against-3", "against", "Kari"),
        ("against-2", "against", "Kari"),
        ("for-3", "in_line", ""),
        ("for-2", "in_line", ""),
    ]


# --- a leader ---


def test_a_leader_is_others_words_by_week_and_own_posts_apart(world: World) -> None:
    world.add("a", label="negative", kind="news")
    world.add(
        "b", hours=24 * 8, label="positive", kind="forum", url="https://prat.example/1", author="anon-1"
    )
    world.add("mine", voice="leader", author=KARI, kind="linkedin", label="negative", hits=("wanted.1",))
    world.add("mixed", hours=1, voice="leader", author=KARI, kind="linkedin", mixing=True)
    world.add("not about", target="Fjordbank")
    view = readmodel.leader(world.path, SINCE, UNTIL, KARI)
    assert view.stories == 2
    assert [(w.at.day, w.negative.part, w.negative.whole) for w in view.weeks] == [(2, 1, 1), (9, 0, 1)]
    assert [(n.network, n.stories, n.places) for n in view.networks] == [
        ("forum", 1, ()),  # one voice: the place is not named
        ("news", 1, (("avisa.example", 1),)),
    ]
    assert view.own == readmodel.OwnPosts(2, 2, 1, 1, 1, 1)
    (row,) = readmodel.conflicts_of(world.path, SINCE, UNTIL, KARI)
    assert row.mention.id == "mine" and row.statement == "wanted.1"


def test_a_leader_nobody_mentions_is_empty(world: World) -> None:
    view = readmodel.leader(world.path, SINCE, UNTIL, KARI)
    assert view == readmodel.LeaderView(0, (), (), (), (), readmodel.OwnPosts(0, 0, 0, 0, 0, 0))


# --- the audience ---


def _crowd(world: World, n: int, prefix: str, **more: object) -> None:
    for i in range(n):
        values = {
            "author": f"anon-{prefix}{i}",
            "kind": "microblog",
            "url": "https://skaut.example/1",
            **more,
        }
        world.add(f"{prefix}-{i}", hours=1 + i, **values)  # type: ignore[arg-type]


def test_a_group_of_fewer_voices_than_the_bound_is_not_shown(world: World) -> None:
    _crowd(world, FEWEST, "m")
    _crowd(world, FEWEST - 1, "f", kind="forum", url="https://prat.example/1")
    _crowd(world, 3 * FEWEST, "r", kind="review", author="", url="https://omtaler.example/1")
    found = readmodel.audience(world.path, SINCE, UNTIL)
    assert [(g.network, g.stories, g.voices) for g in found.by_network] == [("microblog", FEWEST, FEWEST)]
    assert [g.place for g in found.by_place] == ["skaut.example"]
    assert found.hidden >= 4  # forum and reviews, as networks and as places
    everything = (*found.by_kind, *found.by_network, *found.by_place, *found.kind_by_network)
    assert min(g.voices for g in everything) >= FEWEST


def test_a_small_group_is_not_told_by_what_is_left_over(world: World) -> None:
    _crowd(world, 9, "m")
    _crowd(world, 6, "f", kind="forum")
    assert len(readmodel.audience(world.path, SINCE, UNTIL).kind_by_network) == 2
    _crowd(world, 3, "r", kind="review")
    found = readmodel.audience(world.path, SINCE, UNTIL)
    assert [(g.network, g.voices) for g in found.kind_by_network] == [("microblog", 9)]


def test_kinds_of_voices_follow_the_rules(world: World) -> None:
    world.add("first", author="anon-first", kind="microblog", story="s")
    _crowd(world, 5, "share", story="s")
    _crowd(world, 5, "blog", kind="blog")
    _crowd(world, 5, "followed", reach=5_000)
    _crowd(world, 5, "news", kind="news")
    _crowd(world, 5, "public", kind="press", url="https://www.fjord.kommune.no/nytt")
    _crowd(world, 5, "named", kind="press", url="https://havari.example/nytt")
    found = readmodel.audience(world.path, SINCE, UNTIL, authorities=("havari.example",))
    assert {g.kind: g.voices for g in found.by_kind} == {
        "sharer": 5,
        "creator": 10,
        "press": 5,
        "authority": 10,
    }
    overlap = {(o.one, o.other) for o in found.overlaps}
    assert overlap == set()
    kind = Behind(kind="authority", authorities=("havari.example",))
    assert readmodel.count_behind(world.path, EVER, kind) == (10, 10)


def test_a_story_in_two_networks_and_who_answers(world: World) -> None:
    for n in range(6):
        world.add(f"n{n}", hours=n, kind="news", author=f"b{n}", story=f"s{n}")
        world.add(
            f"m{n}",
            hours=n + (-0.5 if n < 2 else 0.5),
            kind="microblog",
            author=f"anon-{n}",
            story=f"s{n}",
            text="@kari Fjordbank svarer ikke" if n < 5 else "Fjordbank svarer ikke",
            hits=("wanted.1",),
        )
    found = readmodel.audience(world.path, SINCE, UNTIL)
    assert found.overlaps == (readmodel.Overlap("microblog", "news", 6, 2),)
    (replies,) = found.replies
    assert (replies.theme, replies.share.part, replies.share.whole) == ("wanted.1", 5, 6)
    both = Behind(networks=("news", "microblog"))
    assert readmodel.count_behind(world.path, EVER, both) == (12, 6)


def test_our_own_voices_are_no_audience(world: World) -> None:
    _crowd(world, 6, "own", voice="leader", author=KARI)
    assert readmodel.audience(world.path, SINCE, UNTIL).by_kind == ()


# --- behind a figure ---


def test_the_mentions_behind_a_figure(world: World) -> None:
    world.add("a", hits=("wanted.1",), against={"wanted.1": 0.9})
    world.add("b", hours=1, in_line={"wanted.1": 0.5})
    world.add("c", hours=2)
    world.add("mine", hours=3, voice="leader", author=KARI, mixing=True)

    def ids(behind: Behind, filter: MentionFilter = EVER) -> list[str]:
        found = [row.id for row in readmodel.mentions_behind(world.path, filter, behind)]
        assert readmodel.count_behind(world.path, filter, behind) == (len(found), len(found))
        return found

    assert ids(Behind()) == ["mine", "c", "b", "a"]
    assert ids(Behind(speaker=KARI)) == ["mine"] == ids(Behind(mixing=True))
    assert ids(Behind(statement="wanted.1", stance="against")) == ["a"]
    assert ids(Behind(statement="wanted.1", stance="in_line")) == ["b"]
    assert ids(Behind(statement="wanted.1", stance="touches")) == ["a"]  # in line touches from a half on
    assert ids(Behind(statement="wanted.1", stance="silent")) == ["mine", "c"]
    others = replace(EVER, voices=("third_party",))
    assert ids(Behind(statement="wanted.1", stance="silent"), others) == ["c"]
    assert ids(Behind(place="avisa.example"), others) == ["c", "b", "a"]
    assert ids(Behind(statement="' OR 1=1 --", stance="against", place="' OR 1=1 --")) == []


# --- phrases ---


def _said(n: int, text: str) -> Utterance:
    return Utterance(f"{text}-{n}", f"{text}-{n}", AT, "third_party", "", "kilde", "", "nb", "", text)


def test_phrases_are_what_is_said_more_often_than_usual() -> None:
    theirs = [
        _said(n, f"Direktøren om gylden fallskjerm, sier banken. Nummer {n} om renten.") for n in range(6)
    ]
    usual = [_said(n, f"Banken setter opp renten. Nummer {n}") for n in range(60)]
    found = consistency.phrases(theirs, usual)
    assert found[0].words == "gylden fallskjerm" and (found[0].stories, found[0].usual) == (6, 0)
    assert not any("renten" in p.words or "banken" in p.words for p in found)
    assert consistency.phrases(theirs[:2], usual) == []
    assert consistency.phrases(theirs, usual, frozenset({"gylden", "fallskjerm"})) == []
    assert consistency.phrases(theirs, []) == []


def test_the_nearest_sentence_is_found_or_none() -> None:
    text = "Det regnet. Naboen svarer alltid samme dag! Så gikk båten."
    start, end = consistency.nearest(text, "Den rolige naboen som svarer samme dag")
    assert text[start:end] == "Naboen svarer alltid samme dag!"
    assert consistency.nearest(text, "Grønnvaskeren") == (0, 0)


def test_themes_are_wired_to_the_store(world: World) -> None:
    for n in range(4):
        world.add(f"t{n}", hours=n, text=f"Kari Nordvik og gylden fallskjerm {n}")
    for n in range(30):
        world.add(f"o{n}", hours=n, text=f"Fjordbank setter opp renten {n}", target="Fjordbank")
    identity = BrandIdentity(
        "Fjordbank",
        leaders=(Leader("leader.1", KARI),),
        statements=(Statement("wanted.1", "wanted_image", "x"),),
    )
    found = people.themes(world.path, identity, KARI, SINCE, UNTIL)
    assert (found.read, found.ordinary) == (4, 30)
    assert [p.words for p in found.found] == ["gylden fallskjerm"]
