"""A digest as plain text: the other half of the mail, and FILE.txt."""

from __future__ import annotations

from monitor.digest import Digest, Picture, Row


def plain(digest: Digest) -> str:
    lines = [digest.title, digest.when, "", digest.opening, ""]
    for section in digest.sections:
        lines += [section.heading, "-" * len(section.heading)]
        if section.lead:
            lines += [section.lead, ""]
        for item in section.items:
            lines += [f"[{item.alt}]", ""] if isinstance(item, Picture) else [*_row(item), ""]
        if not section.items:
            lines.append("")
    if digest.link:
        lines += [f"{digest.link_text}: {digest.link}", ""]
    return "\n".join([*lines, *digest.closing, ""])


def _row(row: Row) -> list[str]:
    told = [f"- {row.shown}"] if row.name else []
    told += [f"  {line}" for line in row.lines]
    return [*told, *([f"  {row.note}"] if row.note else []), *([f"  {row.url}"] if row.url else [])]
