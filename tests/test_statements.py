"""Statement by statement on a real store: counts of distinct stories, pairs, quotes, gaps; the commands and the page."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from monitor import db, readmodel
from monitor.config import load
from monitor.pipeline import statements
from monitor.readmodel import SayDo
from monitor.store import Poll, Rule, Store
from monitor.types import (
    BrandIdentity,
    Conflict,
    ConflictLevel,
    FetchState,
    Flag,
    Match,
    Mention,
    Relation,
    Target,
    Verdict,
    Voice,
)
from tests import command

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
SINCE, UNTIL = MONDAY - 60 * DAY, MONDAY + 60 * DAY
ROOT = Path(__file__).parent.parent
BRAND = """
name: Fjordbank
language: nb
leaders:
  - {id: leader.1, name: Kari Nordvik, role: banksjef}
  - {id: leader.2, name: Ole Hansen, role: kredittsjef}
values:
  - {id: value.1, text: "Vi låner aldri ut mer enn kunden tåler."}
  - {id: value.2, text: "Vi svarer samme dag."}
guidelines:
  - {id: guideline.1, text: "Vi omtaler aldri enkeltkunder."}
"""


class Archive:
    """A store that texts are put into one by one, as the pipeline would leave them."""

    def __init__(self, folder: Path) -> None:
        self.brand = folder / "brand.yaml"
        self.brand.write_text(BRAND, encoding="utf-8")
        config = load(self.brand, {})
        self.path, self.identity = config.settings.database, config.identity
        self.store = Store(self.path)
        self.store.migrate()

    def add(
        self,
        id_: str,
        day: float,
        text: str,
        *,
        voice: Voice = "third_party",
        by: str = "",
        about: tuple[str, ...] = (),
        conflict: str | None = None,
        level: ConflictLevel = "none",
        score: float = 0.1,
        shares: dict[str, float] | None = None,
        relations: tuple[Relation, ...] = (),
        story: str = "",
        negative: float = 0.1,
    ) -> None:
        at = MONDAY + day * DAY
        m = Mention(
            id_, "", text, f"https://a.example/{id_}", by or "p", "avisa", "news", "nb", voice, at, at
        )
        self.store.add_polls([Poll("avisa", at, FetchState(), (m,))])
        targets = (Target("Fjordbank", "brand"), *(Target(name, "leader") for name in about))
        speaker = by or ("Fjordbank" if voice == "brand" else None)
        identity = self.identity.hash
        self.store.add_matches(identity, [(m, Match(True, targets, voice, speaker))], at)
        self.store.add_stories([(id_, story or id_)], at)
        left = 1 - negative
        verdicts = [(m, Verdict(t.name, negative, left / 2, left / 2, "judged", "test@1")) for t in targets]
        self.store.add_verdicts(verdicts, at)
        hits = (
            (Conflict(conflict, score * 0.6, "major", "text", 0, len(text), text, "fordi"),)
            if conflict
            else ()
        )
        shared = {"value.1": 0.1, "value.2": 0.1} if shares is None else shares
        candidates = tuple((s, score * share) for s, share in sorted(shared.items(), key=lambda x: -x[1]))
        flag = Flag(level, score, hits, candidates, False, "test@1", relations)
        self.store.add_flags(identity, [(m, flag)], at)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def test_a_story_counts_once_a_side_in_the_week_of_its_first_copy(archive: Archive) -> None:
    against = {"conflict": "value.1", "level": "major", "score": 0.9}
    archive.add("a", 0, "De presset lånet på ham.", **against)  # type: ignore[arg-type]
    archive.add("b", 8, "De presset lånet på ham!", story="a", **against)  # type: ignore[arg-type]
    archive.add("c", 9, "Enda et lån over evne.", **against)  # type: ignore[arg-type]
    archive.add("d", 1, "Vi sier nei til for store lån.", voice="brand", shares={"value.1": 0.6})
    archive.add("e", 2, "Litt over evne går bra.", voice="leader", by="Kari Nordvik", **against)  # type: ignore[arg-type]
    archive.add("f", 3, "Fin bank.", shares={"value.2": 0.2})  # touches nothing
    rows = readmodel.say_do(archive.path, SINCE, UNTIL)
    assert [row for row in rows if row.statement == "value.1"] == [
        SayDo(MONDAY, "value.1", 2, 1, None, 1, 1, None),
        SayDo(MONDAY + 7 * DAY, "value.1", 0, 0, None, 1, 1, None),
    ]
    assert [row for row in rows if not row.statement] == [
        SayDo(MONDAY, "", 2, 1, None, 2, 1, None),
        SayDo(MONDAY + 7 * DAY, "", 0, 0, None, 1, 1, None),
    ]
    assert not [row for row in rows if row.statement == "value.2"]
    (month,) = [
        r for r in readmodel.say_do(archive.path, SINCE, UNTIL, bin="month") if r.statement == "value.1"
    ]
    assert (month.at, month.own, month.others) == (MONDAY.replace(day=1), 2, 2)
    assert readmodel.say_do(archive.path, UNTIL, UNTIL + DAY) == []


def test_in_line_evidence_is_kept_counted_and_erased(archive: Archive) -> None:
    yes, no = Relation("value.2", 0.05, 0.9), Relation("value.1", 0.2, 0.1)
    archive.add("a", 0, "Svar på ti minutter, med navn.", relations=(yes, no))
    archive.add("b", 1, "Vi svarte alle i går.", voice="brand", relations=(Relation("value.2", 0.1, 0.7),))
    beside, row = [row for row in readmodel.say_do(archive.path, SINCE, UNTIL) if row.statement]
    assert row == SayDo(MONDAY, "value.2", 1, 0, 0.7, 1, 0, 0.9)
    assert beside == SayDo(MONDAY, "value.1", 0, 0, None, 0, 0, 0.1)  # compared, though it does not touch it
    (own,) = readmodel.utterances(archive.path, SINCE, UNTIL, voices=("brand",))
    assert [(t.statement, t.in_line, t.severity) for t in own.touches] == [("value.2", 0.7, None)]
    assert archive.store.forget(Rule("url", mention_ids=("a", "b")), UNTIL).mentions == 2
    with db.reading(archive.path) as con:
        assert con.execute("SELECT count(*) FROM flag_relations").fetchone() == (0,)


def test_the_newest_flag_is_the_one_that_counts(archive: Archive) -> None:
    archive.add(
        "a",
        0,
        "Tekst.",
        conflict="value.1",
        level="major",
        score=0.9,
        relations=(Relation("value.1", 0.9, 0.0),),
    )
    (m,) = archive.store.due_matches("other", 9)
    newer = Flag("none", 0.05, (), (("value.2", 0.04),), False, "test@2")
    archive.store.add_flags(archive.identity.hash, [(m, newer)], MONDAY + DAY)
    assert [r.statement for r in readmodel.say_do(archive.path, SINCE, UNTIL) if r.statement] == ["value.2"]
    assert readmodel.statement_conflicts(archive.path, SINCE, UNTIL) == []


def test_statements_conflicts_touch_come_with_their_share_and_examples(archive: Archive) -> None:
    for n in range(3):
        archive.add(
            f"a{n}",
            n,
            f"Sak {n}.",
            conflict="value.1",
            level="major",
            score=0.9 - n / 10,
            story=f"s{min(n, 1)}",
        )
    archive.add("b", 5, "Kunden Per skylder.", voice="leader", by="Ole Hansen", conflict="guideline.1", level="minor",
                score=0.7)  # fmt: skip
    first, second = readmodel.statement_conflicts(archive.path, SINCE, UNTIL)
    assert (first.statement, first.mentions, first.stories, first.own) == ("value.1", 3, 2, 0)
    assert (first.of_all.part, first.of_all.whole) == (2, 3) and first.of_all.low is not None
    assert [u.mention_id for u in first.examples] == ["a0", "a1"]
    assert (second.statement, second.stories, second.own) == ("guideline.1", 1, 1)


def test_a_leader_against_the_official_line(archive: Archive) -> None:
    archive.add("a", 0, "Vi ga lånet likevel. Kunden ba om det.", voice="leader", by="Kari Nordvik", conflict="value.1", level="major",
                score=0.9)  # fmt: skip
    archive.add("b", 4, "Vi sier nei når kunden ikke tåler lånet.", voice="brand", shares={"value.1": 0.7})
    archive.add("c", 5, "De ga meg lånet likevel.", shares={"value.1": 0.7})
    found = statements.contradictions(archive.path, archive.identity, SINCE, UNTIL)
    assert (found.read, found.speakers) == (2, 2)
    (pair,) = found.found
    assert [side.utterance.mention_id for side in (pair.one, pair.other)] == ["a", "b"]
    assert statements.contradictions(archive.path, archive.identity, SINCE, UNTIL, window=2 * DAY).found == ()


def test_quotes_are_marked_only_where_own_texts_are_stored(archive: Archive) -> None:
    quote = "– Vi visste om gebyret i april og sa ingenting til kundene, sier {}."
    archive.add("k", 0, quote.format("Kari Nordvik"), about=("Kari Nordvik",))
    archive.add("o", 0, quote.format("Ole Hansen"), about=("Ole Hansen",))
    archive.add("old", -55, "God jul fra oss i banken.", voice="leader", by="Kari Nordvik")
    found = statements.quotes(archive.path, archive.identity, SINCE, UNTIL)
    assert found.outcomes == {"unverified": 1, "no_own_channel": 1} and found.read == 2
    assert [(q.leader, q.first.mention_id) for q in found.unverified] == [("Kari Nordvik", "k")]
    # Published by herself outside the period asked for, but within the window around it.
    archive.add(
        "own",
        20,
        "Vi visste om gebyret i april, og vi sa ingenting til kundene.",
        voice="leader",
        by="Kari Nordvik",
    )
    assert statements.quotes(archive.path, archive.identity, SINCE, MONDAY + DAY).unverified == ()


def test_gaps_are_what_no_statement_takes_a_share_of(archive: Archive) -> None:
    low, high = {"value.1": 0.15, "value.2": 0.1}, {"value.1": 0.8}
    archive.add("a", 0, "Banken nektet parkering for rullestol.", score=0.6, shares=low)
    archive.add("b", 1, "Skjulte skilt om parkering.", negative=0.9, shares=low)
    archive.add(
        "c", 2, "Banken nektet meg svar om parkering.", negative=0.9, shares=high
    )  # a statement is about it
    archive.add("d", 3, "De nektet å smile på parkering.", shares=low)  # neither conflict nor harm
    found = statements.gaps(archive.path, archive.identity, SINCE, UNTIL)
    assert found.compared == 4
    (theme,) = found.themes
    assert (theme.words[0], theme.stories) == ("parkering", 2)
    assert {u.mention_id for u in theme.examples} == {"a", "b"}


def test_an_empty_or_missing_store_is_no_data(archive: Archive, tmp_path: Path) -> None:
    for path in (archive.path, tmp_path / "missing.duckdb"):
        assert readmodel.say_do(path, SINCE, UNTIL) == []
        assert readmodel.statement_conflicts(path, SINCE, UNTIL) == []
        assert readmodel.own_channels(path) == frozenset()
        assert statements.contradictions(path, archive.identity, SINCE, UNTIL) == statements.Contradictions(
            (), 0, 0
        )
        assert statements.quotes(path, archive.identity, SINCE, UNTIL) == statements.Quotes((), {}, 0)
        assert statements.gaps(path, archive.identity, SINCE, UNTIL) == statements.Gaps((), 0)
    assert statements.quotes(archive.path, BrandIdentity("Fjordbank"), SINCE, UNTIL).read == 0


# --- the command ---


def run(archive: Archive, *arguments: str) -> CompletedProcess[str]:
    return command.call("statements", *arguments, "--brand", str(archive.brand))


def test_the_commands_say_how_much_they_rest_on(archive: Archive) -> None:
    nothing = run(archive, "line", "--since", "2026-01-01", "--until", "2026-05-01")
    assert nothing.returncode == 0 and "No data" in nothing.stdout
    archive.add("a", 0, "Vi ga lånet likevel. Kunden ba om det. [red]", voice="leader", by="Kari Nordvik", conflict="value.1",
                level="major", score=0.9)  # fmt: skip
    archive.add("b", 4, "Vi sier nei når kunden ikke tåler lånet.", voice="brand", shares={"value.1": 0.7})
    period = ("--since", "2026-01-01", "--until", "2026-05-01")
    line = json.loads(run(archive, "line", "value.1", *period, "--json").stdout)
    assert [(r["own"], r["own_conflicts"], r["own_in_line"]) for r in line["rows"]] == [(2, 1, None)]
    pairs = run(archive, "opposites", *period).stdout
    assert (
        "1 pairs to look at, in 2 texts by 2 of ours. None is a fact." in pairs
        and "ba om det. [red]" in pairs
    )
    assert "no data" in run(archive, "quotes", *period).stdout
    assert "value.1: 1 of 1 stories with a conflict" in run(archive, "gaps", *period).stdout
    wrong = run(archive, "gaps", "--since", "2026-05-01", "--until", "2026-01-01")
    assert wrong.returncode == 2


# --- the page ---


@pytest.fixture
def page(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], AppTest]]:
    """The statements page of the archive, in a language, over everything there is."""
    for name in ("OMDOMME_HOME", "OMDOMME_DATABASE"):
        monkeypatch.delenv(name, raising=False)

    def opened(lang: str) -> AppTest:
        monkeypatch.setattr("sys.argv", ["app.py", "--brand", str(archive.brand)])
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
        app.session_state["language"] = lang
        app.session_state["period"] = "all"
        app.run()
        app.switch_page("views/statements.py").run()
        assert not app.exception, app.exception
        return app

    yield opened
    st.cache_data.clear()


def shown(app: AppTest) -> str:
    bodies = "\n".join(element.proto.body for element in app.get("html"))
    return html.unescape(re.sub(r"<[^>]*>", " ", bodies)).replace("\u00a0", " ")


def test_the_page_shows_line_pairs_quotes_and_gaps(archive: Archive, page: Callable[[str], AppTest]) -> None:
    archive.add("a", 0, "Vi ga lånet likevel. Kunden ba om det. <b>x</b>", voice="leader", by="Kari Nordvik", conflict="value.1",
                level="major", score=0.9)  # fmt: skip
    archive.add("b", 4, "Vi sier nei når kunden ikke tåler lånet.", voice="brand", shares={"value.1": 0.7})
    archive.add("c", 5, "– Vi visste om gebyret og sa ingenting til kundene, sier Kari Nordvik.",
                about=("Kari Nordvik",), shares={"value.2": 0.15}, negative=0.9)  # fmt: skip
    app = page("nb")
    text = shown(app)
    assert "Vi låner aldri ut mer enn kunden tåler." in text and "<b>x</b>" in text
    assert "1 par å se på. 2 egne tekster fra 2 avsendere er sammenlignet." in text
    assert "Den ene er i konflikt med utsagnet, den andre ikke." in text
    assert "Tillagt Kari Nordvik" in text and "Ubekreftet" in text and "Ubekreftet betyr ikke usant" in text
    assert "1 av 1 saker med konflikt" in text and "En enkelt sak" in text
    assert "I tråd med utsagnet: ingen tall." in text
    assert "2 saker med vår egen stemme, av dem 1 i konflikt. 0 saker fra andre" in text
    (chart,) = app.get("vega_lite_chart")
    spec = json.loads(chart.proto.spec)
    series = {row["series"]: row["high"] for row in spec["layer"][1]["data"]["values"]}
    assert series == {"Vi sa": 2, "Vi sa, i konflikt med utsagnet": 1}
    for lang, words in (("nn", "Utsegn for utsegn"), ("en", "Statement by statement")):
        assert words in shown(page(lang))


def test_the_page_says_no_data_for_a_statement_nobody_touched(
    archive: Archive, page: Callable[[str], AppTest]
) -> None:
    archive.add("a", 0, "Fin bank.", shares={"value.1": 0.1})
    text = shown(page("en"))
    assert "No data: no text by a leader or the brand in this period." in text
    assert "No data: no quotes attributed to a leader" in text
    assert "0 stories in our own voice, of which 0 in conflict." in text and "1 stories were compared" in text
