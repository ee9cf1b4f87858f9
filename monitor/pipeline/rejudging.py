"""Judges again what another model judged last, batch by batch. No state of its own: what is left is what is due."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from monitor.errors import StoreError
from monitor.pipeline.analysing import Analyser
from monitor.pipeline.reports import Progress, RejudgeReport
from monitor.types import Asking, Verdict


def rejudge(analyser: Analyser, since: datetime | None, batch: int, progress: Progress) -> RejudgeReport:
    """Each batch is written before the next is judged, so a process that is killed loses one batch's work at most.

    People's corrections stay as they are. Where a pair was judged by the configured model before (a model was tried
    and given up again), that verdict is taken up without asking it. Raises StoreError when the brand file was
    changed and nothing has been matched against it yet.
    """
    store, models = analyser.store, analyser.models
    in_force = store.setting("identity")
    if in_force is not None and in_force != analyser.config.identity.hash:
        raise StoreError(
            "The brand file has changed since mentions were last matched. Remedy: omdomme analyse, then again"
        )
    asking = analyser.classifier if isinstance(analyser.classifier, Asking) else None
    if asking:
        asking.begin()
    total = store.count_outdated(models, since)
    judged = known = corrected = 0
    changes: Counter[tuple[str, str]] = Counter()
    why = ""
    while not why and (found := store.outdated_verdicts(models, batch, since)):
        kept = [(row, row.known) for row in found if row.known is not None]
        store.add_verdicts([(row.mention, verdict) for row, verdict in kept], analyser.now(), again=True)
        asked = [row for row in found if row.known is None]
        answers = analyser.judge([(row.mention, row.target) for row in asked], again=True)
        for row, verdict in [*kept, *zip(asked, answers, strict=True)]:
            if verdict is not None:
                changes[_standing(row.before), _standing(verdict)] += 1
                corrected += row.corrected
        known += len(kept)
        judged += sum(verdict is not None for verdict in answers)
        progress(known + judged, total, "rejudge")
        why = asking.stopped if asking else ""
    return RejudgeReport(
        models,
        judged,
        known,
        corrected,
        tuple((before, now, count) for (before, now), count in sorted(changes.items())),
        store.count_outdated(models, since),
        why,
    )


def _standing(verdict: Verdict) -> str:
    """As pages show it: doubt is its own value and never neutral."""
    return verdict.label if verdict.status == "judged" else verdict.status
