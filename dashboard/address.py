"""What a page shows, in its address: so that a view can be mailed, and a figure leads to the mentions behind it.

Whatever an address holds was perhaps written by a stranger: it chooses among what there is, and is never shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import safe
from dashboard.context import PERIODS, Context, Period
from dashboard.safe import Html

Filters = Mapping[str, str | Sequence[str]]
_LONGEST = 200  # characters of a value
_THEN = "_when_kept"
_LATEST = 9000  # year
_MINUTE = "%Y-%m-%dT%H:%M"


def asked(name: str) -> str:
    """The value of this name in the address, "" for none."""
    return str(st.query_params.get(name, ""))[:_LONGEST]


def asked_all(name: str, options: Sequence[str]) -> list[str]:
    """Those of the options that the address names, in the order of the options."""
    named = {value[:_LONGEST] for value in st.query_params.get_all(name)[:50]}
    return [option for option in options if option in named]


def went_back() -> bool:
    """Whether this run was asked for by the browser's Back or Forward: then the address is right, not the widgets."""
    return bool(getattr(get_script_run_ctx(), "is_history_navigation", False))


def keep(context: Context, filters: Filters) -> None:
    """Puts what the page shows into its address."""
    wanted = {k: [v] if isinstance(v, str) else v for k, v in _with_usual(context, filters).items()}
    if wanted != said():
        st.query_params.from_dict(wanted)
    texts, then = st.session_state.pop(_THEN, (None, None))
    if then and texts is context.t:
        then()


def when_kept(context: Context, then: Callable[[], None]) -> None:
    """Once in this run, after the page has put what it shows into its address."""
    st.session_state[_THEN] = (context.t, then)


def said() -> dict[str, list[str]]:
    """The whole address."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def to(text: str | Html, page: str, context: Context, filters: Filters, *, cls: str = "") -> Html:
    """A link to a page of ours in the language and period of this one."""
    return safe.inside(text, page, _with_usual(context, filters), cls=cls)


def of(page: str, context: Context, filters: Filters) -> str:
    """The address that ``to`` leads to."""
    return safe.within(page, _with_usual(context, filters))


def behind(text: str | Html, context: Context, filters: Filters) -> Html:
    """A figure that leads to its mentions."""
    return to(text, "mentions", context, filters, cls="behind")


def period_asked() -> str | None:
    value = asked("period")
    return value if value in PERIODS else None


def days(context: Context) -> Period | None:
    """What ``from`` and ``to`` of the address name, in UTC: two days, both included, or two times, the last excluded;
    None where they are not given or neither."""
    begin, end = asked("from"), asked("to")
    try:
        if "T" in begin or "T" in end:
            since, until = (datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (begin, end))
        else:
            first, last = date.fromisoformat(begin), date.fromisoformat(end)
            since = datetime.combine(first, time.min, UTC)
            until = datetime.combine(min(last, date.max - timedelta(days=1)), time.min, UTC) + timedelta(
                days=1
            )
    except ValueError:
        return None
    if not since < until or until.year > _LATEST:
        return None
    return Period("days", since, until)


def _with_usual(context: Context, filters: Filters) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {"lang": context.t.language}
    if context.period.key in PERIODS:
        found["period"] = context.period.key
    for name, value in filters.items():
        if value:
            found[name] = value if isinstance(value, str) else list(value)
    return found


def span(since: datetime, until: datetime) -> dict[str, str]:
    """``from`` and ``to`` for exactly [since, until): as days where it is whole days in UTC, else as times."""
    begin, end = since.astimezone(UTC), until.astimezone(UTC)
    if begin.time() == end.time() == time.min:
        return {"from": begin.date().isoformat(), "to": (end - timedelta(days=1)).date().isoformat()}
    return {"from": begin.strftime(_MINUTE), "to": end.strftime(_MINUTE)}


def first_day(period: Period) -> str:
    return span(period.since, period.until)["from"]


def last_day(period: Period) -> str:
    return span(period.since, period.until)["to"]
