"""`omdomme digest`: the digest of a day or a week as a file, or in the post."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.digest import Digest
    from monitor.pipeline.digesting import Span

Brand = Annotated[Path, typer.Option("--brand", envvar="OMDOMME_BRAND", help="The brand file.")]
DEFAULT_BRAND = Path("brand.yaml")
KINDS = (".html", ".pdf", ".txt")


def register(app: typer.Typer) -> None:
    app.command()(digest)


def digest(
    period: Annotated[
        Literal["day", "week"] | None,
        typer.Option(help="Which; default with --send: those whose hour has come."),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day of it; default yesterday.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="FILE.html, FILE.pdf or FILE.txt; default text on stdout."),
    ] = None,
    send: Annotated[
        bool, typer.Option("--send", help="Mail it to its recipients, each once for each period.")
    ] = False,
    lang: Annotated[
        Literal["nb", "nn", "en"] | None, typer.Option(help="Of the file; default the brand file's language.")
    ] = None,
    view: Annotated[
        str, typer.Option(help="Name of the view that narrows the file; see omdomme views list.")
    ] = "",
    brand: Brand = DEFAULT_BRAND,
    as_json: Annotated[bool, typer.Option("--json", help="What --send did, as one JSON object.")] = False,
) -> None:
    """How we stand against the period before, what moved it, what waits: five minutes of reading for leadership."""
    from monitor.config import load
    from monitor.pipeline import Monitor, digesting, views

    if out and out.suffix.lower() not in KINDS:
        raise ConfigError(f"{out}: only {', '.join(KINDS)} can be written. Remedy: --out digest.pdf")
    if (out or until) and not period:
        raise ConfigError("which digest? Remedy: --period day or --period week")
    if not send and not period:
        raise ConfigError("nothing to do. Remedy: --period week --out digest.pdf, or --send")
    config = load(brand)
    if view and views.for_digest(config, view) is None:
        remedy = "omdomme views list shows those there are, omdomme views show NAME what keeps one from it"
        raise ConfigError(f"no digest can be narrowed by a view {view[:60]!r}. Remedy: {remedy}")
    zone = config.settings.timezone
    of = None
    if period:
        of = digesting.span(period, until.date(), zone) if until else _last(period, zone)
    if of and (out or not send):
        made = digesting.digest(config, of, lang or config.settings.language, view)
        _deliver(made, out)
    if not send:
        return
    from monitor.cli import PARTLY, err, show_json

    report = Monitor(config).digest(of)
    for warning in views.warnings(config):
        err.print(warning, markup=False)
    if as_json:
        show_json(asdict(report))
    else:
        err.print(f"{report.queued} digests made, {report.sent} mails sent", markup=False)
        for error in report.failed:
            err.print(f"mail not sent: {error}", markup=False)
    if report.failed:
        raise typer.Exit(PARTLY)


def _last(period: Literal["day", "week"], timezone: str) -> Span:
    from monitor.pipeline import digesting

    return digesting.last_span(period, datetime.now(UTC), timezone)


def _deliver(made: Digest, out: Path | None) -> None:
    """Imports the writer that is asked for: a PDF takes more than a text."""
    from monitor.cli_staff import show_text, write_file
    from monitor.digest.plain import plain

    if out is None:
        show_text(plain(made))
    elif out.suffix.lower() == ".pdf":
        from monitor.digest.printed import pdf

        write_file(out, pdf(made))
    elif out.suffix.lower() == ".html":
        from monitor.digest.page import html

        write_file(out, html(made).encode())
    else:
        write_file(out, plain(made).encode())
