"""How an alert leaves the house: one module a channel, resolved by name, each with ``build(settings) -> Channel``.

The module's docstring is its manual page and says what it wants as settings. Nothing here names them: dropping a
file into this folder adds a channel.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any, cast

from monitor.errors import ConfigError
from monitor.types import Channel


def names() -> tuple[str, ...]:
    """The channels there are, sorted; no module is imported for this."""
    return tuple(
        sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.ispkg and not m.name.startswith("_"))
    )


def examine(name: str, options: Mapping[str, object]) -> None:
    """What a brand file asks of a channel, before it is used. Raises ConfigError for a name or options that cannot
    work; values that come from the environment (``${OMDOMME_...}``) are not looked at."""
    module = _module(name)
    known = getattr(module, "OPTIONS", ())
    if unknown := sorted(set(options) - set(known)):
        there = f"It reads: {', '.join(known)}" if known else "It reads none"
        raise ConfigError(f"{name} does not read {', '.join(map(repr, unknown))}. {there}")
    if hasattr(module, "examine"):
        module.examine(options)


def load(name: str, settings: object = None) -> Channel:
    """The channel called ``name``. Raises ConfigError for a name or settings that do not exist."""
    return cast(Channel, _module(name).build(settings))


def _module(name: str) -> Any:
    if name not in names():
        raise ConfigError(f"No channel is called {name!r}. There are: {', '.join(names())}.")
    return importlib.import_module(f"{__name__}.{name}")
