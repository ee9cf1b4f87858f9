"""Hands waiting messages to their channels, each at most once, and notes what became of them.

A message is claimed, then the channel is made ready, then it is noted that the text begins to leave, and only then
it leaves. A process that dies before that note has sent nothing, and the message is sent by the next one; one that
dies after it leaves a message that may have arrived, which is given up and shown. The claim is checked with the note,
so that a slow process cannot send what another has taken over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from monitor import channels
from monitor.config import Config
from monitor.errors import ChannelError, ConfigError
from monitor.store import Store
from monitor.types import Channel, Message

# Minutes until it is tried again, growing: the last try comes a little over a day after the first.
PAUSES = (5, 15, 45, 120, 240, 480, 720)
_log = logging.getLogger(__name__)


class _Lost(Exception):
    """Another process has taken the message over."""


class Courier:
    """For one brand. What one channel or recipient fails with does not stop the others."""

    def __init__(self, config: Config, store: Store, now: Callable[[], datetime]) -> None:
        self.config = config
        self.store = store
        self.now = now
        self._loaded: dict[str, Channel] = {}

    def deliver(self) -> tuple[int, list[str]]:
        """(how many were sent, why each of the others was not)."""
        sent, failed = 0, []
        for message in self.store.due_messages(self.now()):
            claim = self.store.claim_message(message.id, self.now())
            if not claim:
                continue
            try:
                self._channel(message).send(message, self._beginning(message.id, claim))
            except _Lost:
                continue
            except (ChannelError, ConfigError) as error:
                # What is wrong in the settings is put right without touching the message.
                failed.append(self._failed(message, str(error), getattr(error, "transient", True)))
            except Exception as error:  # a channel of whatever kind must not stop the others
                _log.exception("channel %s", message.channel)
                failed.append(self._failed(message, f"{message.channel}: {type(error).__name__}", True))
            else:
                self.store.finish_message(message.id, self.now())
                sent += 1
        return sent, failed

    def _beginning(self, message_id: str, claim: str) -> Callable[[], None]:
        def begin() -> None:
            if not self.store.begin_message(message_id, claim, self.now()):
                raise _Lost

        return begin

    def _failed(self, message: Message, error: str, transient: bool) -> str:
        attempt = self.store.attempts(message.id)
        retry = None
        if transient and attempt <= len(PAUSES):
            retry = self.now() + timedelta(minutes=PAUSES[attempt - 1])
        elif transient:
            error = f"{error}; given up after {attempt} tries"
        self.store.finish_message(message.id, self.now(), error=error, retry_at=retry)
        return error

    def _channel(self, message: Message) -> Channel:
        """E-mail goes to the mail server, or to files where none is configured; other channels are the recipient's."""
        key = "" if message.channel == "email" else message.recipient
        if key not in self._loaded:
            self._loaded[key] = self._mail() if not key else self._other(message)
        return self._loaded[key]

    def _mail(self) -> Channel:
        settings = self.config.settings
        if settings.smtp:
            return channels.load("email", settings.smtp)
        return channels.load("outbox", settings.outbox)

    def _other(self, message: Message) -> Channel:
        for recipient in self.config.recipients:
            if recipient.channel == message.channel and recipient.key == message.recipient:
                options: Mapping[str, object] = recipient.options
                return channels.load(recipient.channel, options)
        raise ChannelError(
            f"no recipient called {message.recipient!r} is told by {message.channel} in the brand file any more"
        )
