"""The views of the brand file, and which of them narrow whose digest."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Protocol

from monitor.config.identity import identity_of
from monitor.config.recipients import OFF, duty_of
from monitor.config.schema import BrandFile, ViewModel
from monitor.config.wording import path_of
from monitor.config.yamltree import Block, line_of
from monitor.errors import Problem
from monitor.types import BrandIdentity
from monitor.views import View, cleaned, find, key, refused, troubles

_YES, _NO = ("true", "yes", "on"), ("false", "no")
_WORDS = "write communications, leader, board or operator"
Where = tuple[str | int, ...]


class Say(Protocol):
    def __call__(self, where: Where, message: str, remedy: str, level: str = "error") -> None: ...


def views_of(brand: BrandFile, identity: BrandIdentity) -> tuple[View, ...]:
    """Of a file without ``view_problems``."""
    return tuple(_view(model, identity) for model in brand.views)


def _view(model: ViewModel, identity: BrandIdentity) -> View:
    roles = tuple(d for word in model.roles if (d := duty_of(word, identity.leaders)))
    opens = tuple(d for word in _opens(model) if (d := duty_of(word, identity.leaders)))
    filters = tuple(model.filters.items())
    return cleaned(View(model.name, model.page, filters, roles, opens))  # type: ignore[arg-type]  # see troubles()


def _opens(model: ViewModel) -> tuple[str, ...]:
    said = tuple(word.casefold() for word in model.opens)
    if len(said) == 1 and said[0] in _YES:
        return model.roles or ("communications", "leader", "board", "operator")
    return () if len(said) == 1 and said[0] in _NO else model.opens


def view_problems(brand: BrandFile, tree: Block, file: str) -> list[Problem]:
    """Of a file right in all else: what is wrong with views, and with the names of views at recipients and roles."""
    narrowed = list(_narrowed(brand))
    if not brand.views and not narrowed:
        return []
    identity = identity_of(brand)
    found: list[Problem] = []

    def say(where: Where, message: str, remedy: str, level: str = "error") -> None:
        line, field = line_of(tree, where), path_of(tree, where)
        found.append(Problem(file, line, field, message, remedy, level))  # type: ignore[arg-type]

    views: list[View] = []
    for at, model in enumerate(brand.views):
        for field, words in (("roles", model.roles), ("opens", _opens(model))):
            for word in words:
                if duty_of(word, identity.leaders) is None:
                    say(("views", at, field), f"{word[:60]!r} is no role known here", _WORDS)
        view = _view(model, identity)
        if find(views, view.name):
            message = f"two views are called {view.name!r}, also but for case and accents"
            say(("views", at, "name"), message, "give each its own name")
        if key(view.name) in OFF:
            say(("views", at, "name"), f"{view.name!r} means no view at all", "give it another name")
        for told, message, remedy in troubles(view, identity):
            say(("views", at, *told.split(".", 1)), message, remedy)
        views.append(view)
    for duty in brand.digest.views:
        if duty_of(duty, identity.leaders) is None:
            say(("digest", "views", duty), f"{duty[:60]!r} is no role known here", _WORDS)
    if not found:
        for where, name in narrowed:
            _digest(where, name, views, say)
    return found


def _narrowed(brand: BrandFile) -> Iterator[tuple[Where, str]]:
    for duty, name in brand.digest.views.items():
        yield ("digest", "views", duty), name
    for at, recipient in enumerate(brand.recipients):
        if recipient.view and recipient.view.casefold() not in OFF:
            yield ("recipients", at, "view"), recipient.view


def _digest(where: Where, name: str, views: list[View], say: Say) -> None:
    """A view nobody knows may be one that people saved: only the store can tell."""
    view = find(views, name)
    if view is None:
        close = difflib.get_close_matches(name, [v.name for v in views], n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        remedy = (
            f"{hint}Else it is looked for among the saved ones (omdomme views list) when the digest is made"
        )
        say(where, f"{name[:60]!r} is no view of this file", remedy, "warning")
        return
    for filter, message, remedy in refused(view):
        say(where, f"view {view.name!r}: {filter} {message}", remedy)
