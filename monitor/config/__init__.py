"""brand.yaml and the environment -> Config. The only reader of os.environ.

What a team writes down (who we are, where to look, who is told) stands in the brand file; what belongs to one
machine, and every secret, comes from the environment: see ``docs/brand-file.md`` for both.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from monitor.config import checks as brandcheck
from monitor.config import hours
from monitor.config import yamltree as brandfile
from monitor.config.dialects import canonicalise
from monitor.config.identity import canonical, identity_of
from monitor.config.login import Auth, auth_of, loopback
from monitor.config.recipients import Recipient, duty_of, recipients_of
from monitor.config.schema import BrandFile, ConflictsModel, SourceModel, json_schema
from monitor.config.settings import (
    AlertSettings,
    ConflictSettings,
    DigestSettings,
    Retention,
    Settings,
    Smtp,
    conflicts_of,
    options_of,
    settings_of,
)
from monitor.config.terms import search_terms
from monitor.config.views import view_problems, views_of
from monitor.config.weights import type_weights
from monitor.config.wording import schema_problems
from monitor.config.yamltree import Block, Items, Plain
from monitor.errors import ConfigError, Problem
from monitor.types import BrandIdentity, SourceSpec
from monitor.views import View

__all__ = [
    "AlertSettings",
    "Auth",
    "Config",
    "ConflictSettings",
    "DigestSettings",
    "Recipient",
    "Retention",
    "Settings",
    "Smtp",
    "canonical",
    "check",
    "convert",
    "duty_of",
    "hours",
    "json_schema",
    "load",
    "load_conflicts",
    "load_identity",
    "loopback",
    "template",
    "type_weights",
]

# What does not concern matching and flagging; a mistake there must not stop the filters.
_BESIDE_IDENTITY = frozenset(
    {
        *("sources", "recipients", "views", "alerts", "http", "classifier", "conflicts", "threads"),
        *("dashboard_url", "contact", "start_date", "timezone", "language", "smtp"),
        *("contact_points", "retention", "digest", "activities", "authorities", "auth"),
    }
)


@dataclass(frozen=True, slots=True)
class Config:
    """``base`` is the folder of the brand file, from which its relative paths count; ``warnings`` are what
    ``check`` would say."""

    identity: BrandIdentity
    sources: tuple[SourceSpec, ...]
    recipients: tuple[Recipient, ...]
    settings: Settings
    base: Path
    warnings: tuple[Problem, ...] = ()
    authorities: tuple[str, ...] = ()  # hosts and source ids of public bodies
    views: tuple[View, ...] = ()


def load_identity(path: Path) -> BrandIdentity:
    """The brand file's identity, in whichever dialect it is written.

    Raises ConfigError with every mistake; mistakes in sources, recipients, goals and settings do not matter here.
    """
    tree, problems = _read(path)
    for key in _BESIDE_IDENTITY & tree.keys():
        tree.take(key)
    if any(p.field.startswith("goals") for p in _errors(_examine(tree, [], path, None)[1])):
        tree.take("goals")
    return identity_of(_valid(tree, problems, path)[0])


def load(path: Path, environ: Mapping[str, str] | None = None) -> Config:
    """The brand file and the environment. Raises ConfigError with every mistake in either."""
    env = os.environ if environ is None else environ
    tree, problems = _read(path)
    brand, warnings = _valid(tree, problems, path)
    base = path.resolve().parent
    identity = identity_of(brand)
    terms = search_terms(identity)
    return Config(
        identity=identity,
        sources=tuple(replace(_source(model, env), terms=terms) for model in brand.sources),
        recipients=recipients_of(brand, identity, env),
        settings=settings_of(
            brand, base, env, auth_of(brand.auth, identity.leaders, env) if brand.auth else None
        ),
        base=base,
        warnings=tuple(warnings),
        authorities=brand.authorities,
        views=views_of(brand, identity),
    )


def load_conflicts(path: Path, environ: Mapping[str, str] | None = None) -> ConflictSettings:
    """Who is asked about unsure flags. Raises ConfigError; mistakes elsewhere in the file do not matter here."""
    tree, problems = _read(path)
    try:
        found = ConflictsModel.model_validate(tree.get("conflicts", {}))
    except ValidationError:
        _, problems = _examine(tree, problems, path, None)
        raise ConfigError(
            problems=[p for p in _errors(problems) if p.field.startswith("conflicts")]
        ) from None
    return conflicts_of(found, os.environ if environ is None else environ)


def check(
    path: Path,
    source_kinds: Collection[str] | None = None,
    second_judge: Callable[[Mapping[str, object]], object] | None = None,
    channel: Callable[[str, Mapping[str, object]], object] | None = None,
    measures: Mapping[str, Collection[str]] | None = None,
) -> list[Problem]:
    """Every mistake in the file, in the order of its lines. ``source_kinds`` are the kinds there are modules for;
    ``second_judge`` is given the options of the second judge of conflicts and raises ConfigError for wrong ones;
    ``channel`` alike, the name of a recipient's channel and the options it is given; ``measures`` are those a goal can
    be measured by, each with what it can be narrowed by."""
    tree, problems = _read(path)
    if not _errors(problems):
        brand, problems = _examine(tree, problems, path, source_kinds, measures)
        second = conflicts_of(brand.conflicts, {}).second if brand else None
        if second is not None and second_judge:
            where = ("conflicts", "second")
            try:
                second_judge(second)
            except ConfigError as error:
                field, remedy = ".".join(where), "see the options in docs/classifiers.md"
                line = brandfile.line_of(tree, where)
                problems.append(Problem(str(path), line, field, str(error).rstrip("."), remedy))
        if brand is not None and channel:
            problems += _unreachable(brand, tree, str(path), channel)
    return sorted(problems, key=lambda p: (p.line or 0, p.field))


def _unreachable(
    brand: BrandFile, tree: Block, file: str, channel: Callable[[str, Mapping[str, object]], object]
) -> list[Problem]:
    """Recipients whose channel cannot work as it is written."""
    found = []
    for at, model in enumerate(brand.recipients):
        options = {key: brandfile.plain(value) for key, value in (model.model_extra or {}).items()}
        try:
            if (
                model.channel != "email"
            ):  # its settings are the machine's; a key too much is warned of like elsewhere
                channel(model.channel, options)
        except ConfigError as error:
            line = brandfile.line_of(tree, ("recipients", at))
            remedy = "see the channels in docs/alerts.md"
            found.append(Problem(file, line, f"recipients[{at + 1}]", str(error).rstrip("."), remedy))
    return found


def convert(path: Path) -> str:
    """The file as YAML in the canonical form; it loads to the same hash. Keys nobody reads are carried along, of
    the comments only those at the head."""
    tree, problems = _read(path)
    _valid(tree, problems, path)
    known = list(BrandFile.model_fields)
    ordered = sorted(tree, key=lambda key: known.index(key) if key in known else len(known))
    values = {key: _brief(tree[key]) if key in known else tree[key] for key in ordered}
    head = []
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        if not line.startswith("#"):
            break
        head.append(line + "\n")
    dumped: str = yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return "".join(head) + dumped


def template() -> str:
    """A commented starter file; it passes ``check``."""
    return resources.files("monitor").joinpath("data/brand_template.yaml").read_text(encoding="utf-8")


class _Dumper(yaml.SafeDumper):
    """Without anchors: a value that stands twice is written twice."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def plain(self, data: Plain) -> yaml.Node:
        """Numbers, dates and truth as they were written; what merely looks odd to a reader of YAML 1.1 in quotes."""
        tag = self.resolve(yaml.ScalarNode, str(data), (True, False))  # type: ignore[no-untyped-call]
        if tag.endswith((":int", ":float", ":timestamp")) or data.lower() in ("true", "false"):
            return self.represent_scalar(tag, str(data))
        return self.represent_str(str(data))


_Dumper.add_representer(Block, yaml.SafeDumper.represent_dict)
_Dumper.add_representer(Items, yaml.SafeDumper.represent_list)
_Dumper.add_representer(Plain, _Dumper.plain)


def _brief(value: Any) -> Any:
    """Items that hold one name only become that name again."""
    if isinstance(value, Block):
        only = next(iter(value)) if len(value) == 1 else None
        if only in ("handle", "url", "name", "description", "of") and isinstance(value[only], str):
            return value[only]
        for key in value:
            value[key] = _brief(value[key])
    elif isinstance(value, Items):
        value[:] = [_brief(item) for item in value]
    return value


def _read(path: Path) -> tuple[Block, list[Problem]]:
    tree, problems = brandfile.read(path)
    return canonicalise(tree), problems


def _errors(problems: list[Problem]) -> list[Problem]:
    return [p for p in problems if p.level == "error"]


def _examine(
    tree: Block,
    problems: list[Problem],
    path: Path,
    kinds: Collection[str] | None,
    measures: Mapping[str, Collection[str]] | None = None,
) -> tuple[BrandFile | None, list[Problem]]:
    """The brand as far as the schema accepts it, and all problems."""
    brand, found = None, list(problems)
    try:
        brand = BrandFile.model_validate(tree)
    except ValidationError as error:
        found += schema_problems(error, tree, str(path))
    found += brandcheck.Checker(tree, str(path), kinds, measures).run()
    if brand is not None and not _errors(found):  # an identity is only made of a file that is right
        found += view_problems(brand, tree, str(path))
    return brand, found


def _valid(tree: Block, problems: list[Problem], path: Path) -> tuple[BrandFile, list[Problem]]:
    if _errors(problems):
        raise ConfigError(problems=_errors(problems))
    brand, found = _examine(tree, problems, path, None)
    if brand is None or _errors(found):
        raise ConfigError(problems=sorted(_errors(found), key=lambda p: p.line or 0))
    return brand, found


def _source(model: SourceModel, env: Mapping[str, str]) -> SourceSpec:
    """Everything beyond the known keys is the source's own option, also when it stands under ``options``."""
    extra = dict(model.model_extra or {})
    nested = extra.pop("options", None)
    options = {**(nested if isinstance(nested, Block) else {}), **extra}
    return SourceSpec(
        id=model.id,
        kind=model.kind,
        url=model.url,
        source_type=model.source_type,
        lang=model.lang,
        interval_minutes=model.interval_minutes,
        weight=model.weight,
        own_place=model.own_place,
        options=options_of(options, env),
    )
