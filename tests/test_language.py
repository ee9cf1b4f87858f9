"""Which language a text is in: what the judge reads, what it leaves alone, and how little that may cost."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest

from monitor import language, sentiment
from monitor.filters import judge_request
from monitor.pipeline import Monitor
from monitor.pipeline.languages import spoken
from monitor.types import Mention, Target
from tests.conftest import FeedServer

TEXTS = Path(__file__).parent.parent / "bench" / "data" / "languages.tsv"
ROWS = [line.split("\t") for line in TEXTS.read_text("utf-8").splitlines() if not line.startswith("#")]
BRAND = ("nb", "nn", "en")

BOKMAAL = "Selskapet har fått en bot på to millioner kroner etter utslippet i fjorden, sier tilsynet."
NYNORSK = "Selskapet har fått ei bot på to millionar kroner, og dei veit ikkje kva som skjer vidare."
ENGLISH = "The company was fined two million kroner after the spill, and they have not said a word."
GERMAN = "Das Unternehmen muss zwei Millionen Kronen Strafe zahlen, weil Abwasser in den Fjord gelangt ist."
DANISH = "Virksomheden har fået en bøde på to millioner kroner, men ingen ved hvad der nu skal ske."


def lang(text: str, declared: str | None = None, expected: tuple[str, ...] = BRAND) -> str | None:
    return language.identify(text, declared=declared, expected=expected).lang


@pytest.mark.parametrize(
    ("text", "code"),
    [(BOKMAAL, "nb"), (NYNORSK, "nn"), (ENGLISH, "en"), (GERMAN, "de"), (DANISH, "da")],
    ids=["nb", "nn", "en", "de", "da"],
)
@pytest.mark.parametrize("declared", [None, "nb", "en", "de", "nb-NO"])
def test_a_clear_text_overrules_what_is_declared(text: str, code: str, declared: str | None) -> None:
    assert lang(text, declared) == code


def test_the_made_up_sentences_are_told_apart() -> None:
    wrong = [(code, found, text) for code, _, text in ROWS if (found := lang(text)) != code]
    # Two are known: archaic bokmål that is Danish word for word, and a nynorsk sentence without a word of its own.
    assert len(ROWS) > 150 and len(wrong) <= 2, wrong


def test_norwegian_is_not_taken_for_danish_without_a_danish_word() -> None:
    for text in (
        "Fantastisk opplevelse for hele familien, anbefales på det varmeste!",
        "1890 kr for 20 min hos legen. Hun var hyggelig altså. 94,50 i minuttet.",
        "Sensur på dagen. Stryk, men på dagen. Høgskolen, altså.",
        "God service, fin butikk, hyggelig betjening. Varene var fine.",
    ):
        assert lang(text) == "nb", text


def test_a_brand_that_expects_danish_gets_it_where_no_word_decides() -> None:
    text = "Regnskabet viser et underskud på 40 millioner i 2026."
    assert lang(text, expected=("da", "nb")) == "da"


@pytest.mark.parametrize(
    "text", ["", "   ", "Sehr gut, danke!", "🙂" * 100, "1 2 3 4 " * 30, "https://x.example/" + "a" * 80]
)
def test_what_is_too_short_or_no_words_inherits(text: str) -> None:
    assert language.identify(text, declared="de", expected=BRAND) == ("de", "inherited")
    assert language.identify(text, expected=("nn", "en")) == ("nn", "inherited")
    assert language.identify(text) == (None, "inherited")


def test_links_handles_and_tags_are_no_words() -> None:
    noise = "https://example.org/der-die-das-und-nicht @vonderLeyen #deutscheBahn #nichtschonwieder "
    assert lang(noise + "Ferga kjem ikkje i dag heller, og eg veit ikkje kva dei tenkjer på.") == "nn"
    assert language.identify(noise + "Fin tur!", declared="nb") == ("nb", "inherited")


def test_bokmaal_and_nynorsk_stay_as_declared_unless_the_words_say_otherwise() -> None:
    either = "Styret vedtok i går å selge eiendommen til Per og Kari Nordmann på Moen."
    assert lang(either, "nn") == "nn" and lang(either, "nb") == "nb"
    assert lang(NYNORSK, "nb") == "nn" and lang(BOKMAAL + " Noen vet noe mye mens de ble der.", "nn") == "nb"
    assert lang(NYNORSK, "no") == "nn"


def test_the_title_is_read_and_the_rest_of_a_long_text_is_not() -> None:
    assert language.identify("Zu teuer.", title=GERMAN, expected=BRAND).lang == "de"
    assert lang((BOKMAAL + " ") * 10 + (GERMAN + " ") * 1_000) == "nb"


def test_hostile_text_is_answered_in_no_time() -> None:
    language.identify(GERMAN)  # the library starts once
    for text in (
        "a" * 1_000_000,
        "@" * 1_000_000,
        "A a" * 400_000,
        "\ud800" * 1_000,
        "ä" * 1_000_000,
        "Aa-" * 300_000,
    ):
        started = time.process_time()
        language.identify(text, title=text, expected=BRAND)
        assert time.process_time() - started < 0.1


def test_a_text_told_by_its_words_does_not_load_the_library() -> None:
    code = (
        "import sys\n"
        "from monitor import language\n"
        f"assert [language.identify(t).lang for t in ({BOKMAAL!r}, {NYNORSK!r}, {ENGLISH!r})] == ['nb', 'nn', 'en']\n"
        "assert 'py3langid' not in sys.modules and 'numpy' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_feed_in_norwegian_with_a_german_and_a_danish_entry(brand_file: Path, feed: FeedServer) -> None:
    """Collected, stored and judged for real: what is not read is stored as unjudged, Danish as unsure."""
    now = datetime.now(UTC)
    brand_file.write_text(brand_file.read_text("utf-8") + "classifier: lexicon\n", encoding="utf-8")
    feed.add(
        "/1", "Fjordbank", "Fjordbank er elendig og dårlig, og ingen vet noe om når det blir bedre.", now
    )
    feed.add(
        "/2", "Fjordbank", "Die Fjordbank ist wirklich schlecht, und niemand weiß, wann es besser wird.", now
    )
    feed.add("/3", "Fjordbank", "Fjordbank er elendig, og ingen ved hvad der skal ske efter bøden.", now)
    opened = Monitor.open(brand_file)
    opened.run()
    with duckdb.connect(str(opened.config.settings.database), read_only=True) as con:
        rows = con.execute(
            "SELECT m.url, v.status FROM verdicts v JOIN mentions m ON m.id = v.mention_id ORDER BY m.url"
        ).fetchall()
    assert [status for _, status in rows] == ["judged", "unjudged", "unsure"]


def test_the_judge_takes_what_is_found() -> None:
    statuses = {"nb": "judged", "nn": "judged", "en": "judged", "da": "unsure", "sv": "unsure"}

    class Sure:
        name = "sure@1"

        def probabilities(self, requests):  # type: ignore[no-untyped-def]
            return np.tile(np.array([0.8, 0.1, 0.1], np.float32), (len(requests), 1))

    for code, _, text in ROWS[::7]:
        request = judge_request({"text": text, "target": "Lomvi"}, {}, BRAND)
        (verdict,) = sentiment.judge([request], Sure())
        assert verdict.status == statuses.get(code, "unjudged"), (code, text)


def test_a_language_that_is_given_to_a_filter_is_taken() -> None:
    assert judge_request({"text": GERMAN, "target": "", "lang": "nb"}, {}, BRAND).lang == "nb"


def test_a_mention_is_looked_at_once_whatever_it_is_about() -> None:
    mention = Mention("1", text=GERMAN, lang="nb")
    pairs = spoken([(mention, Target("A", "brand")), (mention, Target("B", "leader"))], BRAND)
    assert pairs[0][0] is pairs[1][0] and pairs[0][0].lang == "de" and mention.lang == "nb"
