"""How much each source and network brings: the rhythm of a source in little, and a table of the networks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dashboard import address, data
from dashboard.components import heading
from dashboard.context import Context
from dashboard.language import Texts
from dashboard.safe import Html, tag

DAYS = 28


def rhythm(days: Sequence[int] | None, t: Texts) -> Html:
    """A bar a day, scaled to the source's own busiest day, and how many a day that is on average."""
    if not days:
        return tag("span", t("coverage.nothing"), cls="soft")
    most, whole = max(days), sum(days)
    bars = (
        tag("i", style=f"height:{100 * count / most:.0f}%", cls="" if count else "none") for count in days
    )
    average = t("coverage.average", n=t.number(whole / len(days), 0 if whole >= 10 * len(days) else 1))
    spoken = t("coverage.spoken", days=len(days), n=t.number(whole), last=t.number(sum(days[-7:])))
    drawn = tag("span", *bars, cls="rhythm", role="img", aria_label=spoken, title=spoken)
    return tag("div", drawn, tag("div", average, cls="soft"))


def networks(now: datetime, context: Context) -> list[Html]:
    """What the networks brought in the same days, and what we would not know of without each of them."""
    t = context.t
    rows = data.coverage(context.database, now - timedelta(days=DAYS), now)
    parts = [heading(t("coverage.title", days=DAYS), t("coverage.lead"))]
    if not rows:
        return [*parts, tag("p", t("coverage.none"), cls="soft")]
    names = [
        t(f"coverage.column.{key}") for key in ("network", "sources", "mentions", "stories", "alone", "last")
    ]
    body = []
    for row in rows:
        name = t(f"source_types.{row.source_type}")
        cells: list[str | Html] = [
            address.to(name, "mentions", context, {"source_type": row.source_type}) if row.relevant else name,
            t.number(row.sources),
            t("coverage.of", relevant=t.number(row.relevant), mentions=t.number(row.mentions)),
            t.number(row.stories),
            t.number(row.alone),
            t.moment(row.last_at),
        ]
        body.append(
            tag("tr", *(tag("td", c, data_name=n, cls="num" if 0 < i < 5 else "")
                        for i, (n, c) in enumerate(zip(names, cells, strict=True))))
        )  # fmt: skip
    head = tag(
        "tr", *(tag("th", n, scope="col", cls="num" if 0 < i < 5 else "") for i, n in enumerate(names))
    )
    return [*parts, tag("div", tag("table", tag("thead", head), tag("tbody", *body)), cls="wide")]
