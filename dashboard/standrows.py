"""How brand and leaders stand in the period: the headline, the tiles, and a row each, all leading to their mentions."""

from __future__ import annotations

import streamlit as st

from dashboard import address, components, data, safe
from dashboard.components import heading, measure, tile
from dashboard.context import Context
from dashboard.safe import Html, tag
from monitor.readmodel import IncidentRow, Places, Standing
from monitor.readmodel.changes import count_change, share_change


def read(context: Context, *, weighted: bool, places: Places = "others") -> dict[str, Standing]:
    period = context.period
    before = period.key != "all"
    found = data.standings(context.database, period.since, period.until, before, weighted, places)
    return {s.target: s for s in found}


def headline(brand: Standing | None, context: Context) -> str:
    t, name = context.t, safe.line(context.config.identity.name, 80)
    if brand is None:
        return t("headline.nothing", name=name)
    count, negative, positive = (
        t.count("count.stories", brand.stories),
        brand.negative_share,
        brand.positive_share,
    )
    if negative.value is None or positive.value is None:
        return t("headline.unjudged", name=name, mentions=count)
    assert negative.low is not None and negative.high is not None
    return t(
        "headline.main",
        name=name,
        mentions=count,
        negative=t.percent(negative.value),
        interval=t.interval(negative.low, negative.high),
        positive=t.percent(positive.value),
    )


def change(standing: Standing | None, context: Context) -> str:
    """Against the period before, in words that claim no more than the intervals carry."""
    t = context.t
    if standing is None:
        last = context.status.last_published_at
        return t("headline.last", at=t.moment(last)) if last else ""
    before = standing.previous
    if context.period.key == "all":
        return t("change.all")
    if before is None:
        return t("change.unknown")
    share = before.negative_share
    negative = share_change(standing.negative_share, share)
    was = t.percent(share.value) if share.value is not None else ""
    volume = t(
        f"change.volume.{count_change(standing.stories, before.stories)}", before=t.number(before.stories)
    )
    return f"{t(f'change.negative.{negative}', before=was)} {volume}"


def tiles(
    brand: Standing | None, incidents: list[IncidentRow], serious: int, flagged: int, context: Context
) -> Html:
    """Each figure leads to what is behind it."""
    t, name = context.t, context.config.identity.name
    going = sum(i.end is None for i in incidents)
    share = brand.negative_share if brand else None
    if share and share.value is not None and share.low is not None and share.high is not None:
        negative = tile(
            t("tiles.negative"),
            _mentions(t.percent(share.value), name, context, "negative"),
            t("tiles.interval", interval=t.interval(share.low, share.high)),
        )
    else:
        negative = tile(t("tiles.negative"), "–", t("overview.no_data"))
    return tag(
        "div",
        tile(
            t("tiles.stories"),
            _mentions(t.number(brand.stories), name, context) if brand else "0",
            t.count("tiles.mentions", brand.mentions if brand else 0),
        ),
        negative,
        tile(
            t("tiles.conflicts"),
            address.to(t.number(serious), "conflicts", context, {}, cls="behind"),
            t("tiles.conflicts_all", n=t.number(flagged)),
        ),
        tile(
            t("tiles.incidents"),
            address.to(t.number(len(incidents)), "incidents", context, {}, cls="behind"),
            t("tiles.ongoing", n=t.number(going)),
        ),
        cls="tiles",
    )


def _mentions(
    told: str | Html, target: str, context: Context, label: str = "", places: Places = "others"
) -> Html:
    """A figure of this page, which is without our own meeting places unless they are asked for."""
    narrowed = any(spec.own_place for spec in context.config.sources)
    filters = {"target": target, "label": label, "places": places if narrowed else ""}
    return address.behind(told, context, filters)


def standings(standings: dict[str, Standing], context: Context) -> list[Html]:
    t, who = context.t, context.config.identity
    rows = [heading(t("overview.standing"), t("overview.standing_lead"))]
    rows.append(_stand(who.name, t("overview.brand"), standings.get(who.name), context))
    rows += [
        _stand(leader.name, leader.role, standings.get(leader.name), context, leader=leader.id)
        for leader in who.leaders
    ]
    return rows


def products(standings: dict[str, Standing], context: Context) -> None:
    t, products = context.t, context.config.identity.products
    if products:
        with st.expander(t("overview.products")):
            components.show(*(_stand(p.name, "", standings.get(p.name), context) for p in products))


def _stand(
    name: str,
    role: str,
    standing: Standing | None,
    context: Context,
    places: Places = "others",
    leader: str = "",
) -> Html:
    t = context.t
    shown = safe.line(name, 80)
    named = address.to(shown, "leaders", context, {"leader": leader}) if leader else shown
    who = tag("div", tag("div", named, cls="who"), tag("div", safe.line(role, 120), cls="soft"))
    if standing is None:
        return tag("div", who, tag("div", t("overview.nothing_said"), cls="soft"), cls="stand")
    details = [t.count("count.mentions", standing.mentions)]
    if standing.unsure:
        details.append(t.count("count.unsure", standing.unsure))
    if standing.unjudged:
        details.append(t.count("count.unjudged", standing.unjudged))
    counts = tag(
        "div",
        tag("div", _mentions(t.count("count.stories", standing.stories), name, context, places=places)),
        *(tag("div", detail, cls="soft") for detail in details),
        cls="num",
    )
    return tag(
        "div",
        who,
        counts,
        _mentions(measure("negative", standing.negative_share, t), name, context, "negative", places),
        _mentions(measure("positive", standing.positive_share, t), name, context, "positive", places),
        tag("div", change(standing, context), cls="change") if standing.previous else "",
        cls="stand",
    )


def own_places(context: Context, weighted: bool) -> None:
    """What was said in our own forums and groups, apart from all other figures."""
    if not any(spec.own_place for spec in context.config.sources):
        return
    t, who = context.t, context.config.identity
    found = read(context, weighted=weighted, places="own")
    rows = [tag("p", t("overview.own_places_lead"), cls="soft")]
    rows.append(_stand(who.name, t("overview.brand"), found.get(who.name), context, "own"))
    said = [leader for leader in who.leaders if leader.name in found]
    rows += [_stand(leader.name, leader.role, found[leader.name], context, "own") for leader in said]
    with st.expander(t("overview.own_places")):
        components.show(*rows)
