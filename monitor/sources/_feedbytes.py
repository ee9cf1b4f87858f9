"""Bytes of a feed -> clean UTF-8 that a parser gets through in bounded time; what is built to hurt is rejected.

Encoding: a byte order mark; else UTF-8 when the bytes are UTF-8; else what the document declares; else what the
server says; else windows-1252. A document that is UTF-8 but for a few broken characters stays UTF-8. Declared
ISO-8859-1 is read as windows-1252, as browsers do.

Limits: 5,000 entries or 100,000 elements (the rest is cut off and counted), 200 attributes on one element, 200
levels, 300 entities of plain text that yield 10,000 characters each; where the XML is broken and the slow
forgiving parser must be used, 2 MB and 50,000 tags.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from xml.parsers import expat

from monitor.errors import SourceError

MAX_ITEMS = 5_000
MAX_ELEMENTS = 100_000
MAX_ATTRIBUTES = 200
MAX_DEPTH = 200
MAX_ENTITIES = 300
MAX_ENTITY_CHARS = 10_000  # from one of them
MAX_BROKEN = 2_000_000

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_DECLARATION = re.compile(r"^<\?xml[^>]{0,300}\?>\s*")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_PROLOG = re.compile(
    r"\s*(?:<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)", re.DOTALL | re.IGNORECASE
)
_ROOT = re.compile(r"\s*<([A-Za-z_][\w.-]*(?::[\w.-]+)?)")
_ENTITY = re.compile(
    r"""<!ENTITY\s+(%\s+)?([\w.:-]{1,100})\s+(?:(SYSTEM|PUBLIC)\b|"([^"]*)"|'([^']*)')?""", re.IGNORECASE
)
_LONG_TAG = re.compile(r"<[A-Za-z][^<>]{20000}")
ITEMS = frozenset(("item", "entry"))


def decode(body: bytes, content_type: str = "") -> str:
    """Text without a byte order mark, leading blanks and characters that XML forbids. Never fails."""
    text = _decode(body, content_type)
    return _NOT_XML.sub("", text.lstrip("\ufeff \t\r\n\x00"))


def _decode(body: bytes, content_type: str) -> str:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if body.startswith(mark):
            return body.decode(name, "replace")
    if body[:4] in (b"<\x00?\x00", b"<\x00r\x00", b"<\x00f\x00"):
        return body.decode("utf-16-le", "replace")
    if body[:4] in (b"\x00<\x00?", b"\x00<\x00r", b"\x00<\x00f"):
        return body.decode("utf-16-be", "replace")
    declared = _DECLARED.match(body[:600])
    served = _CHARSET.search(content_type)
    names = [m.group(1) for m in (declared,) if m is not None]
    candidates = [n.decode("ascii") for n in names] + ([served.group(1)] if served else [])
    # An escape-coded set (ISO-2022-JP) is valid UTF-8 by its bytes: believe the declaration there.
    if not (candidates and candidates[0].lower().startswith(("iso-2022", "hz", "utf-7"))):
        as_utf8 = _utf8(body)
        if as_utf8 is not None:
            return as_utf8
    for name in candidates:
        if name.lower().replace("_", "-") in ("utf-8", "utf8", "us-ascii", "ascii", "utf-7"):
            continue
        if name.lower().replace("_", "-") in ("iso-8859-1", "latin1", "latin-1"):
            name = "windows-1252"
        try:
            return body.decode(name, "replace" if name == "windows-1252" else "strict")
        except (LookupError, UnicodeError, ValueError):
            continue
    return body.decode("windows-1252", "replace")


def _utf8(body: bytes) -> str | None:
    """UTF-8, forgiving a character cut off at the end and a few broken ones among many; None when it is not."""
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(body, final=False)
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
        broken = text.count("\ufffd")
        sound = sum(1 for c in text if c > "\x7f") - broken
        return text if sound >= 20 * broken else None


@dataclass(frozen=True, slots=True)
class Document:
    """``xml`` is UTF-8 without an XML declaration; ``root`` is the local name of its first element, lower case."""

    xml: bytes
    root: str
    well_formed: bool
    cut_off: int = 0  # entries beyond the limits


def root_name(text: str) -> str:
    """Local name of the first element, lower case; "" when the text does not start like XML or HTML."""
    position = 0
    # Comments of any length, but a bounded number of pieces before the first element.
    for _ in range(20):
        match = _PROLOG.match(text, position)
        if not match:
            break
        position = match.end()
    root = _ROOT.match(text, position)
    return root.group(1).rpartition(":")[2].lower() if root else ""


def examine(text: str, items: frozenset[str] = ITEMS) -> Document:
    """``items`` = local names of the elements that are entries.

    Raises SourceError(kind="hostile") for documents that are built to exhaust a parser."""
    text = _DECLARATION.sub("", text, count=1)
    root = root_name(text)
    data = text.encode("utf-8", "replace")
    survey = _Survey(text, items)
    try:
        survey.run(data)
    except expat.ExpatError:
        _check_entities(text)
        if _LONG_TAG.search(text):
            raise SourceError(
                "broken XML with an element of over 20,000 characters", kind="hostile"
            ) from None
        return Document(_head(text).encode("utf-8", "replace"), root, well_formed=False)
    cut_off = 0
    if survey.cut_at is not None:
        cut_off = survey.items - survey.read
        closing = "".join(f"</{name}>" for name in reversed(survey.open_at_cut))
        data = data[: survey.cut_at] + closing.encode()
    return Document(data, root, well_formed=True, cut_off=cut_off)


def _head(text: str) -> str:
    """Of broken XML: at most MAX_BROKEN characters and half of MAX_ELEMENTS tags."""
    position = -1
    for _ in range(MAX_ELEMENTS // 2):
        position = text.find("<", position + 1, MAX_BROKEN)
        if position < 0:
            return text[:MAX_BROKEN]
    return text[:position]


def _check_entities(text: str) -> None:
    """For broken XML, where the real parser may have stopped before it saw the declarations."""
    for parameter, name, external, double, single in _ENTITY.findall(text)[:MAX_ENTITIES]:
        _check_entity(text, name, None if parameter or external else double or single)


def _check_entity(text: str, name: str, value: str | None) -> None:
    """``value`` None = declared by a file or as a parameter, not as a plain text."""
    if value is None or re.search(r"[&%](?!#)", value):
        raise SourceError(f"declares the entity '{name[:40]}' by other entities or files", kind="hostile")
    cost = len(value) * text.count(f"&{name};")
    if cost > MAX_ENTITY_CHARS:
        raise SourceError(f"the entity '{name[:40]}' expands to {cost:,} characters", kind="hostile")


class _Survey:
    """One quick pass by expat: counts entries, and notes where the first one over the limit starts."""

    def __init__(self, text: str, names: frozenset[str]) -> None:
        self._text = text
        self._names = names
        self._entities = 0
        self._elements = 0
        self.items = 0
        self.read = 0  # entries before the cut
        self.cut_at: int | None = None
        self.open_at_cut: list[str] = []
        self._open: list[str] = []
        self._parser = expat.ParserCreate("utf-8")
        self._parser.ordered_attributes = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.EntityDeclHandler = self._entity

    def run(self, data: bytes) -> None:
        self._parser.Parse(data, True)

    def _start(self, name: str, attributes: list[str]) -> None:
        if len(attributes) > 2 * MAX_ATTRIBUTES:
            raise SourceError(f"<{name[:40]}> has {len(attributes) // 2:,} attributes", kind="hostile")
        if len(self._open) >= MAX_DEPTH:
            raise SourceError(f"elements are nested more than {MAX_DEPTH} deep", kind="hostile")
        if len(self._open) <= 2 and name.rpartition(":")[2] in self._names:
            self.items += 1
            if self.cut_at is None and (self.items > MAX_ITEMS or self._elements > MAX_ELEMENTS):
                self.cut_at = self._parser.CurrentByteIndex
                self.open_at_cut = list(self._open)
                self.read = self.items - 1
        self._elements += 1
        if self.cut_at is None and self._elements > 2 * MAX_ELEMENTS:
            raise SourceError(f"one entry holds over {MAX_ELEMENTS:,} elements", kind="hostile")
        self._open.append(name)

    def _end(self, name: str) -> None:
        self._open.pop()

    def _entity(self, name: str, parameter: bool, value: str | None, *_: object) -> None:
        self._entities += 1
        if self._entities > MAX_ENTITIES:
            raise SourceError(f"declares more than {MAX_ENTITIES} entities", kind="hostile")
        _check_entity(self._text, name, None if parameter else value)
