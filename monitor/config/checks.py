"""What no schema can see in a brand file: ids that stand twice, an alias that is an everyday word, a password.

It is looked for in the tree itself, so that a mistake in one place hides none in another.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC
from importlib import resources
from typing import Any

from monitor import text
from monitor.config import hours, schema
from monitor.config.dialects import SECTIONS
from monitor.config.fields import Model
from monitor.config.login import ROLES, AuthModel, RolesModel
from monitor.config.recipients import duty_of, leader_of
from monitor.config.wording import path_of
from monitor.config.yamltree import Block, Items, line_of
from monitor.errors import Problem
from monitor.types import Leader

_MODELS: dict[str, type[Model]] = {
    "homonyms": schema.HomonymModel,
    "products": schema.ProductModel,
    "leaders": schema.LeaderModel,
    "employees": schema.EmployeeModel,
    "accounts": schema.AccountModel,
    **dict.fromkeys(SECTIONS, schema.StatementModel),
    "views": schema.ViewModel,
    "goals": schema.GoalModel,
    "activities": schema.ActivityModel,
    "recipients": schema.RecipientModel,
    "alerts": schema.AlertsModel,
    "http": schema.HttpModel,
    "conflicts": schema.ConflictsModel,
    "digest": schema.DigestModel,
    "auth": AuthModel,
}
_SECRETS = ("password", "passord", "secret", "token", "api_key", "apikey")
_LANGUAGES = frozenset(
    ("nb", "nn", "no", "en", "da", "sv", "is", "fi", "se", "de", "fr", "es", "it", "nl", "pl")
)


class Checker:
    """The checks no schema makes, over a tree in canonical keys."""

    def __init__(
        self,
        tree: Block,
        file: str,
        source_kinds: Collection[str] | None = None,
        measures: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self.tree, self.file, self.kinds, self.measures = tree, file, source_kinds, measures
        self.problems: list[Problem] = []

    def run(self) -> list[Problem]:
        self._keys(self.tree, schema.BrandFile, ())
        for key, model in _MODELS.items():
            value = self.tree.get(key)
            if isinstance(value, Block):
                self._keys(value, model, (key,))
            for at, item in self._blocks(key):
                if key != "recipients" or item.get("channel", "email") == "email":
                    self._keys(item, model, (key, at))
        self._secrets(self.tree, ())
        self._ids("statement", tuple(SECTIONS))
        for key, what in (
            ("leaders", "leader"),
            ("goals", "goal"),
            ("activities", "activity"),
            ("sources", "source"),
        ):
            self._ids(what, (key,))
        self._names()
        self._languages()
        self._accounts()
        self._goals()
        self._sources()
        self._recipients()
        self._auth()
        return self.problems

    def _say(self, where: tuple[str | int, ...], message: str, remedy: str, level: str = "warning") -> None:
        kind: Any = level
        line, field = line_of(self.tree, where), path_of(self.tree, where)
        self.problems.append(Problem(self.file, line, field, message, remedy, kind))

    def _blocks(self, key: str) -> list[tuple[int, Block]]:
        value = self.tree.get(key)
        found = enumerate(value) if isinstance(value, Items) else ()
        return [(at, item) for at, item in found if isinstance(item, Block)]

    def _keys(self, block: Block, model: type[Model], where: tuple[str | int, ...]) -> None:
        known = {field.alias or name for name, field in model.model_fields.items()}
        for key in block:
            if key in known or (key == "smtp" and not where):
                continue
            close = difflib.get_close_matches(key, known, n=1, cutoff=0.7)
            remedy = (
                f"did you mean `{close[0]}`?" if close else "remove it, or keep it as a note to yourselves"
            )
            self._say((*where, key), "is a key nothing here reads", remedy)

    def _secrets(self, value: Any, where: tuple[str | int, ...]) -> None:
        if not where and "smtp" in value:
            remedy = "set OMDOMME_SMTP_HOST, _USER, _PASSWORD ... in the environment and remove it here"
            self._say(("smtp",), "mail settings do not belong in the brand file", remedy, "error")
        if isinstance(value, Block):
            for key, item in value.items():
                literal = isinstance(item, str) and not item.startswith("${")
                if literal and key.lower().replace("-", "_").endswith(_SECRETS):
                    remedy = f"write `{key}: ${{OMDOMME_...}}` and set that variable in the environment"
                    self._say((*where, key), "a secret does not belong in the brand file", remedy, "error")
                elif not isinstance(item, str):
                    self._secrets(item, (*where, key))
        elif isinstance(value, Items):
            for at, item in enumerate(value):
                self._secrets(item, (*where, at))

    def _ids(self, what: str, keys: tuple[str, ...]) -> None:
        first: dict[str, int | None] = {}
        for key in keys:
            for at, item in self._blocks(key):
                identifier = item.get("id")
                if not isinstance(identifier, str):
                    continue
                where = (key, at, "id")
                if identifier in first:
                    message = f"the {what} id {identifier!r} stands twice (first in line {first[identifier]})"
                    self._say(where, message, "give each its own id", "error")
                else:
                    first[identifier] = line_of(self.tree, where)

    def _named(self) -> Iterator[tuple[tuple[str | int, ...], str, tuple[str, int]]]:
        """Every name and alias of ours: where, the name, and whose it is."""
        if isinstance(self.tree.get("name"), str):
            yield ("name",), self.tree["name"], ("brand", 0)
        for at, alias in self._texts("aliases", self.tree):
            yield ("aliases", at), alias, ("brand", 0)
        for key in ("leaders", "products"):
            for at, item in self._blocks(key):
                if isinstance(item.get("name"), str):
                    yield (key, at, "name"), item["name"], (key, at)
                for number, alias in self._texts("aliases", item):
                    yield (key, at, "aliases", number), alias, (key, at)

    @staticmethod
    def _texts(key: str, block: Block) -> list[tuple[int, str]]:
        value = block.get(key)
        found = enumerate(value) if isinstance(value, Items) else ()
        return [(at, item) for at, item in found if isinstance(item, str)]

    def _names(self) -> None:
        owners: dict[str, list[tuple[tuple[str | int, ...], tuple[str, int]]]] = defaultdict(list)
        context = any(True for _ in self._blocks("homonyms"))
        for where, name, owner in self._named():
            folded = text.fold(name.strip())
            for earlier, other in owners[folded]:
                if {owner[0], other[0]} == {"leaders"} and owner != other:
                    full = where[-1] == "name" and earlier[-1] == "name"
                    message = (
                        f"two leaders are called {name!r} (the other in line {line_of(self.tree, earlier)})"
                    )
                    remedy = "use names and aliases that tell them apart, such as a middle initial"
                    self._say(where, message, remedy, "error" if full else "warning")
                elif owner[0] != "products" and other[0] != "products" and owner != other:
                    self._say(
                        where, f"{name!r} names both the brand and a leader", "keep it with one of them"
                    )
            owners[folded].append((where, owner))
            if len(folded) < 2:
                self._say(where, f"{name!r} is too short to be found in a text", "use a longer alias")
            elif not context and owner[0] != "leaders" and folded in everyday_words():
                remedy = "describe under `homonyms` what else the word means, with `context_words` where you know them"
                self._say(where, f"{name!r} is an everyday word or a common surname", remedy)
        for at, homonym in self._blocks("homonyms"):
            description = homonym.get("description")
            if isinstance(description, str) and text.fold(description.strip()) in owners:
                remedy = "describe what the other one is: `- Lunde, a village in the north`"
                message = f"{description!r} is one of our own names and says nothing of the other"
                self._say(("homonyms", at), message, remedy)
        if not any(self._blocks(section) for section in SECTIONS):
            remedy = "write values, wanted_image, unwanted_image, guidelines and out_of_bounds"
            self._say((), "has no statements: nothing can be in conflict with it", remedy)

    def _languages(self) -> None:
        for at, code in self._texts("languages", self.tree):
            if code.lower() not in _LANGUAGES:
                self._say(
                    ("languages", at), f"{code!r} is not a language code known here", "write nb, nn or en"
                )

    def _accounts(self) -> None:
        people = {text.fold(name) for _, name, owner in self._named() if owner[0] != "products"}
        people |= {text.fold(p["id"]) for _, p in self._blocks("leaders") if isinstance(p.get("id"), str)}
        for _, employee in self._blocks("employees"):
            names = [employee.get("name"), *(a for _, a in self._texts("aliases", employee))]
            people |= {text.fold(n) for n in names if isinstance(n, str)}
        for at, account in self._blocks("accounts"):
            person = account.get("person")
            if isinstance(person, str) and text.fold(person) not in people:
                remedy = "name a leader or employee of this file; without `person` it is the brand's own"
                self._say(("accounts", at, "person"), f"{person!r} is nobody in this file", remedy)

    def _goals(self) -> None:
        for at, goal in self._blocks("goals"):
            lacking = [key for key in ("task", "audience", "purpose") if key not in goal]
            if lacking:
                remedy = "say what is to be done (task), among whom (audience) and to what end (purpose)"
                self._say(("goals", at), f"lacks {', '.join(lacking)}", remedy)
            if isinstance(goal.get("measure"), Block):
                self._measure(("goals", at, "measure"), goal["measure"])
        known = {goal.get("id") for _, goal in self._blocks("goals")}
        for at, activity in self._blocks("activities"):
            meant = activity.get("goal")
            if isinstance(meant, str) and meant not in known:
                remedy = "write the id of a goal; without `goal` it is held against all"
                self._say(("activities", at, "goal"), f"{meant!r} is no goal in this file", remedy)

    def _measure(self, where: tuple[str | int, ...], measure: Block) -> None:
        """A goal that no command can measure stays a goal: nothing here is an error."""
        self._keys(measure, schema.MeasureModel, where)
        of = measure.get("of")
        if self.measures is not None and isinstance(of, str):
            heeded = self.measures.get(of)
            if heeded is None:
                close = difflib.get_close_matches(of, self.measures, n=1)
                hint = f"did you mean `{close[0]}`? " if close else ""
                remedy = f"{hint}There are: {', '.join(self.measures)} (docs/goals.md)"
                self._say((*where, "of"), f"no command measures {of[:60]!r}", remedy)
            for key in sorted(
                {"target", "statement", "words", "source_type"} & measure.keys() - set(heeded or ())
            ):
                if heeded is not None:
                    self._say((*where, key), f"{of} cannot be narrowed by it", "remove it")
        statements = {s.get("id") for section in SECTIONS for _, s in self._blocks(section)}
        if isinstance(measure.get("statement"), str) and measure["statement"] not in statements:
            message = f"{measure['statement']!r} is no statement in this file"
            self._say((*where, "statement"), message, "write the id of a value, image, guideline or topic")
        names = {self.tree.get("name")} | {
            item.get("name") for key in ("leaders", "products") for _, item in self._blocks(key)
        }
        if isinstance(measure.get("target"), str) and measure["target"] not in names:
            message = f"{measure['target']!r} is nobody that is judged"
            self._say((*where, "target"), message, "write the name of a leader or product as it stands here")

    def _sources(self) -> None:
        urls: dict[tuple[object, str], int | None] = {}
        for at, source in self._blocks("sources"):
            kind, url = source.get("kind"), source.get("url")
            if isinstance(kind, str) and self.kinds is not None and kind not in self.kinds:
                close = difflib.get_close_matches(kind, sorted(self.kinds), n=1)
                hint = f"did you mean `{close[0]}`? " if close else ""
                remedy = f"{hint}There are: {', '.join(sorted(self.kinds))}"
                self._say(("sources", at, "kind"), f"{kind!r} is not a kind of source here", remedy, "error")
            if not url and not source.keys() - schema.SourceModel.model_fields.keys():
                self._say(("sources", at), "says not what to read", "add `url: https://...`", "error")
            if isinstance(url, str) and (url.startswith("www.") or " " in url.strip()):
                self._say(
                    ("sources", at, "url"),
                    f"{url[:80]!r} is not a whole address",
                    "write https://... in full",
                )
            if isinstance(url, str) and url:
                same = urls.setdefault((kind, url), line_of(self.tree, ("sources", at)))
                if same != line_of(self.tree, ("sources", at)):
                    self._say(("sources", at, "url"), f"is read already (line {same})", "keep one of them")

    def _recipients(self) -> None:
        seen: set[str] = set()
        for at, recipient in self._blocks("recipients"):
            address = recipient.get("address")
            if isinstance(address, str):
                if address.casefold() in seen:
                    self._say(("recipients", at, "address"), f"{address!r} stands twice", "keep one of them")
                seen.add(address.casefold())
            elif isinstance(name := recipient.get("name"), str):
                if name.casefold() in seen:
                    message = f"{name!r} stands twice, and one would be told for both"
                    self._say(("recipients", at, "name"), message, "give each its own name", "error")
                seen.add(name.casefold())
            self._role(at, recipient)

    def _role(self, at: int, recipient: Block) -> None:
        """Who would be told something else than was meant, or nothing at all."""
        leaders = self._leaders()
        role, meant, name = (str(recipient.get(key) or "") for key in ("role", "leader", "name"))
        duty = duty_of(role, leaders)
        if duty is None:
            remedy = (
                "write communications, leader, board or operator, or a leader's id; until then all is told"
            )
            self._say(("recipients", at, "role"), f"{role!r} is no role known here", remedy)
        if meant and not leader_of(meant, leaders):
            remedy = "write the id or name of one of the leaders"
            self._say(("recipients", at, "leader"), f"{meant!r} is no leader in this file", remedy, "error")
        elif meant and duty != "leader":
            remedy = "write `role: leader`, or leave `leader` out"
            self._say(("recipients", at, "leader"), "counts with `role: leader` only", remedy)
        elif duty == "leader" and not any(leader_of(said, leaders) for said in (meant, role, name)):
            remedy = "add `leader:` with the id or name of one of the leaders"
            self._say(("recipients", at, "role"), "does not say which leader's incidents", remedy, "error")
        spans = []
        for _, each in self._texts("quiet", recipient):
            with contextlib.suppress(ValueError):
                spans.append(hours.parse(each))
        if spans and hours.always(spans, UTC):
            remedy = "leave some hours of the week in which alerts can be told"
            self._say(("recipients", at, "quiet"), "never ends", remedy, "error")

    def _auth(self) -> None:
        auth = self.tree.get("auth")
        if not isinstance(auth, Block):
            return
        roles, named, known = auth.get("roles"), auth.get("leaders"), self._leaders()
        if isinstance(roles, Block):
            self._keys(roles, RolesModel, ("auth", "roles"))
            first: dict[str, str] = {}
            for role in ROLES:
                given = roles.get(role)
                for value in [given] if isinstance(given, str) else [v for _, v in self._texts(role, roles)]:
                    if first.setdefault(value, role) != role:
                        message = f"{value!r} gives {first[value]!r} already, which is the one that counts"
                        self._say(("auth", "roles", role), message, "name it under one role")
        ids = {each.id for each in known}
        for key in named if isinstance(named, Block) else ():
            if key not in ids:
                remedy = "write the id of one of the leaders"
                self._say(("auth", "leaders", key), f"{key!r} is no leader in this file", remedy, "error")
        if isinstance(roles, Block) and roles.get("leader") and not named:
            remedy = "add `leaders:` with the id of each and what their `leader_claim` says"
            self._say(("auth", "roles", "leader"), "nothing says which leader is who", remedy, "error")

    def _leaders(self) -> list[Leader]:
        return [
            Leader(
                str(item.get("id", "")),
                item["name"],
                tuple(alias for _, alias in self._texts("aliases", item)),
            )
            for _, item in self._blocks("leaders")
            if isinstance(item.get("name"), str)
        ]


@functools.cache
def everyday_words() -> frozenset[str]:
    """Norwegian and English words and surnames so common that, as a name, they need help to be told apart."""
    file = resources.files("monitor").joinpath("data/everyday_words.txt")
    lines = file.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
