"""What an alert mail says: plain values in, a Message out. Pure.

Titles and texts of mentions were written by strangers. They never reach the subject; in the body they are one
bounded line each, escaped in HTML, with web addresses broken so that no mail program turns them into links. The
only links are http(s) addresses of the sources, each shown with its host, and the dashboard's own. The HTML
loads nothing from anywhere and reads in a narrow window and on a dark background.
"""

from __future__ import annotations

import hashlib
import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from monitor.messages.texts import TEXTS, Texts
from monitor.text import clean
from monitor.types import Incident, Message

MOST_QUOTES = 5
QUOTE_LIMIT = 280
NAME_LIMIT = 80


@dataclass(frozen=True, slots=True)
class Quote:
    """One mention as evidence, raw; ``conflict`` is none, minor, major or None."""

    title: str
    text: str
    url: str
    source: str
    published_at: datetime | None
    label: str = "negative"
    conflict: str | None = None


class Story(Protocol):
    """An incident with its name: ``target`` leads, ``also`` are the others it touches."""

    @property
    def id(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def also(self) -> tuple[str, ...]: ...
    @property
    def incident(self) -> Incident: ...


def incident_message(
    brand: str,
    story: Story,
    quotes: Sequence[Quote],
    *,
    recipient: str,
    lang: str,
    timezone: str,
    dashboard_url: str = "",
    sender: str = "",
) -> Message:
    """The mail that tells ``recipient`` about an incident that has just opened.

    ``lang`` nb, nn or en (anything else: nb); ``timezone`` an IANA name. The id holds the incident's id, and is
    the same for the same incident and recipient however often it is composed.
    """
    texts = TEXTS[lang] if lang in TEXTS else TEXTS["nb"]
    zone = zone_of(timezone)
    digest = hashlib.sha256(f"{story.id}\x00{recipient}\x00open".encode()).hexdigest()[:16]
    heading = _subject(story, texts)
    if story.target != brand:
        heading = f"{one_line(brand, NAME_LIMIT)} – {heading}"
    facts = _facts(story, texts, zone)
    quoted = [evidence(quote, texts, zone) for quote in quotes[:MOST_QUOTES]]
    link = safe_url(dashboard_url)
    closing = [texts.reason, texts.tune, texts.once]
    return Message(
        id=f"{story.id}.{digest}",
        recipient=recipient,
        subject=heading,
        text=_plain(facts, quoted, closing, link, texts),
        html=_html(heading, facts, quoted, closing, link, texts, lang if lang in TEXTS else "nb"),
        sender=sender,
    )


def safe_url(url: str) -> str:
    """``url`` when it is a plain http(s) address that can be shown and followed, else ""."""
    if (
        not url
        or len(url) > 2000
        or not url.isascii()
        or not url.isprintable()
        or set(url) & set(" <>\"'`\\")
    ):
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return ""
    # A user name before the host makes bank.example@evil.example look like a bank.
    if parts.scheme.lower() not in ("http", "https") or not host or "@" in parts.netloc:
        return ""
    return url


def ordinary_range(expected: float) -> tuple[int, int]:
    """The counts within which 95 % of stretches with this expectation lie (Poisson, equal tails)."""
    if expected > 400:
        spread = 1.96 * math.sqrt(expected)
        return math.floor(expected - spread), math.ceil(expected + spread)
    term = math.exp(-expected)
    below, low, k = term, 0, 0
    while below < 0.975:
        k += 1
        term *= expected / k
        if below < 0.025:
            low = k
        below += term
        if term == 0.0:
            break
    return low, k


class Evidence(NamedTuple):
    words: str
    meta: str
    url: str
    host: str


def _subject(story: Story, texts: Texts) -> str:
    incident = story.incident
    return texts.subject.format(
        target=one_line(story.target, NAME_LIMIT),
        count=incident.observed,
        span=_span(incident, texts),
        expected=_number(incident.expected, texts),
    )


def _facts(story: Story, texts: Texts, zone: tzinfo) -> list[str]:
    incident = story.incident
    low, high = ordinary_range(incident.expected)
    facts = [
        texts.lead.format(
            count=incident.observed,
            span=_span(incident, texts),
            target=one_line(story.target, NAME_LIMIT),
            start=time_of(incident.start, zone, texts),
        ),
        texts.detected.format(at=time_of(incident.detected_at, zone, texts)),
        texts.ordinary.format(expected=_number(incident.expected, texts), low=low, high=high),
        texts.peak.format(at=time_of(incident.peak, zone, texts), count=incident.peak_count),
        texts.open if incident.end is None else texts.ended.format(at=time_of(incident.end, zone, texts)),
    ]
    if story.also:
        facts.append(
            texts.also.format(names=", ".join(one_line(name, NAME_LIMIT) for name in story.also[:20]))
        )
    return facts


def evidence(quote: Quote, texts: Texts, zone: tzinfo) -> Evidence:
    """A quote as it is shown."""
    title, text = one_line(quote.title, QUOTE_LIMIT), one_line(quote.text, QUOTE_LIMIT)
    words = title if len(title) >= 20 else f"{title} – {text}" if title and text else title or text
    url = safe_url(quote.url)
    meta = [one_line(quote.source, NAME_LIMIT)]
    if quote.published_at:
        meta.append(time_of(quote.published_at, zone, texts))
    if quote.conflict in texts.conflict:
        meta.append(texts.conflict[quote.conflict])
    host = urlsplit(url).hostname or "" if url else ""
    line = one_line(words, QUOTE_LIMIT) or texts.untitled
    return Evidence(line, " · ".join(m for m in meta if m), url, host)


def _plain(
    facts: Sequence[str], quoted: Sequence[Evidence], closing: Sequence[str], link: str, texts: Texts
) -> str:
    lines = [*facts, ""]
    if quoted:
        lines += [texts.quotes.format(n=len(quoted)) + ":", ""]
        for words, meta, url, _ in quoted:
            lines += [f"- «{words}»", f"  {meta}", *([f"  {url}"] if url else []), ""]
    else:
        lines += [texts.no_quotes, ""]
    if link:
        lines += [f"{texts.dashboard}: {link}", ""]
    return "\n".join([*lines, texts.doubt, "", f"{texts.why}:", *closing, ""])


STYLE = (
    ":root{color-scheme:light dark}"
    "body{margin:0;padding:16px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;"
    "color:#1b1b1b;background:#fff}"
    "main{max-width:36em;margin:0 auto}h1{font-size:1.25em;line-height:1.3}h2{font-size:1em;margin-top:1.5em}"
    "blockquote{margin:0 0 1em;padding:.1em 0 .1em .8em;border-left:3px solid #8a8a8a;overflow-wrap:anywhere}"
    ".meta,.small{font-size:.875em;color:#555}a{color:#0b57a4}"
    "@media (prefers-color-scheme:dark){body{color:#eee;background:#161616}.meta,.small{color:#b5b5b5}a{color:#8ab8ff}}"
)


def _html(
    heading: str,
    facts: Sequence[str],
    quoted: Sequence[Evidence],
    closing: Sequence[str],
    link: str,
    texts: Texts,
    lang: str,
) -> str:
    escape = html.escape
    parts = [
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">',
        f"<title>{escape(heading)}</title><style>{STYLE}</style></head><body><main>",
        f"<h1>{escape(heading)}</h1>",
        *(f"<p>{escape(fact)}</p>" for fact in facts),
    ]
    if quoted:
        parts.append(f"<h2>{escape(texts.quotes.format(n=len(quoted)))}</h2>")
    else:
        parts.append(f"<p>{escape(texts.no_quotes)}</p>")
    for words, meta, url, host in quoted:
        anchor = (
            f' · <a href="{escape(url)}" rel="noopener noreferrer">{escape(texts.open_source)} ({escape(host)})</a>'
            if url
            else ""
        )
        parts.append(
            f'<blockquote>{escape(words)}<br><span class="meta">{escape(meta)}{anchor}</span></blockquote>'
        )
    if link:
        parts.append(f'<p><a href="{escape(link)}">{escape(texts.dashboard)}</a></p>')
    parts.append(f'<p class="small">{escape(texts.doubt)}</p><h2>{escape(texts.why)}</h2>')
    parts += [f'<p class="small">{escape(sentence)}</p>' for sentence in closing]
    return "\n".join([*parts, "</main></body></html>", ""])


def one_line(value: str, limit: int) -> str:
    """One bounded line, safe to show, in which no mail program finds a link."""
    line = " ".join(clean(value, 4 * limit).split())
    line = line.replace("://", ": //").replace("=?", "= ?")
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _span(incident: Incident, texts: Texts) -> str:
    """How long it had lasted when it was last seen, in begun hours."""
    last = incident.end or max(incident.detected_at, incident.peak) + timedelta(hours=1)
    hours = max(1, math.ceil((last - incident.start) / timedelta(hours=1)))
    return texts.hours[hours != 1].format(n=hours)


def _number(value: float, texts: Texts) -> str:
    if value < 0.1:
        return texts.below.format(value=f"0{texts.decimal}1")
    return (f"{value:.1f}" if value < 10 else f"{value:.0f}").replace(".", texts.decimal)


def time_of(at: datetime, zone: tzinfo, texts: Texts) -> str:
    local = at.astimezone(zone)
    return texts.moment.format(at=local, month=texts.months[local.month - 1])


def zone_of(name: str) -> tzinfo:
    """The zone, or UTC where this machine does not know it: a wrong hour is better than no mail."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC
