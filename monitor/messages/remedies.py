"""What to do about a source that is down, in Bokmål, Nynorsk and English: one sentence a kind of trouble. Pure.

The mail, the dashboard and the status command say the same.
"""

# ruff: noqa: E501  a sentence a line, so that a translator sees the whole of it

from __future__ import annotations

from typing import Literal

Lang = Literal["nb", "nn", "en"]

_OF_ERROR = {
    **dict.fromkeys(("http_401", "http_403", "http_407", "auth", "login"), "access"),
    **dict.fromkeys(("http_404", "http_410", "gone"), "moved"),
    **dict.fromkeys(("http_429", "http_503", "too_early"), "pause"),
    **dict.fromkeys(("html", "parse", "empty"), "page"),
    **dict.fromkeys(("private_address", "url", "redirect"), "address"),
    **dict.fromkeys(("hostile", "too_large", "encoding"), "harm"),
    "file": "file",
    **dict.fromkeys(("config", "state", "bug"), "ours"),
}

REMEDIES: dict[str, dict[Lang, str]] = {
    "access": {
        "nb": "Kilden slipper oss ikke inn: sjekk nøkkel eller passord i miljøet, og om vilkårene tillater lesing.",
        "nn": "Kjelda slepper oss ikkje inn: sjekk nøkkel eller passord i miljøet, og om vilkåra tillèt lesing.",
        "en": "The source does not let us in: check the key or password in the environment, and whether its terms allow reading.",
    },
    "moved": {
        "nb": "Adressen finnes ikke lenger: finn den nye på nettstedet og rett url i merkevarefilen, eller fjern kilden.",
        "nn": "Adressa finst ikkje lenger: finn den nye på nettstaden og rett url i merkevarefila, eller fjern kjelda.",
        "en": "The address is gone: find the new one on the site and correct url in the brand file, or remove the source.",
    },
    "pause": {
        "nb": "Kilden ber oss vente: øk interval_minutes for den.",
        "nn": "Kjelda ber oss vente: auk interval_minutes for henne.",
        "en": "The source asks us to wait: raise its interval_minutes.",
    },
    "page": {
        "nb": "Åpne adressen i en nettleser: ofte er det en samtykke- eller innloggingsside. Finn strømmens nye adresse og rett url.",
        "nn": "Opne adressa i ein nettlesar: ofte er det ei samtykke- eller innloggingsside. Finn den nye adressa til straumen og rett url.",
        "en": "Open the address in a browser: it is often a consent or log-in page. Find the feed's new address and correct url.",
    },
    "address": {
        "nb": "Adressen er en vi ikke spør: rett url, eller tillat verten under http.allow_private i merkevarefilen.",
        "nn": "Adressa er ei vi ikkje spør: rett url, eller tillat verten under http.allow_private i merkevarefila.",
        "en": "We do not ask that address: correct url, or allow its host under http.allow_private in the brand file.",
    },
    "harm": {
        "nb": "Svaret er for stort eller bygd for å skade: se på det før kilden brukes videre, eller velg en mindre strøm.",
        "nn": "Svaret er for stort eller laga for å skade: sjå på det før kjelda blir brukt vidare, eller vel ein mindre straum.",
        "en": "The answer is too large or built to hurt: look at it before going on with the source, or choose a smaller feed.",
    },
    "file": {
        "nb": "Filen kan ikke leses: sjekk stien og rettighetene.",
        "nn": "Fila kan ikkje lesast: sjekk stien og rettane.",
        "en": "The file cannot be read: check its path and rights.",
    },
    "ours": {
        "nb": "Feilen ligger hos oss: kjør omdomme check, og meld fra om den ikke finner noe.",
        "nn": "Feilen ligg hos oss: køyr omdomme check, og meld frå om han ikkje finn noko.",
        "en": "The mistake is on our side: run omdomme check, and report it if that finds nothing.",
    },
    "weather": {
        "nb": "Kilden svarer ikke: åpne adressen i en nettleser. Svarer den der, er det nettet herfra; ellers kan vi bare vente.",
        "nn": "Kjelda svarar ikkje: opne adressa i ein nettlesar. Svarar ho der, er det nettet herifrå; elles kan vi berre vente.",
        "en": "The source does not answer: open the address in a browser. If it answers there, it is the network here; otherwise we can only wait.",
    },
    "silent": {
        "nb": "Se på nettstedet om det er kommet noe nytt. Er det det, er adressen utdatert: finn den nye. Er det ikke det, er alt i orden.",
        "nn": "Sjå på nettstaden om det er kome noko nytt. Er det det, er adressa utdatert: finn den nye. Er det ikkje det, er alt i orden.",
        "en": "See on the site whether there is anything new. If so, the address is out of date: find the new one. If not, all is well.",
    },
    "dates": {
        "nb": "Datoene er borte: omtaler herfra regnes fra da vi så dem. Se om nettstedet har en annen strøm, ellers skriv til dem.",
        "nn": "Datoane er borte: omtalar herifrå blir rekna frå då vi såg dei. Sjå om nettstaden har ein annan straum, elles skriv til dei.",
        "en": "The dates are gone: mentions from here count from when we saw them. See whether the site has another feed, or write to them.",
    },
    "texts": {
        "nb": "Tekstene er borte og bare titlene vurderes. Se om nettstedet har en strøm med tekst.",
        "nn": "Tekstane er borte, og berre titlane blir vurderte. Sjå om nettstaden har ein straum med tekst.",
        "en": "The texts are gone and only titles are judged. See whether the site has a feed with texts.",
    },
    "entries": {
        "nb": "Listen er mye kortere enn før: åpne adressen og se om strømmen er delt opp eller flyttet.",
        "nn": "Lista er mykje kortare enn før: opne adressa og sjå om straumen er delt opp eller flytta.",
        "en": "The list is much shorter than before: open the address and see whether the feed was split or moved.",
    },
}


def remedy(lang: str, kind: str, error_kind: str | None, changed: str | None) -> str:
    """``kind`` is failing, changed, silent or retired; ``error_kind`` that of the SourceError, if it is one; ``changed``
    what is gone (dates, texts, entries), if that is it."""
    if kind == "silent":
        key = "silent"
    elif kind == "retired":
        key = "moved"
    elif changed in ("dates", "texts", "entries"):
        key = str(changed)
    else:
        key = _OF_ERROR.get(error_kind or "", "weather")
    told = REMEDIES[key]
    return told[lang if lang in ("nb", "nn", "en") else "nb"]  # type: ignore[index]
