"""The sentences of a digest in Bokmål, Nynorsk and English. A typed table, so that no language can lack one."""

# ruff: noqa: E501  a sentence a line, so that a translator sees the whole of it

from __future__ import annotations

from typing import NamedTuple

from monitor.digest import Lang, Period, SectionKey
from monitor.types import EpisodeKind, IncidentSeverity, Label, Severity, Track, Voice

Many = tuple[str, str]  # one, several


class Words(NamedTuple):
    """Templates for str.format. ``said``: what a change is called, by direction (up, down, unclear, unknown)."""

    marks: Many  # between thousands, before decimals
    percent: str  # {n}
    points: str  # {n}
    numbers: tuple[str, ...]  # two to twelve
    joined: str
    months: tuple[str, ...]
    day: str  # {day} {month} {year}
    days: str  # {first} {last}
    same_month: str  # {day} {last}
    short_day: str  # {day} {month}
    moment: str  # {day} {clock}
    clock: str  # of strftime
    title: dict[Period, str]  # {brand}
    period: dict[Period, str]
    before: dict[Period, str]
    headings: dict[SectionKey, str]
    # the opening
    no_data: dict[Period, str]
    nothing: dict[Period, str]
    quiet: dict[Period, Many]  # {n}
    steady: str
    tone: dict[str, str]  # by what the shares of negative and positive did
    louder: str
    hushed: str
    first: str
    waits: Many
    none_waits: str
    going_on: Many
    closed: Many
    sources_down: Many
    # how we stand
    stories: Many  # {n}
    stories_before: str  # {stories} {before} {n} {change}
    no_before: str
    volume: dict[str, str]
    labels: dict[Label, str]
    share: str  # {sign} {share} {label} {interval}
    share_before: str  # {share} {before} {interval_before} {change}
    shares: dict[str, str]
    unjudged: str
    unsure: Many
    not_named: str
    curve_title: str
    curve_alt: str  # {brand} {first} {last} {negative} {positive}
    missing_days: Many
    missing: str
    # what moved it
    moved_lead: str
    moved_none: str
    effect: dict[str, str]  # up, down: {target} {points} {stories}
    copies: Many
    source_move: str  # {negative} {positive}
    counted: str  # {n} {label}
    counted_before: str  # {n} {label} {before} {m}
    untitled: str
    # flags
    flags_none: str
    flags_decided: str  # {decided}
    decided: dict[str, Many]
    decided_none: str
    flags_open: Many
    severity: dict[Severity, str]
    flag_line: str  # {severity} {statement}
    and_more: Many
    # incidents
    incidents_none: str
    incidents_lead: str  # {opened} {closed} {open}
    incident_line: str  # {start} {observed} {expected}
    incident_severity: dict[IncidentSeverity, str]
    incident_open: str
    incident_ended: str  # {at}
    answered: str  # {after}
    unanswered: str
    median: str  # {after} {n} {of}
    minutes: Many
    hours: Many
    # goals
    goal_value: str  # {value}
    goal_target: str  # {target}
    goal_baseline: str
    goal_deadline: str
    goal_hours: str  # {n}
    goal_track: dict[Track, str]
    goal_no_data: str
    # share of voice
    voice_lead: str
    voice_line: str  # {share} {interval} {n} {of}
    voice_before: str  # {share} {before}
    # networks, what was not seen
    networks_lead: str
    networks_none: str
    network_line: str  # {mentions}
    network_before: str  # {mentions} {before} {n}
    network_gone: str
    mentions: Many
    types: dict[str, str]
    unseen_none: str
    unseen_lead: str
    unseen_kinds: dict[EpisodeKind, str]  # {time}
    unseen_still: str
    unseen_ended: str
    # the end
    intervals: str
    doubt: str
    why: str
    fictional: str
    dashboard: str
    open_source: str
    # narrowed by a view
    only: str  # {parts}
    only_about: str  # {names}
    only_in: str  # {names}
    only_by: str  # {names}
    only_voices: dict[Voice, str]
    only_languages: str  # {names}
    languages: dict[str, str]
    only_search: str  # {words}
    only_places: dict[str, str]
    only_sources: str  # {names}
    only_statement: dict[str, str]  # {statement}
    only_touches: str  # {statements}
    only_quoted: str  # {statement}
    only_or: str
    only_left_out: str  # {view}
    view_missing: str  # {view}


_MONTHS_NO = (
    "januar",
    "februar",
    "mars",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "desember",
)
_MONTHS_EN = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

TEXTS: dict[Lang, Words] = {
    "nb": Words(
        marks=("\u00a0", ","), percent="{n}\u00a0%", points="{n} poeng",
        numbers=("To", "Tre", "Fire", "Fem", "Seks", "Sju", "Åtte", "Ni", "Ti", "Elleve", "Tolv"), joined="og",
        months=_MONTHS_NO, day="{day}. {month} {year}", days="{first} – {last}", same_month="{day}.–{last}", short_day="{day}. {month:.3}", moment="{day} kl. {clock}", clock="%H.%M",
        title={"day": "{brand}: dagen i korte trekk", "week": "{brand}: uka i korte trekk"},
        period={"day": "dagen", "week": "uka"},
        before={"day": "dagen før", "week": "uka før"},
        headings={"standing": "Slik står vi", "goals": "Målene", "moved": "Det som flyttet oss", "flags": "Mulige konflikter", "incidents": "Hendelser",
                  "voice": "Andel av omtalen", "networks": "Hvor det ble sagt", "unseen": "Det vi ikke så"},
        no_data={"day": "Ingen data: Ingen kilde ga oss noe denne dagen.", "week": "Ingen data: Ingen kilde ga oss noe denne uka."},
        nothing={"day": "En stille dag: Ingen saker om oss.", "week": "En stille uke: Ingen saker om oss."},
        quiet={"day": ("En stille dag: én sak om oss.", "En stille dag: {n} saker om oss."), "week": ("En stille uke: én sak om oss.", "En stille uke: {n} saker om oss.")},
        steady="Stø kurs.",
        tone={"negative_up": "Verre: en klart større andel er negativ.", "positive_down": "Verre: en klart mindre andel er positiv.",
              "worse": "Verre: klart mer negativt og mindre positivt.", "negative_down": "Bedre: en klart mindre andel er negativ.",
              "positive_up": "Bedre: en klart større andel er positiv.", "better": "Bedre: klart mindre negativt og mer positivt.",
              "apart": "Meningene spriker: klart mer både positivt og negativt.", "cooler": "Mer nøytralt: klart mindre både positivt og negativt."},
        louder="Det snakkes klart mer om oss.", hushed="Det snakkes klart mindre om oss.", first="Det er ingenting å sammenligne med ennå.",
        waits=("Én mulig konflikt venter på deg.", "{n} mulige konflikter venter på deg."), none_waits="Ingen konflikter venter.",
        going_on=("Én hendelse pågår.", "{n} hendelser pågår."), closed=("Én hendelse er over.", "{n} hendelser er over."),
        sources_down=("Én kilde var nede.", "{n} kilder var nede."),
        stories=("{n} sak", "{n} saker"), stories_before="{stories} ({before}: {n}; {change})", no_before="{stories}. Vi har ingenting fra {before} å sammenligne med.",
        volume={"up": "klart flere", "down": "klart færre", "unclear": "ingen klar endring", "unknown": "kan ikke sammenlignes"},
        labels={"negative": "negative", "neutral": "nøytrale", "positive": "positive"},
        share="{sign} {share} {label} ({interval})", share_before="{share}, {before} {value} ({interval}): {change}",
        shares={"up": "klart større andel", "down": "klart mindre andel", "unclear": "ingen klar endring", "unknown": "kan ikke sammenlignes"},
        unjudged="Ingen av sakene er sikkert vurdert, så det er ingen data om tonen.", unsure=("Én sak er usikker eller ikke vurdert.", "{n} saker er usikre eller ikke vurdert."),
        not_named="Ingen saker.",
        curve_title="Saker om dagen", curve_alt="Saker om {brand} per dag fra {first} til {last}. Negative: {negative}. Positive: {positive}.",
        missing_days=("Én dag uten data.", "{n} dager uten data."), missing="ingen data",
        moved_lead="Poengene sier hvor mye andel positive minus andel negative ville vært annerledes uten saken eller kilden, når saker i mange og tunge kilder teller mer.",
        moved_none="Ingen sak trakk klart i noen retning.",
        effect={"up": "Løfter {target} {points} (av {stories}).", "down": "Trekker {target} ned {points} (av {stories})."}, copies=("", "{n} kopier."),
        source_move="{negative}, {positive}.", counted="{n} {label}", counted_before="{n} {label} ({before}: {m})", untitled="Uten tittel",
        flags_none="Ingen mulige konflikter venter, og ingen ble avgjort.", flags_decided="Avgjort: {decided}.",
        decided={"confirmed": ("{n} bekreftet", "{n} bekreftet"), "dismissed": ("{n} avvist", "{n} avvist"), "reopened": ("{n} åpnet igjen", "{n} åpnet igjen")},
        decided_none="Ingen ble avgjort.", flags_open=("{n} venter på en avgjørelse.", "{n} venter på en avgjørelse."),
        severity={"major": "Alvorlig", "minor": "Mindre"}, flag_line="{severity}. Kan stride mot: {statement}", and_more=("Og {n} til, se oversikten.", "Og {n} til, se oversikten."),
        incidents_none="Ingen hendelser.", incidents_lead="Begynt: {opened}. Over: {closed}. Pågår: {open}.",
        incident_line="Fra {start}: {observed} negative (ventet {expected}).",
        incident_severity={"minor": "Mindre.", "major": "Alvorlig.", "critical": "Svært alvorlig."},
        incident_open="Pågår.", incident_ended="Over {at}.", answered="Kvittert etter {after}.", unanswered="Ingen har kvittert.",
        median="Tid til kvittering: {after} i median ({n} av {of} kvittert).", minutes=("{n} minutt", "{n} minutter"), hours=("{n} time", "{n} timer"),
        goal_hours="{n} timer", goal_value="Nå {value}", goal_target="mål {target}", goal_baseline="utgangspunkt {baseline}", goal_deadline="innen {deadline}",
        goal_track={"reached": "Nådd.", "on_track": "På vei.", "behind": "Ligger etter.", "missed": "Ikke nådd innen fristen.", "cannot_tell": "For usikkert til å si om vi er på vei."},
        goal_no_data="Ingen data ennå.",
        voice_lead="Tekster som nevner oss eller en av konkurrentene, i kilder som ikke søker etter navnet vårt.", voice_line="{share} ({interval}), {n} av {of} tekster", voice_before="{share}; {before} {value}",
        networks_lead="Omtaler av oss, kopier medregnet.", networks_none="Ingen omtaler.", network_line="{mentions}", network_before="{mentions} ({before}: {n})",
        network_gone="Ingenting nå. Se om kilden virker.",
        mentions=("{n} omtale", "{n} omtaler"),
        types={"news": "Nyheter", "press": "Pressemeldinger", "blog": "Blogger", "microblog": "Mikroblogger", "linkedin": "LinkedIn", "forum": "Forum", "review": "Anmeldelser", "other": "Annet"},
        unseen_none="Vi vet ikke om noen kilde som var nede.", unseen_lead="Omtaler fra disse kildene kan mangle i tallene.",
        unseen_kinds={"failing": "Feilet i {time}.", "changed": "Ga noe annet enn før i {time}.", "silent": "Uvanlig stille i {time}."}, unseen_still="Det varer ennå.", unseen_ended="Over {at}.",
        intervals="Tall i parentes med strek er 95 %-intervaller: Der ligger andelen trolig. «Klart» sies bare når intervallene bærer det.",
        doubt="Tallene bygger på en modells vurdering av hver omtale og kan ta feil. Les kildene før dere handler.",
        why="Du får dette fordi du står som mottaker i merkevarefilen (brand.yaml) med digest. Sett den til none for å slippe.",
        fictional="Merkevaren er fiktiv, og tekstene om den var med i det modellene lærte av. Tallene ser derfor bedre ut enn de er.",
        dashboard="Se mer i oversikten", open_source="Åpne kilden",
        only="Bare omtaler {parts}.", only_about="om {names}", only_in="i {names}", only_by="skrevet av {names}",
        only_voices={"third_party": "andre", "leader": "ledere", "employee": "ansatte", "brand": "oss selv"},
        only_languages="på {names}", languages={"nb": "bokmål", "nn": "nynorsk", "no": "norsk", "en": "engelsk", "da": "dansk", "sv": "svensk", "unknown": "et ukjent språk"},
        only_search="med ordene «{words}»", only_places={"others": "utenfor våre egne møteplasser", "own": "på våre egne møteplasser"},
        only_statement={"touches": "som berører «{statement}»", "against": "som går imot «{statement}»", "in_line": "i tråd med «{statement}»", "silent": "som er tause om «{statement}»"},
        only_sources="fra kilden {names}", only_touches="som berører {statements}", only_quoted="«{statement}»", only_or=" eller ",
        only_left_out="Rapporten er avgrenset av visningen «{view}». Mål og andel av omtalen gjelder alt og er derfor utelatt; hendelser om dem det gjelder, er med uansett hvor de skjedde.",
        view_missing="Visningen «{view}» kan ikke brukes lenger, så her er alt.",
    ),
    "nn": Words(
        marks=("\u00a0", ","), percent="{n}\u00a0%", points="{n} poeng",
        numbers=("To", "Tre", "Fire", "Fem", "Seks", "Sju", "Åtte", "Ni", "Ti", "Elleve", "Tolv"), joined="og",
        months=_MONTHS_NO, day="{day}. {month} {year}", days="{first} – {last}", same_month="{day}.–{last}", short_day="{day}. {month:.3}", moment="{day} kl. {clock}", clock="%H.%M",
        title={"day": "{brand}: dagen i korte trekk", "week": "{brand}: veka i korte trekk"},
        period={"day": "dagen", "week": "veka"},
        before={"day": "dagen før", "week": "veka før"},
        headings={"standing": "Slik står vi", "goals": "Måla", "moved": "Det som flytte oss", "flags": "Moglege konfliktar", "incidents": "Hendingar",
                  "voice": "Del av omtalen", "networks": "Kvar det vart sagt", "unseen": "Det vi ikkje såg"},
        no_data={"day": "Ingen data: Inga kjelde gav oss noko denne dagen.", "week": "Ingen data: Inga kjelde gav oss noko denne veka."},
        nothing={"day": "Ein stille dag: Ingen saker om oss.", "week": "Ei stille veke: Ingen saker om oss."},
        quiet={"day": ("Ein stille dag: éi sak om oss.", "Ein stille dag: {n} saker om oss."), "week": ("Ei stille veke: éi sak om oss.", "Ei stille veke: {n} saker om oss.")},
        steady="Stø kurs.",
        tone={"negative_up": "Verre: ein klart større del er negativ.", "positive_down": "Verre: ein klart mindre del er positiv.",
              "worse": "Verre: klart meir negativt og mindre positivt.", "negative_down": "Betre: ein klart mindre del er negativ.",
              "positive_up": "Betre: ein klart større del er positiv.", "better": "Betre: klart mindre negativt og meir positivt.",
              "apart": "Meiningane sprikjer: klart meir både positivt og negativt.", "cooler": "Meir nøytralt: klart mindre både positivt og negativt."},
        louder="Det blir snakka klart meir om oss.", hushed="Det blir snakka klart mindre om oss.", first="Det er ingenting å samanlikne med enno.",
        waits=("Éin mogleg konflikt ventar på deg.", "{n} moglege konfliktar ventar på deg."), none_waits="Ingen konfliktar ventar.",
        going_on=("Éi hending går føre seg.", "{n} hendingar går føre seg."), closed=("Éi hending er over.", "{n} hendingar er over."),
        sources_down=("Éi kjelde var nede.", "{n} kjelder var nede."),
        stories=("{n} sak", "{n} saker"), stories_before="{stories} ({before}: {n}; {change})", no_before="{stories}. Vi har ingenting frå {before} å samanlikne med.",
        volume={"up": "klart fleire", "down": "klart færre", "unclear": "inga klar endring", "unknown": "kan ikkje samanliknast"},
        labels={"negative": "negative", "neutral": "nøytrale", "positive": "positive"},
        share="{sign} {share} {label} ({interval})", share_before="{share}, {before} {value} ({interval}): {change}",
        shares={"up": "klart større del", "down": "klart mindre del", "unclear": "inga klar endring", "unknown": "kan ikkje samanliknast"},
        unjudged="Ingen av sakene er sikkert vurderte, så det er ingen data om tonen.", unsure=("Éi sak er usikker eller ikkje vurdert.", "{n} saker er usikre eller ikkje vurderte."),
        not_named="Ingen saker.",
        curve_title="Saker om dagen", curve_alt="Saker om {brand} per dag frå {first} til {last}. Negative: {negative}. Positive: {positive}.",
        missing_days=("Éin dag utan data.", "{n} dagar utan data."), missing="ingen data",
        moved_lead="Poenga seier kor mykje delen positive minus delen negative ville vore annleis utan saka eller kjelda, når saker i mange og tunge kjelder tel meir.",
        moved_none="Inga sak drog klart i noka retning.",
        effect={"up": "Løftar {target} {points} (av {stories}).", "down": "Dreg {target} ned {points} (av {stories})."}, copies=("", "{n} kopiar."),
        source_move="{negative}, {positive}.", counted="{n} {label}", counted_before="{n} {label} ({before}: {m})", untitled="Utan tittel",
        flags_none="Ingen moglege konfliktar ventar, og ingen vart avgjorde.", flags_decided="Avgjort: {decided}.",
        decided={"confirmed": ("{n} stadfesta", "{n} stadfesta"), "dismissed": ("{n} avvist", "{n} avviste"), "reopened": ("{n} opna att", "{n} opna att")},
        decided_none="Ingen vart avgjorde.", flags_open=("{n} ventar på ei avgjerd.", "{n} ventar på ei avgjerd."),
        severity={"major": "Alvorleg", "minor": "Mindre"}, flag_line="{severity}. Kan stri mot: {statement}", and_more=("Og {n} til, sjå oversynet.", "Og {n} til, sjå oversynet."),
        incidents_none="Ingen hendingar.", incidents_lead="Byrja: {opened}. Over: {closed}. Går føre seg: {open}.",
        incident_line="Frå {start}: {observed} negative (venta {expected}).",
        incident_severity={"minor": "Mindre.", "major": "Alvorleg.", "critical": "Svært alvorleg."},
        incident_open="Går føre seg.", incident_ended="Over {at}.", answered="Kvittert etter {after}.", unanswered="Ingen har kvittert.",
        median="Tid til kvittering: {after} i median ({n} av {of} kvittert).", minutes=("{n} minutt", "{n} minutt"), hours=("{n} time", "{n} timar"),
        goal_hours="{n} timar", goal_value="No {value}", goal_target="mål {target}", goal_baseline="utgangspunkt {baseline}", goal_deadline="innan {deadline}",
        goal_track={"reached": "Nådd.", "on_track": "På veg.", "behind": "Ligg etter.", "missed": "Ikkje nådd innan fristen.", "cannot_tell": "For usikkert til å seie om vi er på veg."},
        goal_no_data="Ingen data enno.",
        voice_lead="Tekstar som nemner oss eller ein av konkurrentane, i kjelder som ikkje søkjer etter namnet vårt.", voice_line="{share} ({interval}), {n} av {of} tekstar", voice_before="{share}; {before} {value}",
        networks_lead="Omtalar av oss, kopiar medrekna.", networks_none="Ingen omtalar.", network_line="{mentions}", network_before="{mentions} ({before}: {n})",
        network_gone="Ingenting no. Sjå om kjelda verkar.",
        mentions=("{n} omtale", "{n} omtalar"),
        types={"news": "Nyheiter", "press": "Pressemeldingar", "blog": "Bloggar", "microblog": "Mikrobloggar", "linkedin": "LinkedIn", "forum": "Forum", "review": "Meldingar", "other": "Anna"},
        unseen_none="Vi veit ikkje om noka kjelde som var nede.", unseen_lead="Omtalar frå desse kjeldene kan mangle i tala.",
        unseen_kinds={"failing": "Feila i {time}.", "changed": "Gav noko anna enn før i {time}.", "silent": "Uvanleg stille i {time}."}, unseen_still="Det varer enno.", unseen_ended="Over {at}.",
        intervals="Tal i parentes med strek er 95 %-intervall: Der ligg delen truleg. «Klart» blir berre sagt når intervalla ber det.",
        doubt="Tala byggjer på ei vurdering ein modell har gjort av kvar omtale, og kan ta feil. Les kjeldene før de handlar.",
        why="Du får dette fordi du står som mottakar i merkevarefila (brand.yaml) med digest. Set han til none for å sleppe.",
        fictional="Merkevara er fiktiv, og tekstane om ho var med i det modellane lærte av. Tala ser difor betre ut enn dei er.",
        dashboard="Sjå meir i oversynet", open_source="Opne kjelda",
        only="Berre omtalar {parts}.", only_about="om {names}", only_in="i {names}", only_by="skrivne av {names}",
        only_voices={"third_party": "andre", "leader": "leiarar", "employee": "tilsette", "brand": "oss sjølve"},
        only_languages="på {names}", languages={"nb": "bokmål", "nn": "nynorsk", "no": "norsk", "en": "engelsk", "da": "dansk", "sv": "svensk", "unknown": "eit ukjent språk"},
        only_search="med orda «{words}»", only_places={"others": "utanfor våre eigne møteplassar", "own": "på våre eigne møteplassar"},
        only_statement={"touches": "som rører ved «{statement}»", "against": "som går imot «{statement}»", "in_line": "i tråd med «{statement}»", "silent": "som teier om «{statement}»"},
        only_sources="frå kjelda {names}", only_touches="som rører ved {statements}", only_quoted="«{statement}»", only_or=" eller ",
        only_left_out="Rapporten er avgrensa av visinga «{view}». Mål og del av omtalen gjeld alt og er difor utelatne; hendingar om dei det gjeld, er med uansett kvar dei skjedde.",
        view_missing="Visinga «{view}» kan ikkje brukast lenger, så her er alt.",
    ),
    "en": Words(
        marks=(",", "."), percent="{n}%", points="{n} points",
        numbers=("Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve"), joined="and",
        months=_MONTHS_EN, day="{day} {month} {year}", days="{first} – {last}", same_month="{day}–{last}", short_day="{day} {month:.3}", moment="{day} at {clock}", clock="%H:%M",
        title={"day": "{brand}: the day in brief", "week": "{brand}: the week in brief"},
        period={"day": "the day", "week": "the week"},
        before={"day": "the day before", "week": "the week before"},
        headings={"standing": "How we stand", "goals": "The goals", "moved": "What moved us", "flags": "Possible conflicts", "incidents": "Incidents",
                  "voice": "Share of voice", "networks": "Where it was said", "unseen": "What we did not see"},
        no_data={"day": "No data: no source gave us anything that day.", "week": "No data: no source gave us anything that week."},
        nothing={"day": "A quiet day: no stories about us.", "week": "A quiet week: no stories about us."},
        quiet={"day": ("A quiet day: one story about us.", "A quiet day: {n} stories about us."), "week": ("A quiet week: one story about us.", "A quiet week: {n} stories about us.")},
        steady="Steady.",
        tone={"negative_up": "Worse: a clearly larger share is negative.", "positive_down": "Worse: a clearly smaller share is positive.",
              "worse": "Worse: clearly more negative and less positive.", "negative_down": "Better: a clearly smaller share is negative.",
              "positive_up": "Better: a clearly larger share is positive.", "better": "Better: clearly less negative and more positive.",
              "apart": "Opinions part: clearly more both positive and negative.", "cooler": "More neutral: clearly less both positive and negative."},
        louder="Clearly more is said about us.", hushed="Clearly less is said about us.", first="There is nothing to compare with yet.",
        waits=("One possible conflict waits for you.", "{n} possible conflicts wait for you."), none_waits="No conflicts wait.",
        going_on=("One incident is going on.", "{n} incidents are going on."), closed=("One incident closed.", "{n} incidents closed."),
        sources_down=("One source was down.", "{n} sources were down."),
        stories=("{n} story", "{n} stories"), stories_before="{stories} ({before}: {n}; {change})", no_before="{stories}. We have nothing from {before} to compare with.",
        volume={"up": "clearly more", "down": "clearly fewer", "unclear": "no clear change", "unknown": "cannot be compared"},
        labels={"negative": "negative", "neutral": "neutral", "positive": "positive"},
        share="{sign} {share} {label} ({interval})", share_before="{share}, {before} {value} ({interval}): {change}",
        shares={"up": "clearly a larger share", "down": "clearly a smaller share", "unclear": "no clear change", "unknown": "cannot be compared"},
        unjudged="None of the stories is judged for certain, so there is no data on the tone.", unsure=("One story is unsure or not judged.", "{n} stories are unsure or not judged."),
        not_named="No stories.",
        curve_title="Stories a day", curve_alt="Stories about {brand} per day from {first} to {last}. Negative: {negative}. Positive: {positive}.",
        missing_days=("One day without data.", "{n} days without data."), missing="no data",
        moved_lead="The points say how much the share of positive less the share of negative would differ without the story or source, when stories in many and weighty sources count more.",
        moved_none="No story pulled clearly either way.",
        effect={"up": "Lifts {target} by {points} (of {stories}).", "down": "Pulls {target} down by {points} (of {stories})."}, copies=("", "{n} copies."),
        source_move="{negative}, {positive}.", counted="{n} {label}", counted_before="{n} {label} ({before}: {m})", untitled="Untitled",
        flags_none="No possible conflicts wait, and none was decided.", flags_decided="Decided: {decided}.",
        decided={"confirmed": ("{n} confirmed", "{n} confirmed"), "dismissed": ("{n} dismissed", "{n} dismissed"), "reopened": ("{n} reopened", "{n} reopened")},
        decided_none="None was decided.", flags_open=("{n} waits for a decision.", "{n} wait for a decision."),
        severity={"major": "Serious", "minor": "Lesser"}, flag_line="{severity}. May conflict with: {statement}", and_more=("And {n} more, see the dashboard.", "And {n} more, see the dashboard."),
        incidents_none="No incidents.", incidents_lead="Opened: {opened}. Closed: {closed}. Going on: {open}.",
        incident_line="From {start}: {observed} negative (expected {expected}).",
        incident_severity={"minor": "Minor.", "major": "Major.", "critical": "Critical."},
        incident_open="Going on.", incident_ended="Over on {at}.", answered="Acknowledged after {after}.", unanswered="Nobody has acknowledged it.",
        median="Time to acknowledge: {after} in median ({n} of {of} acknowledged).", minutes=("{n} minute", "{n} minutes"), hours=("{n} hour", "{n} hours"),
        goal_hours="{n} hours", goal_value="Now {value}", goal_target="goal {target}", goal_baseline="baseline {baseline}", goal_deadline="by {deadline}",
        goal_track={"reached": "Reached.", "on_track": "On the way.", "behind": "Behind.", "missed": "Not reached by the deadline.", "cannot_tell": "Too uncertain to say whether we are on the way."},
        goal_no_data="No data yet.",
        voice_lead="Texts that name us or one of the competitors, in sources that do not search for our name.", voice_line="{share} ({interval}), {n} of {of} texts", voice_before="{share}; {before} {value}",
        networks_lead="Mentions of us, copies included.", networks_none="No mentions.", network_line="{mentions}", network_before="{mentions} ({before}: {n})",
        network_gone="Nothing now. See whether the source works.",
        mentions=("{n} mention", "{n} mentions"),
        types={"news": "News", "press": "Press releases", "blog": "Blogs", "microblog": "Microblogs", "linkedin": "LinkedIn", "forum": "Forums", "review": "Reviews", "other": "Other"},
        unseen_none="We know of no source that was down.", unseen_lead="Mentions from these sources may be missing in the figures.",
        unseen_kinds={"failing": "Failed for {time}.", "changed": "Gave something else than before for {time}.", "silent": "Unusually quiet for {time}."}, unseen_still="It still does.", unseen_ended="Over on {at}.",
        intervals="Figures in brackets with a dash are 95% intervals: the share probably lies there. “Clearly” is said only where the intervals carry it.",
        doubt="The figures rest on a model's judgement of each mention and can be wrong. Read the sources before acting.",
        why="You get this because the brand file (brand.yaml) names you as a recipient with digest. Set it to none to stop.",
        fictional="The brand is fictional, and the texts about it were part of what the models learnt from. The figures look better than they are.",
        dashboard="See more in the dashboard", open_source="Open the source",
        only="Only mentions {parts}.", only_about="about {names}", only_in="in {names}", only_by="written by {names}",
        only_voices={"third_party": "others", "leader": "leaders", "employee": "employees", "brand": "ourselves"},
        only_languages="in {names}", languages={"nb": "Bokmål", "nn": "Nynorsk", "no": "Norwegian", "en": "English", "da": "Danish", "sv": "Swedish", "unknown": "a language nobody could tell"},
        only_search="with the words “{words}”", only_places={"others": "outside our own meeting places", "own": "in our own meeting places"},
        only_statement={"touches": "that touch “{statement}”", "against": "that go against “{statement}”", "in_line": "in line with “{statement}”", "silent": "that are silent on “{statement}”"},
        only_sources="from the source {names}", only_touches="that touch {statements}", only_quoted="“{statement}”", only_or=" or ",
        only_left_out="This digest is narrowed by the view “{view}”. Goals and share of voice are about everything and therefore left out; incidents about those concerned are told wherever they happened.",
        view_missing="The view “{view}” can no longer be used, so here is everything.",
    ),
}  # fmt: skip
