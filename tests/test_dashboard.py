"""The dashboard's pages run against a real store; what strangers wrote comes out as text and nothing else."""

from __future__ import annotations

import re
import string
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import context, language, safe
from dashboard.language import LANGUAGES, Texts
from monitor import readmodel
from monitor.config import load
from monitor.readmodel.changes import count_change, share_change
from monitor.readmodel.rows import share
from monitor.store import Fitted, Poll, Store
from monitor.types import BrandIdentity, Correction, FetchState, Match, Mention, Target
from tests.dashboard_data import LINK, PRODUCT, QUOTE, SOURCE, TITLES, brand_file, seed

ROOT = Path(__file__).parent.parent
APP = ROOT / "dashboard" / "app.py"
PAGES = (
    "overview",
    "leaders",
    "mentions",
    "conflicts",
    "incidents",
    "statements",
    "identity",
    "goals",
    "audience",
    "digest",
    "sources",
)
# A link to a page of ours: relative, with values that are encoded.
OURS = re.compile(r"(?:mentions|leaders|statements|draft|incidents|conflicts|goals|sources)\?[\w.%+&=-]+")
_EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("OMDOMME_HOME", "OMDOMME_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    yield
    st.cache_data.clear()


def opened(monkeypatch: pytest.MonkeyPatch, brand: Path, page: str = "overview", lang: str = "nb") -> AppTest:
    """The app with this brand file, on this page."""
    monkeypatch.setattr("sys.argv", ["app.py", "--brand", str(brand)])
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.session_state["language"] = lang
    app.run()
    if page != "overview":
        app.switch_page(f"views/{page}.py").run()
    assert not app.exception, app.exception
    return app


class Seen(HTMLParser):
    """What markup amounts to: its elements with their attributes, and the text a reader sees."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(app: AppTest) -> Seen:
    """All markup of the page but the style sheet."""
    bodies = [element.proto.body for element in app.get("html")]
    return Seen("\n".join(body for body in bodies if not body.startswith("<style>")))


# --- words ---


@pytest.mark.parametrize("other", [code for code in LANGUAGES if code != "nb"])
def test_languages_have_the_same_keys_and_placeholders(other: str) -> None:
    one, two = language.load("nb"), language.load(other)
    assert one.keys() == two.keys()
    for key, value in one.items():
        if isinstance(value, list):
            assert len(value) == len(two[key]), key
        else:
            assert set(PLACEHOLDER.findall(value)) == set(PLACEHOLDER.findall(two[key])), key


def test_every_key_the_code_names_exists() -> None:
    known = language.load("nb").keys()
    used = set()
    for path in (ROOT / "dashboard").rglob("*.py"):
        code = path.read_text(encoding="utf-8")
        used |= set(re.findall(r"""\b(?:t|texts)\("([\w.]+)\"""", code))
        used |= {
            f"{key}.{form}"
            for key in re.findall(r"""\bt\.count\("([\w.]+)\"""", code)
            for form in ("one", "other")
        }
    assert len(used) > 60
    assert used <= known, used - known


def test_every_string_is_used() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "dashboard").rglob("*.py"))
    prefixes = set(re.findall(r"""t\(f["']([\w.]+)\.\{""", code)) | set(
        re.findall(r"""t\.count\("([\w.]+)\"""", code)
    )
    prefixes |= {"count", "change.negative", "change.volume"}
    for key in language.load("nb"):
        assert re.search(rf"[\"']{re.escape(key)}[\"']", code) or any(
            key.startswith(f"{prefix}.") for prefix in prefixes
        ), key


def test_numbers_and_dates_are_written_as_their_readers_do() -> None:
    nb, en = Texts("nb", "Europe/Oslo"), Texts("en", "Europe/Oslo")
    assert nb.percent(0.314) == "31\u00a0%" and en.percent(0.314) == "31%"
    assert nb.interval(0.19, 0.46) == "19–46\u00a0%"
    assert nb.number(1234.5, 1) == "1\u00a0234,5" and en.number(1234.5, 1) == "1,234.5"
    at = datetime(2026, 9, 3, 22, 30, tzinfo=UTC)
    assert nb.moment(at).replace("\u00a0", " ") == "4. sep. 2026, 00:30"
    assert en.moment(at).replace("\u00a0", " ") == "4 Sep 2026, 00:30"
    assert nb.moment(None) == "–"


def test_a_value_with_braces_is_not_parsed() -> None:
    assert Texts("nb", "UTC")("headline.nothing", name="{0.__class__}").startswith("{0.__class__}:")


# --- safety ---


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", " javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//evil.example", "",
     "https://", "http://bank.example@evil.example/", "https://x.example\\@evil.example", "https://x.example/\nx",
     "ftp://x.example", "https://[::1", "https://x.example/" + "a" * 3000],
)  # fmt: skip
def test_addresses_that_are_no_link(url: str) -> None:
    assert safe.web_address(url) is None
    assert "<a" not in safe.link("x", url)


def test_a_link_is_escaped_and_closed_off() -> None:
    anchor = Seen(safe.link("<b>", LINK))
    assert anchor.elements == [
        ("a", {"href": LINK, "target": "_blank", "rel": "noopener noreferrer nofollow"})
    ]
    assert anchor.text == "<b>"


def test_only_html_passes_unescaped() -> None:
    assert safe.tag("p", "<b>", safe.tag("i", "&")) == "<p>&lt;b&gt;<i>&amp;</i></p>"
    assert safe.tag("p", title='"><script>') == '<p title="&quot;&gt;&lt;script&gt;"></p>'
    assert not isinstance(safe.tag("p", "x") + "<b>", safe.Html)


def test_plain_bounds_and_disarms() -> None:
    assert safe.plain("a\u202eb\u0000c") == "abc"
    assert len(safe.plain("A" * 2_000_000, 100)) == 101
    assert safe.line("to\nlinjer") == "to linjer"


def test_html_is_made_in_one_place() -> None:
    for path in (ROOT / "dashboard").rglob("*.py"):
        code = path.read_text(encoding="utf-8")
        assert "unsafe_allow_html" not in code, path
        # One script of ours, which moves the cursor: safe.focus.
        assert code.count("unsafe_allow_javascript") == (path.name == "safe.py"), path
        if path.name not in ("safe.py", "app.py"):
            assert "st.html(" not in code, path
        assert not re.search(
            r"st\.(write|markdown|caption|info|warning|error|success|metric|title|header)\(", code
        ), path


# --- statistics and periods ---


def test_change_is_claimed_only_when_the_interval_carries_it() -> None:
    assert share_change(share(50, 100), share(20, 100)) == "up"
    assert share_change(share(20, 100), share(50, 100)) == "down"
    assert share_change(share(5, 10), share(2, 10)) == "unclear"
    assert share_change(share(0, 0), share(2, 10)) == "unknown"
    assert share_change(share(1, 2), None) == "unknown"
    assert (
        count_change(30, 10) == "up"
        and count_change(12, 10) == "unclear"
        and count_change(1, None) == "unknown"
    )


def test_a_period_is_whole_local_days_and_ends_on_a_step() -> None:
    t = Texts("nb", "Europe/Oslo")
    now = datetime(2026, 11, 23, 23, 31, 7, tzinfo=UTC)  # already the 24th in Oslo
    week = context.period("7", now, t, None)
    assert t.local(week.since).strftime("%d %H:%M") == "18 00:00"
    assert week.until == datetime(2026, 11, 23, 23, 35, tzinfo=UTC)
    everything = context.period("all", now, t, now - timedelta(days=400))
    assert everything.since <= now - timedelta(days=400)
    assert context.period("all", now, t, now + timedelta(days=2)).since < now + timedelta(minutes=5)


def test_a_fictional_brand_opens_on_its_whole_archive() -> None:
    assert context.usual_period(BrandIdentity("Lomvi", fictional=True)) == "all"
    assert context.usual_period(BrandIdentity("Fjordbank")) == "30"


# --- pages ---


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_store_says_what_to_do(
    page: str, lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = seen(opened(monkeypatch, brand_file(tmp_path), page, lang)).text
    assert "omdomme run --brand brand.yaml" in text
    assert language.load(lang)["fictional"] in text
    assert not (tmp_path / "var").exists()  # looking makes no database


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    brand = brand_file(tmp_path_factory.mktemp("brand"))
    seed(brand)
    return brand


def test_overview(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = seen(opened(monkeypatch, seeded)).text.replace("\u00a0", " ")
    # 11 of 31 judged stories are negative: 10 ordinary, one hostile of 6 copies; 10 are unsure and not part of it
    assert "Fjordbank: 41 saker, 35 % negative (21–53 %) og 65 % positive." in text
    assert "10 usikre" in text and "46 omtaler med kopiene" in text
    assert "Kari Nordvik" in text and "Ingen omtaler i perioden" in text
    assert "1 pågår nå" in text and "6 negative omtaler. Det vanlige på like lang tid er 0,4." in text
    assert "I denne perioden var 1 av 3 kilder nede en tid: borte (feilet siden " in text
    assert "32 av 42 vurderinger er sikre nok" in text
    assert "Vi låner aldri ut mer enn kunden tåler." in text


def test_overview_in_english_and_another_period(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, seeded, lang="en")
    assert "Fjordbank: 41 stories, 35% negative (21–53%) and 65% positive." in seen(app).text
    app.session_state["period"] = "7"
    app.run()
    assert "last 7 days" in seen(app).text and "41 stories" not in seen(app).text


def test_the_period_is_kept_on_a_page_without_one(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, seeded)
    app.session_state["period"] = "90"
    app.run()
    app.switch_page("views/sources.py").run()
    app.switch_page("views/mentions.py").run()
    assert "siste 90 dager" in seen(app).text


def test_an_ongoing_incident_comes_first(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = seen(opened(monkeypatch, seeded)).text
    assert text.index("Pågår") < text.index("Slik står vi")


def test_mentions_are_filtered_searched_and_paged(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, seeded, "mentions")
    page = seen(app)
    assert "46 omtaler" in page.text and sum(name == "article" for name, _ in page.elements) == 25
    app.button(key="mentions_next").click().run()
    assert sum(name == "article" for name, _ in seen(app).elements) == 21 and "Side 2 av 2" in seen(app).text
    app.text_input(key="mentions_search").input("nummer 17").run()
    assert "1 omtale" in seen(app).text and "Sak nummer 17" in seen(app).text
    app.text_input(key="mentions_search").input("").run()
    app.multiselect(key="mentions_voice").select("leader").run()
    assert "Leder: Kari Nordvik" in seen(app).text and "1 omtale" in seen(app).text
    app.text_input(key="mentions_search").input("finnes' OR 1=1 --").run()
    assert "Ingen omtaler passer" in seen(app).text


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A seeded brand of one's own, to be written to."""
    brand = brand_file(tmp_path)
    seed(brand)
    return brand


def _find(app: AppTest, words: str) -> None:
    app.text_input(key="mentions_search").input(words).run()
    assert "1 omtale" in seen(app).text


def _press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception, app.exception


def _fill(app: AppTest, label: str | None, why: str, who: str) -> None:
    if label:
        app.radio(key="correction_label").set_value(label)
    app.text_input(key="correction_why").input(why)
    app.text_input(key="correction_who").input(who)
    _press(app, "Lagre rettelsen")


def test_a_person_corrects_and_takes_back(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, fresh, "mentions")
    _find(app, "nummer 17")
    assert not app.radio, "the form opens when it is asked for"
    app.button(key="correct_0").click().run()
    _fill(app, None, "ironi", "Per")
    assert "Velg en vurdering" in seen(app).text
    _fill(app, "negative", "  ", "Per")
    assert "Velg en vurdering" in seen(app).text
    why, who = "<b>ironi</b> :red[x] [y](javascript:alert(8))", "<script>alert(9)</script>"
    _fill(app, "negative", why, who)
    found = seen(app)
    text = found.text.replace("\u00a0", " ")
    assert "Rettelsen er lagret" in text and f"{who} rettet til negativ" in text and f"«{why}»" in text
    assert "Fjordbank − negativ · rettet" in text and "Modellen: usikker (positiv 80 %)." in text
    assert "script" not in {name for name, _ in found.elements} and not app.radio
    app.run()
    assert "Rettelsen er lagret" not in seen(app).text
    database = load(fresh).settings.database
    (row,) = readmodel.corrections(database)
    assert (row.mention_id, row.label, row.who, row.why) == ("plain-17", "negative", who, why)
    app.switch_page("views/overview.py").run()
    assert "33 av 42 vurderinger er sikre nok" in seen(app).text  # one more than before: it was unsure
    app.switch_page("views/mentions.py").run()
    _find(app, "nummer 17")
    app.button(key="correct_0").click().run()
    assert app.text_input(key="correction_who").value == who, "the name is remembered"
    app.text_input(key="correction_why").input("feil av meg")
    _press(app, "Ta tilbake rettelsen")
    assert "tatt tilbake" in seen(app).text and "rettet til" not in seen(app).text
    assert [row.state for row in readmodel.correction_history(database)] == ["withdrawn", "replaced"]


def test_the_target_is_chosen_where_there_are_several(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, fresh, "mentions")
    app.button(key="correct_0").click().run()
    app.selectbox(key="correction_target").set_value(PRODUCT)
    _fill(app, "positive", "ironi", "Per")
    assert f"{PRODUCT}: Per rettet til positiv" in seen(app).text
    assert [row.target for row in readmodel.corrections(load(fresh).settings.database)] == [PRODUCT]
    app.multiselect(key="mentions_corrections").select("holds").run()
    assert "1 omtale" in seen(app).text


def test_a_changed_text_asks_to_be_confirmed(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, now = load(fresh), datetime.now(UTC)
    store, row = Store(config.settings.database), readmodel.mention(config.settings.database, "plain-17")
    assert row is not None
    store.add_corrections(
        [Correction(row.id, row.content_hash, "Fjordbank", "negative", "Kari", now, "kritikk av renten")]
    )
    app = opened(monkeypatch, fresh, "mentions")
    _find(app, "nummer 17")
    app.button(key="correct_0").click().run()
    edited = Mention(
        row.id, row.title, "Noe helt annet om Fjordbank.", published_at=row.published_at, seen_at=now
    )
    store.add_polls([Poll("avisa", now, FetchState(), (replace(edited, source="avisa"),))])
    _fill(app, "positive", "ironi", "Per")
    assert "Teksten er endret siden siden ble vist" in seen(app).text, "what is not seen is not corrected"
    brand = (Target("Fjordbank", "brand"),)
    due = store.due_matches(config.identity.hash, 9)
    store.add_matches(config.identity.hash, [(m, Match(True, brand)) for m in due], now)
    st.cache_data.clear()
    app = opened(monkeypatch, fresh, "mentions")
    assert "1 rettelse må bekreftes" in seen(app).text
    app.multiselect(key="mentions_corrections").select("to_confirm").run()
    assert "Kari rettet til negativ" in seen(app).text and "før noen bekrefter" in seen(app).text
    assert app.button(key="correct_0").label == "Bekreft eller endre"
    app.button(key="correct_0").click().run()
    assert app.radio(key="correction_label").value == "negative", "what was said before is proposed"
    _fill(app, None, "gjelder fortsatt", "Per")
    assert readmodel.status(config.settings.database).to_confirm == 0
    assert [r.who for r in readmodel.corrections(config.settings.database)] == ["Per"]


def test_a_busy_database_is_said_and_nothing_is_lost(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.correcting.PATIENCE_S", 0.2)
    database = load(fresh).settings.database
    app = opened(monkeypatch, fresh, "mentions")
    _find(app, "nummer 17")
    app.button(key="correct_0").click().run()
    with reading_elsewhere(database):
        _fill(app, "negative", "ironi", "Per")
        assert "Databasen er opptatt" in seen(app).text
        assert app.text_input(key="correction_why").value == "ironi"
    _press(app, "Lagre rettelsen")
    assert len(readmodel.corrections(database)) == 1


@contextmanager
def reading_elsewhere(database: Path) -> Iterator[None]:
    """Another process reads for as long as this lasts: pages can be read, nothing can be written."""
    code = (
        "import sys; from pathlib import Path; from monitor import db\n"
        "with db.reading(Path(sys.argv[1])): print('reading', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as reader:
        assert reader.stdout is not None and reader.stdin is not None
        assert reader.stdout.readline() == b"reading\n"
        try:
            yield
        finally:
            reader.stdin.close()


def test_conflicts_show_statement_words_and_reason(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, seeded, "conflicts")
    page = seen(app)
    assert "1 sak er i konflikt med identiteten" in page.text and "6 omtaler med kopiene" in page.text
    assert "Vi låner aldri ut mer enn kunden tåler." in page.text and "Verdi 1" in page.text
    assert sum(name == "mark" for name, _ in page.elements) == 1, "the copies are folded"
    assert "6 kopier på" in page.text
    assert "<u>Motsier</u> :red[utsagnet]" in page.text
    app.selectbox(key="conflicts_severity").select("minor").run()
    assert "Ingen konflikter passer" in seen(app).text


def _case_button(app: AppTest, action: str) -> Any:
    return next(button for button in app.button if (button.key or "").startswith(f"case_{action}_"))


def _decide(app: AppTest, action: str, words: str, who: str, to: str = "") -> None:
    _case_button(app, action).click().run()
    if to:
        app.text_input(key="case_to").input(to)
    box = app.text_area if action == "answered" else app.text_input
    box(key="case_words").input(words)
    app.text_input(key="case_who").input(who)
    _press(app, "Lagre")


def test_a_person_works_through_the_flags(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, fresh, "conflicts")
    assert not app.text_input, "a form opens when it is asked for"
    _decide(
        app, "answered", "Jeg sa <b>det</b> :red[x]\n[y](javascript:alert(8))", "<script>alert(9)</script>"
    )
    text = seen(app).text
    assert (
        "Svaret er lagret" in text
        and "Svar fra <script>alert(9)</script>" in text
        and "<b>det</b> :red[x]" in text
    )
    _decide(app, "assigned", "", "Per", "Ola")
    assert "Per ga dette til Ola" in seen(app).text
    _decide(app, "dismissed", "  ", "Per")
    assert "Fyll ut feltene" in seen(app).text
    app.text_input(key="case_words").input("en annen bank")
    _press(app, "Lagre")
    page = seen(app)
    assert "0 saker er i konflikt med identiteten" in page.text, "the copies of the story go with it"
    assert "Ingen konflikter passer" in page.text
    assert {name for name, _ in page.elements}.isdisjoint({"script", "img"})
    app.selectbox(key="conflicts_state").select("dismissed").run()
    page = seen(app)
    assert page.text.count("Per avviste konflikten") == 1 and page.text.count("· avvist") == 7
    assert page.text.count("Svar fra") == 1 and page.text.count("Per ga dette til Ola") == 1
    app.switch_page("views/overview.py").run()
    assert "Ingenting venter på deg." in seen(app).text
    app.switch_page("views/conflicts.py").run()
    app.selectbox(key="conflicts_state").select("dismissed").run()
    _case_button(app, "reopened").click().run()
    assert app.text_input(key="case_who").value == "Per", "the name is remembered"
    app.text_input(key="case_words").input("feil")
    _press(app, "Lagre")
    assert "6 flagg er åpne igjen" in seen(app).text
    log = readmodel.case_log(load(fresh).settings.database)
    done = ("reopened", "dismissed", "assigned", "answered")
    assert [row.action for row in log] == [action for action in done for _ in range(6)], (
        "each copy has its own"
    )
    app.button(key="undo_case").click().run()
    assert "6 flagg er som før" in seen(app).text
    assert readmodel.case_counts(load(fresh).settings.database, *_EVER) == {"dismissed": 6}


def test_a_flag_that_changed_meanwhile_is_not_decided_about(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(monkeypatch, fresh, "conflicts")
    _case_button(app, "confirmed").click().run()
    config = load(fresh)
    found = readmodel.conflicts(config.settings.database, *_EVER, limit=1)[0].mention
    now = datetime.now(UTC)
    edited = Mention(found.id, "Ny tittel", "Ny tekst", found.url, found.author, found.source, found.source_type,
                     "nb", None, found.published_at, now)  # fmt: skip
    Store(config.settings.database).add_polls([Poll(found.source, now, FetchState(), (edited,))])
    app.text_input(key="case_who").input("Per")
    _press(app, "Lagre")
    text = seen(app).text
    assert "5 flagg er bekreftet" in text and "1 flagg er endret siden det ble vist" in text
    log = readmodel.case_log(config.settings.database)
    assert len(log) == 5 and found.id not in {row.mention_id for row in log}


def test_what_was_learnt_is_told_with_the_model_beside_it(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load(fresh)
    figures = (0.41, 0.62, 0.69, 0.05, 0.37, 0.9, 0.7, 0.66)
    weights = {"bias": -3.0, "score": 1.0}
    store, identity = Store(config.settings.database), config.identity.hash
    store.add_adjustment(
        Fitted(
            "abc", identity, "test@1", datetime.now(UTC), False, "not_allowed", 40, 20, 30, figures, weights
        )
    )
    text = seen(opened(monkeypatch, fresh, "conflicts")).text
    assert "Det ville hjulpet" in text and "40 avgjorte flagg i 30 saker, 20 bekreftet" in text
    assert [number in text for number in ("0,410", "0,620", "0,690", "0,900")] == [True] * 4
    st.cache_data.clear()
    store.add_adjustment(
        Fitted("abc", identity, "test@1", datetime.now(UTC), True, "helps", 40, 20, 30, figures, weights)
    )
    app = opened(monkeypatch, fresh, "conflicts")
    assert "I bruk. 6 flagg er lagt til side." in seen(app).text
    app.selectbox(key="conflicts_state").select("set_aside").run()
    text = seen(app).text.replace("\u00a0", " ")
    assert (
        "31 % sannsynlig konflikt (modellen alene: 90 %)" in text and "tidligere avgjørelser tyder på" in text
    )


def test_sources_tell_what_fails(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = seen(opened(monkeypatch, seeded, "sources")).text
    assert "1 kilde er nede" in text and "Feilen: <script>alert(7)</script> svarte 503" in text
    assert "øk interval_minutes" in text  # what to do about it
    assert "Når kildene var nede" in text and "not in the brand file" not in text
    assert "46 tekster hentet, 46 om oss" in text


@pytest.mark.parametrize("page", PAGES)
def test_hostile_text_stays_text(page: str, seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, seeded, page)
    found = seen(app)
    allowed = {"div", "p", "h1", "h2", "h3", "span", "b", "i", "u", "ul", "li", "ol", "code", "article", "a"}
    allowed |= {"details", "summary", "blockquote", "mark", "table"}
    allowed |= {"thead", "tbody", "tr", "th", "td", "dl", "dt", "dd", "img"}
    for name, attributes in found.elements:
        assert name in allowed, name
        assert not any(key.startswith("on") for key in attributes), attributes
        if name == "a":
            assert attributes["href"] == LINK or OURS.fullmatch(attributes["href"] or ""), attributes
        if name == "img":  # pictures of ours: within the page, with a text
            assert (attributes["src"] or "").startswith("data:image/png;base64,") and attributes["alt"]
    assert "\u202e" not in found.text
    markdown = [element.proto.body for element in app.get("markdown")]
    assert not any(
        mark in body for body in markdown for mark in ("javascript:", "<script", "onerror", ":red[")
    )
    assert all(
        "javascript:" not in str(element.label)
        for kind in ("selectbox", "multiselect")
        for element in app.get(kind)
    )
    if page in ("mentions", "conflicts"):
        assert max(len(element.proto.body) for element in app.get("html")) < 200_000  # the 2 MB title is cut
        for title in TITLES[:4]:
            assert title in found.text
        assert QUOTE in found.text and SOURCE[:40] in found.text
    if page == "overview":
        assert PRODUCT in found.text


def test_a_broken_brand_file_is_told_not_crashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brand = tmp_path / "brand.yaml"
    brand.write_text("name: [", encoding="utf-8")
    text = seen(opened(monkeypatch, brand)).text
    assert "Dashbordet kan ikke vises" in text and "brand.yaml" in text


def test_placeholders_are_plain_names() -> None:
    for code in LANGUAGES:
        for key, value in language.load(code).items():
            if isinstance(value, str):
                assert all(
                    re.fullmatch(r"\w*", field or "") for _, field, _, _ in string.Formatter().parse(value)
                ), key


# --- incidents ---


def test_incidents_are_listed_and_one_is_opened(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, fresh, "incidents")
    page = seen(app)
    assert "1 hendelse pågår" in page.text and "Mindre hendelse" in page.text
    assert f"Fjordbank og {PRODUCT}" in page.text.replace("\u00a0", " ")
    app.button(key="open_incident-1").click().run()
    assert not app.exception, app.exception
    page = seen(app)
    text = page.text.replace("\u00a0", " ")
    assert "Hva som skjedde" in text and "2 saker (7 omtaler med kopiene)" in text
    assert "Ingen e-post er sendt" in text
    assert "I konflikt med" in text and "Vi låner aldri ut mer enn kunden tåler." in text
    assert "script" not in {name for name, _ in page.elements}
    assert not any((attrs.get("href") or "").startswith("javascript") for _, attrs in page.elements)
    assert len(app.get("vega_lite_chart")) == 2, "how it spread, and how it grew"
    app.button(key="incidents_back").click().run()
    assert "1 hendelse pågår" in seen(app).text


def test_an_address_opens_an_incident_and_an_unknown_one_says_so(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(monkeypatch, fresh, "incidents", "en")
    app.query_params["id"] = "incident-1"
    app.run()
    assert "What happened" in seen(app).text and not app.exception
    app.query_params["id"] = "<script>alert(1)</script>' OR 1=1"
    app.run()
    assert "There is no incident with the id in the address" in seen(app).text and not app.exception


def test_people_act_on_an_incident(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = load(fresh).settings.database
    app = opened(monkeypatch, fresh, "incidents")
    app.query_params["id"] = "incident-1"
    app.run()

    def do(action: str, words: str, who: str) -> None:
        app.button(key=f"handle_{action}").click().run()
        app.text_input(key="incident_words").input(words)
        app.text_input(key="incident_who").input(who)
        _press(app, "Lagre")

    do("acknowledged", "", " ")
    assert "skriv hvem du er" in seen(app).text
    app.text_input(key="incident_who").input("<b>Per</b>")
    _press(app, "Lagre")
    text = seen(app).text
    assert "Hendelsen er din." in text and "<b>Per</b> tar seg av hendelsen" in text
    do("noted", ":red[x] <script>alert(1)</script>", "Per")
    assert "Notatet er lagret" in seen(app).text and ":red[x] <script>alert(1)</script>" in seen(app).text
    do("muted", "", "Per")
    assert "Ingen e-post om hendelsen før" in seen(app).text
    assert "handle_unmuted" in {button.key for button in app.button}
    do("closed", "Rettet", "Per")
    assert "Hendelsen er lukket" in seen(app).text
    assert {button.key for button in app.button if (button.key or "").startswith("handle_")} == {
        "handle_noted",
        "handle_reopened",
    }
    assert [row.action for row in readmodel.incident_actions(database, "incident-1")] == [
        "acknowledged", "noted", "muted", "closed"]  # fmt: skip
    (row,) = readmodel.incidents(database, *_EVER)
    assert row.end is not None and row.closed_at is not None and row.acknowledged_by == "<b>Per</b>"
