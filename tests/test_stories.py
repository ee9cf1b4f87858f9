"""Copies are one story; different reports of one event are not."""

from __future__ import annotations

import time
from dataclasses import replace

from monitor.stories import Grouper, group
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
