"""Decisions teach where they can be learnt from, and what does not help on unseen cases is not used."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from monitor import caselearning
from monitor.caselearning import Flagged

PLAIN = Flagged("s", 0.8, True, "value.1", "value", "third_party", "news", False)


def cases(n: int, *, helpful: bool, seed: int = 1) -> tuple[list[Flagged], list[bool]]:
    """Scores that say nothing; ``helpful``: flags of guideline.2 are nearly always dismissed, the others confirmed."""
    draw = np.random.default_rng(seed)
    flags, confirmed = [], []
    for i in range(n):
        loose = bool(draw.random() < 0.5)
        statement, kind = ("guideline.2", "guideline") if loose else ("value.1", "value")
        flags.append(
            replace(
                PLAIN, story=f"s{i}", score=float(draw.uniform(0.6, 0.95)), statement=statement, kind=kind
            )
        )
        confirmed.append(bool(draw.random() < (0.08 if loose and helpful else 0.92 if helpful else 0.75)))
    return flags, confirmed


def test_without_evidence_the_adjusted_score_is_the_models_own() -> None:
    flags = [replace(PLAIN, score=score) for score in (0.001, 0.3, 0.999)]
    assert caselearning.adjusted(flags, caselearning.fit([], [])) == pytest.approx([0.001, 0.3, 0.999])


def test_weights_are_the_most_probable_ones() -> None:
    """The slope of the penalised likelihood, worked out here by differences, is flat where the fit stopped."""
    flags, confirmed = cases(60, helpful=True)
    weights = caselearning.fit(flags, confirmed)

    def lost(weights: dict[str, float]) -> float:
        p = caselearning.adjusted(flags, weights)
        prior = sum(
            ((w - (name == "score")) / caselearning._SPREAD[name.split(":")[0]]) ** 2 / 2
            for name, w in weights.items()
        )
        return float(-np.log(np.where(confirmed, p, 1 - p)).sum() + prior)

    for name in weights:
        for step in (-0.01, 0.01):
            assert lost({**weights, name: weights[name] + step}) > lost(weights), name


def test_a_statement_that_is_often_dismissed_weighs_less_and_others_do_not() -> None:
    flags, confirmed = cases(60, helpful=True)
    weights = caselearning.fit(flags, confirmed)
    low, high = caselearning.adjusted(
        [replace(PLAIN, statement="guideline.2", kind="guideline"), PLAIN], weights
    )
    assert low < 0.5 < 0.8 < high


def test_kinds_are_folded_into_statements_without_changing_a_score() -> None:
    flags, confirmed = cases(60, helpful=True)
    weights = caselearning.fit(flags, confirmed)
    kinds = {"value.1": "value", "guideline.2": "guideline", "guideline.9": "guideline"}
    folded = caselearning.by_statement(weights, kinds)
    assert not any(name.startswith("kind:") for name in folded)
    unseen = replace(PLAIN, statement="guideline.9", kind="guideline")
    without = [replace(flag, kind="") for flag in (*flags, unseen)]
    assert caselearning.adjusted(without, folded) == pytest.approx(
        caselearning.adjusted([*flags, unseen], weights)
    )


def test_what_helps_is_used() -> None:
    found = caselearning.effect(*cases(60, helpful=True))
    assert caselearning.verdict(found) == "helps"
    assert (
        found.log_loss is not None
        and found.log_loss_model is not None
        and found.log_loss_majority is not None
    )
    assert found.log_loss < min(found.log_loss_model, found.log_loss_majority)
    assert found.gain is not None and found.gain_low is not None and found.gain_high is not None
    assert 0 < found.gain_low < found.gain < found.gain_high
    assert found.f1 is not None and found.f1_model is not None and found.f1 > found.f1_model


@pytest.mark.parametrize("seed", range(6))
def test_what_holds_nothing_to_learn_is_not_used(seed: int) -> None:
    assert caselearning.verdict(caselearning.effect(*cases(80, helpful=False, seed=seed))) == "no_gain"


def test_a_lucky_half_is_not_enough() -> None:
    """Labels that contradict themselves: what one half of the cases teaches is wrong in the other."""
    flags, _ = cases(60, helpful=True)
    assert caselearning.verdict(caselearning.effect(flags, [i % 2 == 0 for i in range(60)])) == "no_gain"


def test_too_few_or_one_sided_cases_tell_nothing() -> None:
    flags, confirmed = cases(19, helpful=True)
    found = caselearning.effect(flags, confirmed)
    assert (caselearning.verdict(found), found.log_loss, found.gain) == ("too_few", None, None)
    flags, _ = cases(40, helpful=True)
    assert caselearning.verdict(caselearning.effect(flags, [True] * 36 + [False] * 4)) == "one_sided"
    one_story = [replace(flag, story="s") for flag in flags]
    assert caselearning.verdict(caselearning.effect(one_story, [True, False] * 20)) == "one_sided"


def test_a_story_is_in_one_fold_and_every_fold_holds_both() -> None:
    flags, _ = cases(90, helpful=True)
    flags = [replace(flag, story=f"s{i // 3}") for i, flag in enumerate(flags)]
    confirmed = [i // 3 % 2 == 0 for i in range(90)]
    fold = caselearning.folds(flags, confirmed)
    for story in {flag.story for flag in flags}:
        assert len({int(f) for f, flag in zip(fold, flags, strict=True) if flag.story == story}) == 1
    for k in range(caselearning.FOLDS):
        assert {c for c, f in zip(confirmed, fold, strict=True) if f == k} == {True, False}


def test_copies_of_one_story_do_not_make_it_look_better() -> None:
    """Each story has one answer and a statement of its own: to know a copy is to know the story."""
    draw = np.random.default_rng(3)
    answers = [bool(draw.random() < 0.5) for _ in range(12)]
    flags = [replace(PLAIN, story=f"s{i // 5}", statement=f"value.{i // 5}") for i in range(60)]
    confirmed = [answers[i // 5] for i in range(60)]
    apart = caselearning.effect([replace(flag, story=f"x{i}") for i, flag in enumerate(flags)], confirmed)
    together = caselearning.effect(flags, confirmed)
    assert caselearning.verdict(apart) == "helps" and caselearning.verdict(together) == "no_gain"


def test_the_same_cases_teach_the_same() -> None:
    one, two = cases(40, helpful=True), cases(40, helpful=True)
    assert caselearning.revision(caselearning.fit(*one)) == caselearning.revision(caselearning.fit(*two))
    assert caselearning.effect(*one) == caselearning.effect(*two)


def test_scores_at_the_ends_stay_finite() -> None:
    flags, confirmed = cases(30, helpful=True)
    flags = [replace(flag, score=float(i % 2)) for i, flag in enumerate(flags)]
    found = caselearning.effect(flags, confirmed)
    assert found.log_loss is not None and np.isfinite(found.log_loss)
