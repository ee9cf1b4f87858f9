"""Figures into a Digest: which sections there are, and what the opening says of them. Pure."""

from __future__ import annotations

from datetime import timedelta

from monitor.digest import Digest, Figures, Lang, Section
from monitor.digest.narrowing import only
from monitor.digest.sections import flags, goals, incidents, moved, networks, standing, unseen, voice
from monitor.digest.speaking import Speaker
from monitor.messages.lines import NAME_LIMIT, one_line, safe_url
from monitor.readmodel import Standing, count_change, share_change

_TONES = {  # by what the shares of negative and positive did
    ("up", "unclear"): "negative_up",
    ("unclear", "down"): "positive_down",
    ("up", "down"): "worse",
    ("down", "unclear"): "negative_down",
    ("unclear", "up"): "positive_up",
    ("down", "up"): "better",
    ("up", "up"): "apart",
    ("down", "down"): "cooler",
}
QUIET = 4  # stories about the brand; no more, and the period is called quiet


def compose(figures: Figures, lang: Lang, timezone: str, *, dashboard_url: str = "") -> Digest:
    """The whole digest in ``lang``, times in ``timezone`` (an IANA name). A section about which nothing is known is
    left out; one in which nothing happened says so in a sentence."""
    say = Speaker(lang, timezone)
    words = say.words
    first = say.local(figures.since).date()
    last = (say.local(figures.until) - timedelta(minutes=1)).date()
    when = say.days(first, last)
    sections: list[Section | None] = [flags(figures, say), incidents(figures, say), unseen(figures, say)]
    if figures.collected:
        sections = [
            standing(figures, say),
            goals(figures, say),
            moved(figures, say),
            flags(figures, say),
            incidents(figures, say),
            voice(figures, say),
            networks(figures, say),
            unseen(figures, say),
        ]
    closing = [words.intervals, words.doubt]
    if figures.only:
        closing.insert(0, words.only_left_out.format(view=one_line(figures.only.view, NAME_LIMIT)))
    if figures.fictional:
        closing.append(words.fictional)
    return Digest(
        lang,
        figures.kind,
        last,
        words.title[figures.kind].format(brand=one_line(figures.brand, NAME_LIMIT)),
        when,
        opening(figures, say),
        tuple(section for section in sections if section is not None),
        tuple(closing),
        safe_url(dashboard_url),
        words.dashboard,
        words.open_source,
    )


def opening(figures: Figures, say: Speaker) -> str:
    """The most important in a few sentences, each from a figure: how it goes, what goes on, what waits."""
    words = say.words
    told = [only(figures.only, say)] if figures.only else []
    told.append(_direction(figures, say))
    going_on = sum(i.ended_at is None for i in figures.incidents)
    closed = sum(i.closed for i in figures.incidents)
    if going_on:
        told.append(say.in_words(words.going_on, going_on))
    if figures.open_flags:
        told.append(say.in_words(words.waits, figures.open_flags))
    else:
        told.append(words.none_waits)
    if closed:
        told.append(say.in_words(words.closed, closed))
    if figures.unseen:
        told.append(say.in_words(words.sources_down, len({u.source for u in figures.unseen})))
    if figures.missing:
        told.append(words.view_missing.format(view=one_line(figures.missing, NAME_LIMIT)))
    return " ".join(told)


def _direction(figures: Figures, say: Speaker) -> str:
    words = say.words
    if not figures.collected:
        return words.no_data[figures.kind]
    brand = _of(figures, figures.subjects[0])
    if brand is None or not brand.stories:
        return words.nothing[figures.kind]
    if brand.stories <= QUIET and not figures.incidents:
        return say.count(words.quiet[figures.kind], brand.stories)
    if brand.previous is None:
        return words.first
    negative = share_change(brand.negative_share, brand.previous.negative_share)
    positive = share_change(brand.positive_share, brand.previous.positive_share)
    tone = _TONES.get(
        (negative if negative != "unknown" else "unclear", positive if positive != "unknown" else "unclear")
    )
    if tone:
        return words.tone[tone]
    volume = count_change(brand.stories, brand.previous.stories)
    return {"up": words.louder, "down": words.hushed}.get(volume, words.steady)


def _of(figures: Figures, target: str) -> Standing | None:
    return next((s for s in figures.standings if s.target == target), None)
