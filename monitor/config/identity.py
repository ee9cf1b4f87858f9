"""From the checked brand file to a BrandIdentity, its hash, and back to the canonical form. Pure."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import unicodedata
from collections.abc import Iterable
from typing import Any

from monitor.config.dialects import SECTIONS, is_address
from monitor.config.schema import BrandFile, MeasureModel
from monitor.types import (
    Account,
    Activity,
    BrandIdentity,
    Goal,
    Homonym,
    Leader,
    Measure,
    Product,
    Statement,
    StatementKind,
)

KINDS: dict[str, StatementKind] = {
    "values": "value",
    "wanted_image": "wanted_image",
    "unwanted_image": "unwanted_image",
    "guidelines": "guideline",
    "out_of_bounds": "out_of_bounds",
}


def identity_of(brand: BrandFile) -> BrandIdentity:
    """The identity with its hash. Handles and addresses among aliases become accounts of whoever bears them."""
    accounts = _accounts(brand)
    leaders = tuple(
        Leader(
            id=leader.id,
            name=leader.name,
            aliases=_unique(leader.aliases),
            role=leader.role,
            speaks_about=_unique(leader.speaks_about),
            private=_unique(leader.private),
            accounts=tuple(a.address for a in accounts if a.opted_in and a.person == leader.name),
        )
        for leader in brand.leaders
    )
    identity = BrandIdentity(
        name=brand.name,
        legal_name=brand.legal_name,
        aliases=_unique(brand.aliases),
        homonyms=tuple(Homonym(h.description, _unique(h.context_words)) for h in brand.homonyms),
        sector=brand.sector,
        languages=_unique(brand.languages),
        products=tuple(Product(p.name, _unique(p.aliases), p.note) for p in brand.products),
        competitors=_unique(brand.competitors),
        leaders=leaders,
        employees=_unique(n for e in brand.employees for n in (e.name, *e.aliases)),
        accounts=accounts,
        statements=tuple(
            Statement(s.id, KINDS[section], s.text, _unique(s.signals), s.owner, s.valid_from, s.valid_to)
            for section in SECTIONS
            for s in getattr(brand, section)
        ),
        goals=tuple(
            Goal(
                g.id,
                g.text,
                g.task,
                g.audience,
                g.purpose,
                _measure(g.measure),
                g.baseline,
                g.target,
                g.deadline,
            )
            for g in brand.goals
        ),
        activities=tuple(
            Activity(a.id, a.text, a.kind, a.begins, a.ends or a.begins, a.goal or "")
            for a in brand.activities
        ),
        fictional=brand.fictional,
    )
    return dataclasses.replace(identity, hash=identity_hash(identity))


def _measure(found: MeasureModel | None) -> Measure | None:
    if found is None:
        return None
    return Measure(
        found.of,
        found.target or "",
        found.statement or "",
        found.words,
        found.source_type or "",
        found.period,
    )


def is_account(alias: str) -> bool:
    """Whether an alias is (also) a handle, a tag or a web address."""
    return alias.startswith(("@", "#")) or is_address(alias)


def account_key(address: str) -> str:
    """What makes two ways of writing an account the same one."""
    folded = unicodedata.normalize("NFC", address).casefold().strip()
    for prefix in ("https://", "http://", "www."):
        folded = folded.removeprefix(prefix)
    return folded.rstrip("/")


def _accounts(brand: BrandFile) -> tuple[Account, ...]:
    """All accounts, first the brand's. What ``accounts`` says of an address wins over what an alias implies."""
    people = {
        key: leader.name for leader in brand.leaders for key in (leader.id, leader.name, *leader.aliases)
    }
    people |= {name: e.name for e in brand.employees for name in (e.name, *e.aliases)}
    found: dict[tuple[str | None, str], Account] = {}

    def add(address: str, person: str | None, opted_in: bool = True) -> None:
        key = (person, account_key(address))
        if key not in found:
            found[key] = Account(address, person, opted_in)
        elif not opted_in:
            found[key] = Account(found[key].address, person, False)

    for alias in filter(is_account, brand.aliases):
        add(alias, None)
    for account in brand.accounts:
        own = account.person in (None, brand.name, brand.legal_name, brand.id, *brand.aliases)
        person = (
            None if own and account.person not in people else people.get(account.person or "", account.person)
        )
        for address in account.addresses:
            add(address, person, account.opted_in)
    for leader in brand.leaders:
        for alias in filter(is_account, leader.aliases):
            add(alias, leader.name)
    for person_ in brand.employees:
        for alias in filter(is_account, (person_.name, *person_.aliases)):
            add(alias, person_.name)
    personal = [(owner.name, owner.accounts) for owner in brand.leaders]
    personal += [(owner.name, owner.accounts) for owner in brand.employees]
    for name, entries in personal:
        for entry in entries:
            for address in entry.addresses:
                add(address, name, entry.opted_in)
    return tuple(sorted(found.values(), key=lambda a: a.person is not None))


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


def identity_hash(identity: BrandIdentity) -> str:
    """16 hex digits over everything that matching or flagging reads; who owns a statement, goals, sources,
    recipients and settings do not count."""
    basis = canonical(identity)
    for key in ("goals", "activities", "fictional"):
        basis.pop(key, None)
    for section in SECTIONS:
        for statement in basis.get(section, ()):
            statement.pop("owner", None)
    packed = json.dumps(basis, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(unicodedata.normalize("NFC", packed).encode()).hexdigest()[:16]


def canonical(identity: BrandIdentity) -> dict[str, Any]:
    """The identity as plain values in the canonical keys, empty ones left out; it loads to an equal identity."""
    listed = {leader.name for leader in identity.leaders}
    own = {account_key(a) for a in identity.aliases if is_account(a)}
    result: dict[str, Any] = {
        "name": identity.name,
        "legal_name": identity.legal_name,
        "aliases": list(identity.aliases),
        "homonyms": [
            _pruned({"description": h.description, "context_words": list(h.context_words)})
            for h in identity.homonyms
        ],
        "sector": identity.sector,
        "languages": list(identity.languages),
        "products": [
            _pruned({"name": p.name, "aliases": list(p.aliases), "note": p.note}) for p in identity.products
        ],
        "competitors": list(identity.competitors),
        "leaders": [
            _pruned(
                {
                    "id": leader.id,
                    "name": leader.name,
                    "aliases": list(leader.aliases),
                    "role": leader.role,
                    "speaks_about": list(leader.speaks_about),
                    "private": list(leader.private),
                    "accounts": [a for a in leader.accounts if a not in leader.aliases],
                }
            )
            for leader in identity.leaders
        ],
        "employees": list(identity.employees),
        "accounts": [
            _pruned(
                {_address_key(a): a.address, "person": a.person, "opted_in": None if a.opted_in else False}
            )
            for a in identity.accounts
            if not a.opted_in
            or (a.person not in listed and not (a.person is None and account_key(a.address) in own))
        ],
    }
    for section, kind in KINDS.items():
        result[section] = [
            _pruned(
                {
                    "id": s.id,
                    "text": s.text,
                    "signals": list(s.signals),
                    "owner": s.owner,
                    "valid_from": s.valid_from and s.valid_from.isoformat(),
                    "valid_to": s.valid_to and s.valid_to.isoformat(),
                }
            )
            for s in identity.statements
            if s.kind == kind
        ]
    result["goals"] = [
        _pruned(
            {
                "id": g.id,
                "text": g.text,
                "task": g.task,
                "audience": g.audience,
                "purpose": g.purpose,
                "measure": _measured(g.measure),
                "baseline": g.baseline,
                "target": g.target,
                "deadline": g.deadline and g.deadline.isoformat(),
            }
        )
        for g in identity.goals
    ]
    result["activities"] = [
        _pruned(
            {
                "id": a.id,
                "text": a.text,
                "kind": a.kind,
                "from": a.begins.isoformat(),
                "to": a.ends.isoformat(),
                "goal": a.goal,
            }
        )
        for a in identity.activities
    ]
    result["fictional"] = identity.fictional or None
    return _pruned(result)


def _measured(measure: Measure | None) -> dict[str, Any] | str | None:
    if measure is None or measure == Measure(measure.of):
        return measure.of if measure else None
    return _pruned(
        {
            "of": measure.of,
            "target": measure.target,
            "statement": measure.statement,
            "words": list(measure.words),
            "source_type": measure.source_type,
            "period": measure.period,
        }
    )


def _address_key(account: Account) -> str:
    return "url" if is_address(account.address) else "handle"


def _pruned(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None and value != "" and value != []}
