"""What the identity does not cover: texts about our conduct that fit no statement, put together by theme. Pure.

A text is a candidate when a conflict is likely or it leaves one of ours clearly worse off, and yet no statement takes
a fair share of it (the read model finds these by their numbers). Here those that speak of conduct are kept and
grouped by a word that several stories share, so that a person sees "four stories about parking", not four texts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from monitor import text as txt
from monitor.consistency.words import Stems, stems
from monitor.types import Utterance
from monitor.wordlists import COMPANY_FORMS, ORGANISATION, ROLES

SHARE_BELOW = 0.2  # of the best statement: no statement covers the text well
SCORE_FROM = 0.5  # P(conflict): a conflict is likelier than not
NEGATIVE_FROM = 0.8  # P(negative) toward the brand or a leader
_EXAMPLES = 3
_WORDS = 4  # that name a theme
_NO_THEME = ROLES | COMPANY_FORMS | ORGANISATION  # who, not what
_READ = 1_200  # characters of a text that a theme is sought in

# Something was done, or left undone, by somebody answerable; word beginnings, folded.
_CONDUCT = re.compile(
    r"\b(?:brøt|brudd|bryt|brøyt|brot|brutt|ulovl|lovbrudd|skjul|hemmelig|løgn|løy|lyg|lurt|lure|nekt|truet|truer|truga"
    r"|presset|presser|pressa|sparket|oppsagt|avslo|avvis|ignorer|lovet|lova|løfte|slett|fjernet|fjerna|skyld|ansvar|feil|svikt|burde"
    r"|skulle ha|diskriminer|trakasser|mobb|krenk|utnytt|misbruk|varsl|bot\b|bøt|gebyr|tilsyn|gransk|anmeld|klag|kritik"
    r"|sviket|unnlot|broke|breach|violat|illegal|hid\b|hidden|hiding|conceal|secret|lied|lying|misled|mislead|refus"
    r"|threat|pressur|fired|sacked|reject|ignor|promis|delet|remov|blame|fault|fail|should have|discriminat"
    r"|harass|bull(?:y|ied)|exploit|abus|whistle|fined|overcharg|investigat|complain|critici|decided|beslutt|vedtok|vedtatt"
    r"|valgte å|chose to)",
)


@dataclass(frozen=True, slots=True)
class Theme:
    """Texts that share a word and fit no statement. ``words`` name it as they were written; () for a single story.

    ``examples`` are one text of each story, at most three, the likeliest conflict first.
    """

    words: tuple[str, ...]
    mentions: int
    stories: int
    examples: tuple[Utterance, ...]


def about_conduct(text: str) -> bool:
    """Whether the text speaks of something done or left undone, rather than of taste or luck."""
    return _CONDUCT.search(txt.fold_chars(text[: 2 * _READ])) is not None


def themes(uncovered: Sequence[Utterance], without: Stems = frozenset()) -> list[Theme]:
    """The texts about conduct by theme, most stories first; a story is in one theme only.

    The word that most of the remaining stories share makes a theme of them, as long as two share one. ``without``
    are the words of our own names.
    """
    texts = [u for u in uncovered if about_conduct(f"{u.title}\n{u.text}")]
    stories: dict[str, list[Utterance]] = {}
    for utterance in sorted(texts, key=lambda u: (-(u.score or 0.0), u.at, u.mention_id)):
        stories.setdefault(utterance.story, []).append(utterance)
    words = {story: _words(group[0], without) for story, group in stories.items()}
    written = _written(stories, without)
    found = []
    rest = dict(stories)
    while rest:
        counts = Counter(word for story in rest for word in words[story] if not word[0].isdigit())
        # The longer word of two as frequent says more.
        top = max(counts, key=lambda w: (counts[w], len(w), w), default="")
        if counts[top] < 2:
            break
        members = [story for story in rest if top in words[story]]
        inside = Counter(w for story in members for w in words[story] if not w[0].isdigit() and w != top)
        also = [
            w
            for w, n in sorted(inside.items(), key=lambda x: (-x[1], -len(x[0]), x[0]))
            if n > len(members) / 2
        ]
        names = tuple(written.get(w, w) for w in (top, *also[: _WORDS - 1]))
        found.append(_theme(names, [rest.pop(story) for story in members]))
    found += [_theme((), [group]) for group in rest.values()]
    return sorted(found, key=lambda t: (-t.stories, -(t.examples[0].score or 0.0), t.examples[0].mention_id))


def _theme(words: tuple[str, ...], groups: Sequence[Sequence[Utterance]]) -> Theme:
    first = sorted((g[0] for g in groups), key=lambda u: (-(u.score or 0.0), u.at, u.mention_id))
    return Theme(words, sum(len(g) for g in groups), len(groups), tuple(first[:_EXAMPLES]))


def _words(utterance: Utterance, without: Stems) -> Stems:
    found = stems(f"{utterance.title}\n{utterance.text}"[:_READ], without | _NO_THEME)
    return frozenset(word for word in found if len(word) > 3)


def _written(stories: dict[str, list[Utterance]], without: Stems) -> dict[str, str]:
    """Stem -> the shortest word that has it, to show."""
    shown: dict[str, str] = {}
    for group in stories.values():
        body = f"{group[0].title}\n{group[0].text}"[:_READ]
        for word in txt.words(body):
            for stem in stems(word.folded, without, is_english=False) | stems(
                word.folded, without, is_english=True
            ):
                if stem not in shown or len(word.folded) < len(shown[stem]):
                    shown[stem] = word.folded
    return shown
