from __future__ import annotations

from typing import Any

import pytest

from monitor.classifiers import runtime
from monitor.classifiers.reading import MAX_PASSAGES, MAX_TOKENS, PASSAGE_CHARS, about, encode, passages
from monitor.types import JudgeRequest


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return runtime.tokenizer(runtime.MODELS / "sentiment" / "tokenizer.json")


def marked(request: JudgeRequest) -> list[str]:
    (passage,) = passages(request)
    return [passage.text[a:b] for a, b in passage.marks]


def test_the_second_segment_says_toward_whom_and_whose_words() -> None:
    news = JudgeRequest("x", "Lomvi", source_type="news")
    assert about(news) == "Lomvi · third party · brand · news"
    assert about(news, "wording") == "Lomvi · third party · brand · news · wording"
    leader = JudgeRequest("x", "Ane Vik", kind="leader", voice="leader", author="ane vik")
    assert about(leader) == "Ane Vik · self · leader"
    other = JudgeRequest("x", "Lomvi", voice="leader", author="Ane Vik")
    assert about(other) == "Lomvi · leader · brand"
    stranger = JudgeRequest("x", "Ane Vik", kind="leader", author="Ane Vik")
    assert about(stranger) == "Ane Vik · third party · leader", "an outsider of the same name is an outsider"
    assert about(JudgeRequest("x")) == "* · third party"


def test_every_naming_of_the_target_is_marked() -> None:
    request = JudgeRequest(
        "Vestskyss vant. Lomvis båter lå til kai, sier Ferje-Lomvi. @lomviferger svarte ikke.",
        "Lomvi",
        title="LOMVI innstiller",
        aliases=("@lomviferger", "Ferje-Lomvi"),
    )
    assert marked(request) == ["LOMVI", "Lomvis", "Ferje-Lomvi", "lomviferger"]
    assert marked(JudgeRequest("De kom for sent igjen.", "Lomvi")) == []
    assert marked(JudgeRequest("Nordlys Drift drifter. Nordlys lyser.", "Nordlys Drift", aliases=("Nordlys",))) == [
        "Nordlys Drift",
        "Nordlys",
    ]  # fmt: skip


def test_marks_reach_the_tokens(tokenizer: Any) -> None:
    text = "Været var fint, men Lomvi kom for sent til Bodø."
    (passage,) = passages(JudgeRequest(text, "Lomvi"))
    encoded = encode(tokenizer, passage)
    ids, types = encoded["input_ids"], encoded["token_type_ids"]
    first_end = ids.index(2)
    named = [i for i, t in zip(ids[:first_end], types[:first_end], strict=True) if t]
    assert tokenizer.decode(named).strip() == "Lomvi"
    second = [i for i, t in zip(ids[first_end:], types[first_end:], strict=True) if t]
    assert tokenizer.decode(second).strip() == "Lomvi · third party · brand"


def test_long_articles_are_read_around_the_target(tokenizer: Any) -> None:
    filler = "Kommunestyret drøftet saken lenge og vel uten å komme til noen avgjørelse. " * 12
    text = f"Ingressen. {filler}Lomvi brøt loven. {filler}Saken fikk følger for Lomvi. {filler}"
    found = passages(JudgeRequest(text, "Lomvi", title="Dette er tittelen"))
    assert 1 <= len(found) <= MAX_PASSAGES
    whole = " ".join(p.text for p in found)
    for needed in ("Dette er tittelen", "Lomvi brøt loven.", "Saken fikk følger for Lomvi."):
        assert needed in whole
    assert len(whole) < len(text) / 2
    assert all(len(p.text) <= PASSAGE_CHARS and p.marks for p in found)
    assert all(len(encode(tokenizer, p)["input_ids"]) <= MAX_TOKENS for p in found)


def test_a_long_text_that_never_names_the_target_is_read_from_the_start() -> None:
    (passage,) = passages(JudgeRequest("De var sene. " * 500, "Lomvi"))
    assert passage.text.startswith("De var sene.")
    assert len(passage.text) <= PASSAGE_CHARS
    assert passage.marks == ()


@pytest.mark.parametrize(
    "request_",
    [
        JudgeRequest(""),
        JudgeRequest("", "Lomvi"),
        JudgeRequest("Lomvi " * 20_000, "Lomvi", title="Lomvi " * 900),
        JudgeRequest("Lomvi. " * 20_000, "Lomvi"),
        JudgeRequest("." * 50_000, "."),
        JudgeRequest("a\ud800b", "\ud800", author="\ud800", voice="leader"),
        JudgeRequest("ord", "x" * 100_000),
        JudgeRequest("ord\x00", "\x00", aliases=("", "\x00")),
        JudgeRequest("漢字" * 5_000, "漢字"),
    ],
)
def test_hostile_posts_stay_bounded(tokenizer: Any, request_: JudgeRequest) -> None:
    found = passages(request_)
    assert 1 <= len(found) <= MAX_PASSAGES
    for passage in found:
        encoded = encode(tokenizer, passage)
        assert len(encoded["input_ids"]) == len(encoded["token_type_ids"]) <= MAX_TOKENS
        assert encoded["input_ids"][-1] == 2


def test_the_second_segment_is_never_cut(tokenizer: Any) -> None:
    (short,) = passages(JudgeRequest("ord", "Lomvi"))
    (long,) = passages(JudgeRequest("漢" * 900, "Lomvi"))
    tail = encode(tokenizer, short)["input_ids"][-8:]
    assert encode(tokenizer, long, 64)["input_ids"][-8:] == tail
