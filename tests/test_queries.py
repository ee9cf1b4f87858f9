"""Names of the brand file as queries of a network: quoted, within its limits, nothing left out."""

from __future__ import annotations

import pytest

from monitor.sources._queries import any_of, finder, phrase, plain, quoted, tag, tags, url_size, wanted
from monitor.types import SearchTerms

TERMS = SearchTerms(
    names=("Lomvi", "Lomviferga", "Ås & Sønn"),
    people=("Marit Solheim-Dahl",),
    hashtags=("lomvi", "byferga"),
    handles=("lomviferger",),
    exclude=("sjøfugl",),
)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("Lomvi", "Lomvi"),
        ("Kari Nordvik", '"Kari Nordvik"'),
        ("Solheim-Dahl", '"Solheim-Dahl"'),
        ("Ærø", "Ærø"),
        ("OR", '"OR"'),
        ('He said "no" \\ «ja»\n', '"He said no ja"'),
        ("#lomvi", '"#lomvi"'),
        ('"', ""),
        ("&", ""),
        ("  ", ""),
    ],
)
def test_phrase(term: str, expected: str) -> None:
    assert phrase(term) == expected


def test_quoted_and_plain() -> None:
    assert (quoted("Lomvi"), quoted("&"), plain(' a  "b"\n')) == ('"Lomvi"', "", "a b")


def test_what_is_wanted_comes_once() -> None:
    assert wanted(TERMS) == ["Lomvi", "Lomviferga", "Ås & Sønn", "Marit Solheim-Dahl"]
    marked = wanted(TERMS, people=False, hashtags=True, handles=True)
    assert marked[3:] == ["#byferga", "@lomviferger"]  # whoever finds Lomvi finds #lomvi
    assert wanted(SearchTerms(names=("A1", "a1 "), people=("A1",))) == ["A1"]
    assert wanted(SearchTerms()) == []


def test_tags_are_made_of_names() -> None:
    assert tags(TERMS) == ["lomvi", "byferga", "lomviferga", "åssønn", "maritsolheimdahl"]
    assert (tag("1234"), tag("--"), tag("Ås_2")) == ("", "", "ås_2")


def test_one_query_when_all_fits() -> None:
    assert any_of(["Lomvi", "Kari Nordvik"], limit=100) == ['Lomvi OR "Kari Nordvik"']
    assert any_of([], limit=100) == [] == any_of(["&", '"'], limit=100)


def test_as_many_queries_as_the_limit_asks_for_and_no_term_lost() -> None:
    terms = [f"Merke Nummer{n}" for n in range(200)]
    queries = any_of(terms, limit=120)
    assert all(len(q) <= 120 for q in queries)
    assert [t for q in queries for t in q.split(" OR ")] == [f'"{t}"' for t in terms]
    assert len(queries) < 200 / 4


def test_not_more_terms_than_the_network_takes() -> None:
    assert any_of(list("abcde"), limit=100, most=2, group=True) == ["(a OR b)", "(c OR d)", "e"]


def test_a_term_too_long_is_asked_for_by_its_beginning() -> None:
    assert any_of(["Den Store Norske Fergeforening", "x" * 50], limit=20) == ['"Den Store Norske"']


def test_exclusions_go_in_as_far_as_they_fit() -> None:
    assert any_of(["Lomvi", "Alke"], limit=39, exclude=["sjøfugl", "fugl i fjell", "kor"], group=True) == [
        "(Lomvi OR Alke) -sjøfugl -kor"
    ]


def test_the_length_inside_a_url_can_be_what_counts() -> None:
    assert url_size("å b") == len("%C3%A5%20b")
    queries = any_of(["ååå", "øøø"], limit=30, size=url_size)
    assert queries == ["ååå", "øøø"]


def test_a_join_and_a_quoting_of_its_own() -> None:
    assert any_of(["a", "b c"], limit=99, join="|", quote=quoted) == ['"a"|"b c"']


def test_a_name_is_found_from_the_beginning_of_a_word() -> None:
    found = finder(["Alke", "Kari  Nordvik", "@lomvi", "+45 (nå)"])
    for text in ("Alkefaret", "#ALKE!", "kari\nnordvik", "hei @Lomvi", "ring +45 (NÅ) da"):
        assert found(text), text
    for text in ("walked and talked", "Kari og Nordvik", "", "lomvi"):
        assert not found(text), text
    assert not finder([])("Alke")
