"""Fits what people's decisions teach, tells what it does to cases it has not seen, and stores it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor import caselearning, readmodel
from monitor.caselearning import Effect, Flagged, Why
from monitor.errors import StoreError
from monitor.readmodel import LearningCase
from monitor.store import Fitted, Store
from monitor.types import BrandIdentity

ALLOWED = "adjustment"  # the setting: "allowed" once a person has said that what helps may be used
SHOWN = 8  # weights told to a person


@dataclass(frozen=True, slots=True)
class LearnReport:
    """``used``: it is applied from now on; ``why`` says why, or why not. ``weights`` holds the largest, by size.

    ``would_set_aside`` of the ``undecided`` flags have an adjusted score below one half: those are the ones put aside
    when it is used. ``stored`` False: nothing new was written.
    """

    model: str | None
    effect: Effect
    used: bool
    why: Why
    revision: str = ""
    weights: tuple[tuple[str, float], ...] = ()
    undecided: int = 0
    would_set_aside: int = 0
    stored: bool = False


def learn(
    store: Store, identity: BrandIdentity, at: datetime, *, allow: bool | None = None, dry: bool = False
) -> LearnReport:
    """Fits to every decision there is; what helps comes into use once a person has allowed it, what does not goes out.

    ``allow`` True or False is that person's word, kept for the runs to come; None leaves it as it is. ``dry`` writes
    nothing. Raises StoreError when the brand file was changed and nothing has been flagged against it yet.
    """
    if store.setting("identity") not in (None, identity.hash):
        raise StoreError(
            "The brand file has changed since mentions were last flagged. Remedy: omdomme analyse, then again"
        )
    allowed = allow if allow is not None else store.setting(ALLOWED) == "allowed"
    if allow is not None and not dry:
        store.set_setting(ALLOWED, "allowed" if allow else "")
    model, decided = readmodel.decided_cases(store.path)
    kinds: dict[str, str] = {statement.id: statement.kind for statement in identity.statements}
    flags, confirmed = _flags(decided, kinds), [bool(case.confirmed) for case in decided]
    found = caselearning.effect(flags, confirmed)
    why: Why = caselearning.verdict(found) if model else "no_flags"
    weights: dict[str, float] = {}
    if why in ("helps", "no_gain"):
        weights = caselearning.by_statement(caselearning.fit(flags, confirmed), kinds)
    if why == "helps" and not allowed:
        why = "not_allowed"
    undecided = _flags(readmodel.undecided_cases(store.path, model or ""), kinds) if weights else []
    below = int((caselearning.adjusted(undecided, weights) < caselearning.CONFLICT_FROM).sum())
    report = LearnReport(
        model, found, why == "helps", why, caselearning.revision(weights) if weights else "",
        tuple(sorted(weights.items(), key=_distance, reverse=True)[:SHOWN]), len(undecided), below,
    )  # fmt: skip
    if dry or model is None or (not found.cases and readmodel.adjustment(store.path) is None):
        return report
    figures = (
        found.log_loss, found.log_loss_model, found.log_loss_majority, found.gain_low, found.gain_high, found.f1,
        found.f1_model, found.f1_majority,
    )  # fmt: skip
    counts = (found.cases, found.confirmed, found.stories)
    fitted = Fitted(report.revision, identity.hash, model, at, report.used, why, *counts, figures, weights)
    return replace(report, stored=store.add_adjustment(fitted))


def _distance(item: tuple[str, float]) -> float:
    """From where the weight changes nothing."""
    name, weight = item
    return abs(weight - (1.0 if name == "score" else 0.0))


def _flags(cases: Sequence[LearningCase], kinds: dict[str, str]) -> list[Flagged]:
    return [
        Flagged(
            c.story,
            c.score,
            c.flagged,
            c.statement,
            kinds.get(c.statement, ""),
            c.voice,
            c.source_type,
            c.role_mixing,
        )
        for c in cases
    ]
