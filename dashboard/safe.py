"""The only place where HTML is made. Whatever is not ``Html`` already is escaped; there is no way around it.

Texts of strangers go through ``plain`` (bounded, without bidirectional overrides and control characters) and then
as children of ``tag``. They never reach a Streamlit call that reads Markdown (st.write, st.caption, labels ...).
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode, urlsplit

import streamlit as st

from monitor import text as words

TITLE_LIMIT = 220
EXCERPT_LIMIT = 420
# ISO 639-1, two letters each: what a screen reader may have a voice for.
_CODES = (
    "aaabaeafakamanarasavayazbabebgbhbibmbnbobrbscacechcocrcscucvcydadedvdzeeeleneoeseteufafffifjfofrfyga"
    "gdglgngugvhahehihohrhthuhyhziaidieigiiikioisitiujajvkakgkikjkkklkmknkokrkskukvkwkylalblglilnloltlulv"
    "mgmhmimkmlmnmrmsmtmynanbndnengnlnnnonrnvnyocojomorospapiplpsptqurmrnrorurwsascsdsesgsiskslsmsnsosqsr"
    "ssstsusvswtatetgthtitktltntotrtstttwtyugukuruzvevivowawoxhyiyozazhzu"
)
_LANGUAGES = frozenset(_CODES[n : n + 2] for n in range(0, len(_CODES), 2))
TEXT_LIMIT = 6_000


class Html(str):
    """Markup made by ``tag``; the type is the proof that it was escaped."""

    __slots__ = ()


def tag(name: str, *children: str | Html, cls: str = "", **attributes: str | float) -> Html:
    """<name class=cls ...>children</name>. ``name`` and attribute names are ours, never data.

    A trailing underscore in an attribute name is dropped and the others become hyphens (aria_label).
    """
    shown = {"class": cls, **attributes} if cls else attributes
    attrs = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value), quote=True)}"'
        for key, value in shown.items()
    )
    return Html(f"<{name}{attrs}>{join(children)}</{name}>")


def join(parts: Iterable[str | Html], between: str = "") -> Html:
    return Html(between.join(part if isinstance(part, Html) else html.escape(part) for part in parts))


def show(*parts: str | Html) -> None:
    """Puts markup on the page."""
    st.html(join(parts))


def plain(text: str, limit: int = TEXT_LIMIT) -> str:
    """At most ``limit`` characters of a stranger's text, safe to look at; an ellipsis where it was cut."""
    cleaned = words.clean(text[: limit * 4], limit + 1)
    return cleaned if len(cleaned) <= limit else cleaned[:limit].rstrip() + "…"


def line(text: str, limit: int = TITLE_LIMIT) -> str:
    """``plain`` on one line."""
    return " ".join(plain(text, limit).split())


def marked(text: str, spans: Sequence[tuple[int, int]]) -> Html:
    """``text``, made safe before, with the half-open spans marked; they lie in order and apart."""
    parts: list[str | Html] = []
    at = 0
    for start, end in spans:
        parts += [text[at:start], tag("mark", text[start:end])]
        at = end
    return join([*parts, text[at:]])


def language(code: str | None) -> dict[str, str]:
    """The attributes of a stranger's words: their language, where it is one, and their direction by themselves."""
    found = (code or "").lower()
    return {"lang": found, "dir": "auto"} if found in _LANGUAGES else {"dir": "auto"}


def web_address(url: str) -> str | None:
    """The URL if a person may be sent there: http or https, with a host, without credentials or blanks."""
    if len(url) > 2_000 or url != url.strip() or any(c.isspace() or ord(c) < 32 for c in url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or "\\" in url:
        return None
    return url


def link(text: str, url: str, *, cls: str = "") -> Html:
    """An anchor in a new tab that tells the other side nothing; just the text when the address is not safe."""
    if web_address(url) is None:
        return tag("span", text, cls=cls)
    return tag("a", text, cls=cls, href=url, target="_blank", rel="noopener noreferrer nofollow")


def picture(png: bytes, alt: str, width: int = 560) -> Html:
    """A picture of our own making, in the page itself; st.image has no text for those who cannot see it."""
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return tag("img", src=source, alt=plain(alt), width=str(width))


def inside(text: str | Html, page: str, filters: Mapping[str, str | Sequence[str]], *, cls: str = "") -> Html:
    """An anchor to a page of ours, named by us, with filters in its address; values are only ever encoded."""
    return tag("a", text, cls=cls, href=within(page, filters), target="_self")


def within(page: str, filters: Mapping[str, str | Sequence[str]]) -> str:
    """The address of a page of ours with filters in it."""
    query = urlencode([(k, v) for k, v in filters.items() if v], doseq=True, errors="replace")
    return f"{page}?{query}" if query else page


_FOCUS = """<script>(function look(left) {
  const field = document.querySelector(%s);
  if (field) field.focus(); else if (left) requestAnimationFrame(() => look(left - 1));
})(60)</script>"""


def focus(*fields: str) -> None:
    """Puts the cursor into the first of these widgets, named by their keys (ours), so that a form that a key opened can
    be written in at once. The only script on any page; it holds nothing but the names."""
    chosen = ", ".join(f".st-key-{key} input, .st-key-{key} textarea" for key in fields)
    st.html(_FOCUS % json.dumps(chosen), unsafe_allow_javascript=True)
