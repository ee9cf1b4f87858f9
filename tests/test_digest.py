"""The digest: what it says of figures, that every part of it says the same, and that nothing a stranger wrote acts."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader
from typer.testing import CliRunner

from monitor import readmodel
from monitor.cli import app
from monitor.config import Config, DigestSettings, load
from monitor.digest import Digest, Figures, Lang
from monitor.digest.composing import compose
from monitor.digest.effects import source_effects, story_effects
from monitor.digest.mail import message, message_id
from monitor.digest.page import html
from monitor.digest.plain import plain
from monitor.digest.printed import pdf
from monitor.errors import ConfigError
from monitor.messages import safe_url
from monitor.messages.unquoting import LEFT_OUT, without_quotes
from monitor.pictures import Series, lines
from monitor.pipeline import Monitor, digesting
from monitor.pipeline.forgetting import Forgetter
from monitor.readmodel import StoryWeight
from monitor.store import Rule, Store
from monitor.types import Mention
from tests.digest_data import HOSTILE, SUNDAY, UNTIL, figures, lomvi, seed, standing

LANGS: tuple[Lang, ...] = ("nb", "nn", "en")
OSLO = "Europe/Oslo"


def made(lang: Lang = "nb", **changed: object) -> Digest:
    return compose(figures(**changed), lang, OSLO, dashboard_url="https://oversikt.example")


def read(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if tag == "a" and name == "href":
                self.links.append(value or "")
            elif name in ("src", "srcset", "background", "href") or name.startswith("on"):
                self.loaded.append(value or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def parsed(page: str) -> Page:
    parser = Page()
    parser.feed(page)
    return parser


# --- what it says ---


@pytest.mark.parametrize("lang", LANGS)
def test_every_part_says_the_same(lang: Lang) -> None:
    digest = made(lang)
    shown = squeezed("".join(parsed(html(digest)).words))
    printed = squeezed(read(pdf(digest)))
    told = squeezed(plain(digest))
    for section in digest.sections:
        for line in (section.heading, section.lead):
            assert squeezed(line) in shown and squeezed(line) in printed and squeezed(line) in told
    assert squeezed(digest.opening) in shown and squeezed(digest.opening) in printed
    keys = [section.key for section in digest.sections]
    assert keys == ["standing", "goals", "moved", "flags", "incidents", "voice", "networks", "unseen"]


def test_the_opening_is_made_of_the_figures() -> None:
    assert made("en").opening == (
        "Worse: a clearly larger share is negative. One incident is going on. Five possible conflicts wait for you. "
        "One incident closed. Two sources were down."
    )
    calm = standing("Fjordbank <b>", "brand", (8, 10, 12), (8, 11, 12))
    told = made("en", standings=(calm,), incidents=(figures().incidents[1],), open_flags=2, unseen=())
    assert told.opening == "Steady. Two possible conflicts wait for you. One incident closed."
    better = standing("Fjordbank <b>", "brand", (2, 10, 38), (20, 10, 12))
    assert made("nb", standings=(better,)).opening.startswith("Bedre: klart mindre negativt og mer positivt.")


def test_no_data_is_never_zero() -> None:
    nothing = made("en", collected=False, standings=(), movers=(), curve=None, networks=())
    assert nothing.opening.startswith("No data: no source gave us anything that week.")
    assert [section.key for section in nothing.sections] == ["flags", "incidents", "unseen"]
    unjudged = replace(standing("Fjordbank <b>", "brand", (0, 0, 0), None), mentions=3, stories=3, unjudged=3)
    told = plain(made("en", standings=(unjudged,), leaders=()))
    assert "no data on the tone" in told and "0%" not in told.partition("The goals")[0]
    assert "We have nothing from the week before to compare with." in told
    assert "No data yet" in plain(made("en"))


def test_a_quiet_period_says_so_in_one_sentence() -> None:
    few = standing("Fjordbank <b>", "brand", (1, 1, 1), (8, 9, 10))
    quiet = {"standings": (few,), "incidents": (), "open_flags": 0, "unseen": ()}
    assert made("en", **quiet).opening == "A quiet week: 3 stories about us. No conflicts wait."
    assert (
        made("nb", **{**quiet, "standings": ()}).opening
        == "En stille uke: Ingen saker om oss. Ingen konflikter venter."
    )
    assert made("nn", **{**quiet, "kind": "day"}).opening.startswith("Ein stille dag: 3 saker om oss.")


def test_numbers_and_dates_are_the_readers() -> None:
    big = standing("Fjordbank <b>", "brand", (1200, 34, 0), (1100, 100, 0))
    assert "1\u00a0234 saker (uka før: 1\u00a0200" in plain(made("nb", standings=(big,)))
    assert "1,234 stories (the week before: 1,200" in plain(made("en", standings=(big,)))
    assert made("nb").when == "14.–20. september 2026" and made("en").when == "14–20 September 2026"
    assert "ventet 0,4" in plain(made("nb")) and "expected 0.4" in plain(made("en"))


def test_a_story_that_moved_several_is_told_once() -> None:
    first = figures().movers[0]
    told = plain(
        made("en", movers=(first, replace(first, target="Kari Nordvik", effect=0.2, stories=3)), waiting=())
    )
    assert told.count("- «") == 1
    assert "Lifts Kari Nordvik by 20.0 points (of 3 stories)." in told


def test_effects_are_the_figure_with_and_without() -> None:
    def story(key: str, label: str, weight: float, source: str = "a") -> StoryWeight:
        return StoryWeight("x", key, key, source, label, 1, weight)  # type: ignore[arg-type]

    stories = [story("n", "negative", 3.0), story("p", "positive", 1.0, "b"), story("o", "neutral", 1.0, "b")]
    found = {s.story: effect for s, effect in story_effects(stories)}
    net = (1 - 3) / 5
    assert found == pytest.approx({"n": net - 1 / 2, "p": net - -3 / 4})
    assert [source for source, _ in source_effects(stories)] == ["a", "b"]
    assert dict(source_effects(stories))["b"] == pytest.approx(net - -1.0)
    assert story_effects([]) == [] and story_effects(stories[:1])[0][1] == pytest.approx(-1.0)


# --- strangers ---


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_of_strangers_acts(lang: Lang) -> None:
    digest = made(lang)
    page = parsed(html(digest))
    assert set(page.tags) <= {
        *("html", "head", "meta", "title", "style", "body", "div", "span", "br"),
        *("h1", "h2", "p", "a", "img", "ul", "li", "blockquote"),
    }
    assert all(link == safe_url(link) for link in page.links) and page.links == ["https://oversikt.example"]
    assert all(source.startswith("data:image/png;base64,") for source in page.loaded)
    told = plain(digest)
    assert "://" not in told.replace("https://oversikt.example", "")
    assert "\u202e" not in told and "\x00" not in told and "\ud800" not in told
    assert len(told) < 20_000 and max(map(len, told.splitlines())) < 1_200
    mail = message(digest, recipient="a@b.example")
    assert HOSTILE[0] not in mail.subject and "\n" not in mail.subject
    annotations = [
        a for page_ in PdfReader(io.BytesIO(pdf(digest))).pages for a in page_.get("/Annots") or []
    ]
    assert {a.get_object()["/A"]["/URI"] for a in annotations} == {"https://oversikt.example"}


@pytest.mark.parametrize("lang", LANGS)
def test_what_is_forgotten_goes_from_mails_too(lang: Lang) -> None:
    """Known by its words, since these have no safe address; the other quotes stay."""
    mail = message(made(lang, goals=(), incidents=()), recipient="a@b.example")
    text = HOSTILE[1]
    forgotten = without_quotes(mail, [Mention("x", text, text, "", "", "avisa")])
    for before, after in ((mail.text, forgotten.text), (mail.html, forgotten.html)):
        assert "klikk" in before and "klikk" not in after
        assert after.count(LEFT_OUT) == 2 and "HYPERLINK" in after


def test_links_of_sources_are_kept_with_their_host() -> None:
    url = "https://avis.example/sak?a=1&b=2"
    digest = made("nb", movers=(replace(figures().movers[0], url=url),))
    assert url in parsed(html(digest)).links and "Åpne kilden (avis.example)" in "".join(
        parsed(html(digest)).words
    )
    annotations = [a for page in PdfReader(io.BytesIO(pdf(digest))).pages for a in page.get("/Annots") or []]
    assert url in {a.get_object()["/A"]["/URI"] for a in annotations}


# --- pictures, mail, files ---


def test_the_chart_is_a_picture_with_the_same_in_words() -> None:
    digest = made("en")
    picture = digest.pictures[0]
    image = Image.open(io.BytesIO(picture.png))
    assert image.width == 1120 and len(picture.png) < 40_000
    assert "Negative: 0, 1, 2, –, 4" in picture.alt and picture.alt.endswith("One day without data.")
    assert made("en").pictures == digest.pictures, "the same bytes every time"
    mail = message(digest, recipient="a@b.example")
    assert [f"cid:{inline.name}" for inline in mail.pictures] == parsed(mail.html).loaded
    empty = figures().curve
    assert empty and not made(curve=replace(empty, negative=(None,) * 28, positive=(None,) * 28)).pictures


def test_a_line_is_broken_where_there_is_no_data() -> None:
    colour = (0xC4, 0x56, 0x1E)

    def columns(values: list[float | None]) -> set[int]:
        image = Image.open(io.BytesIO(lines([Series("", values, "#c4561e")]))).convert("RGB")
        return {
            x for x in range(image.width) for y in range(image.height) if image.getpixel((x, y)) == colour
        }

    whole, broken = columns([4, 4, 4, 4, 4]), columns([4, 4, None, 4, 4])
    assert broken < whole and len(whole) - len(broken) > 100
    with pytest.raises(ValueError, match="same"):
        lines([Series("a", [1], "#000000"), Series("b", [1, 2], "#000000")])
    with pytest.raises(ValueError, match="1 to 400"):
        lines([])


def test_a_long_digest_goes_on_on_the_next_page() -> None:
    digest = made("nb", movers=figures().movers * 1)
    pages = PdfReader(io.BytesIO(pdf(digest))).pages
    assert 2 <= len(pages) <= 4
    assert pdf(digest) == pdf(digest)


# --- the store ---


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Config:
    config = lomvi(tmp_path_factory.mktemp("digest"))
    seed(config)
    return config


def test_the_example_from_its_store(example: Config) -> None:
    of = digesting.span("week", SUNDAY, OSLO)
    assert of.until == UNTIL
    found = digesting.figures(example, of)
    brand = found.standings[0]
    same = readmodel.standings(example.settings.database, of.since, of.until)[0]
    assert brand == same and brand.stories == 13 and brand.previous and brand.previous.stories == 19
    assert found.curve and len(found.curve.days) == 28 and found.curve.days[-1] == SUNDAY
    assert sum(n or 0 for n in found.curve.negative[21:]) == brand.negative
    assert found.decided == {"dismissed": 1} and found.open_flags == len(found.waiting) == 2
    assert [(i.opened, i.closed) for i in found.incidents] == [(True, True)]
    assert [round(u.hours, 1) for u in found.unseen] == [6.0]
    assert {n.source_type for n in found.networks} >= {"news", "microblog"}
    assert abs(found.movers[0].effect) == max(abs(m.effect) for m in found.movers if m.target == "Lomvi")
    told = plain(digesting.digest(example, of, "nb"))
    assert told.startswith("Lomvi: uka i korte trekk\n14.–20. september 2026\n\nStø kurs.")
    assert "Sunniva Røe-Khan\n  Ingen saker." in told
    day = digesting.figures(example, digesting.span("day", date(2026, 9, 17), OSLO))
    assert day.kind == "day" and day.curve and len(day.curve.days) == 14


def test_an_empty_store_has_no_data(tmp_path: Path) -> None:
    config = lomvi(tmp_path)
    Store(config.settings.database).migrate()
    digest = digesting.digest(config, digesting.span("week", SUNDAY, OSLO), "en")
    assert digest.opening == "No data: no source gave us anything that week. No conflicts wait."
    assert not digest.pictures and pdf(digest).startswith(b"%PDF")


def at(*clock: int) -> datetime:
    """A time of Oslo summer, in UTC."""
    return datetime(2026, *clock, tzinfo=UTC) - timedelta(hours=2)  # type: ignore[misc]


def test_each_recipient_gets_it_once_a_period(tmp_path: Path) -> None:
    config = lomvi(tmp_path)
    seed(config)
    clock = [at(9, 21, 6, 30)]  # Monday, before seven
    monitor = Monitor(config, now=lambda: clock[0])
    monitor.store.set_once("started_at", at(9, 1).isoformat())
    assert monitor.digest().queued == 3, "yesterday's are still to be told: a day to one, a week to two"
    clock[0] = at(9, 21, 7, 1)
    assert monitor.digest().queued == 3, "the next day and week"
    assert monitor.digest().queued == 0 and Monitor(config, now=lambda: clock[0]).digest().queued == 0
    sent = sorted(path.name for path in config.settings.outbox.glob("*.eml"))
    assert len(sent) == 6 and message_id("week", SUNDAY, "styret@lomvi.example") + ".eml" in sent
    week = (
        config.settings.outbox / (message_id("week", SUNDAY, "styret@lomvi.example") + ".eml")
    ).read_text()
    assert "image/png" in week and "cid:" in week and "vakt@" not in week
    clock[0] = at(9, 28, 9, 0)
    assert monitor.digest().queued == 3, "after a pause the last day and week only"


def test_a_crash_neither_loses_nor_doubles(tmp_path: Path) -> None:
    config = lomvi(tmp_path)
    seed(config)
    monitor = Monitor(config, now=lambda: at(9, 21, 8))
    of = digesting.span("week", SUNDAY, OSLO)
    queue = monitor.store.queue_messages
    monitor.store.queue_messages = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        monitor.digest(of)
    monitor.store.queue_messages = queue  # type: ignore[method-assign]
    assert monitor.digester.queue(of) == 2  # and then it dies before sending
    again = Monitor(config, now=lambda: at(9, 21, 9))
    report = again.digest(of)
    assert (report.queued, report.sent) == (0, 2)
    assert again.digest(of).sent == 0


def test_nothing_is_told_of_a_time_before_collecting_began(tmp_path: Path) -> None:
    config = lomvi(tmp_path)
    seed(config)
    monitor = Monitor(config, now=lambda: at(9, 21, 8))
    monitor.store.set_once("started_at", at(9, 21, 7, 55).isoformat())
    assert monitor.digest().queued == 0


def test_forgetting_reaches_what_a_digest_quotes_from_long_before(tmp_path: Path) -> None:
    config = lomvi(tmp_path)
    monitor = Monitor(config, now=lambda: at(9, 21, 8))
    seed(config)
    of = digesting.span("week", SUNDAY, OSLO)
    old = min(digesting.figures(config, of).waiting, key=lambda flag: flag.at)
    assert old.at < of.since - timedelta(days=7)
    monitor.digester.queue(of)
    words = old.text[:40]
    assert all(words in m.text and words in m.html for m in monitor.store.due_messages(at(9, 21, 9)))
    forgetter = Forgetter.open(config.base / "brand.yaml")
    forgetter.forget(Rule("age", before=old.at + timedelta(minutes=1)), "old")
    left = monitor.store.due_messages(at(9, 21, 9))
    assert len(left) == 2 and not any(words in m.text or words in m.html for m in left)
    assert all(m.text.count(LEFT_OUT) == 1 and "«" in m.text for m in left), "the others stay"


# --- settings and the command ---


def test_when_is_read_from_the_brand_file(tmp_path: Path) -> None:
    brand = tmp_path / "brand.yaml"

    def settings(text: str) -> DigestSettings:
        brand.write_text(f"name: Fjordbank\n{text}\n", encoding="utf-8")
        return load(brand, {}).settings.digest

    assert settings("") == DigestSettings(time(7), time(7), 0)
    assert settings("digest: {daily: off, weekly: fri 15:30}") == DigestSettings(None, time(15, 30), 4)
    assert settings("digest: {daily: 06:45, weekly: off}") == DigestSettings(time(6, 45), None, 0)
    assert settings("digest: {weekly: Sunday 9:00}").weekday == 6
    for wrong in ("daily: 25:00", "daily: soon", "weekly: 07:00", "weekly: fro 07:00", "weekly: mon 7"):
        with pytest.raises(ConfigError, match=r"is (not a time of day|neither off nor a day)"):
            settings(f"digest: {{{wrong}}}")


def test_the_command_writes_files_and_sends_once(example: Config, tmp_path: Path) -> None:
    brand, runner = str(example.base / "brand.yaml"), CliRunner()
    wanted = ["digest", "--period", "week", "--until", str(SUNDAY), "--brand", brand]
    shown = runner.invoke(app, wanted)
    assert shown.exit_code == 0 and "Slik står vi" in shown.stdout
    for name in ("d.html", "d.pdf", "d.txt"):
        assert runner.invoke(app, [*wanted, "--lang", "en", "--out", str(tmp_path / name)]).exit_code == 0
    assert "How we stand" in read((tmp_path / "d.pdf").read_bytes())
    assert (tmp_path / "d.txt").read_text("utf-8").startswith("Lomvi: the week in brief")
    assert (tmp_path / "d.html").read_text("utf-8").startswith("<!doctype html>")
    sent = [runner.invoke(app, [*wanted, "--send", "--json"]).stdout for _ in range(2)]
    assert '"queued": 2' in sent[0] and '"queued": 0' in sent[1]
    for wrong in (["digest", "--brand", brand], [*wanted, "--out", "d.docx"], ["digest", "--out", "d.pdf"]):
        assert runner.invoke(app, wrong).exit_code != 0


def test_figures_are_values() -> None:
    assert isinstance(figures(), Figures) and figures() == figures()
