"""Adds to a brand file by hand, so to speak: lines are put in, every other byte stays as somebody wrote it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import yaml

from monitor import config
from monitor.errors import ConfigError


def add_sources(path: Path, lines: Sequence[str], kinds: Collection[str]) -> None:
    """Puts ``lines`` (items of a list, without indent) after the last source. The file is replaced as a whole, and only
    when it passes the check then. Raises ConfigError."""
    try:
        before = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    text = _with(before, lines, path)
    # Beside the file: replacing is only whole within one folder, and relative paths are those of the brand.
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_bytes(text.encode("utf-8"))
        wrong = [problem for problem in config.check(draft, kinds) if problem.level == "error"]
        if wrong:
            raise ConfigError(
                f"{path} was left as it was. Added to, it would not be right: {wrong[0].field} {wrong[0].message}"
            )
        draft.chmod(path.stat().st_mode)
        draft.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)


def _with(before: str, lines: Sequence[str], path: Path) -> str:
    newline = "\r\n" if "\r\n" in before else "\n"
    try:
        root = yaml.compose(before, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"{path}: is not YAML. Remedy: omdomme check {path}") from error
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    found = next((value for key, value in pairs if key.value == "sources"), None)
    if found is None:
        gap = "" if before.endswith("\n") or not before else newline
        return before + gap + newline.join(["sources:", *(f"  {line}" for line in lines), ""])
    if not isinstance(found, yaml.SequenceNode) or found.flow_style or not found.value:
        raise ConfigError(
            f"{path}:{found.start_mark.line + 1}: `sources` is not a list with a line for each. "
            "Remedy: leave out --write and paste the lines"
        )
    # Where the first item begins, its hyphen stands somewhere before on that line.
    first = found.value[0].start_mark
    start = before.rfind("\n", 0, first.index) + 1
    indent = before[start : before.index("-", start)]
    end = before.find("\n", _last(found).end_mark.index)
    head, tail = (before, "") if end < 0 else (before[: end + 1], before[end + 1 :])
    gap = "" if head.endswith("\n") else newline
    return head + gap + "".join(f"{indent}{line}{newline}" for line in lines) + tail


def _last(node: yaml.Node) -> yaml.Node:
    """The last leaf: collections in block style end where the next thing begins, comments and all."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node
