"""The pieces pages are made of, as safe markup: headings, notices, shares with their interval, mention cards."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import streamlit as st

from dashboard import safe
from dashboard.casecards import case_lines, history
from dashboard.charts import SIGNS
from dashboard.context import Context
from dashboard.data import Quoted
from dashboard.language import Texts
from dashboard.safe import Html, tag
from monitor import searching
from monitor.readmodel import MentionRow, Share, StoryCopy, StoryRow, TargetVerdict
from monitor.types import SourceEpisode


def show(*parts: str | Html) -> None:
    """In the language the page is shown in: Streamlit calls every page English."""
    safe.show(tag("div", *parts, cls="om", lang=st.session_state.get("language") or "nb"))


def heading(title: str, lead: str = "") -> Html:
    return safe.join([tag("h2", title), *([tag("p", lead, cls="lead soft")] if lead else [])])


def page_head(context: Context, title: str | Html, lead: str = "", *, dated: bool = True) -> None:
    """Brand and period in small, then what the page says in large."""
    t, period = context.t, context.period
    eyebrow = safe.line(context.config.identity.name, 80)
    if dated:
        first, last = t.local(period.since), t.local(period.until)
        span = f"{t.day(first, year=first.year != last.year)} – {t.day(last)}"
        eyebrow = f"{eyebrow} · {t(f'period.{period.key}')} · {span}"
    show(tag("p", eyebrow, cls="eyebrow"), tag("h1", title), tag("p", lead, cls="lead") if lead else "")


def notice(*paragraphs: str | Html, warn: bool = False) -> None:
    show(
        tag(
            "div",
            *(tag("p", p) for p in paragraphs if p),
            cls="notice warn" if warn else "notice",
            role="note",
        )
    )


def soft(told: str) -> Html:
    return tag("p", told, cls="soft num")


def chart(drawn: alt.Chart | alt.LayerChart, spoken: str, key: str) -> None:
    """A chart that is read out as ``spoken``. Its parts have no names of their own: hundreds of bars, some empty."""
    st.altair_chart(drawn.configure_mark(aria=False), width="stretch", alt=spoken, key=key)


def tile(name: str, value: str | Html, note: str | Html) -> Html:
    return tag(
        "div",
        tag("div", name, cls="name"),
        tag("div", value, cls="value"),
        tag("div", note, cls="note"),
        cls="tile",
    )


def measure(label: str, share: Share, t: Texts) -> Html:
    """A share in words and as a band from the low to the high end of its interval on a track of 0 to 100 %."""
    name = f"{SIGNS[label]} {t(f'labels.{label}')} "
    if share.value is None or share.low is None or share.high is None:
        return tag("div", name, tag("b", t("overview.no_data")), cls=f"measure {label}")
    band = tag("i", style=f"left:{100 * share.low:.1f}%;width:{100 * (share.high - share.low):.1f}%")
    point = tag("u", style=f"left:{100 * share.value:.1f}%")
    interval = tag("span", f" ({t.interval(share.low, share.high)})", cls="soft")
    return tag(
        "div",
        tag("span", name, tag("b", t.percent(share.value)), interval, cls="num"),
        tag("div", band, point, cls="track", aria_hidden="true"),
        cls=f"measure {label}",
    )


def verdict(found: TargetVerdict, t: Texts) -> Html:
    """ "Lomvi − negative 87 %"; doubt and what is not judged yet are said as such."""
    name = safe.line(found.target, 80)
    if found.status == "unjudged":
        return tag("span", f"{name} · {t('labels.unjudged')}", cls="badge unsure")
    probability = t.percent(
        {"negative": found.negative, "neutral": found.neutral, "positive": found.positive}[found.label]
    )
    word = f"{SIGNS[found.label]} {t(f'labels.{found.label}').lower()}"
    if found.status == "corrected":
        return tag(
            "span", f"{name} ", tag("b", word), f" · {t('correction.badge')}", cls=f"badge {found.label}"
        )
    if found.status == "unsure":
        doubt = f"{SIGNS['unsure']} {t('labels.unsure').lower()}"
        return tag("span", f"{name} ", tag("b", doubt), f" ({word} {probability})", cls="badge unsure")
    return tag("span", f"{name} ", tag("b", word), f" {probability}", cls=f"badge {found.label}")


def correction(found: TargetVerdict, t: Texts, *, named: bool) -> Html:
    """Who said what against the model, when and why, with the model's own verdict beside it."""
    said = found.correction
    if said is None:
        return tag("span")
    values = {
        "who": safe.line(said.who, 120),
        "label": t(f"labels.{said.label}").lower(),
        "at": t.moment(said.at),
        "why": safe.line(said.why, 1_000),
    }
    name = [tag("b", f"{safe.line(found.target, 80)}: ")] if named else []
    told = t("correction.by", **values) if said.holds else t("correction.was", **values)
    model = found.overruled
    if not said.holds:  # the badge is the model's
        return tag("p", *name, told, cls="correction waiting")
    if model is None or model.status == "unjudged":
        beside = t("correction.model_none")
    else:
        p = {"negative": model.negative, "neutral": model.neutral, "positive": model.positive}[model.label]
        verdict_ = {"label": t(f"labels.{model.label}").lower(), "p": t.percent(p)}
        beside = (
            t("correction.model_unsure", **verdict_)
            if model.status == "unsure"
            else t("correction.model", **verdict_)
        )
    return tag("p", *name, told, " ", tag("span", beside, cls="soft"), cls="correction")


def episode_span(episode: SourceEpisode, t: Texts) -> str:
    """ "feilet 3. sep. – 5. sep.": how and when a source was down, by local days."""
    begin = t.day(t.local(episode.began_at), year=False)
    kind = t(f"sources.episode.{episode.kind}")
    if episode.ended_at is None:
        return f"{kind} {t('sources.from_on', begin=begin)}"
    end = t.day(t.local(episode.ended_at), year=False)
    return f"{kind} {begin if begin == end else t('sources.from_to', begin=begin, end=end)}"


def severity(level: str, t: Texts) -> Html:
    return tag("span", t(f"severity.{level}"), cls=f"badge {level}")


def meta(row: MentionRow, t: Texts) -> Html:
    """When, where, who; a pseudonym is called what it is."""
    when = t.moment(row.published_at) if row.dated else t("mention.first_seen", at=t.moment(row.published_at))
    parts = [
        when,
        t(f"source_types.{row.source_type}") if t.has(f"source_types.{row.source_type}") else "",
        speaker(row, t),
    ]
    parts.append(t("mention.source", name=safe.line(row.source, 60)))
    if row.own_place:
        parts.append(t("mention.own_place"))
    if row.copies > 1:
        parts.append(t("mention.copies", n=t.number(row.copies)))
    return tag("div", *(tag("span", part) for part in parts if part), cls="meta")


def speaker(row: MentionRow, t: Texts) -> str:
    """The voice, with the name when it is one of ours."""
    voice = t(f"voices.{row.voice}")
    return f"{voice}: {row.author}" if row.voice != "third_party" and row.author else voice


def original(row: MentionRow, t: Texts) -> Html:
    if safe.web_address(row.url) is None:
        return tag("p", t("mention.no_link"), cls="links soft")
    return tag("p", safe.link(f"{t('mention.open')} ↗", row.url), cls="links")


def story_lines(row: MentionRow, story: StoryRow | None, t: Texts) -> list[Html]:
    """Which copy came first and which is the most trusted, and the same wire in other languages."""
    if story is None:
        return []
    lines = []
    if story.copies > 1:
        named = {"first": "first", "trusted": "trusted"}
        if story.first.mention_id == story.trusted.mention_id:
            named = {"first": "first_trusted"}
        for which, key in named.items():
            copy: StoryCopy = getattr(story, which)
            if copy.mention_id == row.id:
                lines.append(tag("p", t(f"story.this.{key}"), cls="story"))
            else:
                lines.append(tag("p", t(f"story.{key}"), " ", story_copy(copy, t), cls="story"))
    if story.translations:
        others = safe.join([story_copy(copy, t) for copy in story.translations], " · ")
        lines.append(tag("p", t("story.translations"), " ", others, cls="story"))
    return lines


def story_copy(copy: StoryCopy, t: Texts) -> Html:
    language = f"{safe.line(copy.lang, 12)} · " if copy.lang else ""
    name = safe.link(safe.line(copy.title, 120) or safe.line(copy.source, 60), copy.url)
    theirs = tag("span", name, **safe.language(copy.lang))
    return tag("span", theirs, f" ({language}{safe.line(copy.source, 60)}, {t.moment(copy.at)})")


def mention_card(
    row: MentionRow,
    t: Texts,
    story: StoryRow | None = None,
    *,
    quote_only: bool = False,
    asked: str = "",
    beneath: Sequence[Html] = (),
) -> Html:
    """A mention as plain text with its verdicts; longer texts unfold, unless only a quote of them may be shown.

    ``asked``: the search whose words are marked; the quote begins near the first of them. ``beneath``: more lines."""
    theirs = safe.language(row.lang)
    shown = excerpt(row.text, asked, row.lang)
    parts = [meta(row, t)]
    if row.title:
        parts.append(tag("h3", found_words(row.title, asked, row.lang), **theirs))
    parts.append(tag("div", found_words(shown, asked, row.lang), cls="text", **theirs))
    if shown != row.text and not quote_only:
        whole = tag("div", found_words(row.text, asked, row.lang), cls="text", **theirs)
        parts.append(tag("details", tag("summary", t("mention.whole")), whole))
    badges = [verdict(found, t) for found in row.verdicts]
    if row.conflict in ("minor", "major"):
        badges.append(tag("span", t(f"mention.conflict.{row.conflict}"), cls=f"badge {row.conflict}"))
    parts.append(tag("div", *badges, cls="badges"))
    parts += [correction(v, t, named=len(row.verdicts) > 1) for v in row.verdicts if v.correction]
    parts += case_lines(row.case, t) if row.case else []
    parts += story_lines(row, story, t)
    parts += beneath
    parts.append(original(row, t))
    return tag("article", *parts, cls="card")


def found_words(text: str, asked: str, lang: str | None) -> Html:
    """The text with what the search found in it marked."""
    return safe.marked(text, searching.marks(asked, text, lang) if asked else ())


def excerpt(text: str, asked: str, lang: str | None) -> str:
    """The beginning of a text, or, where the search found nothing there, the words around what it found first."""
    first = next(iter(searching.marks(asked, text, lang)), None) if asked else None
    if first is None or first[1] <= safe.EXCERPT_LIMIT:
        return safe.plain(text, safe.EXCERPT_LIMIT)
    start = text.find(" ", max(0, first[0] - safe.EXCERPT_LIMIT // 3)) + 1
    return "…" + safe.plain(text[min(start, first[0]) :], safe.EXCERPT_LIMIT - 1)


def statement_name(statement_id: str, context: Context) -> str:
    """ "Guideline 3" for guideline.3; the id itself when the brand file no longer has it."""
    found = context.config.identity.statement(statement_id)
    if found is None:
        return safe.line(statement_id, 60)
    number = statement_id.rsplit(".", 1)[-1]
    kind = context.t(f"kinds.{found.kind}")
    return f"{kind} {number}" if number.isdigit() else f"{kind}: {safe.line(statement_id, 60)}"


def statement_option(statement_id: str, context: Context) -> str:
    """Name and text, for a selectbox (which shows plain text)."""
    found = context.config.identity.statement(statement_id)
    name = statement_name(statement_id, context)
    return f"{name}: {found.text}" if found else name


def statement_text(statement_id: str, context: Context) -> str:
    found = context.config.identity.statement(statement_id)
    return found.text if found else context.t("conflicts.gone", id=safe.line(statement_id, 60))


def highlighted(found: Quoted) -> Html:
    """The quoted words marked inside their context. Each piece is made safe on its own, so no offset can slip."""
    theirs = safe.language(found.row.mention.lang)
    return tag("blockquote", edge(found.before), tag("mark", found.quote), edge(found.after), **theirs)


def edge(piece: str) -> str:
    """``plain`` that keeps one blank at either end, where the piece meets the marked words."""
    text = safe.plain(piece, 400)
    return f"{' ' if piece[:1].isspace() else ''}{text}{' ' if text and piece[-1:].isspace() else ''}"


def conflict_card(group: Sequence[Quoted], context: Context, *, brief: bool = False) -> Html:
    """One mention with every statement it conflicts with; ``brief``: the main one only."""
    t = context.t
    row = group[0].row.mention
    case = row.case
    level = case.model_level if case else group[0].row.severity
    score = case.score if case else group[0].row.score
    sure = t("conflicts.sure", p=t.percent(min(score, 0.99)))  # no model is ever certain
    if case and case.adjusted:
        sure = f"{sure} ({t('case.own_score', p=t.percent(min(case.model_score, 0.99)))})"
    parts: list[Html] = [
        tag("div", severity(level, t), tag("span", sure, cls="soft num"), cls="badges"),
        meta(row, t),
    ]
    if row.title:
        parts.append(tag("h3", row.title, **safe.language(row.lang)))
    quoted = ""
    for found in group[:1] if brief else group:
        name = tag("span", statement_name(found.row.statement, context), cls="statement")
        differs = severity(found.row.severity, t) if found.row.severity != level else ""
        stands = [
            tag("div", name, " ", differs),
            tag("div", statement_text(found.row.statement, context), title=found.row.statement),
        ]
        if found.quote != quoted:  # several statements often rest on the same words
            stands.append(highlighted(found))
            quoted = found.quote
        if not brief:
            stands.append(tag("p", tag("b", t("conflicts.why")), " ", safe.line(found.row.reason, 600)))
        parts.append(tag("div", *stands, cls="touched"))
    if brief and len(group) > 1:
        parts.append(tag("p", t.count("conflicts.more", len(group) - 1), cls="soft"))
    if group[0].row.role_mixing:
        parts.append(tag("p", t("conflicts.role_mixing"), cls="soft"))
    if not brief and not context.quote_only(row.source):
        body = "\n".join(x for x in (row.title, row.text) if x)
        whole = tag("div", body, cls="text", **safe.language(row.lang))
        parts.append(tag("details", tag("summary", t("mention.whole")), whole))
    parts += case_lines(case, t) if case else []
    if case and not brief and (steps := history(case, t)):
        parts.append(steps)
    parts.append(original(row, t))
    counts = case is None or case.level != "none"
    return tag("article", *parts, cls=f"card {level}" if counts else "card")


def statement_bars(counts: Sequence[tuple[str, int, int]], context: Context) -> Html:
    """(statement id, minor, major): each with its text and a bar, scaled to the most touched."""
    t = context.t
    longest = max((minor + major for _, minor, major in counts), default=1)
    rows = []
    for statement, minor, major in counts:
        bars = [
            tag("i", cls=level, style=f"width:{100 * n / longest:.1f}%")
            for level, n in (("major", major), ("minor", minor))
            if n
        ]
        told = t.listed(
            [t.count(f"count.{level}", n) for level, n in (("major", major), ("minor", minor)) if n]
        )
        name = tag("div", statement_name(statement, context), cls="statement")
        text = tag("div", statement_text(statement, context), cls="soft")
        whole = tag("div", *bars, cls="whole", aria_hidden="true")
        rows.append(
            tag(
                "div",
                tag("div", name, text),
                tag("div", whole, tag("div", told, cls="n"), cls="bars"),
                cls="touch",
            )
        )
    return safe.join(rows)


def by_mention(rows: Sequence[Quoted]) -> list[list[Quoted]]:
    """The rows of each mention together, in the order given."""
    groups: dict[str, list[Quoted]] = {}
    for found in rows:
        groups.setdefault(found.row.mention.id, []).append(found)
    return list(groups.values())
