"""HTML -> plain text, in one pass and in time linear in the input, whatever the input is. Pure.

Text is all that leaves here: what stood in script, style and other unread elements is gone, blocks become lines,
character references become characters. The result may still *look* like markup (``&lt;b&gt;`` becomes ``<b>``):
it is plain text and is shown as such. html.parser is not used because its regular expressions take minutes for
some inputs, and because it eats ``<Fjordbank>`` as if that were a tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

# ruff: noqa: SIM905 - lists of sixty words read better as text
LIMIT = 400_000  # characters of HTML looked at; the rest is cut off

_BLOCK = frozenset(
    "address article aside blockquote br caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol option p pre section summary table "
    "tbody tfoot thead tr ul".split()
)
_INLINE = frozenset(
    "a abbr acronym applet area b base basefont bdi bdo big body button canvas cite code col colgroup data datalist "
    "del dfn em embed font frame frameset html i img input ins kbd label link map mark meta meter output param "
    "picture progress q rb rp rt ruby s samp search select small source span strike strong sub sup td th time track "
    "tt u var video audio wbr".split()
)
_UNREAD = frozenset(
    "script style template iframe object noscript noframes noembed svg math head title textarea xmp".split()
)
_ELEMENTS = _BLOCK | _INLINE | _UNREAD
_RAW = frozenset(
    ("script", "style", "textarea", "title", "xmp", "noscript", "template")
)  # hold no tags of the page
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]{1,100})(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]*)))?""")
MAX_TAGS = 50_000
MAX_ATTRIBUTES = 50  # of one tag
_NAME = re.compile(r"/?([A-Za-z][A-Za-z0-9:_-]{0,63})")
_QUOTED_PIECES = 16  # how many '>' inside quoted attributes are believed before the tag is taken to end


def to_text(html: str, limit: int = LIMIT) -> str:
    """The words of ``html``: one line a block, single blanks, no empty lines.

    Only names that HTML has (and custom elements, ``x-y`` or ``x:y``) count as tags; ``<Name>`` stays text.
    """
    html = html[:limit]
    if "<" not in html:
        return _tidy(unescape(html))
    out: list[str] = []
    position = 0
    length = len(html)
    while position < length:
        start = html.find("<", position)
        if start < 0:
            start = length
        if start > position:
            out.append(unescape(html[position:start].replace("\n", " ")))
        if start == length:
            break
        position, text = _markup(html, start)
        out.append(text)
    return _tidy("".join(out))


@dataclass(frozen=True, slots=True)
class Tag:
    """``html[start:end]``; ``name`` and the names of attributes are lower case, values are as a browser reads them."""

    name: str
    attributes: Mapping[str, str]
    start: int
    end: int
    closing: bool


def tags(html: str, limit: int = LIMIT) -> Iterator[Tag]:
    """The tags in the first ``limit`` characters, in their order, none from comments or scripts; MAX_TAGS at most."""
    html = html[:limit]
    position = 0
    for _ in range(MAX_TAGS):
        start = html.find("<", position)
        if start < 0:
            return
        match = _NAME.match(html, start + 1)
        if match is None:
            position = start + 1 if html[start + 1 : start + 2] not in ("!", "?") else _markup(html, start)[0]
            continue
        name, closing = match.group(1).lower(), html[start + 1] == "/"
        end = _tag_end(html, match.end())
        if end < 0:
            return
        yield Tag(name, {} if closing else _attributes(html[match.end() : end]), start, end, closing)
        position = end
        if name in _RAW and not closing:
            after = re.compile(rf"</{name}", re.IGNORECASE).search(html, end)
            if after is None:
                return
            position = after.start()


def _attributes(inside: str) -> dict[str, str]:
    """The first of a name counts."""
    found: dict[str, str] = {}
    for number, match in enumerate(_ATTRIBUTE.finditer(inside)):
        if number >= MAX_ATTRIBUTES:
            break
        name, double, single, bare = match.groups()
        found.setdefault(name.lower(), unescape(double or single or bare or "").strip())
    return found


def _markup(html: str, start: int) -> tuple[int, str]:
    """What stands at ``html[start] == '<'``: where to go on, and the text to put in its place."""
    if html.startswith("<!--", start):
        end = html.find("-->", start + 2)
        return (end + 3 if end >= 0 else len(html)), ""
    if html.startswith("<![CDATA[", start):
        end = html.find("]]>", start)
        inner = html[start + 9 : end if end >= 0 else len(html)]
        return (end + 3 if end >= 0 else len(html)), inner
    if html.startswith(("<!", "<?"), start):
        end = html.find(">", start)
        return (end + 1 if end >= 0 else len(html)), ""
    match = _NAME.match(html, start + 1)
    name = match.group(1).lower() if match else ""
    if not match or not (name in _ELEMENTS or "-" in name or ":" in name):
        return start + 1, "<"
    end = _tag_end(html, match.end())
    if end < 0:  # cut off inside a tag
        return len(html), ""
    closing = html[start + 1] == "/"
    if name in _UNREAD and not closing and html[end - 2] != "/":
        after = re.compile(rf"</{name}", re.IGNORECASE).search(html, end)
        stop = html.find(">", after.end()) if after else -1
        return (stop + 1 if stop >= 0 else len(html)), " "
    if name in _BLOCK:
        return end, "\n"
    return end, " " if name in ("td", "th") else ""


def _tag_end(html: str, position: int) -> int:
    """Index after the '>' that ends the tag, -1 when there is none. A '>' inside quotes does not end it."""
    first = end = html.find(">", position)
    quote = ""
    for _ in range(_QUOTED_PIECES):
        if end < 0:
            break
        quote = _open_quote(html, position, end, quote)
        if not quote:
            return end + 1
        position, end = end + 1, html.find(">", end + 1)
    return first + 1 if first >= 0 else -1  # a quote that never closes is no quote


def _open_quote(html: str, start: int, end: int, quote: str) -> str:
    """The quotation mark that is still open at ``end``, "" when none. Quotes open only after '='."""
    position = start
    while position < end:
        if quote:
            position = html.find(quote, position, end) + 1
            if position == 0:
                return quote
            quote = ""
        else:
            position = html.find("=", position, end) + 1
            if position == 0:
                return ""
            while position < end and html[position] in " \t\n\r\f":
                position += 1
            if position < end and html[position] in "\"'":
                quote = html[position]
                position += 1
    return quote


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)
