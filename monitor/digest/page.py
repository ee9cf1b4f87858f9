"""A digest as one HTML page: for the mail, and as a file. Loads nothing from anywhere."""

from __future__ import annotations

import base64
import html as markup
from collections.abc import Callable
from urllib.parse import urlsplit

from monitor.digest import Digest, Picture, Row, Section
from monitor.messages import STYLE

_MORE = (
    "h1{margin:.1em 0 .4em}h2{border-bottom:1px solid #8a8a8a;padding-bottom:.2em}h3{font-size:1em;margin:1em 0 .1em;"
    "overflow-wrap:anywhere}p{margin:.2em 0;overflow-wrap:anywhere}footer{margin-top:2em}"
    ".opening{font-size:1.15em;line-height:1.45}"
    "img{display:block;width:100%;max-width:560px;height:auto;margin:.8em 0;border-radius:6px}"
    "@media print{body{padding:0}h2,h3{break-after:avoid}section p,img{break-inside:avoid}}"
)


def inside(picture: Picture) -> str:
    """The picture as an address that holds it, for a file of its own."""
    return f"data:image/png;base64,{base64.b64encode(picture.png).decode('ascii')}"


def html(digest: Digest, *, address: Callable[[Picture], str] = inside, why: str = "") -> str:
    """The page; ``address`` says where each picture is (in a mail: its part). ``why`` is a last line for the mail."""
    escape = markup.escape
    parts = [
        f'<!doctype html><html lang="{digest.lang}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">',
        f"<title>{escape(digest.title)}</title><style>{STYLE}{_MORE}</style></head><body><main>",
        f'<p class="small">{escape(digest.when)}</p><h1>{escape(digest.title)}</h1>',
        f'<p class="opening">{escape(digest.opening)}</p>',
        *(_section(section, digest, address) for section in digest.sections),
    ]
    parts.append("<footer>")
    if digest.link:
        parts.append(f'<p><a href="{escape(digest.link)}">{escape(digest.link_text)}</a></p>')
    parts += [f'<p class="small">{escape(line)}</p>' for line in (*digest.closing, why) if line]
    return "\n".join([*parts, "</footer></main></body></html>", ""])


def _section(section: Section, digest: Digest, address: Callable[[Picture], str]) -> str:
    parts = [f"<section><h2>{markup.escape(section.heading)}</h2>"]
    if section.lead:
        parts.append(f'<p class="{"small" if section.items else "lead"}">{markup.escape(section.lead)}</p>')
    for item in section.items:
        if isinstance(item, Picture):
            src, alt = markup.escape(address(item)), markup.escape(item.alt)
            parts.append(f'<img src="{src}" alt="{alt}" width="560">')
        else:
            parts.append(_row(item, digest))
    return "\n".join([*parts, "</section>"])


def _row(row: Row, digest: Digest) -> str:
    escape = markup.escape
    parts = [f"<h3>{escape(row.shown)}</h3>"] if row.name else []
    parts += [f"<p>{escape(line)}</p>" for line in row.lines]
    meta = [escape(row.note)] if row.note else []
    if row.url:
        host = escape(urlsplit(row.url).hostname or "")
        told = escape(digest.open_source)
        meta.append(f'<a href="{escape(row.url)}" rel="noopener noreferrer">{told} ({host})</a>')
    if meta:
        parts.append(f'<p class="meta">{" · ".join(meta)}</p>')
    return "\n".join(parts)
