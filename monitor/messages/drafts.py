"""What a draft check says to the one who is about to post: plain words in Bokmål, Nynorsk and English. Pure.

Advice, never a verdict on a person; nothing is forbidden here.
"""

# ruff: noqa: E501  a sentence a line, so that a translator sees the whole of it

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from monitor.text import clean
from monitor.types import BrandIdentity, Conflict, ConflictLevel, DraftCheck, StatementKind, Verdict

Lang = Literal["nb", "nn", "en"]
NAME_LIMIT, QUOTE_LIMIT, TEXT_LIMIT = 80, 320, 400


class Look(NamedTuple):
    """One place to look at again: the words of the draft, the statement they touch, what to do, why it was found."""

    statement: str  # its id
    name: str  # "Retningslinje 3"
    text: str
    quote: str
    advice: str
    reason: str
    level: ConflictLevel


class Told(NamedTuple):
    """``attitudes``: one line a target. ``again``: advice that belongs to no statement. ``nearest`` is what the draft
    comes closest to when nothing conflicts, "" otherwise."""

    level: ConflictLevel
    headline: str
    sure: str
    looks: tuple[Look, ...]
    again: tuple[str, ...]
    attitudes: tuple[str, ...]
    nearest: str
    ask: str
    closing: str


class Texts(NamedTuple):
    headline: dict[ConflictLevel, str]  # {brand}
    sure: str  # {percent}
    kinds: dict[StatementKind, str]
    advice: dict[StatementKind, str]
    mixing: str
    negative: str  # {target}
    unread: str
    long: str  # {n}
    labels: dict[str, str]
    attitude: str  # {target} {label} {percent}
    unsure: str  # {target} {label} {percent}
    unjudged: str  # {target}
    nearest: str  # {name} {text}
    ask: str  # {who}
    ask_nobody: str
    closing: str


TEXTS: dict[Lang, Texts] = {
    "nb": Texts(
        headline={
            "none": "Vi finner ingenting her som strider mot det {brand} sier om seg selv.",
            "minor": "Se over dette før du poster: Noe her kan stride mot det {brand} sier om seg selv.",
            "major": "Vent litt med dette: En leser kan lett se et klart brudd med det {brand} sier om seg selv.",
        },
        sure="Modellen anslår {percent} % sannsynlighet for at en leser ville se en konflikt. Den tar feil iblant; det er du som avgjør.",
        kinds={"value": "Verdi", "wanted_image": "Slik vil vi bli kjent", "unwanted_image": "Slik vil vi ikke bli kjent",
               "guideline": "Retningslinje", "out_of_bounds": "Tema vi holder oss unna"},
        advice={
            "value": "Kan dette leses som at vi ikke lever opp til verdien? Si heller hva som er gjort, eller la setningen gå ut.",
            "wanted_image": "Passer dette med slik vi vil bli kjent? Prøv å si det slik du ville sagt det til en nabo.",
            "unwanted_image": "Kan dette bekrefte et bilde vi ikke vil ha? Se om tonen kan dempes eller påstanden tallfestes.",
            "guideline": "Les retningslinjen en gang til, og se om setningen kan skrives om eller gå ut.",
            "out_of_bounds": "Dette temaet uttaler vi oss ikke om. Vis heller videre, eller la det ligge.",
        },
        mixing="Innlegget ser ut til å blande privatliv og rolle. Det kan bli to: ett fra jobben, og ett privat uten tittel og firmanavn.",
        negative="Teksten kan leses som negativ til {target}. Er det meningen?",
        unread="Utkastet ser ikke ut til å være på norsk eller engelsk, så svaret er svært usikkert.",
        long="Utkastet er langt og ble lest i {n} deler. Det er lettere å finne noe i en lang tekst, også der det ikke er noe.",
        labels={"negative": "negativ", "neutral": "nøytral", "positive": "positiv"},
        attitude="{target}: {label} ({percent} %)",
        unsure="{target}: usikkert, kanskje {label} ({percent} %)",
        unjudged="{target}: ikke vurdert",
        nearest="Det utkastet er nærmest å berøre, er {name}: {text}",
        ask="I tvil? Spør {who}.",
        ask_nobody="I tvil? Spør lederen din eller dem som arbeider med kommunikasjon.",
        closing="Utkastet er lest på denne maskinen. Ingenting av det er lagret eller sendt.",
    ),
    "nn": Texts(
        headline={
            "none": "Vi finn ingenting her som strir mot det {brand} seier om seg sjølv.",
            "minor": "Sjå over dette før du postar: Noko her kan stri mot det {brand} seier om seg sjølv.",
            "major": "Vent litt med dette: Ein lesar kan lett sjå eit klart brot med det {brand} seier om seg sjølv.",
        },
        sure="Modellen reknar {percent} % sannsyn for at ein lesar ville sjå ein konflikt. Han tek feil iblant; det er du som avgjer.",
        kinds={"value": "Verdi", "wanted_image": "Slik vil vi bli kjende", "unwanted_image": "Slik vil vi ikkje bli kjende",
               "guideline": "Retningslinje", "out_of_bounds": "Tema vi held oss unna"},
        advice={
            "value": "Kan dette lesast som at vi ikkje lever opp til verdien? Sei heller kva som er gjort, eller la setninga gå ut.",
            "wanted_image": "Passar dette med slik vi vil bli kjende? Prøv å seie det slik du ville sagt det til ein nabo.",
            "unwanted_image": "Kan dette stadfeste eit bilete vi ikkje vil ha? Sjå om tonen kan dempast eller påstanden talfestast.",
            "guideline": "Les retningslinja ein gong til, og sjå om setninga kan skrivast om eller gå ut.",
            "out_of_bounds": "Dette temaet uttaler vi oss ikkje om. Vis heller vidare, eller la det liggje.",
        },
        mixing="Innlegget ser ut til å blande privatliv og rolle. Det kan bli to: eitt frå jobben, og eitt privat utan tittel og firmanamn.",
        negative="Teksten kan lesast som negativ til {target}. Er det meininga?",
        unread="Utkastet ser ikkje ut til å vere på norsk eller engelsk, så svaret er svært usikkert.",
        long="Utkastet er langt og vart lese i {n} delar. Det er lettare å finne noko i ein lang tekst, også der det ikkje er noko.",
        labels={"negative": "negativ", "neutral": "nøytral", "positive": "positiv"},
        attitude="{target}: {label} ({percent} %)",
        unsure="{target}: usikkert, kanskje {label} ({percent} %)",
        unjudged="{target}: ikkje vurdert",
        nearest="Det utkastet er nærast å røre ved, er {name}: {text}",
        ask="I tvil? Spør {who}.",
        ask_nobody="I tvil? Spør leiaren din eller dei som arbeider med kommunikasjon.",
        closing="Utkastet er lese på denne maskina. Ingenting av det er lagra eller sendt.",
    ),
    "en": Texts(
        headline={
            "none": "We find nothing here that conflicts with what {brand} says about itself.",
            "minor": "Read this again before posting: something may conflict with what {brand} says about itself.",
            "major": "Wait a little with this: a reader may well see a clear break with what {brand} says about itself.",
        },
        sure="The model puts the chance that a reader would see a conflict at {percent}%. It is wrong at times; you decide.",
        kinds={"value": "Value", "wanted_image": "How we want to be known", "unwanted_image": "How we do not want to be known",
               "guideline": "Guideline", "out_of_bounds": "Topic we stay out of"},
        advice={
            "value": "Can this be read as us not living up to the value? Say what has been done instead, or leave the sentence out.",
            "wanted_image": "Does this fit how we want to be known? Try saying it as you would to a neighbour.",
            "unwanted_image": "Can this confirm an image we do not want? See whether the tone can be softened or the claim given a number.",
            "guideline": "Read the guideline once more, and see whether the sentence can be put differently or left out.",
            "out_of_bounds": "We do not comment on this topic. Point to somebody who can, or leave it.",
        },
        mixing="The post seems to mix private life and office. It can become two: one from work, and a private one without title and company name.",
        negative="The text can be read as negative toward {target}. Is that what you mean?",
        unread="The draft does not seem to be in Norwegian or English, so the answer is very uncertain.",
        long="The draft is long and was read in {n} parts. It is easier to find something in a long text, even where there is nothing.",
        labels={"negative": "negative", "neutral": "neutral", "positive": "positive"},
        attitude="{target}: {label} ({percent}%)",
        unsure="{target}: unclear, perhaps {label} ({percent}%)",
        unjudged="{target}: not judged",
        nearest="What the draft comes closest to touching is {name}: {text}",
        ask="In doubt? Ask {who}.",
        ask_nobody="In doubt? Ask your manager or the people in communications.",
        closing="The draft was read on this machine. Nothing of it is stored or sent.",
    ),
}  # fmt: skip


def tell(check: DraftCheck, identity: BrandIdentity, lang: str, contacts: Sequence[str] = ()) -> Told:
    """``lang`` nb, nn or en (anything else: nb). Quotes are bounded and without control characters."""
    texts = TEXTS[lang] if lang in TEXTS else TEXTS["nb"]
    flag = check.flag
    again = [texts.mixing] if flag.role_mixing else []
    again += [
        texts.negative.format(target=_line(v.target, NAME_LIMIT))
        for v in check.verdicts
        if v.status == "judged" and v.label == "negative"
    ]
    if check.verdicts and all(v.status == "unjudged" for v in check.verdicts):
        again.append(texts.unread)
    if check.parts > 1:
        again.append(texts.long.format(n=check.parts))
    who = " / ".join(_line(contact, 160) for contact in contacts)
    return Told(
        flag.level,
        texts.headline[flag.level].format(brand=_line(identity.name, NAME_LIMIT)),
        texts.sure.format(percent=percent(flag.score)),
        tuple(_look(conflict, identity, texts) for conflict in flag.conflicts),
        tuple(again),
        tuple(_attitude(verdict, texts) for verdict in check.verdicts),
        "" if flag.level != "none" else _nearest(check, identity, texts),
        texts.ask.format(who=who) if who else texts.ask_nobody,
        texts.closing,
    )


def percent(score: float) -> int:
    """No model is ever certain."""
    return min(99, max(1, round(100 * score)))


def _look(conflict: Conflict, identity: BrandIdentity, texts: Texts) -> Look:
    name, text, kind = _statement(conflict.statement, identity, texts)
    return Look(
        conflict.statement,
        name,
        text,
        _line(conflict.quote, QUOTE_LIMIT),
        texts.advice[kind],
        conflict.reason,
        conflict.severity,
    )


def _nearest(check: DraftCheck, identity: BrandIdentity, texts: Texts) -> str:
    if not check.flag.candidates:
        return ""
    name, text, _ = _statement(check.flag.candidates[0][0], identity, texts)
    return texts.nearest.format(name=name, text=text)


def _statement(statement_id: str, identity: BrandIdentity, texts: Texts) -> tuple[str, str, StatementKind]:
    found = identity.statement(statement_id)
    if found is None:
        return statement_id, "", "guideline"
    number = statement_id.rsplit(".", 1)[-1]
    kind = texts.kinds[found.kind]
    name = f"{kind} {number}" if number.isdigit() and found.kind in ("value", "guideline") else kind
    return name, _line(found.text, TEXT_LIMIT), found.kind


def _attitude(verdict: Verdict, texts: Texts) -> str:
    target = _line(verdict.target, NAME_LIMIT)
    if verdict.status == "unjudged":
        return texts.unjudged.format(target=target)
    p = {"negative": verdict.negative, "neutral": verdict.neutral, "positive": verdict.positive}[
        verdict.label
    ]
    template = texts.unsure if verdict.status == "unsure" else texts.attitude
    return template.format(target=target, label=texts.labels[verdict.label], percent=percent(p))


def _line(value: str, limit: int) -> str:
    line = " ".join(clean(value, 4 * limit).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
