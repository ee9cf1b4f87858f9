"""Classifiers by name: one file each in this folder, with ``load(*, threads, options) -> Classifier``.

The file's docstring is its manual page. Nothing is imported before it is asked for, so an installation without
torch, or without network, pays for neither.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import cast

from monitor.errors import ConfigError
from monitor.types import Classifier

# shared by the classifiers, themselves none
_HELPERS = frozenset(
    {"asker", "calibration", "chat", "encoder", "errand", "prompt", "quoting", "reading", "runtime"}
    | {"second_flag", "second_prompt"}
)


def names() -> tuple[str, ...]:
    """What can be configured, in alphabetical order."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in _HELPERS))


def load(name: str, *, threads: int = 2, options: Mapping[str, object] | None = None) -> Classifier:
    """The classifier called ``name``, ready to judge.

    Raises ConfigError for a name or an option that does not exist, ModelError when its model cannot be loaded.
    """
    if name not in names():
        raise ConfigError(f"No classifier is called {name!r}. There are: {', '.join(names())}.")
    module = importlib.import_module(f"{__name__}.{name}")
    return cast(Classifier, module.load(threads=max(1, threads), options=dict(options or {})))
