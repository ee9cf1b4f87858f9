"""What every API source makes of its items: a Mention with clean, bounded fields and keys. Pure."""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import datetime
from urllib.parse import urlsplit

from monitor import text
from monitor.errors import ConfigError
from monitor.sources._feedkeys import canonical, web_link
from monitor.sources._feedparse import MAX_AUTHOR, MAX_GUID, MAX_TEXT, MAX_TITLE, one_line
from monitor.sources._json import Broken
from monitor.types import Mention, SourceSpec


def mention(
    spec: SourceSpec,
    now: datetime,
    default_type: str,
    *,
    title: str = "",
    body: str = "",
    link: str = "",
    key: str = "",
    author: str = "",
    at: datetime | None = None,
    lang: str | None = None,
    reach: int | None = None,
) -> Mention:
    """``key`` is the network's own id of the item, the same in every source that reads this network; ``reach`` the
    followers of the author, where it tells them openly.

    Raises Broken when there is no text, or nothing it could be known by.
    """
    title, body = one_line(title, MAX_TITLE), text.clean(body, MAX_TEXT)
    link = web_link(link)
    page = canonical(link)
    keys = tuple(k for k in (f"url:{page}" if page else "", one_line(key, MAX_GUID)) if k)
    if not (title or body) or not keys:
        raise Broken("neither title nor text, or neither link nor id")
    return Mention(
        id=mention_id(keys),
        title=title,
        text=body,
        url=link,
        author=one_line(author, MAX_AUTHOR),
        source=spec.id,
        source_type=source_type(spec, default_type),
        lang=spec.lang or lang,
        published_at=at,
        seen_at=now,
        keys=keys,
        reach=reach,
    )


def mention_id(keys: tuple[str, ...]) -> str:
    return hashlib.sha256(keys[0].encode("utf-8", "replace")).hexdigest()[:16]


def source_type(spec: SourceSpec, default: str) -> str:
    """ "other" is also what a source has that does not say."""
    return default if spec.source_type == "other" else spec.source_type


# --- own keys -----------------------------------------------------------------------------------------------


def text_option(spec: SourceSpec, name: str, default: str = "") -> str:
    value = spec.options.get(name, default)
    if not isinstance(value, str):
        raise ConfigError(f"source '{spec.id}': {name} must be a text.")
    return value.strip()


def texts_option(spec: SourceSpec, name: str) -> tuple[str, ...]:
    """One text or a list of them; () when the key is not there."""
    value = spec.options.get(name, ())
    found = (value,) if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or not all(isinstance(v, str) and v.strip() for v in found):
        raise ConfigError(f"source '{spec.id}': {name} must be a text or a list of texts.")
    return tuple(dict.fromkeys(v.strip() for v in found))


def queries(spec: SourceSpec, made: list[str]) -> tuple[str, ...]:
    """What the network is asked: the source's own ``query`` (one or several), else what was ``made`` of the brand's
    names. Raises ConfigError when there is neither.
    """
    found = texts_option(spec, "query") or tuple(made)
    if not found:
        raise ConfigError(
            f"source '{spec.id}': there is nothing to ask {spec.kind} for. Remedy: give the brand a name, or the "
            "source a query."
        )
    return found


def address(spec: SourceSpec, default: str) -> str:
    """The address of the API: the source's ``url`` (a mirror, a test), else the network's own; no final slash."""
    found = (spec.url or default).rstrip("/")
    if not found.lower().startswith(("http://", "https://")):
        raise ConfigError(f"source '{spec.id}': url must be an http(s) address.")
    return found


def confidential(spec: SourceSpec, url: str) -> None:
    """Raises ConfigError when a secret would go over a network in clear: http is for this machine and for addresses
    that are not public.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        inside = not ipaddress.ip_address(host).is_global
    except ValueError:
        inside = host == "localhost"
    if parts.scheme.lower() not in ("https", "wss") and not inside:
        raise ConfigError(
            f"source '{spec.id}': a password or token is sent over https only. Remedy: use https."
        )


def accepted(spec: SourceSpec, reason: str, remedy: str) -> None:
    """The switch of a source that is off by default: ``terms_accepted: true``. Raises ConfigError with the reason."""
    if spec.options.get("terms_accepted") is not True:
        raise ConfigError(
            f"source '{spec.id}': {spec.kind} is off by default. {reason} Remedy: {remedy} If you have the right to "
            "read it, say so with terms_accepted: true."
        )
