"""Where we look, and whether it answers: a quiet source is as worrying as a failing one."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard import components, safe, unsent
from dashboard import context as ctx
from dashboard.components import episode_span, heading
from dashboard.context import Context
from dashboard.coverage import DAYS, networks, rhythm
from dashboard.data import silent_targets, source_days, source_episodes, source_health
from dashboard.safe import Html, tag
from dashboard.views.empty import next_steps
from monitor.config import type_weights
from monitor.messages.remedies import remedy
from monitor.readmodel import SourceHealth
from monitor.types import SourceSpec

_ORDER = ("failing", "changed", "silent", "retired", "never", "waiting", "ok")
_NUMBERS = (5, 6)  # columns of the table
_EPISODES = 20  # the last so many of the period


def main(context: Context) -> None:
    t, status = context.t, context.status
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    configured = {spec.id for spec in context.config.sources}
    found = {h.source: h for h in source_health(context.database, now) if h.source in configured}
    for spec in context.config.sources:
        found.setdefault(spec.id, SourceHealth(spec.id, "never", None, None, None, None, None, None, 0, 0))
    rows = sorted(found.values(), key=lambda h: (_ORDER.index(h.state), h.source))
    down = sum(h.down for h in rows)
    title = (
        t("sources.none") if not rows else t("sources.all_ok") if not down else t.count("sources.down", down)
    )
    components.page_head(context, title, t("sources.lead"), dated=False)
    if rows:
        components.show(tag("div", _table(rows, now, context), cls="wide"), *_silent(context, now))
        components.show(*networks(now, context))
        components.show(*_episodes(configured, context))
    unsent.show(context)
    if not status.mentions:
        next_steps(context)
        return
    components.show(heading(t("sources.store")), _numbers(context))


def _table(rows: list[SourceHealth], now: datetime, context: Context) -> Html:
    t, days = context.t, source_days(context.database, now, DAYS)
    names = [
        t(f"sources.column.{key}")
        for key in ("source", "state", "success", "new", "rhythm", "mentions", "weight", "why")
    ]
    specs = {spec.id: spec for spec in context.config.sources}
    body = []
    for h in rows:
        cells: list[str | Html] = [
            _name(h.source, specs.get(h.source), context),
            tag("span", t(f"sources.state.{h.state}"), cls=f"state {h.state}"),
            t.moment(h.last_success_at),
            t.moment(h.last_new_at),
            rhythm(days.get(h.source), t),
            t.number(h.mentions),
            _weight(specs.get(h.source), context),
            _why(h, context),
        ]
        body.append(
            tag(
                "tr",
                *(
                    tag("td", c, data_name=n, cls="num" if i in _NUMBERS else "")
                    for i, (n, c) in enumerate(zip(names, cells, strict=True))
                ),
            )
        )
    head = tag(
        "tr",
        *(tag("th", name, scope="col", cls="num" if i in _NUMBERS else "") for i, name in enumerate(names)),
    )
    return tag("table", tag("thead", head), tag("tbody", *body))


def _name(source: str, spec: SourceSpec | None, context: Context) -> Html:
    own = tag("div", context.t("sources.own_place"), cls="soft") if spec and spec.own_place else ""
    return tag("div", tag("b", safe.line(source, 60)), own)


def _weight(spec: SourceSpec | None, context: Context) -> str:
    """What its mentions weigh; a dash for a source the brand file no longer names."""
    if spec is None:
        return "–"
    if spec.weight is None and spec.source_type == "other":
        return context.t("sources.by_type")  # the source tells the type of each mention by itself
    weight = type_weights()[spec.source_type] if spec.weight is None else spec.weight
    return context.t.number(weight, 0 if weight == int(weight) else 1)


def _why(h: SourceHealth, context: Context) -> Html:
    """Since when, what was said, what to do; and what was odd about the last answer."""
    t = context.t
    lines: list[str] = []
    if h.state in ("failing", "changed", "silent", "retired"):
        reason = t("sources.error", error=safe.line(h.last_error, 300)) if h.last_error else ""
        since = t("sources.since", at=t.moment(h.since)) if h.since else ""
        lines.append(" ".join(x for x in (since, reason, "" if h.down else t("sources.passing")) if x))
        lines.append(remedy(t.language, h.state, h.error_kind, h.changed))
    lines += [safe.line(warning, 200) for warning in h.warnings]
    return safe.join([tag("div", line) for line in lines if line] or [tag("div", "–")])


def _silent(context: Context, now: datetime) -> list[Html]:
    """Whom nobody talks about any more: often a matter of what is read, or of the names looked for."""
    t, found = context.t, silent_targets(context.config, now)
    if not found:
        return []
    told = [
        tag("li", tag("b", safe.line(name, 60)), " ", t("sources.silent_since", at=t.moment(since)))
        for name, since in found
    ]
    return [heading(t("sources.silent"), t("sources.silent_lead")), tag("ul", *told)]


def _episodes(configured: set[str], context: Context) -> list[Html]:
    """When which source was down in the period, newest first."""
    t, period = context.t, context.period
    found = [
        e for e in source_episodes(context.database, period.since, period.until) if e.source in configured
    ]
    title = f"{t('sources.episodes')} · {t(f'period.{period.key}')}"
    parts = [heading(title, t("sources.episodes_lead"))]
    if not found:
        parts.append(tag("p", t("sources.no_episodes"), cls="soft"))
    newest = sorted(found, key=lambda e: e.began_at, reverse=True)[:_EPISODES]
    told = [tag("li", tag("b", safe.line(e.source, 60)), " ", episode_span(e, t)) for e in newest]
    return [*parts, *([tag("ul", *told)] if told else [])]


def _numbers(context: Context) -> Html:
    t, s = context.t, context.status
    lines = [
        t(
            "sources.mentions",
            mentions=t.number(s.mentions),
            relevant=t.number(s.relevant),
            stories=t.number(s.stories),
        ),
        t(
            "sources.waiting",
            match=t.number(s.due_match),
            judge=t.number(s.due_judge),
            flag=t.number(s.due_flag),
        ),
        t(
            "sources.mails",
            sent=t.number(s.mails_sent),
            waiting=t.number(s.mails_waiting),
            failed=t.number(s.mails_failed),
        ),
        t("sources.collected", at=t.moment(s.last_collected_at)),
    ]
    return tag("div", *(tag("p", line) for line in lines))


main(ctx.current())
