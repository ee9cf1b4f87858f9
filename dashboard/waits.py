"""What waits for somebody, and what we set out to reach: the gravest conflicts and the goals, a line each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from dashboard import address, data, goalcharts, safe
from dashboard.components import by_mention, heading, severity, statement_name, statement_text
from dashboard.context import Context
from dashboard.safe import Html, tag
from monitor.types import Reading

_CONFLICTS = 3
_GOALS = 5
_EVER = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
_BADGES = {"reached": "positive", "on_track": "positive", "behind": "negative", "missed": "negative"}


def cases(waiting: int, context: Context) -> Html:
    """The gravest that wait for somebody, whenever they were said; the queue holds the rest."""
    t = context.t
    if not waiting:
        return Html()
    rows = data.conflicts(
        context.database,
        _EVER[0],
        _EVER[1],
        (),
        (),
        (),
        limit=_CONFLICTS,
        offset=0,
        states=("open", "to_confirm"),
    )
    lines = []
    for group in by_mention(rows):
        row = group[0].row
        title = safe.line(row.mention.title or row.mention.text, 120)
        link = address.to(title, "conflicts", context, {"period": "all", "mention": row.mention.id})
        named = f"{statement_name(row.statement, context)}: {statement_text(row.statement, context)}"
        quote = tag("span", f"«{safe.line(row.quote, 160)}»") if row.quote else ""
        lines.append(
            tag(
                "li",
                severity(row.severity, t),
                " ",
                link,
                tag("div", quote, " ", tag("span", safe.line(named, 160), cls="soft")),
            )
        )
    queue = address.to(t.count("overview.queue", waiting), "conflicts", context, {"period": "all"})
    return tag(
        "div", heading(t("overview.conflicts")), tag("ul", *lines, cls="rows"), tag("p", queue, cls="links")
    )


def goals(readings: Mapping[str, Reading], context: Context) -> Html:
    """A line a goal: how it stands, and the figure with its interval."""
    t, wanted = context.t, context.config.identity.goals
    if not wanted:
        return Html()
    rows = []
    order = sorted(wanted, key=lambda goal: _rank(readings.get(goal.id)))  # what is off course first
    for goal in order[:_GOALS]:
        reading = readings.get(goal.id)
        name = address.to(safe.line(goal.text, 160), "goals", context, {})
        measured = reading is not None and reading.value is not None
        track = reading.track if reading and measured else "not_measured"
        told = _told(reading, context) if reading else ""
        badge = tag("span", t(f"goals.track.{track}"), cls=f"badge {_BADGES.get(track, 'unsure')}")
        rows.append(tag("li", badge, " ", name, tag("div", told, cls="soft num") if told else ""))
    more = len(wanted) - _GOALS
    all_ = address.to(t.count("overview.more_goals", more), "goals", context, {}) if more > 0 else ""
    return tag(
        "div",
        heading(t("nav.goals")),
        tag("ul", *rows, cls="rows"),
        tag("p", all_, cls="links") if all_ else "",
    )


def _told(reading: Reading, context: Context) -> str:
    """ "Andel positive saker: 29 % (8–65 %)"; why there is no figure where there is none."""
    t, key = context.t, f"goals.measure.{reading.measure}"
    told = goalcharts.told(reading, t)
    if reading.value is None or not t.has(key):
        return told
    named = t(key)
    return f"{named[:1].upper()}{named[1:]}: {told}"


def _rank(reading: Reading | None) -> int:
    if reading is None or reading.value is None:
        return 9
    return ("missed", "behind", "cannot_tell", "on_track", "reached").index(reading.track)
