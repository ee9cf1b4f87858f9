"""The mail about one incident: when it opens, escalates or closes. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from monitor.messages.chart import Draw, chart
from monitor.messages.lines import (
    MOST_QUOTES,
    NAME_LIMIT,
    Evidence,
    evidence,
    language,
    number_of,
    one_line,
    ordinary_range,
    safe_url,
    span_of,
    texts_of,
    time_of,
    wilson,
    zone_of,
)
from monitor.messages.page import Page
from monitor.messages.texts import Texts
from monitor.types import Excerpt, IncidentNews, IncidentSummary, Message, Picture

MOST_NAMES = 20
MOST_PHRASES = 8
MOST_SOURCES = 5
MOST_STATEMENTS = 5
PHRASE_LIMIT = 60
STATEMENT_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads it. ``recipient`` is a mail address, or the name another channel knows; ``lang`` nb, nn or en (anything
    else: nb); ``timezone`` an IANA name."""

    recipient: str
    lang: str = "nb"
    timezone: str = "Europe/Oslo"
    duty: str = "communications"
    least: str = "minor"
    channel: str = "email"


@dataclass(frozen=True, slots=True)
class House:
    """Who writes it: the brand, its dashboard's address, the sender, and its statements by id."""

    brand: str
    dashboard_url: str = ""
    sender: str = ""
    statements: Mapping[str, str] = field(default_factory=dict)


def incident_message(
    house: House,
    reader: Reader,
    summary: IncidentSummary,
    news: IncidentNews,
    draw: Draw | None = None,
    *,
    first: bool = False,
    ends: int = 0,
    thread: str = "",
    subject: str = "",
    held: str = "",
) -> Message:
    """What ``reader`` is told of ``news``. The id holds the incident's, and is the same for the same news of the same
    incident to the same reader, however often it is composed.

    ``first`` = they hear of the incident only now, though it is no news to others: told from the beginning.
    ``ends`` is how often they were told that it was over: going on after that is news of its own.
    ``thread`` is the id of the message that began the thread and ``subject`` what it was about: an update repeats it,
    because mail programs put letters together by it. ``held`` (quiet, cap) says why it comes so late.
    """
    texts, zone = texts_of(reader.lang), zone_of(reader.timezone)
    digest = hashlib.sha256(f"{summary.id}\x00{reader.recipient}\x00{_key(summary, news, ends)}".encode())
    name = digest.hexdigest()[:16]
    heading = heading_of(house.brand, summary, texts)
    told = _told(summary, "opened" if first else news, texts, zone)
    facts = _facts(summary, texts, zone)
    if held in texts.held:
        facts.append(texts.held[held])
    statements = [
        f"{one_line(each, NAME_LIMIT)}: {one_line(house.statements.get(each, ''), STATEMENT_LIMIT)}".rstrip(
            ": "
        )
        for each in summary.statements[:MOST_STATEMENTS]
    ]
    quoted = quotes_of(summary, texts, zone)
    link = incident_url(house.dashboard_url, summary.id)
    closing = [
        texts.doubt,
        texts.reason,
        texts.tune,
        texts.once,
        texts.quiet,
        texts.reader.format(role=texts.roles[reader.duty], severity=texts.severities[reader.least]),
    ]
    command = texts.command.format(command=f"omdomme incidents mute {summary.id}")
    drawn = chart(summary, draw, texts, zone) if draw else None
    picture = Picture(f"chart.{name}@omdomme", drawn.data) if drawn else None

    plain = [*told, "", *facts, ""]
    if drawn:
        plain += [f"[{drawn.alt}]", ""]
    if statements:
        plain += [f"{texts.statements}:", *(f"* {line}" for line in statements), ""]
    plain += [texts.quotes.format(n=len(quoted)) + ":", ""] if quoted else [texts.no_quotes, ""]
    for each in quoted:
        plain += [f"- «{each.words}»", f"  {each.meta}", *([f"  {each.url}"] if each.url else []), ""]
    plain += [*([f"{texts.mute}: {link}"] if link else []), command, ""]
    plain += [f"{texts.why}:", *closing, ""]

    page = Page(language(reader.lang), heading, _label(summary, texts))
    page.paragraph(told[0], strong=True)
    for line in told[1:]:
        page.paragraph(line)
    if drawn and picture:
        page.picture(picture.name, drawn.alt)
    if link:
        page.link(link, texts.mute, button=True)
    page.listing(facts)
    if statements:
        page.heading(texts.statements)
        page.listing(statements)
    page.heading(texts.quotes.format(n=len(quoted))) if quoted else page.paragraph(texts.no_quotes)
    for each in quoted:
        page.quote(each, texts.open_source)
    page.heading(texts.why)
    for line in (*closing, command):
        page.small(line)

    own = f"{summary.id}.{name}"
    return Message(
        id=own,
        recipient=reader.recipient,
        subject=f"Re: {subject.removeprefix('Re: ')}" if subject else heading,
        text="\n".join(plain),
        html=page.close(),
        sender=house.sender,
        pictures=(picture,) if picture else (),
        thread=thread or own,
        channel=reader.channel,
        news=news,
        facts=_machine(house.brand, summary, news, told, link),
    )


def heading_of(brand: str, summary: IncidentSummary, texts: Texts) -> str:
    """What it is, in one line: whom it is about, how many, how long, how many would be ordinary."""
    incident = summary.incident
    heading = texts.subject.format(
        target=one_line(summary.target, NAME_LIMIT),
        count=incident.observed,
        span=span_of(summary, texts),
        expected=number_of(incident.expected, texts),
    )
    return heading if summary.target == brand else f"{one_line(brand, NAME_LIMIT)} – {heading}"


def quotes_of(
    summary: IncidentSummary, texts: Texts, zone: tzinfo, most: int = MOST_QUOTES
) -> list[Evidence]:
    """The most telling mentions, each once, at most ``most``: the most central, the first, one of ours, the rest."""
    marked: list[tuple[Excerpt | None, str]] = [
        (summary.headline, "headline"),
        (summary.first, "first"),
        *((each, "ours") for each in summary.ours[:1]),
        *((each, "") for each in summary.quotes),
    ]
    seen: dict[str, tuple[Excerpt, str]] = {}
    for excerpt, mark in marked:
        if excerpt is not None:
            seen.setdefault(excerpt.key, (excerpt, mark))
    return [
        evidence(excerpt, texts, zone, texts.marks.get(mark, ""))
        for excerpt, mark in list(seen.values())[:most]
    ]


def incident_url(dashboard: str, identifier: str) -> str:
    """The incident's own page; "" without a dashboard."""
    base = safe_url(dashboard).partition("?")[0].rstrip("/")
    return f"{base}/incidents?id={identifier}" if base else ""


def _key(summary: IncidentSummary, news: IncidentNews, ends: int) -> str:
    """What makes this news another than the last of its kind."""
    if news == "escalated":
        return f"escalated {summary.severity} {ends}"
    if news == "closed":
        end = summary.incident.end
        return f"closed {end.isoformat() if end else ''}"
    return "open"


def _label(summary: IncidentSummary, texts: Texts) -> str:
    return f"{texts.severities[summary.severity]} · {texts.phases[summary.phase]}".capitalize()


def _told(summary: IncidentSummary, news: IncidentNews, texts: Texts, zone: tzinfo) -> list[str]:
    """The news first, then what it amounts to. Nothing a stranger wrote."""
    incident = summary.incident
    low, high = ordinary_range(incident.expected)
    at = time_of(incident.end or incident.peak, zone, texts)
    told = [
        texts.news[news].format(severity=texts.severities[summary.severity], at=at),
        texts.lead.format(
            count=incident.observed,
            span=span_of(summary, texts),
            target=one_line(summary.target, NAME_LIMIT),
            start=time_of(incident.start, zone, texts),
        ),
        texts.ordinary.format(expected=number_of(incident.expected, texts), low=low, high=high),
    ]
    inside = [each for each in summary.curve if each.at >= incident.start and each.count is not None]
    negative, total = sum(each.count or 0 for each in inside), sum(each.total or 0 for each in inside)
    if total >= negative > 0:
        least, most = wilson(negative, total)
        told.append(
            texts.share.format(
                negative=negative,
                total=total,
                percent=round(100 * negative / total),
                low=round(100 * least),
                high=round(100 * most),
            )
        )
    return told


def _facts(summary: IncidentSummary, texts: Texts, zone: tzinfo) -> list[str]:
    incident = summary.incident
    reasons = ", ".join(texts.reasons[each] for each in summary.reasons if each in texts.reasons)
    severity = texts.severities[summary.severity]
    facts = [
        texts.severe.format(severity=severity, reasons=reasons)
        if reasons
        else texts.severe_plain.format(severity=severity),
        texts.detected.format(at=time_of(incident.detected_at, zone, texts)),
        texts.peak.format(at=time_of(incident.peak, zone, texts), count=incident.peak_count),
        texts.open if incident.end is None else texts.ended.format(at=time_of(incident.end, zone, texts)),
    ]
    if summary.also:
        facts.append(texts.also.format(names=_names(summary.also)))
    if set(summary.leaders) - {summary.target, *summary.also}:
        facts.append(texts.leaders.format(names=_names(summary.leaders)))
    if summary.sources:
        counted = [f"{one_line(name, NAME_LIMIT)} ({n})" for name, n in summary.sources[:MOST_SOURCES]]
        facts.append(texts.sources.format(names=", ".join(counted)))
    if summary.phrases:
        phrases = [f"«{one_line(each, PHRASE_LIMIT)}»" for each in summary.phrases[:MOST_PHRASES]]
        facts.append(texts.phrases.format(names=", ".join(phrases)))
    if summary.acknowledged_by and summary.acknowledged_at:
        at = time_of(summary.acknowledged_at, zone, texts)
        facts.append(texts.acknowledged.format(who=one_line(summary.acknowledged_by, NAME_LIMIT), at=at))
    elif incident.end is None:
        facts.append(texts.unacknowledged)
    if summary.muted_until:
        facts.append(texts.muted.format(at=time_of(summary.muted_until, zone, texts)))
    return facts


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(one_line(name, NAME_LIMIT) for name in names[:MOST_NAMES])


def _machine(brand: str, summary: IncidentSummary, news: IncidentNews, told: list[str], link: str) -> str:
    incident = summary.incident
    return json.dumps(
        {
            "brand": brand,
            "incident": summary.id,
            "news": news,
            "severity": summary.severity,
            "phase": summary.phase,
            "target": summary.target,
            "also": list(summary.also),
            "leaders": list(summary.leaders),
            "statements": list(summary.statements),
            "reasons": list(summary.reasons),
            "started_at": incident.start.isoformat(),
            "detected_at": incident.detected_at.isoformat(),
            "ended_at": incident.end.isoformat() if incident.end else None,
            "observed": incident.observed,
            "expected": round(incident.expected, 3),
            "stories": summary.stories,
            "mentions": summary.mentions,
            "summary": told,
            "link": link,
        },
        ensure_ascii=False,
        allow_nan=False,
    )
