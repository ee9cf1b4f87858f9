"""Where mentions come from: one module a network, resolved by the ``kind`` a source has in brand.yaml.

A module offers ``build(spec, client, base) -> Source`` and describes itself in its docstring. Nothing here names
them: dropping a file into this folder adds a kind.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from monitor import http
from monitor.errors import ConfigError
from monitor.sources._feedkeys import canonical as canonical_link
from monitor.types import Source, SourceSpec

if TYPE_CHECKING:
    from monitor.sources._discover import Found
    from monitor.sources._opml import Subscription

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


# Nothing below is imported before it is called: naming the kinds loads no parser.


def discover(client: http.Client, url: str, now: datetime) -> list[Found]:
    """The feeds and news sitemaps of the site that ``url`` is a page of, each read once.

    Raises SourceError when the page itself cannot be asked.
    """
    from monitor.sources import _discover

    return _discover.discover(client, url, now)


def read_opml(body: bytes, known: Iterable[str] = ()) -> tuple[list[Subscription], int]:
    """(url, title) of every feed in an OPML file, once each, and how many were left out because their address is
    among ``known``. Raises SourceError."""
    from monitor.sources import _opml

    return _opml.read_opml(body, known)


def write_opml(title: str, feeds: Iterable[tuple[str, str]], now: datetime) -> str:
    """``feeds`` as (url, title)."""
    from monitor.sources import _opml

    return _opml.write_opml(title, feeds, now)
