"""Incidents: the list, or the one in the address (?id=): what happened, how it spread, and what people do with it."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from dashboard import address, charts, components, data, handling, incidentcards, replaying
from dashboard import context as ctx
from dashboard.components import heading
from dashboard.context import Context
from dashboard.language import Texts
from dashboard.safe import line, tag
from dashboard.views.empty import next_steps
from dashboard.views.paging import page_buttons, page_number
from monitor.types import IncidentSummary, KnownIncident

PAGE = 10
_MOST = 500


def main(context: Context) -> None:
    t = context.t
    if not context.status.mentions:
        components.page_head(context, t("empty.title"), dated=False)
        next_steps(context)
        return
    asked = st.query_params.get("id", "")
    known = data.incident(context.database, asked) if asked else None
    if known is not None:
        _one(known, context)
        return
    _list(context, missing=bool(asked))


def _list(context: Context, *, missing: bool) -> None:
    t, period, now = context.t, context.period, datetime.now(UTC)
    rows = data.incidents(context.database, period.since, period.until, _MOST)
    going = sum(row.end is None for row in rows)
    title = t.count("incidents.going", going) if going else t("incidents.none_going")
    components.page_head(context, title, t("incidents.lead"))
    if missing:
        components.notice(t("incidents.unknown"), warn=True)
    if not rows:
        components.notice(t("overview.no_incidents"))
        return
    rows = sorted(rows, key=lambda row: row.end is not None)
    number, pages = page_number("incidents", (period.key,), len(rows), PAGE)
    for row in rows[number * PAGE : (number + 1) * PAGE]:
        with st.container(key=f"incident_{row.id}", gap="small"):
            components.show(incidentcards.listed_card(row, now, t))
            st.button(
                t("incidents.open"), key=f"open_{row.id}", type="tertiary", on_click=_go, args=(row.id,)
            )
    page_buttons("incidents", number, pages, t)


def _go(incident: str | None) -> None:
    if incident:
        st.query_params["id"] = incident
    else:
        st.query_params.pop("id", None)
        st.query_params.pop("at", None)


def _one(known: KnownIncident, context: Context) -> None:
    t, path = context.t, context.database
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    found = data.incident_summary(path, known, now)
    st.button(t("incidents.back"), key="incidents_back", type="tertiary", on_click=_go, args=(None,))
    head = found.headline
    title = f"«{line(head.title or head.text, 200)}»" if head else incidentcards.names(found, t)
    components.page_head(context, title, incidentcards.names(found, t) if head else "", dated=False)
    handling.told(t)
    i = found.incident
    ended = t("incident.ended", at=t.moment(i.end)) if i.end else t("incident.open")
    size = t(
        "incidents.size",
        stories=t.count("count.stories", found.stories),
        mentions=t.count("count.mentions", found.mentions),
        observed=t.number(i.observed),
        expected=t.number(i.expected, 1),
    )
    components.show(
        incidentcards.badges(found.severity, found.phase, found.reasons, t),
        tag("p", tag("span", t("incident.began", at=t.moment(i.start))), " · ", ended),
        tag("p", size),
        tag("p", _peak("incident.peak", found, t), cls="soft"),
        *incidentcards.standing(found, now, t),
    )
    handling.control(known, context)
    _spread(found, context)
    replaying.replay(known, found, now, context)
    address.keep(context, {"id": known.id, "at": replaying.moment_kept(known)})
    components.show(heading(t("incidents.what"), t("incidents.what_lead")))
    if found.phrases:
        components.show(tag("p", t("incidents.phrases"), cls="soft"), incidentcards.phrases(found.phrases))
    components.show(incidentcards.facts(found, context))
    components.show(*(incidentcards.excerpt_card(quote, context) for quote in found.quotes))
    if not found.quotes:
        components.show(tag("p", t("incidents.no_quotes"), cls="soft"))
    if found.of < found.stories:
        components.show(
            components.soft(t("incidents.read", of=t.number(found.of), stories=t.number(found.stories)))
        )
    components.show(heading(t("incidents.ours")))
    components.show(*(incidentcards.excerpt_card(quote, context) for quote in found.ours))
    if not found.ours:
        components.show(tag("p", t("incidents.silent"), cls="soft"))
    _done(known, context)


def _spread(found: IncidentSummary, context: Context) -> None:
    t = context.t
    components.show(
        heading(t("incidents.spread"), t("incidents.spread_lead" if found.usual else "incidents.spread_new"))
    )
    rows = charts.spread_rows(found, t)
    components.chart(charts.spread(rows, t), _peak("incidents.spoken", found, t), "spread")


def _peak(key: str, found: IncidentSummary, t: Texts) -> str:
    """The fullest hour of the curve that is drawn. What raised the alarm can be a part of it."""
    fullest = max(found.curve, key=lambda bin: bin.count or 0, default=None)
    n, at = (fullest.count or 0, fullest.at) if fullest else (found.incident.peak_count, found.incident.peak)
    return t(key, n=t.number(n), at=t.moment(at))


def _done(known: KnownIncident, context: Context) -> None:
    t, path = context.t, context.database
    actions, mails = data.incident_log(path, known.id)
    components.show(heading(t("incidents.done")))
    components.show(*(incidentcards.action_line(row, t) for row in actions))
    if not actions:
        components.show(tag("p", t("incidents.nothing_done"), cls="soft"))
    components.show(heading(t("incidents.mails")))
    components.show(
        incidentcards.mail_table(mails, t) if mails else tag("p", t("incidents.no_mails"), cls="soft")
    )


main(ctx.current())
