"""The gist of many texts: chosen, never composed; telling against what is ordinary; bounded on hostile input."""

from __future__ import annotations

import math
import time

import pytest

from monitor.gist import MOST_CHARS, central, key_phrases, surprise, varied

ORDINARY = [f"Lomvi kjører ruten som vanlig i dag, avgang {n} fra kaia." for n in range(40)]
GROUNDING = [
    "Lomvi-fergen gikk på grunn ved Skarvøya i natt",
    "Ferge gikk på grunn ved Skarvøya, ingen skadd",
    "Fergen som gikk på grunn var full av passasjerer",
    "Gikk på grunn: passasjerene ble evakuert ved Skarvøya",
    "Dyr kaffe i kiosken om bord",
]


def test_the_most_central_says_what_the_others_say() -> None:
    scores = central(GROUNDING, [1.0] * 5, ORDINARY)
    assert max(range(5), key=scores.__getitem__) in (0, 1)
    assert min(range(5), key=scores.__getitem__) == 4
    assert all(0 <= score <= 1.0001 for score in scores)


def test_weights_count_like_copies() -> None:
    docs = [GROUNDING[0], GROUNDING[4]]
    assert central(docs, [1.0, 9.0])[1] > central(docs, [9.0, 1.0])[1]


def test_phrases_are_what_is_unusual_in_their_own_writing() -> None:
    phrases = key_phrases(GROUNDING, ORDINARY, but=["Lomvi"])
    assert phrases[0] == "gikk på grunn"
    assert "Skarvøya" in " ".join(phrases)
    said = " ".join(GROUNDING).casefold()
    assert all(phrase.casefold() in said for phrase in phrases), "extracted, never invented"
    assert "Lomvi" not in phrases and "på grunn" not in phrases
    assert key_phrases(ORDINARY[:5], ORDINARY[5:]) == []


def test_nothing_is_unusual_where_nothing_is_known() -> None:
    assert key_phrases(GROUNDING, ORDINARY[:4]) == []
    assert key_phrases(GROUNDING[:1], ORDINARY) == []
    assert key_phrases([], []) == [] and central([], []) == [] and varied([], [], 5) == []


def test_english_too() -> None:
    docs = [
        "Bank froze customer accounts overnight",
        "Customer accounts frozen: no answer",
        "Why are customer accounts blocked",
    ]
    assert "customer accounts" in [p.casefold() for p in key_phrases(docs, ["The bank opens a branch."] * 30)]


def test_dunnings_figures() -> None:
    assert surprise(1, 10, 10, 100) == 0.0 and surprise(0, 5, 3, 30) == 0.0
    # The contingency form of the same test: 2 · Σ O · ln(O / E) over the four cells.
    cells = {(8, 10, 13), (2, 10, 97), (5, 100, 13), (95, 100, 97)}  # observed, row, column; of 110
    expected = 2 * sum(o * math.log(o * 110 / (row * column)) for o, row, column in cells)
    assert surprise(8, 10, 5, 100) == pytest.approx(expected)
    assert surprise(10, 10, 0, 100) > surprise(8, 10, 5, 100)


def test_quotes_vary() -> None:
    docs = ["fergen gikk på grunn i natt", "fergen gikk på grunn i natt igjen", "mannskapet sov på vakt"]
    assert varied(docs, [1.0, 0.9, 0.6], 2) == [0, 2]


def test_hostile_texts_cost_little_and_come_out_bounded() -> None:
    hostile = [
        "A" * 500_000,
        "\u202e<script>alert(1)</script> ferge " * 20_000,
        "ordordord-" * 50_000,
        "\u0301" * 100_000,
        "",
        "ferge\x00ferge \ud800",
    ] * 20
    began = time.perf_counter()
    phrases = key_phrases(hostile, hostile[:20] + ORDINARY)
    central(hostile, [1.0] * len(hostile), ORDINARY)
    assert time.perf_counter() - began < 20
    assert all(len(phrase) <= MOST_CHARS and "\u202e" not in phrase for phrase in phrases)
