"""Documents that can rot: every command is in the guide, every source in the table, every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from monitor import sources
from monitor.cli import app

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands() -> set[str]:
    group = typer.main.get_command(app)
    return set(group.commands)  # type: ignore[attr-defined]


def test_every_command_is_in_the_guide() -> None:
    guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    table = set(re.findall(r"^\| `omdomme ([a-z-]+)", guide, re.MULTILINE))
    assert table == commands()


def test_no_page_names_a_command_that_is_not_there() -> None:
    for page in PAGES:
        for command in re.findall(r"`omdomme ([a-z][a-z-]+)", page.read_text(encoding="utf-8")):
            assert command in commands(), f"{page.name}: omdomme {command}"


def test_every_source_is_in_the_table() -> None:
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    for kind in sources.kinds():
        assert re.search(rf"^\|\s*\[?`{kind}`", text, re.MULTILINE), kind


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not link.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / link).exists(), link


@pytest.mark.parametrize(
    "page", [*PAGES, *sorted((ROOT / "monitor" / "models").rglob("*.md"))], ids=lambda p: p.name
)
def test_files_that_are_named_exist(page: Path) -> None:
    for name in re.findall(
        r"`((?:monitor|flows|dashboard|training|bench|tests)/[\w/]+\.\w+)", page.read_text("utf-8")
    ):
        assert "000N" in name or (ROOT / name).exists(), name


def test_own_keys_of_sources_in_the_table_are_read_by_the_code() -> None:
    table = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    code = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "monitor" / "sources").glob("*.py"))
    rows = re.findall(r"^\| \[`(\w+)`\]\(#[\w-]+\) \|[^|]*\|([^|]*)\|$", table, re.MULTILINE)
    assert {kind for kind, _ in rows} == set(sources.kinds())
    for kind, keys in rows:
        for key in re.findall(r"`(\w+)`", keys):
            assert f'"{key}"' in code, f"{kind}: {key}"
