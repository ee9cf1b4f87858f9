"""The sections of a digest, each from its own figures; None where nothing is known about them. Pure.

Whatever a stranger wrote becomes one bounded line in which no mail program finds a link.
"""

from __future__ import annotations

from datetime import timedelta
from statistics import median

from monitor.digest import Figures, GoalState, Happened, Mover, Row, Section, SourceMove, Waiting
from monitor.digest.curve import picture
from monitor.digest.speaking import Speaker
from monitor.messages.lines import NAME_LIMIT, evidence, one_line, texts_of
from monitor.readmodel import Share, Standing, count_change, share_change
from monitor.types import Excerpt, Label

STATEMENT_LIMIT = 160
SIGNS: dict[Label, str] = {"negative": "−", "neutral": "○", "positive": "+"}
MOST_LEADERS, MOST_WAITING, MOST_INCIDENTS, MOST_ROWS = 12, 3, 6, 8
SMALLEST = 0.0005  # of an effect: half a tenth of a point, shown as 0,1


def standing(figures: Figures, say: Speaker) -> Section:
    """The brand with its curve, then its leaders, those not spoken of included; or whom a view names."""
    found = {s.target: s for s in figures.standings}
    rows = [_target(name, found.get(name), figures, say) for name in figures.subjects[: 1 + MOST_LEADERS]]
    curve = picture(figures, say)
    return Section(
        "standing", say.words.headings["standing"], "", (rows[0], *([curve] if curve else []), *rows[1:])
    )


def _target(name: str, now: Standing | None, figures: Figures, say: Speaker) -> Row:
    words, before = say.words, say.words.before[figures.kind]
    shown = one_line(name, NAME_LIMIT)
    if now is None:
        return Row(shown, (words.not_named,))
    stories = say.count(words.stories, now.stories)
    if now.previous is None:
        lines = [words.no_before.format(stories=stories, before=before)]
    else:
        change = words.volume[count_change(now.stories, now.previous.stories)]
        n = say.number(now.previous.stories)
        lines = [words.stories_before.format(stories=stories, before=before, n=n, change=change)]
    if now.negative_share.value is None:
        lines.append(words.unjudged)
    else:
        earlier = now.previous
        lines.append(
            _share("negative", now.negative_share, earlier.negative_share if earlier else None, before, say)
        )
        lines.append(
            _share("positive", now.positive_share, earlier.positive_share if earlier else None, before, say)
        )
        doubtful = now.unsure + now.unjudged
        if doubtful:
            lines.append(say.in_words(words.unsure, doubtful))
    return Row(shown, tuple(lines))


def _share(label: Label, now: Share, earlier: Share | None, before: str, say: Speaker) -> str:
    words, told = say.words, say.of_share(now)
    if told is None:
        return words.unjudged
    share = words.share.format(sign=SIGNS[label], share=told[0], label=words.labels[label], interval=told[1])
    was = say.of_share(earlier) if earlier else None
    if was is None:
        return f"{share}."
    change = words.shares[share_change(now, earlier)]
    return (
        words.share_before.format(share=share, before=before, value=was[0], interval=was[1], change=change)
        + "."
    )


def moved(figures: Figures, say: Speaker) -> Section:
    """A story that moved several is told once, with what it did to each."""
    words = say.words
    together: dict[tuple[str, str, str], list[Mover]] = {}
    for mover in figures.movers:
        if abs(mover.effect) >= SMALLEST:
            together.setdefault((mover.url, mover.title, mover.text), []).append(mover)
    stories = [_story(movers, say) for movers in together.values()]
    sources = [_source(move, figures, say) for move in figures.source_moves if abs(move.effect) >= SMALLEST]
    rows = (*stories, *sources)
    return Section("moved", words.headings["moved"], words.moved_lead if rows else words.moved_none, rows)


def _effect(target: str, effect: float, stories: int, say: Speaker) -> str:
    return say.words.effect["up" if effect > 0 else "down"].format(
        target=one_line(target, NAME_LIMIT),
        points=say.points(effect),
        stories=say.count(say.words.stories, stories),
    )


def _story(movers: list[Mover], say: Speaker) -> Row:
    first = movers[0]
    lines = [_effect(mover.target, mover.effect, mover.stories, say) for mover in movers]
    if first.copies > 1:
        lines[0] += " " + say.count(say.words.copies, first.copies)
    return _quoted(Excerpt("", first.title, first.text, first.url, first.source, first.at), lines, say)


def _source(move: SourceMove, figures: Figures, say: Speaker) -> Row:
    words, counted = say.words, []
    for label, now, earlier in (
        ("negative", move.negative, move.negative_before),
        ("positive", move.positive, move.positive_before),
    ):
        template = words.counted if earlier is None else words.counted_before
        counted.append(
            template.format(
                n=say.number(now),
                label=words.labels["negative" if label == "negative" else "positive"],
                before=words.before[figures.kind],
                m=say.number(earlier or 0),
            )
        )
    effect = _effect(figures.subjects[0], move.effect, move.stories, say)
    line = words.source_move.format(negative=counted[0], positive=counted[1])
    return Row(one_line(move.source, NAME_LIMIT), (f"{effect} {line}",))


def flags(figures: Figures, say: Speaker) -> Section:
    words, heading = say.words, say.words.headings["flags"]
    decided = [
        say.count(words.decided[action], figures.decided[action])
        for action in ("confirmed", "dismissed", "reopened")
        if figures.decided and figures.decided.get(action)
    ]
    if not decided and not figures.open_flags:
        return Section("flags", heading, words.flags_none)
    lead = words.flags_decided.format(decided=say.listed(decided)) if decided else words.decided_none
    if figures.open_flags:
        lead = f"{say.count(words.flags_open, figures.open_flags)} {lead}"
    rows = [_flag(flag, say) for flag in figures.waiting[:MOST_WAITING]]
    more = figures.open_flags - len(rows)
    if rows and more > 0:
        rows.append(Row("", (say.count(words.and_more, more),)))
    return Section("flags", heading, lead, tuple(rows))


def _flag(flag: Waiting, say: Speaker) -> Row:
    line = say.words.flag_line.format(
        severity=say.words.severity[flag.severity], statement=one_line(flag.statement, STATEMENT_LIMIT)
    )
    return _quoted(Excerpt("", flag.title, flag.text, flag.url, flag.source, flag.at), [line], say)


def incidents(figures: Figures, say: Speaker) -> Section:
    words, found = say.words, figures.incidents
    heading = words.headings["incidents"]
    if not found:
        return Section("incidents", heading, words.incidents_none)
    lead = words.incidents_lead.format(
        opened=say.number(sum(i.opened for i in found)),
        closed=say.number(sum(i.closed for i in found)),
        open=say.number(sum(i.ended_at is None for i in found)),
    )
    opened = [i for i in found if i.opened]
    answers = [i.answered_after for i in opened if i.answered_after is not None]
    if answers:
        after = say.lasting(median(answers))
        lead += " " + words.median.format(after=after, n=say.number(len(answers)), of=say.number(len(opened)))
    rows = [_incident(one, say) for one in found[:MOST_INCIDENTS]]
    if len(found) > len(rows):
        rows.append(Row("", (say.count(words.and_more, len(found) - len(rows)),)))
    return Section("incidents", heading, lead, tuple(rows))


def _incident(one: Happened, say: Speaker) -> Row:
    words = say.words
    expected = say.number(one.expected, 1 if one.expected < 10 else 0)
    observed = say.number(one.observed)
    first = words.incident_line.format(start=say.moment(one.started_at), observed=observed, expected=expected)
    state = (
        words.incident_open
        if one.ended_at is None
        else words.incident_ended.format(at=say.moment(one.ended_at))
    )
    answer = (
        words.unanswered
        if one.answered_after is None
        else words.answered.format(after=say.lasting(one.answered_after))
    )
    second = [words.incident_severity[one.severity]] if one.severity else []
    names = say.listed([one_line(name, NAME_LIMIT) for name in (one.target, *one.also[:5])])
    return Row(names, (first, " ".join([*second, state, answer])))


def goals(figures: Figures, say: Speaker) -> Section | None:
    """Each goal by its last reading, which may be of a month or a quarter: its own period stands beside it."""
    if not figures.goals:
        return None
    rows = [_goal(goal, say) for goal in figures.goals[:MOST_ROWS]]
    if len(figures.goals) > len(rows):
        rows.append(Row("", (say.count(say.words.and_more, len(figures.goals) - len(rows)),)))
    return Section("goals", say.words.headings["goals"], "", tuple(rows))


def _goal(goal: GoalState, say: Speaker) -> Row:
    words, reading = say.words, goal.reading
    name = one_line(goal.text, STATEMENT_LIMIT)
    if reading is None or reading.value is None:
        return Row(name, (words.goal_no_data,))

    def told(value: float) -> str:
        if reading.unit == "share":
            return say.percent(value)
        number = say.number(value, 0 if value == int(value) else 1)
        return words.goal_hours.format(n=number) if reading.unit == "hours" else number

    now = words.goal_value.format(value=told(reading.value))
    if reading.low is not None and reading.high is not None and reading.low < reading.high:
        ends = [told(reading.low), told(reading.high)]
        interval = say.interval(reading.low, reading.high) if reading.unit == "share" else "–".join(ends)
        now += f" ({interval})"
    parts = [now]
    if reading.target is not None:
        parts.append(words.goal_target.format(target=told(reading.target)))
    if reading.baseline is not None:
        parts.append(words.goal_baseline.format(baseline=told(reading.baseline)))
    if reading.deadline is not None:
        parts.append(words.goal_deadline.format(deadline=say.day(reading.deadline)))
    measured = say.days(
        say.local(reading.since).date(), (say.local(reading.until) - timedelta(minutes=1)).date()
    )
    return Row(name, (f"{words.goal_track[reading.track]} {', '.join(parts)}.",), measured)


def voice(figures: Figures, say: Speaker) -> Section | None:
    words, lines = say.words, []
    for one in figures.voices[:MOST_ROWS]:
        share, interval = say.percent(one.share), say.interval(one.low, one.high)
        line = words.voice_line.format(
            share=share, interval=interval, n=say.number(one.texts), of=say.number(one.of)
        )
        if one.before is not None:
            before = words.before[figures.kind]
            line = words.voice_before.format(share=line, before=before, value=say.percent(one.before))
        lines.append(f"{one_line(one.name, NAME_LIMIT)}: {line}.")
    if len(lines) < 2:
        return None
    return Section("voice", words.headings["voice"], words.voice_lead, (Row("", tuple(lines)),))


def networks(figures: Figures, say: Speaker) -> Section:
    words, lines = say.words, []
    for one in figures.networks[:MOST_ROWS]:
        told = say.count(words.mentions, one.mentions)
        line = words.network_line.format(mentions=told)
        if one.before is not None:
            before, n = words.before[figures.kind], say.number(one.before)
            line = words.network_before.format(mentions=told, before=before, n=n)
        gone = one.before and not one.mentions and count_change(0, one.before) == "down"
        name = words.types.get(one.source_type, words.types["other"])
        lines.append(f"{name}: {line}.{' ' + words.network_gone if gone else ''}")
    lead = words.networks_lead if lines else words.networks_none
    rows = (Row("", tuple(lines)),) if lines else ()
    return Section("networks", words.headings["networks"], lead, rows)


def unseen(figures: Figures, say: Speaker) -> Section:
    words = say.words
    rows = []
    for one in figures.unseen[:MOST_ROWS]:
        lasted = words.unseen_kinds[one.kind].format(time=say.lasting(60 * one.hours))
        end = (
            words.unseen_still
            if one.ended_at is None
            else words.unseen_ended.format(at=say.moment(one.ended_at))
        )
        rows.append(Row(one_line(one.source, NAME_LIMIT), (f"{lasted} {end}",)))
    if len(figures.unseen) > len(rows):
        rows.append(Row("", (say.count(words.and_more, len(figures.unseen) - len(rows)),)))
    lead = words.unseen_lead if rows else words.unseen_none
    return Section("unseen", words.headings["unseen"], lead, tuple(rows))


def _quoted(excerpt: Excerpt, lines: list[str], say: Speaker) -> Row:
    """Quoted as an alert quotes, so that forgetting finds it in mails that are kept."""
    shown = evidence(excerpt, texts_of(say.lang), say.zone)
    return Row(shown.words, tuple(lines), shown.meta, shown.url, quoted=True)
