"""The cards of the statements page: pairs, quotes, statements conflicts touch, and themes no statement covers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dashboard import safe
from dashboard.components import statement_name, statement_text
from dashboard.context import Context
from dashboard.safe import Html, tag
from monitor.readmodel import StatementConflicts
from monitor.types import Utterance

if TYPE_CHECKING:
    from monitor.consistency import Attributed, Opposition, Side, Theme

_QUOTE = 420


def pair_card(pair: Opposition, context: Context) -> Html:
    """Two quotes side by side under the statement, and the rule by which they were put together."""
    t = context.t
    why = t(f"statements.why.{pair.why}", target=safe.line(pair.target, 80))
    return tag(
        "article",
        tag("div", statement_name(pair.statement, context), cls="statement"),
        tag("div", statement_text(pair.statement, context), cls="soft", title=pair.statement),
        tag("p", why),
        tag("div", _side(pair.one, context), _side(pair.other, context), cls="pair"),
        tag("p", t("statements.likeness", p=t.percent(pair.likeness)), cls="soft num"),
        cls="card",
    )


def _side(side: Side, context: Context) -> Html:
    t, utterance = context.t, side.utterance
    sure = t("conflicts.sure", p=t.percent(min(utterance.score, 0.99))) if utterance.score is not None else ""
    return tag(
        "div",
        tag("div", tag("b", safe.line(utterance.speaker, 80)), cls="who"),
        _meta(utterance, context, sure),
        tag("blockquote", safe.plain(side.quote, _QUOTE)),
        _link(utterance, context),
    )


def quote_card(quote: Attributed, context: Context) -> Html:
    t = context.t
    size = f"{t.count('count.mentions', quote.mentions)}, {t.count('count.stories', quote.stories)}"
    return tag(
        "article",
        tag(
            "div",
            tag("span", t("statements.unverified"), cls="badge unsure"),
            tag("span", size, cls="soft num"),
            cls="badges",
        ),
        tag("h3", t("statements.attributed", name=safe.line(quote.leader, 80))),
        tag("blockquote", safe.plain(quote.words, _QUOTE)),
        _meta(quote.first, context),
        tag("p", safe.line(quote.first.title), cls="soft") if quote.first.title else "",
        _link(quote.first, context),
        cls="card",
    )


def touched_card(row: StatementConflicts, context: Context) -> Html:
    t, part = context.t, row.of_all
    told = [t("statements.share", part=t.number(part.part), whole=t.number(part.whole))]
    if part.low is not None and part.high is not None:
        told.append(t("tiles.interval", interval=t.interval(part.low, part.high)))
    told += [t.count("count.major", row.major), t("statements.own_voice", n=t.number(row.own))]
    return tag(
        "article",
        tag("div", statement_name(row.statement, context), cls="statement"),
        tag("div", statement_text(row.statement, context), cls="soft", title=row.statement),
        tag("p", " · ".join(told), cls="num"),
        _examples(row.examples, context),
        cls="card",
    )


def gap_card(theme: Theme, context: Context) -> Html:
    t = context.t
    name = ", ".join(safe.line(word, 40) for word in theme.words) or t("statements.one_story")
    size = f"{t.count('count.stories', theme.stories)}, {t.count('count.mentions', theme.mentions)}"
    return tag(
        "article",
        tag("h3", name),
        tag("p", size, cls="soft num"),
        _examples(theme.examples, context),
        cls="card",
    )


def _examples(examples: Iterable[Utterance], context: Context) -> Html:
    return tag("ul", *(tag("li", *_example(utterance, context)) for utterance in examples), cls="examples")


def _example(utterance: Utterance, context: Context) -> list[Html]:
    t = context.t
    named = safe.line(utterance.title or utterance.text, 160)
    sure = t("conflicts.sure", p=t.percent(min(utterance.score, 0.99))) if utterance.score is not None else ""
    return [safe.link(named, utterance.url), _meta(utterance, context, sure)]


def _meta(utterance: Utterance, context: Context, sure: str = "") -> Html:
    t = context.t
    voice = t(f"voices.{utterance.voice}")
    parts = [t.moment(utterance.at), voice, t("mention.source", name=safe.line(utterance.source, 60)), sure]
    return tag("div", *(tag("span", part) for part in parts if part), cls="meta")


def _link(utterance: Utterance, context: Context) -> Html:
    t = context.t
    if safe.web_address(utterance.url) is None:
        return tag("p", t("mention.no_link"), cls="links soft")
    return tag("p", safe.link(f"{t('mention.open')} ↗", utterance.url), cls="links")


def steps_of(first: datetime, last: datetime, by_week: bool) -> list[datetime]:
    """The starts of all bins from the first to the one after the last."""
    steps = [first]
    while steps[-1] <= last:
        before = steps[-1]
        if by_week:
            steps.append(before + timedelta(days=7))
        else:
            steps.append((before.replace(day=1) + timedelta(days=32)).replace(day=1))
    return steps
