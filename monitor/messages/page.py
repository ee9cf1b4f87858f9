"""The HTML of a mail, from parts that are already plain lines. Everything is escaped here, and nowhere else.

Mail programs drop what they do not know, so every style stands where it is used; the block at the head only turns the
colours for a dark background. Where a program leaves that out, it shows the light page.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from monitor.messages.lines import Evidence

_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
# Some programs drop the body and keep what is in it, so the colours stand on both.
_BODY = "margin:0;padding:0;color:#1b1b1b;background-color:#ffffff"
_PAGE = f"padding:16px;{_FONT};font-size:16px;line-height:1.5;color:#1b1b1b;background-color:#ffffff"
_META = "font-size:14px;color:#555555"
_SMALL = "font-size:14px;color:#555555;margin:0 0 12px 0"
_QUOTE = "margin:0 0 16px 0;padding:2px 0 2px 12px;border-left:3px solid #8a8a8a;word-break:break-word"
_BUTTON = (
    "display:inline-block;padding:12px 18px;font-weight:bold;text-decoration:none;color:#ffffff;"
    "background-color:#0b57a4;border-radius:6px"
)
DARK = (
    ":root{color-scheme:light dark}"
    "@media (prefers-color-scheme:dark){"
    "body,.page{color:#eeeeee !important;background-color:#161616 !important}"
    ".small{color:#b5b5b5 !important}a{color:#8ab8ff !important}"
    "a.button{color:#101010 !important;background-color:#8ab8ff !important}}"
)


class Page:
    """Parts are added from the top down; ``close`` gives the whole."""

    def __init__(self, lang: str, title: str, preview: str = "") -> None:
        escaped = html.escape(title)
        self._parts = [
            f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            '<meta name="supported-color-schemes" content="light dark">',
            f"<title>{escaped}</title>\n<style>{DARK}</style>\n</head>",
            f'<body style="{_BODY}">\n<div class="page" style="{_PAGE}">\n<div style="max-width:560px;margin:0 auto">',
        ]
        if preview:
            self.small(preview)
        self._parts.append(
            f'<h1 style="font-size:21px;line-height:1.3;margin:0 0 14px 0">{escaped}</h1>',
        )

    def paragraph(self, text: str, *, strong: bool = False) -> None:
        weight = ";font-weight:bold" if strong else ""
        self._parts.append(f'<p style="margin:0 0 12px 0{weight}">{html.escape(text)}</p>')

    def small(self, text: str) -> None:
        self._parts.append(f'<p class="small" style="{_SMALL}">{html.escape(text)}</p>')

    def heading(self, text: str) -> None:
        self._parts.append(
            f'<h2 style="font-size:17px;line-height:1.3;margin:22px 0 10px 0">{html.escape(text)}</h2>'
        )

    def listing(self, lines: Sequence[str]) -> None:
        items = "".join(f'<li style="margin:0 0 6px 0">{html.escape(line)}</li>' for line in lines)
        self._parts.append(f'<ul style="margin:0 0 12px 0;padding:0 0 0 20px">{items}</ul>')

    def quote(self, quoted: Evidence, opens: str) -> None:
        """One line, in the form ``unquoting`` finds again."""
        escape = html.escape
        anchor = (
            f' · <a href="{escape(quoted.url)}" style="color:#0b57a4" rel="noopener noreferrer">'
            f"{escape(opens)} ({escape(quoted.host)})</a>"
            if quoted.url
            else ""
        )
        self._parts.append(
            f'<blockquote style="{_QUOTE}">{escape(quoted.words)}<br>'
            f'<span class="small" style="{_META}">{escape(quoted.meta)}{anchor}</span></blockquote>'
        )

    def picture(self, name: str, alt: str) -> None:
        """A picture that travels with the mail, as wide as the text."""
        self._parts.append(
            f'<p style="margin:0 0 16px 0"><img src="cid:{html.escape(name)}" width="560" alt="{html.escape(alt)}" '
            'style="display:block;width:100%;max-width:560px;height:auto;border:0"></p>'
        )

    def link(self, url: str, text: str, *, button: bool = False) -> None:
        style, kind = (_BUTTON, ' class="button"') if button else ("color:#0b57a4", "")
        self._parts.append(
            f'<p style="margin:0 0 16px 0">'
            f'<a href="{html.escape(url)}"{kind} style="{style}">{html.escape(text)}</a></p>'
        )

    def close(self) -> str:
        return "\n".join([*self._parts, "</div>\n</div>\n</body>\n</html>", ""])
