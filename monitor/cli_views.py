"""`omdomme views ...`: named filters of pages, for some roles; those of the brand file and those people saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qs, urlsplit

import typer
from rich.console import Console

from monitor import text
from monitor.errors import ConfigError
from monitor.views import PERIOD, View, filters_in, find, refused

if TYPE_CHECKING:
    from monitor.config import Config

Brand = Annotated[Path, typer.Option("--brand", envvar="OMDOMME_BRAND", help="The brand file.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")]
Name = Annotated[
    str, typer.Argument(help="The name of the view; case and accents do not matter.", metavar="NAME")
]
Who = Annotated[str | None, typer.Option("--as", help="Who does it; default: who is logged in.")]
DEFAULT_BRAND = Path("brand.yaml")
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

views_app = typer.Typer(
    help="Saved views: named filters of a page, for some roles, which narrow digests too.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    app.add_typer(views_app, name="views")


@views_app.command("list")
def list_(
    as_yaml: Annotated[
        bool, typer.Option("--yaml", help="As they stand under `views:` in a brand file.")
    ] = False,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """All views, those of the brand file first; and what is wrong with any."""
    from monitor.cli import show_json
    from monitor.pipeline import views

    config = _config(brand)
    found = views.views(config)
    if as_json:
        show_json([_plain(view) for view in found])
    elif as_yaml:
        print(views.as_yaml(found), end="")
    else:
        for view in found:
            _line(f"{view.name}  ({view.page}; {_whose(view)})")
            _line(_told(view), "  ")
        if not found:
            err.print("No views yet: omdomme views save, or `views:` in the brand file.", markup=False)
    for warning in views.warnings(config):
        err.print(" ".join(text.clean(warning, 800).split()), markup=False, soft_wrap=True)


@views_app.command()
def show(name: Name, brand: Brand = DEFAULT_BRAND, as_json: AsJson = False) -> None:
    """What one view holds, whose digest it narrows, and what people did with it."""
    from monitor import readmodel
    from monitor.cli import show_json
    from monitor.pipeline import views

    config = _config(brand)
    view = find(views.views(config), name)
    if view is None:
        raise ConfigError(f"there is no view {name[:60]!r}. Remedy: omdomme views list shows those there are")
    changes = readmodel.view_changes(config.settings.database) if view.number else []
    mine = [change for change in changes if change.view.number == view.number]
    reads = [r.key for r in config.recipients if r.digest != "none" and find([view], r.view)]
    if as_json:
        log = [{"action": change.action, **_plain(change.view)} for change in mine]
        show_json({**_plain(view), "digest": reads, "log": log})
        return
    _line(f"{view.name}  ({view.page}; {_whose(view)})")
    _line(_told(view), "  ")
    _line(f"for: {', '.join(view.roles) or 'everybody'}", "  ")
    if view.opens:
        _line(f"the page opens with it for: {', '.join(view.opens)}", "  ")
    if wrong := refused(view):
        _line(f"cannot narrow a digest: {', '.join(field for field, _, _ in wrong)}", "  ")
    for key in reads:
        _line(f"narrows the digest of {key}", "  ")
    for change in mine:
        _line(
            f"{change.view.at:%Y-%m-%d %H:%M}Z  {change.view.who} {change.action} it: {change.view.name}",
            "  ",
        )


@views_app.command()
def save(
    name: Name,
    page: Annotated[str, typer.Option(help="mentions, conflicts, leaders, audience or statements.")] = "",
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", help="NAME=VALUE, as in the page's address; may be repeated."),
    ] = None,
    address: Annotated[
        str, typer.Option(help="Of the page as it is shown, instead of --page and --filter; in quotes.")
    ] = "",
    roles: Annotated[
        list[str] | None, typer.Option("--role", help="Whom it is for; may be repeated; default everybody.")
    ] = None,
    opens: Annotated[
        list[str] | None,
        typer.Option("--opens", help="A role for whom the page opens with it; may be repeated."),
    ] = None,
    replacing: Annotated[
        bool, typer.Option("--replace", help="Replace the saved view of this name.")
    ] = False,
    who: Who = None,
    brand: Brand = DEFAULT_BRAND,
    as_json: AsJson = False,
) -> None:
    """Save a view, for the dashboard and for digests."""
    from monitor.cli import show_json
    from monitor.cli_correct import logged_in
    from monitor.config import duty_of
    from monitor.pipeline import views

    config = _config(brand)
    where, told = _from_address(address) if address else (page, _pairs(filters or ()))

    def duties(words: Sequence[str] | None) -> tuple[Any, ...]:
        found = [(word, duty_of(word, config.identity.leaders)) for word in words or ()]
        odd = next((word for word, duty in found if duty is None), None)
        if odd is not None:
            remedy = "write communications, leader, board or operator"
            raise ConfigError(f"{odd[:60]!r} is no role known here. Remedy: {remedy}")
        return tuple(duty for _, duty in found)

    at, name_of = datetime.now(UTC), who or logged_in()
    view = View(name, where, told, duties(roles), duties(opens), 0, name_of, at)  # type: ignore[arg-type]
    new = views.replace_with(config, name, view) if replacing else views.save(config, view)
    if as_json:
        show_json({"name": name, "new": new})
    else:
        _line(f"Saved: {name}" if new else "Nothing new")


@views_app.command()
def rename(
    name: Name,
    to: Annotated[str, typer.Argument(metavar="NEW")],
    who: Who = None,
    brand: Brand = DEFAULT_BRAND,
) -> None:
    """Give a saved view another name. Recipients who name it must be changed too."""
    from monitor.cli_correct import logged_in
    from monitor.pipeline import views

    views.rename(_config(brand), name, to, who or logged_in(), datetime.now(UTC))
    _line(f"{name}: now called {to}")


@views_app.command()
def remove(
    name: Name,
    forget: Annotated[
        bool, typer.Option("--forget", help="Also that there was one, its name and who saved it.")
    ] = False,
    who: Who = None,
    brand: Brand = DEFAULT_BRAND,
) -> None:
    """Remove a saved view. What it held is deleted; that it was there, and who removed it, is kept."""
    from monitor.cli_correct import logged_in
    from monitor.pipeline import views

    config = _config(brand)
    views.remove(config, name, who or logged_in(), datetime.now(UTC), wholly=forget)
    _line(f"Removed: {name}")
    for warning in views.warnings(config):
        err.print(" ".join(text.clean(warning, 800).split()), markup=False, soft_wrap=True)


def _from_address(address: str) -> tuple[str, Any]:
    parts = urlsplit(address)
    page = parts.path.rstrip("/").rsplit("/", 1)[-1]
    try:
        return page, filters_in(page, parse_qs(parts.query, max_num_fields=200))  # type: ignore[arg-type]
    except (KeyError, ValueError):
        raise ConfigError(
            f"{address[:100]!r} is no page with filters. Remedy: copy the address of Mentions, Conflicts, Leaders, "
            "Audience or Statements as it is shown, and put it in quotes"
        ) from None


def _pairs(filters: Sequence[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = []
    for said in filters:
        name, equals, value = said.partition("=")
        if not equals:
            raise ConfigError(f"--filter {said[:60]!r} says no value. Remedy: --filter target='Ane Vakt'")
        found.append((name.strip(), (value,)))
    return tuple(found)


def _config(brand: Path) -> Config:
    from monitor.config import load

    return load(brand)


def _plain(view: View) -> dict[str, Any]:
    return {**asdict(view), "filters": {name: list(values) for name, values in view.filters}}


def _whose(view: View) -> str:
    return f"saved by {view.who}, {view.at:%Y-%m-%d}" if view.at else "brand file"


def _told(view: View) -> str:
    filters = [(name, values) for name, values in view.filters if name != PERIOD]
    filters += [(name, values) for name, values in view.filters if name == PERIOD]
    return "; ".join(f"{name}: {', '.join(values)}" for name, values in filters)


def _line(said: Any, indent: str = "") -> None:
    out.print(indent + " ".join(text.clean(str(said)).split()), markup=False, soft_wrap=True)
