"""One mention with all that is known about it (?id=): words, verdicts, flags, story, edits, what people said."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import address, components, correcting, data, mentiondata, narrowing, safe
from dashboard.casecards import history
from dashboard.components import heading, mention_card, severity, statement_name, statement_text
from dashboard.context import Context
from dashboard.data import _cut
from dashboard.language import Texts
from dashboard.safe import Html, tag
from monitor import text as words
from monitor.readmodel import CorrectionRow, Flagged, GivenVerdict, MentionDetails, MentionRow, Named

_SENTENCE = 400  # characters shown of the sentence a verdict rests on


def page(context: Context, mention_id: str) -> None:
    t = context.t
    st.button(t("mentions.back"), key="mentions_back", type="tertiary", on_click=narrowing.back)
    found = mentiondata.one(context.database, mention_id)
    if found is None:
        components.page_head(context, t("mention.gone"), dated=False)
        components.notice(t("mention.gone_lead"), warn=True)
        return
    row, more = found
    title = safe.line(row.title or row.text, 160)
    components.page_head(
        context, tag("span", f"«{title}»", **safe.language(row.lang)), t("mention.all_known"), dated=False
    )
    quoted = context.quote_only(row.source)
    story = data.stories(context.database, (row.story,)).get(row.story)
    with st.container(key="mention_0", gap="small"):
        components.show(mention_card(_cut(row), t, story, quote_only=quoted))
        correcting.after([row], context)
        correcting.control(row, context, 0)
        if row.copies > 1:
            st.button(
                t.count("story.open", row.copies),
                key="copies_0",
                type="tertiary",
                on_click=narrowing.go,
                args=(context, {"story": row.story}),
            )
    components.show(heading(t("details.verdicts"), t("details.verdicts_lead")), *_verdicts(row, more, t))
    components.show(heading(t("details.flags")), *_flags(row, more, context))
    components.show(heading(t("details.facts")), _facts(row, more, t))
    if more.incidents:
        incidents = [
            tag(
                "li",
                address.to(_incident(i.target, t.moment(i.start), t), "incidents", context, {"id": i.id}),
            )
            for i in more.incidents
        ]
        components.show(heading(t("details.incidents")), tag("ul", *incidents))
    steps = [_correction(c, t) for c in more.corrections]
    told = history(row.case, t) if row.case else None
    components.show(heading(t("details.people")), *([tag("ol", *steps)] if steps else []), *([told] if told else []),
                    *([] if steps or told else [tag("p", t("details.nobody"), cls="soft")]))  # fmt: skip


def _verdicts(row: MentionRow, more: MentionDetails, t: Texts) -> list[Html]:
    if not more.targets:
        return [tag("p", t("details.not_about_us"), cls="soft")]
    parts = []
    for named in more.targets:
        given = [v for v in more.verdicts if v.target == named.target]
        lines: list[Html] = [
            tag("p", tag("b", safe.line(named.target, 80)), " ", t(f"details.via.{named.via}"))
        ]
        if rests := sentence(row, named):
            lines.append(tag("blockquote", *rests, **safe.language(row.lang)))
        lines.append(_table(given, t) if given else tag("p", t("labels.unjudged"), cls="soft"))
        parts.append(tag("div", *lines, cls="touched"))
    return parts


def sentence(row: MentionRow, named: Named) -> list[str | Html]:
    """The sentence that names the target, with the name marked; [] where the text does not name it."""
    if named.field is None or named.start is None or named.end is None:
        return []
    whole: str = getattr(row, named.field)
    if not 0 <= named.start < named.end <= len(whole):
        return []
    first = max(0, named.start - 2_000)
    around = whole[first : named.end + 2_000]
    begin, stop = named.start - first, named.end - first
    start, end = next(
        (span for span in words.sentences(around) if span[0] <= begin < span[1]), (0, len(around))
    )
    before = around[max(start, begin - _SENTENCE) : begin]
    after = around[stop : max(stop, min(end, stop + _SENTENCE))]
    return [components.edge(before), tag("mark", safe.plain(around[begin:stop], 200)), components.edge(after)]


def _table(given: Sequence[GivenVerdict], t: Texts) -> Html:
    columns = ("verdict", "negative", "neutral", "positive", "model", "at")
    names = {name: t(f"details.column.{name}") for name in columns}
    rows = []
    for v in given:
        said = t(f"labels.{v.label}") if v.status == "judged" else t(f"labels.{v.status}")
        notes = (
            []
            if v.newest and v.of_this_text
            else [t("details.earlier" if v.of_this_text else "details.old_text")]
        )
        rows.append(
            tag(
                "tr",
                tag("th", said, *([tag("span", f" ({', '.join(notes)})", cls="soft")] if notes else []), scope="row"),
                *(
                    tag("td", t.percent(p), cls="num", data_name=names[name])
                    for name, p in (("negative", v.negative), ("neutral", v.neutral), ("positive", v.positive))
                ),
                tag("td", tag("code", safe.line(v.model, 80)), data_name=names["model"]),
                tag("td", t.moment(v.at), data_name=names["at"]),
            )
        )  # fmt: skip
    head = tag("tr", *(tag("th", names[name], cls="num" if name in columns[1:4] else "") for name in columns))
    return tag("div", tag("table", tag("thead", head), tag("tbody", *rows)), cls="wide")


def _flags(row: MentionRow, more: MentionDetails, context: Context) -> list[Html]:
    t = context.t
    if more.flag_model is None:
        return [tag("p", t("details.not_compared"), cls="soft")]
    model = tag("p", t("details.compared"), " ", tag("code", safe.line(more.flag_model, 80)), cls="soft")
    if not more.flags:
        return [tag("p", t("severity.none")), model]
    return [*(_flag(flag, row, context) for flag in more.flags), model]


def _flag(flag: Flagged, row: MentionRow, context: Context) -> Html:
    t = context.t
    sure = t("conflicts.sure", p=t.percent(min(flag.score, 0.99)))
    name = tag("span", statement_name(flag.statement, context), cls="statement")
    return tag(
        "div",
        tag("div", name, " ", severity(flag.severity, t), tag("span", f" {sure}", cls="soft num")),
        tag("div", statement_text(flag.statement, context)),
        tag("blockquote", tag("mark", safe.plain(flag.quote, safe.EXCERPT_LIMIT)), **safe.language(row.lang)),
        tag("p", tag("b", t("conflicts.why")), " ", safe.line(flag.reason, 600)),
        cls="touched",
    )  # fmt: skip


def _facts(row: MentionRow, more: MentionDetails, t: Texts) -> Html:
    kind = f"source_types.{row.source_type}"
    facts = {
        "source": f"{safe.line(row.source, 60)} ({t(kind) if t.has(kind) else safe.line(row.source_type, 40)})",
        "author": components.speaker(row, t),
        "published": t.moment(row.published_at) if row.dated else t("details.undated"),
        "seen": t.moment(row.seen_at),
        "edited": t.moment(row.updated_at) if row.updated_at else t("details.never"),
        "language": _language(row.lang, t),
        "copies": t.number(row.copies),
        "reach": t.number(row.reach) if row.reach is not None else t("details.unknown_reach"),
        "weight": t.number(more.weight, 2) if more.weight is not None else "–",
        "id": safe.line(row.id, 80),
    }
    lines = [
        tag("div", tag("dt", t(f"details.fact.{key}")), tag("dd", value)) for key, value in facts.items()
    ]
    return tag("dl", *lines, cls="facts")


def _language(code: str | None, t: Texts) -> str:
    if code and t.has(f"languages.{code}"):
        return t(f"languages.{code}")
    return safe.line(code or "–", 12)


def _incident(target: str, start: str, t: Texts) -> str:
    return t("details.incident", target=safe.line(target, 80), at=start)


def _correction(said: CorrectionRow, t: Texts) -> Html:
    values = {
        "target": safe.line(said.target, 80),
        "who": safe.line(said.who, 120),
        "at": t.moment(said.at),
        "why": safe.line(said.why, 1_000),
    }
    if said.label is None:
        told = t("details.withdrew", **values)
    else:
        told = t("details.corrected", label=t(f"labels.{said.label}").lower(), **values)
    return tag("li", told, " ", tag("span", t(f"details.state.{said.state}"), cls="soft"))
