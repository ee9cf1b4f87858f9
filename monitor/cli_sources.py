"""`omdomme sources ...`: bring feeds in from a reader, hand them on, find those of a site."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console

from monitor.errors import ConfigError

Brand = Annotated[Path, typer.Option("--brand", envvar="OMDOMME_BRAND", help="The brand file.")]
DEFAULT_BRAND = Path("brand.yaml")
MAX_FILE = 20_000_000  # bytes

app = typer.Typer(help="Bring sources in, hand them on, find them.", no_args_is_help=True)
err = Console(stderr=True, highlight=False)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="sources")


@app.command("import")
def import_opml(
    file: Annotated[Path, typer.Argument(help="An OPML file, as feed readers export it.")],
    write: Annotated[
        bool, typer.Option("--write", help="Add them to the brand file; its comments and order stay.")
    ] = False,
    brand: Brand = DEFAULT_BRAND,
) -> None:
    """The feeds of an OPML file as lines for `sources` of the brand file; those it has already are left out."""
    from monitor import sources
    from monitor.config import editing, load

    try:
        size = file.stat().st_size
        body = file.read_bytes() if size <= MAX_FILE else b""
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error
    if size > MAX_FILE:
        raise ConfigError(f"{file}: more than {MAX_FILE:,} bytes")
    known = load(brand).sources if brand.exists() else ()
    fresh, there = sources.read_opml(body, [spec.url for spec in known])
    ids = {spec.id for spec in known}
    lines = [line(_id(feed.title or feed.url, ids), "feed", feed.url) for feed in fresh]
    err.print(f"{len(fresh) + there} feeds, {there} of them in {brand} already", markup=False)
    if not write:
        _print(lines)
    elif lines:
        editing.add_sources(brand, lines, sources.kinds())
        err.print(f"{len(lines)} sources added to {brand}", markup=False)


@app.command("export")
def export_opml(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file; default stdout.")] = None,
    brand: Brand = DEFAULT_BRAND,
) -> None:
    """The feeds of the brand file as OPML, for a feed reader."""
    from monitor import sources
    from monitor.config import load

    config = load(brand)
    feeds = [
        (spec.url, spec.id)
        for spec in config.sources
        if spec.kind == "feed" and spec.url.startswith(("http://", "https://"))
    ]
    told = sources.write_opml(f"{config.identity.name}: sources", feeds, datetime.now(UTC))
    if output is None:
        sys.stdout.write(told)
    else:
        output.write_text(told, encoding="utf-8")
        err.print(f"{len(feeds)} feeds written to {output}", markup=False)


@app.command()
def discover(
    url: Annotated[str, typer.Argument(help="A page of the site, usually its front page.")],
    brand: Brand = DEFAULT_BRAND,
) -> None:
    """The feeds and news sitemaps of a site, as lines for `sources`; each was read once, robots.txt is obeyed."""
    from monitor import http, sources
    from monitor.config import load

    if "://" not in url:
        url = f"https://{url}"
    settings = load(brand).settings if brand.exists() else None
    contact = settings.contact if settings else ""
    allowed = settings.allow_private_addresses if settings else ()
    with http.Client(contact=contact, allow_private=allowed) as client:
        found = sources.discover(client, url, datetime.now(UTC))
    if not found:
        err.print(f"{url}: no feed and no news sitemap was found", markup=False)
        raise typer.Exit(1)
    ids: set[str] = set()
    for one in found:
        what = (
            f"{one.entries} entries" if one.newest or one.kind == "feed" else f"an index, {one.entries} parts"
        )
        newest = f", newest {one.newest:%Y-%m-%d %H:%M} UTC" if one.newest else ""
        err.print(f"{one.kind} {one.url}: {what}{newest}", markup=False, soft_wrap=True)
    _print([line(_id(one.title or one.url, ids), one.kind, one.url) for one in found])


def line(identifier: str, kind: str, url: str) -> str:
    """One item of `sources`; what JSON quotes, YAML reads."""
    return (
        f"- {{id: {identifier}, kind: {kind}, url: {json.dumps(url, ensure_ascii=False)}, source_type: news}}"
    )


def _print(lines: Iterable[str]) -> None:
    for one in lines:
        print(f"  {one}")


def _id(name: str, taken: set[str]) -> str:
    """A short id of ASCII letters, digits and hyphens that is not taken yet; takes it."""
    name = re.sub(r"^https?://(?:www\.)?", "", name.casefold())
    for letter, plain in (("æ", "ae"), ("ø", "o"), ("å", "a")):
        name = name.replace(letter, plain)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "source"
    if not isinstance(yaml.safe_load(base), str):  # "24", "no": YAML reads something else in such a word
        base = f"source-{base}"
    number, candidate = 1, base
    while candidate in taken:
        number += 1
        candidate = f"{base}-{number}"
    taken.add(candidate)
    return candidate
