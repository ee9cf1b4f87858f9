"""What the pages Leaders, Audience and Identity are made of, as safe markup: stances, evidence, small lines, rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dashboard import address, safe
from dashboard.address import Filters
from dashboard.components import statement_name
from dashboard.context import Context
from dashboard.language import Texts
from dashboard.safe import Html, tag
from monitor.readmodel import Evidence, Expected, SayDo, Stance
from monitor.types import Statement

_SIGNS = {"in_line": "+", "silent": "○", "against": "−"}
_QUOTE = 420
NOT_SHOWN = "–"


def expected(found: Expected | None, t: Texts) -> str:
    """ "0,4 (0–2)": how many are expected, and what chance makes of it; no data where nothing was compared."""
    if found is None:
        return t("overview.no_data")
    span = f"{t.number(found.low)}–{t.number(found.high)}" if found.low != found.high else t.number(found.low)
    return f"{t.number(found.value, 1)} ({span})"


def stance_row(
    statement: Statement,
    found: Stance | None,
    evidence: Sequence[Evidence],
    context: Context,
    filters: Filters,
) -> Html:
    """One statement: in line, silent and against as parts of all stories compared, in words and as a bar."""
    t = context.t
    name = tag(
        "div",
        tag("div", statement_name(statement.id, context), cls="statement"),
        tag("div", statement.text, cls="soft"),
    )
    if found is None or not found.compared:
        return tag("div", name, tag("div", t("leaders.not_compared"), cls="soft"), cls="stance")
    parts = {"in_line": found.in_line, "silent": found.silent, "against": found.against}
    there = {"against": found.likely[0], "in_line": found.likely[1], "silent": found.compared}
    bar = [
        tag("i", cls=key, style=f"width:{100 * part.value / found.compared:.1f}%")
        for key, part in parts.items()
        if part and part.value > 0
    ]
    told = []
    for key, part in parts.items():
        words = f"{_SIGNS[key]} {t(f'stance.{key}')} {expected(part, t)}"
        # Only where there is something to look at: a small number may be made of many small chances.
        if part and there[key]:
            shown = address.behind(words, context, {**filters, "statement": statement.id, "stance": key})
        else:
            shown = tag("span", words)
        told.append(tag("div", shown, cls=f"num {key}"))
    flagged = t.count("leaders.flagged", found.flagged) if found.flagged else ""
    figures = tag(
        "div",
        tag("div", *bar, cls="stack", aria_hidden="true"),
        tag("div", *told, cls="thirds"),
        tag("div", flagged, cls="soft") if flagged else "",
    )
    return tag("div", name, figures, quotes(evidence, context), cls="stance")


def quotes(evidence: Sequence[Evidence], context: Context) -> Html:
    """The texts behind, folded, against first: with the words a flag rests on, else the sentence nearest in words."""
    if not evidence:
        return tag("span")
    t = context.t
    ordered = sorted(evidence, key=lambda e: (e.stance != "against", -e.at.timestamp(), e.mention_id))
    return tag(
        "details",
        tag("summary", t.count("leaders.quotes", len(ordered))),
        *(_quote(row, context) for row in ordered),
        cls="quotes",
    )


def _quote(row: Evidence, context: Context) -> Html:
    t = context.t
    head = f"{_SIGNS[row.stance]} {t(f'stance.{row.stance}')}"
    sure = t("leaders.flag" if row.flagged else "leaders.perhaps", p=t.percent(min(row.probability, 0.99)))
    voice = t(f"voices.{row.voice}")
    who = f"{voice}: {safe.line(row.speaker, 80)}" if row.speaker else voice
    meta = [t.moment(row.at), who, t("mention.source", name=safe.line(row.source, 60)), sure]
    return tag(
        "div",
        tag("div", tag("b", head, cls=row.stance), *(tag("span", part) for part in meta), cls="meta"),
        tag("p", safe.line(row.title), cls="soft") if row.title and row.field == "text" else "",
        _marked(row),
        tag("p", safe.link(f"{t('mention.open')} ↗", row.url), cls="links")
        if safe.web_address(row.url)
        else tag("p", t("mention.no_link"), cls="links soft"),
        cls="evidence",
    )


def _marked(row: Evidence) -> Html:
    """Each piece is made safe on its own, so that no offset can slip."""
    whole = row.title if row.field == "title" else row.text
    start = whole.find(row.quote) if row.quote else -1
    if start < 0:
        return tag("blockquote", safe.plain(whole, _QUOTE))
    before, after = whole[:start], whole[start + len(row.quote) :]
    mark = tag(
        "mark" if row.flagged else "u", safe.plain(row.quote, _QUOTE), cls="" if row.flagged else "near"
    )
    return tag("blockquote", _edge(before), mark, _edge(after))


def _edge(piece: str) -> str:
    text = safe.plain(piece, _QUOTE)
    return f"{' ' if piece[:1].isspace() else ''}{text}{' ' if text and piece[-1:].isspace() else ''}"


def sides(row: SayDo) -> tuple[int, int]:
    """Stories that touch the statement without a conflict, and with one."""
    against = row.own_conflicts + row.other_conflicts
    return row.own + row.others - against, against


def small_line(
    rows: Sequence[SayDo],
    steps: Sequence[datetime],
    compared: frozenset[datetime],
    scale: int,
    context: Context,
) -> Html:
    """A statement over time in little: above the line stories that touch it, below it those in conflict; hatched where
    nothing was compared; ``scale`` is the most of any statement. In words for those who cannot see it."""
    t = context.t
    by_step = {row.at: row for row in rows}
    most = max((row.own + row.others for row in rows), default=0)
    bars = []
    for at in steps:
        row = by_step.get(at)
        if at not in compared:
            bars.append(tag("i", cls="gap"))
            continue
        up, down = (100 * n / max(1, scale) for n in (sides(row) if row else (0, 0)))
        bars.append(tag("i", tag("b", style=f"height:{up:.0f}%"), tag("u", style=f"height:{down:.0f}%")))
    peak = max(rows, key=lambda r: r.own + r.others, default=None)
    spoken = t("identity.line_none")
    if peak is not None and most:
        spoken = t("identity.line", day=t.day(peak.at), n=t.count("count.stories", most))
    return tag("div", *bars, cls="spark", role="img", aria_label=spoken, title=spoken)


def bar_row(name: str | Html, note: str | Html, value: int, most: int, told: str | Html) -> Html:
    """A name, a bar scaled to the largest, and the figure beside it."""
    bar = tag("i", cls="plainbar", style=f"width:{100 * value / max(1, most):.1f}%")
    return tag(
        "div",
        tag("div", tag("div", name, cls="statement"), tag("div", note, cls="soft") if note else ""),
        tag("div", tag("div", bar, cls="whole", aria_hidden="true"), tag("div", told, cls="n"), cls="bars"),
        cls="touch",
    )


def matrix(head: Sequence[str], rows: Sequence[tuple[str | Html, Sequence[str | Html]]], name: str) -> Html:
    """A table with a name for each row; a cell that is not shown is a dash, and left out on a phone."""
    body = [
        tag(
            "tr",
            tag("th", first, scope="row"),
            *(
                tag("td", cell, cls="num" if cell != NOT_SHOWN else "num none", data_name=column)
                for cell, column in zip(cells, head, strict=True)
            ),
        )
        for first, cells in rows
    ]
    top = tag(
        "tr", tag("th", name, scope="col"), *(tag("th", column, scope="col", cls="num") for column in head)
    )
    return tag("div", tag("table", tag("thead", top), tag("tbody", *body)), cls="wide")
