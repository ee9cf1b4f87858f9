"""The sentences of a mail in Bokmål, Nynorsk and English. A typed table, so that no language can lack one."""

from __future__ import annotations

from typing import Literal, NamedTuple

Lang = Literal["nb", "nn", "en"]


class Texts(NamedTuple):
    """Templates for str.format. ``decimal`` is the decimal sign."""

    decimal: str
    months: tuple[str, ...]  # January first
    moment: str  # {at} a datetime, {month}
    subject: str  # {target} {count} {span} {expected}
    hours: tuple[str, str]  # one, several
    lead: str  # {target} {count} {span} {start}
    ordinary: str  # {expected} {low} {high}
    below: str  # {value}
    detected: str  # {at}
    also: str  # {names}
    peak: str  # {at} {count}
    open: str
    ended: str  # {at}
    quotes: str  # {n} {count}
    no_quotes: str
    conflict: dict[str, str]
    untitled: str
    open_source: str
    doubt: str
    why: str  # the heading
    reason: str
    tune: str
    once: str
    dashboard: str


_MONTHS_NO = ("januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november",
              "desember")  # fmt: skip
_MONTHS_EN = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
              "November", "December")  # fmt: skip

TEXTS: dict[Lang, Texts] = {
    "nb": Texts(
        decimal=",",
        months=_MONTHS_NO,
        moment="{at.day}. {month} {at.year} kl. {at:%H.%M}",
        subject="{target}: {count} negative omtaler på {span} (ventet {expected})",
        hours=("{n} time", "{n} timer"),
        lead="{count} omtaler på {span} er vurdert som negative for {target}, siden {start}.",
        ordinary="I samme timer ventes ellers {expected}; {low}–{high} er vanlig (95 % av tilfellene).",
        below="under {value}",
        detected="Oppdaget {at}.",
        also="Samme hendelse rammer også: {names}.",
        peak="Flest i timen fra {at}: {count}.",
        open="Det pågår fortsatt.",
        ended="Det roet seg {at}.",
        quotes="{n} av omtalene",
        no_quotes="Omtalene finnes i oversikten.",
        conflict={"minor": "strider mot identiteten", "major": "strider alvorlig mot identiteten"},
        untitled="Uten tittel",
        open_source="Åpne kilden",
        doubt="Tallene er en modells vurdering av hver omtale og kan ta feil. Les kildene før dere handler.",
        why="Hvorfor dette varselet",
        reason=(
            "Et varsel krever nok negative omtaler (alerts.min_count) og at så mange er svært usannsynlig "
            "(alerts.tail) ut fra samme timer de siste ukene (alerts.baseline_days)."
        ),
        tune="For færre varsler: øk min_count eller senk tail i merkevarefilen (brand.yaml).",
        once="Hver hendelse gir én e-post. Det som kommer innen alerts.cooldown_hours etterpå, regnes med.",
        dashboard="Se hendelsen i oversikten",
    ),
    "nn": Texts(
        decimal=",",
        months=_MONTHS_NO,
        moment="{at.day}. {month} {at.year} kl. {at:%H.%M}",
        subject="{target}: {count} negative omtaler på {span} (venta {expected})",
        hours=("{n} time", "{n} timar"),
        lead="{count} omtaler på {span} er vurderte som negative for {target}, sidan {start}.",
        ordinary="I dei same timane ventar ein elles {expected}; {low}–{high} er vanleg (95 % av tilfella).",
        below="under {value}",
        detected="Oppdaga {at}.",
        also="Same hendinga rammar også: {names}.",
        peak="Flest i timen frå {at}: {count}.",
        open="Det held fram.",
        ended="Det roa seg {at}.",
        quotes="{n} av omtalene",
        no_quotes="Omtalene finst i oversynet.",
        conflict={"minor": "strir mot identiteten", "major": "strir alvorleg mot identiteten"},
        untitled="Utan tittel",
        open_source="Opne kjelda",
        doubt="Tala er ei vurdering ein modell har gjort av kvar omtale, og kan ta feil. Les kjeldene før de handlar.",
        why="Kvifor dette varselet",
        reason=(
            "Eit varsel krev nok negative omtaler (alerts.min_count) og at så mange er svært usannsynleg "
            "(alerts.tail) ut frå dei same timane dei siste vekene (alerts.baseline_days)."
        ),
        tune="For færre varsel: auk min_count eller senk tail i merkevarefila (brand.yaml).",
        once="Kvar hending gir éin e-post. Det som kjem innan alerts.cooldown_hours etterpå, blir rekna med.",
        dashboard="Sjå hendinga i oversynet",
    ),
    "en": Texts(
        decimal=".",
        months=_MONTHS_EN,
        moment="{at.day} {month} {at.year} at {at:%H:%M}",
        subject="{target}: {count} negative mentions in {span} (expected {expected})",
        hours=("{n} hour", "{n} hours"),
        lead="{count} mentions in {span} were judged negative for {target}, since {start}.",
        ordinary="In the same hours {expected} would be expected; {low}–{high} is ordinary (95 % of the time).",
        below="under {value}",
        detected="Detected on {at}.",
        also="The same incident also touches: {names}.",
        peak="Most in the hour from {at}: {count}.",
        open="It is still going on.",
        ended="It calmed down on {at}.",
        quotes="{n} of the mentions",
        no_quotes="The mentions are in the dashboard.",
        conflict={"minor": "conflicts with the identity", "major": "conflicts seriously with the identity"},
        untitled="Untitled",
        open_source="Open the source",
        doubt="The numbers are a model's judgement of each mention and can be wrong. Read the sources before acting.",
        why="Why this alert",
        reason=(
            "An alert takes enough negative mentions (alerts.min_count), and so many must be very unlikely "
            "(alerts.tail) given the same hours of the past weeks (alerts.baseline_days)."
        ),
        tune="For fewer alerts: raise min_count or lower tail in the brand file (brand.yaml).",
        once="Each incident gives one mail. What comes within alerts.cooldown_hours after it counts as part of it.",
        dashboard="See the incident in the dashboard",
    ),
}
