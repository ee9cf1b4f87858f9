"""Views that people saved, and what they did with them. Part of the readmodel room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from monitor import db
from monitor.db import aware
from monitor.views import FILTERS, View

_COLUMNS = "name, page, map_entries(filters), roles, opens, view, who, acted_at"


@dataclass(frozen=True, slots=True)
class ViewChange:
    """``view`` as it was then; its filters are empty where it was removed since."""

    action: Literal["saved", "renamed", "replaced", "removed"]
    view: View


def saved_views(path: Path, *, limit: int = 500) -> list[View]:
    """Those there are, as they are now, by name; ``who`` and ``at`` tell who changed one last."""
    with db.reading(path) as con:
        found = con.execute(
            f"SELECT {_COLUMNS} FROM v_saved_views ORDER BY lower(name), view LIMIT ?", [limit]
        ).fetchall()
    return [_view(row) for row in found]


def view_changes(path: Path, *, limit: int = 500) -> list[ViewChange]:
    """What people did with views, newest first."""
    with db.reading(path) as con:
        found = con.execute(
            f"SELECT action, {_COLUMNS} FROM saved_views ORDER BY number DESC LIMIT ?", [limit]
        ).fetchall()
    return [ViewChange(row[0], _view(row[1:])) for row in found]


def _view(row: Sequence[Any]) -> View:
    name, page, filters, roles, opens, number, who, at = row
    order = list(FILTERS.get(page, {}))
    told = sorted(
        ((entry["key"], tuple(entry["value"])) for entry in filters),
        key=lambda f: (order.index(f[0]) if f[0] in order else len(order), f[0]),
    )
    return View(name, page, tuple(told), tuple(roles), tuple(opens), number, who, aware(at))
