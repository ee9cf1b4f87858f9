"""Does this surface mean us? The evidence around one name, added up.

Pure. Scores are log-odds-like: above 0 the surface is taken for the target. The weights were set by hand on
development brands and are few on purpose; each line says what it looks at.
"""

from __future__ import annotations

import bisect
import re

from monitor.targets.homonyms import VENUES, Weight, key
from monitor.targets.names import Surface
from monitor.targets.reading import Reading
from monitor.text import fold_chars
from monitor.wordlists import (
    ARTICLES,
    COMPANY_FORMS,
    COUNTED,
    COURTESY,
    FIRST_NAMES,
    MOVES,
    NAME_HEADS,
    NAMED,
    OFFICE,
    OPENERS,
    ORG_ENDINGS,
    ORGANISATION,
    OTHER_TITLES,
    PLACE_ENDINGS,
    PLACE_PREPOSITIONS,
    ROLES,
    SPEECH,
    STOPWORDS,
    TOWNS,
)

Neighbour = tuple[str, str]  # (folded, raw)

_QUOTES = ("«", "»", '"', "“", "”")
_AFTER_STOP = re.compile(r"[.!?\n] ?$")
_OFFICE_ENDS = ("sjef", "sjefen", "direktør", "direktøren", "kontoret", "avdelingen", "avdelinga", "ledelsen")
_AGE = re.compile(r" ?\(\d{1,2}\)")
_THE_PLACE = frozenset(("in", "across", "through", "from", "of", "near", "inside"))  # ... the Bakken
_PLACE_COST = {
    **dict.fromkeys(("in", "near", "nær", "outside"), 2.4),
    **dict.fromkeys(("i", "på"), 2.2),
    "around": 1.5,
    "to": 0.3,
    "at": 0.0,
}


def local(surface: Surface, reading: Reading, own_first_names: frozenset[str]) -> tuple[float, bool]:
    """The evidence at the name itself, and whether it is the surname of somebody else."""
    before, after = reading.neighbours(surface.start, surface.end)
    person = False
    if surface.form.kind == "brand" or surface.form.strength != "sure":
        leader = surface.form.kind == "leader"
        person = is_other_person(before, reading, surface.start, own_first_names, leader)
    score = _letters(surface, reading) + _growth(surface, reading) + _phrases(surface, reading, before, after)
    score += apposition(surface, reading) + _behind(surface, reading, before, after)
    score += _ahead(surface, reading, before, after)
    sakes = reading.context.namesakes
    if person:
        sure = sakes.is_surname or before[0] in FIRST_NAMES or surface.form.kind == "leader"
        score -= 4.0 if sure else 2.0
    if sakes.is_surname and surface.form.kind == "brand" and _capital(surface, reading):
        if _AGE.match(reading.text, surface.end):
            return score - 4.0, True
        if after[0] in SPEECH or (not after[0] and before[0] in SPEECH):
            score -= 0.7
    return score, person


def _capital(surface: Surface, reading: Reading) -> bool:
    return reading.text[surface.start : surface.end].lstrip("@#")[:1].isupper()


def _letters(surface: Surface, reading: Reading) -> float:
    """Capitals, quotation marks, @ and #."""
    text, sakes = reading.text, reading.context.namesakes
    brand = surface.form.kind == "brand"
    quoted = (
        text[max(0, surface.start - 1) : surface.start] in _QUOTES
        and text[surface.end : surface.end + 1] in _QUOTES
    )
    if text[surface.start] in "@#":
        return 0.5
    if reading.title_style:
        return 0.4
    if _capital(surface, reading):
        score = 0.4 if reading.opens_sentence(surface.start) else 2.0
        return score - 1.5 if quoted and brand else score  # firms are not quoted; boats and books are
    if reading.lower_style or _AFTER_STOP.search(text, max(0, surface.start - 4), surface.start):
        score = 0.5 if brand else -0.4
    elif brand:
        score = -1.6 if sakes.is_word else -0.6
    else:
        score = -2.0
    return score - 2.0 if quoted and brand else score  # a word is explained


def _growth(surface: Surface, reading: Reading) -> float:
    """What is grown onto the name: endings and second halves of compounds."""
    context, sakes, rest = reading.context, reading.context.namesakes, surface.rest
    brand = surface.form.kind == "brand"
    word = fold_chars(reading.text[surface.start : surface.end]).strip("@#")
    if brand and (word in sakes.others or (surface.tail != "genitive" and key(word) in sakes.longer)):
        return -6.0
    if surface.tail == "genitive":
        return 0.3 if _capital(surface, reading) else 0.0
    if surface.tail == "definite":
        return -1.5 if sakes.is_word or not _capital(surface, reading) else -0.7
    if not surface.tail:
        return 0.0
    closed = surface.tail == "closed"
    if rest in ORG_ENDINGS or context.weight(rest).balance > 0.3:
        return 1.5 if closed else 2.5
    if any(rest.endswith(e) for e in PLACE_ENDINGS) or context.weight(rest).balance < 0:
        return -6.0 if closed else -3.0
    if not closed:
        return 0.3
    return -0.5 if reading.text[surface.start] in "@#" else -2.5 if brand else -4.0


def _phrases(surface: Surface, reading: Reading, before: Neighbour, after: Neighbour) -> float:
    """Phrases the brand file calls somebody else's."""
    sakes, name = reading.context.namesakes, surface.form.folded
    partner = fold_chars(after[1])  # Hegg & Sønner
    pairs = {(before[0], name), (name, after[0]), *([(name, partner)] if after[0] == "&" else [])}
    if pairs & sakes.phrases.keys():
        return -6.0
    if not _capital(surface, reading) and pairs & sakes.lower_phrases.keys():
        return -3.0
    return 0.0


def _behind(surface: Surface, reading: Reading, before: Neighbour, after: Neighbour) -> float:
    """The word after the name."""
    word, raw = after
    if word == "&":
        return -2.0
    if word in COMPANY_FORMS and not surface.tail:
        return 3.0
    if word in NAME_HEADS and (raw[:1].isupper() or word not in STOPWORDS):
        if reading.context.weight(word).balance > 0.5:
            return 0.0
        return -7.0 if surface.tail == "genitive" and reading.context.namesakes.is_place else -4.0
    if word in TOWNS:
        return 0.5  # a branch: Haug Åsane, Solheim Moss
    weight = reading.context.weight(word)
    if word and weight.ours < 0.3 and weight.bearer >= 1.0:
        return -2.0  # my Skua dinghy
    if raw[:1].isupper() and _capital(surface, reading) and not reading.title_style and not surface.tail:
        return -0.3 if before[0] in ("på", "at", "hos") else -1.5
    return 0.0


def _ahead(surface: Surface, reading: Reading, before: Neighbour, after: Neighbour) -> float:
    """The word before the name."""
    word, sakes = before[0], reading.context.namesakes
    brand, lower = surface.form.kind == "brand", not _capital(surface, reading)
    alone = not after[0] or after[0] in STOPWORDS  # "the stryk is", not "the Stryk guy"
    weight = reading.context.weight(word).balance
    if word in ORGANISATION or any(len(o) >= 5 and word.endswith(o) for o in ORGANISATION):
        return 2.5
    if word in ROLES:
        return 1.5 if surface.form.kind == "leader" else 0.5
    if word in NAME_HEADS and len(word) > 3:
        return -2.5 if weight <= 0.5 else 0.0
    if word == "hos" or weight >= 0.7:
        return 1.5
    if weight <= -0.7:
        return -1.5
    if word in ARTICLES and lower:
        return -1.5 if alone else -0.3
    if word in COUNTED and sakes.is_surname and brand:
        return -2.5 if alone else -0.3
    if word == "the" and sakes.is_place and (second := before_that(reading, surface.start)) in _THE_PLACE:
        return -4.0 if alone else -1.5 if second == "in" else 0.0
    if word == "å" and lower:
        return -3.0
    if word in PLACE_PREPOSITIONS and brand and sakes.is_place and surface.tail not in ("hyphen", "closed"):
        return -place_like(word, reading, surface.start)
    return 0.0


def is_other_person(
    before: tuple[str, str], reading: Reading, start: int, own: frozenset[str], leader: bool
) -> bool:
    """A first name or a title of somebody else stands in front: Oda Brekke, ordfører Brekke, Prof. Edith Balsam."""
    folded, raw = before
    if not folded or (leader and folded in own):
        return False
    if folded in COURTESY:
        return not leader
    if folded in OTHER_TITLES:
        return True
    if not raw[:1].isupper() or (reading.title_style and folded not in FIRST_NAMES):
        return False
    if folded in FIRST_NAMES or folded.split("-")[0] in FIRST_NAMES:
        return True
    if folded in OPENERS or folded in ORGANISATION or folded in ROLES or folded in NAME_HEADS:
        return False
    if reading.context.weight(folded).balance > 0:
        return False
    # An unknown capitalised word in mid-sentence in front of a surname is most often a first name.
    # At the head of a sentence it may also be a noun (Kjeden Haug), which in Norwegian is then definite.
    at = start - len(raw) - 1
    if reading.opens_sentence(at):
        noun = len(folded) > 4 and folded.endswith(("en", "et", "ene", "ane", "er", "t", "ly", "vis"))
        return reading.context.namesakes.is_surname and not noun
    return raw[1:].islower()


def before_that(reading: Reading, start: int) -> str:
    """The word before the word before a span."""
    a = bisect.bisect_left(reading.starts, start) - 2
    return reading.tokens[a][0] if a >= 0 else ""


def place_like(preposition: str, reading: Reading, start: int) -> float:
    """How much "in X" speaks for a place. One works, leads and owns shares in a firm; one lives in a town."""
    a = bisect.bisect_left(reading.starts, start)
    ahead = [t[0] for t in reading.tokens[max(0, a - 5) : a - 1]]
    if any(w in OFFICE or w in ROLES or w.endswith(_OFFICE_ENDS) for w in ahead):
        return 0.0
    if ahead and reading.context.weight(ahead[-1]).ours:
        return 0.0
    cost = _PLACE_COST.get(preposition, 0.7)
    if preposition == "på" and reading.context.trades & VENUES:
        cost = 0.3  # one sleeps, shops and is seen "på" a hotel, a shop, a clinic
    if reading.total()[0] < 0.3:
        cost += 1.0  # nothing in the text is of our trade
    return cost + (2.0 if moved_there(reading, start) else 0.0)


def moved_there(reading: Reading, start: int) -> bool:
    """One goes, lives or is born there: the name is a place."""
    a = bisect.bisect_left(reading.starts, start)
    weight = reading.context.weight
    return any(t[0] in MOVES and not weight(t[0]).ours for t in reading.tokens[max(0, a - 4) : a - 1])


def apposition(surface: Surface, reading: Reading) -> float:
    """What is said right behind a comma or "called": Bakken, a hamlet of 60 houses; a folkboat called Lomvi."""
    score = 0.0
    a = bisect.bisect_left(reading.starts, surface.start)
    if a >= 2 and reading.tokens[a - 1][0] in NAMED:
        said = [reading.weights[i].balance for i in range(max(0, a - 4), a - 1)]
        score += 3.0 * max(-1.0, min(1.0, sum(said)))
    if reading.text[surface.end : surface.end + 2] == ", ":
        b = bisect.bisect_left(reading.starts, surface.end)
        behind = reading.tokens[b : b + 6]
        if behind and behind[0][0] in ("a", "an", "the", "en", "et", "ei", "ein", "eit"):
            stop = next(
                (i for i in range(1, len(behind)) if reading.text[behind[i - 1][2]] in ",.;:"), len(behind)
            )
            said = [reading.weights[b + i].balance for i in range(stop)]
            score += 3.0 * max(-1.0, min(1.0, sum(said)))
    return score


# How much the evidence for the ordinary word and for another bearer counts, by how the name is written.
_POOLS = {"capital": (0.2, 1.0), "opening": (0.7, 1.0), "small": (1.0, 0.6)}


def letter_case(surface: Surface, reading: Reading) -> str:
    """capital = a capital that says something; opening = one that any word would have there; small."""
    raw = reading.text[surface.start : surface.end].lstrip("@#")
    if not raw[:1].isupper():
        return "small"
    return "opening" if reading.title_style or reading.opens_sentence(surface.start) else "capital"


def balance(weight: Weight, case: str, limit: float) -> float:
    """Evidence for us minus evidence against, within +-limit."""
    common, bearer = _POOLS[case]
    return max(-limit, min(limit, weight.ours - common * weight.common - bearer * weight.bearer))
