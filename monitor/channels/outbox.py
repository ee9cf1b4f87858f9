"""Mails as files: one ``<message id>.eml`` in a folder, for where no mail server is configured.

Settings: the folder (a path). A file appears whole or not at all, and a message that is already there is left
as it is. The files open in any mail program and can be delivered by hand.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from monitor.channels._mime import compose, file_name
from monitor.errors import ChannelError, ConfigError
from monitor.types import Message, at_once

SENDER = "omdomme@localhost"


class Outbox:
    name = "outbox"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: Message, begin: Callable[[], None] = at_once) -> None:
        path = self.folder / f"{file_name(message)}.eml"
        content = compose(message, message.sender or SENDER).as_bytes()
        begin()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if path.exists():
                return
            handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self.folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).replace(path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise ChannelError(f"{path} cannot be written: {error}", transient=True) from error


def build(settings: object) -> Outbox:
    if not isinstance(settings, str | os.PathLike):
        raise ConfigError("the outbox channel needs a folder to write to")
    return Outbox(Path(settings))
