"""Saved views: those of the brand file and those people saved, together; and the short writes that change these."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import yaml

from monitor import readmodel
from monitor.config import Config
from monitor.errors import ConfigError, Problem
from monitor.pipeline import persons
from monitor.store import Store
from monitor.views import View, cleaned, find, refused, together, troubles


def views(config: Config) -> list[View]:
    """All that count; see ``warnings`` for those that do not."""
    return together(config.views, _saved(config), config.identity)


def _saved(config: Config) -> list[View]:
    path = config.settings.database
    return readmodel.saved_views(path) if path.exists() else []


def for_digest(config: Config, name: str) -> View | None:
    """The view of this name, where a digest can be narrowed by it; None for "" as well."""
    view = find(views(config), name) if name else None
    return view if view and not refused(view) else None


def warnings(config: Config) -> list[str]:
    """What somebody should know: views that do not count, and digests that go out whole for want of one."""
    told = []
    for view in _saved(config):
        if find(config.views, view.name):
            told.append(
                f"view {view.name!r}: the brand file has one of this name, which counts. Remedy: rename it"
            )
        elif wrong := troubles(view, config.identity):
            field, message, remedy = wrong[0]
            told.append(
                f"view {view.name!r} does not count: {field} {message}. Remedy: {remedy}, or remove it"
            )
    there = views(config)
    for name in dict.fromkeys(r.view for r in config.recipients if r.view and r.digest != "none"):
        found = find(there, name)
        if found is None:
            told.append(
                f"digests go out whole: there is no view {name!r}. Remedy: save one of that name, or change `view`"
            )
        elif wrong := refused(found):
            field, message, remedy = wrong[0]
            told.append(f"digests go out whole: {field} of view {name!r} {message}. Remedy: {remedy}")
    return told


def save(config: Config, view: View, *, wait_s: float | None = None) -> bool:
    """Keeps a new view. ConfigError says what is wrong with it, or that its name is taken."""
    return _put(config, replace(view, number=0), wait_s, "saved")


def replace_with(config: Config, name: str, view: View, *, wait_s: float | None = None) -> bool:
    """The saved view ``name`` is ``view`` from now on, under its old name; False when it was already."""
    old = _theirs(config, name)
    return _put(config, replace(view, number=old.number, name=old.name), wait_s, "replaced")


def rename(
    config: Config, name: str, new: str, who: str, at: datetime, *, wait_s: float | None = None
) -> bool:
    old = _theirs(config, name)
    return _put(config, replace(old, name=new, who=who, at=at), wait_s, "renamed")


def remove(
    config: Config, name: str, who: str, at: datetime, *, wholly: bool = False, wait_s: float | None = None
) -> bool:
    """What it held is not kept; ``wholly``: neither is its name, nor who saved it."""
    old, signer = _theirs(config, name), persons.line(who)
    _signed(signer)
    return _store(config, wait_s).remove_view(old.number, signer, at, wholly=wholly)


def _put(config: Config, view: View, wait_s: float | None, action: Any) -> bool:
    view = replace(cleaned(view), who=persons.line(view.who))
    assert view.at is not None
    _signed(view.who)
    wrong = troubles(view, config.identity)
    if find(config.views, view.name):
        wrong.append(("name", f"{view.name!r} is a view of the brand file", "give it another name"))
    taken = find(_saved(config), view.name)
    if taken and taken.number != view.number:
        wrong.append(("name", f"{view.name!r} is the name of a view already", "give it another name"))
    if wrong:
        raise ConfigError(problems=[Problem("views", None, *told) for told in wrong])
    return _store(config, wait_s).put_view(view, action)


def _signed(who: str) -> None:
    if wrong := persons.unsaid([("who", who, "say who you are")]):
        raise ConfigError(problems=[Problem("views", None, *told) for told in wrong])


def _theirs(config: Config, name: str) -> View:
    """The saved view of this name; ConfigError where there is none, or it is one of the brand file."""
    found = find(_saved(config), name)
    if found:
        return found
    if find(config.views, name):
        told = (f"{name[:60]!r} is a view of the brand file", "change it there")
    else:
        told = (f"there is no view {name[:60]!r}", "omdomme views list shows those there are")
    raise ConfigError(problems=[Problem("views", None, "name", *told)])


def _store(config: Config, wait_s: float | None) -> Store:
    path = config.settings.database
    store = Store(path) if wait_s is None else Store(path, wait_s=wait_s)
    store.migrate()
    return store


def as_yaml(found: Sequence[View]) -> str:
    """As they stand under `views:` in a brand file."""
    listed = []
    for view in found:
        told: dict[str, object] = {"name": view.name, "page": view.page}
        told["filters"] = {name: list(v) if len(v) > 1 else v[0] for name, v in view.filters}
        if view.roles:
            told["roles"] = list(view.roles)
        if view.opens:
            told["opens"] = list(view.opens)
        listed.append(told)
    out = io.StringIO()
    yaml.safe_dump({"views": listed}, out, sort_keys=False, allow_unicode=True, width=110)
    return out.getvalue()
