"""How good a judge is on labelled pairs: from labels and verdicts to figures with their uncertainty. Pure but for
``Given``, which reads a file of probabilities. What the figures mean stands in docs/evaluation.md."""

from __future__ import annotations

from monitor.evaluation.given import Given
from monitor.evaluation.gold import Gold, golds
from monitor.evaluation.report import Report, assess
from monitor.evaluation.sheet import Sheet
from monitor.evaluation.tables import Table, tables

__all__ = ["Given", "Gold", "Report", "Sheet", "Table", "assess", "golds", "tables"]
