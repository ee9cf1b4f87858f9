"""A Message as the bytes of a mail, with headers nobody can smuggle anything into. Shared by email and outbox."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from monitor.errors import ChannelError
from monitor.text import clean
from monitor.types import Message

# Everything in 7 bits: no server on the way has to know 8BITMIME.
_POLICY = SMTP.clone(cte_type="7bit")
_LOCAL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
_ADDRESS = re.compile(rf"{_LOCAL}@(?:[A-Za-z0-9-]{{1,63}}\.){{0,16}}[A-Za-z0-9-]{{1,63}}")
_SUBJECT = 200


def address(value: str, what: str) -> Address:
    """One plain address; raises a permanent ChannelError for anything that could be more than one."""
    if len(value) > 254 or not _ADDRESS.fullmatch(value):
        raise ChannelError(
            f"the {what} {clean(value, 60)!r} is not one plain e-mail address: correct it in the settings"
        )
    try:
        return Address(addr_spec=value)
    except (ValueError, IndexError) as error:
        raise ChannelError(f"the {what} {clean(value, 60)!r} is not an e-mail address: correct it") from error


def header_text(value: str, limit: int = _SUBJECT) -> str:
    """One line without control or bidi characters, and nothing a mail reader would decode as an encoded word."""
    line = " ".join(clean(value, 4 * limit).split())
    while "=?" in line:
        line = line.replace("=?", "= ?")
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def message_id(identifier: str, domain: str) -> str:
    """The same for the same message, so that a reader's mail program recognises a repetition."""
    local = identifier if re.fullmatch(r"[A-Za-z0-9.-]{1,100}", identifier) else _digest(identifier)
    return f"<{local.strip('.')}@{domain}>"


def file_name(message: Message) -> str:
    """A name that holds nothing but the id, and cannot leave its folder."""
    return message.id if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,100}", message.id) else _digest(message.id)


def compose(message: Message, sender: str) -> EmailMessage:
    """multipart/alternative, or plain text when there is no HTML; pictures lie beside the HTML that shows them."""
    to, origin = address(message.recipient, "recipient"), address(sender, "sender")
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address("Omdømme", origin.username, origin.domain)
    mail["To"] = to
    mail["Subject"] = header_text(message.subject)
    mail["Date"] = datetime.now(UTC)
    mail["Message-ID"] = message_id(message.id, origin.domain)
    if message.thread and message.thread != message.id:
        for header in ("In-Reply-To", "References"):
            mail[header] = message_id(message.thread, origin.domain)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(_encodable(message.text))
    if message.html:
        mail.add_alternative(_encodable(message.html), subtype="html")
        rich = mail.get_body(("html",))
        for picture in message.pictures:
            assert isinstance(rich, EmailMessage)
            name = f"{picture.name.partition('.')[0]}.png"
            rich.add_related(
                picture.data, "image", "png", cid=f"<{picture.name}>", disposition="inline", filename=name
            )
    return mail


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:32]
