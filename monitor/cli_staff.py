"""`omdomme guidelines` and `omdomme check-draft`: help for those who write, before they post."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from monitor.errors import ConfigError
from monitor.types import SOURCE_TYPES

if TYPE_CHECKING:
    from monitor.guidelines.fitting import Fitted
    from monitor.pipeline.drafting import Told

Brand = Annotated[Path, typer.Option("--brand", envvar="OMDOMME_BRAND", help="The brand file.")]
Lang = Annotated[
    Literal["nb", "nn", "en"] | None,
    typer.Option(help="Language of what is said; default the brand file's."),
]
DEFAULT_BRAND = Path("brand.yaml")
_BYTES = 200_000  # read of a draft, whatever it is; more than MOST characters in any script


def register(app: typer.Typer) -> None:
    app.command()(guidelines)
    app.command("check-draft")(check_draft)


def guidelines(
    sheet: Annotated[bool, typer.Option("--sheet", help="One printable A4 page, HTML or PDF.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="FILE.html or FILE.pdf; default HTML on stdout.")
    ] = None,
    lang: Lang = None,
    ask: Annotated[
        str, typer.Option(help="Whom to ask; default the recipients whose role is communications.")
    ] = "",
    brand: Brand = DEFAULT_BRAND,
) -> None:
    """The brand's guidelines for staff: what to do, what to leave, whom to ask. Without --sheet as plain text."""
    from monitor import readmodel
    from monitor.config import load
    from monitor.guidelines import plain
    from monitor.pipeline import guiding

    if out and not sheet:
        raise ConfigError("--out goes with --sheet. Remedy: omdomme guidelines --sheet --out FILE.pdf")
    if out and out.suffix.lower() not in (".html", ".htm", ".pdf"):
        raise ConfigError(f"{out}: only .html and .pdf can be written. Remedy: --out guidelines.pdf")
    config = load(brand)
    day = datetime.now(ZoneInfo(config.settings.timezone)).date()
    # A sheet can be printed before anything was collected or decided.
    log = readmodel.case_log(config.settings.database) if config.settings.database.exists() else []
    cases = [entry for entry in log if not entry.undone]
    whole = guiding.sheet(config, lang or config.settings.language, day, ask=ask, examples=cases)
    if not sheet:
        show_text(plain(whole) + "\n")
        return
    from monitor.guidelines import fitting

    fitted = fitting.fit(whole)
    _complain(fitted)
    if out and out.suffix.lower() == ".pdf":
        from monitor.guidelines.printed import pdf

        write_file(out, pdf(fitted, day))
        return
    from monitor.guidelines.page import html

    if out:
        write_file(out, html(fitted).encode())
    else:
        show_text(html(fitted))


def _complain(fitted: Fitted) -> None:
    if fitted.dropped:
        _say(
            f"{len(fitted.dropped)} points did not fit one page and were left out: {', '.join(fitted.dropped)}. "
            "Remedy: shorten statements in the brand file"
        )
    if fitted.unprintable:
        _say(f"left out, the letters of the sheet do not have them: {fitted.unprintable}")


def check_draft(
    file: Annotated[Path, typer.Argument(help="The draft as text; - for stdin.")] = Path("-"),
    author: Annotated[
        str, typer.Option("--as", help="Who posts: a leader's name, an employee's name, employee, or brand.")
    ] = "employee",
    source_type: Annotated[str, typer.Option(help=f"Where: {', '.join(SOURCE_TYPES)}.")] = "linkedin",
    lang: Lang = None,
    save: Annotated[
        Path | None, typer.Option("--save", help="Keep draft and answer in this file (JSON).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for machines.")] = False,
    brand: Brand = DEFAULT_BRAND,
) -> None:
    """Read a draft before it is posted: what to look at again. Nothing is stored, unless --save asks for it."""
    from monitor.config import load
    from monitor.pipeline.drafting import Drafter, author_meant

    if source_type not in SOURCE_TYPES:
        raise ConfigError(f"There is no source type {source_type!r}. Types: {', '.join(SOURCE_TYPES)}")
    config = load(brand)
    meant = author_meant(config.identity, author)
    text = _read(file)
    drafter = Drafter(config)
    spoken = lang or config.settings.language
    check = drafter.check(text, meant, source_type=source_type, lang=spoken)
    told = drafter.tell(check, spoken)
    row = drafter.record(check, text, source_type, spoken)
    if save:
        content = json.dumps(row, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
        write_file(save, content.encode("utf-8", "replace"), private=True)
        told = told._replace(closing="")  # it says that nothing is stored
    if as_json:
        row.pop("text")
        show_text(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
    else:
        show_text(_shown(told))


def _shown(told: Told) -> str:
    lines = [told.headline, told.sure]
    for look in told.looks:
        lines += [
            "",
            f"«{look.quote}»",
            f"  {look.name}: {look.text}",
            f"  {look.advice}",
            f"  ({look.reason})",
        ]
    if told.again:
        lines += ["", *(f"- {sentence}" for sentence in told.again)]
    lines += ["", *told.attitudes]
    lines += ["", *(line for line in (told.nearest, told.ask, told.closing) if line)]
    return "\n".join(lines) + "\n"


def _read(file: Path) -> str:
    """The draft as written. Raises ConfigError for what is no text; nothing of it stands in the message."""
    try:
        if str(file) == "-":
            given = sys.stdin.buffer.read(_BYTES + 1)
        else:
            with file.open("rb") as stream:
                given = stream.read(_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror}).") from error
    if len(given) > _BYTES:
        raise ConfigError(f"The draft is larger than {_BYTES // 1000} kB. Remedy: check it a part at a time")
    try:
        return given.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"The draft is not UTF-8 text (byte {error.start}).") from None


def write_file(path: Path, content: bytes, *, private: bool = False) -> None:
    """The file appears when all is written; a private one can be read by its owner only."""
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ConfigError(f"{path}: cannot be written ({error.strerror}).") from error
    _say(f"{path} written")


def show_text(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def _say(message: str) -> None:
    from monitor.cli import err

    err.print(message, markup=False, soft_wrap=True)
