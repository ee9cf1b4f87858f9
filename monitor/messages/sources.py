"""The mail to the operator about sources that are down: plain values in, a Message out. Pure.

Names of sources are ours; errors may repeat what a server said, so they are one bounded line each, escaped in HTML.
"""

# ruff: noqa: E501  a sentence a line, so that a translator sees the whole of it

from __future__ import annotations

import hashlib
import html
from collections.abc import Sequence
from typing import NamedTuple

from monitor.messages import NAME_LIMIT, STYLE, one_line, safe_url, time_of, zone_of
from monitor.messages.remedies import Lang, remedy
from monitor.messages.texts import TEXTS
from monitor.types import EpisodeKind, Message, SourceEpisode

MOST = 20  # sources told with their remedy; further ones are counted
MANY = 0.5  # of all sources at once: the reason is probably here
ERROR_LIMIT = 240


class _Words(NamedTuple):
    subject: tuple[str, str]  # {brand} {source} {kind}; {brand} {n}
    kinds: dict[EpisodeKind, str]
    since: str  # {kind} {at}
    said: str  # {error}
    gone: dict[str, str]
    lead: tuple[str, str]  # one, several: {n}
    many: str  # {n} {of}
    more: str  # {n}
    effect: str
    once: str
    page: str


_WORDS: dict[Lang, _Words] = {
    "nb": _Words(
        ("{brand}: kilden {source} {kind}", "{brand}: {n} kilder svarer ikke som de pleier"),
        {"failing": "feiler", "changed": "er endret", "silent": "er uvanlig stille"},
        "{kind} siden {at}.",
        "Feilen: {error}",
        {"dates": "Datoene mangler.", "texts": "Tekstene mangler.", "entries": "Nesten alle oppføringene mangler."},
        ("En kilde gir ikke det den pleier.", "{n} kilder gir ikke det de pleier."),
        "Det er {n} av {of} kilder på én gang: se først på nettet og maskinen her.",
        "Og {n} til, se oversikten.",
        "Så lenge det varer, kan omtaler derfra mangle i tallene. Oversikten sier hvilke kilder som var nede når.",
        "Hver gang en kilde går ned, gir én e-post. Denne går til mottakere med rollen operator, ellers til den første.",
        "Se kildene i oversikten",
    ),
    "nn": _Words(
        ("{brand}: kjelda {source} {kind}", "{brand}: {n} kjelder svarar ikkje som dei pleier"),
        {"failing": "feilar", "changed": "er endra", "silent": "er uvanleg stille"},
        "{kind} sidan {at}.",
        "Feilen: {error}",
        {"dates": "Datoane manglar.", "texts": "Tekstane manglar.", "entries": "Nesten alle oppføringane manglar."},
        ("Ei kjelde gir ikkje det ho pleier.", "{n} kjelder gir ikkje det dei pleier."),
        "Det er {n} av {of} kjelder på éin gong: sjå først på nettet og maskina her.",
        "Og {n} til, sjå oversynet.",
        "Så lenge det varer, kan omtalar derifrå mangle i tala. Oversynet seier kva kjelder som var nede når.",
        "Kvar gong ei kjelde går ned, gir éin e-post. Denne går til mottakarar med rolla operator, elles til den første.",
        "Sjå kjeldene i oversynet",
    ),
    "en": _Words(
        ("{brand}: the source {source} {kind}", "{brand}: {n} sources do not answer as they used to"),
        {"failing": "fails", "changed": "has changed", "silent": "is unusually quiet"},
        "{kind} since {at}.",
        "The error: {error}",
        {"dates": "The dates are missing.", "texts": "The texts are missing.", "entries": "Nearly all entries are missing."},
        ("A source does not give what it usually gives.", "{n} sources do not give what they usually give."),
        "That is {n} of {of} sources at once: look at the network and the machine here first.",
        "And {n} more, see the dashboard.",
        "While it lasts, mentions from there may be missing in the figures. The dashboard says which sources were down when.",
        "Each time a source goes down gives one mail. It goes to recipients with the role operator, else to the first one.",
        "See the sources in the dashboard",
    ),
}  # fmt: skip


def sources_message(
    brand: str,
    episodes: Sequence[SourceEpisode],
    of: int,
    *,
    recipient: str,
    lang: str,
    timezone: str,
    dashboard_url: str = "",
    sender: str = "",
) -> Message:
    """One mail about all the episodes; ``of`` is how many sources there are. ``lang`` as in ``incident_message``.

    The id is the same for the same episodes and recipient, in whatever order they come.
    """
    code: Lang = "nn" if lang == "nn" else "en" if lang == "en" else "nb"
    words, texts, zone = _WORDS[code], TEXTS[code], zone_of(timezone)
    ids = "\x00".join(sorted(e.id for e in episodes))
    digest = hashlib.sha256(f"{ids}\x00{recipient}\x00sources".encode()).hexdigest()[:24]
    first = episodes[0]
    subject = words.subject[len(episodes) != 1].format(
        brand=one_line(brand, NAME_LIMIT),
        source=one_line(first.source, NAME_LIMIT),
        kind=words.kinds[first.kind],
        n=len(episodes),
    )
    facts = [words.lead[len(episodes) != 1].format(n=len(episodes))]
    if len(episodes) > 1 and len(episodes) > MANY * of:
        facts.append(words.many.format(n=len(episodes), of=of))
    told = []
    for episode in episodes[:MOST]:
        kind = words.kinds[episode.kind]
        lines = [
            words.since.format(kind=kind[:1].upper() + kind[1:], at=time_of(episode.began_at, zone, texts))
        ]
        if episode.reason in words.gone and not episode.error_kind:
            lines.append(words.gone[episode.reason])
        elif episode.reason:
            lines.append(words.said.format(error=one_line(episode.reason, ERROR_LIMIT)))
        lines.append(
            remedy(code, episode.kind, episode.error_kind, None if episode.error_kind else episode.reason)
        )
        told.append((one_line(episode.source, NAME_LIMIT), lines))
    closing = [words.more.format(n=len(episodes) - MOST)] if len(episodes) > MOST else []
    closing += [words.effect, words.once]
    link = safe_url(dashboard_url)
    plain = [*facts, ""]
    for name, lines in told:
        plain += [f"- {name}", *(f"  {line}" for line in lines), ""]
    plain += [*closing, *(["", f"{words.page}: {link}"] if link else []), ""]
    escape = html.escape
    parts = [
        f'<!doctype html><html lang="{code}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">',
        f"<title>{escape(subject)}</title><style>{STYLE}</style></head><body><main><h1>{escape(subject)}</h1>",
        *(f"<p>{escape(fact)}</p>" for fact in facts),
    ]
    for name, lines in told:
        parts.append(f"<h2>{escape(name)}</h2><p>{'<br>'.join(map(escape, lines))}</p>")
    if link:
        parts.append(f'<p><a href="{escape(link)}">{escape(words.page)}</a></p>')
    parts += [f'<p class="small">{escape(sentence)}</p>' for sentence in closing]
    page = "\n".join([*parts, "</main></body></html>", ""])
    return Message(f"sources.{digest}", recipient, subject, "\n".join(plain), page, sender)
