"""A mail as it came over the wire -> its subject, sender and words, in bounded time whatever it holds. Pure.

The bytes are looked at before the standard parser is: that one recurses for each level of parts, tries every open
boundary on every line, and reads the parameters of a header in quadratic time. Mails nobody writes are refused.
"""

from __future__ import annotations

import codecs
import email
import email.policy
import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message

from monitor import html, text
from monitor.errors import SourceError
from monitor.sources._feedparse import one_line

MAX_MAIL = 2_000_000  # bytes; of a larger mail that much is read, which holds its words if not its pictures
MAX_PARTS = 1_000
MAX_NESTED = 30
MAX_HEADERS = 200_000  # bytes of all headers of the mail
MAX_TYPE = 4_000  # bytes of one Content-Type or Content-Disposition
MAX_HEADER = 2_000  # characters read of a header
MAX_TEXT = 50_000
MAX_HTML = 400_000
_SHORT = 200  # characters: less is "your mail program shows no HTML"

_DESCRIBED = re.compile(rb"^content-[a-z-]{1,40}:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_ANGLE = re.compile(r"<([^<>\s]{1,320})>\s*$")
_PLAIN_ADDRESS = re.compile(r"[^\s<>,;:\"()]{1,64}@[^\s<>,;:\"()@]{1,255}$")
# Codecs that are no character sets, or take quadratic time.
_NO_CHARSET = frozenset(
    ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem")
)
_WIDE = 55  # characters: a shorter line was ended on purpose
_NEVER_JOINED = ("-", "*", "•", ">", "<", "http://", "https://", "=", "|")


@dataclass(frozen=True, slots=True)
class Mail:
    """``sender`` is an address in lower case, or "" when the header is not sound; ``date`` as it was written."""

    subject: str
    sender: str
    name: str
    date: str
    message_id: str
    plain: str
    html: str

    def words(self) -> str:
        """The plain text, or the HTML's where the plain one only says that there is HTML."""
        plain = text.clean(_joined_lines(self.plain), MAX_TEXT)
        if len(plain) >= _SHORT or not self.html:
            return plain
        rich = text.clean(html.to_text(self.html), MAX_TEXT)
        return rich if len(rich) > len(plain) else plain


def read(raw: bytes) -> Mail:
    """Raises SourceError(kind="hostile") for what is built to exhaust a parser."""
    raw = raw[:MAX_MAIL].replace(b"\r\n", b"\n")
    _check(raw)
    try:
        message = email.message_from_bytes(raw, policy=email.policy.compat32)
        headers = _headers(message)
        plain, rich = _bodies(message)
    except (RecursionError, ValueError, TypeError, LookupError, AttributeError) as error:
        # The parser promises no particular set for what breaks it.
        raise SourceError(f"cannot be read ({type(error).__name__})", kind="parse") from error
    name, sender = _sender(headers.get("from", []))
    first = {key: values[0] for key, values in headers.items()}
    return Mail(
        subject=one_line(_decoded(first.get("subject", "")), 500),
        sender=sender,
        name=one_line(_decoded(name), 200),
        date=one_line(first.get("date", ""), 100),
        message_id=one_line(first.get("message-id", ""), 300),
        plain=plain,
        html=rich,
    )


def _check(raw: bytes) -> None:
    if raw.find(b"\n\n", 0, MAX_HEADERS) < 0 and len(raw) > MAX_HEADERS:
        raise SourceError(f"headers of more than {MAX_HEADERS:,} bytes", kind="hostile")
    folded = raw.lower()
    if folded.count(b"multipart/") + folded.count(b"message/") > MAX_NESTED:
        raise SourceError(f"parts within parts, more than {MAX_NESTED} of them", kind="hostile")
    if folded.count(b"\ncontent-type") > MAX_PARTS or folded.count(b"\n--") > 10 * MAX_PARTS:
        raise SourceError(f"more than {MAX_PARTS:,} parts", kind="hostile")
    if any(match.end() - match.start() > MAX_TYPE for match in _DESCRIBED.finditer(raw)):
        raise SourceError(f"a Content header of more than {MAX_TYPE:,} bytes", kind="hostile")


def _headers(message: Message) -> dict[str, list[str]]:
    """Names in lower case; values on one line, cut, with bytes outside ASCII read as UTF-8 or windows-1252."""
    found: dict[str, list[str]] = {}
    wanted = ("subject", "from", "date", "message-id")
    for name, value in message.raw_items():
        if name.lower() in wanted:
            data = str(value)[:MAX_HEADER].encode("ascii", "surrogateescape")
            found.setdefault(name.lower(), []).append(" ".join(_charset(data, "utf-8").split()))
    return found


def _sender(values: list[str]) -> tuple[str, str]:
    """(name, address). Two From headers, or an address beside the one in brackets, are how senders are forged."""
    if len(values) != 1:
        return "", ""
    value = values[0]
    match = _ANGLE.search(value)
    address = match.group(1) if match else value.strip()
    name = value[: match.start()].strip().strip('"') if match else ""
    return (name, address.lower()) if _PLAIN_ADDRESS.match(address) else (name, "")


def _decoded(value: str) -> str:
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        return value
    return "".join(p if isinstance(p, str) else _charset(p, name or "utf-8") for p, name in pieces)


def _bodies(message: Message) -> tuple[str, str]:
    """The first plain text and the first HTML that are no attachments."""
    found = {"text/plain": "", "text/html": ""}
    for number, part in enumerate(message.walk()):
        if number > MAX_PARTS or all(found.values()):
            break
        kind = part.get_content_type()
        if kind not in found or found[kind] or part.get_content_disposition() == "attachment":
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            found[kind] = _charset(payload, part.get_content_charset() or "utf-8")[:MAX_HTML].strip()
    return found["text/plain"], found["text/html"]


def _charset(data: bytes, name: str) -> str:
    """What is declared, where it can be: else UTF-8 when the bytes are that, else windows-1252."""
    try:
        known = codecs.lookup(name).name
        if known not in ("ascii", "iso8859-1") and known not in _NO_CHARSET:
            return data.decode(known)
    except (LookupError, UnicodeError, ValueError):
        pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("windows-1252", "replace")


def _joined_lines(plain: str) -> str:
    """Lines that were broken at the width of a mail are one sentence again."""
    out: list[list[str]] = []
    full = False  # is the line before as long as the mail is wide?
    for line in plain.split("\n"):
        line = line.strip()
        alone = not line or line.startswith(_NEVER_JOINED)
        if full and not alone:
            out[-1].append(line)
        else:
            out.append([line])
        full = _WIDE <= len(line) <= 2 * _WIDE and not alone
    return "\n".join(" ".join(pieces) for pieces in out)
