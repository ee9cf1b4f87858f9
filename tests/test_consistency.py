"""The rules over many mentions: each says why it speaks up, and keeps quiet where it cannot know."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.consistency import attributed, names, oppositions, themes
from monitor.consistency.gaps import about_conduct
from monitor.consistency.opposites import Rules
from monitor.consistency.quotes import Speech
from monitor.consistency.words import denies, english, stems
from monitor.types import BrandIdentity, Leader, Touch, Utterance, Voice

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
KARI = Leader("leader.1", "Kari Nordvik", aliases=("@karinordvik",))
OLE = Leader("leader.2", "Ole Hansen")
IDENTITY = BrandIdentity("Fjordbank", leaders=(KARI, OLE))
OURS = names(IDENTITY)


def said(
    id_: str,
    text: str,
    *,
    by: str = "Kari Nordvik",
    voice: Voice = "leader",
    day: float = 0,
    touches: tuple[Touch, ...] = (Touch("value.1", 0.6),),
    **more: object,
) -> Utterance:
    made = Utterance(
        id_,
        id_,
        NOW + day * DAY,
        voice,
        by,
        "avisa",
        "",
        "nb",
        "",
        text,
        touches,
        (),
        "none",
        0.1,
    )
    return replace(made, **more)  # type: ignore[arg-type]


AGAINST = Touch("value.1", 0.7, "major", "Vi ga lånet likevel.")


# --- opposites ---


def test_a_conflict_against_a_calm_word_of_another_is_a_pair() -> None:
    one = said(
        "a",
        "Litt over evne? Vi ga lånet likevel. Kunden ba om det.",
        touches=(AGAINST,),
        level="major",
        score=0.9,
    )
    other = said("b", "Vi sier nei når kunden ikke tåler lånet.", by="Fjordbank", voice="brand", day=3)
    (pair,) = oppositions([other, one], OURS)
    assert (pair.why, pair.statement) == ("conflict", "value.1")
    assert (pair.one.utterance.mention_id, pair.one.quote) == ("a", "Vi ga lånet likevel.")
    assert pair.other.utterance.mention_id == "b" and "lånet" in pair.other.quote


@pytest.mark.parametrize(
    "change",
    [
        {"day": 31},  # outside the window
        {"by": "Kari Nordvik", "voice": "leader"},  # the same speaker
        {"voice": "employee", "by": "Per"},
        {"voice": "third_party", "by": ""},
        {"touches": (Touch("value.2", 0.9),)},  # another statement
        {"touches": ()},
        {"level": "minor", "score": 0.6},  # in conflict itself
        {"score": 0.4},  # not clearly in none
        {"score": None},  # not flagged yet
        {"story": "a"},  # a copy
    ],
    ids=str,
)
def test_what_is_not_a_pair(change: dict[str, object]) -> None:
    one = said("a", "Vi ga lånet likevel. Kunden ba om det.", touches=(AGAINST,), level="major", score=0.9)
    fields = {"by": "Fjordbank", "voice": "brand", "day": 3.0} | change
    other = said("b", "Vi sier nei når kunden ikke tåler lånet.", **fields)  # type: ignore[arg-type]
    assert oppositions([one, other], OURS) == []


def test_a_calm_text_must_speak_of_the_same_thing() -> None:
    one = said("a", "Vi ga lånet likevel. Kunden ba om det.", touches=(AGAINST,), level="major", score=0.9)
    elsewhere = said("b", "Kundene er velkommen til kake i den nye filialen.", by="Ole Hansen", day=1)
    assert oppositions([one, elsewhere], OURS) == []
    english = said("b", "We say no when a loan is more than you can bear.", by="Ole Hansen", day=1)
    assert [pair.why for pair in oppositions([one, english], OURS)] == ["conflict"]
    assert oppositions([one, replace(english, touches=(Touch("value.1", 0.4),))], OURS) == []


def test_in_line_evidence_stands_before_the_score() -> None:
    one = said("a", "Vi ga lånet likevel. Kunden ba om det.", touches=(AGAINST,), level="major", score=0.9)
    other = said(
        "b", "Vi sier nei.", by="Ole Hansen", day=1, score=0.4, touches=(Touch("value.1", 0.1, in_line=0.8),)
    )
    assert [pair.why for pair in oppositions([one, other], OURS)] == ["conflict"]


def test_a_denial_needs_the_same_words_and_one_no() -> None:
    one = said("a", "Filialen i Nesvåg blir lagt ned til sommeren.")
    no = said("b", "Filialen i Nesvåg blir ikke lagt ned til sommeren.", by="Ole Hansen", day=2)
    (pair,) = oppositions([one, no], OURS)
    assert (pair.why, pair.one.utterance.mention_id, pair.other.utterance.mention_id) == ("denial", "b", "a")
    for text in (
        "Filialen i Nesvåg blir lagt ned til sommeren.",
        "Blir ikke filialen i Nesvåg lagt ned til sommeren?",
        "Vi gir ikke lån over evne til sommeren.",
        "Filialen i Nesvåg blir ikke bare lagt ned til sommeren.",
    ):
        assert oppositions([one, replace(no, text=text)], OURS) == [], text


def test_opposite_attitudes_are_toward_the_same_target_and_sure() -> None:
    one = said("a", "Strålende kvartal.", targets=(("Fjordbank", "positive"),))
    other = said(
        "b", "Et kvartal å skamme seg over.", by="Ole Hansen", day=1, targets=(("Fjordbank", "negative"),)
    )
    (pair,) = oppositions([one, other], OURS)
    assert (pair.why, pair.target) == ("attitude", "Fjordbank")
    assert oppositions([one, replace(other, targets=(("Fjordbank", None),))], OURS) == []
    assert oppositions([one, replace(other, targets=(("Sparekonto", "negative"),))], OURS) == []


def test_one_conflict_against_many_of_one_speaker_is_told_once() -> None:
    one = said("a", "Vi ga lånet likevel. Kunden ba om det.", touches=(AGAINST,), level="major", score=0.9)
    others = [
        said(f"b{n}", f"Kunden får nei til lånet, utgave {n}.", by="Fjordbank", voice="brand", day=n)
        for n in range(1, 9)
    ]
    by_ole = said("c", "Kunden får ikke lånet.", by="Ole Hansen", day=2)
    found = oppositions([one, *others, by_ole], OURS)
    assert sorted(pair.other.utterance.speaker for pair in found) == ["Fjordbank", "Ole Hansen"]


def test_the_window_is_a_rule() -> None:
    one = said("a", "Vi ga lånet likevel. Kunden ba om det.", touches=(AGAINST,), level="major", score=0.9)
    other = said("b", "Kunden får ikke lånet.", by="Ole Hansen", day=20)
    assert oppositions([one, other], OURS) and not oppositions([one, other], OURS, Rules(window=7 * DAY))


# --- what is a quote, and whose ---

QUOTES = [
    ("– Vi har sviktet kundene våre, sier Kari Nordvik.", "Vi har sviktet kundene våre"),
    ("– Vi har sviktet. Det er mitt ansvar, sier banksjef Kari Nordvik i Fjordbank.", "Vi har sviktet. Det er mitt ansvar"),
    ("Saken: – Vi har sviktet kundene våre, uttaler Nordvik til Avisa.", "Vi har sviktet kundene våre"),
    ("«Vi har sviktet kundene våre», sa Fjordbank-sjef Kari Nordvik.", "Vi har sviktet kundene våre"),
    ("Kari Nordvik sier til Avisa: «Vi har sviktet kundene våre».", "Vi har sviktet kundene våre"),
    ("Ifølge Nordvik er dette «helt vanlig praksis i banken».", "helt vanlig praksis i banken"),
    ("«Dette er vanleg praksis», ifølgje Kari Nordvik.", None),  # not a form of the word
    ("«Dette er vanleg praksis», ifylgje Kari Nordvik.", "Dette er vanleg praksis"),
    ("– Me har svikta kundane våre, seier Kari Nordvik.", "Me har svikta kundane våre"),
    ('"We failed our customers," said chief executive Kari Nordvik.', "We failed our customers"),
    ("“We failed our customers,” Nordvik told reporters.", "We failed our customers"),
    ('Kari Nordvik told the Herald: "We failed our customers."', "We failed our customers"),
    ('According to Kari Nordvik, "we failed our customers badly".', "we failed our customers badly"),
    ("Kari Nordvik beklager. – Vi har sviktet kundene, sier hun.", "Vi har sviktet kundene"),
    # Not hers, or not sure to be.
    ("Kari Nordvik beklager. Per Olsen reagerer. – Dette er for dårlig, sier han.", None),
    ("– Dette er for dårlig av banken, sier Per Olsen om Kari Nordvik.", None),
    ("– Dette er for dårlig av banken, sier en kunde til Kari Nordvik.", None),
    ("«Dette er for dårlig av banken», står det på plakaten til Kari Nordvik.", None),
    ("– Dette er for dårlig, sier naboen til Nordviks søster.", None),
    ("Boka «En banksjefs bekjennelser» ble lest av Kari Nordvik.", None),
    ("– Dette er for dårlig, sier Hansens mor.", None),
    ("Kari Nordvik sier hun leser boka. Per kaller den «en bok for alle i familien».", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), QUOTES, ids=[text[:60] for text, _ in QUOTES])
def test_quotes_are_read_in_both_languages(text: str, words: str | None) -> None:
    found = Speech(IDENTITY.leaders).quotes(text)
    assert [(q.leader, q.words) for q in found] == ([("Kari Nordvik", words)] if words else [])
    for quote in found:
        assert quote.words in text[quote.start : quote.end]


def test_a_surname_two_leaders_share_names_neither() -> None:
    speech = Speech((KARI, Leader("leader.3", "Per Nordvik")))
    assert speech.quotes("– Vi har sviktet kundene, sier Nordvik.") == []
    assert [q.leader for q in speech.quotes("– Vi har sviktet kundene, sier Per Nordvik.")] == ["Per Nordvik"]


@pytest.mark.parametrize(
    "text",
    [
        "– " * 4_000,
        '"' * 8_000,
        "«a " * 3_000,
        ". - " * 2_000 + ", sier ",
        "Kari Nordvik sier " * 500,
        "A a " * 2_000,
    ],
)
def test_hostile_texts_take_no_time(text: str) -> None:
    start = time.process_time()
    Speech(IDENTITY.leaders).quotes(text)
    denies(text)
    assert time.process_time() - start < 2


# --- quotes against own channels ---

WORDS = "Vi visste om gebyret i april og sa ingenting til kundene"


def report(id_: str, words: str, *, day: float = 0, lang: str = "nb") -> Utterance:
    text = f"– {words}, sier Kari Nordvik." if lang == "nb" else f'"{words}," said Kari Nordvik.'
    return said(
        id_,
        text,
        by="",
        voice="third_party",
        day=day,
        lang=lang,
        touches=(),
        targets=(("Kari Nordvik", None),),
    )


def outcome(
    words: str, *own: Utterance, channels: tuple[str, ...] = ("Kari Nordvik",), lang: str = "nb"
) -> str:
    (found,) = attributed([report("r", words, lang=lang)], own, IDENTITY.leaders, channels, OURS)
    return found.outcome


def test_a_quote_nothing_matches_is_unverified() -> None:
    assert outcome(WORDS) == "unverified"
    assert (
        outcome(WORDS, said("o", "I dag åpner vi en ny filial i Nesvåg. Velkommen til kake.")) == "unverified"
    )


@pytest.mark.parametrize(
    "own",
    [
        said("o", f"Jeg vil si det rett ut. {WORDS}. Det skammer jeg meg over."),
        said("o", "Vi visste om dette gebyret allerede i april. Kundene fikk ikke vite det."),  # reworded
        said("o", f"– {WORDS}, sier Kari Nordvik.", by="Fjordbank", voice="brand"),
        said("o", WORDS, day=29),
        said("o", WORDS, day=-29),
    ],
    ids=["whole", "reworded", "brand", "later", "earlier"],
)
def test_a_quote_near_an_own_text_is_matched(own: Utterance) -> None:
    assert outcome(WORDS, own) == "matched"


def test_a_shortened_quote_is_matched() -> None:
    own = said("o", f"Jeg vil si det rett ut. {WORDS}. Det skammer jeg meg over, og nå rydder vi.")
    assert outcome("Vi visste om gebyret i april og sa ingenting", own) == "matched"


def test_what_others_published_or_too_long_ago_does_not_count() -> None:
    for own in (
        said("o", WORDS, day=31),
        said("o", WORDS, by="Ole Hansen"),
        said("o", WORDS, voice="employee", by="Per"),
        said("o", WORDS, voice="third_party", by=""),
    ):
        assert outcome(WORDS, own) == "unverified"


def test_a_translated_quote_is_not_accused() -> None:
    own = said(
        "o",
        "We knew about the fee in April and did not tell the customers. That is what shames me most.",
        lang="en",
    )
    assert outcome(WORDS, own) == "perhaps_translated"
    numbers = "Vi betaler tilbake 4 millioner kroner til 312 kunder i Nesvåg"
    about = said(
        "o",
        "We are paying back 4 million kroner to 312 customers, and the rest of them next week.",
        lang="en",
    )
    assert outcome(numbers, about) == "perhaps_translated"
    other = said(
        "o",
        "Our new branch opens on the 7th of June and you are all welcome to have cake with us.",
        lang="en",
    )
    assert outcome("Vi betaler tilbake 4 millioner kroner til 312 kunder", other) == "unverified"


def test_nothing_is_marked_without_an_own_channel_or_enough_words() -> None:
    assert outcome(WORDS, channels=()) == "no_own_channel"
    assert outcome(WORDS, channels=("Ole Hansen",)) == "no_own_channel"
    assert outcome("Det beklager jeg") == "too_short"


def test_copies_of_a_quote_are_one_with_its_first_report() -> None:
    copies = [report("c", WORDS, day=2), report("a", WORDS), replace(report("b", WORDS, day=1), story="a")]
    (found,) = attributed(copies, [], IDENTITY.leaders, ("Kari Nordvik",), OURS)
    assert (found.first.mention_id, found.mentions, found.stories) == ("a", 3, 2)


def test_a_name_that_is_not_the_leader_is_no_quote_of_hers() -> None:
    elsewhere = replace(
        report("r", WORDS), targets=(("Fjordbank", None),)
    )  # the matcher says: another Kari Nordvik
    assert attributed([elsewhere], [], IDENTITY.leaders, ("Kari Nordvik",), OURS) == []


# --- gaps ---


def test_stories_that_share_a_word_are_one_theme() -> None:
    texts = {
        "a": "Banken nektet rullestolbrukere parkering ved døra.",
        "b": "Bøter for parkering på bankens plass, og ingen svarer på klagen.",
        "c": "De brøt avtalen om frokosten.",
        "d": "Været var flott og kaffen god.",  # nothing anybody did
    }
    found = themes([said(k, text, voice="third_party", by="", score=0.8) for k, text in texts.items()], OURS)
    assert [(theme.words[:1], theme.stories, theme.mentions) for theme in found] == [
        (("parkering",), 2, 2),
        ((), 1, 1),
    ]
    assert {u.mention_id for u in found[0].examples} == {"a", "b"}


def test_copies_count_once_and_our_names_are_no_theme() -> None:
    one = said("a", "Fjordbank skjulte gebyret.", voice="third_party", by="")
    copy = replace(one, mention_id="b")
    other = said("c", "Fjordbank nektet innsyn.", voice="third_party", by="")
    found = themes([one, copy, other], OURS)
    assert [(theme.words, theme.stories, theme.mentions) for theme in found] == [((), 1, 2), ((), 1, 1)]


def test_conduct_is_something_done() -> None:
    assert about_conduct("De skjulte et gebyr") and about_conduct("They REFUSED to answer")
    assert not about_conduct("Both the press and the weather were fine")
    assert not about_conduct("Grå kaffe og en lang kø") and not about_conduct("")


# --- words ---


def test_words_and_denials() -> None:
    assert (
        denies("Det stemmer ikke.") and denies("No, that isn't so.") is False and denies("We never said so")
    )
    assert (
        not denies("Ikke bare det.") and not denies("Var det ikke slik?") and not denies("No skal me byrja")
    )
    assert english("We said that this would not happen") and not english("Vi sa at dette ikke skulle skje")
    assert stems("Kari Nordviks gebyrer", OURS) == stems("gebyr") and stems("") == frozenset()
    assert "4,2" in stems("falt med 4,2 prosent")
