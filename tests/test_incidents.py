"""The life of an incident over a simulated clock and a real store: opens, grows, calms, closes, joins, is handled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import config, readmodel
from monitor.config import Config
from monitor.errors import ConfigError, StoreError
from monitor.pipeline import handling, lifecycle
from monitor.pipeline.incidents import IncidentWatch
from monitor.store import Poll, Rule, Store
from monitor.types import (
    Bin,
    Conflict,
    FetchState,
    Flag,
    Incident,
    IncidentEntry,
    KnownIncident,
    Match,
    Mention,
    Noticed,
    Target,
    TargetKind,
    Verdict,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 3, 2, tzinfo=UTC)
BRAND = """
name: Fjordbank
leaders: [{id: leader.1, name: Kari Nordvik, role: banksjef}]
products: [{name: Fjordkonto}]
values: [{id: value.1, text: "Vi låner aldri ut mer enn kunden tåler."}]
sources: [{id: avisa, kind: feed, url: "https://avisa.example/rss"}]
recipients: [{address: vakt@fjordbank.example}]
"""
WORDS = "gebyret på kontoen er tredoblet uten varsel"


@dataclass
class World:
    """A brand whose mentions the test writes, and a clock it moves."""

    config: Config
    store: Store
    at: datetime = START
    number: int = 0

    def say(
        self, at: datetime, *, label: str = "negative", targets: tuple[str, ...] = ("Fjordbank",), title: str = "",
        text: str = "", story: str = "", conflict: bool = False, voice: str = "third_party", source: str = "avisa",
    ) -> str:  # fmt: skip
        (id_,) = self.says(
            [
                {
                    "at": at, "label": label, "targets": targets, "title": title, "text": text, "story": story,
                    "conflict": conflict, "voice": voice, "source": source,
                }
            ]
        )  # fmt: skip
        return id_

    def says(self, said: list[dict[str, Any]]) -> list[str]:
        """Writes mentions as the stages would, each stage once."""
        kinds: dict[str, TargetKind] = {"Kari Nordvik": "leader", "Fjordkonto": "product"}
        polls, matches, stories, verdicts, flags = [], [], [], [], []
        for row in said:
            self.number += 1
            id_, at, targets = f"m{self.number}", row["at"], row.get("targets", ("Fjordbank",))
            m = Mention(id_, row.get("title", ""), row.get("text") or f"Sak {self.number} om Fjordbank.",
                        f"https://avisa.example/{id_}", "x", row.get("source", "avisa"), "news", "nb",
                        row.get("voice", "third_party"), at, at + timedelta(minutes=1))  # fmt: skip
            found = tuple(Target(name, kinds.get(name, "brand"), surface=name) for name in targets)
            polls.append(Poll(m.source, m.seen_at, FetchState(polls=2), (m,)))
            matches.append((m, Match(True, found, m.voice or "third_party")))
            stories.append((id_, row.get("story") or id_))
            p = (0.9, 0.05, 0.05) if row.get("label", "negative") == "negative" else (0.05, 0.05, 0.9)
            verdicts += [(m, Verdict(name, *p, "judged", "test@1")) for name in targets]
            hits = (Conflict("value.1", 0.9, "major", "text", 0, 3, m.text[:3], "sier imot"),)
            level: Any = "major" if row.get("conflict") else "none"
            flags.append(
                (
                    m,
                    Flag(
                        level, 0.9, hits if row.get("conflict") else (), (("value.1", 0.9),), False, "test@1"
                    ),
                )
            )
        self.store.add_polls(polls)
        self.store.add_matches(self.config.identity.hash, matches, self.at)
        self.store.add_stories(stories, self.at)
        self.store.add_verdicts(verdicts, self.at)
        self.store.add_flags(self.config.identity.hash, flags, self.at)
        return [m.id for m, _ in matches]

    def look(self, *, save: bool = True) -> list[Noticed]:
        watch = IncidentWatch(self.config, self.store, lambda: self.at)
        found = watch.look(START)
        if save:
            watch.save(found, [])
        return found

    def burst(self, n: int, **said: Any) -> None:
        """``n`` negative stories in the hour before the clock."""
        step = timedelta(minutes=50) / n
        self.says(
            [{"at": self.at - HOUR + i * step, "title": f"Kunde {i}: {WORDS}", **said} for i in range(n)]
        )


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two weeks of two stories a day, one in four of them negative; the clock stands at their end."""
    path = tmp_path / "brand.yaml"
    path.write_text(BRAND, encoding="utf-8")
    loaded = config.load(path)
    store = Store(loaded.settings.database)
    store.migrate()
    store.set_setting("brand", "Fjordbank")
    found = World(loaded, store)
    mentions, verdicts = [], []
    for n in range(28):
        at = START + n * 12 * HOUR
        m = Mention(f"old{n}", f"Filial nummer {n}", f"Fjordbank holder åpent som vanlig i uke {n}.", "", "x", "avisa",
                    "news", "nb", "third_party", at, at)  # fmt: skip
        mentions.append(m)
        low = n % 4 == 0
        verdicts.append(
            (m, Verdict("Fjordbank", 0.9 if low else 0.05, 0.05, 0.05 if low else 0.9, "judged", "test@1"))
        )
    store.add_polls([Poll("avisa", m.seen_at, FetchState(polls=2), (m,)) for m in mentions])
    brand = (Target("Fjordbank", "brand", surface="Fjordbank"),)
    store.add_matches(loaded.identity.hash, [(m, Match(True, brand)) for m in mentions], START)
    store.add_stories([(m.id, m.id) for m in mentions], START)
    store.add_verdicts(verdicts, START)
    found.at = START + 14 * DAY
    return found


def one(noticed: list[Noticed]) -> Noticed:
    (found,) = noticed
    return found


def test_it_opens_grows_calms_closes_and_tells_each_once(world: World) -> None:
    assert world.look() == []
    world.burst(6)
    first = one(world.look())
    assert (first.news, first.known.phase) == ("opened", "open")
    assert one(world.look()).news is None, "told"
    phases, news = [], []
    for hour in range(1, 30):
        world.at += HOUR
        if hour <= 2:
            world.burst(8 + 8 * hour)
        for seen in world.look():
            assert seen.known.id == first.known.id
            phases.append(seen.known.phase)
            news.append(seen.news)
    assert phases[0] == "growing" and "calming" in phases and phases[-1] == "closed"
    assert [phase for i, phase in enumerate(phases) if i == 0 or phases[i - 1] != phase] == [
        "growing", "open", "calming", "closed"] or phases.index("calming") > phases.index("growing")  # fmt: skip
    assert phases.index("closed") > len(phases) - 1 - phases[::-1].index("calming"), "no flicker"
    told = [one_news for one_news in news if one_news]
    assert told[-1] == "closed" and told.count("closed") == 1 and 1 <= told.count("escalated") <= 2
    (stored,) = world.store.incidents(START)
    assert (stored.phase, stored.told, stored.told_closed) == ("closed", stored.severity, True)
    assert stored.severity != "minor" and "impact" in stored.reasons


def test_a_crash_between_finding_and_keeping_loses_no_news(world: World) -> None:
    world.burst(6)
    assert one(world.look(save=False)).news == "opened"
    assert world.store.incidents(START) == []
    assert one(world.look()).news == "opened"
    assert one(world.look()).news is None


def closed(world: World) -> Noticed:
    """An incident of the last day that is over, and was told to be."""
    world.burst(6)
    first = one(world.look())
    for _ in range(15):
        world.at += HOUR
        world.look()
    (stored,) = world.store.incidents(START)
    assert stored.incident.end is not None and stored.told_closed
    return first


def test_what_comes_again_within_a_day_joins_the_old_one_and_later_is_another(world: World) -> None:
    first = closed(world)
    world.at += 4 * HOUR
    world.burst(6)
    again = one(world.look())
    assert again.known.id == first.known.id and again.news == "escalated"
    assert again.known.incident.end is None and again.known.reopened_at == world.at
    assert again.known.incident.start == first.known.incident.start
    assert again.known.incident.observed >= 12
    assert one(world.look()).news is None
    for _ in range(60):
        world.at += HOUR
        if world.at.hour % 4 == 0:
            world.look()
    world.burst(20)
    new = [seen for seen in world.look() if seen.news == "opened"]
    assert len(new) == 1 and new[0].known.id != first.known.id


def test_brand_and_leader_in_one_story_are_one_incident(world: World) -> None:
    world.burst(7, targets=("Fjordbank", "Kari Nordvik"), conflict=True)
    found = one(world.look())
    assert found.known.target == "Fjordbank" and found.known.also == ("Kari Nordvik",)
    assert found.known.incident.observed == 7, "a story counts once"
    assert {"conflict", "leader"} <= set(found.known.reasons)
    assert found.summary is not None
    assert found.summary.statements == ("value.1",) and found.summary.leaders == ("Kari Nordvik",)
    assert len(world.store.incidents(START)) == 1


def act(world: World, incident: str, action: str, who: str = "Per", **more: object) -> bool:
    entry = IncidentEntry(incident, action, who, world.at, **more)  # type: ignore[arg-type]
    return handling.act(world.config.settings.database, entry, wait_s=5.0)


def test_what_a_person_closed_stays_closed_until_it_alarms_anew(world: World) -> None:
    world.burst(8)
    first = one(world.look())
    stale = world.look(save=False)
    world.at += timedelta(minutes=10)
    assert act(world, first.known.id, "closed", words="Rettet på nettsiden.")
    IncidentWatch(world.config, world.store, lambda: world.at).save(stale, [])
    (stored,) = world.store.incidents(START)
    assert stored.incident.end == stored.closed_at == world.at, "a look that began before changes nothing"
    for _ in range(8):
        world.at += HOUR
        if world.at.hour % 3 == 0:
            world.say(world.at - timedelta(minutes=20))
            assert all(seen.known.phase == "closed" and seen.news is None for seen in world.look())
    world.at += HOUR
    world.burst(14)
    again = one(world.look())
    assert again.known.id == first.known.id and again.news == "escalated"
    assert again.known.incident.start == first.known.incident.start and again.known.closed_at is None
    (stored,) = world.store.incidents(START)
    assert stored.incident.end is None and stored.closed_at is None


def test_a_muted_incident_is_silent_until_then(world: World) -> None:
    world.burst(6)
    first = one(world.look())
    assert act(world, first.known.id, "muted", until=world.at + 3 * HOUR)
    world.at += HOUR
    world.burst(40)
    muted = one(world.look())
    assert muted.known.severity != "minor" and muted.news is None
    world.at += timedelta(hours=2, minutes=30)
    assert one(world.look()).news == "escalated", "what still holds is told then"


def test_a_mute_that_is_taken_back_is_one(world: World) -> None:
    world.burst(6)
    id_ = one(world.look()).known.id
    act(world, id_, "muted", until=world.at + DAY)
    act(world, id_, "unmuted")
    (stored,) = world.store.incidents(START)
    assert stored.muted_until is None


def test_people_act_and_every_step_is_kept(world: World) -> None:
    world.burst(6)
    id_ = one(world.look()).known.id
    path = world.config.settings.database
    assert act(world, id_, "acknowledged", "Per") and not act(world, id_, "acknowledged", "Per")
    assert act(world, id_, "acknowledged", " Kari\n")
    assert act(world, id_, "noted", words="Ringt avisen.")
    assert [(row.action, row.who, row.words) for row in readmodel.incident_actions(path, id_)] == [
        ("acknowledged", "Per", ""), ("acknowledged", "Kari", ""), ("noted", "Per", "Ringt avisen.")]  # fmt: skip
    (row,) = readmodel.incidents(path, START, world.at + DAY)
    assert (row.acknowledged_by, row.acknowledged_at, row.phase) == ("Kari", world.at, "open")
    assert WORDS in row.headline
    with pytest.raises(ConfigError, match="who"):
        act(world, id_, "acknowledged", " ")
    with pytest.raises(ConfigError, match="text"):
        act(world, id_, "noted", words="")
    with pytest.raises(ConfigError, match="until"):
        act(world, id_, "muted", until=world.at)
    with pytest.raises(StoreError, match="no incident"):
        act(world, "nothing", "closed")
    assert not act(world, id_, "reopened"), "nobody closed it"
    assert act(world, id_, "closed") and act(world, id_, "reopened", words="Likevel ikke over.")
    assert one(world.look()).known.incident.end is None


def test_an_incident_is_found_by_its_beginning(world: World) -> None:
    world.burst(6)
    id_ = one(world.look()).known.id
    path = world.config.settings.database
    assert handling.find(path, id_[:6]).id == id_ == handling.find(path, f" {id_} ").id
    for wrong in ("zzzzzz", id_[:3], "' OR 1=1 --", ""):
        with pytest.raises(ConfigError, match="incident"):
            handling.find(path, wrong)


# --- the summary ---


def test_the_summary_is_in_the_sources_own_words(world: World) -> None:
    world.burst(6)
    world.say(world.at - timedelta(minutes=5), title="Fjordbank lukker en minibank", source="blogg")
    copies = [
        world.say(world.at - timedelta(minutes=4), title=f"NTB: {WORDS}", story="wire") for _ in range(3)
    ]
    world.say(world.at - timedelta(minutes=3), label="positive", title="Vi beklager", voice="brand")
    summary = one(world.look()).summary
    assert summary is not None
    assert (summary.stories, summary.mentions, summary.of) == (8, 10, 8)
    assert summary.headline is not None and WORDS in summary.headline.title
    assert summary.first is not None and summary.first.title == f"Kunde 0: {WORDS}"
    assert summary.quotes[0] == summary.headline and len({q.key for q in summary.quotes}) == 5
    assert len({*copies} & {q.key for q in summary.quotes}) <= 1, "a story once"
    assert [e.title for e in summary.ours] == ["Vi beklager"]
    assert summary.sources == (("avisa", 7), ("blogg", 1))
    assert any("tredoblet" in phrase for phrase in summary.phrases)
    assert not any("Fjordbank" in phrase for phrase in summary.phrases), "the name is no news"
    assert sum(bin.count or 0 for bin in summary.curve) == 8 and summary.curve[0].at == world.at - 25 * HOUR
    assert len(summary.usual) == len(summary.curve) and max(high for _, high in summary.usual) <= 1
    assert readmodel.incident_summary(world.config.settings.database, summary.id, world.at) == replace(
        summary
    )
    assert readmodel.incident_summary(world.config.settings.database, "none", world.at) is None


def test_a_product_speaks_for_the_brand(world: World) -> None:
    world.burst(6, targets=("Fjordkonto",))
    found = one(world.look())
    assert found.known.target == "Fjordbank"
    assert found.summary is not None and found.summary.stories == 6


def test_hostile_texts_are_read_bounded_and_forgotten_with_their_mention(world: World) -> None:
    world.burst(6)
    world.say(world.at - timedelta(minutes=2), title="\u202e<script>x</script>" * 9_000, text="A" * 500_000)
    noticed = one(world.look())
    assert noticed.summary is not None
    assert all(len(quote.text) <= 2_000 for quote in noticed.summary.quotes)
    path = world.config.settings.database
    head = noticed.summary.headline
    assert head is not None
    assert 0 < len(readmodel.incidents(path, START, world.at + DAY)[0].headline) <= 300
    world.store.forget(Rule("url", mention_ids=(head.key,)), world.at)
    (row,) = readmodel.incidents(path, START, world.at + DAY)
    assert row.headline == "", "what is forgotten is not shown"


# --- phases, pure ---


def run(counts: list[int | None]) -> list[str]:
    at = Incident(START, START, None, START, 1, 1, 0.1, 0.9)
    phase, out = None, []
    for n in range(1, len(counts) + 1):
        bins = [Bin(START + i * HOUR, count) for i, count in enumerate(counts[:n])]
        phase = lifecycle.phase(phase, at, bins)
        out.append(phase)
    return out


def test_phases_do_not_flicker() -> None:
    rise_and_fall = run([6, 9, 14, 20, 12, 8, 3, 1, 2, 0, 3, 0, 0])
    assert rise_and_fall[0] == "open" and rise_and_fall[1:4] == ["growing"] * 3
    begin = rise_and_fall.index("calming")
    assert set(rise_and_fall[begin:]) == {"calming"}, "a stray mention revives nothing"
    assert run([6, 9, 14, 20, 3, 1, 0, 0, 0, 9, 30, 20])[-1] in ("growing", "open"), "a second wave does"
    assert run([9, 9, None, None, None, None, None])[-1] == "growing", "blind hours say nothing"


def test_the_news_table() -> None:
    going = Incident(START, START, None, START, 1, 1, 0.1, 0.9)
    over = replace(going, end=START + DAY)
    known = KnownIncident("x", "B", (), going, told="minor")
    later = START + 2 * DAY
    assert lifecycle.news(None, known, later) == "opened"
    assert lifecycle.news(known, known, later) is None
    assert lifecycle.news(known, replace(known, severity="critical"), later) == "escalated"
    assert lifecycle.news(replace(known, told="critical"), replace(known, severity="major"), later) is None
    assert lifecycle.news(known, replace(known, incident=over), later) == "closed"
    assert lifecycle.news(replace(known, told_closed=True), replace(known, incident=over), later) is None
    muted = replace(known, severity="critical", muted_until=later + HOUR)
    assert lifecycle.news(known, muted, later) is None
    kept = lifecycle.told(replace(muted, incident=over), None, later)
    assert kept.told_closed and lifecycle.news(kept, replace(kept, muted_until=None), later) is None
