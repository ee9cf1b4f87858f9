"""Views that people saved, and what became of them. Part of the store room."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from monitor.db import Con, naive
from monitor.errors import StoreError
from monitor.views import View, key

Change = Literal["saved", "renamed", "replaced"]


def put(con: Con, view: View, action: Change) -> bool:
    """See ``Store.put_view``; inside the caller's transaction."""
    same = con.execute("SELECT view, name FROM v_saved_views").fetchall()
    taken = {key(name): number for number, name in same}
    if action == "saved":
        if key(view.name) in taken:
            raise StoreError(
                f"there is a view called {view.name!r} already. Remedy: another name, or replace that one"
            )
    elif view.number not in taken.values():
        raise StoreError("there is no such view any more. Remedy: omdomme views list shows those there are")
    elif taken.get(key(view.name), view.number) != view.number:
        raise StoreError(f"there is a view called {view.name!r} already. Remedy: another name")
    number = _next(con)
    row = [
        action, view.name, view.page, [name for name, _ in view.filters], [list(v) for _, v in view.filters],
        list(view.roles), list(view.opens),
    ]  # fmt: skip
    if (
        action != "saved"
        and con.execute(
            """
        SELECT true FROM v_saved_views WHERE view = ? AND name = ? AND page = ?
        AND filters = map(?::VARCHAR[], ?::VARCHAR[][]) AND roles = ?::VARCHAR[] AND opens = ?::VARCHAR[]""",
            [view.number, *row[1:]],
        ).fetchone()
    ):
        return False
    con.execute(
        "INSERT INTO saved_views VALUES (?, ?, ?, ?, ?, map(?::VARCHAR[], ?::VARCHAR[][]), ?, ?, ?, ?)",
        [number, view.number or number, *row, view.who, naive(view.at)],
    )
    return True


def remove(con: Con, view: int, who: str, at: datetime, *, wholly: bool) -> bool:
    """See ``Store.remove_view``; inside the caller's transaction."""
    row = con.execute("SELECT name, page FROM v_saved_views WHERE view = ?", [view]).fetchone()
    if wholly:
        found = con.execute("SELECT count(*) FROM saved_views WHERE view = ?", [view]).fetchone()
        con.execute("DELETE FROM saved_views WHERE view = ?", [view])
        return bool(found and found[0])
    if row is None:
        return False
    con.execute(
        "INSERT INTO saved_views VALUES (?, ?, 'removed', ?, ?, MAP {}, [], [], ?, ?)",
        [_next(con), view, *row, who, naive(at)],
    )
    con.execute("UPDATE saved_views SET filters = MAP {} WHERE view = ?", [view])
    return True


def _next(con: Con) -> int:
    row = con.execute("SELECT coalesce(max(number), 0) + 1 FROM saved_views").fetchone()
    return int(row[0]) if row else 1
