"""E-mail addresses and phone numbers in what strangers write become ``[e-mail]`` and ``[tel]``. Pure.

A number is taken for a phone number by its grouping (22 33 44 55, 412 34 567, +47 ..., 0047 ..., 070-123 45 67,
555-123-4567), or, where the digits alone could be anything, by a word for telephone beside it. Amounts, counts,
years, dates, times, decimals, and numbers of orders, cases, companies, accounts and books are left as they are. The
same text always gives the same result, and masking twice changes nothing. Linear in the length of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import Literal

from monitor.text import fold
from monitor.types import BrandIdentity

EMAIL, PHONE = "[e-mail]", "[tel]"

_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_DOMAIN = rf"(?:{_LABEL}\.){{1,6}}[^\W\d_]{{2,24}}"
_LOCAL = r"[\w+%](?:[\w.+%'-]{0,62}[\w+%-])?"
# Not after an @: @ola@snabel.example is a handle, and names inside texts are not changed.
_ADDRESS = re.compile(rf"(?<![\w.+@%-])(?:mailto:)?({_LOCAL})[@\uff20]({_DOMAIN})(?![\w@])")
_AT = r" ?[(\[{] ?(?:at|krøllalfa|alfakrøll) ?[)\]}] ?"
_SPELLED_AT = re.compile(_AT.removeprefix(" ?"), re.IGNORECASE)
_SPELLED = re.compile(
    rf"(?<![\w.+@%-]){_LOCAL}{_AT}"
    rf"{_LABEL}(?: ?(?:\.|[(\[{{] ?(?:dot|punktum|punkt) ?[)\]}}]) ?{_LABEL}){{1,6}}",
    re.IGNORECASE,
)
_SITE = re.compile(rf"(?:https?://)?(?:www\.)?({_DOMAIN})/?", re.IGNORECASE)
_FILE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|avif|css|js)$", re.IGNORECASE)

_GAP = "[ \u00a0\u202f\u2009.\u2010\u2011-]"
# Seven digits or more with at most a gap and a bracket between two of them.
_NUMBER = re.compile(rf"[0-9](?:(?:{_GAP}\(?|\(|\){_GAP}?)?[0-9]){{6,}}")
_DIGITS = re.compile(r"[0-9]+")
_WORD = re.compile(r"\w")
_JOINED = re.compile(r"[0-9][.,:/]$|[\w/=&?+]$")
_URL = re.compile(r"\b(?:https?://|www\.)\S{1,2000}", re.IGNORECASE)

_CALL = re.compile(
    r"(?:\b(?:tlf|tel|telefon\w*|telephone|mob|mobil|mobile|mobil(?:nr|nummer\w*)|ring\w*|phone|call|cell|sms|whatsapp|"
    r"signal|vipps\w*|nummer(?:et)?|number|text|tekst|nås|kontakt|contact|fax|faks)\b|[☎📞📱])[^0-9\n]{0,24}$",
    re.IGNORECASE,
)
_OTHER_NUMBER = re.compile(
    r"(?:\b(?:\w{0,20}(?:ordre|bestilling|sak|kunde|faktura|konto|kvittering|referanse|org|organisasjon|vare|serie|"
    r"billett|løpe|medlem|avtale|skade|journal|sporing|fødsel|person)s?(?:nr|nummer\w{0,3})?|order|case|ref|invoice|"
    r"account|customer|ticket|tracking|serial|isbn|issn|ean|gtin|doi|kid|id|foretaksregisteret|orgnr|lotto|vinnertall\w*|"
    r"kr|nok|sek|dkk|eur|usd|gbp)|[#$€£§])[ .:]{0,3}(?:(?:nr|no|nummer|number|er|is)[ .:]{0,3})?$",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"(?:[.,:/][0-9]| ?(?:,-|[%‰€$£°])| ?(?:kr|kroner|kronar|nok|sek|dkk|eur|euro|usd|dollars?|pund|mill\w*|mrd|"
    r"milliard\w*|prosent|percent|stk|tonn|kg|gram|km|meter|liter|kwh|mwh|gwh|twh|kvm|aksjer|shares)\b)",
    re.IGNORECASE,
)

# ITU country codes: 1 and 7, these of two digits; every other pair opens a code of three.
_TWO_DIGIT_CODE = re.compile(r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")
_PLAIN_SHAPES = frozenset({(2, 2, 2, 2), (3, 2, 3), (3, 3, 2)})
_SURE_GAPS = frozenset({" ", "\u00a0", "\u202f", "\u2009"})


def contact_point(written: str) -> str:
    """One form for all ways of writing an address or a number; "" when it is neither."""
    written = written.strip()
    if found := _ADDRESS.fullmatch(written):
        return fold(f"{found[1]}@{found[2]}")
    if re.fullmatch(r"[0-9 ()+.\u00a0-]{5,30}", written):
        digits = "".join(_DIGITS.findall(written))
        if 5 <= len(digits) <= 15:
            return _national(digits, plus="+" in written)
    return ""


def _national(digits: str, *, plus: bool = False) -> str:
    """Norwegian numbers without their country code, others with it."""
    digits = digits.removeprefix("00") if digits.startswith("00") else digits
    if len(digits) == 10 and digits.startswith("47"):
        return digits[2:]
    return digits


def own_domains(identity: BrandIdentity) -> tuple[str, ...]:
    """Where addresses are ours: at the web addresses without a path among the brand's aliases and accounts, and at
    any domain that is called what the brand is called (given without a dot)."""
    named = (*identity.aliases, *(a.address for a in identity.accounts if a.opted_in))
    sites = [fold(found[1]) for name in named if (found := _SITE.fullmatch(name.strip()))]
    called = [re.sub(r"[\W_]", "", fold(name)) for name in (identity.name, *identity.aliases)]
    return tuple(dict.fromkeys((*sites, *(name for name in called if len(name) > 3))))


class Masker:
    """``own`` are the addresses and numbers of the brand that stay, however they are written."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        self._own = frozenset(point for written in own if (point := contact_point(written)))

    def mask(self, text: str) -> str:
        """``text`` with every address and phone number that is not the brand's own masked."""
        return self._numbers(self.addresses(text))

    def addresses(self, text: str, domains: Iterable[str] = ()) -> str:
        """Only e-mail addresses masked; those at one of ``domains`` (see ``own_domains``) stay too."""
        kept = frozenset(domains)

        def replaced(found: re.Match[str]) -> str:
            domain = fold(found[2])
            if _FILE.search(domain) or fold(f"{found[1]}@{domain}") in self._own:
                return found[0]
            labels = domain.split(".")
            at_home = any(".".join(labels[i:]) in kept for i in range(len(labels) - 1))
            return found[0] if at_home or labels[-2].replace("-", "") in kept else EMAIL

        if "@" in text or "\uff20" in text:
            text = _ADDRESS.sub(replaced, text)
        return _SPELLED.sub(EMAIL, text) if _SPELLED_AT.search(text) else text

    def _numbers(self, text: str) -> str:
        links: list[tuple[int, int]] | None = None
        out: list[str] = []
        end = 0
        for found in _NUMBER.finditer(text):
            start = found.start()
            while start > max(end, found.start() - 3) and text[start - 1] in "+(":
                start -= 1
            if "(" in text[start : found.start()] and ")" not in found[0]:
                start = found.start()  # the bracket is the text's own
            number = text[start : found.end()]
            if _shape(number) == "no":
                continue
            if not _is_phone(number, text[max(0, start - 40) : start], text[found.end() : found.end() + 16]):
                continue
            if links is None:
                links = [(m.start(), m.end()) for m in _URL.finditer(text)]
            inside = bisect_right(links, (start, len(text))) - 1
            if inside >= 0 and start < links[inside][1]:
                continue
            if _national("".join(_DIGITS.findall(number))) in self._own:
                continue
            out += (text[end:start], PHONE)
            end = found.end()
        return "".join((*out, text[end:])) if out else text


def _is_phone(number: str, before: str, after: str) -> bool:
    shape = _shape(number)
    if shape == "no" or _UNIT.match(after) or _WORD.match(after) or _JOINED.search(before):
        return False
    if _OTHER_NUMBER.search(before):
        return False
    if (
        shape == "mobile"
    ):  # eight digits in a row: one of 90 million mobile numbers, or 90 million of anything
        shape = "told" if re.match(r" ?[a-zæøåäö]", after) else "sure"
    return shape == "sure" or _CALL.search(before) is not None


def _shape(number: str) -> Literal["no", "told", "mobile", "sure"]:
    """Whether digits grouped so are a phone number: never, where a word says so, likely (bare mobile), always."""
    groups = _DIGITS.findall(number)
    digits = "".join(groups)
    sizes = tuple(map(len, groups))
    if not 7 <= len(digits) <= 15 or sizes.count(1) > 2 or len(groups) > 7:
        return "no"
    if "+" in number or (digits.startswith("00") and digits[2] != "0"):
        return _international(number, groups, digits)
    if _is_date(digits):
        return "no"
    gaps = {char for char in number if not char.isdigit()}
    if "." in gaps and len(gaps) > 1:
        return "no"  # 10.00-12.30
    if len(digits) == 8:
        if digits[0] in "01":
            return "no"
        if sizes in _PLAIN_SHAPES and len(gaps) == 1 and gaps <= _SURE_GAPS:
            return "sure"
        return "mobile" if sizes == (8,) and digits[0] in "49" and not digits.endswith("0000") else "told"
    if digits[0] == "0" and 9 <= len(digits) <= 11 and sizes != (4, 2, 5) and 2 <= len(groups) <= 5:
        # Trunk prefix: 070-123 45 67, 020 7946 0958, 07700 900123. The first group is the area.
        return "sure" if 2 <= sizes[0] <= 5 and min(sizes[1:]) >= 2 and "." not in gaps else "no"
    if sizes == (3, 3, 4) and digits[0] not in "01" and "." not in gaps:
        return "sure" if gaps & {"-", "("} else "told"
    thousands = sizes[1:] == (3,) * (len(sizes) - 1)
    return "no" if len(digits) > 12 or (thousands and len(sizes) > 1) else "told"


def _international(number: str, groups: list[str], digits: str) -> Literal["no", "told", "sure"]:
    plus = "+" in number
    national = digits if plus else digits[2:]
    code = 1 if national[0] in "17" else 2 if _TWO_DIGIT_CODE.match(national) else 3
    rest = len(national) - code
    if national[0] == "0" or not 6 <= rest <= 12 or (plus and len(groups) == 2 and "." in number):
        return "no"  # +59.913868 is a coordinate
    if national.startswith("47") or national[0] == "1":
        return "sure" if rest == (8 if national[0] == "4" else 10) else "no"
    if not plus and len(groups) == 1:
        return "told"
    # +33 345 678 is a gain in thousands, unless it is long enough for a number.
    thousands = len(groups) > 1 and all(len(group) == 3 for group in groups[1:]) and len(groups[0]) <= 3
    return "no" if thousands and len(digits) <= 10 else "sure"


def _is_date(digits: str) -> bool:
    """23112026 or 20261123, however they are grouped."""
    if len(digits) != 8:
        return False
    orders = ((digits[:4], digits[4:6], digits[6:]), (digits[4:], digits[2:4], digits[:2]))
    return any(y[:2] in ("19", "20") and "01" <= m <= "12" and "01" <= d <= "31" for y, m, d in orders)
