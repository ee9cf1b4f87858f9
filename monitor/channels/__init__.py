"""How an alert leaves the house: one module a channel, resolved by name, each with ``build(settings) -> Channel``.

The module's docstring is its manual page and says what it wants as settings. Nothing here names them: dropping a
file into this folder adds a channel.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import cast

from monitor.errors import ConfigError
from monitor.types import Channel


def names() -> tuple[str, ...]:
    """The channels there are, sorted; no module is imported for this."""
    return tuple(
        sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.ispkg and not m.name.startswith("_"))
    )


def load(name: str, settings: object = None) -> Channel:
    """The channel called ``name``. Raises ConfigError for a name or settings that do not exist."""
    if name not in names():
        raise ConfigError(f"No channel is called {name!r}. There are: {', '.join(names())}.")
    module = importlib.import_module(f"{__name__}.{name}")
    return cast(Channel, module.build(settings))
