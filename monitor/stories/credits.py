"""Wire credits: "(NTB)", "LONDON, Nov 23 (Reuters) -", "/ritzau/", "(NTB/Kystavisa)". Pure; reads the two ends only.

A credit is no part of the story: two pieces of one agency are not alike because both are signed. It is evidence that
texts in two languages come from one wire.
"""

from __future__ import annotations

import re

from monitor.text import fold

_KNOWN = frozenset(
    word
    for line in (
        "ntb npk ntb-npk ntb-afp ntb-ap ntb-reuters ntb-ritzau ntb-tt tt tt-ntb ritzau stt fnb",
        "ap reuters afp dpa apa ansa efe pa bloomberg xinhua",
    )
    for word in line.split()
)
# Those that are told from ordinary words also in the middle of a sentence ("sier hun til NTB").
_CITED = re.compile(r"\b(?:NTB|NPK|Reuters|AFP|Ritzau|Bloomberg|DPA|STT)\b")
_WHO = r"(?:©\s?)?(?P<who>[A-ZÆØÅÄÖa-z][\w&]{1,19}(?:[-–][A-ZÆØÅÄÖa-z]\w{1,15})?)(?:\s?/\s?[\w .-]{1,40})?"
_PLACE = r"(?:(?P<place>[A-ZÆØÅÄÖ](?:[\w ,/-]|(?<=\d)\.){1,30}?)\s)?"
_START = re.compile(rf"^\s*{_PLACE}\(\s?{_WHO}\s?\)\s?[:.–—-]?\s*")
_BARE_START = re.compile(rf"^\s*(?:©\s?)?{_WHO}\s?(?:[:–—]|-(?=\s))\s*")
_END = re.compile(rf"\s*(?:\(\s?{_WHO}\s?\)|(?P<slash>/)\s?{_WHO.replace('who', 'by')}\s?/?)\s*\.?\s*$")
_SIGN_END = re.compile(r"\s*©\s?(?P<who>\w{2,20})\s*$")
_REACH = 120  # characters of either end


def credited(text: str) -> tuple[str, frozenset[str]]:
    """The text without the credits at its ends, and the agencies named there or cited by name, folded.

    A name in brackets that opens or ends a text is taken for an agency also when it is none we know; behind a place or
    between slashes only those we know are (a ticker in brackets follows a company's name).
    """
    found = {fold(match.group()) for match in _CITED.finditer(text)}
    for pattern in (_START, _BARE_START):
        if match := pattern.match(text[:_REACH]):
            who = fold(match["who"]).replace("–", "-")
            bracketed = pattern is _START and not match["place"] and match["who"][0].isupper()
            if (who in _KNOWN or bracketed) and match.end() < len(text):
                found.add(who)
                text = text[match.end() :]
                break
    tail = text[-_REACH:]
    for pattern in (_END, _SIGN_END):
        if match := pattern.search(tail):
            slash = pattern is _END and match["slash"]
            name = match["by"] if slash else match["who"]
            who = fold(name).replace("–", "-")
            if who in _KNOWN or (not slash and name[0].isupper()):
                found.add(who)
                text = text[: len(text) - len(tail) + match.start()]
                break
    return text, frozenset(found)
