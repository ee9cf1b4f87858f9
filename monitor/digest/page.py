"""A digest as HTML, with the parts that make an alert's: for the mail, and as one file that loads nothing."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import urlsplit

from monitor.digest import Digest, Picture, Row
from monitor.messages.lines import Evidence
from monitor.messages.page import Page


def mail_html(digest: Digest, names: Mapping[str, str], why: str) -> str:
    """For a mail; ``names`` are what its parts with the pictures are called, ``why`` its last line."""
    page = Page(digest.lang, digest.title, digest.when)
    page.paragraph(digest.opening, strong=True)
    for section in digest.sections:
        page.heading(section.heading)
        if section.lead:
            (page.small if section.items else page.paragraph)(section.lead)
        for item in section.items:
            if isinstance(item, Picture):
                page.picture(names[item.name], item.alt)
            else:
                _row(page, item, digest)
    if digest.link:
        page.link(digest.link, digest.link_text, button=True)
    for line in (*digest.closing, why):
        if line:
            page.small(line)
    return page.close()


def html(digest: Digest) -> str:
    """As a file: the same page with its pictures inside."""
    found = mail_html(digest, {picture.name: picture.name for picture in digest.pictures}, "")
    for picture in digest.pictures:
        inside = base64.b64encode(picture.png).decode("ascii")
        found = found.replace(f'src="cid:{picture.name}"', f'src="data:image/png;base64,{inside}"')
    return found


def _row(page: Page, row: Row, digest: Digest) -> None:
    if row.quoted:
        for line in row.lines:
            page.paragraph(line)
        host = urlsplit(row.url).hostname or "" if row.url else ""
        page.quote(Evidence(row.name, row.note, row.url, host), digest.open_source)
        return
    if row.name:
        page.paragraph(row.name, strong=True)
    if row.lines:
        page.listing(row.lines)
    if row.note:
        page.small(row.note)
