"""The goals: where each stands against its target, what changed around what we did, and our share of voice."""

from __future__ import annotations

from dashboard import components, data, goalcharts, safe
from dashboard import context as ctx
from dashboard.components import heading, soft
from dashboard.context import Context
from dashboard.safe import Html, tag
from dashboard.views.empty import next_steps
from monitor.types import Activity, Goal, Reading

MOST = 30  # goals and activities shown


def main(context: Context) -> None:
    t, identity = context.t, context.config.identity
    if not context.status.mentions:
        components.page_head(context, t("empty.title"), dated=False)
        next_steps(context)
        return
    components.page_head(context, t("goals.title"), t("goals.lead"), dated=False)
    if not identity.goals:
        components.notice(t("goals.none"))
    else:
        readings = data.goal_readings(context.database)
        if not readings and any(goal.measure for goal in identity.goals):
            components.notice(t("goals.not_read"))
        marked = data.activities(context.config, context.database)[:MOST]
        effects = data.goal_effects(context.config, context.database, t.today())
        numbered = [(str(n), activity) for n, activity in enumerate(marked, 1)]
        _activities(numbered, context)
        for goal in identity.goals[:MOST]:
            _goal(goal, [r for r in readings if r.goal == goal.id], numbered, context)
            _effects([e for e in effects if e.goal == goal.id], numbered, context)
        if effects:
            components.notice(t("goals.caution"))
    _voice(context)


def _activities(numbered: list[tuple[str, Activity]], context: Context) -> None:
    """What the numbers in the charts stand for."""
    t = context.t
    if not numbered:
        return
    items = []
    for number, activity in numbered:
        days = t.day(activity.begins)
        if activity.ends != activity.begins:
            days = f"{t.day(activity.begins)} – {t.day(activity.ends)}"
        kind = t(f"goals.kind.{activity.kind}")
        said = f"{number}. {safe.line(activity.text)}"
        items.append(tag("li", tag("b", said), tag("span", f" {kind}, {days}", cls="soft")))
    components.show(heading(t("goals.activities")), tag("ul", *items, cls="examples"))


def _goal(
    goal: Goal, readings: list[Reading], numbered: list[tuple[str, Activity]], context: Context
) -> None:
    t = context.t
    parts: list[str | Html] = [heading(safe.line(goal.text))]
    asked = [
        f"{t(f'goals.asked.{key}')}: {safe.line(told)}"
        for key, told in (("task", goal.task), ("audience", goal.audience), ("purpose", goal.purpose))
        if told
    ]
    if asked:
        parts.append(soft(" · ".join(asked)))
    if goal.measure is None:
        parts.append(tag("p", t("goals.no_measure")))
        components.show(*parts)
        return
    parts.append(soft(_what(goal, context)))
    newest = _newest(readings)
    if newest is None:
        why = readings[-1].why if readings else "no_data"
        track = "cannot_tell" if why in ("no_data", "undecided") else "not_measured"
        parts.append(tag("p", tag("span", t(f"goals.track.{track}"), cls="badge unsure")))
        parts.append(tag("p", t(f"goals.why.{why}")))
        components.show(*parts)
        return
    rests_on = t.count(f"goals.of.{_of(newest)}", newest.n)
    so_far = t("goals.so_far") if newest.at < newest.until else ""
    span = goalcharts.span(newest, t)
    if newest.unit == "count":  # what is counted is all there is
        told = t("goals.now_count", n=rests_on, span=span, so_far=so_far)
    else:
        told = t("goals.now", value=goalcharts.told(newest, t), n=rests_on, span=span, so_far=so_far)
    badge = {"reached": "positive", "on_track": "positive", "behind": "negative", "missed": "negative"}
    stands = tag("span", t(f"goals.track.{newest.track}"), cls=f"badge {badge.get(newest.track, 'unsure')}")
    parts.append(tag("p", stands, " ", tag("span", told, cls="num")))
    parts.append(tag("p", _against(newest, context), cls="num"))
    components.show(*parts)
    meant = [(n, a) for n, a in numbered if a.goal in ("", goal.id)]
    spoken = f"{told} {_against(newest, context)}"
    components.chart(goalcharts.line(readings, meant, t), spoken, f"goal_{len(goal.id)}_{goal.id}")


def _newest(readings: list[Reading]) -> Reading | None:
    """The newest period with a value: one that has only begun may have none yet."""
    return next((r for r in reversed(readings) if r.value is not None), None)


def _of(reading: Reading) -> str:
    kinds = {
        "share_of_voice": "texts",
        "open_conflicts": "flags",
        "decision_time": "flags",
        "acknowledgement_time": "incidents",
    }
    return kinds.get(reading.measure, "stories")


def _what(goal: Goal, context: Context) -> str:
    """What is measured, with what it is narrowed to."""
    t, measure = context.t, goal.measure
    assert measure is not None
    known = t.has(f"goals.measure.{measure.of}")
    name = (
        t(f"goals.measure.{measure.of}")
        if known
        else t("goals.other_measure", name=safe.line(measure.of, 80))
    )
    narrowed = [safe.line(measure.target, 80)] if measure.target else []
    if measure.statement:
        narrowed.append(safe.line(components.statement_option(measure.statement, context), 120))
    if measure.words:
        narrowed.append(", ".join(safe.line(word, 40) for word in measure.words[:8]))
    if measure.source_type:
        narrowed.append(t(f"source_types.{measure.source_type}"))
    told = [name, *narrowed, t(f"goals.per.{measure.period}")]
    return f"{t('goals.measured_by')}: {' · '.join(told)}"


def _against(r: Reading, context: Context) -> str:
    """The target in words, and where the goal should be by now."""
    t = context.t
    if r.target is None:
        return t("goals.no_target")

    def figure(value: float) -> str:
        if r.unit == "share":
            return t.percent(value)
        return t.number(value) if r.unit == "count" else t("goals.hours", n=t.number(value, 1))

    told = t("goals.target", target=figure(r.target))
    if r.deadline is not None:
        told = t("goals.target_by", target=figure(r.target), day=t.day(r.deadline))
    if r.baseline is not None:
        told += " " + t("goals.baseline", baseline=figure(r.baseline))
    if r.needed is not None and r.needed != r.target:
        told += " " + t("goals.needed", needed=figure(r.needed))
    if r.track == "cannot_tell":
        told += " " + t("goals.cannot_tell" if r.needed is not None else "goals.no_line")
    return told


def _effects(effects: list[data.Effect], numbered: list[tuple[str, Activity]], context: Context) -> None:
    """Before and after each activity, in one sentence each."""
    t = context.t
    numbers = {activity.id: number for number, activity in numbered}
    for e in effects:
        if e.activity not in numbers:
            continue
        values: dict[str, object] = {"number": numbers[e.activity], "days": t.number(e.days)}
        values |= {
            "before": t.count("count.stories", e.n_before),
            "after": t.count("count.stories", e.n_after),
        }
        told = t(f"goals.effect.{e.outcome}", **values)
        found = e.difference
        if found and found.low is not None and found.high is not None:
            assert e.before is not None and e.after is not None
            told += " " + t(
                "goals.difference",
                before=t.percent(e.before),
                after=t.percent(e.after),
                low=f"{100 * found.low:+.0f}".replace("-", "−"),
                high=f"{100 * found.high:+.0f}".replace("-", "−"),
            )
        others = [numbers[o] for o in e.overlapping if o in numbers]
        if others and found:
            told += " " + t("goals.overlapping", numbers=t.listed(others))
        components.show(soft(told))


def _voice(context: Context) -> None:
    t, period = context.t, context.period
    if not context.config.identity.competitors:
        return
    components.show(heading(t("goals.voice"), t("goals.voice_lead")))
    found = data.share_of_voice(context.config, context.database, period.since, period.until)
    if not found.sources:
        components.notice(t("goals.why.no_sources"))
        return
    if not found.voices:
        components.notice(t("overview.no_data"))
        return
    bars = [
        goalcharts.VoiceBar(safe.line(v.name, 40), v.ours, v.share, v.low, v.high) for v in found.voices[:12]
    ]
    ours = found.voices[0]
    spoken = t(
        "goals.voice_told",
        name=safe.line(ours.name, 80),
        share=t.percent(ours.share),
        interval=t.interval(ours.low, ours.high),
        texts=t.count("goals.of.texts", found.texts),
        period=t(f"period.{period.key}"),
    )
    components.chart(goalcharts.voices(bars, t), spoken, "voices")
    told = [tag("p", spoken, cls="num"), soft(t("goals.voice_caution"))]
    if found.left_out:
        told.append(soft(t.count("goals.left_out", len(found.left_out))))
    components.show(*told)


main(ctx.current())
