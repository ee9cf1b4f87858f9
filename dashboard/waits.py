"""What waits for somebody, and what we set out to reach: the gravest conflicts and the goals, a line each."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import address, goalcharts, safe
from dashboard.components import heading, severity, statement_name, statement_text
from dashboard.context import Context
from dashboard.safe import Html, tag
from monitor.readmodel import Waiting
from monitor.types import Reading

_GOALS = 5
_BADGES = {"reached": "positive", "on_track": "positive", "behind": "negative", "missed": "negative"}


def cases(waiting: Waiting, context: Context) -> Html:
    """The gravest that wait for somebody, whenever they were said; the queue holds the rest."""
    t = context.t
    if not waiting.stories:
        return Html()
    lines = []
    for row in waiting.gravest:
        link = address.to(
            safe.line(row.title, 120), "conflicts", context, {"period": "all", "story": row.story}
        )
        touched = f"{statement_name(row.statement, context)}: {statement_text(row.statement, context)}"
        quote = tag("span", f"«{safe.line(row.quote, 160)}» ") if row.quote else ""
        said = tag("div", quote, tag("span", safe.line(touched, 160), cls="soft"))
        lines.append(tag("li", severity(row.level, t), " ", link, said))
    queue = address.to(t.count("overview.queue", waiting.stories), "conflicts", context, {"period": "all"})
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
