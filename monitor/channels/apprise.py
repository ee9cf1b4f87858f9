"""Whatever Apprise can reach (some hundred services: Telegram, Signal, SMS, push ...), by its address.

Needs the extra ``apprise``. Key of the recipient in brand.yaml: ``url``, an address as Apprise writes them; it holds a
password as a rule, so ``url: ${OMDOMME_TELEGRAM_URL}``. Subject, numbers and link are sent as plain text; the pictures
and quotes of the mail are not. Apprise says only whether it went well, so a failure is tried again; and it reaches
whatever its address names, your own network included.
"""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Callable, Mapping
from typing import Any

from monitor.channels._short import short
from monitor.errors import ChannelError, ConfigError
from monitor.types import Message, at_once

OPTIONS = ("url",)


class Apprise:
    name = "apprise"

    def __init__(self, sender: Any, form: Any) -> None:
        self._sender = sender
        self._form = form

    def send(self, message: Message, begin: Callable[[], None] = at_once) -> None:
        told = short(message)
        body = "\n".join([*told.lines, told.link]).strip()
        begin()
        try:
            # It prints and logs addresses, and with them passwords.
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                sent = self._sender.notify(body=body or told.title, title=told.title, body_format=self._form)
        except Exception as error:  # some hundred modules of many makers
            raise ChannelError(f"apprise failed: {type(error).__name__}", transient=True) from error
        if not sent:
            raise ChannelError("apprise could not deliver it; it does not say why", transient=True)


def examine(options: Mapping[str, object]) -> None:
    """Raises ConfigError for options nothing can be sent with; ``${OMDOMME_...}`` passes for any value."""
    url = options.get("url")
    if not isinstance(url, str) or ("://" not in url and not url.startswith("${OMDOMME_")):
        raise ConfigError("apprise needs `url`, for instance url: ${OMDOMME_TELEGRAM_URL}")


def build(settings: object) -> Apprise:
    """``settings`` is a mapping of the options above."""
    options = settings if isinstance(settings, Mapping) else {}
    examine(options)
    try:
        import apprise
    except ImportError as error:
        raise ConfigError(
            "the channel apprise needs Apprise. Remedy: pip install 'omdomme[apprise]', or another channel"
        ) from error
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    sender = apprise.Apprise()
    if not sender.add(str(options["url"])):
        raise ConfigError(
            "apprise does not understand the `url`. Remedy: see the form in Apprise's own pages"
        )
    return Apprise(sender, apprise.NotifyFormat.TEXT)
