"""The mail to the operator about sources that are down: plain values in, a Message out. Pure.

Names of sources are ours; errors may repeat what a server said, so they are one bounded line each, escaped in HTML.
"""

# ruff: noqa: E501  a sentence a line, so that a translator sees the whole of it

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from monitor.messages.lines import NAME_LIMIT, one_line, safe_url, time_of, zone_of
from monitor.messages.page import Page
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
        if episode.error_kind and episode.reason:
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
    page = Page(code, subject)
    for fact in facts:
        page.paragraph(fact)
    for name, lines in told:
        page.heading(name)
        page.listing(lines)
    if link:
        page.link(link, words.page, button=True)
    for sentence in closing:
        page.small(sentence)
    return Message(f"sources.{digest}", recipient, subject, "\n".join(plain), page.close(), sender)
