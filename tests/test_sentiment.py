from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor import classifiers, sentiment
from monitor.types import Classifier, JudgeRequest
from monitor.windows import MAX_CHARS, MAX_SENTENCES, take_apart


class Echo:
    """Answers from a table by text and remembers what it was asked; unknown texts are neutral."""

    name = "echo@1"

    def __init__(self, answers: dict[str, tuple[float, float, float]] | None = None) -> None:
        self.answers = answers or {}
        self.calls: list[list[JudgeRequest]] = []

    def probabilities(self, requests: Sequence[JudgeRequest]) -> NDArray[np.float32]:
        self.calls.append(list(requests))
        return np.array([self.answers.get(r.text, (0.1, 0.8, 0.1)) for r in requests], np.float32)


@pytest.fixture(scope="module")
def bundled() -> Classifier:
    return classifiers.load("onnx", threads=2)


HOSTILE = [
    JudgeRequest("\x00\u202e" + "a" * 50_000, "a"),
    JudgeRequest("Lomvi " * 30_000, "Lomvi", title="Lomvi " * 5_000),
    JudgeRequest("." * 100_000, "."),
    JudgeRequest("🙂" * 2_000, "Lomvi"),
    JudgeRequest("=HYPERLINK(1)", "Lomvi", aliases=("", "@", "a" * 10_000)),
    JudgeRequest("\n\n\n", "Lomvi", title=" "),
    JudgeRequest("Bra.", "Lomvi" * 5_000),
    JudgeRequest("\ud800 lone surrogate", "Lomvi"),
]


@pytest.mark.parametrize("name", ["onnx", "lexicon"])
def test_any_text_gives_sound_probabilities(name: str) -> None:
    started = time.monotonic()
    verdicts = sentiment.judge(HOSTILE, classifiers.load(name))
    assert time.monotonic() - started < 60
    for verdict, request in zip(verdicts, HOSTILE, strict=True):
        p = (verdict.negative, verdict.neutral, verdict.positive)
        assert all(math.isfinite(v) and 0 <= v <= 1 for v in p)
        assert abs(sum(p) - 1) <= 1e-6
        assert verdict.target == request.target
        assert verdict.model == classifiers.load(name).name


def test_what_is_not_judged() -> None:
    echo = Echo()
    requests = [
        JudgeRequest("", "Lomvi"),
        JudgeRequest(" \n", "Lomvi", title="\t"),
        JudgeRequest("...!?", "Lomvi"),
        JudgeRequest("Das Schiff war schlecht", "Lomvi", lang="de"),
        JudgeRequest("船が遅れて最悪でした", "Lomvi"),
    ]
    for verdict in sentiment.judge(requests, echo):
        assert verdict.status == "unjudged"
        assert verdict.label == "neutral"
        assert abs(verdict.negative + verdict.neutral + verdict.positive - 1) <= 1e-6
    assert echo.calls == [], "nothing to ask, nothing asked"
    assert sentiment.judge([], echo) == []


@pytest.mark.parametrize(
    ("lang", "status"),
    [("nb", "judged"), ("nn-NO", "judged"), ("no", "judged"), ("EN_gb", "judged"), (None, "judged"), ("", "judged"),
     ("da", "unsure"), ("sv-SE", "unsure"), ("fi", "unjudged")],
)  # fmt: skip
def test_languages(lang: str | None, status: str) -> None:
    (verdict,) = sentiment.judge([JudgeRequest("Lomvi er her.", "Lomvi", lang=lang)], Echo())
    assert verdict.status == status


def test_small_margin_is_unsure_and_keeps_its_label() -> None:
    echo = Echo({"A.": (0.46, 0.14, 0.40), "B.": (0.7, 0.2, 0.1)})
    a, b = sentiment.judge([JudgeRequest("A."), JudgeRequest("B.")], echo, unsure_below=0.1)
    assert (a.status, a.label) == ("unsure", "negative")
    assert b.status == "judged"
    (a,) = sentiment.judge([JudgeRequest("A.")], echo, unsure_below=0.0)
    assert a.status == "judged"


def test_a_classifier_that_answers_nonsense_leaves_the_text_unjudged() -> None:
    echo = Echo({"A.": (math.nan, 0.5, 0.5), "B.": (-1.0, 1.0, 1.0), "C.": (0.0, 0.0, 0.0)})
    out = sentiment.judge([JudgeRequest(t) for t in ("A.", "B.", "C.", "D.")], echo)
    assert [v.status for v in out] == ["unjudged", "unjudged", "unjudged", "judged"]


def test_one_call_for_all_and_sentences_count_twice() -> None:
    text = "Været var fint. Lomvi brøt loven. Hilsen oss."
    echo = Echo({"Lomvi brøt loven.": (0.9, 0.1, 0.0), text: (0.0, 0.1, 0.9)})
    (verdict,) = sentiment.judge([JudgeRequest(text, "Lomvi")], echo)
    assert len(echo.calls) == 1
    assert verdict.negative == pytest.approx(2 / 3 * 0.9)
    assert verdict.positive == pytest.approx(1 / 3 * 0.9)


def test_title_is_part_of_the_text() -> None:
    post = take_apart(JudgeRequest("Det skjedde i går.", "Lomvi", title="Lomvi bøtelagt"))
    assert post.whole == "Lomvi bøtelagt. Det skjedde i går."
    assert post.sentences == ("Lomvi bøtelagt.",)
    (verdict,) = sentiment.judge([JudgeRequest("", "Lomvi", title="Lomvi er her")], Echo())
    assert verdict.status == "judged"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("LOMVIS nye båt", True),
        ("Lomvi-appen er treg", True),
        ("Vi tok @lomviferger", True),
        ("Nesvåg svarte", False),
        ("En lomviunge på skjæret", False),
        ("Vi tok ferga", False),
    ],
)
def test_names_with_endings(text: str, named: bool) -> None:
    assert bool(take_apart(JudgeRequest(text, "Lomvi", aliases=("@lomviferger",))).sentences) is named


def test_leader_by_surname_and_accents_folded() -> None:
    assert take_apart(JudgeRequest("Vi spurte NESVÅG.", "Tor-Egil Nesvåg", kind="leader")).sentences
    assert take_apart(JudgeRequest("Vi spurte André om det.", "Andre", kind="leader")).sentences
    assert not take_apart(JudgeRequest("Tor-Egil kom.", "Tor-Egil Nesvåg", kind="leader")).sentences


def test_target_not_named_is_judged_from_the_whole() -> None:
    post = take_apart(JudgeRequest("De brøt loven. Igjen.", "Lomvi"))
    assert (post.sentences, post.whole) == ((), "De brøt loven. Igjen.")


def test_long_texts_are_bounded() -> None:
    post = take_apart(JudgeRequest("Lomvi er sen. " * 5_000, "Lomvi"))
    assert len(post.whole) <= MAX_CHARS + 500
    assert len(post.sentences) == MAX_SENTENCES


def test_bundled_model_tells_targets_apart(bundled: Classifier) -> None:
    text = (
        "Ferjeselskapet Lomvi fikk bot på to millioner etter ulykken. Vestskyss ble samtidig kåret til årets beste "
        "arbeidsplass og får ros for den fantastiske servicen."
    )
    lomvi, vestskyss = sentiment.judge(
        [
            JudgeRequest(text, "Lomvi", source_type="news", lang="nb"),
            JudgeRequest(text, "Vestskyss", source_type="news", lang="nb"),
        ],
        bundled,
    )
    assert lomvi.negative > vestskyss.negative
    assert vestskyss.positive > lomvi.positive
    assert lomvi.label == "negative"


def test_verdict_does_not_depend_on_the_batch(bundled: Classifier) -> None:
    requests = [
        JudgeRequest("Takk til Lomvi for god hjelp! Anbefales.", "Lomvi", source_type="review", lang="nb"),
        JudgeRequest(
            "Lomvi varsla ikkje om utsleppet. Tilsynet gav bot.", "Lomvi", source_type="news", lang="nn"
        ),
        JudgeRequest("The board of Lomvi met on Tuesday.", "Lomvi", source_type="news", lang="en"),
    ]
    together = sentiment.judge(requests, bundled)
    for request, verdict in zip(requests, together, strict=True):
        (alone,) = sentiment.judge([request], bundled)
        assert abs(alone.negative - verdict.negative) <= 1e-6
        assert abs(alone.positive - verdict.positive) <= 1e-6
        assert alone.status == verdict.status


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Elendig kundeservice hos Lomvi.", "negative"),
        ("Lomvi leverer en helt fantastisk tjeneste, takk!", "positive"),
        ("Lomvi ilegges 2 millioner i overtredelsesgebyr etter brudd på personvernreglene.", "negative"),
        ("Terrible service from Lomvi.", "negative"),
    ],
)
def test_plain_cases(bundled: Classifier, text: str, label: str) -> None:
    (verdict,) = sentiment.judge([JudgeRequest(text, "Lomvi", source_type="review")], bundled)
    assert verdict.label == label
