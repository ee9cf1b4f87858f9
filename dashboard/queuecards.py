"""The queue of conflicts as safe markup: a row of the list, and the copies of a story."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import components, safe
from dashboard.context import Context
from dashboard.safe import Html, tag
from monitor.readmodel import QueuedStory, StoryCase


def queue_row(found: QueuedStory, number: int, context: Context, *, now: bool) -> Html:
    """A story in the list of those that wait: enough to know it by. ``now``: the one that is worked on."""
    t = context.t
    told = [
        components.statement_name(found.statement, context),
        t.percent(min(found.score, 0.99)),
        t(f"voices.{found.voice}") if found.voice != "third_party" else "",
        t.count("queue.copies", found.flags) if found.flags > 1 else "",
        "" if found.state == "open" else t(f"queue.state.{found.state}"),
        t("queue.given", to=safe.line(found.assignee, 60)) if found.assignee else "",
    ]
    title = safe.line(found.title, 120) or safe.line(found.text, 120)
    parts = [
        tag("div", tag("span", f"{t.number(number)}. "), title, cls="title"),
        tag("div", components.severity(found.severity, t), " ", " · ".join(x for x in told if x), cls="soft"),
    ]
    if now:
        return tag("div", *parts, cls="queued now", aria_current="true")
    return tag("div", *parts, cls="queued")


def copies(rows: Sequence[StoryCase], whole: int, shown: str, context: Context) -> Html:
    """The copies of a story, folded: where each was said, and what stands for its flag. ``shown``: the one above."""
    t = context.t
    lines = []
    for row in rows:
        title = safe.line(row.title, 120) or safe.line(row.source, 60)
        stands = t(f"queue.state.{row.state}") if row.state else t("queue.no_flag")
        if row.statement:
            stands = f"{stands} · {components.statement_name(row.statement, context)}"
        here = f" · {t('queue.this')}" if row.mention_id == shown else ""
        told = f" ({safe.line(row.source, 60)}, {t.moment(row.said_at)}) · {stands}{here}"
        lines.append(tag("li", safe.link(title, row.url), tag("span", told, cls="soft")))
    more = [tag("p", t("queue.more", n=t.number(whole - len(rows))), cls="soft")] if whole > len(rows) else []
    places = len({row.source for row in rows})
    head = t("queue.where", copies=t.count("queue.copies", whole), places=t.count("queue.places", places))
    return tag("details", tag("summary", head), tag("ol", *lines), *more, cls="history")
