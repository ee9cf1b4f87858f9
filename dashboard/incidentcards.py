"""Incidents as safe markup: a card in the list, and the parts of the page of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dashboard import safe
from dashboard.components import statement_name, statement_text
from dashboard.context import Context
from dashboard.language import Texts
from dashboard.safe import Html, tag
from monitor.readmodel import IncidentActionRow, IncidentMail, IncidentRow
from monitor.types import Excerpt, IncidentSummary

_QUOTE = 280  # characters, as in a mail


def names(found: IncidentRow | IncidentSummary, t: Texts) -> str:
    return t.listed([safe.line(name, 80) for name in (found.target, *found.also)])


def badges(severity: str, phase: str, reasons: Sequence[str], t: Texts) -> Html:
    """How grave and how far, with the grounds."""
    why = [t(f"incidents.reason.{reason}") for reason in reasons if t.has(f"incidents.reason.{reason}")]
    return tag(
        "div",
        tag(
            "span",
            t(f"incidents.severity.{severity}"),
            cls=f"badge {'minor' if severity == 'minor' else 'major'}",
        ),
        tag("span", t(f"incidents.phase.{phase}"), cls="badge"),
        *([tag("span", t("incidents.because", reasons=t.listed(why)), cls="soft")] if why else []),
        cls="badges",
    )


def listed_card(row: IncidentRow, now: datetime, t: Texts) -> Html:
    ended = t("incident.ended", at=t.moment(row.end)) if row.end else t("incident.open")
    title = safe.line(row.headline, 200) or names(row, t)
    lines = [
        tag("div", tag("span", t("incident.began", at=t.moment(row.start))), tag("span", ended), cls="meta"),
        tag("h3", title),
        tag("p", names(row, t), cls="soft") if row.headline else "",
        badges(row.severity, row.phase, row.reasons, t),
        tag("p", t("incident.size", observed=t.number(row.observed), expected=t.number(row.expected, 1))),
        *standing(row, now, t),
    ]
    cls = "card" if row.end else "card minor" if row.severity == "minor" else "card major"
    return tag("article", *lines, cls=cls)


def standing(row: IncidentRow | IncidentSummary, now: datetime, t: Texts) -> list[Html]:
    """Who has it, and whether it is muted."""
    lines = []
    if row.acknowledged_by:
        told = t(
            "incidents.has_it", who=safe.line(row.acknowledged_by, 120), at=t.moment(row.acknowledged_at)
        )
        lines.append(tag("p", told, cls="correction"))
    if row.muted_until and row.muted_until > now:
        lines.append(tag("p", t("incidents.muted_until", at=t.moment(row.muted_until)), cls="correction"))
    return lines


def excerpt_card(found: Excerpt, context: Context) -> Html:
    t = context.t
    text = safe.plain(found.text, _QUOTE)
    parts = [
        tag(
            "div",
            tag("span", t.moment(found.published_at)),
            tag("span", t("mention.source", name=safe.line(found.source, 60))),
            cls="meta",
        )
    ]
    if found.title:
        parts.append(tag("h3", safe.line(found.title)))
    if text and text != found.title:
        parts.append(tag("div", text, cls="text"))
    if found.conflict in ("minor", "major"):
        badge = tag("span", t(f"mention.conflict.{found.conflict}"), cls=f"badge {found.conflict}")
        parts.append(tag("div", badge, cls="badges"))
    if safe.web_address(found.url):
        parts.append(tag("p", safe.link(f"{t('mention.open')} ↗", found.url), cls="links"))
    return tag("article", *parts, cls="card")


def facts(found: IncidentSummary, context: Context) -> Html:
    """Sources, first mention, leaders and statements, as a list of named lines."""
    t = context.t
    rows: list[tuple[str, list[str | Html]]] = []
    if found.first:
        first = found.first
        title = safe.line(first.title or first.text, 160)
        rows.append(
            (t("incidents.first"), [f"{t.moment(first.published_at)}: ", safe.link(title, first.url)])
        )
    if found.sources:
        told = [f"{safe.line(name, 60)} ({t.number(n)})" for name, n in found.sources]
        rows.append((t("incidents.sources"), [t.listed(told)]))
    if found.leaders:
        rows.append((t("incidents.leaders"), [t.listed([safe.line(name, 80) for name in found.leaders])]))
    for number, statement in enumerate(found.statements):
        name = tag("b", statement_name(statement, context))
        rows.append(
            ("" if number else t("incidents.statements"), [name, f": {statement_text(statement, context)}"])
        )
    parts = [tag("tr", tag("th", name), tag("td", *told)) for name, told in rows]
    return tag("table", tag("tbody", *parts))


def phrases(found: Sequence[str]) -> Html:
    return tag("div", *(tag("span", safe.line(phrase, 80), cls="badge") for phrase in found), cls="badges")


def action_line(row: IncidentActionRow, t: Texts) -> Html:
    values = {"who": safe.line(row.who, 120), "at": t.moment(row.at), "until": t.moment(row.until)}
    words = f" «{safe.line(row.words, 1_000)}»" if row.words else ""
    return tag("p", t(f"incidents.did.{row.action}", **values), words, cls="correction")


def mail_table(mails: Sequence[IncidentMail], t: Texts) -> Html:
    columns = ("recipient", "subject", "state", "when")
    head = tag("tr", *(tag("th", t(f"incidents.mail.{column}")) for column in columns))
    rows = [
        tag(
            "tr",
            *(
                tag("td", value, data_name=t(f"incidents.mail.{column}"))
                for column, value in zip(
                    columns,
                    (
                        safe.line(mail.recipient, 120),
                        safe.line(mail.subject, 200),
                        t(f"incidents.mail_state.{mail.state}"),
                        t.moment(mail.finished_at or mail.created_at),
                    ),
                    strict=True,
                )
            ),
        )
        for mail in mails
    ]
    return tag("div", tag("table", tag("thead", head), tag("tbody", *rows)), cls="wide")
