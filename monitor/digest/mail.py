"""A digest as a mail: text part, HTML part, charts inside. Pure."""

from __future__ import annotations

import hashlib
from datetime import date

from monitor.digest import Digest, Period
from monitor.digest.page import mail_html
from monitor.digest.plain import plain
from monitor.digest.texts import TEXTS
from monitor.types import Message
from monitor.types import Picture as Inline


def message_id(kind: Period, end: date, recipient: str) -> str:
    """The same for the same period and recipient, whatever the figures have become meanwhile."""
    digest = hashlib.sha256(f"{kind}\x00{end}\x00{recipient}\x00digest".encode()).hexdigest()[:16]
    return f"digest.{kind}.{end:%Y%m%d}.{digest}"


def message(digest: Digest, *, recipient: str, sender: str = "", channel: str = "email") -> Message:
    """``recipient`` is an address, or the name of one whose channel is another."""
    id_, why = message_id(digest.kind, digest.until, recipient), TEXTS[digest.lang].why
    names = {picture.name: f"{picture.name}.{id_}@omdomme" for picture in digest.pictures}
    return Message(
        id=id_,
        recipient=recipient,
        subject=f"{digest.title} – {digest.opening}",
        text=f"{plain(digest)}{why}\n",
        html=mail_html(digest, names, why),
        sender=sender,
        pictures=tuple(Inline(names[picture.name], picture.png) for picture in digest.pictures),
        channel=channel,
    )
