"""Reads YAML so that every value knows its line, and so that none of YAML 1.1's surprises reach a brand file.

The result is a tree of ``Block`` (a dict), ``Items`` (a list), ``str`` and None. Scalars stay text: the schema
decides what a field is, so a brand called 1881, the language ``no`` and the alias ``On`` mean what they say. A
file of a megabyte, twenty levels or twenty thousand values (aliases counted as often as they are used) is the
most that is read; tags are refused.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from monitor.errors import Problem

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_VALUES = 20_000

_LOADER: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_STR_TAG = "tag:yaml.org,2002:str"
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?[0-9]{1,17}(?:\.[0-9]{1,17})?(?:[eE][-+]?[0-9]{1,2})?")
_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")  # where YAML counts lines
_BARE_TAG = re.compile(r"(?:^|[\s,\[:-])#\w")
_BARE_HANDLE = re.compile(r"(?:^|[\s,\[])[@`]\w")


class Plain(str):
    """A scalar written without quotes: where nothing says what it should be, ``plain`` may read it as a number."""

    __slots__ = ()


class Block(dict[str, Any]):
    """A mapping; ``line`` where it begins, ``lines`` where each key stands (counted from 1)."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}

    def put(self, key: str, value: Any, line: int) -> None:
        self[key] = value
        self.lines[key] = line

    def take(self, key: str) -> tuple[Any, int]:
        """Removes a key; its value (None if absent) and line."""
        return self.pop(key, None), self.lines.pop(key, self.line)


class Items(list[Any]):
    """A sequence; ``lines`` where each item stands."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []

    def put(self, value: Any, line: int) -> None:
        self.append(value)
        self.lines.append(line)


def line_of(tree: Any, location: tuple[str | int, ...]) -> int | None:
    """The line of ``location`` in a tree, or of the nearest thing above it that has one."""
    line: int | None = getattr(tree, "line", None)
    for step in location:
        if isinstance(tree, Block) and isinstance(step, str) and step in tree:
            line, tree = tree.lines.get(step, line), tree[step]
        elif isinstance(tree, Items) and isinstance(step, int) and 0 <= step < len(tree):
            line, tree = tree.lines[step], tree[step]
        else:
            break
    return line


def plain(value: Any) -> Any:
    """A tree as ordinary Python values; unquoted true, false and numbers become what they look like."""
    if isinstance(value, Block):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Items):
        return [plain(item) for item in value]
    if isinstance(value, Plain):
        if value.lower() in ("true", "false"):
            return value.lower() == "true"
        if _INT.fullmatch(value):
            return int(value)
        return float(value) if _FLOAT.fullmatch(value) else str(value)
    return value


class _Stop(Exception):
    """The file cannot be read past this line."""

    def __init__(self, line: int | None, message: str, remedy: str) -> None:
        super().__init__(message)
        self.line, self.message, self.remedy = line, message, remedy


def read(path: Path) -> tuple[Block, list[Problem]]:
    """The file as a tree, empty when it cannot be read at all, and everything that is wrong with its form."""
    try:
        if not path.is_file():
            raise _Stop(None, "there is no such file", "write one with `omdomme init`, or give another path")
        with path.open("rb") as handle:
            raw = handle.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise _Stop(
                None, f"the file is larger than {MAX_BYTES // 1000} kB", "is this really a brand file?"
            )
        text = raw.decode("utf-8-sig")
    except _Stop as stop:
        return Block(1), [Problem(str(path), stop.line, "", stop.message, stop.remedy)]
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return Block(1), [Problem(str(path), line, "", "is not UTF-8 text", "save the file as UTF-8")]
    except OSError as error:
        return Block(1), [
            Problem(str(path), None, "", f"cannot be read: {error.strerror}", "check its rights")
        ]
    return parse(text, str(path))


def parse(text: str, file: str = "brand.yaml") -> tuple[Block, list[Problem]]:
    """As ``read``, from text."""
    builder = _Builder(_BREAK.split(text), file)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except _Stop as stop:
        builder.report(stop.line, "", stop.message, stop.remedy)
    except yaml.reader.ReaderError:
        builder.report(None, "", "contains a control character YAML does not allow", "remove it")
    except yaml.MarkedYAMLError as error:
        builder.broken(error)
    if isinstance(builder.root, Block):
        return builder.root, builder.problems
    if not builder.problems:
        remedy = "begin with `name: <the brand>`; `omdomme init` writes a starter"
        builder.report(1, "", "is empty or not a mapping of keys to values", remedy)
    return Block(1), builder.problems


class _Builder:
    """Builds the tree from parser events, without recursion."""

    def __init__(self, source: list[str], file: str) -> None:
        self.source, self.file = source, file
        self.root: Any = None
        self.problems: list[Problem] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.open: list[tuple[Any, str | None]] = []  # container, its anchor
        self.keys: list[tuple[str, int] | None] = []  # the key waiting for its value, one for each container
        self.sizes: list[int] = []
        self.documents = 0

    def report(self, line: int | None, field: str, message: str, remedy: str, level: str = "error") -> None:
        kind: Any = level
        line = line and min(line, len(self.source))
        self.problems.append(Problem(self.file, line, field, message, remedy, kind))

    def take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise _Stop(line, "a second document begins here (---)", "keep one brand in one file")
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._untagged(event, line)
            if len(self.open) >= MAX_DEPTH:
                raise _Stop(line, f"more than {MAX_DEPTH} levels inside each other", "flatten the file")
            container = Block(line) if isinstance(event, yaml.MappingStartEvent) else Items(line)
            self.open.append((container, event.anchor))
            self.keys.append(None)
            self.sizes.append(1)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            container, anchor = self.open.pop()
            self.keys.pop()
            self._place(container, anchor, container.line, self.sizes.pop())
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise _Stop(line, f"*{event.anchor} refers to nothing above it", 'quote it: "*..."')
            value, size = self.anchors[event.anchor]
            self._place(value, None, line, size)
        elif isinstance(event, yaml.ScalarEvent):
            self._untagged(event, line)
            plain_null = not event.style and event.value in _NULLS and event.tag != _STR_TAG
            value = None if plain_null else event.value if event.style else Plain(event.value)
            waiting = bool(self.open) and isinstance(self.open[-1][0], Items)
            if value is None and (waiting or (self.keys and self.keys[-1])):
                self._empty(line, waiting)
            if not (value is None and waiting):
                self._place(value, event.anchor, line, 1)

    def _place(self, value: Any, anchor: str | None, line: int, size: int) -> None:
        if anchor:
            self.anchors[anchor] = (value, size)
        if not self.open:
            self.root = value
            return
        self.sizes[-1] += size
        if self.sizes[-1] > MAX_VALUES:
            raise _Stop(
                line, f"more than {MAX_VALUES} values once aliases are expanded", "write it out, shorter"
            )
        container = self.open[-1][0]
        if isinstance(container, Items):
            container.put(value, line)
            return
        key = self.keys[-1]
        if key is None:
            if not isinstance(value, str):
                raise _Stop(line, "a key is not plain text", "write `key: value`; quote texts with { or [")
            self.keys[-1] = (str(value), line)
            return
        self.keys[-1] = None
        name, key_line = key
        if name == "<<":
            self.report(key_line, name, "merge keys are not read here", "write the keys out")
        elif name in container:
            first = container.lines[name]
            self.report(key_line, name, f"stands twice (first in line {first})", "keep one of them")
        else:
            container.put(name, value, key_line)

    def _untagged(self, event: Any, line: int) -> None:
        if event.tag not in (None, "!", _STR_TAG):
            raise _Stop(line, f"the YAML tag {event.tag!r} is not accepted here", "remove the tag")

    def _empty(self, line: int, in_list: bool) -> None:
        written = self.source[line - 1] if line <= len(self.source) else ""
        key = self.keys[-1]
        field = key[0] if key else ""
        if _BARE_TAG.search(written):
            remedy = 'put it in quotes: "#tag"'
            self.report(line, field, "is empty: YAML reads an unquoted #tag as a comment", remedy)
        elif in_list:
            self.report(line, field, "an empty item, ignored", "write a value or remove the dash", "warning")

    def broken(self, error: yaml.MarkedYAMLError) -> None:
        """A syntax error, explained from what the line looks like."""
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        first = error.context_mark.line + 1 if error.context_mark else line
        lines = [(n, self.source[n - 1]) for n in (line, first) if n and n <= len(self.source)]
        what = f"is not YAML: {error.problem or error.context}"
        for number, written in lines:
            if _BARE_HANDLE.search(written):
                self.report(number, "", "an @handle begins an unquoted value", 'put it in quotes: "@handle"')
                return
            if _BARE_TAG.search(written):
                message = "YAML reads from an unquoted #tag to the end of the line as a comment"
                self.report(number, "", message, 'put it in quotes: "#tag"')
                return
        if "mapping values" in (error.problem or ""):
            remedy = "a text with a colon followed by a space must stand in quotes"
        elif any(written.lstrip(" ").startswith("\t") for _, written in lines):
            remedy = "indent with spaces, never with tabs"
        else:
            remedy = "check indentation, brackets and quotes here and in the line above"
        self.report(line, "", what, remedy)
