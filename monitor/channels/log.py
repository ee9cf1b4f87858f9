"""Writes who would have been told what to the log ``monitor.alerts``; sends nothing. Needs no settings.

For trying out thresholds. The text of the mail is not logged: it quotes what others wrote.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from monitor.channels._mime import header_text
from monitor.types import Message, at_once

_log = logging.getLogger("monitor.alerts")


class Log:
    name = "log"

    def send(self, message: Message, begin: Callable[[], None] = at_once) -> None:
        begin()
        _log.warning("to %s: %s", header_text(message.recipient), header_text(message.subject))


def build(settings: object = None) -> Log:
    return Log()
