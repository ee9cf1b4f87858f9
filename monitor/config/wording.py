"""The schema's complaints in words a person can act on: line, field, what is wrong, and the remedy. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from monitor.config.yamltree import Block, Items, line_of
from monitor.errors import Problem

# pydantic's error type -> (what is wrong, remedy); {…} are its context values.
_MESSAGES = {
    "missing": ("is missing", "add `{key}: ...`"),
    "string_too_short": ("is empty", "write a text or remove the key"),
    "string_too_long": ("is longer than {max_length} characters", "shorten it"),
    "string_type": ("must be a text", "write a plain text here"),
    "dict_type": ("must be keys and values", "write `key: value` pairs here"),
    "tuple_type": ("must be a list", "write [one, two] or one `- item` a line"),
    "model_type": ("must be keys and values", "write `key: value` pairs here"),
    "model_attributes_type": ("must be keys and values", "write `key: value` pairs here"),
    "bool_parsing": ("is neither true nor false", "write true or false"),
    "bool_type": ("is neither true nor false", "write true or false"),
    "int_parsing": ("is not a whole number", "write digits only"),
    "int_type": ("is not a whole number", "write digits only"),
    "int_from_float": ("is not a whole number", "write digits only"),
    "float_parsing": ("is not a number", "write digits, with a point for decimals"),
    "float_type": ("is not a number", "write digits, with a point for decimals"),
    "finite_number": ("is not a finite number", "write digits, with a point for decimals"),
    "greater_than_equal": ("is below {ge}", "write {ge} or more"),
    "less_than_equal": ("is above {le}", "write {le} or less"),
    "greater_than": ("must be above {gt}", "write a larger number"),
    "less_than": ("must be below {lt}", "write a smaller number"),
    "literal_error": ("is not one of {expected}", "choose one of them"),
}
_MISSING = {
    "kind": "name the kind of source, such as `kind: feed`",
    "name": "every brand, leader, product and view needs `name: ...`",
    "page": "name the page of the view, such as `page: mentions`",
    "text": "write the statement or goal itself as `text: ...`",
    "address": "write the e-mail address as `address: ...`",
}
_PATTERNS = {
    "dashboard_url": "begin with http:// or https://",
    "lang": "write a language code such as nb, nn or en",
}


def schema_problems(error: ValidationError, tree: Block, file: str) -> Iterator[Problem]:
    """Pydantic's complaints with the lines they are about."""
    for item in error.errors(include_url=False):
        location = item["loc"]
        kind, context = item["type"], item.get("ctx", {})
        key = str(location[-1]) if location else ""
        if kind == "value_error":
            message, remedy = str(context.get("error", item["msg"])), "correct it"
        elif kind.startswith(("date", "datetime")):
            message, remedy = "is not a date", "write it as 2026-01-31"
        elif kind.startswith("string_pattern"):
            message, remedy = (
                "has not the form expected",
                _PATTERNS.get(key, "compare with docs/brand-file.md"),
            )
        else:
            message, remedy = _MESSAGES.get(kind, (item["msg"], "compare with docs/brand-file.md"))
            message, remedy = message.format(**context), remedy.format(key=key, **context)
        if kind == "missing":
            remedy = _MISSING.get(key, remedy)
        elif kind not in ("string_too_short", "string_too_long") and isinstance(item["input"], str):
            message = f"{str(item['input'])[:60]!r} {message}"
        yield Problem(file, line_of(tree, location), path_of(tree, location), message, remedy)


def path_of(tree: Any, location: tuple[str | int, ...]) -> str:
    """``leaders[leader.2].name``: items are named by id or name where they have one, else counted from 1."""
    path = ""
    for step in location:
        if isinstance(step, int):
            tree = tree[step] if isinstance(tree, Items) and step < len(tree) else None
            label = (tree.get("id") or tree.get("name")) if isinstance(tree, Block) else None
            path += f"[{label if isinstance(label, str) else step + 1}]"
        else:
            tree = tree.get(step) if isinstance(tree, Block) else None
            path += f".{step}" if path else step
    return path
