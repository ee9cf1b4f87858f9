"""The fitted sheet as one HTML page without scripts, fonts or pictures from elsewhere; prints on one A4 page."""

from __future__ import annotations

import html as markup
from collections.abc import Sequence

from monitor.guidelines import BELOW, LEFT, RIGHT, Section, SectionKey, told
from monitor.guidelines.fitting import GAP, HEADING, LINE, MARGIN, SMALL, TITLE, Fitted, small_print

_STYLE = """@page{{size:A4;margin:{margin}mm}}
*{{box-sizing:border-box}}
body{{margin:0 auto;max-width:180mm;padding:{margin}mm 0;font:{size}pt/{line} Roboto,Arial,"Liberation Sans",sans-serif;
color:#1d2329;background:#fff;overflow-wrap:anywhere}}
h1{{font-size:{title}em;line-height:{line};margin:0}} .lead{{margin:.5em 0 1em;color:#5f676e}}
.columns{{display:grid;grid-template-columns:1fr 1fr;gap:0 {gap}mm}}
h2{{font-size:{heading}em;line-height:{line};margin:0 0 .35em;color:#2a72a3;border-bottom:.25mm solid}}
.no h2{{color:#b04c19}} section{{margin-bottom:.75em}} ul{{margin:0;padding-left:1.1em}} li{{margin-bottom:.25em}}
.ask{{background:#f3f5f7;padding:.6em 1em;print-color-adjust:exact;-webkit-print-color-adjust:exact}}
.ask h2{{color:inherit;border:0;margin:0}}.ask p{{margin:0}}
.small{{font-size:{small}em;color:#5f676e;margin:.6em 0 0}}
@media print{{body{{padding:0}}}}
@media screen and (max-width:720px){{body{{padding:6mm}}.columns{{grid-template-columns:1fr}}}}"""


def html(fitted: Fitted) -> str:
    sheet = fitted.sheet
    escape = markup.escape
    style = _STYLE.format(
        margin=f"{MARGIN:g}", gap=f"{GAP:g}", size=f"{fitted.size:g}", line=LINE, title=TITLE, heading=HEADING,
        small=SMALL,
    )  # fmt: skip
    return "\n".join(
        [
            f'<!doctype html><html lang="{sheet.lang}"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>{escape(sheet.title)}</title><style>{style}</style></head><body>",
            f'<h1>{escape(sheet.title)}</h1><p class="lead">{escape(sheet.lead)}</p>',
            f'<div class="columns"><div>{_sections(fitted, LEFT)}</div>',
            f'<div class="no">{_sections(fitted, RIGHT)}</div></div>',
            _sections(fitted, BELOW),
            f'<div class="ask"><h2>{escape(sheet.ask[0])}</h2><p>{escape(sheet.ask[1])}</p></div>',
            f'<p class="small">{escape(small_print(sheet))}</p></body></html>',
            "",
        ]
    )


def _sections(fitted: Fitted, keys: Sequence[SectionKey]) -> str:
    return "\n".join(_section(section, fitted) for section in fitted.sheet.of(keys))


def _section(section: Section, fitted: Fitted) -> str:
    points = "".join(f"<li>{markup.escape(told(p, fitted.sheet.lang))}</li>" for p in section.points)
    return f"<section><h2>{markup.escape(section.heading)}</h2><ul>{points}</ul></section>"
