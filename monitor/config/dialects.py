"""Turns every known way of writing a brand file into the canonical one, keeping the lines.

Dialects differ in where the brand's own keys stand (at the top or inside ``brand:``), in the names of a few keys,
and in whether a list is written as a list or as text with commas. Nothing is thrown away: a key that is not
known stays where it was, for the schema to keep and ``check`` to mention.
"""

from __future__ import annotations

import re
from typing import Any

from monitor.config.yamltree import Block, Items

SECTIONS = {
    "values": "value",
    "wanted_image": "wanted",
    "unwanted_image": "unwanted",
    "guidelines": "guideline",
    "out_of_bounds": "out_of_bounds",
}
_TOP = {  # and homonyms_do_not_match, homonyms_not_match, homonyms_not_to_match ...
    "homonym": "homonyms",
    "desired_image": "wanted_image",
    "undesired_image": "unwanted_image",
}
_PRODUCT = {"what": "note", "description": "note"}
_LEADER = {"title": "role", "talks_about": "speaks_about"}
_GOAL = {"metric": "measure", "due": "deadline"}
_RECIPIENT = {"email": "address", "language": "lang", "quiet_hours": "quiet"}
_SOURCE = {"language": "lang", "type": "source_type"}
_DOMAIN = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}(?:/\S*)?")
_NOTED_ALIASES = re.compile(
    r"(?:^|[,;.]\s*)(?:aliases|alias|også kalt|also called)[:\s]\s*(.+)$", re.IGNORECASE
)


def canonicalise(tree: Block) -> Block:
    """The tree itself, changed in place into canonical keys and shapes."""
    _hoist(tree)
    _drop_empty(tree)
    _rename(tree, _TOP | {key: "homonyms" for key in tree if key.startswith("homonyms_")})
    for key in ("aliases", "languages", "competitors", "employees"):
        _as_list(tree, key)
    _as_list(tree, "homonyms", split=False)
    _each(tree, "homonyms", "description", {})
    for homonym in _blocks(tree, "homonyms"):
        _as_list(homonym, "context_words")
    _each(tree, "products", "name", _PRODUCT)
    for product in _blocks(tree, "products"):
        _as_list(product, "aliases")
        _aliases_in_note(product)
    _each(tree, "leaders", "name", _LEADER)
    _number(tree, "leaders", "leader")
    for leader in _blocks(tree, "leaders"):
        for key in ("aliases", "speaks_about", "private"):
            _as_list(leader, key)
        _accounts(leader)
    for section, prefix in SECTIONS.items():
        _each(tree, section, "text", {})
        _number(tree, section, prefix)
        for statement in _blocks(tree, section):
            _as_list(statement, "signals")
    _each(tree, "goals", "text", _GOAL)
    _number(tree, "goals", "goal")
    for goal in _blocks(tree, "goals"):
        if isinstance(goal.get("measure"), str):
            goal["measure"] = _block({"of": goal["measure"]}, goal.lines["measure"])
        elif isinstance(goal.get("measure"), Block):
            _as_list(goal["measure"], "words")
    _each(tree, "activities", "text", {})
    _number(tree, "activities", "activity")
    _accounts(tree)
    _each(tree, "employees", "name", {})
    for employee in _blocks(tree, "employees"):
        _as_list(employee, "aliases")
        _accounts(employee)
    _each(tree, "sources", "url", _SOURCE)
    _number(tree, "sources", "source")
    _each(tree, "recipients", "address", _RECIPIENT)
    for recipient in _blocks(tree, "recipients"):
        _as_list(recipient, "quiet", split=False)
    if isinstance(tree.get("classifier"), str):
        tree["classifier"] = _block({"name": tree["classifier"]}, tree.lines["classifier"])
    if isinstance(tree.get("http"), Block):
        _as_list(tree["http"], "allow_private")
    return tree


def _hoist(tree: Block) -> None:
    """``brand:`` as a mapping gives its keys to the top; as text it is the brand's short id."""
    if "brand" not in tree:
        return
    brand, line = tree.take("brand")
    if isinstance(brand, Block):
        for key, value in brand.items():
            if key not in tree:
                tree.put(key, value, brand.lines[key])
    elif isinstance(brand, str):
        tree.put("id" if "name" in tree else "name", brand, line)


def _drop_empty(value: Any) -> None:
    """A key without a value counts as not written."""
    stack, seen = [value], set()
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Block):
            for key in [k for k, v in node.items() if v is None]:
                node.take(key)
            stack.extend(node.values())
        elif isinstance(node, Items):
            stack.extend(node)


def _rename(block: Block, names: dict[str, str]) -> None:
    for old, new in names.items():
        if old not in block:
            continue
        value, line = block.take(old)
        if new not in block:
            block.put(new, value, line)
        elif isinstance(block[new], Items) and isinstance(value, Items):
            for item, item_line in zip(value, value.lines, strict=True):
                block[new].put(item, item_line)
        elif block[new] != value:
            block.put(old, value, line)  # two different answers: leave both, the unknown one is reported


def _as_list(block: Block, key: str, *, split: bool = True) -> None:
    """Text becomes a list: at its commas (not those inside brackets or quotes), or as one item."""
    value = block.get(key)
    if isinstance(value, str):
        line = block.lines[key]
        items = Items(line)
        for part in split_commas(value) if split else [value]:
            items.put(part, line)
        block.put(key, items, line)


def split_commas(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth = max(0, depth - 1)
        elif char in ",;\n" and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    parts.append(text[start:])
    return [p.strip() for p in parts if p.strip()]


def _each(block: Block, key: str, name: str, renames: dict[str, str]) -> None:
    """Makes ``key`` a list of mappings: a bare text is the item's ``name`` field, a single mapping a list of one."""
    value = block.get(key)
    if isinstance(value, Block | str):
        items = Items(block.lines[key])
        if isinstance(value, Block) and value and all(isinstance(v, str) for v in value.values()):
            known = {name, "id", *renames}
            if not known & value.keys():  # {value.1: "text", ...}: ids as keys
                for identifier, text in value.items():
                    items.put(
                        _block({"id": identifier, name: text}, value.lines[identifier]),
                        value.lines[identifier],
                    )
                value = None
        if value is not None:
            items.put(value, block.lines[key])
        block[key] = items
    if not isinstance(block.get(key), Items):
        return
    items = block[key]
    for at, item in enumerate(items):
        if isinstance(item, str):
            items[at] = _block({name: item}, items.lines[at])
        elif isinstance(item, Block):
            _rename(item, renames)


def _block(values: dict[str, Any], line: int) -> Block:
    block = Block(line)
    for key, value in values.items():
        block.put(key, value, line)
    return block


def _blocks(block: Block, key: str) -> list[Block]:
    value = block.get(key)
    return [item for item in value if isinstance(item, Block)] if isinstance(value, Items) else []


def _number(block: Block, key: str, prefix: str) -> None:
    """Items without an id get prefix.N by position, never one that another item bears."""
    items = _blocks(block, key)
    taken = {item["id"] for item in items if isinstance(item.get("id"), str)}
    for position, item in enumerate(items, start=1):
        if "id" not in item:
            number = position
            while f"{prefix}.{number}" in taken:
                number += 1
            taken.add(f"{prefix}.{number}")
            item.put("id", f"{prefix}.{number}", item.line)


def _aliases_in_note(product: Block) -> None:
    """A note that ends in "aliases A, B", or that holds the name's initials, names aliases."""
    note, name = product.get("note"), product.get("name")
    if not isinstance(note, str) or not isinstance(name, str):
        return
    match = _NOTED_ALIASES.search(note)
    found = split_commas(match.group(1)) if match else []
    initials = "".join(word[0] for word in name.split()).upper()
    if len(initials) > 1:
        found += [part for part in split_commas(note) if part == initials and part not in found]
    if not found:
        return
    line = product.lines["note"]
    if not isinstance(product.get("aliases"), Items):
        product.put("aliases", Items(line), line)
    aliases: Items = product["aliases"]
    for alias in found:
        if alias not in aliases:
            aliases.put(alias, line)


def _accounts(owner: Block) -> None:
    """Each account gets its address under ``url`` or ``handle``, whichever it is."""
    _as_list(owner, "accounts")
    _each(owner, "accounts", "address", {})
    for account in _blocks(owner, "accounts"):
        address, line = account.take("address")
        if isinstance(address, str):
            account.put("url" if is_address(address) else "handle", address, line)


def is_address(text: str) -> bool:
    """Whether a text is a web address, with or without its scheme."""
    return "://" in text or bool(_DOMAIN.fullmatch(text))
