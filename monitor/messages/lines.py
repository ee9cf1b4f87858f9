"""The small parts of a mail: one safe line, one safe link, one quote, a number, a time. Pure."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from monitor.messages.texts import TEXTS, Lang, Texts
from monitor.text import clean
from monitor.types import Excerpt, IncidentSummary

MOST_QUOTES = 5
QUOTE_LIMIT = 280
NAME_LIMIT = 80


class Evidence(NamedTuple):
    words: str
    meta: str
    url: str
    host: str


def language(lang: str) -> Lang:
    """nb, nn or en; anything else is nb."""
    return "nn" if lang == "nn" else "en" if lang == "en" else "nb"


def texts_of(lang: str) -> Texts:
    return TEXTS[language(lang)]


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


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share; ``of`` > 0."""
    z = 1.96
    share, scale = hits / of, 1 + z * z / of
    middle = (share + z * z / (2 * of)) / scale
    reach = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / scale
    return max(0.0, middle - reach), min(1.0, middle + reach)


def evidence(quote: Excerpt, texts: Texts, zone: tzinfo, mark: str = "") -> Evidence:
    """A quote as it is shown; ``mark`` says what is special about it."""
    title, text = one_line(quote.title, QUOTE_LIMIT), one_line(quote.text, QUOTE_LIMIT)
    words = title if len(title) >= 20 else f"{title} – {text}" if title and text else title or text
    url = safe_url(quote.url)
    meta = [mark, one_line(quote.source, NAME_LIMIT)]
    if quote.published_at:
        meta.append(time_of(quote.published_at, zone, texts))
    if quote.conflict in texts.conflict:
        meta.append(texts.conflict[quote.conflict])
    host = urlsplit(url).hostname or "" if url else ""
    line = one_line(words, QUOTE_LIMIT) or texts.untitled
    return Evidence(line, " · ".join(m for m in meta if m), url, host)


def one_line(value: str, limit: int) -> str:
    """One bounded line, safe to show, in which no mail program finds a link."""
    line = " ".join(clean(value, 4 * limit).split())
    line = line.replace("://", ": //").replace("=?", "= ?")
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def hours_of(summary: IncidentSummary) -> int:
    """How long it had lasted when something of it was last seen, in begun hours."""
    incident = summary.incident
    seen = [bin.at for bin in summary.curve if bin.count]
    last = incident.end or max(incident.detected_at, incident.peak, *seen) + timedelta(hours=1)
    return max(1, math.ceil((last - incident.start) / timedelta(hours=1)))


def span_of(summary: IncidentSummary, texts: Texts) -> str:
    hours = hours_of(summary)
    return texts.hours[hours != 1].format(n=hours)


def number_of(value: float, texts: Texts) -> str:
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
