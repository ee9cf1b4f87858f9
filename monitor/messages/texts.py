"""The sentences of a mail in Bokmål, Nynorsk and English. A typed table, so that no language can lack one."""

# ruff: noqa: E501  a sentence a line, so that a translator sees the whole of it

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
    severities: dict[str, str]
    phases: dict[str, str]
    news: dict[str, str]  # {severity} {at}; of an opened one nothing is said
    severe: str  # {severity} {reasons}
    severe_plain: str  # {severity}
    reasons: dict[str, str]
    share: str  # {negative} {total} {percent} {low} {high}
    sources: str  # {names}
    phrases: str  # {names}
    leaders: str  # {names}
    statements: str
    marks: dict[str, str]
    acknowledged: str  # {who} {at}
    unacknowledged: str
    muted: str  # {at}
    chart: tuple[str, str]  # by one hour, by several: {n}
    band: str  # {low} {high}
    missing: str
    alt: str  # {start} {count} {since} {peak} {peak_at} {band}
    reader: str  # {role} {severity}
    roles: dict[str, str]
    mute: str
    command: str  # {command}
    quiet: str
    held: dict[str, str]  # why it was held back
    held_subject: str  # {brand} {n}
    held_lead: str  # {n}


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
        ordinary="I samme timer ventes ellers {expected}; {low}–{high} er vanlig (95 % av tilfellene, om de kom uavhengig av hverandre).",
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
        once="Det som kommer innen alerts.cooldown_hours etterpå, regnes med til samme hendelse.",
        dashboard="Se hendelsen i oversikten",
        severities={"minor": "mindre", "major": "alvorlig", "critical": "kritisk"},
        phases={"open": "pågår", "growing": "vokser", "calming": "roer seg", "closed": "over"},
        news={
            "opened": "Noe uvanlig er i gang.",
            "escalated": "Det har trappet seg opp: nå {severity}.",
            "closed": "Over: det roet seg {at}.",
        },
        severe="Alvorlighet: {severity}. Det som teller: {reasons}.",
        severe_plain="Alvorlighet: {severity}.",
        reasons={
            "impact": "langt flere enn ventet",
            "reach": "mange saker eller mange lesere",
            "novelty": "det første på lenge",
            "weight": "kilder som veier tungt",
            "conflict": "strid med noe vi har sagt at vi står for",
            "leader": "en leder er berørt",
        },
        share="Av {total} omtaler i disse timene er {negative} negative: {percent} % (95 % sikkert mellom {low} og {high} %).",
        sources="Flest kommer fra: {names}.",
        phrases="Ord som går igjen, mer enn ellers: {names}.",
        leaders="Ledere det gjelder: {names}.",
        statements="Strider mot det vi har sagt at vi står for",
        marks={"headline": "mest dekkende", "first": "først ute", "ours": "sagt av oss"},
        acknowledged="{who} tok ansvar {at}.",
        unacknowledged="Ingen har tatt ansvar for den ennå.",
        muted="Dempet til {at}.",
        chart=("Negative per time", "Negative per {n} timer"),
        band="vanlig {low}–{high}",
        missing="ingen data",
        alt="Søylediagram fra {start}: {count} negative omtaler siden {since}, flest i søylen fra {peak_at} ({peak}). {band} per søyle.",
        reader="Du får dette som {role}, om hendelser fra «{severity}» og opp (recipients i merkevarefilen). Der settes også stille timer (quiet) og hvor mange om dagen (per_day).",
        roles={
            "communications": "kommunikasjon",
            "leader": "leder, om det som gjelder deg",
            "board": "styre",
            "operator": "drift",
        },
        mute="Ta ansvar eller demp i oversikten",
        command="Eller på maskinen: {command}",
        quiet="Nye e-poster om samme hendelse kommer bare når den trappes opp eller er over, i samme tråd; ingen når noen har tatt ansvar (unntatt ved opptrapping), ingen når den er dempet.",
        held={
            "quiet": "Holdt tilbake i dine stille timer.",
            "cap": "Holdt tilbake fordi dagens antall (per_day) var nådd.",
        },
        held_subject="{brand}: {n} varsler som ble holdt tilbake",
        held_lead="{n} hendelser meldte seg mens varsler til deg ble holdt tilbake. Slik står de nå.",
    ),
    "nn": Texts(
        decimal=",",
        months=_MONTHS_NO,
        moment="{at.day}. {month} {at.year} kl. {at:%H.%M}",
        subject="{target}: {count} negative omtaler på {span} (venta {expected})",
        hours=("{n} time", "{n} timar"),
        lead="{count} omtaler på {span} er vurderte som negative for {target}, sidan {start}.",
        ordinary="I dei same timane ventar ein elles {expected}; {low}–{high} er vanleg (95 % av tilfella, om dei kom uavhengig av kvarandre).",
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
        once="Det som kjem innan alerts.cooldown_hours etterpå, blir rekna med til same hendinga.",
        dashboard="Sjå hendinga i oversynet",
        severities={"minor": "mindre", "major": "alvorleg", "critical": "kritisk"},
        phases={"open": "går føre seg", "growing": "veks", "calming": "roar seg", "closed": "over"},
        news={
            "opened": "Noko uvanleg er i gang.",
            "escalated": "Det har trappa seg opp: no {severity}.",
            "closed": "Over: det roa seg {at}.",
        },
        severe="Alvor: {severity}. Det som tel: {reasons}.",
        severe_plain="Alvor: {severity}.",
        reasons={
            "impact": "langt fleire enn venta",
            "reach": "mange saker eller mange lesarar",
            "novelty": "det første på lenge",
            "weight": "kjelder som veg tungt",
            "conflict": "strid med noko vi har sagt at vi står for",
            "leader": "ein leiar er råka",
        },
        share="Av {total} omtaler i desse timane er {negative} negative: {percent} % (95 % sikkert mellom {low} og {high} %).",
        sources="Flest kjem frå: {names}.",
        phrases="Ord som går att, meir enn elles: {names}.",
        leaders="Leiarar det gjeld: {names}.",
        statements="Strir mot det vi har sagt at vi står for",
        marks={"headline": "mest dekkjande", "first": "først ute", "ours": "sagt av oss"},
        acknowledged="{who} tok ansvar {at}.",
        unacknowledged="Ingen har teke ansvar for henne enno.",
        muted="Dempa til {at}.",
        chart=("Negative per time", "Negative per {n} timar"),
        band="vanleg {low}–{high}",
        missing="ingen data",
        alt="Søylediagram frå {start}: {count} negative omtaler sidan {since}, flest i søyla frå {peak_at} ({peak}). {band} per søyle.",
        reader="Du får dette som {role}, om hendingar frå «{severity}» og opp (recipients i merkevarefila). Der set ein òg stille timar (quiet) og kor mange om dagen (per_day).",
        roles={
            "communications": "kommunikasjon",
            "leader": "leiar, om det som gjeld deg",
            "board": "styre",
            "operator": "drift",
        },
        mute="Ta ansvar eller demp i oversynet",
        command="Eller på maskina: {command}",
        quiet="Nye e-postar om same hendinga kjem berre når ho blir trappa opp eller er over, i same tråden; ingen når nokon har teke ansvar (så nær som ved opptrapping), ingen når ho er dempa.",
        held={
            "quiet": "Halde tilbake i dei stille timane dine.",
            "cap": "Halde tilbake fordi talet for dagen (per_day) var nådd.",
        },
        held_subject="{brand}: {n} varsel som vart haldne tilbake",
        held_lead="{n} hendingar melde seg medan varsel til deg vart haldne tilbake. Slik står dei no.",
    ),
    "en": Texts(
        decimal=".",
        months=_MONTHS_EN,
        moment="{at.day} {month} {at.year} at {at:%H:%M}",
        subject="{target}: {count} negative mentions in {span} (expected {expected})",
        hours=("{n} hour", "{n} hours"),
        lead="{count} mentions in {span} were judged negative for {target}, since {start}.",
        ordinary="In the same hours {expected} would be expected; {low}–{high} is ordinary (95 % of the time, did they come independently).",
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
        once="What comes within alerts.cooldown_hours after it counts as part of the same incident.",
        dashboard="See the incident in the dashboard",
        severities={"minor": "minor", "major": "major", "critical": "critical"},
        phases={"open": "going on", "growing": "growing", "calming": "calming down", "closed": "over"},
        news={
            "opened": "Something unusual is going on.",
            "escalated": "It has escalated: now {severity}.",
            "closed": "Over: it calmed down on {at}.",
        },
        severe="Severity: {severity}. What counts: {reasons}.",
        severe_plain="Severity: {severity}.",
        reasons={
            "impact": "far more than expected",
            "reach": "many stories or many readers",
            "novelty": "the first in a long time",
            "weight": "sources that weigh much",
            "conflict": "conflict with what we say we stand for",
            "leader": "a leader is involved",
        },
        share="Of {total} mentions in these hours {negative} are negative: {percent} % (95 % sure between {low} and {high} %).",
        sources="Most come from: {names}.",
        phrases="Words that recur, more than usual: {names}.",
        leaders="Leaders concerned: {names}.",
        statements="In conflict with what we say we stand for",
        marks={"headline": "most central", "first": "the first", "ours": "said by us"},
        acknowledged="{who} took it on {at}.",
        unacknowledged="Nobody has taken it on yet.",
        muted="Muted until {at}.",
        chart=("Negative per hour", "Negative per {n} hours"),
        band="ordinary {low}–{high}",
        missing="no data",
        alt="Bar chart from {start}: {count} negative mentions since {since}, most in the bar from {peak_at} ({peak}). {band} per bar.",
        reader="You get this as {role}, about incidents from “{severity}” up (recipients in the brand file). Quiet hours (quiet) and how many a day (per_day) are set there too.",
        roles={
            "communications": "communications",
            "leader": "leader, about what concerns you",
            "board": "board",
            "operator": "operator",
        },
        mute="Take it on or mute it in the dashboard",
        command="Or on the machine: {command}",
        quiet="Further mails about the same incident come only when it escalates or is over, in the same thread; none once somebody has taken it on (except when it escalates), none while it is muted.",
        held={
            "quiet": "Held back in your quiet hours.",
            "cap": "Held back because the number for the day (per_day) was reached.",
        },
        held_subject="{brand}: {n} alerts that were held back",
        held_lead="{n} incidents came up while alerts to you were held back. This is how they stand now.",
    ),
}
