"""The words of the sheet in Bokmål, Nynorsk and English. A typed table, so that no language can lack one."""

from __future__ import annotations

from typing import Literal, NamedTuple

Lang = Literal["nb", "nn", "en"]


class Texts(NamedTuple):
    """Templates for str.format. ``headings`` is by section key."""

    title: str  # {brand}
    lead: str
    headings: dict[str, str]
    confirmed: str  # {words}
    dismissed: str  # {words}
    ask: str
    ask_line: str  # {who}
    ask_nobody: str
    owner: str  # {who}
    left_out: tuple[str, str]  # one, several: {n}
    closing: str  # {day}
    fictional: str
    day: str  # {at.day} {month} {at.year}
    months: tuple[str, ...]  # January first
    names: dict[str, str]  # leader, employee, name, contact: what stands for them in an example


_MONTHS_NO = ("januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november",
              "desember")  # fmt: skip
_MONTHS_EN = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
              "November", "December")  # fmt: skip

TEXTS: dict[Lang, Texts] = {
    "nb": Texts(
        title="Når du skriver om {brand}",
        lead=(
            "Dette er hjelp, ikke kontroll. Du kan mene hva du vil og si det høyt, også om jobben. Rådene gjelder når "
            "du kan kjennes igjen som en av oss. De erstatter ikke ditt eget skjønn: Er du i tvil, så spør."
        ),
        headings={
            "do": "Gjør gjerne",
            "values": "Dette står vi for",
            "wanted": "Slik vil vi bli kjent",
            "dont": "La være",
            "topics": "Tema vi holder oss unna",
            "unwanted": "Slik vil vi ikke bli kjent",
            "answers": "Hvem som svarer på hva",
            "examples": "Slik har vi landet før",
        },
        confirmed="Gikk for langt: {words}",
        dismissed="Helt greit: {words}",
        ask="Spør gjerne",
        ask_line="Usikker på om noe kan postes? Spør {who}. Det finnes ingen dumme spørsmål.",
        ask_nobody="Usikker på om noe kan postes? Spør lederen din eller dem som arbeider med kommunikasjon.",
        owner="spør {who}",
        left_out=("{n} punkt fikk ikke plass her.", "{n} punkter fikk ikke plass her."),
        closing="Laget {day} av det vi har skrevet om oss selv.",
        fictional="Denne merkevaren er oppdiktet.",
        day="{at.day}. {month} {at.year}",
        months=_MONTHS_NO,
        names={"leader": "en leder", "employee": "en ansatt", "name": "[navn]", "contact": "[utelatt]"},
    ),
    "nn": Texts(
        title="Når du skriv om {brand}",
        lead=(
            "Dette er hjelp, ikkje kontroll. Du kan meine kva du vil og seie det høgt, også om jobben. Råda gjeld når "
            "du kan kjennast att som ein av oss. Dei erstattar ikkje ditt eige skjønn: Er du i tvil, så spør."
        ),
        headings={
            "do": "Gjer gjerne",
            "values": "Dette står vi for",
            "wanted": "Slik vil vi bli kjende",
            "dont": "La vere",
            "topics": "Tema vi held oss unna",
            "unwanted": "Slik vil vi ikkje bli kjende",
            "answers": "Kven som svarar på kva",
            "examples": "Slik har vi landa før",
        },
        confirmed="Gjekk for langt: {words}",
        dismissed="Heilt greitt: {words}",
        ask="Spør gjerne",
        ask_line="Usikker på om noko kan postast? Spør {who}. Det finst ingen dumme spørsmål.",
        ask_nobody="Usikker på om noko kan postast? Spør leiaren din eller dei som arbeider med kommunikasjon.",
        owner="spør {who}",
        left_out=("{n} punkt fekk ikkje plass her.", "{n} punkt fekk ikkje plass her."),
        closing="Laga {day} av det vi har skrive om oss sjølve.",
        fictional="Denne merkevara er oppdikta.",
        day="{at.day}. {month} {at.year}",
        months=_MONTHS_NO,
        names={"leader": "ein leiar", "employee": "ein tilsett", "name": "[namn]", "contact": "[utelate]"},
    ),
    "en": Texts(
        title="When you write about {brand}",
        lead=(
            "This is help, not control. You may think what you like and say it out loud, about work as well. The "
            "advice applies when you can be recognised as one of us. It does not replace your own judgement: when in "
            "doubt, ask."
        ),
        headings={
            "do": "Please do",
            "values": "What we stand for",
            "wanted": "How we want to be known",
            "dont": "Please don’t",
            "topics": "Topics we stay out of",
            "unwanted": "How we do not want to be known",
            "answers": "Who answers for what",
            "examples": "How we have decided before",
        },
        confirmed="Went too far: {words}",
        dismissed="Quite all right: {words}",
        ask="Just ask",
        ask_line="Not sure whether to post something? Ask {who}. There are no stupid questions.",
        ask_nobody="Not sure whether to post something? Ask your manager or the people in communications.",
        owner="ask {who}",
        left_out=("{n} point did not fit here.", "{n} points did not fit here."),
        closing="Made on {day} from what we have written about ourselves.",
        fictional="This brand is fictional.",
        day="{at.day} {month} {at.year}",
        months=_MONTHS_EN,
        names={"leader": "a leader", "employee": "an employee", "name": "[name]", "contact": "[left out]"},
    ),
}
