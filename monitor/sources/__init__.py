"""Where mentions come from: one module a network, resolved by the ``kind`` a source has in brand.yaml.

A module offers ``build(spec, client, base) -> Source`` and describes itself in its docstring. Nothing here names
them: dropping a file into this folder adds a kind.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import cast

from monitor import http
from monitor.errors import ConfigError
from monitor.sources._feedkeys import canonical as canonical_link
from monitor.types import Source, SourceSpec

__all__ = ["build", "canonical_link", "kinds"]


def kinds() -> tuple[str, ...]:
    """The kinds there are, sorted; no module is imported for this."""
    return tuple(
        sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.ispkg and not m.name.startswith("_"))
    )


def build(spec: SourceSpec, client: http.Client, base: Path) -> Source:
    """``base`` is the folder that relative file paths start from: that of the brand file.

    Raises ConfigError when there is no such kind or the source's own keys are wrong.
    """
    if spec.kind not in kinds():
        raise ConfigError(
            f"source '{spec.id}': there is no kind '{spec.kind}'. Remedy: use one of {', '.join(kinds())}."
        )
    module = importlib.import_module(f"{__name__}.{spec.kind}")
    return cast(Source, module.build(spec, client, base))
