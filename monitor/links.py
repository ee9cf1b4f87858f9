"""Web links as they are compared: one spelling for all spellings of an address. Pure."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

_TRACKING = re.compile(
    r"(?:utm_.*|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid|mc_[ce]id|_hsenc|_hsmi|mkt_tok|xtor|"
    r"ref_src|ref_url|cmpid|ns_[a-z]+|at_(?:medium|campaign|custom\d)|s_cid|wt_mc|wt\.mc_id|spm|vero_id|__twitter_impression)$",
    re.IGNORECASE,
)
_FRONT = re.compile(r"/(?:index\.\w{2,5}|default\.\w{2,5}|home|feed|rss|atom)?$", re.IGNORECASE)
# A fragment that names a part of its own (a comment, a post, a page of a script-driven site), not a place to scroll.
_OWN_FRAGMENT = re.compile(r"(?:[!/].+|[^=]*\d[^=]*)$")
_PORTS = {"http": 80, "https": 443}
_EDITION_HOST = re.compile(r"^(?:www|m|mobile|mobil|amp)\.(?=[^.]+\.)")
_EDITION_PATH = re.compile(r"^/amp(?=/)|(?:/amp|\.amp)$")


def web_link(url: str) -> str:
    """``url`` when it is a sound absolute http(s) link without blanks, else ""."""
    url = "".join(url.split())
    parts = split(url)
    sound = parts and parts.scheme.lower() in _PORTS and parts.hostname and len(url) <= 2_000
    return url if sound and url.isprintable() else ""


def canonical(url: str) -> str:
    """host/path?query of a link, the same for all spellings of it; "" when it leads to no page in particular.

    Without scheme, default port, tracking parameters, final slash, and fragment (unless that names a comment).
    """
    parts = split(url)
    if parts is None or not parts.hostname:
        return ""
    host = parts.hostname.rstrip(".")
    port = f":{parts.port}" if parts.port and parts.port != _PORTS.get(parts.scheme.lower()) else ""
    query = "&".join(p for p in parts.query.split("&") if p and not _TRACKING.match(p.partition("=")[0]))
    fragment = f"#{parts.fragment}" if _OWN_FRAGMENT.match(parts.fragment[:200]) else ""
    if _FRONT.match(parts.path or "/") and not query and not fragment:
        return ""
    path = parts.path.rstrip("/")
    return f"{host}{port}{path}" + (f"?{query}" if query else "") + fragment


def article(url: str) -> str:
    """``canonical`` of an article, the same for its desktop, mobile and AMP edition.

    Wider than a mention's key may be: some sites show different pages at www and without.
    """
    host, slash, rest = canonical(url).partition("/")
    path, mark, query = (slash + rest).partition("?")
    query = "&".join(p for p in query.split("&") if p not in ("amp", "amp=1", "outputType=amp"))
    return _EDITION_HOST.sub("", host) + _EDITION_PATH.sub("", path) + (mark + query if query else "")


def split(url: str) -> SplitResult | None:
    """The parts of a link; None when it is not one."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts
