"""What is new since this person last looked at the overview, each thing with a link to what is behind it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard import address, components, overviewdata, safe
from dashboard.charts import SIGNS
from dashboard.components import heading
from dashboard.context import Context
from dashboard.safe import Html, tag
from monitor import readmodel
from monitor.readmodel import NewIncident, News, NewStory, TargetNews

_SINCE, _KEPT = "looked_since", "looked_kept"
_FIRST = timedelta(days=1)  # what a first visit is shown
_SHOWN = 3  # flags, decisions and so on


def show(context: Context) -> None:
    t, now = context.t, datetime.now(UTC)
    before = _last(context, now)
    since = before or now - _FIRST
    floor = since.replace(minute=since.minute - since.minute % 5, second=0, microsecond=0)
    found = overviewdata.news(context.database, floor, context.viewer.name)
    told = t("since.last", at=t.moment(before)) if before else t("since.first")
    if not found:
        components.show(tag("p", f"{told}: {t('since.nothing')}", cls="soft quiet"))
        return
    components.show(heading(t("since.title"), told), tag("ul", *_lines(found, since, context), cls="news"))


def keep(context: Context) -> None:
    """Remembers this visit, once a session. Called when the page is drawn, so that nobody waits for it."""
    who = context.viewer.subject
    if st.session_state.get(_KEPT) == who:
        return
    from monitor.pipeline import looking

    if looking.looked(context.database, who, datetime.now(UTC)):
        st.session_state[_KEPT] = who


def _last(context: Context, now: datetime) -> datetime | None:
    """When the visit before this one began; the same all session long. None = there was none."""
    who = context.viewer.subject
    known: tuple[str, datetime | None] | None = st.session_state.get(_SINCE)
    if known is None or known[0] != who:
        look = readmodel.last_look(context.database, who)
        known = st.session_state[_SINCE] = (who, look.compared_with(now) if look else None)
    return known[1]


def _lines(found: News, since: datetime, context: Context) -> list[Html]:
    t = context.t
    lines = [_target(target, since, context) for target in found.targets]
    lines += [_story(story, context) for story in found.heaviest]
    lines += [_incident(row, context) for row in found.incidents]
    if found.flags:
        named = [_case(row.story, row.title, context) for row in found.flagged[:_SHOWN]]
        lines.append(_list(t.count("since.flags", found.flags), named, found.flags))
    if found.decided:
        named = [
            safe.join(
                [
                    _behind(row.title, {"id": row.mention_id}, context),
                    f" ({t(f'since.action.{row.action}', who=safe.line(row.who, 80))})",
                ]
            )
            for row in found.decisions[:_SHOWN]
        ]
        lines.append(_list(t.count("since.decided", found.decided), named, found.decided))
    texts = {goal.id: goal.text for goal in context.config.identity.goals}
    for move in found.goals:
        if move.goal in texts:
            name = address.to(safe.line(texts[move.goal], 120), "goals", context, {})
            was, now = (t(f"goals.track.{track}").lower() for track in (move.before, move.now))
            lines.append(tag("li", t("since.goal"), " ", name, ": ", t("since.from_to", was=was, now=now)))
    return lines


def _target(found: TargetNews, since: datetime, context: Context) -> Html:
    """ "Lomvi: 7 nye saker (4 negative, 2 nøytrale, 1 usikker)"."""
    t = context.t
    filters = {"target": found.target, **_days(since, datetime.now(UTC))}
    parts: list[str | Html] = []
    for label in ("negative", "neutral", "positive", "unsure"):
        if number := getattr(found, label):
            told = t.count(f"since.split.{label}", number)
            narrowed = filters if label == "unsure" else {**filters, "label": [label]}
            parts.append(address.behind(told, context, narrowed))
    count = address.behind(t.count("since.stories", found.stories), context, filters)
    name = tag("b", safe.line(found.target, 80))
    return tag("li", name, ": ", count, " (", safe.join(parts, ", "), ")", cls="num")


def _story(found: NewStory, context: Context) -> Html:
    t = context.t
    known = found.standing in SIGNS
    word = (
        f"{SIGNS[found.standing]} {t(f'labels.{found.standing}').lower()}" if known else t("labels.unjudged")
    )
    copies = f", ×{t.number(found.copies)}" if found.copies > 1 else ""
    told = t("since.toward", label=word, name=safe.line(found.target, 80), source=safe.line(found.source, 60))
    link = _behind(found.title, {"story": found.story}, context)
    return tag("li", link, " ", tag("span", f"{told}{copies}", cls="soft"), cls="story_new")


def _incident(found: NewIncident, context: Context) -> Html:
    t = context.t
    title = safe.line(found.title, 120) or safe.line(found.target, 80)
    key = "since.incident_over" if found.closed else "since.incident_new"
    return tag("li", t(key), " ", address.to(title, "incidents", context, {"id": found.id}))


def _list(told: str, named: list[Html], of: int) -> Html:
    more = f" … +{of - len(named)}" if of > len(named) else ""
    return tag("li", told, ": ", safe.join(named, " · "), more)


def _case(story: str, title: str, context: Context) -> Html:
    filters = {"period": "all", "state": "all", "story": story}
    return address.to(safe.line(title, 90), "conflicts", context, filters)


def _behind(title: str, filters: dict[str, str], context: Context) -> Html:
    return address.behind(safe.line(title, 120), context, {"period": "all", **filters})


def _days(first: datetime, last: datetime) -> dict[str, str]:
    return {"from": first.astimezone(UTC).date().isoformat(), "to": last.astimezone(UTC).date().isoformat()}
