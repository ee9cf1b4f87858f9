"""What a page shows, in its address: so that a view can be mailed, and a figure leads to the mentions behind it.

Whatever an address holds was perhaps written by a stranger: it chooses among what there is, and is never shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import streamlit as st

from dashboard import safe
from dashboard.context import PERIODS, Context, Period
from dashboard.safe import Html

Filters = Mapping[str, str | Sequence[str]]
_LONGEST = 200  # characters of a value


def asked(name: str) -> str:
    """The value of this name in the address, "" for none."""
    return str(st.query_params.get(name, ""))[:_LONGEST]


def asked_all(name: str, options: Sequence[str]) -> list[str]:
    """Those of the options that the address names, in the order of the options."""
    named = {value[:_LONGEST] for value in st.query_params.get_all(name)[:50]}
    return [option for option in options if option in named]


def keep(context: Context, filters: Filters) -> None:
    """Puts what the page shows into its address."""
    wanted = {k: [v] if isinstance(v, str) else v for k, v in _with_usual(context, filters).items()}
    if wanted != {name: st.query_params.get_all(name) for name in st.query_params}:
        st.query_params.from_dict(wanted)


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
    """The days ``from`` to ``to`` (UTC, both included) of the address; None where they are not given or no days."""
    try:
        first, last = date.fromisoformat(asked("from")), date.fromisoformat(asked("to"))
    except ValueError:
        return None
    if not first <= last or last.year > 9000:
        return None
    since = datetime.combine(first, time.min, UTC)
    return Period("days", since, datetime.combine(last + timedelta(days=1), time.min, UTC))


def _with_usual(context: Context, filters: Filters) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {"lang": context.t.language}
    if context.period.key in PERIODS:
        found["period"] = context.period.key
    for name, value in filters.items():
        if value:
            found[name] = value if isinstance(value, str) else list(value)
    return found


def first_day(period: Period) -> str:
    return period.since.date().isoformat()


def last_day(period: Period) -> str:
    return (period.until - timedelta(days=1)).date().isoformat()
