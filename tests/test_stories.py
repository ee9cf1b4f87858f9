"""Copies are one story; different reports of one event are not."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.stories import Grouper, Reader, credited, group, marks
from monitor.types import Mention

WIRE = Mention(
    id="a",
    title="Lomvi får pålegg etter brudd på hviletid",
    text="(NPB) Sjøfartstilsynet har gitt rederiet Lomvi Ferger pålegg etter at et tilsyn avdekket 37 brudd på "
    "hviletidsreglene i løpet av juni og juli. Flere av mannskapet skal ha hatt under seks timers søvn.",
    lang="nb",
)


def test_a_shortened_copy_with_a_new_headline_joins_the_story() -> None:
    copy = replace(WIRE, id="b", title="Rederi refset", text=WIRE.text.split(". ")[0] + ".")
    assert group([WIRE, copy], ()) == [("a", "a"), ("b", "a")]


def test_a_known_window_is_joined() -> None:
    assert group([replace(WIRE, id="c")], [("first", WIRE)]) == [("c", "first")]


def test_another_report_of_the_same_event_is_its_own_story() -> None:
    own_words = replace(
        WIRE,
        id="d",
        title="Sov for lite om bord",
        text="Mannskap på hurtigbåtene fikk ikke den hvilen loven krever i sommer. Rederiet Lomvi Ferger må nå rette opp.",
    )
    assert group([WIRE, own_words], ())[1] == ("d", "d")


def test_short_posts_are_alike_by_chance() -> None:
    thanks = Mention(id="1", text="Tusen takk for turen, Lomvi!")
    assert group([thanks, replace(thanks, id="2")], ()) == [("1", "1"), ("2", "2")]


def test_a_copy_in_another_language_is_not_merged() -> None:
    assert group([WIRE, replace(WIRE, id="e", lang="nn")], ())[1] == ("e", "e")


def test_boilerplate_and_length_are_bounded() -> None:
    grouper = Grouper()
    started = time.process_time()
    for number in range(600):
        grouper.add(Mention(id=str(number), text="samme lange fraser i alle saker " * 200 + str(number)))
    assert time.process_time() - started < 20  # quadratic growth would take minutes


def test_credits_are_taken_off_and_told() -> None:
    for text, bare, wires in (
        ("(NTB) Banken taper.", "Banken taper.", {"ntb"}),
        ("Oslo (NTB): Banken taper.", "Banken taper.", {"ntb"}),
        ("LONDON, Nov 23 (Reuters) - Shares rose.", "Shares rose.", {"reuters"}),
        ("Banken taper. (NTB/Kystavisa)", "Banken taper.", {"ntb"}),
        ("Banken taper. (Nordpress)", "Banken taper.", {"nordpress"}),
        ("Banken taber. /ritzau/", "Banken taber.", {"ritzau"}),
        ("STOCKHOLM (TT) Banken.", "Banken.", {"tt"}),
        ("Banken taper ifølge NTB.", "Banken taper ifølge NTB.", {"ntb"}),
        ("Bauta Medier (BAUTA) kutter.", "Bauta Medier (BAUTA) kutter.", set()),
        ("Det er rettet. (Rettet navn.)", "Det er rettet. (Rettet navn.)", set()),
        ("(NTB)", "", {"ntb"}),
    ):
        assert credited(text) == (bare, frozenset(wires)), text


def test_reading_credits_of_hostile_text_is_quick() -> None:
    started = time.process_time()
    for text in (
        "(" * 100_000,
        "A " * 100_000 + "(",
        "©" * 100_000,
        "/a" * 100_000,
        "«" * 100_000,
        "1.000" * 50_000,
    ):
        marks(Mention(id="x", title=text[:500], text=text))
    assert time.process_time() - started < 5


def test_a_signature_in_common_makes_no_copy() -> None:
    one, other = "Toget står i Dal nå, det er is på sporet.", "Prisen på melk går opp fra mandag av."
    signed = [
        Mention(id=str(n), text=f"(NTB) {text} (NTB)", lang="nb") for n, text in enumerate((one, other))
    ]
    assert [story for _, story in group(signed, ())] == ["0", "1"]


def test_a_quote_in_common_makes_no_copy() -> None:
    quote = "«Vi har sviktet våre egne folk, og planen var for stram helt fra begynnelsen av»"
    a = Mention(
        id="a", text=f"{quote}, sa sjefen på scenen i Dal fredag kveld til en sal som lo av ham.", lang="nb"
    )
    b = Mention(
        id="b", text=f"Hørte dere denne? {quote} Aldri hørt på maken, jeg bytter rederi i morgen.", lang="nb"
    )
    assert [story for _, story in group([a, b], ())] == ["a", "b"]


def test_a_rewritten_copy_is_known_by_its_numbers_and_names() -> None:
    a = replace(WIRE, text="Lomvi Ferger økte omsetningen til 412 millioner kroner i andre kvartal, opp fra 377 "
                "millioner året før. Det opplyser finansdirektør Siv Kalheim i Storvåg. Passasjertallet falt 3,1 prosent.")  # fmt: skip
    b = replace(WIRE, id="b", title="Rederi med vekst", text="Omsetningen i Lomvi Ferger steg til 412 millioner kroner i "
                "andre kvartal fra 377 millioner. Finansdirektør Siv Kalheim i Storvåg melder om 3,1 prosent færre reisende.")  # fmt: skip
    c = replace(WIRE, id="c", title="Rederi med fall", text="Omsetningen i Havnes Båt steg til 98 millioner kroner i "
                "andre kvartal fra 91 millioner. Finansdirektør Ola Berg i Dal melder om 7 prosent færre reisende.")  # fmt: skip
    assert [story for _, story in group([replace(a, title="Vekst"), b, c], ())] == ["a", "a", "c"]


@pytest.mark.parametrize(
    "url",
    [
        "http://www.avisa.example/nyheter/sak-1/?utm_source=rss",
        "https://m.avisa.example/nyheter/sak-1",
        "https://avisa.example/amp/nyheter/sak-1",
        "https://avisa.example/nyheter/sak-1.amp?fbclid=3#kommentarer",
    ],
)
def test_another_spelling_of_the_address_is_the_same_story(url: str) -> None:
    first = Mention(id="a", title="Kort", url="https://avisa.example/nyheter/sak-1", source_type="news")
    again = Mention(id="b", title="Annen tittel", url=url, source_type="news")
    assert [story for _, story in group([first, again], ())] == ["a", "a"]
    other = replace(again, url=url.replace("sak-1", "sak-2"))
    assert [story for _, story in group([first, other], ())] == ["a", "b"]
    thread = [replace(m, source_type="forum") for m in (first, again)]
    assert [story for _, story in group(thread, ())] == ["a", "b"], "a thread has one address and many posts"


def test_far_apart_in_time_nothing_is_a_copy() -> None:
    then = datetime(2026, 9, 3, 6, tzinfo=UTC)
    first, near, far = (replace(WIRE, id=str(d), published_at=then + timedelta(days=d)) for d in (0, 6, 30))
    assert [story for _, story in group([first, near, far], ())] == ["0", "0", "30"]


THEN = datetime(2026, 9, 3, 6, tzinfo=UTC)
NB = Mention(
    id="nb", source_type="news", lang="nb", published_at=THEN, title="Lomvi får pålegg",
    text="(NTB) Sjøfartstilsynet har gitt rederiet Lomvi Ferger pålegg etter 37 brudd på hviletiden i juni. Det gjelder "
    "båtene Krykkja og Alke, sier avdelingsleder Per-Olav Tangen. Fristen er 1. oktober, og boten kan bli 250.000 kroner.",
)  # fmt: skip
NN = replace(
    NB, id="nn", lang="nn", title="Lomvi får pålegg", published_at=THEN + timedelta(hours=1),
    text="(NTB) Sjøfartstilsynet har gjeve reiarlaget Lomvi Ferger pålegg etter 37 brot på kviletida i juni. Det gjeld "
    "båtane Krykkja og Alke, seier avdelingsleiar Per-Olav Tangen. Fristen er 1. oktober, og bota kan bli 250 000 kroner.",
)  # fmt: skip
EN = replace(
    NB, id="en", lang="en", title="Ferry operator ordered to fix rest hours", published_at=THEN + timedelta(hours=2),
    text="The maritime supervisory authority has ordered the operator Lomvi Ferger to act after 37 breaches of rest hours. "
    'The boats are Krykkja and Alke, the head of section Per-Olav Tangen told NTB. The fine may reach NOK 250,000.',
)  # fmt: skip


def linked(*mentions: Mention) -> set[tuple[str, str]]:
    grouper = Grouper()
    for mention in mentions:
        assert grouper.add(mention) == mention.id, "never merged"
    return {(link.story, link.other) for m in mentions for link in grouper.translations(m)}


def test_the_same_wire_in_other_languages_is_linked_and_not_merged() -> None:
    grouper = Grouper([("old", NB)])
    assert [grouper.add(m) for m in (NN, EN)] == ["nn", "en"]
    assert next(iter(grouper.translations(NN))).other == "old"
    (link,) = [k for k in grouper.translations(EN) if k.other == "old"]
    assert {"37", "250000", "krykkja", "ntb"} <= set(link.shared) and 0.36 <= link.score <= 1
    assert {k.other for k in grouper.translations(EN)} == {"old", "nn"}


@pytest.mark.parametrize(
    "other",
    [
        replace(EN, published_at=THEN + timedelta(hours=30)),
        replace(EN, source_type="linkedin"),
        replace(
            EN,
            text="Lomvi Ferger opens a new route between Dal and Nes in May, says Kari Moe of the operator.",
        ),
        replace(
            EN,
            text="The boats Krykkja and Alke were late again, and I blame Per-Olav Tangen for that, said one.",
        ),
    ],
    ids=["a day later", "somebody's comment", "another story", "names alone"],
)
def test_what_is_not_the_same_wire_is_not_linked(other: Mention) -> None:
    assert linked(NB, other) == set()


def test_a_window_is_read_once() -> None:
    read = Reader(100)
    assert read(NB) is read(NB)
    assert read(replace(NB, text="endret")) is not read(NB)
    small = Reader(1)
    first = small(NB)
    small(EN)
    assert small(NB) is not first, "bounded"


def test_more_copies_than_postings_still_join() -> None:
    grouper = Grouper(("a", replace(WIRE, id=f"k{n}")) for n in range(150))
    assert {grouper.add(replace(WIRE, id=f"n{n}")) for n in range(150)} == {"a"}
