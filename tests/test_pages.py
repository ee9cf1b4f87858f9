"""The pages Leaders, Audience and Identity, and the addresses that lead from a figure to the mentions behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import language, safe
from monitor.config import load
from monitor.store import Poll, Store
from monitor.types import Conflict, FetchState, Flag, Match, Mention, Relation, Target, Verdict, Voice
from tests.dashboard_data import BRAND, LINK, brand_file
from tests.test_dashboard import APP, opened, seen

KARI = "Kari Nordvik"
HOSTILE = "<img src=x onerror=alert(1)> **Kari** [x](javascript:alert(2)) :red[x]"
EXTRA = """
wanted_image:
  - {id: wanted.1, text: "Banken som svarer samme dag. <b>x</b>", owner: "<i>Per</i>", valid_to: 2020-01-01}
unwanted_image:
  - {id: unwanted.1, text: "Gjeldsfella."}
out_of_bounds:
  - {id: out_of_bounds.1, text: "Renten neste måned"}
"""
TWO = """
  - {id: leader.2, name: "<b>Ola</b> Vik", role: "*sjef*", speaks_about: ["<u>lån</u>"], private: ["<i>barn</i>"]}
"""


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("OMDOMME_HOME", "OMDOMME_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    yield
    st.cache_data.clear()


def _brand(folder: Path) -> Path:
    role = "role: banksjef}\n"
    path = brand_file(folder, EXTRA)
    path.write_text((BRAND + EXTRA).replace(role, role + TWO.lstrip("\n")), encoding="utf-8")
    return path


def _seed(brand: Path, mentions: int = 8) -> None:
    """Others about Kari, one of them hostile and against, one in line; and a post of hers that mixes roles."""
    config, now = load(brand), datetime.now(UTC).replace(microsecond=0)
    store, identity = Store(config.settings.database), config.identity.hash
    store.migrate()
    said: list[tuple[Mention, Match, Flag]] = []
    about = (Target("Fjordbank", "brand"), Target(KARI, "leader"))
    for n in range(mentions):
        at = now - timedelta(hours=2 + n)
        text = f"{HOSTILE} Naboen svarer samme dag." if n < 2 else f"Kari Nordvik i sak {n}."
        voice: Voice = "leader" if n == 2 else "third_party"
        author = KARI if n == 2 else f"anon-{n}"
        m = Mention(f"m{n}", HOSTILE if n == 0 else "", text, LINK if n else "javascript:alert(4)", author,
                    "avisa", "forum", "nb", None if n != 2 else voice, at, at)  # fmt: skip
        flag = Flag(
            "none", 0.1, (), (), n == 2, "test@1", (Relation("wanted.1", 0.1, 0.6 if n == 1 else 0.1),)
        )
        if n in (0, 2):
            quote = text[:10]
            hit = Conflict("wanted.1", 0.8, "major", "text", 0, len(quote), quote, "fordi")
            flag = replace(flag, level="major", score=0.8, conflicts=(hit,), candidates=(("wanted.1", 0.8),))
        said.append((m, Match(True, about, voice, KARI if n == 2 else None), flag))
    store.add_polls([Poll("avisa", now, FetchState(polls=1), tuple(m for m, _, _ in said))])
    store.add_matches(identity, [(m, match) for m, match, _ in said], now)
    store.add_stories([(m.id, m.id) for m, _, _ in said], now)
    verdicts = [(m, Verdict(t.name, 0.8, 0.1, 0.1, "judged", "test@1")) for m, _, _ in said for t in about]
    store.add_verdicts(verdicts, now)
    store.add_flags(identity, [(m, flag) for m, _, flag in said], now)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    brand = _brand(tmp_path_factory.mktemp("people"))
    _seed(brand)
    return brand


def _arrive(monkeypatch: pytest.MonkeyPatch, brand: Path, page: str, **filters: str | list[str]) -> AppTest:
    """Somebody opens an address from a mail."""
    monkeypatch.setattr("sys.argv", ["app.py", "--brand", str(brand)])
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.run()
    app.switch_page(f"views/{page}.py")
    for name, value in filters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app


def _hrefs(app: AppTest) -> list[str]:
    return [attrs["href"] or "" for name, attrs in seen(app).elements if name == "a"]


def test_a_leader_is_held_against_the_wanted_image(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, seeded, "leaders")
    text = seen(app).text.replace("\u00a0", " ")
    assert "Kari Nordvik" in text and "aldri mennesker" in text
    assert "Skrevet av andre: 7 saker" in text
    assert "− i strid" in text and "+ i tråd" in text and "○ taust" in text
    assert "1 sak har et flagg som peker på utsagnet" in text
    assert "1 eget innlegg · 1 i konflikt med identiteten" in text
    assert "Rent private innlegg slettes" in text and "Ingen data. Ingen saker er holdt mot" in text
    assert "Bekreft" in [button.label for button in app.button]  # what can be done with her flag stands there
    names = {name for name, _ in seen(app).elements}
    assert "img" not in names and HOSTILE in text
    assert app.query_params["leader"] == "leader.1"


def test_a_leader_without_mentions_or_posts_is_told_as_such(
    seeded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = _arrive(monkeypatch, seeded, "leaders", leader="leader.2", lang="nb")
    text = seen(app).text
    assert "<b>Ola</b> Vik" in text and "*sjef*" in text
    assert "Ingen andre har omtalt lederen" in text and "Ingen egne innlegg" in text
    assert language.load("nb")["overview.no_data"] in text
    assert app.query_params["leader"] == "leader.2"


def test_an_unknown_leader_in_the_address_is_not_shown(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = _arrive(monkeypatch, seeded, "leaders", leader="<script>alert(1)</script>")
    assert "<script" not in seen(app).text and app.query_params["leader"] == "leader.1"


def test_every_figure_of_a_leader_finds_its_mentions(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hrefs = [h for h in _hrefs(opened(monkeypatch, seeded, "leaders")) if h.startswith("mentions?")]
    assert len(hrefs) > 8
    wanted = {
        "7 omtaler": lambda q: set(q) == {"lang", "period", "target", "voice"},
        "1 omtale": lambda q: (
            q.get("statement") == ["wanted.1"] and q.get("stance") in (["in_line"], ["against"])
        ),
    }
    for told, which in wanted.items():
        found = [q for h in hrefs if which(q := parse_qs(urlsplit(h).query))]
        assert found
        for query in found:
            app = _arrive(monkeypatch, seeded, "mentions", **query)
            assert seen(app).text.startswith("") and told in seen(app).text, query


def test_a_view_of_mentions_has_an_address(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = _arrive(monkeypatch, seeded, "mentions", speaker=KARI, mixing="1")
    assert "1 omtale" in seen(app).text and f"skrevet av {KARI}" in seen(app).text
    app.button(key="behind_all").click().run()
    assert "8 omtaler" in seen(app).text and "speaker" not in app.query_params
    app.text_input(key="mentions_search").input("sak 5").run()
    app.multiselect(key="mentions_voice").select("third_party").run()
    assert app.query_params["search"] == "sak 5" and app.query_params["voice"] == "third_party"
    again = _arrive(monkeypatch, seeded, "mentions", search="sak 5", voice=["third_party"])
    assert "1 omtale" in seen(again).text and again.text_input(key="mentions_search").value == "sak 5"


def test_hostile_addresses_find_nothing_and_show_nothing_run(
    seeded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = _arrive(monkeypatch, seeded, "mentions", speaker="<script>alert(1)</script>", statement="' OR 1=1 --",
                  stance="against", kind="nobody", period="1e9", **{"from": "9999-99-99", "to": "x"})  # fmt: skip
    text = seen(app).text
    assert "Ingen omtaler passer" in text and "<script>alert(1)</script>" in text
    assert "script" not in {name for name, _ in seen(app).elements}


def test_the_days_of_a_week_are_kept_until_another_period_is_chosen(
    seeded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = _arrive(
        monkeypatch, seeded, "mentions", **{"from": "2020-01-06", "to": "2020-01-12", "period": "all"}
    )
    assert "utvalgte dager" in seen(app).text and "Ingen omtaler passer" in seen(app).text
    app.session_state["period"] = "7"
    app.run()
    assert "8 omtaler" in seen(app).text and "from" not in app.query_params


def test_the_audience_is_groups(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, seeded, "audience")
    text = seen(app).text
    assert "7 stemmer, 7 saker" in text and "anon-" not in text and "færre enn 5" in text
    assert any("kind=contributor" in h and "source_type=forum" in h for h in _hrefs(app))
    app.selectbox(key="audience_target").select(KARI).run()
    assert app.query_params["target"] == KARI


def test_too_few_voices_show_no_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brand = _brand(tmp_path)
    _seed(brand, 3)
    text = seen(opened(monkeypatch, brand, "audience")).text
    assert "Ingen grupper er store nok" in text and "stemmer, " not in text


def test_one_story_is_enough_for_every_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brand = _brand(tmp_path)
    _seed(brand, 1)
    assert "1 sak" in seen(opened(monkeypatch, brand, "leaders")).text
    assert "Utenfor grensen 1" in seen(opened(monkeypatch, brand, "identity")).text


def test_the_identity_is_read_as_it_stands(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, seeded, "identity")
    found = seen(app)
    text = found.text.replace("\u00a0", " ")
    assert "Banken som svarer samme dag. <b>x</b>" in text and "Eier: <i>Per</i>" in text
    assert "Gjelder til 1. jan. 2020 (ikke nå)" in text and "<i>barn</i>" in text
    assert "Vi: 1 sak, 1 i strid" in text and "Andre: 2 saker, 1 i strid" in text
    assert (
        "Naboen svarer samme dag." in text
    )  # the sentence of the text in line that is most like the statement
    assert not {"img", "script"} & {name for name, _ in found.elements} and HOSTILE in text
    assert {attrs.get("role") for _, attrs in found.elements} >= {
        "img"
    }  # the small lines have words for them
    assert "draft?" in " ".join(_hrefs(app)) and "statements?" in " ".join(_hrefs(app))
    app.selectbox(key="identity_kind").select("out_of_bounds").run()
    assert "Banken som svarer" not in seen(app).text and app.query_params["kind"] == "out_of_bounds"


def test_a_statement_is_opened_from_its_address(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = _arrive(monkeypatch, seeded, "statements", statement="unwanted.1")
    assert app.selectbox(key="statements_statement").value == "unwanted.1"


def test_without_leaders_the_page_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brand = _brand(tmp_path)
    _seed(brand, 1)
    text = brand.read_text(encoding="utf-8")
    brand.write_text(text[: text.index("leaders:")] + text[text.index("values:") :], encoding="utf-8")
    assert "Ingen ledere er satt opp" in seen(opened(monkeypatch, brand, "leaders")).text


def test_links_inside_encode_whatever_they_carry() -> None:
    made = safe.inside("<b>", "mentions", {"search": '"><script>&x=1', "voice": ["a", "b"], "none": ""})
    assert made.startswith('<a href="mentions?search=%22%3E%3Cscript%3E%26x%3D1&amp;voice=a&amp;voice=b"')
    assert "&lt;b&gt;" in made and "none" not in made
