"""How an incident grew: a moment is chosen, and the page tells what had been said, touched and mailed by then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

import streamlit as st

from dashboard import address, charts, components, data, safe
from dashboard.components import heading, statement_name
from dashboard.context import Context
from dashboard.safe import Html, tag
from monitor.readmodel import IncidentMail, Replay, ReplayStep
from monitor.types import IncidentSummary, KnownIncident

_AT = "replay_at"
_FORM = "%Y-%m-%dT%H"  # of a moment in the address, UTC
EARLIER_KEY, LATER_KEY = "K", "J"


def replay(known: KnownIncident, found: IncidentSummary, now: datetime, context: Context) -> None:
    """The whole section. Every step is told from the same cached read."""
    t, path = context.t, context.database
    whole = data.incident_replay(path, known, now)
    moments = [step.at for step in whole.steps]
    components.show(heading(t("replay.title"), t("replay.lead")))
    if len(moments) < 2:
        components.show(tag("p", t("replay.short"), cls="soft"))
        return
    _begin(known.id, moments)
    with st.container(key="replay", gap="small"):
        chosen = st.select_slider(t("replay.moment"), moments, key=_AT, format_func=t.moment)
        number = moments.index(chosen)
        with st.container(horizontal=True):
            _step("earlier", number - 1, moments, EARLIER_KEY, context)
            _step("later", number + 1, moments, LATER_KEY, context)
            _step("biggest", _biggest(whole.steps), moments, None, context)
            _step("whole", len(moments) - 1, moments, None, context)
        step = whole.steps[number]
        summed = t(
            "replay.so_far",
            at=t.moment(step.at),
            stories=t.count("count.stories", step.stories),
            mentions=t.count("count.mentions", step.mentions),
        )
        components.show(tag("p", summed, role="status"))
        rows = charts.spread_rows(found, t)
        components.chart(charts.replay(rows, t.local(step.at), t), summed, "replay_chart")
        mails = data.incident_log(path, known.id)[1]
        components.show(_by_then(whole, step, mails, context))


def moment_kept(known: KnownIncident) -> str:
    """The moment that is shown, as the address has it; "" = the last one there is."""
    kept = st.session_state.get(_AT)
    last = st.session_state.get(f"{_AT}_last") == kept
    if kept is None or last or st.session_state.get(f"{_AT}_of") != known.id:
        return ""
    return str(kept.astimezone(UTC).strftime(_FORM))


def _begin(incident: str, moments: Sequence[datetime]) -> None:
    """At first the moment of the address, else the end; afterwards the one that was chosen, while it is there."""
    state = st.session_state
    if state.get(f"{_AT}_of") != incident:
        state[f"{_AT}_of"] = incident
        state[_AT] = _asked(moments)
    elif state.get(_AT) not in moments:
        state[_AT] = moments[-1]
    elif state[_AT] == state.get(f"{_AT}_last"):
        state[_AT] = moments[-1]  # goes on with an incident that goes on
    state[f"{_AT}_last"] = moments[-1]


def _asked(moments: Sequence[datetime]) -> datetime:
    try:
        at = datetime.strptime(address.asked("at"), _FORM).replace(tzinfo=UTC)
    except ValueError:
        return moments[-1]
    return min(moments, key=lambda moment: abs(moment - at))


def _step(name: str, to: int, moments: Sequence[datetime], key: str | None, context: Context) -> None:
    inside = 0 <= to < len(moments)
    st.button(
        context.t(f"replay.{name}"),
        key=f"replay_{name}",
        shortcut=key,
        disabled=not inside or st.session_state[_AT] == moments[to],
        on_click=_go,
        args=(moments[to] if inside else moments[-1],),
    )


def _go(moment: datetime) -> None:
    st.session_state[_AT] = moment


def _biggest(steps: Sequence[ReplayStep]) -> int:
    """The hour in which the most stories were told for the first time."""
    new = [steps[0].stories, *(b.stories - a.stories for a, b in pairwise(steps))]
    return max(range(len(new)), key=lambda n: (new[n], -n))


def _by_then(whole: Replay, step: ReplayStep, mails: Sequence[IncidentMail], context: Context) -> Html:
    """What had been said, touched and mailed by then, as a list of named lines."""
    t = context.t
    rows: list[tuple[str, list[str | Html]]] = []
    first = whole.told.get(whole.first or "")
    if first and first.at < step.at:
        said = safe.link(safe.line(first.title, 160), first.url)
        rows.append(
            (t("replay.first"), [f"{t.moment(first.at)}: ", said, f" ({safe.line(first.source, 60)})"])
        )
    else:
        rows.append((t("replay.first"), [t("replay.nothing")]))
    for number, (story, copies) in enumerate(step.biggest):
        told = whole.told.get(story)
        if told is None:
            continue
        link = address.to(safe.line(told.title, 160), "mentions", context, {"story": story})
        of = f" ({t.count('queue.copies', copies)})" if copies > 1 else ""
        rows.append(("" if number else t("replay.stories"), [link, of]))
    touched = [(name, sum(at < step.at for at in times)) for name, times in whole.statements]
    named = [f"{statement_name(name, context)} ({t.count('count.stories', n)})" for name, n in touched if n]
    rows.append((t("replay.statements"), [t.listed(named) if named else t("replay.none")]))
    sent = [
        mail for mail in mails if mail.finished_at and mail.state == "sent" and mail.finished_at <= step.at
    ]
    lines = [tag("div", f"{t.moment(m.finished_at)}: {safe.line(m.subject, 160)}") for m in sent[-5:]]
    count = [t.count("replay.mails_sent", len(sent))] if sent else [t("replay.none")]
    rows.append((t("replay.mails"), [*count, *lines]))
    return tag("table", tag("tbody", *(tag("tr", tag("th", name), tag("td", *told)) for name, told in rows)))
