"""The page Mentions without a browser: addresses of strangers, what a copied address shows, and marked words."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import components, safe
from tests.dashboard_data import PRODUCT, SOURCE, brand_file, seed
from tests.test_dashboard import opened, seen

EVIL = "<script>alert(1)</script> :red[x] [y](javascript:alert(77)) \u202e ' OR 1=1 --"


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    brand = brand_file(tmp_path_factory.mktemp("page"))
    seed(brand)
    return brand


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    st.cache_data.clear()


def visit(monkeypatch: pytest.MonkeyPatch, brand: Path, **address: str) -> AppTest:
    """The page as who follows a link with this address sees it."""
    app = opened(monkeypatch, brand, "mentions")
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app


def test_what_an_address_names_and_is_not_there_narrows_nothing(
    seeded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("target", "source", "language", "touches", "kinds", "label", "voice", "source_type", "conflict",
             "corrections", "view", "from", "to")  # fmt: skip
    page = seen(visit(monkeypatch, seeded, **dict.fromkeys(names, EVIL)))
    assert "46 omtaler" in page.text and "alert(77)" not in page.text
    assert "script" not in {tag for tag, _ in page.elements}


@pytest.mark.parametrize("name", ["id", "story"])
def test_an_address_of_nothing_says_so(name: str, seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = seen(visit(monkeypatch, seeded, **{name: EVIL}))
    assert "finnes ikke" in page.text and "alert(77)" not in page.text


def test_a_copied_address_shows_the_same(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = {
        "source": SOURCE, "language": "nb", "touches": "value.1", "target": PRODUCT, "label": "neutral",
        "conflict": "major", "view": "stories", "search": "inkasso",
    }  # fmt: skip
    app = visit(monkeypatch, seeded, **shown)
    page = seen(app)
    assert "6 omtaler" in page.text and sum(name == "article" for name, _ in page.elements) == 1
    assert "6 kopier" in page.text and "mark" in {name for name, _ in page.elements}
    for name, value in shown.items():
        assert app.query_params[name] in (value, [value])
    app.button(key="mentions_clear").click().run()
    assert "46 omtaler" in seen(app).text


def test_days_and_doubt_of_an_address(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = visit(monkeypatch, seeded, unsure="yes")
    assert "10 omtaler" in seen(app).text
    app = visit(monkeypatch, seeded, **{"from": "2001-01-01", "to": "2001-01-02"})
    assert "Ingen omtaler passer" in seen(app).text and "utvalgte dager" in seen(app).text
    app.button(key="behind_all").click().run()
    assert "46 omtaler" in seen(app).text


def test_words_of_strangers_carry_a_language_only_where_it_is_one() -> None:
    assert safe.language("nb") == {"lang": "nb", "dir": "auto"}
    for code in (None, "", "xx", "nb-NO onload=x", EVIL):
        assert safe.language(code) == {"dir": "auto"}


def test_marks_never_let_markup_through() -> None:
    found = components.found_words("<b>forsinkelsen</b> & <i>", "forsinkelser b <i>", "nb")
    assert found == (
        "&lt;<mark>b</mark>&gt;<mark>forsinkelsen</mark>&lt;/<mark>b</mark>&gt; &amp; &lt;<mark>i</mark>&gt;"
    )


def test_a_long_text_is_quoted_where_the_search_found_it() -> None:
    text = "innledning " * 200 + "her kom forsinkelsen til slutt " + "etter " * 200
    quoted = components.excerpt(text, "forsinkelser", "nb")
    assert "forsinkelsen" in quoted and len(quoted) <= safe.EXCERPT_LIMIT + 2
    assert components.excerpt(text, "", "nb").startswith("innledning")
