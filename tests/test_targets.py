"""Matching: forms of names, offsets, homonyms and namesakes, accounts, nameless reviews, hostile text."""

from __future__ import annotations

import time
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from monitor.config import load_identity
from monitor.targets import Matcher
from monitor.types import BrandIdentity, Homonym, Leader, Match, Mention, Product, Target, Voice

CHIEF = "Anne-Lise Wærness-Oug"
DATA = Path(__file__).parent / "data" / "targets"


@pytest.fixture(scope="module")
def bjelle() -> Matcher:
    return Matcher(load_identity(DATA / "bjelle.yaml"))


def match(matcher: Matcher, text: str, title: str = "", **more: str) -> Match:
    voice: Voice | None = more.pop("voice", None)  # type: ignore[assignment]
    return matcher.match(Mention(id="m", title=title, text=text, voice=voice, **more))  # type: ignore[arg-type]


def names(found: Match) -> list[str]:
    return [t.name for t in found.targets]


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        # nb
        ("I går tok jeg Bjelle til byen med buss.", "Bjelle"),
        ("Det er Bjelles sjåfører som skal ha takk.", "Bjelles"),
        ("Sjåføren i BJELLE var blid.", "BJELLE"),
        ("I dag sier Bjelle-sjefen unnskyld til passasjerene.", "Bjelle-sjefen"),
        ("Vi tok Bjelle-bussen hjem.", "Bjelle-bussen"),
        ("Vi tok bjellebussen hjem.", "bjellebussen"),
        ("Hele Bjellebussens historie.", "Bjellebussens"),
        ("Han jobber i BJL nå.", "BJL"),
        # nn
        ("Eg køyrde med Bjelle Buss i går.", "Bjelle Buss"),
        ("Alle Bjelle-bussane stod stille.", "Bjelle-bussane"),
        # en
        ("I thought Bjelle's drivers were kind.", "Bjelle's"),
        ("I thought Bjelle’s drivers were kind.", "Bjelle’s"),
        ("Why did the bus company Bjelle cancel?", "Bjelle"),
        # lower case, tags, handles
        ("bussen til bjelle kom ikke. sjåføren tok ikke telefonen", "bjelle"),
        ("Takk til @bjellebuss for turen", "@bjellebuss"),
        ("For en tur #bjellebuss", "#bjellebuss"),
        ("Nok er nok #BoikottBjelle og bussen deres", "#BoikottBjelle"),
    ],
)
def test_brand_in_every_form(bjelle: Matcher, text: str, surface: str) -> None:
    found = match(bjelle, text)
    assert names(found) == ["Bjelle"]
    target = found.targets[0]
    assert target.surface == surface
    assert (target.kind, target.via, target.field) == ("brand", "text", "text")
    assert text[target.start : target.end] == surface


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Anne-Lise Wærness-Oug møtte opp.", "Anne-Lise Wærness-Oug"),
        ("Anne Lise Wærness-Oug møtte opp.", "Anne-Lise Wærness-Oug"),
        ("anne-lise wærness-oug møtte opp", "Anne-Lise Wærness-Oug"),
        ("A-L Wærness-Ougs svar om bussen.", "Anne-Lise Wærness-Oug"),
        ("A.L. Wærness-Oug svarte om bussen.", "Anne-Lise Wærness-Oug"),
        ("Konsernsjef Wærness-Oug svarte om bussen.", "Anne-Lise Wærness-Oug"),
        ("Spurte @alwoug, fikk svar.", "Anne-Lise Wærness-Oug"),
    ],
)
def test_leaders(bjelle: Matcher, text: str, name: str) -> None:
    found = match(bjelle, text)
    assert names(found) == [name]
    assert found.targets[0].kind == "leader"


def test_surname_alone_needs_support(bjelle: Matcher) -> None:
    assert names(match(bjelle, "Driftsdirektør Lien i Bjelle Buss beklager.")) == ["Nora Lien", "Bjelle"]
    assert not match(bjelle, "Det vokser blåbær oppe i Lien.").relevant


def test_longest_name_wins_and_products_are_not_rolled_up(bjelle: Matcher) -> None:
    found = match(bjelle, "Bjelle Natt kommer aldri.")
    assert [(t.name, t.kind) for t in found.targets] == [("Bjelle Natt", "product")]
    both = match(bjelle, "Bjelle Natt er fin, men sjåførene i Bjelle er slitne.")
    assert names(both) == ["Bjelle Natt", "Bjelle"]


def test_regex_characters_in_names(bjelle: Matcher) -> None:
    found = match(bjelle, "Lastet ned Tur+ (beta) i går.")
    assert [(t.name, t.surface) for t in found.targets] == [("Tur+ (beta)", "Tur+ (beta)")]
    assert not match(bjelle, "Turrr beta.").relevant
    odd = BrandIdentity(name="C++", aliases=("[x]", "a.b*c", "(", "$$$"), products=(Product("Å?"),))
    assert names(match(Matcher(odd), "I kjerna av C++ bur a.b*c.")) == ["C++"]
    assert not match(Matcher(odd), "aXbbbc").relevant


def test_one_row_per_target_title_first(bjelle: Matcher) -> None:
    found = match(bjelle, "Bussene til Bjelle står. Bjelle Buss beklager.", title="I dag står Bjelle Buss")
    assert [(t.field, t.start, t.end) for t in found.targets] == [("title", 11, 22)]


def test_offsets_with_nfd_emoji_and_invisible_characters() -> None:
    identity = BrandIdentity(name="Blåskjær Ferger", leaders=(Leader("leader.1", "Åse Nesvåg"),))
    matcher = Matcher(identity)
    plain = "🚌👨‍👩‍👧 Blåskjær Ferger og Åse Nesvåg 🚌"
    for raw in (plain, unicodedata.normalize("NFD", plain), plain.replace("Fer", "Fer\u00ad")):
        found = match(matcher, raw)
        assert names(found) == ["Blåskjær Ferger", "Åse Nesvåg"]
        for target in found.targets:
            assert target.surface == raw[target.start : target.end]
        surface = unicodedata.normalize("NFC", found.targets[0].surface or "").replace("\u00ad", "")
        assert surface == "Blåskjær Ferger"


@pytest.mark.parametrize(
    "text",
    [
        "Kua har en bjelle rundt halsen.",
        "Hørte ei bjelle og en kubjelle på setra.",
        "Unn Bjelle vant skirennet med to minutter. Bjelle var strålende fornøyd.",
        "Trener Kåre Bjelle roste laget etter kampen.",
        "Bjelle skole fyller hundre år.",
        "Bjellevegen er stengt for gjennomkjøring ut uka.",
        "Koret Bjelle synger i kirka på søndag, dirigent er Mona Dahl.",
        "Bjelle (19) scoret begge målene.",
        "Rutekompaniet hever prisene og Fjellskyss følger etter.",
        "Snart jul.",
        "",
    ],
)
def test_homonyms_namesakes_and_strangers_are_not_us(bjelle: Matcher, text: str) -> None:
    found = match(bjelle, text)
    assert (found.relevant, found.targets) == (False, ())


def namesake_cases() -> list[tuple[str, str, bool]]:
    cases = yaml.safe_load((DATA / "namesakes.yaml").read_text(encoding="utf-8"))
    return [(c["name"], text, side == "us") for c in cases for side in ("us", "not_us") for text in c[side]]


@pytest.fixture(scope="module")
def namesakes() -> dict[str, Matcher]:
    cases = yaml.safe_load((DATA / "namesakes.yaml").read_text(encoding="utf-8"))
    return {
        c["name"]: Matcher(
            BrandIdentity(
                name=c["name"],
                legal_name=c["legal_name"],
                sector=c["sector"],
                homonyms=tuple(Homonym(h) for h in c["homonyms"]),
            )
        )
        for c in cases
    }


@pytest.mark.parametrize(("brand", "text", "ours"), namesake_cases())
def test_brands_never_tuned_on(namesakes: dict[str, Matcher], brand: str, text: str, ours: bool) -> None:
    assert match(namesakes[brand], text, source_type="microblog").relevant is ours


def test_what_only_looked_like_us_is_reported(bjelle: Matcher) -> None:
    assert match(bjelle, "Bjellevegen er stengt for gjennomkjøring.").rejected == ("Bjellevegen",)


def test_namesake_of_a_leader(bjelle: Matcher) -> None:
    assert not match(bjelle, "Fotballdommer Nora Lien viste tre røde kort i kampen på stadion.").relevant
    assert names(match(bjelle, "Nora Lien i Bjelle Buss lover mer punktlighet.")) == ["Nora Lien", "Bjelle"]


def test_homonym_and_brand_in_one_text(bjelle: Matcher) -> None:
    found = match(bjelle, "Kua har en bjelle, og bussen fra Bjelle Buss tutet på den.")
    assert names(found) == ["Bjelle"]
    assert found.targets[0].surface == "Bjelle Buss"


@pytest.mark.parametrize(
    ("author", "url", "voice", "target", "speaker"),
    [
        (CHIEF, "", "leader", CHIEF, CHIEF),
        ("Anne-Lise Wærness-Oug (@alwoug)", "", "leader", CHIEF, CHIEF),
        ("@alwoug", "", "leader", CHIEF, CHIEF),
        ("A-L Wærness-Oug", "", "leader", CHIEF, CHIEF),
        ("Bjelle Buss", "", "brand", "Bjelle", "Bjelle"),
        ("@bjelle_hjelp", "", "brand", "Bjelle", "Bjelle"),
        ("Per Sjåfør", "", "employee", "Bjelle", "Per Sjåfør"),
        ("Kari Moe, sjåfør i Bjelle Buss", "", "employee", "Bjelle", "Kari Moe"),
        ("", "https://linkedin.example/anne-lise-waerness-oug/1", "leader", CHIEF, CHIEF),
        ("", "https://linkedin.example/company/bjelle-buss/posts/7", "brand", "Bjelle", "Bjelle"),
        ("", "https://www.bjelle-buss.example/nytt", "brand", "Bjelle", "Bjelle"),
    ],
)  # fmt: skip
def test_accounts(bjelle: Matcher, author: str, url: str, voice: str, target: str, speaker: str) -> None:
    found = match(bjelle, "Fin dag.", author=author, url=url)
    assert (found.relevant, found.voice, found.speaker) == (True, voice, speaker)
    assert found.targets == (
        Target(target, "leader" if voice == "leader" else "brand", "author" if author else "url"),
    )


@pytest.mark.parametrize(
    "author", ["Bjelle skolekorps", "Kari Moe, ex-sjåfør i Bjelle Buss", "Unn Bjelle", "ola"]
)
def test_strangers_are_not_accounts(bjelle: Matcher, author: str) -> None:
    found = match(bjelle, "Fin dag.", author=author)
    assert (found.relevant, found.voice, found.speaker) == (False, "third_party", None)


def test_given_voice_makes_the_author_one_of_ours(bjelle: Matcher) -> None:
    found = match(bjelle, "Fin dag på jobb.", author="styrmann_stian", voice="employee")
    assert (found.voice, names(found), found.targets[0].via) == ("employee", ["Bjelle"], "author")


def test_review_page_of_the_brand(bjelle: Matcher) -> None:
    url = "https://omtaler.example/bjelle-buss/93"
    found = match(bjelle, "Kaldt.", author="Geir", url=url, source_type="review")
    assert (found.relevant, found.voice, found.targets[0].via) == (True, "third_party", "url")


def test_nameless_talk_of_our_trade(bjelle: Matcher) -> None:
    text = "Sjåføren ventet på meg, og billetten var billig. Bussen var ren."
    assert names(match(bjelle, text, source_type="review")) == ["Bjelle"]
    assert not match(bjelle, text, source_type="news").relevant, "news has room for a name"
    hotel = "Rommet var trangt, frokosten tynn og resepsjonen stengt. Sengen knirket."
    assert not match(bjelle, hotel, source_type="review").relevant
    assert not match(bjelle, text + " Rutekompaniet altså.", source_type="review").relevant


def test_no_homonyms_configured_still_knows_names_in_small_letters() -> None:
    matcher = Matcher(replace(load_identity(DATA / "bjelle.yaml"), homonyms=()))
    assert match(matcher, "Jeg liker Bjelle.").relevant


@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, "Bjelle " * 15_000, "bjelle-" * 15_000, "@" * 100_000, "e\u0301" * 50_000, "A-L W" * 20_000,
     "#" + "Bj" * 50_000, "Bjelle" + "x" * 99_000, "\u0301" * 100_000, " " * 100_000 + "Bjelle"],
    ids=range(10),
)  # fmt: skip
def test_hostile_text_takes_linear_time(bjelle: Matcher, text: str) -> None:
    began = time.process_time()
    match(bjelle, text)
    assert time.process_time() - began < 0.5


def test_speed_of_short_posts(bjelle: Matcher) -> None:
    text = "Bussen fra Bjelle kom ikke i dag, og sjåføren tok ikke telefonen da jeg ringte"
    texts = [f"{text} klokka {i}." for i in range(500)]
    bjelle.match_all([Mention(id="w", text=t) for t in texts[:50]])
    began = time.process_time()
    found = bjelle.match_all([Mention(id=str(i), text=t) for i, t in enumerate(texts)])
    assert all(m.relevant for m in found)
    assert 500 / (time.process_time() - began) > 1000, "half of what one quiet core does"
