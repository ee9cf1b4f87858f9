"""The page of the goals, run against a real store: in words what the figures allow, and hostile text as text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import streamlit as st

from monitor.config import load
from monitor.goals import MEASURES
from monitor.pipeline import goals
from monitor.store import Store
from tests.dashboard_data import brand_file, seed
from tests.test_dashboard import LANGUAGES, opened, seen

HOSTILE = "<img src=x onerror=alert(1)> **fet** :red[x]"
EXTRA = f"""
competitors: [Kystbanken, "{HOSTILE}"]
goals:
  - {{id: "{HOSTILE}", text: "{HOSTILE}", task: "{HOSTILE}", audience: a, purpose: p, measure: positive_share, target: 0.2}}
  - {{id: hopeless, text: Hopeless, measure: {{of: nonnegative_share, words: [sak], target: Fjordbank}}, baseline: 0.99,
      target: 0.999, deadline: 2035-01-01}}
  - {{id: missed, text: Missed, measure: {{of: negative_share, period: quarter}}, target: 0.001, deadline: 2020-01-01}}
  - {{id: reply, text: Reply, measure: reply_share_60min, target: 0.8}}
  - {{id: staff, text: Staff, measure: "{HOSTILE}", target: 40}}
  - {{id: flags, text: Flags, measure: open_conflicts, target: 0}}
  - {{id: none, text: Nothing named}}
activities:
  - {{id: a, text: "{HOSTILE}", kind: crisis, from: 2026-01-05, to: 2026-01-06}}
"""


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("OMDOMME_HOME", "OMDOMME_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    yield
    st.cache_data.clear()


def measured(brand: Path) -> None:
    config = load(brand)
    goals.evaluate(config, Store(config.settings.database), datetime.now(UTC))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_says_where_each_goal_stands_and_shows_hostile_words_as_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lang: str
) -> None:
    brand = brand_file(tmp_path, EXTRA)
    seed(brand)
    measured(brand)
    page = seen(opened(monkeypatch, brand, "goals", lang))
    assert not {name for name, _ in page.elements} & {"img", "script"}
    assert HOSTILE in page.text
    told = {
        "nb": (
            "Nådd",
            "Bak planen",
            "Ikke nådd",
            "Kan ikke måles med disse kildene",
            "Ingen kommando måler dette",
        ),
        "nn": (
            "Nådd",
            "Bak planen",
            "Ikkje nådd",
            "Kan ikkje målast med desse kjeldene",
            "Ingen kommando måler dette",
        ),
        "en": (
            "Reached",
            "Behind",
            "Not reached",
            "Not measurable with these sources",
            "No command measures this",
        ),
    }[lang]
    for words in told:
        assert words in page.text, words


def test_goals_that_were_never_measured_say_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    brand = brand_file(tmp_path, EXTRA)
    seed(brand)
    assert "omdomme goals" in seen(opened(monkeypatch, brand, "goals")).text


def test_without_goals_the_page_says_where_they_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    brand = brand_file(tmp_path)
    seed(brand)
    page = seen(opened(monkeypatch, brand, "goals", "en"))
    assert "No goals are written down" in page.text and "Share of voice" not in page.text


def test_every_measure_and_reason_has_words() -> None:
    from dashboard.language import load as words
    from monitor.cli_goals import OUTCOME, TRACK, WHY

    known = words("nb")
    for key in (
        *(f"goals.measure.{of}" for of in MEASURES),
        *(f"goals.why.{why}" for why in WHY),
        *(f"goals.track.{track}" for track in TRACK),
        *(f"goals.effect.{outcome}" for outcome in OUTCOME),
    ):
        assert key in known, key
